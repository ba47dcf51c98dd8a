"""The tickets of the City of Warsaw through the example mapping, against plain counts of the table.

``SEMKO_DATA`` names the folder that holds `warsaw_tickets.csv.gz` (54,627 tickets of 20 offices,
derived from the data set `warsaw_queues` of the R package kolejkeR, MIT, 2019).
"""

import os
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from models.codec import decode_completion
from sources import mapping
from sources.slugs import slug
from sources.table_check import check
from sources.tables import events

DATA = os.environ.get("SEMKO_DATA")
MAPPING = Path(__file__).parents[2] / "docs" / "example" / "warsaw.toml"
HOUR_MS = 3_600_000

pytestmark = pytest.mark.skipif(DATA is None, reason="SEMKO_DATA names no folder with real data")


@pytest.fixture(scope="module")
def table() -> Path:
    return Path(str(DATA)) / "warsaw_tickets.csv.gz"


def test_every_ticket_is_a_completion_of_its_own(table: Path) -> None:
    report = check(table, mapping.load(MAPPING))
    assert report.good
    assert report.rows == report.completions == report.interactions == 54_627


def test_completions_by_office_and_hour_equal_a_count_of_the_table(table: Path) -> None:
    frame = pd.read_csv(table, dtype=str)
    local = pd.to_datetime(frame["called_at"]).dt.tz_localize("Europe/Warsaw")
    hours = local.dt.tz_convert("UTC").dt.floor("h")
    expected = Counter(zip(frame["office"].map(slug), hours, strict=True))
    told = mapping.load(MAPPING)
    sent = (record for batch in events(table, told) for record in batch)
    counted: Counter[tuple[str, pd.Timestamp]] = Counter()
    for record in sent:
        event = decode_completion(record.value)
        hour = pd.Timestamp(event.completed_at // HOUR_MS * HOUR_MS, unit="ms", tz="UTC")
        counted[event.office_id, hour] += 1
    assert len(counted) > 1_000
    assert counted == expected
