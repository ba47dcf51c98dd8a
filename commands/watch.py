"""`semko watch`: every minute what is new in a folder goes to the log."""

import hashlib
import time
from pathlib import Path
from typing import Annotated

import typer

from commands.options import DEFAULT_STORE, BrokerOption, MapOption, StoreOption
from commands.publishing import open_log, publish, records_of
from commands.setup import Setup
from commands.stopping import Interrupted
from commands.terminal import new_app, say, shown
from models.errors import CallError
from sources.watch import Watch, files_in, watch_once
from streams.shell.log import LocalLog

app = new_app()


@app.command()
def watch(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where the ticket system writes.")
    ],
    mapping: MapOption = None,
    every: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="Pause between two looks.")
    ] = 60.0,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    store: StoreOption = DEFAULT_STORE,
    broker: BrokerOption = "",
) -> None:
    """Publish the files of a folder as they come or grow, for a `semko up` beside it to count.

    A file is taken once it has stood still between two looks. Taking one twice
    changes nothing. A file that cannot be read is told and tried again at every
    look; the others go on.

    [bold]Examples[/]

      semko watch exports --map tickets.toml
      semko watch exports --map tickets.toml --every 5
      semko watch exports --map tickets.toml --once

    The last one suits a timer of the system's; exit code 2 says that a file
    could not be read.
    """
    setup = Setup.of(store, broker)
    files_in(folder)  # a folder that is not there is refused before anything is made
    log = open_log(setup)
    look = _Look(folder, mapping, log)
    try:
        look.now()
        if once and not (look.taken or look.problems):
            say("nothing new that has stood still since the look before")
        while not once:
            time.sleep(every)
            look.now()
    except Interrupted:
        say("stopped")
    finally:
        log.close()
    if once and look.problems:
        raise typer.Exit(2)


class _Look:
    """A folder and what is known of it, kept beside the log: a new log gets every file."""

    def __init__(self, folder: Path, mapping: Path | None, log: LocalLog) -> None:
        place = str(folder.resolve())
        digest = hashlib.sha256(place.encode()).hexdigest()[:8]
        self._known = Watch(log.path.with_name(f"{log.path.name}.watch-{digest}.json"))
        self._folder, self._mapping, self._log = folder, mapping, log
        self.taken = 0
        self.problems: dict[str, str] = {}

    def now(self) -> None:
        """Publish what is new and has stood still."""
        told, self.problems, self.taken = self.problems, {}, 0
        for path in watch_once(self._folder, self._known):
            try:
                read = publish(self._log, records_of([path], self._mapping))
            except CallError as problem:
                self._known.failures.add(path.name)
                self.problems[path.name] = str(problem)
                if told.get(path.name) != str(problem):  # once, not at every look
                    say(f"not taken: {problem}")
            else:
                self.taken += 1
                say(f"{path.name}: {shown(read)} events published")
