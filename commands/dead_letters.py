"""`semko dead-letters`: why records were no events, and how they become some."""

import json
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from commands.engine import clock_ms
from commands.letters import Asked, Desk
from commands.options import DEFAULT_STORE, BrokerOption, JsonOption, StoreOption
from commands.publishing import append_records
from commands.setup import Setup
from commands.stopping import beside
from commands.terminal import emit, new_app, out, progress, say, shown
from models.errors import CallError
from sinks.dead_letters import Wanted

app = new_app(no_args_is_help=True, help="Why records were no events, and how to mend them.")

MENDED_AT_ONCE = 500

TenantOption = Annotated[str, typer.Option("--tenant", metavar="ID", help="Of one tenant.")]
OfficeOption = Annotated[str, typer.Option("--office", metavar="ID", help="Of one office.")]
TopicOption = Annotated[
    str, typer.Option("--topic", metavar="NAME", help="completions, votes or alert_actions.")
]
ReasonOption = Annotated[
    str,
    typer.Option(
        "--reason",
        metavar="NAME",
        help="json, contract, future, misrouted, expired or too_long.",
    ),
]
FieldOption = Annotated[str, typer.Option("--field", metavar="NAME", help="The wrong field.")]
IdsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID...", help="As the list names them: votes/0/17.", show_default=False),
]


@app.command("list")
def list_causes(
    tenant: TenantOption = "",
    office: OfficeOption = "",
    topic: TopicOption = "",
    reason: ReasonOption = "",
    field: FieldOption = "",
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Count causes by source, the most frequent first, each with an example.

    [bold]Examples[/]

      semko dead-letters list
      semko dead-letters list --tenant town --reason contract --json

    Those whose bytes were emptied after 30 days are of an unknown source.
    """
    wanted = Wanted(tenant, office, topic, reason, field)
    told = _answer(Setup.of(store), Asked("list", wanted), "looking")
    if as_json:
        emit(told, as_json=True)
        return
    for cause in told["causes"]:
        out.print(_cause(cause), markup=False)
    if not told["causes"]:
        out.print("there are none")


@app.command("show")
def show(
    ids: IdsArgument = None,
    tenant: TenantOption = "",
    office: OfficeOption = "",
    topic: TopicOption = "",
    reason: ReasonOption = "",
    field: FieldOption = "",
    lines: Annotated[
        bool,
        typer.Option("--lines", help="Those not sent again yet, as lines to correct and --mend."),
    ] = False,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Show dead letters: what came, what is wrong with it, what would be said of it today.

    [bold]Examples[/]

      semko dead-letters show votes/0/17
      semko dead-letters show --reason contract --lines > mend.ndjson

    Correct the events in that file and give it to `resubmit --mend`.
    """
    wanted = Wanted(tenant, office, topic, reason, field, ids or [])
    told = _answer(Setup.of(store), Asked("show", wanted), "looking")
    if as_json:
        emit(told, as_json=True)
        return
    for letter in told["dead_letters"]:
        if not lines:
            out.print(_letter(letter), markup=False)
        elif not letter["action"]:
            line = {"dead_letter": letter["id"], "event": _event(letter["raw"])}
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


@app.command("resubmit")
def resubmit(
    ids: IdsArgument = None,
    tenant: TenantOption = "",
    office: OfficeOption = "",
    topic: TopicOption = "",
    reason: ReasonOption = "",
    field: FieldOption = "",
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="Correct a field of all; may be given often.",
            show_default=False,
        ),
    ] = None,
    mend: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Corrected events, a line each, as `show --lines` gives."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be sent.")
    ] = False,
    store: StoreOption = DEFAULT_STORE,
    broker: BrokerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Send dead letters again that would be accepted now: all that match, or those named.

    An event of the future has become one of the past, a misrouted one gets its
    right key, any other is mended by --set or --mend. What was sent again is
    noted: the same command twice sends nothing twice.

    [bold]Examples[/]

      semko dead-letters resubmit --reason future --dry-run
      semko dead-letters resubmit --tenant town --field scale --set scale=5
      semko dead-letters resubmit --mend mend.ndjson
    """
    setup = Setup.of(store, broker)
    wanted = Wanted(tenant, office, topic, reason, field, ids or [])
    if mend is None:
        asked = [Asked("resubmit", wanted, _values(values or []), dry_run=dry_run)]
    elif values or wanted != Wanted():
        raise CallError("--mend names its dead letters itself: leave out all that chooses some")
    else:
        events = [*_mended(mend).items()]
        asked = [
            Asked("resubmit", mended=dict(events[at : at + MENDED_AT_ONCE]), dry_run=dry_run)
            for at in range(0, len(events), MENDED_AT_ONCE)
        ]
    told = _summed([_answer(setup, each, "sending again") for each in asked])
    emit(told, as_json=as_json)
    for problem in () if as_json else told["problems"]:
        say(f"{problem['id']}: {problem['field']} {problem['problem']}".replace(":  ", ": "))
    if told["refused"]:
        raise typer.Exit(1)


def _answer(setup: Setup, asked: Asked, what: str) -> dict[str, Any]:
    """What the process that serves says, or this one where nobody does."""
    running = setup.running()
    with progress(what, None) as bar:
        if running is not None:
            body = msgspec.json.encode(asked).decode()
            return beside(lambda: running.follow("/v1/dead-letters", body, bar))
        with setup.existing_store() as held:
            desk = Desk(
                held.database, partial(append_records, setup), clock_ms, held.kept_since(), bar
            )
            return beside(lambda: desk.answer(asked))


def _values(given: list[str]) -> dict[str, Any]:
    values = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not (name and equals):
            raise CallError(f"--set {each}: write FIELD=VALUE, such as scale=5")
        values[name] = _event(value)
    return values


def _event(text: str) -> Any:
    """What a text says as JSON, or else itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _mended(path: Path) -> dict[str, Any]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise CallError(f"{path} cannot be read: {problem}") from None
    mended = {}
    for number, line in enumerate(lines, start=1):
        said = _event(line)
        if line.strip():
            if not isinstance(said, dict) or said.keys() != {"dead_letter", "event"}:
                form = '{"dead_letter": "votes/0/17", "event": {…}}'
                raise CallError(f"{path}, line {number}: write {form}, as `show --lines` does")
            mended[str(said["dead_letter"])] = said["event"]
    return mended


def _summed(told: list[dict[str, Any]]) -> dict[str, Any]:
    whole: dict[str, Any] = {
        name: sum(each[name] for each in told)
        for name in ("matched", "resubmitted", "done_before", "refused")
    }
    problems = [problem for each in told for problem in each["problems"]]
    return whole | {"dry_run": any(each["dry_run"] for each in told), "problems": problems}


def _letter(letter: dict[str, Any]) -> str:
    said = letter | {"recorded_at": _time(letter["recorded_at"]), "raw": f"\n{letter['raw']}\n"}
    return "\n".join(f"{name.replace('_', ' '):<12} {value}" for name, value in said.items())


def _cause(cause: dict[str, Any]) -> str:
    what = " ".join(filter(None, (cause["reason"], cause["field"])))
    done = f", {shown(cause['resubmitted'])} sent again" if cause["resubmitted"] else ""
    return (
        f"{shown(cause['letters'])} x {what} in {cause['topic']} of {cause['source']}{done}\n"
        f"    {cause['problem']}\n"
        f"    from {_time(cause['first'])} to {_time(cause['last'])}; example: {cause['example']}"
    )


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
