"""What the experts are told is spread over styles, so that they can learn to differ [C].

A choice that tells all styles nearly the same teaches all experts nearly the same, and what would
set styles apart is learned as many times more slowly. Spread, every expert is told numbers of mean
0 and of one deviation over styles, independent of the other experts'; the experts and the common
weights make up for it, so that pictures stay as they were.
"""

from __future__ import annotations

import torch
from torch import Tensor

from stylectl.errors import TrainingError
from stylectl.model.decoder import Decoder

_SPREAD = 0.25  # of what is told, whose Tanh is nearly straight there
_SMALLEST = 1e-4  # of the widest variance of a convolution: narrower ones are noise, and stay so


@torch.no_grad()
def spread_experts(decoder: Decoder, told: Tensor) -> None:
    """Make what `decoder.choice` says vary over styles as the file says.

    Args:
        told: what it says of N styles, (N, L, E); more of them than there are experts.

    Raises:
        TrainingError: when the decoder has no experts.
    """
    choice = decoder.choice
    if choice is None:
        raise TrainingError(
            "the model has no experts to spread", "add them: --set-model experts=16"
        )
    mean = told.mean(0)  # (L, E)
    deviations = (told - mean).transpose(0, 1)  # (L, N, E)
    covariance = deviations.mT @ deviations / deviations.shape[1]
    variances, axes = torch.linalg.eigh(covariance)  # (L, E), (L, E, E)
    variances = variances.clamp_min(variances[:, -1:] * _SMALLEST).clamp_min(1e-12)
    whitening = axes * (_SPREAD * variances.rsqrt())[:, None] @ axes.mT  # (L, E, E), symmetric
    restoring = axes * (variances.sqrt() / _SPREAD)[:, None] @ axes.mT
    # Near their mean, Tanh is a straight line.
    middle = mean.clamp(-0.99, 0.99).atanh()
    matrix = whitening * (1 - mean.square())[:, None]
    weight, bias = choice.output.weight, choice.output.bias
    weight.copy_((matrix @ weight.unflatten(0, choice.shape)).flatten(0, 1))
    offset = bias.unflatten(0, choice.shape) - middle
    bias.copy_((matrix @ offset[..., None]).flatten())
    for conv, m, r in zip(decoder.convolutions, mean, restoring, strict=True):
        assert conv.bias is not None
        assert conv.experts is not None and conv.expert_biases is not None
        conv.weight.add_((m @ conv.experts).view_as(conv.weight))
        conv.bias.add_(m @ conv.expert_biases)
        conv.experts.copy_(r @ conv.experts)
        conv.expert_biases.copy_(r @ conv.expert_biases)
