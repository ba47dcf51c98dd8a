"""A Bloom filter of 64 bit keys: which keys may be stored, at 1.5 bytes a key.

Answers "certainly not" or "perhaps", for whole columns at once. Grows by adding filters of twice
the size. (B. H. Bloom, 1970; double hashing after Kirsch and Mitzenmacher, 2006.)
"""

import numpy as np
from numpy.typing import NDArray

BITS_A_KEY = 12
HASHES = 6
FIRST_CAPACITY = 1 << 16

Keys = NDArray[np.uint64]


class KeyFilter:
    """Keys that were added, and of others 0.4 % a layer: 2 % where there are four million."""

    def __init__(self) -> None:
        self._layers: list[_Layer] = []

    def add(self, keys: Keys) -> None:
        """Take in ``keys``."""
        if not len(keys):
            return
        if not self._layers or self._layers[-1].free < len(keys):
            last = self._layers[-1].capacity if self._layers else FIRST_CAPACITY // 2
            self._layers.append(_Layer(max(2 * last, len(keys))))
        self._layers[-1].add(keys)

    def may_hold(self, keys: Keys) -> NDArray[np.bool_]:
        """False where a key was certainly never added."""
        found = np.zeros(len(keys), np.bool_)
        for layer in self._layers:
            found |= layer.may_hold(keys)
        return found


class _Layer:
    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.free = capacity
        self._size = np.uint64(capacity * BITS_A_KEY)
        self._bits = np.zeros(capacity * BITS_A_KEY // 8 + 1, np.uint8)

    def add(self, keys: Keys) -> None:
        self.free -= len(keys)
        for byte, bit in self._positions(keys):
            np.bitwise_or.at(self._bits, byte, bit)

    def may_hold(self, keys: Keys) -> NDArray[np.bool_]:
        found = np.ones(len(keys), np.bool_)
        for byte, bit in self._positions(keys):
            found &= (self._bits[byte] & bit) != 0
        return found

    def _positions(self, keys: Keys) -> list[tuple[NDArray[np.int64], NDArray[np.uint8]]]:
        # Keys are hashes already; a multiplication spreads those that carry little entropy.
        mixed = keys * np.uint64(0x9E3779B97F4A7C15)
        step = (mixed >> np.uint64(32)) | np.uint64(1)
        spots = [(mixed + np.uint64(n) * step) % self._size for n in range(HASHES)]
        return [
            (
                (spot >> np.uint64(3)).astype(np.int64),
                np.left_shift(np.uint8(1), (spot & np.uint64(7)).astype(np.uint8)),
            )
            for spot in spots
        ]
