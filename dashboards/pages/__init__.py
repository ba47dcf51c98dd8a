"""Pages of screens as files of this package, served with headers that keep other origins out.

A page is a folder here with ``index.html``; everything beside it is served below the page's own
path. Knows not what a page shows.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path

from aiohttp import web

_FOLDER = Path(__file__).parent
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
HEADERS = {
    # Everything comes from this origin, nothing is inline, and nobody else frames the page.
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def page_routes(page: str, but: Collection[str] = ()) -> list[web.AbstractRouteDef]:
    """``GET /page`` and ``GET /page/file`` for each file of the folder ``page`` ``but`` some, read
    once."""
    found: list[web.AbstractRouteDef] = []
    for path in sorted((_FOLDER / page).iterdir()):
        if path.suffix in _TYPES and path.name not in but:
            url = f"/{page}" if path.name == "index.html" else f"/{page}/{path.name}"
            found.append(web.get(url, serving(path.read_bytes(), _TYPES[path.suffix])))
    return found


def serving(
    body: bytes, content_type: str, headers: Mapping[str, str] = HEADERS
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler that answers ``body``."""

    async def serve(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type=content_type, charset="utf-8", headers=headers)

    return serve
