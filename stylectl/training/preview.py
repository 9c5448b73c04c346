"""A contact sheet of fixed pairs, to see the training: contents down, styles across."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from stylectl.evaluation.sheets import contact_sheet
from stylectl.media import write_image
from stylectl.model import StyleTransferNetwork
from stylectl.training.data import ImagePool
from stylectl.training.images import decode

SIDE = 192  # pixels of each square on the sheet
CONTENTS, STYLES = 4, 5  # squares drawn where no files are given
_WHOLE = (1e-3, 1e-3)  # a zoom so small that a crop is as large as the image allows
_PAIRS_SEED = 20230414  # the preview's own randomness: never the training's


def middle_squares(files: Sequence[Path]) -> Tensor | None:
    """The middle squares of image files, (N, 3, SIDE, SIDE) in [0, 1]; None without any.

    Raises:
        InputError: when one cannot be read.
    """
    squares = []
    for file in files:
        image = decode(file, SIDE)
        height, width = image.shape[1:]
        side = min(height, width)
        y, x = (height - side) // 2, (width - side) // 2
        part = image[None, :, y : y + side, x : x + side].float() / 255
        squares.append(F.interpolate(part, (SIDE, SIDE), mode="bilinear", antialias=True))
    return torch.cat(squares).clamp(0, 1) if squares else None


@dataclass(frozen=True)
class Preview:
    """Contents (N, 3, S, S) and styles (M, 3, S, S) in [0, 1] that every sheet shows."""

    contents: Tensor
    styles: Tensor

    @classmethod
    def fixed_pairs(
        cls,
        contents: ImagePool,
        styles: ImagePool,
        chosen_contents: Tensor | None = None,
        chosen_styles: Tensor | None = None,
    ) -> Preview:
        """The chosen squares, or else always the same ones of the pools' images."""
        generator = torch.Generator().manual_seed(_PAIRS_SEED)
        squares = [
            pool.batch(count, SIDE, _WHOLE, generator) if chosen is None else chosen.to(pool.device)
            for pool, chosen, count in (
                (contents, chosen_contents, CONTENTS),
                (styles, chosen_styles, STYLES),
            )
        ]
        return cls(squares[0], squares[1])

    @torch.no_grad()
    def write(self, network: StyleTransferNetwork, path: Path) -> None:
        """Stylise every pair and replace `path` by the sheet.

        Raises:
            OutputError: when it cannot be written.
        """
        results = []
        for style in self.styles.split(1):
            features = network.encode_style(style)
            results.append(torch.cat([network(c, features) for c in self.contents.split(1)]))
        sheet = contact_sheet(self.contents, self.styles, torch.stack(results, 1))
        write_image(path, sheet.permute(1, 2, 0).cpu().numpy(), overwrite=True)
