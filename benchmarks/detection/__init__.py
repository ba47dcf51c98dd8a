"""Score drops on simulated desks: how soon they are seen, and at what rate of false alarms."""
