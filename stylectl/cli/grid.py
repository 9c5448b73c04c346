"""`stylectl grid`: every content in every style on one sheet, the paper's figure 5."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stylectl.cli import options
from stylectl.cli.grid_sheet import images, incomplete, painted_sheet, readable
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
    check_size,
)

_SIZE = 512  # all contents alike, or strokes would be finer on a larger photo
_CELL = 256

Contents = Annotated[
    Path, typer.Argument(metavar="CONTENTS", help="A folder of photos, or one photo.")
]
Styles = Annotated[
    Path, typer.Argument(metavar="STYLES", help="A folder of paintings, or one painting.")
]
SheetFile = Annotated[
    Path,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Where to write the sheet; the suffix decides the format, as for stylize.",
        rich_help_panel=options.FILES,
    ),
]
Cell = Annotated[
    int,
    typer.Option(
        metavar="PIXELS", help="Side of each square; the long edge of a picture fills it."
    ),
]
Size = Annotated[
    int, typer.Option(metavar="PIXELS", help="Long edge at which all contents are painted.")
]


def grid(
    contents: Contents,
    styles: Styles,
    output: SheetFile = Path("grid.png"),
    cell: Cell = _CELL,
    size: Size = _SIZE,
    overwrite: options.Overwrite = False,
    max_pixels: options.MaxPixels = None,
    strength: options.Strength = DEFAULT_STRENGTH,
    color: options.Color = DEFAULT_COLOR,
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
    """Paint every photo in the style of every painting, on one sheet.

    Example: [bold]stylectl grid photos paintings -o grid.png[/bold]

    Files that cannot be read are named and left out; the exit code is then 3.
    """
    choices = Choices.of(locals())
    check_size("cell", cell)

    with Report(quiet=quiet, as_json=as_json, verbose=verbose) as report:
        painter = Painter(choices, report)
        files = images(contents), images(styles)
        painter.check_picture(output, (*files[0], *files[1]))
        # Now and not after hours of painting; the names make the sheet only a little larger.
        check_fits(output, (cell * (len(files[1]) + 1), cell * (len(files[0]) + 1)))
        photos = readable(painter, files[0], size)
        paintings = readable(painter, files[1], style_size)
        sheet = painted_sheet(painter, photos, paintings, cell)
        height, width = sheet.shape[1:]
        painter.write(output, sheet.permute(1, 2, 0).numpy())
        left_out = [
            file for group in files for file in group if file not in {**photos, **paintings}
        ]
        facts = {
            "contents": [str(file) for file in photos],
            "styles": [str(file) for file in paintings],
            "left_out": [str(file) for file in left_out],
            **painter.facts(),
        }
        report.finish(str(output), (width, height), facts)
    if left_out:
        raise incomplete(left_out, len(files[0]) + len(files[1]))
