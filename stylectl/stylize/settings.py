"""What can be chosen for a stylisation, its defaults and its limits; without torch.

The library's signatures and the CLI's options both take theirs from here, so that the CLI can
refuse a value before it spends seconds on importing torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from stylectl.errors import UsageError

DeviceName = Literal["auto", "cpu", "cuda", "mps"]
PrecisionName = Literal["auto", "fp32", "fp16", "bf16"]
ColorName = Literal["style", "content", "match"]
Layout = Literal["left-right", "top-bottom", "radial"]
Rest = Literal["first", "content"]
Stitch = Literal["row", "grid", "equal"]
TileSize = int | Literal["auto", "off"]  # an int is the side of the tiles in pixels

DEFAULT_WEIGHTS = "lean"
DEFAULT_STRENGTH = 1.0
DEFAULT_STYLE_SIZE = 512  # training saw styles of about this size: strokes keep their scale
DEFAULT_DEVICE: DeviceName = "auto"
DEFAULT_PRECISION: PrecisionName = "auto"
DEFAULT_TILE: TileSize = "auto"
STROKE_PIXELS = 10.0  # width of the strokes that come by themselves (benchmarks/strokes.py)
LARGEST_STROKE = 0.1  # of the long edge
SMALLEST_STROKE = 0.0005
MINIMUM_TILE = 64  # below it a tile computes several times as many pixels around it as its own
DEFAULT_COLOR: ColorName = "style"
DEFAULT_FEATHER = 0.02  # of a mask's long edge: two or three feature positions of a small picture
DEFAULT_REST: Rest = "first"
DEFAULT_STITCH: Stitch = "row"
DEFAULT_LAYOUT: Layout = "left-right"

_LARGEST_SEED = 2**63 - 1  # of torch.Generator


def check_strength(strength: float) -> None:
    """Raises UsageError unless it is in [0, 1]."""
    if not 0 <= strength <= 1:  # also for NaN
        raise UsageError(
            f"strength is {strength:g}, not in 0 to 1",
            "0 keeps the content, 1 gives it the style in full",
        )


def check_color(color: str) -> None:
    """Raises UsageError unless it names whose colours the result has."""
    if color not in get_args(ColorName):
        raise UsageError(f"there is no color {color!r}", f"use {', '.join(get_args(ColorName))}")


def check_weights(weights: Sequence[float], styles: int) -> None:
    """Raises UsageError unless there is a weight for each style, none negative, not all 0."""
    if len(weights) != styles:
        raise UsageError(
            f"there are {len(weights)} weights for {styles} styles", "give one for each style"
        )
    for weight in weights:
        if not 0 <= weight < float("inf"):  # also for NaN
            raise UsageError(f"a weight is {weight:g}", "weights are numbers from 0 up")
    if not any(weights):
        raise UsageError("the weights sum to 0", "give at least one style a weight above 0")
    if sum(weights) == float("inf"):
        raise UsageError(
            "the weights sum to more than a number can hold",
            "make all of them smaller: they are relative to each other",
        )


def check_alpha(alpha: float) -> None:
    """Raises UsageError unless it is in [0, 1]."""
    if not 0 <= alpha <= 1:  # also for NaN
        raise UsageError(
            f"alpha is {alpha:g}, not in 0 to 1", "1 is the first style alone, 0 the second"
        )


def check_steps(steps: int) -> None:
    """Raises UsageError unless there are enough to begin with one style and end with another."""
    if steps < 2:
        raise UsageError(f"steps is {steps}", "give 2 or more: both ends are among them")


def check_feather(feather: float) -> None:
    """Raises UsageError unless it is a share of the long edge that leaves something of a mask."""
    if not 0 <= feather <= 0.5:
        raise UsageError(
            f"feather is {feather:g}, not in 0 to 0.5", "it is a share of the mask's long edge"
        )


def check_size(name: str, size: int | None) -> None:
    """Raises UsageError unless the long edge `size` is None (as it is) or at least 1 pixel."""
    if size is not None and size < 1:
        raise UsageError(f"{name} is {size}", "give the long edge in pixels, such as 512")


def check_stroke_size(stroke_size: float | None, pixels: float | None = None) -> None:
    """Raises UsageError unless it is None or a share of the long edge that can be painted.

    Args:
        stroke_size: the share.
        pixels: as what it was given, if it was.
    """
    if stroke_size is not None and not SMALLEST_STROKE <= stroke_size <= LARGEST_STROKE:
        given = "" if pixels is None else f"{pixels:g} pixels, "
        raise UsageError(
            f"stroke-size is {given}{100 * stroke_size:.4g} % of the long edge, "
            f"not in {100 * SMALLEST_STROKE:g} to {100 * LARGEST_STROKE:g} %",
            "give a share such as 2%, or pixels of the result such as 24",
        )


def parse_stroke_size(text: str, long_edge: int | None = None) -> float | None:
    """The share of the long edge that a command line asks for: "2%", or "24" pixels of it.

    Args:
        text: what is written there.
        long_edge: of the result, in pixels; None checks only what can be checked without.

    Returns:
        a share; None for pixels of an unknown long edge.

    Raises:
        UsageError: it is neither, or out of range.
    """
    try:
        number = float(text.removesuffix("%" if text.endswith("%") else "px"))
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):  # also for NaN
        raise UsageError(
            f"stroke-size is {text!r}",
            "give a share such as 2%, or pixels of the result such as 24",
        )
    if text.endswith("%"):
        share, pixels = number / 100, None
    elif long_edge is not None:
        share, pixels = number / long_edge, number
    else:
        return None
    check_stroke_size(share, pixels)
    return share


def check_tile(tile: TileSize) -> None:
    """Raises UsageError unless it is "auto", "off" or a side of at least `MINIMUM_TILE` pixels."""
    if isinstance(tile, str) and tile not in get_args(get_args(TileSize)[1]):
        raise UsageError(f"tile is {tile!r}", "give auto, off, or pixels such as 512")
    if isinstance(tile, int) and tile < MINIMUM_TILE:
        raise UsageError(f"tile is {tile}", f"give auto, off, or at least {MINIMUM_TILE} pixels")


def parse_tile(text: str) -> TileSize:
    """A tile size as it is written on a command line.

    Raises:
        UsageError: it is none.
    """
    tile: Any
    try:
        tile = int(text)
    except ValueError:
        tile = text
    check_tile(tile)
    return tile


def check_seed(seed: int | None) -> None:
    """Raises UsageError unless it is None or a number that torch can start from."""
    if seed is not None and not 0 <= seed <= _LARGEST_SEED:
        raise UsageError(f"seed is {seed}", f"give a whole number from 0 to {_LARGEST_SEED}")


def check_precision(precision: str, device: str) -> None:
    """Raises UsageError for fp16 on a CPU, which is slower there than fp32 and less exact.

    Args:
        device: the type of the device; "auto" if that is still to be found out.
    """
    if precision == "fp16" and device == "cpu":
        raise UsageError("fp16 is not for the CPU", "use --precision bf16 or fp32 there")
