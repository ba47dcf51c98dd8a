"""The alert book of a run: easily raised alarms, and what they must come to in the end.

Knows the tables and the pure core, and judges the final facts in one go: whatever happened on the
way, the same must be stored.
"""

from collections.abc import Iterator

import msgspec
import numpy as np

from models.alert_kinds import RESPONSE, UNFINISHED
from models.facts import Office
from streams.core.alarm_thresholds import ThresholdTable
from streams.core.baseline import HOURS, WEEKDAYS, Baseline
from streams.core.desk_watch import DeskState
from streams.core.judging import Case, DeskDay, judge
from streams.core.share_watch import Share
from streams.core.standards import SCALES, Standard, parts_of
from streams.shell.judge import Judge, Rules
from tests.lives import MONTHS_MS
from tests.memory_store import MemoryStore
from tests.oracle import Row
from tests.town import DAY, OFFICES

ZONE = "Europe/Sofia"
_axes = (np.array([1.0, 1000.0]), np.array([0.0, 9.0]), np.array([10.0, 40.0]))
TABLE = ThresholdTable(_axes, np.log(np.full((2, 2, 2, 2), 1.0) * [[[[1.2]]], [[[2.5]]]]))
"""A few bad votes are enough."""
COMPARED = (
    "kind",
    "level",
    "opened_at",
    "begun_at",
    "alarms",
    "resolved_at",
    "expected",
    "observed",
)
RULES = Rules(TABLE, lambda _: ZONE)


def _standard(valid_from: int, mean: float) -> Standard:
    base = Baseline(
        mean,
        np.zeros(HOURS),
        np.zeros(WEEKDAYS),
        np.zeros(1),
        np.array([3.0, 0.0]),
        np.zeros((2, WEEKDAYS)),
        np.zeros((2, HOURS)),
        np.ones(2),
        np.full(2, 20.0),
        0.0,
    )
    shapes = {scale: np.full(scale, 1 / scale) for scale in SCALES}
    # A quarter or two with something amiss are enough.
    expected = {RESPONSE: [0.95, 0.9], UNFINISHED: [0.6, 0.5]}
    shares = {kind: Share(np.array(some), np.full(2, 0.02), 1.0) for kind, some in expected.items()}
    return Standard(valid_from, {"d1": 0}, {}, base, shapes, shares)


STANDARDS = [_standard(10_000, 60.0), _standard(MONTHS_MS[1] // DAY + 1, 75.0)]


def baseline_rows() -> list[Row]:
    """Both versions, for every office."""
    return [
        {
            "tenant_id": tenant,
            "office_id": office,
            "valid_from": standard.valid_from,
            "factor": part.factor,
            "desk_id": part.desk,
            "key": part.key,
            "value": part.value,
            "revision": 1,
        }
        for tenant, office in OFFICES
        for standard in STANDARDS
        for part in parts_of(standard)
    ]


def wrong_alerts(store: MemoryStore) -> list[str]:
    """What the book of each office has other than it should have, one line each."""
    return [line for tenant, office in OFFICES for line in _wrong(store, Office(tenant, office))]


def _wrong(store: MemoryStore, office: Office) -> Iterator[str]:
    days = {
        DeskDay(row["desk_id"], row["day"]): row
        for row in store.rows_newest("desk_days")
        if (row["tenant_id"], row["office_id"]) == office
    }
    judged = judge(_case(store, office), TABLE)
    stored = {
        row["alert_id"]: row
        for row in store.rows_newest("alerts")
        if (row["tenant_id"], row["office_id"]) == office
        and row["revision"] >= days.get(DeskDay(row["desk_id"], row["day"]), row)["revision"]
    }
    for name in sorted(stored.keys() ^ judged.alerts.keys()):
        yield f"alert {name} of {office}: {'too many' if name in stored else 'missing'}"
    for name in sorted(stored.keys() & judged.alerts.keys()):
        alert, row = judged.alerts[name], stored[name]
        for column in COMPARED:
            if getattr(alert, column) != row[column]:
                yield f"alert {name} of {office}: {column} {row[column]}, not {alert}"
    for day, state in judged.states.items():
        stored_state = days[day]["state"] if day in days else "{}"
        found = msgspec.json.decode(stored_state, type=dict[str, DeskState])
        if day not in days or found != state:
            yield f"{day} of {office}: {found}, not {state}"


def _case(store: MemoryStore, office: Office) -> Case:
    # The worker's own way from rows to votes, which says nothing of when and what is judged.
    judge_of_all = Judge(store, RULES)
    return judge_of_all.case(office, 0, ZONE, STANDARDS)
