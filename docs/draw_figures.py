"""Draw the figures of docs/many_styles.md and docs/strokes.md again, from what is bundled.

python docs/draw_figures.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw

from stylectl.figures.sheet import Cell, draw_sheet, fitted
from stylectl.media import picture_from_pil, read_image, to_uint8, write_image

DOCS = Path(__file__).parent
EXAMPLES = DOCS.parent / "examples"
SIZE = 280, 210  # of a picture; the photos are 4:3
QUALITY = 80


def main() -> None:
    """Draw all figures."""
    with tempfile.TemporaryDirectory() as folder:
        draw_colours(Path(folder))
        draw_interpolation(Path(folder))
        draw_multistyle(Path(folder))
        draw_strokes(Path(folder))


def draw_colours(folder: Path) -> None:
    """A photo and a painting, and what each --color makes of them."""
    pair = EXAMPLES / "content" / "lighthouse.jpg", EXAMPLES / "style" / "mosaic.jpg"
    pictures = {"content": pair[0], "style": pair[1]}
    for color in ("style", "content", "match"):
        pictures[f"--color {color}"] = folder / f"{color}.png"
        stylectl("stylize", *pair, "--color", color, "-o", folder / f"{color}.png")
    draw(pictures, DOCS / "colours.jpg", columns=5)


def draw_interpolation(folder: Path) -> None:
    """The paper's figure 1 with our pictures."""
    photo = EXAMPLES / "content" / "town.jpg"
    styles = [EXAMPLES / "style" / f"{name}.jpg" for name in ("ink", "swirls")]
    strip = folder / "strip.png"
    stylectl("interpolate", photo, *styles, "--picture-size", max(SIZE), "-o", strip)
    rgb = read_image(strip).rgb
    write_image(DOCS / "interpolation.jpg", rgb, quality=QUALITY, overwrite=True)


def draw_multistyle(folder: Path) -> None:
    """Two styles in one picture, in each of the ways."""
    photo = EXAMPLES / "content" / "lighthouse.jpg"
    styles = [EXAMPLES / "style" / f"{name}.jpg" for name in ("swirls", "mosaic")]
    mask = folder / "mask.png"
    draw_mask(read_image(photo).size).save(mask)
    ways = {
        "--mode stitch": ("--mode", "stitch"),
        "--weights 1,1": ("--weights", "1,1"),
        "--layout left-right": ("--layout", "left-right"),
        "--mask mask.png": ("--mask", mask),
    }
    pictures = {"content": photo, "A": styles[0], "B": styles[1], "mask.png": mask}
    for number, (label, options) in enumerate(ways.items()):
        pictures[label] = folder / f"{number}.png"
        stylectl("multistyle", photo, *styles, *options, "-o", pictures[label])
    draw(pictures, DOCS / "multistyle.jpg", columns=4)


def draw_mask(size: tuple[int, int]) -> Image.Image:
    """White around the lighthouse and its rock: they take the second style."""
    width, height = size
    mask = Image.new("L", size)
    ellipse = 0.45 * width, 0.05 * height, 0.98 * width, 0.75 * height
    ImageDraw.Draw(mask).ellipse(ellipse, fill="white")
    return mask


def draw_strokes(folder: Path) -> None:
    """A preview, and a picture four times as large with and without --stroke-size; details."""
    photo = Image.open(EXAMPLES / "content" / "lighthouse.jpg")
    style = EXAMPLES / "style" / "swirls.jpg"
    preview, large = folder / "photo 384.png", folder / "photo 1536.png"
    photo.resize((384, 288), Image.Resampling.LANCZOS).save(preview)
    photo.resize((1536, 1152), Image.Resampling.LANCZOS).save(large)
    pictures = {"photo": large}
    for label, content, options in (
        ("384, --stroke-size 3%", preview, ("--stroke-size", "3%")),
        ("1536, --stroke-size 3%", large, ("--stroke-size", "3%")),
        ("1536, as it comes", large, ()),
    ):
        pictures[label] = folder / f"{label}.png"
        stylectl("stylize", content, style, *options, "-o", pictures[label])
    details = {f"{label}: detail": detail(path) for label, path in pictures.items()}
    draw({**pictures, **details}, DOCS / "strokes.jpg", columns=4)


def detail(path: Path) -> Path:
    """A sixteenth of a picture in a file of its own: the tower and the house."""
    image = Image.open(path)
    width, height = image.size
    part = image.crop((5 * width // 8, height // 4, 7 * width // 8, height // 2))
    part = part.resize(SIZE, Image.Resampling.BICUBIC)
    part.save(path.with_suffix(".detail.png"))
    return path.with_suffix(".detail.png")


def draw(pictures: dict[str, Path], output: Path, columns: int) -> None:
    """Labelled pictures in rows."""
    cells = []
    for number, (label, path) in enumerate(pictures.items()):
        picture = fitted(Image.fromarray(to_uint8(read_image(path).rgb)), SIZE)
        cells.append(Cell(picture, label, *divmod(number, columns)))
    sheet = picture_from_pil(draw_sheet(cells, SIZE))
    write_image(output, sheet.rgb, quality=QUALITY, overwrite=True)


def stylectl(*arguments: object) -> None:
    """Run a command as a user does."""
    command = [sys.executable, "-m", "stylectl", *map(str, arguments)]
    subprocess.run(command, cwd=DOCS.parent, check=True)


if __name__ == "__main__":
    main()
