"""The tickets of the City of Warsaw through the example mapping, against plain counts of the table.

`warsaw_tickets.csv.gz` holds 54,627 tickets of 20 offices, derived from the data set
`warsaw_queues` of the R package kolejkeR (MIT, 2019).
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest

from models.codec import decode_completion
from sources import mapping
from sources.slugs import slug
from sources.table_check import check
from sources.tables import events
from tests.real_data.runs import DATA, needs_data, rows, semko, tell

MAPPING = Path(__file__).parents[2] / "docs" / "example" / "warsaw.toml"
HOUR_MS = 3_600_000
Counts = Counter[tuple[str, pd.Timestamp]]

pytestmark = [needs_data, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def table() -> Path:
    return DATA / "warsaw_tickets.csv.gz"


@pytest.fixture(scope="module")
def expected(table: Path) -> Counts:
    """Tickets by office and hour, counted without any of our code but the names of offices."""
    frame = pd.read_csv(table, dtype=str)
    local = pd.to_datetime(frame["called_at"]).dt.tz_localize("Europe/Warsaw")
    hours = local.dt.tz_convert("UTC").dt.floor("h")
    counted = Counter(zip(frame["office"].map(slug), hours, strict=True))
    assert len(counted) > 1_000
    return counted


@pytest.fixture(scope="module")
def store(table: Path) -> Iterator[str]:
    with TemporaryDirectory(prefix="semko-warsaw-") as name:
        url = f"chdb://{name}/store"
        run = semko("replay", table, "--map", MAPPING, "--store", url, "--json")
        said = run.json()
        tell(
            f"{said['read']:,} real tickets: published in {said['publishing_seconds']:.1f} s,"
            f" processed in {said['processing_seconds']:.1f} s; the whole command {run.cost()}"
        )
        assert said["read"] == said["completions"] == 54_627
        assert said["dead_letters"] == 0
        yield url


def test_every_ticket_is_a_completion_of_its_own(table: Path) -> None:
    report = check(table, mapping.load(MAPPING))
    assert report.good
    assert report.rows == report.completions == report.interactions == 54_627


def test_events_by_office_and_hour_equal_a_count_of_the_table(
    table: Path, expected: Counts
) -> None:
    told = mapping.load(MAPPING)
    sent = (record for batch in events(table, told) for record in batch)
    counted: Counts = Counter()
    for record in sent:
        event = decode_completion(record.value)
        hour = pd.Timestamp(event.completed_at // HOUR_MS * HOUR_MS, unit="ms", tz="UTC")
        counted[event.office_id, hour] += 1
    assert counted == expected


def test_metrics_of_the_store_by_office_and_hour_equal_a_count_of_the_table(
    store: str, expected: Counts
) -> None:
    found = rows(store, "SELECT office_id, window_start, completions FROM semko.office_scores")
    stored: Counts = Counter(
        {
            (row["office_id"], pd.Timestamp(row["window_start"], tz="UTC")): int(row["completions"])
            for row in found
        }
    )
    apart = {key for key in stored | expected if stored[key] != expected[key]}
    tell(
        f"office-hours of Warsaw: {len(expected):,}, of which the store has {len(apart)} otherwise"
    )
    assert len(found) == len(expected)
    assert not apart


def test_the_metrics_of_real_tickets_agree_with_their_facts(store: str) -> None:
    run = semko("reconcile", "--store", store, "--json")
    compared = run.json()
    tell(
        f"reconcile: {compared['differences']} differences in {compared['windows_compared']:,}"
        f" windows and {compared['facts']:,} interactions, {run.cost()}"
    )
    assert compared["facts"] == 54_627
    assert compared["differences"] == 0
