"""Numbers for words: offices, scopes with their keys, segments, terminals, reasons.

Memory holds the numbers; rows on their way to the store get the words back. A desk, service,
channel or segment is numbered together with its office, so that the number alone says which
windows an interaction counts in.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.columns import Coded
from models.facts import Office
from models.identity import desk_vote_key

SCOPES = ("office", "desk", "service", "channel", "segment")
OFFICE, DESK, SERVICE, CHANNEL, SEGMENT = range(5)
OUTCOMES = ("completed", "refused", "abandoned", "transferred")
ABANDONED = OUTCOMES.index("abandoned")

PlaceCodes = tuple[int, int, int, int]
PlaceWords = tuple[str, str, str, str, str]
K = TypeVar("K", bound=Hashable)


class Learned(dict[K, int]):
    """Numbers of words; what is not known yet is given one when it is asked for."""

    def __init__(self, learn: Callable[[K], int]) -> None:
        super().__init__()
        self._learn = learn

    def __missing__(self, word: K) -> int:
        number = self[word] = self._learn(word)
        return number

    def column(self, words: Iterable[K]) -> NDArray[np.int32]:
        """The numbers of ``words``."""
        return np.array(list(map(self.__getitem__, words)), np.int32)


class Vocabulary:
    """Every word that memory has met, by number and back."""

    def __init__(self) -> None:
        self.offices: list[Office] = []
        self.scope_keys: list[str] = []
        self.segment_sets: list[dict[str, str]] = []
        self.terminals: list[str] = []
        self.reasons: list[list[str]] = []
        self._offices: dict[tuple[str, str], int] = {}
        self._scopes: dict[tuple[int, int, str], int] = {}
        self._scope_kinds: list[int] = []
        self._scope_offices: list[int] = []
        self._office_scopes: list[int] = []
        self._segments: dict[tuple[int, tuple[tuple[str, str], ...]], int] = {}
        self._segment_scopes: list[list[int]] = []
        self._terminals = Learned(self._new_terminal)
        self._reasons: dict[tuple[str, ...], int] = {}
        self._place_codes: list[PlaceCodes] = []
        self._places = Learned(self._new_place)
        self._desks = Learned(self._new_desk)
        self._arrays: dict[str, tuple[int, NDArray[np.int64]]] = {}

    def office(self, tenant_id: str, office_id: str) -> int:
        """The number of an office."""
        code = self._offices.get((tenant_id, office_id))
        if code is None:
            code = self._offices[tenant_id, office_id] = len(self.offices)
            self.offices.append(Office(tenant_id, office_id))
            self._office_scopes.append(self.scope(code, OFFICE, ""))
        return code

    def scope(self, office: int, kind: int, key: str) -> int:
        """The number of what a metric is about: one desk, service, channel, segment or office."""
        code = self._scopes.get((office, kind, key))
        if code is None:
            code = self._scopes[office, kind, key] = len(self.scope_keys)
            self.scope_keys.append(key)
            self._scope_kinds.append(kind)
            self._scope_offices.append(office)
        return code

    def desk(self, tenant_id: str, office_id: str, desk_id: str) -> tuple[int, int]:
        """The numbers of an office and of one of its desks."""
        desk = self._desks[tenant_id, office_id, desk_id]
        return self._scope_offices[desk], desk

    def desks(
        self, words: Iterable[tuple[str, str, str]]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """``desk`` of many (tenant_id, office_id, desk_id): offices and desks."""
        desks = self._desks.column(words)
        return self.offices_of(desks).astype(np.int32), desks

    def place(
        self, tenant_id: str, office_id: str, desk_id: str, service_id: str, channel: str
    ) -> PlaceCodes:
        """The numbers of an office and of a desk, service and channel in it."""
        return self._place_codes[self._places[tenant_id, office_id, desk_id, service_id, channel]]

    def places(self, words: Iterable[PlaceWords]) -> NDArray[np.int32]:
        """``place`` of many, as four rows: offices, desks, services, channels."""
        numbers = self._places.column(words)
        return self._array("_place_codes")[numbers].astype(np.int32).reshape(-1, 4).T

    def segments(self, office: int, segments: Mapping[str, str] | None) -> int:
        """The number of a set of segments in an office."""
        said = tuple(segments.items()) if segments else ()
        code = self._segments.get((office, said))
        if code is None:  # also where the same pairs come in another order
            code = self._segments[office, said] = self._sorted_segments(office, sorted(said))
        return code

    def segment_column(
        self,
        offices: NDArray[np.int32],
        names: Iterable[Hashable],
        sets: Mapping[Any, Mapping[str, str] | None],
    ) -> NDArray[np.int32]:
        """``segments`` of many: of row i, in ``offices[i]``, they are ``sets[names[i]]``."""
        numbers = Learned[tuple[int, Hashable]](lambda one: self.segments(one[0], sets[one[1]]))
        return numbers.column(zip(offices.tolist(), names, strict=True))

    def _sorted_segments(self, office: int, pairs: list[tuple[str, str]]) -> int:
        code = self._segments.setdefault((office, tuple(pairs)), len(self.segment_sets))
        if code == len(self.segment_sets):
            self.segment_sets.append(dict(pairs))
            self._segment_scopes.append(
                [self.scope(office, SEGMENT, f"{name}={value}") for name, value in pairs]
            )
        return code

    def terminal_column(self, terminal_ids: Iterable[str]) -> NDArray[np.int32]:
        """The numbers of terminals' ids."""
        return self._terminals.column(terminal_ids)

    def reason_list(self, reasons: Sequence[str] | None) -> int:
        """The number of a list of reasons."""
        words = tuple(reasons or ())
        code = self._reasons.get(words)
        if code is None:
            code = self._reasons[words] = len(self.reasons)
            self.reasons.append(list(words))
        return code

    def reason_column(
        self, names: Iterable[Hashable], lists: Mapping[Any, Sequence[str] | None]
    ) -> NDArray[np.int32]:
        """``reason_list`` of many: those of row i are ``lists[names[i]]``."""
        return Learned[Hashable](lambda name: self.reason_list(lists[name])).column(names)

    def office_scopes(self, offices: NDArray[Any]) -> NDArray[np.int64]:
        """The scopes ``office`` of offices."""
        scopes: NDArray[np.int64] = self._array("_office_scopes")[offices]
        return scopes

    def offices_of(self, scopes: NDArray[Any]) -> NDArray[np.int64]:
        """The offices that scopes lie in."""
        offices: NDArray[np.int64] = self._array("_scope_offices")[scopes]
        return offices

    def segment_scopes(self, sets: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The scopes of sets of segments, flat, and for each the index of its set in ``sets``."""
        if not any(self._segment_scopes):
            empty = np.empty(0, np.int64)
            return empty, empty
        width = self._array("_segment_widths")[sets]
        owner = np.repeat(np.arange(len(sets)), width)
        ends = np.cumsum(width)
        within = np.arange(len(owner)) - np.repeat(ends - width, width)
        first = self._array("_segment_firsts")[sets]
        return self._array("_segment_flat")[first[owner] + within], owner

    def desk_vote_key(self, desk: int, event_id: str) -> int:
        """What stands in the filter for a vote without interaction."""
        tenant_id, office_id = self.offices[self._scope_offices[desk]]
        return desk_vote_key(tenant_id, office_id, self.scope_keys[desk], event_id)

    def office_of(self, scope: int) -> Office:
        """The office that a scope lies in."""
        return self.offices[self._scope_offices[scope]]

    def tenant_column(self, offices: NDArray[Any]) -> Coded:
        """``tenant_id`` of offices."""
        return Coded(offices.astype(np.int32), [office.tenant_id for office in self.offices])

    def office_column(self, offices: NDArray[Any]) -> Coded:
        """``office_id`` of offices."""
        return Coded(offices.astype(np.int32), [office.office_id for office in self.offices])

    def key_column(self, scopes: NDArray[Any]) -> Coded:
        """Ids of desks, services, channels, or keys of any scopes."""
        return Coded(scopes.astype(np.int32), self.scope_keys)

    def scope_column(self, scopes: NDArray[Any]) -> Coded:
        """Names of scopes."""
        return Coded(self._array("_scope_kinds")[scopes].astype(np.int32), SCOPES)

    def _array(self, name: str) -> NDArray[np.int64]:
        """A list as an array, made anew when words have come."""
        size = len(self._grows_with(name))
        held = self._arrays.get(name)
        if held is None or held[0] != size:
            held = self._arrays[name] = size, self._listed(name)
        return held[1]

    def _grows_with(self, name: str) -> list[Any]:
        if name == "_place_codes":
            return self._place_codes
        return self._segment_scopes if name.startswith("_segment") else self.scope_keys

    def _listed(self, name: str) -> NDArray[np.int64]:
        if name == "_segment_flat":
            return np.array([code for codes in self._segment_scopes for code in codes], np.int64)
        if name in {"_segment_widths", "_segment_firsts"}:
            widths = np.array([len(codes) for codes in self._segment_scopes], np.int64)
            return widths if name == "_segment_widths" else np.cumsum(widths) - widths
        return np.array(getattr(self, name), np.int64)

    def _new_terminal(self, terminal_id: str) -> int:
        self.terminals.append(terminal_id)
        return len(self.terminals) - 1

    def _new_desk(self, words: tuple[str, str, str]) -> int:
        tenant_id, office_id, desk_id = words
        return self.scope(self.office(tenant_id, office_id), DESK, desk_id)

    def _new_place(self, words: PlaceWords) -> int:
        tenant_id, office_id, desk_id, service_id, channel = words
        office, desk = self.desk(tenant_id, office_id, desk_id)
        service = self.scope(office, SERVICE, service_id)
        self._place_codes.append((office, desk, service, self.scope(office, CHANNEL, channel)))
        return len(self._place_codes) - 1
