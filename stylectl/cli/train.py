"""`stylectl train`: the stylisation weights, made again by one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stylectl.cli import options
from stylectl.cli import train_options as o
from stylectl.cli.train_encoder import train_encoder
from stylectl.stylize.settings import DEFAULT_DEVICE
from stylectl.training.settings import (
    CHECKPOINT_MINUTES,
    DEFAULT_PRESET,
    PREVIEW_EVERY,
    LossWeights,
    StylizationSettings,
    fields_from,
)

app = typer.Typer(invoke_without_command=True, no_args_is_help=True, rich_markup_mode="rich")
app.command("encoder")(train_encoder)

_S, _W = StylizationSettings(), LossWeights()


@app.callback()
def train(
    context: typer.Context,
    content: o.Folders = [],  # noqa: B006 - typer copies it
    style: o.Paintings = [],  # noqa: B006
    perceptual: o.Networks = [],  # noqa: B006
    encoder: o.Encoder = None,
    init: o.Init = None,
    preset: o.Preset = DEFAULT_PRESET,
    out: o.Out = Path("runs/stylization"),
    steps: o.Steps = None,
    minutes: o.Minutes = None,
    resume: o.Resume = False,
    checkpoint_minutes: o.SaveMinutes = CHECKPOINT_MINUTES,
    note: o.Note = "",
    batch_size: o.BatchSize = _S.batch_size,
    crop: o.Crop = _S.crop,
    content_zoom: o.Zoom = _S.content_zoom,
    style_zoom: o.Zoom = _S.style_zoom,
    learning_rate: o.Rate = _S.learning_rate,
    encoder_rate: o.EncoderRate = _S.encoder_rate,
    shuffle: o.Shuffle = _S.shuffle,
    discriminator_width: o.Width = _S.discriminator_width,
    seed: o.Seed = _S.seed,
    content_weight: Annotated[
        float, o.weight("Shapes of the content: normalised relu4_1 and relu5_1.")
    ] = _W.content,
    style_weight: Annotated[
        float, o.weight("Mean and deviation of every channel, as the style has them.")
    ] = _W.style,
    gram_weight: Annotated[
        float, o.weight("Correlations of channels, as the style has them.")
    ] = _W.gram,
    remd_weight: Annotated[
        float, o.weight("Every feature is one that the style has (relaxed earth mover).")
    ] = _W.remd,
    identity_weight: Annotated[
        float, o.weight("An image in its own style is itself.")
    ] = _W.identity,
    identity_features_weight: Annotated[
        float, o.weight("The same, in feature maps.")
    ] = _W.identity_features,
    reconstruction_weight: Annotated[
        float, o.weight("Strength 0 gives the image back.")
    ] = _W.reconstruction,
    adversarial_weight: Annotated[
        float, o.weight("A discriminator takes the result for a painting.")
    ] = _W.adversarial,
    total_variation_weight: Annotated[
        float, o.weight("Neighbouring pixels are alike.")
    ] = _W.total_variation,
    preview_every: Annotated[
        int,
        o.preview(metavar="NUMBER", min=1, help="Steps between preview sheets."),
    ] = PREVIEW_EVERY,
    preview_content: Annotated[
        list[Path],
        o.preview(metavar="FILE", help="Photo on the sheets; repeatable."),
    ] = [],  # noqa: B006
    preview_style: Annotated[
        list[Path],
        o.preview(metavar="FILE", help="Painting on the sheets; repeatable."),
    ] = [],  # noqa: B006
    device: options.Device = DEFAULT_DEVICE,
    precision: o.TrainPrecision = _S.precision,
    threads: o.Threads = None,
    quiet: options.Quiet = False,
) -> None:
    """Train the stylisation network on a folder of photos and a folder of paintings.

    Example: [bold]stylectl train --content photos --style paintings --perceptual
    vgg.safetensors --encoder runs/encoder/lean-encoder.safetensors --minutes 60[/bold]

    Ctrl-C saves; the same command with --resume goes on.
    """
    given = dict(locals())
    if context.invoked_subcommand:
        _refuse_given(context)
        return
    for name in ("content", "style", "perceptual"):
        if not given[name]:
            raise typer.BadParameter(f"give at least one --{name}")
    settings = fields_from(StylizationSettings, given)
    weights = fields_from(LossWeights, given, "_weight")

    from stylectl.cli.train_report import TrainingReport
    from stylectl.training.stylization_run import StylizationRun, train_stylization

    run = StylizationRun(
        content, style, perceptual, encoder, init, preset, settings, weights,
        preview_every, preview_content, preview_style,
    )  # fmt: skip
    with TrainingReport(quiet) as report:
        report.finished(train_stylization(run, o.run_folder(given), report.on_event))


def _refuse_given(context: typer.Context) -> None:
    """Options before a subcommand would otherwise have no effect, without a word."""
    for name in context.params:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = f"--{name.replace('_', '-')}"
            raise typer.BadParameter(f"give {option} after {context.invoked_subcommand}")
