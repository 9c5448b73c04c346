"""Every choice of the configuration changes the computation in the way that it documents."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from stylectl.model import ModelConfig, StyleTransferNetwork, instance_statistics

BASE = ModelConfig(channels=(4, 8, 8, 16), heads=4, groups=4, gate_channels=8, kernel_channels=8)
CONTENT = torch.rand(1, 3, 24, 40, generator=torch.Generator().manual_seed(1)).double()
STYLE = torch.rand(1, 3, 40, 56, generator=torch.Generator().manual_seed(2)).double()


def make(**changes: Any) -> StyleTransferNetwork:
    """A network past its first step, in which every layer matters."""
    torch.manual_seed(0)
    network = StyleTransferNetwork(replace(BASE, **changes)).double()
    for p in network.parameters():
        if p.dim() > 1 and not p.any():  # layers that start at zero
            nn.init.normal_(p, std=0.1)
    return network.requires_grad_(False)


def count(network: StyleTransferNetwork) -> int:
    return sum(p.numel() for p in network.parameters())


def conv(inputs: int, outputs: int, size: int = 3) -> int:
    return outputs * (inputs * size**2 + 1)


@pytest.mark.parametrize(
    ("changes", "extra"),
    [
        ({"feature": "relu4_3"}, 2 * conv(16, 16)),
        ({"gate": "affine"}, 0),
        ({"gate": "none"}, -conv(16, 8) - conv(8, 8) - conv(8, 8)),
        (
            {"gate_channels": 9},
            conv(16, 9) + conv(9, 9) + conv(9, 8) - conv(16, 8) - 2 * conv(8, 8),
        ),
        ({"heads": 8}, conv(8, 16) - conv(8, 8)),
        ({"temperature": 3.0}, 0),
        ({"style_stride": 2}, 0),
        ({"style_kernels": False}, -conv(16, 8) - conv(8, 7 * 16)),
        ({"kernel_size": 5}, conv(8, 4 * 16)),
        ({"kernel_channels": 9}, conv(16, 9) + conv(9, 7 * 16) - conv(16, 8) - conv(8, 7 * 16)),
        ({"groups": 8}, 0),
        ({"shortcut_size": 1}, -8 * (16 * 8 + 8 * 4 + 4 * 2)),
        ({"upsampling": "bilinear"}, 0),
        ({"full_resolution_convs": 2}, 2 * conv(2, 2)),
        ({"residual_blocks": 3}, 3 * 2 * conv(8, 8)),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_parameters_of_each_switch(changes: dict[str, Any], extra: int) -> None:
    assert count(make(**changes)) == count(make()) + extra


@pytest.mark.parametrize(
    "changes",
    [
        {"gate": "affine"},
        {"temperature": 3.0},
        {"style_stride": 2},
        {"upsampling": "bilinear"},
        {"upsampling": "bilinear_first"},
    ],
    ids=lambda changes: "-".join(map(str, next(iter(changes.items())))),
)
def test_switches_without_parameters_change_the_picture(changes: dict[str, Any]) -> None:
    base, other = make(), make(**changes)
    other.load_state_dict(base.state_dict())
    difference = (base(CONTENT, STYLE) - other(CONTENT, STYLE)).abs().max()
    assert difference > 1e-6


def test_relu4_3_is_two_convolutions_deeper() -> None:
    base, deeper = make(), make(feature="relu4_3")
    deeper.encoder.load_state_dict(base.encoder.state_dict(), strict=False)
    shallow, deep = deeper.encoder.features(CONTENT, ["relu4_1", "relu4_3"])
    assert torch.equal(shallow, base.encode(CONTENT))
    assert torch.equal(deep, deeper.encode(CONTENT))
    assert shallow.shape == deep.shape
    assert not torch.equal(shallow, deep)


@pytest.mark.parametrize(("stride", "grid"), [(1, (5, 7)), (2, (3, 4)), (3, (2, 3))])
def test_style_stride_thins_the_style_positions(stride: int, grid: tuple[int, int]) -> None:
    network = make(style_stride=stride)
    features = network.encode_style(STYLE)
    assert features.grid == grid
    assert features.keys.shape[2] == features.values.shape[2] == grid[0] * grid[1]
    # The same convolution, at every stride-th position.
    every = make(style_stride=1)
    every.load_state_dict(network.state_dict())
    values = every.encode_style(STYLE).values.unflatten(2, (5, 7))
    torch.testing.assert_close(features.values, values[:, :, ::stride, ::stride].flatten(2, 3))


def test_without_style_kernels_the_decoder_reads_the_aligned_style() -> None:
    network = make(style_kernels=False)
    assert network.kernels is None
    zc = network.encode(CONTENT)
    zcs = network.align(zc, instance_statistics(zc), network.encode_style(STYLE))
    assert network.modulate(zc, zcs, torch.tensor([1, 0, 2, 3])) is zcs
    assert torch.equal(network(CONTENT, STYLE), network.decode(zcs))


def test_without_a_gate_there_is_no_gating_module() -> None:
    assert make(gate="none").alignment.gating is None
    assert make(gate="affine").alignment.gating is not None


@pytest.mark.parametrize("size", [1, 3])
def test_the_decoder_is_table_1(size: int) -> None:
    """Read out step by step: pre-activation blocks, doubling, Tanh into [0, 1]."""
    network = make(shortcut_size=size, full_resolution_convs=1)
    state = network.decoder.state_dict()

    def layer(x: torch.Tensor, name: str, size: int = 3) -> torch.Tensor:
        x = F.pad(x, (size // 2,) * 4, mode="reflect") if size > 1 else x
        return F.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"])

    feature = torch.randn(2, 16, 3, 5, dtype=torch.float64)
    x = feature
    for block in ("blocks.0", "blocks.1", "blocks.2"):
        inner = layer(layer(x.clamp(min=0), f"{block}.first").clamp(min=0), f"{block}.second")
        x = inner + layer(x, f"{block}.shortcut", size)
        x = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
    x = layer(layer(x.clamp(min=0), "refine.0").clamp(min=0), "output")
    torch.testing.assert_close(network.decode(feature), x.tanh() / 2 + 0.5)
