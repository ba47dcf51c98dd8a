"""A small body that is one JSON object, for the routes that take no events."""

from typing import Any

import msgspec
from aiohttp import web

from models.errors import Refused

_OBJECT = msgspec.json.Decoder(dict[str, Any])


async def one_object(request: web.Request, bytes_at_most: int) -> dict[str, Any] | None:
    """The body, or None where it has more bytes than that; raises ``Refused`` where it is
    anything else than one object."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > bytes_at_most:
            return None
    try:
        return _OBJECT.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused("json", "", "the body must be one JSON object") from None
