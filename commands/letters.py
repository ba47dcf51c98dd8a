"""What an operator may ask about dead letters, done by the process that holds store and log.

The same for a command that has both to itself and for one that asks a running process over HTTP.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from models.alert_actions import TOPIC as ALERT_ACTIONS
from models.errors import CallError, Refused
from models.records import EventRecord
from sinks.database import Database
from sinks.dead_letters import Letter, Wanted, causes, count, letters, note, readable
from sources.gateway.judge import judge, judge_action

SHOWN_AT_MOST = 1_000
REFUSED_NAMED_AT_MOST = 100

Append = Callable[[list[EventRecord]], None]
"""Returns once the log has the records durably."""


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``values`` are put into every event that is sent again; ``mended`` are whole events by the
    id of the letter that each replaces."""

    do: Literal["list", "show", "resubmit"]
    wanted: Wanted = Wanted()
    values: dict[str, Any] = {}
    mended: dict[str, Any] = {}
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """Where it is done: ``now`` in ms since 1970, ``kept_since`` the first instant kept."""

    database: Database
    append: Append
    now: Callable[[], int]
    kept_since: int
    tell: Callable[[int, int], None]

    def answer(self, asked: Asked) -> dict[str, Any]:
        """Do what is asked. Raises ``CallError`` where it makes no sense."""
        if asked.do == "list":
            return {"causes": causes(self.database, asked.wanted)}
        if asked.do == "show":
            return {"dead_letters": list(self._shown(asked.wanted))}
        return self._resubmit(asked)

    def _shown(self, wanted: Wanted) -> list[dict[str, Any]]:
        found = [letter for page in letters(self.database, wanted) for letter in page]
        if wanted.ids and not found:
            raise CallError(f"there is no dead letter {', '.join(wanted.ids)}")
        return [self._told(letter) for letter in found[:SHOWN_AT_MOST]]

    def _told(self, letter: Letter) -> dict[str, Any]:
        return {
            "id": letter.id,
            "source": letter.source,
            "topic": letter.topic,
            "recorded_at": letter.recorded_at,
            "reason": letter.reason,
            "field": letter.field,
            "problem": letter.problem,
            "action": letter.action,
            "now": self._verdict(letter),
            "raw": readable(letter.raw),
        }

    def _verdict(self, letter: Letter) -> str:
        try:
            self._judged(letter.topic, letter.raw)
        except Refused as refusal:
            return str(refusal)
        return "would be accepted"

    def _judged(self, topic: str, body: bytes) -> EventRecord:
        if not body:
            raise Refused(
                "json", "", "nothing is kept of it: it came empty, or its 30 days are over"
            )
        if topic == ALERT_ACTIONS:
            return judge_action(body, self.now())
        return judge(body, None, self.now(), self.kept_since)

    def _resubmit(self, asked: Asked) -> dict[str, Any]:
        wanted = asked.wanted
        if asked.mended:
            wanted = msgspec.structs.replace(wanted, ids=[*asked.mended])
        outcome = _Outcome(matched=count(self.database, wanted))
        outcome.done_before = outcome.matched - count(self.database, wanted, undone=True)
        looked = outcome.done_before
        for page in letters(self.database, wanted, undone=True):
            self._take(page, asked, outcome)
            looked += len(page)
            self.tell(looked, outcome.matched)
        for name in sorted(self._unknown(asked)):
            outcome.refuse(name, Refused("unknown", "", "there is no such dead letter"))
        return outcome.told(dry_run=asked.dry_run)

    def _unknown(self, asked: Asked) -> set[str]:
        """Ids that were named for nothing."""
        named = {*asked.mended, *asked.wanted.ids}
        if not named:
            return set()
        pages = letters(self.database, Wanted(ids=sorted(named)))
        there = {letter.id for page in pages for letter in page}
        return {name for name in named if not any(each.startswith(name) for each in there)}

    def _take(self, page: Sequence[Letter], asked: Asked, outcome: "_Outcome") -> None:
        """Send again what of a page is sound now: into the log, then into the book."""
        sound: list[tuple[Letter, EventRecord]] = []
        for letter in page:
            try:
                sound.append((letter, self._judged(letter.topic, _mended(letter, asked))))
            except Refused as refusal:
                outcome.refuse(letter.id, refusal)
        outcome.resubmitted += len(sound)
        if asked.dry_run or not sound:
            return
        # In this order: a crash in between sends an event twice, which counts it once.
        self.append([record for _, record in sound])
        action = "mended" if asked.mended or asked.values else "resubmitted"
        note(self.database, [letter for letter, _ in sound], action)


@dataclass(slots=True)
class _Outcome:
    matched: int
    done_before: int = 0
    resubmitted: int = 0
    refused: int = 0
    named: list[dict[str, str]] = field(default_factory=list)

    def refuse(self, letter: str, refusal: Refused) -> None:
        self.refused += 1
        if len(self.named) < REFUSED_NAMED_AT_MOST:
            said = {"id": letter, "field": refusal.field, "problem": refusal.problem}
            self.named.append(said)

    def told(self, *, dry_run: bool) -> dict[str, Any]:
        return {
            "matched": self.matched,
            "resubmitted": self.resubmitted,
            "done_before": self.done_before,
            "refused": self.refused,
            "dry_run": dry_run,
            "problems": self.named,
        }


def _mended(letter: Letter, asked: Asked) -> bytes:
    """What to send in place of a letter; ``Refused`` where values fit into nothing."""
    if asked.mended:
        event = _of(asked.mended, letter)
        return event.encode() if isinstance(event, str) else _said(event)
    if not asked.values:
        return letter.raw
    try:
        event = json.loads(letter.raw)
    except ValueError as problem:
        raise Refused("json", "", f"is no JSON, so no field can be set: {problem}") from None
    if not isinstance(event, dict):
        raise Refused("json", "", "is no JSON object, so no field can be set")
    return _said(event | asked.values)


def _of(mended: Mapping[str, Any], letter: Letter) -> Any:
    """The event for a letter, by its whole id or by the one without the log."""
    return mended.get(letter.id, mended.get(letter.id.partition("@")[0]))


def _said(event: Any) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass")
