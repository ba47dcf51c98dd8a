"""What every store must do (``streams.shell.ports.AlertStore``) for alerts to be judged.

A test class takes these over and gives the fixture ``store``, empty. Knows no implementation.
"""

from typing import Any

from models.facts import Office
from streams.shell.ports import WorkerStore
from tests.oracle import HOUR, MINUTE, Row
from tests.store_rows import OFFICE, TEN, interaction, put, rows_of

HERE = {"tenant_id": "t", "office_id": "o"}
ELSEWHERE = {"office_id": "other"}


def rated(key: int, at: int, **more: Any) -> Row:
    return interaction(key, at, **{"score": 4, "scale": 5} | more)


class AlertContract:
    def test_rated_votes_come_in_order_and_none_that_is_no_vote(self, store: WorkerStore) -> None:
        put(
            store,
            "interactions",
            rated(3, TEN + MINUTE, service_id="s3"),
            rated(2, TEN + MINUTE, score=1, scale=3),
            rated(4, TEN - 1),
            rated(5, TEN + HOUR),
            rated(6, TEN, **ELSEWHERE),
            interaction(7, TEN),
            rated(8, TEN + 2),
        )
        put(store, "interactions", rated(8, TEN + 2) | {"deleted": 1, "revision": 2})
        found = rows_of(store.rated(OFFICE, TEN, TEN + HOUR))
        told = [(row["at"], row["service_id"], row["score"], row["scale"]) for row in found]
        assert told == [(TEN + MINUTE, "s1", 1, 3), (TEN + MINUTE, "s3", 4, 5)]
        assert {row["desk_id"] for row in found} == {"d1"}
        assert len(store.rated(OFFICE, TEN)["at"]) == 3
        assert store.rated(Office("t", "none"), 0)["at"] == []

    def test_quarters_count_what_was_done_and_who_voted_at_the_counter(
        self, store: WorkerStore
    ) -> None:
        quarter = 15 * MINUTE
        put(
            store,
            "interactions",
            rated(1, TEN),
            rated(2, TEN + quarter - 1, outcome="refused"),
            rated(3, TEN + 1, channel="phone"),
            interaction(4, TEN + 2, outcome="abandoned"),
            interaction(5, TEN + 3, outcome="transferred"),
            interaction(6, TEN + quarter),
            rated(7, TEN, desk_id="d2"),
            rated(8, TEN - 1),
            rated(9, TEN, **ELSEWHERE),
            rated(10, TEN) | {"deleted": 1},
        )
        found = rows_of(store.quarters(OFFICE, TEN, TEN + 2 * quarter))
        assert [tuple(row.values()) for row in found] == [
            ("d1", TEN, 5, 2, 4, 2),
            ("d1", TEN + quarter, 1, 0, 1, 0),
            ("d2", TEN, 1, 0, 1, 1),
        ]
        assert len(store.quarters(OFFICE, TEN)["start"]) == 3
        assert store.quarters(OFFICE, TEN, TEN)["start"] == []

    def test_of_former_days_each_desk_has_its_last(self, store: WorkerStore) -> None:
        days = [("d1", 8), ("d1", 9), ("d2", 3), ("d1", 10), ("d3", 11)]
        rows = [HERE | {"desk_id": d, "day": n, "state": f"{d}/{n}"} for d, n in days]
        put(store, "desk_days", *(row | {"revision": 1} for row in rows))
        put(store, "desk_days", rows[0] | ELSEWHERE | {"revision": 1})
        put(store, "desk_days", rows[3] | {"state": "again", "revision": 2})
        assert store.last_days(OFFICE, 10) == {
            "desk_id": ["d1", "d2"],
            "state": ["d1/9", "d2/3"],
        }
        assert store.last_days(OFFICE, 11)["state"] == ["again", "d2/3"]
        assert store.last_days(OFFICE, 3)["desk_id"] == []

    def test_places_are_those_at_which_interactions_lie_or_ever_lay(
        self, store: WorkerStore
    ) -> None:
        def place(at: int, desk: str) -> tuple[int, str, str, str, dict[str, str]]:
            return at, desk, "s", "counter", {}

        moved = rated(1, TEN + HOUR + 1, former=[place(TEN + HOUR, "d7"), place(TEN, "d6")])
        put(store, "interactions", moved, rated(2, TEN + 5) | {"deleted": 1})
        put(store, "interactions", interaction(3, TEN - 1), rated(4, TEN, **ELSEWHERE))
        put(store, "interactions", rated(5, TEN + 2 * HOUR, former=[place(TEN - HOUR, "d5")]))
        found = store.places(OFFICE, TEN)
        assert list(zip(found["desk_id"], found["hour"], strict=True)) == [
            ("d1", TEN),
            ("d1", TEN + HOUR),
            ("d1", TEN + 2 * HOUR),
            ("d6", TEN),
            ("d7", TEN + HOUR),
        ]
        assert store.places(Office("t", "none"), 0)["hour"] == []

    def test_versions_are_whole_and_none_is_mixed_from_two(self, store: WorkerStore) -> None:
        def part(valid_from: int, key: str, revision: int) -> Row:
            own = {"valid_from": valid_from, "factor": "hour", "desk_id": "", "key": key}
            return HERE | own | {"value": revision / 4, "revision": revision}

        put(store, "baselines", part(5, "01", 1), part(7, "01", 1), part(7, "02", 1))
        put(store, "baselines", part(7, "02", 2), part(7, "03", 2), part(9, "04", 1))
        found = rows_of(store.baselines(OFFICE, 8))
        told = [(row["number"], row["key"], row["value"]) for row in found]
        assert told == [(7, "02", 0.5), (7, "03", 0.5), (9, "04", 0.25)]
        assert store.baselines(OFFICE, 4)["number"] == [5, 7, 7, 9]
        assert store.baselines(Office("t", "none"), 4)["number"] == []

    def test_the_first_closing_of_an_alert_counts(self, store: WorkerStore) -> None:
        def act(event: str, alert: str, action: str, at: int) -> Row:
            own = {"event_id": event, "alert_id": alert, "action": action, "acted_at": at}
            return HERE | own | {"revision": 1}

        put(store, "alert_actions", act("e1", "a", "resolve", TEN), act("e2", "a", "resolve", 9))
        put(
            store, "alert_actions", act("e3", "b", "acknowledge", 7), act("e1", "a", "resolve", TEN)
        )
        assert store.closings(OFFICE) == {"a": 9}

    def test_it_says_how_far_each_office_is_judged(self, store: WorkerStore) -> None:
        assert store.judged_since([OFFICE]) == {}
        put(store, "judged", HERE | {"since": TEN, "revision": 1})
        put(store, "judged", HERE | {"since": TEN - HOUR, "revision": 2})
        put(store, "judged", HERE | ELSEWHERE | {"since": TEN, "revision": 1})
        assert store.judged_since([OFFICE, Office("t", "none")]) == {OFFICE: TEN - HOUR}
        assert store.judged_since([]) == {}
