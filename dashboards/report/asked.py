"""What the address of a report asks for, checked; and addresses that ask for it again.

Pure: knows no store and no page. Days are local days of the tenant, both ends included.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal
from urllib.parse import urlencode

from models.errors import CallError
from models.registry import Language

Scope = Literal["office", "desk", "service"]
DAYS_AT_MOST = 1_100
"""Three years and a bit: more would take a store long for a page that nobody reads."""


class Wrong(CallError):
    """A field of the address is amiss: ``key`` names the text that says so, ``field`` the field."""

    def __init__(self, key: str, field: str, value: str = "") -> None:
        self.key, self.field, self.value = key, field, value
        super().__init__(f"{field}: {key} {value!r}")


class Unknown(CallError):
    """There is no such office, desk or service."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A report as it was asked for; empty ids and None where the address does not say."""

    scope: Scope | None
    """None: the list of offices."""
    tenant: str = ""
    office: str = ""
    key: str = ""
    since: date | None = None
    until: date | None = None
    lang: Language = "bg"
    theme: str = ""
    signed_in: bool = False
    """Whether somebody is, who may want to leave."""
    today: date | None = None
    """By the tenant's time, known as soon as both days are; of later days there is no report."""

    def url(self, kind: str = "", **other: object) -> str:
        """The address of this report, with ``other`` fields; ``kind``: of ``.csv`` and so on."""
        one = replace(self, **other)  # type: ignore[arg-type]  # fields by name
        fields = {"tenant": one.tenant, "office": one.office}
        if one.scope in {"desk", "service"}:
            fields[str(one.scope)] = one.key
        if one.since:
            fields["from"] = one.since.isoformat()
        if one.until:
            fields["to"] = one.until.isoformat()
        fields |= {"lang": one.lang, "theme": one.theme}
        path = f"/report/{one.scope}" if one.scope else "/report"
        return f"{path}{kind}?{urlencode({name: value for name, value in fields.items() if value})}"

    def of(self, scope: Scope | None, key: str = "") -> "Asked":
        """The same days of another desk, service or the whole office."""
        return replace(self, scope=scope, key=key)

    def last(self, days: int) -> "Asked":
        """The ``days`` up to today, which must be known."""
        assert self.today is not None
        return replace(self, since=self.today - timedelta(days=days - 1), until=self.today)

    def moved(self, periods: int) -> "Asked":
        """As many days, so many periods later. Both days must be known."""
        assert self.since is not None
        assert self.until is not None
        days = ((self.until - self.since).days + 1) * periods
        shift = timedelta(days=days)
        try:
            return replace(self, since=self.since + shift, until=self.until + shift)
        except OverflowError:
            return self


def asked(scope: Scope | None, query: Mapping[str, str], accepted: str = "") -> Asked:
    """What the fields of an address ask; ``accepted`` is the browser's ``Accept-Language``.

    Raises ``Wrong``.
    """
    lang = query.get("lang") or ("en" if accepted.lower().startswith("en") else "bg")
    if lang not in {"bg", "en"}:
        raise Wrong("wrongLang", "lang", lang)
    theme = query.get("theme", "")
    if theme not in {"", "light", "dark"}:
        raise Wrong("wrongTheme", "theme", theme)
    since, until = _day(query, "from"), _day(query, "to")
    if since and until and since > until:
        raise Wrong("wrongOrder", "from", since.isoformat())
    if since and until and (until - since).days >= DAYS_AT_MOST:
        raise Wrong("tooLong", "from", since.isoformat())
    for field in ("tenant", "office", scope) if scope else ():
        if not query.get(field):
            raise Wrong("missing", field)
    return Asked(
        scope,
        query.get("tenant", "") if scope else "",
        query.get("office", "") if scope else "",
        query.get(scope, "") if scope in {"desk", "service"} else "",
        since,
        until,
        "en" if lang == "en" else "bg",
        theme,
    )


def _day(query: Mapping[str, str], field: str) -> date | None:
    text = query.get(field, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Wrong("wrongDate", field, text) from None
    if not 2000 <= day.year <= 2100:
        raise Wrong("wrongDate", field, text)
    return day
