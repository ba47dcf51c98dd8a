"""`semko indicator`: lagging series, and whether the score leads them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import typer

from commands.asking import answering, rows_of
from commands.engine import clock_ms
from commands.indicating import Added, add_to
from commands.indicator_words import FOOTNOTE, as_object, lines, named_object
from commands.options import DEFAULT_STORE, JsonOption, StoreOption
from commands.setup import Setup
from commands.stopping import beside
from commands.terminal import emit, new_app, out, progress, say
from dashboards.indicator.answers import Answer, Question, Scored, answered
from dashboards.indicator.page import page
from models.errors import CallError
from models.periods import period_of
from sinks import indicators
from sinks.indicators import Named, Rows
from sources.lagging import Flawed, read_lagging

app = new_app(no_args_is_help=True, help="Lagging series, and whether the score leads them.")

FLAWS_SHOWN_AT_MOST = 20

TenantOption = Annotated[
    str, typer.Option("--tenant", metavar="ID", help="Needed where the store has several.")
]


class Books(NamedTuple):
    """A store here, or behind the process that holds it: how it is read and added to."""

    rows: Rows
    add: Callable[[Added], dict[str, Any]]


@app.command("add")
def add(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV with the columns period, office, value.")
    ],
    series: Annotated[
        str,
        typer.Option("--series", metavar="NAME", help="Its name; the file's own unless given."),
    ] = "",
    horizon: Annotated[
        int,
        typer.Option(
            "--horizon",
            metavar="N",
            show_default=False,
            help="By how many periods the score is to lead; 7 days, 2 weeks, 1 month or 1 quarter"
            " unless given. It is named once, before anybody has looked.",
        ),
    ] = 0,
    tenant: TenantOption = "",
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Add a lagging series: complaints, reopened cases, staff turnover, a survey.

    Periods are days (2025-03-31), ISO weeks (2025-W14), months (2025-03) or
    quarters (2025-Q1), one kind a file. All of a file is added or nothing;
    the same file again changes nothing, a corrected value takes the place of
    the former.

    [bold]Examples[/]

      printf 'period,office,value\\n2025-W14,centre,12\\n' > complaints.csv
      semko indicator add complaints.csv --horizon 2
      semko indicator add survey.csv --series survey_score --tenant town
    """
    setup = Setup.of(store)
    with _books(setup) as books:
        tenant = _tenant(books.rows, tenant)
        known = indicators.offices(books.rows, tenant)
        read = read_lagging(file, known, _today(books.rows, tenant))
        if read.flaws:
            _refuse(file, read.flaws, as_json=as_json)
        values = [(value.office, str(value.period), value.value) for value in read.values]
        name = series or file.name.partition(".")[0]
        cadence = read.values[0].period.cadence
        told = books.add(Added(tenant, name, cadence, horizon, values))
    emit(named_object(told), as_json=as_json)


