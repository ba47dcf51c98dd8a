"""What votes come to when they are judged: alerts, their life, and the same in whatever pieces."""

from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.alert_kinds import RESPONSE, SCORE, UNFINISHED
from streams import core
from streams.core.alarm_thresholds import ThresholdTable
from streams.core.desk_watch import AMBER, BY_HAND, BY_SCORE, PAGE, Alert
from streams.core.faces import tilted
from streams.core.judging import Case, DeskDay, Judged, day_of, first_moment, judge, local_moments
from streams.core.share_watch import Quarters
from streams.core.standards import Rated, Standard, is_whole, parts_of, standard_of
from tests.rated import quarters_of, rated_places

TABLE = ThresholdTable.of(resources.files(core).joinpath("alarm_thresholds.csv").read_text("utf-8"))
ZONE = "Europe/Sofia"
DAY_MS, HOUR_MS = 86_400_000, 3_600_000
BEGIN = 20_100
SHAPE = [0.05, 0.08, 0.15, 0.3, 0.42]
DESKS, A_DAY = 3, 40


def votes(
    days: int, first: int = BEGIN, seed: int = 1, drop: tuple[int, int] | None = None
) -> Rated:
    """Days of three desks at a mean of 78; desk 1 is 35 points worse on days of ``drop``."""
    rng = np.random.default_rng(seed)
    desk = np.tile(np.repeat(np.arange(DESKS), A_DAY), days)
    day = np.repeat(np.arange(days), DESKS * A_DAY)
    bad = np.zeros(len(day), np.bool_) if drop is None else (desk == 1) & (day >= drop[0])
    bad &= True if drop is None else day < drop[1]
    chances = tilted(SHAPE, np.array([78.0, 43.0])).cumsum(1)[bad.astype(np.intp)]
    score = 1 + (rng.random(len(day))[:, None] > chances).sum(1)
    at = (first + day) * DAY_MS + 7 * HOUR_MS + rng.integers(0, 8 * HOUR_MS, len(day))
    order = np.argsort(at, kind="stable")
    names = [f"d{number}" for number in range(DESKS)], ["s0", "s1"]
    service = rng.integers(0, 2, len(day))
    return Rated(*names, desk[order], service[order], at[order], score[order], np.full(len(day), 5))


@pytest.fixture(scope="module")
def standard() -> Standard:
    history = votes(40, BEGIN - 40)
    found = Standard.estimated(BEGIN, history, local_moments(history.completed_at, ZONE))
    assert found is not None
    return found


def case(standard: Standard, some: Rated, closed: dict[str, int] | None = None) -> Case:
    quarters = quarters_of(some)
    places = rated_places(some, ZONE)
    return Case(some, quarters, BEGIN, ZONE, {}, places, [standard], closed or {})


def test_a_version_comes_back_from_its_parts_as_it_was(standard: Standard) -> None:
    parts = parts_of(standard)
    assert is_whole(parts)
    assert not is_whole(parts[1:])
    assert parts_of(standard_of(BEGIN, parts)) == parts
    some = votes(2)
    moments = local_moments(some.completed_at, ZONE)
    again = standard_of(BEGIN, parts).expected(some, moments)
    assert np.array_equal(again, standard.expected(some, moments))


def test_too_little_history_expects_nothing() -> None:
    few = votes(4)
    assert Standard.estimated(BEGIN + 4, few, local_moments(few.completed_at, ZONE)) is None


def test_a_drop_opens_one_alert_which_ends_when_the_score_is_back(standard: Standard) -> None:
    judged = judge(case(standard, votes(6, drop=(2, 4))), TABLE)
    (alert,) = (alert for alert in judged.alerts.values() if alert.desk == "d1")
    assert alert.alert_id == "d1-20250114-1"
    assert (alert.desk, alert.level, alert.resolved_by) == ("d1", PAGE, BY_SCORE)
    assert day_of(alert.begun_at, ZONE) == day_of(alert.opened_at, ZONE) == BEGIN + 2
    assert alert.resolved_at is not None
    assert day_of(alert.resolved_at, ZONE) == BEGIN + 4
    assert alert.alarms > 1
    assert 70 < alert.expected < 85


