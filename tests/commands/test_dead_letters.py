"""`semko dead-letters`: found by cause, mended, and sent again so that each counts once."""

import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commands.letters import Asked, Desk
from models.errors import LogUnavailable
from models.partitioning import record_key
from models.records import EventRecord
from sinks.dead_letters import Wanted
from sinks.embedded import EmbeddedStore
from streams.shell.log import LocalLog, Records
from tests.commands.processes import told
from tests.installations import Installation, semko
from tests.sinks.conftest import embedded, opened_embedded
from tests.store_rows import TEN, put
from tests.stored import logged, wrong_books

__all__ = ["embedded", "opened_embedded"]  # fixtures

HOUR_MS = 3_600_000


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def at(milliseconds: int) -> str:
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds / 1000))
    return f"{moment}Z"


def completion(ticket: str, **fields: object) -> bytes:
    ids = {"tenant_id": "town", "office_id": "centre", "desk_id": "d1", "service_id": "s"}
    own = {"type": "completion", "event_id": f"c-{ticket}", "interaction_id": ticket}
    return json.dumps(ids | own | {"completed_at": at(now_ms() - HOUR_MS)} | fields).encode()


def vote(ticket: str, **fields: object) -> bytes:
    ids = {"tenant_id": "town", "office_id": "centre", "desk_id": "d1", "terminal_id": "t"}
    own = {"type": "vote", "event_id": f"v-{ticket}", "interaction_id": ticket, "score": 5}
    return json.dumps(ids | own | {"voted_at": at(now_ms() - HOUR_MS)} | fields).encode()


def append(installation: Installation, *bodies: bytes, key: bytes = b"", age: int = 0) -> None:
    """Records as some other program might put them into the log, by their ``type``."""
    log = LocalLog(installation.log_path)
    for topic, kind in (("completions", b'"completion"'), ("votes", b'"vote"')):
        some = [
            body for body in bodies if (kind in body) or (topic == "votes" and b'"' not in body)
        ]
        log.ensure_topic(topic, 1)
        keys = [key or record_key("town", "centre")] * len(some)
        log.append_now(topic, Records(keys, some, [now_ms() - age] * len(some)))
    log.close()


@pytest.fixture
def littered(tmp_path: Path) -> Installation:
    """A town with two interactions, one vote, and dead letters of several kinds."""
    made = Installation(tmp_path)
    append(made, completion("a"), completion("b"), vote("a"))
    append(made, vote("b", score="4"), vote("x", score=9, scale=5), b"no event at all")
    append(made, completion("c", completed_at=at(now_ms() - HOUR_MS)), age=2 * HOUR_MS)  # future
    append(made, completion("d"), key=b"another/office")
    (tmp_path / "nothing.ndjson").write_text("")
    told(made, "replay", "nothing.ndjson")
    return made


def counts(installation: Installation) -> dict[str, int]:
    (installation.folder / "nothing.ndjson").write_text("")
    found = told(installation, "replay", "nothing.ndjson")
    return {name: found[name] for name in ("completions", "rated", "dead_letters")}


