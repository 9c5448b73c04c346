"""What experts are told, spread over styles: no picture changes, and all of them differ."""

from __future__ import annotations

import pytest
import torch
from conftest import random_network
from torch import Tensor

from stylectl.errors import TrainingError
from stylectl.model import StyleTransferNetwork
from stylectl.training.spreading import spread_experts

STYLES = torch.rand(24, 3, 48, 48, generator=torch.Generator().manual_seed(2))
STYLES = (STYLES * torch.linspace(0.1, 1, 24)[:, None, None, None]).square()


@pytest.fixture(params=["plain", "normalised"])
def network(request: pytest.FixtureRequest) -> StyleTransferNetwork:
    network = random_network(
        experts=3, experts_see="layers", residual_blocks=1, experts_choice=request.param
    )
    choice = network.decoder.choice
    assert choice is not None
    with torch.no_grad():
        choice.calibrate(network.look(STYLES))
        choice.output.weight.mul_(0.2)  # styles told nearly the same, as after long training
        choice.output.bias.uniform_(-0.5, 0.5, generator=torch.Generator().manual_seed(3))
    return network


def told(network: StyleTransferNetwork) -> Tensor:
    with torch.no_grad():
        mixture = network.encode_style(STYLES).mixture  # (N, L, E)
    assert mixture is not None
    return mixture


def test_no_picture_changes(network: StyleTransferNetwork) -> None:
    with torch.no_grad():
        before = network(STYLES, STYLES)
        spread_experts(network.decoder, told(network))
        after = network(STYLES, STYLES)
        for conv in network.decoder.convolutions:
            assert conv.experts is not None and conv.expert_biases is not None
            conv.experts.zero_()
            conv.expert_biases.zero_()
        without = network(STYLES, STYLES)
    # Tanh is not quite a straight line, so what sets styles apart is kept but for a little of it.
    changed, of_experts = (after - before).abs(), (without - before).abs()
    assert changed.mean() < 0.1 * of_experts.mean() and changed.max() < 0.25 * of_experts.max()


def test_every_expert_is_told_other_numbers(network: StyleTransferNetwork) -> None:
    before = told(network)
    assert before.std(0).max() < 0.15 and before.mean(0).abs().max() > 0.3
    spread_experts(network.decoder, before)
    after = told(network).transpose(0, 1)  # (L, N, E)
    assert after.mean(1).abs().max() < 0.05
    covariance = torch.stack([each.T.cov() for each in after])
    expected = torch.eye(3).expand_as(covariance) * 0.25**2
    torch.testing.assert_close(covariance, expected, rtol=0, atol=0.03)


def test_styles_that_are_told_the_same_stay_finite(network: StyleTransferNetwork) -> None:
    spread_experts(network.decoder, told(network)[:1].expand(24, -1, -1))
    assert all(value.isfinite().all() for value in network.state_dict().values())


def test_a_model_without_experts_is_refused() -> None:
    with pytest.raises(TrainingError, match="no experts"):
        spread_experts(random_network(experts=0).decoder, torch.zeros(()))
