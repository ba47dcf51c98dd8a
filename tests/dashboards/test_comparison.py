"""Desks and services compared by the store's views: against matrices, and by examples."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import numpy as np
import pytest

from tests.dashboards.comparison_by_hand import by_hand
from tests.dashboards.store import Row, Store, opened

BETWEEN = "SELECT * FROM semko.desk_comparison_between(from = '2026-01-01', to = '2026-12-31')"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(tmp_path_factory.mktemp("comparison") / "store") as store:
        yield store


@pytest.fixture
def store(made: Store) -> Iterator[Store]:
    """A store without an interaction or a tenant."""
    yield made
    made.empty("interactions")
    made.empty("registry_tenants")


class Votes:
    """Votes to be stored, one after the other."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []

    def add(
        self,
        desk: str,
        service: str,
        scores: str,
        day: str = "2026-03-02",
        hour: int = 8,
        office: str = "o",
    ) -> None:
        """A vote on five faces for each digit of ``scores``; the hour is UTC."""
        at = f"{day} {hour:02}:30:00.000"
        for score in scores:
            key = len(self.rows) + 1
            place = ("t", office, key, desk, service, "counter", "completed")
            self.rows.append((*place, at, None, int(score), 5, at))


def compared(store: Store, sql: str = BETWEEN, unit: str = "desk_id") -> dict[str, Row]:
    return {row[unit]: row for row in store.query(sql)}


def random_office(seed: int) -> tuple[np.ndarray, ...]:
    """Unit, partner, hour, day and score of votes, of units of very unequal work."""
    rng = np.random.default_rng(seed)
    units, partners = int(rng.integers(2, 14)), int(rng.integers(1, 7))
    votes = rng.integers(1, 90, units)
    unit = np.repeat(np.arange(units), votes)
    mixes = rng.dirichlet(np.full(partners, 0.4), units)
    partner = np.array([rng.choice(partners, p=mixes[each]) for each in unit])
    hour = rng.integers(0, 4, len(unit))
    day = rng.integers(0, 12, len(unit))
    quality = rng.normal(0, 1.5, units)[unit] + rng.normal(0, 0.8, (units, 12))[unit, day]
    score = np.clip(np.rint(4 + quality + rng.normal(0, 1, len(unit))), 1, 5).astype(int)
    return unit, partner, hour, day, score


@pytest.mark.parametrize("by", ["desk", "service"])
@pytest.mark.parametrize("seed", range(5))
def test_the_view_says_what_matrices_say(store: Store, seed: int, by: str) -> None:
    unit, partner, hour, day, score = random_office(seed)
    votes = Votes()
    for u, p, h, d, s in zip(unit, partner, hour, day, score, strict=True):
        desk, service = (f"u{u:02}", f"p{p}") if by == "desk" else (f"p{p}", f"u{u:02}")
        votes.add(desk, service, str(s), f"2026-03-{d + 1:02}", 8 + int(h))
    store.put_interactions(votes.rows)
    sql = BETWEEN.replace("desk_", f"{by}_")
    rows = [row for _, row in sorted(compared(store, sql, f"{by}_id").items())]

    hand = by_hand(unit, partner * 4 + hour, day, 25.0 * (score - 1))

    one = rows[0]
    assert [row["state"] == "compared" for row in rows] == (
        hand.compared & (hand.compared.sum() > 1)
    ).tolist()
    for name, expected in (
        ("usual", hand.usual),
        ("limit", hand.limit),
        ("vote_deviation", hand.vote_variance**0.5),
        ("day_deviation", hand.day_variance**0.5),
        ("unit_deviation", hand.unit_variance**0.5),
        ("funnel_deviation", hand.funnel_variance**0.5),
        ("compared", hand.compared.sum()),
    ):
        assert one[name] == pytest.approx(expected, rel=1e-6, abs=1e-5), name
    for n, row in enumerate(rows):
        if row["state"] != "compared":
            assert row["score"] is None
            continue
        difference, error = hand.difference[n], hand.standard_error[n]
        low, high = (
            hand.usual + hand.kept[n] + sign * 1.959963984540054 * hand.deviation[n]
            for sign in (-1, 1)
        )
        beyond = abs(difference) > hand.limit * (error**2 + hand.funnel_variance) ** 0.5
        assert row["difference"] == pytest.approx(difference, abs=1e-5)
        assert row["standard_error"] == pytest.approx(error, rel=1e-6)
        assert row["comparable_votes"] == pytest.approx(hand.vote_variance / error**2, rel=1e-6)
        assert row["expected"] == pytest.approx(np.clip(row["mean"] - difference, 0, 100))
        assert row["score"] == pytest.approx(np.clip(hand.usual + hand.kept[n], 0, 100))
        assert row["score_low"] == pytest.approx(max(0, low))
        assert row["score_high"] == pytest.approx(min(100, high))
        assert row["flag"] == ("usual" if not beyond else "lower" if difference < 0 else "higher")
        ends = hand.kept, hand.limit * hand.deviation
        above = (ends[0] - ends[1] > ends[0][n] + ends[1][n]) & hand.compared
        below = (ends[0] + ends[1] < ends[0][n] - ends[1][n]) & hand.compared
        assert row["rank_from"] == 1 + above.sum()
        assert row["rank_to"] == hand.compared.sum() - below.sum()


