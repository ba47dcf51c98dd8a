"""Generated histories are valid, repeatable, and contain what they are there to test."""

import json
from collections import Counter

import pytest

from models.contract import Completion, Vote
from models.partitioning import partition_of
from tests.histories import LATEST, History, Record, history, orders
from tests.oracle import HOUR, MINUTE, expected, instant
from tests.situations import key_of, situations
from tests.town import EVENTS_AT_LEAST, OFFICES

SEEDS = range(50)

OCCURRING = {
    "duplicate within the horizon",
    "duplicate beyond the horizon",
    "duplicate in another text",
    "completion late beyond the horizon",
    "vote late beyond the horizon",
    "more than 26 h on its way",
    "two contents of one completion, same own time",
    "two contents of one completion, other own time",
    "two contents of one vote, same own time",
    "two contents of one vote, other own time",
    "one event id with and without interaction",
    "one interaction id in two offices",
    "several corrections",
    "correction comes before what it corrects",
    "correction of desk_id",
    "correction of service_id",
    "correction of channel",
    "correction of outcome",
    "correction of segments",
    "correction of due_at",
    "correction of started_at",
    "correction at the same time",
    "correction within the hour",
    "correction to another hour",
    "correction to another month",
    "vote before its completion",
    "vote in another month than its completion",
    *(
        f"{limit}: {side}"
        for limit in (
            "earliest exact vote",
            "latest exact vote",
            "earliest desk vote",
            "latest desk vote",
            "correction period",
            "hour",
        )
        for side in ("1 ms before", "exactly", "1 ms after")
    ),
    "desk vote near an abandoned completion",
    "desk vote with several completions in reach",
    "desk vote decided by event id",
    "desk vote decided by interaction key",
    *(
        f"{kind} {match}"
        for kind in ("counted", "corrected", "repeat")
        for match in ("exact", "desk")
    ),
    "unmatched vote",
    "test vote",
    "test with interaction",
    "test without interaction",
    "a vote and a test in one, same own time",
    "a vote and a test in one, other own time",
    "a vote and a test that are else the same",
    "two votes at one time, by event id",
    "two votes at one time, exact before desk",
    "exact and desk votes for one interaction",
    "vote matched later",
    "vote lost",
    "vote re-matched",
    *(f"outcome {name}" for name in ("completed", "refused", "abandoned", "transferred")),
    *(f"counted vote on {name}" for name in ("refused", "abandoned", "transferred")),
    *(f"channel {name}" for name in ("counter", "mobile", "phone", "online", "post")),
    *(f"{number} segments" for number in range(4)),
    *(f"score {score} of {scale}" for scale in (3, 4, 5) for score in range(1, scale + 1)),
    "wait known",
    "wait unknown: negative",
    "overdue",
    "in time",
    "due to the millisecond",
    "more than two days",
    "two months",
}


@pytest.fixture(scope="module")
def histories() -> list[list[History]]:
    return [orders(seed) for seed in SEEDS]


def topic_values(records: list[Record], topic: str) -> Counter[bytes]:
    return Counter(record.value for record in records if record.topic == topic)


def own_time(record: Record) -> int:
    event = json.loads(record.value)
    moment = instant(event["completed_at" if record.topic == "completions" else "voted_at"])
    assert moment is not None
    return moment


def test_every_situation_of_the_rules_occurs_in_fifty_histories(
    histories: list[list[History]],
) -> None:
    found = Counter[str]()
    for arrivals in histories:
        found.update(situations(arrivals[0]))
    assert found.keys() == OCCURRING
    assert {name: often for name, often in found.items() if often < 10} == {}


def test_a_seed_always_gives_the_same_histories() -> None:
    assert orders(3) == orders(3)
    assert history(3) == orders(3)[0]
    assert history(3) != history(4)


def test_every_record_holds_an_event_of_the_contract_under_its_key(
    histories: list[list[History]],
) -> None:
    for record in (record for arrivals in histories[:10] for record in arrivals[0].records):
        model = Completion if record.topic == "completions" else Vote
        event = model.model_validate_json(record.value)
        assert record.key.decode() == f"{event.tenant_id}/{event.office_id}"


def test_the_three_orders_hold_the_same_set_with_other_duplicates(
    histories: list[list[History]],
) -> None:
    for arrivals in histories:
        for topic in ("completions", "votes"):
            copies = [topic_values(order.records, topic) for order in arrivals]
            assert copies[0].keys() == copies[1].keys() == copies[2].keys()
            assert copies[0] != copies[1] != copies[2]
        assert len({order.horizon_ms for order in arrivals}) == 1


def test_a_history_has_at_least_200_events_besides_its_duplicates(
    histories: list[list[History]],
) -> None:
    for arrivals in histories:
        assert len({record.value for record in arrivals[0].records}) >= EVENTS_AT_LEAST


def test_the_log_never_goes_back_and_no_event_is_later_than_its_record(
    histories: list[list[History]],
) -> None:
    for order in (order for arrivals in histories for order in arrivals):
        stamps = [record.timestamp_ms for record in order.records]
        assert stamps == sorted(stamps)
        assert all(own_time(record) <= record.timestamp_ms for record in order.records)


def test_by_time_an_event_is_on_its_way_for_at_most_60_hours(
    histories: list[list[History]],
) -> None:
    ways = [
        record.timestamp_ms - own_time(record)
        for arrivals in histories
        for record in arrivals[0].records
    ]
    assert LATEST - HOUR < max(ways) <= LATEST
    assert sum(way < MINUTE for way in ways) > len(ways) / 3


def test_most_horizons_are_minutes_and_some_are_none_or_a_day(
    histories: list[list[History]],
) -> None:
    drawn = [arrivals[0].horizon_ms for arrivals in histories]
    assert sum(0 < horizon <= HOUR for horizon in drawn) >= len(drawn) / 2
    assert {0, 26 * HOUR} < set(drawn)


def test_some_offices_meet_in_one_partition_and_not_all() -> None:
    for partitions in (2, 3, 4):
        used = {partition_of(f"{t}/{o}".encode(), partitions) for t, o in OFFICES}
        assert 1 < len(used) < len(OFFICES)


def test_all_three_orders_must_give_the_same_rows(histories: list[list[History]]) -> None:
    for arrivals in histories[:10]:
        first, *others = (expected(order.events(), key_of) for order in arrivals)
        assert first.interactions
        assert all(other == first for other in others)
