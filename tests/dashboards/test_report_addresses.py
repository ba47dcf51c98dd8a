"""Addresses of reports: what they ask, how a wrong one is told, and what an empty store answers."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from dashboards.report.asked import Asked, Wrong, asked
from dashboards.report.counts import Counts
from dashboards.report.spans import spans
from models.registry import Registry
from tests.dashboards.reported import CENTRE, FIRST, LAST, answers, names
from tests.dashboards.store import Store, opened


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(tmp_path_factory.mktemp("report") / "store") as empty:
        yield empty


def test_an_empty_store_gives_finished_pages(store: Store) -> None:
    (bare, nothing), (status, idle), (table, _) = answers(
        store,
        Registry.empty(),
        "/report?lang=en",
        "/report/office?tenant=a&office=b&lang=en",
        "/report.csv",
    )
    assert (bare, status, table) == (200, 404, 200)
    assert "No offices yet" in nothing.decode()
    assert "no office “b” of “a”" in idle.decode()
    [(known, page)] = answers(store, names(), "/report/office?tenant=town&office=idle&lang=en")
    assert known == 200
    assert "No interactions in these days" in page.decode()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"from": "2026-13-01"}, "from"),
        ({"to": "yesterday"}, "to"),
        ({"to": "0001-01-01"}, "to"),
        ({"from": "2026-02-20", "to": "2026-02-10"}, "from"),
        ({"from": "2010-01-01"}, "from"),
        ({"from": "2010-01-01", "to": "2020-01-01"}, "from"),
        ({"office": ""}, "office"),
        ({"lang": "de"}, "lang"),
        ({"theme": "pink"}, "theme"),
    ],
)
def test_a_wrong_address_is_told_by_the_name_of_the_field(
    store: Store, fields: dict[str, str], field: str
) -> None:
    query = "&".join(
        f"{name}={value}" for name, value in (CENTRE | {"lang": "en"} | fields).items()
    )
    [(status, page)] = answers(store, names(), f"/report/office?{query}")
    assert status == 400
    assert f"<p>{field}: " in page.decode()


def test_addresses_say_what_they_show() -> None:
    wanted = asked(
        "desk",
        CENTRE
        | {
            "desk": "d/1 &",
            "from": "2026-02-02",
            "to": "2026-02-03",
            "lang": "en",
            "theme": "dark",
        },
    )
    assert wanted.url() == (
        "/report/desk?tenant=town&office=centre&desk=d%2F1+%26&from=2026-02-02&to=2026-02-03"
        "&lang=en&theme=dark"
    )
    assert (
        wanted.of("office")
        .url(".csv")
        .startswith("/report/office.csv?tenant=town&office=centre&from")
    )
    assert Asked(None, since=FIRST, until=LAST).moved(1).since == FIRST + timedelta(days=26)
    with pytest.raises(Wrong):
        asked("service", CENTRE)


def test_spans_grow_until_they_have_enough_votes() -> None:
    many = Counts(9, (1, 1, 1, 1, 1), 25_000, 0)
    few = Counts(2, (0, 0, 0, 0, 1), 10_000, 0)
    days = [FIRST + timedelta(days=number) for number in range(60)]
    assert spans(dict.fromkeys(days, many))[0] == "day"
    step, weeks = spans(dict.fromkeys(days, few))
    assert step == "week"
    assert sum(counts.votes for counts in weeks.values()) == 60
    assert all(day.weekday() == 0 for day in weeks)
    years = [FIRST + timedelta(days=number) for number in range(1_000)]
    assert spans(dict.fromkeys(years, many))[0] == "month"