def test_a_desk_with_harder_services_is_not_blamed_for_them(store: Store) -> None:
    votes = Votes()
    for day in range(1, 21):
        date = f"2026-03-{day:02}"
        votes.add("easy", "card", "5554" * 3, date)
        votes.add("easy", "permit", "1232", date)
        votes.add("hard", "card", "5554", date)
        votes.add("hard", "permit", "1232" * 3, date)
    store.put_interactions(votes.rows)
    rows = compared(store)
    assert rows["easy"]["mean"] - rows["hard"]["mean"] > 30
    assert rows["hard"]["difference"] == pytest.approx(0, abs=1e-6)
    assert rows["hard"]["score"] == pytest.approx(rows["easy"]["score"])
    assert {(row["rank_from"], row["rank_to"]) for row in rows.values()} == {(1, 2)}


def test_a_worse_desk_is_flagged_and_those_who_share_its_work_are_not(store: Store) -> None:
    votes = Votes()
    rng = np.random.default_rng(1)
    for day in range(1, 29):
        for n, service in product(range(6), ("own", "common")):
            shares = [0.1, 0.2, 0.3, 0.4] if n == 0 else [0.02, 0.08, 0.2, 0.7]
            drawn = "".join(str(each) for each in rng.choice([1, 2, 4, 5], 8, p=shares))
            kind = f"s{n // 2}" if service == "own" else service
            votes.add(f"d{n}", kind, drawn, f"2026-02-{day:02}")
    store.put_interactions(votes.rows)
    rows = compared(store)
    assert {desk: row["flag"] for desk, row in rows.items() if row["flag"] != "usual"} == {
        "d0": "lower"
    }
    assert (rows["d0"]["rank_from"], rows["d0"]["rank_to"]) == (6, 6)
    assert all(row["rank_to"] <= 5 for desk, row in rows.items() if desk != "d0")


def test_fewer_than_five_votes_show_no_score_and_no_mean(store: Store) -> None:
    votes = Votes()
    for desk, scores in (("d1", "5545" * 5), ("d2", "4455" * 5), ("d3", "1111"), ("d4", "1111 1")):
        votes.add(desk, "s", scores.replace(" ", ""))
    store.put_interactions(votes.rows)
    rows = compared(store)
    assert {desk: row["state"] for desk, row in rows.items()} == {
        "d1": "compared",
        "d2": "compared",
        "d3": "too few votes",
        "d4": "compared",
    }
    hidden = {name: value for name, value in rows["d3"].items() if value is None}
    assert {"mean", "expected", "difference", "score", "score_low", "rank_from"} <= hidden.keys()
    assert rows["d3"]["flag"] == "usual"
    assert rows["d1"]["compared"] == 3


def test_a_desk_whose_work_nobody_shares_cannot_be_compared(store: Store) -> None:
    votes = Votes()
    votes.add("d1", "s1", "54321" * 4)
    votes.add("d2", "s1", "55555" * 4)
    votes.add("alone", "s2", "11111" * 4)
    votes.add("late", "s1", "11111" * 4, hour=15)
    store.put_interactions(votes.rows)
    rows = compared(store)
    assert rows["alone"]["state"] == rows["late"]["state"] == "not comparable"
    assert rows["alone"]["mean"] == 0
    assert rows["alone"]["score"] is None
    assert rows["d1"]["compared"] == 2


