"""The two plots of the page as SVG: traces through time, and skills with their intervals.

Texts come escaped and in their language; colours and sizes of letters are those of ``page.css``.
"""

from collections.abc import Sequence
from math import ceil, floor
from typing import NamedTuple

from dashboards.indicator.answers import Traces
from models.periods import Cadence, Period

WIDTH = 760
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 12, 30, 26
_TRACES_HEIGHT = 236
_ROW, _NAMES, _NUMBERS = 30, 250, 150
_LABELS_AT_MOST, _LABEL = 8, 66


class Mark(NamedTuple):
    """One skill: its name, the point reached, the interval and whether it is proved."""

    name: str
    skill: float
    low: float
    high: float
    proved: bool
    said: str


def traces_plot(traces: Traces, cadence: Cadence, names: tuple[str, str], label: str) -> str:
    """What was not foreseen and what the score foretold of it, by period."""
    reach = max(1.0, float(abs(traces.surprise).max()), float(abs(traces.foresight).max()))
    reach = ceil(reach)
    first, last = int(traces.numbers[0]), int(traces.numbers[-1])
    span = max(1, last - first)
    bottom = _TRACES_HEIGHT - _BOTTOM

    def x(number: float) -> float:
        return _LEFT + (number - first) / span * (WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _TOP + (reach - value) / (2 * reach) * (bottom - _TOP)

    parts = []
    for value in _steps(reach):
        kind = "grid" if value else "zero"
        parts.append(_line(kind, _LEFT, y(value), WIDTH - _RIGHT, y(value)))
        parts.append(_text(_LEFT - 7, y(value) + 4, f"{value:g}".replace("-", "−"), "end", "tick"))
    every = ceil((span + 1) / _LABELS_AT_MOST)
    for number in range(first, last + 1, every):
        middle = min(max(x(number), _LABEL / 2), WIDTH - _LABEL / 2)
        said = str(Period(cadence, number))
        parts.append(_text(middle, _TRACES_HEIGHT - 6, said, "middle", "tick"))
    for kind, values in (("surprise", traces.surprise), ("foresight", traces.foresight)):
        places = zip(traces.numbers.tolist(), values.tolist(), strict=True)
        parts.append(_path(kind, [(x(number), y(value)) for number, value in places]))
    parts += _legend(names)
    return _svg(_TRACES_HEIGHT, label, parts)


def skill_plot(marks: Sequence[Mark], label: str, comma: bool) -> str:
    """Skills below each other, right of 0 where forecasts get better."""
    low = min(-0.1, *(min(mark.low, mark.skill) for mark in marks))
    high = max(0.1, *(max(mark.high, mark.skill) for mark in marks))
    step = next(step for step in (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0) if (high - low) / step <= 8)
    low, high = floor(low / step) * step, ceil(high / step) * step
    right = WIDTH - _NUMBERS
    height = 14 + _ROW * len(marks) + _BOTTOM

    def x(value: float) -> float:
        return _NAMES + (value - low) / (high - low) * (right - _NAMES)

    parts = []
    for count in range(round((high - low) / step) + 1):
        value = round(low + count * step, 6)
        kind = "grid" if value else "zero"
        parts.append(_line(kind, x(value), 8, x(value), height - _BOTTOM))
        said = f"{value:g}".replace("-", "−")
        said = said.replace(".", ",") if comma else said
        parts.append(_text(x(value), height - 8, said, "middle", "tick"))
    for row, mark in enumerate(marks):
        middle = 14 + _ROW * (row + 0.5)
        parts.append(f'<g class="{"proved" if mark.proved else "open"}">')
        parts.append(_text(0, middle + 4, mark.name, "start", "name"))
        parts.append(_line("reach", x(mark.low), middle, x(mark.high), middle))
        parts.append(f'<circle class="dot" cx="{x(mark.skill):.1f}" cy="{middle:.1f}" r="5.5"/>')
        parts.append(_text(WIDTH, middle + 4, mark.said, "end", "numbers"))
        parts.append("</g>")
    return _svg(height, label, parts)


def _legend(names: tuple[str, str]) -> list[str]:
    parts, left = [], float(_LEFT)
    for kind, name in zip(("surprise", "foresight"), names, strict=True):
        parts.append(_path(kind, [(left, 12), (left + 26, 12)]))
        parts.append(_text(left + 32, 16, name, "start", "name"))
        left += 60 + 7.2 * len(name)
    return parts


def _steps(reach: int) -> list[int]:
    every = ceil(reach / 3)
    most = reach // every * every
    return list(range(-most, most + 1, every))


def _path(kind: str, places: Sequence[tuple[float, float]]) -> str:
    moves = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    return f'<path class="{kind}" d="M{moves}"/>'


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _svg(height: float, label: str, parts: Sequence[str]) -> str:
    inside = "\n".join(parts)
    size = f"0 0 {WIDTH} {height:.0f}"
    return f'<svg viewBox="{size}" role="img" aria-label="{label}">\n{inside}\n</svg>'
