"""One store, one secret: keys of interactions made under another would never match.

Knows only fingerprints, never a secret.
"""

from models.errors import WorldError
from sinks.database import Database, insertion


def has_fingerprint(database: Database) -> bool:
    """Whether the store was ever written with a secret."""
    return bool(database.columns("SELECT fingerprint FROM semko.key_fingerprint")["fingerprint"])


def check_fingerprint(database: Database, fingerprint: str) -> None:
    """Remember ``fingerprint`` at first use; raises ``WorldError`` where the store has another."""
    if not has_fingerprint(database):
        database.execute(insertion("key_fingerprint", [{"fingerprint": fingerprint}]))
    # Of several workers that begin an empty store at once, one was the first.
    stored = database.columns(
        "SELECT fingerprint FROM semko.key_fingerprint ORDER BY stored_at, fingerprint LIMIT 1"
    )["fingerprint"]
    if stored != [fingerprint]:
        raise WorldError(
            "this store was filled under another secret: its interactions could never be found"
            " again. Give back the key file that belongs to it (--key-file, SEMKO_KEY_FILE), or"
            " replay the log into a new store."
        )
