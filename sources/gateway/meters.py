"""What the gateway counts about itself, as Prometheus text. Knows no event content.

``METERS`` is the one list of names; a name missing there cannot be counted.
"""

from typing import Literal

Name = Literal[
    "semko_http_requests_total",
    "semko_http_seconds_total",
    "semko_events_accepted_total",
    "semko_events_refused_total",
    "semko_appends_failed_total",
    "semko_live_clients",
]

METERS: dict[Name, tuple[str, str]] = {
    # How often each route answered what. route is the pattern, never the path as asked.
    "semko_http_requests_total": ("counter", "HTTP requests answered, by route and status."),
    # Divided by the requests of the same route: the mean time of an answer.
    "semko_http_seconds_total": ("counter", "Seconds spent on HTTP answers, by route."),
    # Only what the log has taken durably.
    "semko_events_accepted_total": ("counter", "Events that the log has taken, by topic."),
    # A rise after an update of a terminal or ticket system says that it sends what is no event.
    "semko_events_refused_total": ("counter", "Events refused, by reason."),
    # Each is a 503 that a client will repeat; alert when it does not come to rest.
    "semko_appends_failed_total": ("counter", "Requests whose events the log did not take."),
    # Screens that listen now.
    "semko_live_clients": ("gauge", "Clients of the live stream."),
}


class Meters:
    """Counts by name and labels."""

    def __init__(self) -> None:
        self._values: dict[Name, dict[tuple[tuple[str, str], ...], float]] = {
            name: {} for name in METERS
        }

    def add(self, name: Name, amount: float = 1, **labels: str) -> None:
        """Count ``amount`` more."""
        series = self._values[name]
        key = tuple(labels.items())
        series[key] = series.get(key, 0) + amount

    def text(self) -> str:
        """Everything counted so far, in the Prometheus text format 0.0.4."""
        lines: list[str] = []
        for name, (kind, meaning) in METERS.items():
            lines += [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]
            for labels, value in self._values[name].items():
                inner = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
                lines.append(f"{name}{{{inner}}} {value:.12g}" if inner else f"{name} {value:.12g}")
        return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
