"""The notifier: records which messages about alerts are due, sends them, records the receipts.

On a thread of its own, in the process that judges the offices. Recorded first, then sent: only what
was sent when the process died before its receipt was stored is sent again, with the same id and the
same content. What is due is decided in ``streams.core.notice_due``; how it is sent, by the caller's
``Send``.
"""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

import structlog

from models.errors import StoreUnavailable
from models.facts import Office
from models.notices import FAILED, INCLUDED, OPENED, PENDING, SENT, Notice, Send
from streams.core.judging import day_of, first_moment
from streams.core.notice_due import Draft, Scene, due
from streams.core.notice_history import History
from streams.core.notice_texts import Writer
from streams.core.notice_times import NoticeRules, is_hopeless, next_try
from streams.shell.notice_metrics import NoticeMetrics
from streams.shell.notice_ports import Book

log = structlog.get_logger(__name__)

ROUND_SECONDS, IDLE_SECONDS = 2.0, 30.0
"""The least and the most time between two rounds."""
STOP_SECONDS = 3.0
"""So long an attempt that is under way may take when the process ends."""
LOOK_BACK_MS = 2 * 86_400_000
"""An alert that is over and opened before that is told no more."""
TURNS = 8
"""More than one alert can have in one round."""


_Key = tuple[str, str]
"""A message and its address."""


@dataclass(frozen=True, slots=True)
class Telling:
    """By what is told, and how."""

    rules: NoticeRules
    writer: Writer
    send: Send


