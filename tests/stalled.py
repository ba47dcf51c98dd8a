"""A process that stands still in the middle of something and goes on much later: a zombie.

Runs a call in a thread of its own, in turns with everything else: while one side runs the other
waits, so a seed gives the same run every time. Knows nothing of what it runs.
"""

import threading
from collections.abc import Callable


class Abandoned(BaseException):
    """Nobody lets the stalled process go on any more; no ``except Exception`` lives on."""


class Stalled:
    """``work``, which must call ``stand_still`` now and then, and stops there until ``go_on``."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.over = False
        """Whether ``work`` has returned or raised."""
        self._work = work
        self._error: BaseException | None = None
        self._abandoned = False
        self._turn = threading.Semaphore(0)
        self._stopped = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def go_on(self, turns: int = 1) -> None:
        """Let it run until it stands still again, so many times. Raises what ``work`` raised."""
        for _ in range(turns):
            if self.over:
                return
            self._turn.release()
            self._stopped.acquire()
            if self._error is not None:
                raise self._error

    def stand_still(self) -> None:
        """Called from within ``work``: the others' turn."""
        self._stopped.release()
        self._wait()

    def abandon(self) -> None:
        """End it where it stands."""
        if not self.over:
            self._abandoned = True
            self._turn.release()
            self._thread.join()

    def _run(self) -> None:
        try:
            self._wait()
            self._work()
        except Abandoned:
            pass
        except BaseException as error:  # told to the one who waits, whatever it is
            self._error = error
        finally:
            self.over = True
            self._stopped.release()

    def _wait(self) -> None:
        self._turn.acquire()
        if self._abandoned:
            raise Abandoned
