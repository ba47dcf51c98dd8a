"""`semko tokens`: made, listed, taken back."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import semko
from models.errors import CallError
from sources.gateway.keys import KeyRing, Role, read_keys


def call(*arguments: str) -> Result:
    return CliRunner().invoke(semko.app, ["tokens", *arguments])


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "keys.toml"


def test_a_token_is_shown_once_and_kept_as_a_digest(here: Path) -> None:
    said = json.loads(call("create", "--role", "viewer", "--json").stdout)
    assert said["token_id"] == "viewer-1"
    assert said["token"] not in here.read_text()
    holder = KeyRing(here).holder(said["token"])
    assert holder is not None
    assert holder.id == "viewer-1"
    assert "viewer-1 may see every page of numbers, made " in call("list").stdout


def test_a_clerks_token_names_its_office_and_no_other_does(here: Path) -> None:
    made = call("create", "--role", "clerk", "--office", "town/centre", "--name", "desk-1")
    assert made.exit_code == 0
    (token,) = read_keys(here).tokens
    assert (token.role, token.office) == (Role.CLERK, "town/centre")
    for wrong in (
        ("--role", "clerk"),
        ("--role", "viewer", "--office", "town/centre"),
        ("--role", "clerk", "--office", "town"),
        ("--role", "clerk", "--office", "town/a/b"),
        ("--role", "viewer", "--name", "a b"),
        ("--role", "viewer", "--name", "desk-1"),
    ):
        assert isinstance(call("create", *wrong).exception, CallError), wrong


def test_a_token_taken_back_opens_nothing(here: Path) -> None:
    secret = json.loads(call("create", "--role", "operator", "--name", "ana", "--json").stdout)
    assert call("revoke", "ana").exit_code == 0
    assert KeyRing(here).holder(secret["token"]) is None
    assert isinstance(call("revoke", "ana").exception, CallError)
