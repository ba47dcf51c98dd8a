"""A store by its URL: in a folder of this machine, or on a server."""

from typing import TYPE_CHECKING

from models.errors import CallError
from sinks import store_url

if TYPE_CHECKING:
    from sinks.embedded import EmbeddedStore
    from sinks.served import ServedStore

    Opened = EmbeddedStore | ServedStore

EMBEDDED = "chdb"


def is_served(url: str) -> bool:
    """Whether ``url`` names a server; raises ``CallError`` where it names no store at all."""
    scheme = url.partition(":")[0]
    if scheme in store_url.SCHEMES:
        return True
    if scheme == EMBEDDED:
        return False
    raise CallError(
        f"--store {url}: write chdb:///absolute/path or chdb://relative/path for a store in a"
        " folder, clickhouse://user@host/semko for one on a server."
    )


def open_store(url: str) -> "Opened":
    """The store of ``url``, open and of this version; see both classes for what they raise.

    Each loads what it needs alone: the engine in the process costs memory, the driver time.
    """
    if is_served(url):
        from sinks.served import ServedStore  # noqa: PLC0415

        return ServedStore(url)
    from sinks.embedded import EmbeddedStore  # noqa: PLC0415

    return EmbeddedStore(url)
