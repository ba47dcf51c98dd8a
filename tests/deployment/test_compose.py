"""docker-compose.yml: valid, closed, bounded, watched, and with nobody's default password."""

import json
import re
import subprocess
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import yaml

from sinks.embedded import EmbeddedStore
from tests.deployment.composition import (
    OURS,
    SERVICES,
    TEXT,
    VARIABLE,
    Service,
    composition,
    options,
)
from tests.deployment.dockerfile import ROOT, VERSION
from tests.installations import PROGRAM, environment
from tests.requirements import need, need_compose_schema

EXAMPLE = (ROOT / ".env.example").read_text("utf-8")
SETTINGS = dict(re.findall(r"^(\w+)=(.*)$", EXAMPLE, re.MULTILINE))
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN")
OF_THE_SHAPE = {
    f"SEMKO_{name}" for name in ("BROKER", "STORE", "KEY_FILE", "HTTP", "WORKER_HTTP", "KEYS")
}
"""Settings whose defaults are those of the embedded shape."""

each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.name)
each_of_ours = pytest.mark.parametrize("service", OURS, ids=lambda each: each.name)


def test_the_composition_is_one_by_the_specification() -> None:
    schema = json.loads(need_compose_schema().read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    problems = jsonschema.Draft202012Validator(schema).iter_errors(composition())
    assert [f"{each.json_path}: {each.message}" for each in problems] == []


@each_service
def test_every_image_is_one_version(service: Service) -> None:
    assert re.fullmatch(r"[\w/-]+:\d+\.\d+\.\d+[\w.]*", service.says["image"])


@each_service
def test_every_service_is_closed_and_bounded(service: Service) -> None:
    says = service.says
    assert says["read_only"] is True
    assert says["cap_drop"] == ["ALL"]
    assert "cap_add" not in says
    assert says["security_opt"] == ["no-new-privileges:true"]
    assert says["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
    assert says["logging"]["options"].keys() == {"max-size", "max-file"}
    assert "privileged" not in says
    assert "pid" not in says
    assert "/docker.sock" not in str(says)


@each_service
def test_every_service_is_watched_or_ends_by_itself(service: Service) -> None:
    awaited_to_end = {
        name
        for other in SERVICES
        for name, on in other.says.get("depends_on", {}).items()
        if on["condition"] == "service_completed_successfully"
    }
    if service.is_tool or service.name in awaited_to_end:
        assert service.says["healthcheck"] == {"disable": True}
        assert service.says["restart"] in {"no", "on-failure:3"}
    else:
        assert service.says["healthcheck"]["test"][0] == "CMD"
        assert service.says["restart"] == "unless-stopped"


@each_service
def test_nobody_waits_for_the_health_of_what_has_none(service: Service) -> None:
    checked = {each.name for each in SERVICES if "test" in each.says.get("healthcheck", {})}
    for name, on in service.says.get("depends_on", {}).items():
        assert (on["condition"] == "service_healthy") == (name in checked), name


@each_service
def test_every_password_is_asked_for_and_none_is_written(service: Service) -> None:
    for name, value in service.environment.items():
        if SECRET.search(name):
            (asked,) = VARIABLE.finditer(value)
            assert (asked[0], asked[2]) == (value, ":?"), f"{name} is written out"
            assert ".env.example" in asked[3]


def test_every_setting_is_in_the_example_and_no_other() -> None:
    assert {found[1] for found in VARIABLE.finditer(TEXT)} == set(SETTINGS)
    assert {name for name, value in SETTINGS.items() if not value} == {
        name for name in SETTINGS if SECRET.search(name)
    }


def test_what_the_example_says_makes_passwords_and_a_secret(tmp_path: Path) -> None:
    need("openssl")
    typed = re.findall(r"^#   (.*)$", EXAMPLE, re.MULTILINE)
    typed = [line for line in typed if not line.startswith(("sudo ", "docker "))]
    (tmp_path / ".env.example").write_text(EXAMPLE)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    subprocess.run(["bash", "-euc", "\n".join(typed)], cwd=tmp_path, check=True, timeout=60)

    made = dict(re.findall(r"^(\w+)=(.+)$", (tmp_path / ".env").read_text(), re.MULTILINE))
    assert made.keys() == SETTINGS.keys()
    passwords = {value for name, value in made.items() if not SETTINGS[name]}
    assert len(passwords) == 3
    assert {len(each) for each in passwords} == {48}
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    assert composition()["secrets"]["interaction_key"] == {"file": "./secrets/interaction.key"}
    checked = subprocess.run(
        [*PROGRAM, "check", "--key-file", "secrets/interaction.key", "--json"],
        cwd=tmp_path,
        env=environment() | {"SEMKO_REGISTRY": "config/semko.toml"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    findings = {each["name"]: each for each in json.loads(checked.stdout)["checks"]}
    assert findings["secret"]["good"]
    assert "fingerprint" in findings["secret"]["says"]
    assert findings["registry"]["good"]


def test_nothing_listens_on_the_network_by_itself() -> None:
    ports = [port for service in SERVICES for port in service.says.get("ports", [])]
    assert len(ports) == 2
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_kafka_and_clickhouse_are_reached_from_inside_alone() -> None:
    assert composition()["networks"]["inside"] == {"internal": True}
    for service in SERVICES:
        if service.name not in {"gateway", "grafana", "terminals"}:
            assert service.says["networks"] == ["inside"], service.name


def test_every_volume_with_a_name_is_one_of_the_composition() -> None:
    mounted = {
        volume.partition(":")[0] for each in SERVICES for volume in each.says.get("volumes", [])
    }
    assert {name for name in mounted if not name.startswith(".")} == set(composition()["volumes"])
    tracked = {name for name in mounted if name.startswith("./deploy/")}
    assert len(tracked) == 3
    assert all((ROOT / name).exists() for name in tracked)


def test_all_of_ours_share_one_image_one_secret_and_one_store() -> None:
    workers = [each for each in OURS if each.command == ["worker"]]
    assert len(workers) == 2
    for service in OURS:
        assert service.says["image"] == f"semko:{VERSION}"
        if service.name == "terminals":
            continue
        assert service.says["secrets"] == ["interaction_key"]
        assert service.environment["SEMKO_KEY_FILE"] == "/run/secrets/interaction_key"
        shared = ("SEMKO_BROKER", "SEMKO_STORE", "SEMKO_REGISTRY")
        assert [service.environment[name] for name in shared] == [
            workers[0].environment[name] for name in shared
        ]


@each_of_ours
def test_every_command_of_ours_is_one_and_is_told_all_that_it_reads(service: Service) -> None:
    assert service.command is not None
    flags, variables = options(*service.command)
    assert {word for word in service.command if word.startswith("-")} <= flags
    assert (variables & OF_THE_SHAPE) - service.environment.keys() == set()


def test_every_variable_of_ours_is_read_by_somebody() -> None:
    parts = ("commands", "streams", "sinks", "sources")
    sources = [path.read_text("utf-8") for part in parts for path in (ROOT / part).rglob("*.py")]
    set_for_us = {name for each in OURS for name in each.environment if name.startswith("SEMKO_")}
    assert {name for name in set_for_us if not any(name in source for source in sources)} == set()


def xml(name: str) -> ElementTree.Element:
    return ElementTree.parse(ROOT / "deploy" / "clickhouse" / name).getroot()


def grants(user: str) -> list[str]:
    return [str(query.text) for query in xml("users.xml").findall(f"users/{user}/grants/query")]


def test_clickhouse_has_two_users_whose_passwords_come_from_outside() -> None:
    users = xml("users.xml").find("users")
    assert users is not None
    assert {user.tag for user in users if user.get("remove") is None} == {"semko", "grafana"}
    assert [user.tag for user in users if user.get("remove")] == ["default"]
    (server,) = (each for each in SERVICES if each.name == "clickhouse")
    for user in users.iter("password"):
        assert user.text is None
        assert user.get("from_env") in server.environment


def test_what_grafana_may_read_holds_together_and_no_fact_is_in_it(tmp_path: Path) -> None:
    granted = {found[1] for query in grants("grafana") if (found := READ.fullmatch(query))}
    assert len(granted) == len(grants("grafana")) - 1
    store = EmbeddedStore(f"chdb://{tmp_path / 'store'}")
    try:
        rows = store.rows(
            "SELECT name, create_table_query AS sql FROM system.tables WHERE database = 'semko'"
        )
        for query in (*grants("grafana"), *grants("semko")):
            store.rows(f"EXPLAIN AST {query} TO somebody")  # the engine can read it
    finally:
        store.close()
    # What runs with the rights of whoever made it needs none of the reader's.
    reads = {
        row["name"]: set()
        if "SQL SECURITY DEFINER" in row["sql"]
        else set(re.findall(r"semko\.(\w+)", row["sql"]))
        for row in rows
    }
    assert granted <= reads.keys()
    assert {name: reads[name] - granted for name in granted if reads[name] - granted} == {}
    assert reads.keys() - granted == WITHHELD


READ = re.compile(r"GRANT SELECT ON semko\.(\w+)")
WITHHELD = {
    *(
        "interactions",
        "votes",
        "dead_letters",
        "dead_letter_actions",
        "interaction_facts",
        "vote_facts",
    ),  # single votes, and what nobody has looked at
    *("votes_aside", "not_registered", "wall_scores", "wall_scores_at"),  # read facts
    *("comparison_between", "desk_comparison", "service_comparison"),
    *("desk_comparison_between", "service_comparison_between"),
    *("terminals", "terminals_at", "suspected_staff_votes"),
    *("terminal_heartbeats", "terminal_maintenance"),  # what terminals say of themselves
    "notifications",  # addresses, and what was sent to them
    *("desk_hours", "desk_hours_at", "alert_recovery"),  # read facts
    *("key_fingerprint", "migrations"),
}


def test_grafana_asks_as_the_user_that_can_only_read() -> None:
    path = ROOT / "deploy" / "grafana" / "provisioning" / "datasources" / "clickhouse.yml"
    provided: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    (source,) = provided["datasources"]
    (grafana,) = (each for each in SERVICES if each.name == "grafana")
    assert source["jsonData"]["username"] == "grafana"
    asked = source["secureJsonData"]["password"]
    assert asked.removeprefix("$") in grafana.environment
    assert source["type"] in grafana.environment["GF_PLUGINS_PREINSTALL_SYNC"]
    assert source["jsonData"]["host"] in {each.name for each in SERVICES}


def test_who_pairs_terminals_may_write_their_keys_and_nothing_else() -> None:
    holders = [service for service in OURS if "SEMKO_KEYS" in service.environment]
    assert {service.name for service in holders} == {"gateway", "terminals"}
    for service in OURS:
        mounts = [mount.split(":") for mount in service.says["volumes"]]
        writable = [mount for mount in mounts if mount[2:] != ["ro"]]
        if service in holders:
            folder = PurePosixPath(service.environment["SEMKO_KEYS"]).parent
            assert writable == [["./keys", str(folder)]]
        else:
            assert writable == []
