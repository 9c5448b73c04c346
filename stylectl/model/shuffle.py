"""Grouped shuffling (GS): the channel groups of Zc in random order before the style kernels [S].

One permutation per training batch; identity at inference unless one is asked for [C].
"""

from __future__ import annotations

import torch
from torch import Tensor


def random_permutation(groups: int, generator: torch.Generator | None = None) -> Tensor:
    """A random order of the groups, (groups,) int64 on the CPU."""
    return torch.randperm(groups, generator=generator)


def shuffle_groups(x: Tensor, permutation: Tensor) -> Tensor:
    """Reorder the channel groups of x (B, C, H, W): group i becomes group permutation[i]."""
    groups = x.unflatten(1, (len(permutation), -1))  # (B, groups, C/groups, H, W)
    return groups[:, permutation.to(x.device)].flatten(1, 2)  # (B, C, H, W)


def inverse_permutation(permutation: Tensor) -> Tensor:
    """The permutation that restores what `permutation` shuffled."""
    return torch.argsort(permutation)
