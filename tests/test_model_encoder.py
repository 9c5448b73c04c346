"""The VGG-style encoder: names, colour transform, poolings and borders."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from stylectl.model import PRESETS, ModelConfig
from stylectl.model.encoder import VGG, vgg16_layers

DEPTHS = (2, 2, 3, 3, 3)
NAMES = [f"conv{b}_{i}" for b, depth in enumerate(DEPTHS, 1) for i in range(1, depth + 1)]


def make(last: str = "conv5_3") -> VGG:
    torch.manual_seed(0)
    vgg = VGG(vgg16_layers((4, 6, 8, 10, 12), last)).requires_grad_(False)
    for name, p in vgg.named_parameters():
        if name.startswith("conv") and name.endswith("bias"):
            torch.nn.init.uniform_(p, 0, 1)  # keeps so narrow a stack alive to its end
    return vgg


def reference(vgg: VGG, image: Tensor) -> dict[str, Tensor]:
    """Every map, layer by layer; the picture's size divides by the poolings."""
    state = vgg.state_dict()
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x = (image - mean[:, None, None]) / std[:, None, None]
    maps = {}
    for name in vgg.layers:
        if name.endswith("_1") and name != "conv1_1":
            x = F.max_pool2d(x, 2)
        x = F.pad(x, (1, 1, 1, 1), mode="reflect")
        x = F.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"]).relu()
        maps[name] = x
    return maps


def test_the_layout_is_vgg16() -> None:
    vgg = make()
    assert list(vgg.layers) == NAMES
    image = torch.rand(2, 3, 32, 48)
    features = vgg.features(image, NAMES)
    for (name, expected), actual in zip(reference(vgg, image).items(), features, strict=True):
        scale = 2 ** (int(name[4]) - 1)
        assert actual.shape == (2, 2 + 2 * int(name[4]), 32 // scale, 48 // scale)
        # float32 sums differ with the number of threads
        torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-4)
    assert torch.equal(vgg(image), features[-1])


@pytest.mark.parametrize("feature", ["relu4_1", "relu4_3"])
@pytest.mark.parametrize("name", list(PRESETS))
def test_the_config_decides_the_last_layer(name: str, feature: str) -> None:
    channels = PRESETS[name].channels
    layers = vgg16_layers(channels, feature.replace("relu", "conv"))
    assert list(layers) == NAMES[: NAMES.index(feature.replace("relu", "conv")) + 1]
    assert [outputs for _, outputs in layers.values()] == [channels[int(n[4]) - 1] for n in layers]
    config = ModelConfig(channels=(4, 8, 8, 16), feature=feature)  # type: ignore[arg-type]
    assert VGG.from_config(config).layers[-1] == feature.replace("relu", "conv")


def test_a_layer_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no layer conv5_1"):
        vgg16_layers((4, 8, 8, 8), "conv5_1")
    with pytest.raises(ValueError, match="no layer conv1_3"):
        vgg16_layers((4, 8, 8, 8), "conv1_3")


def test_features_come_in_the_order_of_their_names() -> None:
    vgg, image = make(), torch.rand(1, 3, 32, 32)
    maps = reference(vgg, image)
    names = ["relu3_1", "conv1_1", "relu4_2", "relu2_2"]
    for name, feature in zip(names, vgg.features(image, names), strict=True):
        torch.testing.assert_close(feature, maps[name.replace("relu", "conv")])
    relu, conv = vgg.features(image, ["relu2_1"]), vgg.features(image, ["conv2_1"])
    assert torch.equal(relu[0], conv[0])


def test_shallow_features_run_no_deep_layers() -> None:
    vgg = make()
    ran = []
    for name in vgg.layers:
        vgg.get_submodule(name).register_forward_hook(lambda *_, name=name: ran.append(name))
    vgg.features(torch.rand(1, 3, 32, 32), ["relu2_1", "relu1_1"])
    assert ran == ["conv1_1", "conv1_2", "conv2_1"]


def test_the_colour_transform_is_imagenets_and_frozen() -> None:
    vgg = VGG(vgg16_layers((4, 6, 8, 10), "conv4_1"))
    assert not any(p.requires_grad for p in vgg.color.parameters())
    assert all(p.requires_grad for name, p in vgg.named_parameters() if name.startswith("conv"))
    image = torch.rand(2, 3, 5, 7)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    expected = (image - mean[:, None, None]) / std[:, None, None]
    torch.testing.assert_close(vgg.color(image), expected)


@pytest.mark.parametrize("size", [(32, 48), (40, 56), (35, 51)])
def test_a_flat_image_has_flat_features_up_to_the_border(size: tuple[int, int]) -> None:
    vgg = make().double()
    colour = torch.tensor([0.9, 0.2, 0.4], dtype=torch.float64)[None, :, None, None]
    for feature in vgg.features(colour.expand(1, 3, *size), NAMES):
        middle = feature[:, :, :1, :1].expand_as(feature)
        torch.testing.assert_close(feature, middle, rtol=1e-9, atol=1e-9)
        assert feature.max() > 0


def test_odd_sizes_are_pooled_without_losing_the_edge() -> None:
    vgg, image = make("conv2_1").double(), torch.rand(1, 3, 21, 35).double()
    assert vgg(image).shape[2:] == (11, 18)
    changed = image.clone()
    changed[..., 20, 34] += 0.5  # the last pixel, which a floor pooling would drop
    first, second = vgg.features(image, ["conv2_1"])[0], vgg.features(changed, ["conv2_1"])[0]
    assert not torch.allclose(first[..., 10, 17], second[..., 10, 17])
