"""1,178,373 real five-button votes through a replay, against the percentages that were published.

`opg_votes_monthly.csv` (repository opg-performance-data, MIT) holds the votes of three services of
the UK Office of the Public Guardian by month. It knows no single vote, so each counted one becomes
an interaction with a vote of its own, at some moment of its month.
"""

import csv
import gzip
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pytest

from models.scores import Votes, mean, published_formula, top2
from tests.real_data.runs import DATA, Run, needs_data, rows, semko, tell

pytestmark = [needs_data, pytest.mark.timeout(1800)]

FACES = ("votes_1", "votes_2", "votes_3", "votes_4", "votes_5")
DESKS = 6
MONTHS_OF_SERVICES = """
SELECT
    formatDateTime(window_start, '%Y-%m') AS month, service_id,
    arrayMap(count -> toUInt32(count), [sum(v1), sum(v2), sum(v3), sum(v4), sum(v5)]) AS faces,
    sum(service_scores.mean * votes) / sum(votes) AS mean,
    100 * sum(service_scores.top2 * votes) / sum(votes) AS top2
FROM semko.service_scores
GROUP BY month, service_id
"""


class Published(NamedTuple):
    """The votes of a service in a month by face, and the percentage that was published of them."""

    month: str
    service: str
    faces: tuple[int, int, int, int, int]
    percent: float


class Replayed(NamedTuple):
    """What the replay of all votes took and said, and where its store is."""

    store: str
    run: Run
    said: dict[str, Any]


@pytest.fixture(scope="module")
def published() -> list[Published]:
    with (DATA / "opg_votes_monthly.csv").open(newline="", encoding="utf-8") as file:
        counted = [row for row in csv.DictReader(file) if all(row[face] for face in FACES)]
    months = [
        Published(
            row["month"],
            row["service"],
            tuple(int(row[face]) for face in FACES),  # type: ignore[arg-type]  # five of them
            float(row["published_percent"]),
        )
        for row in counted
    ]
    return sorted(months)


@pytest.fixture(scope="module")
def replayed(published: list[Published]) -> Iterator[Replayed]:
    with TemporaryDirectory(prefix="semko-opg-") as name:
        file = Path(name) / "opg.ndjson.gz"
        with gzip.open(file, "wt", compresslevel=1, encoding="utf-8") as lines:
            for month, services in groupby(published, key=lambda each: each.month):
                lines.write(_events_of(date.fromisoformat(f"{month}-01"), list(services)))
        store = f"chdb://{name}/store"
        run = semko("replay", file, "--store", store, "--json")
        yield Replayed(store, run, run.json())


def _events_of(first: date, services: list[Published]) -> str:
    """One completion and one vote for each counted vote of a month, in the order of time."""
    random = np.random.default_rng(first.toordinal())
    counts = [sum(each.faces) for each in services]
    faces = [random.permutation(np.repeat([1, 2, 3, 4, 5], each.faces)) for each in services]
    start = np.datetime64(first.isoformat(), "ms")
    end = (start.astype("datetime64[M]") + 1).astype("datetime64[ms]")
    completed = start + random.integers(0, (end - start).astype(int), sum(counts)).astype("m8[ms]")
    voted = completed + random.integers(5_000, 120_000, sum(counts)).astype("m8[ms]")
    order = np.argsort(completed)
    names = np.repeat([each.service for each in services], counts)
    columns = (
        range(len(order)),
        names[order].tolist(),
        np.concatenate(faces)[order].tolist(),
        np.datetime_as_string(completed[order], timezone="UTC").tolist(),
        np.datetime_as_string(voted[order], timezone="UTC").tolist(),
    )
    return "".join(
        f'{{"type":"completion","event_id":"c{n}","tenant_id":"opg","office_id":"online",'
        f'"desk_id":"d{n % DESKS}","service_id":"{service}","channel":"online",'
        f'"interaction_id":"{first:%Y-%m}-{n}","completed_at":"{at}"}}\n'
        f'{{"type":"vote","event_id":"v{n}","tenant_id":"opg","office_id":"online",'
        f'"desk_id":"d{n % DESKS}","terminal_id":"page","interaction_id":"{first:%Y-%m}-{n}",'
        f'"score":{face},"voted_at":"{pressed}"}}\n'
        for n, service, face, at, pressed in zip(*columns, strict=True)
    )


def test_every_published_vote_is_counted_once(
    published: list[Published], replayed: Replayed
) -> None:
    said = replayed.said
    tell(
        f"{said['read']:,} events of real votes:"
        f" published at {said['read'] / said['publishing_seconds']:,.0f}/s,"
        f" processed at {said['processing_events_per_second']:,}/s,"
        f" both at {said['events_per_second']:,}/s; the whole command {replayed.run.cost()}"
    )
    votes = sum(sum(each.faces) for each in published)
    assert len(published) == 117
    assert votes == 1_178_373
    expected = {"read": 2 * votes, "completions": votes, "votes": votes, "rated": votes}
    none = dict.fromkeys(("unmatched", "corrected", "repeat", "dead_letters"), 0)
    assert {name: said[name] for name in (*expected, *none)} == expected | none


def test_scores_of_the_store_agree_with_the_published_ones_by_the_formula_of_their_month(
    published: list[Published], replayed: Replayed
) -> None:
    found = {
        (row["month"], row["service_id"]): row for row in rows(replayed.store, MONTHS_OF_SERVICES)
    }
    assert len(found) == len(published)
    agreeing = {"mean": 0, "top2": 0}
    strangers = []
    for each in published:
        row = found[each.month, each.service]
        votes = Votes.of_five_faces(*each.faces)
        assert tuple(row["faces"]) == each.faces
        assert row["mean"] == pytest.approx(mean(votes))
        assert row["top2"] == pytest.approx(100 * (top2(votes) or 0))
        formula = published_formula(date.fromisoformat(f"{each.month}-01")).name
        if abs(row[formula] - each.percent) <= 1:
            agreeing[formula] += 1
        else:
            strangers.append((each.month, each.service, each.percent, row["mean"], row["top2"]))
    tell(f"published percentages that agree within a point: {agreeing}; others: {strangers}")
    assert sum(agreeing.values()) == 116
    ((month, _, percent, by_mean, by_top2),) = strangers
    assert month == "2025-04"
    assert min(abs(percent - by_mean), abs(percent - by_top2)) > 1  # by neither formula


def test_the_metrics_of_real_votes_agree_with_their_facts(replayed: Replayed) -> None:
    run = semko("reconcile", "--store", replayed.store, "--json")
    compared = run.json()
    tell(
        f"reconcile: {compared['differences']} differences in {compared['windows_compared']:,}"
        f" windows and {compared['facts']:,} interactions, {run.cost()}"
    )
    assert compared["facts"] == 1_178_373
    assert compared["differences"] == 0