def test_votes_of_one_day_say_less_than_those_of_many(store: Store) -> None:
    """A good day and a bad day: half as many days as votes leave is known of the desk."""
    votes = Votes()
    rng = np.random.default_rng(3)
    for day in range(1, 29):
        for desk in ("d1", "d2", "d3"):
            scores = "55455" if rng.random() < 0.5 else "12212"
            votes.add(desk, "s", scores * 4, f"2026-02-{day:02}")
    store.put_interactions(votes.rows)
    row = compared(store)["d1"]
    assert row["day_deviation"] > 30
    assert row["comparable_votes"] < row["votes"] / 8


def test_days_are_those_of_the_tenant_and_both_ends_are_included(store: Store) -> None:
    store.put(
        "registry_tenants",
        {"tenant_id": "t", "valid_from": "2020-01-01", "time_zone": "Europe/Sofia"},
    )
    votes = Votes()
    for desk in ("d1", "d2"):
        votes.add(desk, "s", "5" * 6, "2026-03-01", hour=21)  # 23:30 in Sofia
        votes.add(desk, "s", "4" * 7, "2026-03-01", hour=22)  # 00:30 of the 2nd
        votes.add(desk, "s", "3" * 8, "2026-03-02", hour=21)
        votes.add(desk, "s", "2" * 9, "2026-03-02", hour=22)
    store.put_interactions(votes.rows)
    of = "SELECT * FROM semko.desk_comparison_between(from = '2026-03-02', to = '{}')"
    assert compared(store, of.format("2026-03-02"))["d1"]["votes"] == 15
    assert compared(store, of.format("2026-03-03"))["d1"]["votes"] == 24


def test_offices_are_compared_by_themselves(store: Store) -> None:
    votes = Votes()
    votes.add("d1", "s", "54545" * 4)
    votes.add("d2", "s", "45455" * 4)
    store.put_interactions(votes.rows)
    alone = store.query(f"{BETWEEN} ORDER BY desk_id")
    more = Votes()
    more.rows = list(votes.rows)
    more.add("d1", "s", "1" * 30, office="p")
    store.put_interactions(more.rows[len(votes.rows) :])
    assert store.query(f"{BETWEEN} WHERE office_id = 'o' ORDER BY desk_id") == alone
    assert compared(store, f"{BETWEEN} WHERE office_id = 'p'")["d1"]["state"] == "not comparable"


def test_an_office_where_all_press_the_best_face_is_no_certainty(store: Store) -> None:
    votes = Votes()
    for desk in ("d1", "d2", "d3"):
        votes.add(desk, "s", "5" * 20)
    store.put_interactions(votes.rows)
    for row in compared(store).values():
        assert row["score"] == 100
        assert row["score_low"] < 99
        assert row["flag"] == "usual"


def test_the_plain_views_are_of_the_last_thirteen_weeks(store: Store) -> None:
    votes = Votes()
    today = datetime.now(UTC)
    for back, scores in ((100, "1" * 50), (80, "5454" * 3), (1, "5454" * 3)):
        for desk in ("d1", "d2"):
            votes.add(desk, "s", scores, (today - timedelta(days=back)).strftime("%Y-%m-%d"))
            votes.add(desk, "r", scores, (today - timedelta(days=back)).strftime("%Y-%m-%d"))
    store.put_interactions(votes.rows)
    assert store.query("SELECT desk_id, votes FROM semko.desk_comparison ORDER BY desk_id") == [
        {"desk_id": "d1", "votes": 48},
        {"desk_id": "d2", "votes": 48},
    ]
    assert store.query("SELECT service_id, votes FROM semko.service_comparison") == [
        {"service_id": "r", "votes": 48},
        {"service_id": "s", "votes": 48},
    ]


def test_nothing_is_no_row(store: Store) -> None:
    assert store.query("SELECT * FROM semko.desk_comparison") == []


def test_the_engine_can_explain_it_in_few_words(store: Store) -> None:
    lines = store.query("EXPLAIN SELECT * FROM semko.desk_comparison")
    assert sum(len(str(line)) for line in lines) < 100_000
