"""The detector of score drops, and what single votes say to it."""

import numpy as np
import pytest

from streams.core.drop_detector import (
    NEVER,
    NO_EVIDENCE,
    WEIGHTS,
    DeskEvidence,
    Evidence,
    advance,
    after_votes,
)
from streams.core.drop_evidence import DROPS, EXPECTED_FROM, EXPECTED_TO, DropEvidence
from streams.core.faces import Floats, face_scores, tilted

REFERENCE = np.array([0.07, 0.05, 0.10, 0.25, 0.53])
EVIDENCE = DropEvidence(REFERENCE)
THRESHOLD = float(np.exp(6.5))


def drawn(means: Floats, seed: int) -> np.ndarray:
    """Faces of votes with these means."""
    shares = tilted(REFERENCE, means).cumsum(-1)
    chance = np.random.default_rng(seed).random((*means.shape, 1))
    faces: np.ndarray = (chance > shares[..., :-1]).sum(-1)
    return faces


def ratios_of(expected: float, faces: list[int]) -> Floats:
    return EVIDENCE.ratios(np.full(len(faces), expected), np.array(faces))


def test_a_ratio_is_the_share_after_the_drop_over_the_share_in_the_dead_band() -> None:
    dropped = tilted(REFERENCE, 78.0 - np.array(DROPS))
    quiet = tilted(REFERENCE, 75.0)
    assert ratios_of(78.0, [0, 1, 2, 3, 4]) == pytest.approx(dropped / quiet, rel=1e-9)


def test_the_worst_face_speaks_for_a_drop_and_the_best_one_against() -> None:
    worst, best = ratios_of(78.0, [0, 4]).T
    assert np.all(worst > 1)
    assert np.all(best < 1)
    assert np.all(np.diff(worst) > 0)


@pytest.mark.parametrize("expected", [0.0, 3.0, EXPECTED_FROM, EXPECTED_TO, 99.5, 100.0])
def test_at_the_ends_of_the_score_a_single_vote_neither_alarms_nor_is_lost(expected: float) -> None:
    ratios = ratios_of(expected, [0, 1, 2, 3, 4])
    assert np.all(np.isfinite(ratios))
    assert (np.array(WEIGHTS) @ ratios / sum(WEIGHTS)).max() < 14  # the least threshold
    assert ratios.min() > 0


def test_within_the_dead_band_evidence_does_not_grow_on_the_mean() -> None:
    for mean in (75.0, 76.5, 78.0):
        expected = (tilted(REFERENCE, mean) * ratios_of(78.0, [0, 1, 2, 3, 4])).sum(1)
        assert np.all(expected <= 1 + 1e-9), mean


def test_a_scale_of_three_faces_has_ratios_of_its_own() -> None:
    three = DropEvidence([0.2, 0.1, 0.7])
    assert three.ratios(np.array([75.0]), np.array([2])).shape == (3, 1)
    assert len(face_scores(3)) == 3


def by_hand(ratios: Floats, threshold: float) -> list[int]:
    """Numbers of the votes of one desk at which the weighted mean R exceeds the threshold."""
    alarms, sums = [], np.zeros(len(DROPS))
    for number, ratio in enumerate(ratios.T):
        sums = (1 + sums) * ratio
        if np.average(sums, weights=[4, 2, 1]) > threshold:
            alarms.append(number)
            sums = np.zeros(len(DROPS))
    return alarms


def test_evidence_grows_by_the_stated_formula_and_begins_anew_after_an_alarm() -> None:
    faces = drawn(np.full(400, 55.0), seed=3)
    ratios = EVIDENCE.ratios(np.full(400, 78.0), faces)
    evidence = Evidence.none(1)
    alarms = []
    for number in range(400):
        now = np.array([number])
        if len(advance(evidence, ratios[:, [number]], now, np.array([THRESHOLD])).at):
            alarms.append(number)
            assert np.all(evidence.sums == 0)
            assert np.all(evidence.begun == NEVER)
    assert len(alarms) > 3
    assert alarms == by_hand(ratios, THRESHOLD)


def test_one_desk_at_a_time_gives_bit_for_bit_what_many_at_once_give() -> None:
    rng, votes, desks = np.random.default_rng(11), 430, 7
    means = np.broadcast_to(np.where(np.arange(desks) < 4, 60.0, 78.0), (votes, desks))
    ratios = EVIDENCE.ratios(rng.choice([74.0, 78.0, 81.3], means.shape), drawn(means, seed=12))
    thresholds = np.linspace(50, 2_000, desks)
    evidence, together = Evidence.none(desks), []
    for number in range(votes):
        found = advance(evidence, ratios[:, number], np.array(1_000 * number), thresholds)
        columns = (found.at.tolist(), found.begun.tolist(), found.drops.tolist())
        together += [(desk, number, *rest) for desk, *rest in zip(*columns, strict=True)]
    alone = []
    for desk in range(desks):
        held = NO_EVIDENCE
        for some in np.array_split(np.arange(votes), 3):  # in pieces, as days are
            rows = ratios[:, some, desk].T.tolist()
            held, alarms = after_votes(held, rows, (1_000 * some).tolist(), thresholds[desk])
            alone += [(desk, int(some[each.at]), each.begun, each.drop) for each in alarms]
        assert held == DeskEvidence(*(tuple(column[:, desk].tolist()) for column in evidence))
    assert sorted(together) == alone
    assert len(alone) > 20


def test_several_thresholds_are_watched_side_by_side_as_if_alone() -> None:
    faces = drawn(np.full((200, 5), 60.0), seed=4)
    ratios = EVIDENCE.ratios(np.full((200, 5), 78.0), faces).swapaxes(0, 1)
    thresholds = np.array([[100.0], [1_000.0]])
    both = Evidence.none(2, 5)
    single = [Evidence.none(5), Evidence.none(5)]
    for number, row in enumerate(ratios):
        now = np.array(number)
        at = advance(both, row[:, None, :], now, thresholds).at
        alone = [
            n * 5 + advance(evidence, row, now, thresholds[n]).at
            for n, evidence in enumerate(single)
        ]
        assert at.tolist() == np.concatenate(alone).tolist()


def test_an_alarm_says_since_when_and_how_deep() -> None:
    calm, worst = [4, 3, 4, 4, 3, 4], [0, 0, 1, 0, 0]
    ratios = ratios_of(78.0, calm + worst).T.tolist()
    times = [60_000 * number for number in range(len(ratios))]
    _, (alarm,) = after_votes(NO_EVIDENCE, ratios, times, 20.0)
    assert (alarm.begun, alarm.drop) == (60_000 * len(calm), 40.0)


def test_the_change_point_lies_near_the_change() -> None:
    desks, before, after = 400, 200, 200
    faces = drawn(np.repeat([78.0, 58.0], [before, after])[:, None].repeat(desks, 1), seed=5)
    ratios = EVIDENCE.ratios(np.full(faces.shape, 78.0), faces).swapaxes(0, 1)
    evidence, first = Evidence.none(desks), np.full(desks, NEVER)
    for number, row in enumerate(ratios):
        alarms = advance(evidence, row, np.array(number), np.array(THRESHOLD))
        new = (first[alarms.at] == NEVER) & (number >= before)
        first[alarms.at[new]] = alarms.begun[new]
    assert np.all(first != NEVER)
    error = np.abs(first - before)
    assert np.median(error) <= 6
    assert np.quantile(error, 0.9) <= 40
