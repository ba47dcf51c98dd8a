"""NDJSON files: every line comes out once and in order, placed by what it says."""

import gzip
import os
import tracemalloc
from pathlib import Path

import pytest

from models.codec import decode_completion
from models.errors import CallError, Refused
from models.instants import parse_instant
from sources.files import LINE_BYTES_KEPT, Place, events, place, read_lines

COMPLETION = (
    '{{"type":"completion","event_id":"e{n}","tenant_id":"town","office_id":"centre",'
    '"desk_id":"d1","service_id":"s1","interaction_id":"i{n}",'
    '"completed_at":"2026-03-02T10:{n:02}:00+02:00"}}'
)
VOTE = (
    b'{"type":"vote","event_id":"v1","tenant_id":"town","office_id":"centre","desk_id":"d1",'
    b'"terminal_id":"t1","score":4,"voted_at":"2026-03-02T10:30:00+02:00"}'
)


def completion(n: int) -> bytes:
    return COMPLETION.format(n=n).encode()


def all_lines(path: Path) -> list[bytes]:
    return [line for batch in read_lines(path) for line in batch.lines]


def test_a_completion_and_a_vote_go_to_their_topics_under_their_office_at_their_own_time(
    tmp_path: Path,
) -> None:
    path = tmp_path / "day.ndjson"
    path.write_bytes(completion(5) + b"\n" + VOTE + b"\n")
    (records,) = events(path)
    assert [(each.topic, each.key, each.value) for each in records] == [
        ("completions", b"town/centre", completion(5)),
        ("votes", b"town/centre", VOTE),
    ]
    assert [each.timestamp_ms for each in records] == [
        parse_instant("2026-03-02T08:05:00Z"),
        parse_instant("2026-03-02T08:30:00Z"),
    ]


def test_gzip_is_known_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    packed, plain = tmp_path / "packed.ndjson", tmp_path / "plain.ndjson.gz"
    lines = [completion(n) for n in range(50)]
    packed.write_bytes(gzip.compress(b"\n".join(lines)))
    plain.write_bytes(b"\n".join(lines))
    assert all_lines(packed) == all_lines(plain) == lines


def test_several_gzip_members_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "days.ndjson.gz"
    path.write_bytes(gzip.compress(b"a\nb\n") + gzip.compress(b"c\n"))
    assert all_lines(path) == [b"a", b"b", b"c"]


def test_blank_lines_line_ends_of_windows_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "day.ndjson"
    path.write_bytes(b"\xef\xbb\xbf" + completion(1) + b"\r\n\r\n  \n" + completion(2))
    assert [each.value for batch in events(path) for each in batch] == [
        completion(1),
        completion(2),
    ]


def test_an_empty_file_gives_nothing(tmp_path: Path) -> None:
    (tmp_path / "none.ndjson").write_bytes(b"")
    assert list(events(tmp_path / "none.ndjson")) == []


@pytest.mark.parametrize(
    "raw",
    [b"no json", b"[1,2]", b'{"type":', b'{"type":"\xff\xfe"}', b'{"tenant_id":"\\ud800"}', b"7"],
)
def test_what_cannot_be_read_is_still_placed_and_refused_by_the_worker(raw: bytes) -> None:
    assert place(raw) == Place("completions", b"", None)
    with pytest.raises(Refused):
        decode_completion(raw)


def test_a_readable_office_is_the_key_even_where_the_time_is_not() -> None:
    raw = completion(1).replace(b"2026-03-02T", b"yesterday ")
    assert place(raw) == Place("completions", b"town/centre", None)
    assert place(completion(1).replace(b'"centre"', b"7")).key == b""


def test_a_line_without_time_takes_that_of_the_line_before_or_of_the_first_that_has_one(
    tmp_path: Path,
) -> None:
    path = tmp_path / "day.ndjson"
    path.write_bytes(b"\n".join([b"bad", completion(1), b"bad", completion(2), b"bad"]))
    records = [each for batch in events(path) for each in batch]
    first, second = (parse_instant(f"2026-03-02T08:0{n}:00Z") for n in (1, 2))
    assert [each.timestamp_ms for each in records] == [first, first, first, second, second]


def test_a_file_without_any_time_takes_that_of_its_last_change(tmp_path: Path) -> None:
    path = tmp_path / "bad.ndjson"
    path.write_bytes(b'{"bad"\n')
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert [each.timestamp_ms for batch in events(path) for each in batch] == [1_700_000_000_000]


def test_a_line_longer_than_an_event_is_cut_and_stays_too_long_and_its_neighbours_stay_whole(
    tmp_path: Path,
) -> None:
    path = tmp_path / "day.ndjson"
    blanks = b" " * 3_000_000  # over several blocks, and JSON may end in blanks
    path.write_bytes(b"\n".join([completion(1), completion(2) + blanks, completion(3)]))
    first, long, last = all_lines(path)
    assert (first, last) == (completion(1), completion(3))
    assert len(long) == LINE_BYTES_KEPT
    with pytest.raises(Refused) as refusal:
        decode_completion(long)
    assert refusal.value.reason == "too_long"


def test_lines_keep_their_numbers_over_blocks(tmp_path: Path) -> None:
    path = tmp_path / "big.ndjson"
    path.write_bytes(b"".join(b"%d\n" % n + b"x" * 200 + b"\n" for n in range(1, 20_001)))
    batches = list(read_lines(path))
    assert len(batches) > 3
    numbered = {
        batch.first + index: line for batch in batches for index, line in enumerate(batch.lines)
    }
    assert len(numbered) == 40_000
    assert all(numbered[2 * n - 1] == b"%d" % n for n in range(1, 20_001))


def test_a_gzip_that_breaks_off_gives_its_whole_lines_and_then_says_after_which(
    tmp_path: Path,
) -> None:
    path = tmp_path / "day.ndjson.gz"
    content = b"".join(os.urandom(40).hex().encode() + b"\n" for _ in range(20_000))
    path.write_bytes(gzip.compress(content)[:-300_000])
    lines: list[bytes] = []
    batches = read_lines(path)
    with pytest.raises(CallError, match=r"day\.ndjson\.gz: the gzip breaks off") as refusal:
        lines.extend(line for batch in batches for line in batch.lines)
    assert f"after line {len(lines)};" in str(refusal.value)
    assert len(lines) > 10_000
    assert content.startswith(b"\n".join(lines) + b"\n")


def test_a_missing_file_a_folder_and_utf_16_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"none\.ndjson: No such file"):
        list(events(tmp_path / "none.ndjson"))
    with pytest.raises(CallError, match="Is a directory"):
        list(events(tmp_path))
    (tmp_path / "wide.ndjson").write_bytes("{}".encode("utf-16"))
    with pytest.raises(CallError, match=r"wide\.ndjson: is UTF-16; save it as UTF-8"):
        list(events(tmp_path / "wide.ndjson"))


@pytest.mark.parametrize("content", [b"id;desk\nA1;7\n", b"PAR1...", b"[\n1]\n", b"null"])
def test_what_holds_no_object_is_not_taken_for_broken_events(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "day.csv").write_bytes(content)
    with pytest.raises(CallError, match=r"day\.csv: holds no JSON object in its first \d+ lines"):
        list(events(tmp_path / "day.csv"))


def test_a_big_file_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "big.ndjson.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(16):
            file.write((completion(7) + b"\n") * 5_000)
    tracemalloc.start()
    try:
        count = sum(len(batch) for batch in events(path))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 80_000
    assert peak_bytes < 14_000_000  # the records of all lines take 50 MB
