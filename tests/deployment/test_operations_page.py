"""The page of the full shape says what is there: commands, metrics, statements that work."""

import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from semko import COMMANDS
from sinks.embedded import EmbeddedStore
from sinks.reconcile import reconcile
from streams.shell.metrics import METRICS
from tests.deployment.composition import SERVICES, options
from tests.deployment.dockerfile import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
CALLS = sorted(set(re.findall(r"^semko (.+)$", "".join(BLOCKS), re.MULTILINE)))
EXPLAINED = set(re.findall(r"^\| `(semko_\w+)`", PAGE, re.MULTILINE))


@pytest.mark.parametrize("call", CALLS)
def test_every_call_on_the_page_is_one(call: str) -> None:
    words = call.split()
    flags, _ = options(*words)
    assert {word for word in words if word.startswith("-")} <= flags


@pytest.mark.parametrize("block", BLOCKS)
def test_every_block_for_a_shell_is_one_that_it_can_read(block: str) -> None:
    subprocess.run(["bash", "-n"], input=block, text=True, check=True, timeout=60)


def test_the_page_calls_what_the_full_shape_has() -> None:
    named = {call.split()[0] for call in CALLS}
    assert named == {"topics", "migrate", "check", "worker", "gateway", "reconcile"}
    assert named & COMMANDS.keys() >= {"migrate", "check", "reconcile"}


def test_every_service_that_the_page_names_is_in_the_composition() -> None:
    words = r"docker compose (?:stop|start|kill|exec|run --rm) ((?:[a-z]+(?:-\d)? ?)+)"
    named = {name for found in re.findall(words, PAGE) for name in found.split()}
    assert {"worker-1", "worker-2", "clickhouse", "migrate", "check"} <= named
    assert named - {"sh"} <= {service.name for service in SERVICES}


def test_every_metric_of_a_worker_is_explained_and_no_other() -> None:
    assert METRICS.keys() == EXPLAINED


def test_a_backup_as_the_page_makes_it_is_restored_whole(tmp_path: Path) -> None:
    backup = re.findall(r"BACKUP DATABASE semko TO Disk\('backups', 'monday'\)", PAGE)
    (restore,) = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    statements = [*backup, *filter(None, (line.strip() for line in restore.split(";\n")))]
    assert len(statements) == 3
    with tarfile.open(ROOT / "tests" / "upgrades" / "0.1.0.tar.xz") as archive:
        archive.extractall(tmp_path, filter="tar")
    store = EmbeddedStore(f"chdb://{tmp_path / 'store'}")
    facts = "SELECT sum(cityHash64(*)) AS all FROM semko.interactions FINAL"
    try:
        before = (store.rows(facts), store.progress())
        for statement in statements:  # an engine in a process has no disk for backups
            store.database.execute(statement.replace("Disk('backups', ", "Memory("))
        assert (store.rows(facts), store.progress()) == before
        assert reconcile(store.database).differences == []
        assert store.rows("SELECT count() AS desks FROM semko.desk_scores")[0]["desks"] > 0
    finally:
        store.close()
