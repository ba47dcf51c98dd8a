"""A simulated run as a whole: repeatable, in order, in any steps, in little memory, as declared."""

import gzip
import tracemalloc
from pathlib import Path

import pytest

from models.errors import CallError
from models.registry import Registry
from sources.simulator import CALM, Role, Simulation, country, preset, simulate, write_ndjson
from sources.simulator.town import Town
from tests.sources.simulated import DAY, HOUR, events, instant, sofia_ms

MONDAY = sofia_ms("2026-03-09")


@pytest.fixture(scope="module")
def town() -> Town:
    return preset("town")


def test_the_same_seed_gives_the_same_records_and_another_seed_others(town: Town) -> None:
    first = list(simulate(town, 1, MONDAY, MONDAY + 2 * DAY))
    assert first == list(simulate(preset("town"), 1, MONDAY, MONDAY + 2 * DAY))
    assert first != list(simulate(town, 2, MONDAY, MONDAY + 2 * DAY))
    assert len(first) > 2000


def test_many_small_steps_give_the_same_records_as_one(town: Town) -> None:
    since = MONDAY + 10 * HOUR + 123
    whole = list(simulate(town, 3, since, since + 3 * DAY))
    live = Simulation(town, 3, since)
    steps = [*range(since, since + 3 * DAY, 2_345_678), since + 3 * DAY]
    assert [record for step in steps for record in live.until(step)] == whole
    assert live.until(since + 3 * DAY) == []
    assert live.truth.records == len(whole)


def test_records_come_in_order_of_arrival_and_before_the_end() -> None:
    end = MONDAY + DAY + 12 * HOUR
    arrivals = [record.timestamp_ms for record in simulate(country(12), 4, MONDAY, end)]
    assert arrivals == sorted(arrivals)
    assert arrivals[0] > MONDAY
    assert end - HOUR < arrivals[-1] < end


def test_a_run_that_begins_at_noon_knows_nothing_of_the_morning(town: Town) -> None:
    noon = MONDAY + 12 * HOUR
    records = list(simulate(town.with_changes(trouble=CALM), 5, noon, MONDAY + DAY))
    tickets = {event["interaction_id"] for event in events(records, "completions")}
    assert all(instant(e["completed_at"]) >= noon for e in events(records, "completions"))
    assert {e["interaction_id"] for e in events(records, "votes") if "interaction_id" in e} < (
        tickets
    )


def test_a_year_streams_in_the_memory_of_a_day() -> None:
    village = preset("village").with_changes(weekdays=(0.3, 0.3, 0.3, 0.3, 0.3, 0, 0))
    list(simulate(village, 6, MONDAY, MONDAY + DAY))  # tables that are made once
    tracemalloc.start(1)
    count = sum(1 for _ in simulate(village, 6, MONDAY, MONDAY + 365 * DAY))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count > 10_000
    assert peak < 2_000_000


@pytest.mark.parametrize(
    ("name", "desks", "offices", "least", "most"),
    [("village", 5, 1, 100, 250), ("town", 12, 2, 800, 1500), ("city", 60, 5, 6_500, 9_500)],
)
def test_presets_have_the_size_they_promise(
    name: str, desks: int, offices: int, least: int, most: int
) -> None:
    built = preset(name)
    assert sum(len(o.desks) for t in built.tenants for o in t.offices) == desks
    assert sum(len(t.offices) for t in built.tenants) == offices
    wednesday = MONDAY + 2 * DAY
    run = Simulation(built, 7, wednesday)
    run.until(wednesday + DAY)
    assert least <= run.truth.completions <= most
    assert 0.2 < run.truth.votes / run.truth.completions < 0.6


