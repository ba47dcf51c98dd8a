"""Tables from ticket systems: every row a completion, a vote, both or nothing, as a mapping says.

The events are drafts until the worker has judged them: a row that cannot be made into an event is
handed on with what it holds and ends as a dead letter. The same row gives the same event however
often it is read, so a file may be sent again. Knows no log.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from models.records import EventRecord
from sources.cells import Values, taken, values_of
from sources.files import COMPLETIONS, VOTES, Place, stamped
from sources.flaws import Flaw
from sources.mapping import CompletionRules, Mapping, Source, VoteRules
from sources.table_columns import check_columns, sections, used_columns
from sources.table_rows import ROWS_AT_ONCE, Broken, Chunk, Table, opened_table

_TOPICS = {"completion": COMPLETIONS, "vote": VOTES}
_OWN_TIMES = {"completion": "completed_at", "vote": "voted_at"}
_SEGMENT = "segments."


class Draft(NamedTuple):
    """An event of row ``row``, with the fields that could not be worked out."""

    row: int
    place: Place
    raw: bytes
    flaws: list[tuple[str, Flaw]]


def events(path: Path, mapping: Mapping) -> Iterator[list[EventRecord]]:
    """Every event of the table at ``path`` as a record, in the order of its rows.

    Raises ``CallError`` before the first record where the mapping does not fit the table, and
    after the rows before it where the file breaks off.
    """
    batches = (drafts for _, drafts in read_drafts(path, mapping))
    return stamped(path, ([(each.place, each.raw) for each in drafts] for drafts in batches))


def read_drafts(
    path: Path, mapping: Mapping, rows_at_once: int = ROWS_AT_ONCE
) -> Iterator[tuple[int, list[Draft]]]:
    """Piece by piece how many rows were read, and their events in the order of rows."""
    with opened_table(path, mapping.source, rows_at_once) as table:
        check_columns(mapping, table.columns, str(path))
        yield from _drafts_of(path, table, mapping)


def _drafts_of(path: Path, table: Table, mapping: Mapping) -> Iterator[tuple[int, list[Draft]]]:
    for chunk in table.chunks(used_columns(mapping)):
        drafts: list[Draft] = []
        for kind, rules in sections(mapping):
            drafts += _section(kind, rules, chunk, mapping.source)
        if chunk.broken:
            kind = next(kind for kind, _ in sections(mapping))
            drafts += [_broken(kind, each, path) for each in chunk.broken]
        drafts.sort(key=lambda each: each.row)  # stable: the completion stays before the vote
        yield len(chunk.numbers) + len(chunk.broken), drafts


def _broken(kind: str, broken: Broken, path: Path) -> Draft:
    """A row of which nobody can say which cell is which: some may hold names, so none is sent."""
    told = {"file": path.name, "row": broken.row, "problem": broken.problem}
    flaw = Flaw(",".join(broken.cells), broken.problem, broken.remedy)
    raw = msgspec.json.encode({"type": kind, "unreadable": told})
    return Draft(broken.row, Place(_TOPICS[kind], b"", None), raw, [("", flaw)])


def _section(
    kind: str, rules: CompletionRules | VoteRules, chunk: Chunk, source: Source
) -> list[Draft]:
    mask = taken(rules.when, chunk)
    if not mask.all():
        columns = {name: cells[mask] for name, cells in chunk.columns.items()}
        chunk = Chunk(chunk.numbers[mask], columns, [], chunk.iso)
    fields = {
        name: values_of(rule, chunk, source)
        for name in type(rules).model_fields
        if name not in ("when", "segments") and (rule := getattr(rules, name)) is not None
    }
    segments = {
        dimension: values_of(rule, chunk, source)
        for dimension, rule in getattr(rules, "segments", {}).items()
    }
    flaws = _flaws(fields | {_SEGMENT + name: values for name, values in segments.items()})
    places = _places(kind, fields)
    bodies = _bodies(kind, fields, segments, chunk)
    encode = msgspec.json.encode
    return [
        Draft(row, place, encode(body), flaws.get(position, []))
        for position, (row, place, body) in enumerate(
            zip(chunk.numbers.tolist(), places, bodies, strict=True)
        )
    ]


def _bodies(
    kind: str, fields: dict[str, Values], segments: dict[str, Values], chunk: Chunk
) -> Iterator[dict[str, Any]]:
    columns = {name: values.values for name, values in fields.items()}
    if segments:
        columns["segments"] = _objects_of(segments, len(chunk.numbers))
    names = ("type", *columns)
    kinds = [kind] * len(chunk.numbers)
    for row in zip(kinds, *columns.values(), strict=True):
        yield {name: value for name, value in zip(names, row, strict=True) if value is not None}


def _objects_of(segments: dict[str, Values], count: int) -> np.ndarray[Any, np.dtype[np.object_]]:
    pairs = zip(*(values.values for values in segments.values()), strict=True)
    objects = (
        {name: value for name, value in zip(segments, row, strict=True) if value is not None}
        for row in pairs
    )
    return np.fromiter((each or None for each in objects), dtype=object, count=count)


def _places(kind: str, fields: dict[str, Values]) -> Iterator[Place]:
    topic = _TOPICS[kind]
    instants = fields[_OWN_TIMES[kind]].instants
    assert instants is not None, "the field is a time"
    rows = zip(
        fields["tenant_id"].values,
        fields["office_id"].values,
        instants.ms.tolist(),
        instants.known.tolist(),
        strict=True,
    )
    for tenant, office, ms, known in rows:
        named = isinstance(tenant, str) and isinstance(office, str)
        yield Place(topic, f"{tenant}/{office}".encode() if named else b"", ms if known else None)


def _flaws(fields: dict[str, Values]) -> dict[int, list[tuple[str, Flaw]]]:
    """What is wrong, by position in the chunk."""
    flaws: dict[int, list[tuple[str, Flaw]]] = {}
    for name, values in fields.items():
        for position, flaw in values.flaws.items():
            flaws.setdefault(position, []).append((name, flaw))
    return flaws
