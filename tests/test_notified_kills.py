"""Killed over and over while it tells of alerts: each is told, and again only without a receipt.

``SEMKO_KILLS`` says how often `semko up` is killed, ``SEMKO_SEED`` repeats a run's draws.
"""

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.installations import Installation
from tests.notified import Receiver, drop, history, notify_toml

KILLS = int(os.environ.get("SEMKO_KILLS", "3"))
DESKS = 2
"""Of an office: fewer than drop as a whole."""


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path)
    yield made
    made.close()


def now() -> int:
    return time.time_ns() // 1_000_000


def receipts(installation: Installation) -> set[str]:
    """Messages that the store says were taken; nothing runs meanwhile."""
    told = installation.command("alerts", "notifications", "--state", "sent", "--json")
    assert told.returncode == 0, told.stderr
    return {row["message_id"] for row in json.loads(told.stdout)["notifications"]}


def wait_for(receiver: Receiver, count: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while len(set(receiver.ids())) < count and time.monotonic() < until:
        time.sleep(0.01)
    return len(set(receiver.ids())) >= count


def told_rightly(
    receiver: Receiver, places: list[tuple[str, str]], stored: list[tuple[int, set[str]]]
) -> dict[str, str]:
    """Alerts by message; ``stored`` says at which count of messages which receipts there were."""
    assert receiver.all_signed()
    told = {
        (one.message["alerts"][0]["desk_id"], one.message["event"]) for one in receiver.received
    }
    assert told == {(desk, "opened") for _, desk in places}
    by_alert = {one.message_id: one.message["alert_id"] for one in receiver.received}
    assert len(set(by_alert.values())) == len(by_alert) == len(places)
    for one, later in pairwise(sorted(receiver.received, key=lambda one: one.message_id)):
        assert one.message_id != later.message_id or one.body == later.body
    for came, ids in stored:
        assert ids & {one.message_id for one in receiver.received[came:]} == set()
    return by_alert


@pytest.mark.timeout(120 + 40 * KILLS)
def test_every_alert_is_told_and_again_only_where_no_receipt_was_stored(
    installation: Installation,
) -> None:
    seed = int(os.environ.get("SEMKO_SEED") or random.randrange(1 << 32))
    rng = random.Random(seed)
    sys.stdout.write(f"\nseed {seed}")
    places = [(f"o{n}", f"d{n}-{desk}") for n in range(KILLS + 1) for desk in range(DESKS)]
    with Receiver() as receiver:
        file = installation.folder / "notify.toml"
        file.write_text(notify_toml(receiver.url))
        file.chmod(0o600)
        options = ("--notify", str(file))
        installation.start(*options)
        installation.wait_until_ready()
        for n in range(
            0, len(places), DESKS
        ):  # a desk is judged by what came before the first look
            office = places[n : n + DESKS]
            installation.post(*(body for place in office for body in history(*place, now())))
        installation.wait_until_counted()

        stored: list[tuple[int, set[str]]] = []
        for life in range(KILLS):
            dropping = places[DESKS * life : DESKS * (life + 1)]
            installation.post(*(body for place in dropping for body in drop(*place, now())))
            # Some die as the first comes, some before, some well after both.
            come = len(set(receiver.ids()))
            wait_for(receiver, come + rng.choice((1, 1, 2)), rng.choice((2.0, 30.0, 30.0)))
            time.sleep(rng.choice((0.0, 0.0, rng.uniform(0, 0.1), rng.uniform(0, 2))))
            installation.kill()
            stored.append((len(receiver.received), receipts(installation)))
            installation.start(*options)
            installation.wait_until_ready()
        installation.post(*(body for place in places[-DESKS:] for body in drop(*place, now())))
        assert wait_for(receiver, len(places), 90), installation.told()
        time.sleep(3)  # whatever would come twice
        code, _ = installation.stop()
        assert code == 0, installation.told()

    by_alert = told_rightly(receiver, places, stored)
    assert receipts(installation) == set(by_alert)
    repeats = sum(count - 1 for count in Counter(receiver.ids()).values())
    sys.stdout.write(f"\n{KILLS} kills, {len(places)} alerts told, {repeats} of them again\n")
    assert repeats <= DESKS * KILLS
