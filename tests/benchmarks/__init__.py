"""Measurements must measure what they say."""
