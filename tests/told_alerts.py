"""Alerts, routes and a book in memory, for tests of what is told; the clock is the test's."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from models.alert_kinds import SCORE
from models.facts import Office
from models.notices import AlertNow, Notice, Outcome, Score
from models.notify_file import NotifyFile
from models.registry import Registry
from streams.core.notice_due import Draft, Scene, due
from streams.core.notice_history import History
from streams.core.notice_texts import Writer
from streams.core.notice_times import NoticeRules
from streams.shell.notifier import Notifier, Telling

MINUTE, HOUR = 60_000, 3_600_000
CENTRE = Office("town", "centre")
SOFIA = "Europe/Sofia"


def ms(text: str) -> int:
    """``"2026-03-02 10:35"`` of Sofia's clocks, in ms."""
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(SOFIA))
    return int(moment.timestamp() * 1000)


MONDAY = ms("2026-03-02 10:30")


def alert(
    desk: str = "d01",
    *,
    office: Office = CENTRE,
    level: str = "amber",
    state: str = "open",
    at: int = MONDAY,
    number: int = 1,
    kind: str = SCORE,
) -> AlertNow:
    """A drop of 72 to 52 that began ten minutes before ``at``."""
    day = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y%m%d")
    over = at + HOUR if state == "resolved" else None
    return AlertNow(
        office,
        desk,
        f"{desk}-{day}-{number}",
        kind,
        level,
        state,
        at - 10 * MINUTE,
        at,
        72.0,
        52.0,
        20.0,
        over,
        "score" if over else "",
    )


def routes(text: str = "") -> NotifyFile:
    """A file; one route with a webhook unless ``text`` has some."""
    if "[[routes]]" not in text:
        text = ROUTE + text
    return NotifyFile.parse(text)


ROUTE = """
[[routes]]
name = "duty"
language = "en"
webhook = { url = "http://127.0.0.1:1/", secret = "0123456789abcdef" }
"""


def rules(file: NotifyFile) -> NoticeRules:
    return NoticeRules(file, lambda _: SOFIA)


@dataclass
class MemoryBook:
    """Implements ``streams.shell.notice_ports.Book``; rows replace each other by revision."""

    book: dict[Office, list[AlertNow]] = field(default_factory=dict)
    rows: dict[tuple[str, str], Notice] = field(default_factory=dict)
    voting: frozenset[str] = frozenset()

    def put(self, *alerts: AlertNow) -> None:
        """Alerts as they are now."""
        for one in alerts:
            others = [o for o in self.book.get(one.office, []) if o.alert_id != one.alert_id]
            self.book[one.office] = [*others, one]

    def alerts(self, since: int) -> dict[Office, list[AlertNow]]:
        return {
            office: [one for one in some if one.is_live or one.opened_at >= since]
            for office, some in self.book.items()
        }

    def notices(self, since: int, alerts: Collection[AlertNow]) -> list[Notice]:
        ids = {one.alert_id for one in alerts}
        return [
            one
            for one in self.rows.values()
            if one.first_at >= since
            or one.alert_id in ids
            or one.state == "pending"
            or one.event == "begun"
        ]

    def desks(self, office: Office, since: int) -> frozenset[str]:
        assert since > 0
        return self.voting | {one.desk for one in self.book[office]}

    def scores(self, alerts: Sequence[AlertNow]) -> dict[tuple[Office, str], Score]:
        return {(one.office, one.alert_id): Score(23, 41.2, 9.1) for one in alerts}

    def write(self, notices: Sequence[Notice]) -> None:
        for one in notices:
            key = one.message_id, one.target
            if key not in self.rows or one.revision >= self.rows[key].revision:
                self.rows[key] = one

    def told(self, state: str = "") -> list[Notice]:
        """Rows about alerts, by when they were due."""
        some = [one for one in self.rows.values() if one.event != "begun"]
        return [one for one in some if state in ("", one.state)]


@dataclass
class Told:
    """A notifier over a book in memory, an address that takes all, and a clock."""

    file: NotifyFile = field(default_factory=routes)
    now: int = MONDAY
    book: MemoryBook = field(default_factory=MemoryBook)
    sent: list[Notice] = field(default_factory=list)
    problem: Callable[[Notice], str] = lambda _: ""

    def notifier(self) -> Notifier:
        writer = Writer(Registry.empty(), "https://semko.example", lambda _: SOFIA)

        def send(notice: Notice) -> Outcome:
            problem = self.problem(notice)
            if not problem:
                self.sent.append(notice)
            return Outcome(problem)

        telling = Telling(rules(self.file), writer, send)
        return Notifier(self.book, telling, lambda _: True, lambda: self.now)

    def round(self, *alerts: AlertNow, at: int | None = None) -> list[tuple[str, str]]:
        """One round after alerts changed: what was sent, as (event, alert)."""
        self.book.put(*alerts)
        self.now = self.now if at is None else at
        before = len(self.sent)
        self.notifier().round()
        return [(one.event, one.alert_id) for one in self.sent[before:]]


def drafted(
    file: NotifyFile,
    alerts: Sequence[AlertNow],
    recorded: Sequence[Notice] = (),
    now: int = MONDAY,
    desks: frozenset[str] = frozenset(),
) -> list[Draft]:
    """What is due of alerts of offices that routes knew long before."""
    book: dict[Office, list[AlertNow]] = {}
    for one in alerts:
        book.setdefault(one.office, []).append(one)
    scene = Scene(rules(file), book, History([*begun(file, book), *recorded]), lambda _: desks, now)
    return due(scene)[0]


def begun(file: NotifyFile, offices: Collection[Office], at: int = 0) -> list[Notice]:
    """That each route is told of offices since ``at`` (ms)."""
    return [
        Notice(
            office,
            f"{route.name}{office}",
            "",
            "",
            "begun",
            route.name,
            "",
            1,
            "suppressed",
            "",
            at,
        )
        for route in file.routes
        for office in offices
    ]
