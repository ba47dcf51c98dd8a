"""Ours and others on one job, events a second of CPU: `python -m benchmarks.peers --help`."""

import json
import platform
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.embedded import conditions
from benchmarks.peers.catalogue import ENGINES, Engine
from benchmarks.peers.environments import command_of, java_pins
from benchmarks.peers.loading import Loaded, load
from benchmarks.peers.report import as_object, table
from benchmarks.peers.running import OTHER_CORE, Run, on_core, run
from models.errors import CallError, WorldError
from tests.kafka.broker import kill_brokers, start_brokers
from tests.kafka.jars import VERSION

PAGE = Path(__file__).parents[1] / "PEERS.md"
MEASURED = "<!-- measured below -->\n"
"""What stands above it on the page is written by hand."""

app = typer.Typer(rich_markup_mode="rich")


@app.command()
def main(
    rounds: Annotated[
        int, typer.Option(min=1, help="How often each runs; the engines take turns.")
    ] = 5,
    completions: Annotated[
        int, typer.Option(min=1, help="Completions; two in five are rated.")
    ] = 1_000_000,
    slow: Annotated[
        int, typer.Option(min=1, help="The same for engines that would take many minutes.")
    ] = 200_000,
    engines: Annotated[
        str, typer.Option(help=f"Some of: {', '.join(engine.name for engine in ENGINES)}.")
    ] = "",
    page: Annotated[
        Path | None,
        typer.Option(
            help="Where the table goes; the figures beside it, as .json. Without it: "
            "benchmarks/PEERS.md after a run of all engines, and nowhere after one of some.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Join votes to completions and sum one-minute windows, by SEMKO and by its peers.

    Starts a Kafka on one core and runs one engine after the other on the other core. Each engine
    has its own environment, fetched once into the user's cache. Every run's rows are compared
    with a plain oracle's. Ctrl-C ends it and leaves nothing behind but those environments.

    [bold]Examples[/]

      python -m benchmarks.peers
      python -m benchmarks.peers --engines ours,bare --rounds 1 --completions 200000
      python -m benchmarks.peers --engines ours,bare,bytewax --page /tmp/try.md
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # or the broker would stay behind
    try:
        chosen = _chosen(engines)
        ready = _set_up(chosen)
        with tempfile.TemporaryDirectory(prefix="semko-peers-") as name, on_core(OTHER_CORE):
            runs = _measured(ready, Path(name), rounds, completions, slow)
    except (CallError, WorldError) as problem:
        _say(str(problem))
        raise typer.Exit(2 if isinstance(problem, CallError) else 3) from None
    except KeyboardInterrupt:
        _say("ended; nothing is written")
        raise typer.Exit(130) from None
    found = _conditions(chosen, rounds, [each.name for each in chosen if each not in ready])
    lines = _lines(runs, found)
    print("\n".join(lines))
    if page or not engines:
        _write(page or PAGE, lines, as_object(runs, found))


def _chosen(names: str) -> list[Engine]:
    wanted = [name for name in names.split(",") if name]
    known = {engine.name: engine for engine in ENGINES}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise CallError(f"no engine is called {unknown[0]}: there are {', '.join(known)}")
    return [known[name] for name in wanted] or list(ENGINES)


def _set_up(engines: Sequence[Engine]) -> list[Engine]:
    """Fetch what they need before anything is timed; who cannot be set up is told and left out."""
    ready = []
    for engine in engines:
        try:
            if engine.foreign:
                _say(f"{engine.name}: setting up")
                command_of(engine)
            ready.append(engine)
        except WorldError as problem:
            _say(f"{engine.name} is left out: {problem}")
    return ready


def _measured(
    engines: Sequence[Engine], folder: Path, rounds: int, completions: int, slow: int
) -> list[Run]:
    brokers = start_brokers(folder / "kafka", long_lived=True)
    try:
        sizes = {slow if engine.slow else completions for engine in engines}
        loaded = {size: _loaded(brokers[0].url, size) for size in sizes}
        runs = []
        for number in range(1, rounds + 1):
            for engine in engines:
                done = run(engine, loaded[slow if engine.slow else completions])
                rate = done.events / (done.inner_cpu_seconds or done.cpu_seconds)
                _say(
                    f"round {number} of {rounds}, {engine.name}: {rate / 1000:.1f} k events a CPU"
                    f" second, {done.wall_seconds:.0f} s, rows: {done.verdict}"
                )
                runs.append(done)
        return runs
    finally:
        kill_brokers(brokers)


def _loaded(url: str, completions: int) -> Loaded:
    begun = time.monotonic()
    loaded = load(url, f"of-{completions}.", completions)
    _say(f"{loaded.events:,} events are in Kafka after {time.monotonic() - begun:.0f} s")
    return loaded


def _conditions(engines: Sequence[Engine], rounds: int, left_out: Sequence[str]) -> dict[str, Any]:
    java = java_pins() if any(engine.java for engine in engines) else []
    return {
        **conditions(),
        "machine": platform.machine(),
        "kafka": VERSION,
        "rounds": rounds,
        "command": shlex.join(["python", "-m", "benchmarks.peers", *sys.argv[1:]]),
        "left_out": left_out,
        "processor": _processor(),
        "pins": sorted({pin for engine in engines for pin in engine.pins}) + java,
    }


def _processor() -> str:
    told = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in told if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _lines(runs: Sequence[Run], found: Mapping[str, Any]) -> list[str]:
    missing = f" Not run here: {', '.join(found['left_out'])}." if found["left_out"] else ""
    here = ", ".join(f"{name} {found[name]}" for name in ("confluent-kafka", "msgspec"))
    return [
        f"`{found['command']}`: {found['rounds']} rounds on {found['cores']} cores"
        f" ({found['processor']}, shared), load {found['load']} at the end;"
        f" Python {found['python']}, Apache Kafka {VERSION}, {here};"
        f" in their own environments {', '.join(found['pins']) or 'nothing'};"
        f" commit {found['commit']}. Medians, with the least and the most where there are several."
        f"{missing}",
        "",
        *table(runs),
        "",
    ]


def _write(page: Path, lines: Sequence[str], figures: Mapping[str, Any]) -> None:
    by_hand = page.read_text("utf-8").partition(MEASURED)[0] if page.exists() else ""
    page.write_text(by_hand + MEASURED + "\n" + "\n".join(lines), "utf-8")
    told = json.dumps(figures, indent=1, ensure_ascii=False) + "\n"
    page.with_name(f"{page.stem.lower()}.json").write_text(told, "utf-8")


def _say(line: str) -> None:
    typer.echo(line, err=True)


if __name__ == "__main__":
    app()
