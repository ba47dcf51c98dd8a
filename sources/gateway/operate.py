"""Routes for operators: life, readiness, counts, SQL and the comparison of the two books.

Knows no store and no pipeline: what it asks them comes as callables.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog
from aiohttp import web

from models.errors import CallError, SemkoError
from sources.gateway.along import Tell, answered
from sources.gateway.answers import json_answer, unavailable
from sources.gateway.meters import Meters

Ready = Callable[[], Awaitable[Mapping[str, object]]]
"""What each part says of itself; raises ``SemkoError`` with the reason while not ready."""

Query = Callable[[str, str], Awaitable[bytes]]
"""SQL and a ClickHouse format to the bytes of the answer."""

Reconcile = Callable[[Tell, bool], Awaitable[Mapping[str, object]]]
"""The comparison of metrics and facts as one object; True: what differs is repaired."""

DeadLetters = Callable[[bytes, Tell], Awaitable[Mapping[str, object]]]
"""What is asked about dead letters, as JSON, and the answer as one object."""


Indicators = Callable[[bytes], Awaitable[Mapping[str, object]]]
"""A lagging series to add, as JSON, and what became of it as one object."""

Freeze = Callable[[], Awaitable[Mapping[str, object]]]
"""Have the store's files stand still for a copy; what it says of them."""


@dataclass(frozen=True, slots=True)
class StoreSide:
    """What the process that holds the store offers to its operators."""

    query: Query
    reconcile: Reconcile
    dead_letters: DeadLetters
    freeze: Freeze
    indicators: Indicators


MAX_SQL_BYTES = 256 * 1024
MAX_ASKED_BYTES = 16 * 1024 * 1024
_FORMAT = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")
_log = structlog.get_logger("semko.gateway")


class Health:
    """``/healthz``, ``/readyz`` and ``/metrics``."""

    def __init__(self, ready: Ready, meters: Meters, more_metrics: Callable[[], str]) -> None:
        self._ready = ready
        self._meters = meters
        self._more_metrics = more_metrics

    async def alive(self, _: web.Request) -> web.Response:
        """The loop turns: more it does not say."""
        return json_answer({"alive": True})

    async def ready(self, _: web.Request) -> web.Response:
        """Whether events sent now would be taken and counted."""
        try:
            return json_answer({"ready": True, **await self._ready()})
        except SemkoError as error:
            return unavailable(str(error), 2).answer(ready=False)

    async def metrics(self, _: web.Request) -> web.Response:
        """Counts as Prometheus reads them."""
        text = self._meters.text() + self._more_metrics()
        return web.Response(
            body=text.encode(),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
        )


class Desk:
    """The routes of the process that holds the store."""

    def __init__(self, store: StoreSide) -> None:
        self._store = store

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.post("/v1/query", self.query),
            web.post("/v1/reconcile", self.reconcile),
            web.post("/v1/dead-letters", self.dead_letters),
            web.post("/v1/freeze", self.freeze),
            web.post("/v1/indicators", self.indicators),
        ]

    async def query(self, request: web.Request) -> web.Response:
        """SQL as the body, the format in ``?format=``."""
        form = request.query.get("format", "PrettyCompact")
        if not _FORMAT.fullmatch(form):
            raise CallError("format must be the name of a ClickHouse format, such as JSONEachRow")
        sql = await _text(request)
        _log.info("query", format=form)
        body = await self._store.query(sql, form)
        headers = {"Content-Type": content_type(form), "Cache-Control": "no-store"}
        return web.Response(body=body, headers=headers)

    async def reconcile(self, request: web.Request) -> web.StreamResponse:
        """The two books held against each other; with ``?repair=yes`` what differs is repaired."""
        repair = request.query.get("repair", "no")
        if repair not in {"yes", "no"}:
            raise CallError("repair must be yes or no")
        _log.info("reconcile", repair=repair)
        return await answered(request, lambda tell: self._store.reconcile(tell, repair == "yes"))

    async def dead_letters(self, request: web.Request) -> web.StreamResponse:
        """What operators ask about dead letters, and their sending again."""
        body = await _body(request, MAX_ASKED_BYTES)
        _log.info("dead letters")
        return await answered(request, lambda tell: self._store.dead_letters(body, tell))

    async def freeze(self, _: web.Request) -> web.Response:
        """The store's files frozen, for `semko backup`; those of the time before are let go."""
        _log.info("frozen for a backup")
        return json_answer(await self._store.freeze())

    async def indicators(self, request: web.Request) -> web.StreamResponse:
        """A lagging series named and its values stored, all of them or none."""
        body = await _body(request, MAX_ASKED_BYTES)
        _log.info("indicator")
        return await answered(request, lambda _: self._store.indicators(body))


async def _body(request: web.Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > most:
            raise CallError(f"the body has more than {most} bytes")
    return bytes(body)


async def _text(request: web.Request) -> str:
    sql = await _body(request, MAX_SQL_BYTES)
    try:
        text = sql.decode().strip()
    except UnicodeDecodeError:
        raise CallError("the query is not UTF-8") from None
    if not text:
        raise CallError("the body is empty; send the SQL of one query")
    return text


def content_type(form: str) -> str:
    """The media type of a ClickHouse format."""
    if form in {"JSONEachRow", "JSONLines", "NDJSON"} or form.startswith("JSONCompactEachRow"):
        return "application/x-ndjson"
    if form.startswith("JSON"):
        return "application/json"
    if form.startswith(("Arrow", "Parquet", "Native", "RowBinary", "Avro", "ORC")):
        return "application/octet-stream"
    return "text/csv; charset=utf-8" if form.startswith("CSV") else "text/plain; charset=utf-8"
