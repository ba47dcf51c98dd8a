"""A body comes apart into its events, whatever it is."""

import contextlib
import gzip
import time

import pytest

from sources.gateway.body import MAX_BODY_BYTES, MAX_EVENTS, NotGzip, TooLarge, inflate, split


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (b"", []),
        (b" \r\n\t", []),
        (b"[]", []),
        (b" [ ] ", []),
        (b'{"a":1}', [b'{"a":1}']),
        (b'\xef\xbb\xbf{"a":1}', [b'{"a":1}']),
        (b'{\n "a": 1,\n "b": {"c": 2}\n}', [b'{\n "a": 1,\n "b": {"c": 2}\n}']),
        (b'{\n "a": nope,\n "b": {"c": 2}\n}', [b'{\n "a": nope,\n "b": {"c": 2}\n}']),
        (b'[{"a":1.50},{"a" : 2}]', [b'{"a":1.50}', b'{"a" : 2}']),
        (b'[\n {"a":1},\n {"a":2}\n]', [b'{"a":1}', b'{"a":2}']),
        (b'{"a":1}\n{"a":2}', [b'{"a":1}', b'{"a":2}']),
        (b'{"a":1}\r\n\r\n{"a":2}\r\n', [b'{"a":1}', b'{"a":2}']),
        (b'{"a":1\n{"a":2}', [b'{"a":1', b'{"a":2}']),
        (b'{"a":1}\nnoise\n{"a":2}', [b'{"a":1}', b"noise", b'{"a":2}']),
        (b'noise\n{"a":2}', [b"noise", b'{"a":2}']),
        (b'{"a":1}\nnoise', [b'{"a":1}', b"noise"]),
        (b'{"a":1}{"a":2}', [b'{"a":1}{"a":2}']),
        (b'[noise\n{"a":1}\n{"a":2}', [b"[noise", b'{"a":1}', b'{"a":2}']),
        (b'[\n{"a":1},\n{"a":nope},\n{"a":2}\n]', [b'{"a":1}', b'{"a":nope}', b'{"a":2}']),
    ],
)
def test_one_object_an_array_and_lines_are_told_apart(body: bytes, events: list[bytes]) -> None:
    assert split(body) == events


@pytest.mark.parametrize(
    ("broken", "alone"),
    [
        (b"nope", b"nope"),
        (b'{"a":nope}', b'{"a":nope}'),
        (b"", b""),
        (b'{"a":"],[{"}', b'{"a":"],[{"}'),
        (b'{"a":"\\",","b":NaN}', b'{"a":"\\",","b":NaN}'),
        (b'{"a":"\\ud800"}', b'{"a":"\\ud800"}'),
        (b"\xff\xfe", b"\xff\xfe"),
        (b"[" * 5000 + b"]" * 5000, b"[" * 5000 + b"]" * 5000),
    ],
)
def test_a_broken_element_of_an_array_leaves_its_neighbours_whole(
    broken: bytes, alone: bytes
) -> None:
    assert split(b'[{"a":1},' + broken + b', {"b":[2,{}]} ]') == [
        b'{"a":1}',
        alone,
        b'{"b":[2,{}]}',
    ]


def test_what_stands_before_the_end_of_a_cut_array_is_kept() -> None:
    assert split(b'[{"a":1},{"a":2},{"a":') == [b'{"a":1}', b'{"a":2}', b'{"a":']


def test_what_follows_an_array_is_an_event_of_its_own_that_fails() -> None:
    assert split(b'[{"a":1}] tail') == [b'{"a":1}', b"tail"]


def test_the_senders_word_decides_for_lines_only_where_the_content_does_not() -> None:
    lines = b'[1,\n{"a":2}\n'
    assert split(lines, lines_hint=True) == [b"[1,", b'{"a":2}']
    assert split(b'[{"a":1},\n{"a":2}]', lines_hint=True) == [b'{"a":1}', b'{"a":2}']


@pytest.mark.parametrize("unit", [b'\\"', b'"', b"[", b"{", b'{"a":', b"\\", b",", b'[{"a":"\\'])
def test_hostile_bodies_take_no_longer_than_their_length_allows(unit: bytes) -> None:
    body = b"[" + unit * (MAX_BODY_BYTES // len(unit))
    started = time.perf_counter()
    with contextlib.suppress(TooLarge):
        assert split(body)
    assert time.perf_counter() - started < 5


def test_more_events_than_one_request_may_carry_are_refused() -> None:
    assert len(split(b"1\n" * MAX_EVENTS)) == MAX_EVENTS
    with pytest.raises(TooLarge, match="10001 events"):
        split(b"1\n" * (MAX_EVENTS + 1))


def test_gzip_of_several_members_is_one_content() -> None:
    assert inflate(gzip.compress(b"one", mtime=0) + gzip.compress(b"two", mtime=0)) == b"onetwo"


def test_a_gzip_bomb_is_refused_before_it_unfolds() -> None:
    bomb = gzip.compress(bytes(64 << 20))
    with pytest.raises(TooLarge, match="once unpacked"):
        inflate(bomb)
    with pytest.raises(TooLarge):
        inflate(gzip.compress(b"x" * 600, mtime=0) * 3, limit=1000)
    assert inflate(gzip.compress(b"x" * 1000, mtime=0), limit=1000) == b"x" * 1000


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"plain", "not gzip"),
        (gzip.compress(b"x" * 100, mtime=0)[:-5], "cut off"),
        (gzip.compress(b"one", mtime=0) + b"tail", "not gzip"),
    ],
)
def test_a_broken_gzip_body_is_named_as_such(body: bytes, problem: str) -> None:
    with pytest.raises(NotGzip, match=problem):
        inflate(body)
