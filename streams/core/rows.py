"""From memory to columns of the stored tables. Revisions are the writer's; they are not here."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.columns import Coded, Columns, Nullable
from models.tables import COUNTERS
from streams.core.columnar import NONE, Rows
from streams.core.contributions import overdue, seconds_between, wait_seconds
from streams.core.decoding import DeadLetter
from streams.core.interactions import Place
from streams.core.matching import KINDS, MATCHES, Settled, Verdicts
from streams.core.memory import HOUR_MS, Memory
from streams.core.sums import Windows, scopes_and_starts
from streams.core.vocabulary import OUTCOMES, Vocabulary

StoredPlace = tuple[int, str, str, str, dict[str, str]]


def interaction_rows(memory: Memory, rows: Rows, settled: Settled) -> Columns:
    """Live rows of ``interactions``, each with its counted vote or none."""
    table, votes, vocabulary = memory.interactions, memory.votes, memory.vocabulary
    vote, voted = settled.counted, settled.counted >= 0
    completed_at = table.completed_at[rows]
    unvoted = ~voted
    return {
        "tenant_id": vocabulary.tenant_column(table.office[rows]),
        "office_id": vocabulary.office_column(table.office[rows]),
        "interaction_key": table.key[rows],
        "desk_id": vocabulary.key_column(table.desk[rows]),
        "service_id": vocabulary.key_column(table.service[rows]),
        "channel": vocabulary.key_column(table.channel[rows]),
        "outcome": Coded(table.outcome[rows].astype(np.int32), OUTCOMES),
        "segments": Coded(table.segments[rows], vocabulary.segment_sets),
        "event_id": table.event_id[rows].tolist(),
        "completed_at": completed_at,
        "arrived_at": _times(table.arrived_at[rows]),
        "started_at": _times(table.started_at[rows]),
        "due_at": _times(table.due_at[rows]),
        "wait_seconds": _unless_negative(wait_seconds(table, rows)),
        "service_seconds": _unless_negative(seconds_between(table.started_at[rows], completed_at)),
        "overdue": _unless_negative(overdue(table, rows)),
        "score": Nullable(votes.score[vote], unvoted),
        "scale": Nullable(votes.scale[vote], unvoted),
        "reasons": _reasons(np.where(voted, votes.reasons[vote], -1), vocabulary),
        "voted_at": Nullable(votes.voted_at[vote], unvoted),
        "vote_event_id": np.where(voted, votes.event_id[vote], "").tolist(),
        "match": Coded(settled.match.astype(np.int32), MATCHES),
        "former": _former_places(memory, rows),
        "deleted": np.zeros(len(rows), np.int8),
    }


def tombstone_rows(memory: Memory, rows: Rows) -> Columns | None:
    """Tombstones under every sort key that interactions had, or were named in, and have not now."""
    table, vocabulary = memory.interactions, memory.vocabulary
    owners, places, others = [], [], []
    for row in [row for row in rows.tolist() if row in table.former] if table.former else ():
        all_places = table.places(row)
        now = int(table.completed_at[row]) // HOUR_MS
        left = {p.completed_at // HOUR_MS: p for p in sorted(all_places, reverse=True)}
        for hour, place in left.items():
            if hour != now:
                owners.append(row)
                places.append(place)
                others.append(_stored(all_places - {place}, vocabulary))
    if not owners:
        return None
    count, owner = len(owners), np.array(owners)
    columns = np.array(places, np.int64).T
    unknown = Nullable(np.zeros(count, np.int64), np.ones(count, np.bool_))
    return {
        "tenant_id": vocabulary.tenant_column(table.office[owner]),
        "office_id": vocabulary.office_column(table.office[owner]),
        "interaction_key": table.key[owner],
        "desk_id": vocabulary.key_column(columns[1]),
        "service_id": vocabulary.key_column(columns[2]),
        "channel": vocabulary.key_column(columns[3]),
        "outcome": Coded(np.zeros(count, np.int32), OUTCOMES),
        "segments": Coded(columns[4].astype(np.int32), vocabulary.segment_sets),
        "event_id": [""] * count,
        "completed_at": columns[0],
        **dict.fromkeys(
            (
                *("arrived_at", "started_at", "due_at", "wait_seconds", "service_seconds"),
                *("overdue", "score", "scale", "voted_at"),
            ),
            unknown,
        ),
        "reasons": [[]] * count,
        "vote_event_id": [""] * count,
        "match": Coded(np.zeros(count, np.int32), MATCHES),
        "former": others,
        "deleted": np.ones(count, np.int8),
    }


def vote_rows(memory: Memory, verdicts: Verdicts) -> Columns:
    """Rows of ``votes`` with what became of them."""
    votes, vocabulary, rows = memory.votes, memory.vocabulary, verdicts.vote
    rated = np.where(verdicts.rates >= 0, memory.interactions.key[verdicts.rates], np.uint64(0))
    former: list[list[int]] = [[]] * len(rows)
    if votes.former:
        for i, row in enumerate(rows.tolist()):
            if row in votes.former:
                former[i] = sorted(votes.former[row] - {int(votes.voted_at[row])})
    return {
        "tenant_id": vocabulary.tenant_column(votes.office[rows]),
        "office_id": vocabulary.office_column(votes.office[rows]),
        "desk_id": vocabulary.key_column(votes.desk[rows]),
        "terminal_id": Coded(votes.terminal[rows], vocabulary.terminals),
        "interaction_key": votes.key[rows],
        "event_id": votes.event_id[rows].tolist(),
        "score": votes.score[rows],
        "scale": votes.scale[rows],
        "reasons": _reasons(votes.reasons[rows], vocabulary),
        "voted_at": votes.voted_at[rows],
        "rated_key": rated,
        "match": Coded(verdicts.match.astype(np.int32), MATCHES),
        "kind": Coded(verdicts.kind.astype(np.int32), KINDS),
        "former": former,
        "deleted": np.zeros(len(rows), np.int8),
    }


def window_rows(windows: Sequence[Windows], vocabulary: Vocabulary) -> Columns:
    """Rows of ``window_metrics``."""
    scopes, starts = scopes_and_starts(np.concatenate([window.keys for window in windows]))
    seconds = np.repeat([60 * w.minutes for w in windows], [len(w.keys) for w in windows])
    counts = np.concatenate([window.counts for window in windows])
    offices = vocabulary.offices_of(scopes)
    return {
        "tenant_id": vocabulary.tenant_column(offices),
        "office_id": vocabulary.office_column(offices),
        "scope": vocabulary.scope_column(scopes),
        "key": vocabulary.key_column(scopes),
        "window_seconds": seconds.astype(np.int64),
        "window_start": starts,
        **{name: counts[:, i] for i, name in enumerate(COUNTERS)},
    }


def dead_letter_rows(letters: Sequence[DeadLetter], log_ids: Mapping[str, str]) -> Columns:
    """Rows of ``dead_letters``; ``log_ids`` is the identity of each topic's log."""
    return {
        "log_id": [log_ids[letter.topic] for letter in letters],
        "topic": _words([letter.topic for letter in letters]),
        "partition": np.array([letter.partition for letter in letters], np.int64),
        "offset": np.array([letter.offset for letter in letters], np.int64),
        "recorded_at": np.array([letter.recorded_at for letter in letters], np.int64),
        "reason": _words([letter.reason for letter in letters]),
        "field": _words([letter.field for letter in letters]),
        "problem": [letter.problem for letter in letters],
        "raw_key": [letter.raw_key for letter in letters],
        "raw": [letter.raw for letter in letters],
    }


