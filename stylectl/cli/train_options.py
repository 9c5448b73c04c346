"""The options that both kinds of training share, each written once."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from stylectl.training.limits import limits
from stylectl.training.settings import (
    Budget,
    LossWeights,
    Part,
    Precision,
    Range,
    StylizationSettings,
)

# An option of each panel of the help.
_data = partial(typer.Option, rich_help_panel="Images and networks")
_run = partial(typer.Option, rich_help_panel="The run")
_learning = partial(typer.Option, rich_help_panel="Learning")
_term = partial(typer.Option, rich_help_panel="Loss weights; 0 leaves the term out")
_machine = partial(typer.Option, rich_help_panel="The machine")
preview = partial(typer.Option, rich_help_panel="Previews")

_limits = partial(limits, StylizationSettings)
_NUMBER = "NUMBER"


def _range(what: str) -> Any:
    return _learning(metavar="LOW HIGH", help=f"Range of random {what}")


Folders = Annotated[
    list[Path],
    _data(metavar="FOLDER", help="Folder of photos; repeatable, drawn from equally."),
]
Paintings = Annotated[
    list[Path],
    _data(metavar="FOLDER", help="Folder of paintings; repeatable, drawn from equally."),
]
Images = Annotated[
    list[Path],
    _data(metavar="FOLDER", help="Folder of images; repeatable, drawn from equally."),
]
Networks = Annotated[
    list[Path],
    _data(
        metavar="FILE",
        help="VGG network that images are compared by: a stack in .safetensors, or torchvision's "
        "vgg16 .pth. Repeatable: each layer is taken from the first that reaches it.",
    ),
]
Encoder = Annotated[
    Path | None,
    _data(
        metavar="FILE",
        help="Encoder weights to start from, of `train encoder`. Preset paper needs none.",
    ),
]
Init = Annotated[
    list[Path],
    _data(
        metavar="FILE",
        help="Weights of a whole network to start from instead; repeatable: their mean.",
    ),
]
InitPart = Annotated[
    list[Part],
    _data(
        metavar="PART",
        help="Take this part of --init alone, the others fresh: encoder, alignment, kernels or "
        "decoder; repeatable.",
    ),
]


def _complete_recipe() -> list[str]:
    from stylectl.training.recipe import known_recipes

    return known_recipes()


Recipe = Annotated[
    str | None,
    _data(
        metavar="NAME|FILE",
        autocompletion=_complete_recipe,
        help="TOML file of settings, of one run or of several in a row; options override it.",
    ),
]
Data = Annotated[
    Path | None,
    _data(metavar="FOLDER", help="Where the recipe's folders of images lie.", show_default="."),
]
NetworksFolder = Annotated[
    Path | None,
    _data(metavar="FOLDER", help="Where the recipe's VGG networks lie.", show_default="."),
]
SetModel = Annotated[
    list[str],
    _data(
        metavar="KEY=VALUE",
        help="Setting of the model in place of the preset's or of --init's, such as "
        "style_stride=4; repeatable.",
    ),
]
Preset = Annotated[str, _data(metavar="NAME", help="Model: lean or paper.")]

Out = Annotated[
    Path,
    _run(
        metavar="FOLDER",
        help="Folder for checkpoint, weights, log and previews; a recipe's stages have one each "
        "in it.",
    ),
]
Steps = Annotated[
    int | None,
    _run(metavar=_NUMBER, help="Stop after this many steps.", **limits(Budget, "steps")),
]
Minutes = Annotated[
    float | None,
    _run(
        metavar=_NUMBER,
        help="Stop after this much training time, what came before a resume included.",
        **limits(Budget, "minutes"),
    ),
]
Resume = Annotated[bool, _run("--resume", help="Go on exactly where --out stopped.")]
SaveMinutes = Annotated[
    float, _run(metavar=_NUMBER, min=0, help="Training time between checkpoints.")
]
Tensorboard = Annotated[bool, _run("--tensorboard", help="Log for TensorBoard too.")]
Note = Annotated[str, _run(metavar="TEXT", help="Text for the weights' header: data, licence.")]

BatchSize = Annotated[
    int,
    _learning(
        metavar=_NUMBER,
        help="Images (or pairs) per step, all processes together.",
        **_limits("batch_size"),
    ),
]
Crop = Annotated[
    int,
    _learning(
        metavar="PIXELS",
        help="Side of the crops in pixels; a multiple of 16.",
        **_limits("crop"),
    ),
]
Zoom = Annotated[Range, _range("magnification of the crops.")]
Contrast = Annotated[Range, _range("contrast of the paintings; 1: theirs.")]
Saturation = Annotated[Range, _range("saturation of the paintings; 1: theirs.")]
Sharpness = Annotated[Range, _range("sharpening of the paintings; 0: none.")]
Rate = Annotated[
    float,
    _learning(metavar=_NUMBER, help="Adam's peak learning rate.", **_limits("learning_rate")),
]
EncoderRate = Annotated[
    float,
    _learning(
        metavar=_NUMBER,
        help="Encoder's learning rate as a share of it; 0: frozen.",
        **_limits("encoder_rate"),
    ),
]
Shuffle = Annotated[
    float,
    _learning(
        metavar=_NUMBER, help="Share of the batches with grouped shuffling.", **_limits("shuffle")
    ),
]
Ema = Annotated[
    float,
    _learning(
        metavar=_NUMBER,
        help="Keep a moving average of the weights with this decay, such as 0.999; 0: the last.",
        **_limits("ema"),
    ),
]
Samples = Annotated[
    int,
    _learning(
        metavar=_NUMBER,
        help="Positions of a feature map that the remd and self-similarity terms look at.",
        **_limits("samples"),
    ),
]
HoldOut = Annotated[
    float,
    _learning(
        metavar=_NUMBER,
        help="Share of the images never trained on; every checkpoint logs its losses.",
        **_limits("hold_out"),
    ),
]
Revive = Annotated[
    bool, _learning("--revive", help="First begin dead units anew: those that no image reaches.")
]
SpreadExperts = Annotated[
    bool,
    _learning(
        "--spread-experts",
        help="First make what the experts are told differ between styles; pictures stay.",
    ),
]
Width = Annotated[
    int,
    _learning(
        metavar=_NUMBER,
        help="Channels of the discriminator's first layer.",
        **_limits("discriminator_width"),
    ),
]
Seed = Annotated[int, _learning(metavar=_NUMBER, help="Seed of starting weights, crops and pairs.")]

TrainPrecision = Annotated[
    Precision, _machine(help="Numbers the networks compute with; bf16 is for GPUs.")
]
Compile = Annotated[bool, _machine("--compile", help="Run networks through torch.compile.")]
Threads = Annotated[int | None, _machine(min=1, help="CPU threads.", show_default="all cores")]


def weight(text: str) -> Any:
    """The option of a loss term's weight; `text` says what the term wants."""
    return _term(metavar=_NUMBER, help=text, **limits(LossWeights, "content"))
