"""What a safetensors file says is in it: read from its first bytes, without torch.

safetensors itself refuses whatever is wrong here, in words that do not tell a truncated file from
one that never was a safetensors file. And it cannot be asked about a file without torch or numpy,
which take seconds.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from stylectl.checksum import sha256 as sha256
from stylectl.errors import WeightsError
from stylectl.media.paths import shown

HEADER_KEY, DIGEST_KEY = "stylectl", "content_sha256"
GET_AGAIN = "copy or download it again"
_PREFIX = 8  # bytes that hold the length of the JSON that follows
_LARGEST = 100_000_000  # bytes of JSON that safetensors itself reads


@dataclass(frozen=True)
class StoredTensor:
    """A tensor as the file announces it: safetensors' name of its type, and its shape."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """What a file holds.

    Attributes:
        size: of the file, in bytes.
        tensors: by name.
        header: stylectl's description of the weights, its checksum included; {} if there is none.
    """

    size: int
    tensors: dict[str, StoredTensor]
    header: dict[str, Any]

    @property
    def parameters(self) -> int:
        """How many numbers the tensors have in all."""
        return sum(math.prod(tensor.shape) for tensor in self.tensors.values())


def check_is_file(path: Path) -> None:
    """Raises WeightsError unless there is a file at `path`."""
    if not path.is_file():
        kind = "is a folder, no weights file" if path.is_dir() else "does not exist"
        raise WeightsError(f"{shown(path)} {kind}", "check the path, or use a bundled name")


def read_layout(path: Path) -> Layout:
    """What a safetensors file holds; its numbers are not read.

    Raises:
        WeightsError: it is missing, cannot be read, is truncated, has a header that is too large
            or garbage, or more or fewer bytes than the header says.
    """
    check_is_file(path)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            described = _read_header(path, file, size)
            data = size - file.tell()
    except OSError as error:
        raise WeightsError(
            f"{shown(path)} cannot be read: {error.strerror or error}", "check its permissions"
        ) from None
    metadata = described.pop("__metadata__", {})
    tensors, end = {}, 0
    for name, entry in described.items():
        try:
            shape = tuple(int(side) for side in entry["shape"])
            tensors[name] = StoredTensor(str(entry["dtype"]), shape)
            end = max(end, int(entry["data_offsets"][1]))
        except (TypeError, KeyError, ValueError, IndexError, OverflowError):
            raise _damaged(path, f"does not say where {name!r} lies") from None
    if data < end:
        raise _truncated(path, f"{size:,} of {size - data + end:,} bytes are there")
    if data > end:
        raise WeightsError(
            f"{shown(path)} is damaged: {data - end:,} bytes follow its last tensor", GET_AGAIN
        )
    return Layout(size, tensors, _description(path, metadata))


def _read_header(path: Path, file: BinaryIO, size: int) -> dict[str, Any]:
    if size == 0:
        raise WeightsError(f"{shown(path)} is empty (0 bytes)", GET_AGAIN)
    if size < _PREFIX:
        raise _truncated(path, f"only {size} bytes are there")
    length = int.from_bytes(file.read(_PREFIX), "little")
    if length > _LARGEST:
        raise WeightsError(
            f"{shown(path)} is no safetensors file: its header would have {length:,} bytes",
            f"give a .safetensors file, or, if it was one, {GET_AGAIN}",
        )
    if length > size - _PREFIX:
        raise _truncated(
            path, f"its header alone has {length:,} bytes, of which {size - _PREFIX:,} are there"
        )
    try:
        described = json.loads(file.read(length).decode())
    except (ValueError, RecursionError):
        raise _damaged(path, "is no JSON") from None
    if not isinstance(described, dict):
        raise _damaged(path, "is no JSON object")
    return described


def _description(path: Path, metadata: Any) -> dict[str, Any]:
    text = metadata.get(HEADER_KEY, "{}") if isinstance(metadata, dict) else "{}"
    try:
        header = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        raise _damaged(path, "describes the weights in something that is no JSON") from None
    return header if isinstance(header, dict) else {}


def _damaged(path: Path, what: str) -> WeightsError:
    return WeightsError(f"{shown(path)} is damaged: its header {what}", GET_AGAIN)


def _truncated(path: Path, what: str) -> WeightsError:
    return WeightsError(f"{shown(path)} is truncated: {what}", GET_AGAIN)
