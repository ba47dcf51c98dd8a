"""What is measured of messages about alerts, for Prometheus. `NOTICE_METRICS` lists the names."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

NOTICE_METRICS: dict[str, str] = {
    # By route.
    "semko_notifications_sent_total": "Messages about alerts with a receipt, since the start.",
    # By route. A rise: an address is wrong, or its receiver is away.
    "semko_notification_attempts_failed_total": "Attempts to send that failed, since the start.",
    # By route. Alert on any: somebody was not told.
    "semko_notifications_failed_total": "Messages given up after a day, since the start.",
    # Alert when it stays above 0 for an hour.
    "semko_notifications_pending": "Messages that are recorded and have no receipt yet.",
    "semko_notifications_held": "Messages that wait for quiet hours, maintenance or a limit.",
    # From the vote with which the evidence was enough to the receipt.
    "semko_notification_delay_seconds": "Seconds from an alert's opening to its first receipt.",
}
"""Every name, and what it says."""

_SECONDS = (1, 3, 10, 30, 60, 300, 1_800, 3_600, 14_400, 43_200, 86_400)


class NoticeMetrics:
    """Of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.sent = self._counter("semko_notifications_sent_total")
        self.attempts_failed = self._counter("semko_notification_attempts_failed_total")
        self.failed = self._counter("semko_notifications_failed_total")
        self.pending = self._gauge("semko_notifications_pending")
        self.held = self._gauge("semko_notifications_held")
        name = "semko_notification_delay_seconds"
        self.delay = Histogram(
            name, NOTICE_METRICS[name], buckets=_SECONDS, registry=self._registry
        )

    def _counter(self, name: str) -> Counter:
        return Counter(name, NOTICE_METRICS[name], ("route",), registry=self._registry)

    def _gauge(self, name: str) -> Gauge:
        return Gauge(name, NOTICE_METRICS[name], registry=self._registry)

    def text(self) -> str:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry).decode()
