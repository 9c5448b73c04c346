"""What the rows paint: a sheet with a column for each, of the example pictures alone.

They come with the package and are its own, so that a sheet can be shown anywhere.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor

from stylectl.ablation.rows import Row, Table
from stylectl.evaluation.files import named_images
from stylectl.evaluation.methods import Painter
from stylectl.evaluation.sheets import comparison_sheet
from stylectl.evaluation.squares import as_tensor, read_square
from stylectl.media import write_image
from stylectl.resources import bundled_folder
from stylectl.stylize.events import OnEvent
from stylectl.stylize.stylizer import Stylizer

SIDE = 192  # pixels of a square on the sheet
_QUALITY = 85


def write_sheet(
    path: Path,
    tables: Sequence[Table],
    files: Mapping[str, Path],
    size: int,
    device: str,
    on_event: OnEvent,
) -> None:
    """Every example style with a content, a row each; what each row of the tables makes of it.

    Args:
        path: the sheet, replaced if it is there.
        tables: their rows are the columns; of those of one name the first.
        files: the weights that each stage made.
        size: side in pixels of the squares that are painted.
        device: where to compute.
        on_event: the listener for stylizers.

    Raises:
        InputError: the examples are missing.
        OutputError: the sheet cannot be written.
    """
    rows: dict[str, Row] = {}
    for row in itertools.chain.from_iterable(table.rows for table in tables):
        rows.setdefault(row.name, row)
    examples = bundled_folder("examples")
    contents, styles = (named_images(examples / kind) for kind in ("content", "style"))
    pairs = list(zip(itertools.cycle(contents), styles, strict=False))
    squares = {n: read_square(f, size) for n, f in [*contents.items(), *styles.items()]}
    lines: list[list[Tensor]] = [
        [as_tensor(squares[name], SIDE) for name in pair] for pair in pairs
    ]
    for row in rows.values():
        stylizer = Stylizer.load(files[row.stage], device=device)
        painter = Painter(row.name, stylizer, {}, on_event, row.seed)
        for line, (content, style) in zip(lines, pairs, strict=True):
            painted = painter.in_style(style, squares[style])(content, squares[content])
            line.append(as_tensor(painted, SIDE))
    labels = [row.label for row in rows.values()]
    sheet = comparison_sheet(lines, labels, [f"{c}\n{s}" for c, s in pairs])
    write_image(path, sheet.permute(1, 2, 0).numpy(), overwrite=True, quality=_QUALITY)
