"""How often one client may ask: a token bucket each. Time is an argument."""

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil

MAX_CLIENTS = 10_000  # the client unseen for longest is forgotten, which only ever favours it


@dataclass(slots=True)
class _Bucket:
    tokens: float
    seconds: float


class RateLimit:
    """``per_second`` requests on average and ``burst`` at once, for each client on its own."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = burst
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, client: str, seconds: float) -> int:
        """0 where ``client`` may go on at monotonic time ``seconds``, else seconds to wait."""
        bucket = self._buckets.get(client)
        if bucket is None:
            bucket = self._buckets[client] = _Bucket(float(self._burst), seconds)
            if len(self._buckets) > MAX_CLIENTS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(client)
        gained = (seconds - bucket.seconds) * self._per_second
        bucket.tokens = min(float(self._burst), bucket.tokens + gained)
        bucket.seconds = seconds
        if bucket.tokens < 1:
            return max(1, ceil((1 - bucket.tokens) / self._per_second))
        bucket.tokens -= 1
        return 0