def test_one_that_is_closed_by_hand_makes_room_for_another(standard: Standard) -> None:
    some = votes(4, drop=(1, 4))
    (whole,) = judge(case(standard, some), TABLE).alerts.values()
    assert whole.resolved_at is None
    at = whole.opened_at + DAY_MS
    first, *others = judge(case(standard, some, {whole.alert_id: at}), TABLE).alerts.values()
    assert (first.resolved_at, first.resolved_by) == (at, BY_HAND)
    assert first.alert_id == whole.alert_id
    assert [other.opened_at > at for other in others] == [True]


def test_one_that_is_closed_before_it_was_opened_ends_where_it_began(standard: Standard) -> None:
    some = votes(2, drop=(1, 2))
    (whole,) = judge(case(standard, some), TABLE).alerts.values()
    (closed, *_) = judge(case(standard, some, {whole.alert_id: 5}), TABLE).alerts.values()
    assert (closed.resolved_at, closed.resolved_by) == (whole.opened_at, BY_HAND)


def test_an_amber_alert_becomes_a_page(standard: Standard) -> None:
    some = votes(2, drop=(1, 2))
    times = some.completed_at.tolist()
    levels = []
    for end in range(0, len(times), 3):
        judged = judge(case(standard, some.some(np.arange(len(times)) < end)), TABLE)
        levels += [alert.level for alert in judged.alerts.values()]
    assert levels[0] == AMBER
    assert levels[-1] == PAGE


def test_one_press_of_a_face_that_was_never_pressed_is_no_alarm() -> None:
    history = votes(40, BEGIN - 40)
    kind = replace(history, score=np.maximum(history.score, 4))
    found = Standard.estimated(BEGIN, kind, local_moments(kind.completed_at, ZONE))
    assert found is not None
    some = votes(1)
    score = np.maximum(some.score, 4)
    at = np.flatnonzero(some.desk == 1)
    score[at[0]] = 1
    assert judge(case(found, replace(some, score=score)), TABLE).alerts == {}
    score[at[1:6]] = 1
    assert len(judge(case(found, replace(some, score=score)), TABLE).alerts) == 1


def test_before_the_first_version_nothing_is_judged(standard: Standard) -> None:
    some = votes(3, drop=(0, 3))
    later = replace(standard, valid_from=BEGIN + 3)
    assert judge(case(later, some), TABLE).alerts == {}


def test_a_desk_without_history_is_judged_by_the_offices(standard: Standard) -> None:
    some = votes(3, drop=(1, 3))
    renamed = replace(some, desks=["d0", "new", "d2"])
    (alert,) = judge(case(standard, renamed), TABLE).alerts.values()
    assert alert.desk == "new"


def watched(days: int, counts: Quarters) -> list[Alert]:
    """What counts of quarters come to, after 40 days of three in four that vote and none that
    leaves; ``counts`` are of days from `BEGIN` on."""
    history, some = votes(40, BEGIN - 40), votes(days)
    usual = quarters_of(history, unrated=1)
    known = usual, local_moments(usual.start, ZONE).day
    moments = local_moments(history.completed_at, ZONE)
    found = Standard.estimated(BEGIN, history, moments, known)
    assert found is not None
    judged = judge(case(found, some)._replace(quarters=counts), TABLE)
    return [alert for alert in judged.alerts.values() if alert.kind != SCORE]


