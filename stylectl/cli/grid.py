"""`stylectl grid`: every content in every style on one sheet, the paper's figure 5."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stylectl.cli import options
from stylectl.cli.painting import Choices, Painter, check_fits
from stylectl.cli.report import Report
from stylectl.errors import InputError
from stylectl.stylize.settings import (
    DEFAULT_COLOR,
    DEFAULT_DEVICE,
    DEFAULT_PRECISION,
    DEFAULT_STRENGTH,
    DEFAULT_STYLE_SIZE,
    DEFAULT_WEIGHTS,
    check_size,
)

if TYPE_CHECKING:
    from torch import Tensor

    from stylectl.media import Picture

_SIZE = 512  # all contents alike, or strokes would be finer on a larger photo
_CELL = 256
_NAMED = 5  # files that an error names one by one

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
    style_size: options.StyleSize = DEFAULT_STYLE_SIZE,
    seed: options.Seed = None,
    weights: options.Weights = DEFAULT_WEIGHTS,
    device: options.Device = DEFAULT_DEVICE,
    precision: options.Precision = DEFAULT_PRECISION,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Paint every photo in the style of every painting, on one sheet.

    Example: [bold]stylectl grid photos paintings -o grid.png[/bold]

    Files that cannot be read are named and left out; the exit code is then 3.
    """
    choices = Choices.of(locals())
    check_size("cell", cell)

    with Report(quiet=quiet, as_json=as_json) as report:
        painter = Painter(choices, report)
        files = _images(contents), _images(styles)
        painter.check_picture(output, (*files[0], *files[1]))
        _check_fits(output, cell, *files)
        photos = _readable(painter, files[0], size)
        paintings = _readable(painter, files[1], style_size)
        sheet = _sheet(painter, photos, paintings, cell)
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
        raise _incomplete(left_out, len(files[0]) + len(files[1]))


def _images(path: Path) -> list[Path]:
    from stylectl.evaluation.files import image_files
    from stylectl.media import SUFFIXES, shown

    if not path.is_dir():
        return [path]
    files = image_files(path)
    if not files:
        raise InputError(
            f"there are no image files in {shown(path)}", f"looked for {', '.join(SUFFIXES)}"
        )
    return files


def _check_fits(output: Path, cell: int, contents: list[Path], styles: list[Path]) -> None:
    """Before hours of painting; names beside the cells make the sheet only a little larger."""
    check_fits(output, (cell * (len(styles) + 1), cell * (len(contents) + 1)))


def _readable(painter: Painter, files: list[Path], long_edge: int) -> dict[Path, Picture]:
    """The pictures that can be read, at the size they are needed at; the others are told."""
    from stylectl.figures.pictures import resized

    pictures: dict[Path, Picture] = {}
    first_error: InputError | None = None
    for number, file in enumerate(files, 1):
        painter.report.progress = f"{number}/{len(files)} "
        painter.report.stage("read")
        try:
            pictures[file] = resized(painter.read(file), long_edge)
        except InputError as error:
            first_error = first_error or error
            if len(files) > 1:
                painter.report.warn(f"left out: {error.message}")
    painter.report.progress = ""
    if first_error and not pictures:
        raise first_error
    return pictures


def _sheet(
    painter: Painter, photos: dict[Path, Picture], paintings: dict[Path, Picture], cell: int
) -> Tensor:
    """(3, H, W) in [0, 1]."""
    import torch

    from stylectl.evaluation.sheets import contact_sheet
    from stylectl.figures.lettering import printable
    from stylectl.figures.pictures import letterboxed, on_paper

    heads = [
        torch.stack([letterboxed(on_paper(p.rgb, p.alpha), cell) for p in group.values()])
        for group in (photos, paintings)
    ]
    results = torch.empty(len(photos), len(paintings), 3, cell, cell)
    for column, painting in enumerate(paintings.values()):
        code = None
        for row, photo in enumerate(photos.values()):
            done = column * len(photos) + row
            painter.report.progress = f"{done + 1}/{results.shape[0] * results.shape[1]} "
            # Once for all contents, but where a style takes on the colours of each.
            if code is None or painter.choices.color == "match":
                code = painter.encode(painting, photo)
            result = painter.paint(photo, code)
            results[row, column] = letterboxed(on_paper(result, photo.alpha), cell)
    painter.report.progress = ""
    names = [[printable(file.name) for file in group] for group in (photos, paintings)]
    return contact_sheet(heads[0], heads[1], results, *names)


def _incomplete(left_out: list[Path], total: int) -> InputError:
    from stylectl.media import shown

    names = ", ".join(shown(file) for file in left_out[:_NAMED])
    more = f" and {len(left_out) - _NAMED} more" if len(left_out) > _NAMED else ""
    return InputError(
        f"{len(left_out)} of {total} files cannot be read: {names}{more}",
        "the sheet shows the others",
    )
