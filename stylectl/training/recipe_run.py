"""The stages of a recipe, run one after another in folders of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from stylectl.errors import UsageError
from stylectl.training.encoder_run import EncoderRun, train_encoder
from stylectl.training.events import OnEvent, StageStarted
from stylectl.training.recipe import Stage
from stylectl.training.run_folder import RunFolder
from stylectl.training.settings import Budget, fields_from
from stylectl.training.stylization_run import StylizationRun, train_stylization

Run = EncoderRun | StylizationRun


def train_stages(
    stages: Sequence[Stage],
    folder: RunFolder,
    on_event: OnEvent,
    *,
    encoder: Path | None = None,
    init: Path | None = None,
) -> list[Path]:
    """Train every stage from an earlier one's weights; returns the weights files, in order.

    Several stages have a folder each, OUT/1-NAME and so on. With `folder.resume` finished stages
    are left as they are, the one that was cut short goes on, and the rest begins.

    Args:
        stages: what to train; their budgets and notes count, not the folder's own.
        folder: the whole run's.
        on_event: the listener.
        encoder: weights of an encoder that the first stage starts from.
        init: weights of a network that the first stage starts from.

    Raises:
        UsageError: a stage lacks its images or networks, or has settings that cannot work: before
            the first one begins.
        StylectlError: as `train_encoder` and `train_stylization` do.
    """
    runs = [_run(stage) for stage in stages]
    folders = [
        replace(
            folder,
            path=folder.path / f"{number}-{stage.name}" if len(stages) > 1 else folder.path,
            budget=fields_from(Budget, stage.values),
            note=stage.values.get("note", folder.note),
        )
        for number, stage in enumerate(stages, 1)
    ]
    for run, own in zip(runs[1:], folders[1:], strict=True):
        own.check_budget()
        run.check_sources()
    start: dict[str, Path | None] = {"encoder": encoder, "init": init}
    starts: list[dict[str, Path | None]] = []  # what each stage can be to a later one
    files: list[Path] = []
    for number, (stage, run, own) in enumerate(zip(stages, runs, folders, strict=True), 1):
        weights = own.path / run.weights_name
        finished = own.finished(weights, run.decided())
        if len(stages) > 1:
            on_event(StageStarted(stage.name, number, len(stages), finished))
            # A stage that never began has nothing to resume; but the first one's absence is told.
            own = replace(own, resume=own.resume and (number == 1 or own.has_checkpoint))
        if len(stages) == 1 or not finished:
            chosen = start if stage.init is None else starts[stage.init]
            weights = _train(run, own, on_event, chosen)
        start = {"encoder" if isinstance(run, EncoderRun) else "init": weights}
        starts.append(start)
        files.append(weights)
    return files


def _run(stage: Stage) -> Run:
    needed, kind = (
        (("images", "teacher"), EncoderRun)
        if stage.task == "encoder"
        else (("content", "style", "perceptual"), StylizationRun)
    )
    for name in needed:
        if not stage.values.get(name):
            of = f" of stage {stage.name}" if stage.name else ""
            raise UsageError(f"no --{name}{of} was given", f"give at least one --{name}")
    return kind.from_values(stage.values)


def _train(
    run: Run, folder: RunFolder, on_event: OnEvent, start: Mapping[str, Path | None]
) -> Path:
    if isinstance(run, StylizationRun):
        changes: dict[str, Any] = dict(start)
        return train_stylization(replace(run, **changes), folder, on_event)
    if any(start.values()):
        raise UsageError(
            "the first stage trains an encoder from the start",
            "leave out --encoder and --init",
        )
    return train_encoder(run, folder, on_event)
