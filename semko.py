"""The command line: `semko` and its commands, and how each of them ends.

The commands themselves, each of which wires the parts together for its purpose, are in `commands`.
"""

import gc
from importlib.metadata import version
from typing import Annotated

import typer

from commands import asking, demo, operating, replay, simulating, up, watching
from commands.terminal import leave, set_up_logs
from models.errors import SemkoError

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Real-time satisfaction analytics for service centres. Begin with [bold]semko demo[/].",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"semko {version('semko')}")
        raise typer.Exit


@app.callback()
def before_every_command(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell more on stderr.")] = False,
    show_version: Annotated[  # noqa: ARG001  # its callback prints
        bool, typer.Option("--version", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Set up what all commands share."""
    set_up_logs(verbose=verbose)


for name, command, text in (
    ("demo", demo.demo, demo.EXAMPLES),
    ("up", up.up, up.EXAMPLES),
    ("replay", replay.replay, replay.EXAMPLES),
    ("watch", watching.watch, watching.EXAMPLES),
    ("simulate", simulating.simulate, simulating.EXAMPLES),
    ("query", asking.query, asking.QUERY_EXAMPLES),
    ("reconcile", asking.reconcile, asking.RECONCILE_EXAMPLES),
    ("retain", operating.retain, operating.retain.__doc__),
    ("migrate", operating.migrate, operating.migrate.__doc__),
    ("check", operating.check, operating.check.__doc__),
    ("schema", operating.schema, operating.schema.__doc__),
):
    app.command(name, help=text)(command)
app.add_typer(operating.terminals, name="terminals")


def main() -> None:
    """Run `semko`; a user's mistake ends in a message and an exit code, not in a stack trace."""
    gc.set_threshold(200_000, 50, 100)
    try:
        app()
    except SemkoError as error:
        leave(error)


if __name__ == "__main__":
    main()
