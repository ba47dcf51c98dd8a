"""Whether the score leads what comes later: the answer for people, and its page."""