@app.command("list")
def list_series(
    tenant: TenantOption = "",
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """List the series of a tenant, with their horizons and when they were named.

    Every one of them makes the report stricter about all: many questions asked
    at once have more answers by chance.

    [bold]Examples[/]

      semko indicator list
      semko indicator list --tenant town --json
    """
    with _books(Setup.of(store)) as books:
        tenant = _tenant(books.rows, tenant)
        found = indicators.named(books.rows, tenant)
    told = [named_object(each._asdict()) for each in found]
    if as_json:
        emit({"tenant": tenant, "series": told}, as_json=True)
        return
    for each in told:
        out.print(
            f"{each['series']}: by {each['cadence']}, horizon {each['horizon']},"
            f" named {each['named_at']}",
            markup=False,
        )
    if not told:
        out.print("there are none: add one with `semko indicator add FILE`")


@app.command("report")
def report(
    series: Annotated[
        list[str] | None,
        typer.Option("--series", metavar="NAME", help="Show this one; may be given often."),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option("--page", metavar="FILE", help="Write the report with its plots, as HTML."),
    ] = None,
    language: Annotated[
        Literal["bg", "en"], typer.Option("--language", help="Of the page.")
    ] = "bg",
    tenant: TenantOption = "",
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Does the satisfaction score lead them? Says "not demonstrated" unless it does.

    At every period of the past the series is forecast from its own history,
    with and without the score of HORIZON periods before. Seasons and trends
    are estimated from what was known then. Skill is how much the score makes
    the errors smaller. The reverse direction stands beside it.

    [bold]Examples[/]

      semko indicator report
      semko indicator report --page indicator.html --language en
      semko indicator report --series complaints --json
    """
    with _books(Setup.of(store)) as books:
        tenant = _tenant(books.rows, tenant)
        named = indicators.named(books.rows, tenant)
        wanted = _wanted(named, series or [])
        answers = beside(lambda: _answers(books.rows, tenant, named))
    answers = [answer for answer in answers if answer.question.series in wanted]
    if write is not None:
        _write(write, page(tenant, answers, language))
    if as_json:
        emit(as_object(tenant, answers), as_json=True)
        return
    for answer in answers:
        for line in lines(answer):
            out.print(line, markup=False)
        out.print()
    out.print(FOOTNOTE, markup=False)
    say(f"{write}: the report with its plots" if write else "--page FILE draws the plots")


def _answers(rows: Rows, tenant: str, named: list[Named]) -> list[Answer]:
    """All series, whichever is shown: how sure an answer is depends on how many were asked."""
    today = _today(rows, tenant)
    questions = []
    with progress("forecasting", len(named)) as bar:
        for done, each in enumerate(named):
            bar(done)
            scores = {
                office: {at: Scored(*scored) for at, scored in found.items()}
                for office, found in indicators.scores(rows, tenant, each.cadence).items()
            }
            values = indicators.values(rows, tenant, each)
            running = period_of(each.cadence, today).number
            questions.append(Question(*each, values, scores, running))
        return answered(questions)


def _wanted(named: list[Named], asked: list[str]) -> set[str]:
    there = {each.series for each in named}
    if not there:
        raise CallError("there is no lagging series yet: add one with `semko indicator add FILE`")
    missing = [each for each in asked if each not in there]
    if missing:
        raise CallError(f"there is no series {missing[0]}; there are {', '.join(sorted(there))}")
    return set(asked) or there


def _refuse(file: Path, flaws: list[Flawed], *, as_json: bool) -> None:
    """Every line that is wrong, and that nothing was added; exit code 2."""
    if as_json:
        emit({"added": 0, "problems": [flaw._asdict() for flaw in flaws]}, as_json=True)
    for flaw in flaws[:FLAWS_SHOWN_AT_MOST]:
        said = f"{flaw.field} {flaw.value!r}" if flaw.value else flaw.field
        say(f"{file}, line {flaw.line}: {said} {flaw.problem}; {flaw.remedy}")
    more = len(flaws) - FLAWS_SHOWN_AT_MOST
    also = f" ({more} more than shown, which --json names)" if more > 0 else ""
    raise CallError(f"{file}: nothing was added, {len(flaws)} problems{also}: mend the lines")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise CallError(f"--page {path}: cannot be written: {problem.strerror}") from None


def _tenant(rows: Rows, named: str) -> str:
    there = indicators.tenants(rows)
    if named in there:
        return named
    if named:
        raise CallError(f"--tenant {named}: the store knows {', '.join(there) or 'no tenant'}")
    if len(there) == 1:
        return there[0]
    if not there:
        raise CallError("the store knows no tenant yet: send events first, or name a registry")
    raise CallError(f"the store has several tenants: name one of {', '.join(there)} by --tenant")


def _today(rows: Rows, tenant: str) -> date:
    zone = ZoneInfo(indicators.time_zone(rows, tenant))
    return datetime.fromtimestamp(clock_ms() / 1000, zone).date()


@contextmanager
def _books(setup: Setup) -> Iterator[Books]:
    running = setup.running()
    if running is None:
        with setup.existing_store() as held:
            yield Books(held.rows, lambda added: add_to(held, added, clock_ms()))
        return

    def add(added: Added) -> dict[str, Any]:
        with progress("adding", None) as bar:
            return running.follow("/v1/indicators", msgspec.json.encode(added).decode(), bar)

    yield Books(partial(rows_of, answering(running)), add)
