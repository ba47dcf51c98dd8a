"""Which messages are due: routes, whole offices, limits, quiet hours and maintenance, as tables."""

from dataclasses import replace

import pytest

from models.alert_kinds import RESPONSE
from models.facts import Office
from models.notices import PENDING, Notice
from models.notify_file import NotifyFile
from tests.told_alerts import (
    CENTRE,
    HOUR,
    MINUTE,
    MONDAY,
    ROUTE,
    MemoryBook,
    Told,
    alert,
    begun,
    drafted,
    ms,
    routes,
)

NORTH, OTHER = Office("town", "north"), Office("ruse", "centre")
MANY = frozenset(f"d{n:02}" for n in range(1, 21))


def route(more: str) -> NotifyFile:
    return routes(ROUTE + more)


def about(file: NotifyFile, *places: Office) -> list[tuple[str, str]]:
    some = [alert(office=place) for place in places]
    return sorted((one.route.name, "/".join(one.office)) for one in drafted(file, some, desks=MANY))


def test_a_route_takes_its_tenants_offices_and_levels() -> None:
    everywhere = [CENTRE, NORTH, OTHER]
    assert about(route('tenants = ["town"]'), *everywhere) == [
        ("duty", "town/centre"),
        ("duty", "town/north"),
    ]
    assert about(route('tenants = ["r*"]'), *everywhere) == [("duty", "ruse/centre")]
    assert about(route('offices = ["n*", "x"]'), *everywhere) == [("duty", "town/north")]
    assert about(route('levels = ["page"]'), *everywhere) == []


def test_a_route_of_pages_hears_of_an_alert_when_it_becomes_one() -> None:
    told = Told(route('levels = ["page"]'))
    assert told.round(alert()) == []
    assert told.round(alert(level="page")) == [("opened", "d01-20260302-1")]


def test_a_route_is_told_of_the_events_that_it_wants() -> None:
    told = Told(route('events = ["opened"]'))
    assert told.round(alert()) != []
    assert told.round(alert(level="page")) == []
    assert told.round(alert(level="page", state="resolved")) == []


def test_ids_of_messages_are_stable_and_of_different_messages_different() -> None:
    two = routes(ROUTE + ROUTE.replace("duty", "night"))
    first, again = (drafted(two, [alert(), alert("d02")], desks=MANY) for _ in range(2))
    assert [one.message_id for one in first] == [one.message_id for one in again]
    assert len({one.message_id for one in first}) == 4
    released = "136732652369133edc7cb41a0b857c1a"  # a change would repeat what was taken
    assert first[0].message_id == released


# --- whole offices -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dropped", "with_votes", "messages"),
    [
        (2, 2, 2),  # all desks, but two are no office
        (3, 3, 1),
        (3, 6, 1),  # half of them
        (3, 7, 3),
        (9, 20, 9),
        (10, 20, 1),
    ],
)
def test_an_office_is_told_of_as_one_where_three_desks_and_half_of_those_with_votes_drop(
    dropped: int, with_votes: int, messages: int
) -> None:
    some = [alert(f"d{n:02}") for n in range(1, dropped + 1)]
    voting = frozenset(f"d{n:02}" for n in range(1, with_votes + 1))
    found = drafted(routes('limit = { messages = 99, within = "1h" }'), some, desks=voting)
    assert sum(one.state == "pending" for one in found) == messages
    assert {one.alert_id for one in found} >= {one.alert_id for one in some}
    if messages == 1:
        assert [len(one.alerts) for one in found if one.state == "pending"] == [dropped]


def test_alerts_of_other_kinds_are_told_each_for_itself() -> None:
    some = [alert(f"d0{n}", kind=RESPONSE) for n in (1, 2, 3)]
    found = drafted(route(""), some, desks=frozenset({"d01", "d02", "d03"}))
    assert {one.state for one in found} == {PENDING}
    assert len(found) == 3


