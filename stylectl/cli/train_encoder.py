"""`stylectl train encoder`: the narrow encoder's weights, made again by one command."""

from __future__ import annotations

from pathlib import Path

from stylectl.cli import options
from stylectl.cli import train_options as o
from stylectl.cli.train_folder import run_folder
from stylectl.stylize.settings import DEFAULT_DEVICE
from stylectl.training.limits import fields_from
from stylectl.training.settings import (
    CHECKPOINT_MINUTES,
    DEFAULT_PRESET,
    DistillationSettings,
)

_S = DistillationSettings()


def train_encoder(
    images: o.Images,
    teacher: o.Networks,
    preset: o.Preset = DEFAULT_PRESET,
    out: o.Out = Path("runs/encoder"),
    steps: o.Steps = None,
    minutes: o.Minutes = None,
    resume: o.Resume = False,
    checkpoint_minutes: o.SaveMinutes = CHECKPOINT_MINUTES,
    tensorboard: o.Tensorboard = False,
    note: o.Note = "",
    batch_size: o.BatchSize = _S.batch_size,
    crop: o.Crop = _S.crop,
    zoom: o.Zoom = _S.zoom,
    learning_rate: o.Rate = _S.learning_rate,
    seed: o.Seed = _S.seed,
    device: options.Device = DEFAULT_DEVICE,
    precision: o.TrainPrecision = _S.precision,
    compile: o.Compile = False,
    threads: o.Threads = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Distil published perceptual networks into the preset's narrow encoder.

    Example: [bold]stylectl train encoder --images photos --images paintings --teacher
    vgg.safetensors --minutes 10[/bold]

    Ctrl-C saves; the same command with --resume goes on.
    """
    given = dict(locals())
    settings = fields_from(DistillationSettings, given)

    from stylectl.cli.train_report import TrainingReport
    from stylectl.training.encoder_run import EncoderRun
    from stylectl.training.encoder_run import train_encoder as distil

    run = EncoderRun(images, teacher, preset, settings)
    with (
        run_folder(given) as folder,
        TrainingReport.of(folder, quiet, verbose) as report,
    ):
        report.finished(distil(run, folder, report.on_event))
