"""`semko dashboards`: Grafana's dashboards and rules, as files or into one that runs."""

import difflib
from pathlib import Path
from typing import Annotated

import typer

from commands.terminal import emit, new_app, out, say
from dashboards.grafana.boards import boards
from dashboards.grafana.files import provisioning
from dashboards.grafana.pushing import Step, Wanted, connected, push
from dashboards.grafana.rules import contact_point, rules
from dashboards.grafana.words import LANGUAGES, Language, Words
from models.errors import CallError

app = new_app(no_args_is_help=True, help="Grafana's dashboards, alert rules and data source.")

LanguageOption = Annotated[
    str, typer.Option("--language", metavar="bg|en", help="Of titles and headings.")
]
PagesOption = Annotated[
    str, typer.Option("--pages", metavar="URL", help="Where the gateway's pages are, to link to.")
]
TellOption = Annotated[
    str,
    typer.Option(
        "--tell",
        metavar="ADDRESS",
        help="Whom Grafana mails. Nobody unless given: SEMKO tells people by itself.",
    ),
]
DryOption = Annotated[bool, typer.Option("--dry-run", help="Say what would change, no more.")]


@app.command()
def render(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Grafana's provisioning folder.")],
    language: LanguageOption = "en",
    pages: PagesOption = "",
    tell: TellOption = "",
    dry_run: DryOption = False,
) -> None:
    """Write all of it as files that Grafana reads at its start.

    Alert rules read the alert book and judge nothing anew; they are paused
    unless --tell says whom to mail.

    [bold]Examples[/]

      semko dashboards render deploy/grafana/provisioning
      semko dashboards render /etc/grafana/provisioning --language bg --pages https://semko.example
    """
    written = 0
    for name, text in provisioning(_words(language), _pages(pages), tell).items():
        path = folder / name
        before = path.read_text("utf-8") if path.exists() else ""
        if before == text:
            continue
        written += 1
        if dry_run:
            lines = difflib.unified_diff(
                before.splitlines(), text.splitlines(), f"{name} now", f"{name} then", lineterm=""
            )
            out.print("\n".join(lines), markup=False)
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        except OSError as problem:
            raise CallError(f"{path} cannot be written: {problem.strerror}") from None
    would = "would be written" if dry_run else "written"
    say(f"{written} files {would} to {folder}, the others are as they should be")


@app.command(name="push")
def push_all(
    url: Annotated[str, typer.Option("--url", envvar="SEMKO_GRAFANA_URL", help="Of Grafana.")],
    token: Annotated[
        str,
        typer.Option(
            "--token",
            envvar="SEMKO_GRAFANA_TOKEN",
            help="Of a service account; better by the environment.",
        ),
    ],
    language: LanguageOption = "en",
    pages: PagesOption = "",
    tell: TellOption = "",
    dry_run: DryOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Bring dashboards and rules into a Grafana that runs, into the folder SEMKO.

    What is there as it should be stays as it is; nothing else is touched. The
    data source, with the uid semko, must be there: `render` writes one.

    The token is better given by the environment, as SEMKO_GRAFANA_TOKEN.

    [bold]Example[/]

      semko dashboards push --url https://grafana.example --dry-run
    """
    words = _words(language)
    wanted = Wanted(
        boards(words, _pages(pages)),
        rules(words, tells=bool(tell)),
        contact_point(tell) if tell else None,
    )
    steps: list[Step] = []
    for step in push(connected(url, token), wanted, dry=dry_run):
        steps.append(step)
        if not as_json:
            change = (
                f"would be {step.change}" if dry_run and step.change != "unchanged" else step.change
            )
            out.print(f"{step.kind} {step.uid}: {change}", markup=False)
    if as_json:
        emit({"dry_run": dry_run, "steps": [step._asdict() for step in steps]}, as_json=True)


def _words(language: str) -> Words:
    known: dict[str, Language] = {each: each for each in LANGUAGES}
    if language not in known:
        raise CallError(f"--language {language}: bg and en are known")
    return Words(known[language])


def _pages(address: str) -> str:
    if address and not address.startswith(("http://", "https://")):
        raise CallError(f"--pages {address}: an address begins with http:// or https://")
    return address.rstrip("/")
