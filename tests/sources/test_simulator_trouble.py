"""What goes wrong between desk and log, and that the log would judge it as the truth says."""

import json
from collections import Counter
from itertools import pairwise

from models.codec import decode_completion, decode_vote
from models.envelope import admit
from models.errors import Refused
from models.events import Event
from models.identity import KeyHasher
from models.partitioning import partition_of
from models.records import EventRecord
from sources.simulator import CALM, Role, Simulation, Truth, preset
from sources.simulator.town import Trouble
from tests.oracle import expected
from tests.sources.simulated import DAY, HOUR, events, instant, sofia_ms

MONDAY = sofia_ms("2026-03-09")
PARTITIONS = 6
HASHER = KeyHasher(b"0123456789abcdef")


def run(trouble: Trouble, days: int = 3) -> tuple[list[EventRecord], Truth]:
    simulation = Simulation(preset("town").with_changes(trouble=trouble), 21, MONDAY)
    return simulation.until(MONDAY + days * DAY), simulation.truth


def verdict(record: EventRecord) -> str:
    try:
        event: Event = (
            decode_completion(record.value)
            if record.topic == "completions"
            else decode_vote(record.value)
        )
        partition = partition_of(record.key, PARTITIONS)
        stamp = record.timestamp_ms
        admit(event, record.key, partition, PARTITIONS, stamp, stamp, 0)
    except Refused as refused:
        return refused.reason
    return "event"


def test_the_log_refuses_what_is_invalid_and_nothing_else() -> None:
    trouble = Trouble(invalid=0.01, clock_wrong_day=0.1)
    records, truth = run(trouble)
    verdicts = Counter(map(verdict, records))
    assert verdicts.pop("event") == truth.records - sum(truth.invalid.values())
    assert dict(verdicts) == truth.invalid
    assert min(truth.invalid.values()) > 0


def test_a_calm_town_sends_each_event_once_and_every_vote_finds_its_interaction() -> None:
    records, truth = run(CALM)
    assert set(map(verdict, records)) == {"event"}
    assert {role for role, count in truth.counts.items() if count} == {
        Role.COMPLETION,
        Role.VOTE,
        Role.DESK_VOTE,
    }
    stored = expected((json.loads(record.value) for record in records), HASHER.interaction_key)
    assert {row["kind"] for row in stored.votes.values() if row["match"] == "exact"} == {"counted"}
    assert sum(row["match"] == "exact" for row in stored.votes.values()) == truth.counts[Role.VOTE]


def test_the_rules_of_counting_find_what_the_truth_says_of_a_troubled_town() -> None:
    records, truth = run(Trouble(completion_twice=0.1, correction=0.05, too_late=0.03), days=2)
    valid = [json.loads(record.value) for record in records if verdict(record) == "event"]
    stored = expected(valid, HASHER.interaction_key)
    assert len(stored.interactions) == truth.completions
    assert len(stored.votes) == truth.votes
    kinds = Counter(row["kind"] for row in stored.votes.values())
    keyless = [row for row in stored.votes.values() if not row["interaction_key"]]
    unmatched = sum(1 for row in keyless if row["kind"] == "unmatched")
    assert kinds["unmatched"] - unmatched == truth.unmatched > 0
    assert kinds["corrected"] + kinds["repeat"] > 0
    assert len(keyless) >= truth.counts[Role.DESK_VOTE]


def test_a_second_press_is_a_new_event_that_corrects_the_first() -> None:
    records, truth = run(CALM.model_copy(update={"second_press": 0.2}))
    stored = expected((json.loads(r.value) for r in records), HASHER.interaction_key)
    exact = [row for row in stored.votes.values() if row["match"] == "exact"]
    kinds = Counter(row["kind"] for row in exact)
    assert set(kinds) == {"counted", "corrected"}
    assert kinds["counted"] == truth.counts[Role.VOTE]
    assert kinds["corrected"] > 0.1 * kinds["counted"]


