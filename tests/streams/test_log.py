"""The local log: what is confirmed stays, whoever writes and whatever dies."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import (
    CallError,
    LogDamaged,
    LogUnavailable,
    OffsetOutsideLog,
)
from models.partitioning import partition_of
from streams.shell.batches import TopicPartition
from streams.shell.log import LocalLog, Records
from streams.shell.log_chunks import MAX_BYTES, MAX_RECORDS, chunks_of, decode
from tests.streams.logs import EVERYTHING, VOTES, numbered, records

# --- records ---------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.binary(max_size=4), st.binary(max_size=40), st.integers(0, 1 << 50)),
        max_size=30,
    ),
    st.integers(1, 40),
)
def test_chunks_give_back_every_record_in_order(
    rows: list[tuple[bytes, bytes, int]], repeated: int
) -> None:
    keys, values, timestamps = ([row[i] for row in rows] * repeated for i in range(3))
    back: list[tuple[bytes, bytes, int]] = []
    for chunk in chunks_of(Records(keys, values, timestamps)):  # type: ignore[arg-type]
        assert chunk.size <= MAX_RECORDS
        back += zip(*decode(chunk), strict=True)
    assert back == rows * repeated


def test_chunks_of_large_values_stay_small() -> None:
    sizes = [chunk.size for chunk in chunks_of(records([b"x" * 16_384] * 40))]
    assert sizes == [MAX_BYTES // 16_384] * 2 + [8]


def test_what_was_appended_is_read_from_any_offset(log: LocalLog) -> None:
    log.append_now("votes", numbered(0, 1_300))
    log.append_now("votes", numbered(1_300, 1_301))
    for offset in (0, 1, 499, 500, 777, 1_299, 1_300):
        batch = log.read(VOTES, offset, EVERYTHING)
        assert batch.first_offset == offset
        assert batch.values == [b"%d" % i for i in range(offset, 1_301)]
        assert batch.end_offset == 1_301
    assert log.read(VOTES, 1_301, 10).values == []
    assert log.read(VOTES, 498, 5).values == [b"498", b"499", b"500", b"501", b"502"]


def test_a_read_is_bounded_in_bytes(log: LocalLog) -> None:
    log.append_now("votes", numbered(0, 2_000, size=100))
    assert len(log.read(VOTES, 0, EVERYTHING, max_bytes=60_000)) == 2 * MAX_RECORDS


def test_records_go_to_the_partition_of_their_key(log: LocalLog) -> None:
    log.ensure_topic("completions", 5)
    keys = [b"t/%d" % (i % 23) for i in range(400)]
    values = [b"%d" % i for i in range(400)]
    offsets = log.append_now("completions", Records(keys, values, [7] * 400))
    for partition, expected in offsets.items():
        batch = log.read(TopicPartition("completions", partition), 0, EVERYTHING)
        assert range(batch.end_offset) == expected
        own = [i for i in range(400) if partition_of(keys[i], 5) == partition]
        assert batch.keys == [keys[i] for i in own]
        assert batch.values == [values[i] for i in own]


def test_concurrent_appends_share_commits_and_know_their_own_offsets(log: LocalLog) -> None:
    commits = []
    log.on_append(lambda: commits.append(1))

    async def many() -> list[dict[int, range]]:
        return await asyncio.gather(
            *(log.append("votes", records([b"%d" % i] * (i % 3 + 1))) for i in range(300))
        )

    for i, offsets in enumerate(asyncio.run(many())):
        batch = log.read(VOTES, offsets[0].start, len(offsets[0]))
        assert batch.values == [b"%d" % i] * (i % 3 + 1)
    assert len(commits) < 100


def test_what_is_no_topic_partition_or_record_is_refused(log: LocalLog) -> None:
    with pytest.raises(CallError, match="no topic gripes"):
        log.append_now("gripes", numbered(0, 1))
    with pytest.raises(CallError, match="no partition 3 of votes"):
        log.append_now("votes", numbered(0, 1), partition=3)
    with pytest.raises(ValueError, match="differ in length"):
        log.append_now("votes", Records([b"k"], [], []))
    assert log.append_now("votes", Records([], [], [])) == {}
    with pytest.raises(CallError, match=r"votes has 1 partitions in .*, not 4"):
        log.ensure_topic("votes", 4)


def test_an_offset_outside_the_log_is_refused_with_its_bounds(log: LocalLog) -> None:
    log.append_now("votes", numbered(0, 10))
    for offset in (-1, 11):
        with pytest.raises(OffsetOutsideLog, match="which holds 0 to 10") as refusal:
            log.read(VOTES, offset, 1)
        assert (refusal.value.earliest, refusal.value.end) == (0, 10)


# --- the file --------------------------------------------------------------------------------


def test_a_log_opened_again_is_the_same_log(path: Path, log: LocalLog) -> None:
    log.append_now("votes", numbered(0, 10))
    log.close()
    again = LocalLog(path)
    assert again.log_id == log.log_id
    assert again.append_now("votes", numbered(10, 12)) == {0: range(10, 12)}
    assert again.read(VOTES, 0, EVERYTHING).values == [b"%d" % i for i in range(12)]
    again.close()


def test_a_closed_log_can_neither_be_appended_to_nor_read(log: LocalLog) -> None:
    log.close()
    with pytest.raises(LogUnavailable, match="closed"):
        log.append_now("votes", numbered(0, 1))
    with pytest.raises(LogUnavailable, match="closed"):
        log.read(VOTES, 0, 1)
    log.close()


def test_a_file_that_is_no_log_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"no database, but long enough to be taken for one" * 100)
    with pytest.raises(LogDamaged, match="no log of SEMKO"):
        LocalLog(tmp_path / "text")
    with sqlite3.connect(tmp_path / "other") as other:
        other.execute("create table theirs (a)")
    other.close()
    before = (tmp_path / "other").read_bytes()
    with pytest.raises(LogDamaged, match="no log of SEMKO"):
        LocalLog(tmp_path / "other")
    assert (tmp_path / "other").read_bytes() == before


def test_a_log_of_a_newer_format_is_refused(path: Path, log: LocalLog) -> None:
    log.close()
    with sqlite3.connect(path) as file:
        file.execute("pragma user_version = 2")
    file.close()
    with pytest.raises(LogDamaged, match="has format 2, this version of semko reads format 1"):
        LocalLog(path)


def test_a_record_that_cannot_be_read_is_named(path: Path, log: LocalLog) -> None:
    log.append_now("votes", numbered(0, 500, size=20))
    with sqlite3.connect(path) as file:
        file.execute("update chunks set blob = substr(blob, 1, 100)")
    file.close()
    with pytest.raises(LogDamaged, match="partition 0 of votes cannot be read"):
        log.read(VOTES, 0, 1)


def test_a_full_disk_refuses_the_append_and_the_next_one_may_succeed(log: LocalLog) -> None:
    # SQLite answers a file at its greatest size as it answers a full disk.
    def pages(count: int) -> Callable[[sqlite3.Connection], object]:
        return lambda on: on.execute(f"pragma max_page_count = {count}").fetchone()

    log._writer.run(pages(20)).result()
    large = records([os.urandom(200_000)])
    with pytest.raises(LogUnavailable, match="disk is full"):
        log.append_now("votes", large)
    assert log.read(VOTES, 0, 1).values == []
    log._writer.run(pages(1_000_000)).result()
    assert log.append_now("votes", large) == {0: range(1)}


# --- several processes -----------------------------------------------------------------------

APPENDER = """
import sys
from streams.shell.log import LocalLog, Records
log = LocalLog(sys.argv[1])
log.ensure_topic("votes", 1)
for i in range(int(sys.argv[3])):
    log.append_now("votes", Records([b"k"], [f"{sys.argv[2]} {i}".encode()], [i]))
    print(i, flush=True)
