"""Two books that must agree: the metrics against the facts, and the facts among themselves (I8).

Works in pieces of bounded size, so that memory does not grow with the store. Knows the tables, not
the engine; reads and never writes: what is wrong is handed to whoever may write.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from models.facts import Damage, OfficeHour
from sinks.books import (
    FACTS,
    NAMED_AT_MOST,
    WINDOWS,
    Check,
    Difference,
    Reading,
    facts_check,
    named,
    windows_check,
)
from sinks.database import Database
from sinks.mending import damaged_facts
from sinks.portions import pieces_by_key, pieces_by_time

__all__ = ["Difference", "Report", "reconcile"]

READINGS_AT_MOST = 20
REPAIRS_AT_MOST = 100
"""Of one piece: each takes ``PLACES_AT_ONCE`` hours or interactions."""

Settle = Callable[[], None]
Progress = Callable[[int, int], None]
Repair = Callable[[Damage], None]


@dataclass(slots=True)
class Report:
    """What was compared: ``differences`` names the first rows that differ, ``total`` counts all.

    ``repaired`` counts the rows that differed and agree now, ``mended`` names the first of them.
    """

    differences: list[Difference] = field(default_factory=list)
    total: int = 0
    windows_compared: int = 0
    facts: int = 0
    repaired: int = 0
    mended: list[Difference] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether there is no difference at all."""
        return self.total == 0


def reconcile(
    database: Database,
    *,
    settle: Settle | None = None,
    progress: Progress | None = None,
    repair: Repair | None = None,
) -> Report:
    """Compare every stored window with the facts, and the facts among themselves.

    Every interaction has one live row, and the votes that count are those that it carries.

    While events flow, a window may be read between its facts and itself. ``settle`` waits a while:
    what differs is then read again until two readings in a row are the same, revisions included.
    Without it the first reading counts. ``progress`` is told how many stored rows were compared,
    of how many. ``repair`` is given what differs, piece by piece, and writes what the facts give;
    what they cannot say is left and named.
    """
    run, report = _Run(database, settle, progress, repair), Report()
    facts = [facts_check(piece) for piece in pieces_by_key(database)]
    windows = [windows_check(piece) for piece in pieces_by_time(database)]
    run.go_through(facts, report, left=windows)
    if report.repaired:  # repaired facts may have brought windows of other times
        windows = [windows_check(piece) for piece in pieces_by_time(database)]
    run.go_through(windows, report)
    return report


@dataclass(slots=True)
class _Run:
    database: Database
    settle: Settle | None
    progress: Progress | None
    repair: Repair | None
    done: int = 0
    """Stored rows that were compared."""

    def go_through(self, checks: list[Check], report: Report, left: Sequence[Check] = ()) -> None:
        of = self.done + sum(check.rows for check in (*checks, *left))
        self._tell(of)
        for check in checks:
            first = reading = _settled(self, check)
            if reading.total:
                reading = _repaired(self, check, reading)
            _add(self.database, report, check, first, reading)
            self.done += check.rows
            self._tell(of)

    def _tell(self, of: int) -> None:
        if self.progress:
            self.progress(self.done, of)


def _settled(run: _Run, check: Check) -> Reading:
    reading = check.read(run.database)
    for _ in range(READINGS_AT_MOST if run.settle else 0):
        if run.settle is None or not reading.total:
            break
        run.settle()
        before, reading = reading, check.read(run.database)
        if reading.differing == before.differing:
            break
    return reading


def _repaired(run: _Run, check: Check, reading: Reading) -> Reading:
    """Repair and read again for as long as it becomes less."""
    for _ in range(REPAIRS_AT_MOST if run.repair else 0):
        damage = _damage(run.database, check, reading)
        if run.repair is None or not damage:
            break
        run.repair(damage)
        before, reading = reading, _settled(run, check)
        if reading.total >= before.total:
            break
    return reading


def _damage(database: Database, check: Check, reading: Reading) -> Damage:
    if check.table == WINDOWS:
        hours = {OfficeHour(tenant, office, at * 1000) for tenant, office, at in reading.places}
        return Damage(hours=hours, revision=reading.newest)
    return Damage(damaged_facts(database, reading.places), revision=reading.newest)


def _add(database: Database, report: Report, check: Check, first: Reading, last: Reading) -> None:
    report.total += last.total
    report.repaired += max(0, first.total - last.total)
    if check.table == WINDOWS:
        report.windows_compared += last.compared
    elif check.table == FACTS:
        report.facts += last.compared
    left = {tuple(row[0]) for row in last.differing}
    gone = [row for row in first.differing if tuple(row[0]) not in left]
    for told, rows in ((report.differences, last.differing), (report.mended, gone)):
        room = max(0, NAMED_AT_MOST - len(told))
        told.extend(named(database, check, rows[:room]))
