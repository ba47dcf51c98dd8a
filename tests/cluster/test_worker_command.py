"""`semko worker` and `semko gateway` as an operator meets them: starts, refusals, ends."""

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.engine import clock_ms
from models.instants import format_instant
from models.partitioning import record_key
from streams.shell.kafka_log import KafkaLog
from streams.shell.log_chunks import Records
from tests.cluster.installation import Place, place
from tests.installations import SECONDS, free_port
from tests.kafka.broker import Broker, kill_brokers, start_brokers


@pytest.fixture(scope="module")
def here(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place(broker, tmp_path_factory.mktemp("cluster")) as made:
        yield made


def completion(n: int) -> bytes:
    event = {
        "type": "completion",
        "event_id": f"c{n}",
        "tenant_id": "town",
        "office_id": f"o{n % 7}",
        "desk_id": "d1",
        "service_id": "address",
        "interaction_id": f"i{n}",
        "completed_at": format_instant(clock_ms() - 1000),
    }
    return json.dumps(event).encode()


def records(numbers: range) -> Records:
    keys = [record_key("town", f"o{n % 7}") for n in numbers]
    return Records(keys, [completion(n) for n in numbers], [clock_ms()] * len(keys))


def publish(here: Place, numbers: range) -> None:
    log = KafkaLog(here.kafka)
    log.append_all("completions", records(numbers))
    log.close()


def counted(here: Place) -> int:
    sql = "SELECT count() FROM semko.interactions FINAL WHERE deleted = 0"
    told = here.group.command("query", sql, "--format", "TSV")
    assert told.returncode == 0, told.stderr
    return int(told.stdout)


def test_a_drain_stores_all_that_is_in_the_log_and_ends(here: Place) -> None:
    before = counted(here)
    publish(here, range(1000, 1500))
    drained = here.group.command("worker", "--drain", "--json", "--http", "127.0.0.1:0")
    assert drained.returncode == 0, drained.stderr
    told = json.loads(drained.stdout)
    assert told["drained"]
    assert told["records"] >= 500
    assert counted(here) == before + 500
    again = here.group.command("worker", "--drain", "--json", "--http", "127.0.0.1:0")
    assert json.loads(again.stdout)["records"] == 0


def test_a_worker_tells_when_it_is_ready_and_ends_within_seconds(here: Place) -> None:
    member = here.group.start()
    here.group.wait_until_owned(4)
    with urllib.request.urlopen(f"http://127.0.0.1:{member.port}/readyz", timeout=5) as answer:
        assert json.load(answer)["partitions"] == 4
    publish(here, range(2000, 2100))
    here.group.wait_until_counted(4, SECONDS)
    begun = time.monotonic()
    assert member.leave() == 0, here.group.told()
    assert time.monotonic() - begun < 5
    here.group.remove(member)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--broker", "local:///tmp/x.db"), 2, "this needs Kafka"),
        (("--broker", "kafka://127.0.0.1:1", "--wait", "0"), 3, "does not answer"),
        (("--store", "clickhouse://127.0.0.1:1/semko", "--wait", "0"), 3, "cannot be reached"),
        (("--key-file", "other.key"), 3, "another secret"),
        (("--http", "nowhere"), 2, "write host:port"),
    ],
)
def test_a_worker_refuses_a_wrong_world_and_says_what_to_do(
    here: Place, options: tuple[str, ...], code: int, said: str
) -> None:
    (here.group.folder / "other.key").write_text("ab" * 32)
    counted_by_us = here.group.command("worker", "--drain", "--http", "127.0.0.1:0")
    assert counted_by_us.returncode == 0, counted_by_us.stderr
    told = here.group.command("worker", *options)
    assert told.returncode == code, told.stderr
    assert said in told.stderr
    assert "Traceback" not in told.stderr


def test_a_store_that_goes_while_a_worker_looks_around_is_waited_for(here: Place) -> None:
    here.store.tell(refuse=["semko.progress", 241, "Memory limit (total) exceeded"])
    try:
        drain = here.group.begin("worker", "--drain", "--http", "127.0.0.1:0")
        deadline = time.monotonic() + SECONDS
        while '"event": "waiting"' not in here.group.told():
            assert time.monotonic() < deadline, here.group.told()
            time.sleep(0.05)
    finally:
        here.store.tell(refuse=None)
    assert drain.wait(SECONDS) == 0, here.group.told()


def test_a_look_at_everything_finds_it_good(here: Place) -> None:
    told = here.group.command("check", "--json")
    assert told.returncode == 0, told.stdout + told.stderr
    names = {each["name"] for each in json.loads(told.stdout)["checks"]}
    assert {"kafka", "topics", "partitions", "positions", "store", "store clock"} <= names


def test_a_gateway_answers_when_kafka_has_the_events_and_503_while_it_has_not(
    tmp_path: Path,
) -> None:
    (own,) = start_brokers(tmp_path / "kafka")
    try:
        with place(own, tmp_path / "cluster") as here:
            port = free_port()
            gateway = here.group.begin("gateway", "--http", f"127.0.0.1:{port}")
            url = f"http://127.0.0.1:{port}"
            wait_for(url)
            assert post(url, completion(1)) == 202
            own.stop()
            assert post(url, completion(2)) == 503
            own.start()
            own.wait_until_ready()
            deadline = time.monotonic() + SECONDS
            while post(url, completion(2)) != 202:
                assert time.monotonic() < deadline
                time.sleep(0.2)
            drained = here.group.command("worker", "--drain", "--http", "127.0.0.1:0")
            assert drained.returncode == 0, drained.stderr
            assert counted(here) == 2
            gateway.terminate()
            assert gateway.wait(SECONDS) == 0
    finally:
        kill_brokers([own])


def wait_for(url: str) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=1)
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"{url} does not answer")


def post(url: str, event: bytes) -> int:
    request = urllib.request.Request(f"{url}/v1/events", event)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code if refusal.headers["Retry-After"] else -1


def test_appends_of_many_at_once_are_all_in_the_log_once(here: Place) -> None:
    async def scenario() -> None:
        log = KafkaLog(here.kafka)
        some = [records(range(n, n + 1)) for n in range(200)]
        await asyncio.gather(*(log.append("completions", one) for one in some))
        await asyncio.to_thread(log.close)

    before = counted(here)
    asyncio.run(scenario())
    here.group.command("worker", "--drain", "--http", "127.0.0.1:0")
    assert counted(here) == before + 200
