"""What a ClickHouse says went wrong: what may be done later, and its own sentence without the rest.

The same for the engine in the process and for a server.
"""

import re

from models.errors import StoreUnavailable

LATER = {
    74: "the disk failed while reading",
    75: "the disk failed while writing",
    76: "a file cannot be opened",
    159: "took too long",
    160: "would take too long",
    201: "the user's quota is used up",
    202: "too many queries run at once",
    203: "too many queries run at once",
    209: "a server that it needs does not answer",
    210: "a server that it needs does not answer",
    225: "it has no connection to Keeper",
    236: "the engine gave up",
    241: "not enough memory",
    242: "the table takes no writes now, as without Keeper",
    243: "not enough space on the disk",
    252: "too many parts wait to be merged",
    254: "no replica is active",
    279: "no replica answers",
    285: "too few replicas live",
    286: "the write before has not reached enough replicas yet",
    289: "this replica has not caught up yet",
    319: "whether the rows reached enough replicas is not known",
    341: "a replica has not done its part yet",
    394: "the query was stopped",
    439: "no thread is free",
    473: "two statements wait for each other",
    517: "the replica has not caught up with a change of the table",
    745: "the server is overloaded",
    999: "Keeper does not answer",
}
"""Codes of errors that the same statement may not meet later, with what people are told."""

_DISK_FULL = 243
_CODE = re.compile(r"Code: (\d+)\. DB::")
_VERSION = re.compile(r" \(version [^()]*(?:\([^()]*\))?\)")


def code_of(message: str) -> int | None:
    """The number in the engine's message, where it says one."""
    found = _CODE.search(message)
    return int(found[1]) if found else None


def refused_for_now(message: str, code: int | None) -> StoreUnavailable | None:
    """The error to raise where ``code`` or the message says that it may be done later."""
    problem = None if code is None else LATER.get(code)
    if "No space left on device" in message or "errno: 28," in message:
        problem = LATER[_DISK_FULL]
    if problem is None:
        return None
    return StoreUnavailable(f"the store cannot do it now, {problem}: {sentence(message)}")


def sentence(message: str) -> str:
    """The engine's own sentence, without its prefixes, its version and its stack."""
    said = message.rsplit("DB::Exception: ", 1)[-1].split(". Stack trace:", 1)[0].strip()
    return _VERSION.sub("", said)
