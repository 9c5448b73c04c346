"""Units that no picture reaches any more are begun anew [C: ReDo, ICML 2023].

Nothing in the network is normalised, so a step of Adam can push a unit below zero for every
picture; behind its ReLU it has no gradient then and never comes back. Such units get fresh weights,
and what reads them gets zeros: the network computes what it did, and can use them again.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from stylectl.model import StyleTransferNetwork
from stylectl.model.experts import ExpertChoice, ExpertConv2d
from stylectl.model.kernels import StyleKernels, delta_kernel
from stylectl.model.statistics import EPSILON

_DORMANT = 1e-4  # above zero at fewer positions than this share, a unit counts as dead


@dataclass(frozen=True, eq=False)
class _Layer:
    """A convolution before a ReLU, and the convolutions that alone read what comes behind it."""

    conv: nn.Conv2d
    readers: tuple[nn.Conv2d, ...]


@torch.no_grad()
def dead_units(network: StyleTransferNetwork, content: Tensor, style: Tensor) -> list[Tensor]:
    """Which units these images (B, 3, H, W) do not reach: of every layer before a ReLU, (C,)."""
    shares = _shares_active(list(_layers(network)), lambda: network(content, style))
    return [share < _DORMANT for share in shares]


@torch.no_grad()
def revive(
    network: StyleTransferNetwork, content: Tensor, style: Tensor, generator: torch.Generator
) -> int:
    """Begins anew what these images (B, 3, H, W) do not reach, and says how many units that were.

    What the choice of the experts sees of such a unit of a style is to be calibrated once more.
    """
    layers, dead = list(_layers(network)), dead_units(network, content, style)
    for layer, units in zip(layers, dead, strict=True):
        for reader in layer.readers:
            _unread(reader, units)
    for layer, units in zip(layers, dead, strict=True):
        _renew(layer.conv, units, generator)
    names = network.encoder.layers
    of_encoder = dict(zip(names, dead, strict=False))  # `_layers` has the encoder's first
    if network.kernels is not None:
        _unmodulated(network.kernels, of_encoder[names[-1]])
    if network.decoder.choice is not None:
        seen = [network.config.feature, *network.config.seen_layers]
        _unseen(network.decoder.choice, [of_encoder[n.replace("relu", "conv")] for n in seen])
    _centre(layers, dead, lambda: network(content, style))
    return int(sum(units.sum() for units in dead))


def _layers(network: StyleTransferNetwork) -> Iterator[_Layer]:
    encoder, alignment = network.encoder, network.alignment
    convs = [encoder.get_submodule(name) for name in encoder.layers]
    gates = [] if alignment.gating is None else list(alignment.gating.convs)
    of_feature = (alignment.query, alignment.key, alignment.value, *gates[:1])
    yield from (_layer(a, b) for a, b in itertools.pairwise(convs))
    yield _layer(convs[-1], *of_feature)
    yield from (_layer(a, b) for a, b in itertools.pairwise(gates))
    if network.kernels is not None:
        yield _layer(network.kernels.hidden, network.kernels.output)
    for block in [*network.decoder.blocks, *network.decoder.residual]:
        yield _layer(block.first, block.second)  # type: ignore[arg-type]


def _layer(conv: nn.Module, *readers: nn.Module) -> _Layer:
    return _Layer(conv, readers)  # type: ignore[arg-type]


def _shares_active(layers: list[_Layer], forward: Callable[[], object]) -> list[Tensor]:
    """The share of positions, over all calls, at which each unit of each layer is above zero."""
    seen: list[list[Tensor]] = [[] for _ in layers]
    with ExitStack() as hooks:
        for layer, found in zip(layers, seen, strict=True):

            def note(_m: nn.Module, _x: object, y: Tensor, found: list[Tensor] = found) -> None:
                found.append((y > 0).float().mean((0, 2, 3)))

            hooks.enter_context(_hooked(layer.conv, note))
        forward()
    return [torch.stack(found).mean(0) for found in seen]


def _centre(layers: list[_Layer], fresh: list[Tensor], forward: Callable[[], object]) -> None:
    """Sets the biases of fresh units so that each is above zero at about half of the positions."""
    with ExitStack() as hooks:
        for layer, units in zip(layers, fresh, strict=True):
            met: list[bool] = []

            def centre(
                conv: nn.Module,
                _x: object,
                y: Tensor,
                units: Tensor = units,
                met: list[bool] = met,
            ) -> Tensor | None:
                if met:
                    return None
                met.append(True)  # the encoder meets the content first, and then the style
                mean = torch.where(units, y.mean((0, 2, 3)), 0)
                conv.bias.sub_(mean)  # type: ignore[operator, union-attr]
                return y - mean[:, None, None]

            hooks.enter_context(_hooked(layer.conv, centre))
        forward()


def _hooked(module: nn.Module, hook: Callable[..., Tensor | None]) -> ExitStack:
    stack = ExitStack()
    stack.callback(module.register_forward_hook(hook).remove)
    return stack


def _unread(conv: nn.Conv2d, units: Tensor) -> None:
    conv.weight[:, units] = 0
    if isinstance(conv, ExpertConv2d) and conv.experts is not None:
        conv.experts.unflatten(1, conv.weight.shape)[:, :, units] = 0


def _renew(conv: nn.Conv2d, units: Tensor, generator: torch.Generator) -> None:
    fresh = torch.randn(conv.weight.shape, generator=generator).to(conv.weight)
    fan_in = conv.weight[0].numel()
    conv.weight[units] = fresh[units] * (2 / fan_in) ** 0.5  # Kaiming's
    assert conv.bias is not None
    conv.bias[units] = 0
    if isinstance(conv, ExpertConv2d) and conv.experts is not None:
        assert conv.expert_biases is not None
        conv.experts.unflatten(1, conv.weight.shape)[:, units] = 0
        conv.expert_biases[:, units] = 0


def _unmodulated(kernels: StyleKernels, units: Tensor) -> None:
    """No kernel lets these channels of Zc through: the horizontal taps alone are zero [C].

    Were the vertical ones zero too, neither would have a gradient.
    """
    taps = kernels.taps
    width = len(units)
    rows = units.repeat(2 * taps)  # of the taps, not of the bias behind them
    kernels.output.weight[: 2 * taps * width][rows] = 0
    bias = delta_kernel(width, taps)[: 2 * taps * width].to(kernels.output.weight)
    bias[taps * width :] = 0
    assert kernels.output.bias is not None
    kernels.output.bias[: 2 * taps * width][rows] = bias[rows]


def _unseen(choice: ExpertChoice, maps: list[Tensor]) -> None:
    seen = torch.cat([units for each in maps for units in (each, each)])  # mean, deviation
    of_nothing = [torch.full(units.shape, v) for units in maps for v in (0, EPSILON**0.5)]
    scaled = (torch.cat(of_nothing).to(choice.mean) - choice.mean) / choice.std
    choice.hidden.bias.add_(choice.hidden.weight[:, seen] @ scaled[seen])
    choice.hidden.weight[:, seen] = 0
    choice.mean[seen], choice.std[seen] = 0, 1
