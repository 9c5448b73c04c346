"""PIL images, tensors and arrays go in and come out as what they were; sizes fit the network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from conftest import random_network
from PIL import ExifTags, Image

from stylectl.errors import UsageError
from stylectl.stylize import sizes
from stylectl.stylize.stylizer import Stylizer


@pytest.fixture(scope="module")
def stylizer() -> Stylizer:
    return Stylizer(random_network(), device="cpu")


@pytest.fixture(scope="module")
def rgb(photo: Image.Image) -> np.ndarray[Any, Any]:
    return np.array(photo)


def test_pil_tensor_and_array_agree(
    stylizer: Stylizer, photo: Image.Image, painting: Image.Image, rgb: np.ndarray[Any, Any]
) -> None:
    tensor = torch.from_numpy(rgb).permute(2, 0, 1).float() / 255
    result = stylizer.stylize(tensor, painting)
    levels = result.permute(1, 2, 0).numpy() * 255
    contents: list[Any] = [photo, rgb, rgb / 255, tensor[None]]
    for content in (*contents, torch.from_numpy(rgb).permute(2, 0, 1)):
        painted: Any = stylizer.stylize(content, painting)
        assert type(painted) is type(content) or isinstance(painted, Image.Image)
        array = np.asarray(painted, dtype=np.float64)
        array = array[0] if array.ndim == 4 else array
        array = array.transpose(1, 2, 0) if array.shape[0] == 3 else array
        array = array * 255 if array.max() <= 1 else array
        assert np.abs(array - levels).max() <= 0.51


@pytest.mark.parametrize("dtype", [torch.float16, torch.float64, torch.bfloat16, torch.uint8])
def test_tensors_keep_type_and_shape(stylizer: Stylizer, dtype: torch.dtype) -> None:
    image = torch.ones(1, 3, 20, 30, dtype=dtype)
    result = stylizer.stylize(image, image)
    assert (result.dtype, result.shape) == (dtype, image.shape)
    assert float(result.float().std()) > 0


@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32, np.float64, ">f4"])
def test_arrays_keep_type(stylizer: Stylizer, rgb: np.ndarray[Any, Any], dtype: Any) -> None:
    image = rgb if dtype is np.uint8 else (rgb / 255).astype(dtype)
    result = stylizer.stylize(image, rgb)
    assert result.dtype == image.dtype
    assert result.shape == image.shape


def test_arrays_of_any_layout_are_read_and_none_is_changed(
    stylizer: Stylizer, rgb: np.ndarray[Any, Any]
) -> None:
    expected = stylizer.stylize(rgb[::-1, ::2].copy(), rgb)
    frozen = rgb.copy()
    frozen.flags.writeable = False
    assert np.array_equal(stylizer.stylize(frozen[::-1, ::2], frozen), expected)
    assert np.array_equal(frozen, rgb)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "1", "I;16"])
def test_pil_images_of_any_mode(stylizer: Stylizer, photo: Image.Image, mode: str) -> None:
    grey = np.asarray(photo.convert("L")).astype(np.uint16) * 257
    content = Image.fromarray(grey) if mode == "I;16" else photo.convert(mode)
    result = stylizer.stylize(content, photo)
    assert result.size == content.size
    assert result.mode == ("RGBA" if "A" in mode else "RGB")


def test_16_bit_grey_is_as_bright_as_8_bit_grey(stylizer: Stylizer, photo: Image.Image) -> None:
    grey = photo.convert("L")
    wide = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    results = [np.asarray(stylizer.stylize(image, photo)).astype(int) for image in (grey, wide)]
    assert np.abs(results[0] - results[1]).max() <= 1


def test_alpha_of_pil_images_is_kept(stylizer: Stylizer, photo: Image.Image) -> None:
    alpha = Image.linear_gradient("L").resize(photo.size)
    content = photo.copy()
    content.putalpha(alpha)
    result = stylizer.stylize(content, photo)
    assert np.array_equal(np.asarray(result)[..., 3], np.asarray(alpha))


def test_pil_images_are_turned_upright(stylizer: Stylizer, photo: Image.Image) -> None:
    turned = photo.transpose(Image.Transpose.ROTATE_90)
    turned.getexif()[ExifTags.Base.Orientation] = 6
    result = stylizer.stylize(turned, photo)
    assert result.size == photo.size
    assert result.tobytes() == stylizer.stylize(photo, photo).tobytes()


@pytest.mark.parametrize(
    ("image", "told"),
    [
        ("photo.jpg", "is a str"),
        (torch.zeros(4, 8, 8), r"tensor of shape \(4, 8, 8\)"),
        (torch.zeros(8, 8), r"tensor of shape \(8, 8\)"),
        (torch.zeros(3, 0, 8), r"tensor of shape \(3, 0, 8\)"),
        (torch.zeros(3, 8, 8, dtype=torch.int32), "int32"),
        (torch.full((3, 8, 8), 255.0), "values from 255 to 255"),
        (torch.full((3, 8, 8), float("nan")), "values from nan"),
        (np.zeros((8, 8)), r"array of shape \(8, 8\)"),
        (np.zeros((8, 8, 4)), r"array of shape \(8, 8, 4\)"),
        (np.zeros((8, 8, 3), np.int64), "int64"),
        (np.full((8, 8, 3), -0.5), "values from -0.5"),
        (Image.new("RGB", (0, 5)), "no pixels"),
    ],
)
def test_what_is_no_image_is_refused(
    stylizer: Stylizer, photo: Image.Image, image: Any, told: str
) -> None:
    with pytest.raises(UsageError, match="the content .*" + told):
        stylizer.stylize(image, photo)
    with pytest.raises(UsageError, match="the style .*" + told):
        stylizer.stylize(photo, image)


def test_a_little_over_the_range_is_rounding(stylizer: Stylizer, photo: Image.Image) -> None:
    image = torch.ones(3, 8, 8)
    assert torch.equal(stylizer.stylize(image * 1.0005, photo), stylizer.stylize(image, photo))


@pytest.mark.parametrize(
    ("size", "long_edge", "fitted"),
    [
        ((480, 640), 512, (384, 512)),
        ((640, 480), 1280, (1280, 960)),
        ((1, 3000), 512, (1, 512)),
        ((37, 53), None, (37, 53)),
        ((1, 1), 512, (512, 512)),
    ],
)
def test_fit_long_edge(
    size: tuple[int, int], long_edge: int | None, fitted: tuple[int, int]
) -> None:
    assert sizes.fit_long_edge(size, long_edge) == fitted


@pytest.mark.parametrize("size", [(16, 24), (17, 24), (30, 39), (9, 16), (3, 20), (1, 1), (5, 300)])
def test_padding_mirrors_as_far_as_it_can(size: tuple[int, int]) -> None:
    image = torch.rand(1, 3, *size)
    padded = sizes.pad(image)
    assert padded.shape[2] % 8 == padded.shape[3] % 8 == 0
    assert min(padded.shape[2:]) >= 16
    assert padded.shape[2] - max(size[0], 16) < 8 and padded.shape[3] - max(size[1], 16) < 8
    rows, columns = ([mirrored(i, n) for i in range(p)] for n, p in zip(size, padded.shape[2:]))  # noqa: B905
    assert torch.equal(padded, image[:, :, rows][..., columns])
    assert torch.equal(padded[..., : size[0], : size[1]], image)
    for rows, columns in ((slice(0, 9), slice(8, 16)), (slice(7, 16), slice(0, padded.shape[3]))):
        assert torch.equal(sizes.window(image, rows, columns), padded[..., rows, columns])


def mirrored(index: int, size: int) -> int:
    """The row that stands at `index`: mirrored once, then the farthest one over and over."""
    return index if index < size else max(0, 2 * (size - 1) - index)


def test_resizing_antialiases_and_stays_in_range() -> None:
    lines = torch.zeros(1, 3, 64, 64)
    lines[..., ::2] = 1
    assert float((sizes.resize(lines, (16, 16)) - 0.5).abs().max()) < 0.05
    edge = torch.zeros(1, 3, 8, 8)
    edge[..., 4:] = 1
    large = sizes.resize(edge, (80, 80))
    assert large.min() == 0 and large.max() == 1
