"""Names become ids that the contract takes, and different long names stay different."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.limits import is_id
from sources.slugs import slug


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ewidencja Działalności Gospodarczej", "ewidencja-dzialalnosci-gospodarczej"),
        ("Zażółć gęślą jaźń", "zazolc-gesla-jazn"),
        ("Гражданско състояние", "grazhdansko-sastoyanie"),
        ("Щастливият ъгъл, Юли", "shtastliviyat-agal-yuli"),
        ("Търговия", "targovia"),
        ("Ťažký Åse ŁÓDŹ", "tazky-ase-lodz"),
        ("İstanbul ışık", "istanbul-isik"),
        ("Улица ёлки", "ulitsa-yolki"),
        ("  Kasa (parter) / 2. ", "kasa-parter-2"),
        ("UD_Praga_Polnoc", "ud_praga_polnoc"),
        ("№ 5", "no-5"),
        ("Łąka", "laka"),
    ],
)
def test_letters_with_marks_and_cyrillic_ones_become_ascii(name: str, expected: str) -> None:
    assert slug(name) == expected


@pytest.mark.parametrize("name", ["", " ", "—", "?!", "日本"])
def test_a_name_without_a_letter_that_ascii_knows_has_no_slug(name: str) -> None:
    assert slug(name) == ""


def test_long_names_with_the_same_beginning_stay_two() -> None:
    one, two = (slug("Удостоверение за настоящ адрес " * 4 + end) for end in ("а", "б"))
    assert one != two
    assert len(one) <= 64
    assert one.startswith("udostoverenie-za-nastoyasht-adres-")


@given(st.text(max_size=200))
def test_every_slug_is_an_id_of_the_contract_and_its_own_slug(name: str) -> None:
    made = slug(name)
    assert not made or (is_id(made) and made.isascii() and "/" not in made)
    assert slug(made) == made
