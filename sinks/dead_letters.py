"""Dead letters on their way to an operator: causes, single ones, and what was done about them.

Bytes come as they were; what would be right is for others to judge. Knows the tables, not the
engine.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from models.errors import CallError
from sinks.database import Database, listed, quoted

LETTERS_AT_ONCE = 500
CAUSES_AT_MOST = 1_000
LOG_DIGITS = 8
"""Of a log's identity in the id of a letter."""

_PLACE = "log_id, topic, partition, offset"
_DONE = f"({_PLACE}) IN (SELECT {_PLACE} FROM semko.dead_letter_actions)"


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which dead letters: those that agree with all that is not empty.

    ``ids`` are of the form ``topic/partition/offset@log``, the log's first digits, or without it.
    """

    tenant: str = ""
    office: str = ""
    topic: str = ""
    reason: str = ""
    field: str = ""
    ids: list[str] = []


class Letter(NamedTuple):
    """One record that is no event. ``recorded_at`` in ms since 1970; ``action`` empty where nothing
    was done about it."""

    log_id: str
    topic: str
    partition: int
    offset: int
    recorded_at: int
    reason: str
    field: str
    problem: str
    key: bytes
    raw: bytes
    action: str

    @property
    def id(self) -> str:
        """What an operator calls it."""
        return letter_id(*self[:4])

    @property
    def source(self) -> str:
        """Tenant and office as its key names them."""
        return readable(self.key) or "unknown"


def letter_id(log_id: str, topic: str, partition: int, offset: int) -> str:
    """What an operator calls the record at a place of a log."""
    return f"{topic}/{partition}/{offset}@{log_id[:LOG_DIGITS]}"


def readable(content: bytes) -> str:
    """Bytes as text; those that are none as ``\\x..``."""
    return content.decode("utf-8", "backslashreplace")


def causes(database: Database, wanted: Wanted) -> list[dict[str, Any]]:
    """Why letters are dead, by source, the most frequent first; times in ms since 1970."""
    rows = database.columns(
        "SELECT hex(raw_key) AS source, toString(topic) AS of_topic, toString(reason) AS why,"
        " toString(field) AS of_field, count() AS letters, countIf(done) AS resubmitted,"
        " min(toUnixTimestamp64Milli(recorded_at)) AS first,"
        " max(toUnixTimestamp64Milli(recorded_at)) AS last,"
        " argMax((log_id, toString(topic), partition, offset, problem), recorded_at) AS example"
        f" FROM (SELECT *, {_DONE} AS done FROM semko.dead_letters FINAL WHERE {_where(wanted)})"
        " GROUP BY source, of_topic, why, of_field"
        f" ORDER BY letters DESC, source, of_topic, why, of_field LIMIT {CAUSES_AT_MOST}"
    )
    return [
        {
            "source": readable(bytes.fromhex(source)) or "unknown",
            "topic": topic,
            "reason": reason,
            "field": field,
            "letters": count,
            "resubmitted": done,
            "first": first,
            "last": last,
            "problem": example[4],
            "example": letter_id(*example[:4]),
        }
        for source, topic, reason, field, count, done, first, last, example in zip(
            *rows.values(), strict=True
        )
    ]


def letters(database: Database, wanted: Wanted, *, undone: bool = False) -> Iterator[list[Letter]]:
    """Letters in the order of their places, some at a time; ``undone``: those not acted on yet."""
    after = ("", "", 0, -1)
    while True:
        page = _page(database, wanted, after, undone=undone)
        if page:
            yield page
        if len(page) < LETTERS_AT_ONCE:
            return
        after = page[-1][:4]


def count(database: Database, wanted: Wanted, *, undone: bool = False) -> int:
    """How many there are."""
    only = f" AND NOT {_DONE}" if undone else ""
    found = database.columns(
        f"SELECT count() AS n FROM semko.dead_letters FINAL WHERE {_where(wanted)}{only}"
    )
    return int(found["n"][0])


def note(database: Database, done: Sequence[Letter], action: str) -> None:
    """Remember what was done about letters; once it returns, that is on the disk."""
    if not done:
        return
    rows = listed((*letter[:4], action) for letter in done)
    database.execute(f"INSERT INTO semko.dead_letter_actions ({_PLACE}, action) VALUES {rows}")


def _page(
    database: Database, wanted: Wanted, after: tuple[str, str, int, int], *, undone: bool
) -> list[Letter]:
    only = f" AND NOT {_DONE}" if undone else ""
    actions = f"SELECT {_PLACE}, toString(action) AS action FROM semko.dead_letter_actions FINAL"
    rows = database.columns(
        "SELECT log_id, toString(topic) AS topic, partition, offset,"
        " toUnixTimestamp64Milli(recorded_at) AS recorded_at, toString(reason) AS reason,"
        " toString(field) AS field, problem, hex(raw_key) AS raw_key, hex(raw) AS raw, action FROM"
        f" (SELECT * FROM semko.dead_letters FINAL WHERE {_where(wanted)}{only}"
        f" AND ({_PLACE}) > {listed([after])}"
        f" ORDER BY {_PLACE} LIMIT {LETTERS_AT_ONCE}) AS letters"
        f" LEFT JOIN ({actions}) AS actions USING ({_PLACE}) ORDER BY {_PLACE}"
    )
    for name in ("raw_key", "raw"):
        rows[name] = [bytes.fromhex(digits) for digits in rows[name]]
    return list(map(Letter, *rows.values()))


def _where(wanted: Wanted) -> str:
    conditions = [
        f"{name} = {quoted(value)}"
        for name in ("topic", "reason", "field")
        if (value := getattr(wanted, name))
    ]
    if wanted.tenant:
        conditions.append(f"startsWith(raw_key, {quoted(wanted.tenant + '/')})")
    if wanted.office:
        conditions.append(f"endsWith(raw_key, {quoted('/' + wanted.office)})")
    if wanted.ids:
        conditions.append("(" + " OR ".join(map(_at, wanted.ids)) + ")")
    return " AND ".join(conditions) or "1"


def _at(named: str) -> str:
    place, _, log = named.partition("@")
    topic, *numbers = place.split("/")
    if len(numbers) != 2 or not all(each.isascii() and each.isdigit() for each in numbers):
        raise CallError(f"{named!r} is no dead letter: write one as the list does, votes/0/17")
    partition, offset = numbers
    return (
        f"topic = {quoted(topic)} AND partition = {int(partition)} AND offset = {int(offset)}"
        f" AND startsWith(log_id, {quoted(log)})"
    )
