"""`stylectl stylize`: one style, for one content or for many."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stylectl.cli import batch_options, options
from stylectl.cli.batch import Command, is_several, paint_many
from stylectl.cli.batch_options import BatchChoices
from stylectl.cli.painting import Choices, Painter
from stylectl.cli.report import Report
from stylectl.cli.streams import OUTPUT, STREAM
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
    context: typer.Context,
    content: Annotated[Path, typer.Argument(metavar="CONTENT", help=batch_options.CONTENT_HELP)],
    style: Annotated[
        Path | None,
        typer.Argument(
            metavar="STYLE", help="The painting; a list may name its own.", show_default=False
        ),
    ] = None,
    output: batch_options.Output = None,
    format: batch_options.Format = None,
    overwrite: options.Overwrite = False,
    recursive: batch_options.Recursive = False,
    resume: batch_options.Resume = False,
    watch: batch_options.Watch = False,
    batch_size: batch_options.BatchSize = None,
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
    """Paint a photo, or many, in the style of a painting.

    Example: [bold]stylectl stylize photo.jpg painting.jpg --strength 0.8 -o result.png[/bold]

    A folder: [bold]stylectl stylize photos painting.jpg -o painted --resume[/bold]
    """
    choices, many = Choices.of(locals()), BatchChoices.of(locals())
    if is_several(content):
        styles = [] if style is None else [style]
        command = Command(least=1, most=1)
        paint_many(
            content,
            styles,
            output,
            command,
            choices,
            many,
            quiet=quiet,
            as_json=as_json,
            verbose=verbose,
        )
        return
    if style is None:
        context.fail("Missing argument 'STYLE'.")
    output = many.single_output(content, output, f"{content.stem}_stylized_{style.stem}")

    with Report(quiet=quiet, as_json=as_json, verbose=verbose) as report:
        painter = Painter(choices, report, many.suffix)
        painter.check_picture(output, (content, style))
        photo, painting = painter.read_content(content), painter.read(style)
        painter.check_fits(output, photo.size)
        result = painter.paint(photo, painter.encode(painting, photo))
        painter.write(output, result, photo)
        files = {"content": str(content), "style": str(style)}
        told = OUTPUT if output == STREAM else str(output)
        report.finish(told, photo.size, {**files, **painter.facts()})
