"""How this process asks for memory and tidies it up: what was measured to matter, no more."""

import ctypes
import gc

_M_ARENA_MAX = -8  # glibc's malloc.h


def share_one_heap() -> None:
    """Let all threads take memory from one heap; to be called before there are others.

    With one each (glibc's way) a worker kept 722 MB after it had read a million interactions, with
    one for all 601 MB, as fast. Where there is no such setting nothing changes.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)


def spare_the_collector() -> None:
    """Half of all CPU went into collecting what lives as long as the process (measured)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)
