"""Kill -9 in the middle of inserts: what was acknowledged is there, and nothing need be mended."""

import subprocess
import sys
from pathlib import Path

from sinks.embedded import EmbeddedStore

WRITER = """
import sys
from sinks.embedded import EmbeddedStore
from tests.store_rows import TEN, columns, interaction, vote

store = EmbeddedStore(sys.argv[1])
last = 0
while True:
    keys = range(last + 1, last + 501)
    store.write("interactions", columns("interactions", [interaction(k, TEN + k) for k in keys]))
    store.write("votes", columns("votes", [vote(k, f"v{k}") for k in keys]))
    last += 500
    print(last, flush=True)
"""


def acknowledged_until_killed(url: str, batches: int) -> int:
    """The last key that the writer knew to be stored when it was killed."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    said = [writer.stdout.readline() for _ in range(batches)]
    writer.kill()
    said += writer.stdout.readlines()
    writer.wait(timeout=30)
    return int(said[-1])


def test_what_was_acknowledged_outlives_kill_9(tmp_path: Path) -> None:
    url = f"chdb://{tmp_path}/store"
    last = acknowledged_until_killed(url, 4)
    store = EmbeddedStore(url)
    try:
        for table in ("interactions", "votes"):
            [found] = store.rows(
                "SELECT max(interaction_key) AS last, uniqExact(interaction_key) AS n"
                f" FROM semko.{table} FINAL"
            )
            assert found["n"] == found["last"]
            assert last <= found["n"] <= last + 500
    finally:
        store.close()
