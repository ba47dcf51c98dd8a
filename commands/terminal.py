"""What people see in a terminal: results on stdout, progress and messages on stderr."""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn, Protocol

import structlog
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
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

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def exit_code(error: SemkoError) -> int:
    """2: the call was wrong; 3: something that it needs is not there; 1: any other no."""
    if isinstance(error, CallError):
        return 2
    return 3 if isinstance(error, WorldError) else 1


def leave(error: SemkoError) -> NoReturn:
    """Say what is wrong and leave, without a stack trace."""
    err.print(f"[bold red]semko:[/] {_escaped(str(error))}")
    sys.exit(exit_code(error))


def say(message: str) -> None:
    """A message beside the result."""
    err.print(message)


def emit(result: Mapping[str, object], *, as_json: bool, title: str = "") -> None:
    """A result as one JSON object, or as the same names and values for people."""
    if as_json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False, default=str) + "\n")
        return
    table = Table(title=title or None, show_header=False, box=None, title_justify="left")
    table.add_column(style="dim")
    table.add_column(justify="right")
    for name, value in result.items():
        if not isinstance(value, (list, dict)):
            table.add_row(name.replace("_", " "), _shown(value))
    out.print(table)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}".replace(",", " ")
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else _escaped(str(value))


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")


class Bar(Protocol):
    """A progress bar: how much is done of how much."""

    def __call__(self, done: int, total: int | None = None) -> None: ...


class _RateColumn(ProgressColumn):
    """Things a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s".replace(",", " ") if speed else "", style="cyan")


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Bar]:
    """A bar on stderr with rate and remaining time; silent where stderr is no terminal."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _RateColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ) as bars:
        task = bars.add_task(what, total=total)

        def move(done: int, total: int | None = None) -> None:
            bars.update(task, completed=done, total=total)

        yield move


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
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
