"""``POST /v1/events``: answers only when the log has the events durably.

Sending again is harmless, so every failure that may pass is a 503 to be repeated. Knows no log:
``append`` is one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import structlog
from aiohttp import web

from models.errors import Refused, WorldError
from models.records import EventRecord
from sources.gateway.answers import Problem, json_answer, too_large, unavailable
from sources.gateway.body import MAX_BODY_BYTES, NotGzip, TooLarge, inflate, split
from sources.gateway.guard import HOLDER
from sources.gateway.judge import NotForThisKey, Tests, judge
from sources.gateway.keys import Terminal
from sources.gateway.meters import Meters
from sources.gateway.settings import GatewaySettings

Append = Callable[[list[EventRecord]], Awaitable[None]]
"""Resolves when the log has the records durably; raises ``WorldError`` when it cannot."""

_log = structlog.get_logger("semko.gateway")
_JUDGED_AT_ONCE = 250  # then other requests and the stream have their turn: some 5 ms
_LINES = {"application/x-ndjson", "application/ndjson", "application/jsonl"}


class Rejection(NamedTuple):
    """Why the event at ``place`` (from 0, in the order sent, blank lines left out) was refused."""

    place: int
    refused: Refused

    def told(self) -> dict[str, object]:
        """The rejection as clients read it."""
        return {
            "index": self.place,
            "field": self.refused.field,
            "problem": self.refused.problem,
        }


class Intake:
    """Takes events, judges each on its own and appends the sound ones."""

    def __init__(
        self,
        append: Append,
        settings: GatewaySettings,
        meters: Meters,
        now: Callable[[], int],
        kept_since: Callable[[], int],
        tests: Tests,
        taken: Callable[[list[EventRecord]], None] = lambda _: None,
    ) -> None:
        self._append = append
        self._settings = settings
        self._meters = meters
        self._now = now
        self._kept_since = kept_since
        self._tests = tests
        self._taken = taken
        self._under_way = 0

    async def post(self, request: web.Request) -> web.Response:
        """The route's handler."""
        if self._under_way >= self._settings.requests_at_once:
            raise self._later("too many requests are under way")
        self._under_way += 1
        try:
            return await self._take(request)
        finally:
            self._under_way -= 1

    async def _take(self, request: web.Request) -> web.Response:
        body = await self._content(request)
        try:
            events = split(body, request.content_type in _LINES)
        except TooLarge as error:
            raise too_large(str(error)) from None
        if not events:
            return _answer(0, [Rejection(0, _nothing_sent(body))])
        holder = request[HOLDER]
        sent_by = holder if isinstance(holder, Terminal) else None
        records, rejections = await self._judged(events, sent_by)
        if records:
            await self.appended(records)
        elif all(isinstance(rejection.refused, NotForThisKey) for rejection in rejections):
            assert sent_by is not None  # only a terminal's key has bounds
            raise _not_for(sent_by)
        return _answer(len(records), rejections)

    async def _content(self, request: web.Request) -> bytes:
        encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in {"identity", "gzip", "x-gzip", ""}:
            raise _unreadable("Content-Encoding must be gzip or none")
        try:
            async with asyncio.timeout(self._settings.body_seconds):
                body = await _read(request)
        except TimeoutError:
            raise self._later("the body did not come in time") from None
        if encoding not in {"gzip", "x-gzip"}:
            return body
        try:
            return inflate(body)
        except NotGzip as error:
            raise _unreadable(str(error)) from None
        except TooLarge as error:
            raise too_large(str(error)) from None

    async def _judged(
        self, events: list[bytes], sent_by: Terminal | None
    ) -> tuple[list[EventRecord], list[Rejection]]:
        now, kept_since = self._now(), self._kept_since()
        records: list[EventRecord] = []
        rejections: list[Rejection] = []
        for index, raw in enumerate(events):
            if index % _JUDGED_AT_ONCE == _JUDGED_AT_ONCE - 1:
                await asyncio.sleep(0)
            try:
                records.append(judge(raw, sent_by, now, kept_since, self._tests))
            except Refused as refused:
                rejections.append(Rejection(index, refused))
                self._meters.add("semko_events_refused_total", reason=refused.reason)
        return records, rejections

    def judged(self, raw: bytes, sent_by: Terminal | None) -> EventRecord:
        """The record of one event of another route. Raises ``Refused``."""
        return judge(raw, sent_by, self._now(), self._kept_since(), self._tests)

    async def appended(self, records: list[EventRecord]) -> None:
        """Append sound records. Raises ``Problem`` where the log does not have them in time."""
        # Never cancelled: half of a shared write of the log may be other clients' events.
        task = asyncio.ensure_future(self._append(records))
        done, _ = await asyncio.wait({task}, timeout=self._settings.append_seconds)
        if not done:
            task.add_done_callback(_look_at)
            self._meters.add("semko_appends_failed_total")
            raise self._later("the log has not confirmed the events in time")
        try:
            task.result()
        except WorldError as error:
            self._meters.add("semko_appends_failed_total")
            _log.error("the log did not take events", problem=str(error))
            raise self._later("the log cannot take events now") from None
        for record in records:
            self._meters.add("semko_events_accepted_total", topic=record.topic)
        self._taken(records)

    def _later(self, problem: str) -> Problem:
        return unavailable(problem, self._settings.retry_after_seconds)


async def _read(request: web.Request) -> bytes:
    announced = request.content_length
    if announced is not None and announced > MAX_BODY_BYTES:
        raise too_large(f"the body has {announced} bytes; {MAX_BODY_BYTES} are the most")
    body = bytearray()
    try:
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise too_large(f"the body has more than {MAX_BODY_BYTES} bytes")
    except web.RequestPayloadError:
        raise _unreadable("the body is broken off") from None
    return bytes(body)


def _not_for(sent_by: Terminal) -> Problem:
    return Problem(
        403,
        "forbidden",
        f"none of these events is for this key, which may {sent_by.may()}",
        "send with the key of the terminal at that desk, or have the operator widen this one",
    )


def _answer(accepted: int, rejections: list[Rejection]) -> web.Response:
    body = {"accepted": accepted, "rejected": [rejection.told() for rejection in rejections]}
    return json_answer(body, 202 if accepted else 422)


def _nothing_sent(body: bytes) -> Refused:
    what = "the array is empty" if body.strip() else "the body is empty"
    return Refused("json", "", f"{what}: send one event, a JSON array of events, or NDJSON")


def _unreadable(problem: str) -> Problem:
    return Problem(422, "unreadable", problem, "send plain JSON, or JSON packed with gzip")


def _look_at(task: "asyncio.Future[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        _log.error("the log did not take events", problem=str(task.exception()))