def _former_places(memory: Memory, rows: Rows) -> list[list[StoredPlace]]:
    table = memory.interactions
    former: list[list[StoredPlace]] = [[]] * len(rows)
    if table.former:
        for i, row in enumerate(rows.tolist()):
            if row in table.former:
                former[i] = _stored(table.former[row] - {table.place(row)}, memory.vocabulary)
    return former


def _stored(places: set[Place], vocabulary: Vocabulary) -> list[StoredPlace]:
    keys, sets = vocabulary.scope_keys, vocabulary.segment_sets
    return [
        (p.completed_at, keys[p.desk], keys[p.service], keys[p.channel], sets[p.segments])
        for p in sorted(places)
    ]


def _reasons(codes: NDArray[np.int32], vocabulary: Vocabulary) -> Coded:
    # The last word stands for "no vote, no reasons": code -1 is turned into its number.
    words: list[list[str]] = [*vocabulary.reasons, []]
    return Coded(np.where(codes < 0, len(words) - 1, codes).astype(np.int32), words)


def _words(values: list[str]) -> Coded:
    words = sorted(set(values))
    codes = {word: code for code, word in enumerate(words)}
    return Coded(np.array([codes[value] for value in values], np.int32), words)


def _times(times: NDArray[np.int64]) -> Nullable:
    return Nullable(times, times == NONE)


def _unless_negative(numbers: NDArray[np.integer]) -> Nullable:
    return Nullable(numbers, numbers < 0)
