"""`semko alerts`: what dropped, since when, how much, and what was expected in the first place."""

from datetime import date
from typing import Annotated, Any

import typer
from rich.table import Table

from commands import notify
from commands.asking import rows as _rows
from commands.engine import clock_ms
from commands.judging import rules_of
from commands.options import DEFAULT_STORE, JsonOption, RegistryOption, StoreOption
from commands.setup import Setup
from commands.terminal import emit, new_app, out, progress, say, shown
from models.errors import CallError
from streams.core.judging import day_of, first_moment
from streams.shell.judge import Judge
from streams.shell.owner import SEQUENCE_BITS

app = new_app(no_args_is_help=True, help="Score drops: what dropped, since when, and how much.")
app.command("notifications")(notify.notifications)
app.command("test-notify")(notify.try_out)

EPOCH = date(1970, 1, 1)

TenantOption = Annotated[str, typer.Option("--tenant", metavar="ID", help="Of one tenant.")]
OfficeOption = Annotated[str, typer.Option("--office", metavar="ID", help="Of one office.")]


@app.command("list")
def list_alerts(
    tenant: TenantOption = "",
    office: OfficeOption = "",
    every: Annotated[
        bool, typer.Option("--all", help="Resolved and withdrawn ones too, the newest first.")
    ] = False,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """List alerts, those that are open unless told otherwise.

    [bold]Examples[/]

      semko alerts list
      semko alerts list --all --office centre

    Withdrawn ones are those that later votes undid.
    """
    where = [f"tenant_id = {_quoted(tenant)}"] if tenant else []
    where += [f"office_id = {_quoted(office)}"] if office else []
    where += [] if every else ["state IN ('open', 'acknowledged')"]
    found = _rows(Setup.of(store), _book(" AND ".join(where) or "1"))
    if as_json:
        emit({"alerts": found}, as_json=True)
        return
    if not found:
        out.print("there are none")
        return
    table = Table("alert", "office", "state", "level", "since", "expected", "now", "votes")
    for row in found:
        table.add_row(
            row["alert_id"],
            f"{row['tenant_id']}/{row['office_id']}",
            row["state"],
            row["level"],
            row["begun_at"],
            f"{row['expected']:.0f}",
            _score(row),
            shown(row["votes"]),
        )
    out.print(table)


@app.command("show")
def show(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="As the list names it.")],
    tenant: TenantOption = "",
    office: OfficeOption = "",
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Show one alert: since when, before and now, and where the drop sits.

    [bold]Example[/]

      semko alerts show d04-20260302-1

    Services, hours and reasons are those of the votes since the drop began.
    """
    setup = Setup.of(store)
    where = [f"alert_id = {_quoted(alert)}"]
    where += [f"tenant_id = {_quoted(tenant)}"] if tenant else []
    where += [f"office_id = {_quoted(office)}"] if office else []
    found = _rows(setup, _book(" AND ".join(where)))
    if not found:
        raise CallError(f"there is no alert {alert!r}; `semko alerts list --all` names them")
    if len(found) > 1:
        raise CallError(f"{len(found)} offices have an alert {alert!r}: say --tenant and --office")
    (one,) = found
    one["sits_in"] = _rows(setup, _sits_in(one))
    if as_json:
        emit(one, as_json=True)
        return
    for line in _told(one):
        out.print(line, markup=False)


@app.command("baseline")
def baseline(
    valid_from: Annotated[
        str, typer.Option("--valid-from", metavar="DATE", help="Local day; today unless given.")
    ] = "",
    store: StoreOption = DEFAULT_STORE,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Estimate what scores are expected, from the eight weeks before a day.

    A running SEMKO does so by itself, every night. For the past it is to be
    asked for, with nothing running; days from then on are judged anew at the
    next start.

    [bold]Example[/]

      semko alerts baseline --valid-from 2026-03-02
    """
    setup = Setup.of(store, "", None, registry)
    if setup.running() is not None:
        raise CallError("a process serves the store and estimates every night: stop it first")
    rules = rules_of(setup.registry())
    told: dict[str, object] = {"offices": 0, "without history": 0}
    with setup.existing_store() as held:
        judge, epochs = Judge(held, rules), [row.epoch for row in held.progress()]
        # After all that was written, before all that the next owner writes.
        revision = (max(epochs, default=0) + 1 << SEQUENCE_BITS) - 1
        offices = sorted(held.offices())
        with progress("estimating", len(offices)) as bar:
            for done, office in enumerate(offices):
                zone = rules.time_zone(office.tenant_id)
                day = _day(valid_from) if valid_from else day_of(clock_ms(), zone)
                found = judge.estimate(office, day, revision)
                if found is not None:
                    judge.forget(office, first_moment(day, zone), revision)
                key = "without history" if found is None else "offices"
                told[key] = int(str(told[key])) + 1
                bar(done + 1)
    emit(told, as_json=as_json, title="" if as_json else "baselines")
    if not told["offices"]:
        say("of no office there are 100 votes on 5 days within the eight weeks before that day")


