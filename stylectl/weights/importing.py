"""The user's own weights: from a training run's checkpoint, or a weights file, to a name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from stylectl import __version__
from stylectl.errors import OutputError, WeightsError
from stylectl.media import check_output, make_folder, shown
from stylectl.weights.files import (
    check_finite,
    halves,
    is_pickle,
    read_pickle,
    read_tensors,
    write_tensors,
)
from stylectl.weights.network import model_config, network_of
from stylectl.weights.registry import file_for_name, user_weights

_AVERAGED = "module."  # before the names of an AveragedModel's tensors


def import_weights(
    file: Path,
    name: str,
    *,
    licence: str | None = None,
    note: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Makes weights available under a name; gives the file that they were written to.

    The configuration comes along in the header, and so does what is known of their making. Of a
    checkpoint, the average of the weights is taken if there is one, and stored in fp16, as
    training itself does; a weights file keeps its numbers to the bit.

    Args:
        file: a training run's `checkpoint.pt`, or a `.safetensors` file of a network.
        name: none that bundled weights have.
        licence: of the weights, for their header; None leaves what stands there.
        note: free text on what they were trained on, likewise.
        overwrite: whether the user's own weights of this name may be replaced.

    Raises:
        UsageError: it cannot be a name.
        WeightsError: the file is damaged, holds no stylisation network, or is a pickle of types
            that are not read, which are named.
        OutputError: there are weights of this name already, or they cannot be written.
    """
    target = file_for_name(name)
    tensors, header = _checkpoint(file) if is_pickle(file) else read_tensors(file)
    network_of(file, model_config(file, header), tensors)
    stated = {"licence": licence, "note": note}
    header |= {key: text for key, text in stated.items() if text is not None}
    make_folder(target.parent, "check its permissions")
    check_output(target, overwrite=overwrite)
    write_tensors(target, tensors, header, overwrite=overwrite)
    return target


def remove_weights(name: str) -> Path:
    """Deletes the user's own weights of a name; gives the file that is gone.

    Raises:
        WeightsError: there are none.
        OutputError: the file cannot be deleted.
    """
    own = {named.name: named.path for named in user_weights()}
    if name not in own:
        names = ", ".join(own) or "there are none"
        raise WeightsError(f"you have no weights named {name!r}", f"your own weights: {names}")
    try:
        own[name].unlink()
    except OSError as error:
        raise OutputError(
            f"{shown(own[name])} cannot be deleted: {error.strerror or error}",
            "check the permissions of its folder",
        ) from error
    return own[name]


def _checkpoint(file: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What training would have exported at this step, as far as the checkpoint knows."""
    state = read_pickle(file)
    try:
        described, modules = dict(state["describe"]), dict(state["modules"])
        progress = {"steps": int(state["step"]), "minutes": round(state["seconds"] / 60, 1)}
    except (KeyError, TypeError, ValueError, IndexError):
        raise WeightsError(
            f"{shown(file)} is no checkpoint of a training run",
            "give the checkpoint.pt of a run's folder, or a .safetensors file",
        ) from None
    data = described.pop("data", {})
    averaged = "average" in modules
    header = {
        **described,
        **progress,
        "perceptual": data.get("perceptual", []) if isinstance(data, Mapping) else [],
        "averaged": averaged,
        "version": __version__,
    }
    if "network" not in modules:
        model_config(file, {"encoder": {}} if "student" in modules else {})  # raises
    tensors = _average(modules["average"]) if averaged else dict(modules["network"])
    if not all(isinstance(value, Tensor) for value in tensors.values()):
        raise WeightsError(f"{shown(file)} is damaged: not all of its weights are tensors")
    return halves(check_finite(file, tensors)), header


def _average(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        key.removeprefix(_AVERAGED): value
        for key, value in state.items()
        if key.startswith(_AVERAGED)  # not the count of what was averaged
    }
