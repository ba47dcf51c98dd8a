"""Leads on simulated pairs of series: how often one is claimed that is none, and found that is."""
