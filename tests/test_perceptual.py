"""The perceptual network: which stack gives which layer, and what calibration does."""

from __future__ import annotations

import pytest
import torch
from training_parts import tiny_vgg

from stylectl.evaluation.perceptual import LAYERS, PerceptualNetwork
from stylectl.evaluation.sheets import GAP, contact_sheet


@pytest.fixture
def photos() -> torch.Tensor:
    return torch.rand(2, 3, 48, 32, generator=torch.Generator().manual_seed(0))


def test_layers_of_one_stack(photos: torch.Tensor) -> None:
    maps = PerceptualNetwork([tiny_vgg(0)])(photos)
    assert tuple(maps) == LAYERS
    assert maps["relu1_1"].shape == (2, 4, 48, 32)
    assert maps["relu3_1"].shape == (2, 8, 12, 8)
    assert maps["relu5_1"].shape == (2, 12, 3, 2)


def test_each_layer_comes_from_the_first_stack_that_reaches_it(photos: torch.Tensor) -> None:
    short, deep = tiny_vgg(0, (5, 7, 9), "conv3_1"), tiny_vgg(1)
    maps = PerceptualNetwork([short, deep])(photos)
    assert tuple(maps) == LAYERS
    expected = short.features(photos, ["relu3_1"]) + deep.features(photos, ["relu4_1"])
    assert torch.equal(maps["relu3_1"], expected[0])
    assert torch.equal(maps["relu4_1"], expected[1])
    assert PerceptualNetwork([deep, short])(photos)["relu1_1"].shape[1] == 4


def test_layers_that_no_stack_reaches_are_left_out(photos: torch.Tensor) -> None:
    network = PerceptualNetwork([tiny_vgg(0, (4, 6), "conv2_1")])
    assert network.layers == ("relu1_1", "relu2_1")
    assert set(network(photos)) == {"relu1_1", "relu2_1"}


def test_only_the_layers_asked_for(photos: torch.Tensor) -> None:
    network = PerceptualNetwork([tiny_vgg(0)])
    maps = network(photos, ["relu4_1", "relu2_1"])
    assert set(maps) == {"relu4_1", "relu2_1"}
    assert torch.equal(maps["relu4_1"], network(photos)["relu4_1"])


def test_calibration_gives_every_layer_a_root_mean_square_of_1(photos: torch.Tensor) -> None:
    network = PerceptualNetwork([tiny_vgg(0)])
    network.calibrate(photos)
    network.calibrate(photos)  # measures the maps themselves, not those already divided
    for name, x in network(photos).items():
        assert x.square().mean().sqrt().item() == pytest.approx(1, abs=1e-4), name


def test_a_dead_layer_gives_no_nan(photos: torch.Tensor) -> None:
    vgg = tiny_vgg(0)
    with torch.no_grad():
        vgg.get_submodule("conv5_1").weight.zero_()  # type: ignore[operator]
    network = PerceptualNetwork([vgg])
    network.calibrate(photos)
    assert all(torch.isfinite(x).all() for x in network(photos).values())


def test_its_weights_never_train() -> None:
    assert not any(p.requires_grad for p in PerceptualNetwork([tiny_vgg(0)]).parameters())


def test_contact_sheet_has_contents_down_and_styles_across() -> None:
    side = 8
    contents = torch.stack([torch.full((3, side, side), v) for v in (0.1, 0.2)])
    styles = torch.stack([torch.full((3, side, side), v) for v in (0.3, 0.4, 0.5)])
    results = torch.arange(6).reshape(2, 3, 1, 1, 1).expand(2, 3, 3, side, side) / 10 + 0.01
    sheet = contact_sheet(contents, styles, results)
    step = side + GAP
    assert sheet.shape == (3, 3 * step, 4 * step)

    def at(row: int, column: int) -> float:
        return sheet[0, row * step, column * step].item()

    assert at(0, 0) == 1
    assert [at(0, c) for c in (1, 2, 3)] == pytest.approx([0.3, 0.4, 0.5])
    assert [at(r, 0) for r in (1, 2)] == pytest.approx([0.1, 0.2])
    assert [at(2, c) for c in (1, 2, 3)] == pytest.approx([0.31, 0.41, 0.51])
