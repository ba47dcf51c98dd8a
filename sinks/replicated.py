"""Migrations on a cluster: the same statements, for every replica at once.

Table engines become their replicated kin, whose path in Keeper is the server's own default. Does no
I/O.
"""

import re

_MADE = re.compile(
    r"\b((?:CREATE\s+(?:OR\s+REPLACE\s+)?(?:DATABASE|TABLE|VIEW)|DROP\s+(?:TABLE|VIEW)|ALTER\s+TABLE)"
    r"(?:\s+IF\s+(?:NOT\s+)?EXISTS)?\s+semko(?:\.\w+)?)",
    re.IGNORECASE,
)
_ENGINE = re.compile(r"\bENGINE\s*=\s*(\w*MergeTree)\b")


def replicated(statement: str, cluster: str) -> str:
    """A migration's ``statement`` as the servers of ``cluster`` run it; others stay as they are."""
    found = _MADE.match(statement)
    if found is None:
        return statement
    everywhere = f"{found[1]} ON CLUSTER '{cluster}'{statement[found.end() :]}"
    return _ENGINE.sub(r"ENGINE = Replicated\1", everywhere)
