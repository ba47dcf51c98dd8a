"""Times as ticket systems write them: with an offset or local, by ISO 8601 or a format of theirs.

A local time that the clocks showed twice is the first of the two; one that they skipped is an hour
later, as a clock shows it that was put forward. Knows neither tables nor events.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sources.flaws import Flaw
from sources.mapping import UNIX_FORMATS

_WITH_OFFSET = re.compile(r".*\d:?\d\d(?:[.,]\d+)? ?(?:[Zz]|[+-]\d\d(?::?\d\d)?)")
_ISO_8601 = re.compile(r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d.*)?")


class Instants(NamedTuple):
    """Milliseconds since 1970 where ``known``."""

    ms: NDArray[np.int64]
    known: NDArray[np.bool_]


def parse_times(
    texts: Sequence[str], written: str | None, zone: str | None
) -> tuple[Instants, dict[int, Flaw]]:
    """``texts`` as instants, and by position what is wrong with those that are none.

    ``written`` is a format of ``datetime.strptime``, ``unix`` or ``unix_ms``, or ``None`` for ISO
    8601; ``zone`` is that of local times. Empty texts are unknown and no flaw.
    """
    empty = np.array([text == "" for text in texts], dtype=bool)
    if written in UNIX_FORMATS:
        instants = _unix(texts, UNIX_FORMATS[str(written)])
        local = np.zeros(len(texts), dtype=bool)
    else:
        local = ~np.array([_has_offset(text, written) for text in texts], dtype=bool)
        instants = _calendar(texts, written, zone, local)
    flaws = {
        index: _no_time(texts[index], written)
        for index in np.flatnonzero(~instants.known & ~empty).tolist()
    }
    if zone is None:
        nowhere = np.flatnonzero(instants.known & local).tolist()
        flaws |= {index: _no_offset(texts[index]) for index in nowhere}
        instants.known[nowhere] = False
    return instants, flaws


def _no_time(text: str, written: str | None) -> Flaw:
    form = f'written as "{written}"' if written else "by ISO 8601, such as 2026-03-02T10:05"
    remedy = 'say how times are written, such as format = "%d.%m.%Y %H:%M"'
    return Flaw(text, f"is no time {form}", remedy)


def _no_offset(text: str) -> Flaw:
    remedy = 'say their time zone in [source], such as time_zone = "Europe/Sofia"'
    return Flaw(text, "does not say its offset from UTC", remedy)


def _has_offset(text: str, written: str | None) -> bool:
    return "%z" in written if written else _WITH_OFFSET.fullmatch(text) is not None


def _unix(texts: Sequence[str], unit_ms: int) -> Instants:
    numbers = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(float)
    known = np.isfinite(numbers) & (np.abs(numbers) < 1e14)
    return Instants(np.floor(np.where(known, numbers, 0) * unit_ms).astype(np.int64), known)


def _calendar(
    texts: Sequence[str], written: str | None, zone: str | None, local: NDArray[np.bool_]
) -> Instants:
    if written is None:  # pandas takes bare years too, which nobody means here
        texts = [text if _ISO_8601.fullmatch(text) else "" for text in texts]
    series = pd.Series(texts, dtype=object)
    form = written or "ISO8601"
    ms = np.zeros(len(texts), dtype=np.int64)
    known = np.zeros(len(texts), dtype=bool)
    for mask, naive in ((local, True), (~local, False)):
        if not mask.any():
            continue
        moments = pd.to_datetime(series[mask], format=form, errors="coerce", utc=not naive)
        if naive:
            moments = moments.dt.tz_localize(
                zone or "UTC",
                ambiguous=np.ones(len(moments), dtype=bool),
                nonexistent=pd.Timedelta(hours=1),
            ).dt.tz_convert("UTC")
        known[mask] = moments.notna()
        micros = moments.dt.as_unit("us").dt.tz_localize(None).to_numpy().astype(np.int64)
        ms[mask] = np.where(known[mask], micros // 1000, 0)
    return Instants(ms, known)
