"""The stages of a recipe, run one after another in folders of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from stylectl.errors import UsageError
from stylectl.training.encoder_run import EncoderRun, train_encoder
from stylectl.training.events import OnEvent, StageStarted
from stylectl.training.limits import fields_from
from stylectl.training.recipe import Stage
from stylectl.training.run_folder import RunFolder
from stylectl.training.settings import Budget
from stylectl.training.stylization_run import StylizationRun, train_stylization

Run = EncoderRun | StylizationRun


class _Start(NamedTuple):
    """Weights to start from: of an encoder, or of one network or several."""

    encoder: Path | None
    init: tuple[Path, ...] = ()


def train_stages(
    stages: Sequence[Stage],
    folder: RunFolder,
    on_event: OnEvent,
    *,
    encoder: Path | None = None,
    init: Sequence[Path] = (),
) -> list[Path]:
    """Train every stage from an earlier one's weights; returns the weights files, in order.

    Several stages have a folder each, OUT/1-NAME and so on. With `folder.resume` finished stages
    are left as they are, the one that was cut short goes on, and the rest begins.

    Args:
        stages: what to train; their budgets and notes count, not the folder's own.
        folder: the whole run's.
        on_event: the listener.
        encoder: weights of an encoder that the first stage starts from.
        init: weights of a network that the first stage starts from, or of several.

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
    start = _Start(encoder, tuple(init))
    starts: list[_Start] = []  # what each stage can be to a later one
    files: list[Path] = []
    for number, (stage, run, own) in enumerate(zip(stages, runs, folders, strict=True), 1):
        run = _started(run, _together([starts[i] for i in stage.init]) if stage.init else start)
        weights = own.path / run.weights_name
        finished = own.finished(weights, run.expected)
        if len(stages) > 1:
            on_event(StageStarted(stage.name, number, len(stages), finished))
            # A stage that never began has nothing to resume; but the first one's absence is told.
            own = replace(own, resume=own.resume and (number == 1 or own.has_checkpoint))
        if len(stages) == 1 or not finished:
            train = train_encoder if isinstance(run, EncoderRun) else train_stylization
            weights = train(run, own, on_event)  # type: ignore[arg-type]
        start = _Start(weights) if isinstance(run, EncoderRun) else _Start(None, (weights,))
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


def _together(starts: Sequence[_Start]) -> _Start:
    if len(starts) > 1 and any(start.encoder for start in starts):
        raise UsageError("an encoder has no mean with other stages", "start from it alone")
    return _Start(starts[0].encoder, tuple(file for start in starts for file in start.init))


def _started(run: Run, start: _Start) -> Run:
    if isinstance(run, StylizationRun):
        return replace(run, encoder=start.encoder, init=start.init)
    if start.encoder or start.init:
        raise UsageError(
            "the first stage trains an encoder from the start",
            "leave out --encoder and --init",
        )
    return run
