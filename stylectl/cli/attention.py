"""`stylectl attention`: where in the painting the network looks for points of a photo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stylectl.cli import options
from stylectl.cli.painting import Choices, Painter
from stylectl.cli.report import Report
from stylectl.stylize.points import Point
from stylectl.stylize.settings import (
    DEFAULT_COLOR,
    DEFAULT_DEVICE,
    DEFAULT_PRECISION,
    DEFAULT_STRENGTH,
    DEFAULT_STYLE_SIZE,
    DEFAULT_TILE,
    DEFAULT_WEIGHTS,
)

if TYPE_CHECKING:
    from torch import Tensor

    from stylectl.media import Picture
    from stylectl.media.alpha import FloatArray
    from stylectl.stylize.attention import AttentionMaps

# What comes after the attention, and has no part in it.
_LATER: dict[str, Any] = {
    "strength": DEFAULT_STRENGTH,
    "color": DEFAULT_COLOR,
    "seed": None,
    "stroke_size": None,
    "tile": str(DEFAULT_TILE),
}
_MIDDLE = "50%,50%"


Points = Annotated[
    list[str] | None,
    typer.Option(
        "--point",
        metavar="X,Y",
        help="A point of the upright photo, in pixels or as shares of its width and height: "
        "120,80 or 50%,30%. Repeatable.",
        show_default=_MIDDLE,
    ),
]
Size = Annotated[
    int | None,
    typer.Option(
        metavar="PIXELS",
        help="Long edge of the photo to work at, as for stylize.",
        show_default="the photo's own",
    ),
]
FigureFile = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Where to draw; the suffix decides the format, as for stylize.",
        show_default="./CONTENT_attention_STYLE.png",
        rich_help_panel=options.FILES,
    ),
]


def attention(
    content: Annotated[Path, typer.Argument(metavar="CONTENT", help="The photo.")],
    style: Annotated[Path, typer.Argument(metavar="STYLE", help="The painting.")],
    point: Points = None,
    size: Size = None,
    style_size: options.StyleSize = DEFAULT_STYLE_SIZE,
    output: FigureFile = None,
    overwrite: options.Overwrite = False,
    max_pixels: options.MaxPixels = None,
    weights: options.Weights = DEFAULT_WEIGHTS,
    device: options.Device = DEFAULT_DEVICE,
    precision: options.Precision = DEFAULT_PRECISION,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    as_json: options.Json = False,
) -> None:
    """Draw where in the painting the network looks when it paints a point of the photo.

    Example: [bold]stylectl attention photo.jpg painting.jpg --point 50%,30% --point 120,80[/bold]
    """
    choices = Choices.of({**locals(), **_LATER})
    points = [Point.parse(text) for text in point or [_MIDDLE]]
    if output is None:
        output = Path(f"{content.stem}_attention_{style.stem}.png")

    with Report(quiet=quiet, as_json=as_json, verbose=verbose) as report:
        painter = Painter(choices, report)
        painter.check_picture(output, (content, style))
        photo, painting = painter.read(content), painter.read(style)
        pixels = [point.on(*photo.size) for point in points]
        maps = painter.stylizer.attention(
            photo.pixels,
            painting.pixels,
            pixels,
            size=size,
            style_size=style_size,
            on_event=report.on_event,
        )
        report.stage("draw")
        figure = _drawn(photo, painting, maps)
        painter.write(output, figure)
        files = {"content": str(content), "style": str(style)}
        facts = {**files, **described(maps), **painter.facts()}
        report.finish(str(output), (figure.shape[1], figure.shape[0]), facts)


def _drawn(photo: Picture, painting: Picture, maps: AttentionMaps) -> FloatArray:
    """The figure, (H, W, 3) in [0, 1]."""
    import numpy as np

    from stylectl.figures.focus import draw_attention
    from stylectl.figures.pictures import on_paper

    # Without their alpha: as the network sees them.
    figure = draw_attention(on_paper(photo.pixels), on_paper(painting.pixels), maps)
    return np.asarray(np.asarray(figure) / 255, np.float32)


def described(maps: AttentionMaps) -> dict[str, Any]:
    """What --json tells about the maps: for each point the mean of the heads, and each head.

    The largest weights are shares of a head's attention before the gate, which sums to 1.
    """
    rows, columns = maps.ungated.shape[2:]
    points = [
        {
            "x": round(x, 2),
            "y": round(y, 2),
            "mean": _numbers(kept.mean(), used.mean(0), ungated.mean(0)),
            "heads": [_numbers(*head) for head in zip(kept, used, ungated, strict=True)],
        }
        for (x, y), kept, used, ungated in zip(
            maps.points, maps.kept, maps.used, maps.ungated, strict=True
        )
    ]
    return {"style_positions": {"rows": rows, "columns": columns}, "points": points}


def _numbers(kept: Tensor, used: Tensor, ungated: Tensor) -> dict[str, float]:
    numbers = {"kept": kept, "largest": used.max(), "largest_ungated": ungated.max()}
    return {name: round(float(value), 6) for name, value in numbers.items()}
