"""Several styles in one picture: how much each counts, everywhere or place by place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from stylectl.errors import UsageError
from stylectl.model.conditioning import Conditioning, Share
from stylectl.stylize.mask_checks import check_mask_count
from stylectl.stylize.regions import Frame, Masks, Regions, soft_masks
from stylectl.stylize.settings import (
    DEFAULT_FEATHER,
    DEFAULT_REST,
    Rest,
    check_feather,
    check_weights,
)
from stylectl.stylize.style import StyleCode


@dataclass(frozen=True, eq=False)
class StyleMix:
    """Styles that `Stylizer.stylize` blends as features, before it makes kernels of them.

    Args:
        codes: the styles, encoded.
        weights: how much each counts, any non-negative numbers; None counts all alike.
        regions: where each counts; None is everywhere. Weights then decide between the styles that
            meet at a place.
        rest: what fills the places that no region covers: the "first" style, or the "content",
            whose pixels are kept there.

    Raises:
        UsageError: weights or regions do not go with the styles.
    """

    codes: tuple[StyleCode, ...]
    weights: tuple[float, ...] | None = None
    regions: Regions | None = None
    rest: Rest = DEFAULT_REST

    def __post_init__(self) -> None:
        if not self.codes:
            raise UsageError("there is no style", "give at least one")
        if self.weights is not None:
            check_weights(self.weights, len(self.codes))
        if self.regions is not None and self.regions.count != len(self.codes):
            raise UsageError(
                f"there are regions for {self.regions.count} styles, not for {len(self.codes)}",
                "give one for each style",
            )

    @classmethod
    def masked(
        cls,
        codes: Sequence[StyleCode],
        masks: Sequence[NDArray[Any] | Tensor],
        *,
        weights: Sequence[float] | None = None,
        feather: float = DEFAULT_FEATHER,
        rest: Rest = DEFAULT_REST,
    ) -> StyleMix:
        """A style for each mask; with one mask fewer, the first style fills what they leave.

        Args:
            masks: (h, w) in [0, 1], of any size and the content's aspect ratio.
            feather: how far their edges are blurred, as a share of the mask's long edge.

        Raises:
            UsageError: as for the mix itself; or a mask is empty, or none.
        """
        check_feather(feather)
        check_mask_count(len(masks), len(codes), rest)
        without = [None] * (len(masks) == len(codes) - 1)
        regions = soft_masks([*without, *masks], feather)
        counts = None if weights is None else tuple(weights)
        return cls(tuple(codes), counts, regions, rest)

    @property
    def shares(self) -> tuple[float, ...]:
        """The weights, made to sum to 1."""
        weights = self.weights or (1.0,) * len(self.codes)
        return tuple(weight / sum(weights) for weight in weights)

    @property
    def keeps_some_content(self) -> bool:
        """Whether there may be places that are not painted."""
        return self.rest == "content" and isinstance(self.regions, Masks)

    def conditioning(self, frame: Frame, permutation: Tensor | None) -> Conditioning:
        """What the network is given for a content whose features lie on the frame's grid."""
        features = tuple(code.features for code in self.codes)
        return Conditioning(features, self.shares_at(frame), permutation)

    def shares_at(self, frame: Frame) -> tuple[Share, ...]:
        """The share of each style: a number, or a map (1, 1, rows, columns); they sum to 1."""
        if self.regions is None or len(self.codes) == 1:
            return self.shares
        presence = self.regions.presence(frame)  # (K, rows, columns)
        weighted = presence * torch.tensor(self.shares)[:, None, None]
        total = weighted.sum(0)  # (rows, columns)
        shares = weighted / torch.where(total > 0, total, 1)
        covered = (total > 0).float() if self.keeps_some_content else presence.sum(0).clamp(max=1)
        shares = shares * torch.where(total > 0, covered, 0)
        shares[0] += 1 - shares.sum(0)
        return tuple(shares[:, None, None].unbind())

    def coverage(self, frame: Frame) -> Tensor | None:
        """How much a place is painted at all, (1, 1, rows, columns) in [0, 1]; None is fully."""
        if self.regions is None or not self.keeps_some_content:
            return None
        counted = torch.tensor(self.shares)[:, None, None] > 0
        presence = self.regions.presence(frame) * counted  # (K, rows, columns)
        return presence.sum(0).clamp(max=1)[None, None]


def as_mix(style: StyleCode | StyleMix) -> StyleMix:
    """A code alone is a mix of one."""
    return StyleMix((style,)) if isinstance(style, StyleCode) else style


def between(first: StyleCode, second: StyleCode, alpha: float) -> StyleMix:
    """The paper's interpolation: alpha of the first style, 1 - alpha of the second."""
    return StyleMix((first, second), (alpha, 1 - alpha))
