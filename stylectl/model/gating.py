"""Content-based gating module (CGM): the content decides which style positions count [F][S].

The forms are a choice [C]: `threshold` is DAGL's (ICCV 2021), `affine` a map of the weights.
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylectl.model.config import ModelConfig
from stylectl.model.convolution import ReflectConv2d

_ROUNDING = 1e-5  # a margin below this is noise: over a flat style every score equals the mean
_SAFE_EXPONENT = 60.0  # sums of a million such powers of e are numbers in float32


class ContentGating(nn.Module):
    """psi: three 3x3 conv blocks, Zc (B, C, H, W) -> gamma, beta (B, G, HW, 2) [S].

    Starts at gamma = 1, beta = 0: `threshold` then keeps what correlates more than the mean, and
    `affine` keeps the softmax as it is.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads = config.heads
        widths = (config.width, config.gate_channels, config.gate_channels, 2 * config.heads)
        self.convs = nn.ModuleList(ReflectConv2d(a, b) for a, b in itertools.pairwise(widths))
        last = self.convs[-1]
        assert isinstance(last, nn.Conv2d) and last.bias is not None
        nn.init.normal_(last.weight, std=1e-3)
        with torch.no_grad():
            last.bias.copy_(torch.tensor([1.0, 0.0]).repeat(config.heads))

    def forward(self, zc: Tensor) -> Tensor:
        x = zc
        for conv in self.convs[:-1]:
            x = F.relu(conv(x))
        x = self.convs[-1](x)  # (B, 2G, H, W)
        return x.unflatten(1, (self.heads, 2)).flatten(3).transpose(2, 3)  # (B, G, HW, 2)


def attention_weights(
    config: ModelConfig, query: Tensor, gate: Tensor | None, keys: Tensor, mean_key: Tensor
) -> tuple[Tensor, Tensor]:
    """What queries (B, G, Q, C/G) make of style keys (B, G, N, C/G): W (B, G, Q, N) and its unit.

    The weights A are W / unit, with unit (B, G, Q, 1): who sums values by them divides the sums,
    which are fewer.

    Args:
        gate: (B, G, Q, 2), gamma and beta of each query; None gives the softmax before the gate.
        mean_key: (B, G, 1, C/G), the mean of `keys` over the style positions.
    """
    if gate is None:
        weights = _ungated_weights(config, query, keys)
        return weights, weights.new_ones(())
    gamma, beta = gate[..., :1], gate[..., 1:]  # (B, G, Q, 1) each
    if config.gate == "affine":
        weights = F.relu(gamma * _ungated_weights(config, query, keys) + beta)
        return weights, weights.new_ones(())
    threshold = gamma * (query * mean_key).sum(-1, keepdim=True) - beta
    return _threshold_weights(query, keys, threshold, config.temperature)


def _ungated_weights(config: ModelConfig, query: Tensor, keys: Tensor) -> Tensor:
    # The affine gate alone sees queries and keys of any length, for which tau is not meant.
    scale = query.shape[-1] ** -0.5 if config.gate == "affine" else config.temperature
    return torch.softmax(scale * (query @ keys.transpose(2, 3)), -1)  # (B, G, Q, N)


def _threshold_weights(
    query: Tensor, keys: Tensor, threshold: Tensor, tau: float
) -> tuple[Tensor, Tensor]:
    """M = relu(S - threshold), A = softmax(tau S M) where M > 0, else 0; not renormalised.

    A row whose every entry is masked falls back to the ungated softmax(tau S). Entries count in
    full from a margin that rounding cannot make, so that it does not decide which ones do: a tile
    and the whole picture differ in the last bits.
    """
    # sqrt(tau) goes into S and M each, which saves a pass over the largest tensor of the network.
    root = tau**0.5
    scores = (root * query) @ keys.transpose(2, 3)  # sqrt(tau) S (B, G, Q, N)
    margin = F.relu(scores - root * threshold, inplace=True)  # sqrt(tau) M
    if _can_be_spent(scores, threshold, tau):
        weights, unit, most = _in_few_passes(scores, margin)
    else:
        # Numbers, not truth values: those are several times slower (measured).
        kept = (margin.detach() / _ROUNDING).clamp_(max=1)
        weights = torch.softmax(scores * margin, -1) * kept
        unit, most = weights.new_ones(()), kept.amax(-1, keepdim=True)  # (B, G, Q, 1)
    # Asking a GPU whether any row is masked would stop it; there the fallback is always computed.
    if not scores.is_cpu or most.amin() < 1:
        ungated = torch.softmax(tau * (query @ keys.transpose(2, 3)), -1)
        weights = weights + (1 - most) * unit * ungated
    return weights, unit


def _can_be_spent(scores: Tensor, threshold: Tensor, tau: float) -> bool:
    """Whether no gradient needs the scores, and powers of e can be summed as they are."""
    if torch.is_grad_enabled() or not scores.is_cpu or scores.dtype.itemsize < 4:
        return False
    return tau * (1 + threshold.abs().amax()).item() < _SAFE_EXPONENT  # |S| <= 1


def _in_few_passes(scores: Tensor, margin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The weights, their unit and how much of each row's likeliest entry counts, in place.

    Memory that is new at every chunk costs a CPU as much as the arithmetic (measured).
    """
    weights = scores.mul_(margin).exp_()
    unit = weights.sum(-1, keepdim=True) * _ROUNDING
    kept = margin.clamp_(max=_ROUNDING)  # times _ROUNDING
    most = kept.amax(-1, keepdim=True) / _ROUNDING
    return weights.mul_(kept), unit, most
