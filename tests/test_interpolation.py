"""Which mixes an interpolation shows: exact ends, shares that sum to 1, each in its place."""

from __future__ import annotations

import itertools

import pytest

from stylectl.errors import UsageError
from stylectl.stylize.interpolation import arranged, even, line, loop, there_and_back


@pytest.mark.parametrize("steps", [2, 3, 7, 50])
def test_even_steps_have_exact_ends(steps: int) -> None:
    alphas = even(steps)
    assert (alphas[0], alphas[-1], len(alphas)) == (1.0, 0.0, steps)
    gaps = [a - b for a, b in itertools.pairwise(alphas)]
    assert gaps == pytest.approx([1 / (steps - 1)] * (steps - 1))


@pytest.mark.parametrize(("styles", "count"), [(2, 4), (3, 10), (4, 16)])
def test_sheets(styles: int, count: int) -> None:
    sheet = arranged(styles, 4)
    assert len(sheet.points) == count and len(sheet.corners) == styles
    for weights, _ in sheet.points:
        assert len(weights) == styles and min(weights) >= 0
        assert sum(weights) == pytest.approx(1)
    places = [sheet.content, *sheet.corners, *(place for _, place in sheet.points)]
    for i, (row, column) in enumerate(places):
        assert row >= 0 <= column
        assert all(abs(r - row) >= 1 or abs(c - column) >= 1 for r, c in places[:i])
    for style, corner in enumerate(sheet.corners):
        pure = tuple(float(k == style) for k in range(styles))
        (place,) = (place for weights, place in sheet.points if weights == pure)
        assert abs(place[0] - corner[0]) + abs(place[1] - corner[1]) == 1  # beside its picture


def test_loops_close() -> None:
    mixes = loop(3, 4)
    assert len(mixes) == 3 * 3
    for a, b in zip(mixes, [*mixes[1:], mixes[0]], strict=True):
        assert sum(abs(x - y) for x, y in zip(a, b, strict=True)) == pytest.approx(2 / 3)
    assert {(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)} <= set(mixes)
    assert loop(2, 3) == [(1.0, 0.0), (0.5, 0.5), (0.0, 1.0), (0.5, 0.5)]
    assert there_and_back(line([0.2, 0.4])) == line([0.2, 0.4])


def test_no_sheet_has_five_corners() -> None:
    with pytest.raises(UsageError, match="no sheet of 5 styles"):
        arranged(5, 3)
