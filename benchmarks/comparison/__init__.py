"""How fair the comparison of desks and services is, measured on simulated offices."""
