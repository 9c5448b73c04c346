"""Training images in memory, served as random scaled crops."""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from stylectl.errors import InputError, TrainingError
from stylectl.media import shown
from stylectl.stylize.memory import free_memory
from stylectl.training.images import decode, decode_all


@dataclass(frozen=True)
class Unreadable:
    """A training file that was left out, and why."""

    path: Path
    reason: str


class ImagePool:
    """Images in memory as uint8 (3, H, W), on the device that trains.

    Args:
        folders: image files, folder by folder; each folder is drawn from equally often, however
            many images it holds. Unreadable files are collected in `unreadable`, not fatal.
        limit: longest allowed short side in pixels; larger images are reduced to it.
        device: where the pixels live.
        memory: bytes that the pixels may take; by default half of what is free. Images beyond it
            (`on_demand` of them) are read again whenever they are drawn.
        sharing: how many processes that read at the same time share what is free.

    Raises:
        TrainingError: when a folder holds no readable image.
    """

    def __init__(
        self,
        folders: Sequence[Sequence[Path]],
        limit: int = 512,
        device: torch.device | str = "cpu",
        memory: int | None = None,
        sharing: int = 1,
    ) -> None:
        self.unreadable: list[Unreadable] = []
        self.limit, self.device = limit, torch.device(device)
        self.on_demand = 0
        self._room = free_memory(self.device) // 2 // sharing if memory is None else memory
        self.groups = [self._load(files) for files in folders]

    def __len__(self) -> int:
        return sum(len(group) for group in self.groups)

    def _load(self, files: Sequence[Path]) -> list[Tensor | Path]:
        """The pixels of each readable file, or the file itself where memory is used up."""
        group: list[Tensor | Path] = []
        unreadable: list[Unreadable] = []
        with closing(decode_all(files, self.limit)) as decoded:
            for file, pixels in zip(files, decoded, strict=True):
                if isinstance(pixels, InputError):
                    unreadable.append(Unreadable(file, pixels.message))
                elif pixels.numel() <= self._room:
                    self._room -= pixels.numel()
                    group.append(pixels.to(self.device))
                else:
                    self.on_demand += 1
                    group.append(file)
        if not group:
            folder = shown(os.path.commonpath([file.parent for file in files]))
            raise TrainingError(f"there is no readable image in {folder}", unreadable[0].reason)
        self.unreadable += unreadable
        return group

    def hold_out(self, share: float) -> ImagePool:
        """Take this share of every folder's images out, at least one of each, into another pool.

        They are the same in every run on the same images, so that a chain of runs never sees them.

        Raises:
            TrainingError: when a folder has no two images.
        """
        held = copy.copy(self)
        held.unreadable, held.on_demand, held.groups = [], 0, []
        for index, group in enumerate(self.groups):
            if len(group) < 2:
                raise TrainingError(
                    "a folder with a single readable image leaves nothing to hold out",
                    "add images to it, or train without --hold-out",
                )
            order = torch.randperm(len(group), generator=torch.Generator().manual_seed(0)).tolist()
            count = min(max(1, round(share * len(group))), len(group) - 1)
            held.groups.append([group[i] for i in sorted(order[:count])])
            self.groups[index] = [group[i] for i in sorted(order[count:])]
        return held

    def batch(
        self,
        size: int,
        crop: int,
        zoom: tuple[float, float],
        generator: torch.Generator,
        rows: range | None = None,
    ) -> Tensor:
        """Random crops, (size, 3, crop, crop) float32 in [0, 1]; of them these `rows` alone.

        Each is a square of the image, `crop / z` pixels wide with z drawn log-uniformly from `zoom`
        (as far as the image is large enough), resized to `crop`, flipped half of the time.
        """
        draws = torch.rand(size, 6, generator=generator).tolist()
        return torch.cat([self._crop(crop, zoom, draws[row]) for row in rows or range(size)])

    def _crop(self, crop: int, zoom: tuple[float, float], draw: Sequence[float]) -> Tensor:
        folder, index, scale, top, left, flip = draw
        group = self.groups[int(folder * len(self.groups))]
        image = self._pixels(group[int(index * len(group))])
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

    def _pixels(self, image: Tensor | Path) -> Tensor:
        return image if isinstance(image, Tensor) else decode(image, self.limit).to(self.device)
