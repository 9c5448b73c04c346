"""What is done to a painted picture before it is given back: whose colours, and what stays."""

from __future__ import annotations

import torch
from torch import Tensor

from stylectl.stylize.colour import keep_colours
from stylectl.stylize.levels import bands, empty_image, from_unit, to_unit
from stylectl.stylize.mix import StyleMix
from stylectl.stylize.regions import Frame
from stylectl.stylize.settings import ColorName


def finished(
    painted: Tensor,
    content: Tensor,
    mix: StyleMix,
    color: ColorName,
    strength: float,
    dtype: torch.dtype,
) -> Tensor:
    """`painted` with the content's chroma, or its very pixels, where they are asked for.

    Pixels are faded, not features: the way from Zc to a modulated feature, whose scale is another,
    leads through grey.

    Args:
        painted, content: (B, 3, H, W), levels or floats.
        mix: says where the content stays.
        color: "content" gives `painted` the content's chroma.
        strength: the share of `painted`, where the content does not stay anyway.
        dtype: of the result.
    """
    size = content.shape[2], content.shape[3]
    coverage = mix.coverage(Frame(size, size, size))
    faded = coverage is not None or strength < 1
    if not faded and color != "content" and painted.dtype == dtype:
        return painted
    result = empty_image(painted, size, dtype)
    for rows in bands(*size):
        part, kept = to_unit(painted[..., rows, :]), to_unit(content[..., rows, :])
        if color == "content":
            part = keep_colours(part, kept)
        if faded:
            covered = 1.0 if coverage is None else coverage[..., rows, :].to(kept)
            part = torch.lerp(kept, part, strength * covered)
        result[..., rows, :] = from_unit(part, dtype)
    return result
