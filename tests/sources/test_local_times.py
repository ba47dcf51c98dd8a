"""Times of ticket systems become instants, also on the days when the clocks change."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.local_times import parse_times

SOFIA = "Europe/Sofia"


def instant(text: str, written: str | None = None, zone: str | None = SOFIA) -> str:
    """The one time as UTC text, or what is wrong with it."""
    instants, flaws = parse_times([text], written, zone)
    assert instants.known[0] == (not flaws and text != "")
    if flaws:
        return flaws[0].problem
    return datetime.fromtimestamp(int(instants.ms[0]) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[
        :-3
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02T10:05", "2026-03-02T08:05:00.000"),
        ("2026-03-02 10:05:07", "2026-03-02T08:05:07.000"),
        ("2026-03-02 10:05:07.1239", "2026-03-02T08:05:07.123"),
        ("2026-03-02", "2026-03-01T22:00:00.000"),
        ("2026-03-02T10:05:00Z", "2026-03-02T10:05:00.000"),
        ("2026-03-02 10:05:00.5+01:00", "2026-03-02T09:05:00.500"),
        ("2026-03-02T10:05:00-0500", "2026-03-02T15:05:00.000"),
    ],
)
def test_iso_times_go_by_their_offset_or_else_by_the_time_zone(text: str, expected: str) -> None:
    assert instant(text) == expected


def test_the_hour_that_comes_twice_is_the_first_of_the_two() -> None:
    assert instant("2026-10-25T03:30") == "2026-10-25T00:30:00.000"
    assert instant("2026-10-25T02:59") == "2026-10-24T23:59:00.000"
    assert instant("2026-10-25T04:00") == "2026-10-25T02:00:00.000"


def test_the_hour_that_is_skipped_is_taken_an_hour_later() -> None:
    assert instant("2026-03-29T03:30") == instant("2026-03-29T04:30") == "2026-03-29T01:30:00.000"
    assert instant("2026-03-29T02:59") == "2026-03-29T00:59:00.000"


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 12, 31)))  # noqa: DTZ001  local times
def test_every_local_time_is_what_the_time_zone_database_says(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    expected = moment.replace(tzinfo=ZoneInfo(SOFIA), fold=0).timestamp() * 1000
    instants, flaws = parse_times([moment.isoformat()], None, SOFIA)
    assert not flaws
    assert instants.ms[0] == expected


@pytest.mark.parametrize(
    ("text", "written", "expected"),
    [
        ("02.03.2026 10:05", "%d.%m.%Y %H:%M", "2026-03-02T08:05:00.000"),
        ("3/2/2026 10:05:09 PM", "%m/%d/%Y %I:%M:%S %p", "2026-03-02T20:05:09.000"),
        ("02.03.2026 10:05 +0100", "%d.%m.%Y %H:%M %z", "2026-03-02T09:05:00.000"),
        ("1772445900", "unix", "2026-03-02T10:05:00.000"),
        ("1772445900123", "unix_ms", "2026-03-02T10:05:00.123"),
    ],
)
def test_times_are_read_as_their_format_says(text: str, written: str, expected: str) -> None:
    assert instant(text, written) == expected


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("yesterday", None),
        ("2026", None),
        ("2026-02-30T10:00", None),
        ("2026-03-02T25:00", None),
        ("2026-03-02T10:05", "%d.%m.%Y %H:%M"),
        ("nan", "unix"),
        ("inf", "unix_ms"),
        ("1e30", "unix"),
    ],
)
def test_what_is_no_time_is_a_flaw_and_no_guess(text: str, written: str | None) -> None:
    assert instant(text, written).startswith("is no time ")


def test_a_local_time_without_a_time_zone_is_a_flaw() -> None:
    assert instant("2026-03-02T10:05", zone=None) == "does not say its offset from UTC"
    assert instant("2026-03-02T10:05Z", zone=None) == "2026-03-02T10:05:00.000"


def test_an_empty_text_is_unknown_and_no_flaw() -> None:
    instants, flaws = parse_times(["", "2026-03-02T10:05"], None, SOFIA)
    assert list(instants.known) == [False, True]
    assert not flaws


def test_no_texts_are_no_times() -> None:
    instants, flaws = parse_times([], None, SOFIA)
    assert len(instants.ms) == len(instants.known) == len(flaws) == 0
