"""Where an owner begins, under which epoch, and in which order it stores what it has counted."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from models.columns import Columns
from models.errors import StoreUnavailable, WorldError
from models.facts import Progress
from streams.shell.batches import Position, RecordBatch
from streams.shell.owner import SEQUENCE_BITS, Owner, handle, take_over
from streams.shell.patience import Patient
from streams.shell.planning import LogFacts, Plan, plan
from streams.shell.settings import WorkerSettings
from tests.compare import plain
from tests.memory_store import MemoryStore
from tests.streams.core.office import HASHER, LATER, NO_REGISTRY, completion, runs_of, vote

LOG = LogFacts(
    log_ids={"completions": "log", "votes": "log"},
    partitions=2,
    earliest={"completions": 0, "votes": 0},
    end={"completions": 100, "votes": 90},
    committed={},
)


def stored(topic: str, offset: int, epoch: int = 4, **other: Any) -> Progress:
    row = Progress(topic, partition=1, partitions=2, log_id="log", offset=offset, epoch=epoch)
    return replace(row, **other)


BOTH = [stored("completions", 50), stored("votes", 40)]


def committed(completions: int | None, votes: int | None, epoch: int) -> LogFacts:
    positions = {
        "completions": Position(completions, epoch),
        "votes": Position(votes, epoch),
    }
    return replace(LOG, committed=positions)


@pytest.mark.parametrize(
    ("log", "progress", "wanted"),
    [
        pytest.param(LOG, [], Plan(1, {"completions": 0, "votes": 0}), id="nothing is stored"),
        pytest.param(
            replace(LOG, earliest={"completions": 7, "votes": 3}),
            [],
            Plan(1, {"completions": 7, "votes": 3}),
            id="nothing is stored and the log was cut",
        ),
        pytest.param(
            committed(60, 30, 4), BOTH, Plan(5, {"completions": 50, "votes": 30}), id="the smaller"
        ),
        pytest.param(LOG, BOTH, Plan(5, {"completions": 50, "votes": 40}), id="no commit"),
        pytest.param(
            committed(None, None, 9),
            BOTH,
            Plan(10, {"completions": 50, "votes": 40}),
            id="a claim that was never used",
        ),
        pytest.param(
            committed(60, 50, 4),
            [],
            Plan(5, {"completions": 0, "votes": 0}),
            id="the store was lost: what is committed is not in it",
        ),
        pytest.param(
            LOG,
            [replace(row, log_id="old") for row in BOTH],
            Plan(5, {"completions": 0, "votes": 0}),
            id="another log over the same facts",
        ),
        pytest.param(
            LOG,
            [stored("votes", 80, epoch=11, partition=7, partitions=8, log_id="old")],
            Plan(12, {"completions": 0, "votes": 0}),
            id="another log of more partitions: its offices lay elsewhere",
        ),
    ],
)
def test_a_plan_resumes_where_log_and_store_agree(
    log: LogFacts, progress: list[Progress], wanted: Plan
) -> None:
    assert plan(1, log, progress) == wanted


@pytest.mark.parametrize(
    ("log", "progress", "named"),
    [
        (LOG, [stored("votes", 1, partitions=3)], "has 2 partitions"),
        (LOG, [stored("votes", 1, partition=0, partitions=1)], "has 2 partitions"),
        (replace(LOG, earliest={"completions": 51, "votes": 0}), BOTH, "51 to 100"),
        (replace(LOG, end={"completions": 49, "votes": 90}), BOTH, "0 to 49"),
    ],
)
def test_a_plan_refuses_a_store_and_a_log_that_do_not_belong_together(
    log: LogFacts, progress: list[Progress], named: str
) -> None:
    with pytest.raises(WorldError, match=named):
        plan(1, log, progress)


class Noting(MemoryStore):
    """Notes the tables that are written, and their revisions; fails where it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []
        self.revisions: list[int] = []
        self.refusals = 0

    def write(self, table: str, columns: Columns) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StoreUnavailable("away")
        self.written.append(table)
        (revision,) = set(plain(columns["revision"]))
        self.revisions.append(revision)
        super().write(table, columns)


