"""What ``docs/alerts.md`` shows works as it stands there."""

import json
import re
from pathlib import Path

import typer

from commands import alerts
from models.alert_actions import AlertAction, decode
from sinks.embedded import EmbeddedStore
from tests.alerts.acted import acted, drop, stored

PAGE = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text("utf-8")


def test_the_event_of_the_page_is_an_action_and_every_field_is_named() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert decode(example.encode())
    named = re.findall(r"^\| (\*\*)?`(\w+)`(?:\*\*)? \|", PAGE[PAGE.index("## As events") :], re.M)
    assert {name: bool(bold) for bold, name in named} == {
        name: field.is_required() for name, field in AlertAction.model_fields.items()
    }


def test_the_bodies_of_the_page_are_actions() -> None:
    (body,) = re.findall(r"-d '(.*?)'", PAGE)
    place = {"tenant_id": "t", "office_id": "o", "alert_id": "a", "event_id": "e"}
    own = {"type": "alert_action", "acted_at": "2026-03-02T11:40:00Z"}
    assert decode(json.dumps(own | place | json.loads(body)).encode()).action == "resolve"


OF_OTHER_PAGES = {"baseline", "notifications", "test-notify"}


def test_the_page_shows_every_command_but_that_of_the_past() -> None:
    group = typer.main.get_command(alerts.app)
    names = set(group.commands)  # type: ignore[attr-defined]  # it is a group
    assert set(re.findall(r"^semko alerts (\w+)", PAGE, re.MULTILINE)) == names - OF_OTHER_PAGES


def test_the_question_of_the_page_is_answered(book: EmbeddedStore) -> None:
    (question,) = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
    drop(book, "2026-03-11T12:00:00Z", "hand")
    stored(book, acted("a1", "cause", acted_at="2026-03-11T10:50:00Z"))
    assert book.rows(question) == [
        {
            "office_id": "hall",
            "alerts": 1,
            "by_hand": 1,
            "with_a_cause": 1,
            "minutes_until_seen": 30,
        }
    ]
