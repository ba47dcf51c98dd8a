"""Results of a server in any format that ClickHouse writes: the engine formats them, as its own
client would.

In a process of its own: the engine would cost every gateway 300 MB for good, and a process that has
a store open in it cannot open another.
"""

import subprocess
import sys
from collections.abc import Sequence

from models.errors import CallError, WorldError

_REFUSED = 2


def formatted(blocks: Sequence[bytes], form: str) -> bytes:
    """Blocks of format Native, at least one, in ``form``; raises ``CallError`` for no format."""
    child = subprocess.run(
        # -P: what lies in the working folder is not ours.
        [sys.executable, "-P", "-m", "sinks.formatting", form],
        input=b"".join(blocks),
        capture_output=True,
        check=False,
    )
    if child.returncode == _REFUSED:
        raise CallError(f"the query was refused: {child.stderr.decode().strip()}")
    if child.returncode:
        raise WorldError(
            f"the result could not be formatted as {form}: the engine that does it ended with"
            f" {child.returncode}. Is there enough memory?"
        )
    return child.stdout


def _main() -> int:
    # Only here: whoever merely asks for formatting need not load the engine.
    import chdb  # noqa: PLC0415

    from sinks.chdb_database import as_file  # noqa: PLC0415
    from sinks.database import quoted  # noqa: PLC0415
    from sinks.problems import sentence  # noqa: PLC0415

    with as_file(sys.stdin.buffer.read()) as path:
        # One thread keeps the order.
        sql = f"SELECT * FROM file({quoted(path)}, 'Native') SETTINGS max_threads = 1"
        try:
            result = chdb.query(sql, sys.argv[1]).bytes()
        except RuntimeError as error:
            sys.stderr.write(sentence(str(error)))
            return _REFUSED
    sys.stdout.buffer.write(result)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
