"""The registry's file, as commands find it and what they say by it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import semko
from commands.engine import opened
from commands.setup import Setup
from models.errors import CallError
from sources.gateway.keys import read_keys

EXAMPLE = Path(__file__).parents[2] / "docs" / "example" / "semko.toml"


def test_the_registry_beside_the_store_is_found_and_not_forgotten(own_folder: Path) -> None:
    town = own_folder / "town"
    town.mkdir()
    file = town / "semko.toml"
    file.write_text('[[tenants]]\nid = "town"\nname = { bg = "Община", en = "Town" }\n', "utf-8")
    (own_folder / "semko.toml").write_text("", "utf-8")
    setup = Setup.of("chdb://town/store")
    assert setup.registry_path == file.resolve()
    with opened(setup) as parts:
        assert parts.registry.name("tenant", ("town",), "en") == "Town"
    file.unlink()
    (own_folder / "semko.toml").unlink()
    with (
        pytest.raises(CallError, match="registry of 1 entries, and no file says them now"),
        opened(Setup.of("chdb://town/store")),
    ):
        pass


def call(*arguments: str) -> Result:
    return CliRunner().invoke(semko.app, list(arguments))


def test_a_place_that_the_registry_does_not_name_is_told_and_taken(own_folder: Path) -> None:
    assert "note:" not in call("tokens", "create", "--role", "clerk", "--office", "a/b").output
    (own_folder / "semko.toml").write_bytes(EXAMPLE.read_bytes())
    made = call("tokens", "create", "--role", "clerk", "--office", "town/centre")
    assert "note: the registry names no office town/centre; it names demo/centre" in made.output
    pair = ("terminals", "pair", "hall-1", "--tenant", "demo", "--office", "centre", "--desk")
    assert "note: the registry names no desk d99 there; it names d01" in call(*pair, "d99").output
    assert "note:" not in call(*pair, "d01").output
    assert len(read_keys(own_folder / "keys.toml").tokens) == 2


def test_a_registry_that_is_wrong_makes_no_key_that_nobody_sees(own_folder: Path) -> None:
    (own_folder / "semko.toml").write_text("[[tenants", "utf-8")
    made = call("tokens", "create", "--role", "clerk", "--office", "town/centre")
    assert isinstance(made.exception, CallError)
    assert not (own_folder / "keys.toml").exists()
