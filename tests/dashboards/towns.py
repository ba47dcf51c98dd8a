"""Registries and rows for screens: a town with as many desks as a test needs, written by rule."""

from datetime import UTC, datetime, timedelta

from models.registry import Registry
from tests.dashboards.store import Store

NOON = datetime(2026, 3, 2, 10, 7, tzinfo=UTC)
"""12:07 of a Monday in Sofia: the moment at which screens are looked at."""

NOON_MS = int(NOON.timestamp() * 1000)

SERVICES = ("passport", "birth", "tax", "address", "permit")

_TENANT = """
[[tenants]]
id = "{tenant}"
name = {{ bg = "Община Търговище", en = "Municipality of Targovishte" }}
[[offices]]
tenant_id = "{tenant}"
id = "centre"
name = {{ bg = "Център за обслужване на граждани", en = "Citizen service centre" }}
"""
_DESK = """
[[desks]]
tenant_id = "{tenant}"
office_id = "centre"
id = "d{number}"
name = {{ bg = "Гише {number} Гражданска регистрация", en = "Desk {number} Civil registration" }}
"""


def registry(tenant: str, desks: int) -> Registry:
    """A tenant with one office, ``centre``, and desks ``d1``, ``d2`` and so on."""
    return Registry.parse(
        _TENANT.format(tenant=tenant)
        + "".join(_DESK.format(tenant=tenant, number=number) for number in range(1, desks + 1))
    )


def fill(store: Store, tenant: str, desks: int) -> None:
    """Two hours before ``NOON``: desk ``n`` served ``2 n`` citizens (24 at most), every second of
    whom voted; the score falls from desk to desk and begins anew after five. Desk ``d4`` has no
    event at all, so that ``d2`` and ``d3`` have few votes and ``d4`` none.
    """
    rows = []
    for desk in (number for number in range(1, desks + 1) if number != 4):
        for turn in range(min(2 * desk, 24)):
            at = NOON - timedelta(hours=2) + timedelta(minutes=4 * turn, seconds=desk)
            voted = turn % 2 == 0
            rows.append(
                (
                    tenant,
                    "centre",
                    1 + turn + 100 * desk,
                    f"d{desk}",
                    SERVICES[desk % len(SERVICES)],
                    "counter",
                    "completed",
                    _text(at),
                    60 * (desk % 7),
                    5 - (desk + turn // 6) % 5 if voted else None,
                    5 if voted else None,
                    _text(at + timedelta(seconds=20)) if voted else None,
                )
            )
    store.put_interactions(rows)


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.000")
