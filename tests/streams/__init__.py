"""Tests of the log, the worker and the counting."""
