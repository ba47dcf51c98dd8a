"""Which offices are to be judged anew, and from which hour on, so that a crash forgets none.

What is written of hours that memory owns is judged soon, and again by the next owner from the
frontier on. What is written of older hours is told by the hour being dirty, and from then on by
the table ``judged``, which says from where on an office's votes may not be judged.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np

from models.columns import Coded, Columns, row_count
from models.facts import Office, OfficeHour
from streams.core.columnar import NONE
from streams.core.memory import HOUR_MS


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be judged: by office, from which hour (ms) on."""

    hours: dict[Office, int]
    frontier: int
    """The frontier's hour at that moment."""
    revision: int
    """Of everything that comes of it."""


class Unjudged:
    """The offices of one partition. Used between two batches, like its owner."""

    def __init__(self, store: Callable[[Columns], None]) -> None:
        """``store`` writes rows of the table ``judged``."""
        self._store = store
        self._hours: dict[Office, int] = {}
        self._stored: dict[Office, int] = {}

    def __bool__(self) -> bool:
        return bool(self._hours)

    def begin(self, offices: Collection[Office], stored: Mapping[Office, int], hour: int) -> None:
        """Take over offices: ``stored`` is what the table says, ``hour`` is the frontier's."""
        self._stored = dict(stored)
        self.touch({office: min(hour, stored.get(office, 0)) for office in offices})
        # Of what memory owns nothing more is noted. The next owner's frontier may lie later, with
        # other settings or over a store that was put back: it must hear of these hours by now.
        self._note({one: hour for one in offices if hour < stored.get(one, 0)})

    def touch(self, hours: Mapping[Office, int]) -> None:
        """Windows of hours were written."""
        for office, hour in hours.items():
            self._hours[office] = min(hour, self._hours.get(office, hour))

    def owe(self, hours: Collection[OfficeHour]) -> None:
        """The same of hours that are dirty; call before they no longer are."""
        oldest: dict[Office, int] = {}
        for tenant, office, hour in hours:
            one = Office(tenant, office)
            oldest[one] = min(hour, oldest.get(one, hour))
        self.renew(oldest)

    def renew(self, hours: Mapping[Office, int]) -> None:
        """Have offices judged from these hours on, by the next owner where this one cannot."""
        self.touch(hours)
        self._note({one: at for one, at in hours.items() if at < self._stored.get(one, 0)})

    def take(self, frontier: int, revision: int) -> Due:
        """What is to be judged by now."""
        due, self._hours = Due(self._hours, frontier, revision), {}
        return due

    def judged(self, due: Due) -> None:
        """``due`` is judged; what was touched since it was taken is not."""
        if due.frontier == NONE:
            return
        since = {one: min(due.frontier, self._hours.get(one, due.frontier)) for one in due.hours}
        self._note({one: at for one, at in since.items() if self._stored.get(one) != at})

    def _note(self, since: Mapping[Office, int]) -> None:
        if not since:
            return
        since = {office: max(at, 0) for office, at in since.items()}  # clocks may be at 1970
        # A write that is refused may land all the same: the greater hour is the one to reckon with.
        self._stored |= {one: max(at, self._stored.get(one, 0)) for one, at in since.items()}
        self._store(
            {
                "tenant_id": [office.tenant_id for office in since],
                "office_id": [office.office_id for office in since],
                "since": np.array(list(since.values()), np.int64),
            }
        )
        self._stored.update(since)


def touched_hours(windows: Columns) -> dict[Office, int]:
    """By office, the first hour of rows of ``window_metrics``."""
    if not row_count(windows):
        return {}
    tenants, offices, starts = (windows[n] for n in ("tenant_id", "office_id", "window_start"))
    assert isinstance(tenants, Coded)
    assert isinstance(offices, Coded)
    times = np.asarray(starts)
    pairs = tenants.codes.astype(np.int64) << 32 | offices.codes
    touched: dict[Office, int] = {}
    for pair in np.unique(pairs).tolist():
        office = Office(tenants.words[pair >> 32], offices.words[pair & 0xFFFFFFFF])
        hour = int(times[pairs == pair].min()) // HOUR_MS * HOUR_MS
        touched[office] = min(hour, touched.get(office, hour))
    return touched
