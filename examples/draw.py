"""Draw the bundled example images again: `python examples/draw.py [--out DIR] [--only NAME ...]`.

Needs numpy and Pillow only. Every picture is seeded, so the same machine draws the same pictures.
"""

import argparse
import importlib
import sys
from pathlib import Path

from _drawing.canvas import save

CONTENT = ("lighthouse", "mountains", "still_life", "town")
STYLE = ("cubist", "ink", "mosaic", "pointillist", "swirls", "wave")


def main(arguments: list[str] | None = None) -> None:
    """Draw the pictures asked for into `content/` and `style/` under the folder asked for."""
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description="Draw the example images again.")
    parser.add_argument("--out", type=Path, default=here, help="folder to draw into")
    parser.add_argument("--only", nargs="+", choices=CONTENT + STYLE, help="draw only these")
    options = parser.parse_args(arguments)
    for folder, names in (("content", CONTENT), ("style", STYLE)):
        target = options.out / folder
        target.mkdir(parents=True, exist_ok=True)
        for name in names:
            if options.only and name not in options.only:
                continue
            picture = importlib.import_module(f"_drawing.{name}").draw()
            path = target / f"{name}.jpg"
            size = save(picture, path)
            height, width = picture.shape[:2]
            sys.stderr.write(f"{path}: {width}x{height}, {size / 1000:.0f} kB\n")


if __name__ == "__main__":
    main()
