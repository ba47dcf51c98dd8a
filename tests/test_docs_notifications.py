"""What the page about notifications shows works as it stands there."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from models.notify_file import Event, NotifyFile
from models.registry import Registry
from sinks.embedded import EmbeddedStore
from sinks.notifiers import senders
from sinks.notifiers.signing import signature
from streams.core.notice_texts import Writer
from tests.told_alerts import MONDAY, SOFIA, alert, drafted, routes

PAGE = (Path(__file__).parents[1] / "docs" / "notifications.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_file_of_the_page_is_one_and_its_addresses_are_known() -> None:
    file = NotifyFile.parse(blocks("toml")[0])
    senders(file, "notify.toml", lambda: 0)
    assert [one.name for one in file.routes] == ["duty", "helpdesk"]
    assert len(file.routes[1].quiet) == 2
    assert len(file.maintenance) == 1


def test_the_verification_of_the_page_takes_ours_and_nothing_else() -> None:
    found: dict[str, Callable[[str, str, bytes], bool]] = {}
    exec(blocks("python")[0], found)
    holds, now = found["is_from_semko"], int(time.time())
    assert holds("secret", signature("secret", b"{}", now), b"{}")
    assert not holds("secret", signature("secret", b"{}", now), b"{ }")
    assert not holds("other", signature("secret", b"{}", now), b"{}")
    assert not holds("secret", signature("secret", b"{}", now - 301), b"{}")


def test_the_message_of_the_page_has_the_fields_of_one_in_their_order() -> None:
    shown: dict[str, Any] = json.loads(blocks("json")[0])
    (draft,) = drafted(routes(), [alert()])
    writer = Writer(Registry.empty(), "https://semko.example", lambda _: SOFIA)
    made = json.loads(writer.message(draft, {}, MONDAY))
    assert list(shown) == list(made)
    assert list(shown["alerts"][0]) == list(made["alerts"][0])
    assert list(shown["links"]) == list(made["links"])


def test_the_page_explains_every_event() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert rows >= {*get_args(Event), "reopened", "summary"}


def test_the_question_of_the_page_can_be_asked(tmp_path: Path) -> None:
    store = EmbeddedStore(f"chdb://{tmp_path}/store")
    try:
        assert store.rows(blocks("sql")[0]) == []
    finally:
        store.close()


@pytest.mark.parametrize("option", ["--notify", "SEMKO_NOTIFY"])
def test_the_page_names_how_the_file_is_given(option: str) -> None:
    assert option in PAGE
