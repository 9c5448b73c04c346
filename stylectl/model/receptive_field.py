"""How far each part of the network looks, read off its layers, and chains of layers over regions.

A layer pads at the edges of what it is given. Where such an edge is one of the picture, that is
right; where it is a cut, what the padding touched is wrong and is cropped off again. So a region of
a result is exact if it is computed from the region that it reads, and `Stage.reads` names that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

Size = tuple[int, int]  # of rows and columns
Window = Callable[["Region"], Tensor]  # gives a region of a map that need not exist as a whole


@dataclass(frozen=True)
class Region:
    """A rectangle of positions of a map: `rows` and `columns` are half-open, of step 1."""

    rows: slice
    columns: slice

    @classmethod
    def all_of(cls, size: Size) -> Region:
        """The region of a whole map."""
        return cls(slice(0, size[0]), slice(0, size[1]))

    @property
    def size(self) -> Size:
        """How many rows and columns it has."""
        return self.rows.stop - self.rows.start, self.columns.stop - self.columns.start

    def times(self, factor: int) -> Region:
        """The same region of a map with `factor` times as many positions a side."""
        return Region(
            *(slice(s.start * factor, s.stop * factor) for s in (self.rows, self.columns))
        )

    def widened(self, reach: Size, size: Size) -> Region:
        """`reach` positions more to each side, as far as a map of `size` has them."""
        spans = zip((self.rows, self.columns), reach, strict=True)
        return Region(*(slice(s.start - r, s.stop + r) for s, r in spans)).within(size)

    def within(self, size: Size) -> Region:
        """What of it a map of `size` has."""
        spans = zip((self.rows, self.columns), size, strict=True)
        return Region(*(slice(max(0, s.start), min(n, s.stop)) for s, n in spans))

    def cut(self, side: int) -> list[Region]:
        """The region in squares of at most `side` positions, row by row."""
        rows, columns = (
            [slice(a, min(a + side, s.stop)) for a in range(s.start, s.stop, side)]
            for s in (self.rows, self.columns)
        )
        return [Region(r, c) for r in rows for c in columns]

    def crop(self, x: Tensor, given: Region) -> Tensor:
        """This region of a map x (..., H, W) that covers the region `given`."""
        top, left = given.rows.start, given.columns.start
        rows, columns = self.rows, self.columns
        return x[
            ..., rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
        ]


@dataclass(frozen=True)
class Picture:
    """The picture (B, 3, H, W) that a chain reads beside its input.

    Attributes:
        size: of all of it.
        window: gives a region of it.
    """

    size: Size
    window: Window


@dataclass(frozen=True)
class Stage:
    """One step of a chain, (B, C, H, W) -> (B, C', H * up / down, W * up / down).

    Attributes:
        compute: the layers.
        reach: how many positions, of the finer of both maps, they read beyond the same place.
        down: input positions a side for one of the output.
        up: output positions a side for one of the input.
        added: a chain over the picture (B, 3, H, W), whose result is added to the first channels
            of the output.
    """

    compute: Callable[[Tensor], Tensor]
    reach: int = 0
    down: int = 1
    up: int = 1
    added: Sequence[Stage] = ()

    def resized(self, size: Size) -> Size:
        """The size of the output for a size of the input."""
        return size[0] * self.up // self.down, size[1] * self.up // self.down

    def reads(self, output: Region, size: Size) -> Region:
        """The region of an input of `size` that a region of the output is made of."""
        spans = (
            slice(
                (s.start * self.down - self.reach) // self.up,
                -(-(s.stop * self.down + self.reach) // self.up),
            )
            for s in (output.rows, output.columns)
        )
        return Region(*spans).within(size)

    def gives(self, given: Region) -> Region:
        """The region of the output that a region of the input covers."""
        spans = (given.rows, given.columns)
        return Region(
            *(slice(s.start * self.up // self.down, s.stop * self.up // self.down) for s in spans)
        )


def run(stages: Sequence[Stage], x: Tensor, picture: Tensor | None = None) -> Tensor:
    """A whole map through a chain.

    Args:
        picture: what the stages' `added` chains read.
    """
    for stage in stages:
        x = stage.compute(x)
        if stage.added:
            assert picture is not None, "this chain reads the picture too"
            added = run(stage.added, picture)
            x[:, : added.shape[1]] += added
    return x


def regions_read(stages: Sequence[Stage], output: Region, size: Size) -> list[Region]:
    """The regions that a region of a chain's output is made of: of the input, then of each stage.

    Args:
        stages: the chain.
        output: what is wanted of its output; the last of the result.
        size: of its whole input.
    """
    sizes = [size]
    for stage in stages[:-1]:
        sizes.append(stage.resized(sizes[-1]))
    regions = [output]
    for stage, extent in zip(reversed(stages), reversed(sizes), strict=True):
        regions.append(stage.reads(regions[-1], extent))
    return regions[::-1]


def run_on_region(
    stages: Sequence[Stage],
    x: Tensor,
    regions: Sequence[Region],
    picture: Picture | None = None,
) -> Tensor:
    """A part of a map through a chain, cropped after every stage to what the next one reads.

    Args:
        stages: the chain.
        x: the region `regions[0]` of its input.
        regions: from `regions_read`.
        picture: what the stages' `added` chains read.
    """
    for stage, given, wanted in zip(stages, regions, regions[1:], strict=False):
        x = wanted.crop(stage.compute(x), stage.gives(given))
        if stage.added:
            assert picture is not None, "this chain reads the picture too"
            read = regions_read(stage.added, wanted, picture.size)
            added = run_on_region(stage.added, picture.window(read[0]), read)
            x[:, : added.shape[1]] += added
    return x


def reach_of(*layers: nn.Module) -> int:
    """How many positions convolutions that keep the size read to each side, one after another."""
    return sum(_reach_of_one(layer) for layer in layers)


def _reach_of_one(layer: nn.Module) -> int:
    if isinstance(layer, nn.Conv2d):
        return layer.dilation[0] * (layer.kernel_size[0] - 1) // 2
    if isinstance(reach := getattr(layer, "reach", None), int):  # its layers are no plain sequence
        return reach
    children = list(layer.children())
    if not children:
        raise TypeError(f"the reach of {type(layer).__name__} is not known")
    return reach_of(*children)