def owner_of(store: Noting | Patient, epoch: int = 3) -> Owner:
    return Owner(
        partition=0,
        log=replace(LOG, partitions=1),
        epoch=epoch,
        store=store,
        hasher=HASHER,
        join_windows=NO_REGISTRY.join_window_versions,
        settings=WorkerSettings(horizon_ms=0),
    )


def begin(owner: Owner, store: Noting | Patient) -> None:
    take_over({owner: Plan(owner.epoch, {"completions": 0, "votes": 0})}, store)


def test_facts_come_before_windows_and_progress_comes_last() -> None:
    store = Noting()
    owner = owner_of(store)
    begin(owner, store)
    store.written.clear()
    events = [completion("a", "10:00"), vote("v", "10:01", "a")]
    handle([(owner, runs_of(events, owner.offsets))], store, LATER)
    assert store.written == ["interactions", "votes", "window_metrics", "progress"]


def test_an_hour_that_memory_does_not_own_is_marked_with_the_batch_and_cleared_last() -> None:
    store = Noting()
    owner = owner_of(store)
    begin(owner, store)
    owner.settle(("completions", "votes"), LATER, idle=False)
    store.written.clear()
    handle([(owner, runs_of([completion("a", "10:00")], owner.offsets))], store, LATER)
    assert store.written == ["interactions", "dirty_hours", "progress"]
    assert store.rows("window_metrics") == {}
    owner.settle((), LATER, idle=True)
    assert store.written[3:] == ["dirty_hours"]
    assert len(store.rows("window_metrics")) == 4 * 3
    assert owner.dirty == set()


def test_every_write_has_a_greater_revision_of_the_owners_epoch() -> None:
    store = Noting()
    owner = owner_of(store, epoch=3)
    begin(owner, store)
    for at in ("10:00", "11:00"):
        handle([(owner, runs_of([completion("a", at, at)], owner.offsets))], store, LATER)
    assert store.revisions == sorted(set(store.revisions))
    assert {revision >> SEQUENCE_BITS for revision in store.revisions} == {3}


def test_records_that_are_no_events_are_kept_aside_and_progress_moves() -> None:
    store = Noting()
    owner = owner_of(store)
    begin(owner, store)
    run = RecordBatch("votes", 0, 0, [b"t/o"] * 2, [b"{", b"\xff"], [LATER] * 2)
    (batch,) = handle([(owner, [run])], store, LATER)
    assert [letter.offset for letter in batch.dead_letters] == [0, 1]
    assert {row["offset"] for row in store.rows_newest("dead_letters")} == {0, 1}
    assert _offsets(store) == {"completions": 0, "votes": 2}
    assert store.rows("votes") == {}


def test_a_store_that_is_away_is_asked_again_with_the_same_rows() -> None:
    store = Noting()
    patient = Patient(store, (0.0,), threading.Event())
    owner = owner_of(patient)
    begin(owner, patient)
    store.refusals = 3
    handle([(owner, runs_of([completion("a", "10:00")], owner.offsets))], patient, LATER)
    assert store.revisions == sorted(set(store.revisions))
    assert len(store.rows("interactions")) == 1
    assert _offsets(store)["completions"] == 1


def test_a_worker_that_stops_waits_for_no_store() -> None:
    store, stopping = Noting(), threading.Event()
    patient = Patient(store, (60.0,), stopping)
    owner = owner_of(patient)
    begin(owner, patient)
    store.refusals = 1
    stopping.set()
    with pytest.raises(StoreUnavailable):
        handle([(owner, runs_of([completion("a", "10:00")], owner.offsets))], patient, LATER)
    assert _offsets(store)["completions"] == 0


def _offsets(store: MemoryStore) -> Mapping[str, int]:
    return {row.topic: row.offset for row in store.progress()}
