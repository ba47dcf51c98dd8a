"""The charts of a report as SVG with classes, for the page's own style: no script, no inline style.

Each is drawn twice, for wide and for narrow screens, and the style shows one. Texts come escaped.
Pure text out of numbers.
"""

from collections.abc import Callable, Sequence
from math import ceil, floor
from typing import NamedTuple

from dashboards.report.counts import Estimate

_WIDE, _NARROW = 760, 350
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 12, 12, 30


class Place(NamedTuple):
    """One place of a chart: its label, its number or None, and what a pointer over it is told."""

    label: str
    found: Estimate | None
    told: str


class Frame(NamedTuple):
    """Size and span of values of a chart."""

    width: float
    height: float
    low: float
    high: float
    places: int

    def x(self, place: float) -> float:
        """The middle of a place."""
        return _LEFT + (place + 0.5) / self.places * (self.width - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """The height of a value."""
        part = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.height - _BOTTOM - part * (self.height - _BOTTOM - _TOP)


def history(
    places: Sequence[Place], label: str, unit: Callable[[float], str], usual: float | None = None
) -> str:
    """A line through places with the band of their intervals, gaps where there is no number."""
    return _twice(lambda width: _history(places, label, unit, usual, width))


def whiskers(places: Sequence[Place], label: str, unit: Callable[[float], str]) -> str:
    """Dots with their intervals, one a place."""
    return _twice(lambda width: _whiskers(places, label, unit, width))


def reach(found: Estimate, kind: str = "") -> str:
    """A small bar from 0 to 100 with an interval and its middle, for a row of a table."""
    low, high, value = (2 + 1.56 * each for each in (found.low, found.high, found.value))
    return (
        f'<svg class="reach {kind}" viewBox="0 0 160 16" aria-hidden="true">'
        '<line class="grid" x1="2" y1="8" x2="158" y2="8"/>'
        '<line class="grid" x1="80" y1="4" x2="80" y2="12"/>'
        f'<line class="span" x1="{low:.1f}" y1="8" x2="{max(high, low + 0.5):.1f}" y2="8"/>'
        f'<circle class="dot" cx="{value:.1f}" cy="8" r="4.5"/></svg>'
    )


def stacked(shares: Sequence[tuple[float, str]], label: str) -> str:
    """One bar of the five faces' shares (0–1), worst first."""
    parts, left = [], 0.0
    for face, (share, told) in enumerate(shares, 1):
        parts.append(
            f'<rect class="face{face}" x="{left:.1f}" y="0" width="{600 * share:.1f}" height="26">'
            f"<title>{told}</title></rect>"
        )
        left += 600 * share
    return (
        f'<svg class="stacked" viewBox="0 0 600 26" preserveAspectRatio="none" role="img"'
        f' aria-label="{label}">{"".join(parts)}</svg>'
    )


def _twice(draw: Callable[[int], str]) -> str:
    return f'<div class="wide">{draw(_WIDE)}</div><div class="narrow">{draw(_NARROW)}</div>'


def _frame(places: Sequence[Place], usual: float | None, width: int) -> Frame:
    known = [place.found for place in places if place.found]
    lows = [each.low for each in known] + ([usual] if usual is not None else [])
    highs = [each.high for each in known] + ([usual] if usual is not None else [])
    low = max(0.0, 10 * floor(min(lows, default=0) / 10))
    high = min(100.0, 10 * ceil(max(highs, default=100) / 10))
    if high - low < 20:
        low, high = max(0.0, high - 20), min(100.0, max(0.0, high - 20) + 20)
    return Frame(width, 250 if width > _NARROW else 210, low, high, max(1, len(places)))


def _axes(frame: Frame, places: Sequence[Place], unit: Callable[[float], str], room: int) -> str:
    step = 10 if frame.high - frame.low <= 50 else 20
    parts = []
    value = step * ceil(frame.low / step)
    while value <= frame.high:
        y = frame.y(value)
        parts.append(_line("grid", _LEFT, y, frame.width - _RIGHT, y))
        parts.append(_text(_LEFT - 7, y + 4, unit(value), "end"))
        value += step
    every = ceil(len(places) * room / (frame.width - _LEFT - _RIGHT)) or 1
    for at in range(0, len(places), every):
        x = min(frame.x(at), frame.width - room / 2)
        parts.append(_text(x, frame.height - 8, places[at].label, "middle"))
    return "".join(parts)


def _history(
    places: Sequence[Place],
    label: str,
    unit: Callable[[float], str],
    usual: float | None,
    width: int,
) -> str:
    frame = _frame(places, usual, width)
    parts = [_axes(frame, places, unit, 64)]
    for run in _runs(places):
        points = [(frame.x(at), found) for at, found in run]
        upper = [f"{x:.1f} {frame.y(found.high):.1f}" for x, found in points]
        lower = [f"{x:.1f} {frame.y(found.low):.1f}" for x, found in reversed(points)]
        line = "L".join(f"{x:.1f} {frame.y(found.value):.1f}" for x, found in points)
        if len(run) > 1:
            parts.append(f'<path class="band" d="M{"L".join([*upper, *lower])}Z"/>')
            parts.append(f'<path class="line" d="M{line}"/>')
    if usual is not None:
        parts.append(_line("usual", _LEFT, frame.y(usual), width - _RIGHT, frame.y(usual)))
    radius = 3.4 if len(places) <= width / 12 else 2
    for at, place in enumerate(places):
        x = frame.x(at)
        if place.found is None:
            foot = frame.height - _BOTTOM
            parts.append(f'<g class="few">{_line("tick", x, foot - 6, x, foot)}')
        else:
            parts.append("<g>")
            if len(places) <= width / 12:
                span = frame.y(place.found.low), frame.y(place.found.high)
                parts.append(_line("whisker", x, span[0], x, span[1]))
            y = frame.y(place.found.value)
            parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>')
        parts.append(f"<title>{place.told}</title></g>")
    return _svg(frame, label, parts)


def _runs(places: Sequence[Place]) -> list[list[tuple[int, Estimate]]]:
    runs: list[list[tuple[int, Estimate]]] = [[]]
    for at, place in enumerate(places):
        if place.found is None:
            runs.append([])
        else:
            runs[-1].append((at, place.found))
    return [run for run in runs if run]


def _whiskers(places: Sequence[Place], label: str, unit: Callable[[float], str], width: int) -> str:
    frame = _frame(places, None, width)
    parts = [_axes(frame, places, unit, 40)]
    for at, place in enumerate(places):
        x, foot = frame.x(at), frame.height - _BOTTOM
        if place.found is None:
            parts.append(f'<g class="few">{_line("tick", x, foot - 6, x, foot)}')
        else:
            y = frame.y(place.found.value)
            parts.append("<g>")
            parts.append(_line("span", x, frame.y(place.found.low), x, frame.y(place.found.high)))
            parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="6"/>')
        parts.append(f"<title>{place.told}</title></g>")
    return _svg(frame, label, parts)


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _svg(frame: Frame, label: str, parts: Sequence[str]) -> str:
    size, inside = f"0 0 {frame.width} {frame.height}", "".join(parts)
    return f'<svg class="chart" viewBox="{size}" role="img" aria-label="{label}">{inside}</svg>'
