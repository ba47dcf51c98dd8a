"""What happens at the simulated desks: the queue, the scores, who answers, and incidents."""

from collections import defaultdict
from datetime import UTC, date, datetime
from itertools import pairwise
from statistics import mean

import numpy as np
import pytest

from models.errors import CallError
from models.records import EventRecord
from sources.simulator import CALM, parse_incident, parse_town, preset, simulate
from sources.simulator.opinions import face_table
from sources.simulator.queueing import Counter, Ticket, serve
from sources.simulator.rows import NONE
from sources.simulator.town import Response, Town
from tests.sources.simulated import DAY, HOUR, events, instant, points, sofia_ms

MONDAY = sofia_ms("2026-03-09")
SPRING, AUTUMN = sofia_ms("2026-03-29"), sofia_ms("2026-10-25")
MINUTE = 60_000
EVERYBODY = Response(
    by_channel=dict.fromkeys(("counter", "mobile", "phone", "online", "post"), 1.0),
    by_face=(1, 1, 1, 1, 1),
    abandoned=1,
)


def calm(town: Town, **changes: object) -> Town:
    return town.with_changes(trouble=CALM, **changes)


def scores_between(
    records: list[EventRecord], desk: str, since_ms: int, until_ms: int
) -> list[float]:
    ended = {
        (event["office_id"], event["interaction_id"]): instant(event["completed_at"])
        for event in events(records, "completions")
        if event["desk_id"] == desk
    }
    return [
        points(vote)
        for vote in events(records, "votes")
        if since_ms <= ended.get((vote["office_id"], vote.get("interaction_id")), 0) < until_ms
    ]


@pytest.mark.parametrize(
    ("always_open", "begin"),
    [(False, MONDAY), (True, MONDAY), (True, SPRING), (True, AUTUMN)],
    ids=["opening hours", "round the clock", "a day of 23 hours", "a day of 25 hours"],
)
def test_no_desk_serves_two_citizens_at_once(always_open: bool, begin: int) -> None:
    city = calm(preset("city"), always_open=always_open)
    served = defaultdict(list)
    for event in events(simulate(city, 1, begin, begin + 30 * HOUR), "completions"):
        if "started_at" in event:
            span = instant(event["started_at"]), instant(event["completed_at"])
            served[event["desk_id"]].append(span)
            assert instant(event["arrived_at"]) <= span[0] <= span[1]
    assert len(served) == 58  # the web form and the letter box have no queue
    for spans in served.values():
        spans.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_a_ticket_goes_to_the_first_free_desk_and_the_impatient_leave() -> None:
    desk = Counter(away=[(0, 100), (500, 700), (2000, 10**9)], slow=(), speed=1.0, queues=True)
    helper = desk._replace(away=[(0, 300), (2000, 10**9)], speed=2.0)
    tickets = [
        Ticket(arrived=50, duration=200, patience=1000, desks=(0, 1)),
        Ticket(arrived=60, duration=50, patience=1000, desks=(0, 1)),
        Ticket(arrived=70, duration=300, patience=1000, desks=(0,)),
        Ticket(arrived=80, duration=50, patience=100, desks=(0,)),
        Ticket(arrived=90, duration=50, patience=1000, desks=(0,)),
    ]
    assert [tuple(call) for call in serve(tickets, [desk, helper])] == [
        (0, 100, 300, False),
        (1, 300, 400, False),
        (0, 300, 600, False),
        (0, NONE, 180, True),
        (0, 700, 750, False),
    ]


def test_a_citizen_whom_no_desk_will_call_leaves() -> None:
    closed = Counter(away=[(0, 10**9)], slow=(), speed=1.0, queues=True)
    calls = serve([Ticket(arrived=10, duration=5, patience=40, desks=(0,))], [closed])
    assert calls == [(0, NONE, 50, True)]


@pytest.mark.parametrize("scale", [3, 4, 5])
def test_the_faces_of_a_mean_have_that_mean(scale: int) -> None:
    shares = np.diff(face_table(scale), axis=1, prepend=0.0)
    assert shares.min() >= 0
    means = shares @ np.linspace(0, 100, scale)
    assert np.allclose(means[1:100], np.arange(1, 100), atol=1e-6)


