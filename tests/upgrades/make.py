"""Leave behind what a version makes: `python -m tests.upgrades.make`, once for each version.

Runs this checkout's own `semko up` on a town's events, stops it, and packs store, log and secret
into ``tests/upgrades/VERSION.tar.xz``. That of a released version is never made again: it is what
its users have. Until then a changed migration needs it anew.
"""

import random
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

from tests.histories import told
from tests.installations import Installation
from tests.town import Town

FOLDER = Path(__file__).parent
KEPT = ("store", "store.log.db", "store.key")


class TownWithoutTests(Town):
    """As it was drawn for version 0.1.0, which knew of no tests."""

    has_tests = False


def bodies() -> tuple[list[bytes], list[bytes]]:
    """Events of one town in months long past: those before the upgrade, and those after it.

    Both tell of the same interactions, so that late votes and corrections meet what is stored.
    """
    rng = random.Random(7)
    events = [record.value for record in told(rng, TownWithoutTests(rng).events())]
    return events[::2], events[1::2]


def lived(installation: Installation, events: list[bytes]) -> None:
    """One life: take events, count everything, end."""
    installation.start()
    try:
        installation.wait_until_ready()
        if events:
            answer = installation.post(*events)
            assert answer == {"accepted": len(events), "rejected": []}
        installation.wait_until_counted()
        code, _ = installation.stop()
        assert code == 0, installation.told()
    finally:
        installation.close()


def packed(installation: Installation, to: Path) -> None:
    """Everything of it that is kept, owned by nobody and of no time."""

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = entry.mtime = 0
        entry.uname = entry.gname = ""
        return entry

    with tarfile.open(to, "w:xz") as archive:
        for name in KEPT:
            archive.add(installation.folder / name, name, filter=plain)


def main() -> None:
    """Make that of this checkout's version."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder))
        before, _ = bodies()
        lived(installation, before)
        packed(installation, FOLDER / f"{version('semko')}.tar.xz")


if __name__ == "__main__":
    main()
