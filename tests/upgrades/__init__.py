"""Installations that former versions left behind, opened by this one."""
