"""A store by its URL: in a folder of this machine, or on a server."""

from models.errors import CallError
from sinks import store_url
from sinks.embedded import SCHEME, EmbeddedStore
from sinks.served import ServedStore
from sinks.served_checks import database_exists
from sinks.served_database import ServedDatabase
from sinks.store_url import parse_address

Opened = EmbeddedStore | ServedStore


def is_served(url: str) -> bool:
    """Whether ``url`` names a server; raises ``CallError`` where it names no store at all."""
    scheme, colon, _ = url.partition(":")
    if not colon or scheme not in (SCHEME, *store_url.SCHEMES):
        raise CallError(
            f"--store {url if '@' not in url else scheme}: write chdb:///absolute/path or"
            " chdb://relative/path for a store in a folder, clickhouse://user@host/semko for one on"
            " a server"
        )
    return scheme != SCHEME


def open_store(url: str) -> Opened:
    """The store of ``url``, open and of this version; see both classes for what they raise."""
    return ServedStore(url) if is_served(url) else EmbeddedStore(url)


def existing_database(url: str) -> bool:
    """Whether the server of ``url`` has a store already; raises ``WorldError`` as opening does."""
    database = ServedDatabase(parse_address(url))
    try:
        return database_exists(database)
    finally:
        database.close()
