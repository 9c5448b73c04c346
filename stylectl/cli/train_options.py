"""The options that both kinds of training share, each written once, and what is made of them."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stylectl.training.settings import Budget, Precision

if TYPE_CHECKING:
    from stylectl.training.runs import RunFolder

DATA, _RUN = "Images and networks", "The run"
LEARNING, _TERMS, _MACHINE = "Learning", "Loss weights; 0 leaves the term out", "The machine"

Folders = Annotated[
    list[Path],
    typer.Option(
        metavar="FOLDER",
        help="Folder of photos; repeatable, drawn from equally.",
        rich_help_panel=DATA,
    ),
]
Paintings = Annotated[
    list[Path],
    typer.Option(
        metavar="FOLDER",
        help="Folder of paintings; repeatable, drawn from equally.",
        rich_help_panel=DATA,
    ),
]
Networks = Annotated[
    list[Path],
    typer.Option(
        metavar="FILE",
        help="VGG network that images are compared by: a stack in .safetensors, or torchvision's "
        "vgg16 .pth. Repeatable: each layer is taken from the first that reaches it.",
        rich_help_panel=DATA,
    ),
]
Images = Annotated[
    list[Path],
    typer.Option(
        metavar="FOLDER",
        help="Folder of images; repeatable, drawn from equally.",
        rich_help_panel=DATA,
    ),
]
Encoder = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Encoder weights to start from, of `train encoder`. Preset paper needs none.",
        rich_help_panel=DATA,
    ),
]
Init = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Weights of a whole network to start from instead.",
        rich_help_panel=DATA,
    ),
]
Preset = Annotated[
    str, typer.Option(metavar="NAME", help="Model: lean or paper.", rich_help_panel=DATA)
]
Out = Annotated[
    Path,
    typer.Option(
        metavar="FOLDER",
        help="Folder for checkpoint, weights, log and previews.",
        rich_help_panel=_RUN,
    ),
]
Steps = Annotated[
    int | None,
    typer.Option(metavar="NUMBER", min=1, help="Stop after this many steps.", rich_help_panel=_RUN),
]
Minutes = Annotated[
    float | None,
    typer.Option(
        metavar="NUMBER",
        min=0.001,
        help="Stop after this much training time, what came before a resume included.",
        rich_help_panel=_RUN,
    ),
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Go on exactly where --out stopped.", rich_help_panel=_RUN),
]
SaveMinutes = Annotated[
    float,
    typer.Option(
        metavar="NUMBER", min=0, help="Training time between checkpoints.", rich_help_panel=_RUN
    ),
]
Note = Annotated[
    str,
    typer.Option(
        metavar="TEXT", help="Text for the weights' header: data, licence.", rich_help_panel=_RUN
    ),
]
BatchSize = Annotated[
    int,
    typer.Option(
        metavar="NUMBER", min=1, help="Images (or pairs) per step.", rich_help_panel=LEARNING
    ),
]
Crop = Annotated[
    int,
    typer.Option(
        metavar="PIXELS",
        min=32,
        help="Side of the crops in pixels; a multiple of 16.",
        rich_help_panel=LEARNING,
    ),
]
Zoom = Annotated[
    tuple[float, float],
    typer.Option(
        metavar="LOW HIGH",
        help="Range of random magnification of the crops.",
        rich_help_panel=LEARNING,
    ),
]
Rate = Annotated[
    float,
    typer.Option(
        metavar="NUMBER", min=0, help="Adam's peak learning rate.", rich_help_panel=LEARNING
    ),
]
EncoderRate = Annotated[
    float,
    typer.Option(
        metavar="NUMBER",
        min=0,
        help="Encoder's learning rate as a share of it; 0: frozen.",
        rich_help_panel=LEARNING,
    ),
]
Shuffle = Annotated[
    float,
    typer.Option(
        metavar="NUMBER",
        min=0,
        max=1,
        help="Share of the batches with grouped shuffling.",
        rich_help_panel=LEARNING,
    ),
]
Width = Annotated[
    int,
    typer.Option(
        metavar="NUMBER",
        min=1,
        help="Channels of the discriminator's first layer.",
        rich_help_panel=LEARNING,
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        metavar="NUMBER",
        help="Seed of starting weights, crops and pairs.",
        rich_help_panel=LEARNING,
    ),
]
TrainPrecision = Annotated[
    Precision,
    typer.Option(
        help="Numbers the networks compute with; bf16 is for GPUs.", rich_help_panel=_MACHINE
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(min=1, help="CPU threads.", show_default="all cores", rich_help_panel=_MACHINE),
]


def weight(text: str) -> Any:
    """The option of a loss term's weight; `text` says what the term wants."""
    return typer.Option(metavar="NUMBER", min=0, help=text, rich_help_panel=_TERMS)


def chosen(settings: type, given: dict[str, Any], suffix: str = "") -> dict[str, Any]:
    """The options that are fields of a settings class, by field."""
    return {f.name: given[f.name + suffix] for f in fields(settings)}


def run_folder(given: dict[str, Any]) -> RunFolder:
    """The run that the shared options describe; also sets the number of threads.

    Raises:
        DeviceError: this machine has no such device.
    """
    import torch

    from stylectl.stylize.devices import choose_device
    from stylectl.training.runs import RunFolder

    if given["threads"]:
        torch.set_num_threads(given["threads"])
    return RunFolder(
        given["out"],
        Budget(given["steps"], given["minutes"]),
        given["resume"],
        given["checkpoint_minutes"],
        str(choose_device(given["device"])),
        given["note"],
    )
