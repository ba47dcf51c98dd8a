"""Tests of the counting alone."""
