"""What `semko compare` asks the store, itself or the process that holds it, and what it may ask.

The statistics are those of the views (``sinks/migrations/0023_comparison.sql``): nothing is
computed here.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

from commands.asking import Row, rows
from commands.setup import Setup
from models.errors import CallError, WorldError
from sinks.database import quoted

Unit = Literal["desk", "service"]

DAYS = 91
"""Days that are compared where nobody says from when."""

OF_THE_OFFICE = (
    "compared",
    "usual",
    "vote_deviation",
    "day_deviation",
    "unit_deviation",
    "funnel_deviation",
    "limit",
    "formula_version",
)
"""Columns that say the same in every row of an office."""

_OFFICES = """
SELECT tenant_id, office_id, toString(min(day)) AS first_day, toString(max(day)) AS last_day
FROM semko.office_scores_daily
WHERE votes > 0
GROUP BY tenant_id, office_id
ORDER BY tenant_id, office_id
"""
_NAMED_AT_MOST = 20


class Wanted(NamedTuple):
    """What somebody asks to be compared; empty and None: whatever there is."""

    by: Unit
    tenant: str = ""
    office: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The units of one office over whole local days, both ends included.

    ``rows`` are those of ``semko.comparison_between``, the highest score first, without what
    ``common`` (``OF_THE_OFFICE``) says once for all.
    """

    by: Unit
    tenant_id: str
    office_id: str
    since: date
    until: date
    common: Row
    rows: list[Row]

    @property
    def votes(self) -> int:
        """Counted votes of all units."""
        return sum(row["votes"] for row in self.rows)


def compared(setup: Setup, wanted: Wanted) -> Comparison:
    """The comparison of one office. Blocks.

    Raises ``CallError`` for an office that is not there or not named among several, and for days in
    the wrong order; ``WorldError`` where there is no vote to compare.
    """
    if wanted.since and wanted.until and wanted.since > wanted.until:
        raise CallError(f"--from {wanted.since} is after --to {wanted.until}")
    found = rows(setup, _OFFICES)
    if not found:
        raise WorldError(
            f"the store {setup.where} has no votes yet: fill it with `semko replay FILE` or"
            " `semko demo`"
        )
    office = _the_office(found, wanted)
    last = wanted.until or date.fromisoformat(office["last_day"])
    first = wanted.since or last - timedelta(days=DAYS - 1)
    tenant_id, office_id = office["tenant_id"], office["office_id"]
    units = rows(
        setup,
        f"SELECT * FROM semko.comparison_between(unit = '{wanted.by}',"
        f" tenant = {quoted(tenant_id)}, office = {quoted(office_id)},"
        f" from = '{first}', to = '{last}')"
        " ORDER BY score IS NULL, score DESC, unit",
    )
    if not units:
        raise WorldError(
            f"office {office_id} of {tenant_id} has no votes from {first} to {last}: its votes are"
            f" from {office['first_day']} to {office['last_day']}"
        )
    common = {name: units[0][name] for name in OF_THE_OFFICE}
    hidden = {*OF_THE_OFFICE, "tenant_id", "office_id"}
    own = [{name: value for name, value in row.items() if name not in hidden} for row in units]
    return Comparison(wanted.by, tenant_id, office_id, first, last, common, own)


def _the_office(found: list[Row], wanted: Wanted) -> Row:
    """The one office that is meant, of those that have votes."""
    fitting = [
        row
        for row in found
        if wanted.tenant in {"", row["tenant_id"]} and wanted.office in {"", row["office_id"]}
    ]
    if len(fitting) == 1:
        return fitting[0]
    asked = " ".join(
        f"{name} {value}"
        for name, value in (("--tenant", wanted.tenant), ("--office", wanted.office))
        if value
    )
    named = [f"--tenant {row['tenant_id']} --office {row['office_id']}" for row in fitting or found]
    more = f" and {len(named) - _NAMED_AT_MOST} more" if len(named) > _NAMED_AT_MOST else ""
    listed = ", ".join(named[:_NAMED_AT_MOST]) + more
    if fitting:
        raise CallError(f"one office is compared at a time, and several have votes: {listed}")
    raise CallError(f"{asked}: no such office has votes. There are {listed}")
