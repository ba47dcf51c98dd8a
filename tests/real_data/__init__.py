"""Checks on real data, which the project does not carry."""