def test_an_office_is_told_of_once_and_its_end_when_the_last_desk_is_over() -> None:
    told = Told(book=MemoryBook(voting=frozenset({"d01", "d02", "d03", "d04", "d05"})))
    assert told.round(alert("d01")) == [("opened", "d01-20260302-1")]
    three = [alert("d02", at=MONDAY + MINUTE), alert("d03", at=MONDAY + MINUTE)]
    assert told.round(*three) == [("opened", "office 20260302 1")]
    assert told.round(alert("d04", at=MONDAY + 2 * MINUTE)) == []
    assert told.round(alert("d04", level="page", at=MONDAY + 2 * MINUTE)) == [
        ("escalated", "office 20260302 1")
    ]
    over = [replace(one, state="resolved", resolved_at=MONDAY + HOUR) for one in three]
    assert told.round(*over) == []
    assert told.round(alert("d04", level="page", state="withdrawn", at=MONDAY + 2 * MINUTE)) == []
    assert sorted(told.round(alert("d01", state="resolved"))) == [
        ("resolved", "d01-20260302-1"),
        ("resolved", "office 20260302 1"),
    ]


def test_the_next_time_that_day_is_another_one_and_the_next_day_too() -> None:
    told = Told(book=MemoryBook(voting=frozenset({"d01", "d02", "d03"})))
    three = [alert(f"d0{n}") for n in (1, 2, 3)]
    told.round(*three)
    told.round(*(replace(one, state="resolved", resolved_at=MONDAY + 1) for one in three))
    again = [alert(f"d0{n}", number=2, at=MONDAY + HOUR) for n in (1, 2, 3)]
    assert told.round(*again, at=MONDAY + HOUR) == [("opened", "office 20260302 2")]
    tomorrow = [alert(f"d0{n}", at=MONDAY + 24 * HOUR) for n in (1, 2, 3)]
    assert told.round(*tomorrow, at=MONDAY + 24 * HOUR) == [("opened", "office 20260303 1")]


# --- limits ------------------------------------------------------------------------------------


def test_beyond_its_limit_a_route_gets_the_rest_in_one_message() -> None:
    told = Told(route('limit = { messages = 3, within = "30min" }'))
    told.book = MemoryBook(voting=MANY)
    six = [alert(f"d0{n}", at=MONDAY + n) for n in range(1, 6)] + [alert("d06", level="page")]
    assert told.round(*six) == [
        ("opened", "d06-20260302-1"),  # the most urgent first
        ("opened", "d01-20260302-1"),
        ("summary", ""),
    ]
    assert "And 4 more" in told.sent[-1].known
    assert told.round(alert("d07", at=MONDAY + 20)) == []
    assert told.round(at=MONDAY + 29 * MINUTE) == []
    assert told.round(at=MONDAY + 30 * MINUTE) == [("opened", "d07-20260302-1")]
    assert told.round(alert("d02", state="resolved", at=MONDAY + 2)) == [
        ("resolved", "d02-20260302-1")
    ]


def test_a_limit_of_one_sums_everything_up() -> None:
    told = Told(route('limit = { messages = 1, within = "1h" }'))
    told.book = MemoryBook(voting=MANY)
    assert told.round(alert("d01"), alert("d02", office=NORTH)) == [("summary", "")]
    (row,) = told.book.told("sent")
    assert row.office == CENTRE
    assert "north" in row.known


def test_an_office_that_has_to_wait_for_room_is_told_as_one_afterwards() -> None:
    told = Told(route('limit = { messages = 1, within = "1h" }'))
    assert told.round(alert(office=NORTH)) != []
    three = [alert(f"d0{n}", at=MONDAY + n) for n in (1, 2, 3)]
    assert told.round(*three, at=MONDAY + MINUTE) == []
    assert [one.office for one in told.book.told()] == [NORTH]
    assert told.round(at=MONDAY + HOUR) == [("opened", "office 20260302 1")]


# --- quiet hours and maintenance ---------------------------------------------------------------

NIGHT = 'quiet = [{ hours = "20:00-07:00", pages = %s }]'


@pytest.mark.parametrize(
    ("at", "level", "is_sent"),
    [
        ("2026-03-02 19:59", "amber", True),
        ("2026-03-02 20:00", "amber", False),
        ("2026-03-03 06:59", "amber", False),
        ("2026-03-03 07:00", "amber", True),
        ("2026-03-03 03:00", "page", True),
    ],
)
def test_in_quiet_hours_only_pages_are_sent(at: str, level: str, is_sent: bool) -> None:
    told = Told(route(NIGHT % "true"))
    assert (told.round(alert(level=level, at=ms(at)), at=ms(at)) != []) == is_sent


