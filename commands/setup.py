"""Where things are: the settings that commands share, and what follows from them.

Everything of one embedded installation stands beside its store under the store's name: the log
(``.log.db``), the secret (``.key``) and, while a process runs, how to reach it (``.running.json``).
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from models.errors import CallError, WorldError
from models.identity import KeyHasher
from models.registry import Registry
from sinks.embedded import SCHEME, parse_url

DEFAULT_STORE = "chdb://semko-data/store"
DEFAULT_HTTP = "127.0.0.1:8080"
REGISTRY_FILE = Path("semko.toml")

StoreOption = Annotated[
    str,
    typer.Option(
        "--store",
        envvar="SEMKO_STORE",
        help="Where facts and metrics are kept: chdb:///folder (ClickHouse inside the process).",
    ),
]
BrokerOption = Annotated[
    str,
    typer.Option(
        "--broker",
        envvar="SEMKO_BROKER",
        help="The log of events: local:///file.db. Beside the store unless given.",
    ),
]
KeyFileOption = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        envvar="SEMKO_KEY_FILE",
        help="The secret that turns interaction ids into keys; made at first start.",
    ),
]
RegistryOption = Annotated[
    Path | None,
    typer.Option(
        "--registry",
        envvar="SEMKO_REGISTRY",
        help="Names, time zones, join windows. ./semko.toml where there is one.",
    ),
]
HorizonOption = Annotated[
    str,
    typer.Option(
        "--horizon",
        envvar="SEMKO_HORIZON",
        help="How far back hours are summed in memory, such as 26h or 90min. Any gives the same"
        " numbers.",
    ),
]
HttpOption = Annotated[
    str,
    typer.Option("--http", envvar="SEMKO_HTTP", help="Address of the gateway, host:port."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


@dataclass(frozen=True, slots=True)
class Setup:
    """One installation."""

    store: str
    broker: str
    key_file: Path
    run_file: Path
    registry_path: Path | None

    @classmethod
    def of(
        cls,
        store: str,
        broker: str = "",
        key_file: Path | None = None,
        registry: Path | None = None,
    ) -> "Setup":
        """What the options say, with defaults beside the store; raises CallError."""
        if not store.startswith(f"{SCHEME}:"):
            raise CallError(f"--store {store}: this command keeps its facts in chdb:///folder")
        folder, _ = parse_url(store)
        if registry is None and REGISTRY_FILE.exists():
            registry = REGISTRY_FILE
        return cls(
            store,
            broker or f"local://{folder}.log.db",
            key_file or Path(f"{folder}.key"),
            Path(f"{folder}.running.json"),
            registry,
        )

    def registry(self) -> Registry:
        """What is registered; nothing where there is no file."""
        return Registry.load(self.registry_path) if self.registry_path else Registry.empty()

    def hasher(self) -> KeyHasher:
        """The keys of interactions under the secret, which is made at first use (mode 0600)."""
        path = self.key_file
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32) + "\n")
                file.flush()
                os.fsync(file.fileno())
        try:
            return KeyHasher(bytes.fromhex(path.read_text().strip()))
        except ValueError as problem:
            raise CallError(
                f"{path} holds no secret: 32 to 128 hexadecimal digits are expected ({problem})"
            ) from None
        except OSError as problem:
            raise WorldError(f"cannot read the key file {path}: {problem.strerror}") from None


def milliseconds(duration: str) -> int:
    """A duration such as ``26h``, ``90min`` or ``30s`` in ms; raises CallError."""
    units = {"min": 60_000, "ms": 1, "h": 3_600_000, "d": 86_400_000, "s": 1_000}
    for unit, factor in units.items():
        number = duration.removesuffix(unit)
        if number != duration and number.isdigit():
            return int(number) * factor
    raise CallError(f"--horizon {duration}: write a number with a unit, such as 26h, 90min or 30s")


def host_and_port(address: str) -> tuple[str, int]:
    """``host:port`` taken apart; raises CallError."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise CallError(f"--http {address}: write host:port, such as 127.0.0.1:8080")
    return host.strip("[]") or "127.0.0.1", int(port)
