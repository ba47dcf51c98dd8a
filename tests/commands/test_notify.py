"""`semko alerts test-notify` and `notifications`: what came back, and what was told."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import semko
from models.errors import CallError
from models.facts import Office
from models.notices import Notice
from sinks.embedded import EmbeddedStore
from sinks.notice_book import NoticeBook
from tests.notified import Receiver, notify_toml

TWO = """
[[routes]]
name = "chat"
language = "en"
urls = ["{json}/good", "json://127.0.0.1:1"]
"""


def called(*arguments: str) -> Result:
    return CliRunner().invoke(semko.app, ["alerts", *arguments])


def written(text: str) -> Path:
    path = Path("notify.toml")
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_a_test_says_of_every_address_what_came_back() -> None:
    with Receiver() as receiver:
        text = notify_toml(receiver.url) + TWO.format(json=receiver.url.replace("http", "json"))
        told = called("test-notify", "--notify", str(written(text)))
        hook, chat = receiver.received
    assert told.exit_code == 1
    lines = told.stdout.splitlines()
    assert lines[:2] == ["hook  webhook  taken: 204", "chat  1:json  taken: taken"]
    assert lines[2].startswith("chat  2:json  A Connection error")
    assert (hook.message["event"], hook.message["message_id"]) == ("test", hook.message_id)
    assert chat.message["message"].startswith("Test: no drop, only a trial of the way.")


def test_one_route_is_tried_alone_and_all_is_well_where_all_took_it() -> None:
    with Receiver() as receiver:
        text = notify_toml(receiver.url) + TWO.format(json="json://127.0.0.1:1")
        told = called("test-notify", "--notify", str(written(text)), "--route", "hook", "--json")
        assert receiver.all_signed()
    assert told.exit_code == 0
    (one,) = json.loads(told.stdout)["tried"]
    assert (one["route"], one["target"], one["taken"]) == ("hook", "webhook", True)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "say who is told: --notify FILE or SEMKO_NOTIFY"),
        (("--notify", "nowhere.toml"), "name a file that can be read"),
        (("--notify", "notify.toml", "--route", "x"), "there is none of that name; there are hook"),
    ],
)
def test_a_wrong_call_says_what_would_be_right(arguments: tuple[str, ...], problem: str) -> None:
    written(notify_toml("http://127.0.0.1:1"))
    refused = called("test-notify", *arguments)
    assert isinstance(refused.exception, CallError)
    assert problem in str(refused.exception)


def test_up_refuses_a_wrong_file_before_it_begins_anything(own_folder: Path) -> None:
    written('[[routes]]\nname = "a"\nurls = ["nothing://x"]\n')
    refused = CliRunner().invoke(
        semko.app, ["up", "--notify", "notify.toml", "--http", "127.0.0.1:0"]
    )
    assert isinstance(refused.exception, CallError)
    assert "is no address that apprise knows" in str(refused.exception)
    assert [path.name for path in own_folder.iterdir()] == ["notify.toml"]


def test_what_was_told_is_listed_with_what_was_known_then() -> None:
    store = EmbeddedStore("chdb://semko-data/store")
    office = Office("town", "centre")
    known = '{"title":"SEMKO: drop"}'
    rows = [
        Notice(office, "aa", "1:mailto", "d1-1", "opened", "duty", "page", 1, "failed", known,
               1_772_440_000_000, 9, 1_772_526_400_000, None, "answered 500"),
        Notice(office, "bb", "", "", "begun", "duty", "", 1, "suppressed", "", 1),
        Notice(Office("town", "north"), "cc", "webhook", "d2-1", "opened", "duty", "amber", 1,
               "sent", known, 1_772_440_000_000, 1, 1_772_440_000_000, 1_772_440_000_001),
    ]  # fmt: skip
    NoticeBook(store.database).write(rows)
    store.close()
    assert called("notifications", "--office", "nowhere").stdout == "there are none\n"
    table = called("notifications").stdout
    assert "answered 500" in table
    assert "begun" not in table
    told = called("notifications", "--state", "failed", "--json")
    (one,) = json.loads(told.stdout)["notifications"]
    assert one["known"] == {"title": "SEMKO: drop"}
    assert (one["message_id"], one["attempts"], one["sent_at"]) == ("aa", 9, None)
