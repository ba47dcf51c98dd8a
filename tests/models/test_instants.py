"""Times as RFC 3339 has them."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import instants
from models.instants import EARLIEST, END, format_instant, parse_instant, parse_instants

NOON = 1_795_435_200_000  # 2026-11-23T12:00:00Z


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:00Z", None),
        ("2026-11-23T12:00:00Z", NOON),
        ("2026-11-23t12:00:00z", NOON),
        ("2026-11-23T14:00:00+02:00", NOON),
        ("2026-11-23T06:30:00-05:30", NOON),
        ("2026-11-24T11:59:00+23:59", NOON),
        ("2026-11-23T12:00:00-00:00", NOON),
        ("2026-11-23T12:00:00.1Z", NOON + 100),
        ("2026-11-23T12:00:00.12Z", NOON + 120),
        ("2026-11-23T12:00:00.123Z", NOON + 123),
        ("2026-11-23T12:00:00.1239Z", NOON + 123),
        ("2026-11-23T12:00:00.9999999999999999999999Z", NOON + 999),
        ("2026-11-23T14:00:00.000999999+02:00", NOON),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ("2000-01-01T00:00:00Z", EARLIEST),
        ("1999-12-31T23:00:00-01:00", EARLIEST),
        ("2000-01-01T00:59:59.999+01:00", None),
        ("1999-12-31T23:59:59.999Z", None),
        ("2100-12-31T23:59:59.999999Z", END - 1),
        ("2101-01-01T00:59:59+01:00", END - 1000),
        ("2100-12-31T23:00:00-01:00", None),
        ("2101-01-01T00:00:00Z", None),
    ],
)
def test_an_instant_is_read_to_the_millisecond_or_lies_outside(text: str, ms: int | None) -> None:
    for _ in range(2):  # the second time from what the first has learned
        if ms is None:
            with pytest.raises(ValueError, match="must lie in the years 2000 to 2100"):
                parse_instant(text)
        else:
            assert parse_instant(text) == ms


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2026-11-23T12:00:00", "say its offset"),
        ("2026-11-23 12:00:00.5", "say its offset"),
        ("2026-11-23T12:00", "say its offset"),
        ("2026-11-23T12:00:60Z", "leap second"),
        ("2026-11-23T12:00:61Z", "second from 00 to 59"),
        ("2026-11-23T24:00:00Z", "time of day"),
        ("2026-11-23T12:60:00Z", "time of day"),
        ("2026-02-29T12:00:00Z", "day of the calendar"),
        ("2026-13-01T12:00:00Z", "day of the calendar"),
        ("0000-01-01T12:00:00Z", "day of the calendar"),
        ("2026-11-23T12:00:00+24:00", "offset from -23:59"),
        ("2026-11-23T12:00:00+02:60", "offset from -23:59"),
        ("2026-11-23T12:00:00+0200", "a time such as"),
        ("2026-11-23T12:00:00+02", "a time such as"),
        ("2026-11-23 12:00:00Z", "a time such as"),
        ("2026-11-23T12:00Z", "a time such as"),
        ("2026-11-23T12:00:00.Z", "a time such as"),
        ("2026-11-23T12:00:00,5Z", "a time such as"),
        ("20261123T120000Z", "a time such as"),
        ("2026-W48-1T12:00:00Z", "a time such as"),
        (" 2026-11-23T12:00:00Z", "a time such as"),
        ("2026-11-23T12:00:00Z\n", "a time such as"),
        ("２026-11-23T12:00:00Z", "a time such as"),
        ("2026-11-23T12:00:0٣Z", "a time such as"),
        ("1795435200", "a time such as"),
        ("", "a time such as"),
    ],
)
def test_what_is_no_instant_is_refused_with_what_would_be_right(text: str, problem: str) -> None:
    parse_instant("2026-11-23T12:00:00+02:00")  # known parts must not let a wrong rest through
    with pytest.raises(ValueError, match=f"^must .*{problem}"):
        parse_instant(text)


@settings(max_examples=300, deadline=None)
@given(
    st.timedeltas(timedelta(days=1), timedelta(days=36_880)),
    st.integers(-1439, 1439),
    st.integers(0, 9),
)
def test_instants_agree_with_the_standard_library(
    since_2000: timedelta, offset_minutes: int, digits: int
) -> None:
    zone = timezone(timedelta(minutes=offset_minutes))
    local = datetime(2000, 1, 2, tzinfo=zone) + since_2000
    sign, minutes = "-" if offset_minutes < 0 else "+", abs(offset_minutes)
    fraction = f".{local.microsecond:06}000"[: digits + 1] if digits else ""
    text = f"{local:%Y-%m-%dT%H:%M:%S}{fraction}{sign}{minutes // 60:02}:{minutes % 60:02}"
    since = local.replace(microsecond=0) - datetime(1970, 1, 1, tzinfo=UTC)
    expected = since // timedelta(milliseconds=1) + int((fraction[1:] + "000")[:3])
    assert parse_instant(text) == expected
    assert parse_instant(text) == expected


@given(st.integers(EARLIEST, END - 1))
def test_a_written_instant_is_read_as_the_same(ms: int) -> None:
    assert parse_instant(format_instant(ms)) == ms


def test_an_instant_is_written_in_utc_with_milliseconds() -> None:
    assert format_instant(NOON + 123) == "2026-11-23T12:00:00.123Z"
    assert format_instant(-1) == "1969-12-31T23:59:59.999Z"


def test_what_is_learned_about_minutes_is_bounded() -> None:
    for minute in range(instants._MINUTES_AT_MOST + 100):
        parse_instant(format_instant(NOON + minute * 60_000))
    assert len(instants._minutes) <= instants._MINUTES_AT_MOST


TIMES_ALIKE = st.builds(
    lambda shape, digits: "".join(digits.pop() if each == "0" else each for each in shape),
    st.sampled_from(
        ("2000-00-00T00:00:00Z", "2000-00-00T00:00:00.000Z", "2000-00-00T00:00:00+00:00", "0000")
    ),
    st.lists(st.sampled_from("0000111223456789x٣"), min_size=24, max_size=24),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.one_of(TIMES_ALIKE, st.sampled_from(("", "2026-11-23T12:00:00Z"))), max_size=4))
def test_many_are_read_as_each_is(texts: list[str]) -> None:
    try:
        expected = [parse_instant(text) for text in texts]
    except ValueError as error:
        with pytest.raises(ValueError, match=re.escape(str(error))):
            parse_instants(texts)
    else:
        assert parse_instants(texts).tolist() == expected


@pytest.mark.parametrize("at", ["{}:00Z", "{}:00.000Z"])
def test_every_day_and_minute_is_read_alike_among_many(at: str) -> None:
    begun = datetime(2000, 1, 1, tzinfo=UTC)
    moments = [begun + timedelta(days=n, minutes=n % 1_440) for n in range(36_889)]
    texts = [at.format(moment.strftime("%Y-%m-%dT%H:%M")) for moment in moments]
    expected = [parse_instant(text) for text in texts]
    assert parse_instants(texts).tolist() == expected
    assert format_instant(expected[-1]) == "2100-12-30T14:48:00.000Z"


@pytest.mark.parametrize(
    "wrong",
    [
        *("2026-02-29T12:00:00Z", "2026-13-01T12:00:00Z", "2026-00-01T12:00:00Z"),
        *("2026-01-00T12:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T12:60:00Z"),
        *("2026-01-01T12:00:60Z", "1999-12-31T23:59:59Z", "2101-01-01T00:00:00Z"),
        *("2026-01-01 12:00:00Z", "2026-01-01T12:00:00z", "2026-01-01T12:00:0/Z"),
        *("2026-01-01T12:00:0:Z", "٢026-01-01T12:00:00Z"),
    ],
)
def test_one_wrong_among_many_is_found(wrong: str) -> None:
    texts = ["2026-11-23T12:00:00Z", wrong, "2026-11-23T12:00:01Z"]
    try:
        expected = [parse_instant(text) for text in texts]
    except ValueError:
        with pytest.raises(ValueError, match="must"):
            parse_instants(texts)
    else:
        assert parse_instants(texts).tolist() == expected
