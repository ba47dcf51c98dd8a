"""How fast the full shape is: through a real Kafka into the engine behind its native protocol.

    python -m benchmarks.cluster latency [--rate 1000 --seconds 600 --workers 2 --partitions 12]
    python -m benchmarks.cluster pauses [--open 20000]

Everything runs on this machine: broker, store, workers, whoever sends and whoever asks. The store
is the engine of ClickHouse behind the tests' façade, no server. Prints JSON: machine and versions.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import typer
from confluent_kafka import Producer

from benchmarks.embedded import tell
from models.instants import format_instant
from models.partitioning import record_key
from sinks.opening import open_store
from streams.shell.kafka_log import PRODUCER, KafkaLog
from streams.shell.kafka_settings import VARIABLES, KafkaSettings
from streams.shell.log_chunks import Records
from tests.cluster.group import Group
from tests.facade.running import Running
from tests.kafka.broker import kill_brokers, start_brokers
from tests.kafka.worlds import make_topics

OFFICES = 40
PROBES = 20
"""One event in so many is looked for."""
BINS_MS = (10, 20, 30, 50, 70, 100, 150, 200, 300, 500, 1_000, 3_000, 10_000)

app = typer.Typer(no_args_is_help=True)


@contextmanager
def cluster(
    folder: Path, partitions: int, workers: int
) -> Iterator[tuple[KafkaSettings, Group, Running]]:
    """A broker, a store and a group of workers, ready."""
    brokers = start_brokers(folder / "kafka", long_lived=True)
    variables = {f"{VARIABLES}PREFIX": "bench."}
    kafka = KafkaSettings.of(brokers[0].url, variables)
    make_topics(kafka, partitions)
    store = Running(folder / "store")
    group = Group(folder, brokers[0].url, store.url(), variables)
    try:
        made = group.command("migrate")
        assert made.returncode == 0, made.stderr
        for _ in range(workers):
            group.start()
        if workers:
            group.wait_until_owned(partitions)
        yield kafka, group, store
    finally:
        group.close()
        store.kill()
        kill_brokers(brokers)


@app.command()
def latency(
    rate: float = 1_000.0, seconds: float = 600.0, workers: int = 2, partitions: int = 12
) -> None:
    """From sending an event until a query finds its row, at a steady rate."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with cluster(folder, partitions, workers) as (kafka, group, store):
            delays = _delays(kafka, store.url(), rate, seconds)
            cpu = [round(member.cpu_seconds(), 1) for member in group.members]
    p50, p90, p99 = np.percentile(delays, [50, 90, 99])
    counts = np.histogram(delays, [0, *BINS_MS, np.inf])[0].tolist()
    names = [f"<{edge}" for edge in (*BINS_MS, "inf")]
    figures: dict[str, Any] = {
        "rate": rate,
        "seconds": seconds,
        "workers": workers,
        "partitions": partitions,
        "probes": len(delays),
        "p50_ms": round(p50),
        "p90_ms": round(p90),
        "p99_ms": round(p99),
        "max_ms": round(max(delays)),
        "worker_cpu_seconds": cpu,
        "histogram_ms": dict(zip(names, counts, strict=True)),
    }
    tell("cluster latency", figures)


def _delays(kafka: KafkaSettings, store_url: str, rate: float, seconds: float) -> list[float]:
    sent: dict[str, float] = {}
    found: dict[str, float] = {}
    over = threading.Event()
    asking = threading.Thread(target=_ask, args=(store_url, found, over))
    asking.start()
    _send(kafka, sent, rate, seconds)
    deadline = time.monotonic() + 30
    while len(found) < len(sent) and time.monotonic() < deadline:
        time.sleep(0.1)
    over.set()
    asking.join()
    missing = sent.keys() - found.keys()
    assert not missing, f"{len(missing)} rows never came"
    return [1000 * (found[event_id] - at) for event_id, at in sent.items()]


def _send(kafka: KafkaSettings, sent: dict[str, float], rate: float, seconds: float) -> None:
    """Each event by itself, as gateways do, which have been connected for long."""
    producer = Producer({**kafka.librdkafka(), **PRODUCER, "linger.ms": 2})

    def send(event: dict[str, object], topic: str, now_ms: int) -> None:
        key = record_key(str(event["tenant_id"]), str(event["office_id"]))
        producer.produce(kafka.named(topic), msgspec.json.encode(event), key, timestamp=now_ms)

    now_ms = time.time_ns() // 1_000_000
    send(_event(0, "bench", "o0", "first", now_ms), "votes", now_ms)
    assert producer.flush(30) == 0
    begun = time.perf_counter()
    for n in range(int(rate * seconds)):
        ahead = begun + n / rate - time.perf_counter()
        if ahead > 0:
            time.sleep(ahead)
        probe = n % PROBES == 0
        tenant, event_id = ("probe", f"p{n}") if probe else ("bench", f"e{n}")
        now_ms = time.time_ns() // 1_000_000
        event = _event(n, tenant, f"o{n % OFFICES}", event_id, now_ms)
        if probe:
            sent[event_id] = time.perf_counter()
        send(event, "completions" if n % 2 and not probe else "votes", now_ms)
        producer.poll(0)
    assert producer.flush(30) == 0