def test_or_nothing_and_what_waits_is_told_in_the_morning_as_it_is_then() -> None:
    told = Told(route(NIGHT % "false"))
    late = ms("2026-03-02 22:00")
    assert told.round(alert(level="page", at=late), at=late) == []
    assert told.book.told() == []
    assert told.round(alert("d02", at=late), at=late + MINUTE) == []
    assert told.round(alert("d02", state="withdrawn", at=late), at=late + HOUR) == []
    over = alert(level="page", state="resolved", at=late)
    assert told.round(over, at=ms("2026-03-03 07:00")) == [
        ("opened", "d01-20260302-1"),
        ("resolved", "d01-20260302-1"),
    ]
    assert '"state":"resolved"' in told.sent[0].known


def test_quiet_days_begin_with_their_own_hours() -> None:
    file = route('quiet = [{ days = ["saturday"], hours = "20:00-07:00" }]')
    for at, is_sent in (
        ("2026-03-07 19:00", True),
        ("2026-03-07 21:00", False),
        ("2026-03-08 06:00", False),  # Sunday, in the night of Saturday
        ("2026-03-08 21:00", True),
        ("2026-03-07 06:00", True),
    ):
        assert (Told(file).round(alert(at=ms(at)), at=ms(at)) != []) == is_sent, at


def test_a_retry_keeps_quiet_too() -> None:
    told = Told(route(NIGHT % "true"))
    told.problem = lambda _: "away"
    told.round(alert(at=ms("2026-03-02 19:59")), at=ms("2026-03-02 19:59"))
    told.problem = lambda _: ""
    assert told.round(at=ms("2026-03-02 21:00")) == []
    assert told.round(at=ms("2026-03-03 07:01")) != []


MAINTENANCE = """
[[maintenance]]
tenants = ["town"]
offices = ["centre"]
desks = ["d01"]
from = 2026-03-02T08:00:00
to = 2026-03-02T12:00:00
"""


def test_in_maintenance_nothing_is_sent_and_afterwards_what_still_drops() -> None:
    told = Told(routes(ROUTE + MAINTENANCE))
    assert told.round(alert(level="page")) == []
    assert told.round(alert("d02"), alert(office=NORTH)) != []
    assert told.round(at=ms("2026-03-02 11:59")) == []
    assert told.round(at=ms("2026-03-02 12:00")) == [("opened", "d01-20260302-1")]


def test_what_came_and_went_in_maintenance_is_not_told() -> None:
    told = Told(routes(ROUTE + MAINTENANCE))
    told.round(alert())
    assert told.round(alert(state="resolved"), at=ms("2026-03-02 12:00")) == []
    (row,) = told.book.told()
    assert (row.state, row.problem) == ("suppressed", "begun and over during maintenance")


def test_maintenance_with_an_offset_is_at_that_moment() -> None:
    text = MAINTENANCE.replace("08:00:00", "06:00:00Z").replace("12:00:00", "10:00:00Z")
    told = Told(routes(ROUTE + text))
    assert told.round(alert()) == []
    assert told.round(at=ms("2026-03-02 11:59")) == []
    assert told.round(at=ms("2026-03-02 12:00")) != []


def test_a_new_route_is_told_of_what_comes_and_not_of_what_was() -> None:
    told = Told()
    told.round(alert(at=MONDAY - 3 * HOUR))
    told.file = routes(ROUTE + ROUTE.replace("duty", "new"))
    told.round(alert("d02"), at=MONDAY + 1)
    rows: list[Notice] = [one for one in told.book.told("sent") if one.route == "new"]
    assert [one.alert_id for one in rows] == ["d02-20260302-1"]


def test_each_alert_of_a_day_has_messages_of_its_own() -> None:
    file = routes()
    first = alert(state="resolved")
    second = alert(number=2, at=MONDAY + HOUR)
    told = Told(file, book=MemoryBook())
    told.book.write(begun(file, [CENTRE]))
    assert sorted(told.round(first, second, at=MONDAY + HOUR)) == [
        ("opened", "d01-20260302-1"),
        ("opened", "d01-20260302-2"),
        ("resolved", "d01-20260302-1"),
    ]