def test_events_sent_twice_are_the_same_bytes_and_come_later() -> None:
    records, truth = run(
        CALM.model_copy(update={"completion_twice": 0.1, "vote_twice": 0.1}), days=1
    )
    first: dict[tuple[bytes, bytes], int] = {}
    gaps = []
    for record in records:
        if (same := (record.key, record.value)) in first:
            gaps.append(record.timestamp_ms - first[same])
        first.setdefault(same, record.timestamp_ms)
    assert len(gaps) == truth.duplicates > 50
    assert min(gaps) >= 500


def test_corrections_change_desk_or_service_under_a_later_id() -> None:
    records, truth = run(CALM.model_copy(update={"correction": 0.1}), days=1)
    versions: dict[tuple[str, str], list[dict[str, object]]] = {}
    for event in events(records, "completions"):
        versions.setdefault((event["office_id"], event["interaction_id"]), []).append(event)
    corrected = [both for both in versions.values() if len(both) == 2]
    assert len(corrected) == truth.counts[Role.CORRECTION] > 50
    for before, after in corrected:
        assert str(before["event_id"]) < str(after["event_id"])
        assert before["completed_at"] == after["completed_at"]
    moved = [1 for before, after in corrected if before["desk_id"] != after["desk_id"]]
    assert len(moved) > 0.3 * len(corrected)


def test_an_offline_terminal_delivers_its_votes_in_a_bunch_hours_later() -> None:
    trouble = CALM.model_copy(update={"offline_day": 1.0})
    records, _ = run(trouble, days=1)
    arrivals: dict[str, list[tuple[int, int]]] = {}
    for record in records:
        for vote in events([record], "votes"):
            delay = record.timestamp_ms - instant(vote["voted_at"])
            arrivals.setdefault(vote["terminal_id"], []).append((record.timestamp_ms, delay))
    held = {
        terminal: [arrival for arrival, delay in sent if delay > 60_000]
        for terminal, sent in arrivals.items()
    }
    bunches = [sent for sent in held.values() if len(sent) > 5]
    assert len(bunches) >= 3
    assert all(max(bunch) - min(bunch) < 10_000 for bunch in bunches)
    longest = max(delay for sent in arrivals.values() for _, delay in sent)
    assert HOUR < longest < 5 * HOUR


def test_some_votes_are_pressed_before_the_service_ends_and_some_long_after() -> None:
    every, truth = run(Trouble(too_late=0.01))
    records = [record for record in every if verdict(record) == "event"]
    ended = {
        (event["office_id"], event["interaction_id"]): instant(event["completed_at"])
        for event in events(records, "completions")
    }
    gaps = [
        instant(vote["voted_at"]) - end
        for vote in events(records, "votes")
        if (end := ended.get((vote["office_id"], vote.get("interaction_id", ""))))
    ]
    early = sum(gap < -2_000 for gap in gaps) / len(gaps)
    usual = sum(-2_000 <= gap <= 125_000 for gap in gaps) / len(gaps)
    assert 0.02 < early < 0.1
    assert min(gaps) > -6 * 60_000
    assert usual > 0.85
    assert sum(gap > 2 * HOUR for gap in gaps) >= truth.counts[Role.TOO_LATE] > 0


def test_events_arrive_in_another_order_than_they_happened() -> None:
    records, _ = run(CALM.model_copy(update={"shuffled": 0.2}), days=1)
    own = [
        instant(event["completed_at"])
        for event in events(records, "completions")
        if event["office_id"] == "center"
    ]
    assert sum(later < before for before, later in pairwise(own)) > 20


def test_reasons_come_with_bad_scores_alone() -> None:
    records, _ = run(CALM)
    votes = list(events(records, "votes"))
    with_reasons = [vote for vote in votes if vote.get("reasons")]
    bad = [vote for vote in votes if vote["score"] <= 2]
    assert all(vote["score"] <= 2 for vote in with_reasons)
    assert 0.4 < len(with_reasons) / len(bad) < 0.8
    assert {vote.get("scale", 5) for vote in votes} == {3, 4, 5}
