"""When a terminal is off, without network, without votes, or well; how sure silence must be."""

import numpy as np
import pytest

from models.errors import Refused
from models.heartbeats import Gap, Heard, gap_before, taken
from models.terminals import (
    UNLIKELY,
    Seen,
    Usual,
    chance_on_a_day,
    silence,
    state,
    usual_rate,
)

NOON = 1_795_435_200_000
BODY = {
    "tenant_id": "town",
    "office_id": "centre",
    "version": "1.4.2",
    "uptime_seconds": 3600,
    "queue_length": 0,
    "sent_at": "2026-11-23T12:00:00.250Z",
}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (Seen(heard=20), "ok"),
        (Seen(heard=180), "ok"),
        (Seen(heard=20, clock_offset_seconds=-60.0), "ok"),
        (Seen(heard=20, clock_offset_seconds=-60.1), "clock"),
        (Seen(heard=20, clock_offset_seconds=61, chance=0.001), "clock"),
        (Seen(heard=20, chance=0.0099), "no votes"),
        (Seen(heard=20, chance=0.01), "ok"),
        (Seen(heard=181, another_is_heard=True), "off"),
        (Seen(heard=181, another_is_heard=True, another_fell_silent_too=True), "off"),
        (Seen(heard=181, another_fell_silent_too=True, office_served=10), "no network"),
        (Seen(heard=600, office_served=419), "off"),
        (Seen(heard=600, office_served=420), "no network"),
        (Seen(heard=600), "no network"),
        (Seen(heard=600, is_open=False), "closed"),
        (Seen(heard=20, is_open=False), "ok"),
        (Seen(heard=None), "unheard"),
        (Seen(heard=None, chance=0.001), "no votes"),
        (Seen(heard=600, in_maintenance=True), "maintenance"),
        (Seen(heard=None, in_maintenance=True, chance=0.0), "maintenance"),
    ],
)
def test_the_state_of_a_terminal_follows_from_what_is_seen_of_it(seen: Seen, expected: str) -> None:
    assert state(seen) == expected


def test_a_silence_without_spread_is_a_row_of_independent_refusals() -> None:
    # A correlation of 0 is taken for the least one, 0.01: a little likelier than independence.
    assert silence(0, Usual(0.3, 0.0, 30)) == pytest.approx(1)
    assert silence(1, Usual(0.3, 0.0, 30)) == pytest.approx(0.7)
    assert 0.7**20 < silence(20, Usual(0.3, 0.0, 30)) < 2.5 * 0.7**20


def test_the_more_rates_differ_from_hour_to_hour_the_likelier_is_a_silence() -> None:
    chances = [silence(20, Usual(0.3, rho, 30)) for rho in (0.01, 0.05, 0.2)]
    assert chances == sorted(chances)
    assert chances[2] > 20 * chances[0]


def test_a_desk_of_which_little_is_known_has_the_rate_of_its_office() -> None:
    assert usual_rate(0, 0, 0.4) == 0.4
    assert usual_rate(30, 30, 0.4) == pytest.approx(0.7)
    assert usual_rate(900, 3000, 0.4) == pytest.approx(0.301, abs=0.001)


def _false_alarms(
    rate: float, rho: float, a_day: int, changes: int, days: int
) -> tuple[float, int]:
    """The share of days with a false alarm at a desk whose rate changes so often a day, and how
    many services a terminal that breaks goes unnoticed."""
    rng = np.random.default_rng(7)
    usual = Usual(rate, rho, rate * a_day)
    limit = next(n for n in range(1, 10_000) if chance_on_a_day(n, usual) < UNLIKELY)
    spread = 1 / rho - 1
    by_hour = rng.beta(rate * spread, (1 - rate) * spread, (days, changes))
    voted = rng.random((days, a_day)) < np.repeat(by_hour, a_day // changes, axis=1)
    alarms, unrated = 0, 0
    for day in voted:
        alarmed = False
        for one in day.tolist():
            unrated = 0 if one else unrated + 1
            alarmed |= unrated >= limit
        alarms += alarmed
    return alarms / days, limit


@pytest.mark.parametrize("changes", [1, 9])
@pytest.mark.parametrize(
    ("rate", "rho", "a_day", "noticed_after"),
    [(0.1, 0.02, 90, 139), (0.3, 0.02, 90, 30), (0.3, 0.1, 90, 126), (0.6, 0.05, 180, 16)],
)
def test_less_than_one_day_in_a_hundred_has_a_false_alarm(
    rate: float, rho: float, a_day: int, noticed_after: int, changes: int
) -> None:
    share, limit = _false_alarms(rate, rho, a_day, changes, 20_000)
    assert (share < UNLIKELY, limit) == (True, noticed_after), share


def test_a_heartbeat_says_how_far_off_the_clock_is() -> None:
    heard = taken("tablet", BODY | {"desks": ["d1"]}, NOON)
    assert heard == Heard("town", "centre", "tablet", ("d1",), "1.4.2", 3600, 0, 250, NOON)


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("version", "1 4", "must be 1 to 64 printable characters"),
        ("uptime_seconds", -1, "must be at least 0"),
        ("queue_length", 1.5, "must be a whole number"),
        ("sent_at", "2026-11-23T12:00:00", "must say its offset"),
        ("office_id", "a/b", "must not contain '/'"),
        ("desks", ["d"] * 65, "must hold at most 64 ids"),
        ("desks", None, "must not be null"),
    ],
)
def test_a_wrong_heartbeat_is_refused_by_name(field: str, value: object, problem: str) -> None:
    with pytest.raises(Refused, match=problem) as refused:
        taken("tablet", BODY | {field: value}, NOON)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("silent", "uptime", "gap"),
    [
        (180, 0, None),
        (181, 180, Gap("off", 181, NOON)),
        (181, 181, Gap("no network", 181, NOON)),
        (3600, 20, Gap("off", 3600, NOON)),
    ],
)
def test_a_program_that_ran_through_a_silence_was_cut_off_and_another_was_off(
    silent: int, uptime: int, gap: Gap | None
) -> None:
    heard = taken("tablet", BODY | {"uptime_seconds": uptime}, NOON)
    assert gap_before(heard, NOON - silent * 1000) == gap
