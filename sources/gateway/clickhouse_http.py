"""ClickHouse's HTTP interface, as far as clients use it to ask: what a request says, and answers.

https://clickhouse.com/docs/interfaces/http. Knows no store; bodies are compressed as that page and
https://clickhouse.com/docs/native-protocol/compression have it.
"""

import struct
from collections.abc import Iterator, Mapping
from secrets import token_hex

import msgspec
from aiohttp import BodyPartReader, web
from clickhouse_cityhash.cityhash import CityHash128
from clickhouse_driver.compression.lz4 import Compressor

from models.questions import Answer, Question, Refusal
from sources.gateway.operate import content_type

MAX_BYTES = 1 << 20
"""Of a request. Statements are text; rows are not taken."""

_OURS = frozenset(
    {
        "query",
        "database",
        "default_format",
        "user",
        "password",
        "session_id",
        "session_check",
        "session_timeout",
        "query_id",
        "compress",
        "decompress",
        "enable_http_compression",
        "client_protocol_version",
        "quota_key",
        "role",
        "stacktrace",
        "wait_end_of_query",
        "http_compression_method",
    }
)
_STATUS = {
    "AUTHENTICATION_FAILED": 401,
    "ACCESS_DENIED": 403,
    "READONLY": 403,
    "UNKNOWN_TABLE": 404,
    "UNKNOWN_DATABASE": 404,
    "UNKNOWN_FUNCTION": 404,
    "UNKNOWN_IDENTIFIER": 404,
    "TIMEOUT_EXCEEDED": 408,
    "QUERY_IS_TOO_LARGE": 413,
    "NOT_IMPLEMENTED": 501,
    "TOO_MANY_SIMULTANEOUS_QUERIES": 503,
}
_COMPRESSED_BYTES = 1 << 20
_LZ4 = b"\x82"


async def question(request: web.Request) -> Question | None:
    """What ``request`` asks, None where that is nothing. Raises ``Refusal``."""
    asked = dict(request.query)
    sql = [asked.get("query", "")]
    if request.method == "POST":
        sql.append(await _body(request, asked))
    text = "\n".join(part for part in sql if part.strip())
    if not text:
        return None
    headers = request.headers
    form = headers.get("X-ClickHouse-Format") or asked.get("default_format") or "TabSeparated"
    if not form.isalnum():
        raise Refusal(73, "UNKNOWN_FORMAT", f"Unknown format {form!r}.")
    revision = asked.get("client_protocol_version", "0")
    return Question(
        text,
        form,
        headers.get("X-ClickHouse-Database") or asked.get("database") or "semko",
        {name[6:]: value for name, value in asked.items() if name.startswith("param_")},
        {n: v for n, v in asked.items() if n not in _OURS and not n.startswith("param_")},
        int(revision) if revision.isdigit() else 0,
    )


async def _body(request: web.Request, asked: dict[str, str]) -> str:
    """The statement in the body; fields of a form go into ``asked``."""
    if request.query.get("decompress") == "1" or "Content-Encoding" in request.headers:
        problem = "a compressed request is not taken: send statements as they are."
        raise Refusal(48, "NOT_IMPLEMENTED", problem)
    if request.content_type == "multipart/form-data":
        form = await _form(request)
        asked.update(form)
        return form.get("query", "")
    return _text(await _bounded(request))


async def _form(request: web.Request) -> dict[str, str]:
    found: dict[str, str] = {}
    left = MAX_BYTES
    async for part in await request.multipart():
        name = part.name if isinstance(part, BodyPartReader) else None
        if not isinstance(part, BodyPartReader) or name is None or part.filename is not None:
            raise Refusal(48, "NOT_IMPLEMENTED", "tables sent along with a query are not taken.")
        content = bytes(await part.read(decode=False))
        left -= len(content)
        if left < 0:
            raise _too_large()
        found[name] = _text(content)
    return found


async def _bounded(request: web.Request) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_BYTES:
            raise _too_large()
    return bytes(body)


def _too_large() -> Refusal:
    return Refusal(223, "QUERY_IS_TOO_LARGE", f"the request has more than {MAX_BYTES} bytes.")


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Refusal(62, "SYNTAX_ERROR", "the query is not UTF-8.") from None


def told(request: web.Request, answer: Answer, zone: str) -> web.Response:
    """The answer as the client wants it: plain, in ClickHouse's own blocks, or as HTTP packs."""
    body = answer.body
    if request.query.get("compress") == "1":
        body = b"".join(compressed(body))
    summary = {
        "read_rows": str(answer.rows_read),
        "read_bytes": str(answer.bytes_read),
        "elapsed_ns": str(round(answer.seconds * 1e9)),
    }
    headers = _headers(request) | {
        "Content-Type": _media_type(answer.form),
        "X-ClickHouse-Format": answer.form,
        "X-ClickHouse-Timezone": zone,
        "X-ClickHouse-Summary": msgspec.json.encode(summary).decode(),
    }
    made = web.Response(body=body, headers=headers)
    if request.query.get("enable_http_compression") == "1":
        accepted = request.headers.get("Accept-Encoding", "")
        if "gzip" in accepted:
            made.enable_compression(web.ContentCoding.gzip)
        elif "deflate" in accepted:
            made.enable_compression(web.ContentCoding.deflate)
    return made


def refused(
    request: web.Request, refusal: Refusal, version: str, more: Mapping[str, str]
) -> web.Response:
    """The refusal in ClickHouse's words; ``more`` are further headers."""
    code = {"X-ClickHouse-Exception-Code": str(refusal.code)}
    return web.Response(
        text=f"{refusal} (version {version})\n",
        status=_STATUS.get(refusal.name, 400),
        headers=_headers(request) | code | dict(more),
    )


def _headers(request: web.Request) -> dict[str, str]:
    given = request.query.get("query_id", "")
    query_id = given if given.isprintable() and given.isascii() and given else token_hex(16)
    return {
        "Cache-Control": "no-store",
        "X-ClickHouse-Query-Id": query_id,
        "X-ClickHouse-Server-Display-Name": "semko",
    }


def _media_type(form: str) -> str:
    if form.startswith(("TabSeparated", "TSV")):
        return "text/tab-separated-values; charset=UTF-8"
    return content_type(form)


def compressed(body: bytes) -> Iterator[bytes]:
    """``body`` in blocks of LZ4, each after a checksum and its method."""
    for at in range(0, len(body), _COMPRESSED_BYTES):
        piece = body[at : at + _COMPRESSED_BYTES]
        compressor = Compressor()
        compressor.write(piece)
        content = _LZ4 + compressor.get_compressed_data(len(_LZ4))
        yield struct.pack("<QQ", *divmod(CityHash128(content), 1 << 64)) + content
