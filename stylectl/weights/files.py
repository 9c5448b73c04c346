"""Reading and writing tensors: safetensors with a JSON header; a .pth only with weights_only."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from stylectl.checksum import sha256 as sha256
from stylectl.errors import WeightsError
from stylectl.media import atomic_output, shown

_HEADER_KEY, _DIGEST_KEY = "stylectl", "content_sha256"
_GET_AGAIN = "copy or download it again"


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """All tensors of a weights file, on the CPU, and the description in its header ({} if none).

    Raises:
        WeightsError: when the file is missing, truncated or otherwise damaged, holds NaN or
            infinity, or needs unsafe unpickling.
    """
    if not path.is_file():
        kind = "is a folder, no weights file" if path.is_dir() else "does not exist"
        raise WeightsError(f"{shown(path)} {kind}", "check the path, or use a bundled name")
    pickled = path.suffix.lower() in (".pth", ".pt")
    tensors, header = (_read_pickle(path), {}) if pickled else _read_safetensors(path)
    for key, value in tensors.items():
        if value.is_floating_point() and not torch.isfinite(value.float()).all():
            raise WeightsError(f"{shown(path)} holds NaN or infinity in {key}", "use another copy")
    return tensors, header


def write_tensors(path: Path, tensors: dict[str, Tensor], header: dict[str, Any]) -> None:
    """Write tensors and their description atomically; an existing file is replaced."""
    contiguous = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    described = {**header, _DIGEST_KEY: _digest(header, contiguous)}
    # One entry only: safetensors writes several in random order, and equal weights should be equal.
    metadata = {_HEADER_KEY: json.dumps(described)}
    with atomic_output(path, overwrite=True) as temporary:
        # Not save_file, whose own error for a full disk is none that atomic_output knows.
        temporary.write_bytes(save(contiguous, metadata))


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
        header = json.loads(metadata.get(_HEADER_KEY, "{}"))
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsError(
            f"{shown(path)} is no intact safetensors file: {error}", _GET_AGAIN
        ) from None
    if not isinstance(header, dict):
        return tensors, {}
    # safetensors itself notices only damage to the layout, not to the numbers.
    digest = header.pop(_DIGEST_KEY, None)
    if digest is not None and digest != _digest(header, tensors):
        raise WeightsError(f"{shown(path)} is damaged: its checksum does not match", _GET_AGAIN)
    return tensors, header


def _digest(header: dict[str, Any], tensors: dict[str, Tensor]) -> str:
    """SHA-256 over the description and every tensor's name, type, shape and bytes."""
    digest = hashlib.sha256(json.dumps(header).encode())
    for key in sorted(tensors):
        value = tensors[key]
        digest.update(f"{key} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _read_pickle(path: Path) -> dict[str, Tensor]:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many types for a bad or unsafe pickle
        refused = re.search(r"GLOBAL (\S+)", str(error))
        if refused:
            raise WeightsError(
                f"{shown(path)} was refused by torch.load(weights_only=True): "
                f"it needs {refused[1]}",
                "nothing in it was executed; convert it to .safetensors where you trust it",
            ) from None
        raise WeightsError(
            f"{shown(path)} is damaged, or was not made by torch.save", _GET_AGAIN
        ) from None
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise WeightsError(
            f"{shown(path)} is no plain dictionary of tensors", "save its state_dict()"
        )
    return state
