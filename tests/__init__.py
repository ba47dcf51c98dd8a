"""Tests, and what they are written with."""
