"""As much of Grafana's HTTP API as is pushed to, remembering; by its own documentation.

https://grafana.com/docs/grafana/latest/developers/http_api/
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

TOKEN = "glsa_of_a_service_account"


@dataclass
class Grafana:
    """Folders, dashboards, rules and contact points, and every request that changed something."""

    folders: dict[str, dict[str, Any]] = field(default_factory=dict)
    boards: dict[str, dict[str, Any]] = field(default_factory=dict)
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    points: list[dict[str, Any]] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        grafana = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                sent = json.loads(self.rfile.read(length)) if length else None
                if self.headers["Authorization"] != f"Bearer {TOKEN}":
                    status, body = 401, {"message": "Unauthorized"}
                else:
                    status, body = grafana.answer(self.command, self.path, sent)
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = answer  # noqa: N815  # the names that the server calls

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, sent: Any) -> tuple[int, Any]:
        """Status and body."""
        if method != "GET":
            self.changes.append(f"{method} {path}")
        kind, last = path.removeprefix("/api").split("/")[-2:]
        answers: dict[tuple[str, str], Callable[[], tuple[int, Any]]] = {
            ("POST", "folders"): lambda: self._kept(self.folders, sent["uid"], sent),
            ("POST", "db"): lambda: self._board(sent),
            ("GET", "contact-points"): lambda: (200, self.points),
            ("POST", "contact-points"): lambda: self._point(sent),
            ("POST", "alert-rules"): lambda: self._kept(self.rules, sent["uid"], {"id": 7} | sent),
            ("PUT", "alert-rules"): lambda: self._kept(self.rules, last, sent),
            ("GET", "folders"): lambda: self._one(self.folders, last),
            ("GET", "uid"): lambda: self._one(self.boards, last),
            ("GET", "alert-rules"): lambda: self._one(self.rules, last),
        }
        found = answers.get((method, last)) or answers.get((method, kind))
        return found() if found else (404, {"message": f"not here: {path}"})

    def _point(self, sent: Any) -> tuple[int, Any]:
        self.points.append(sent)
        return 202, sent

    def _board(self, sent: Any) -> tuple[int, Any]:
        uid = sent["dashboard"]["uid"]
        before = self.boards.get(uid)
        version = 1 if before is None else before["dashboard"]["version"] + 1
        own = {**sent["dashboard"], "id": len(self.boards) + 1, "version": version}
        whole = {"dashboard": own, "meta": {"folderUid": sent["folderUid"]}}
        return self._kept(self.boards, uid, whole)

    @staticmethod
    def _kept(where: dict[str, dict[str, Any]], uid: str, what: dict[str, Any]) -> tuple[int, Any]:
        where[uid] = what
        return 200, what

    @staticmethod
    def _one(where: dict[str, dict[str, Any]], uid: str) -> tuple[int, Any]:
        found = where.get(uid)
        return (404, {"message": "not found"}) if found is None else (200, found)
