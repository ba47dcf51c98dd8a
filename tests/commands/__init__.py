"""The commands as their users call them."""
