"""How wide strokes are in a preview and in a picture several times as large: docs/strokes.md.

    python benchmarks/strokes.py CONTENTS STYLES [--share 0.02] [--preview 512] [--scale 4] [--json]

CONTENTS and STYLES are folders. Widths are shares of the long edge; `plain` is without
--stroke-size. Contents that are too small are enlarged, which changes the strokes' width little.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from stylectl import StyleCode, Stylizer
from stylectl.evaluation.files import image_files
from stylectl.evaluation.strokes import stroke_width
from stylectl.media import read_image, to_uint8


def at_edge(path: Path, edge: int) -> Image.Image:
    """A photo with this long edge."""
    image = Image.fromarray(to_uint8(read_image(path).rgb))
    width, height = (max(1, round(side * edge / max(image.size))) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def measure(
    stylizer: Stylizer, content: Image.Image, style: StyleCode, share: float | None
) -> float:
    """The width of the strokes that it is painted with, as a share of its long edge."""
    painted = np.array(stylizer.stylize(content, style, stroke_size=share))
    return stroke_width(torch.from_numpy(painted).permute(2, 0, 1).float() / 255)


def main() -> None:
    """Print a line for each pair, then how much wider the large picture's strokes are."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("contents", type=Path)
    parser.add_argument("styles", type=Path)
    parser.add_argument("--share", type=float, default=0.02)
    parser.add_argument("--preview", type=int, default=512, help="long edge in pixels")
    parser.add_argument("--scale", type=int, default=4, help="of the large picture")
    parser.add_argument("--weights", default="lean")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    stylizer = Stylizer.load(given.weights, device="cpu")
    edges = given.preview, given.preview * given.scale
    rows = []
    for style in image_files(given.styles):
        code = stylizer.encode_style(Image.fromarray(to_uint8(read_image(style).rgb)))
        for content in image_files(given.contents):
            small, large = (at_edge(content, edge) for edge in edges)
            for name, share in (("--stroke-size", given.share), ("plain", None)):
                widths = [measure(stylizer, image, code, share) for image in (small, large)]
                rows.append((content.stem, style.stem, name, *widths))
                if not given.json:
                    shares = " and ".join(f"{100 * width:.2f} %" for width in widths)
                    say(f"{content.stem}, {style.stem}, {name}: {shares}")
    if given.json:
        keys = ("content", "style", "way", "preview", "large")
        say(json.dumps([dict(zip(keys, row, strict=True)) for row in rows]))
        return
    for name in ("--stroke-size", "plain"):
        ratios = [large / preview for *_, way, preview, large in rows if way == name]
        low, middle, high = np.percentile(ratios, [0, 50, 100])
        say(f"{name}: large / preview {middle:.2f} ({low:.2f} to {high:.2f})")
    came = [preview * given.preview for *_, way, preview, _ in rows if way == "plain"]
    say(f"strokes that come by themselves: {np.median(came):.1f} pixels")


def say(line: str) -> None:
    """Print it now, although stdout may be a file."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
