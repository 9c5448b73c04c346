"""Names and paths to weights files: those that come with stylectl, and the user's own."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from stylectl.errors import UsageError, WeightsError
from stylectl.resources import bundled_folder

if TYPE_CHECKING:  # names are resolved, and found wrong, before torch is imported
    from stylectl.model import StyleTransferNetwork

_SUFFIX = ".safetensors"
_SUFFIXES = (_SUFFIX, ".pth", ".pt")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Named:
    """A weights file with a name.

    Attributes:
        hidden: whether bundled weights have the same name, which then means those.
    """

    name: str
    path: Path
    origin: Literal["bundled", "user"]
    hidden: bool = False


def user_folder() -> Path:
    """The folder of the user's own weights, in the platform's place for data; it may not exist."""
    from platformdirs import user_data_path

    return user_data_path("stylectl", appauthor=False) / "weights"


def bundled_weights() -> list[Named]:
    """What comes with stylectl; NAME-encoder is a part of NAME, kept to train others from."""
    return [Named(file.stem, file, "bundled") for file in _files(bundled_folder("weights"))]


def user_weights() -> list[Named]:
    """The user's own."""
    taken = {named.name.lower() for named in bundled_weights()}
    return [
        Named(file.stem, file, "user", hidden=file.stem.lower() in taken)
        for file in _files(user_folder())
    ]


def known_names() -> list[str]:
    """The names of the bundled stylisation weights."""
    return [named.name for named in bundled_weights() if not named.name.endswith("-encoder")]


def resolve(weights: str | os.PathLike[str]) -> Path:
    """The file of a name such as "lean", bundled or the user's own, or of a path to a file.

    What has a folder or a weights file's suffix in it is a path. A bundled name always means the
    bundled weights.

    Raises:
        WeightsError: no such name, or no such file.
    """
    text = os.fspath(weights)
    path = Path(text)
    if path.name != text or path.suffix.lower() in _SUFFIXES:
        if not path.is_file():
            kind = "is a folder, no weights file" if path.is_dir() else "does not exist"
            raise WeightsError(f"weights {text} {kind}", _known())
        return path
    for folder in (bundled_folder("weights"), user_folder()):
        named = folder / f"{text}{_SUFFIX}"
        if named.is_file():
            return named
    raise WeightsError(f"no weights are named {text!r}", _known())


def file_for_name(name: str) -> Path:
    """Where the user's own weights of a new name are to lie.

    Raises:
        UsageError: it is no name, or that of bundled weights.
    """
    if not _NAME.fullmatch(name) or name.lower().endswith(_SUFFIXES):
        raise UsageError(
            f"{name!r} is no name for weights",
            "use letters, digits, '.', '-' and '_', and no suffix of a weights file",
        )
    # Letter case is no difference on some systems.
    if name.lower() in {named.name.lower() for named in bundled_weights()}:
        raise UsageError(
            f"{name} is the name of bundled weights, which it would hide", "choose another --name"
        )
    return user_folder() / f"{name}{_SUFFIX}"


def load_network(path: Path) -> tuple[StyleTransferNetwork, dict[str, Any]]:
    """The stylisation network of a weights file, in float32 on the CPU, and the file's header.

    The header's "model" is the network's configuration; the rest says how it was made.

    Raises:
        WeightsError: the file is missing or damaged, was not made by stylectl, or its tensors are
            not those of the model that it says it is.
    """
    from stylectl.weights.files import read_tensors
    from stylectl.weights.network import model_config, network_of

    tensors, header = read_tensors(path)
    return network_of(path, model_config(path, header), tensors), header


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{_SUFFIX}"), key=lambda file: file.stem)


def _known() -> str:
    names, own = known_names(), [named.name for named in user_weights() if not named.hidden]
    known = f"bundled weights: {', '.join(names)}" if names else "no weights are bundled here"
    mine = f"; your own: {', '.join(own)}" if own else ""
    return f"{known}{mine}; or give the path of a .safetensors file"
