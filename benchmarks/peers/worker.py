"""The rows of the job as a `semko worker` has stored them: there a service is one office's."""

from benchmarks.peers.oracle import Counts, Window
from sinks.opening import open_store

_SQL = """
    SELECT scope, if(scope = 'segment', substring(key, position(key, '=') + 1), key) AS name,
           toUnixTimestamp(window_start) AS start,
           sum(completions) AS completions, sum(votes) AS votes, sum(points) AS points
    FROM semko.window_metrics FINAL
    WHERE window_seconds = 60 AND scope IN ('desk', 'service', 'segment')
    GROUP BY scope, name, start HAVING completions > 0
"""


def worker_rows(url: str) -> dict[Window, Counts]:
    """One-minute windows of desks, services and age bands, over all offices."""
    store = open_store(url)
    try:
        found = store.database.columns(_SQL)
    finally:
        store.close()
    keys = zip(found["scope"], found["name"], found["start"], strict=True)
    counts = zip(found["completions"], found["votes"], found["points"], strict=True)
    return {Window(*key): Counts(*count) for key, count in zip(keys, counts, strict=True)}
