"""`semko alerts`: what dropped, since when, how much, what was expected, and what is done."""

from datetime import date
from functools import partial
from typing import Annotated

import typer
from rich.table import Column, Table

from commands import notify, recovering
from commands.acting import act
from commands.alert_texts import alert_lines, expected_text, score_text, time_text
from commands.asking import rows
from commands.engine import clock_ms
from commands.judging import rules_of
from commands.options import (
    DEFAULT_STORE,
    BrokerOption,
    JsonOption,
    RegistryOption,
    StoreOption,
)
from commands.setup import Setup
from commands.terminal import emit, new_app, out, progress, say, show_table, shown
from models.alert_actions import PENDING
from models.errors import CallError
from sinks import alert_book
from sinks.alert_book import Wanted
from streams.core.judging import day_of, first_moment
from streams.shell.judge import Judge
from streams.shell.owner import SEQUENCE_BITS

app = new_app(
    no_args_is_help=True, help="Score drops: what dropped, since when, how much, and what is done."
)
app.command("notifications")(notify.notifications)
app.command("test-notify")(notify.try_out)
app.command("recovery")(recovering.recovery)

EPOCH = date(1970, 1, 1)

TenantOption = Annotated[str, typer.Option("--tenant", metavar="ID", help="Of one tenant.")]
AlertArgument = Annotated[str, typer.Argument(metavar="ALERT", help="As the list names it.")]
OfficeOption = Annotated[str, typer.Option("--office", metavar="ID", help="Of one office.")]
WhoOption = Annotated[
    str, typer.Option("--who", metavar="TEXT", help="Role or initials of who does it.")
]


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

    Each comes with the score since its drop began.

    [bold]Examples[/]

      semko alerts list
      semko alerts list --all --office centre
    """
    setup = Setup.of(store)
    wanted = Wanted(() if every else PENDING, tenant, office)
    found = alert_book.alerts(partial(rows, setup), wanted)
    if as_json:
        emit({"alerts": found}, as_json=True)
        return
    if not found:
        out.print("there are none")
        return
    table = Table(
        Column("alert", no_wrap=True),
        "office",
        "state",
        "kind",
        "level",
        "since",
        "expected",
        "now",
        "votes",
    )
    for row in found:
        table.add_row(
            row["alert_id"],
            f"{row['tenant_id']}/{row['office_id']}",
            row["state"],
            row["kind"],
            row["level"],
            time_text(row["begun_at"]),
            expected_text(row),
            score_text(row),
            shown(row["votes"]),
        )
    show_table(table)


@app.command("show")
def show(
    alert: AlertArgument,
    tenant: TenantOption = "",
    office: OfficeOption = "",
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Show one alert: since when, before and now, where the drop sits.

    And what people did about it.

    [bold]Example[/]

      semko alerts show d04-20260302-1
    """
    asked = partial(rows, Setup.of(store))
    named = alert_book.the_one(asked, alert, tenant, office)
    one = alert_book.whole(asked, named["tenant_id"], named["office_id"], alert)
    assert one is not None
    if as_json:
        emit(one, as_json=True)
        return
    for line in alert_lines(one):
        out.print(line, markup=False)


@app.command("ack")
def acknowledge(
    alert: AlertArgument,
    who: WhoOption = "",
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="A word about it.")] = "",
    tenant: TenantOption = "",
    office: OfficeOption = "",
    store: StoreOption = DEFAULT_STORE,
    broker: BrokerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say that an alert was seen, and somebody looks into it.

    Whoever notes a cause or an action has seen it, too.

    [bold]Example[/]

      semko alerts ack d04-20260302-1 --who "shift manager"
    """
    _act(Setup.of(store, broker), (alert, tenant, office), ("acknowledge", who, note), as_json)


@app.command("cause")
def cause(
    alert: AlertArgument,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="Why the score dropped.")],
    who: WhoOption = "",
    tenant: TenantOption = "",
    office: OfficeOption = "",
    store: StoreOption = DEFAULT_STORE,
    broker: BrokerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Note why the score dropped.

    Say it in your own words, and never name a citizen. The last one is shown.

    [bold]Example[/]

      semko alerts cause d04-20260302-1 --note "the printer is out of order"
    """
    _act(Setup.of(store, broker), (alert, tenant, office), ("cause", who, note), as_json)


@app.command("action")
def action(
    alert: AlertArgument,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="What is done about it.")],
    who: WhoOption = "",
    tenant: TenantOption = "",
    office: OfficeOption = "",
    store: StoreOption = DEFAULT_STORE,
    broker: BrokerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Note what is done about it.

    Say it in your own words, and never name a citizen. The last one is shown.

    [bold]Example[/]

      semko alerts action d04-20260302-1 --note "desk 5 prints for both"
    """
    _act(Setup.of(store, broker), (alert, tenant, office), ("action", who, note), as_json)


@app.command("resolve")
def resolve(
    alert: AlertArgument,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why it is over.")],
    who: WhoOption = "",
    tenant: TenantOption = "",
    office: OfficeOption = "",
    store: StoreOption = DEFAULT_STORE,
    broker: BrokerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Close an alert by hand, with the reason.

    One whose score has come back closes by itself. A later drop at the desk
    opens a new one.

    [bold]Example[/]

      semko alerts resolve d04-20260302-1 --reason "the printer works again"
    """
    _act(Setup.of(store, broker), (alert, tenant, office), ("resolve", who, reason), as_json)


def _act(
    setup: Setup, named: tuple[str, str, str], said: tuple[str, str, str], as_json: bool
) -> None:
    taken = act(setup, *named, dict(zip(("action", "who", "note"), said, strict=True)))
    place = f"{taken.alert['tenant_id']}/{taken.alert['office_id']}"
    told = {"alert": taken.alert["alert_id"], "office": place, "action": said[0]}
    emit(told | {"event_id": taken.event_id, "acted_at": taken.acted_at}, as_json=as_json)
    if taken.later:
        say("The log has it. It takes effect as soon as a process reads that log: `semko up`.")


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
    estimated = without = 0
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
                if found is None:
                    without += 1
                else:
                    estimated += 1
                    judge.forget(office, first_moment(day, zone), revision)
                bar(done + 1)
    told = {"offices": estimated, "without history": without}
    emit(told, as_json=as_json, title="" if as_json else "baselines")
    if not estimated:
        say("of no office there are 100 votes on 5 days within the eight weeks before that day")


def _day(text: str) -> int:
    try:
        return (date.fromisoformat(text) - EPOCH).days
    except ValueError:
        raise CallError(f"--valid-from {text}: a day is written 2026-03-02") from None
