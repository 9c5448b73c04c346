"""The decoder's weights follow the style [C]: a narrow decoder for all paints one hatching for all.

Each convolution has E further sets of weights, its experts, and adds them up as the style asks
(CondConv, NeurIPS 2019). The sum is made for a picture or a tile, so no pixel costs more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylectl.model.config import Choice
from stylectl.model.convolution import ReflectConv2d
from stylectl.model.statistics import instance_statistics

Told = tuple[Tensor, ...]  # of each style, how much of each expert, (1 or B, E)
_HIDDEN: dict[Choice, int] = {"plain": 64, "normalised": 128}
_FIRST_SAID: dict[Choice, float] = {"plain": 0.5, "normalised": 0.1}


@dataclass(frozen=True, eq=False)
class Mixture:
    """What the experts of a decoder of L convolutions are told.

    Attributes:
        told: of one style or several, how much of each expert: (1 or B, L, E) each.
        maps: how much of each counts where, (1 or B, len(told), H, W) over the positions of the
            feature; they sum to 1. None: there is one, and it counts.
    """

    told: tuple[Tensor, ...]
    maps: Tensor | None = None

    def of(self, index: int) -> Told:
        """For one of the L convolutions, (1 or B, E) each."""
        return tuple(each[:, index] for each in self.told)


class ExpertConv2d(ReflectConv2d):
    """A convolution (B, C, H, W) -> (B, C', H, W) of weights that may differ for each style.

    Args:
        experts: E, how many sets of weights there are to add; 0 makes it a plain convolution.
    """

    def __init__(self, inputs: int, outputs: int, size: int = 3, *, experts: int = 0) -> None:
        super().__init__(inputs, outputs, size)
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")
        # Start as nothing: weights that were trained without go on where they were.
        self.experts = nn.Parameter(torch.zeros(experts, self.weight.numel())) if experts else None
        self.expert_biases = nn.Parameter(torch.zeros(experts, outputs)) if experts else None

    def forward(self, x: Tensor, told: Told = (), maps: Tensor | None = None) -> Tensor:
        """See the class.

        Args:
            told: of each style, how much of each expert (1 or B, E); without any, none is added.
            maps: how much each of `told` counts where (1 or B, len(told), H, W), if they do not
                count everywhere alike: what each makes of x is added up by it.
        """
        if not told:
            return super().forward(x)
        if maps is None:
            return self._as_told(x, told[0])
        parts = zip(told, maps.split(1, 1), strict=True)
        result = sum(self._as_told(x, each) * share for each, share in parts)
        assert isinstance(result, Tensor)
        return result

    def _as_told(self, x: Tensor, told: Tensor) -> Tensor:
        assert self.experts is not None and self.expert_biases is not None
        assert self.bias is not None
        weights = self.weight + (told @ self.experts).unflatten(1, self.weight.shape)
        biases = self.bias + told @ self.expert_biases
        if len(told) == 1:
            return self.convolve(x, weights[0], biases[0])
        each = zip(x.split(1), weights, biases, strict=True)
        return torch.cat([self.convolve(*parts) for parts in each])


class ExpertChoice(nn.Module):
    """A style's maps (B, C, H, W) -> the mixture (B, L, E) for L convolutions, in [-1, 1].

    It sees the mean and the deviation of every channel, so the style's texture but not its layout.

    Args:
        channels: of each map that it is given: of Zs, and of shallower ones behind it.
        convolutions: L.
        experts: E.
        form: of its hidden layer, as `ModelConfig.experts_choice`.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        channels: Sequence[int],
        convolutions: int,
        experts: int,
        form: Choice = "plain",
    ) -> None:
        super().__init__()
        self.shape, self.form = (convolutions, experts), form
        seen, hidden = 2 * sum(channels), _HIDDEN[form]
        self.hidden = nn.Linear(seen, hidden)
        self.output = nn.Linear(hidden, convolutions * experts)
        # Styles differ from the first step, or all experts would learn the same; where a choice is
        # begun anew for experts that were trained with another, by little.
        nn.init.kaiming_normal_(self.hidden.weight, nonlinearity="relu")
        nn.init.normal_(self.output.weight, std=_FIRST_SAID[form] * hidden**-0.5)
        nn.init.zeros_(self.hidden.bias)
        nn.init.zeros_(self.output.bias)
        # Of what it sees, over many styles: buffers, part of the state, never trained.
        self.register_buffer("mean", torch.zeros(seen))
        self.register_buffer("std", torch.ones(seen))

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        hidden = self.hidden((_seen(maps) - self.mean) / self.std)
        if self.form == "normalised":  # a drift of all units is nothing, and none is silent
            hidden = F.silu(F.layer_norm(hidden, hidden.shape[1:]))
        else:
            hidden = F.relu(hidden)
        return self.output(hidden).tanh().unflatten(1, self.shape)  # (B, L, E)

    @property
    def calibrated(self) -> bool:
        """Whether its scale is that of styles."""
        return not bool((self.std == 1).any())

    @torch.no_grad()
    def calibrate(self, maps: Sequence[Tensor], *, anew: bool = False) -> None:
        """Set its scale by the maps of many styles (B, C, H, W), where it has none.

        With `anew` everywhere, since the encoder moves; what it says stays the same. What has no
        scale, such as all of a fresh choice, has said nothing yet.
        """
        seen, fresh = _seen(maps), self.std == 1
        mean = torch.where(fresh | anew, seen.mean(0), self.mean)
        std = torch.where(fresh | anew, seen.std(0).clamp_min(1e-3), self.std)
        shift = torch.where(fresh, 0, (mean - self.mean) / self.std)
        self.hidden.bias.add_(self.hidden.weight @ shift)
        self.hidden.weight.mul_(torch.where(fresh, 1, std / self.std))
        self.mean.copy_(mean)
        self.std.copy_(std)


def _seen(maps: Sequence[Tensor]) -> Tensor:
    statistics = [instance_statistics(x) for x in maps]
    return torch.cat([t for s in statistics for t in (s.mean, s.std)], 1).flatten(1)  # (B, 2 sum C)
