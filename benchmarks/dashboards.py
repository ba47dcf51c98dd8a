"""How long the queries of Grafana's dashboards take on a million facts.

    python -m benchmarks.dashboards   # writes benchmarks/DASHBOARDS.md; a few minutes

A simulated city up to now is replayed by the real command; then each query of each dashboard, with
macros put in as the data source does and all of a city chosen, is asked of the engine in this
process, one after the other.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from benchmarks.embedded import SEMKO, conditions
from dashboards.grafana.boards import boards
from dashboards.grafana.words import Words
from sinks.opening import open_store
from sinks.store import ClickHouseStore
from sources.simulator import CALM, preset, simulate, write_ndjson
from tests.grafana.macros import Shown, expanded, queries

PAGE = Path(__file__).with_name("DASHBOARDS.md")
DAY_MS = 86_400_000
LIMIT_MS = 200
SPANS = {"semko-wall": 1, "semko-operations": 1, "semko-lead": 730}
"""Days that a dashboard shows when it is opened; 30 unless named."""

app = typer.Typer()


class Timed(NamedTuple):
    """A query's median and greatest time of some runs, in ms."""

    board: str
    title: str
    median: float
    greatest: float


@app.command()
def main(
    days: Annotated[int, typer.Option(help="Days of the city before now.")] = 175,
    runs: Annotated[int, typer.Option(help="How often each query is asked.")] = 5,
) -> None:
    """Replay, ask, write the page."""
    with tempfile.TemporaryDirectory() as folder:
        events = _filled(Path(folder), days)
        store = open_store(f"chdb://{folder}/store")
        try:
            (facts,) = store.rows("SELECT count() AS n FROM semko.interactions FINAL")
            timed = [one for board in boards(Words("en")) for one in _asked(store, board, runs)]
        finally:
            store.close()
    PAGE.write_text(_page(timed, events, int(facts["n"]), days, runs), "utf-8")
    slow = [one for one in timed if one.median > LIMIT_MS]
    print(f"{len(timed) - len(slow)} of {len(timed)} within {LIMIT_MS} ms; {PAGE}")


def _filled(folder: Path, days: int) -> int:
    now = time.time_ns() // 1_000_000
    town = preset("city").with_changes(trouble=CALM)
    file, registry = folder / "events.ndjson", folder / "semko.toml"
    registry.write_text(town.registry_toml(), "utf-8")
    events = write_ndjson(file, simulate(town, 1, now - days * DAY_MS, now))
    where = ("--store", f"chdb://{folder}/store", "--registry", str(registry))
    subprocess.run([*SEMKO, "replay", str(file), *where], check=True, stdout=sys.stderr)
    return int(events or 0)


def _asked(store: ClickHouseStore, uid: str, runs: int) -> list[Timed]:
    now = time.time_ns() // 1_000_000_000
    model = boards(Words("en"))[uid]
    chosen = _all(store)
    span = SPANS.get(uid, 30)
    # As Grafana does: about as many steps as a panel has room for.
    step = max(60, span * 86_400 // 700)
    shown = Shown(now - span * 86_400, now, step, chosen)
    found = []
    for title, sql, _ in queries(model):
        text, times = expanded(sql, shown), []
        for _ in range(runs):
            begun = time.perf_counter()
            store.rows(text)
            times.append(1000 * (time.perf_counter() - begun))
        found.append(Timed(model["title"], title, statistics.median(times), max(times)))
    return found


def _all(store: ClickHouseStore) -> dict[str, tuple[str, ...]]:
    asked = {
        "tenant": "SELECT DISTINCT tenant_id AS v FROM semko.board_desks",
        "office": "SELECT DISTINCT office_id AS v FROM semko.board_desks",
        "desk": "SELECT DISTINCT desk_id AS v FROM semko.board_desks",
        "service": "SELECT DISTINCT key AS v FROM semko.window_metrics WHERE scope = 'service'",
        "dimension": "SELECT DISTINCT dimension AS v FROM semko.segment_scores",
    }
    found = {name: tuple(row["v"] for row in store.rows(sql)) for name, sql in asked.items()}
    return found | {"series": ("complaints",)}


def _page(timed: list[Timed], events: int, facts: int, days: int, runs: int) -> str:
    slow = [one for one in timed if one.median > LIMIT_MS]
    good = len(timed) - len(slow)
    lines = [
        "# Grafana's dashboards, measured",
        "",
        f"By `make bench-dashboards`. A simulated city of {days} days up to now: {events:,}",
        f"events, {facts:,} interactions. Each query {runs} times with every office, desk and",
        "service chosen, over the days that its dashboard shows when it is opened.",
        "",
        f"**{good} of {len(timed)} queries have a median of at most {LIMIT_MS} ms.**",
        "",
        f"`{conditions()}`",
        "",
        "Not shown: Grafana itself and the way to it, a ClickHouse server, several viewers.",
        "",
        "| dashboard | query | median, ms | at most, ms |",
        "| --- | --- | --- | --- |",
        *(
            f"| {one.board.removeprefix('SEMKO: ')} | {one.title} | {one.median:.0f} |"
            f" {one.greatest:.0f} |"
            for one in sorted(timed, key=lambda one: -one.median)
        ),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    app()
