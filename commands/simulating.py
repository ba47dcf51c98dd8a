"""`semko simulate`: the events of a town that is not there, into a file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from commands.terminal import emit
from models.errors import CallError
from models.instants import parse_instant
from sources.simulator import Simulation, parse_incident, preset, write_ndjson

EXAMPLES = """
Write the events of a simulated town to a file of NDJSON, in order of their arrival.

[bold]Examples[/]

  semko simulate day.ndjson.gz --since 2026-03-02T00:00:00Z --until 2026-03-03T00:00:00Z

  semko simulate year.ndjson.gz --town city --seed 7 --since 2025-01-01T00:00:00Z
  --until 2026-01-01T00:00:00Z --incident "desk d4 turns bad at 10:30"

Then: semko replay day.ndjson.gz
"""


def simulate(
    file: Annotated[Path, typer.Argument(help="Where to write; .gz is compressed.")],
    since: Annotated[str, typer.Option(help="First instant, with an offset.")],
    until: Annotated[str, typer.Option(help="First instant that is not in it any more.")],
    town: Annotated[
        str, typer.Option(help="village, town, city, country(N), or a file that describes one.")
    ] = "town",
    seed: Annotated[int, typer.Option(min=0)] = 1,
    incident: Annotated[list[str] | None, typer.Option(help="May be given often.")] = None,
    registry: Annotated[
        Path | None, typer.Option("--write-registry", help="Also write the town's semko.toml.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    first, end = _instant("--since", since), _instant("--until", until)
    if end <= first:
        raise CallError(f"--until {until} is not after --since {since}")
    simulated = preset(town).with_changes(incidents=[parse_incident(i) for i in incident or ()])
    simulation = Simulation(simulated, seed, first)
    written = write_ndjson(file, simulation.stream(end))
    if registry is not None:
        registry.write_text(simulated.registry_toml(), "utf-8")
    truth = simulation.truth
    emit(
        {
            "file": str(file),
            "records": written,
            "completions": truth.completions,
            "votes": truth.votes,
            "duplicates": truth.duplicates,
            "unmatched": truth.unmatched,
            "invalid": sum(truth.invalid.values()),
            "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
        as_json=as_json,
    )


def _instant(option: str, text: str) -> int:
    try:
        return parse_instant(text)
    except ValueError as problem:
        raise CallError(f"{option} {text}: {problem}") from None