"""


def appender(path: Path, name: str, count: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", APPENDER, str(path), name, str(count)], stdout=subprocess.PIPE
    )


def test_several_processes_make_and_fill_one_log(path: Path) -> None:
    names = ("a", "b", "c")
    running = [appender(path, name, 100) for name in names]
    assert [one.communicate(timeout=60) and one.returncode for one in running] == [0] * 3
    log = LocalLog(path)
    values = log.read(VOTES, 0, EVERYTHING).values
    for name in names:
        own = [value for value in values if value.startswith(name.encode())]
        assert own == [f"{name} {i}".encode() for i in range(100)]
    assert len(values) == 300
    log.close()


def test_appends_of_another_process_move_the_change_mark(path: Path, log: LocalLog) -> None:
    mark = log.change_mark()
    assert log.change_mark() == mark
    appender(path, "a", 1).communicate(timeout=60)
    assert log.change_mark() != mark
    assert log.ends() == {VOTES: 1}


@pytest.mark.parametrize("confirmed", [1, 40])
def test_every_confirmed_append_outlives_kill_9(path: Path, confirmed: int) -> None:
    victim = appender(path, "a", 1_000_000)
    assert victim.stdout is not None
    seen = [int(victim.stdout.readline()) for _ in range(confirmed)]
    victim.send_signal(signal.SIGKILL)
    seen += [int(line) for line in victim.stdout.read().splitlines()]
    victim.communicate(timeout=60)
    log = LocalLog(path)
    values = log.read(VOTES, 0, EVERYTHING).values
    assert values[: len(seen)] == [b"a %d" % i for i in seen]
    assert len(values) <= len(seen) + 1  # the one whose confirmation was not heard
    log.close()


def test_a_closed_log_leaves_no_thread(path: Path) -> None:
    before = threading.active_count()
    LocalLog(path).close()
    assert threading.active_count() == before
