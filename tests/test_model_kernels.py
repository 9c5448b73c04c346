"""Style kernels against a loop over positions, and grouped shuffling."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from stylectl.model import Conditioning, ModelConfig, StyleTransferNetwork
from stylectl.model.kernels import StyleKernels, apply_kernels
from stylectl.model.shuffle import inverse_permutation, random_permutation, shuffle_groups

TINY = ModelConfig(channels=(8, 8, 16, 64), heads=4, groups=4, gate_channels=8, kernel_channels=8)


def reference(zc: Tensor, kernels: Tensor, k: int) -> Tensor:
    """Per position and channel: k vertical taps, then k horizontal taps, then the bias."""
    batch, channels, height, width = zc.shape
    r = k // 2
    vertical, result = torch.zeros_like(zc), torch.zeros_like(zc)
    for b in range(batch):
        for c in range(channels):
            taps = kernels[b, c::channels].tolist()  # (2k+1, H, W) of this channel
            for y in range(height):
                for x in range(width):
                    for i in range(k):
                        row = min(max(y + i - r, 0), height - 1)  # replicate padding
                        vertical[b, c, y, x] += taps[i][y][x] * zc[b, c, row, x]
            for y in range(height):
                for x in range(width):
                    for i in range(k):
                        column = min(max(x + i - r, 0), width - 1)
                        result[b, c, y, x] += taps[k + i][y][x] * vertical[b, c, y, column]
                    result[b, c, y, x] += taps[2 * k][y][x]
    return result


@pytest.mark.parametrize("size", [(5, 4), (2, 7), (3, 1)])
@pytest.mark.parametrize("k", [3, 5])
def test_the_operator_is_its_loop(k: int, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    zc = torch.randn(2, 3, *size, dtype=torch.float64)
    kernels = torch.randn(2, 3 * (2 * k + 1), *size, dtype=torch.float64)
    torch.testing.assert_close(apply_kernels(zc, kernels, k), reference(zc, kernels, k))


@pytest.mark.parametrize("k", [1, 3, 5])
def test_a_new_phi_returns_zc_exactly(k: int) -> None:
    torch.manual_seed(0)
    phi = StyleKernels(ModelConfig(channels=(4, 8, 8, 16), kernel_size=k, kernel_channels=8))
    zc, zcs = torch.randn(2, 16, 3, 5), torch.randn(2, 16, 3, 5)
    kernels = phi(zcs)
    assert kernels.shape == (2, 16 * (2 * k + 1), 3, 5)
    assert torch.equal(apply_kernels(zc, kernels, k), zc)


@torch.inference_mode()
def test_phi_is_two_convolutions_around_a_relu() -> None:
    torch.manual_seed(0)
    phi = StyleKernels(TINY).double()
    torch.nn.init.normal_(phi.output.weight)
    zcs = torch.randn(2, 64, 3, 5, dtype=torch.float64)
    x = F.pad(zcs, (1, 1, 1, 1), mode="reflect")
    x = F.conv2d(x, phi.hidden.weight, phi.hidden.bias).clamp(min=0)
    x = F.pad(x, (1, 1, 1, 1), mode="reflect")
    torch.testing.assert_close(phi(zcs), F.conv2d(x, phi.output.weight, phi.output.bias))


@torch.inference_mode()
def test_a_new_network_decodes_the_content() -> None:
    torch.manual_seed(0)
    network = StyleTransferNetwork(TINY).eval()
    content, style = torch.rand(2, 3, 24, 40), torch.rand(2, 3, 32, 32)
    plain = network.decode(network.encode(content))
    assert torch.equal(network(content, style), plain)
    kernels = network.kernels
    assert kernels is not None
    torch.nn.init.normal_(kernels.output.weight)
    assert not torch.equal(network(content, style), plain)


@pytest.mark.parametrize("groups", [2, 4, 8])
def test_shuffling_moves_whole_groups(groups: int) -> None:
    x = torch.arange(16.0).reshape(1, 16, 1, 1).expand(2, 16, 2, 3)
    permutation = random_permutation(groups, torch.Generator().manual_seed(5))
    shuffled = shuffle_groups(x, permutation)
    size = 16 // groups
    expected = [g * size + i for g in permutation.tolist() for i in range(size)]
    assert shuffled[0, :, 0, 0].tolist() == expected
    assert torch.equal(shuffled, x[:, expected])
    assert sorted(expected) == list(range(16))  # a permutation of the channels


def test_the_inverse_restores() -> None:
    x = torch.randn(2, 24, 3, 5)
    for seed in range(10):
        permutation = random_permutation(8, torch.Generator().manual_seed(seed))
        assert sorted(permutation.tolist()) == list(range(8))
        inverse = inverse_permutation(permutation)
        assert torch.equal(shuffle_groups(shuffle_groups(x, permutation), inverse), x)
    assert torch.equal(shuffle_groups(x, torch.arange(8)), x)


def test_a_seeded_generator_repeats() -> None:
    def draw(seed: int) -> list[list[int]]:
        generator = torch.Generator().manual_seed(seed)
        return [random_permutation(8, generator).tolist() for _ in range(4)]

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)
    assert len({tuple(order) for order in draw(1)}) > 1


@torch.inference_mode()
def test_a_permutation_shuffles_zc_before_the_kernels() -> None:
    torch.manual_seed(0)
    network = StyleTransferNetwork(TINY).double().eval()
    kernels = network.kernels
    assert kernels is not None
    torch.nn.init.normal_(kernels.output.weight)
    zc, zcs = torch.randn(2, 2, 64, 3, 5, dtype=torch.float64)
    order = torch.tensor([2, 0, 3, 1])
    expected = apply_kernels(shuffle_groups(zc, order), kernels(zcs), TINY.kernel_size)
    assert torch.equal(network.modulate(zc, zcs, order), expected)
    assert torch.equal(network.modulate(zc, zcs, torch.arange(4)), network.modulate(zc, zcs))
    content, style = torch.rand(2, 1, 3, 24, 40, dtype=torch.float64)
    features = (network.encode_style(style),)
    plain, shuffled = (
        network(content, Conditioning(features, permutation=p)) for p in (None, order)
    )
    assert (plain - shuffled).abs().max() > 1e-3
