"""Stylise every content with every style, as squares of one size, ready to be measured.

    python benchmarks/pairs.py CONTENTS STYLES OUT [--weights NAME|FILE] [--side 512] [--sheet FILE]

Writes OUT/CONTENT_stylized_STYLE.png for each pair of images: both are resized so that the short
side is --side and cut to the middle square, as the yardstick does. --sheet adds a contact sheet.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from stylectl import Stylizer
from stylectl.evaluation.sheets import contact_sheet
from stylectl.media import SUFFIXES, read_image, to_uint8, write_image


def square(path: Path, side: int) -> Image.Image:
    """The middle square of an image, resized to `side`."""
    image = Image.fromarray(to_uint8(read_image(path).pixels))
    scale = side / min(image.size)
    size = [max(side, round(edge * scale)) for edge in image.size]
    image = image.resize((size[0], size[1]), Image.Resampling.LANCZOS)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def images(folder: Path) -> dict[str, Path]:
    """Stem -> file of the images in a folder."""
    return {f.stem: f for f in sorted(folder.iterdir()) if f.suffix.lower() in SUFFIXES}


def tensor(image: Image.Image, side: int) -> torch.Tensor:
    """An image as (3, side, side) in [0, 1], for the sheet."""
    small = image.resize((side, side), Image.Resampling.LANCZOS)
    return torch.from_numpy(np.asarray(small).copy()).permute(2, 0, 1).float() / 255


def main() -> None:
    """Run all pairs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("contents", type=Path)
    parser.add_argument("styles", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights", default="lean")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--sheet-side", type=int, default=160)
    given = parser.parse_args()
    stylizer = Stylizer.load(given.weights, device=given.device)
    contents = {k: square(f, given.side) for k, f in images(given.contents).items()}
    styles = {k: square(f, given.side) for k, f in images(given.styles).items()}
    given.out.mkdir(parents=True, exist_ok=True)
    columns = []
    for style_name, style in styles.items():
        code = stylizer.encode_style(style, size=None)
        column = []
        for name, content in contents.items():
            result = stylizer.stylize(content, code)
            result.save(given.out / f"{name}_stylized_{style_name}.png", compress_level=1)
            column.append(tensor(result, given.sheet_side))
        columns.append(torch.stack(column))
        sys.stderr.write(f"{style_name}: {len(column)} results\n")
    if given.sheet:
        heads = [
            torch.stack([tensor(image, given.sheet_side) for image in group.values()])
            for group in (contents, styles)
        ]
        sheet = contact_sheet(heads[0], heads[1], torch.stack(columns, 1))
        write_image(given.sheet, sheet.permute(1, 2, 0).numpy(), overwrite=True)


if __name__ == "__main__":
    main()
