"""Logs of thousands of simulated processes, whose stores are away all the time, are of no use."""

import logging

import structlog


def silence() -> None:
    """Let nothing through but what is critical."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
