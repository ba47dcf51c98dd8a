"""The signed webhook: one POST of JSON, with an id by which a receiver drops a repeat.

An answer of 2xx is the receipt. Redirects are refused: what is signed for one host is for no other.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from models.notices import Notice, Outcome
from models.notify_file import Webhook
from sinks.notifiers.signing import HEADER, signature

SECONDS = 10.0
SAID_LETTERS = 200
"""So much of an answer is told."""


@dataclass(frozen=True, slots=True)
class Hook:
    """Posts messages to one address; ``clock`` in ms. Any thread may call."""

    webhook: Webhook
    clock: Callable[[], int]

    def __call__(self, notice: Notice) -> Outcome:
        """One attempt."""
        return asyncio.run(self._post(notice))

    async def _post(self, notice: Notice) -> Outcome:
        body = notice.known.encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": notice.message_id,
            HEADER: signature(self.webhook.secret, body, self.clock() // 1000),
            "User-Agent": "semko",
        }
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(
                    self.webhook.url, data=body, headers=headers, allow_redirects=False
                ) as answer,
            ):
                return await _outcome(answer)
        except TimeoutError:
            return Outcome(f"no answer within {SECONDS:.0f} s")
        except (aiohttp.ClientError, OSError) as problem:
            return Outcome(f"cannot be reached: {_told(problem)}")


async def _outcome(answer: aiohttp.ClientResponse) -> Outcome:
    if 200 <= answer.status < 300:
        return Outcome("", str(answer.status))
    if 300 <= answer.status < 400:
        return Outcome(
            f"answered {answer.status}, a redirect, which is refused: name the new place"
        )
    said = (await answer.content.read(SAID_LETTERS)).decode("utf-8", "replace")
    return Outcome(f"answered {answer.status} {answer.reason or ''}: {' '.join(said.split())}")


def _told(problem: Exception) -> str:
    """An address may carry a secret in its path; the system's words do not quote it."""
    cause = getattr(problem, "os_error", problem)
    number = getattr(cause, "errno", None)
    if isinstance(number, int) and number > 0:
        return os.strerror(number)
    return str(getattr(cause, "strerror", None) or type(cause).__name__)
