"""Weights files and checkpoints, whole ones and ones whose headers lie."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path
from typing import Any

import torch
from conftest import random_network, save_network
from training_parts import tiny_vgg

Files = dict[str, bytes]
DESCRIBED = {"task": "fuzz"}  # the settings of the checkpoint

# Values that a setting of the model may be given, all of them wrong for most.
_VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 7, 2**31, 2**63, 10**30, 1e308, -0.5, float("nan"), float("inf")),
    *("", "x", "9" * 5000, [], {}, [1] * 4, [2**20] * 4, [[8]] * 4, ["8"] * 4),
)
_ENTRIES: tuple[dict[str, Any], ...] = (
    {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 4]},
    {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]},
    {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]},
    {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]},
    {"dtype": "F32", "shape": [], "data_offsets": [0, 4]},
    {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]},
    {"dtype": "F32", "shape": [1], "data_offsets": [0, 2**64]},
    {"dtype": "F32", "shape": [1.5], "data_offsets": [0, 4]},
    {"dtype": "F32", "shape": "1", "data_offsets": [0, 4]},
    {"dtype": "BOOL", "shape": [4], "data_offsets": [0, 4]},
    {"dtype": "U16", "shape": [2], "data_offsets": [0, 4]},
    {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]},
    {"dtype": "F8_E8M0", "shape": [4], "data_offsets": [0, 4]},
    {"dtype": "F4", "shape": [8], "data_offsets": [0, 4]},
    {"dtype": "C64", "shape": [1], "data_offsets": [0, 8]},
    {"dtype": "U64", "shape": [1], "data_offsets": [0, 8]},
)
_DESCRIPTIONS = (
    "", "{", "null", "1", "[1]", '"x"', "NaN", "[" * 100_000, '{"model":' * 5000, '{"a":1e999}',
    '{"model":{"heads":1' + "0" * 5000 + "}}", '{"model":[]}', '{"model":{}}', '{"model":{"a":1}}',
)  # fmt: skip


def network_file(folder: Path) -> bytes:
    """A small network as training writes it."""
    return save_network(folder / "network.safetensors", random_network()).read_bytes()


def vgg_file() -> bytes:
    return pickled(tiny_vgg(3).state_dict())


def checkpoint_file() -> bytes:
    return pickled({"describe": DESCRIBED, "step": 3, "seconds": 1.0, "skipped": 0})


def pickled(state: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def liars(whole: bytes) -> Files:
    """The network's file with other headers: of the container, of its tensors, of the model."""
    length = struct.unpack("<Q", whole[:8])[0]
    head, body = json.loads(whole[8 : 8 + length]), whole[8 + length :]
    files: Files = {}
    for claimed in (0, 1, 8, length - 1, length + 1, 2**20, 2**31, 2**63, 2**64 - 1):
        files[f"length_{claimed}"] = struct.pack("<Q", claimed) + whole[8:]
    name = next(key for key in head if key != "__metadata__")
    for number, entry in enumerate(_ENTRIES):
        files[f"tensor_{number}"] = stored({**head, name: entry}, body)
        files[f"alone_{number}"] = stored({"conv1_1.weight": entry}, bytes(4))
    for number, text in enumerate(_DESCRIPTIONS):
        files[f"description_{number}"] = stored({**head, "__metadata__": {"stylectl": text}}, body)
    described = json.loads(head["__metadata__"]["stylectl"])
    described.pop("content_sha256")
    for setting in described["model"]:
        for number, value in enumerate(_VALUES):
            model = {**described["model"], setting: value}
            text = json.dumps({**described, "model": model})
            files[f"{setting}_{number}"] = stored(
                {**head, "__metadata__": {"stylectl": text}}, body
            )
    return {f"{key}.safetensors": value for key, value in files.items()}


def stored(head: dict[str, Any], body: bytes) -> bytes:
    """A safetensors file of any header."""
    text = json.dumps(head).encode()
    return struct.pack("<Q", len(text)) + text + body
