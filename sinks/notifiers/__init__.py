"""Ways out for messages about alerts: a signed webhook, and whatever `apprise` speaks to.

Knows addresses and protocols; what is told, to whom and when is decided elsewhere.
"""

from collections.abc import Callable, Mapping

from models.notices import Notice, Outcome
from models.notify_file import NotifyFile, Route
from models.toml_checks import Problem, refusal
from sinks.notifiers.signing import verified
from sinks.notifiers.webhook import Hook

__all__ = ["senders", "verified"]

OneSend = Callable[[Notice], Outcome]


def senders(file: NotifyFile, source: str, clock: Callable[[], int]) -> OneSend:
    """Sends each message to the address that it names. ``clock`` in ms.

    Raises ``CallError`` for an address that `apprise` does not know; ``source`` names the file.
    """
    ways = {
        (route.name, target): way
        for at, route in enumerate(file.routes)
        for target, way in _ways(at, route, source, clock).items()
    }

    def send(notice: Notice) -> Outcome:
        return ways[notice.route, notice.target](notice)

    return send


def _ways(at: int, route: Route, source: str, clock: Callable[[], int]) -> Mapping[str, OneSend]:
    if route.webhook is not None:
        return {route.targets[0]: Hook(route.webhook, clock)}
    from sinks.notifiers.apprised import Apprised, understood  # noqa: PLC0415  # takes a second

    found: dict[str, OneSend] = {}
    for number, (url, target) in enumerate(zip(route.urls, route.targets, strict=True)):
        plugin = understood(url)
        if plugin is None:
            path = f'routes[{at}] ("{route.name}").urls[{number}]'
            problem = (
                "is no address that apprise knows; see https://appriseit.com for how each is"
                " written, or test it with `semko alerts test-notify`"
            )
            raise refusal(source, [Problem(path, problem)])
        found[target] = Apprised(plugin)
    return found
