"""What an operator may set about a worker, with the defaults that suit one town on one machine."""

from dataclasses import dataclass

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How a worker spends memory and time. None of it changes a result."""

    horizon_ms: int = 26 * HOUR_MS
    """How far back hours are summed in memory; older ones are recomputed from stored facts."""
    memory_rows: int = 300_000
    """Memory keeps older interactions beside those of the horizon until it holds so many."""
    dirty_hours: int = 2_000
    """Hours to recompute are worked off at the latest when there are so many of them."""
    dirty_seconds: float = 5.0
    """And so long after the first of them, where the log is read nearly to its end."""
    hours_at_once: int = 500
    """So many hours are recomputed by one statement."""
    retry_seconds: tuple[float, ...] = (0.1, 0.3, 1.0, 3.0, 10.0)
    """Pauses between attempts to write; the last one again and again."""
    give_up_seconds: float = 3600.0
    """A store that has refused a call for so long ends the worker, nothing acknowledged."""
