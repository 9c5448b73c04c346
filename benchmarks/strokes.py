"""How wide strokes are in a preview and in a picture several times as large (docs/strokes.md).

python benchmarks/strokes.py CONTENTS STYLES [--share 0.02] [--preview 512] [--scale 4]

CONTENTS and STYLES are folders. Contents are enlarged where they are too small, which changes the
width of strokes little.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from stylectl import Stylizer
from stylectl.evaluation.strokes import stroke_width
from stylectl.media import read_image
from stylectl.training.images import image_files


def at_edge(path: Path, edge: int) -> Image.Image:
    image = Image.fromarray(read_image(path).pixels)
    size = [max(1, round(side * edge / max(image.size))) for side in image.size]
    return image.resize((size[0], size[1]), Image.Resampling.LANCZOS)


def width(image: Image.Image) -> float:
    return stroke_width(torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("contents", type=Path)
    parser.add_argument("styles", type=Path)
    parser.add_argument("--share", type=float, default=0.02)
    parser.add_argument("--preview", type=int, default=512)
    parser.add_argument("--scale", type=int, default=4)
    chosen = parser.parse_args()
    stylizer = Stylizer.load()
    ratios: dict[str, list[float]] = {"--stroke-size": [], "plain": []}
    widths = []
    for style in image_files([chosen.styles]):
        code = stylizer.encode_style(Image.fromarray(read_image(style).pixels))
        for content in image_files([chosen.contents]):
            small = at_edge(content, chosen.preview)
            large = at_edge(content, chosen.preview * chosen.scale)
            line = [f"{content.stem} {style.stem}"]
            for name, share in (("--stroke-size", chosen.share), ("plain", None)):
                preview, final = (
                    width(stylizer.stylize(image, code, stroke_size=share))
                    for image in (small, large)
                )
                ratios[name].append(final / preview)
                line.append(f"{name}: {100 * preview:.2f} % and {100 * final:.2f} %")
                if share is None:
                    widths.append(preview * chosen.preview)
            print("; ".join(line), flush=True)  # noqa: T201
    for name, found in ratios.items():
        low, middle, high = np.percentile(found, [0, 50, 100])
        print(f"{name}: large / preview {middle:.2f} ({low:.2f} to {high:.2f})")  # noqa: T201
    print(f"strokes that come by themselves: {np.median(widths):.1f} pixels")  # noqa: T201


if __name__ == "__main__":
    main()
