"""Keys of interactions: stable, never 0, and nothing without the secret."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.identity import DESK_VOTE_KEY_SQL, KeyHasher, desk_vote_key

SECRET = bytes(range(32))
IDS = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=64)


def test_an_interaction_key_does_not_change_between_releases() -> None:
    # Stored facts are found by it: whoever changes it must also say how they are carried over.
    hasher = KeyHasher(SECRET)
    for _ in range(2):
        key = hasher.interaction_key("targovishte", "кметство-Вардун", "A042")
        assert key == 10_282_331_583_463_835_816


def test_an_interaction_key_depends_on_the_secret_and_on_where_one_id_ends() -> None:
    hasher = KeyHasher(SECRET)
    keys = {
        hasher.interaction_key("a", "b", "c"),
        hasher.interaction_key("ab", "c", ""),
        hasher.interaction_key("a", "bc", ""),
        hasher.interaction_key("a", "b", "d"),
        KeyHasher(SECRET[::-1]).interaction_key("a", "b", "c"),
    }
    assert len(keys) == 5


@given(IDS, IDS, IDS)
def test_an_interaction_key_fills_64_bits_and_is_never_none(
    tenant_id: str, office_id: str, interaction_id: str
) -> None:
    assert 0 < KeyHasher(SECRET).interaction_key(tenant_id, office_id, interaction_id) < 1 << 64


def test_the_fingerprint_tells_secrets_apart_and_is_no_key_of_anything() -> None:
    fingerprint = KeyHasher(SECRET).fingerprint()
    assert fingerprint == KeyHasher(SECRET).fingerprint()
    assert fingerprint != KeyHasher(SECRET[::-1]).fingerprint()
    assert len(bytes.fromhex(fingerprint)) == 16
    assert SECRET.hex() not in fingerprint


@pytest.mark.parametrize("length", [0, 15, 65])
def test_a_secret_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"16 to 64 bytes, not {length}"):
        KeyHasher(bytes(length))


def test_the_store_computes_the_same_desk_vote_keys() -> None:
    votes = [
        ("targovishte", "center", "G-07", "v-1"),
        ("targovishte", "кметство-Вардун", "гише-7", "3f0c2a5e-7d1b-4c52-9a0e-0d6f6a1be001"),
        ("İstanbul", "a'b\\c", "😀", "x" * 64),
    ]
    rows = ", ".join(
        "({})".format(", ".join(f"unhex('{text.encode().hex()}')" for text in vote))
        for vote in votes
    )
    columns = "tenant_id String, office_id String, desk_id String, event_id String"
    query = f"select {DESK_VOTE_KEY_SQL} as k, toTypeName(k) from values('{columns}', {rows})"
    # A process of its own, since the engine takes one path a process and others test with theirs.
    answer = subprocess.run(
        [sys.executable, "-c", "import sys, chdb; print(chdb.query(sys.argv[1], 'TSV'))", query],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert answer.stdout.split("\n")[: len(votes)] == [
        f"{desk_vote_key(*vote)}\tUInt64" for vote in votes
    ]


@given(IDS, IDS, IDS, IDS)
def test_a_desk_vote_key_has_its_top_bit_set(
    tenant_id: str, office_id: str, desk_id: str, event_id: str
) -> None:
    assert desk_vote_key(tenant_id, office_id, desk_id, event_id) >> 63 == 1
