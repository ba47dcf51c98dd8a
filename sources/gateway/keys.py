"""Who may do what over HTTP: terminal keys, operators' tokens, and the file that lists them.

The file holds SHA-256 digests, never a key. Keys are 256 random bits, so a plain digest is enough:
there is no dictionary to try. Knows nothing of HTTP requests.
"""

import fcntl
import hashlib
import hmac
import os
import re
import secrets
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import msgspec

from models.errors import CallError
from models.limits import is_id


class Right(StrEnum):
    """Rights are separate: none contains another."""

    WRITE = "write"
    READ = "read"
    OPERATE = "operate"
    SERVE = "serve"
    """The clerk's page: say that a service ended, and see no votes."""
    ASK = "ask"
    """Questions in SQL at the analysts' door, read-only and of views alone."""


class Role(StrEnum):
    """What a person is; a token's rights follow from it."""

    CLERK = "clerk"
    VIEWER = "viewer"
    ANALYST = "analyst"
    OPERATOR = "operator"


RIGHTS = {
    Role.CLERK: (Right.SERVE,),
    Role.VIEWER: (Right.READ,),
    Role.ANALYST: (Right.READ, Right.ASK),
    Role.OPERATOR: (Right.READ, Right.ASK, Right.OPERATE, Right.SERVE),
}


class Terminal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device whose key writes votes for its tenant, office and desks, and nothing else.

    ``completions`` lets it write completions there too: a ticket system.
    """

    id: str
    sha256: str
    tenant: str
    office: str
    desks: list[str]
    completions: bool = False

    @property
    def rights(self) -> list[Right]:
        """Writing is all that a device may."""
        return [Right.WRITE]

    def may(self) -> str:
        """What the key may do, for people."""
        what = "votes and completions" if self.completions else "votes"
        desks = ", ".join(self.desks)
        return f"write {what} for tenant {self.tenant}, office {self.office}, desks {desks}"


class Operator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person or program with a token; ``write`` is for every tenant and must be named."""

    id: str
    sha256: str
    rights: list[Right] = msgspec.field(default_factory=lambda: [Right.READ, Right.OPERATE])

    def may(self) -> str:
        """What the token may do, for people."""
        return " and ".join(self.rights) or "do nothing"


class Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person's token. ``office``, as tenant/office, bounds a clerk; others see all offices."""

    id: str
    sha256: str
    role: Role
    office: str = ""
    created: str = ""

    @property
    def rights(self) -> list[Right]:
        """As the role has them."""
        return list(RIGHTS[self.role])

    def may(self) -> str:
        """What the token may do, for people."""
        what = {
            Role.CLERK: "use the clerk's page",
            Role.VIEWER: "see every page of numbers",
            Role.ANALYST: "see every page of numbers, and ask the views in SQL",
            Role.OPERATOR: "do everything but send events",
        }[self.role]
        return f"{what} in {self.office}" if self.office else what


class Pairing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A short code that a device may change for a terminal's key, once and until ``until`` (ms)."""

    id: str
    sha256: str
    tenant: str
    office: str
    desks: list[str]
    until: int


Holder = Terminal | Operator | Token


class Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of ``keys.toml``."""

    terminals: list[Terminal] = []
    operators: list[Operator] = []
    tokens: list[Token] = []
    pairings: list[Pairing] = []
    signing: str = ""
    """The secret that signs links to vote; made when the first link is."""

    def holders(self) -> list[Holder]:
        """Whoever has a key or a token."""
        return [*self.terminals, *self.operators, *self.tokens]


def new_secret() -> tuple[str, str]:
    """A fresh key or token to hand out once, and its digest for the file."""
    secret = secrets.token_urlsafe(32)
    return secret, digest(secret)


def digest(secret: str) -> str:
    """SHA-256 of ``secret`` in hexadecimal, as ``keys.toml`` holds it."""
    # A header may carry bytes that are no UTF-8; they must fail as an unknown key.
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def read_keys(path: Path) -> Keys:
    """The keys in ``path``. Raises ``CallError`` that names what is wrong in the file."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
        keys = msgspec.convert(document, Keys)
    except OSError as error:
        remedy = (
            "make a first key with `semko terminals pair`, `semko terminals add` or `semko tokens"
            " create`, or name another file with --keys"
        )
        raise CallError(f"cannot read the key file {path}: {error.strerror}; {remedy}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise CallError(f"the key file {path} is wrong: {error}; mend it by hand") from None
    _check(keys, path)
    return keys


def write_keys(path: Path, keys: Keys) -> None:
    """Replace ``path`` by ``keys`` at once, readable for its owner alone."""
    lines = ["# Digests of keys, and the secret that signs links. Without an entry a key ends.\n"]
    if keys.signing:
        lines.append(f"signing = {_toml(keys.signing)}\n")
    for table in ("terminals", "operators", "tokens", "pairings"):
        for entry in getattr(keys, table):
            values = msgspec.to_builtins(entry)
            # JSON's texts, lists and booleans are TOML's, once the delete character is escaped.
            lines.append(f"\n[[{table}]]\n")
            lines += [f"{name} = {_toml(value)}\n" for name, value in values.items()]
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def change_keys(path: Path, change: Callable[[Keys], Keys]) -> Keys:
    """Write what ``change`` makes of the file's keys, with nobody else changing it meanwhile.

    A file that is not there yet holds no keys. Raises ``CallError`` as ``read_keys`` does.
    """
    # A lock on the folder leaves nothing behind, and holds although the file is replaced.
    folder = os.open(path.absolute().parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        changed = change(read_keys(path) if path.exists() else Keys())
        write_keys(path, changed)
        return changed
    finally:
        os.close(folder)


def _toml(value: object) -> str:
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")


def is_office(text: str) -> bool:
    """Whether ``text`` names an office, as tenant/office."""
    tenant, slash, office = text.partition("/")
    return bool(slash) and is_id(tenant) and is_id(office) and "/" not in office


def _check(keys: Keys, path: Path) -> None:
    seen: set[str] = set()
    for entry in keys.holders():
        if not is_id(entry.id):
            raise CallError(f"{path}: an id must be 1 to 64 printable characters without blanks")
        if not re.fullmatch(r"[0-9a-f]{64}", entry.sha256):
            problem = "sha256 must be 64 digits of lower-case hexadecimal"
            raise CallError(f"{path}: {entry.id}: {problem}; make a key with `semko terminals add`")
        if entry.sha256 in seen:
            raise CallError(f"{path}: {entry.id}: its key is listed twice; give each its own")
        seen.add(entry.sha256)
    for token in keys.tokens:
        if (token.role is Role.CLERK) != bool(token.office) or not is_office(token.office or "a/b"):
            problem = "a clerk's token, and no other, names its office as tenant/office"
            raise CallError(f"{path}: {token.id}: {problem}")
    devices: list[Terminal | Pairing] = [*keys.terminals, *keys.pairings]
    for terminal in devices:
        places = (terminal.tenant, terminal.office, *terminal.desks)
        if not terminal.desks or not all(map(is_id, places)):
            problem = "must name its tenant, its office and at least one desk by their ids"
            raise CallError(f"{path}: terminal {terminal.id} {problem}")


@dataclass(slots=True)
class KeyRing:
    """The keys in force: those of the file, read again when it changes, and the token of this run.

    ``run_token`` is the secret that one process shares with its own commands: it may do all.
    """

    path: Path | None = None
    run_token: str = field(default="", repr=False)
    keys: Keys = field(default_factory=Keys)
    _stamp: tuple[int, int] | None = None
    _by_digest: dict[str, Holder] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.refresh()

    def refresh(self) -> bool:
        """Read the file if it has changed; whether it had.

        Raises ``CallError`` for a wrong or vanished file, once a change; until it is mended the
        keys read before stay in force.
        """
        if self.path is None:
            return False
        stamp = _stamp_of(self.path)
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        self.keys = read_keys(self.path)
        self._by_digest = {entry.sha256: entry for entry in self.keys.holders()}
        return True

    def holder(self, secret: str) -> Holder | None:
        """Whose key or token ``secret`` is."""
        presented = digest(secret)
        if self.run_token and hmac.compare_digest(presented, digest(self.run_token)):
            return Operator("run", presented, list(Right))
        # The look-up is by digest: its timing tells nothing that helps to find a key.
        found = self._by_digest.get(presented)
        if found is not None and hmac.compare_digest(found.sha256, presented):
            return found
        return None


def _stamp_of(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_ino)
