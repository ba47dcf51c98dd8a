"""The kiosk's page: five faces, in every language of which there is a file, and its service worker.

It shows no numbers and asks for none.
"""

import json
from pathlib import Path

from aiohttp import web

from dashboards.pages import HEADERS, page_routes, serving

_FOLDER = Path(__file__).parent / "pages" / "kiosk"


def routes() -> list[web.AbstractRouteDef]:
    """``/kiosk``, its files and ``/vote``; ``languages.json`` names what there are texts of."""
    files = ["/kiosk", "/kiosk/languages.json"]
    files += sorted(f"/kiosk/{path.name}" for path in _FOLDER.iterdir() if path.suffix != ".html")
    files.remove("/kiosk/worker.js")
    vote = (_FOLDER / "vote.html").read_bytes()
    worker = (_FOLDER / "worker.js").read_text("utf-8").replace("__FILES__", json.dumps(files))
    # The page is no file below the worker's folder, so the worker must be allowed it by name.
    allowed = HEADERS | {"Service-Worker-Allowed": "/kiosk"}
    told = json.dumps(languages(), ensure_ascii=False).encode()
    return [
        *page_routes("kiosk", but=("worker.js", "vote.html")),
        web.get("/kiosk/worker.js", serving(worker.encode(), "text/javascript", allowed)),
        web.get("/vote/{token}", serving(vote, "text/html")),
        web.get("/kiosk/languages.json", serving(told, "application/json")),
    ]


def languages() -> dict[str, str]:
    """Codes and names of languages, Bulgarian first, English second."""
    found = {
        path.name.split(".")[1]: str(json.loads(path.read_text("utf-8"))["language"])
        for path in _FOLDER.glob("texts.*.json")
    }
    first = ("bg", "en")
    return {code: found[code] for code in (*first, *sorted(set(found) - set(first)))}
