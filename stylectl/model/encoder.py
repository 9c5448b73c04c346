"""VGG-style encoder: the frozen network whose features carry content (Zc) and style (Zs) [S]."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylectl.model.config import ModelConfig
from stylectl.model.convolution import ReflectConv2d
from stylectl.model.receptive_field import Stage, reach_of

STRIDE = 8  # pixels per feature position at relu4_x: three poolings
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)


def vgg16_layers(channels: Sequence[int], last: str) -> dict[str, tuple[int, int]]:
    """VGG-16's convolutions up to `last` ("conv4_1"), as name -> (in, out) channels."""
    layers: dict[str, tuple[int, int]] = {}
    previous = 3
    for block, (depth, width) in enumerate(zip((2, 2, 3, 3, 3), channels, strict=False), start=1):
        for index in range(1, depth + 1):
            layers[f"conv{block}_{index}"] = (previous, width)
            previous = width
            if f"conv{block}_{index}" == last:
                return layers
    raise ValueError(f"VGG-16 with {len(channels)} blocks has no layer {last}")


class InputTransform(nn.Module):
    """A fixed 1x1 convolution of RGB images, at first ImageNet's normalisation."""

    weight: Tensor
    bias: Tensor

    def __init__(self) -> None:
        super().__init__()
        std = torch.tensor(_IMAGENET_STD)
        # Buffers: part of the state, never trained.
        self.register_buffer("weight", torch.diag(1 / std)[:, :, None, None])  # (3, 3, 1, 1)
        self.register_buffer("bias", -torch.tensor(_IMAGENET_MEAN) / std)

    def forward(self, image: Tensor) -> Tensor:
        return F.conv2d(image, self.weight, self.bias)


class VGG(nn.Module):
    """A stack of 3x3 convolutions, each followed by ReLU, pooled by 2 where the block number rises.

    Reads RGB images (B, 3, H, W) in [0, 1]: a 1x1 convolution `color` holds the input transform.
    Pads by reflection rather than VGG's zeros, which darken a picture's border.

    Args:
        layers: name "conv<block>_<index>" -> (in, out) channels, in order.
    """

    def __init__(self, layers: Mapping[str, tuple[int, int]]) -> None:
        super().__init__()
        self.layers = tuple(layers)
        self.color = InputTransform()
        for name, (inputs, outputs) in layers.items():
            conv = ReflectConv2d(inputs, outputs)
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
            nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
            self.add_module(name, conv)

    @classmethod
    def from_config(cls, config: ModelConfig) -> VGG:
        """The encoder of a model: VGG-16's layout up to the configured feature."""
        return cls(vgg16_layers(config.channels, config.feature.replace("relu", "conv")))

    def forward(self, image: Tensor) -> Tensor:
        """The deepest feature map: (B, 3, H, W) in [0, 1] -> (B, C, H/8, W/8) at relu4_x."""
        return self.features(image, self.layers[-1:])[0]

    def features(self, image: Tensor, names: Sequence[str]) -> list[Tensor]:
        """The ReLU outputs of the named layers ("conv3_1" and "relu3_1" mean the same map).

        Raises:
            ValueError: the stack has no such layer.
        """
        wanted = [name.replace("relu", "conv") for name in names]
        if unknown := sorted(set(wanted) - set(self.layers)):
            raise ValueError(f"this stack has no layer {', '.join(unknown)}")
        maps: dict[str, Tensor] = {}
        x = image
        for name, stage in self.stages():
            x = stage.compute(x)
            if name in wanted:
                maps[name] = x
            if len(maps) == len(set(wanted)):
                break
        return [maps[name] for name in wanted]

    def stages(self) -> Iterator[tuple[str, Stage]]:
        """The stack as a chain, for a whole image or region by region: (name, stage).

        A convolution and its ReLU have the layer's name; what lies between has none.
        """
        yield "", Stage(self.color)
        block = "1"
        for name in self.layers:
            if name[4] != block:
                yield "", Stage(_pool, down=2)
                block = name[4]
            conv = self.get_submodule(name)
            yield name, Stage(lambda x, conv=conv: F.relu(conv(x), inplace=True), reach_of(conv))


def _pool(x: Tensor) -> Tensor:
    return F.max_pool2d(x, 2, ceil_mode=True)  # (B, C, H/2, W/2)
