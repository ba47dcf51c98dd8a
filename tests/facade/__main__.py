"""The façade as a process: ``python -m tests.facade FOLDER PORTS [CERTIFICATE]``.

Says its ports as JSON on stdout, then does what lines of JSON on stdin ask (``Behaviour``), and
answers each with its count of inserts so far. Ends with its stdin.
"""

import json
import os
import socket
import ssl
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chdb.session import Session

from tests.facade.engine import Failure, Sessions, Types
from tests.facade.wire import Query, Wire, header


@dataclass
class Behaviour:
    """How the façade misbehaves; each is set by its name."""

    password: str = ""
    version: tuple[int, int] = (26, 9)
    silent_every: int = 0
    """Every so many inserts is applied, and its answer never comes."""
    close_every: int = 0
    """Every so many inserts is applied, and its connection closed in place of an answer."""
    hang_up_every: int = 0
    """Every so many inserts is cut off in the middle of its data, and not applied."""
    refuse: tuple[str, int, str] | None = None
    """Part of a statement, and the code and the message with which it is refused."""
    refuse_at: int | None = None
    """The one address, by its number from 0, at which it is refused."""
    mute: int | None = None
    """The address that accepts connections and hangs up."""
    instead: tuple[str, str] | None = None
    """Part of a statement, and what is run in its place."""
    inserts: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def insert_number(self) -> int:
        with self.lock:
            self.inserts += 1
            return self.inserts

    def is_at(self, number: int, every: int) -> bool:
        return bool(every) and number % every == 0


class Port:
    """One address of the façade; while it is away it refuses, and all its connections are cut."""

    def __init__(self, server: "Facade", index: int) -> None:
        self._server = server
        self._index = index
        self.number = 0
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self.listen()

    def listen(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.number), backlog=64)
        self.number = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def leave(self) -> None:
        if self._listener is not None:
            # Closing alone does not wake who waits to accept.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        self._open.add(connection)
        with suppress(OSError, EOFError):
            if self._server.tls is not None:
                connection = self._server.tls.wrap_socket(connection, server_side=True)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._server.serve(Wire(connection), self._index)
        connection.close()


class Facade:
    """The engine's folder and all addresses."""

    def __init__(self, folder: Path, ports: int, certificate: str) -> None:
        self._folder = folder
        self.behaviour = Behaviour()
        self.tls: ssl.SSLContext | None = None
        if certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate)
        # Held as long as the process: the engine ends with its last session.
        self._held = Session(str(folder))
        names = self._held.query("SELECT name FROM system.settings", "TSV").bytes().decode()
        self._settings = frozenset(names.split())
        self._types: Types = {}
        self.ports = [Port(self, index) for index in range(ports)]

    def serve(self, wire: Wire, port: int) -> None:
        if self.behaviour.mute == port:
            return
        _, password = wire.hello()
        if password != self.behaviour.password:
            wire.send_error(516, "default: Authentication failed: password is incorrect")
            return
        wire.welcome(self.behaviour.version)
        sessions = Sessions(self._folder, self._settings, self._types)
        try:
            for query in wire.queries():
                try:
                    self._answer(wire, sessions, self._meant(query, port))
                except Failure as failure:
                    wire.send_error(failure.code, str(failure))
        finally:
            sessions.close()

    def _meant(self, query: Query, port: int) -> Query:
        if self.behaviour.instead and self.behaviour.instead[0] in query.sql:
            return Query(query.sql.replace(*self.behaviour.instead), query.settings)
        refuse = self.behaviour.refuse
        if refuse and refuse[0] in query.sql and self.behaviour.refuse_at in (None, port):
            raise Failure(*refuse[1:])
        return query

    def _answer(self, wire: Wire, sessions: Sessions, query: Query) -> None:
        insertion = sessions.insertion(query)
        if insertion is None:
            for block in sessions.results(query):
                wire.send_block(block)
                if "WITH TOTALS" in query.sql:
                    # The engine keeps totals to itself: rows stand in for them, as they are sent.
                    wire.send_block(block, 7)
            wire.send_end()
            return
        number = self.behaviour.insert_number()
        wire.send_block(header(sessions.types(query, *insertion)))
        if self.behaviour.is_at(number, self.behaviour.hang_up_every):
            wire.socket.recv(100)
            raise EOFError
        sessions.store(query, *insertion, list(wire.data()))
        if self.behaviour.is_at(number, self.behaviour.silent_every):
            wire.socket.recv(1)  # until the client has had enough
            raise EOFError
        if self.behaviour.is_at(number, self.behaviour.close_every):
            raise EOFError
        wire.send_end()

    def obey(self, told: dict[str, Any]) -> None:
        for name, value in told.items():
            if name == "away":
                self.ports[value].leave()
            elif name == "back":
                self.ports[value].listen()
            else:
                setattr(self.behaviour, name, tuple(value) if isinstance(value, list) else value)


def main() -> None:
    folder, ports, certificate = Path(sys.argv[1]), int(sys.argv[2]), (sys.argv[3:] or [""])[0]
    facade = Facade(folder, ports, certificate)
    _say([port.number for port in facade.ports])
    for line in sys.stdin:
        facade.obey(json.loads(line))
        _say(facade.behaviour.inserts)
    # Threads of connections may be anywhere in the engine: nothing of them is wanted any more.
    os._exit(0)


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
