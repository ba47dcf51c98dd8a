"""A watched folder: what is published, what is told, and how it ends."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from commands.engine import opened
from commands.publishing import TOPICS
from commands.setup import Setup
from commands.watch import app
from models.errors import CallError
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


def test_the_registry_beside_the_store_is_found_and_not_forgotten(own_folder: Path) -> None:
    town = own_folder / "town"
    town.mkdir()
    file = town / "semko.toml"
    file.write_text('[[tenants]]\nid = "town"\nname = { bg = "Община", en = "Town" }\n', "utf-8")
    (own_folder / "semko.toml").write_text("", "utf-8")
    setup = Setup.of("chdb://town/store")
    assert setup.registry_path == file.resolve()
    with opened(setup) as parts:
        assert parts.registry.name("tenant", ("town",), "en") == "Town"
    file.unlink()
    (own_folder / "semko.toml").unlink()
    with (
        pytest.raises(CallError, match="registry of 1 entries, and no file says them now"),
        opened(Setup.of("chdb://town/store")),
    ):
        pass