def letters(installation: Installation, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = told(installation, "dead-letters", "show", *options)[
        "dead_letters"
    ]
    return found


def resubmitted(installation: Installation, *options: str) -> dict[str, Any]:
    done = installation.command("dead-letters", "resubmit", "--json", *options)
    assert done.returncode in {0, 1}, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_causes_are_counted_by_source_with_an_example(littered: Installation) -> None:
    causes = told(littered, "dead-letters", "list")["causes"]
    assert {(c["source"], c["topic"], c["reason"], c["field"], c["letters"]) for c in causes} == {
        ("town/centre", "votes", "contract", "score", 2),
        ("town/centre", "votes", "json", "", 1),
        ("town/centre", "completions", "future", "completed_at", 1),
        ("another/office", "completions", "misrouted", "", 1),
    }
    some = told(littered, "dead-letters", "list", "--tenant", "another")["causes"]
    assert [cause["source"] for cause in some] == ["another/office"]
    said = littered.command("dead-letters", "list", "--reason", "contract").stdout
    assert "2 x contract score in votes of town/centre" in said
    assert "example: votes/0/" in said
    assert littered.command("dead-letters", "list", "--office", "none").stdout == "there are none\n"


def test_one_is_shown_with_its_bytes_and_what_would_be_said_of_it_now(
    littered: Installation,
) -> None:
    (letter,) = letters(littered, "--reason", "json")
    assert (letter["raw"], letter["source"]) == ("no event at all", "town/centre")
    said = littered.command("dead-letters", "show", letter["id"].partition("@")[0]).stdout
    assert "no event at all" in said
    assert letter["now"] in said
    (future,) = letters(littered, "--reason", "future")
    assert future["now"] == "would be accepted"
    missing = littered.command("dead-letters", "show", "votes/0/999")
    assert (missing.returncode, "no dead letter votes/0/999" in missing.stderr) == (2, True)
    assert littered.command("dead-letters", "show", "votes").returncode == 2


def test_what_has_become_right_is_sent_once_however_often_it_is_asked_for(
    littered: Installation,
) -> None:
    before = counts(littered)
    would = resubmitted(littered, "--dry-run")
    assert (would["matched"], would["resubmitted"], would["refused"]) == (5, 2, 3)
    assert counts(littered) == before
    assert resubmitted(littered) == would | {"dry_run": False}
    again = resubmitted(littered)
    assert (again["resubmitted"], again["done_before"], again["refused"]) == (0, 2, 3)
    in_log = len(logged(littered))
    assert counts(littered) == before | {"completions": before["completions"] + 2}
    assert len(logged(littered)) == in_log
    shown = {letter["reason"]: letter["action"] for letter in letters(littered)}
    assert (shown["future"], shown["misrouted"], shown["json"]) == (
        "resubmitted",
        "resubmitted",
        "",
    )
    assert wrong_books(littered) == []


def test_a_field_is_set_in_all_that_match(littered: Installation) -> None:
    before = counts(littered)
    done = resubmitted(littered, "--field", "score", "--set", "score=3")
    assert (done["resubmitted"], done["refused"]) == (2, 0)
    after = counts(littered)
    assert after == before | {"rated": before["rated"] + 1}  # the other one is of no interaction
    assert {letter["action"] for letter in letters(littered, "--field", "score")} == {"mended"}
    assert b'"score": 3' in logged(littered)[-1]
    wrong = littered.command("dead-letters", "resubmit", "--set", "score")
    assert (wrong.returncode, "FIELD=VALUE" in wrong.stderr) == (2, True)


def test_events_that_were_corrected_in_a_file_take_the_places_of_the_dead(
    littered: Installation,
) -> None:
    lines = littered.command("dead-letters", "show", "--topic", "votes", "--lines").stdout
    given = [json.loads(line) for line in lines.splitlines()]
    assert len(given) == 3
    for line in given:
        event = line["event"]
        line["event"] = (
            event | {"score": 2} if isinstance(event, dict) else json.loads(vote("b", event_id="w"))
        )
    file = littered.folder / "mend.ndjson"
    file.write_text("\n".join(map(json.dumps, given)) + "\n")
    assert resubmitted(littered, "--mend", "mend.ndjson")["resubmitted"] == 3
    again = resubmitted(littered, "--mend", "mend.ndjson")
    assert (again["resubmitted"], again["done_before"]) == (0, 3)
    assert littered.command("dead-letters", "show", "--topic", "votes", "--lines").stdout == ""
    file.write_text(json.dumps({"dead_letter": "votes/0/777", "event": {}}))
    unknown = resubmitted(littered, "--mend", "mend.ndjson")
    assert [problem["id"] for problem in unknown["problems"]] == ["votes/0/777"]
    file.write_text('{"event": 1}\n')
    wrong = littered.command("dead-letters", "resubmit", "--mend", "mend.ndjson")
    assert (wrong.returncode, "mend.ndjson, line 1: write" in wrong.stderr) == (2, True)


def test_a_running_process_is_asked_and_counts_what_it_sends_again(
    littered: Installation,
) -> None:
    littered.start()
    try:
        littered.wait_until_ready()
        assert len(told(littered, "dead-letters", "list")["causes"]) == 4
        assert resubmitted(littered)["resubmitted"] == 2
        assert resubmitted(littered)["resubmitted"] == 0
        littered.wait_until_counted()
        wrong = littered.command("dead-letters", "show", "votes")
        assert (wrong.returncode, "write one as the list does" in wrong.stderr) == (2, True)
    finally:
        littered.close()
    assert counts(littered)["completions"] == 4


def test_there_is_no_store_to_ask(tmp_path: Path) -> None:
    missing = semko("dead-letters", "list", folder=tmp_path)
    assert (missing.returncode, "there is no store" in missing.stderr) == (3, True)


def dead(store: EmbeddedStore, many: int) -> None:
    own = {"log_id": "0123456789", "topic": "completions", "reason": "future", "revision": 1}
    rows = [own | {"offset": n, "raw": completion(f"{n}"), "recorded_at": TEN} for n in range(many)]
    put(store, "dead_letters", *(row | {"raw_key": b"town/centre"} for row in rows))


def desk(store: EmbeddedStore, append: Callable[[list[EventRecord]], None]) -> Desk:
    return Desk(store.database, append, now_ms, 0, lambda done, of: None)  # noqa: ARG005


def test_a_death_in_the_middle_neither_loses_an_event_nor_counts_one_twice(
    embedded: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the log has a page, after that, or before it is noted: the same command again
    sends the rest, and an event that goes twice has one identity."""
    embedded.database.execute("TRUNCATE TABLE semko.dead_letter_actions")
    monkeypatch.setattr("sinks.dead_letters.LETTERS_AT_ONCE", 7)
    dead(embedded, 50)
    sent: list[bytes] = []
    rng = random.Random(5)

    def append(records: list[EventRecord]) -> None:
        if rng.random() < 0.3:
            raise LogUnavailable("the disk is full")
        sent.extend(record.value for record in records)
        if rng.random() < 0.3:
            raise LogUnavailable("killed before it could be noted")

    for _ in range(100):
        try:
            done = desk(embedded, append).answer(Asked("resubmit"))
            break
        except LogUnavailable:
            pass
    assert len(sent) > len(set(sent)) == 50
    assert (done["matched"], done["refused"]) == (50, 0)
    sent.clear()
    assert desk(embedded, append).answer(Asked("resubmit"))["done_before"] == 50
    assert sent == []


def test_bytes_that_are_no_text_and_bytes_that_are_gone_are_told(embedded: EmbeddedStore) -> None:
    row = {"log_id": "0123456789", "topic": "votes", "recorded_at": TEN, "revision": 1}
    put(
        embedded,
        "dead_letters",
        row | {"offset": 1, "raw": b"\xff\x00'", "raw_key": b"\xfe", "reason": "json"},
        row | {"offset": 2, "reason": "json"},
    )
    found = desk(embedded, lambda records: None).answer(Asked("show", Wanted()))["dead_letters"]  # noqa: ARG005
    assert [(letter["raw"], letter["source"]) for letter in found] == [
        ("\\xff\x00'", "\\xfe"),
        ("", "unknown"),
    ]
    assert "30 days are over" in found[1]["now"]
