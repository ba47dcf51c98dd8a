"""Instants: RFC 3339 texts in, whole milliseconds since 1970-01-01T00:00:00Z inside.

The one place that reads and writes times, so that no two codecs can disagree about one. Knows no
clock and no time zone but the offset that a text carries.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

EARLIEST = 946_684_800_000
"""2000-01-01T00:00:00Z, the first instant of the contract."""

END = 4_133_980_800_000
"""2101-01-01T00:00:00Z, the first instant after those of the contract."""

NO_INSTANT = int(np.iinfo(np.int64).min)
"""An unknown time in columns of times."""

_FORM = "a time such as 2026-11-23T15:28:00Z or 2026-11-23T17:28:00.123+02:00"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY_MS, _HOUR_MS, _MINUTE_MS = 86_400_000, 3_600_000, 60_000

_RFC_3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:)([0-9]{2})"
    r"(?:\.([0-9]+))?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_WITHOUT_OFFSET = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2})?[.0-9]*")

# A time is the sum of three looked-up parts. Minutes are learned as they come, but only those that
# lie within the contract whatever the offset: a sum of known parts needs no check of its range.
_minutes: dict[str, int] = {}
_MINUTES_AT_MOST = 1 << 16
_SECONDS = {f"{second:02}": second * 1000 for second in range(60)}
_tails: dict[str, int] = {}
_TAILS_AT_MOST = 1 << 14
_SAFE = range(EARLIEST + _DAY_MS, END - 2 * _DAY_MS)

# Texts of one length in UTC are read as one table of bytes, a quarter of the time.
_SHAPES = {
    len(shape): np.frombuffer(shape, np.uint8)
    for shape in (b"0000-00-00T00:00:00Z", b"0000-00-00T00:00:00.000Z")
}


def parse_instant(text: str) -> int:
    """Milliseconds since 1970 of an RFC 3339 ``text`` with an offset, cut to the millisecond.

    Raises ``ValueError`` with a sentence that says what is wrong and what would be right.
    """
    try:
        return _minutes[text[:17]] + _SECONDS[text[17:19]] + _tails[text[19:]]
    except KeyError:
        return _parse_unseen(text)


def parse_instants(texts: Sequence[str]) -> NDArray[np.int64]:
    """``parse_instant`` of each of ``texts``; raises ``ValueError`` where one of them is none."""
    widths = set(map(len, texts))
    shape = _SHAPES.get(widths.pop()) if len(widths) == 1 else None
    found = None if shape is None else _read_together("".join(texts), shape)
    return np.array([parse_instant(text) for text in texts], np.int64) if found is None else found


def _read_together(texts: str, shape: NDArray[np.uint8]) -> NDArray[np.int64] | None:
    """Times that all have one shape; None where some have another or are no times."""
    digits = shape == ord("0")
    try:
        rows = np.frombuffer(texts.encode("ascii"), np.uint8).reshape(-1, len(shape))
        if (rows[:, ~digits] != shape[~digits]).any() or (rows[:, digits] - ord("0") > 9).any():
            return None
        without_z = np.ascontiguousarray(rows[:, :-1]).view(f"S{len(shape) - 1}").ravel()
        ms = without_z.astype("M8[ms]").astype(np.int64)
    except ValueError:  # not ASCII, or no day of the calendar
        return None
    return ms if ((ms >= EARLIEST) & (ms < END)).all() else None


def format_instant(ms: int) -> str:
    """``ms`` since 1970 as RFC 3339 in UTC: ``2026-11-23T15:28:00.123Z``."""
    moment = _EPOCH + timedelta(milliseconds=ms)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def _parse_unseen(text: str) -> int:
    parts = _RFC_3339.fullmatch(text)
    if parts is None:
        raise ValueError(_complaint(text))
    minute, second, fraction, offset = parts.groups()
    minute_ms = _minutes.get(minute)
    if minute_ms is None:
        minute_ms = _learned_minute(minute)
    second_ms = _SECONDS.get(second)
    if second_ms is None:
        raise ValueError(_second_complaint(second))
    # Digits after the third are cut, so that longer fractions share the tails of short ones.
    tail = f".{fraction[:3]}{offset}" if fraction else offset
    tail_ms = _tails.get(tail)
    if tail_ms is None:
        tail_ms = _learned_tail(tail, fraction, offset)
    ms = minute_ms + second_ms + tail_ms
    if not EARLIEST <= ms < END:
        raise ValueError(f"must lie in the years 2000 to 2100 (UTC), not {text[:40]}")
    return ms


def _learned_minute(minute: str) -> int:
    day_text, hour, minute_of_hour = minute[:10], int(minute[11:13]), int(minute[14:16])
    if hour > 23 or minute_of_hour > 59:
        raise ValueError(f"must be a time of day from 00:00:00 to 23:59:59, not {minute[11:16]}")
    try:
        day = date.fromisoformat(day_text).toordinal() - _EPOCH_DAY
    except ValueError as error:
        raise ValueError(f"must name a day of the calendar, and {day_text} is none") from error
    ms = day * _DAY_MS + hour * _HOUR_MS + minute_of_hour * _MINUTE_MS
    if ms in _SAFE:
        if len(_minutes) >= _MINUTES_AT_MOST:
            _minutes.clear()
        _minutes[minute] = ms
    return ms


def _learned_tail(tail: str, fraction: str | None, offset: str) -> int:
    ms = int(((fraction or "") + "000")[:3]) - _offset_ms(offset)
    if len(_tails) >= _TAILS_AT_MOST:
        _tails.clear()
    _tails[tail] = ms
    return ms


def _offset_ms(offset: str) -> int:
    if offset in "Zz":
        return 0
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    if hours > 23 or minutes > 59:
        raise ValueError(f"must have an offset from -23:59 to +23:59, not {offset}")
    ms = hours * _HOUR_MS + minutes * _MINUTE_MS
    return -ms if offset[0] == "-" else ms


def _second_complaint(second: str) -> str:
    if second == "60":
        return "must not name a leap second: write second 59 instead of 60"
    return f"must have a second from 00 to 59, not {second}"


def _complaint(text: str) -> str:
    if _WITHOUT_OFFSET.fullmatch(text):
        return f"must say its offset from UTC, as {_FORM}: {text[:40]!r} has none"
    return f"must be {_FORM}, not {text[:40]!r}"
