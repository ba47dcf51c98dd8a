"""Brokers that can be stopped, killed and started again on the ports and folders that they had.

    broker = start_brokers(folder)[0]
    broker.kill(); broker.restart()

Each is controller and broker in one (KRaft). Knows nothing of topics and events.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.installations import free_port
from tests.kafka.jars import kafka_jars
from tests.requirements import need

START_SECONDS = 60.0
STOP_SECONDS = 30.0
HEAP = ("-Xms96m", "-Xmx700m", "-XX:+UseSerialGC")
CLUSTER_ID = "c2Vta29fdGVzdHNfMDAwMQ"
"""22 characters of base64url, as Kafka wants them; a cluster lives in a folder of its own."""

PROPERTIES = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": "4",  # each costs time when the first group commits
    "transaction.state.log.num.partitions": "4",
    # A test cannot wait for what a town does not notice: who died, and files that go.
    "broker.session.timeout.ms": "3000",  # a killed broker may not come back before
    "broker.heartbeat.interval.ms": "500",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "group.consumer.min.session.timeout.ms": "1000",
    "group.consumer.session.timeout.ms": "6000",
    "group.consumer.min.heartbeat.interval.ms": "500",
    "group.consumer.heartbeat.interval.ms": "1000",
    "log.initial.task.delay.ms": "500",
    "log.retention.check.interval.ms": "1000",
    "log.segment.delete.delay.ms": "1000",
}


@dataclass(slots=True)
class Broker:
    """One broker: its folder, its ports, and its process while it runs."""

    node_id: int
    folder: Path
    voters: Mapping[int, int]
    """The port of every controller of the cluster."""
    port: int = field(default_factory=free_port)
    properties: Mapping[str, str] = field(default_factory=dict)
    """Beside `PROPERTIES`, or instead of them."""
    listeners: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """Beside the plain one: security protocol and port, by name."""
    long_lived: bool = False
    """Compiled for speed, which takes a minute; a test wants a broker that starts at once."""
    features: Mapping[str, int] = field(default_factory=dict)
    """Levels of the cluster's features that are not this version's."""
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        """``host:port`` of its plain listener."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """As ``--broker`` takes it."""
        return f"kafka://{self.address}"

    @property
    def told(self) -> str:
        """What it has said so far: warnings, errors, and why it did not start."""
        log = self.folder / "broker.log"
        return log.read_text("utf-8", "replace") if log.exists() else ""

    def start(self) -> None:
        """Start its process; it need not answer yet."""
        settings = self.folder / "server.properties"
        if not settings.exists():
            self._format(settings)
        with (self.folder / "broker.log").open("ab") as told:
            self._process = subprocess.Popen(
                _java(*HEAP, "kafka.Kafka", str(settings), quick=not self.long_lived),
                cwd=self.folder,
                stdout=told,
                stderr=told,
            )

    def wait_until_ready(self) -> None:
        """Wait until it answers and stands in the cluster's metadata."""
        deadline = time.monotonic() + START_SECONDS
        client = AdminClient({"bootstrap.servers": self.address, "log_level": 0})
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise RuntimeError(f"broker {self.node_id} ended:\n{self.told[-4000:]}")
            try:
                if self.node_id in client.list_topics(timeout=0.5).brokers:
                    return
            except KafkaException:
                time.sleep(0.1)
        self.kill()
        raise RuntimeError(f"broker {self.node_id} does not answer:\n{self.told[-4000:]}")

    def stop(self) -> None:
        """Stop it in order (SIGTERM), and wait."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it (SIGKILL); what it had not written to its disk stays in the system's cache."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop it, if it runs, and start it on the same ports and folder; wait until it answers."""
        self.stop()
        self.start()
        self.wait_until_ready()

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _format(self, settings: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        copies = str(min(3, len(self.voters)))
        doors = [f"PLAINTEXT://{self.address}"]
        doors += [f"{name}://127.0.0.1:{port}" for name, (_, port) in self.listeners.items()]
        protocols = {"PLAINTEXT": "PLAINTEXT", "CONTROLLER": "PLAINTEXT"}
        protocols |= {name: protocol for name, (protocol, _) in self.listeners.items()}
        own = {
            "node.id": str(self.node_id),
            "log.dirs": str(self.folder / "data"),
            "controller.quorum.voters": ",".join(
                f"{node}@127.0.0.1:{port}" for node, port in self.voters.items()
            ),
            "listeners": ",".join((*doors, f"CONTROLLER://127.0.0.1:{self.voters[self.node_id]}")),
            "advertised.listeners": ",".join(doors),
            "listener.security.protocol.map": ",".join(
                f"{name}:{protocol}" for name, protocol in protocols.items()
            ),
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": "1",
        }
        lines = (
            f"{key}={value}\n" for key, value in {**PROPERTIES, **own, **self.properties}.items()
        )
        settings.write_text("".join(lines), "utf-8")
        tool = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(settings)]
        for name, level in self.features.items():
            tool += ["--feature", f"{name}={level}"]
        done = subprocess.run(_java(*tool), capture_output=True, text=True, check=False)
        if done.returncode:
            settings.unlink()
            raise RuntimeError(f"the storage could not be formatted:\n{done.stdout}{done.stderr}")


def start_brokers(folder: Path, count: int = 1, **settings: Any) -> list[Broker]:
    """Start a cluster of ``count`` brokers in ``folder`` and wait until all answer.

    ``settings`` are attributes of every `Broker`; one with a ``port`` of its own stands alone.
    """
    voters = {node_id: free_port() for node_id in range(1, count + 1)}
    brokers = [
        Broker(node_id, folder / f"broker-{node_id}", voters, **settings) for node_id in voters
    ]
    try:
        for broker in brokers:
            broker.start()
        for broker in brokers:
            broker.wait_until_ready()
    except BaseException:
        kill_brokers(brokers)
        raise
    return brokers


def kill_brokers(brokers: Sequence[Broker]) -> None:
    """End a cluster whose folder is thrown away: in order, the last would wait for a quorum."""
    for broker in brokers:
        broker.kill()


def _java(*arguments: str, quick: bool = True) -> list[str]:
    options = ["-XX:-UsePerfData", "-Dlog4j2.level=WARN"]
    if quick:
        options.append("-XX:TieredStopAtLevel=1")
    return [need("java"), *options, "-cp", f"{kafka_jars()}{os.sep}*", *arguments]
