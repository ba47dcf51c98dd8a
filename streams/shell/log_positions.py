"""How far groups have read, and who may say so: claims and fenced commits, as SQL.

Runs inside a transaction of the log's writer. A claim of a greater epoch shuts out every owner
before it (invariant I2 of the design).
"""

import sqlite3
from collections.abc import Mapping

from models.errors import LogFenced
from streams.shell.batches import Position, TopicPartition

Ids = Mapping[TopicPartition, int]


def claim(
    connection: sqlite3.Connection,
    group: str,
    claims: Mapping[TopicPartition, Position],
    ids: Ids,
) -> None:
    """Store the epoch of each partition and where it is read on; all or none.

    Raises ``LogFenced`` where the same or a greater one is stored: of two that claim the same
    epoch at once, the second is refused.
    """
    for source, position in claims.items():
        stored = _epoch(connection, group, ids[source])
        if stored is not None and stored >= position.epoch:
            raise _fenced(source, position.epoch, stored)
        _store(connection, group, ids[source], position)


def commit(
    connection: sqlite3.Connection,
    group: str,
    positions: Mapping[TopicPartition, Position],
    ids: Ids,
) -> None:
    """Store positions; all or none. Raises ``LogFenced`` where a greater epoch is stored."""
    for source, position in positions.items():
        stored = _epoch(connection, group, ids[source])
        if stored is not None and stored > position.epoch:
            raise _fenced(source, position.epoch, stored)
        _store(connection, group, ids[source], position)


def committed(connection: sqlite3.Connection, group: str) -> dict[TopicPartition, Position]:
    """Every position that the group has stored or claimed."""
    rows = connection.execute(
        'select topic, partition, "offset", epoch from positions'
        " join partitions on id = partition_id where group_id = ?",
        (group,),
    )
    return {TopicPartition(*row[:2]): Position(*row[2:]) for row in rows}


def _store(connection: sqlite3.Connection, group: str, part: int, position: Position) -> None:
    connection.execute(
        "insert or replace into positions values (?, ?, ?, ?)",
        (group, part, position.offset, position.epoch),
    )


def _epoch(connection: sqlite3.Connection, group: str, part: int) -> int | None:
    row = connection.execute(
        "select epoch from positions where group_id = ? and partition_id = ?", (group, part)
    ).fetchone()
    return None if row is None else int(row[0])


def _fenced(source: TopicPartition, epoch: int, stored: int) -> LogFenced:
    return LogFenced(
        f"partition {source.partition} of {source.topic} belongs to another worker now (epoch "
        f"{stored}, ours is {epoch}): run one worker on a local log"
    )
