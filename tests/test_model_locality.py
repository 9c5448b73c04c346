"""Nothing but the instance statistics looks at the whole content: tiling and video rest on this."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from stylectl.model import ModelConfig, StyleTransferNetwork, instance_statistics

BASE = ModelConfig(
    channels=(8, 8, 16, 64),
    heads=4,
    groups=4,
    gate_channels=16,
    kernel_channels=16,
    style_stride=2,
    full_resolution_convs=1,
)
GATES = ("threshold", "affine", "none")
CHANGED = 16  # the pixel columns (or rows) 0 ... 15 change
SIDES = {"columns": 3, "rows": 2}


def make(**changes: Any) -> StyleTransferNetwork:
    """A network in which every part listens to its whole neighbourhood."""
    torch.manual_seed(0)
    network = StyleTransferNetwork(replace(BASE, **changes)).double().requires_grad_(False)
    for p in network.parameters():
        if p.dim() > 1 and not p.any():  # layers that start at zero
            nn.init.normal_(p, std=0.1)
    if network.alignment.gating is not None:
        last = network.alignment.gating.convs[-1]
        assert isinstance(last, nn.Conv2d)
        nn.init.normal_(last.weight, std=0.2)
    return network


def pictures(side: str = "columns") -> tuple[Tensor, Tensor, Tensor]:
    """A content, the same with its first columns (or rows) changed, and a style."""
    generator = torch.Generator().manual_seed(1)
    content = torch.rand(1, 3, 24, 192, dtype=torch.float64, generator=generator)
    style = torch.rand(1, 3, 40, 32, dtype=torch.float64, generator=generator)
    other = content.clone()
    other[..., :CHANGED] = 1 - other[..., :CHANGED] ** 3
    if side == "rows":
        content, other = content.mT.contiguous(), other.mT.contiguous()
    return content, other, style


def last_difference(a: Tensor, b: Tensor, side: str = "columns") -> int:
    """The last column (or row) where two maps (B, C, H, W) differ; -1 where none does."""
    others = tuple({0, 1, 2, 3} - {SIDES[side]})
    indices = ((a - b).abs().amax(others) > 1e-12).nonzero()
    return int(indices[-1]) if len(indices) else -1


def reach(side: str, gate: str, upsampling: str) -> list[int]:
    """The last column that changes in Zc, in Zcs, in the modulated feature and in the picture."""
    column = CHANGED - 1
    for convs in (2, 2, 3):  # blocks 1, 2, 3, each pooled
        column = (column + convs) // 2
    zc = column + 1  # conv4_1
    zcs = zc + (1 if gate == "none" else 3)  # the query's convolution; psi's three
    # phi's two convolutions. The horizontal pass reads what its neighbours' vertical kernels made.
    modulated = zcs + 2 + (side == "columns")
    column = modulated
    smooth = {"nearest": (0, 0, 0), "bilinear": (1, 1, 1), "bilinear_first": (1, 0, 0)}[upsampling]
    for mixed in smooth:  # ResBlocks, each doubled; bilinear mixes one neighbour in
        column = 2 * (column + 2) + 1 + mixed
    return [zc, zcs, modulated, column + 2]  # one refining convolution and the last


@pytest.mark.parametrize("side", list(SIDES))
@pytest.mark.parametrize("upsampling", ["nearest", "bilinear", "bilinear_first"])
@pytest.mark.parametrize("gate", GATES)
def test_a_change_reaches_no_farther_than_the_convolutions(
    gate: Any, upsampling: Any, side: str
) -> None:
    network = make(gate=gate, upsampling=upsampling)
    content, other, style = pictures(side)
    features = network.encode_style(style)
    zc = [network.encode(image) for image in (content, other)]
    statistics = instance_statistics(zc[0])
    zcs = [network.align(z, statistics, features) for z in zc]
    modulated = [network.modulate(a, b) for a, b in zip(zc, zcs, strict=True)]
    first, second = (network(i, features, statistics=statistics) for i in (content, other))
    expected = reach(side, gate, upsampling)
    assert expected[-1] < content.shape[SIDES[side]] - 40  # far columns are left to compare
    found = [last_difference(a, b, side) for a, b in (zc, zcs, modulated)]
    assert found == expected[:3]
    assert CHANGED < last_difference(first, second, side) <= expected[3]


@pytest.mark.parametrize("gate", GATES)
def test_without_fixed_statistics_a_far_change_is_felt_everywhere(gate: Any) -> None:
    network = make(gate=gate)
    content, other, style = pictures()
    images = [network(image, style) for image in (content, other)]
    assert last_difference(*images) == content.shape[3] - 1


@pytest.mark.parametrize("gate", GATES)
def test_a_crop_aligns_like_the_whole(gate: Any) -> None:
    network = make(gate=gate)
    generator = torch.Generator().manual_seed(2)
    zc = torch.randn(2, 64, 12, 14, dtype=torch.float64, generator=generator)
    features = network.encode_style(pictures()[2])
    statistics = instance_statistics(zc)
    whole = network.align(zc, statistics, features)
    top, left, bottom, right = 1, 2, 11, 13
    crop = zc[:, :, top:bottom, left:right]
    part = network.align(crop, statistics, features)
    halo = 1 if gate == "none" else 3  # the query's convolution, or psi's three
    inner = (..., slice(halo, -halo), slice(halo, -halo))
    expected = whole[:, :, top:bottom, left:right]
    torch.testing.assert_close(part[inner], expected[inner], rtol=1e-11, atol=1e-11)
    assert not torch.allclose(part, expected)  # the borders do differ
    own = network.align(crop, instance_statistics(crop), features)
    assert not torch.allclose(own[inner], expected[inner])


def test_statistics_are_mean_and_population_deviation() -> None:
    generator = torch.Generator().manual_seed(3)
    x = 5 + 3 * torch.randn(2, 4, 5, 7, dtype=torch.float64, generator=generator)
    statistics = instance_statistics(x)
    mean = x.mean((2, 3), keepdim=True)
    std = (x.var((2, 3), correction=0, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(statistics.mean, mean)
    torch.testing.assert_close(statistics.std, std)
    torch.testing.assert_close(statistics.normalise(x), (x - mean) / std)


def test_a_style_image_and_its_features_give_the_same_picture() -> None:
    network = make()
    content, _, style = pictures()
    statistics = instance_statistics(network.encode(content))
    expected = network(content, style)
    assert torch.equal(network(content, network.encode_style(style)), expected)
    assert torch.equal(network(content, style, statistics=statistics), expected)


def test_one_style_serves_a_batch_of_contents() -> None:
    network = make()
    content, other, style = pictures()
    together = network(torch.cat([content, other]), style)
    torch.testing.assert_close(together[:1], network(content, style))
    torch.testing.assert_close(together[1:], network(other, style))
