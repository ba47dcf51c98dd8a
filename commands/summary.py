"""What a store holds, in the numbers that summaries name."""

from typing import Any

from sinks.reconcile import Report
from sinks.store import ClickHouseStore

_SUMMARY = """
SELECT
    (SELECT count() FROM semko.interactions FINAL WHERE deleted = 0) AS completions,
    (SELECT count() FROM semko.votes FINAL WHERE deleted = 0) AS votes,
    (SELECT countIf(kind = 'counted') FROM semko.votes FINAL WHERE deleted = 0) AS rated,
    (SELECT countIf(kind = 'unmatched') FROM semko.votes FINAL WHERE deleted = 0) AS unmatched,
    (SELECT countIf(kind = 'corrected') FROM semko.votes FINAL WHERE deleted = 0) AS corrected,
    (SELECT countIf(kind = 'repeat') FROM semko.votes FINAL WHERE deleted = 0) AS repeat,
    (SELECT count() FROM semko.dead_letters FINAL) AS dead_letters
"""


def summary(store: ClickHouseStore) -> dict[str, int]:
    """Completions (interactions), votes, what became of them, and dead letters, of all that is
    stored."""
    return {name: int(value) for name, value in store.rows(_SUMMARY)[0].items()}


def comparison(report: Report) -> dict[str, Any]:
    """What was compared and what differs: ``rows`` names the first values that do, ``mended`` the
    first of those that did and were repaired."""
    return {
        "differences": report.total,
        "repaired": report.repaired,
        "windows_compared": report.windows_compared,
        "facts": report.facts,
        "rows": [difference._asdict() for difference in report.differences],
        "mended": [difference._asdict() for difference in report.mended],
    }
