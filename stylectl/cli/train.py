"""`stylectl train` and `stylectl train encoder`: the weights, made again by one command each."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stylectl.cli import options
from stylectl.cli.train_report import TrainingReport
from stylectl.training.settings import (
    Budget,
    DistillationSettings,
    LossWeights,
    Precision,
    StylizationSettings,
)

if TYPE_CHECKING:
    from stylectl.training.runs import RunFolder

app = typer.Typer(invoke_without_command=True, no_args_is_help=True, rich_markup_mode="rich")

_D, _W, _E = StylizationSettings(), LossWeights(), DistillationSettings()

Folders = Annotated[list[Path], typer.Option(help="Folder of photos; repeatable.")]
Paintings = Annotated[
    list[Path],
    typer.Option(help="Folder of paintings; repeatable, each is drawn from equally often."),
]
Networks = Annotated[
    list[Path],
    typer.Option(
        help="Perceptual network: a VGG stack (.safetensors, or torchvision's .pth). Repeatable; "
        "a layer is taken from the first one that reaches it."
    ),
]
Out = Annotated[Path, typer.Option(help="Folder for checkpoint, weights, log and previews.")]
Steps = Annotated[int | None, typer.Option(min=1, help="Stop after this many steps.")]
Minutes = Annotated[float | None, typer.Option(min=0.01, help="Stop after this training time.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on exactly where --out stopped.")]
Preset = Annotated[str, typer.Option(help="Model preset: lean or paper.")]
Threads = Annotated[int | None, typer.Option(min=1, help="CPU threads; default: all cores.")]
SaveMinutes = Annotated[float, typer.Option(min=0, help="Minutes between checkpoints.")]
Note = Annotated[str, typer.Option(help="Text kept in the weights' header: data, licence.")]
Weight = Annotated[float, typer.Option(min=0, rich_help_panel="Loss weights (0 leaves out)")]
Zoom = Annotated[
    tuple[float, float], typer.Option(help="Range of random magnification of the crops.")
]
BatchSize = Annotated[int, typer.Option(min=1, help="Image pairs per step.")]
Crop = Annotated[int, typer.Option(min=32, help="Side of the crops in pixels; a multiple of 16.")]
Rate = Annotated[float, typer.Option(min=0, help="Adam's peak learning rate.")]
TrainPrecision = Annotated[Precision, typer.Option(help="bf16 is meant for CUDA.")]
Seed = Annotated[int, typer.Option(help="Seed of weights, crops and pairs.")]


@app.callback()
def train(
    context: typer.Context,
    content: Folders = [],  # noqa: B006 - typer copies it
    style: Paintings = [],  # noqa: B006
    perceptual: Networks = [],  # noqa: B006
    out: Out = Path("runs/stylization"),
    encoder: Annotated[
        Path | None, typer.Option(help="Encoder weights to start from (`train encoder`).")
    ] = None,
    init: Annotated[
        Path | None, typer.Option(help="Weights of a whole network to start from.")
    ] = None,
    preset: Preset = "lean",
    steps: Steps = None,
    minutes: Minutes = None,
    resume: Resume = False,
    batch_size: BatchSize = _D.batch_size,
    crop: Crop = _D.crop,
    content_zoom: Zoom = _D.content_zoom,
    style_zoom: Zoom = _D.style_zoom,
    learning_rate: Rate = _D.learning_rate,
    encoder_rate: Annotated[
        float, typer.Option(min=0, help="Encoder's share of the learning rate; 0: frozen.")
    ] = _D.encoder_rate,
    shuffle: Annotated[
        float, typer.Option(min=0, max=1, help="Share of batches with grouped shuffling.")
    ] = _D.shuffle,
    discriminator_width: Annotated[
        int, typer.Option(min=8, help="First layer's channels of the discriminator.")
    ] = _D.discriminator_width,
    content_weight: Weight = _W.content,
    style_weight: Weight = _W.style,
    gram_weight: Weight = _W.gram,
    remd_weight: Weight = _W.remd,
    identity_weight: Weight = _W.identity,
    identity_features_weight: Weight = _W.identity_features,
    reconstruction_weight: Weight = _W.reconstruction,
    adversarial_weight: Weight = _W.adversarial,
    total_variation_weight: Weight = _W.total_variation,
    preview_every: Annotated[int, typer.Option(min=1, help="Steps between preview sheets.")] = 500,
    preview_content: Annotated[
        list[Path], typer.Option(help="Photo for the previews; repeatable.")
    ] = [],  # noqa: B006
    preview_style: Annotated[
        list[Path], typer.Option(help="Painting for the previews; repeatable.")
    ] = [],  # noqa: B006
    checkpoint_minutes: SaveMinutes = 3.0,
    device: options.Device = "auto",
    precision: TrainPrecision = _D.precision,
    seed: Seed = _D.seed,
    threads: Threads = None,
    note: Note = "",
    quiet: options.Quiet = False,
) -> None:
    """Train the stylisation network on a folder of photos and a folder of paintings.

    Example: stylectl train --content photos --style paintings --perceptual vgg.safetensors
    --encoder runs/encoder/lean-encoder.safetensors --minutes 60
    """
    if context.invoked_subcommand:
        return
    given = locals()
    _need(content=content, style=style, perceptual=perceptual)
    settings = StylizationSettings(**_chosen(StylizationSettings, given))
    weights = LossWeights(**_chosen(LossWeights, given, "_weight"))
    _check_crop(crop)

    from stylectl.training.runs import StylizationRun, train_stylization

    run = StylizationRun(
        content, style, perceptual, encoder, init, preset, settings, weights,
        preview_every, preview_content, preview_style,
    )  # fmt: skip
    folder = _folder(out, Budget(steps, minutes), resume, checkpoint_minutes, device, threads, note)
    with TrainingReport(quiet) as report:
        report.finished(train_stylization(run, folder, report.on_event))


@app.command("encoder")
def train_encoder_command(
    images: Annotated[list[Path], typer.Option(help="Folder of images; repeatable.")],
    teacher: Networks,
    out: Out = Path("runs/encoder"),
    preset: Preset = "lean",
    steps: Steps = None,
    minutes: Minutes = None,
    resume: Resume = False,
    batch_size: BatchSize = _E.batch_size,
    crop: Crop = _E.crop,
    zoom: Zoom = _E.zoom,
    learning_rate: Rate = _E.learning_rate,
    checkpoint_minutes: SaveMinutes = 3.0,
    device: options.Device = "auto",
    precision: TrainPrecision = _E.precision,
    seed: Seed = _E.seed,
    threads: Threads = None,
    note: Note = "",
    quiet: options.Quiet = False,
) -> None:
    """Distil published perceptual networks into the preset's narrow encoder.

    Example: stylectl train encoder --images photos --images paintings --teacher vgg.safetensors
    --minutes 10
    """
    given = locals()
    settings = DistillationSettings(**_chosen(DistillationSettings, given))
    _check_crop(crop)

    from stylectl.training.runs import EncoderRun, train_encoder

    folder = _folder(out, Budget(steps, minutes), resume, checkpoint_minutes, device, threads, note)
    with TrainingReport(quiet) as report:
        run = EncoderRun(images, teacher, preset, settings)
        report.finished(train_encoder(run, folder, report.on_event))


def _chosen(settings: type, given: dict[str, Any], suffix: str = "") -> dict[str, Any]:
    """The options that are fields of a settings class."""
    return {f.name: given[f.name + suffix] for f in fields(settings)}


def _need(**options_given: list[Path]) -> None:
    for name, values in options_given.items():
        if not values:
            raise typer.BadParameter(f"give at least one --{name}")


def _check_crop(crop: int) -> None:
    if crop % 16:
        raise typer.BadParameter(f"--crop must be a multiple of 16, not {crop}")


def _folder(
    out: Path,
    budget: Budget,
    resume: bool,
    checkpoint_minutes: float,
    device: str,
    threads: int | None,
    note: str,
) -> RunFolder:
    import torch

    from stylectl.stylize.devices import choose_device
    from stylectl.training.runs import RunFolder

    if threads:
        torch.set_num_threads(threads)
    chosen = str(choose_device(device))
    return RunFolder(out, budget, resume, checkpoint_minutes, chosen, note)
