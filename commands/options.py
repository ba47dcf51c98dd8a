"""What commands may be told: names, defaults and help, the same words for the same everywhere.

Light on purpose: `semko --help` and wrong calls answer before anything heavy is loaded.
"""

from pathlib import Path
from typing import Annotated

import typer

from models.durations import duration_ms
from models.errors import CallError

DEFAULT_STORE = "chdb://semko-data/store"
DEFAULT_HTTP = "127.0.0.1:8080"
DEFAULT_WORKER_HTTP = "127.0.0.1:8081"
DEFAULT_HORIZON = "26h"
REGISTRY_FILE = Path("semko.toml")
DEMO_FOLDER = Path("semko-demo")

StoreOption = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="URL",
        envvar="SEMKO_STORE",
        help="Where facts and metrics are kept: chdb:///folder (ClickHouse inside the process) or"
        " clickhouse://user@host/semko (a server; password in SEMKO_CLICKHOUSE_PASSWORD).",
    ),
]
BrokerOption = Annotated[
    str,
    typer.Option(
        "--broker",
        metavar="URL",
        envvar="SEMKO_BROKER",
        show_default=False,
        help="The log of events: local:///file.db, beside the store unless given, or"
        " kafka://host:9092 (more in SEMKO_KAFKA_*).",
    ),
]
KeyFileOption = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        metavar="FILE",
        envvar="SEMKO_KEY_FILE",
        help="The secret that turns interaction ids into keys; made at first start.",
    ),
]
RegistryOption = Annotated[
    Path | None,
    typer.Option(
        "--registry",
        metavar="FILE",
        envvar="SEMKO_REGISTRY",
        help="Names, time zones, join windows. Unless named, semko.toml beside the store, or"
        " ./semko.toml, where there is one.",
    ),
]
HorizonOption = Annotated[
    str,
    typer.Option(
        "--horizon",
        metavar="TIME",
        envvar="SEMKO_HORIZON",
        help="How far back hours are summed in memory, such as 26h or 90min. Any gives the same"
        " numbers.",
    ),
]
HttpOption = Annotated[
    str,
    typer.Option(
        "--http", metavar="HOST:PORT", envvar="SEMKO_HTTP", help="Where the gateway listens."
    ),
]
SqlOption = Annotated[
    str | None,
    typer.Option(
        "--sql",
        metavar="HOST:PORT",
        envvar="SEMKO_SQL",
        show_default=False,
        help="Let analysts in: ClickHouse's HTTP interface to the views, read-only. Its usual port"
        " is 8123.",
    ),
]
KeysOption = Annotated[
    Path | None,
    typer.Option(
        "--keys",
        metavar="FILE",
        envvar="SEMKO_KEYS",
        help="Keys of terminals and operators, as `semko terminals` makes them.",
    ),
]
NamesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--name",
        metavar="HOST",
        show_default=False,
        help="A host name under which a reverse proxy passes requests on; may be given often.",
    ),
]
MapOption = Annotated[
    Path | None,
    typer.Option(
        "--map", metavar="FILE", help="How columns of a table become fields of events (TOML)."
    ),
]
TownOption = Annotated[
    str,
    typer.Option(
        metavar="TOWN", help="village, town, city, country:N, or a file that describes one."
    ),
]
SeedOption = Annotated[
    int, typer.Option(min=0, metavar="N", help="The same seed gives the same town.")
]
IncidentOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TEXT", show_default=False, help="Something that goes wrong; may be given often."
    ),
]
WaitOption = Annotated[
    float,
    typer.Option(
        "--wait",
        min=0,
        metavar="SECONDS",
        help="How long to wait at start for a broker or a store that does not answer.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


def milliseconds(duration: str) -> int:
    """A duration such as ``26h``, ``90min`` or ``30s`` in ms; raises CallError."""
    return duration_ms("--horizon", duration)


def host_and_port(address: str) -> tuple[str, int]:
    """``host:port`` taken apart; raises CallError."""
    host, colon, port = address.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise CallError(f"--http {address}: write host:port, such as 127.0.0.1:8080")
    return host.strip("[]") or "127.0.0.1", int(port)
