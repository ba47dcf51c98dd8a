"""The funnel plot: what is drawn where, in both languages."""

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date
from math import sqrt
from xml.etree import ElementTree as ET

import pytest

from dashboards.funnel import HEIGHT, WIDTH, Funnel, Point, drawn
from dashboards.funnel_texts import TEXTS, Texts, number
from models.registry import Language

SVG = "{http://www.w3.org/2000/svg}"
LANGUAGES: tuple[Language, ...] = ("bg", "en")
POINTS = [
    Point("Гише 1", 400.0, 78.0, 440, "usual"),
    Point("Desk <2> & co", 90.0, 60.5, 100, "lower"),
    Point("d3", 250.0, 90.0, 260, "higher"),
    Point("d4", 8.0, 71.0, 12, "usual"),
]
FUNNEL = Funnel(
    by="desk",
    office="Център",
    since=date(2026, 1, 5),
    until=date(2026, 3, 31),
    votes=1_234,
    usual=77.0,
    vote_deviation=30.0,
    funnel_deviation=2.0,
    limit=2.5,
    left_out=2,
    points=POINTS,
)


def parsed(funnel: Funnel, language: Language = "en") -> ET.Element:
    return ET.fromstring(drawn(funnel, language))


def texts(root: ET.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def places(points: str) -> Iterator[tuple[float, float]]:
    for pair in points.split():
        x, y = pair.split(",")
        yield float(x), float(y)


def mark(root: ET.Element, name: str) -> tuple[str, float, float]:
    """Which shape stands for ``name``, and where its middle is."""
    for group in root.iter(f"{SVG}g"):
        if (group.findtext(f"{SVG}title") or "").startswith(name):
            shape = group[1]
            if shape.tag == f"{SVG}circle":
                return "circle", float(shape.attrib["cx"]), float(shape.attrib["cy"])
            found = re.findall(r"-?\d+(?:\.\d+)?", shape.attrib["d"])
            return "triangle", float(found[0]) + 8, (float(found[1]) + float(found[-1])) / 2
    raise AssertionError(name)


def test_limits_are_those_of_the_formula() -> None:
    assert FUNNEL.reach(2.5, 100) == pytest.approx(2.5 * sqrt(9 + 4))
    root = parsed(FUNNEL)
    _, upper, lower = [None, *(line for line in root.iter(f"{SVG}polyline"))]
    assert upper is not None
    assert lower is not None
    above, below = (dict(places(each.attrib["points"])) for each in (upper, lower))
    assert all(above[x] < below[x] for x in above.keys() & below.keys())
    # The limit comes nearer as votes grow.
    ys = [above[x] for x in sorted(above)]
    assert ys == sorted(ys)


def test_flagged_desks_lie_beyond_the_limit_and_have_shapes_of_their_own() -> None:
    root = parsed(FUNNEL)
    upper, lower = list(root.iter(f"{SVG}polyline"))
    for name, line, sign in (("Desk <2>", lower, 1), ("d3", upper, -1)):
        shape, x, y = mark(root, name)
        _, at = min((abs(px - x), py) for px, py in places(line.attrib["points"]))
        assert shape == "triangle"
        assert (y - at) * sign > 0
    assert mark(root, "Гише 1")[0] == "circle"


def test_more_votes_are_further_right_and_better_scores_further_up() -> None:
    root = parsed(FUNNEL)
    xs = {name: mark(root, name)[1] for name in ("d4", "Desk <2>", "d3", "Гише 1")}
    assert list(xs) == sorted(xs, key=lambda name: xs[name])
    assert mark(root, "Гише 1")[2] < mark(root, "d4")[2]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("by", ["desk", "service"])
def test_everything_is_said_in_both_languages(language: Language, by: str) -> None:
    root = parsed(replace(FUNNEL, by=by), language)
    said = " ".join(texts(root))
    assert "Център" in said
    assert "{" not in said
    assert number(1_234, language) in said
    cyrillic = bool(re.search("[а-я]{4}", said.replace("Център", "").replace("Гише", "")))
    assert cyrillic == (language == "bg")
    assert ("77,0" if language == "bg" else "77.0") in said


@pytest.mark.parametrize("name", [field.name for field in fields(Texts)])
def test_both_languages_have_the_same_texts(name: str) -> None:
    def holes(language: Language) -> list[tuple[str, list[str]]]:
        value = getattr(TEXTS[language], name)
        each = value if isinstance(value, dict) else {"": value}
        return [(key, sorted(re.findall(r"\{\w+\}", text))) for key, text in each.items()]

    assert holes("bg") == holes("en")


def test_names_of_desks_do_not_cover_each_other_or_leave_the_picture() -> None:
    crowd = [
        Point(f"Desk number {n}", 20 * 1.06**n, 70 + n * 7 % 15, 120, "usual") for n in range(60)
    ]
    root = parsed(replace(FUNNEL, points=crowd))
    boxes = []
    for each in root.iter(f"{SVG}text"):
        if "label" in each.attrib["class"]:
            x, y, wide = float(each.attrib["x"]), float(each.attrib["y"]), 7 * len(each.text or "")
            left = x - wide if "end" in each.attrib["class"] else x
            boxes.append((left, y - 12, left + wide, y))
    assert 10 < len(boxes) < 60
    for n, (left, top, right, bottom) in enumerate(boxes):
        assert 0 <= left <= right <= WIDTH
        assert 0 <= top <= bottom <= HEIGHT
        for other in boxes[:n]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


def test_one_desk_with_hardly_a_vote_and_no_deviation_can_be_drawn() -> None:
    alone = [Point("d", 1.0, 0.0, 5, "usual"), Point("e", 1.0, 100.0, 5, "usual")]
    assert parsed(replace(FUNNEL, points=alone, funnel_deviation=0.0, usual=50.0)) is not None
    assert len(list(parsed(replace(FUNNEL, points=alone[:1])).iter(f"{SVG}circle"))) == 1
