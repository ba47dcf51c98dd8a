"""Numbers for words: the same word the same number, in its office, and the word back."""

import numpy as np

from streams.core.vocabulary import SCOPES, Vocabulary
from tests.compare import plain


def test_a_word_keeps_its_number_and_gets_it_back() -> None:
    words = Vocabulary()
    places = [
        words.place("t", office, desk, service, "counter")
        for office in ("o", "p")
        for desk in ("d1", "d2")
        for service in ("s1", "каса")
    ]
    assert len(set(places)) == len(places)
    for office, desk, service, channel in places:
        again = (*words.offices[office], *(words.scope_keys[n] for n in (desk, service, channel)))
        assert words.place(*again) == (office, desk, service, channel)
        assert {words.office_of(scope) for scope in (desk, service, channel)} == {
            words.offices[office]
        }


def test_one_name_in_two_offices_or_two_scopes_is_two_things() -> None:
    words = Vocabulary()
    here = words.place("t", "o", "x", "x", "counter")
    there = words.place("t", "p", "x", "x", "counter")
    segment = words.segments(here[0], {"x": "x"})
    scopes, _ = words.segment_scopes(np.array([segment]))
    numbers = [*here[1:], *there[1:], *scopes.tolist()]
    assert len(set(numbers)) == 7
    assert plain(words.scope_column(np.array(numbers[:3]))) == ["desk", "service", "channel"]
    assert set(plain(words.scope_column(scopes))) == {SCOPES[-1]}


def test_ids_that_join_to_one_text_are_different_offices() -> None:
    words = Vocabulary()
    assert words.office("a", "bc") != words.office("ab", "c")


def test_scopes_of_segments_come_flat_each_with_its_set() -> None:
    words = Vocabulary()
    office = words.office("t", "o")
    assert words.segment_scopes(np.array([], np.int32))[0].tolist() == []
    none = words.segments(office, None)
    assert [part.tolist() for part in words.segment_scopes(np.array([none, none]))] == [[], []]
    two = words.segments(office, {"lang": "bg", "age": "a=b"})
    one = words.segments(office, {"age": "a=b"})
    scopes, owner = words.segment_scopes(np.array([one, none, two, one]))
    assert [words.scope_keys[scope] for scope in scopes] == [
        "age=a=b",
        "age=a=b",
        "lang=bg",
        "age=a=b",
    ]
    assert owner.tolist() == [0, 2, 2, 3]


def test_the_order_of_segments_does_not_tell_sets_apart_and_the_office_does() -> None:
    words = Vocabulary()
    here, there = words.office("t", "o"), words.office("t", "p")
    pairs = {"a": "1", "b": "2"}
    turned = dict(reversed(pairs.items()))
    assert words.segments(here, pairs) == words.segments(here, turned)
    assert words.segments(here, pairs) != words.segments(there, pairs)
    assert words.segments(here, {}) == words.segments(here, None)


def test_columns_are_made_anew_when_words_have_come() -> None:
    words = Vocabulary()
    first = words.office("t", "o")
    assert words.office_scopes(np.array([first])).tolist() == [0]
    _, desk = words.desk("t", "p", "d1")
    second = words.office("t", "p")
    scopes = words.office_scopes(np.array([second]))
    assert words.offices_of(np.array([desk, *scopes])).tolist() == [second, second]
    assert plain(words.office_column(np.array([second, first]))) == ["p", "o"]


def test_reasons_keep_their_order_and_none_are_an_empty_list() -> None:
    words = Vocabulary()
    assert words.reason_list(["a", "b"]) != words.reason_list(["b", "a"])
    assert words.reasons[words.reason_list(None)] == []
    assert words.reason_list(None) == words.reason_list([])
    assert words.terminals[words.terminal_column(["p1"])[0]] == "p1"
