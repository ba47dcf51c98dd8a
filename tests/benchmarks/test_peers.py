"""What the comparison with peers stands on: equal events, a right oracle, a sharp eye."""

from benchmarks.peers.catalogue import ENGINES
from benchmarks.peers.engines.job import Job
from benchmarks.peers.events import drawn
from benchmarks.peers.oracle import Counts, Oracle, Window, difference, expected
from benchmarks.peers.report import rates, table
from benchmarks.peers.running import Run
from models.codec import decode
from models.events import CompletionEvent, Event, VoteEvent

NINE = 1_767_603_600


def completion(number: int, at: int, desk: str = "d1", band: str = "65+") -> CompletionEvent:
    return CompletionEvent(
        event_id=f"c{number}",
        tenant_id="t",
        office_id="o",
        desk_id=desk,
        service_id="s",
        interaction_id=f"i{number}",
        channel="counter",
        outcome="completed",
        segments={"age_band": band},
        completed_at=1000 * at,
        arrived_at=None,
        started_at=None,
        due_at=None,
    )


def vote(number: int, score: int, at: int) -> VoteEvent:
    return VoteEvent(
        f"v{number}", "t", "o", "d1", "terminal", f"i{number}", score, 5, None, 1000 * at
    )


def test_a_seed_draws_the_same_events_and_another_seed_others() -> None:
    first = list(drawn(300, seed=1))
    assert first == list(drawn(300, seed=1))
    assert first != list(drawn(300, seed=2))


def test_events_are_of_the_contract_and_votes_come_after_their_completions() -> None:
    seen: dict[str, int] = {}
    votes = 0
    for sent in drawn(500):
        event = decode(sent.value)
        assert event == sent.event
        if isinstance(event, CompletionEvent):
            seen[event.interaction_id] = event.completed_at
        else:
            votes += 1
            assert event.interaction_id is not None
            assert 5_000 <= event.voted_at - seen[event.interaction_id] <= 120_000
    assert len(seen) == 500
    assert 150 < votes < 250


def test_the_oracle_counts_a_vote_in_the_minute_of_its_completion_whichever_came_first() -> None:
    events: list[Event] = [
        vote(2, 5, NINE + 70),
        completion(1, NINE + 59),
        completion(2, NINE + 60, desk="d2", band="18-29"),
        completion(3, NINE),
        vote(1, 2, NINE + 65),
    ]
    assert expected(events) == {
        Window("desk", "d1", NINE): Counts(2, 1, 2_500),
        Window("service", "s", NINE): Counts(2, 1, 2_500),
        Window("segment", "65+", NINE): Counts(2, 1, 2_500),
        Window("desk", "d2", NINE + 60): Counts(1, 1, 10_000),
        Window("service", "s", NINE + 60): Counts(1, 1, 10_000),
        Window("segment", "18-29", NINE + 60): Counts(1, 1, 10_000),
    }


def test_the_comparison_finds_a_row_that_is_missing_too_many_or_wrong() -> None:
    right = expected([completion(1, NINE), completion(2, NINE + 60), vote(1, 3, NINE + 9)])
    assert not difference(right, right)
    window = Window("desk", "d1", NINE)
    missing = {key: counts for key, counts in right.items() if key != window}
    assert difference(missing, right)[:3] == (1, 0, 0)
    assert difference(right, missing)[:3] == (0, 1, 0)
    wrong = difference({**right, window: Counts(1, 1, 4_999)}, right)
    assert wrong[:3] == (0, 0, 1)
    assert "4999" in str(wrong)


def test_the_plain_job_equals_the_oracle_also_where_votes_come_first() -> None:
    oracle, values = Oracle(), {"completions": list[bytes](), "votes": list[bytes]()}
    for sent in drawn(20_000):
        oracle.take(sent.event)
        values[sent.topic].append(sent.value)
    for first, second in (("completions", "votes"), ("votes", "completions")):
        job = Job()
        for topic in (first, second):
            getattr(job, topic)(values[topic])
        rows = {Window(*row[:3]): Counts(*row[3:]) for row in job.rows()}
        assert str(difference(rows, oracle.rows())) == "equal"


def test_a_run_with_wrong_rows_gets_no_figure() -> None:
    good = Run("ours", 1_000, 2.0, 2.0, 1.0, 1.0, 50, "equal")
    bad = Run("bare", 1_000, 2.0, 2.0, 0.1, 1.0, 50, "1 rows missing")
    assert rates([good], inner=True) == [1_000.0]
    lines = table([good, bad])
    assert any("1 rows missing" in line and "k" not in line.split("|")[3] for line in lines)
    assert len({engine.name for engine in ENGINES}) == len(ENGINES)
