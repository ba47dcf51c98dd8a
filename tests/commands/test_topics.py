"""`semko topics` and what `semko check` says of a Kafka, on real brokers."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import semko
from models.errors import CallError, WorldError
from streams.shell.kafka_settings import DAY_MS, KafkaSettings
from tests.kafka.broker import Broker, kill_brokers, start_brokers
from tests.kafka.worlds import make_topics, variables


class Called:
    """Commands for one part of a broker."""

    def __init__(self, broker: Broker) -> None:
        self.environment = {"SEMKO_BROKER": broker.url, **variables()}
        self.settings = KafkaSettings.of(broker.url, self.environment)

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(semko.app, arguments, env=self.environment)

    def told(self, *arguments: str) -> dict[str, dict[str, dict[str, object]]]:
        """The object that a command prints which ends well."""
        done = self(*arguments, "--json")
        assert done.exit_code == 0, done.output
        told: dict[str, dict[str, dict[str, object]]] = json.loads(done.stdout)
        return told

    def named(self, *names: str) -> list[str]:
        return [self.settings.named(name) for name in names]


@pytest.fixture
def call(broker: Broker) -> Called:
    return Called(broker)


def test_topics_are_made_once_and_shown_as_they_are(call: Called) -> None:
    three = call.named("completions", "votes", "alert_actions")
    assert call.told("topics", "create") == {"created": three, "there": [], "partitions": 64}
    assert call.told("topics", "create") == {"created": [], "there": three, "partitions": 64}
    shown = call.told("topics", "show")["topics"]
    assert list(shown) == three
    for topic, partitions in zip(shown.values(), (64, 64, 1), strict=True):
        del topic["id"]
        assert topic == {
            "partitions": partitions,
            "replicas": 1,
            "min_insync_replicas": 1,
            "retention_ms": -1,
            "retention_bytes": -1,
            "cleanup_policy": ["delete"],
            "timestamp_type": "CreateTime",
            "records": 0,
        }


def test_people_see_a_row_a_topic_and_are_told_of_a_lone_broker(call: Called) -> None:
    made = call("topics", "create", "--partitions", "3", "--retention-days", "45")
    assert made.exit_code == 0
    assert "The cluster has 1 broker: a topic has 1 replica" in " ".join(made.stderr.split())
    shown = call("topics", "show").stdout.splitlines()
    completions, votes, actions = call.named("completions", "votes", "alert_actions")
    assert [line.split() for line in shown[1:]] == [
        [completions, "3", "1", "1", "45", "days", "LogAppendTime", "0"],
        [votes, "3", "1", "1", "45", "days", "LogAppendTime", "0"],
        [actions, "1", "1", "1", "for", "good", "CreateTime", "0"],
    ]


def test_a_topic_that_is_missing_gets_the_count_of_the_one_that_is_there(call: Called) -> None:
    make_topics(call.settings, 5, topics=["votes"])
    seen = call("topics", "show")
    assert seen.exit_code == 1
    assert f"Not there: {call.named('completions')[0]}" in seen.stderr
    made = call.told("topics", "create")
    assert made == {
        "created": call.named("completions", "alert_actions"),
        "there": call.named("votes"),
        "partitions": 5,
    }


def test_a_partition_count_is_never_changed(call: Called) -> None:
    make_topics(call.settings, 5)
    refused = call("topics", "create", "--partitions", "6")
    assert isinstance(refused.exception, WorldError)
    assert "has 5 partitions, not 6" in str(refused.exception)
    assert "say --partitions 5" in str(refused.exception)


def test_topics_of_different_counts_are_not_taken_as_they_are(call: Called) -> None:
    make_topics(call.settings, 5, topics=["votes"])
    make_topics(call.settings, 6, topics=["completions"])
    refused = call("topics", "create")
    assert isinstance(refused.exception, WorldError)
    assert "(completions 6, votes 5)" in str(refused.exception)


@pytest.mark.parametrize("broker_url", ["", "local:///log.db"])
def test_topics_are_those_of_a_kafka_alone(broker_url: str) -> None:
    refused = CliRunner().invoke(semko.app, ["topics", "show", "--broker", broker_url])
    assert isinstance(refused.exception, CallError)
    assert "kafka://host:9092" in str(refused.exception)


def test_on_three_brokers_every_record_has_three_replicas_two_of_them_in_step(
    tmp_path: Path,
) -> None:
    brokers = start_brokers(tmp_path, 3)
    try:
        call = Called(brokers[0])
        assert "replica" not in call("topics", "create", "--partitions", "4").stderr
        shown = call.told("topics", "show")["topics"]
        assert {(each["replicas"], each["min_insync_replicas"]) for each in shown.values()} == {
            (3, 2)
        }
        brokers[2].kill()
        call.told("topics", "show")
    finally:
        kill_brokers(brokers)


def test_a_check_tells_every_finding_about_kafka(call: Called) -> None:
    make_topics(call.settings, 4)
    good = call("check", "--json")
    assert good.exit_code == 0, good.output
    names = [each["name"] for each in json.loads(good.stdout)["checks"]]
    assert names[:3] == ["registry", "disk", "secret"]
    assert names[-1] == "store"
    assert {"kafka", "kafka clock", "topics", "retention", "positions"} <= set(names)


def test_a_check_names_what_is_wrong_with_kafka(call: Called) -> None:
    make_topics(call.settings, 4, {"retention.ms": str(DAY_MS)})
    wrong = call("check")
    assert wrong.exit_code == 1
    assert "WRONG  retention" in wrong.stdout
    assert "keeps records for 1 day, but workers may be away for 7 days" in wrong.stdout


def test_a_check_names_a_setting_of_kafka_that_is_none(call: Called) -> None:
    call.environment["SEMKO_KAFKA_SASL_PASSWRD"] = "x"
    wrong = call("check")
    assert wrong.exit_code == 1
    assert "is SEMKO_KAFKA_SASL_PASSWORD meant?" in wrong.stdout
