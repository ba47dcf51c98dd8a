"""What is told of alerts, and what is recorded of it: the words of notifications.

Pure; knows neither routes' addresses nor how a message is sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from models import alert_actions
from models.facts import Office

OPENED, ESCALATED, RESOLVED, WITHDRAWN = "opened", "escalated", "resolved", "withdrawn"
REOPENED = "reopened"
"""What was resolved or withdrawn is not, since late votes came. Told to whom the end was told."""
SUMMARY = "summary"
"""Several at once, where there were more than a route takes."""
BEGUN = "begun"
"""No message: from when on a route is told of an office."""
TEST = "test"
"""A message that `semko alerts test-notify` sends; recorded nowhere."""

PENDING, SENT, FAILED = "pending", "sent", "failed"
INCLUDED = "included"
"""Told in another message, of the office or a summary, whose id is in ``problem``."""
SUPPRESSED = "suppressed"

_RANKS = {SUPPRESSED: 0, INCLUDED: 1, PENDING: 2, FAILED: 3, SENT: 4}
_ATTEMPT_BITS = 32
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class AlertNow:
    """A row of the alert book; times in ms since 1970, scores 0 to 100, shares in %."""

    office: Office
    desk: str
    """Empty: the whole office."""
    alert_id: str
    kind: str
    level: str
    state: str
    begun_at: int
    opened_at: int
    expected: float
    observed: float
    drop_points: float
    resolved_at: int | None = None
    resolved_by: str = ""

    @property
    def is_live(self) -> bool:
        """Whether it is not over."""
        return self.state in alert_actions.PENDING


@dataclass(frozen=True, slots=True)
class Notice:
    """A row of ``notifications``: a message to one address, or why there is none."""

    office: Office
    message_id: str
    target: str
    """Which address of the route; empty where nothing is sent."""
    alert_id: str
    event: str
    route: str
    level: str
    turn: int
    """The how manieth about the alert on that route, from 1."""
    state: str
    known: str
    """What was known then, as JSON: the message itself."""
    first_at: int
    attempts: int = 0
    tried_at: int = 0
    sent_at: int | None = None
    problem: str = ""

    @property
    def revision(self) -> int:
        """A receipt outranks whatever another process, late or dying, writes of the message."""
        return _RANKS[self.state] << _ATTEMPT_BITS | self.attempts


class Score(NamedTuple):
    """Votes since a drop began, their mean, and half the width of its 95 % interval."""

    votes: int
    mean: float | None
    reach: float | None


class Outcome(NamedTuple):
    """What became of one attempt to send; ``problem`` is empty where there is a receipt."""

    problem: str
    said: str = ""
    """What came back, for people."""


Send = Callable[[Notice], Outcome]
"""Sends a message to its address, and returns once there is a receipt or a problem. Called from
several threads. Never raises for what the other side does."""


def message_id(*parts: str | int) -> str:
    """Stable id of a message: the same parts give the same 32 hexadecimal digits."""
    return sha256(_SEPARATOR.join(map(str, parts)).encode()).hexdigest()[:32]
