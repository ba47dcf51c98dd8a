"""What a server over the network must be like, looked at before anything is written (I2).

Each refusal names what is wrong and what to do. Reads only.
"""

from collections.abc import Mapping

from models.errors import WorldError
from sinks.database import Database, listed
from sinks.served_clients import StatementRefused
from sinks.served_database import ServedDatabase
from sinks.served_settings import must_be
from sinks.store_url import DATABASE

CLOCK_SECONDS = 60
"""A server's clock may differ by so much: it stamps dead letters, and their raw bytes go by it."""


def check_server(database: ServedDatabase) -> None:
    """Raise ``WorldError`` unless the server keeps what it acknowledges and shows what it keeps.

    Unreachable, too old, closed to the user or without TLS is told by the first call already.
    """
    _refuse_settings(database)
    _refuse_row_policies(database)
    _refuse_strangers(database)


def check_tables(database: ServedDatabase) -> None:
    """Raise ``WorldError`` where a cluster is named and a table of the store is not replicated."""
    if not database.address.cluster:
        return
    found = database.columns(
        f"SELECT name FROM system.tables WHERE database = '{DATABASE}'"
        " AND engine LIKE '%MergeTree' AND engine NOT LIKE 'Replicated%' ORDER BY name"
    )["name"]
    if found:
        raise WorldError(
            f"{', '.join(found)} of {DATABASE} {'is' if len(found) == 1 else 'are'} not replicated,"
            " though the store URL names a cluster: the store was made without it. Leave"
            " out cluster=…, or replay the log into a new store."
        )


def check_clock(database: Database, now_ms: int) -> int:
    """How far the server's clock is ahead (ms); raises ``WorldError`` for more than a minute."""
    found = database.columns("SELECT toUnixTimestamp64Milli(now64(3)) AS now")["now"]
    ahead = int(found[0]) - now_ms
    if abs(ahead) > CLOCK_SECONDS * 1000:
        raise WorldError(
            f"the clocks of the store and of this machine are {abs(ahead) // 1000} s apart: let"
            " both follow NTP."
        )
    return ahead


def database_exists(database: ServedDatabase) -> bool:
    """Whether the server has a database of ours."""
    found = database.columns(f"SELECT count() AS n FROM system.databases WHERE name = '{DATABASE}'")
    return bool(found["n"][0])


def _refuse_settings(database: ServedDatabase) -> None:
    wanted = must_be(database.address)
    found = database.columns(
        f"SELECT name, value FROM system.settings WHERE name IN ({_names(wanted)}) ORDER BY name"
    )
    for name, value in zip(found["name"], found["value"], strict=True):
        if value != str(wanted[name]):
            raise WorldError(
                f"the server keeps the setting {name} at {value!r}, whatever is asked, and with it"
                f" rows could be lost or hidden: give the user {database.address.user!r} a profile"
                f" in which it is {str(wanted[name])!r} or may be changed."
            )


def _names(settings: Mapping[str, object]) -> str:
    return listed([(name,) for name in sorted(settings)])


def _refuse_row_policies(database: ServedDatabase) -> None:
    try:
        found = database.columns(
            f"SELECT name FROM system.row_policies WHERE database = '{DATABASE}' AND"
            " (apply_to_all AND NOT has(apply_to_except, currentUser())"
            " OR has(apply_to_list, currentUser())) ORDER BY name"
        )["name"]
    except (WorldError, StatementRefused):
        return  # who may not see policies cannot be told of them
    if found:
        raise WorldError(
            f"row policies hide rows of the store from its own user: {', '.join(found)}. Take"
            f" {database.address.user!r} out of them."
        )


def _refuse_strangers(database: ServedDatabase) -> None:
    """Several hosts must lead to the same data: one server by many ways, or replicas."""
    if len(database.address.hosts) == 1 or database.address.cluster:
        return
    known: dict[str, str] = {}
    for host, client in database.clients.each_host():
        rows = client.execute(
            f"SELECT toString(uuid) FROM system.tables WHERE database = '{DATABASE}'"
            " AND name = 'migrations'"
        )
        known[str(host)] = rows[0][0] if rows else "no store"
    if len(set(known.values())) > 1:
        raise WorldError(
            f"{' and '.join(known)} hold different stores: name one of them, or replicas of one"
            " store with &cluster=NAME, their cluster's name in remote_servers."
        )
