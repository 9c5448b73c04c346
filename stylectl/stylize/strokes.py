"""Strokes of a chosen width, whatever the size of the picture: painted from coarse to fine.

The network's strokes have a width in pixels, so they shrink as the picture grows. Here a picture is
painted first at the size at which its strokes have the wanted share of it. Then, octave by octave,
the painting is enlarged, the photo's finer detail is added, and the network paints over it; what it
may change is only what the smaller painting could not hold. So a preview and a picture eight times
as large show the same strokes, and the large one has more inside them.
"""

from __future__ import annotations

import torch
from torch import Tensor

from stylectl.stylize import sizes
from stylectl.stylize.events import Notice, OnEvent
from stylectl.stylize.levels import bands, empty_image, from_unit, to_unit
from stylectl.stylize.settings import STROKE_PIXELS

_OCTAVE = 2.0
DETAIL = 0.35  # with all of it, large pictures measure as of finer strokes (docs/strokes.md)
_LAST_STEP = 1.25  # a last step that is smaller than this adds nothing
_MOST_ENLARGED = 4  # for strokes finer than they come: of less than 3 pixels nothing would be seen
_LARGEST_ENLARGED = 16384  # long edge in pixels: beyond it, memory would have no bound


def paintable(stroke_size: float | None, size: tuple[int, int], on_event: OnEvent) -> float | None:
    """The stroke size, or the finest that a content of `size` can show; says so if it must."""
    whole = max(size)
    finest = STROKE_PIXELS / max(whole, min(_MOST_ENLARGED * whole, _LARGEST_ENLARGED))
    if stroke_size is None or stroke_size >= finest:
        return stroke_size
    on_event(
        Notice(
            f"strokes of {100 * stroke_size:.3g} % are too fine for {whole} pixels: "
            f"they are {100 * finest:.3g} % wide"
        )
    )
    return finest


def working_sizes(size: tuple[int, int], stroke_size: float | None) -> list[tuple[int, int]]:
    """Heights and widths to paint a content of `size` at, one after the other.

    Args:
        size: height and width.
        stroke_size: width of the strokes as a share of the long edge; None takes what comes.

    Returns:
        one size if strokes are as wide as they come or narrower, which is then larger than `size`.
    """
    if stroke_size is None:
        return [size]
    whole, edge = max(size), STROKE_PIXELS / stroke_size
    if edge * _LAST_STEP >= whole:
        return [sizes.fit_long_edge(size, round(edge))]
    edges = []
    while edge * _LAST_STEP < whole:
        edges.append(round(edge))
        edge *= _OCTAVE
    return [*(sizes.fit_long_edge(size, edge) for edge in edges), size]


def with_coarse(fine: Tensor, coarse: Tensor, dtype: torch.dtype, detail: float = 1.0) -> Tensor:
    """The image `fine` with what `coarse` shows in place of what it shows at that size itself.

    Both are (B, 3, H, W), levels or floats, `coarse` the smaller; the result is `fine`'s size and
    of `dtype`. `detail` is the share that stays of what only `fine` can show.
    """
    result = empty_image(fine, (fine.shape[2], fine.shape[3]), dtype)
    for channel in range(fine.shape[1]):  # one at a time: what is on the way takes a third
        one = slice(channel, channel + 1)
        result[:, one] = _joined(fine[:, one], coarse[:, one], dtype, detail)
    return result


def _joined(fine: Tensor, coarse: Tensor, dtype: torch.dtype, detail: float) -> Tensor:
    size = fine.shape[2], fine.shape[3]
    small = sizes.resize(fine, (coarse.shape[2], coarse.shape[3]))
    # Halved and raised by a half: resizing takes values in [0, 1].
    change = (to_unit(coarse) - detail * small) / 2 + 0.5
    change = sizes.resize(change, size, torch.float32 if dtype == torch.float32 else torch.uint16)
    result = empty_image(fine, size, dtype)
    for rows in bands(*size):
        part = detail * to_unit(fine[..., rows, :]) + (to_unit(change[..., rows, :]) - 0.5) * 2
        result[..., rows, :] = from_unit(part.clamp(0, 1), dtype)
    return result
