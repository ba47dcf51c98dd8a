"""Deleting what a group no longer needs from the local log, a slice at a time, as SQL.

Runs inside transactions of the log's writer. Only whole chunks go, the oldest first, only those
that the group has committed, and never the newest of a partition.
"""

import sqlite3
from collections import defaultdict
from typing import NamedTuple

CHUNKS_AT_ONCE = 64  # appends wait for one slice: some 10 ms
PAGES_AT_ONCE = 2_000  # given back to the disk with each slice

_CANDIDATES = """
select c.id, c.partition_id, c.first_offset + c.count, length(c.blob), c.appended_at
from chunks c
join partitions p on p.id = c.partition_id
join positions g on g.partition_id = c.partition_id and g.group_id = ?
where c.first_offset + c.count <= g."offset" and c.first_offset + c.count < p.end_offset
order by c.id limit ?
"""


class Limits(NamedTuple):
    """What may stay: chunks appended at ``since_ms`` or later, at most ``max_bytes`` in all."""

    since_ms: int
    max_bytes: int | None


def delete_slice(connection: sqlite3.Connection, group: str, limits: Limits) -> int:
    """Delete up to ``CHUNKS_AT_ONCE`` chunks that break ``limits``; return how many went."""
    stored = int(connection.execute("select sum(stored_bytes) from partitions").fetchone()[0] or 0)
    doomed: list[int] = []
    earliest: dict[int, int] = {}
    freed: dict[int, int] = defaultdict(int)
    for chunk, part, end, size, appended_at in connection.execute(
        _CANDIDATES, (group, CHUNKS_AT_ONCE)
    ):
        too_old = appended_at < limits.since_ms
        too_much = limits.max_bytes is not None and stored > limits.max_bytes
        if not (too_old or too_much):
            break
        doomed.append(chunk)
        earliest[part] = end
        freed[part] += size
        stored -= size
    connection.executemany("delete from chunks where id = ?", [(chunk,) for chunk in doomed])
    connection.executemany(
        "update partitions set earliest = ?, stored_bytes = stored_bytes - ? where id = ?",
        [(end, freed[part], part) for part, end in earliest.items()],
    )
    if doomed:
        connection.execute(f"pragma incremental_vacuum({PAGES_AT_ONCE})").fetchall()
    return len(doomed)
