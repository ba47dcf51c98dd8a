"""The HTTP gateway: events in, numbers for screens out, and doors for operators.

``make_app`` puts it together, ``serving`` runs it. Imports ``models`` alone: the log, the store and
the pages come as arguments.
"""

from sources.gateway.app import BROADCASTER, make_app, serving
from sources.gateway.heartbeats import TerminalSide
from sources.gateway.settings import GatewaySettings, check_exposure

__all__ = [
    "BROADCASTER",
    "GatewaySettings",
    "TerminalSide",
    "check_exposure",
    "make_app",
    "serving",
]
