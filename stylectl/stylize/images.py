"""The kinds of image that the library takes, and results of the same kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from stylectl.errors import UsageError
from stylectl.media import picture_from_pil, to_uint8
from stylectl.stylize.levels import to_unit

AnyImage = Image.Image | Tensor | NDArray[Any]
ImageT = TypeVar("ImageT", Image.Image, Tensor, NDArray[Any])

_TYPES = "give float in [0, 1], uint8 or uint16"
_ROUNDING = 1e-3  # how far outside of [0, 1] resampling and codecs may leave a value


@dataclass(frozen=True)
class ImportedImage:
    """An image of any kind, not yet as the network takes it: floats of a whole picture are large.

    Attributes:
        pixels: (B, 3, H, W) levels in uint8 or uint16, or float32 in [0, 1], on the device of the
            original.
        result_dtype: uint8, uint16 or float32: in which `restore` takes a result.
        restore: makes the original's kind of a result (B, 3, H, W).
        warnings: what in the original could not be honoured, a line each.
    """

    pixels: Tensor
    result_dtype: torch.dtype
    restore: Callable[[Tensor], Any]
    warnings: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.pixels.shape[2], self.pixels.shape[3]


def import_image(image: AnyImage, name: str) -> ImportedImage:
    """Takes a Pillow image of any mode, a tensor or an array; `name` stands in error messages.

    Raises:
        UsageError: it is of another type or shape, or its values are not those of an image.
    """
    if isinstance(image, Image.Image):
        if 0 in image.size:
            raise UsageError(f"the {name} has no pixels", "give an image that has some")
        return _import_pil(image)
    if isinstance(image, Tensor):
        return _import_tensor(image, name)
    if isinstance(image, np.ndarray):
        return _import_array(image, name)
    raise UsageError(
        f"the {name} is a {type(image).__name__}",
        "give a PIL image, a tensor (3, H, W) or an array (H, W, 3)",
    )


def _import_pil(image: Image.Image) -> ImportedImage:
    picture = picture_from_pil(image)
    opacity = picture.opacity

    def restore(result: Tensor) -> Image.Image:
        pixels = result[0].permute(1, 2, 0).cpu().numpy()
        if opacity is not None:
            pixels = np.dstack((pixels, to_uint8(opacity)))
        return Image.fromarray(pixels)

    pixels = torch.from_numpy(picture.pixels).permute(2, 0, 1)[None]  # (1, 3, H, W)
    return ImportedImage(pixels, torch.uint8, restore, picture.warnings)


def _import_tensor(image: Tensor, name: str) -> ImportedImage:
    if image.ndim not in (3, 4) or image.shape[-3] != 3 or 0 in image.shape:
        raise UsageError(
            f"the {name} is a tensor of shape {tuple(image.shape)}",
            "give (3, H, W) or (B, 3, H, W)",
        )
    dtype, device, single = image.dtype, image.device, image.ndim == 3

    def restore(result: Tensor) -> Tensor:
        # A copy: what came out of inference mode could not be used in the caller's autograd.
        result = result[0] if single else result
        return result.to(device, dtype, copy=True, memory_format=torch.contiguous_format)

    pixels = image.detach()[None] if single else image.detach()  # (B, 3, H, W)
    pixels = _checked(pixels, name)
    return ImportedImage(pixels, pixels.dtype, restore)


def _import_array(image: NDArray[Any], name: str) -> ImportedImage:
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise UsageError(f"the {name} is an array of shape {image.shape}", "give (H, W, 3)")
    floats = np.issubdtype(image.dtype, np.floating)
    if not floats and image.dtype not in (np.uint8, np.uint16):
        raise UsageError(f"the {name} is of type {image.dtype}", _TYPES)
    native = np.float32 if floats else image.dtype.newbyteorder("=")
    # torch shares memory only with arrays that are contiguous and may be written.
    shared = torch.from_numpy(np.require(image, native, ["C", "W"]))

    def restore(result: Tensor) -> NDArray[Any]:
        rgb = result[0].permute(1, 2, 0).contiguous().cpu().numpy()
        return rgb.astype(image.dtype, copy=False)

    pixels = _checked(shared.permute(2, 0, 1)[None], name)
    return ImportedImage(pixels, pixels.dtype, restore)


def _checked(pixels: Tensor, name: str) -> Tensor:
    """Levels as they are; floats that are in [0, 1], but for rounding, as float32 there."""
    if pixels.dtype in (torch.uint8, torch.uint16):
        return pixels
    if not pixels.is_floating_point():
        raise UsageError(f"the {name} is of type {pixels.dtype}", _TYPES)
    low, high = (float(value) for value in torch.aminmax(pixels))
    if not (low >= -_ROUNDING and high <= 1 + _ROUNDING):  # also for NaN
        raise UsageError(f"the {name} has values from {low:g} to {high:g}", _TYPES)
    return to_unit(pixels)
