"""How the gateway is set up, and whether it may be seen from where it listens.

Knows no requests and no events.
"""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from models.errors import CallError
from sources.gateway.keys import Keys, read_keys


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """``keys_path`` names ``keys.toml``; without it and on loopback everything is open.

    ``run_token`` is a secret of this run, accepted as an operator's token with every right.
    ``names`` are further host names under which a reverse proxy on this machine passes requests on.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    keys_path: Path | None = None
    run_token: str = field(default="", repr=False)
    names: frozenset[str] = frozenset()
    requests_per_second: float = 1_000  # of one client; a busy ticket system needs a few
    burst: int = 2_000
    requests_at_once: int = 128  # bounds memory: each may hold a body
    clients_live: int = 500
    body_seconds: float = 30
    append_seconds: float = 10
    retry_after_seconds: int = 2
    log_all_requests: bool = False


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_exposure(host: str, settings: GatewaySettings) -> None:
    """Refuse to be seen by others without any key. Raises ``CallError`` with the remedy."""
    if is_loopback(host) and not settings.names:
        return
    keys = read_keys(settings.keys_path) if settings.keys_path else Keys()
    if keys.holders():
        return
    where = ", ".join(sorted(settings.names)) if is_loopback(host) else host
    raise CallError(
        f"the gateway would be open to others under {where!r}, and there are no terminal keys and"
        " no tokens: make them with `semko terminals add` and `semko tokens create`, and name the"
        " file with --keys, or listen on 127.0.0.1"
    )
