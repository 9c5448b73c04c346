"""What `stylectl grid` does: read what can be read, paint every pair, lay the sheet out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stylectl.cli.painting import Painter
from stylectl.errors import DeviceError, InputError

if TYPE_CHECKING:
    from torch import Tensor

    from stylectl.media import Picture

_COPIES = 3  # of the sheet in float32: its squares, its rows, and all of it
_NAMED = 5  # files that an error names one by one


def images(path: Path) -> list[Path]:
    """The image files in a folder, or the one file.

    Raises:
        InputError: nothing is there, or no image in the folder.
    """
    from stylectl.evaluation.files import image_files
    from stylectl.media import SUFFIXES, shown

    if not path.exists():
        raise InputError(f"{shown(path)} does not exist", "give a folder of images, or one image")
    if not path.is_dir():
        return [path]
    files = image_files(path)
    if not files:
        raise InputError(
            f"there are no image files in {shown(path)}", f"looked for {', '.join(SUFFIXES)}"
        )
    return files


def readable(painter: Painter, files: list[Path], long_edge: int) -> dict[Path, Picture]:
    """The pictures that can be read, at the size they are needed at; the others are told.

    Raises:
        InputError: of the first file, if none can be read.
    """
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


def painted_sheet(
    painter: Painter, photos: dict[Path, Picture], paintings: dict[Path, Picture], cell: int
) -> Tensor:
    """Paints every pair; the sheet (3, H, W) in [0, 1], its squares `cell` pixels wide.

    Raises:
        DeviceError: memory cannot hold the sheet.
    """
    import torch

    from stylectl.evaluation.sheets import contact_sheet
    from stylectl.figures.pictures import letterboxed, on_paper

    _check_memory((len(photos) + 1) * (len(paintings) + 1), cell)
    heads = [
        torch.stack([letterboxed(on_paper(p.pixels, p.opacity), cell) for p in group.values()])
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
            results[row, column] = letterboxed(on_paper(result, photo.opacity), cell)
    painter.report.progress = ""
    names = [[file.name for file in group] for group in (photos, paintings)]
    return contact_sheet(heads[0], heads[1], results, *names)


def _check_memory(squares: int, cell: int) -> None:
    """Raises DeviceError, which swapping for hours or being killed would not be as kind as."""
    import torch

    from stylectl.stylize.memory import free_memory

    needed = _COPIES * squares * 3 * 4 * cell**2
    free = free_memory(torch.device("cpu"))
    if needed > free:
        raise DeviceError(
            f"a sheet of {squares} squares of {cell} pixels takes {needed / 1e9:.1f} GB of memory, "
            f"and {free / 1e9:.1f} GB are free",
            "make the squares smaller by --cell",
        )


def incomplete(left_out: list[Path], total: int) -> InputError:
    """What is said at the end if there are files that could not be read."""
    from stylectl.media import shown

    names = ", ".join(shown(file) for file in left_out[:_NAMED])
    more = f" and {len(left_out) - _NAMED} more" if len(left_out) > _NAMED else ""
    return InputError(
        f"{len(left_out)} of {total} files cannot be read: {names}{more}",
        "the sheet shows the others",
    )
