"""Where things are: one installation, and what its store's address makes of the rest.

Everything of one embedded installation stands beside its store under the store's name: the log
(``.log.db``), the secret (``.key``) and, while a process runs, how to reach it (``.running.json``).
A store on a server has all of it in the working folder, in ``semko-data``.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from commands.options import DEMO_FOLDER, REGISTRY_FILE
from commands.running import Running, running_at
from models.errors import CallError, StoreHeld, WorldError
from models.identity import KeyHasher
from models.registry import Registry
from sinks.folder_url import parse_url
from sinks.opening import existing_database, is_served, open_store
from sinks.store import ClickHouseStore
from sinks.store_url import DATABASE, parse_address

_BESIDE_A_SERVER = Path("semko-data", DATABASE)

GROUP = "semko"
"""Which the workers of an installation read the log as."""


@dataclass(frozen=True, slots=True)
class Setup:
    """One installation.

    ``folder`` is the store's, or where one would be whose log and secret lie beside it; ``where``
    names the store for people.
    """

    store: str = field(repr=False)
    where: str
    folder: Path
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
        if is_served(store):
            folder, where = _BESIDE_A_SERVER.absolute(), str(parse_address(store))
        else:
            folder, _ = parse_url(store)
            where = str(folder)
        if registry is None:
            places = (folder.parent / REGISTRY_FILE, REGISTRY_FILE)
            registry = next((path for path in places if path.exists()), None)
        return cls(
            store,
            where,
            folder,
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
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _make_secret(path)
            return KeyHasher(bytes.fromhex(path.read_text("utf-8").strip()))
        except ValueError as problem:
            raise CallError(
                f"{path} holds no secret: 32 to 128 hexadecimal digits are expected ({problem})"
            ) from None
        except OSError as problem:
            raise WorldError(
                f"the secret {path} cannot be read or made: {problem.strerror}. Name another file"
                " with --key-file, or give the right to use this one."
            ) from None

    @property
    def has_store(self) -> bool:
        """Whether the folder holds a store, or the server has its database; raises WorldError."""
        if self.is_served:
            return existing_database(self.store)
        return (self.folder / "semko.lock").exists()

    @property
    def is_served(self) -> bool:
        """Whether the store is on a server, and open to any number of processes."""
        return is_served(self.store)

    @contextmanager
    def existing_store(self) -> Iterator[ClickHouseStore]:
        """The store, which must be there, open; raises WorldError."""
        if not self.has_store:
            raise WorldError(f"there is no store at {self.where}: {_where_to_look()}")
        with self.open_store() as store:
            yield store

    @contextmanager
    def open_store(self, *, may_migrate: bool = False) -> Iterator[ClickHouseStore]:
        """The store, made where it is missing and may be; raises StoreHeld with who has it."""
        try:
            store = open_store(self.store, may_migrate=may_migrate)
        except StoreHeld:
            running = self.running()
            if running is None:
                raise
            raise StoreHeld(
                f"the store {self.folder} is served by process {running.pid} at {running.url}, and"
                " serves one process at a time: stop that one first"
            ) from None
        try:
            yield store
        finally:
            store.close()

    def running(self) -> Running | None:
        """The process that alone serves this store, if one does."""
        return None if self.is_served else running_at(self.run_file, self.folder)


def _where_to_look() -> str:
    if (DEMO_FOLDER / "store").exists():
        return f"name it with --store; the demo's is chdb://{DEMO_FOLDER}/store"
    return "name it with --store, or fill one with `semko replay FILE` or `semko demo`"


def _make_secret(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
