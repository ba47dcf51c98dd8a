"""Mail, chat, SMS gateways and push, by `apprise`: one address, one plugin.

Loads all of `apprise`, which takes a second and 15 MB: import it where there is such an address.
What goes wrong is what the plugin logs meanwhile on the same thread; no address is quoted.
"""

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import apprise

from models.notices import OPENED, RESOLVED, WITHDRAWN, Notice, Outcome

ID_LETTERS = 8
"""So much of a message's id ends its text, for people to see a repeat by."""

_logger = logging.getLogger("apprise")
_logger.propagate = False  # what it says is told in our own words

_ASSET = apprise.AppriseAsset(
    app_id="SEMKO", app_desc="SEMKO", async_mode=False, storage_mode="memory", secure_logging=True
)


def understood(url: str) -> apprise.NotifyBase | None:
    """The plugin for an address; None where `apprise` knows none."""
    with _heard():
        plugin: apprise.NotifyBase | None = apprise.Apprise.instantiate(url, asset=_ASSET)
    return plugin


@dataclass(frozen=True, slots=True)
class Apprised:
    """Sends texts to one address. One thread at a time."""

    plugin: apprise.NotifyBase

    def __call__(self, notice: Notice) -> Outcome:
        """One attempt; `apprise` has timeouts of its own, of some seconds."""
        message = json.loads(notice.known)
        text = f"{message['text']}\n[{notice.message_id[:ID_LETTERS]}]"
        with _heard() as said:
            try:
                done = self.plugin.notify(
                    body=text, title=message["title"], notify_type=_kind(notice)
                )
            except Exception as problem:  # 150 plugins raise what they like
                return Outcome(f"the plugin failed: {type(problem).__name__}")
        return Outcome("", "taken") if done else Outcome("; ".join(said) or "it was not taken")


def _kind(notice: Notice) -> apprise.NotifyType:
    if notice.event in {RESOLVED, WITHDRAWN}:
        return apprise.NotifyType.SUCCESS
    if notice.event == OPENED and notice.level == "amber":
        return apprise.NotifyType.WARNING
    return apprise.NotifyType.FAILURE if notice.level == "page" else apprise.NotifyType.INFO


class _Heard(logging.Handler):
    """What is logged on one thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.said.append(record.getMessage())


@contextmanager
def _heard() -> Iterator[list[str]]:
    handler = _Heard()
    _logger.addHandler(handler)
    try:
        yield handler.said
    finally:
        _logger.removeHandler(handler)
