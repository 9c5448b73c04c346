"""The options that several commands share, each written once."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from stylectl.stylize.settings import ColorName, DeviceName, PrecisionName

WORK, _MACHINE, _TALK = "The painting", "The machine", "What is said"
FILES = "Files"

OptionalContent = Annotated[Path | None, typer.Argument(metavar="CONTENT", help="The photo.")]
OptionalStyles = Annotated[
    list[Path] | None, typer.Argument(metavar="STYLE", help="The paintings.")
]

Strength = Annotated[
    float,
    typer.Option(
        metavar="0..1",
        help="How much of the style: 0 is the content as it is, 1 the style in full.",
        rich_help_panel=WORK,
    ),
]
Color = Annotated[
    ColorName,
    typer.Option(
        help="Whose colours: the style's; the content's chroma under the painted light and dark; "
        "or the style's palette, moved to match the content's before it is looked at.",
        rich_help_panel=WORK,
    ),
]
Size = Annotated[
    int | None,
    typer.Option(
        metavar="PIXELS",
        help="Long edge to work at; the result has the content's size all the same.",
        show_default="the content's own",
        rich_help_panel=WORK,
    ),
]
StyleSize = Annotated[
    int,
    typer.Option(
        metavar="PIXELS",
        help="Long edge of the style; the larger, the larger the strokes.",
        rich_help_panel=WORK,
    ),
]
StrokeSize = Annotated[
    str | None,
    typer.Option(
        metavar="SHARE%|PIXELS",
        help="Width of the strokes: a share of the long edge such as 2%, which is the same at any "
        "resolution, or pixels of the result.",
        show_default="about 10 pixels, as they come",
        rich_help_panel=WORK,
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        metavar="NUMBER",
        help="Shuffle the channel groups as this number decides: a variant for every number.",
        show_default="not shuffled",
        rich_help_panel=WORK,
    ),
]


def complete_weights() -> list[str]:
    """The names of weights, for a shell that completes them."""
    from stylectl.weights.registry import known_names, user_weights

    return [*known_names(), *(own.name for own in user_weights() if not own.hidden)]


_NETWORK: dict[str, Any] = {
    "metavar": "NAME|FILE",
    "help": "Weights by name (see stylectl weights list), or a .safetensors file.",
    "autocompletion": complete_weights,
}
_network = partial(typer.Option, **_NETWORK, rich_help_panel=WORK)
Weights = Annotated[str, _network("--weights", "--model")]
Model = Annotated[str, _network("--model")]  # where --weights are those of the styles
WeightsArgument = Annotated[str, typer.Argument(**_NETWORK)]
Device = Annotated[
    DeviceName,
    typer.Option(
        help="Where to compute; auto takes a GPU if there is one.", rich_help_panel=_MACHINE
    ),
]
Precision = Annotated[
    PrecisionName,
    typer.Option(
        help="Numbers to compute with; auto is fp16 on cuda, else fp32. fp16 is not for the cpu.",
        rich_help_panel=_MACHINE,
    ),
]
Tile = Annotated[
    str,
    typer.Option(
        metavar="auto|off|PIXELS",
        help="Compute in parts of so many pixels a side, for the memory; the picture is the same. "
        "auto cuts large pictures only.",
        rich_help_panel=_MACHINE,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Where to write; the suffix decides the format: png, jpg, webp, tiff, avif or bmp.",
        show_default="./CONTENT_stylized_STYLE.png",
        rich_help_panel=FILES,
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace the output.", rich_help_panel=FILES)
]
MaxPixels = Annotated[
    int | None,
    typer.Option(
        metavar="NUMBER",
        min=1,
        help="Refuse inputs of more pixels: a tiny file can claim to be a huge picture.",
        show_default="268435456",  # of media, which is too heavy to import here; a test compares
        rich_help_panel=FILES,
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("-q", "--quiet", help="Say nothing but errors.", rich_help_panel=_TALK),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "-v",
        "--verbose",
        help="Say what is read, what computes it, and how long each stage takes.",
        rich_help_panel=_TALK,
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", help="Describe the result as JSON on stdout.", rich_help_panel=_TALK),
]
