"""Reports hold what SQL on the facts gives, and say where there is too little to say."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date

import pytest
from pyarrow import parquet

from dashboards.report.asked import Unknown, asked
from dashboards.report.gathering import Report, Reports
from tests.dashboards.reported import CENTRE, FIRST, LAST, NOW_MS, answers, fill, names, sum_up
from tests.dashboards.store import Store, opened

POINTS = "100 * (score - 1) / (scale - 1)"
_ALERT = {
    "tenant_id": "town",
    "office_id": "centre",
    "alert_id": "d1-20260220-1",
    "desk_id": "d1",
    "day": "2026-02-20",
    "kind": "score",
    "level": "page",
    "opened_at": "2026-02-20 09:00:00.000",
    "begun_at": "2026-02-20 07:00:00.000",
    "drop_points": 40.0,
    "expected": 70.0,
    "observed": 21.5,
    "alarms": 1,
    "last_alarm_at": "2026-02-20 09:00:00.000",
    "resolved_at": None,
    "resolved_by": "",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(tmp_path_factory.mktemp("report") / "store") as made:
        fill(made)
        made.interaction(
            9_000_000, "2026-02-03 10:00:00.000", tenant_id="town", office_id="lonely", score=2
        )
        sum_up(made)
        made.put("alerts", _ALERT)
        for number, (action, note) in enumerate(
            (("cause", "printer"), ("action", "<b>mended</b>"))
        ):
            made.put(
                "alert_actions",
                {
                    "tenant_id": "town",
                    "office_id": "centre",
                    "event_id": f"e{number}",
                    "alert_id": "d1-20260220-1",
                    "action": action,
                    "acted_at": f"2026-02-20 1{number}:00:00.000",
                    "who": "",
                    "note": note,
                },
            )
        yield made


@pytest.fixture(scope="module")
def reports(store: Store) -> Reports:
    return Reports(store.query, names())


def of(reports: Reports, **fields: str) -> Report:
    scope = next((each for each in ("desk", "service") if each in fields), "office")
    found = asked(
        "desk" if scope == "desk" else "service" if scope == "service" else "office",
        CENTRE | fields,
    )
    return reports.report(found, NOW_MS)


@pytest.mark.parametrize(
    ("fields", "where"),
    [({}, "1"), ({"desk": "d1"}, "desk_id = 'd1'"), ({"service": "tax"}, "service_id = 'tax'")],
)
def test_totals_hours_and_waits_are_those_of_the_facts(
    store: Store, reports: Reports, fields: dict[str, str], where: str
) -> None:
    found = of(reports, **fields)
    facts = f"FROM semko.interactions FINAL WHERE office_id = 'centre' AND {where}"
    [whole] = store.query(
        f"SELECT toInt64(count()) AS n, toInt64(count(score)) AS votes, avg({POINTS}) AS mean,"
        f" avg(wait_seconds) AS wait, toInt64(countIf(outcome = 'refused')) AS unfinished {facts}"
    )
    total = found.total
    assert (found.asked.since, found.asked.until) == (date(2026, 2, 2), LAST)
    assert (total.completions, total.votes, total.unfinished) == (
        whole["n"],
        whole["votes"],
        whole["unfinished"],
    )
    assert total.score is not None
    assert total.score.value == pytest.approx(whole["mean"])
    assert total.mean_wait_seconds == pytest.approx(whole["wait"])

    hours = store.query(
        "SELECT toInt64(toDayOfWeek(completed_at, 1, 'Europe/Sofia')) AS weekday,"
        " toInt64(toHour(completed_at, 'Europe/Sofia')) AS hour,"
        f" toInt64(count(score)) AS votes, avg({POINTS}) AS mean {facts} GROUP BY weekday, hour"
    )
    assert len(hours) == len(found.hours)
    for row in hours:
        counts = found.hours[row["weekday"], row["hour"]]
        assert counts.votes == row["votes"]
        if counts.score:
            assert counts.score.value == pytest.approx(row["mean"])

    spans_of_waiting = store.query(
        "SELECT toInt64(multiIf(wait_seconds < 120, 0, wait_seconds < 300, 1,"
        " wait_seconds < 600, 2, wait_seconds < 900, 3, 4)) AS at, toInt64(count()) AS n,"
        f" toInt64(count(score)) AS votes, avg({POINTS}) AS mean {facts} GROUP BY at"
    )
    assert {row["at"]: row["n"] for row in spans_of_waiting} == {
        at: counts.completions for at, counts in found.waits.items()
    }
    for row in spans_of_waiting:
        counts = found.waits[row["at"]]
        assert counts.votes == row["votes"]
        assert counts.score is None or counts.score.value == pytest.approx(row["mean"])


def test_days_with_their_intervals_are_those_of_the_view(store: Store, reports: Reports) -> None:
    found = of(reports)
    rows = store.query(
        "SELECT toString(day) AS at, votes, mean, mean_low, mean_high, response_rate"
        " FROM semko.office_scores_daily WHERE office_id = 'centre' ORDER BY day"
    )
    assert [row["at"] for row in rows] == [day.isoformat() for day in found.days]
    for row, counts in zip(rows, found.days.values(), strict=True):
        assert counts.score == pytest.approx(
            (row["mean"], row["mean_low"], row["mean_high"], row["votes"])
        )
        assert counts.response is not None
        assert counts.response.value == pytest.approx(row["response_rate"])


def test_what_is_beside_is_counted_where_it_belongs(store: Store, reports: Reports) -> None:
    office, desk = of(reports), of(reports, desk="d1")
    assert set(office.others) == {
        *(("desk", f"d{number}") for number in range(1, 5)),
        *(("service", service) for service in ("passport", "tax", "permit")),
    }
    assert office.others["desk", "d1"] == desk.total
    [row] = store.query(
        f"SELECT toInt64(count()) AS n, avg({POINTS}) AS mean FROM semko.interactions FINAL"
        " WHERE office_id = 'centre' AND desk_id = 'd1' AND service_id = 'tax'"
    )
    counts = desk.others["service", "tax"]
    assert counts.completions == row["n"]
    assert counts.score is not None
    assert counts.score.value == pytest.approx(row["mean"])


def test_reasons_are_shares_of_the_votes_that_named_any(store: Store, reports: Reports) -> None:
    found = of(reports)
    [row] = store.query(
        "SELECT toInt64(countIf(notEmpty(reasons))) AS n FROM semko.interactions FINAL"
        " WHERE office_id = 'centre'"
    )
    assert found.explained == found.reasons["waiting"].votes == row["n"] > 0


def test_comparisons_are_those_of_the_command(store: Store, reports: Reports) -> None:
    found = of(reports)
    for unit in ("desk", "service"):
        rows = store.query(
            "SELECT unit, score, flag FROM semko.comparison_between("
            f"unit = '{unit}', tenant = 'town', office = 'centre', from = '{FIRST}', to = '{LAST}')"
        )
        expected = {row["unit"]: (row["score"], row["flag"]) for row in rows}
        assert expected == {
            row["unit"]: (row["score"], row["flag"]) for row in found.comparison[unit]
        }
        assert any(score is not None for score, _ in expected.values())


def test_an_alert_tells_what_was_done_and_what_became_of_it(store: Store, reports: Reports) -> None:
    found = of(reports, desk="d1")
    [alert] = found.alerts
    [row] = store.query("SELECT recovery, after_votes FROM semko.alert_recovery")
    assert (alert["cause"], alert["opened"], alert["state"]) == (
        "printer",
        "2026-02-20 11:00",
        "acknowledged",
    )
    assert (alert["recovery"], alert["after_votes"]) == (row["recovery"], row["after_votes"])
    assert of(reports, desk="d2").alerts == of(reports, service="tax").alerts == []
    [(_, page)] = answers(
        store, names(), "/report/office?tenant=town&office=centre&lang=en&from=2026-02-20"
    )
    assert "&lt;b&gt;mended&lt;/b&gt;" in page.decode()


def test_a_period_before_is_as_long_as_the_one_asked_for(store: Store, reports: Reports) -> None:
    found = of(reports, **{"from": "2026-02-09", "to": "2026-02-13"})
    [row] = store.query(
        "SELECT toInt64(count()) AS n FROM semko.interactions FINAL WHERE office_id = 'centre'"
        " AND toDate(completed_at, 'Europe/Sofia') BETWEEN '2026-02-04' AND '2026-02-08'"
    )
    assert found.previous.completions == row["n"] > 0
    assert "from=2026-02-04&to=2026-02-08" in found.asked.moved(-1).url()


def test_exports_hold_the_numbers_of_the_page(store: Store, reports: Reports) -> None:
    query = "?tenant=town&office=centre&desk=d1&lang=en"
    (ok, page), (_, text), (_, table) = answers(
        store, names(), *(f"/report/desk{kind}{query}" for kind in ("", ".csv", ".parquet"))
    )
    assert ok == 200
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    columns = parquet.read_table(io.BytesIO(table)).to_pylist()
    assert len(rows) == len(columns) > 100
    for row, typed in zip(rows, columns, strict=True):
        assert row["measure"] == typed["measure"]
        for name in ("value", "low", "high", "n"):
            assert (float(row[name]) if row[name] else None) == typed[name]

    found = of(reports, desk="d1")
    value = {(row["section"], row["item"], row["measure"]): row for row in columns}
    score = found.total.score
    assert score is not None
    one = value["total", "", "score"]
    assert (one["value"], one["low"], one["high"], one["n"]) == score
    html = page.decode()
    for counts in (found.total, *found.others.values(), *found.waits.values()):
        if counts.score:
            assert f"<b>{counts.score.value:.1f}</b>" in html
            assert f"{counts.score.low:.1f}–{counts.score.high:.1f}" in html
    for (weekday, hour), counts in found.hours.items():
        held = value["weekday_hour", f"{weekday + 1} {hour:02}", "score"]
        assert held["n"] == counts.votes
        assert held["value"] == (counts.score.value if counts.score else None)
        if counts.score:
            assert f">{counts.score.value:.0f}<small>{counts.votes}</small>" in html
    assert value["alert", "d1-20260220-1", "observed"]["value"] == 21.5


def test_one_vote_gives_no_score_anywhere(store: Store) -> None:
    query = "?tenant=town&office=lonely&lang=en"
    (status, page), (_, text) = answers(
        store, names(), f"/report/office{query}", f"/report/office.csv{query}"
    )
    html = page.decode()
    assert status == 200
    assert "too few votes" in html
    assert "1 vote " in html
    assert not re.search(r"\b25\.0\b", html)
    scores = [
        row
        for row in csv.DictReader(io.StringIO(text.decode("utf-8-sig")))
        if row["measure"].endswith("score")
    ]
    assert scores
    assert {row["value"] for row in scores} == {""}
    assert "1" in {row["n"] for row in scores}


def test_what_is_not_known_is_told_as_a_page(store: Store, reports: Reports) -> None:
    for url in (
        "/report/office?tenant=town&office=%3Cscript%3E",
        "/report/desk?tenant=town&office=centre&desk=%3Cscript%3E",
        "/report/service.csv?tenant=town&office=centre&service=%3Cscript%3E",
    ):
        [(status, page)] = answers(store, names(), url)
        assert status == 404
        assert "&lt;script&gt;" in page.decode()
        assert "<script>" not in page.decode()
    with pytest.raises(Unknown):
        of(reports, desk="d99")


def test_a_report_is_gathered_once_for_its_page_and_its_exports(store: Store) -> None:
    asked_for: list[str] = []

    def query(sql: str, values: object) -> list[dict[str, object]]:
        asked_for.append(sql)
        return store.query(sql, values)  # type: ignore[arg-type]

    reports = Reports(query, names())
    first = reports.report(asked("office", CENTRE), NOW_MS)
    before = len(asked_for)
    again = reports.report(
        asked("office", CENTRE | {"from": str(FIRST), "to": str(LAST), "lang": "en"}), NOW_MS + 1
    )
    assert len(asked_for) == before
    assert (again.total, again.asked.lang) == (first.total, "en")
    reports.report(asked("office", CENTRE), NOW_MS + 30_000)
    assert len(asked_for) > before
