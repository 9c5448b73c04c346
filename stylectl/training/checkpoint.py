"""Checkpoints: one dictionary, written atomically, read with weights_only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from stylectl.errors import TrainingError
from stylectl.media.atomic import atomic_output


def write_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Replace the checkpoint at `path` by `state`; a crash leaves the old one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_output(path, overwrite=True) as temporary:
        torch.save(state, temporary)


def read_checkpoint(path: Path, describe: dict[str, Any]) -> dict[str, Any]:
    """The state at `path`, whose settings must equal `describe`.

    Raises:
        TrainingError: when it is missing, unreadable, or of other settings (which are named).
    """
    if not path.is_file():
        raise TrainingError(f"no checkpoint {path}", "start without --resume")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        saved = state["describe"]
    except Exception as error:  # torch raises many types for a bad file
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TrainingError(f"{path} is no intact checkpoint: {reason}") from None
    differing = sorted(
        k for k in {*saved, *describe} if saved.get(k) != describe.get(k)
    )
    if differing:
        key = differing[0]
        raise TrainingError(
            f"{path} was made with other settings: {key} was {saved.get(key)!r}, "
            f"now {describe.get(key)!r}",
            "resume with the same settings, or train into another folder",
        )
    return state
