"""The registry of tenants, offices, desks and services: what their ids mean and which rules hold.

Pure look-ups over a checked `semko.toml`; an empty registry answers with the defaults, so nothing
depends on there being one. It reads no file itself: ``Registry.load`` asks the path for its text.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, Protocol, TypeVar
from zoneinfo import ZoneInfo

from models.registry_checks import checked
from models.registry_file import Name, RegistryFile
from models.toml_checks import Readable, parsed, text_of

DEFAULT_JOIN_WINDOW_MS = 2 * 60 * 60 * 1000

Language = Literal["bg", "en"]
Kind = Literal["tenant", "office", "service", "desk", "segment", "segment_value"]

_UNREGISTERED: tuple[Sequence[int], Sequence[int]] = (), (DEFAULT_JOIN_WINDOW_MS,)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Versioned(Protocol):
    @property
    def valid_from(self) -> date: ...


_V = TypeVar("_V", bound=_Versioned)


class Registry:
    """Checked entries with fast look-ups. ``entries`` is the whole file."""

    def __init__(self, entries: RegistryFile) -> None:
        self.entries = entries
        tenants = _oldest_first(entries.tenants)
        self._zones = {each.id: each.time_zone or entries.default_time_zone for each in tenants}
        self._names = dict(_names(entries))
        windows: dict[tuple[str, str], dict[date, int]] = {}
        for tenant in tenants:
            for channel, versions in tenant.join_windows.items():
                since = {each.since: each.window for each in versions}
                windows.setdefault((tenant.id, channel), {}).update(since)
        self._windows = {
            key: _versions(since, ZoneInfo(self._zones[key[0]])) for key, since in windows.items()
        }

    @classmethod
    def load(cls, path: Readable) -> "Registry":
        """The registry in the file at ``path``. Raises ``CallError`` that says what to mend."""
        return cls.parse(text_of(path), str(path))

    @classmethod
    def parse(cls, text: str, source: str = "semko.toml") -> "Registry":
        """The registry in ``text``; ``source`` names it in messages."""
        return cls(checked(parsed(text, source), source))

    @classmethod
    def empty(cls) -> "Registry":
        """A registry without entries: everything has its default."""
        return cls(RegistryFile())

    def join_window_ms(self, tenant_id: str, channel: str, completed_at_ms: int) -> int:
        """How many milliseconds after its completion a vote may come: 2 h unless registered."""
        starts, windows = self.join_window_versions(tenant_id, channel)
        return windows[bisect_right(starts, completed_at_ms)]

    def join_window_versions(
        self, tenant_id: str, channel: str
    ) -> tuple[Sequence[int], Sequence[int]]:
        """When windows begin to hold, in ms since 1970, ascending, and the windows in ms: one more
        than there are starts, the first of them for what was completed before the first start."""
        return self._windows.get((tenant_id, channel), _UNREGISTERED)

    def time_zone(self, tenant_id: str) -> str:
        """The IANA name of the tenant's time zone, or the default of the file."""
        return self._zones.get(tenant_id, self.entries.default_time_zone)

    def name(self, kind: Kind, ids: tuple[str, ...], language: Language) -> str:
        """What people read for ``ids``: the newest registered name, or else the last id itself.

        ``ids`` are those of the contract from the outside in: ``("demo", "centre", "d1")`` for a
        desk, ``("demo", "passport")`` for a service, ``("demo", "age_band", "under-30")`` for the
        value of a segment.
        """
        found = self._names.get((kind, *ids))
        return getattr(found, language) if found is not None else ids[-1]


def _versions(windows: dict[date, int], zone: ZoneInfo) -> tuple[list[int], list[int]]:
    """Beginnings in ms since 1970, and the window before the first of them and from each on."""
    days = sorted(windows)
    starts = [_local_midnight_ms(day, zone) for day in days]
    return starts, [DEFAULT_JOIN_WINDOW_MS, *(windows[day] * 1000 for day in days)]


def _local_midnight_ms(day: date, zone: ZoneInfo) -> int:
    return (datetime.combine(day, time(), zone) - _EPOCH) // timedelta(milliseconds=1)


def _names(entries: RegistryFile) -> Iterator[tuple[tuple[str, ...], Name]]:
    """Oldest first, so that the newest stays in a mapping."""
    for tenant in _oldest_first(entries.tenants):
        yield ("tenant", tenant.id), tenant.name
    for office in _oldest_first(entries.offices):
        yield ("office", office.tenant_id, office.id), office.name
    for service in _oldest_first(entries.services):
        yield ("service", service.tenant_id, service.id), service.name
    for desk in _oldest_first(entries.desks):
        yield ("desk", desk.tenant_id, desk.office_id, desk.id), desk.name
    for segment in _oldest_first(entries.segments):
        own = segment.tenant_id, segment.dimension
        yield ("segment", *own), segment.name
        for value in segment.values:
            yield ("segment_value", *own, value.value), value.name


def _oldest_first(entries: Sequence[_V]) -> list[_V]:
    return sorted(entries, key=lambda each: each.valid_from)
