"""An incident in the demo, time sped up: webhook, commands, table and pages tell the same."""

import json
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from commands.demo import usual_trouble
from models.instants import parse_instant
from sources.simulator import preset
from tests.dashboards.screens import browser
from tests.installations import PROGRAM, Installation, environment
from tests.notified import Receiver, notify_toml

SECONDS = 60
INCIDENT = "desk 4 at +10min -60"
SAME = ("tenant_id", "office_id", "desk_id", "alert_id", "kind", "begun_at", "opened_at")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


def demo(made: Installation, receiver: Receiver) -> "subprocess.Popen[bytes]":
    file = made.folder / "notify.toml"
    file.write_text(notify_toml(receiver.url))
    file.chmod(0o600)
    speed = ("--seed", "7", "--speed", "600", "--seconds", str(SECONDS))
    where = ("--folder", str(made.folder / "town"), "--http", f"127.0.0.1:{made.port}")
    what = ("--incident", INCIDENT, "--notify", str(file))
    with (made.folder / "said.txt").open("wb") as said:
        command = [*PROGRAM, "demo", *speed, *where, *what]
        return subprocess.Popen(command, stdout=said, stderr=said, env=environment())


def asked(made: Installation, path: str) -> Any:
    with urllib.request.urlopen(made.url + path, timeout=10) as answer:
        return json.load(answer)


def wait_for_the_desk(receiver: Receiver) -> dict[str, Any]:
    """The alert of the incident as the webhook had it."""
    until = time.monotonic() + SECONDS + 30
    while time.monotonic() < until:
        for one in list(receiver.received):
            for alert in one.message["alerts"]:
                if alert["desk_id"] == "desk-04" and alert["kind"] == "score":
                    found: dict[str, Any] = alert
                    return found
        time.sleep(0.2)
    pytest.fail("nobody was told of the incident")


@pytest.mark.timeout(180)
def test_everything_tells_of_the_same_alert(tmp_path: Path, chromium: Browser) -> None:
    made = Installation(tmp_path)
    made.store = f"chdb://{tmp_path}/town/store"
    with Receiver() as receiver:
        process = demo(made, receiver)
        try:
            sent = wait_for_the_desk(receiver)
            assert receiver.all_signed()
            name = sent["alert_id"]
            shown = json.loads(made.command("alerts", "show", name, "--json").stdout)
            sql = f"SELECT * FROM semko.alert_book WHERE alert_id = '{name}'"
            (row,) = json.loads(made.command("query", sql, "--format", "JSON").stdout)["data"]
            place = f"{shown['tenant_id']}/{shown['office_id']}/{name}"
            over_http = asked(made, f"/v1/alerts/{place}")
            at = {key: sent[key] for key in SAME}
            assert {key: shown[key] for key in SAME} == at
            assert {key: over_http[key] for key in SAME} == at
            row |= {key: row[key].replace(" ", "T") + "Z" for key in ("begun_at", "opened_at")}
            assert {key: row[key] for key in SAME} == at
            assert sent["expected"] == round(shown["expected"], 1)
            assert shown["now"] + shown["reach"] < shown["expected"]
            office = f"tenant={shown['tenant_id']}&office={shown['office_id']}&lang=en"
            page = chromium.new_page(viewport={"width": 1920, "height": 1080})
            page.goto(f"{made.url}/shift?{office}")
            card = page.locator(f'[data-alert="{name}"]')
            expect(card).to_contain_text("The score has dropped", timeout=15_000)
            page.goto(f"{made.url}/wall?{office}")
            on_tile = page.locator('[data-desk="desk-04"] .drop')
            expect(on_tile).to_have_text("drop", timeout=30_000)
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0, (tmp_path / "said.txt").read_text()


def test_unless_one_says_a_desk_is_having_a_bad_day() -> None:
    begin = parse_instant("2026-03-02T10:20:00Z")
    (trouble,) = usual_trouble(preset("town"), begin)
    assert trouble == "desk desk-04 turns bad by 35 at 08:20 until 18:20 on 2026-03-02"
    (incident,) = preset("town").with_changes(incidents=[trouble]).incidents
    assert incident.meets("rechograd", "center", "desk-04")
