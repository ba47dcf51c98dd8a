"""Who is who without names: keyed numbers that stand for interactions and votes.

``interaction_id`` itself never reaches the facts. Holds no secret of its own: the caller brings it.
"""

from collections.abc import Iterable
from hashlib import blake2b
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

SECRET_BYTES_AT_LEAST = 16
SECRET_BYTES_AT_MOST = 64  # what blake2b takes as a key

_NONE_TAKEN = 0
_INSTEAD_OF_NONE = 1
_DESK_VOTE_BIT = 1 << 63


class KeyHasher:
    """Keys of interactions under one secret. Safe to share between threads."""

    def __init__(self, secret: bytes) -> None:
        """Take ``secret`` of 16 to 64 bytes; anything else raises ``ValueError``."""
        if not SECRET_BYTES_AT_LEAST <= len(secret) <= SECRET_BYTES_AT_MOST:
            raise ValueError(
                f"the secret must have {SECRET_BYTES_AT_LEAST} to {SECRET_BYTES_AT_MOST} bytes,"
                f" not {len(secret)}"
            )
        self._keyed = blake2b(key=secret, digest_size=8)
        # `person` sets the fingerprint apart from every key that this secret can make.
        self._fingerprint = blake2b(key=secret, digest_size=16, person=b"fingerprint").hexdigest()

    def interaction_key(self, tenant_id: str, office_id: str, interaction_id: str) -> int:
        """The interaction as an unsigned 64 bit number, never 0: that means none."""
        state = self._keyed.copy()
        state.update(f"{tenant_id}\0{office_id}\0{interaction_id}".encode())
        key = int.from_bytes(state.digest(), "big")
        return _INSTEAD_OF_NONE if key == _NONE_TAKEN else key

    def interaction_keys(self, names: Iterable[tuple[str, str, str]]) -> NDArray[np.uint64]:
        """``interaction_key`` of many (tenant_id, office_id, interaction_id)."""
        digests = []
        for name in names:
            state = self._keyed.copy()
            state.update("\0".join(name).encode())
            digests.append(state.digest())
        keys = np.frombuffer(b"".join(digests), ">u8").astype(np.uint64)
        keys[keys == _NONE_TAKEN] = _INSTEAD_OF_NONE
        return keys

    def fingerprint(self) -> str:
        """32 hex digits that tell secrets apart and do not reveal them."""
        return self._fingerprint


def desk_vote_key(tenant_id: str, office_id: str, desk_id: str, event_id: str) -> int:
    """A number for the filter that stands for a vote without interaction: unsigned, 64 bits.

    Only 31 bits tell votes apart beyond the set top bit and one more, which is enough for a filter
    that may err on one side; it is no identity. ``DESK_VOTE_KEY_SQL`` computes the same.
    """
    return _DESK_VOTE_BIT | crc32(f"{tenant_id}\0{office_id}\0{desk_id}\0{event_id}".encode())


DESK_VOTE_KEY_SQL = (
    r"bitOr(toUInt64(CRC32(concat(tenant_id, '\0', office_id, '\0', desk_id, '\0', event_id))),"
    f" {_DESK_VOTE_BIT})"
)
"""``desk_vote_key`` of a row of ``votes``, as ClickHouse SQL over its columns."""
