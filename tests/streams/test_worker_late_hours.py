"""Hours that late events touched are recomputed, whether or not a worker ever rests."""

import pytest

import streams.shell.worker
from models.facts import Damage
from streams.shell.settings import WorkerSettings
from streams.shell.worker import Worker
from tests.oracle import Event
from tests.streams.core.office import HASHER, LATER, NO_REGISTRY, completion, vote
from tests.streams.test_worker import BOTH, At, Source, Store, run


@pytest.mark.parametrize(("waiting", "recomputed"), [(2_000, [0, 1, 2]), (2_001, [0, 0, 0])])
def test_a_worker_that_never_rests_recomputes_dirty_hours_once_it_is_near_the_end_of_the_log(
    waiting: int, recomputed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams.shell.worker, "IDLE_SECONDS", 60.0)

    async def test() -> None:
        store, now = Store(), [LATER]
        settings = WorkerSettings(horizon_ms=0, dirty_seconds=5.0, hours_at_once=1)
        worker = Worker(store, HASHER, NO_REGISTRY.join_window_versions, settings, lambda: now[0])
        at = At(worker, Source(), store)

        async def take(*events: Event) -> None:
            await at.deliver(*events)
            at.source.ends["completions"] = at.sent["completions"] + waiting
            records = sum(at.sent.values())
            # Settled, too: the watermark is told last.
            await at.until(lambda: worker.counts.records == records)
            await worker.repair(Damage())  # done after whatever is under way

        await worker.on_assigned(at.source, BOTH)
        try:
            await take(completion("new", "+3 10:00"), vote("v", "+3 10:00"))
            await take(completion("a", "10:00"), completion("b", "12:00"))
            found = [store.recomputed_hours]
            for _ in range(2):
                now[0] += 5_000
                await take(completion("new", "+3 10:00"))
                found.append(store.recomputed_hours)
            assert found == recomputed
        finally:
            await worker.stop()

    run(test)
