"""Pairing a device: a short code, changed once for the key of a terminal that stays on the device.

The key file keeps the digest of the code until it is used or too old. Knows no votes.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog
from aiohttp import web

from models.errors import CallError, Refused, WorldError
from sources.gateway.answers import Problem, json_answer
from sources.gateway.keys import KeyRing, Keys, Pairing, Terminal, change_keys, digest, new_secret
from sources.gateway.one_object import one_object

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O and U: what is read out or copied by hand stays what it was."""
CODE_LETTERS = 8
CODE_MS = 10 * 60 * 1000
WRONG_A_MINUTE = 10
"""Of 2^40 codes a guesser so sees a hundred while one holds."""
BODY_BYTES_AT_MOST = 1024

_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": "", " ": ""})
_log = structlog.get_logger("semko.gateway")


def new_code() -> str:
    """A fresh code, as people read it."""
    code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LETTERS))
    return f"{code[:4]}-{code[4:]}"


def code_digest(code: str) -> str:
    """What the file keeps of a code, however it was typed."""
    return digest(code.upper().translate(_READ_AS))


def awaited(held: Keys, pairing: Pairing) -> Keys:
    """``held`` with one more device to come; an earlier code of the same terminal ends."""
    others = [one for one in held.pairings if one.id != pairing.id]
    return msgspec.structs.replace(held, pairings=[*others, pairing])


def paired(held: Keys, code: str, now: int) -> tuple[Keys, Terminal, str] | None:
    """``held`` with the key that ``code`` stands for, the terminal and the key; None where no such
    code holds. A key that the terminal had before ends."""
    wanted = code_digest(code)
    found = next((one for one in held.pairings if one.sha256 == wanted and one.until > now), None)
    if found is None:
        return None
    secret, sha256 = new_secret()
    terminal = Terminal(found.id, sha256, found.tenant, found.office, found.desks)
    others = [one for one in held.terminals if one.id != found.id]
    left = [one for one in held.pairings if one.id != found.id and one.until > now]
    changed = msgspec.structs.replace(held, terminals=[*others, terminal], pairings=left)
    return changed, terminal, secret


class PairingDoor:
    """``POST /v1/pair``: who knows the code gets the key."""

    def __init__(self, ring: KeyRing, now: Callable[[], int]) -> None:
        self._ring, self._now = ring, now
        self._wrong: deque[int] = deque()

    def routes(self) -> list[web.RouteDef]:
        """The one."""
        return [web.post("/v1/pair", self.pair)]

    async def pair(self, request: web.Request) -> web.Response:
        """Change a code for a key."""
        path = self._ring.path
        if path is None:
            problem = "this gateway keeps no keys, so no device can be paired with it"
            raise Problem(409, "no_keys", problem, "start it with --keys keys.toml")
        now = self._now()
        while self._wrong and self._wrong[0] <= now - 60_000:
            self._wrong.popleft()
        if len(self._wrong) >= WRONG_A_MINUTE:
            wait = {"Retry-After": "60"}
            remedy = "wait a minute and try again"
            raise Problem(429, "too_many_requests", "too many wrong codes", remedy, wait)
        try:
            sent = await one_object(request, BODY_BYTES_AT_MOST)
        except Refused as refused:
            raise CallError(refused.problem) from None
        code = (sent or {}).get("code")
        made = await self._changed(path, code, now) if isinstance(code, str) else None
        if made is None:
            self._wrong.append(now)
            remedy = "make a new one: semko terminals pair"
            raise Problem(403, "wrong_code", "this code is not known, or too old", remedy)
        terminal, secret = made
        self._ring.refresh()
        _log.warning("terminal paired", terminal=terminal.id)
        return json_answer(
            {
                "terminal_id": terminal.id,
                "tenant_id": terminal.tenant,
                "office_id": terminal.office,
                "desks": terminal.desks,
                "key": secret,
            }
        )

    async def _changed(self, path: Path, code: str, now: int) -> tuple[Terminal, str] | None:
        made: tuple[Terminal, str] | None = None

        def change(held: Keys) -> Keys:
            nonlocal made
            found = paired(held, code, now)
            if found is None:
                return held
            made = found[1:]
            return found[0]

        try:
            await asyncio.to_thread(change_keys, path, change)
        except OSError as problem:
            raise WorldError(f"the key file cannot be written: {problem.strerror}") from None
        return made
