"""Checkpoints: one dictionary, written atomically, read with weights_only."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from stylectl.errors import OutputError, TrainingError
from stylectl.media import atomic_output, shown
from stylectl.model import ModelConfig
from stylectl.weights.files import load_safely

CHECKPOINT = "checkpoint.pt"  # the one resumable file of a run


def write_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Replace the checkpoint at `path` by `state`; a crash leaves the old one whole.

    Raises:
        OutputError: when it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_output(path, overwrite=True) as temporary:
        try:
            torch.save(state, temporary)
        except RuntimeError as error:  # torch's own for a full disk
            reason = str(error).splitlines()[0]
            raise OutputError(
                f"{shown(path)} cannot be written: {reason}", "free some space on its disk"
            ) from error


def read_checkpoint(path: Path, describe: dict[str, Any]) -> dict[str, Any]:
    """The state at `path`, whose settings must equal `describe`.

    Settings that the checkpoint does not know, as an earlier version made it, are not compared.

    Raises:
        TrainingError: when it is missing, unreadable, or of other settings (which are named).
    """
    if not path.is_file():
        raise TrainingError(f"there is no checkpoint {shown(path)}", "start without --resume")
    try:
        state = load_safely(path)
        described = dict(state["describe"])
    except Exception as error:  # torch raises many types for a bad file
        raise damaged(path, error) from None
    check_same(path, described, describe)
    return state


def check_same(path: Path, described: dict[str, Any], describe: dict[str, Any]) -> None:
    """Raises TrainingError for the first setting in which the file's own differ from `describe`.

    Settings of the model that came after the file was made have the defaults that it was made with.
    """
    models = {k: v for k, v in described.items() if k in ("model", "encoder")}
    with contextlib.suppress(ValueError, TypeError):  # of a later version: compared as it is
        described = described | {
            key: ModelConfig.from_dict(model).to_dict() for key, model in models.items()
        }
    saved = dict(_flat(described))
    for key, now in _flat(describe):
        if key in saved and saved[key] != now:
            raise TrainingError(
                f"{shown(path)} was made with other settings: {key} was {saved[key]!r}, "
                f"is {now!r} now",
                "resume with the same settings, or train into another --out folder",
            )


def damaged(path: Path, error: Exception) -> TrainingError:
    """What to raise when `error` shows that `path` is no whole checkpoint."""
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return TrainingError(
        f"{shown(path)} is no intact checkpoint: {reason}", "delete it and start without --resume"
    )


def _flat(settings: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested settings as ("settings.batch_size", 4) and so on."""
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
