"""The analysts' door, asked by the clients that they use."""
