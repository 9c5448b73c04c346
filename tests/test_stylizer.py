"""The facade computes what the network computes, at any size, and every argument counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from conftest import random_network
from PIL import Image
from torch import Tensor

from stylectl.errors import DeviceError, UsageError, WeightsError
from stylectl.model import Conditioning, InstanceStatistics, StyleTransferNetwork
from stylectl.model.shuffle import random_permutation
from stylectl.stylize import sizes
from stylectl.stylize.events import Detail, Event, Notice, Stage
from stylectl.stylize.settings import MINIMUM_TILE, TileSize
from stylectl.stylize.stylizer import Stylizer

SEED = 3  # draws an order of the 8 groups that is not the identity


def tensor(image: Image.Image) -> Tensor:
    """(3, H, W) in [0, 1]."""
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255


@pytest.fixture(scope="module")
def stylizer(network: StyleTransferNetwork) -> Stylizer:
    return Stylizer(network, {"steps": 1}, "cpu", "fp32")


@pytest.fixture(scope="module")
def content(photo: Image.Image) -> Tensor:
    return tensor(photo)


@pytest.fixture(scope="module")
def style(painting: Image.Image) -> Tensor:
    return tensor(painting.resize((64, 80)))  # of a size that needs no padding


def differ(a: Tensor, b: Tensor) -> bool:
    """Whether two results differ by more than rounding could explain."""
    return float((a - b).abs().max()) > 0.01


def test_it_computes_what_the_network_computes(
    network: StyleTransferNetwork, stylizer: Stylizer, content: Tensor, style: Tensor
) -> None:
    with torch.no_grad():
        expected = network(content[None], style[None])[0]
    result = stylizer.stylize(content, style, style_size=None)
    assert torch.allclose(result, expected, atol=1e-5)
    assert result.min() >= 0 and result.max() <= 1
    assert differ(result, content)


def test_the_style_counts(stylizer: Stylizer, content: Tensor, style: Tensor) -> None:
    result = stylizer.stylize(content, style)
    assert differ(result, stylizer.stylize(content, 1 - style))


@pytest.mark.parametrize("strength", [0.0, 0.4])
def test_strength_lays_the_painting_over_the_content(
    stylizer: Stylizer, content: Tensor, style: Tensor, strength: float
) -> None:
    full = stylizer.stylize(content, style, style_size=None)
    result = stylizer.stylize(content, style, style_size=None, strength=strength)
    assert torch.allclose(result, torch.lerp(content, full, strength), atol=1e-5)
    assert differ(result, content) == (strength > 0)


def test_strength_zero_is_the_content_to_the_level(
    stylizer: Stylizer, photo: Image.Image, style: Tensor
) -> None:
    choices: list[dict[str, Any]] = [{}, {"color": "content"}, {"stroke_size": 0.1}, {"size": 64}]
    for options in choices:
        kept = stylizer.stylize(photo, style, strength=0, **options)
        assert np.array_equal(np.asarray(kept), np.asarray(photo)), options


def test_seed_shuffles_the_groups(
    network: StyleTransferNetwork, stylizer: Stylizer, content: Tensor, style: Tensor
) -> None:
    permutation = random_permutation(8, torch.Generator().manual_seed(SEED))
    with torch.no_grad():
        features = (network.encode_style(style[None]),)
        expected = network(content[None], Conditioning(features, permutation=permutation))[0]
    result = stylizer.stylize(content, style, style_size=None, seed=SEED)
    assert torch.allclose(result, expected, atol=1e-5)
    assert torch.equal(result, stylizer.stylize(content, style, style_size=None, seed=SEED))
    assert differ(result, stylizer.stylize(content, style, style_size=None))
    assert differ(result, stylizer.stylize(content, style, style_size=None, seed=SEED + 1))


def test_the_same_call_gives_the_same_picture(
    stylizer: Stylizer, content: Tensor, style: Tensor
) -> None:
    first = stylizer.stylize(content, style)
    torch.rand(3)  # the global random state is none of its business
    assert torch.equal(first, stylizer.stylize(content, style))


def test_style_size_is_the_long_edge(stylizer: Stylizer, content: Tensor, style: Tensor) -> None:
    assert stylizer.encode_style(style).size == (512, 410)
    assert stylizer.encode_style(style, size=40).size == (40, 32)
    assert stylizer.encode_style(style, size=None).size == (80, 64)
    small, large = (stylizer.stylize(content, style, style_size=size) for size in (40, 160))
    assert differ(small, large)


def test_size_is_the_long_edge_worked_at(
    stylizer: Stylizer, content: Tensor, style: Tensor
) -> None:
    code = stylizer.encode_style(style)
    result = stylizer.stylize(content, code, size=48)
    assert result.shape == content.shape
    reduced = sizes.resize(content[None], (32, 48))
    painted = stylizer.stylize(reduced, code)
    assert torch.allclose(result, sizes.resize(painted, (64, 96))[0], atol=1e-5)
    assert torch.equal(stylizer.stylize(content, code, size=96), stylizer.stylize(content, code))


def test_a_code_stands_for_its_style(stylizer: Stylizer, content: Tensor, style: Tensor) -> None:
    code = stylizer.encode_style(style, size=64)
    direct = stylizer.stylize(content, style, style_size=64)
    assert torch.equal(stylizer.stylize(content, code), direct)
    # The style size of the call is the code's own affair by then.
    assert torch.equal(stylizer.stylize(content, code, style_size=99), direct)


@pytest.mark.parametrize("size", [(1, 1), (5, 300), (300, 5), (15, 17), (37, 53), (64, 96)])
def test_any_size_comes_back_exactly(
    stylizer: Stylizer, style: Tensor, size: tuple[int, int]
) -> None:
    image = torch.rand(3, *size)
    code = stylizer.encode_style(style, size=64)
    for result in (stylizer.stylize(image, code), stylizer.stylize(image, code, size=100)):
        assert result.shape == image.shape
        assert torch.isfinite(result).all()
    assert stylizer.encode_style(image, size=40).size[size.index(max(size))] == 40


def test_odd_sizes_are_not_shifted(stylizer: Stylizer, photo: Image.Image, style: Tensor) -> None:
    content = tensor(photo.resize((240, 160)))
    code = stylizer.encode_style(style, size=64)
    first: list[InstanceStatistics] = []

    def of_the_whole(own: InstanceStatistics) -> InstanceStatistics:
        first.append(own)
        return first[0]

    whole = stylizer.stylize(content, code, statistics=of_the_whole)
    odd = stylizer.stylize(content[:, :157, :233], code, statistics=of_the_whole)
    assert len(first) == 2
    # Far from the cut, where what was padded does not reach.
    assert torch.allclose(odd[:, :40, :120], whole[:, :40, :120], atol=1e-5)


def test_a_batch_is_each_of_its_images(stylizer: Stylizer, content: Tensor, style: Tensor) -> None:
    contents, styles = torch.stack([content, content.flip(2)]), torch.stack([style, 1 - style])
    one_style = stylizer.stylize(contents, style)
    each = stylizer.stylize(contents, styles)
    for index in range(2):
        single = stylizer.stylize(contents[index], style)
        assert torch.allclose(one_style[index], single, atol=1e-4)
        single = stylizer.stylize(contents[index], styles[index])
        assert torch.allclose(each[index], single, atol=1e-4)


@pytest.mark.parametrize("gate", ["affine", "none"])
def test_every_gate_paints(content: Tensor, style: Tensor, gate: str) -> None:
    stylizer = Stylizer(random_network(gate=gate), device="cpu")
    result = stylizer.stylize(content, style)
    assert differ(result, stylizer.stylize(content, 1 - style))


def test_events_tell_the_stages_and_nothing_is_printed(
    stylizer: Stylizer, content: Tensor, style: Tensor, capsys: pytest.CaptureFixture[str]
) -> None:
    events: list[Event] = []
    stylizer.stylize(content, style, on_event=events.append)
    told = [event for event in events if not isinstance(event, Detail)]
    assert told == [Stage("encode style"), Stage("stylise")]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"strength": 1.01}, "strength is 1.01"),
        ({"strength": -0.1}, "strength is -0.1"),
        ({"strength": float("nan")}, "strength is nan"),
        ({"size": 0}, "size is 0"),
        ({"style_size": -5}, "style_size is -5"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**63}, "seed is"),
    ],
)
def test_values_out_of_range_are_refused(
    stylizer: Stylizer, content: Tensor, style: Tensor, arguments: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        stylizer.stylize(content, style, **arguments)


def test_a_code_of_another_network_is_refused(
    stylizer: Stylizer, content: Tensor, style: Tensor
) -> None:
    other = Stylizer(random_network(channels=(8, 8, 16, 16)), device="cpu")
    with pytest.raises(UsageError, match="another network"):
        stylizer.stylize(content, other.encode_style(style))


def test_styles_and_contents_must_go_together(stylizer: Stylizer, content: Tensor) -> None:
    with pytest.raises(UsageError, match="3 styles for 2 contents"):
        stylizer.stylize(torch.stack([content] * 2), torch.stack([content] * 3))


def test_weights_that_compute_nan_are_named(content: Tensor, style: Tensor) -> None:
    broken = random_network()
    with torch.no_grad():
        broken.decoder.output.weight.fill_(float("nan"))
    with pytest.raises(WeightsError, match="NaN"):
        Stylizer(broken, device="cpu").stylize(content, style)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        MemoryError(),
    ],
)
def test_too_little_memory_says_what_to_do(
    content: Tensor, style: Tensor, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = random_network()
    stylizer = Stylizer(network, device="cpu")
    code = stylizer.encode_style(style)

    def fail(image: Tensor) -> Tensor:
        raise error

    monkeypatch.setattr(network, "encode", fail)
    monkeypatch.setattr(network, "look", fail)
    for attempt in (
        lambda: stylizer.stylize(content, code),
        lambda: stylizer.encode_style(style),
    ):
        with pytest.raises(DeviceError, match="memory of cpu") as raised:
            attempt()
        assert "--size" in raised.value.hint


def test_warnings_of_images_are_told(stylizer: Stylizer, photo: Image.Image, style: Tensor) -> None:
    odd = photo.copy()
    odd.info["icc_profile"] = b"broken"
    events: list[Event] = []
    stylizer.stylize(odd, style, on_event=events.append)
    assert any(isinstance(event, Notice) and "profile" in event.message for event in events)


def test_results_go_on_in_autograd(stylizer: Stylizer, content: Tensor, style: Tensor) -> None:
    weight = torch.ones((), requires_grad=True)
    (stylizer.stylize(content, style) * weight).sum().backward()
    assert weight.grad is not None


@pytest.mark.parametrize("tile", ["off", MINIMUM_TILE])
def test_statistics_can_be_changed(
    network: StyleTransferNetwork, photo: Image.Image, painting: Image.Image, tile: TileSize
) -> None:
    stylizer = Stylizer(network, device="cpu")
    code = stylizer.encode_style(painting, size=64)
    seen = []

    def kept(own: InstanceStatistics) -> InstanceStatistics:
        seen.append(own)
        return own

    def shifted(own: InstanceStatistics) -> InstanceStatistics:
        return InstanceStatistics(own.mean + own.std, own.std)

    content = np.asarray(photo.resize((160, 96)))
    plain = stylizer.stylize(content, code, tile=tile)
    assert (stylizer.stylize(content, code, tile=tile, statistics=kept) == plain).all()
    assert len(seen) == 1 and seen[0].mean.shape == (1, network.config.width, 1, 1)
    assert (stylizer.stylize(content, code, tile=tile, statistics=shifted) != plain).any()