def test_extremes_answer_more_often_and_counters_more_than_phones() -> None:
    town = calm(preset("town"))
    days = 10 * DAY
    asked: dict[str, list[float]] = {}
    for name, response in (("all", EVERYBODY), ("some", town.response)):
        votes = list(
            events(
                simulate(town.with_changes(response=response), 2, MONDAY, MONDAY + days), "votes"
            )
        )
        phones = [vote for vote in votes if vote["terminal_id"] == "t-08"]
        faces = [vote["score"] for vote in votes if vote.get("scale", 5) == 5]
        asked[name] = [len(votes), len(phones), *(faces.count(score) for score in range(1, 6))]
    share = [some / every for some, every in zip(asked["some"], asked["all"], strict=True)]
    assert share[1] == pytest.approx(0.15, abs=0.04)
    assert share[2] > share[6] > share[3] > share[4]  # score 1, 5, 2, 3
    assert 0.25 < share[0] < 0.45


def test_scores_fall_with_waiting_and_follow_the_character_of_the_desk() -> None:
    city = calm(preset("city"), response=EVERYBODY)
    waited: dict[str, float] = {}
    by_desk = defaultdict(list)
    quick: list[float] = []
    slow: list[float] = []
    for record in simulate(city, 3, MONDAY, MONDAY + 3 * DAY):
        for event in events([record], "completions"):
            if "started_at" in event and event.get("outcome") is None:
                ticket = f"{event['office_id']} {event['interaction_id']}"
                waited[ticket] = instant(event["started_at"]) - instant(event["arrived_at"])
        for vote in events([record], "votes"):
            by_desk[vote["desk_id"]].append(points(vote))
            wait = waited.get(f"{vote['office_id']} {vote.get('interaction_id')}")
            if wait is not None:
                (quick if wait < 5 * MINUTE else slow if wait > 25 * MINUTE else []).append(
                    points(vote)
                )
    assert len(slow) > 200
    assert mean(quick) - mean(slow) > 10
    assert mean(by_desk["desk-02"]) - mean(by_desk["desk-10"]) > 5  # characters +4 and -9


def test_an_incident_is_seen_at_its_desk_and_hours_and_nowhere_else() -> None:
    town = calm(preset("city"), response=EVERYBODY)
    told = town.with_changes(incidents=("desk 2 turns bad at 10:30 until 12:00 on 2026-03-09",))
    usual, struck = (list(simulate(each, 4, MONDAY, MONDAY + DAY)) for each in (town, told))
    begin, end = MONDAY + 10 * HOUR + 30 * MINUTE, MONDAY + 12 * HOUR
    before, after = (scores_between(records, "desk-01", begin, end) for records in (usual, struck))
    assert before == after
    before, after = (scores_between(records, "desk-03", begin, end) for records in (usual, struck))
    assert before == after
    assert len(before) > 15
    changed = [a for a, b in zip(usual, struck, strict=True) if a.value != b.value]
    assert {vote["desk_id"] for vote in events(changed, "votes")} == {"desk-02"}
    low, high = min(r.timestamp_ms for r in changed), max(r.timestamp_ms for r in changed)
    assert begin < low < high < end + 3 * MINUTE


def test_a_bad_desk_loses_the_points_that_were_declared() -> None:
    town = calm(preset("town"), response=EVERYBODY)
    bad = town.with_changes(incidents=("desk 1 turns bad by 40 points at 08:00 until 18:00",))
    means = []
    for each in (town, bad):
        run = list(simulate(each, 5, MONDAY, MONDAY + 5 * DAY))
        means.append(mean(scores_between(run, "desk-01", MONDAY, MONDAY + 5 * DAY)))
    assert means[0] - means[1] == pytest.approx(40, abs=4)


