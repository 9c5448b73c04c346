"""Which mixes of two styles or more an interpolation shows, and where on a sheet; without torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stylectl.errors import UsageError

Weights = tuple[float, ...]  # of the styles, summing to 1
Place = tuple[float, float]  # row and column on a sheet, in cells

SHEET_STYLES = 4  # the most that a sheet has corners for


@dataclass(frozen=True)
class Arrangement:
    """A sheet of mixes with the styles at its ends or corners.

    Attributes:
        points: the mixes and where each is shown.
        corners: where each style itself is shown.
        content: where the content is shown.
    """

    points: tuple[tuple[Weights, Place], ...]
    corners: tuple[Place, ...]
    content: Place


def line(alphas: Sequence[float]) -> list[Weights]:
    """Mixes of two styles: alpha of the first, 1 - alpha of the second."""
    return [(alpha, 1 - alpha) for alpha in alphas]


def even(steps: int) -> list[float]:
    """Evenly spaced numbers from 1 to 0, both among them to the bit."""
    return [1 - step / (steps - 1) for step in range(steps)]


def there_and_back(mixes: Sequence[Weights]) -> list[Weights]:
    """A loop: what follows the last mix is the first."""
    return [*mixes, *mixes[-2:0:-1]]


def loop(styles: int, steps: int) -> list[Weights]:
    """From each style to the next in `steps`, from the last to the first; two: there and back."""
    if styles == 2:
        return there_and_back(line(even(steps)))
    mixes = []
    for style in range(styles):
        for alpha in even(steps)[:-1]:
            weights = [0.0] * styles
            weights[style], weights[(style + 1) % styles] = alpha, 1 - alpha
            mixes.append(tuple(weights))
    return mixes


def arranged(styles: int, steps: int) -> Arrangement:
    """The sheet for this many styles: a strip of two, a triangle of three, a square of four.

    Raises:
        UsageError: there are fewer styles or more.
    """
    if styles == 2:
        return strip(line(even(steps)))
    if styles == 3:
        return _triangle(steps)
    if styles == SHEET_STYLES:
        return _square(steps)
    raise UsageError(
        f"there is no sheet of {styles} styles, only of 2, 3 or {SHEET_STYLES}",
        "choose an output that ends in .gif or .mp4, which takes any number",
    )


def strip(mixes: Sequence[Weights]) -> Arrangement:
    """Mixes of two styles side by side, the styles at the ends, before all the content."""
    points = tuple((weights, (0.0, 2.0 + i)) for i, weights in enumerate(mixes))
    return Arrangement(points, ((0, 1), (0, 2 + len(mixes))), (0, 0))


def _triangle(steps: int) -> Arrangement:
    """The first style at the top, the second at the left below, the third at the right."""
    last = steps - 1
    points = []
    for row in range(steps):
        for column in range(row + 1):
            weights = (1 - row / last, (row - column) / last, column / last)
            points.append((weights, (1.0 + row, 1 + column + (last - row) / 2)))
    corners = ((0, 1 + last / 2), (steps, 0), (steps, steps + 1))
    return Arrangement(tuple(points), corners, (0, 0))


def _square(steps: int) -> Arrangement:
    """Styles one and two at the top, three and four below; the content at the left of all."""
    points = []
    for row, upper in enumerate(even(steps)):
        for column, left in enumerate(even(steps)):
            lower, right = 1 - upper, 1 - left
            weights = (upper * left, upper * right, lower * left, lower * right)
            points.append((weights, (float(row), 2.0 + column)))
    first, last = (0, steps - 1), (1, steps + 2)
    corners = tuple((row, column) for row in first for column in last)
    middle = (steps - 1) / 2
    return Arrangement(tuple(points), tuple((float(r), float(c)) for r, c in corners), (middle, 0))
