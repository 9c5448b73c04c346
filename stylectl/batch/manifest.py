"""The record of what a batch has made: lines of JSON in a hidden folder beside the results.

Every process appends to a file of its own, so that any number of them, on any number of hosts, may
write to one folder. A line is written just before its result is moved into place: a record
counts only while the file is as it says, and whatever is killed between the two leaves none that
lies.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import socket
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import stylectl
from stylectl.batch.identity import Identity
from stylectl.batch.job import Job
from stylectl.errors import OutputError
from stylectl.media import shown

RECORDS = ".stylectl"  # the hidden folder, in the folder of results


@dataclass(frozen=True)
class Record:
    """A result, and what it was made of.

    Attributes:
        content: the photo at that time.
        recipe: a hash of all else that decides how the result looks; `recipe` makes it.
        result: the file that was written.
    """

    content: Identity
    recipe: str
    result: Identity


@dataclass(frozen=True)
class Ingredients:
    """What a picture is painted with, but for the content.

    Attributes:
        styles, masks: the files' identities, in order.
        settings: the digest of the settings.
        weights: the SHA-256 of the network's weights.
    """

    styles: tuple[Identity, ...]
    masks: tuple[Identity, ...]
    settings: str
    weights: str

    @property
    def recipe(self) -> str:
        """The same for the same pictures of styles and masks, whenever and wherever they lie."""
        parts = [
            [file.sha256 for file in self.styles],
            [file.sha256 for file in self.masks],
            self.settings,
            self.weights,
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class Manifest:
    """The records of one folder of results. May be used by several threads.

    Raises:
        OutputError: the records cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._records: dict[str, list[Record]] = {}
        self._read: dict[str, int] = {}  # file name -> bytes of it that are read
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._torn = False  # whether the last line was written in part only
        self.refresh()

    def refresh(self) -> None:
        """Reads what has been recorded since."""
        with self._lock:
            try:
                names = [name for name in os.listdir(self._home) if name.endswith(".jsonl")]
                for name in names:
                    self._read_on(name)
            except FileNotFoundError:
                return
            except OSError as error:
                raise OutputError(
                    f"{shown(self._home)} cannot be read: {error.strerror or error}",
                    "check its permissions, or choose another output folder",
                ) from error

    def knows(self, output: Path) -> bool:
        """Whether this result was made here once."""
        return self._name(output) in self._records

    def has(self, output: Path, content: Path, recipe: str) -> bool:
        """Whether the result is there, unchanged, and made of this content by this recipe."""
        records = self._records.get(self._name(output), ())
        return any(
            record.recipe == recipe
            and record.result.is_of(output)
            and record.content.is_of(content)
            for record in records
        )

    def add(self, job: Job, result: Identity, content: Identity, ingredients: Ingredients) -> None:
        """Records a result that is about to be moved into place.

        Raises:
            OSError: the disk does not take it.
        """
        line = {
            "output": self._name(job.output),
            **asdict(result),
            "content": _described(job.content, content),
            "styles": list(map(_described, job.styles, ingredients.styles)),
            "masks": list(map(_described, job.settings.together.masks, ingredients.masks)),
            "settings": ingredients.settings,
            "weights": ingredients.weights,
            "recipe": ingredients.recipe,
            "stylectl": stylectl.__version__,
        }
        with self._lock:
            if self._file is None:
                self._file = self._opened()
                about = {"settings": job.settings.deciding(), "digest": ingredients.settings}
                self._write({"process": f"{socket.gethostname()} {os.getpid()}", **about})
            self._write(line)

    def close(self) -> None:
        """Ends writing; a record added later begins another file."""
        with self._lock:
            if self._file:
                self._file.close()
                self._file = None

    @property
    def _home(self) -> Path:
        return self.folder / RECORDS

    def _name(self, output: Path) -> str:
        return output.relative_to(self.folder).as_posix()

    def _opened(self) -> BinaryIO:
        self._home.mkdir(parents=True, exist_ok=True)
        name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}.jsonl"
        return open(self._home / name, "xb", buffering=0)

    def _write(self, line: Mapping[str, Any]) -> None:
        assert self._file
        data = b"\n" * self._torn + json.dumps(line).encode() + b"\n"
        self._torn = self._file.write(data) != len(data)
        if self._torn:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _read_on(self, name: str) -> None:
        begin = self._read.get(name, 0)
        with open(self._home / name, "rb") as file:
            if os.fstat(file.fileno()).st_size <= begin:
                return
            file.seek(begin)
            data = file.read()
        whole = data.rfind(b"\n") + 1  # the last line may still be being written, or never will be
        self._read[name] = begin + whole
        for line in data[:whole].splitlines():
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            told = json.loads(line)
            if "output" not in told:
                return
            record = Record(_identity(told["content"]), str(told["recipe"]), _identity(told))
            self._records.setdefault(told["output"], []).append(record)
        except (ValueError, TypeError, KeyError):
            pass  # torn, or of another version: its result is made again


def _described(path: Path, identity: Identity) -> dict[str, Any]:
    return {"path": str(path), **asdict(identity)}


def _identity(told: Mapping[str, Any]) -> Identity:
    return Identity(int(told["size"]), int(told["mtime_ns"]), str(told["sha256"]))
