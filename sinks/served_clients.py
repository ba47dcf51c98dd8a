"""Connections to a ClickHouse over the network: one client a call, fail-over, and what errors mean.

A client of clickhouse-driver that two threads share deadlocks, so each call takes one for itself.
Knows no SQL. Passwords stand in no message: the driver and the server never repeat them.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Condition

from clickhouse_driver import Client
from clickhouse_driver.errors import Error, ServerException, SocketTimeoutError, UnknownTypeError

from models.errors import SemkoError, StoreUnavailable, WorldError
from sinks.problems import refused_for_now, sentence
from sinks.store_url import PASSWORD_VARIABLE, USER_VARIABLE, Address, Host

OLDEST = (25, 8)
"""Servers below are refused: older releases get no fixes any more, and none was tried."""

DIALECT = 54453
"""The revision of the native protocol that is spoken, whatever the server knows (decision 0013)."""

_CONNECT_SECONDS = 5

# What the driver logs is raised too, and said in our own words; it would add stack traces.
logging.getLogger("clickhouse_driver").setLevel(logging.CRITICAL)


class StatementRefused(RuntimeError):
    """The server refuses a statement for good; ``code`` is its number for the reason."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class Clients:
    """Clients of the host in use; any number of threads. After a failure the next host is used."""

    def __init__(self, address: Address, settings: Mapping[str, object]) -> None:
        """Connects to nothing yet. ``settings`` go with every query."""
        self._address = address
        self._settings = dict(settings)
        self._at = 0
        self._idle: list[Client] = []
        self._in_use = 0
        self._closed = False
        self._change = Condition()

    @contextmanager
    def client(self, *, fresh: bool = False) -> Iterator[Client]:
        """A client for this call alone; ``fresh``: on a connection that was not used before.

        Raises ``StoreUnavailable`` for what may pass, ``StatementRefused`` for what will not,
        ``WorldError`` where a server is not the right one. After any error, and where a result was
        not read to its end, the connection is given up: what it would say next belongs to nobody.
        """
        with self._change:
            if self._closed:
                raise RuntimeError("the store is closed")
            self._in_use += 1
            at, client = self._at, self._idle.pop() if self._idle and not fresh else None
        try:
            with translated():
                if client is None:
                    at, client = self._connected()
                yield client
        except BaseException as error:
            if client is not None:
                client.disconnect()
            if isinstance(error, StoreUnavailable):
                self._leave(at)
            client = None
            raise
        finally:
            with self._change:
                self._in_use -= 1
                if client is not None and at == self._at:
                    self._idle.append(client)
                elif client is not None:
                    client.disconnect()
                self._change.notify_all()

    def close(self) -> None:
        """Wait for running calls, then disconnect; more than once does no harm."""
        with self._change:
            self._closed = True
            self._change.wait_for(lambda: self._in_use == 0)
            self._disconnect_idle()

    def each_host(self) -> Iterator[tuple[Host, Client]]:
        """A client of every host that answers, for this call alone."""
        for host in self._address.hosts:
            client = self.unconnected(host)
            try:
                with translated():
                    _connect(client, host, self._address)
                    yield host, client
            except StoreUnavailable:
                continue
            finally:
                client.disconnect()

    def unconnected(self, host: Host) -> Client:
        """A client that has not connected to ``host`` yet."""
        address = self._address
        return Client(
            host.name,
            port=host.port,
            user=address.user,
            password=address.password,
            secure=address.secure,
            ca_certs=address.ca_file,
            compression="lz4",
            connect_timeout=_CONNECT_SECONDS,
            send_receive_timeout=address.timeout_seconds,
            tcp_keepalive=True,
            client_name="semko",
            client_revision=DIALECT,
            settings=self._settings,
        )

    def _connected(self) -> tuple[int, Client]:
        problems: list[SemkoError] = []
        for _ in self._address.hosts:
            at = self._at
            host = self._address.hosts[at]
            client = self.unconnected(host)
            try:
                _connect(client, host, self._address)
            except SemkoError as problem:
                client.disconnect()
                problems.append(problem)
                self._leave(at)
            else:
                return at, client
        # What will not pass by itself says more than that another host is away.
        raise next((p for p in problems if not isinstance(p, StoreUnavailable)), problems[0])

    def _leave(self, at: int) -> None:
        """Use the next host from now on, unless somebody else has seen to it."""
        with self._change:
            if at == self._at:
                self._at = (at + 1) % len(self._address.hosts)
                self._disconnect_idle()

    def _disconnect_idle(self) -> None:
        for client in self._idle:
            client.disconnect()
        self._idle.clear()


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the driver, the network and the server, told apart."""
    try:
        yield
    except ServerException as error:
        later = refused_for_now(error.message, error.code)
        if later is not None:
            raise later from error
        raise StatementRefused(sentence(error.message), error.code) from error
    except UnknownTypeError as error:
        raise StatementRefused(
            f"a type of the result is not known here ({error.message}): CAST it to another",
            error.code,
        ) from error
    except (OSError, EOFError, Error) as error:
        # The driver lets broken pipes, ends of streams and timeouts through as they come.
        raise StoreUnavailable(
            f"the connection to the store broke: {_told(error)}. It may have done what was asked."
        ) from error


_SIGN_IN = {192, 193, 194, 516}


def _connect(client: Client, host: Host, address: Address) -> None:
    try:
        client.connection.connect()
    except ServerException as error:
        later = refused_for_now(error.message, error.code)
        if later is not None:
            raise later from error
        raise _not_let_in(error, host, address) from error
    except (OSError, EOFError, Error) as error:
        raise _not_reached(error, host, address) from error
    server = client.connection.server_info
    if (server.version_major, server.version_minor) < OLDEST:
        raise WorldError(
            f"{host} is ClickHouse {server.version_major}.{server.version_minor}, and SEMKO needs"
            f" {'.'.join(map(str, OLDEST))} or newer: update the server, or name another one."
        )


def _not_let_in(error: ServerException, host: Host, address: Address) -> WorldError:
    if error.code in _SIGN_IN:
        return WorldError(
            f"{host} does not let the user {address.user!r} in: set {USER_VARIABLE} and"
            f" {PASSWORD_VARIABLE} to a user of that server and its password."
        )
    return WorldError(
        f"{host} refuses the connection: {sentence(error.message)}. See the server's log."
    )


def _not_reached(error: BaseException, host: Host, address: Address) -> WorldError:
    told = _told(error)
    if "CERTIFICATE_VERIFY_FAILED" in told:
        return WorldError(
            f"the certificate of {host} is not trusted ({told}): name the CA that signed it in"
            " SEMKO_CLICKHOUSE_CA, and the host as the certificate names it."
        )
    if "[SSL" in told or "SSL:" in told:
        return WorldError(
            f"{host} does not answer in TLS ({told}): leave out secure=1 and write clickhouse://,"
            " or name the port on which it speaks TLS (9440)."
        )
    strange = ("nexpected packet", "nknown packet", "reset by peer")
    if isinstance(error, EOFError) or any(words in told for words in strange):
        tls = "without TLS" if address.secure else "with TLS (clickhouses://, port 9440)"
        return StoreUnavailable(
            f"{host} answers, but not in ClickHouse's native protocol: name the native port (9000)"
            f" and not that of HTTP (8123), and try {tls}."
        )
    return StoreUnavailable(
        f"the store at {host} cannot be reached: {told}. Is the server running, is its port right,"
        " and does no firewall stand between?"
    )


def _told(error: BaseException) -> str:
    """An error of the network or of the driver in a few words, without codes of its own."""
    if isinstance(error, EOFError):
        return "it was closed by the other side"
    if isinstance(error, TimeoutError | SocketTimeoutError):
        return "there was no answer in time"
    if isinstance(error, Error):
        return str(error.message or error)
    return str(error.args[-1]) if error.args else type(error).__name__
