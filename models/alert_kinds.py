"""What an alert can be about."""

SCORE = "score"
"""The score has dropped."""
RESPONSE = "response"
"""Fewer of those who are served at the counter vote."""
UNFINISHED = "unfinished"
"""More are refused, or leave before they are served."""

KINDS = (SCORE, RESPONSE, UNFINISHED)
