"""A watched folder: what is published, what is told, and how it ends."""

from pathlib import Path

from typer.testing import CliRunner, Result

from commands.publishing import TOPICS
from commands.watch import app
from streams.shell.batches import TopicPartition
from streams.shell.log import LocalLog
from tests.commands.processes import a_file_of_days


def look(folder: Path) -> Result:
    """One look at the folder, as a timer has it done."""
    return CliRunner().invoke(app, [str(folder), "--once"])


def test_a_file_is_published_once_and_a_bad_one_keeps_it_not_waiting(own_folder: Path) -> None:
    exports = own_folder / "exports"
    exports.mkdir()
    (exports / "a.csv").write_text("a;table\n")
    events = a_file_of_days(exports / "b.ndjson", 1)
    assert "nothing new that has stood still" in look(exports).output
    taken = look(exports)
    assert taken.exit_code == 2
    assert "not taken: " in taken.output
    assert f"b.ndjson: {events} events published" in taken.output
    (exports / "a.csv").unlink()
    assert look(exports).exit_code == 0
    log = LocalLog(own_folder / "semko-data" / "store.log.db")
    ends = [log.bounds(TopicPartition(topic, 0))[1] for topic in TOPICS]
    log.close()
    assert sum(ends) == events
