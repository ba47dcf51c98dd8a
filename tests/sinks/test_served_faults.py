"""A store over the network that drops connections, loses answers, goes away, and comes back."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models.errors import StoreUnavailable, WorldError
from models.facts import OfficeHour
from sinks.reconcile import reconcile
from sinks.served import ServedStore
from streams.shell.patience import Patient
from tests.facade.running import Running, facade
from tests.sinks.opened import emptied
from tests.store_rows import OFFICE, TEN, columns, interaction, keys, put

SOON, LATE = "?timeout=2", "?timeout=60"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with facade(tmp_path_factory.mktemp("facade"), ports=2) as started:
        yield started


@pytest.fixture
def store(running: Running) -> Iterator[ServedStore]:
    """An empty store on both addresses."""
    opened = emptied(ServedStore(running.url_of_all(LATE)))
    yield opened
    running.tell(silent_every=0, hang_up_every=0, close_every=0, mute=None)
    running.tell(refuse=None, refuse_at=None)
    opened.close()


@pytest.fixture
def impatient(running: Running, store: ServedStore) -> Iterator[ServedStore]:
    """The same, by a program that soon stops waiting for an answer."""
    del store
    opened = ServedStore(running.url_of_all(SOON))
    yield opened
    opened.close()


def patient(store: ServedStore) -> Patient:
    return Patient(store, (0.01,), threading.Event(), give_up_seconds=60)


def test_a_write_that_is_applied_and_not_answered_is_unavailability(
    running: Running, impatient: ServedStore
) -> None:
    running.tell(silent_every=1)
    with pytest.raises(StoreUnavailable, match="It may have done what was asked"):
        put(impatient, "interactions", interaction(1))
    running.tell(silent_every=0)
    assert keys(impatient.recent([OFFICE], 0)) == [(1, TEN)]


def test_a_write_cut_off_in_the_middle_is_unavailability(
    running: Running, store: ServedStore
) -> None:
    running.tell(hang_up_every=1)
    many = [interaction(n, event_id=f"event {n}" * 9) for n in range(1, 20_001)]
    with pytest.raises(StoreUnavailable):
        put(store, "interactions", *many)
    running.tell(hang_up_every=0)
    assert store.offices() == {}
    put(store, "interactions", *many)
    assert len(keys(store.recent([OFFICE], 0))) == 20_000


def test_every_tenth_answer_lost_leaves_every_row_there_and_none_twice(
    running: Running, impatient: ServedStore
) -> None:
    store, before = patient(impatient), running.tell(silent_every=10)
    for n in range(40):
        rows = [interaction(n * 50 + k + 1, TEN + k, revision=n + 1) for k in range(50)]
        store.write("interactions", columns("interactions", rows))
    repeated = running.tell(silent_every=0) - before - 40
    assert repeated >= 4
    [found] = impatient.rows(
        "SELECT count() AS n, uniqExact(interaction_key) AS keys FROM semko.interactions FINAL"
    )
    assert found == {"n": 2000, "keys": 2000}
    store.recompute([OfficeHour("t", "o", TEN)], 100)
    assert reconcile(impatient.database).agrees


def test_faults_of_both_kinds_on_many_threads_lose_nothing(
    running: Running, impatient: ServedStore
) -> None:
    running.tell(silent_every=13, hang_up_every=7)

    def write(thread: int) -> None:
        store = patient(impatient)
        for n in range(10):
            key = thread * 10 + n + 1
            store.write("interactions", columns("interactions", [interaction(key, revision=key)]))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8), timeout=120))
    running.tell(silent_every=0, hang_up_every=0)
    assert [key for key, _ in keys(impatient.recent([OFFICE], 0))] == list(range(1, 81))


def test_when_the_first_host_dies_the_second_is_used(running: Running, store: ServedStore) -> None:
    put(store, "interactions", interaction(1))
    running.tell(away=0)
    try:
        asked = patient(store)
        asked.write("interactions", columns("interactions", [interaction(2)]))
        assert keys(asked.recent([OFFICE], 0)) == [(1, TEN), (2, TEN)]
        # Who opens the store now finds the living host too.
        late = ServedStore(running.url_of_all(LATE))
        assert late.offices().keys() == {OFFICE}
        late.close()
    finally:
        running.tell(back=0)
    running.tell(away=1)
    try:
        assert len(keys(asked.recent([OFFICE], 0))) == 2
    finally:
        running.tell(back=1)


def test_a_host_that_takes_no_writes_is_left_for_another(
    running: Running, store: ServedStore
) -> None:
    store.offices()
    running.tell(refuse=("INSERT", 242, "Table is in readonly mode"), refuse_at=0)
    with pytest.raises(StoreUnavailable, match="takes no writes now"):
        put(store, "interactions", interaction(1))
    put(store, "interactions", interaction(1))
    assert keys(store.recent([OFFICE], 0)) == [(1, TEN)]


def test_a_host_that_accepts_and_hangs_up_is_passed_over(
    running: Running, store: ServedStore
) -> None:
    running.tell(mute=0)
    late = ServedStore(running.url_of_all(LATE))
    put(late, "interactions", interaction(1))
    late.close()
    assert keys(patient(store).recent([OFFICE], 0)) == [(1, TEN)]


def test_a_connection_closed_in_place_of_an_answer_is_unavailability(
    running: Running, store: ServedStore
) -> None:
    running.tell(close_every=1)
    with pytest.raises(StoreUnavailable, match="closed by the other side"):
        put(store, "interactions", interaction(1))
    assert keys(store.recent([OFFICE], 0)) == [(1, TEN)]


def test_a_store_that_was_away_goes_on_where_it_stood(running: Running, store: ServedStore) -> None:
    put(store, "interactions", interaction(1))
    running.tell(away=0)
    running.tell(away=1)
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            put(store, "interactions", interaction(2))
    waiting = threading.Thread(
        target=patient(store).write,
        args=("interactions", columns("interactions", [interaction(2)])),
    )
    waiting.start()
    time.sleep(0.3)
    assert waiting.is_alive()
    running.tell(back=0)
    running.tell(back=1)
    waiting.join(timeout=30)
    assert keys(store.recent([OFFICE], 0)) == [(1, TEN), (2, TEN)]


def test_a_store_that_stays_away_ends_in_a_message_for_people(
    running: Running, store: ServedStore
) -> None:
    running.tell(away=0)
    running.tell(away=1)
    try:
        asked = Patient(store, (0.01,), threading.Event(), give_up_seconds=0.1)
        with pytest.raises(WorldError, match="so this worker ends") as ended:
            asked.offices()
        assert not isinstance(ended.value, StoreUnavailable)
    finally:
        running.tell(back=0)
        running.tell(back=1)


def test_what_was_acknowledged_outlives_kill_9_of_the_server(tmp_path: Path) -> None:
    running = Running(tmp_path / "store")
    store = ServedStore(running.url())
    put(store, "interactions", *(interaction(n) for n in range(1, 501)))
    running.kill()
    with pytest.raises(StoreUnavailable):
        store.offices()
    store.close()
    with facade(tmp_path / "store") as again:
        store = ServedStore(again.url())
        assert len(keys(store.recent([OFFICE], 0))) == 500
        store.close()


def test_closing_waits_for_running_calls_and_then_refuses(running: Running) -> None:
    store = ServedStore(running.url("?timeout=30"))
    started = time.monotonic()
    slow = threading.Thread(
        target=store.database.columns, args=("SELECT sleep(1) AS a",), daemon=True
    )
    slow.start()
    time.sleep(0.3)
    store.close()
    assert time.monotonic() - started >= 1
    with pytest.raises(RuntimeError, match="closed"):
        store.offices()
    store.close()