def _day(text: str) -> int:
    try:
        return (date.fromisoformat(text) - EPOCH).days
    except ValueError:
        raise CallError(f"--valid-from {text}: a day is written 2026-03-02") from None


def _book(where: str) -> str:
    """Alerts with the score since the drop began, and its 95 % interval."""
    return f"""
        SELECT alert.*, found.votes AS votes, found.mean AS now,
            if(votes > 1, 1.96 * found.deviation / sqrt(votes), NULL) AS reach
        FROM (SELECT * FROM semko.alert_book WHERE {where}) AS alert
        LEFT JOIN
        (
            SELECT tenant_id, office_id, alert_id, count() AS votes,
                avg(100 * (score - 1) / (scale - 1)) AS mean,
                stddevSamp(100 * (score - 1) / (scale - 1)) AS deviation
            FROM semko.interactions AS fact FINAL
            INNER JOIN
                (SELECT * FROM semko.alert_book WHERE {where}) AS drop
                ON drop.tenant_id = fact.tenant_id AND drop.office_id = fact.office_id
                AND drop.desk_id = fact.desk_id
            WHERE fact.score IS NOT NULL AND fact.completed_at >= drop.begun_at
                AND (drop.resolved_at IS NULL OR fact.completed_at <= drop.resolved_at)
            GROUP BY tenant_id, office_id, alert_id
        ) AS found
            ON found.tenant_id = alert.tenant_id AND found.office_id = alert.office_id
            AND found.alert_id = alert.alert_id
        ORDER BY opened_at DESC"""


def _sits_in(alert: dict[str, Any]) -> str:
    """Services, hours and reasons of the votes since the drop began."""
    of = " AND ".join(f"{name} = {_quoted(alert[name])}" for name in _PLACE)
    until = "" if alert["resolved_at"] is None else f" AND completed_at <= '{alert['resolved_at']}'"
    return f"""
        SELECT kind, key, count() AS votes, round(avg(points), 1) AS mean
        FROM
        (
            SELECT 100 * (score - 1) / (scale - 1) AS points, arrayJoin(arrayConcat(
                [('service', toString(service_id)), ('hour', formatDateTime(completed_at, '%H'))],
                arrayMap(one -> ('reason', toString(one)), reasons))) AS part,
                part.1 AS kind, part.2 AS key
            FROM semko.interactions FINAL
            WHERE {of} AND score IS NOT NULL AND completed_at >= '{alert["begun_at"]}'{until}
        )
        GROUP BY kind, key
        ORDER BY kind DESC, votes * ({alert["expected"]} - mean) DESC
        LIMIT 3 BY kind"""


_PLACE = ("tenant_id", "office_id", "desk_id")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _score(row: dict[str, Any]) -> str:
    if row["now"] is None or not row["votes"]:
        return "-"
    reach = "" if row["reach"] is None else f" ± {row['reach']:.0f}"
    return f"{row['now']:.0f}{reach}"


def _told(one: dict[str, Any]) -> list[str]:
    lines = [
        f"{one['alert_id']}  {one['state']}, {one['level']}",
        f"desk      {one['tenant_id']}/{one['office_id']}/{one['desk_id']}",
        f"since     {one['begun_at']} UTC (estimated); seen at {one['opened_at']}",
        f"score     {one['expected']:.1f} expected, {_score(one)} since, of {one['votes']} votes",
    ]
    if one["resolved_at"] is not None:
        by = "the score is back" if one["resolved_by"] == "score" else "by hand"
        lines.append(f"resolved  {one['resolved_at']} UTC, {by}")
    names = {"service": "services", "hour": "hours (UTC)", "reason": "reasons"}
    for kind, name in names.items():
        some = [each for each in one["sits_in"] if each["kind"] == kind]
        parts = (f"{each['key']} {each['mean']:.0f} ({each['votes']})" for each in some)
        if some:
            lines.append(f"{name:11} {', '.join(parts)}")
    return lines
