"""How `stylectl multistyle` brings styles together: by the mode given, or the options that say it.

Checked without torch, so that the file of a bad mask can be named at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from stylectl.batch.job import Mode, Together
from stylectl.errors import UsageError
from stylectl.stylize.mask_checks import check_mask_count
from stylectl.stylize.settings import (
    DEFAULT_FEATHER,
    DEFAULT_LAYOUT,
    DEFAULT_REST,
    DEFAULT_STITCH,
    Layout,
    Rest,
    Stitch,
    check_feather,
    check_weights,
)

DEFAULT_MODE: Mode = "stitch"

# The options of one mode only: given, they choose it.
_OWN: dict[str, Mode] = {
    "--stitch": "stitch",
    "--save-stitched": "stitch",
    "--mask": "mask",
    "--feather": "mask",
    "--rest": "mask",
    "--layout": "gradient",
}


@dataclass(frozen=True)
class Way:
    """How the styles come together, and where the stitched reference is written, if it is."""

    together: Together
    save_stitched: Path | None


def chosen_way(
    styles: int,
    mode: Mode | None,
    *,
    stitch: Stitch | None,
    save_stitched: Path | None,
    weights: str | None,
    masks: Sequence[Path] | None,
    feather: float | None,
    rest: Rest | None,
    layout: Layout | None,
) -> Way:
    """The way that the options describe; None stands for one that was not given.

    Raises:
        UsageError: options contradict each other, or a value is out of range.
    """
    given = {
        "--stitch": stitch,
        "--save-stitched": save_stitched,
        "--mask": masks or None,
        "--feather": feather,
        "--rest": rest,
        "--layout": layout,
    }
    numbers = None if weights is None else _parsed(weights)
    if numbers is not None:
        check_weights(numbers, styles)
    mode = _mode(mode, [name for name, value in given.items() if value is not None], weights)
    if feather is not None:
        check_feather(feather)
    if mode == "mask":
        if not masks:
            raise UsageError("there is no mask", "give --mask FILE for each style but the first")
        check_mask_count(len(masks), styles, rest or DEFAULT_REST)
    together = Together(
        mode,
        numbers,
        stitch or DEFAULT_STITCH,
        tuple(masks or ()),
        DEFAULT_FEATHER if feather is None else feather,
        rest or DEFAULT_REST,
        layout or DEFAULT_LAYOUT,
    )
    return Way(together, save_stitched)


def _mode(mode: Mode | None, given: Sequence[str], weights: str | None) -> Mode:
    for name in given:
        if mode is not None and _OWN[name] != mode:
            raise UsageError(
                f"{name} does not go with --mode {mode}", f"it belongs to --mode {_OWN[name]}"
            )
        others = [other for other in given if _OWN[other] != _OWN[name]]
        if others:
            raise UsageError(f"{name} and {others[0]} do not go together", "give one of them")
    if mode is None:
        mode = _OWN[given[0]] if given else DEFAULT_MODE if weights is None else "blend"
    if mode == "stitch" and weights is not None:
        raise UsageError(
            f"--weights {weights} does not go with stitching",
            "weights belong to the modes " + ", ".join(m for m in get_args(Mode) if m != mode),
        )
    return mode


def _parsed(weights: str) -> tuple[float, ...]:
    try:
        return tuple(float(number) for number in weights.split(","))
    except ValueError:
        raise UsageError(
            f"weights is {weights!r}, not numbers such as 2,1,1",
            "give one for each style; the network's weights are --model here",
        ) from None
