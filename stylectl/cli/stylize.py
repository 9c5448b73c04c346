"""`stylectl stylize`: one content, one style, one picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stylectl.cli import options
from stylectl.cli.painting import Choices, Painter, check_fits
from stylectl.cli.report import Report
from stylectl.stylize.settings import (
    DEFAULT_COLOR,
    DEFAULT_DEVICE,
    DEFAULT_PRECISION,
    DEFAULT_STRENGTH,
    DEFAULT_STYLE_SIZE,
    DEFAULT_TILE,
    DEFAULT_WEIGHTS,
)


def stylize(
    content: Annotated[Path, typer.Argument(metavar="CONTENT", help="The photo.")],
    style: Annotated[Path, typer.Argument(metavar="STYLE", help="The painting.")],
    output: options.Output = None,
    overwrite: options.Overwrite = False,
    max_pixels: options.MaxPixels = None,
    strength: options.Strength = DEFAULT_STRENGTH,
    color: options.Color = DEFAULT_COLOR,
    size: options.Size = None,
    stroke_size: options.StrokeSize = None,
    style_size: options.StyleSize = DEFAULT_STYLE_SIZE,
    seed: options.Seed = None,
    weights: options.Weights = DEFAULT_WEIGHTS,
    device: options.Device = DEFAULT_DEVICE,
    precision: options.Precision = DEFAULT_PRECISION,
    tile: options.Tile = str(DEFAULT_TILE),
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    as_json: options.Json = False,
) -> None:
    """Paint a photo in the style of a painting.

    Example: [bold]stylectl stylize photo.jpg painting.jpg --strength 0.8 -o result.png[/bold]
    """
    choices = Choices.of(locals())
    if output is None:
        output = Path(f"{content.stem}_stylized_{style.stem}.png")

    with Report(quiet=quiet, as_json=as_json, verbose=verbose) as report:
        painter = Painter(choices, report)
        painter.check_picture(output, (content, style))
        photo, painting = painter.read_content(content), painter.read(style)
        check_fits(output, photo.size)
        result = painter.paint(photo, painter.encode(painting, photo))
        painter.write(output, result, photo)
        files = {"content": str(content), "style": str(style)}
        report.finish(str(output), photo.size, {**files, **painter.facts()})
