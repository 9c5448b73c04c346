"""What is done to a painted picture before it is given back: whose colours, and what stays."""

from __future__ import annotations

import torch
from torch import Tensor

from stylectl.stylize.colour import keep_colours
from stylectl.stylize.mix import StyleMix
from stylectl.stylize.regions import Frame
from stylectl.stylize.settings import ColorName

_FADE = 0.25  # coverage below which the content's own pixels show through


def finished(painted: Tensor, content: Tensor, mix: StyleMix, color: ColorName) -> Tensor:
    """`painted` with the content's chroma, or its very pixels, where they are asked for.

    Both images are (B, 3, H, W) in [0, 1].
    """
    if color == "content":
        painted = keep_colours(painted, content)
    size = content.shape[2], content.shape[3]
    coverage = mix.coverage(Frame(size, size, size))
    if coverage is None:
        return painted
    # Where little is painted the features are nearly the content's, so the fade from there to its
    # pixels is not seen.
    return torch.lerp(content, painted, (coverage.to(content) / _FADE).clamp(max=1))
