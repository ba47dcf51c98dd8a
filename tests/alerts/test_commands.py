"""`semko alerts` in processes of its own: beside a running one, on a log at rest, into Kafka."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import semko
from models.alert_actions import decode
from models.errors import CallError, SemkoError, WorldError
from models.instants import parse_instant
from sinks.embedded import EmbeddedStore
from streams.shell.batches import TopicPartition
from streams.shell.kafka_admin import KafkaAdmin
from streams.shell.kafka_settings import KafkaSettings
from streams.shell.log import LocalLog
from tests.alerts.acted import ALERT, drop
from tests.alerts.test_recovery import ACTED, OPENED, act_on, rate
from tests.installations import Installation
from tests.kafka.broker import Broker
from tests.kafka.worlds import make_topics, variables

PLACE = TopicPartition("alert_actions", 0)


@pytest.fixture
def at_rest(tmp_path: Path) -> Installation:
    """With one alert of the office hall, and a log."""
    made = Installation(tmp_path)
    LocalLog(made.log_path).close()
    filled(made, "hall")
    return made


def filled(installation: Installation, office: str) -> None:
    store = EmbeddedStore(installation.store)
    try:
        drop(store, office=office)
    finally:
        store.close()


def told(installation: Installation, *call: str) -> dict[str, object]:
    """What a command says to programs."""
    done = installation.command("alerts", *call, "--json")
    assert done.returncode == 0, done.stderr
    said: dict[str, object] = json.loads(done.stdout)
    return said


def refused(installation: Installation, *call: str, code: type[SemkoError] = CallError) -> str:
    arguments = ["alerts", *call, "--store", installation.store]
    done = CliRunner().invoke(semko.app, arguments, env={"SEMKO_BROKER": ""})
    assert isinstance(done.exception, code), done.output
    return str(done.exception)


def test_what_became_of_a_score_is_told_with_its_alert_and_for_all_of_them(
    at_rest: Installation,
) -> None:
    store = EmbeddedStore(at_rest.store)
    try:
        rate(store, OPENED, [1, 2] * 10)
        rate(store, parse_instant(ACTED), [4, 5, 4] * 7)
        act_on(store)
    finally:
        store.close()

    def asked(*call: str) -> str:
        return at_rest.command("alerts", *call).stdout

    said = "12 → 83 (+71 ± 8) after the action: back"
    assert f"{ALERT}  80 expected, {said}" in asked("recovery", "--since", "2026-03-01")
    assert said in asked("show", ALERT)
    (office,) = json.loads(asked("recovery", "--since", "2026-03-01", "--json"))["offices"]
    assert (office["alerts"], office["back"], office["no action"]) == (1, 1, 0)
    assert "there was no score drop" in asked("recovery", "--since", "2026-03-12")


def test_what_is_done_on_a_log_at_rest_counts_from_the_next_start_on(
    at_rest: Installation,
) -> None:
    done = at_rest.command("alerts", "ack", ALERT, "--who", "смяна 2")
    assert done.returncode == 0, done.stderr
    assert "It takes effect as soon as a process reads that log" in " ".join(done.stderr.split())
    assert told(at_rest, "show", ALERT)["state"] == "open"
    at_rest.start()
    try:
        at_rest.wait_until_ready()
        assert told(at_rest, "show", ALERT)["state"] == "acknowledged"
        noted = told(at_rest, "cause", ALERT, "--note", "the printer")
        assert noted["office"] == "town/hall"
        while (one := told(at_rest, "show", ALERT))["cause"] != "the printer":
            assert one["state"] == "acknowledged"
        listed = told(at_rest, "list", "--office", "hall")["alerts"]
        shown = at_rest.command("alerts", "show", ALERT).stdout
    finally:
        at_rest.close()
    assert isinstance(listed, list)
    assert [(each["alert_id"], each["cause"]) for each in listed] == [(ALERT, "the printer")]
    assert isinstance(one["actions"], list)
    assert [each["action"] for each in one["actions"]] == ["acknowledge", "cause"]
    assert one["actions"][0]["who"] == "смяна 2"
    assert "the printer" in shown


def test_an_alert_of_several_offices_is_named_with_its_office(at_rest: Installation) -> None:
    filled(at_rest, "branch")
    assert "2 offices have an alert" in refused(at_rest, "ack", ALERT)
    assert told(at_rest, "ack", ALERT, "--office", "branch")["office"] == "town/branch"
    log = LocalLog(at_rest.log_path)
    (body,) = log.read(PLACE, 0, 9).values
    log.close()
    assert decode(body).office_id == "branch"


def test_what_is_no_action_is_refused_before_it_is_anywhere(at_rest: Installation) -> None:
    assert "there is no alert 'd9'" in refused(at_rest, "ack", "d9")
    assert "note: must say something" in refused(at_rest, "resolve", ALERT, "--reason", " ")
    assert "at most 80" in refused(at_rest, "ack", ALERT, "--who", "x" * 81)
    at_rest.lose_log()
    assert "name it with --broker" in refused(at_rest, "ack", ALERT, code=WorldError)
    assert not at_rest.log_path.exists()


def test_an_action_goes_into_kafka_where_its_topic_is_there(
    at_rest: Installation, broker: Broker
) -> None:
    environment = {"SEMKO_BROKER": broker.url, **variables()}
    settings = KafkaSettings.of(broker.url, environment)
    call = ["alerts", "resolve", ALERT, "--reason", "a fair", "--store", at_rest.store]
    missing = CliRunner().invoke(semko.app, call, env=environment)
    assert isinstance(missing.exception, WorldError)
    assert "semko topics create" in str(missing.exception)
    make_topics(settings)
    done = CliRunner().invoke(semko.app, call, env=environment)
    assert done.exit_code == 0, done.output
    assert "as soon as" not in done.output
    with KafkaAdmin(settings) as admin:
        assert admin.bounds({"alert_actions": 1})[PLACE].end == 1
