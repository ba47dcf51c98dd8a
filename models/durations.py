"""Durations as people write them in settings: a whole number with a unit."""

from models.errors import CallError

_UNITS = {"min": 60_000, "ms": 1, "h": 3_600_000, "d": 86_400_000, "s": 1_000}


def duration_ms(name: str, text: str) -> int:
    """``text``, such as ``26h``, ``90min`` or ``7d``, in ms; raises CallError with ``name``."""
    for unit, factor in _UNITS.items():
        number = text.removesuffix(unit)
        if number != text and number.isascii() and number.isdigit():
            return int(number) * factor
    raise CallError(f"{name} {text}: write a number with a unit, such as 26h, 90min or 30s")
