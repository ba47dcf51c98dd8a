"""The command line: `semko` and its commands, and how each of them ends; and `semko.connect`.

The commands themselves, each of which wires the parts together for its purpose, are in `commands`;
one is loaded when it is called, so that help and mistakes are answered at once.
"""

import gc
import signal
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from commands.stopping import Interrupted, cut, interrupt
from commands.terminal import leave, say, set_up_logs
from models.errors import SemkoError

if TYPE_CHECKING:
    from client import Client

COMMANDS = {
    "demo": "A simulated town, live on a wall: begin here.",
    "up": "Run everything in one process: gateway, log, worker, ClickHouse and the wall.",
    "worker": "Count the events of Kafka, beside any number of other workers.",
    "gateway": "Take events over HTTP into Kafka, and show the wall.",
    "replay": "Count the events of files: NDJSON, or tables by a mapping.",
    "watch": "Publish the files of a folder as they come, for a `semko up` beside it.",
    "simulate": "Write the events of a simulated town to a file.",
    "query": "Ask the store in SQL.",
    "columns": "Say what every view and every column holds.",
    "export": "Write views to Parquet files.",
    "compare": "Compare desks or services fairly, without a league table.",
    "reconcile": "Recompute every metric from the facts and compare.",
    "alerts": "Say what dropped, since when, how much, and what is done about it.",
    "indicator": "Say whether the score leads complaints and the like.",
    "dashboards": "Grafana's dashboards and alert rules, as files or into one that runs.",
    "dead-letters": "Say why records were no events, mend them, send them again.",
    "backup": "Copy store, log and secret, while they are in use.",
    "restore": "Put a backup back.",
    "check": "Check store, log, secret and registry.",
    "retain": "Drop whole months, on purpose.",
    "migrate": "Bring a store's tables up to date.",
    "schema": "Print the event contract as JSON Schema.",
    "topics": "Make and show the topics of a Kafka cluster.",
    "terminals": "Keys, states and maintenance of terminals.",
    "tokens": "Tokens of people: who may see and do what over HTTP.",
}
"""Every command, as the list of them describes it; its module in `commands` has the same name,
with ``_`` for a dash."""


class _Commands(TyperGroup):
    """Knows all commands by name and loads the one that is called."""

    def __init__(self, **settings: Any) -> None:  # Typer's settings of a group
        super().__init__(**settings)
        self.commands = {name: TyperCommand(name, help=text) for name, text in COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # Typer's context is private
        """Name, command and what is left of ``args``; a wrong name is refused as usual."""
        name, _, rest = super().resolve_command(ctx, args)
        if name is None:
            return name, None, rest
        return (
            name,
            typer.main.get_command(import_module(f"commands.{name.replace('-', '_')}").app),
            rest,
        )

    def invoke(self, ctx: Any) -> Any:
        """Run the command; one that is stopped says so."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, interrupt)
        try:
            return super().invoke(ctx)
        except Interrupted as stop:
            say(str(stop))
            raise typer.Exit(stop.exit_code) from None


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Real-time satisfaction analytics for service centres.",
    epilog="Begin with [bold]semko demo[/]. Each command explains itself: [bold]semko replay -h[/]",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"semko {version('semko')}")
        raise typer.Exit


@app.callback()
def before_every_command(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell more on stderr.")] = False,
    show_version: Annotated[  # noqa: ARG001  # its callback prints
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Set up what all commands share."""
    set_up_logs(verbose=verbose)


def connect(url: str = "http://127.0.0.1:8123", token: str = "") -> "Client":
    """The numbers as pandas tables, from the door that `semko up --sql` opens.

        import semko
        semko.connect().scores(by="desk", office="center", since="2026-03-01").plot()

    See ``client.Client``.
    """
    # pandas takes half a second, and commands must answer at once
    from client import Client  # noqa: PLC0415

    return Client(url, token)


def main() -> None:
    """Run `semko`; a user's mistake ends in a message and an exit code, not in a stack trace."""
    gc.set_threshold(200_000, 50, 100)
    for number in (signal.SIGINT, signal.SIGTERM):
        # Typer has an exit code of its own for what is raised before the command is called.
        signal.signal(number, lambda number, _: cut(number))
    try:
        app()
    except SemkoError as error:
        leave(error)


if __name__ == "__main__":
    main()
