"""Score views on the real engine: rows written by hand, results by hand or by ``models.scores``."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from models import scores
from tests.dashboards.store import Row, Store, opened


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(tmp_path_factory.mktemp("views") / "store") as made:
        made.put(
            "registry_tenants",
            {"tenant_id": "york", "valid_from": "2020-01-01", "time_zone": "Europe/London"},
            {"tenant_id": "york", "valid_from": "2024-01-01", "time_zone": "America/New_York"},
        )
        yield made


def window(tenant: str, start: str, faces: tuple[int, ...] = (0,) * 5, **more: Any) -> Row:
    """An hour of desk ``d1`` with every interaction rated unless ``completions`` says otherwise."""
    votes = scores.Votes.of_five_faces(*faces)
    return {
        "tenant_id": tenant,
        "office_id": "o",
        "scope": "desk",
        "key": "d1",
        "window_seconds": 3600,
        "window_start": start,
        "completions": votes.count,
        "votes": votes.count,
        **{f"v{face}": count for face, count in enumerate(faces, start=1)},
        "points": votes.points,
        "points_squared": votes.points_squared,
    } | more


def test_an_hour_of_a_desk_has_the_scores_of_the_formulas(store: Store) -> None:
    faces = (1, 1, 0, 2, 4)
    votes = scores.Votes.of_five_faces(*faces)
    waits = {"wait_seconds": 1_500, "wait_known": 10}
    store.put("window_metrics", window("a", "2026-03-02 08:00:00", faces, completions=20, **waits))

    [row] = store.query("SELECT * FROM semko.desk_scores WHERE tenant_id = 'a'")

    interval = scores.mean_interval(votes) or pytest.fail("no interval")
    best = scores.wilson(6, 8) or pytest.fail("no interval")
    worst = scores.wilson(2, 8) or pytest.fail("no interval")
    expected = {
        "mean": scores.mean(votes),
        "mean_low": interval.low,
        "mean_high": interval.high,
        "top2": 0.75,
        "top2_low": best.low,
        "top2_high": best.high,
        "bottom2": 0.25,
        "bottom2_low": worst.low,
        "bottom2_high": worst.high,
        "net": 0.5,
        "response_rate": 0.4,
        "mean_wait_seconds": 150.0,
        "formula_version": scores.FORMULA_VERSION,
    }
    assert {name: row[name] for name in expected} == pytest.approx(expected)
    assert (row["desk_id"], row["completions"], row["votes"]) == ("d1", 20, 8)
    assert [row[f"v{face}"] for face in range(1, 6)] == list(faces)


@pytest.mark.parametrize("share", [(0, 3), (3, 3), (1, 1), (0, 1), (997, 1000)])
def test_shares_at_the_edge_keep_their_intervals_within_the_scale(
    store: Store, share: tuple[int, int]
) -> None:
    best, total = share
    tenant = f"edge{best}of{total}"
    store.put(
        "window_metrics", window(tenant, "2026-03-02 08:00:00", (total - best, 0, 0, 0, best))
    )

    [row] = store.query(f"SELECT * FROM semko.desk_scores WHERE tenant_id = '{tenant}'")

    expected = scores.wilson(best, total) or pytest.fail("no interval")
    assert (row["top2_low"], row["top2_high"]) == pytest.approx(expected)
    assert row["top2_low"] >= 0
    assert row["top2_high"] <= 1


def test_without_votes_scores_are_null_and_not_nought(store: Store) -> None:
    store.put("window_metrics", window("silent", "2026-03-02 08:00:00", completions=3))

    [row] = store.query("SELECT * FROM semko.desk_scores WHERE tenant_id = 'silent'")

    nulls = ["mean", "mean_low", "mean_high", "top2", "top2_low", "bottom2_high", "net"]
    assert [row[name] for name in nulls] == [None] * len(nulls)
    assert row["response_rate"] == 0
    assert row["mean_wait_seconds"] is None


def test_a_window_that_lost_its_last_interaction_and_other_lengths_are_not_shown(
    store: Store,
) -> None:
    store.put(
        "window_metrics",
        window("moved", "2026-03-02 08:00:00", (0, 0, 0, 0, 1)),
        window("moved", "2026-03-02 08:00:00"),
        window("moved", "2026-03-02 09:00:00", (0, 0, 0, 0, 1), window_seconds=900),
    )

    assert store.query("SELECT * FROM semko.desk_scores WHERE tenant_id = 'moved'") == []
    assert store.query("SELECT * FROM semko.desk_scores_daily WHERE tenant_id = 'moved'") == []


def test_a_day_is_the_sum_of_the_hours_that_begin_in_it_where_the_tenant_lives(
    store: Store,
) -> None:
    store.put(
        "window_metrics",
        window("york", "2026-03-03 04:00:00", (0, 0, 0, 0, 4)),  # 23:00 of the day before
        window("york", "2026-03-03 05:00:00", (1, 0, 0, 0, 0)),  # midnight in New York
        window("york", "2026-03-04 04:00:00", (0, 0, 0, 3, 0)),
    )

    rows = store.query(
        "SELECT day, v1, v4, v5, mean FROM semko.desk_scores_daily"
        " WHERE tenant_id = 'york' ORDER BY day"
    )

    assert rows == [
        {"day": "2026-03-02", "v1": 0, "v4": 0, "v5": 4, "mean": 100},
        {"day": "2026-03-03", "v1": 1, "v4": 3, "v5": 0, "mean": 56.25},
    ]


def test_a_tenant_that_is_not_registered_has_the_days_of_sofia(store: Store) -> None:
    store.put(
        "window_metrics",
        window("b", "2026-07-01 20:00:00", (0, 0, 0, 0, 1)),  # 23:00 in summer
        window("b", "2026-07-01 21:00:00", (0, 0, 0, 0, 2)),
    )

    rows = store.query(
        "SELECT day, votes FROM semko.desk_scores_daily WHERE tenant_id = 'b' ORDER BY day"
    )

    assert rows == [{"day": "2026-07-01", "votes": 1}, {"day": "2026-07-02", "votes": 2}]


def test_offices_services_and_desks_are_told_apart(store: Store) -> None:
    store.put(
        "window_metrics",
        window("c", "2026-03-02 08:00:00", (0, 0, 0, 0, 5), scope="office", key=""),
        window("c", "2026-03-02 08:00:00", (0, 0, 0, 0, 2), scope="service", key="passport"),
        window("c", "2026-03-02 08:00:00", (0, 0, 0, 0, 3)),
    )

    def votes_of(view: str, columns: str) -> list[Row]:
        return store.query(f"SELECT {columns}, votes FROM semko.{view} WHERE tenant_id = 'c'")

    for suffix in ("", "_daily"):
        assert votes_of("office_scores" + suffix, "office_id") == [{"office_id": "o", "votes": 5}]
        assert votes_of("service_scores" + suffix, "service_id") == [
            {"service_id": "passport", "votes": 2}
        ]
        assert votes_of("desk_scores" + suffix, "desk_id") == [{"desk_id": "d1", "votes": 3}]


Cells = Mapping[str, tuple[int, ...]]


def segments(store: Store, tenant: str, cells: Cells) -> dict[str, Row]:
    store.put(
        "window_metrics",
        *(
            window(tenant, "2026-03-02 08:00:00", faces, scope="segment", key=f"age={value}")
            for value, faces in cells.items()
        ),
    )
    rows = store.query(f"SELECT * FROM semko.segment_scores WHERE tenant_id = '{tenant}'")
    return {row["value"]: row for row in rows}


def test_a_small_segment_is_hidden_with_all_its_numbers(store: Store) -> None:
    cells = {
        "a": (1, 0, 0, 0, 8),
        "b": (4, 0, 0, 0, 4),
        "c": (5, 0, 0, 0, 20),
        "d": (9, 9, 9, 9, 9),
    }

    rows = segments(store, "small", cells)

    assert {value: row["suppressed"] for value, row in rows.items()} == {
        "a": 1,
        "b": 1,
        "c": 0,
        "d": 0,
    }
    kept = {"tenant_id", "office_id", "day", "dimension", "value", "suppressed", "formula_version"}
    assert {name for name, value in rows["a"].items() if value is not None} == kept
    assert (rows["c"]["votes"], rows["c"]["dimension"]) == (25, "age")
    assert rows["c"]["mean"] == 80


@pytest.mark.parametrize(
    ("cells", "hidden"),
    [
        pytest.param({"a": (1, 0, 0, 0, 19), "b": (5, 0, 0, 0, 5)}, "", id="all large"),
        pytest.param(
            {"a": (1, 0, 0, 0, 8), "b": (5, 0, 0, 0, 6), "c": (9, 0, 0, 0, 9)},
            "ab",
            id="one alone would follow from the total",
        ),
        pytest.param(
            {
                "a": (1, 0, 0, 0, 3),
                "b": (1, 0, 0, 0, 3),
                "c": (5, 0, 0, 0, 6),
                "d": (9, 0, 0, 0, 9),
            },
            "abc",
            id="two that are few together",
        ),
        pytest.param(
            {"a": (0, 0, 0, 0, 20), "b": (0, 0, 0, 0, 5), "c": (5, 0, 0, 0, 20)},
            "abc",
            id="two that are unanimous together",
        ),
        pytest.param(
            {"a": (0, 0, 0, 0, 40), "b": (5, 0, 0, 0, 6), "c": (9, 0, 0, 0, 9)},
            "ab",
            id="a large one that is unanimous",
        ),
    ],
)
def test_what_is_hidden_does_not_follow_from_what_is_shown(
    store: Store, cells: Cells, hidden: str
) -> None:
    tenant = "-".join(f"{value}{sum(faces)}" for value, faces in cells.items())

    rows = segments(store, tenant, cells)

    assert "".join(sorted(value for value, row in rows.items() if row["suppressed"])) == hidden


def test_votes_aside_are_counted_by_kind_and_local_day_without_tombstones(store: Store) -> None:
    def vote(event_id: str, kind: str, voted_at: str, **more: Any) -> Row:
        return {
            "tenant_id": "york",
            "office_id": "o",
            "desk_id": "d1",
            "interaction_key": 1,
            "event_id": event_id,
            "voted_at": voted_at,
            "kind": kind,
            "deleted": 0,
        } | more

    store.put(
        "votes",
        vote("1", "unmatched", "2026-03-03 04:59:59.999"),
        vote("2", "unmatched", "2026-03-03 05:00:00.000"),
        vote("3", "corrected", "2026-03-03 12:00:00.000"),
        vote("4", "repeat", "2026-03-03 12:00:00.000"),
        vote("5", "counted", "2026-03-03 12:00:00.000"),
        vote("6", "unmatched", "2026-03-03 12:00:00.000"),
        vote("6", "counted", "2026-03-03 12:00:00.000"),
        vote("7", "repeat", "2026-03-03 12:00:00.000"),
        vote("7", "repeat", "2026-03-03 12:00:00.000", deleted=1),
        vote("8", "test", "2026-03-03 12:00:00.000"),
    )

    rows = store.query(
        "SELECT day, unmatched, corrected, repeat, test FROM semko.votes_aside"
        " WHERE tenant_id = 'york' ORDER BY day"
    )

    assert rows == [
        {"day": "2026-03-02", "unmatched": 1, "corrected": 0, "repeat": 0, "test": 0},
        {"day": "2026-03-03", "unmatched": 1, "corrected": 1, "repeat": 1, "test": 1},
    ]
