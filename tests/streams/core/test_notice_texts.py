"""What a message says, word for word."""

import json
from dataclasses import replace
from typing import Any

import pytest

from models.alert_kinds import RESPONSE, UNFINISHED
from models.notices import AlertNow, Score
from models.registry import Registry
from streams.core.notice_due import Draft
from streams.core.notice_texts import Writer
from tests.told_alerts import CENTRE, HOUR, MINUTE, MONDAY, ROUTE, SOFIA, alert, drafted, routes

REGISTRY = Registry.parse(
    """
[[tenants]]
id = "town"
name = { bg = "Град", en = "Town" }
[[offices]]
tenant_id = "town"
id = "centre"
name = { bg = "Център", en = "Centre" }
[[desks]]
tenant_id = "town"
office_id = "centre"
id = "d01"
name = { bg = "Гише 1", en = "Desk 1" }
"""
)
WRITER = Writer(REGISTRY, "https://semko.example", lambda _: SOFIA)
SHOW = "semko alerts show d01-20260302-1 --tenant town --office centre"
WALL = "https://semko.example/wall?tenant=town&office=centre"
SHIFT = WALL.replace("/wall", "/shift")


def message(
    one: AlertNow, language: str = "bg", event: str = "", score: Score | None = None
) -> dict[str, Any]:
    """What is told of one alert a quarter of an hour after it opened."""
    (draft,) = drafted(routes(ROUTE.replace('"en"', f'"{language}"')), [replace(one, state="open")])
    draft = replace(draft, event=event or draft.event, alerts=(one,))
    scores = {(CENTRE, one.alert_id): score or Score(23, 41.2, 9.1)}
    told: dict[str, Any] = json.loads(WRITER.message(draft, scores, MONDAY + 15 * MINUTE))
    return told


def test_a_drop_in_bulgarian() -> None:
    told = message(alert())
    assert told["title"] == "SEMKO: Спад на оценката"
    assert told["text"].splitlines() == [
        "Гише 1 (Център): 72 → 41 ± 9 от 23 гласа, от 10:20",
        WALL,
        SHIFT,
        SHOW,
    ]


def test_and_in_english() -> None:
    told = message(alert(level="page"), "en")
    assert told["title"] == "SEMKO: Urgent: Score drop"
    assert told["text"].splitlines()[0] == ("Desk 1 (Centre): 72 → 41 ± 9 of 23 votes, since 10:20")


@pytest.mark.parametrize(
    ("score", "line"),
    [
        (Score(1, 0.0, None), "Desk 1 (Centre): 72 → 0 of 1 vote, since 10:20"),
        (Score(0, None, None), "Desk 1 (Centre): 72 expected, since 10:20"),
    ],
)
def test_it_says_no_more_than_it_knows(score: Score, line: str) -> None:
    assert message(alert(), "en", score=score)["text"].splitlines()[0] == line


def test_an_end_says_when_and_by_whom_and_a_day_that_is_not_today_is_named() -> None:
    over = replace(alert(state="resolved"), resolved_at=MONDAY + 5 * MINUTE)
    line = message(over, "en", "resolved")["text"].splitlines()[0]
    assert line.endswith("of 23 votes, since 10:20, until 10:35")
    old = replace(over, begun_at=MONDAY - 24 * HOUR, resolved_by="hand")
    line = message(old, "en", "resolved")["text"].splitlines()[0]
    assert line.endswith("since 01.03. 10:30, until 10:35, closed by hand")


@pytest.mark.parametrize("language", ["bg", "en"])
@pytest.mark.parametrize("event", ["opened", "escalated", "resolved", "withdrawn", "reopened"])
def test_every_event_has_a_title(event: str, language: str) -> None:
    assert len(message(alert(), language, event)["title"]) > len("SEMKO: ")


def of_office(event: str, language: str) -> dict[str, Any]:
    some = [alert(f"d0{n}") for n in (1, 2, 3)]
    desks = frozenset({"d01", "d02", "d03", "d04", "d05"})
    drafts = drafted(routes(ROUTE.replace('"en"', f'"{language}"')), some, desks=desks)
    (whole,) = [one for one in drafts if one.state == "pending"]
    told: dict[str, Any] = json.loads(WRITER.message(replace(whole, event=event), {}, MONDAY))
    return told


def test_an_office_is_told_with_its_desks() -> None:
    assert of_office("opened", "bg")["title"] == "SEMKO: Център: спад на 3 от 5 гишета"
    told = of_office("opened", "en")
    assert told["title"] == "SEMKO: Centre: 3 of 5 desks dropped"
    assert [one["desk_id"] for one in told["alerts"]] == ["d01", "d02", "d03"]
    assert told["links"] == {"wall": WALL, "shift": SHIFT, "show": "semko alerts list"}
    assert of_office("resolved", "en")["title"] == (
        "SEMKO: The score drop is over (Centre: the drop of 3 desks)"
    )


def test_the_facts_are_there_for_programs() -> None:
    told = message(alert(), "en")
    (facts,) = told["alerts"]
    assert facts == {
        "tenant_id": "town",
        "office_id": "centre",
        "desk_id": "d01",
        "alert_id": "d01-20260302-1",
        "event": "opened",
        "kind": "score",
        "level": "amber",
        "state": "open",
        "begun_at": "2026-03-02T08:20:00.000Z",
        "opened_at": "2026-03-02T08:30:00.000Z",
        "resolved_at": None,
        "resolved_by": "",
        "expected": 72.0,
        "observed": 52.0,
        "drop_points": 20.0,
        "now": 41.2,
        "reach": 9.1,
        "votes": 23,
    }
    assert (told["event"], told["route"], told["level"]) == ("opened", "duty", "amber")


@pytest.mark.parametrize(
    ("kind", "state", "language", "title"),
    [
        (RESPONSE, "open", "bg", "SEMKO: По-малко хора гласуват"),
        (RESPONSE, "resolved", "en", "SEMKO: As many people vote as usual again"),
        (UNFINISHED, "open", "en", "SEMKO: More people leave unserved"),
        (UNFINISHED, "withdrawn", "bg", "SEMKO: Оттеглено: Повече хора остават необслужени"),
    ],
)
def test_other_kinds_have_words_of_their_own(
    kind: str, state: str, language: str, title: str
) -> None:
    event = "opened" if state == "open" else state
    told = message(alert(kind=kind, state=state), language, event)
    assert told["title"] == title
    assert "72 % → 52 %" in told["text"]


def test_a_test_says_that_it_is_one() -> None:
    told = json.loads(WRITER.test("duty", "bg", "id", MONDAY))
    assert told["title"].startswith("SEMKO: Проба")
    assert (told["event"], told["alerts"], told["message_id"]) == ("test", [], "id")


def test_drafts_of_the_same_alert_say_the_same() -> None:
    one, two = (message(alert()) for _ in range(2))
    assert one == two
    assert isinstance(drafted(routes(), [alert()])[0], Draft)
