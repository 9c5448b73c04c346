"""The options of `stylectl multistyle` that say how the styles come together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stylectl.cli import multistyle_mode as modes
from stylectl.stylize import settings

_HOW = "How the styles come together"

Mode = Annotated[
    modes.Mode | None,
    typer.Option(
        metavar="MODE",
        help="stitch: one reference out of all, of which each place takes what suits it; blend: a "
        "mix everywhere; mask: each in its place; gradient: one fades into the next.",
        show_default=f"what the other options say, else {modes.DEFAULT_MODE}",
        rich_help_panel=_HOW,
    ),
]
Stitch = Annotated[
    settings.Stitch | None,
    typer.Option(
        help="How the reference is made: a row or a grid of whole pictures, or equal areas cut "
        "from their middles.",
        show_default=settings.DEFAULT_STITCH,
        rich_help_panel=_HOW,
    ),
]
SaveStitched = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write the stitched reference too.", rich_help_panel=_HOW),
]
StyleWeights = Annotated[
    str | None,
    typer.Option(
        metavar="2,1,...",
        help="How much each style counts: any numbers from 0 up, relative to each other.",
        show_default="all alike",
        rich_help_panel=_HOW,
    ),
]
MaskFiles = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE",
        help="White where its style belongs, grey for part of it; in the content's shape, any "
        "size. Repeatable: one for each style; or one fewer, and the first style takes the rest.",
        show_default=False,
        rich_help_panel=_HOW,
    ),
]
Feather = Annotated[
    float | None,
    typer.Option(
        metavar="0..0.5",
        help="How far the edges of masks are blurred, as a share of their long edge.",
        show_default=f"{settings.DEFAULT_FEATHER}",
        rich_help_panel=_HOW,
    ),
]
Rest = Annotated[
    settings.Rest | None,
    typer.Option(
        help="What is where no mask is white: the first style, or the content as it was.",
        show_default=settings.DEFAULT_REST,
        rich_help_panel=_HOW,
    ),
]
Layout = Annotated[
    settings.Layout | None,
    typer.Option(
        metavar="WAY",
        help="Where a gradient goes: left-right, top-bottom, or radial, from the middle out.",
        show_default=settings.DEFAULT_LAYOUT,
        rich_help_panel=_HOW,
    ),
]
