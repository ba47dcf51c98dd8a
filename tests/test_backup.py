"""Backup of an installation at work, and what can be put back of it: nothing counts wrongly after.

The copy is of no single moment: what its parts have more or less of is healed by reading on (I7).
"""

import asyncio
import errno
import json
import random
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.copies import made
from models.errors import WorldError
from tests.clients import Client, Sent
from tests.commands.processes import a_file_of_days, told
from tests.installations import Installation, lived
from tests.stored import logged, progress, wrong_books, wrong_rows

SEED = 11


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    (tmp_path / "one").mkdir()
    made_here = Installation(tmp_path / "one")
    yield made_here
    made_here.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A day of a village; to be copied before it is changed."""
    made_here = Installation(tmp_path_factory.mktemp("filled"))
    a_file_of_days(made_here.folder / "day.ndjson", 1)
    told(made_here, "replay", "day.ndjson")
    return made_here


def lose_all(installation: Installation) -> None:
    for path in installation.folder.glob("store*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


async def backed_up_while_clients_post(installation: Installation, target: Path, kind: str) -> Sent:
    """Clients post all the time; two backups are made meanwhile, and at the end it is killed."""
    sent, rng = Sent(), random.Random(SEED)
    clients = [
        Client(installation.url, random.Random(f"{SEED} {n}"), f"{n}", sent) for n in range(3)
    ]
    installation.start("--horizon", kind)
    await asyncio.to_thread(installation.wait_until_ready)
    posting = [asyncio.create_task(client.run()) for client in clients]
    for name in ("first.tar", "second"):
        await asyncio.sleep(rng.uniform(1, 2))
        done = await asyncio.to_thread(installation.command, "backup", str(target / name))
        assert done.returncode == 0, done.stderr
    await asyncio.sleep(1)
    await asyncio.to_thread(installation.kill)
    for client in clients:
        client.over = True
    await asyncio.gather(*posting)
    return sent


@pytest.mark.parametrize("horizon", ["0h", "26h"])
def test_all_is_lost_and_put_back_with_the_log_of_the_copy_or_the_one_that_was_kept(
    installation: Installation, tmp_path: Path, horizon: str
) -> None:
    sent = asyncio.run(backed_up_while_clients_post(installation, tmp_path, horizon))
    kept = installation.copied(tmp_path / "kept")
    everything = logged(kept)
    assert sent.acknowledged - set(everything) == set()

    lose_all(installation)
    put_back = told(installation, "restore", str(tmp_path / "first.tar"))
    assert put_back["log"] == "restored"
    bodies = logged(installation)
    assert 0 < len(bodies) < len(everything)
    assert wrong_rows(lived(installation, []), bodies)[:5] == []
    assert wrong_books(installation) == []

    shutil.rmtree(kept.store_folder)
    assert told(kept, "restore", str(tmp_path / "second"), "--keep-log")["log"] == "kept"
    assert wrong_rows(lived(kept, []), everything)[:5] == []
    assert wrong_books(kept) == []


def test_the_store_of_a_copy_lies_within_its_log_and_is_whole_at_once(
    filled: Installation, tmp_path: Path
) -> None:
    bodies = logged(filled)
    told(filled, "backup", str(tmp_path / "copy"))
    manifest = json.loads((tmp_path / "copy" / "manifest.json").read_bytes())
    for part, offset in manifest["progress"].items():
        first, end = manifest["log"][part]
        assert first <= offset <= end
    other = Installation(tmp_path)
    put_back = told(other, "restore", str(tmp_path / "copy"))
    assert put_back["events_to_count"] == 0
    assert wrong_rows(other, bodies)[:5] == []
    assert progress(other) == progress(filled)
    assert wrong_books(other) == []


def test_the_secret_is_read_by_its_owner_alone_in_the_copy_and_after(
    filled: Installation, tmp_path: Path
) -> None:
    told(filled, "backup", str(tmp_path / "copy.tar"))
    told(filled, "backup", str(tmp_path / "copy"))
    assert (tmp_path / "copy.tar").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "copy" / "secret.key").stat().st_mode & 0o777 == 0o600
    other = Installation(tmp_path)
    told(other, "restore", str(tmp_path / "copy.tar"))
    key = tmp_path / "store.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text() == (filled.folder / "store.key").read_text()


def test_registry_and_keys_come_back_where_they_are_named(
    filled: Installation, tmp_path: Path
) -> None:
    (tmp_path / "a.toml").write_text('[[tenants]]\nid = "t"\nname = { bg = "Т", en = "T" }\n')
    (tmp_path / "k.toml").write_text("# none yet\n")
    named = ("--registry", str(tmp_path / "a.toml"), "--keys", str(tmp_path / "k.toml"))
    told(filled, "backup", str(tmp_path / "copy.tar"), *named)
    (tmp_path / "new").mkdir()
    other = Installation(tmp_path / "new")
    told(other, "restore", str(tmp_path / "copy.tar"))
    for name, place in (("a.toml", "semko.toml"), ("k.toml", "keys.toml")):
        assert (other.folder / place).read_text() == (tmp_path / name).read_text()


def test_nothing_is_overwritten(filled: Installation, tmp_path: Path) -> None:
    copy = tmp_path / "copy.tar"
    told(filled, "backup", str(copy))
    before = copy.read_bytes()
    again = filled.command("backup", str(copy))
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    assert copy.read_bytes() == before
    other = filled.copied(tmp_path / "other")
    for lost, says in (("", "a store at"), ("store", "a log at"), ("log", "is another")):
        if lost == "store":
            other.lose_store()
        elif lost == "log":
            other.lose_log()
            (other.folder / "store.key").write_text("ab" * 32)
        refused = other.command("restore", str(copy))
        assert (refused.returncode, says in refused.stderr) == (2, True), refused.stderr
        assert not list(other.folder.glob("*.restoring"))
    assert (other.folder / "store.key").read_text() == "ab" * 32


@pytest.mark.parametrize("name", ["secret.key", "log.db", "a part"])
def test_a_damaged_backup_is_refused_by_the_name_of_the_file(
    filled: Installation, tmp_path: Path, name: str
) -> None:
    told(filled, "backup", str(tmp_path / "copy"))
    if name == "a part":
        name = str(next((tmp_path / "copy").glob("store/store/*/*/*/data.bin")))
    file = tmp_path / "copy" / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    (tmp_path / "new").mkdir()
    other = Installation(tmp_path / "new")
    refused = other.command("restore", str(tmp_path / "copy"))
    assert refused.returncode == 3
    assert f"{file.relative_to(tmp_path / 'copy')} is missing or not what was" in refused.stderr
    assert list(other.folder.iterdir()) == []


def test_what_was_cut_short_or_is_something_else_is_refused(
    filled: Installation, tmp_path: Path
) -> None:
    told(filled, "backup", str(tmp_path / "copy.tar"))
    whole = (tmp_path / "copy.tar").read_bytes()
    (tmp_path / "cut.tar").write_bytes(whole[: len(whole) // 2])
    with tarfile.open(tmp_path / "other.tar", "w") as tar:
        tar.add(filled.folder / "day.ndjson", "day.ndjson")
    (tmp_path / "new").mkdir()
    other = Installation(tmp_path / "new")
    for name in ("cut.tar", "other.tar", "none.tar"):
        refused = other.command("restore", str(tmp_path / name))
        assert (refused.returncode, "is no backup of semko" in refused.stderr) == (2, True)
    assert list(other.folder.iterdir()) == []


def filled_up(target: Path) -> None:
    with made(target) as copy:
        copy.link("a", "b")
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_without_room_is_named_and_nothing_half_is_left(tmp_path: Path) -> None:
    for name in ("copy", "copy.tar"):
        with pytest.raises(WorldError, match=rf"no room left for .*{name}"):
            filled_up(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_what_was_frozen_is_let_go_of(filled: Installation, tmp_path: Path) -> None:
    installation = filled.copied(tmp_path / "all")
    told(installation, "backup", str(tmp_path / "copy"))
    assert list((installation.store_folder / "shadow").glob("*/")) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all", "copy"]
