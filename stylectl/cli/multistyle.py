"""`stylectl multistyle`: several styles in one picture."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from stylectl.batch import painting
from stylectl.cli import batch_options, options
from stylectl.cli import multistyle_options as o
from stylectl.cli.batch import Command, is_several, names_styles, paint_many
from stylectl.cli.batch_options import BatchChoices
from stylectl.cli.examples import with_examples
from stylectl.cli.multistyle_mode import Way, chosen_way
from stylectl.cli.painting import Choices, Painter
from stylectl.cli.report import Report
from stylectl.cli.streams import OUTPUT, STREAM
from stylectl.errors import OutputError, UsageError
from stylectl.stylize.mask_checks import check_mask_aspect, check_mask_values
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
    from stylectl.media import Picture
    from stylectl.media.alpha import FloatArray
    from stylectl.stylize.style import StyleCode


def multistyle(
    context: typer.Context,
    content: batch_options.OptionalContent = None,
    styles: options.OptionalStyles = None,
    mode: o.Mode = None,
    stitch: o.Stitch = None,
    save_stitched: o.SaveStitched = None,
    weights: o.StyleWeights = None,
    mask: o.MaskFiles = None,
    feather: o.Feather = None,
    rest: o.Rest = None,
    layout: o.Layout = None,
    output: batch_options.Output = None,
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
    model: options.Model = DEFAULT_WEIGHTS,
    device: options.Device = DEFAULT_DEVICE,
    precision: options.Precision = DEFAULT_PRECISION,
    tile: options.Tile = str(DEFAULT_TILE),
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    as_json: options.Json = False,
) -> None:
    """Paint a photo in several styles at once: stitched, blended, by masks or in a gradient.

    Example: [bold]stylectl multistyle photo.jpg wave.jpg ink.jpg --weights 2,1[/bold]

    Without pictures it paints the examples that come with stylectl.
    """
    choices = Choices.of({**locals(), "weights": model})
    many = BatchChoices.of(locals())
    named = content is not None and not styles and names_styles(content)
    content, styles, examples = with_examples(content, styles, named=named)
    way_of = partial(
        chosen_way,
        mode=mode,
        stitch=stitch,
        save_stitched=save_stitched,
        weights=weights,
        masks=mask,
        feather=feather,
        rest=rest,
        layout=layout,
    )
    if is_several(content):
        if save_stitched is not None:
            raise UsageError("--save-stitched is for a single content", "name one photo")
        command = Command(2, None, together=lambda count: way_of(count).together)
        paint_many(
            *(content, styles, output, command, choices, many),
            quiet=quiet,
            as_json=as_json,
            verbose=verbose,
            note=examples,
        )
        return
    way = way_of(len(styles))
    together = way.together
    name = f"{content.stem}_stylized_{'_'.join(s.stem for s in styles)}"
    output = many.single_output(content, output, name)

    with Report(quiet=quiet, as_json=as_json, verbose=verbose) as report:
        if examples:
            report.note(examples)
        painter = Painter(choices, report, many.suffix)
        _check_outputs(painter, output, way, (content, *styles, *together.masks))
        photo, paintings = painter.read_content(content), [painter.read(style) for style in styles]
        painter.check_fits(output, photo.size)
        masks = _read_masks(painter, together.masks, photo)
        style = (
            _stitched(painter, photo, paintings, way)
            if together.mode == "stitch"
            else painting.mixed([painter.encode(p, photo) for p in paintings], masks, together)
        )
        result = painter.paint(photo, style)
        painter.write(output, result, photo)
        facts = {
            "content": str(content),
            "styles": [str(path) for path in styles],
            "masks": [str(path) for path in together.masks],
            "stitched": way.save_stitched and str(way.save_stitched),
            "mode": together.mode,
            **painter.facts(),
        }
        report.finish(OUTPUT if output == STREAM else str(output), photo.size, facts)


def _check_outputs(painter: Painter, output: Path, way: Way, inputs: Sequence[Path]) -> None:
    painter.check_picture(output, inputs)
    if way.save_stitched is None:
        return
    from stylectl.media import is_same_file, shown

    painter.check_picture(way.save_stitched, inputs)
    if is_same_file(way.save_stitched, output):
        raise OutputError(
            f"{shown(output)} is both --output and --save-stitched", "give each its own name"
        )


def _read_masks(painter: Painter, paths: Sequence[Path], content: Picture) -> list[FloatArray]:
    """The masks, refused here where their files can be named."""
    from stylectl.media import mask_of, shown

    masks = []
    for path in paths:
        mask = mask_of(painter.read(path))
        name = f"the mask {shown(path)}"
        check_mask_values(name, float(mask.min()), float(mask.max()))
        check_mask_aspect(name, (mask.shape[0], mask.shape[1]), content.pixels.shape[:2])
        masks.append(mask)
    return masks


def _stitched(painter: Painter, content: Picture, styles: Sequence[Picture], way: Way) -> StyleCode:
    painter.load()
    settings = painter.choices.settings(way.together)
    reference = painting.reference(settings, [style.pixels for style in styles])  # (3, H, W)
    if way.save_stitched is not None:
        painter.write(way.save_stitched, reference.permute(1, 2, 0).numpy())
        size = reference.shape[2], reference.shape[1]
        painter.report.wrote_one(str(way.save_stitched), size, str(painter.stylizer.device))
    return painter.encode_image(reference, content, None)
