"""Shapes of every stage, and parameter counts against the paper's layers written out by hand."""

from __future__ import annotations

import functools
import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from stylectl.model import (
    PRESETS,
    Conditioning,
    ModelConfig,
    StyleTransferNetwork,
    instance_statistics,
)
from stylectl.model.encoder import STRIDE

# (in, out, size) of every convolution: VGG-16 to relu4_1; query, key and value; psi to 8 heads x 2;
# phi to 2*3+1 channels per channel; table 1's three ResBlocks.
Table = dict[str, list[tuple[int, int, int]]]
PAPER: Table = {
    "encoder": [
        *[(3, 64, 3), (64, 64, 3), (64, 128, 3), (128, 128, 3)],
        *[(128, 256, 3), (256, 256, 3), (256, 256, 3), (256, 512, 3)],
    ],
    "alignment": [
        *[(512, 512, 3)] * 3,
        *[(512, 128, 3), (128, 128, 3), (128, 16, 3)],
    ],
    "kernels": [(512, 512, 3), (512, 512 * 7, 3)],
    "decoder": [
        *[(512, 256, 3), (256, 256, 3), (512, 256, 3)],
        *[(256, 128, 3), (128, 128, 3), (256, 128, 3)],
        *[(128, 64, 3), (64, 64, 3), (128, 64, 3)],
        (64, 3, 3),
    ],
}
LEAN_CONVOLUTIONS = [  # of the decoder, in the order in which mixtures are told
    *[(128, 64, 3), (64, 64, 3), (128, 64, 1)],
    *[(64, 32, 3), (32, 32, 3), (64, 32, 1)],
    *[(32, 16, 3), (16, 16, 3), (32, 16, 1)],
    *[(16, 16, 3), (16, 3, 3)],  # one convolution more at full resolution
    *[(64, 64, 3)] * 4,  # two residual blocks
]
LEAN: Table = {
    "encoder": [
        *[(3, 16, 3), (16, 16, 3), (16, 32, 3), (32, 32, 3)],
        *[(32, 64, 3), (64, 64, 3), (64, 64, 3), (64, 128, 3)],
    ],
    "alignment": [
        *[(128, 128, 3)] * 3,
        *[(128, 32, 3), (32, 32, 3), (32, 16, 3)],
    ],
    "kernels": [(128, 64, 3), (64, 128 * 7, 3)],
    "decoder": [
        *LEAN_CONVOLUTIONS * (1 + 16),  # with sixteen experts each
        *[(2 * (128 + 64 + 32), 128, 1), (128, 15 * 16, 1)],  # what they are told
        *[(3, 64, 3), (3, 32, 3), (3, 16, 3)],  # detail
    ],
}


def weights(table: list[tuple[int, int, int]]) -> int:
    return sum(outputs * (inputs * size**2 + 1) for inputs, outputs, size in table)


def count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


@functools.cache
def preset(name: str) -> StyleTransferNetwork:
    torch.manual_seed(0)
    return StyleTransferNetwork(PRESETS[name]).eval()


@pytest.mark.parametrize(("name", "table"), [("paper", PAPER), ("lean", LEAN)])
def test_parameter_counts_are_the_layer_tables(name: str, table: Table) -> None:
    network = preset(name)
    counts = {part: count(module) for part, module in network.named_children()}
    assert counts == {part: weights(rows) for part, rows in table.items()}
    assert count(network) == {"paper": 33_503_315, "lean": 6_572_755}[name]


@pytest.mark.parametrize("name", ["paper", "lean"])
@torch.inference_mode()
def test_every_stage_has_the_documented_shape(name: str) -> None:
    network = preset(name)
    width = {"paper": 512, "lean": 128}[name]
    stride = {"paper": 1, "lean": 4}[name]
    content, style = torch.rand(2, 3, 24, 40), torch.rand(2, 3, 32, 48)
    zc = network.encode(content)
    assert zc.shape == (2, width, 3, 5)
    assert network.encode(style).shape == (2, width, 4, 6)
    features = network.encode_style(style)
    rows, columns = math.ceil(4 / stride), math.ceil(6 / stride)
    assert features.grid == (rows, columns)
    assert features.keys.shape == (2, 8, rows * columns, width // 8)
    assert features.values.shape == (2, 8, rows * columns, width // 8)
    assert features.mean_key.shape == (2, 8, 1, width // 8)
    mixture = None if features.mixture is None else features.mixture.shape
    assert mixture == {"paper": None, "lean": (2, 15, 16)}[name]
    statistics = instance_statistics(zc)
    assert statistics.mean.shape == statistics.std.shape == (2, width, 1, 1)
    gating, kernels = network.alignment.gating, network.kernels
    assert gating is not None and kernels is not None
    assert gating(zc).shape == (2, 8, 15, 2)
    zcs = network.align(zc, statistics, features)
    assert zcs.shape == zc.shape
    assert kernels(zcs).shape == (2, 7 * width, 3, 5)
    modulated = network.modulate(zc, zcs)
    assert modulated.shape == zc.shape
    image = network.decode(modulated, content, Conditioning((features,)).mixture())
    assert image.shape == content.shape
    assert image.min() >= 0 and image.max() <= 1


TINY = ModelConfig(channels=(8, 8, 16, 64), heads=4, groups=4, gate_channels=8, kernel_channels=8)


@pytest.mark.parametrize("upsampling", ["nearest", "bilinear", "bilinear_first"])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [(16, 16), (16, 88), (40, 24), (56, 120)])
@torch.inference_mode()
def test_an_image_keeps_its_size(size: tuple[int, int], stride: int, upsampling: str) -> None:
    torch.manual_seed(0)
    config = replace(TINY, style_stride=stride, upsampling=upsampling)
    network = StyleTransferNetwork(config).eval()
    content = torch.rand(1, 3, *size)
    for style in (torch.rand(1, 3, 16, 16), torch.rand(1, 3, 24, 72), torch.rand(1, 3, 21, 35)):
        image = network(content, style)
        assert image.shape == content.shape
        assert image.isfinite().all()
    assert network.encode(content).shape[2:] == (size[0] // STRIDE, size[1] // STRIDE)


@torch.inference_mode()
def test_flat_images_give_finite_pictures() -> None:
    # A flat feature has no deviation to divide by; only epsilon stands between it and NaN.
    network = StyleTransferNetwork(TINY).eval()
    for content in (torch.zeros(1, 3, 16, 24), torch.ones(1, 3, 16, 24)):
        for style in (torch.zeros(1, 3, 16, 16), torch.rand(1, 3, 16, 16)):
            assert network(content, style).isfinite().all()


@torch.inference_mode()
def test_the_memory_format_does_not_matter() -> None:
    torch.manual_seed(0)
    network = StyleTransferNetwork(TINY).double().eval()
    for p in network.parameters():
        if p.dim() > 1 and not p.any():  # layers that start at zero
            nn.init.normal_(p, std=0.1)
    content, style = torch.rand(2, 2, 3, 24, 40, dtype=torch.float64)
    expected = network(content, style)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    content, style = (x.contiguous(memory_format=torch.channels_last) for x in (content, style))
    torch.testing.assert_close(network(content, style), expected)


@pytest.mark.parametrize("side", [8, 20])
def test_sides_that_cannot_be_kept_are_refused(side: int) -> None:
    network = StyleTransferNetwork(TINY)
    with pytest.raises(ValueError, match=f"multiples of 8, at least 16; got {side}x32"):
        network(torch.rand(1, 3, side, 32), torch.rand(1, 3, 32, 32))