def test_fewer_who_vote_are_one_alert_a_desk_until_they_vote_again() -> None:
    usual = quarters_of(votes(6), unrated=1)
    day = usual.start // DAY_MS - BEGIN
    low = (usual.desk == 1) & (day >= 2) & (day < 4)
    answered = np.where(low, 0, usual.answered)
    (alert,) = watched(6, usual._replace(answered=answered))
    assert (alert.alert_id, alert.kind, alert.level) == ("d1-20250114-response-1", RESPONSE, PAGE)
    assert day_of(alert.begun_at, ZONE) == day_of(alert.opened_at, ZONE) == BEGIN + 2
    assert alert.resolved_by == BY_SCORE
    assert alert.resolved_at is not None
    assert day_of(alert.resolved_at, ZONE) == BEGIN + 4
    assert alert.observed == 0.0
    assert alert.expected == pytest.approx(
        100 * usual.answered.sum() / usual.at_counter.sum(), abs=3
    )


def test_more_who_leave_unserved_are_an_alert_beside_it() -> None:
    usual = quarters_of(votes(3), unrated=1)
    bad = (usual.desk == 2) & (usual.start // DAY_MS == BEGIN + 1)
    few = np.where(bad, 0, usual.answered)
    gone = np.where(bad, usual.completed // 2, 0)
    found = watched(3, usual._replace(answered=few, unfinished=gone))
    assert {alert.kind for alert in found} == {RESPONSE, UNFINISHED}
    assert {alert.desk for alert in found} == {"d2"}
    assert len({alert.alert_id for alert in found}) == 2


@settings(deadline=None)
@given(st.lists(st.integers(0, 8), max_size=4))
def test_in_pieces_and_again_the_same_comes_out(cuts: list[int]) -> None:
    """Days judged one after the other, some of them twice, give what one judging gives."""
    standard = _standard()
    whole = votes(8, drop=(2, 5))
    expected = judge(case(standard, whole), TABLE)
    book, days = Judged(), local_moments(whole.completed_at, ZONE).day
    for until in [*sorted(cuts), *cuts, 8]:
        first = min([*cuts, until])
        chosen = (days >= BEGIN + first) & (days < BEGIN + until)
        before = {}
        for (desk, day), state in sorted(book.states.items(), key=lambda one: one[0].day):
            if day < BEGIN + first:
                before[desk] = state
        if first > 0 and not before:
            first, before = 0, {}
            chosen = days < BEGIN + until
        part = whole.some(chosen)
        places = rated_places(part, ZONE)
        quarters = quarters_of(part)
        some = Case(part, quarters, BEGIN + first, ZONE, before, places, [standard], {})
        judged = judge(some, TABLE)
        book.states |= judged.states
        book.alerts |= judged.alerts
    assert book.states == expected.states
    assert book.alerts == expected.alerts


_kept: list[Standard] = []


def _standard() -> Standard:
    if not _kept:
        history = votes(40, BEGIN - 40)
        found = Standard.estimated(BEGIN, history, local_moments(history.completed_at, ZONE))
        assert found is not None
        _kept.append(found)
    return _kept[0]


def test_a_desk_that_lost_its_votes_of_a_day_is_as_it_was_before(standard: Standard) -> None:
    some = votes(2, drop=(1, 2))
    left = some.some((some.desk != 1) | (some.completed_at < (BEGIN + 1) * DAY_MS))
    lost = DeskDay("d1", BEGIN + 1)
    without = case(standard, left)
    judged = judge(without._replace(places={*without.places, lost}), TABLE)
    assert judged.alerts == {}
    assert judged.states[lost] == judged.states[DeskDay("d1", BEGIN)]


def test_days_and_hours_are_local_through_the_change_of_the_clock() -> None:
    # 2026-03-29: at 03:00 it is 04:00 in Sofia.
    midnight = 1_774_735_200_000
    times = np.array([midnight - 1, midnight, midnight + 3 * HOUR_MS, midnight + 23 * HOUR_MS])
    moments = local_moments(times, ZONE)
    day = day_of(midnight, ZONE)
    assert moments.day.tolist() == [day - 1, day, day, day + 1]
    assert moments.hour.tolist() == [23, 0, 4, 0]
    assert moments.weekday.tolist() == [5, 6, 6, 0]
    assert first_moment(day, ZONE) == midnight
    assert first_moment(day + 1, ZONE) == midnight + 23 * HOUR_MS
