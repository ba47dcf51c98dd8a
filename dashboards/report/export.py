"""What a page shows as one table in long form, as CSV and as Parquet: a row a number.

Columns are told in ``docs/reports.md``. Values are those of the page before rounding: scores 0–100,
shares 0–1, waits in seconds. A score that the page does not show is null here too.
"""

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa
from pyarrow import parquet

from dashboards.report.counts import Counts, Estimate
from dashboards.report.gathering import Overview, Report
from dashboards.report.spans import spans
from dashboards.report.sql import WAITS
from models.scores import FORMULA_VERSION


class Line(NamedTuple):
    """One number of a page. ``n``: votes behind a score, interactions behind the rest."""

    tenant_id: str
    office_id: str
    scope: str
    key: str
    first_day: str
    last_day: str
    section: str
    item: str
    measure: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    said: str
    formula_version: int


_FIELDS: list[tuple[str, pa.DataType]] = [
    *((name, pa.string()) for name in Line._fields[:9]),
    ("value", pa.float64()),
    ("low", pa.float64()),
    ("high", pa.float64()),
    ("n", pa.int64()),
    ("said", pa.string()),
    ("formula_version", pa.int32()),
]
SCHEMA = pa.schema(_FIELDS)


def overview_lines(found: Overview) -> list[Line]:
    """The list of offices: of each its counts and its open alerts."""
    lines: list[Line] = []
    days = str(found.asked.since), str(found.asked.until)
    for each in found.offices:
        place = (each.tenant_id, each.office_id, "office", "", *days)
        lines += _counted(place, "total", "", each.counts)
        lines.append(_line(place, "total", "", "open_alerts", each.alerts))
    return lines


def report_lines(found: Report) -> list[Line]:
    """A report, section by section as on the page."""
    asked = found.asked
    place = (
        asked.tenant,
        asked.office,
        str(asked.scope),
        asked.key,
        str(asked.since),
        str(asked.until),
    )
    lines = [*_counted(place, "total", "", found.total)]
    lines += _counted(place, "previous", "", found.previous)
    for face, count in enumerate(found.total.faces, 1):
        lines.append(_line(place, "faces", str(face), "votes", count))
    step, days = spans(found.days)
    for day, counts in days.items():
        lines += _counted(place, step, day.isoformat(), counts)
    for (weekday, hour), counts in found.hours.items():
        lines += _counted(place, "weekday_hour", f"{weekday + 1} {hour:02}", counts)
    for at, counts in sorted(found.waits.items()):
        lines += _counted(place, "wait_from_seconds", str(WAITS[at]), counts)
    for (scope, key), counts in sorted(found.others.items()):
        lines += _counted(place, scope, key, counts)
    for reason, counts in sorted(found.reasons.items()):
        lines += _counted(place, "reason", reason, counts)
        part = found.reason_share(counts)
        lines.append(_line(place, "reason", reason, "share", part))
    lines += _findings(place, found)
    return lines


def as_csv(lines: list[Line]) -> bytes:
    """UTF-8 with a mark for spreadsheets, which would take Bulgarian letters for others; a text
    that one would take for a formula stands behind an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(Line._fields)
    writer.writerows([_tame(cell) for cell in line] for line in lines)
    return out.getvalue().encode("utf-8-sig")


def as_parquet(lines: list[Line]) -> bytes:
    """The same table with types."""
    columns = {name: [line[at] for line in lines] for at, name in enumerate(Line._fields)}
    out = io.BytesIO()
    parquet.write_table(pa.table(columns, schema=SCHEMA), out, compression="zstd")
    return out.getvalue()


def _tame(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell


_Place = tuple[str, str, str, str, str, str]


def _counted(place: _Place, section: str, item: str, counts: Counts) -> Iterator[Line]:
    yield _line(place, section, item, "completions", counts.completions)
    yield _line(place, section, item, "votes", counts.votes)
    yield _line(place, section, item, "score", counts.score, counts.votes)
    yield _line(place, section, item, "response_rate", counts.response, counts.completions)
    yield _line(place, section, item, "unserved", counts.unserved, counts.completions)
    yield _line(
        place, section, item, "mean_wait_seconds", counts.mean_wait_seconds, counts.wait_known
    )


def _line(
    place: _Place,
    section: str,
    item: str,
    measure: str,
    found: Estimate | float | None,
    n: int | None = None,
    said: str = "",
) -> Line:
    low = high = None
    value: float | None
    if isinstance(found, Estimate):
        value, low, high, n = found
    else:
        value = found
    return Line(
        *place,
        section,
        item,
        measure,
        None if value is None else float(value),
        low,
        high,
        n,
        said,
        FORMULA_VERSION,
    )


def _findings(place: _Place, found: Report) -> Iterator[Line]:
    for unit, rows in found.comparison.items():
        for row in rows:
            section, item, n = f"{unit}_comparison", row["unit"], row["votes"]
            if row["score"] is None:
                yield _line(place, section, item, "adjusted_score", None, n, row["state"])
                continue
            one = Estimate(row["score"], row["score_low"], row["score_high"], n)
            yield _line(place, section, item, "adjusted_score", one, said=row["flag"])
            yield _line(place, section, item, "rank_from", row["rank_from"], row["compared"])
            yield _line(place, section, item, "rank_to", row["rank_to"], row["compared"])
    for row in found.alerts:
        section, item = "alert", row["alert_id"]
        for measure in ("expected", "observed"):
            yield _line(place, section, item, measure, row[measure], said=row["kind"])
        for measure in ("opened", "resolved", "level", "state", "cause", "action", "reason"):
            if row[measure]:
                yield _line(place, section, item, measure, None, said=row[measure])
        if row["recovery"]:
            change = row["change"]
            if change is not None:
                reach, n = row["reach"], row["held_votes"] + row["after_votes"]
                change = Estimate(change, change - reach, change + reach, n)
            yield _line(place, section, item, "change_after_action", change, said=row["recovery"])
