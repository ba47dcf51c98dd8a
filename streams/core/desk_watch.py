"""A desk under watch: what its votes of a day make of its evidence and of its open alert.

One alert a desk and kind at a time: while it is open a further alarm of either level belongs to
it. It ends by itself when there is as much reason to believe that the score is back as `BACK` says,
or when somebody closes it. Pure: the next state from the one before and a day's votes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import NamedTuple

from models.alert_kinds import SCORE
from streams.core.drop_detector import NO_EVIDENCE, Alarm, DeskEvidence, after_votes
from streams.core.drop_evidence import DROPS

AMBER, PAGE = "amber", "page"
BACK = 1000.0
"""Odds, counted from where they are best, that a score is back rather than dropped: while it is
still down it takes so many votes or more, on average, until an alert ends by chance (Lorden, Annals
of Mathematical Statistics 42 (1971) 1897–1908)."""

BY_SCORE, BY_HAND = "score", "hand"


@dataclass(frozen=True, slots=True)
class Alert:
    """A drop at a desk; times in ms since 1970."""

    alert_id: str
    """Unique in the office: the desk, the local day of opening, the kind unless it is `SCORE`, the
    how manieth of that day."""
    desk: str
    kind: str
    level: str
    opened_at: int
    begun_at: int
    """Estimated change point."""
    drop: float
    """The size that fitted best when it opened: points below the expected score, or by how many
    times the odds of a share have changed."""
    expected: float
    """Mean expected score of the votes of its first day since the drop began, or a share in %."""
    observed: float
    """What was seen in its place until it opened."""
    alarms: int = 1
    last_alarm_at: int = 0
    resolved_at: int | None = None
    resolved_by: str = ""


@dataclass(frozen=True, slots=True)
class DeskState:
    """What is carried from a vote to the next, and from a day to the next."""

    amber: DeskEvidence = NO_EVIDENCE
    page: DeskEvidence = NO_EVIDENCE
    open: Alert | None = None
    back: float = 0.0
    """Evidence that the score is back, while an alert is open."""


class DeskVotes(NamedTuple):
    """Votes of one desk on one local day, or counts of its quarters of an hour, in order, columns
    as lists."""

    times: Sequence[int]
    ratios: Sequence[Sequence[float]]
    """Three a vote: `drop_evidence.DropEvidence.ratios`, `share_watch.Share.ratios`."""
    expected: Sequence[float]
    """Scores 0 to 100, or shares in %."""
    observed: Sequence[float]
    """The same, as they came."""
    weights: Sequence[float]
    """How many votes or trials each is."""


class Kind(NamedTuple):
    """What is watched."""

    name: str
    sizes: tuple[float, float, float]
    """Of changes that are looked for."""


SCORES = Kind(SCORE, DROPS)


@dataclass(slots=True)
class DayOfDesk:
    """What a day of a desk came to: the state at its end, and its alerts, carried ones too."""

    state: DeskState
    alerts: list[Alert] = field(default_factory=list)


def watch(
    desk: str,
    day: int,
    state: DeskState,
    votes: DeskVotes,
    thresholds: tuple[float, float],
    closed: Mapping[str, int],
    kind: Kind = SCORES,
) -> DayOfDesk:
    """Take a day's votes in. ``day`` counts from 1970, ``thresholds`` are amber's and page's,
    ``closed`` says which alerts were closed by hand, and when."""
    ratios, times = votes.ratios, votes.times
    amber, of_amber = after_votes(state.amber, ratios, times, thresholds[0], kind.sizes)
    page, of_page = after_votes(state.page, ratios, times, thresholds[1], kind.sizes)
    alarms: dict[int, list[tuple[str, Alarm]]] = {}
    for level, some in ((PAGE, of_page), (AMBER, of_amber)):
        for alarm in some:
            alarms.setdefault(alarm.at, []).append((level, alarm))
    book = _Book(kind, (desk, day), votes, closed, state)
    for at in book.turns(alarms):
        book.vote(at, alarms.get(at, ()))
    return DayOfDesk(DeskState(amber, page, book.open, book.back), book.alerts())


class _Book:
    """The alerts of one desk on one day."""

    def __init__(
        self,
        kind: Kind,
        where: tuple[str, int],
        votes: DeskVotes,
        closed: Mapping[str, int],
        state: DeskState,
    ) -> None:
        self.open, self.back = state.open, state.back
        self._kind, self._votes, self._closed = kind, votes, closed
        self._desk, day = where
        mark = "" if kind.name == SCORE else f"-{kind.name}"
        self._named = f"{self._desk}-{_written(day)}{mark}"
        self._ended: list[Alert] = []
        self._opened = 0

    def turns(self, alarms: Mapping[int, object]) -> Iterator[int]:
        """The votes that matter: alarms, and every one while an alert is open."""
        count, pending = len(self._votes.times), sorted(alarms)
        at = 0
        while at < count:
            if self.open is None:
                later = [one for one in pending if one >= at]
                if not later:
                    return
                at = later[0]
            yield at
            at += 1

    def vote(self, at: int, alarms: Sequence[tuple[str, Alarm]]) -> None:
        """One vote, and the alarms that it raised."""
        now = self._votes.times[at]
        self._close_by_hand(now)
        if self.open is not None:
            ratio = self._votes.ratios[at][self._kind.sizes.index(self.open.drop)]
            self.back = max(self.back, 1.0) / ratio
            if self.back > BACK:
                self._end(now, BY_SCORE)
        for level, alarm in alarms:
            self._alarm(level, alarm, now, at)

    def _close_by_hand(self, now: int) -> None:
        closed = _closed(self.open, self._closed) if self.open else None
        if closed is not None and closed.resolved_at is not None and closed.resolved_at <= now:
            self._end(closed.resolved_at, BY_HAND)

    def _alarm(self, level: str, alarm: Alarm, now: int, at: int) -> None:
        alert = self.open
        if alert is None:
            self._opened += 1
            self.open = Alert(
                f"{self._named}-{self._opened}",
                self._desk,
                self._kind.name,
                level,
                now,
                alarm.begun,
                alarm.drop,
                self._mean_since(self._votes.expected, alarm.begun, at),
                self._mean_since(self._votes.observed, alarm.begun, at),
                last_alarm_at=now,
            )
        else:
            worse = PAGE if PAGE in (level, alert.level) else AMBER
            counted = alert.alarms + (alert.last_alarm_at != now)
            self.open = replace(alert, level=worse, alarms=counted, last_alarm_at=now)
        self.back = 0.0

    def _mean_since(self, values: Sequence[float], begun: int, at: int) -> float:
        """Of what came today from ``begun`` to the vote ``at``."""
        times, weights = self._votes.times, self._votes.weights
        some = [one for one in range(at + 1) if times[one] >= begun]
        return sum(values[n] * weights[n] for n in some) / sum(weights[n] for n in some)

    def _end(self, at: int, by: str) -> None:
        assert self.open is not None
        self._ended.append(replace(self.open, resolved_at=at, resolved_by=by))
        self.open, self.back = None, 0.0

    def alerts(self) -> list[Alert]:
        """Those of the day, the open one last: as closed, where it was and no vote came since."""
        still = [] if self.open is None else [_closed(self.open, self._closed) or self.open]
        return [*self._ended, *still]


def _closed(alert: Alert, closed: Mapping[str, int]) -> Alert | None:
    at = closed.get(alert.alert_id)
    if at is None:
        return None
    return replace(alert, resolved_at=max(at, alert.opened_at), resolved_by=BY_HAND)


def _written(day: int) -> str:
    return f"{date(1970, 1, 1) + timedelta(days=day):%Y%m%d}"