def test_a_closed_desk_calls_nobody_and_a_slow_one_fewer() -> None:
    town = calm(preset("town"))
    told = town.with_changes(
        incidents=("desk 5 closes at 09:00 until 12:00", "desk 4 slows down at 09:00 until 12:00")
    )
    begin, end = MONDAY + 9 * HOUR, MONDAY + 12 * HOUR
    called: list[dict[str, int]] = []
    for each in (town, told):
        counts = dict.fromkeys(("desk-04", "desk-05"), 0)
        for event in events(simulate(each, 6, MONDAY, MONDAY + DAY), "completions"):
            if "started_at" in event and begin <= instant(event["started_at"]) < end:
                counts[event["desk_id"]] = counts.get(event["desk_id"], 0) + 1
        called.append(counts)
    assert called[1]["desk-05"] == 0 < called[0]["desk-05"]
    assert called[1]["desk-04"] < 0.7 * called[0]["desk-04"]


def test_an_incident_may_run_past_midnight() -> None:
    incident = parse_incident("office center desk 4 turns bad at 23:30 until 01:00 on 2026-03-09")
    assert incident.meets("any", "center", "desk-04")
    assert not incident.meets("any", "iztok", "desk-04")
    today = date(2026, 3, 9)
    assert list(incident.spans(today)) == [(23 * 60 + 30, 24 * 60)]
    assert list(incident.spans(today.replace(day=10))) == [(0, 60)]
    assert list(incident.spans(today.replace(day=11))) == []


def test_an_incident_may_be_told_from_a_beginning() -> None:
    begun = datetime(2026, 3, 9, 23, 55, tzinfo=UTC)
    incident = parse_incident("desk 4 at +10min -30", begun)
    assert (incident.kind, incident.by, incident.day) == ("bad", 30.0, date(2026, 3, 10))
    assert list(incident.spans(date(2026, 3, 10))) == [(5, 24 * 60)]
    assert list(incident.spans(date(2026, 3, 11))) == [(0, 5)]
    assert parse_incident("office center desk 4 at +0 min +5.5", begun).kind == "good"
    with pytest.raises(CallError, match="nothing runs yet"):
        parse_incident("desk 4 at +10min -30")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("desk 4 explodes at 10:30", "write it like"),
        ("desk 4 turns bad at 25:00", "25:00 is no time of day"),
        ("desk 4 turns bad at 10:30 on 2026-02-30", "no day of the calendar"),
    ],
)
def test_an_incident_that_cannot_be_read_is_refused_with_an_example(
    text: str, problem: str
) -> None:
    with pytest.raises(CallError, match=problem):
        preset("village").with_changes(incidents=(text,))


TINY = """
name = { bg = "Тест", en = "Test" }
incidents = ["desk 1 turns bad at 10:00 until 11:00"]
[[services]]
id = "papers"
name = { bg = "Хартии", en = "Papers" }
minutes = 3
[[tenants]]
id = "test"
name = { bg = "Тест", en = "Test" }
[[tenants.offices]]
id = "hall"
name = { bg = "Зала", en = "Hall" }
daily = 60
[[tenants.offices.desks]]
id = "desk-1"
name = { bg = "Гише 1", en = "Desk 1" }
services = ["papers"]
staffed = ["09:00-12:00"]
terminal_id = "t-1"
"""


def test_a_town_may_be_declared_in_toml() -> None:
    ends = [
        instant(event["completed_at"]) - MONDAY
        for event in events(simulate(parse_town(TINY), 7, MONDAY, MONDAY + DAY), "completions")
    ]
    assert len(ends) > 30
    assert 9 * HOUR < min(ends) < max(ends) < 13 * HOUR


@pytest.mark.parametrize(
    ("found", "instead", "problem"),
    [
        ('services = ["papers"]', 'services = ["magic"]', "unknown service magic"),
        ("minutes = 3", "minutes = -3", "greater than 0"),
        ("daily = 60", "daily = 60\nchannels = { phone = 1.0 }", "no desk serves .* phone"),
        ("[[services]]", "[[services", "no TOML"),
    ],
)
def test_a_town_that_does_not_hold_together_is_refused(
    found: str, instead: str, problem: str
) -> None:
    with pytest.raises(CallError, match=problem):
        parse_town(TINY.replace(found, instead))
