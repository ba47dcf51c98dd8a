"""A store of weeks: what is counted for each office, and complaints that follow its score.

The worlds are those of ``benchmarks/indicator``; here they become rows of a store and lines of a
file, as votes and complaints would.
"""

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from models.periods import Cadence, Period, period_of
from sinks.store import ClickHouseStore
from tests.store_rows import put

TENANT = "town"
FIRST = period_of(Cadence.WEEK, date(2022, 9, 5))
VOTES = 400


def weeks(count: int) -> list[Period]:
    """So many, the first of them ``FIRST``."""
    return [FIRST._replace(number=FIRST.number + each) for each in range(count)]


def put_scores(
    store: ClickHouseStore, office: str, scores: NDArray[np.float64], votes: int = VOTES
) -> None:
    """One hour of each week with so many votes, whose mean is the score of that week (0-100)."""
    rows = [
        {
            "tenant_id": TENANT,
            "office_id": office,
            "scope": "office",
            "window_seconds": 3600,
            "window_start": int(
                datetime.combine(week.start + timedelta(days=2), time(9), UTC).timestamp() * 1000
            ),
            "completions": 2 * votes,
            "votes": votes,
            "points": round(float(score) * 100 * votes),
            "revision": 1,
        }
        for week, score in zip(weeks(len(scores)), scores, strict=True)
    ]
    put(store, "window_metrics", *rows)


def csv_of(series: dict[str, NDArray[np.float64]]) -> str:
    """The file of a lagging series, by office."""
    lines = ["period,office,value"]
    for office, values in series.items():
        lines += [
            f"{week},{office},{value:.4f}"
            for week, value in zip(weeks(len(values)), values, strict=True)
        ]
    return "\n".join(lines) + "\n"
