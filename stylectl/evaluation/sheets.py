"""Contact sheets: contents down, styles across, as in the supplement's figure 5."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

GAP = 4  # white pixels between squares


def contact_sheet(contents: Tensor, styles: Tensor, results: Tensor) -> Tensor:
    """One image (3, H, W) in [0, 1] of contents (N, 3, S, S), styles (M, 3, S, S) and results.

    `results` is (N, M, 3, S, S); the styles stand on top, the contents at the left.
    """
    blank = torch.ones_like(contents[:1])
    rows = [torch.cat([blank, styles])]
    rows += [torch.cat([c[None], r]) for c, r in zip(contents, results, strict=True)]
    return torch.cat([_row(row) for row in rows], 1)


def _row(squares: Tensor) -> Tensor:
    padded = F.pad(squares, (0, GAP, 0, GAP), value=1.0)  # (M+1, 3, S+gap, S+gap)
    return torch.cat(padded.unbind(), 2)  # (3, S+gap, (M+1) (S+gap))
