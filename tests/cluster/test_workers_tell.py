"""Two real workers tell of alerts: each of the offices whose partitions it has, none twice."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from commands.engine import clock_ms
from models.partitioning import record_key
from streams.shell.kafka_log import KafkaLog
from streams.shell.log_chunks import Records
from tests.cluster.installation import Place, place
from tests.kafka.broker import Broker
from tests.notified import TENANT, Receiver, drop, history, notify_toml

OFFICES = [f"o{n}" for n in range(8)]
PARTITIONS = 4
SECONDS = 120


@pytest.fixture
def here(broker: Broker, tmp_path: Path) -> Iterator[Place]:
    with place(broker, tmp_path / "cluster", PARTITIONS) as made:
        yield made


def publish(here: Place, desk: str, events: Callable[[str, str, int], Iterator[bytes]]) -> None:
    """What happens at a desk of every office, into both topics."""
    log, now = KafkaLog(here.kafka), clock_ms()
    for office in OFFICES:
        bodies = list(events(office, f"{desk}-{office}", now))
        for topic, kind in (("completions", "completion"), ("votes", "vote")):
            some = [one for one in bodies if json.loads(one)["type"] == kind]
            keys = [record_key(TENANT, office)] * len(some)
            log.append_all(topic, Records(keys, some, [now] * len(some)))
    log.close()


def wait_until(done: Callable[[], bool], here: Place) -> None:
    until = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < until, here.group.told()
        here.group.refuse_ended()
        time.sleep(0.2)


@pytest.mark.timeout(400)
def test_workers_share_what_is_to_be_told_and_the_other_goes_on_when_one_dies(here: Place) -> None:
    with Receiver() as receiver:
        file = here.group.folder / "notify.toml"
        file.write_text(notify_toml(receiver.url))
        file.chmod(0o600)
        for desk in ("d1", "d2"):
            publish(here, desk, history)
        # A process estimates once a day what is to be expected: these find the history whole.
        assert here.group.command("worker", "--drain", "--http", "127.0.0.1:0").returncode == 0
        first, _ = (here.group.start("26h", "--notify", str(file)) for _ in range(2))
        here.group.wait_until_counted(PARTITIONS, SECONDS)
        publish(here, "d1", drop)
        wait_until(lambda: len(set(receiver.ids())) == len(OFFICES), here)
        wait_until(
            lambda: all(m.meters()["semko_notifications_pending"] == 0 for m in here.group.members),
            here,
        )
        assert len(receiver.received) == len(OFFICES)
        sent = [m.meters()["semko_notification_delay_seconds_count"] for m in here.group.members]
        assert sum(sent) == len(OFFICES)
        assert min(sent) > 0

        first.kill()
        here.group.remove(first)
        here.group.wait_until_owned(PARTITIONS, SECONDS)
        publish(here, "d2", drop)
        wait_until(lambda: len(set(receiver.ids())) == 2 * len(OFFICES), here)
        assert len(receiver.ids()) == len(set(receiver.ids()))
        assert receiver.all_signed()
