"""Help that teaches, and wrong calls that are answered by what is wrong and what to do."""

import importlib
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import semko
from models.errors import CallError, SemkoError, WorldError

GROUPS = {
    "dashboards": ("render", "push"),
    "alerts": (
        "list",
        "show",
        "ack",
        "cause",
        "action",
        "resolve",
        "baseline",
        "notifications",
        "test-notify",
    ),
    "terminals": ("add", "add-operator", "pair", "revoke", "list", "maintenance"),
    "topics": ("create", "show"),
    "tokens": ("create", "list", "revoke"),
    "indicator": ("add", "list", "report"),
    "dead-letters": ("list", "show", "resubmit"),
}
LEAVES = [
    *(name for name in semko.COMMANDS if name not in GROUPS),
    *(f"{group} {name}" for group, names in GROUPS.items() for name in names),
]


def called(*arguments: str) -> Result:
    """A command called in this process."""
    return CliRunner().invoke(semko.app, arguments)


@pytest.mark.parametrize("command", LEAVES)
def test_the_help_of_each_command_has_an_example_and_fits_a_terminal(command: str) -> None:
    told = called(*command.split(), "--help")
    assert told.exit_code == 0
    assert f"\n   semko {command}" in told.stdout
    assert all(len(line) <= 80 for line in told.stdout.splitlines())


def test_the_list_of_commands_names_each_of_them_and_loads_none() -> None:
    told = called("--help")
    assert told.exit_code == 0
    for name, text in semko.COMMANDS.items():
        assert f"│ {name} " in told.stdout
        assert text.split(":")[0][:40] in told.stdout
        assert importlib.util.find_spec(f"commands.{name.replace('-', '_')}") is not None


def test_a_command_that_is_misspelt_is_answered_by_its_neighbour() -> None:
    told = called("repaly")
    assert told.exit_code == 2
    assert "Did you mean 'replay'" in told.output


WRONG: list[tuple[str, type[SemkoError], str]] = [
    ("replay none.ndjson", CallError, "none.ndjson: there is no such file"),
    ("replay .", CallError, "is no file"),
    ("replay table.csv", CallError, "a table needs a mapping"),
    ("replay table.csv --check", CallError, "--map"),
    ("replay table.csv --map none.toml", CallError, "none.toml"),
    ("replay events.ndjson --horizon 3x", CallError, "26h, 90min or 30s"),
    ("replay events.ndjson --store kafka://host", CallError, "chdb:///absolute/path"),
    ("replay events.ndjson --registry none.toml", CallError, "none.toml"),
    ("replay events.ndjson --registry zone.toml", CallError, '"Europe/Atlantis" is no IANA'),
    ("up --http nonsense", CallError, "write host:port"),
    ("up --http 0.0.0.0:0", CallError, "terminal keys"),
    ("up --keys none.toml --http 127.0.0.1:0", CallError, "none.toml"),
    ("demo --town atlantis", CallError, "village, town, city"),
    ("demo --folder .", CallError, "no demo's"),
    ("demo --incident explosion", CallError, "turns bad"),
    ("demo --incident desk_999_turns_bad_at_10:30", CallError, "at no desk of the town"),
    ("simulate day.ndjson --since 2026-03-02 --until 2026-03-03", CallError, "--since"),
    (
        "simulate d --since 2026-03-03T00:00:00Z --until 2026-03-02T00:00:00Z",
        CallError,
        "is not after",
    ),
    ("watch none", CallError, "none"),
    ("terminals add a_b --tenant t --office o --desk d", CallError, "'a b' is no id"),
    ("terminals list", CallError, "semko terminals add"),
    ("query SELECT", WorldError, "there is no store"),
    ("reconcile", WorldError, "there is no store"),
    ("retain --months 3", WorldError, "there is no store"),
    ("indicator add table.csv", WorldError, "there is no store"),
    ("indicator report", WorldError, "there is no store"),
]


@pytest.mark.parametrize(("call", "kind", "message"), WRONG, ids=[each[0] for each in WRONG])
def test_a_wrong_call_is_answered_before_anything_is_made(
    call: str, kind: type[SemkoError], message: str, own_folder: Path
) -> None:
    (own_folder / "table.csv").write_text("a,b\n1,2\n")
    (own_folder / "events.ndjson").write_text("{}\n")
    (own_folder / "zone.toml").write_text('[[tenants]]\nid = "t"\ntime_zone = "Europe/Atlantis"\n')
    before = sorted(own_folder.iterdir())
    error = called(*(part.replace("_", " ") for part in call.split())).exception
    assert isinstance(error, kind)
    assert message in str(error)
    assert sorted(own_folder.iterdir()) == before


def test_a_check_of_nothing_is_good_and_makes_nothing(own_folder: Path) -> None:
    told = called("check")
    assert told.exit_code == 0
    assert told.stdout.count("good ") == 5
    assert not list(own_folder.iterdir())


def test_a_check_names_what_is_wrong(own_folder: Path) -> None:
    (own_folder / "semko.toml").write_text("tenants = 3\n")
    told = called("check")
    assert told.exit_code == 1
    assert "WRONG  registry  semko.toml" in told.stdout


def test_a_key_is_shown_once_and_the_file_keeps_its_digest_alone(own_folder: Path) -> None:
    add = ("terminals", "add", "hall-1", "--tenant", "t", "--office", "o", "--desk", "d1")
    key = called(*add).stdout.strip()
    kept = own_folder / "keys.toml"
    assert len(key) >= 40
    assert key not in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "hall-1 may write votes" in called("terminals", "list").stdout
    assert "has a 'hall-1' already" in str(called(*add).exception)
