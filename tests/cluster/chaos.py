"""A run of a group under faults: what is done to whom when, and whether its rows are right.

with Run(folder, rng, events=20_000, partitions=12) as run:
    run.endure(kills=10)
    assert run.wrong_rows() == []
"""

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import msgspec

from commands.engine import clock_ms
from models.durations import duration_ms
from streams.core.frontier import TOPICS
from streams.shell.kafka_log import KafkaLog
from streams.shell.kafka_settings import VARIABLES, KafkaSettings
from streams.shell.log_chunks import Records
from tests.clients import fresh_events
from tests.cluster.group import Group, Member, horizon
from tests.facade.running import Running
from tests.histories import Record
from tests.kafka.broker import Broker, kill_brokers, start_brokers
from tests.kafka.worlds import make_topics
from tests.oracle import HOUR, instant
from tests.stored import rows_against_oracle

SESSION_MS = 3_000
FROZEN_SECONDS = float(os.environ.get("SEMKO_FROZEN", SESSION_MS / 1000 + 3))
"""So long is a worker stopped that others take over from it."""
AWAY_SECONDS = 2.0
BATCH = 200


class Run:
    """A broker, a store behind its wire, a group of workers, and events on their way."""

    def __init__(self, folder: Path, rng: random.Random, events: int, partitions: int) -> None:
        self.folder, self.rng, self.partitions = folder, rng, partitions
        self.log: list[str] = []
        self.released: list[bool] = []
        """For each fault: had the worker it befell let hours with facts leave memory by then?"""
        self._begun = time.monotonic()
        self._records = self._draw(events)
        times = [instant(_time(record)) or 0 for record in self._records]
        self._first_event_ms = min(times)

    def _draw(self, events: int) -> list[Record]:
        records: list[Record] = []
        while len(records) < events:
            records += fresh_events(self.rng, f"{len(records)}")
        return records

    def __enter__(self) -> "Run":
        properties = {"group.consumer.session.timeout.ms": str(SESSION_MS)}
        self.broker: Broker = start_brokers(self.folder / "kafka", properties=properties)[0]
        variables = {f"{VARIABLES}PREFIX": "chaos."}
        self._kafka = KafkaSettings.of(self.broker.url, variables)
        make_topics(self._kafka, self.partitions)
        self.store = Running(self.folder / "store")
        self.group = Group(self.folder, self.broker.url, self.store.url(), variables)
        made = self.group.command("migrate")
        assert made.returncode == 0, made.stderr
        self._producing = threading.Event()
        self._producer = threading.Thread(target=self._produce, daemon=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._producing.set()
        self.group.close()
        self.store.kill()
        kill_brokers([self.broker])

    # --- what happens --------------------------------------------------------------------------

    def endure(self, faults: int, seconds_between: float = 2.0, workers: int = 3) -> None:
        """Let ``faults`` befall the group while events come, then let everything settle."""
        for _ in range(workers):
            self.group.start(horizon(self.rng))
        self.group.wait_until_owned(self.partitions)
        self._pause = faults * (seconds_between + 1.0) / max(1, len(self._records) // BATCH)
        self._producer.start()
        for _ in range(faults):
            time.sleep(self.rng.uniform(0.3, 2 * seconds_between))
            self._fault()
        self.say("no more faults")
        self._pause = 0.0
        self._producer.join()
        self.group.wait_until_owned(self.partitions)
        self.group.wait_until_counted(self.partitions, 120 + len(self._records) / 2_000)

    def _fault(self) -> None:
        kinds: dict[Callable[[], None], int] = {
            self._kill: 10,
            self._freeze: 3,
            self._leave: 2,
            self._join: 2,
            self._cut_store: 3,
            self._restart_broker: 1,
        }
        self.rng.choices(list(kinds), list(kinds.values()))[0]()

    def _kill(self) -> None:
        member = self._victim()
        self.say(f"kill -9 {member.name}")
        member.kill()
        self._replace(member)

    def _leave(self) -> None:
        member = self._victim()
        self.say(f"SIGTERM {member.name}")
        code = member.leave()
        # Whoever has not begun to read yet is merely stopped, or has not even heard of signals.
        assert code in (0, 128 + signal.SIGTERM, -signal.SIGTERM), (
            f"{member.name} left with {code}: {self.group.told()}"
        )
        self._replace(member)

    def _freeze(self) -> None:
        member = self._victim()
        self.say(f"SIGSTOP {member.name} for {FROZEN_SECONDS} s")
        member.freeze()
        time.sleep(FROZEN_SECONDS)
        member.thaw()
        self.say(f"{member.name} goes on as a zombie")

    def _join(self) -> None:
        joined = self.group.start(horizon(self.rng))
        self.say(f"{joined.name} joins")
        if len(self.group.members) > 4:
            gone = self.rng.choice(self.group.members[:-1])
            self.say(f"kill -9 {gone.name}")
            gone.kill()
            self.group.remove(gone)

    def _cut_store(self) -> None:
        self._note()
        self.say(f"store away for {AWAY_SECONDS} s, connections cut")
        self.store.tell(away=0)
        time.sleep(AWAY_SECONDS)
        self.store.tell(back=0)

    def _restart_broker(self) -> None:
        self._note()
        how = self.rng.choice(("SIGTERM", "kill -9"))
        self.say(f"broker {how} and again")
        self.broker.stop() if how == "SIGTERM" else self.broker.kill()
        self.broker.start()
        self.broker.wait_until_ready()
        self.say("broker is back")

    def _victim(self) -> Member:
        member = self.rng.choice(self.group.members)
        self._note(member)
        return member

    def _replace(self, member: Member) -> None:
        self.group.remove(member)
        self.say(f"{self.group.start(horizon(self.rng)).name} starts")

    def _note(self, member: Member | None = None) -> None:
        """Whether hours that hold facts had left memory: a worker's, or of one that has only just
        been started, that of any."""
        frontiers = [_frontier_ms(member)] if member else []
        if not any(frontiers):
            frontiers = [_frontier_ms(one) for one in self.group.members]
        self.released.append(max(frontiers) > self._first_event_ms)

    def say(self, line: str) -> None:
        """Note what happens when."""
        self.log.append(f"{time.monotonic() - self._begun:7.1f} s  {line}")

    # --- events --------------------------------------------------------------------------------

    def _produce(self) -> None:
        topics = KafkaLog(self._kafka, linger_ms=1.0)
        try:
            for first in range(0, len(self._records), BATCH):
                if self._producing.is_set():
                    return
                for topic in TOPICS:
                    self._append(topics, topic, self._records[first : first + BATCH])
                time.sleep(self._pause)
        finally:
            topics.close()

    def _append(self, topics: KafkaLog, topic: str, records: list[Record]) -> None:
        some = [record for record in records if record.topic == topic]
        columns = Records(
            [record.key for record in some],
            [record.value for record in some],
            [clock_ms()] * len(some),
        )
        while some and not self._producing.is_set():
            try:
                topics.append_all(topic, columns)
            except Exception as problem:  # the broker is away: again, which is harmless
                self.say(f"append again: {problem}")
                time.sleep(0.5)
            else:
                return

    # --- what came of it -----------------------------------------------------------------------

    def wrong_rows(self) -> list[str]:
        """How the stored rows differ from those that the events must give."""
        bodies = (record.value for record in self._records)
        return rows_against_oracle(self.store.url(), self.folder / "semko.key", bodies)


def _frontier_ms(member: Member) -> float:
    """The hour from which on a worker's memory owns hours; 0 where it has none yet."""
    watermark = member.meters().get("semko_watermark_seconds", 0.0) * 1000
    return (watermark - duration_ms("horizon", member.horizon)) // HOUR * HOUR if watermark else 0.0


def _time(record: Record) -> str:
    event = msgspec.json.decode(record.value)
    told: str = event.get("completed_at") or event["voted_at"]
    return told
