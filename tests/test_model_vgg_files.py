"""VGG stacks from files: layers are deduced from the tensors, and what is no stack is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torchvision.models.vgg import make_layers

from stylectl.errors import WeightsError
from stylectl.model.encoder import VGG
from stylectl.weights.vgg import load_vgg, vgg_from_tensors

DEPTHS_19 = {1: 2, 2: 2, 3: 4, 4: 4, 5: 1}  # VGG-19 up to conv5_1
WIDTHS = {1: 4, 2: 6, 3: 6, 4: 10, 5: 12}


def vgg19_tensors() -> dict[str, Tensor]:
    torch.manual_seed(0)
    tensors, inputs = {}, 3
    for block, depth in DEPTHS_19.items():
        for index in range(1, depth + 1):
            outputs = WIDTHS[block]
            tensors[f"conv{block}_{index}.weight"] = torch.randn(outputs, inputs, 3, 3) / 4
            tensors[f"conv{block}_{index}.bias"] = torch.randn(outputs)
            inputs = outputs
    return tensors


def shuffled(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key: tensors[key] for key in sorted(tensors, key=lambda key: key[::-1])}


def test_the_layers_of_a_vgg19_are_deduced(tmp_path: Path) -> None:
    tensors = vgg19_tensors()
    path = tmp_path / "vgg19.safetensors"
    save_file(tensors, path)
    vgg = load_vgg(path)
    expected = [f"conv{b}_{i}" for b, depth in DEPTHS_19.items() for i in range(1, depth + 1)]
    assert list(vgg.layers) == expected
    assert not vgg.training
    assert not any(p.requires_grad for p in vgg.parameters())
    state = vgg.state_dict()
    assert all(torch.equal(state[key], value) for key, value in tensors.items())
    features = vgg.features(torch.rand(1, 3, 32, 32), ["relu3_4", "relu4_4", "relu5_1"])
    assert [tuple(f.shape[1:]) for f in features] == [(6, 8, 8), (10, 4, 4), (12, 2, 2)]


def test_a_pickle_of_tensors_is_read_too(tmp_path: Path) -> None:
    tensors = vgg19_tensors()
    torch.save(tensors, tmp_path / "vgg.pth")
    vgg = load_vgg(tmp_path / "vgg.pth")
    assert torch.equal(vgg.state_dict()["conv3_4.weight"], tensors["conv3_4.weight"])


def test_the_order_of_the_tensors_does_not_matter() -> None:
    tensors = vgg19_tensors()
    assert vgg_from_tensors(shuffled(tensors), "x").layers == vgg_from_tensors(tensors, "x").layers


def test_half_precision_files_become_single_precision() -> None:
    vgg = vgg_from_tensors({k: v.half() for k, v in vgg19_tensors().items()}, "half")
    assert {p.dtype for p in vgg.parameters()} == {torch.float32}


def test_an_input_transform_of_the_file_replaces_imagenets() -> None:
    colour = {"color.weight": torch.rand(3, 3, 1, 1), "color.bias": torch.rand(3)}
    image = torch.rand(1, 3, 16, 16)
    plain = vgg_from_tensors(vgg19_tensors(), "plain")
    own = vgg_from_tensors(vgg19_tensors() | colour, "own")
    torch.testing.assert_close(plain.color(image), VGG({}).color(image))
    expected = torch.einsum("oi,bihw->bohw", colour["color.weight"][:, :, 0, 0], image)
    expected += colour["color.bias"][:, None, None]
    torch.testing.assert_close(own.color(image), expected)
    assert not any(p.requires_grad for p in own.parameters())


def test_torchvisions_vgg16_is_understood() -> None:
    torch.manual_seed(0)
    layout = [4, 4, "M", 6, 6, "M", 8, 8, 8, "M", 10, 10, 10, "M", 12, 12, 12, "M"]
    theirs = make_layers(layout).eval()  # type: ignore[arg-type]
    state = {f"features.{key}": value for key, value in theirs.state_dict().items()}
    state |= {"classifier.0.weight": torch.rand(2, 2), "classifier.0.bias": torch.rand(2)}
    vgg = vgg_from_tensors(state, "vgg16.pth")
    depths = enumerate((2, 2, 3, 3, 3), 1)
    assert list(vgg.layers) == [f"conv{b}_{i}" for b, depth in depths for i in range(1, depth + 1)]
    # They differ at the border only: zeros there, reflection here.
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        expected = theirs[:12](vgg.color(image))  # relu3_1
    actual = vgg.features(image, ["relu3_1"])[0]
    inner = (..., slice(4, -4), slice(4, -4))
    torch.testing.assert_close(actual[inner], expected[inner])


def _wrong_width(t: dict[str, Tensor]) -> None:
    t["conv3_1.weight"] = torch.rand(6, 5, 3, 3)


def _grey(t: dict[str, Tensor]) -> None:
    t["conv1_1.weight"] = torch.rand(4, 1, 3, 3)


def _no_first_layer(t: dict[str, Tensor]) -> None:
    del t["conv1_1.weight"], t["conv1_1.bias"]


def _no_bias(t: dict[str, Tensor]) -> None:
    del t["conv2_2.bias"]


def _no_weight(t: dict[str, Tensor]) -> None:
    del t["conv2_2.weight"]


def _large_kernel(t: dict[str, Tensor]) -> None:
    t["conv2_2.weight"] = torch.rand(6, 6, 5, 5)


def _vector(t: dict[str, Tensor]) -> None:
    t["conv2_2.weight"] = torch.rand(6)


def _wrong_bias(t: dict[str, Tensor]) -> None:
    t["conv2_2.bias"] = torch.rand(5)


def _something_else(t: dict[str, Tensor]) -> None:
    t["decoder.weight"] = torch.rand(2)


def _nothing(t: dict[str, Tensor]) -> None:
    t.clear()


@pytest.mark.parametrize(
    "damage",
    [
        _wrong_width,
        _grey,
        _no_first_layer,
        _no_bias,
        _no_weight,
        _large_kernel,
        _vector,
        _wrong_bias,
        _something_else,
        _nothing,
    ],
)
def test_what_is_no_vgg_stack_is_refused(damage: Callable[[dict[str, Tensor]], None]) -> None:
    tensors = vgg19_tensors()
    damage(tensors)
    with pytest.raises(WeightsError) as caught:
        vgg_from_tensors(tensors, "broken.safetensors")
    assert caught.value.message.startswith("broken.safetensors holds no VGG stack: ")
    assert "\n" not in caught.value.message
    assert "conv1_1.weight" in caught.value.hint


def test_torchvisions_vgg19_is_not_taken_for_vgg16() -> None:
    layout = [4, 4, "M", 8, 8, "M", 8, 8, 8, 8, "M", 8, 8, 8, 8, "M", 8, 8, 8, 8, "M"]
    theirs = make_layers(layout)  # type: ignore[arg-type]
    state = {f"features.{key}": value for key, value in theirs.state_dict().items()}
    with pytest.raises(WeightsError, match="no VGG stack"):
        vgg_from_tensors(state, "vgg19.pth")


def test_missing_and_corrupt_files_are_weights_errors(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"missing\.safetensors"):
        load_vgg(tmp_path / "missing.safetensors")
    path = tmp_path / "cut.safetensors"
    save_file(vgg19_tensors(), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match=r"cut\.safetensors"):
        load_vgg(path)
    (tmp_path / "text.pth").write_text("not a pickle")
    with pytest.raises(WeightsError, match=r"text\.pth"):
        load_vgg(tmp_path / "text.pth")


@pytest.mark.parametrize("gap", ["conv1_2", "conv2_1"])
def test_a_stack_with_a_gap_is_refused(gap: str) -> None:
    layers = {"conv1_1": (3, 4), "conv1_2": (4, 4), "conv1_3": (4, 4), "conv2_1": (4, 4)}
    layers |= {"conv3_1": (4, 4)}
    tensors = VGG(layers).state_dict()
    kept = {key: value for key, value in tensors.items() if not key.startswith(gap)}
    with pytest.raises(WeightsError, match="without gaps"):
        vgg_from_tensors(kept, "made-up")


def test_half_an_input_transform_is_refused_in_one_line() -> None:
    tensors = VGG({"conv1_1": (3, 4)}).state_dict()
    with pytest.raises(WeightsError, match="half there"):
        vgg_from_tensors({k: v for k, v in tensors.items() if k != "color.bias"}, "made-up")
    wrong = tensors | {"color.weight": torch.zeros(4, 3, 1, 1)}
    with pytest.raises(WeightsError) as caught:
        vgg_from_tensors(wrong, "made-up")
    assert "\n" not in caught.value.message
