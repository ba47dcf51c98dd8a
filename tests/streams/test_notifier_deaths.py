"""Whatever dies when: each alert is told, never again after its receipt, and the last word is true.

``SEMKO_HISTORIES`` says how many histories are drawn.
"""

import os
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.facts import Office
from models.notices import FAILED, INCLUDED, PENDING, SENT, SUPPRESSED, AlertNow, Notice
from streams.core.notice_history import is_group
from streams.core.notice_times import TRIED_MS
from tests.told_alerts import MemoryBook, Told, alert, routes

EXAMPLES = int(os.environ.get("SEMKO_HISTORIES", "30"))


class Dead(Exception):
    """The process has died: nothing it does has an effect any more."""


@dataclass
class Life:
    """A process that dies after so many steps; a step is a write or half of a sending. Its
    addresses may be ``away``."""

    steps: int
    away: bool = False

    def step(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise Dead


@dataclass
class DyingBook(MemoryBook):
    """A book of a process that may die before or after any write, or any question."""

    life: Life = field(default_factory=lambda: Life(1_000_000))

    def alerts(self, since: int) -> dict[Office, list[AlertNow]]:
        self.life.step()
        return super().alerts(since)

    def write(self, notices: Any) -> None:
        self.life.step()
        super().write(notices)
        self.life.step()


OFFICES = [Office("town", "a"), Office("town", "b"), Office("other", "c")]
FILE = """
[[routes]]
name = "all"
language = "bg"
webhook = { url = "http://127.0.0.1:1/", secret = "0123456789abcdef" }
limit = { messages = 4, within = "1h" }

[[routes]]
name = "pages"
tenants = ["town"]
levels = ["page"]
quiet = [{ hours = "20:00-07:00", pages = true }]
urls = ["json://127.0.0.1:1", "json://127.0.0.1:2"]
"""

changes = st.tuples(
    st.sampled_from(OFFICES),
    st.sampled_from(["d1", "d2", "d3", "d4"]),
    st.sampled_from(["open", "acknowledged", "resolved", "withdrawn"]),
    st.sampled_from(["amber", "page"]),
)
turns = st.tuples(
    st.lists(changes, max_size=4),
    st.integers(0, 40) | st.just(1_000_000),  # after how many steps it dies
    st.booleans(),  # whether addresses take anything
    st.sampled_from([1, 60, 3600, 6 * 3600]),  # seconds until the next round
)

GIVEN_UP: list[tuple[list[Any], int, bool, int]] = [
    ([(OFFICES[0], "d1", "open", "amber")], 1_000_000, True, 1),
    *[([], 0, False, 6 * 3600)] * 4,
    ([], 1_000_000, True, 1),
]
"""Dead for a day, and its addresses are still away."""


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(turns, min_size=1, max_size=12))
@example(GIVEN_UP)
def test_whatever_dies_when_each_is_told_and_never_again_after_its_receipt(
    history: list[tuple[list[Any], int, bool, int]],
) -> None:
    told = Told(routes(FILE), book=DyingBook())
    book = told.book
    assert isinstance(book, DyingBook)
    delivered: list[Notice] = []

    def take(notice: Notice) -> str:
        stored = book.rows[notice.message_id, notice.target]
        assert stored.state == PENDING, "sent, though there is a receipt or no record"
        assert stored.known == notice.known
        book.life.step()
        if book.life.away:
            return "away"
        delivered.append(notice)
        book.life.step()
        return ""

    told.problem = take
    for changed, steps, away, seconds in [*history, *[([], 1_000_000, False, 5400)] * 12]:
        told.now += seconds * 1000
        for office, desk, state, level in changed:
            book.put(_after(book, alert(desk, office=office, level=level, state=state)))
        book.life = Life(steps, away)
        with suppress(Dead):
            told.notifier().round()
    for one in book.told():
        given_up = one.state == FAILED and one.tried_at - one.first_at >= TRIED_MS
        assert given_up or one.state in {SENT, INCLUDED, SUPPRESSED}
    for one in book.told(SENT):
        same = [each for each in delivered if _key(each) == _key(one)]
        assert same
        assert {each.known for each in same} == {one.known}
    for route in told.file.routes:
        _assert_last_word_is_true(book, route.name)


def _after(book: MemoryBook, one: AlertNow) -> AlertNow:
    """A level never falls."""
    before = [o for o in book.book.get(one.office, []) if o.alert_id == one.alert_id]
    return replace(one, level="page") if any(o.level == "page" for o in before) else one


def _key(notice: Notice) -> tuple[str, str]:
    return notice.message_id, notice.target


def _assert_last_word_is_true(book: MemoryBook, route: str) -> None:
    """What a route was told last of each alert is how it is."""
    rows = [one for one in book.told() if one.route == route]
    groups = {one.message_id: one.alert_id for one in rows if is_group(one.alert_id)}
    sent = {one.message_id for one in rows if one.state == SENT}
    for one in rows:
        within = one
        while within.state == INCLUDED:
            (within,) = [each for each in rows if each.message_id == within.problem][:1]
        assert within.state in {SUPPRESSED, FAILED} or within.message_id in sent
    for office, alerts in book.book.items():
        for alert_now in alerts:
            told = sorted(
                {
                    (row.turn, row.event, row.level, row.state, row.problem)
                    for row in rows
                    if row.office == office and row.alert_id == alert_now.alert_id
                }
            )
            wanted = route == "all" or (office.tenant_id == "town" and alert_now.level == "page")
            if not told:
                assert not wanted or alert_now.state == "withdrawn"
            elif told[0][4] not in groups and told[0][3] != SUPPRESSED:
                last = [event for _, event, *_ in told if event != "escalated"][-1]
                assert last == alert_now.state or (
                    alert_now.is_live and last in {"opened", "reopened"}
                )
                assert not alert_now.is_live or any(row[2] == alert_now.level for row in told)
