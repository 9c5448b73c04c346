"""Dead units: found, begun anew without changing a picture, and able to learn again."""

from __future__ import annotations

import pytest
import torch
from conftest import random_network
from torch import Tensor, nn

from stylectl.model import StyleTransferNetwork
from stylectl.training.revival import dead_units, revive


def images(seed: int) -> Tensor:
    return torch.rand(4, 3, 48, 48, generator=torch.Generator().manual_seed(seed))


CONTENT, STYLE = images(1), images(2).square()
FAR_BELOW = -1e3


def killed(network: StyleTransferNetwork) -> list[tuple[nn.Conv2d, int]]:
    """One unit of every kind of layer, which nothing reaches any more."""
    encoder, decoder = network.encoder, network.decoder
    assert network.kernels is not None and network.alignment.gating is not None
    layers = [
        *(encoder.get_submodule(name) for name in ("conv2_1", "conv3_1", encoder.layers[-1])),
        *network.alignment.gating.convs[:2],
        network.kernels.hidden,
        *(block.first for block in [*decoder.blocks, *decoder.residual]),
    ]
    with torch.no_grad():
        for layer in layers:
            layer.bias[1] = FAR_BELOW  # type: ignore[index, operator]
    return [(layer, 1) for layer in layers]  # type: ignore[misc]


@pytest.fixture
def network() -> StyleTransferNetwork:
    network = random_network(experts=2, experts_see="layers", residual_blocks=1)
    choice = network.decoder.choice
    assert choice is not None
    with torch.no_grad():
        choice.calibrate(network.look(STYLE))
    return network


def count(network: StyleTransferNetwork) -> int:
    return int(sum(units.sum() for units in dead_units(network, CONTENT, STYLE)))


def again(network: StyleTransferNetwork) -> int:
    return revive(network, CONTENT, STYLE, torch.Generator().manual_seed(0))


def test_dead_units_are_found_and_come_back(network: StyleTransferNetwork) -> None:
    again(network)
    assert count(network) == 0
    dead = killed(network)
    found = count(network)
    assert found >= len(dead)  # what read them alone dies with them
    assert again(network) == found
    assert count(network) == 0


def test_a_network_of_living_units_stays_as_it_is(network: StyleTransferNetwork) -> None:
    again(network)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    assert again(network) == 0
    for key, value in network.state_dict().items():
        assert torch.equal(value, before[key]), key


def test_no_picture_changes(network: StyleTransferNetwork) -> None:
    again(network)
    killed(network)
    choice = network.decoder.choice
    assert choice is not None
    with torch.no_grad():
        before, told = network(CONTENT, STYLE), network.encode_style(STYLE).mixture
        assert before.std() > 0.01 and told is not None
        assert again(network) > 0
        choice.calibrate(network.look(STYLE), anew=True)  # as training does
        torch.testing.assert_close(network.encode_style(STYLE).mixture, told)
        torch.testing.assert_close(network(CONTENT, STYLE), before, rtol=0, atol=1e-5)


def test_revived_units_are_active_at_half_of_the_positions(network: StyleTransferNetwork) -> None:
    dead = killed(network)
    again(network)
    shares: list[float] = []
    for conv, unit in dead:
        conv.register_forward_hook(
            lambda _m, _x, y, unit=unit: shares.append((y[:, unit] > 0).float().mean().item())
        )
    with torch.no_grad():
        network(CONTENT, STYLE)
    assert len(shares) >= len(dead) and all(0.2 < share < 0.8 for share in shares)


def test_what_is_revived_learns(network: StyleTransferNetwork) -> None:
    """Dead units have no gradient; revived ones have it as soon as what reads them has moved."""
    network.requires_grad_(True)
    dead = killed(network)

    def step() -> None:
        network.zero_grad()
        (network(CONTENT, STYLE) - 0.3).square().mean().backward()

    step()
    for conv, unit in dead:
        assert conv.weight.grad is not None and not conv.weight.grad[unit].any()
    again(network)
    optimizer = torch.optim.Adam(network.parameters(), 1e-6)
    step()
    optimizer.step()
    step()
    for conv, unit in dead:
        assert conv.weight.grad is not None and conv.weight.grad[unit].abs().max() > 0


@pytest.mark.parametrize("changes", [{"gate": "none"}, {"style_kernels": False}, {"experts": 0}])
def test_models_without_some_parts(changes: dict) -> None:
    network = random_network(**changes)
    again(network)
    with torch.no_grad():
        network.encoder.get_submodule("conv3_2").bias[0] = FAR_BELOW  # type: ignore[index, operator]
        before = network(CONTENT, STYLE)
        assert again(network) == 1
        torch.testing.assert_close(network(CONTENT, STYLE), before, rtol=0, atol=1e-5)
