"""The command line: the one place where the parts are wired together."""

import typer

app = typer.Typer(no_args_is_help=True)


def main() -> None:
    """Run `semko`."""
    app()
