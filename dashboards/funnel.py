"""The funnel plot of a comparison as SVG: adjusted scores by votes, with the limits of chance.

Around the usual score, limits at ``z·√(σ²/n + τ²)`` for n comparable votes: σ is the deviation of
votes, τ that by which most units differ anyway (D. J. Spiegelhalter, Statistics in Medicine 24
(2005) 1185–1202, additive overdispersion). Pure text out of numbers: knows no store.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, log, sqrt
from typing import NamedTuple
from xml.sax.saxutils import escape

from dashboards.funnel_texts import TEXTS, Texts, number
from models.registry import Language
from models.scores import Z_95

Z_998 = 3.090232306167813
"""Standard normal quantile of a two-sided 99.8 % interval."""

WIDTH, HEIGHT = 1120, 700
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 1010, 118, 560
_TICKS = tuple(digit * 10**power for power in range(7) for digit in (1, 2, 5))
_LABELS_AT_MOST = 40
_LETTER, _LINE = 8.3, 16.0
_COLOURS = {"usual": "#3f6d8e", "lower": "#b3261e", "higher": "#1b7f4b"}
_STYLE = """\
text { font: 14px system-ui, "Noto Sans", "DejaVu Sans", sans-serif; fill: #1f2a33; }
.title { font-size: 24px; font-weight: 650; } .quiet { fill: #5a6872; } .end { text-anchor: end; }
.middle { text-anchor: middle; }
.grid { stroke: #e3e8ec; } .usual { stroke: #5a6872; stroke-dasharray: 2 4; }
.wide { fill: #eef3f6; } .narrow { fill: #dde8ee; }
.limit { fill: none; stroke: #1f2a33; stroke-width: 1.6; }
.label { paint-order: stroke; stroke: #fff; stroke-width: 4px; stroke-linejoin: round; }
.flagged { font-weight: 650; }
"""


class Point(NamedTuple):
    """A unit: its name, comparable votes, adjusted score 0–100, votes in all, and
    ``usual``, ``lower`` or ``higher``."""

    name: str
    comparable_votes: float
    adjusted: float
    votes: int
    flag: str


@dataclass(frozen=True, slots=True)
class Funnel:
    """A comparison to be drawn. Scores 0–100, deviations in points; at least one point."""

    by: str
    """``desk`` or ``service``."""
    office: str
    since: date
    until: date
    votes: int
    usual: float
    vote_deviation: float
    funnel_deviation: float
    limit: float
    """How many standard errors from the usual a unit is flagged."""
    left_out: int
    """Units without a score: too few votes, or nobody to compare them with."""
    points: Sequence[Point]

    def reach(self, z: float, votes: float) -> float:
        """How far the limit ``z`` lies from the usual score at so many comparable votes."""
        return z * sqrt(self.vote_deviation**2 / votes + self.funnel_deviation**2)


class _Scales(NamedTuple):
    least: float
    most: float
    low: float
    high: float

    def x(self, votes: float) -> float:
        part = log(votes / self.least) / log(self.most / self.least)
        return _LEFT + part * (_RIGHT - _LEFT)

    def y(self, score: float) -> float:
        part = (min(max(score, self.low), self.high) - self.low) / (self.high - self.low)
        return _BOTTOM - part * (_BOTTOM - _TOP)


def drawn(funnel: Funnel, language: Language) -> str:
    """The plot as the text of an SVG file."""
    texts, scales = TEXTS[language], _scales(funnel)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
        f' height="{HEIGHT}" role="img" lang="{language}">',
        f"<title>{escape(_title(funnel, texts))}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        *_heading(funnel, texts, language),
        *_bands(funnel, scales),
        *_axes(scales, texts),
        *_usual(funnel, scales, texts, language),
        *(_mark(point, scales, language, texts) for point in funnel.points),
        *_labels(funnel, scales),
        *_legend(funnel, texts, language),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _scales(funnel: Funnel) -> _Scales:
    """Room for every point; limits may run out of the picture where votes are few."""
    counts = [point.comparable_votes for point in funnel.points]
    least, most = max(1.0, min(counts) / 1.5), max(max(counts) * 1.3, min(counts) * 4)
    middle = exp((log(least) + 2 * log(most)) / 3)
    reach = 1.15 * funnel.reach(max(Z_998, funnel.limit), middle)
    scores = [point.adjusted for point in funnel.points]
    low = min(min(scores) - 3, funnel.usual - reach)
    high = max(max(scores) + 3, funnel.usual + reach)
    return _Scales(least, most, max(0.0, 5 * (low // 5)), min(100.0, 5 * (high // 5 + 1)))


def _title(funnel: Funnel, texts: Texts) -> str:
    return texts.title[funnel.by].format(office=funnel.office)


def _heading(funnel: Funnel, texts: Texts, language: Language) -> Iterator[str]:
    told = texts.subtitle[funnel.by].format(
        since=texts.day(funnel.since),
        until=texts.day(funnel.until),
        votes=number(funnel.votes, language),
    )
    yield _text(_LEFT, 46, _title(funnel, texts), "title")
    yield _text(_LEFT, 74, told, "quiet")


def _bands(funnel: Funnel, scales: _Scales) -> Iterator[str]:
    steps = 120
    votes = [scales.least * (scales.most / scales.least) ** (i / steps) for i in range(steps + 1)]

    def edge(z: float, sign: int) -> list[str]:
        return [
            f"{scales.x(n):.1f},{scales.y(funnel.usual + sign * funnel.reach(z, n)):.1f}"
            for n in votes
        ]

    for z, name in ((Z_998, "wide"), (Z_95, "narrow")):
        around = " ".join([*edge(z, 1), *reversed(edge(z, -1))])
        yield f'<polygon class="{name}" points="{around}"/>'
    for sign in (1, -1):
        # Where a limit lies outside of the picture no line is drawn along its frame.
        inside = [
            at
            for at, n in zip(edge(funnel.limit, sign), votes, strict=True)
            if scales.low < funnel.usual + sign * funnel.reach(funnel.limit, n) < scales.high
        ]
        yield f'<polyline class="limit" points="{" ".join(inside)}"/>'


def _axes(scales: _Scales, texts: Texts) -> Iterator[str]:
    step = 5 if scales.high - scales.low <= 45 else 10
    score = step * -(-scales.low // step)
    while score <= scales.high:
        y = scales.y(score)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _text(_LEFT - 10, y + 5, f"{score:.0f}", "quiet end")
        score += step
    for tick in _TICKS:
        if scales.least <= tick <= scales.most:
            x = scales.x(tick)
            yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_BOTTOM}"/>'
            yield _text(x, _BOTTOM + 22, f"{tick:,}".replace(",", "\u00a0"), "quiet middle")
    yield _text((_LEFT + _RIGHT) / 2, _BOTTOM + 46, texts.votes_axis, "middle")
    yield (
        f'<text class="middle" transform="translate(30 {(_TOP + _BOTTOM) / 2}) rotate(-90)">'
        f"{escape(texts.score_axis)}</text>"
    )


def _usual(funnel: Funnel, scales: _Scales, texts: Texts, language: Language) -> Iterator[str]:
    y = scales.y(funnel.usual)
    yield f'<line class="usual" x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    yield _text(_RIGHT + 8, y - 4, texts.usual, "quiet")
    yield _text(_RIGHT + 8, y + 13, number(funnel.usual, language, 1), "quiet")


def _mark(point: Point, scales: _Scales, language: Language, texts: Texts) -> str:
    x, y = scales.x(point.comparable_votes), scales.y(point.adjusted)
    told = texts.point.format(
        name=point.name,
        score=number(point.adjusted, language, 1),
        votes=number(point.votes, language),
        comparable=number(round(point.comparable_votes), language),
    )
    return f"<g><title>{escape(told)}</title>{_shape(x, y, point.flag)}</g>"


def _shape(x: float, y: float, flag: str) -> str:
    """Told apart by shape too: not everybody sees red and green."""
    colour = _COLOURS[flag]
    if flag == "usual":
        return (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" fill="{colour}" stroke="#fff"'
            ' stroke-width="1.5"/>'
        )
    tip = -8 if flag == "higher" else 8
    return (
        f'<path d="M{x - 8:.1f} {y - tip * 0.7:.1f}H{x + 8:.1f}L{x:.1f} {y + tip:.1f}Z"'
        f' fill="{colour}" stroke="#fff" stroke-width="1.5"/>'
    )


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "_Box") -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def _labels(funnel: Funnel, scales: _Scales) -> Iterator[str]:
    """Names where there is room: those flagged in any case and first, then those far out."""
    points = sorted(
        funnel.points, key=lambda each: (each.flag == "usual", -abs(each.adjusted - funnel.usual))
    )
    taken = [
        _Box(x - 7, y - 7, x + 7, y + 7)
        for x, y in ((scales.x(each.comparable_votes), scales.y(each.adjusted)) for each in points)
    ]
    for point in points[:_LABELS_AT_MOST]:
        x, y = scales.x(point.comparable_votes), scales.y(point.adjusted)
        name = point.name if len(point.name) <= 24 else point.name[:23] + "…"
        free = [box for box in _places(x, y, len(name)) if not any(map(box.meets, taken))]
        if not free and point.flag == "usual":
            continue
        box = free[0] if free else next(_places(x, y, len(name)))
        taken.append(box)
        kind = "label" if point.flag == "usual" else "label flagged"
        if box.right < x:  # widths are guessed: what stands left of a mark ends there exactly
            yield _text(box.right, box.bottom - 4, name, f"{kind} end")
        else:
            yield _text(box.left, box.bottom - 4, name, kind)


def _places(x: float, y: float, letters: int) -> Iterator[_Box]:
    """Right, left, above and below of a mark, as far as they are in the picture."""
    wide, half = letters * _LETTER, _LINE / 2
    for left, top in (
        (x + 11, y - half),
        (x - 11 - wide, y - half),
        (x - wide / 2, y - 11 - _LINE),
        (x - wide / 2, y + 11),
    ):
        if left >= _LEFT and left + wide <= WIDTH - 10:
            yield _Box(left, top, left + wide, top + _LINE)


def _legend(funnel: Funnel, texts: Texts, language: Language) -> Iterator[str]:
    y = _BOTTOM + 84
    count = len(funnel.points)
    keys: list[tuple[str, Callable[[float], str]]] = [
        (texts.flags["lower"], lambda x: _shape(x, y - 5, "lower")),
        (texts.flags["higher"], lambda x: _shape(x, y - 5, "higher")),
        (texts.within["95"], lambda x: _swatch(x, y, "narrow")),
        (texts.within["99.8"], lambda x: _swatch(x, y, "wide")),
        (
            texts.limit.format(count=count),
            lambda x: (
                f'<line class="limit" x1="{x - 11}" x2="{x + 11}" y1="{y - 5}" y2="{y - 5}"/>'
            ),
        ),
    ]
    x = _LEFT + 8.0
    for words, shape in keys:
        yield shape(x)
        yield _text(x + 18, y, words, "")
        x += 18 + len(words) * _LETTER + 24
    left_out = texts.left_out.format(count=number(funnel.left_out, language))
    told = texts.note[funnel.by] + (f" {left_out}" if funnel.left_out else "")
    yield _text(_LEFT, y + 30, told, "quiet")


def _swatch(x: float, y: float, name: str) -> str:
    return (
        f'<rect class="{name}" x="{x - 10}" y="{y - 13}" width="20" height="15" stroke="#c5d2da"/>'
    )


def _text(x: float, y: float, words: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'
