"""`semko dashboards push`: all there at once, nothing again, nothing else touched."""

import copy
import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.grafana.fake import TOKEN, Grafana
from tests.installations import semko


@pytest.fixture
def grafana() -> Iterator[Grafana]:
    with Grafana() as running:
        yield running


def pushed(
    grafana: Grafana, folder: Path, *more: str, token: str = TOKEN
) -> "subprocess.CompletedProcess[str]":
    where = ("--url", grafana.url, "--token", token, "--json")
    return semko("dashboards", "push", *where, *more, folder=folder)


def steps(done: "subprocess.CompletedProcess[str]") -> Counter[tuple[str, str]]:
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["steps"]
    return Counter((step["kind"], step["change"]) for step in found)


def test_a_second_push_changes_nothing_and_a_hand_made_dashboard_stays(
    grafana: Grafana, tmp_path: Path
) -> None:
    own = {"dashboard": {"uid": "mine", "title": "Mine"}, "meta": {"folderUid": "elsewhere"}}
    grafana.boards["mine"] = copy.deepcopy(own)
    first = steps(pushed(grafana, tmp_path))
    assert first == {
        ("folder", "created"): 1,
        ("dashboard", "created"): 6,
        ("rule", "created"): 3,
    }
    assert {board["meta"]["folderUid"] for board in grafana.boards.values()} == {
        "semko",
        "elsewhere",
    }
    assert all(rule["isPaused"] for rule in grafana.rules.values())
    grafana.changes.clear()
    again = steps(pushed(grafana, tmp_path))
    assert {change for _, change in again} == {"unchanged"}
    assert grafana.changes == []
    assert grafana.boards["mine"] == own


def test_what_somebody_changed_is_put_right_and_the_rest_left_alone(
    grafana: Grafana, tmp_path: Path
) -> None:
    pushed(grafana, tmp_path)
    grafana.boards["semko-wall"]["dashboard"]["title"] = "by hand"
    grafana.rules["semko-alert"]["title"] = "by hand"
    grafana.changes.clear()
    tried = steps(pushed(grafana, tmp_path, "--dry-run"))
    assert tried["dashboard", "changed"] == tried["rule", "changed"] == 1
    assert grafana.changes == []
    done = steps(pushed(grafana, tmp_path))
    assert done == tried
    assert len(grafana.changes) == 2
    assert grafana.boards["semko-wall"]["dashboard"]["title"] == "SEMKO: Wall"


def test_rules_tell_whom_they_are_told_to_and_no_policy_is_touched(
    grafana: Grafana, tmp_path: Path
) -> None:
    pushed(grafana, tmp_path)
    done = steps(pushed(grafana, tmp_path, "--tell", "duty@town.example"))
    assert done["contact point", "created"] == 1
    assert done["rule", "changed"] == 3
    assert {rule["notification_settings"]["receiver"] for rule in grafana.rules.values()} == {
        "semko"
    }
    assert not any("policies" in change for change in grafana.changes)
    grafana.changes.clear()
    steps(pushed(grafana, tmp_path, "--tell", "duty@town.example"))
    assert grafana.changes == []


def test_one_of_the_same_uid_in_another_folder_is_not_overwritten(
    grafana: Grafana, tmp_path: Path
) -> None:
    theirs = {"dashboard": {"uid": "semko-wall"}, "meta": {"folderUid": "elsewhere"}}
    grafana.boards["semko-wall"] = copy.deepcopy(theirs)
    done = pushed(grafana, tmp_path)
    assert done.returncode == 3
    assert "lies in another folder" in done.stderr
    assert grafana.boards["semko-wall"] == theirs


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        (("--language", "de"), 2, "--language de: bg and en are known"),
        (("--pages", "semko.example"), 2, "an address begins with http"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(
    grafana: Grafana, tmp_path: Path, more: tuple[str, ...], code: int, says: str
) -> None:
    done = pushed(grafana, tmp_path, *more)
    assert (done.returncode, says in done.stderr) == (code, True), done.stderr


def test_a_token_that_may_nothing_and_a_grafana_that_is_not_there_are_named(
    grafana: Grafana, tmp_path: Path
) -> None:
    refused = pushed(grafana, tmp_path, token="another")
    assert refused.returncode == 3
    assert "Grafana answers 401" in refused.stderr
    where = ("--url", "http://127.0.0.1:9", "--token", TOKEN)
    gone = semko("dashboards", "push", *where, folder=tmp_path)
    assert gone.returncode == 3
    assert "Grafana is not reached" in gone.stderr
    assert "Traceback" not in gone.stderr