class Notifier:
    """``wake`` and ``stop`` may be called from any thread."""

    def __init__(
        self,
        book: Book,
        telling: Telling,
        owns: Callable[[Office], bool],
        clock: Callable[[], int],
    ) -> None:
        """``owns``: whether an office is this process's to tell of; ``clock`` in ms."""
        self.metrics = NoticeMetrics()
        self._book, self._telling, self._owns, self._clock = book, telling, owns, clock
        self._owed: dict[_Key, Notice] = {}
        """What came of attempts and could not be stored yet."""
        self._lock = threading.Lock()
        self._news, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="notifying", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Alerts may have changed."""
        self._news.set()

    def stop(self) -> None:
        """Begin nothing more; an attempt that takes too long is left, to be repeated."""
        self._stopping.set()
        self._news.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        wait = 0.0
        while not self._stopping.is_set():
            self._news.wait(wait)
            self._news.clear()
            if self._stopping.is_set():
                return
            try:
                wait = self.round()
            except StoreUnavailable as problem:
                log.warning("store is away, messages wait", problem=str(problem))
                wait = IDLE_SECONDS
            except Exception:
                log.exception("messages about alerts could not be worked out; they are tried again")
                wait = IDLE_SECONDS
            self._stopping.wait(ROUND_SECONDS)

    def round(self) -> float:
        """Record what is due, send what is pending; how many seconds there is nothing to do."""
        now = self._clock()
        self._pay()
        since = now - LOOK_BACK_MS
        book = {one: some for one, some in self._book.alerts(since).items() if self._owns(one)}
        recorded = self._book.notices(since, [one for some in book.values() for one in some])
        rules = self._telling.rules
        desks = _desks(self._book, rules, now)
        for _ in range(TURNS):
            drafts, held = due(Scene(rules, book, History(recorded), desks, now))
            self.metrics.held.set(held)
            if not drafts:
                break
            rows = self._rows(drafts, now)
            self._book.write(rows)
            recorded += rows
        pending = [one for one in recorded if one.state == PENDING and self._owns(one.office)]
        left = self._send(pending)
        self.metrics.pending.set(len(left))
        return self._until_next(left)

    def _rows(self, drafts: Sequence[Draft], now: int) -> list[Notice]:
        told = [one for one in drafts if one.state in {PENDING, INCLUDED}]
        alerts = {(one.office, one.alert_id): one for draft in told for one in draft.alerts}
        scores = self._book.scores(list(alerts.values())) if alerts else {}
        rows = []
        for draft in drafts:
            known = self._telling.writer.message(draft, scores, now) if draft in told else ""
            row = Notice(
                draft.office,
                draft.message_id,
                "",
                draft.alert_id,
                draft.event,
                draft.route.name,
                draft.level,
                draft.turn,
                draft.state,
                known,
                now,
                problem=draft.problem,
            )
            targets = draft.route.targets if draft.state == PENDING else [""]
            rows += [replace(row, target=target) for target in targets]
        return rows

    # --- sending ---------------------------------------------------------------------------------

    def _send(self, pending: list[Notice]) -> list[Notice]:
        """Every address on a thread of its own: one that does not answer holds up no other.

        Gives those that are pending still.
        """
        came: dict[_Key, Notice] = {_key(one): one for one in pending}
        by_target: dict[tuple[str, str], list[Notice]] = {}
        for notice in self._sendable(pending, came):
            by_target.setdefault((notice.route, notice.target), []).append(notice)
        threads = [
            threading.Thread(target=self._send_all, args=(some, came), daemon=True)
            for some in by_target.values()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [one for one in came.values() if one.state == PENDING]

    def _sendable(self, pending: list[Notice], came: dict[_Key, Notice]) -> list[Notice]:
        """What may go out now: nothing about an alert before what came before it. What was refused
        is behind the rest."""
        now, routes = self._clock(), {one.name: one for one in self._telling.rules.file.routes}
        found: list[tuple[int, int, Notice]] = []
        lives: dict[tuple[object, ...], list[Notice]] = {}
        for one in sorted(pending, key=lambda one: (one.turn, one.first_at)):
            about = one.alert_id or one.message_id
            lives.setdefault((one.route, one.target, one.office, about), []).append(one)
        for life in lives.values():
            for notice in life:
                route = routes.get(notice.route)
                if route is None or notice.target not in route.targets:
                    gone = "the route or its address is no longer in notify.toml"
                    came[_key(notice)] = self._note(
                        replace(notice, state=FAILED, tried_at=now, problem=gone)
                    )
                    continue
                desk, level = _desk(notice), notice.level
                allowed = self._telling.rules.may_send(route, notice.office, desk, level, now)
                if next_try(notice) > now or not allowed:
                    break
                found.append((life[0].attempts, life[0].first_at, notice))
        return [one for _, _, one in sorted(found, key=lambda each: (*each[:2], each[2].turn))]

    def _send_all(self, notices: list[Notice], came: dict[_Key, Notice]) -> None:
        """To one address, until it fails."""
        for notice in notices:
            if self._stopping.is_set():
                return
            came[_key(notice)] = after = self._attempted(notice)
            if after.state != SENT:
                return

    def _attempted(self, notice: Notice) -> Notice:
        """One attempt, and what came of it, stored."""
        try:
            problem = self._telling.send(notice).problem
        except Exception as error:
            log.exception("a message could not be sent", route=notice.route)
            problem = f"{type(error).__name__}"
        now = self._clock()
        tried = replace(notice, attempts=notice.attempts + 1, tried_at=now, problem=problem)
        if not problem:
            return self._note(replace(tried, state=SENT, sent_at=now))
        told = {"route": notice.route, "target": notice.target, "problem": problem}
        if is_hopeless(tried, now):
            log.error("a message about an alert is given up", **told, alert=notice.alert_id)
            return self._note(replace(tried, state=FAILED))
        log.warning("a message about an alert was not taken", **told, attempts=tried.attempts)
        self.metrics.attempts_failed.labels(notice.route).inc()
        return self._note(tried)

    def _note(self, notice: Notice) -> Notice:
        """Store what came of an attempt, now or as soon as the store is back."""
        if notice.state == SENT:
            self.metrics.sent.labels(notice.route).inc()
            if notice.event == OPENED:
                self._measure(notice)
        elif notice.state == FAILED:
            self.metrics.failed.labels(notice.route).inc()
        with self._lock:
            self._owed[_key(notice)] = notice
        try:
            self._book.write([notice])
        except Exception as problem:  # whatever it is: what was sent must not be forgotten
            log.warning("a receipt cannot be stored and waits", problem=str(problem))
            return notice
        with self._lock:
            del self._owed[_key(notice)]
        return notice

    def _pay(self) -> None:
        """Receipts first: what has one must not be taken for pending."""
        with self._lock:
            owed = list(self._owed.values())
        if owed:
            self._book.write(owed)
            with self._lock:
                self._owed.clear()

    def _measure(self, notice: Notice) -> None:
        opened = [one["opened_at"] for one in json.loads(notice.known)["alerts"]]
        if opened and notice.sent_at is not None:
            newest = datetime.fromisoformat(max(opened)).timestamp()
            self.metrics.delay.observe(max(0.0, notice.sent_at / 1000 - newest))

    def _until_next(self, pending: Sequence[Notice]) -> float:
        """What could be sent and was not waits for its address, its hours or a limit."""
        now = self._clock()
        times = (next_try(one) - now for one in pending)
        return min([IDLE_SECONDS, *(one / 1000 for one in times if one > 0)])


def _key(notice: Notice) -> _Key:
    return notice.message_id, notice.target


def _desks(book: Book, rules: NoticeRules, now: int) -> Callable[[Office], frozenset[str]]:
    """Asks once for an office."""

    @cache
    def ask(office: Office) -> frozenset[str]:
        zone = rules.time_zone(office.tenant_id)
        return book.desks(office, first_moment(day_of(now, zone), zone))

    return ask


def _desk(notice: Notice) -> str:
    """The desk that a message is about; empty where it is about several."""
    alerts = json.loads(notice.known)["alerts"]
    return str(alerts[0]["desk_id"]) if len(alerts) == 1 else ""
