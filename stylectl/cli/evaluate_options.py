"""The options that `stylectl evaluate` has for itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stylectl.cli.options import complete_weights
from stylectl.evaluation.figures import MINIMUM_SIZE

_COMPARED, MEASURE, _FILES = "What is compared", "The yardstick", "Files"

Video = Annotated[
    bool,
    typer.Option(
        "--video",
        help="Measure how much painted clips flicker; needs stylectl\\[bench].",
        rich_help_panel=_COMPARED,
    ),
]
Weights = Annotated[
    list[str],
    typer.Option(
        metavar="NAME|FILE",
        help="Weights that paint every pair; repeatable.",
        autocompletion=complete_weights,
        show_default="lean, unless there are --results",
        rich_help_panel=_COMPARED,
    ),
]
Results = Annotated[
    list[Path],
    typer.Option(
        metavar="FOLDER",
        help="Pictures CONTENT_stylized_STYLE.png painted before, by anything; repeatable.",
        rich_help_panel=_COMPARED,
    ),
]
Size = Annotated[
    int,
    typer.Option(
        metavar="PIXELS",
        min=MINIMUM_SIZE,
        help="Side of the middle squares that are painted and measured.",
        rich_help_panel=MEASURE,
    ),
]
Perceptual = Annotated[
    list[Path],
    typer.Option(
        metavar="FILE",
        help="VGG network that images are compared by, as for `train`. Repeatable: each layer is "
        "taken from the first that reaches it.",
        show_default="torchvision's ImageNet VGG-16, downloaded once",
        rich_help_panel=MEASURE,
    ),
]
Lpips = Annotated[
    bool,
    typer.Option(
        "--lpips",
        help="Measure LPIPS to the content too; needs stylectl\\[lpips] and torchvision's VGG-16, "
        "downloaded once.",
        rich_help_panel=MEASURE,
    ),
]
Sheet = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Write a contact sheet: contents down and styles across; for several methods a row "
        "for each pair.",
        rich_help_panel=_FILES,
    ),
]
SheetSide = Annotated[
    int,
    typer.Option(
        metavar="PIXELS",
        min=16,
        max=2048,
        help="Side of each square on the sheet.",
        rich_help_panel=_FILES,
    ),
]
Save = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Keep what the weights paint, of several in a folder each; --results reads it.",
        rich_help_panel=_FILES,
    ),
]
Figures = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Write a JSON file of the figures, of every pair as well.",
        rich_help_panel=_FILES,
    ),
]
