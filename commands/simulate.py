"""`semko simulate`: the events of a town that is not there, into a file."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from commands.options import IncidentOption, JsonOption, SeedOption, TownOption
from commands.stopping import Interrupted
from commands.terminal import Bar, emit, new_app, progress
from models.errors import CallError
from models.instants import parse_instant
from models.records import EventRecord
from sources.simulator import (
    Incident,
    Simulation,
    Town,
    load_town,
    parse_incident,
    preset,
    write_ndjson,
)

app = new_app()

TOLD_EVERY = 4096
DESKS_NAMED = 3


@app.command()
def simulate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write; .gz is packed.")],
    since: Annotated[str, typer.Option(metavar="TIME", help="First instant, with an offset.")],
    until: Annotated[
        str, typer.Option(metavar="TIME", help="First instant that is not in it any more.")
    ],
    town: TownOption = "town",
    seed: SeedOption = 1,
    incident: IncidentOption = None,
    registry: Annotated[
        Path | None,
        typer.Option("--write-registry", metavar="FILE", help="Also write the town's registry."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the events of a simulated town to a file of NDJSON, in order of their arrival.

    The same town, seed and times make the same file. Then: semko replay FILE

    [bold]Examples[/]

      semko simulate day.ndjson \\
        --since 2026-03-02T00:00:00Z --until 2026-03-03T00:00:00Z
      semko simulate year.ndjson.gz --town city --write-registry semko.toml \\
        --since 2025-01-01T00:00:00+02:00 --until 2026-01-01T00:00:00+02:00
      semko simulate bad.ndjson --incident "desk 4 turns bad at 10:30" \\
        --since 2026-03-02T00:00:00Z --until 2026-03-03T00:00:00Z
    """
    first, end = _instant("--since", since), _instant("--until", until)
    if end <= first:
        raise CallError(f"--until {until} is not after --since {since}")
    simulated = town_of(town, incident or [])
    simulation = Simulation(simulated, seed, first)
    with progress("writing", None) as bar:
        try:
            written = write_ndjson(file, _told(simulation.stream(end), bar))
        except Interrupted:
            file.unlink(missing_ok=True)  # half a file would be taken for a whole one
            raise
    if registry is not None:
        _write(registry, simulated.registry_toml())
    truth = simulation.truth
    result = {
        "file": str(file),
        "records": written,
        "completions": truth.completions,
        "votes": truth.votes,
        "duplicates": truth.duplicates,
        "unmatched": truth.unmatched,
        "invalid": sum(truth.invalid.values()),
    }
    emit(result, as_json=as_json)


def town_of(
    wanted: str, incidents: list[str], *, always_open: bool = False, begun_ms: int | None = None
) -> Town:
    """The town of that name or file, with what goes wrong in it; raises CallError.

    ``begun_ms`` is when it begins to be watched: incidents may count from then.
    """
    path = Path(wanted)
    town = load_town(path) if path.is_file() else preset(wanted)
    more, zone = [], ZoneInfo(town.time_zone)
    begun = None if begun_ms is None else datetime.fromtimestamp(begun_ms / 1000, zone)
    for text in incidents:
        more.append(parse_incident(text, begun))
        _check_desk(town, more[-1], text)
    return town.with_changes(
        always_open=always_open or town.always_open, incidents=[*town.incidents, *more]
    )


def _check_desk(town: Town, incident: Incident, text: str) -> None:
    desks = [
        (tenant.id, office.id, desk.id)
        for tenant in town.tenants
        for office in tenant.offices
        for desk in office.desks
    ]
    if not any(incident.meets(*desk) for desk in desks):
        some = ", ".join("/".join(desk) for desk in desks[:DESKS_NAMED])
        raise CallError(f'"{text}" happens at no desk of the town: it has {len(desks)}, as {some}')


def _told(records: Iterator[EventRecord], bar: Bar) -> Iterator[EventRecord]:
    for count, record in enumerate(records, start=1):
        if count % TOLD_EVERY == 0:
            bar(count)
        yield record


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise CallError(f"cannot write {path}: {error.strerror}; choose another place") from None


def _instant(option: str, text: str) -> int:
    try:
        return parse_instant(text)
    except ValueError as problem:
        raise CallError(f"{option} {problem}") from None
