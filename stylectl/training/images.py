"""Training images from files: which there are, and their pixels as uint8."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from stylectl.errors import InputError, TrainingError
from stylectl.media import SUFFIXES, names_picture, read_image, shown

_MAX_READERS = 16


def image_files(folders: Sequence[Path]) -> list[list[Path]]:
    """The image files below each folder, sorted, folder after folder; hidden ones are not.

    Raises:
        TrainingError: when a folder is missing or holds no image file.
    """
    groups = []
    for folder in folders:
        if not folder.is_dir():
            kind = "is a file, no folder" if folder.exists() else "does not exist"
            raise TrainingError(f"{shown(folder)} {kind}", "give a folder of images")
        files = [f for f in sorted(folder.rglob("*")) if names_picture(f) and f.is_file()]
        if not files:
            raise TrainingError(
                f"there are no image files in {shown(folder)}", f"looked for {', '.join(SUFFIXES)}"
            )
        groups.append(files)
    return groups


def decode(file: Path, limit: int) -> Tensor:
    """An image as uint8 (3, H, W), upright, in sRGB, its short side reduced to at most `limit`.

    Raises:
        InputError: when it cannot be read.
    """
    image = torch.from_numpy(read_image(file).rgb).permute(2, 0, 1)[None]  # (1, 3, H, W)
    scale = limit / min(image.shape[2:])
    if scale < 1:
        size = [max(1, round(side * scale)) for side in image.shape[2:]]
        image = F.interpolate(image, size, mode="bilinear", antialias=True)
    return (image[0].clamp(0, 1) * 255).round().to(torch.uint8)


def decode_all(files: Sequence[Path], limit: int) -> Generator[Tensor | InputError, None, None]:
    """`decode` of each file in order, or its error; several at a time, as many as torch threads."""

    def decoded(file: Path) -> Tensor | InputError:
        try:
            return decode(file, limit)
        except InputError as error:
            return error

    with ThreadPoolExecutor(min(torch.get_num_threads(), _MAX_READERS)) as readers:
        try:
            yield from readers.map(decoded, files)
        finally:  # Ctrl-C must not wait for thousands of files
            readers.shutdown(wait=False, cancel_futures=True)
