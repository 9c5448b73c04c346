"""What a content is painted with: styles, and how much each counts where.

One object for all commands, tiles and frames. Styles are blended as aligned features Zcs, before
the kernels are made of them: Z~cs = sum_k share_k Zcs(k) [S for two styles, C for more].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from stylectl.model.alignment import StyleFeatures
from stylectl.model.experts import Mixture

Share = float | Tensor  # one number, or a map (1 or B, 1, H, W) over the content's positions


@dataclass(frozen=True, eq=False)
class Conditioning:
    """Styles and their shares for a content whose feature Zc is (B, C, H, W).

    Attributes:
        styles: the features of one style or more; the batch of each is 1 or B.
        shares: of each style; at every position they sum to 1.
        permutation: order of the channel groups for grouped shuffling; None keeps the order.
    """

    styles: tuple[StyleFeatures, ...]
    shares: tuple[Share, ...] = (1.0,)
    permutation: Tensor | None = None

    def __post_init__(self) -> None:
        if not self.styles or len(self.styles) != len(self.shares):
            raise ValueError(f"{len(self.styles)} styles, {len(self.shares)} shares")

    def window(self, rows: slice, columns: slice) -> Conditioning:
        """The same for the part Zc[:, :, rows, columns] of a content."""

        def cut(share: Share) -> Share:
            return share[:, :, rows, columns] if isinstance(share, Tensor) else share

        return replace(self, shares=tuple(map(cut, self.shares)))

    def to(self, device: torch.device) -> Conditioning:
        """The same on another device."""

        def moved(share: Share) -> Share:
            return share.to(device) if isinstance(share, Tensor) else share

        styles = tuple(style.to(device) for style in self.styles)
        shares = tuple(map(moved, self.shares))
        return replace(self, styles=styles, shares=shares)

    def blend(self, aligned: Callable[[StyleFeatures], Tensor]) -> Tensor:
        """Z~cs (B, C, H, W), where `aligned` gives Zcs of one style; styles of no share cost none.

        A style that is alone, with a share of 1, is passed on to the bit.
        """
        counted = [
            (style, share)
            for style, share in zip(self.styles, self.shares, strict=True)
            if isinstance(share, Tensor) or share != 0
        ]
        result: Tensor | None = None
        for style, share in counted:
            zcs = aligned(style)
            if isinstance(share, Tensor) or share != 1:
                zcs = zcs * share
            result = zcs if result is None else result + zcs
        if result is None:
            raise ValueError("every share is 0")
        return result

    def mixture(self) -> Mixture | None:
        """What the decoder's experts are told; None if there are none.

        Mixtures are blended as features are: into one, unless shares differ from place to place.
        """
        counted = [
            (style.mixture, share)
            for style, share in zip(self.styles, self.shares, strict=True)
            if style.mixture is not None and (isinstance(share, Tensor) or share != 0)
        ]
        if not counted:
            return None
        maps = [share for _, share in counted if isinstance(share, Tensor)]
        if not maps:
            weighted = [told * share for told, share in counted]
            return Mixture((torch.stack(torch.broadcast_tensors(*weighted)).sum(0),))
        everywhere = torch.ones_like(maps[0])
        shares = torch.cat([share * everywhere for _, share in counted], 1)
        return Mixture(tuple(told for told, _ in counted), shares)
