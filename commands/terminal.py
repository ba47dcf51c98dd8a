"""What people see in a terminal: results on stdout, progress and messages on stderr."""

import json
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, Protocol, TextIO, cast

import structlog
import typer
from rich.console import Console
from rich.measure import Measurement
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from models.errors import CallError, SemkoError, WorldError


def _hush() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stderr.fileno())
    os.close(nowhere)


class _Messages(Console):
    """Stderr. Where nobody reads it any more, as behind ``| head``, work goes on unheard."""

    def on_broken_pipe(self) -> None:
        _hush()


class _Log:
    """Stderr for logs, in the same way."""

    def write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
        except BrokenPipeError:
            _hush()

    def flush(self) -> None:
        try:
            sys.stderr.flush()
        except BrokenPipeError:
            _hush()


class _Results(Console):
    """Stdout. Where nobody reads it any more the command ends, as by SIGPIPE.

    At once: an exception that leaves an event loop in which Faust runs is waited for, for ever.
    """

    def on_broken_pipe(self) -> None:
        os._exit(128 + signal.SIGPIPE)


out = _Results(highlight=False, soft_wrap=True)
err = _Messages(stderr=True, highlight=False, soft_wrap=True)

WIDEST = 2_000
"""Columns of a table for people."""
LINE_SECONDS = 10.0
"""How often progress is told where stderr is no terminal."""


def new_app(**settings: Any) -> typer.Typer:  # Typer's own
    """A command, or a group of them, as all of `semko` looks."""
    return typer.Typer(
        rich_markup_mode="rich",
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        **settings,
    )


def exit_code(error: SemkoError) -> int:
    """2: the call was wrong; 3: something that it needs is not there; 1: any other no."""
    if isinstance(error, CallError):
        return 2
    return 3 if isinstance(error, WorldError) else 1


def leave(error: SemkoError) -> NoReturn:
    """Say what is wrong and leave, without a stack trace."""
    err.print("[bold red]semko:[/]", Text(str(error)))
    sys.exit(exit_code(error))


def say(message: str) -> None:
    """A message beside the result, as it is."""
    err.print(message, markup=False)


def show_cursor() -> None:
    """Give the terminal back as it was, whatever was going on."""
    err.show_cursor(show=True)


def emit(result: Mapping[str, object], *, as_json: bool, title: str = "") -> None:
    """A result as one JSON object, or as the same names and values for people.

    Lists of objects are for programs alone.
    """
    if as_json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False, default=str) + "\n")
        return
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    for name, value in result.items():
        if not isinstance(value, dict) and not _holds_objects(value):
            table.add_row(name.replace("_", " "), Text(shown(value)))
    if title:
        out.print(title, style="bold", markup=False)
    show_table(table)


def show_table(table: Table) -> None:
    """A table as wide as what it holds: a terminal breaks its lines, a program reads them whole."""
    needed = Measurement.get(out, out.options.update(width=WIDEST), table).maximum
    _Results(highlight=False, soft_wrap=True, width=max(out.width, needed)).print(table)


def _holds_objects(value: object) -> bool:
    return isinstance(value, Sequence) and any(isinstance(each, dict) for each in value)


def shown(value: object) -> str:
    """A value for people: thousands apart, lists with commas."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return (f"{value:,.1f}" if isinstance(value, float) else f"{value:,}").replace(",", " ")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(shown, value)) or "none"
    return str(value)


class Bar(Protocol):
    """A progress bar: how much is done of how much."""

    def __call__(self, done: int, total: int | None = None) -> None: ...


class _CountColumn(ProgressColumn):
    """How many of how many, and how many a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        rate = f"  {shown(round(speed))}/s" if speed else ""
        return Text(_of(int(task.completed), task.total) + rate, style="cyan")


def _of(done: int, total: float | None) -> str:
    return shown(done) if total is None else f"{shown(done)} of {shown(int(total))}"


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Bar]:
    """A bar on stderr with rate and remaining time; elsewhere than in a terminal, now and then a
    line."""
    if not err.is_terminal:
        yield _Lines(what, total)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), _CountColumn())
    with Progress(*columns, TimeRemainingColumn(), console=err, transient=True) as bars:
        task = bars.add_task(what, total=total)
        yield lambda done, total=None: bars.update(task, completed=done, total=total)


class _Lines:
    """Progress as lines, for logs."""

    def __init__(self, what: str, total: int | None) -> None:
        self._what, self._total = what, total
        self._next = time.monotonic() + LINE_SECONDS

    def __call__(self, done: int, total: int | None = None) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + LINE_SECONDS
            say(f"{self._what}: {_of(done, self._total if total is None else total)}")


def set_up_logs(*, verbose: bool = False) -> None:
    """Logs as readable lines in a terminal and as JSON elsewhere, on stderr."""
    level = logging.INFO if verbose else logging.WARNING
    for name in ("faust", "mode", "aiokafka"):
        logging.getLogger(name).setLevel(logging.ERROR)
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if err.is_terminal else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            _without_expected_traces,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Log())),
        cache_logger_on_first_use=False,
    )


def _without_expected_traces(
    _: object, __: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Stack traces are for our mistakes; what is wrong around us is said by its message."""
    if isinstance(event.get("exc_info"), SemkoError):
        del event["exc_info"]
    return event
