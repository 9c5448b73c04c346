"""Training images: decoded once into memory as uint8, served as random scaled crops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from stylectl.errors import InputError, TrainingError
from stylectl.media import SUFFIXES, read_image


@dataclass(frozen=True)
class Unreadable:
    """A training file that was left out, and why."""

    path: Path
    reason: str


def image_files(folders: Sequence[Path]) -> list[list[Path]]:
    """The image files below each folder, sorted, folder after folder.

    Raises:
        TrainingError: when a folder is missing or holds no image file.
    """
    for folder in folders:
        if not folder.is_dir():
            raise TrainingError(f"no folder {folder}", "give a folder of images")
    files = [[f for f in sorted(d.rglob("*")) if f.suffix.lower() in SUFFIXES] for d in folders]
    if not all(files):
        name = folders[[bool(group) for group in files].index(False)]
        raise TrainingError(f"no image files in {name}", f"looked for {', '.join(SUFFIXES)}")
    return files


class ImagePool:
    """Images in memory as uint8 (3, H, W), on the device that trains.

    Args:
        folders: image files, folder by folder; each folder is drawn from equally often, however
            many images it holds. Unreadable files are collected in `unreadable`, not fatal.
        limit: longest allowed short side in pixels; larger images are reduced to it.
        device: where the pixels live.

    Raises:
        TrainingError: when a folder holds no readable image.
    """

    def __init__(
        self,
        folders: Sequence[Sequence[Path]],
        limit: int = 512,
        device: torch.device | str = "cpu",
    ) -> None:
        self.unreadable: list[Unreadable] = []
        self.device = torch.device(device)
        groups = [[self._load(file, limit) for file in files] for files in folders]
        self.groups = [[i for i in group if i is not None] for group in groups]
        if not all(self.groups):
            first = self.unreadable[0].reason if self.unreadable else "no files"
            raise TrainingError(f"a folder with no readable image: {first}")

    def __len__(self) -> int:
        return sum(len(group) for group in self.groups)

    def _load(self, file: Path, limit: int) -> Tensor | None:
        try:
            rgb = read_image(file).rgb
        except InputError as error:
            self.unreadable.append(Unreadable(file, error.message))
            return None
        image = torch.from_numpy(rgb).permute(2, 0, 1)[None]  # (1, 3, H, W)
        scale = limit / min(image.shape[2:])
        if scale < 1:
            size = [max(1, round(side * scale)) for side in image.shape[2:]]
            image = F.interpolate(image, size, mode="bilinear", antialias=True)
        pixels = (image[0].clamp(0, 1) * 255).round().to(torch.uint8)
        return pixels.to(self.device)

    def batch(
        self, size: int, crop: int, zoom: tuple[float, float], generator: torch.Generator
    ) -> Tensor:
        """Random crops, (size, 3, crop, crop) float32 in [0, 1].

        Each is a square of the image, `crop / z` pixels wide with z drawn log-uniformly from `zoom`
        (as far as the image is large enough), resized to `crop`, flipped half of the time.
        """
        return torch.cat([self._crop(crop, zoom, generator) for _ in range(size)])

    def _crop(self, crop: int, zoom: tuple[float, float], generator: torch.Generator) -> Tensor:
        folder, index, scale, top, left, flip = torch.rand(6, generator=generator).tolist()
        group = self.groups[int(folder * len(self.groups))]
        image = group[int(index * len(group))]
        height, width = image.shape[1:]
        wanted = crop / (zoom[0] * (zoom[1] / zoom[0]) ** scale)
        side = max(1, min(round(wanted), height, width))
        y, x = int(top * (height - side + 1)), int(left * (width - side + 1))
        part = image[None, :, y : y + side, x : x + side].float() / 255
        if flip < 0.5:
            part = part.flip(3)
        if side == crop:
            return part
        part = F.interpolate(part, (crop, crop), mode="bilinear", antialias=side > crop)
        return part.clamp(0, 1)

    def square(self, index: int, side: int) -> Tensor:
        """The middle square of image `index` in order of the files, (1, 3, side, side) in [0, 1]."""
        image = [image for group in self.groups for image in group][index]
        height, width = image.shape[1:]
        cut = min(height, width)
        y, x = (height - cut) // 2, (width - cut) // 2
        part = image[None, :, y : y + cut, x : x + cut].float() / 255
        return F.interpolate(part, (side, side), mode="bilinear", antialias=True).clamp(0, 1)
