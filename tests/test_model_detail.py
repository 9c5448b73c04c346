"""The content's finest detail goes around the feature, and nothing else of it does."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from conftest import random_network, save_network
from torch import Tensor

from stylectl.errors import UsageError
from stylectl.model import StyleTransferNetwork
from stylectl.model.detail import DetailConv, detail_stages
from stylectl.model.receptive_field import run
from stylectl.training.start import starting_network


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


CONTENT, STYLE = noise(1, 3, 48, 64), noise(1, 3, 40, 32, seed=1)


def added(image: Tensor, scale: int) -> Tensor:
    """What a detail path of one channel per colour adds for an image."""
    conv = DetailConv(3)
    with torch.no_grad():
        conv.weight[range(3), range(3), 1, 1] = 1.0
        return run(detail_stages(conv, scale), image)


def without(network: StyleTransferNetwork) -> StyleTransferNetwork:
    """The same network but for its detail path."""
    plain = random_network(detail=False)
    state = {k: v for k, v in network.state_dict().items() if "details" not in k}
    plain.load_state_dict(state)
    return plain


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_smooth_areas_and_colours_do_not_pass(scale: int) -> None:
    flat = torch.tensor([0.9, 0.2, 0.5])[:, None, None].expand(1, 3, 48, 64)
    assert added(flat, scale).abs().max() < 1e-5
    ramp = torch.linspace(0, 1, 64).expand(1, 3, 48, 64)
    assert added(ramp, scale)[..., 2:-2].abs().max() < 1e-5  # but for the mirrored border


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_an_edge_passes_where_it_is(scale: int) -> None:
    edge = torch.zeros(1, 3, 48, 64)
    edge[..., 32:] = 1
    result = added(edge, scale)
    assert result.shape == (1, 3, 48 // scale, 64 // scale)
    columns = result.abs().amax((0, 1, 2)).nonzero().flatten()
    assert columns.tolist() == [32 // scale - 1, 32 // scale]


def test_it_starts_as_nothing() -> None:
    network = random_network(detail=True)
    for conv in network.decoder.details:
        torch.nn.init.zeros_(conv.weight)  # type: ignore[arg-type]
    with torch.inference_mode():
        assert torch.equal(network(CONTENT, STYLE), without(network)(CONTENT, STYLE))


def test_it_changes_the_picture_at_every_scale() -> None:
    network = random_network(detail=True)
    with torch.inference_mode():
        full = network(CONTENT, STYLE)
        for conv in network.decoder.details:
            kept = conv.weight.clone()  # type: ignore[operator]
            torch.nn.init.zeros_(conv.weight)  # type: ignore[arg-type]
            assert (network(CONTENT, STYLE) - full).abs().max() > 1e-3
            conv.weight.copy_(kept)  # type: ignore[operator]


def test_it_learns_from_its_start() -> None:
    torch.manual_seed(0)
    config = random_network(detail=True).config
    network = StyleTransferNetwork(config)  # not the random one: as training starts
    network(CONTENT, STYLE).square().mean().backward()
    for conv in network.decoder.details:
        assert conv.weight.grad.abs().max() > 0  # type: ignore[union-attr]


def test_weights_without_it_go_on_with_it(tmp_path: Path) -> None:
    file = save_network(tmp_path / "plain.safetensors", random_network(detail=False))
    changed = starting_network("lean", None, [file], False, {"detail": True})
    assert changed.config.detail
    with torch.inference_mode():
        before = random_network(detail=False)(CONTENT, STYLE)
        assert torch.equal(changed.eval()(CONTENT, STYLE), before)
    again = save_network(tmp_path / "again.safetensors", random_network(detail=True))
    kept = starting_network("lean", None, [again], False, {"detail": True, "temperature": 5.0})
    assert kept.decoder.details[0].weight.any()  # type: ignore[operator, union-attr]
    with pytest.raises(UsageError, match="do not fit"):
        starting_network("lean", None, [again], False, {"detail": False})
