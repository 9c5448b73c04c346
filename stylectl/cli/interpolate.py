"""`stylectl interpolate`: from one style to another, the paper's figure 1."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stylectl.batch.job import Together
from stylectl.cli import batch_options, options
from stylectl.cli.batch import Command, is_several, names_styles, paint_many
from stylectl.cli.batch_options import BatchChoices
from stylectl.cli.examples import with_examples
from stylectl.cli.interpolate_output import DEFAULT_FPS, DEFAULT_PICTURE, Output
from stylectl.cli.interpolate_plan import (
    DEFAULT_FRAMES,
    DEFAULT_STEPS,
    alpha_tag,
    check_goes_with,
    planned,
)
from stylectl.cli.painting import Choices, Painter
from stylectl.cli.report import Report
from stylectl.cli.streams import STREAM
from stylectl.errors import UsageError
from stylectl.stylize.settings import (
    DEFAULT_COLOR,
    DEFAULT_DEVICE,
    DEFAULT_PRECISION,
    DEFAULT_STRENGTH,
    DEFAULT_STYLE_SIZE,
    DEFAULT_TILE,
    DEFAULT_WEIGHTS,
    check_alpha,
    check_size,
    check_steps,
)

_HOW = "The way from style to style"

Alphas = Annotated[
    list[float] | None,
    typer.Option(
        metavar="0..1",
        help="Share of the first of two styles; repeatable, a file for each.",
        show_default=False,
        rich_help_panel=_HOW,
    ),
]
Steps = Annotated[
    int | None,
    typer.Option(
        metavar="NUMBER",
        help="Evenly spaced mixes from style to style, both ends among them.",
        show_default=f"{DEFAULT_STEPS}; {DEFAULT_FRAMES} in an animation",
        rich_help_panel=_HOW,
    ),
]
OutputPath = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="PATH|-",
        help="A folder takes each mix as a file; a name that ends in .gif, .webp or .mp4 a looping "
        "animation; in .png or another image suffix a sheet of all mixes, or a mix alone. "
        "- is standard output, for one picture.",
        show_default="a sheet; files for --alpha",
        rich_help_panel=options.FILES,
    ),
]
PictureSize = Annotated[
    int | None,
    typer.Option(
        metavar="PIXELS",
        help="Long edge of each picture in a sheet or an animation; files have full size.",
        show_default=f"{DEFAULT_PICTURE}",
        rich_help_panel=_HOW,
    ),
]
Fps = Annotated[
    float | None,
    typer.Option(
        metavar="NUMBER",
        help="Frames per second of an animation.",
        show_default=f"{DEFAULT_FPS:g}",
        rich_help_panel=_HOW,
    ),
]


def interpolate(
    context: typer.Context,
    content: batch_options.OptionalContent = None,
    styles: options.OptionalStyles = None,
    alpha: Alphas = None,
    steps: Steps = None,
    picture_size: PictureSize = None,
    fps: Fps = None,
    output: OutputPath = None,
    format: batch_options.Format = None,
    overwrite: options.Overwrite = False,
    recursive: batch_options.Recursive = False,
    resume: batch_options.Resume = False,
    watch: batch_options.Watch = False,
    batch_size: batch_options.BatchSize = None,
    engine: batch_options.Engine = batch_options.DEFAULT_ENGINE,
    address: batch_options.Address = None,
    workers: batch_options.Workers = None,
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
    """Paint a photo in mixes of two styles or more: a sheet, single files or an animation.

    Example: [bold]stylectl interpolate photo.jpg wave.jpg ink.jpg --alpha 0.3[/bold]

    Two styles make a strip, three a triangle, four a square with a style at each corner.

    Without pictures it paints the examples that come with stylectl. Folders and lists of photos
    take one --alpha.
    """
    choices, many = Choices.of(locals()), BatchChoices.of(locals())
    for value in alpha or ():
        check_alpha(value)
    if steps is not None:
        check_steps(steps)
    check_size("picture-size", picture_size)
    named = content is not None and not styles and names_styles(content)
    content, styles, examples = with_examples(content, styles, named=named)
    if is_several(content):
        command = _command(alpha, steps, picture_size, fps)
        paint_many(
            *(content, styles, output, command, choices, many),
            quiet=quiet,
            as_json=as_json,
            verbose=verbose,
            note=examples,
        )
        return
    many.check_single(content, output)
    if output is None and content == STREAM:
        output = STREAM
    plan = planned(content, styles, alpha, steps, output, many.suffix)
    check_goes_with(plan, picture_size, fps)

    with Report(quiet=quiet, as_json=as_json, verbose=verbose) as report:
        if examples:
            report.note(examples)
        painter = Painter(choices, report, many.suffix)
        written = Output(plan, painter, picture_size, fps)
        written.check((content, *styles))
        photo, paintings = painter.read(content), [painter.read(style) for style in styles]
        written.check_fits(photo.size)
        codes = [painter.encode(painting, photo) for painting in paintings]
        written.paint(content, photo, list(zip(styles, paintings, codes, strict=True)))


def _command(
    alphas: list[float] | None, steps: int | None, picture_size: int | None, fps: float | None
) -> Command:
    """One mix of two styles, for any number of contents."""
    if not alphas or len(alphas) > 1 or steps is not None:
        raise UsageError(
            "of several contents each gets one picture", "give one --alpha, and no --steps"
        )
    for option, value in {"--picture-size": picture_size, "--fps": fps}.items():
        if value is not None:
            raise UsageError(f"{option} is for sheets and animations", "leave it out")
    together = Together("blend", (alphas[0], 1 - alphas[0]))
    return Command(2, 2, together=lambda count: together, tag=f"_{alpha_tag(alphas[0])}")
