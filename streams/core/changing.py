"""How a batch changes windows: subtract old contributions, add new ones, hour by owner.

Windows of hours before the frontier are not summed here. Their hours are marked dirty, and the
store recomputes them from facts (I4).
"""

from typing import NamedTuple

import numpy as np

from models.facts import OfficeHour
from models.tables import COUNTERS
from streams.core.columnar import NONE, Rows
from streams.core.contributions import (
    contributions_now,
    contributions_summed,
    note_summed,
    places_now,
    places_summed,
)
from streams.core.dirty import Dirty
from streams.core.memory import HOUR_MS, Memory
from streams.core.sums import Counts, Keys, Places, Sums, Windows, window_keys


class WindowChanges(NamedTuple):
    """Windows to write whole, and hours whose windows the store must recompute."""

    windows: list[Windows]
    dirty_hours: set[OfficeHour]


def change_windows(
    memory: Memory, sums: Sums, frontier: int, dirty: Dirty, counted: Rows
) -> WindowChanges:
    """Bring the windows up to what memory says of dirty interactions.

    ``counted`` is the counted vote of each of ``dirty.interactions``. Every window of every place
    that is, was or was named is written, also where its counts stay the same.
    """
    interactions, votes = memory.interactions, memory.votes
    known = interactions.completed_at[dirty.interactions] != NONE
    rows, vote = dirty.interactions[known], counted[known]
    summed = dirty.interactions[interactions.summed[dirty.interactions]]

    old_places = places_summed(interactions, summed)
    old_counts = contributions_summed(interactions, summed).counts()
    new_places = places_now(interactions, rows)
    voted = vote >= 0
    contributions = contributions_now(
        interactions,
        rows,
        np.where(voted, votes.score[vote], np.int8(0)),
        np.where(voted, votes.scale[vote], np.int8(5)),
    )
    former_places = _former_places(memory, dirty.named)

    changed = [
        (old_places, -old_counts),
        (new_places, contributions.counts()),
        (former_places, np.zeros((len(former_places.office), len(COUNTERS)), np.int64)),
    ]
    interactions.summed[rows] = False
    owned = new_places.completed_at >= frontier
    note_summed(
        interactions,
        rows[owned],
        new_places.only(owned),
        contributions.only(owned),
    )
    windows = sums.change(*_expanded(changed, frontier, memory))
    return WindowChanges(windows, _dirty_hours(changed, frontier, memory))


def _former_places(memory: Memory, named: Rows) -> Places:
    """Every place of named interactions that have, or were named in, more than one."""
    table = memory.interactions
    rows = [row for row in named.tolist() if row in table.former] if table.former else []
    found = [(int(table.office[row]), *place) for row in rows for place in table.former[row]]
    columns = np.array(found, np.int64).reshape(-1, 6).T
    office, _, desk, service, channel, segments = columns.astype(np.int32)
    return Places(office, columns[1], desk, service, channel, segments)


def _expanded(
    changed: list[tuple[Places, Counts]], frontier: int, memory: Memory
) -> tuple[Keys, Rows, Counts]:
    """One-minute windows of memory's hours; for each the row of what falls into it, signed."""
    places = Places(*map(np.concatenate, zip(*(each for each, _ in changed), strict=True)))
    counts = np.concatenate([each for _, each in changed])
    owned = np.flatnonzero(places.completed_at >= frontier)
    keys, owner = window_keys(places.only(owned), memory.vocabulary)
    return keys, owned[owner], counts


def _dirty_hours(
    changed: list[tuple[Places, Counts]], frontier: int, memory: Memory
) -> set[OfficeHour]:
    found: set[tuple[int, int]] = set()
    for places, _ in changed:
        old = places.completed_at < frontier
        hours = places.completed_at[old] // HOUR_MS
        found.update(zip(places.office[old].tolist(), hours.tolist(), strict=True))
    offices = memory.vocabulary.offices
    return {OfficeHour(*offices[office], hour * HOUR_MS) for office, hour in found}