def test_offices_are_closed_at_night_at_the_weekend_and_on_holidays(town: Town) -> None:
    start = sofia_ms("2026-09-03")  # a Thursday, before a holiday on a Sunday
    holiday = sofia_ms("2026-09-22")  # a Tuesday
    records = simulate(town.with_changes(trouble=CALM), 8, start, start + 21 * DAY)
    ends = [instant(event["completed_at"]) for event in events(records, "completions")]
    minutes = [(end - start) % DAY // 60_000 for end in ends]
    assert min(minutes) >= 8 * 60 + 30
    assert max(minutes) < 18 * 60 + 30
    assert {(end - start) // DAY % 7 for end in ends} == {0, 1, 4, 5, 6}
    assert not any(holiday <= end < holiday + DAY for end in ends)


def test_mornings_and_mondays_are_busy_and_noon_is_quiet(town: Town) -> None:
    weeks = 3
    records = simulate(town.with_changes(trouble=CALM), 9, MONDAY, MONDAY + weeks * 7 * DAY)
    came = [
        instant(event["arrived_at"]) - MONDAY
        for event in events(records, "completions")
        if "arrived_at" in event
    ]
    by_hour = [sum(1 for at in came if at % DAY // HOUR == hour) for hour in range(24)]
    assert by_hour[10] > 1.5 * by_hour[12] > 0
    mondays = sum(1 for at in came if at // DAY % 7 == 0)
    fridays = sum(1 for at in came if at // DAY % 7 == 4)
    assert mondays > 1.3 * fridays


def test_a_town_that_never_closes_is_alive_on_a_sunday_night(town: Town) -> None:
    now = sofia_ms("2026-03-15", "03:00")
    live = Simulation(town.with_changes(always_open=True), 10, now - 8 * HOUR)
    past = live.until(now)
    by_hour = [sum(1 for r in past if (now - r.timestamp_ms) // HOUR == hour) for hour in range(8)]
    assert min(by_hour) > 60
    assert len(live.until(now + HOUR)) > 60


def test_the_truth_counts_what_was_handed_out(town: Town) -> None:
    run = Simulation(town, 11, MONDAY)
    records = run.until(MONDAY + 5 * DAY)
    truth = run.truth
    assert truth.records == len(records)
    assert sum(truth.counts.values()) == (
        truth.completions
        + truth.counts[Role.CORRECTION]
        + truth.votes
        + truth.duplicates
        + sum(truth.invalid.values())
    )
    assert truth.counts[Role.DESK_VOTE] > 100
    assert truth.duplicates == len(records) - len({(r.key, r.value) for r in records})


def test_the_registry_of_a_town_names_everything_in_its_events() -> None:
    built = country(3).with_changes(trouble=CALM)
    entries = Registry.parse(built.registry_toml()).entries
    desks = {(desk.tenant_id, desk.office_id, desk.id): desk.services for desk in entries.desks}
    terminals = {(t.tenant_id, t.office_id, t.id): t.desks for t in entries.terminals}
    values = {
        (segment.tenant_id, segment.dimension, value.value)
        for segment in entries.segments
        for value in segment.values
    }
    records = list(simulate(built, 13, MONDAY, MONDAY + DAY))
    for event in events(records, "completions"):
        place = event["tenant_id"], event["office_id"]
        assert event["service_id"] in desks[(*place, event["desk_id"])]
        assert {(place[0], *pair) for pair in event.get("segments", {}).items()} <= values
    for event in events(records, "votes"):
        place = event["tenant_id"], event["office_id"]
        assert event["desk_id"] in terminals[(*place, event["terminal_id"])]


def test_desks_have_names_in_both_languages(town: Town) -> None:
    registry = Registry.parse(town.registry_toml())
    ids = ("rechograd", "center", "desk-04")
    assert registry.name("desk", ids, "bg") == "Гише 4 – Местни данъци"
    assert registry.name("desk", ids, "en") == "Desk 4 - Local taxes"


def test_files_hold_one_event_a_line_and_are_the_same_bytes_again(tmp_path: Path) -> None:
    records = list(simulate(preset("village"), 12, MONDAY, MONDAY + DAY))
    plain, packed, again = (tmp_path / name for name in ("a.ndjson", "a.ndjson.gz", "b.ndjson.gz"))
    assert write_ndjson(plain, records) == len(records)
    assert write_ndjson(packed, iter(records)) == len(records)
    write_ndjson(again, records)
    assert plain.read_bytes().splitlines() == [record.value for record in records]
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    assert packed.read_bytes() == again.read_bytes()


def test_wrong_calls_are_refused_with_the_remedy(tmp_path: Path, town: Town) -> None:
    with pytest.raises(CallError, match="choose village, town, city"):
        preset("hamlet")
    with pytest.raises(CallError, match="ask for 1 to"):
        preset("country:9999")
    with pytest.raises(CallError, match=r"trouble\.invalid: .* less than or equal to 1"):
        town.with_changes(trouble={"invalid": 2})
    with pytest.raises(CallError, match="whole number from 0"):
        Simulation(town, -1, MONDAY)
    with pytest.raises(CallError, match="swap the two times"):
        simulate(town, 1, MONDAY, MONDAY - 1)
    with pytest.raises(CallError, match="choose another place"):
        write_ndjson(tmp_path / "nowhere" / "a.ndjson", [])
