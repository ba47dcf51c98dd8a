"""A store in memory that replaces rows as ReplacingMergeTree does.

Gives exactly what ``streams.shell.ports.Store`` promises and never more, so that nobody can lean on
more. Knows the tables and the port, not who calls it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.columns import Columns
from models.facts import Facts, Needs, Office, OfficeHour, Progress, VoteIdentity
from models.identity import desk_vote_key
from models.tables import TABLES
from tests import compare
from tests.checked_rows import checked_rows, own_copy
from tests.oracle import Row
from tests.recounted import counted_quarters, hour_of, office_of, recomputed_windows

NEVER = 1 << 62

SortKey = tuple[Any, ...]
Contents = dict[str, dict[SortKey, Row]]

SORT_KEYS: dict[str, Callable[[Row], SortKey]] = {
    "interactions": lambda row: (
        row["tenant_id"],
        row["office_id"],
        hour_of(row["completed_at"]),
        row["interaction_key"],
    ),
    "votes": compare.vote_id,
    "window_metrics": compare.window_id,
    "dirty_hours": lambda row: (row["tenant_id"], row["office_id"], row["hour"]),
    "progress": lambda row: (row["topic"], row["partition"]),
    "dead_letters": lambda row: (row["log_id"], row["topic"], row["partition"], row["offset"]),
    **{
        table: itemgetter("tenant_id", "office_id", *names)
        for table, names in {
            "baselines": ("valid_from", "factor", "desk_id", "key"),
            "desk_days": ("day", "desk_id"),
            "alerts": ("alert_id",),
            "judged": (),
            "alert_actions": ("alert_id", "event_id"),
            "notifications": ("message_id", "target"),
        }.items()
    },
}


class MemoryStore:
    """Implements ``streams.shell.ports.Store``: the newest row a sort key, nothing else kept."""

    def __init__(self, kept_since: int = 0) -> None:
        self._tables: Contents = {table: {} for table in TABLES}
        self._kept_since = kept_since

    def write(self, table: str, columns: Columns) -> None:
        self.write_rows(table, checked_rows(table, columns))

    def write_rows(self, table: str, rows: Iterable[Row]) -> None:
        """As ``write``, of rows: the greatest revision stays, of equal ones the last."""
        stored, sort_key = self._tables[table], SORT_KEYS[table]
        for row in rows:
            name = sort_key(row)
            if name not in stored or row["revision"] >= stored[name]["revision"]:
                stored[name] = row

    def rows(self, table: str) -> dict[Any, Row]:
        """Live rows by what identifies them, as the oracle has them where it has them.

        Raises ``tests.compare.TwoLiveRowsError`` where an interaction has two.
        """
        newest = self._tables[table].values()
        live: dict[str, Callable[[Iterable[Row]], dict[Any, Row]]] = {
            "interactions": compare.live_interactions,
            "votes": compare.live_votes,
            "window_metrics": compare.live_windows,
        }
        return live[table](newest) if table in live else dict(self._tables[table])

    def rows_newest(self, table: str) -> list[Row]:
        """The newest row of every sort key, tombstones too."""
        return list(self._tables[table].values())

    def snapshot(self) -> Contents:
        """All that is stored now, for ``restore``."""
        return {table: dict(rows) for table, rows in self._tables.items()}

    def restore(self, contents: Contents) -> None:
        """Go back to a ``snapshot``, as from a backup; ``MemoryStore().snapshot()`` is a loss."""
        self._tables = {table: dict(rows) for table, rows in contents.items()}

    def offices(self) -> dict[Office, int]:
        facts = (*self._tables["interactions"].values(), *self._tables["votes"].values())
        return Counter(map(office_of, facts))

    def latest(self, offices: Collection[Office]) -> tuple[int, int] | None:
        completed = [row["completed_at"] for row in self._of("interactions", offices)]
        voted = [row["voted_at"] for row in self._of("votes", offices)]
        if not completed and not voted:
            return None
        return max(completed or voted), max(voted or completed)

    def recent(self, offices: Collection[Office], since: int) -> Facts:
        rows = [r for r in self._of("interactions", offices) if r["completed_at"] >= since]
        keys = {(office_of(row), row["interaction_key"]) for row in rows}
        votes = [
            row
            for row in self._of("votes", offices)
            if row["voted_at"] >= since or (office_of(row), row["interaction_key"]) in keys
        ]
        return _facts(rows, votes)

    def older(self, needs: Needs) -> Facts:
        keys = {(office, key) for office, wanted in needs.keys.items() for key in wanted}
        interactions = list(self._tables["interactions"].values())
        for row in interactions:
            if _within(row, row["completed_at"], needs):
                keys.add((office_of(row), row["interaction_key"]))
        rows = [row for row in interactions if (office_of(row), row["interaction_key"]) in keys]
        votes = [row for row in self._tables["votes"].values() if _vote_needed(row, needs, keys)]
        return _facts(rows, votes)

    def known_keys(self, offices: Collection[Office]) -> Iterator[NDArray[np.uint64]]:
        yield np.array(
            [row["interaction_key"] for row in self._of("interactions", offices)], dtype=np.uint64
        )
        yield np.array(
            [
                row["interaction_key"]
                or desk_vote_key(*office_of(row), row["desk_id"], row["event_id"])
                for row in self._of("votes", offices)
            ],
            dtype=np.uint64,
        )

    def dirty_hours(self, offices: Collection[Office]) -> set[OfficeHour]:
        return {
            OfficeHour(*office_of(row), row["hour"])
            for row in self._of("dirty_hours", offices)
            if row["dirty"]
        }

    def recompute(self, hours: Collection[OfficeHour], revision: int) -> None:
        self.write_rows("window_metrics", self.recomputed(hours, revision))

    def recomputed(self, hours: Collection[OfficeHour], revision: int) -> list[Row]:
        """The rows that ``recompute`` writes."""
        windows = self._tables["window_metrics"].values()
        facts = self._tables["interactions"].values()
        return recomputed_windows(windows, facts, hours, revision)

    def progress(self) -> list[Progress]:
        names = ("topic", "partition", "partitions", "log_id", "offset", "epoch")
        stored = self._tables["progress"].values()
        return [Progress(**{name: row[name] for name in names}) for row in stored]

    def rated(self, office: Office, since: int, until: int | None = None) -> dict[str, list[Any]]:
        end = until or NEVER
        rows = [
            row
            for row in self._of("interactions", [office])
            if not row["deleted"]
            and row["score"] is not None
            and since <= row["completed_at"] < end
        ]
        rows.sort(key=itemgetter("completed_at", "interaction_key"))
        named = {"at": "completed_at"}
        columns = ("desk_id", "service_id", "at", "score", "scale")
        return {name: [row[named.get(name, name)] for row in rows] for name in columns}

    def quarters(
        self, office: Office, since: int, until: int | None = None
    ) -> dict[str, list[Any]]:
        return counted_quarters(
            row
            for row in self._of("interactions", [office])
            if not row["deleted"] and since <= row["completed_at"] < (until or NEVER)
        )

    def last_days(self, office: Office, since: int) -> dict[str, list[Any]]:
        rows = [row for row in self._of("desk_days", [office]) if row["day"] < since]
        last = {row["desk_id"]: row for row in sorted(rows, key=itemgetter("day"))}
        return _named([last[desk] for desk in sorted(last)], desk_id="desk_id", state="state")

    def places(self, office: Office, since: int) -> dict[str, list[Any]]:
        found = {
            (desk, hour_of(at))
            for row in self._of("interactions", [office])
            if row["completed_at"] >= since
            for at, desk in (
                (row["completed_at"], row["desk_id"]),
                *((place[0], place[1]) for place in row["former"]),
            )
            if at >= since
        }
        ordered = sorted(found)
        return {"desk_id": [desk for desk, _ in ordered], "hour": [hour for _, hour in ordered]}

    def baselines(self, office: Office, since: int) -> dict[str, list[Any]]:
        rows = sorted(
            self._of("baselines", [office]),
            key=itemgetter("valid_from", "factor", "desk_id", "key"),
        )
        first = max((r["valid_from"] for r in rows if r["valid_from"] <= since), default=since)
        newest: dict[int, int] = {}
        for row in rows:
            newest[row["valid_from"]] = max(row["revision"], newest.get(row["valid_from"], 0))
        some = [
            row
            for row in rows
            if row["valid_from"] >= first and row["revision"] == newest[row["valid_from"]]
        ]
        return _named(
            some, number="valid_from", factor="factor", desk_id="desk_id", key="key", value="value"
        )

    def closings(self, office: Office) -> dict[str, int]:
        closed: dict[str, int] = {}
        for row in self._of("alert_actions", [office]):
            if row["action"] == "resolve":
                at = closed.get(row["alert_id"], NEVER)
                closed[row["alert_id"]] = min(at, row["acted_at"])
        return closed

    def judged_since(self, offices: Collection[Office]) -> dict[Office, int]:
        return {office_of(row): row["since"] for row in self._of("judged", offices)}

    def kept_since(self) -> int:
        return self._kept_since

    def _of(self, table: str, offices: Collection[Office]) -> list[Row]:
        wanted = set(offices)
        return [row for row in self._tables[table].values() if office_of(row) in wanted]


def _named(rows: list[Row], **names: str) -> dict[str, list[Any]]:
    return {name: [row[column] for row in rows] for name, column in names.items()}


def _within(row: Row, moment: int, needs: Needs) -> bool:
    return any(
        (span.tenant_id, span.office_id, span.desk_id) == (*office_of(row), row["desk_id"])
        and span.since <= moment <= span.until
        for span in needs.desks
    )


def _vote_needed(row: Row, needs: Needs, keys: set[tuple[Office, int]]) -> bool:
    if row["interaction_key"]:
        return (office_of(row), row["interaction_key"]) in keys
    identity = VoteIdentity(*office_of(row), row["desk_id"], row["event_id"])
    return identity in needs.votes or _within(row, row["voted_at"], needs)


def _facts(interactions: list[Row], votes: list[Row]) -> Facts:
    return Facts(_lists("interactions", interactions), _lists("votes", votes))


def _lists(table: str, rows: list[Row]) -> dict[str, list[Any]]:
    """Columns that their reader may change: nothing in them is the stored object itself."""
    return {
        column: [own_copy(kind, row[column]) for row in rows]
        for column, kind in TABLES[table].items()
    }
