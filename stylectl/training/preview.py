"""A contact sheet of fixed pairs, to see the training: contents down, styles across."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from stylectl.evaluation.sheets import contact_sheet
from stylectl.media import write_image
from stylectl.model import StyleTransferNetwork
from stylectl.training.data import ImagePool

SIDE = 192  # pixels of each square on the sheet
_PAIRS_SEED = 20230414  # the preview's own randomness: never the training's


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
        content_files: Sequence[Path] = (),
        style_files: Sequence[Path] = (),
    ) -> Preview:
        """Squares of the given files, or else of images drawn from the pools."""
        generator = torch.Generator().manual_seed(_PAIRS_SEED)
        chosen = [
            ImagePool([files], SIDE, pool.device) if files else pool
            for pool, files in ((contents, content_files), (styles, style_files))
        ]
        counts = len(content_files) or 4, len(style_files) or 5
        squares = [
            torch.cat([pool.square(i, SIDE) for i in range(count)])
            if files
            else pool.batch(count, SIDE, (0.1, 0.1), generator)
            for pool, files, count in zip(
                chosen, (content_files, style_files), counts, strict=True
            )
        ]
        return cls(squares[0], squares[1])

    @torch.no_grad()
    def write(self, network: StyleTransferNetwork, path: Path) -> None:
        """Stylise every pair and replace `path` by the sheet."""
        results = []
        for style in self.styles.split(1):
            features = network.encode_style(style)
            results.append(torch.cat([network(c, features) for c in self.contents.split(1)]))
        sheet = contact_sheet(self.contents, self.styles, torch.stack(results, 1))
        write_image(path, sheet.permute(1, 2, 0).cpu().numpy(), overwrite=True)