def _event(n: int, tenant: str, office: str, event_id: str, now_ms: int) -> dict[str, object]:
    common = {
        "event_id": event_id,
        "tenant_id": tenant,
        "office_id": office,
        "desk_id": f"d{n % 12}",
        "interaction_id": f"i{n // 2}",
    }
    now = format_instant(now_ms)
    if n % 2 and tenant != "probe":
        return {"type": "completion", "service_id": f"s{n % 7}", "completed_at": now, **common}
    score = n % 5 + 1
    return {"type": "vote", "terminal_id": "t", "score": score, "voted_at": now, **common}


def _ask(url: str, found: dict[str, float], over: threading.Event) -> None:
    """Look for rows of probes with newer revisions, over and over."""
    store = open_store(url)
    try:
        while not over.is_set():
            rows = store.database.columns(
                "SELECT event_id FROM semko.votes"
                " WHERE tenant_id = 'probe' AND voted_at > now() - 10"
            )
            now = time.perf_counter()
            for event_id in rows["event_id"]:
                found.setdefault(event_id, now)
            time.sleep(0.01)
    finally:
        store.close()


@app.command()
def pauses(
    open_interactions: Annotated[int, typer.Option("--open")] = 20_000,
    rate: float = 300.0,
    seconds: float = 15.0,
    partitions: int = 12,
) -> None:
    """How long partitions stand still when a worker joins, leaves, or is killed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with cluster(folder, partitions, workers=0) as (kafka, group, store):
            log = KafkaLog(kafka)
            _open_interactions(log, open_interactions)
            group.start()
            began = time.monotonic()
            group.wait_until_owned(partitions, 600)
            group.wait_until_counted(partitions, 600)
            loaded = time.monotonic() - began
            group.start()
            group.wait_until_owned(partitions)
            watching = _Watching(store.url())
            sending = threading.Thread(target=_trickle, args=(log, rate, watching.over))
            sending.start()
            time.sleep(5)
            found = {
                "join": watching.during(group.start, seconds),
                "leave": watching.during(lambda: _leave(group), seconds),
                "kill -9": watching.during(lambda: _kill(group), seconds + SESSION_SECONDS),
            }
            (left,) = group.members
            memory = {"memory_mb": left.memory_mb(), "peak_mb": left.memory_mb("VmHWM")}
            watching.stop()
            sending.join()
    figures = {"open": open_interactions, "rate": rate, "partitions": partitions, **found}
    tell("cluster pauses", {**figures, "filled_seconds": round(loaded, 1), **memory})


SESSION_SECONDS = 6.0
"""Of the tests' broker: who has said nothing for so long is dead."""


def _leave(group: Group) -> None:
    member = group.members[0]
    group.remove(member)
    member.leave()


def _kill(group: Group) -> None:
    member = group.members[0]
    group.remove(member)
    member.kill()


def _open_interactions(log: KafkaLog, count: int) -> None:
    """Completions of the last hours, all within the horizon."""
    now_ms = time.time_ns() // 1_000_000
    for first in range(0, count, 10_000):
        numbers = range(first, min(first + 10_000, count))
        events = [
            _event(2 * n + 1, "bench", f"o{n % OFFICES}", f"x{n}", now_ms - n % 3_600_000)
            for n in numbers
        ]
        keys = [record_key("bench", str(event["office_id"])) for event in events]
        for n, event in zip(numbers, events, strict=True):
            event["interaction_id"] = f"open{n}"
        values = [msgspec.json.encode(event) for event in events]
        log.append_all("completions", Records(keys, values, [now_ms] * len(values)))


def _trickle(log: KafkaLog, rate: float, over: threading.Event) -> None:
    """Events at a steady rate, to every office."""
    n, begun = 0, time.perf_counter()
    while not over.wait(max(0.0, begun + n / rate - time.perf_counter())):
        now_ms = time.time_ns() // 1_000_000
        office = f"o{n % OFFICES}"
        event = _event(2 * n + 1, "bench", office, f"t{n}", now_ms) | {"interaction_id": f"t{n}"}
        record = Records([record_key("bench", office)], [msgspec.json.encode(event)], [now_ms])
        log.append_all("completions", record)
        n += 1


class _Watching:
    """Sees by ``progress`` when each partition was last stored, and under which epoch."""

    def __init__(self, url: str) -> None:
        self.over = threading.Event()
        self._url = url
        self._moved_at: dict[int, float] = {}
        self._offsets: dict[int, int] = {}
        self._epochs: dict[int, int] = {}
        self._longest: dict[int, float] = {}
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def during(self, act: Callable[[], object], seconds: float) -> dict[str, float]:
        """The longest pause in s, of partitions that kept their owner and of those that moved."""
        before = dict(self._epochs)
        self._longest.clear()
        act()
        time.sleep(seconds)
        longest, epochs = dict(self._longest), dict(self._epochs)
        moved = {one for one in epochs if epochs[one] != before.get(one)}
        return {
            "kept": round(max((longest[p] for p in longest if p not in moved), default=0.0), 2),
            "moved": round(max((longest[p] for p in moved & longest.keys()), default=0.0), 2),
            "moved_partitions": len(moved),
        }

    def stop(self) -> None:
        self.over.set()
        self._thread.join()

    def _watch(self) -> None:
        store = open_store(self._url)
        while not self.over.wait(0.05):
            now = time.monotonic()
            for row in store.progress():
                if row.topic == "completions" and row.offset != self._offsets.get(row.partition):
                    pause = now - self._moved_at.get(row.partition, now)
                    self._longest[row.partition] = max(self._longest.get(row.partition, 0), pause)
                    self._moved_at[row.partition] = now
                    self._offsets[row.partition] = row.offset
                    self._epochs[row.partition] = row.epoch
        store.close()


if __name__ == "__main__":
    app()
