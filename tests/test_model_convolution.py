"""Convolutions that mirror at the borders: the quick way computes what torch's own does."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from stylectl.model.convolution import ReflectConv2d


@pytest.mark.parametrize("size", [(512, 512), (2, 132000), (132000, 2), (3, 90000), (150, 131)])
@pytest.mark.parametrize("batch", [1, 2])
def test_mirrored_strips_are_reflection_padding(size: tuple[int, int], batch: int) -> None:
    torch.manual_seed(0)
    conv = ReflectConv2d(3, 4)
    expected = nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect")
    expected.load_state_dict(conv.state_dict())
    x = torch.randn(batch, 3, *size).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        torch.testing.assert_close(conv(x), expected(x), rtol=1e-5, atol=1e-5)
        zeros = nn.functional.conv2d(x, conv.weight, conv.bias, padding=1)
        assert not torch.allclose(conv(x), zeros, atol=1e-2)


@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (5, 1), (3, 2)])
def test_other_sizes_and_strides(kernel: int, stride: int) -> None:
    conv = ReflectConv2d(2, 2, kernel, stride)
    x = torch.randn(1, 2, 540, 550)
    with torch.inference_mode():
        assert conv(x).shape == (1, 2, 540 // stride, 550 // stride)


def test_gradients_go_the_usual_way() -> None:
    conv = ReflectConv2d(2, 2)
    x = torch.randn(1, 2, 540, 550, requires_grad=True)
    conv(x).sum().backward()
    assert x.grad is not None and x.grad.abs().min() > 0
