"""LPIPS by the package of its authors, over a VGG-16 that is not downloaded here."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import torch
from conftest import CommandLine, random_network, save_network
from skimage import data
from torch import Tensor
from training_parts import save_vgg, tiny_vgg

from stylectl.errors import UsageError, WeightsError
from stylectl.evaluation import lpips
from stylectl.evaluation.figures import HIGHER_IS_BETTER
from stylectl.evaluation.lpips import Lpips
from stylectl.model.encoder import VGG, vgg16_layers

pytest.importorskip("lpips")


@pytest.fixture(scope="module")
def backbone() -> VGG:
    """VGG-16 with random weights."""
    torch.manual_seed(0)
    return VGG(vgg16_layers((64, 128, 256, 512, 512), "conv5_3"))


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, backbone: VGG) -> Lpips:
    monkeypatch.setattr(lpips, "imagenet_vgg16", lambda: backbone)
    return Lpips()


def image() -> Tensor:
    return torch.from_numpy(data.chelsea()[:64, :64].copy()).permute(2, 0, 1)[None] / 255


def test_it_is_zero_for_the_same_and_grows_with_the_difference(measured: Lpips) -> None:
    x = image()
    noise = torch.rand(x.shape, generator=torch.Generator().manual_seed(0)) - 0.5
    assert measured(x, x) == 0
    little, much = (measured((x + share * noise).clamp(0, 1), x) for share in (0.1, 0.5))
    assert 0 < little < much


def test_its_backbone_is_ours(measured: Lpips, backbone: VGG) -> None:
    theirs, ours = (
        [m for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
        for network in (measured.network.net, backbone)
    )
    assert len(theirs) == 13
    for a, b in zip(theirs, ours, strict=True):
        assert torch.equal(a.weight, b.weight)


def test_it_is_a_seventh_column(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backbone: VGG
) -> None:
    from PIL import Image

    monkeypatch.setattr(lpips, "imagenet_vgg16", lambda: backbone)
    for folder, picture in (("photos", data.chelsea()), ("paintings", data.coffee())):
        (tmp_path / folder).mkdir()
        Image.fromarray(picture).resize((60, 44)).save(tmp_path / folder / "one.png")
    save_vgg(tmp_path / "vgg.safetensors", tiny_vgg(3))
    save_network(tmp_path / "mine.safetensors", random_network(seed=1))
    monkeypatch.chdir(tmp_path)
    line = ["evaluate", "photos", "paintings", "--weights", "mine.safetensors", "--size", 32]
    line += ["--perceptual", "vgg.safetensors", "--device", "cpu", "--lpips"]
    table = cli(*line)
    assert (table.code, table.err) == (0, "")
    header, row = (text.split("\t") for text in table.out.splitlines())
    assert header == ["method", "pairs", *HIGHER_IS_BETTER, "lpips"]
    measured = json.loads(cli(*line, "--json").out)
    assert "version 0.1" in measured["lpips"] and "package lpips" in measured["lpips"]
    (method,) = measured["methods"]
    assert float(row[-1]) == pytest.approx(method["mean"]["lpips"], abs=1e-4) and float(row[-1]) > 0


def test_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable() -> VGG:
        raise WeightsError("VGG-16 cannot be downloaded")

    monkeypatch.setattr(lpips, "imagenet_vgg16", unreachable)
    with pytest.raises(WeightsError):
        Lpips()
    monkeypatch.setitem(sys.modules, "lpips", None)
    with pytest.raises(UsageError, match="package that is not installed") as caught:
        Lpips()
    assert "stylectl[lpips]" in caught.value.hint
