"""Several styles in one content: shares, maps of shares, and parts of a content."""

from __future__ import annotations

import pytest
import torch
from conftest import random_network
from torch import Tensor

from stylectl.model import (
    Conditioning,
    StyleFeatures,
    StyleTransferNetwork,
    instance_statistics,
)

GRID = (4, 6)


@pytest.fixture(scope="module")
def network() -> StyleTransferNetwork:
    return random_network().double().requires_grad_(False)


def picture(seed: int, *size: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, 3, *size, dtype=torch.float64, generator=generator)


CONTENT = picture(1, 8 * GRID[0], 8 * GRID[1])


@pytest.fixture(scope="module")
def styles(network: StyleTransferNetwork) -> tuple[StyleFeatures, StyleFeatures]:
    """Two styles of different sizes."""
    return network.encode_style(picture(2, 40, 32)), network.encode_style(picture(3, 32, 64))


def aligned(network: StyleTransferNetwork, style: StyleFeatures | Conditioning) -> Tensor:
    zc = network.encode(CONTENT)
    return network.align(zc, instance_statistics(zc), style)


def test_shares_blend_the_aligned_features(network, styles) -> None:
    blend = aligned(network, Conditioning(styles, (0.3, 0.7)))
    a, b = (aligned(network, style) for style in styles)
    torch.testing.assert_close(blend, 0.3 * a + 0.7 * b)
    assert not torch.allclose(a, b)


@pytest.mark.parametrize("chosen", [0, 1])
def test_a_share_of_one_is_that_style_to_the_bit(network, styles, chosen: int) -> None:
    shares = (1.0, 0.0) if chosen == 0 else (0.0, 1.0)
    blended = network(CONTENT, Conditioning(styles, shares))
    assert torch.equal(blended, network(CONTENT, styles[chosen]))


def test_a_style_twice_is_that_style(network, styles) -> None:
    twice = network(CONTENT, Conditioning((styles[0], styles[0]), (0.5, 0.5)))
    assert torch.equal(twice, network(CONTENT, styles[0]))


def test_maps_decide_place_by_place(network, styles) -> None:
    left = torch.zeros(1, 1, *GRID, dtype=torch.float64)
    left[..., :3] = 1
    blend = aligned(network, Conditioning(styles, (left, 1 - left)))
    a, b = (aligned(network, style) for style in styles)
    assert torch.equal(blend[..., :3], a[..., :3])
    assert torch.equal(blend[..., 3:], b[..., 3:])


def test_a_window_cuts_the_maps_and_nothing_else(styles) -> None:
    share = torch.rand(1, 1, *GRID)
    conditioning = Conditioning(styles, (share, 1 - share), torch.tensor([1, 0]))
    rows, columns = slice(1, 3), slice(2, 5)
    part = conditioning.window(rows, columns)
    assert isinstance(part.shares[1], Tensor)
    assert torch.equal(part.shares[1], 1 - share[:, :, 1:3, 2:5])
    assert part.permutation is conditioning.permutation
    assert part.styles is conditioning.styles
    assert Conditioning(styles, (0.5, 0.5)).window(rows, columns).shares == (0.5, 0.5)


def test_styles_and_shares_must_go_together(network, styles) -> None:
    with pytest.raises(ValueError, match="2 styles, 1 shares"):
        Conditioning(styles)
    with pytest.raises(ValueError, match="0 styles"):
        Conditioning((), ())
    with pytest.raises(ValueError, match="every share is 0"):
        network(CONTENT, Conditioning(styles, (0.0, 0.0)))
