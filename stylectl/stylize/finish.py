"""What is done to a painted picture before it is given back: whose colours, and what stays."""

from __future__ import annotations

import torch
from torch import Tensor

from stylectl.stylize.colour import keep_colours
from stylectl.stylize.levels import bands, empty_image, from_unit, to_unit
from stylectl.stylize.mix import StyleMix
from stylectl.stylize.regions import Frame
from stylectl.stylize.settings import ColorName

_FADE = 0.25  # coverage below which the content's own pixels show through


def finished(
    painted: Tensor, content: Tensor, mix: StyleMix, color: ColorName, dtype: torch.dtype
) -> Tensor:
    """`painted` with the content's chroma, or its very pixels, where they are asked for.

    Both images are (B, 3, H, W), levels or floats; the result is of `dtype`.
    """
    size = content.shape[2], content.shape[3]
    coverage = mix.coverage(Frame(size, size, size))
    if coverage is None and color != "content" and painted.dtype == dtype:
        return painted
    result = empty_image(painted, size, dtype)
    for rows in bands(*size):
        part, kept = to_unit(painted[..., rows, :]), to_unit(content[..., rows, :])
        if color == "content":
            part = keep_colours(part, kept)
        if coverage is not None:
            # Where little is painted the features are nearly the content's, so the fade from there
            # to its pixels is not seen.
            shown = (coverage[..., rows, :].to(kept) / _FADE).clamp(max=1)
            part = torch.lerp(kept, part, shown)
        result[..., rows, :] = from_unit(part, dtype)
    return result
