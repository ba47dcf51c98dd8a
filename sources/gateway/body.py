"""From the bytes of a request to the bytes of its events, whatever the bytes are.

One object, a JSON array or NDJSON are told apart by content. Every event keeps the bytes it was
sent with, and a broken one costs its neighbours nothing as long as brackets and quotes still show
where it ends. Knows neither HTTP nor the event contract.
"""

import re
import zlib

import msgspec

MAX_BODY_BYTES = 1 << 20
MAX_EVENTS = 10_000  # the smallest valid events come to some 7,000 in a full body

_BLANK = b" \t\r\n"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_VALUE = msgspec.json.Decoder(msgspec.Raw)
_BROKEN = (msgspec.DecodeError, RecursionError)

# Possessive, and an open text runs to the end: linear in the length of whatever is sent.
_MARK = re.compile(rb'"(?:[^"\\]++|\\(?:.|\Z))*+(?:"|\Z)|[\[\]{},]', re.DOTALL)


class TooLarge(ValueError):
    """More bytes or more events than one request may carry; the message says which."""


class NotGzip(ValueError):
    """The body is no gzip stream, or it is cut off; the message says which."""


def inflate(body: bytes, limit: int = MAX_BODY_BYTES) -> bytes:
    """The content of a gzip ``body`` of one or more members.

    Never holds more than ``limit`` bytes of it. Raises ``TooLarge`` or ``NotGzip``.
    """
    parts: list[bytes] = []
    left = limit
    while body:
        member = zlib.decompressobj(wbits=31)  # 31: a gzip header and trailer are required
        try:
            part = member.decompress(body, left + 1)
        except zlib.error:
            raise NotGzip("the body is not gzip, though Content-Encoding says so") from None
        if len(part) > left:
            raise TooLarge(f"the body holds more than {limit} bytes once unpacked")
        if not member.eof:
            raise NotGzip("the gzip body is cut off")
        parts.append(part)
        left -= len(part)
        body = member.unused_data
    return b"".join(parts)


def split(body: bytes, lines_hint: bool = False) -> list[bytes]:
    """The events of ``body`` in the order sent, blank lines left out.

    ``lines_hint`` says that the sender called it NDJSON; it decides only where content does not.
    Raises ``TooLarge`` above ``MAX_EVENTS``.
    """
    body = body.removeprefix(_BYTE_ORDER_MARK).strip(_BLANK)
    if not body:
        return []
    if body.startswith(b"["):
        events = _split_array(body, lines_hint)
    elif _is_lines(body, lines_hint):
        events = _split_lines(body)
    else:
        events = [body]
    if len(events) > MAX_EVENTS:
        raise TooLarge(f"{len(events)} events in one body; {MAX_EVENTS} are the most")
    return events


def _split_array(body: bytes, lines_hint: bool) -> list[bytes]:
    try:
        return [bytes(element) for element in _ARRAY.decode(body)]
    except _BROKEN:
        pass
    # Broken somewhere, or lines of which the first is broken: the reading that saves more is right.
    elements = _split_broken_array(body)
    lines = _split_lines(body)
    gain = sum(map(_is_whole_object, lines)) - sum(map(_is_whole_object, elements))
    return lines if gain > 0 or (gain == 0 and lines_hint and len(lines) > 1) else elements


def _split_broken_array(body: bytes) -> list[bytes]:
    """Elements by brackets and quotes alone. What follows the closing bracket is the last one."""
    events: list[bytes] = []
    depth = 0
    start = 1
    for mark in _MARK.finditer(body):
        byte = body[mark.start()]
        if byte in b"[{":
            depth += 1
        elif byte in b"]}":
            depth -= 1
        elif byte == ord(b",") and depth == 1:
            events.append(body[start : mark.start()].strip(_BLANK))
            start = mark.end()
        if depth == 0:
            last = body[start : mark.start()].strip(_BLANK)
            rest = body[mark.end() :].strip(_BLANK)
            return [*events, *([last] if last or events else []), *([rest] if rest else [])]
    return [*events, body[start:].strip(_BLANK)]


def _is_lines(body: bytes, lines_hint: bool) -> bool:
    first, newline, _ = body.partition(b"\n")
    if not newline:
        return False
    if _is_whole(body):
        return False  # one object over several lines
    return lines_hint or _is_whole(first) or not body.startswith(b"{") or _starts(body) > 1


def _is_whole(text: bytes) -> bool:
    try:
        _VALUE.decode(text)
    except _BROKEN:
        return False
    return True


def _is_whole_object(text: bytes) -> bool:
    return text.startswith(b"{") and _is_whole(text)


def _starts(body: bytes) -> int:
    """Lines that begin with an object: in one object printed over several lines, only the first."""
    return len(re.findall(rb"(?m)^[ \t]*\{", body))


def _split_lines(body: bytes) -> list[bytes]:
    return [line for line in (part.strip(_BLANK) for part in body.split(b"\n")) if line]
