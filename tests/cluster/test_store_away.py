"""The store goes for long while events come: nothing is lost or doubled, and memory stays bounded.

``SEMKO_AWAY`` says for how many seconds (1800 is the full proof), ``SEMKO_RATE`` how many events
come in each of them.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.engine import clock_ms
from models.instants import format_instant
from models.partitioning import record_key
from streams.shell.kafka_log import KafkaLog
from streams.shell.log_chunks import Records
from tests.cluster.group import Group
from tests.facade.running import Running
from tests.kafka.broker import Broker
from tests.kafka.worlds import fresh_settings, make_topics

AWAY = float(os.environ.get("SEMKO_AWAY", "15"))
RATE = int(os.environ.get("SEMKO_RATE", "500"))
PARTITIONS = 12
MEMORY_MB = 700
"""Of a worker at any time, whatever waits in the log."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path / "store")
    yield running
    running.kill()


class Stream:
    """Completions, with a vote on every second one, at a steady rate until told."""

    def __init__(self, log: KafkaLog) -> None:
        self.completions = self.votes = 0
        self._log = log
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """More than once does no harm."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
            self._log.close()

    def _send(self) -> None:
        begun, second = time.monotonic(), 0
        while not self._over.wait(max(0.0, begun + second - time.monotonic())):
            second += 1
            some = range(self.completions, self.completions + RATE * 2 // 3)
            self._log.append_all("completions", _records(some, "completion"))
            self._log.append_all("votes", _records(some[::2], "vote"))
            self.completions += len(some)
            self.votes += len(some[::2])


def _records(numbers: range, kind: str) -> Records:
    now_ms = clock_ms()
    now = format_instant(now_ms)
    offices = [f"o{n % 30}" for n in numbers]
    values = []
    for n, office in zip(numbers, offices, strict=True):
        event: dict[str, object] = {
            "type": kind,
            "event_id": f"{kind}{n}",
            "tenant_id": "t",
            "office_id": office,
        }
        event |= {"desk_id": f"d{n % 7}", "interaction_id": f"i{n}"}
        if kind == "vote":
            event |= {"terminal_id": "x", "score": n % 5 + 1, "voted_at": now}
        else:
            event |= {"service_id": "s", "completed_at": now}
        values.append(json.dumps(event).encode())
    return Records([record_key("t", office) for office in offices], values, [now_ms] * len(values))


@pytest.mark.timeout(240 + 3 * AWAY)
def test_a_store_that_is_away_for_long_costs_nothing(
    broker: Broker, store: Running, tmp_path: Path
) -> None:
    kafka = fresh_settings(broker)
    make_topics(kafka, PARTITIONS)
    group = Group(tmp_path, broker.url, store.url(), {"SEMKO_KAFKA_PREFIX": kafka.prefix})
    stream = Stream(KafkaLog(kafka))
    try:
        assert group.command("migrate").returncode == 0
        member = group.start()
        group.wait_until_owned(PARTITIONS)
        stream.begin()
        time.sleep(3)
        before = peak = member.memory_mb()
        store.tell(away=0)
        ends = time.monotonic() + AWAY
        while time.monotonic() < ends:
            time.sleep(0.2)
            peak = max(peak, member.memory_mb())
        assert '"event": "store is ' in group.told(), "it was never missed"
        away_peak = peak
        store.tell(back=0)
        began = time.monotonic()
        while member.meters().get("semko_lag_records", 1) > 5 * RATE:
            assert time.monotonic() < began + 60 + AWAY, group.told()
            time.sleep(0.2)
            peak = max(peak, member.memory_mb())
        caught_up = time.monotonic() - began
        stream.end()
        group.wait_until_counted(PARTITIONS, 60)
        sql = (
            "SELECT (SELECT count() FROM semko.interactions FINAL),"
            " (SELECT count() FROM semko.interactions FINAL WHERE score > 0),"
            " (SELECT count() FROM semko.votes FINAL)"
        )
        counted = group.command("query", sql, "--format", "TSV")
        assert counted.returncode == 0, counted.stderr
        compared = group.command("reconcile")
        assert compared.returncode == 0, compared.stdout
    finally:
        stream.end()
        group.close()
    sys.stdout.write(
        f"\naway {AWAY:g} s under {RATE} events/s: {stream.completions + stream.votes} events,"
        f" caught up {caught_up:.1f} s after the store was back; memory {before} MB before,"
        f" {away_peak} MB at most while it was away, {peak} MB while catching up\n"
    )
    assert [int(n) for n in counted.stdout.split()] == [
        stream.completions,
        stream.votes,
        stream.votes,
    ]
    assert peak < MEMORY_MB
