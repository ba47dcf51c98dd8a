"""The view of terminals on the real engine: its states and chances are those of the models."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from models.terminals import Seen, Usual, chance_on_a_day, state, usual_rate
from tests.dashboards.store import Row, Store, opened

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
"""11:00 of a Tuesday in Sofia."""
AT = "semko.terminals_at(now = toDateTime64('2026-03-03 09:00:00', 3, 'UTC'))"
NEVER = "1970-01-01 00:00:00.000"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(tmp_path_factory.mktemp("terminals") / "store") as made:
        yield made


@pytest.fixture
def store(engine: Store) -> Store:
    """The engine without rows."""
    for table in (
        *("terminal_heartbeats", "terminal_maintenance", "window_metrics", "votes"),
        *("registry_offices", "registry_opening_hours", "registry_holidays"),
        "registry_terminals",
    ):
        engine.empty(table)
    engine.put("registry_offices", place(valid_from="2020-01-01"))
    engine.put("registry_opening_hours", hours(8, 17))
    return engine


def place(**more: Any) -> Row:
    return {"tenant_id": "t", "office_id": "o"} | more


def hours(opens: int, closes: int, weekday: int = 2) -> Row:
    spans = {"opens_minute": opens * 60, "closes_minute": closes * 60}
    return place(weekday=weekday, valid_from="2020-01-01", **spans)


def text(seconds_ago: float) -> str:
    at = NOW - timedelta(seconds=seconds_ago)
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}"


def beat(terminal: str, seconds_ago: float, **more: Any) -> Row:
    return (
        place(terminal_id=terminal, desks=[f"d{terminal}"], version="1.0", uptime_seconds=600)
        | {"received_at": text(seconds_ago), "first_heard_at": text(40 * 86_400)}
        | {"queue_length": 0, "clock_offset_ms": 0, "gap_was": "", "gap_seconds": 0}
        | {"gap_ended_at": NEVER}
        | more
    )


def vote(terminal: str, seconds_ago: float, **more: Any) -> Row:
    number = round(seconds_ago * 1000)
    named = {"terminal_id": terminal, "desk_id": f"d{terminal}", "kind": "counted", "deleted": 0}
    return (
        place(interaction_key=number + 1, event_id=f"v{number}", voted_at=text(seconds_ago))
        | named
        | more
    )


def window(desk: str, start: datetime, seconds: int, services: int, votes: int = 0) -> Row:
    counts = {"completions": services, "votes": votes}
    at = {"window_seconds": seconds, "window_start": f"{start:%Y-%m-%d %H:%M:%S}"}
    return place(scope="desk", key=desk, **at, **counts)


def office_served(minutes_ago: float) -> Row:
    return window("", NOW - timedelta(minutes=minutes_ago), 60, 1) | {"scope": "office"}


def states(store: Store) -> dict[str, str]:
    found = store.query(f"SELECT terminal_id, state FROM {AT}")
    return {row["terminal_id"]: row["state"] for row in found}


def test_a_silent_terminal_is_off_while_another_of_its_office_is_heard(store: Store) -> None:
    store.put("terminal_heartbeats", beat("1", 20), beat("2", 180), beat("3", 181))
    assert states(store) == {"1": "ok", "2": "ok", "3": "off"}


def test_terminals_that_fell_silent_together_have_no_network(store: Store) -> None:
    store.put("terminal_heartbeats", beat("1", 700), beat("2", 600), beat("3", 90_000))
    store.put("window_metrics", office_served(2))
    # The third was switched off the day before; since then something got through.
    assert states(store) == {"1": "no network", "2": "no network", "3": "off"}


def test_alone_in_its_office_a_terminal_is_off_where_services_got_through(store: Store) -> None:
    store.put("terminal_heartbeats", beat("1", 1200))
    assert states(store) == {"1": "no network"}
    store.put("window_metrics", office_served(17))
    assert states(store) == {"1": "no network"}
    store.put("window_metrics", office_served(16))
    assert states(store) == {"1": "off"}


def test_out_of_hours_and_on_holidays_silence_says_nothing(store: Store) -> None:
    store.put("terminal_heartbeats", beat("1", 20), beat("2", 900))
    assert states(store) == {"1": "ok", "2": "off"}
    store.put("registry_holidays", place(office_id="", date="2026-03-03"))
    assert states(store) == {"1": "ok", "2": "closed"}
    store.empty("registry_holidays")
    store.put("registry_holidays", place(date="2026-03-03"))
    assert states(store) == {"1": "ok", "2": "closed"}
    store.empty("registry_holidays")
    store.empty("registry_opening_hours")
    store.put("registry_opening_hours", hours(8, 11), hours(8, 17, weekday=3))
    assert states(store) == {"1": "ok", "2": "closed"}
    store.put("registry_opening_hours", hours(11, 12))
    assert states(store) == {"1": "ok", "2": "off"}


def test_where_hours_are_unknown_an_office_is_open_while_it_serves(store: Store) -> None:
    store.empty("registry_opening_hours")
    store.put("terminal_heartbeats", beat("1", 20), beat("2", 900))
    assert states(store) == {"1": "ok", "2": "closed"}
    store.put("window_metrics", office_served(59))
    assert states(store) == {"1": "ok", "2": "off"}


def test_clock_and_maintenance_come_before_what_they_explain(store: Store) -> None:
    store.put(
        "terminal_heartbeats",
        beat("1", 20, clock_offset_ms=-60_000),
        beat("2", 20, clock_offset_ms=-60_001),
        beat("3", 900),
        beat("4", 20),
    )
    spans = [("3", text(60), None), ("4", text(600), text(60)), ("2", text(0), None)]
    for terminal, since, until in spans:
        row = place(terminal_id=terminal, since=since, until=until)
        store.put("terminal_maintenance", row)
    assert states(store) == {"1": "ok", "2": "maintenance", "3": "maintenance", "4": "ok"}
    store.empty("terminal_maintenance")
    assert states(store)["2"] == "clock"


def test_terminals_that_never_told_of_themselves_are_listed_too(store: Store) -> None:
    store.put("registry_terminals", place(terminal_id="r", desks=["d9"], valid_from="2020-01-01"))
    store.put("votes", vote("1", 500), vote("2", 100, kind="test"))
    rows = store.query(f"SELECT terminal_id, state, desks, last_vote_at, version FROM {AT}")
    told = {row["terminal_id"]: [*row.values()][1:] for row in rows}
    assert told == {
        "r": ["unheard", ["d9"], None, ""],
        "1": ["unheard", ["d1"], text(500), ""],
    }


def usual_weeks(store: Store, desk: str, rng: np.random.Generator, rate: float) -> None:
    rows = [
        window(desk, NOW - timedelta(days=day, hours=hour), 3600, 12, int(rng.binomial(12, p)))
        for day in range(1, 21)
        for hour, p in enumerate(rng.beta(rate * 30, (1 - rate) * 30, 4))
    ]
    store.put_alike("window_metrics", rows)


def silent_minutes(store: Store, desk: str, services: int) -> None:
    """Services since, one a minute, the last of them too young to judge by."""
    rows = [window(desk, NOW - timedelta(minutes=2 + n), 60, 1) for n in range(services + 1)]
    store.put_alike("window_metrics", rows)


def moments(rows: list[Row]) -> float:
    """The correlation within an hour, from every hour of an office."""
    excess = pairs = 0.0
    for desk in {row["key"] for row in rows}:
        n, v = (
            np.array([row[name] for row in rows if row["key"] == desk], float)
            for name in ("completions", "votes")
        )
        p = v.sum() / n.sum()
        excess += ((v - n * p) ** 2 - n * p * (1 - p)).sum()
        pairs += (n * (n - 1) * p * (1 - p)).sum()
    return excess / pairs


@pytest.mark.parametrize("services", [0, 5, 20, 60])
def test_silence_is_as_likely_as_the_models_say(store: Store, services: int) -> None:
    rng = np.random.default_rng(services)
    usual_weeks(store, "d1", rng, 0.3)
    usual_weeks(store, "d2", rng, 0.5)
    silent_minutes(store, "d1", services)
    last = (services + 3) * 60
    store.put("terminal_heartbeats", beat("1", 20), beat("2", 20))
    store.put("votes", vote("1", last), vote("2", 30))
    [row] = store.query(f"SELECT * FROM {AT} WHERE terminal_id = '1'")

    hourly = store.query(
        "SELECT key, completions, votes FROM semko.window_metrics WHERE window_seconds = 3600"
    )
    office = sum(each["votes"] for each in hourly) / sum(each["completions"] for each in hourly)
    votes = sum(each["votes"] for each in hourly if each["key"] == "d1")
    rate = usual_rate(votes, 960, office)
    chance = chance_on_a_day(services, Usual(rate, moments(hourly), rate * 960 / 20))
    assert row["services_since"] == services
    assert row["usual_rate"] == pytest.approx(rate)
    assert row["silence_chance"] == (pytest.approx(chance) if services else None)
    seen = Seen(heard=20, chance=chance if services else None)
    assert row["state"] == state(seen) == ("no votes" if services == 60 else "ok")


def test_of_two_terminals_at_a_desk_each_is_judged_by_its_share(store: Store) -> None:
    usual_weeks(store, "d1", np.random.default_rng(1), 0.3)
    silent_minutes(store, "d1", 40)
    store.put("terminal_heartbeats", beat("1", 20), beat("x", 20, desks=["d1"]))
    store.put("votes", vote("1", 2580), vote("1", 9000))
    store.put_alike("votes", [vote("x", 30 + n, desk_id="d1") for n in range(18)])
    rows = store.query(f"SELECT terminal_id, state, usual_rate FROM {AT}")
    rates = {row["terminal_id"]: row["usual_rate"] for row in rows}
    assert rates["x"] == pytest.approx(9 * rates["1"])
    assert states(store) == {"1": "ok", "x": "ok"}, "2 of 20 presses were of the silent one"


def test_an_office_without_any_vote_has_no_silence_to_judge(store: Store) -> None:
    silent_minutes(store, "d1", 200)
    store.put("terminal_heartbeats", beat("1", 20))
    assert states(store) == {"1": "ok"}


def test_a_terminal_without_any_vote_is_silent_since_it_was_first_heard(store: Store) -> None:
    usual_weeks(store, "d2", np.random.default_rng(3), 0.5)
    silent_minutes(store, "d1", 60)
    store.put("registry_terminals", place(terminal_id="r", desks=["d1"], valid_from="2020-01-01"))
    assert states(store) == {"r": "unheard"}
    store.put("terminal_heartbeats", beat("1", 20, first_heard_at=text(7 * 60)))
    assert states(store)["1"] == "ok", "4 services are too few"
    store.put("terminal_heartbeats", beat("1", 20))
    assert states(store) == {"1": "no votes", "r": "unheard"}
