"""`stylectl train`: the stylisation weights, made again by one command."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from stylectl.cli import options
from stylectl.cli import train_options as o
from stylectl.cli.config.sources import configured, on_the_command_line
from stylectl.cli.train_ablation import train_ablation
from stylectl.cli.train_encoder import train_encoder
from stylectl.cli.train_folder import run_folder
from stylectl.stylize.settings import DEFAULT_DEVICE
from stylectl.training.settings import (
    CHECKPOINT_MINUTES,
    DEFAULT_PRESET,
    PREVIEW_EVERY,
    LossWeights,
    StylizationSettings,
)

app = typer.Typer(invoke_without_command=True, no_args_is_help=True, rich_markup_mode="rich")
app.command("encoder")(train_encoder)
app.command("ablation")(train_ablation)

_S, _W = StylizationSettings(), LossWeights()


@app.callback()
def train(
    context: typer.Context,
    content: o.Folders = [],  # noqa: B006 - typer copies it
    style: o.Paintings = [],  # noqa: B006
    perceptual: o.Networks = [],  # noqa: B006
    encoder: o.Encoder = None,
    init: o.Init = [],  # noqa: B006
    init_part: o.InitPart = [],  # noqa: B006
    preset: o.Preset = DEFAULT_PRESET,
    set_model: o.SetModel = [],  # noqa: B006
    recipe: o.Recipe = None,
    data: o.Data = None,
    networks: o.NetworksFolder = None,
    out: o.Out = Path("runs/stylization"),
    steps: o.Steps = None,
    minutes: o.Minutes = None,
    resume: o.Resume = False,
    checkpoint_minutes: o.SaveMinutes = CHECKPOINT_MINUTES,
    tensorboard: o.Tensorboard = False,
    note: o.Note = "",
    batch_size: o.BatchSize = _S.batch_size,
    crop: o.Crop = _S.crop,
    content_zoom: o.Zoom = _S.content_zoom,
    style_zoom: o.Zoom = _S.style_zoom,
    style_contrast: o.Contrast = _S.style_contrast,
    style_saturation: o.Saturation = _S.style_saturation,
    style_sharpness: o.Sharpness = _S.style_sharpness,
    learning_rate: o.Rate = _S.learning_rate,
    encoder_rate: o.EncoderRate = _S.encoder_rate,
    shuffle: o.Shuffle = _S.shuffle,
    ema: o.Ema = _S.ema,
    samples: o.Samples = _S.samples,
    hold_out: o.HoldOut = _S.hold_out,
    revive: o.Revive = _S.revive,
    spread_experts: o.SpreadExperts = _S.spread_experts,
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
    self_similarity_weight: Annotated[
        float, o.weight("Places are as unlike each other as in the content, at relu3_1.")
    ] = _W.self_similarity,
    ssim_weight: Annotated[
        float, o.weight("Structural similarity to the content, in grey: fine edges stay.")
    ] = _W.ssim,
    identity_weight: Annotated[
        float, o.weight("An image in its own style is itself.")
    ] = _W.identity,
    identity_features_weight: Annotated[
        float, o.weight("The same, in feature maps.")
    ] = _W.identity_features,
    reconstruction_weight: Annotated[
        float, o.weight("Features decode to the image they were made of.")
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
    compile: o.Compile = False,
    threads: o.Threads = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Train the stylisation network on a folder of photos and a folder of paintings.

    Example: [bold]stylectl train --content photos --style paintings --perceptual
    vgg.safetensors --encoder runs/encoder/lean-encoder.safetensors --minutes 60[/bold]

    Example: [bold]stylectl train --recipe lean --data images --networks vggs --out runs/lean[/bold]

    Ctrl-C saves; the same command with --resume goes on.
    """
    values = dict(locals())
    given, defaults = on_the_command_line(context), configured(context)
    if context.invoked_subcommand:
        _refuse(given, f"after {context.invoked_subcommand}")
        return

    from stylectl.training.recipe import Stage, model_changes, read_recipe

    if recipe:
        stages = read_recipe(recipe, data or Path(), networks or Path())
    else:
        _refuse(given.keys() & {"data", "networks"}, "with --recipe")
        stages = [Stage("", "stylization", {})]
    for values_of in (given, defaults):
        if changes := values_of.get("set_model"):
            values_of["model"] = model_changes(changes)
    stages = [stage.over(defaults).overridden(given) for stage in stages]

    from stylectl.cli.train_report import TrainingReport
    from stylectl.training.recipe_run import train_stages

    with (
        run_folder(values) as folder,
        TrainingReport.of(folder, quiet, verbose) as report,
    ):
        files = train_stages(stages, folder, report.on_event, encoder=encoder, init=init)
        report.finished(files[-1])


def _refuse(options: Iterable[str], where: str) -> None:
    """Options that would otherwise have no effect, without a word."""
    for name in options:
        raise typer.BadParameter(f"give --{name.replace('_', '-')} {where}")
