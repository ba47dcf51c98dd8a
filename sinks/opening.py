"""A store by its URL: in a folder of this machine, or on a server.

Either is loaded only when it is opened: the engine in the process costs 200 MB before it does
anything, which a worker on a server's store must not pay.
"""

from models.errors import CallError
from sinks import store_url
from sinks.folder_url import SCHEME
from sinks.store import ClickHouseStore


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


def open_store(url: str, *, may_migrate: bool = False) -> ClickHouseStore:
    """The store of ``url``, open and of this version; see both classes for what they raise.

    One in a folder is brought to this version by whoever opens it, one on a server only by who
    ``may_migrate``.
    """
    if is_served(url):
        from sinks.served import ServedStore  # noqa: PLC0415

        return ServedStore(url, may_migrate=may_migrate)
    from sinks.embedded import EmbeddedStore  # noqa: PLC0415

    return EmbeddedStore(url)


def existing_database(url: str) -> bool:
    """Whether the server of ``url`` has a store already; raises ``WorldError`` as opening does."""
    from sinks.served_checks import database_exists  # noqa: PLC0415
    from sinks.served_database import ServedDatabase  # noqa: PLC0415

    database = ServedDatabase(store_url.parse_address(url))
    try:
        return database_exists(database)
    finally:
        database.close()
