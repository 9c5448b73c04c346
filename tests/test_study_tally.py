"""The count of answers: shares, and intervals that are as wide as the dependence demands."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stylectl.study.answers import Answers
from stylectl.study.chart import HEIGHT, WIDTH, chart
from stylectl.study.pairs import Pair
from stylectl.study.settings import QUESTIONS
from stylectl.study.tally import Tally, tally, wilson

ROUNDS = 150  # of simulated studies


def person(name: str, chosen: dict[str, str], methods: tuple[str, ...] = ("a", "b")) -> Answers:
    """Someone who chose these methods for pairs, whatever was asked."""
    pairs = {Pair(pair, "style"): method for pair, method in chosen.items()}
    return Answers(Path(name), "study", name, methods, dict.fromkeys(QUESTIONS, pairs))


def worth(people: list[Answers]) -> float:
    return tally(people).questions[0].worth


@pytest.mark.parametrize(
    ("chosen", "of", "low", "high"),
    [(10, 20, 0.2993, 0.7007), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 1, 0.2065, 1.0)],
)
def test_wilson(chosen: int, of: int, low: float, high: float) -> None:
    assert wilson(chosen / of, of) == pytest.approx((low, high), abs=1e-4)


def test_shares() -> None:
    people = [person("ann", {"p": "a", "q": "b"}), person("bob", {"p": "a", "r": "a"})]
    counted = tally(people)
    assert (counted.people, counted.pairs, counted.methods) == (2, 3, ("a", "b"))
    for question in counted.questions:
        assert question.answers == 4
        assert [(s.method, s.chosen, s.share) for s in question.shares] == [
            ("a", 3, 0.75),
            ("b", 1, 0.25),
        ]
        assert all(0 <= s.low <= s.share <= s.high <= 1 for s in question.shares)


def test_questions_are_counted_apart() -> None:
    ann = person("ann", {})
    ann.choices["style"] = {Pair("p", "s"): "b"}
    content, style, _ = tally([ann]).questions
    assert (content.answers, style.answers) == (0, 1)
    assert [s.share for s in style.shares] == [0, 1]
    assert {(s.share, s.low, s.high) for s in content.shares} == {(0, 0, 1)}  # nothing is known


def test_answers_by_people_who_never_waver_are_worth_one_each() -> None:
    people = [person(str(i), {f"{i}-{k}": "ab"[i % 2] for k in range(20)}) for i in range(40)]
    assert worth(people) == pytest.approx(39, abs=0.01)  # 40, less what the mean took


def test_answers_that_the_pair_decides_are_worth_one_a_pair() -> None:
    people = [person(str(i), {str(k): "ab"[k % 2] for k in range(30)}) for i in range(10)]
    assert worth(people) == pytest.approx(29)


def test_independent_answers_are_worth_nearly_all() -> None:
    chance = random.Random(1)
    people = [
        person(str(i), {str(k): chance.choice("ab") for k in chance.sample(range(200), 20)})
        for i in range(50)
    ]
    assert 700 < worth(people) <= 1000


def test_one_person_or_one_pair_tells_nothing_about_others() -> None:
    assert worth([person("ann", {str(k): "ab"[k % 2] for k in range(20)})]) == 1
    assert worth([person(str(i), {"p": "ab"[i % 2]}) for i in range(20)]) == 1


def test_all_alike_is_not_certainty() -> None:
    people = [person(str(i), {str(k): "a" for k in range(20)}) for i in range(10)]
    first, second = tally(people).questions[0].shares
    assert (first.share, second.share) == (1, 0)
    assert 0.5 < first.low < 0.85 and 0.15 < second.high < 0.5


@pytest.mark.parametrize("people", [8, 20])
def test_intervals_hold_the_truth(people: int) -> None:
    """Simulated studies of people with tastes: the share of all intervals that hold 1/2."""
    chance = random.Random(people)
    hits = naive = 0
    for _ in range(ROUNDS):
        study = []
        for i in range(people):
            taste = chance.betavariate(1, 1)
            pairs = chance.sample(range(60), 20)
            study.append(person(str(i), {str(k): "ba"[chance.random() < taste] for k in pairs}))
        question = tally(study).questions[0]
        share = question.shares[0]
        hits += share.low <= 0.5 <= share.high
        low, high = wilson(share.share, question.answers)
        naive += low <= 0.5 <= high
    assert 0.88 <= hits / ROUNDS <= 0.99
    assert naive / ROUNDS < 0.75


# --- the chart


def counted(*shares: str) -> Tally:
    """A tally of one letter a person and pair."""
    methods = tuple(sorted({*"".join(shares)}))
    people = [
        person(str(i), {str(k): method for k, method in enumerate(chosen)}, methods)
        for i, chosen in enumerate(shares)
    ]
    return tally(people)


def columns_of(image: Image.Image, colour: tuple[int, int, int]) -> np.ndarray:
    """How many pixels of a colour each column has, below the legend."""
    return (np.asarray(image)[150:] == colour).all(-1).sum(0)


def test_bars_are_as_high_as_the_shares() -> None:
    image = chart(counted("aaab", "aaab", "aaba", "abaa", "baaa"))
    assert (image.size, image.mode) == ((WIDTH, HEIGHT), "RGB")
    first = columns_of(image, (0x1F, 0x5A, 0x8C)).max()
    second = columns_of(image, (0xE0, 0x8A, 0x1E)).max()
    assert first / second == pytest.approx(3, rel=0.05)


@pytest.mark.parametrize("chosen", [("aaaa", "aaaa"), ("ab",), ("abcdefghi", "bcdefghia")])
def test_any_shares_can_be_drawn(chosen: tuple[str, ...]) -> None:
    assert len(chart(counted(*chosen)).getcolors(100_000) or []) > 5


def test_long_names_stay_in_the_picture() -> None:
    long = {"a": "x" * 200, "b": "y" * 60, "c": "z" * 60}
    methods = tuple(long.values())
    people = [person(str(i), {str(k): methods[k] for k in range(3)}, methods) for i in range(3)]
    edge = np.asarray(chart(tally(people)))[:, -20:]
    assert (edge == 255).all()
