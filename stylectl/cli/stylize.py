"""`stylectl stylize`: one content, one style, one picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stylectl.cli import options
from stylectl.cli.report import Report
from stylectl.stylize.settings import (
    DEFAULT_DEVICE,
    DEFAULT_PRECISION,
    DEFAULT_STRENGTH,
    DEFAULT_STYLE_SIZE,
    DEFAULT_TILE,
    DEFAULT_WEIGHTS,
    check_precision,
    check_seed,
    check_size,
    check_strength,
    parse_tile,
)

if TYPE_CHECKING:
    from stylectl.media import Picture


def stylize(
    content: Annotated[Path, typer.Argument(metavar="CONTENT", help="The photo.")],
    style: Annotated[Path, typer.Argument(metavar="STYLE", help="The painting.")],
    output: options.Output = None,
    overwrite: options.Overwrite = False,
    max_pixels: options.MaxPixels = None,
    strength: options.Strength = DEFAULT_STRENGTH,
    size: options.Size = None,
    style_size: options.StyleSize = DEFAULT_STYLE_SIZE,
    seed: options.Seed = None,
    weights: options.Weights = DEFAULT_WEIGHTS,
    device: options.Device = DEFAULT_DEVICE,
    precision: options.Precision = DEFAULT_PRECISION,
    tile: options.Tile = str(DEFAULT_TILE),
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Paint a photo in the style of a painting.

    Example: [bold]stylectl stylize photo.jpg painting.jpg --strength 0.8 -o result.png[/bold]
    """
    check_strength(strength)
    check_size("size", size)
    check_size("style-size", style_size)
    check_seed(seed)
    check_precision(precision, device)
    tile_size = parse_tile(tile)
    if output is None:
        output = Path(f"{content.stem}_stylized_{style.stem}.png")

    with Report(quiet=quiet, as_json=as_json) as report:
        # Whatever can be wrong with the files is found out before torch takes its seconds.
        report.stage("read")
        weights_file = _checked_files(content, style, output, overwrite, weights)
        content_picture, style_picture = (
            _read(path, max_pixels, report) for path in (content, style)
        )
        _check_fits(output, content_picture)

        report.stage("load")
        from stylectl.media import write_image
        from stylectl.stylize.stylizer import Stylizer
        from stylectl.weights.files import sha256

        stylizer = Stylizer.load(weights_file, device=device, precision=precision)
        result = stylizer.stylize(
            content_picture.pixels,
            style_picture.pixels,
            strength=strength,
            size=size,
            style_size=style_size,
            seed=seed,
            tile=tile_size,
            on_event=report.on_event,
        )

        report.stage("write")
        written = write_image(
            output,
            result,
            alpha=content_picture.opacity,
            overwrite=overwrite,
            exif=content_picture.exif,
        )
        for warning in written:
            report.warn(warning)
        report.finish(
            str(output),
            content_picture.size,
            {
                "content": str(content),
                "style": str(style),
                "device": str(stylizer.device),
                "precision": stylizer.precision,
                "weights": {"name": weights, "sha256": sha256(weights_file)},
            },
        )


def _checked_files(content: Path, style: Path, output: Path, overwrite: bool, weights: str) -> Path:
    """The weights file, after all that can be said without reading the images."""
    from stylectl.media import check_output, format_for_output
    from stylectl.weights.registry import resolve

    weights_file = resolve(weights)
    format_for_output(output)
    check_output(output, overwrite=overwrite, inputs=(content, style, weights_file))
    return weights_file


def _read(path: Path, max_pixels: int | None, report: Report) -> Picture:
    from stylectl.media import DEFAULT_MAX_PIXELS, read_image

    picture = read_image(path, max_pixels=max_pixels or DEFAULT_MAX_PIXELS)
    for warning in picture.warnings:
        report.warn(warning)
    return picture


def _check_fits(output: Path, content: Picture) -> None:
    from stylectl.media import format_for_output

    format_for_output(output).check_fits(output, *content.size)
