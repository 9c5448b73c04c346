"""The perceptual network: five feature maps that losses and metrics compare images by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from stylectl.model.encoder import VGG

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")


class PerceptualNetwork(nn.Module):
    """Feature maps at relu1_1 ... relu5_1, each from the first stack that reaches its layer.

    So a full-width stack that ends at relu3_1 can be listed before a narrow one that goes on. Maps
    are divided by their root mean square over photos (`calibrate`), so that layers weigh alike.

    Args:
        stacks: VGG stacks in order of preference; they are this network's own from then on.
        layers: the layers wanted; those that no stack reaches are left out.
    """

    def __init__(self, stacks: Sequence[VGG], layers: Sequence[str] = LAYERS) -> None:
        super().__init__()
        self.stacks = nn.ModuleList(stacks).requires_grad_(False)
        self.sources: list[list[str]] = [[] for _ in stacks]
        for layer in layers:
            for source, stack in zip(self.sources, stacks, strict=True):
                if layer.replace("relu", "conv") in stack.layers:
                    source.append(layer)
                    break
        self.layers = tuple(sorted(name for source in self.sources for name in source))
        self.rms: Tensor
        self.register_buffer("rms", torch.ones(len(self.layers)))

    def forward(self, image: Tensor, layers: Sequence[str] | None = None) -> dict[str, Tensor]:
        """Layer name -> (B, C, H', W') of images (B, 3, H, W) in [0, 1]; all layers by default."""
        wanted = self.layers if layers is None else layers
        maps: dict[str, Tensor] = {}
        for stack, source in zip(self.stacks, self.sources, strict=True):
            assert isinstance(stack, VGG)
            if names := [name for name in source if name in wanted]:
                maps |= zip(names, stack.features(image, names), strict=True)
        return {name: maps[name] for name in self.layers if name in wanted}

    @torch.no_grad()
    def divide_by(self, rms: Sequence[float]) -> None:
        """Have the maps come divided by a number for each layer, in place of those before.

        The convolution that makes a map divides and the next one multiplies: maps are large.
        """
        values = torch.tensor(rms).to(self.rms)
        factors = dict(zip(self.layers, values / self.rms, strict=True))
        for stack, source in zip(self.stacks, self.sources, strict=True):
            assert isinstance(stack, VGG)
            convolutions = [cast(nn.Conv2d, stack.get_submodule(name)) for name in stack.layers]
            for name, conv, after in zip(
                stack.layers, convolutions, [*convolutions[1:], None], strict=True
            ):
                layer = name.replace("conv", "relu")
                if layer in source:
                    conv.weight /= factors[layer]
                    assert conv.bias is not None
                    conv.bias /= factors[layer]
                    if after is not None:
                        after.weight *= factors[layer]
        self.rms.copy_(values)

    @torch.no_grad()
    def calibrate(self, photos: Tensor) -> None:
        """Measure the root mean squares over `photos` (B, 3, H, W) in [0, 1]."""
        maps = self(photos)
        measured = [maps[name].square().mean().sqrt() for name in self.layers]
        self.divide_by([max(float(m * r), 1e-6) for m, r in zip(measured, self.rms, strict=True)])
