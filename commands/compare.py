"""`semko compare`: desks or services of an office, fairly; as a table, an object and a picture."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from commands.asking import Row
from commands.comparison import Comparison, Unit, Wanted, compared
from commands.options import DEFAULT_STORE, JsonOption, RegistryOption, StoreOption
from commands.setup import Setup
from commands.stopping import beside
from commands.terminal import emit, new_app, out, say, show_table, shown
from dashboards.funnel import Funnel, Point, drawn
from models.errors import CallError, WorldError
from models.registry import Language, Registry

app = new_app()

_DAY = ["%Y-%m-%d"]
_FLAGS = {"usual": "", "lower": "lower than usual", "higher": "higher than usual"}
_STATES = {
    "compared": "",
    "too few votes": "fewer than 5 votes",
    "not comparable": "nobody else has its work",
}


@app.command()
def compare(
    by: Annotated[Unit, typer.Option("--by", help="What is compared.")] = "desk",
    tenant: Annotated[str, typer.Option(metavar="ID", help="Where there are several.")] = "",
    office: Annotated[str, typer.Option(metavar="ID", help="Where there are several.")] = "",
    since: Annotated[
        datetime | None,
        typer.Option(
            "--from", metavar="DATE", formats=_DAY, help="First day; 91 days unless given."
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            "--to",
            metavar="DATE",
            formats=_DAY,
            help="Last day; that of the last vote unless given.",
        ),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Draw the funnel plot there.")
    ] = None,
    language: Annotated[Language, typer.Option(help="Of names and plot.")] = "en",
    store: StoreOption = DEFAULT_STORE,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare desks or services fairly: adjusted for their work, with intervals.

    A desk is compared with others at the same service in the same hour. Scores
    are drawn towards the usual one, the more the fewer votes stand behind them;
    a rank is given only as far as intervals lie apart. For the office's own use:
    desks with fewer than 5 votes show no score.

    [bold]Examples[/]

      semko compare
      semko compare --by service --from 2026-01-01 --to 2026-03-31
      semko compare --tenant town --office centre --plot desks.svg
      semko compare --json

    Days are the tenant's. docs/comparison.md says how to read it.
    """
    if plot is not None and plot.suffix != ".svg":
        raise CallError(f"--plot {plot}: the plot is an SVG; name it so, such as desks.svg")
    setup = Setup.of(store, registry=registry)
    names = setup.registry()
    days = [each.date() if each else None for each in (since, until)]
    wanted = Wanted(by, tenant, office, *days)
    found = beside(lambda: compared(setup, wanted))
    for row in found.rows:
        row["name"] = _name(names, found, row["unit"], language)
    if as_json:
        emit(_as_object(found), as_json=True)
    else:
        _show(found)
    if plot is not None:
        _write(plot, drawn(_funnel(found, names, language), language))


def _name(names: Registry, found: Comparison, unit: str, language: Language) -> str:
    if found.by == "desk":
        return names.name("desk", (found.tenant_id, found.office_id, unit), language)
    return names.name("service", (found.tenant_id, unit), language)


def _as_object(found: Comparison) -> dict[str, Any]:
    rows = [
        {f"{found.by}_id": row["unit"], "name": row["name"]}
        | {key: value for key, value in row.items() if key not in {"unit", "name"}}
        for row in found.rows
    ]
    return {
        "by": found.by,
        "tenant_id": found.tenant_id,
        "office_id": found.office_id,
        "from": found.since.isoformat(),
        "to": found.until.isoformat(),
        "votes": found.votes,
        **found.common,
        "flagged": [row[f"{found.by}_id"] for row in rows if row["flag"] != "usual"],
        "rows": rows,
    }


def _show(found: Comparison) -> None:
    title = f"{found.tenant_id} {found.office_id}, {found.since} to {found.until}"
    out.print(f"{title}: {shown(found.votes)} votes", style="bold", markup=False)
    table = Table(box=None, pad_edge=False, header_style="dim")
    named = any(row["name"] != row["unit"] for row in found.rows)
    for head in (found.by, "name") if named else (found.by,):
        table.add_column(head)
    for head in ("votes", "mean", "expected", "score", "95 %", "rank"):
        table.add_column(head, justify="right")
    table.add_column("")
    for row in found.rows:
        first = (row["unit"], row["name"]) if named else (row["unit"],)
        table.add_row(*(Text(cell) for cell in (*first, *_cells(row))))
    show_table(table)
    out.print(f"\nusual: {shown(found.common['usual'])}. {_said(found)}", markup=False)


def _cells(row: Row) -> tuple[str, ...]:
    numbers = [shown(row["votes"]), *(_number(row[name]) for name in ("mean", "expected", "score"))]
    said = _FLAGS[row["flag"]] or _STATES[row["state"]]
    if row["score"] is None:
        return (*numbers, "", "", said)
    return (*numbers, f"{row['score_low']:.1f}–{row['score_high']:.1f}", _rank(row), said)


def _rank(row: Row) -> str:
    best, worst = row["rank_from"], row["rank_to"]
    return f"{best}" if best == worst else f"{best}–{worst}"


def _said(found: Comparison) -> str:
    if found.common["compared"] < 2:
        return f"There are no two {found.by}s with the same work to compare."
    flagged = sum(row["flag"] != "usual" for row in found.rows)
    told = f"{flagged} of {found.common['compared']} stand{'s' if flagged == 1 else ''} out"
    return (
        f"{told} beyond what chance explains. Ranks overlap where intervals do."
        if flagged
        else f"None of {found.common['compared']} stands out beyond what chance explains."
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _funnel(found: Comparison, names: Registry, language: Language) -> Funnel:
    common = found.common
    points = [
        Point(row["name"], row["comparable_votes"], row["adjusted"], row["votes"], row["flag"])
        for row in found.rows
        if row["state"] == "compared" and row["score"] is not None
    ]
    if not points:
        raise WorldError(f"there are no two {found.by}s with the same work: nothing can be drawn")
    return Funnel(
        by=found.by,
        office=names.name("office", (found.tenant_id, found.office_id), language),
        since=found.since,
        until=found.until,
        votes=found.votes,
        usual=common["usual"],
        vote_deviation=common["vote_deviation"],
        funnel_deviation=common["funnel_deviation"],
        limit=common["limit"],
        left_out=len(found.rows) - len(points),
        points=points,
    )


def _write(path: Path, svg: str) -> None:
    try:
        path.write_text(svg, encoding="utf-8")
    except OSError as problem:
        raise WorldError(f"{path} cannot be written: {problem.strerror}") from None
    say(f"drawn: {path}")
