"""The attention that is shown is the attention that the network paints with."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from conftest import random_network
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from stylectl.errors import UsageError
from stylectl.model import instance_statistics
from stylectl.stylize.attention import AttentionMaps
from stylectl.stylize.points import Point
from stylectl.stylize.stylizer import Stylizer

POINTS = ((0.0, 0.0), (50.4, 20.0), (88.0, 62.0))


def picture(seed: int, height: int, width: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    small = torch.rand(1, 3, height // 4, width // 4, generator=generator)
    return F.interpolate(small, (height, width), mode="bilinear")[0]


CONTENT, STYLE = picture(1, 63, 89), picture(2, 70, 44)


def stylizer(**changes: Any) -> Stylizer:
    """Of random weights whose gate differs from place to place."""
    network = random_network(**changes)
    if network.alignment.gating is not None:
        last = network.alignment.gating.convs[-1]
        assert isinstance(last, torch.nn.Conv2d)
        torch.nn.init.normal_(last.weight, std=0.3)
    return Stylizer(network, device="cpu", precision="fp32")


@pytest.mark.parametrize("gate", ["threshold", "affine", "none"])
@pytest.mark.parametrize("stride", [1, 2])
def test_the_values_summed_with_the_maps_are_what_the_network_paints_with(
    gate: str, stride: int
) -> None:
    tested = stylizer(gate=gate, style_stride=stride)
    code = tested.encode_style(STYLE, size=None)
    maps = tested.attention(CONTENT, code, POINTS)
    with torch.no_grad():
        zc = tested.network.encode(F.pad(CONTENT[None], (0, 7, 0, 1), mode="reflect"))
        zcs = tested.network.align(zc, instance_statistics(zc), code.features)
    summed = maps.used.flatten(2)[:, :, None] @ code.features.values  # (P, G, 1, C/G)
    assert maps.positions == ((0, 0), (2, 6), (7, 11))
    for number, (row, column) in enumerate(maps.positions):
        expected = zcs[0, :, row, column]
        torch.testing.assert_close(summed[number].flatten(), expected, rtol=1e-4, atol=1e-5)
    assert (maps.gated is None) == (gate == "none")
    torch.testing.assert_close(maps.ungated.sum((2, 3)), torch.ones(3, 8))


def test_kept_is_the_share_that_is_not_zero() -> None:
    maps = stylizer().attention(CONTENT, STYLE, POINTS)
    assert maps.gated is not None
    for point in range(3):
        for head in range(8):
            counted = sum(weight > 0 for weight in maps.gated[point, head].flatten().tolist())
            assert maps.kept[point, head] == pytest.approx(counted / maps.gated[0, 0].numel())
    assert maps.kept.min() > 0 and maps.kept.min() < 0.9
    assert stylizer(gate="none").attention(CONTENT, STYLE, POINTS).kept.eq(1).all()


def test_sizes_count_and_points_are_of_the_content_as_it_was_given() -> None:
    tested = stylizer()
    maps = tested.attention(CONTENT, STYLE, POINTS)
    small = tested.attention(CONTENT, STYLE, POINTS, size=48)
    assert small.positions == ((0, 0), (1, 3), (4, 5))
    assert not torch.allclose(small.used, maps.used, atol=1e-4)
    fine = tested.attention(CONTENT, STYLE, POINTS, style_size=160)
    assert maps.style_size == (512, 322) and maps.used.shape[2:] == (32, 21)
    assert fine.style_size == (160, 101) and fine.used.shape[2:] == (10, 7)


def test_points_are_of_the_upright_photo() -> None:
    turned = Image.new("RGB", (60, 30))
    exif = turned.getexif()
    exif[0x0112] = 6  # stored on its side: upright it is 30 wide and 60 high
    exif_photo = Image.new("RGB", (60, 30))
    exif_photo.info["exif"] = exif.tobytes()
    maps = stylizer().attention(exif_photo, STYLE, [(29, 59)])
    assert maps.positions == ((7, 3),)
    with pytest.raises(UsageError, match=r"point 30,0 lies outside"):
        stylizer().attention(exif_photo, STYLE, [(30, 0)])


@pytest.mark.parametrize("spacing", [8, 16])
def test_each_pixel_of_the_style_belongs_to_the_nearest_position(spacing: int) -> None:
    ungated = torch.zeros(1, 1, 48 // spacing, 64 // spacing)
    maps = AttentionMaps(((0, 0),), ((0, 0),), None, ungated, (44, 64), spacing)
    down, across = maps.cells((44, 64))
    for shown, count in ((down, 48 // spacing), (across, 64 // spacing)):
        middles = [4 + spacing * i for i in range(count)]
        for pixel, cell in enumerate(shown.tolist()):
            far = [abs(pixel + 0.5 - middle) for middle in middles]
            assert far[cell] == min(far)
    twice, _ = maps.cells((88, 128))
    assert torch.equal(twice[::2], down) or torch.equal(twice[1::2], down)


@pytest.mark.parametrize(
    ("points", "told"),
    [
        ([], "there is no point"),
        ([(0, 0), (89, 0)], "point 89,0 lies outside"),
        ([(0, -1)], "point 0,-1 lies outside"),
        ([(float("nan"), 0)], "point nan,0 lies outside"),
    ],
)
def test_points_outside_are_refused(points: list[tuple[float, float]], told: str) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        stylizer().attention(CONTENT, STYLE, points)
    assert not points or "x goes from 0 to 88 and y from 0 to 62" in caught.value.hint


def test_one_content_at_a_time() -> None:
    with pytest.raises(UsageError, match="several contents"):
        stylizer().attention(CONTENT.expand(2, -1, -1, -1), STYLE, POINTS)


@pytest.mark.parametrize(
    ("text", "pixel"),
    [
        ("12,34", (12, 34)),
        (" 12.5 , 3", (12.5, 3)),
        ("0%,100%", (0, 49)),
        ("50%,7", (49.5, 7)),
        ("100%,0%", (99, 0)),
    ],
)
def test_points_are_read(text: str, pixel: tuple[float, float]) -> None:
    assert Point.parse(text).on(100, 50) == pixel


@pytest.mark.parametrize("text", ["", "12", "a,b", "1,2,3", "1;2", "%,%", "1e3,2", "nan,0"])
def test_texts_that_are_no_points(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        Point.parse(text)


@pytest.mark.parametrize("text", ["100,0", "0,50", "-1,0", "100.1%,0", "0,-1%"])
def test_a_point_outside_is_named_as_it_was_typed(text: str) -> None:
    with pytest.raises(UsageError, match=f"point {text} lies outside"):
        Point.parse(text).on(100, 50)
