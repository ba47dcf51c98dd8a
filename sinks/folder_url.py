"""The address of an embedded store: a folder as a URL.

``chdb:///absolute/path`` or ``chdb://relative/path``, with ``?max_memory_usage=BYTES`` and
``&max_threads=N`` where wanted.
"""

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from models.errors import CallError

SCHEME = "chdb"


def parse_url(url: str) -> tuple[Path, dict[str, str]]:
    """Folder and options of a store URL; raises ``CallError`` where it names no folder."""
    parts = urlsplit(url)
    path = unquote(parts.netloc + parts.path)
    if parts.scheme != SCHEME or not path.strip("/"):
        raise CallError(
            f"{url!r} is no embedded store: write chdb:///absolute/path or chdb://relative/path."
        )
    return Path(path).absolute(), dict(parse_qsl(parts.query, keep_blank_values=True))
