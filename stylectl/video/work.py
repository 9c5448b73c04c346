"""The side folder of unfinished work: pieces, and a manifest that says which of them hold."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stylectl.errors import OutputError
from stylectl.media.lock import Lock, lock
from stylectl.media.paths import shown

_MANIFEST, _VERSION = "manifest.json", 1
_OURS = re.compile(
    r"manifest\.json(\.new)?|pieces\.ffconcat|palette\.png|\d{8}\.(nut|state)(\.part)?"
)


@dataclass(frozen=True)
class Piece:
    """A finished piece: its file, how many frames it holds, and its length, to know it again."""

    file: str
    frames: int
    bytes: int


class Work:
    """What is done of a clip, kept so that any end of the process leaves what was finished.

    Args:
        folder: is made when the first piece is.
        settings: all that decides how the result looks. Work for others is of no use.

    Attributes:
        pieces: the finished ones, in order.
        discarded: whether the folder held work that is of no use, for other settings or damaged,
            which is gone now.

    Raises:
        OutputError: the folder holds other things, cannot be read, or another process works in it.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self.folder = folder
        self._settings = json.loads(json.dumps(settings))  # as it will be read
        self.pieces: list[Piece] = []
        self._state = ""  # the hash of what painting goes on from
        self.discarded = False
        self._lock: Lock | None = None
        if os.path.lexists(folder):
            self._check_ours()
            self._lock = self._locked()
            self.pieces = self._finished()
            self._remove(keep=self._kept())

    @property
    def frames(self) -> int:
        """How many frames are finished."""
        return sum(piece.frames for piece in self.pieces)

    def start(self) -> None:
        """Makes the folder.

        Raises:
            OutputError: it cannot be made, or another process has.
        """
        try:
            self.folder.mkdir(exist_ok=True)
            self._lock = self._lock or self._locked()
        except OSError as error:
            raise _unwritable(self.folder, error) from error

    def part(self, suffix: str) -> Path:
        """Where the next piece, or what belongs to it, is written until it is finished."""
        return self.folder / f"{len(self.pieces):08d}{suffix}.part"

    def path(self, piece: Piece) -> Path:
        """Where a finished piece lies."""
        return self.folder / piece.file

    def add(self, frames: int, suffix: str, state: bytes | None) -> None:
        """Makes the part the next finished piece, once it is safe on the disk.

        Args:
            frames: how many it holds.
            state: what painting goes on from; that of the piece before is dropped.

        Raises:
            OutputError: the disk does not take it.
        """
        part, name = self.part(suffix), f"{len(self.pieces):08d}"
        try:
            if state is not None:
                _write_safely(self.folder / f"{name}.state", state)
            self._state = _hash(state)
            _sync(part)
            piece = Piece(f"{name}{suffix}", frames, part.stat().st_size)
            os.replace(part, self.folder / piece.file)
            self.pieces.append(piece)
            self._save()
        except OSError as error:
            raise _unwritable(self.folder, error) from error
        with contextlib.suppress(OSError):
            (self.folder / f"{len(self.pieces) - 2:08d}.state").unlink(missing_ok=True)

    def state(self) -> bytes | None:
        """What painting goes on from after the last finished piece."""
        return self._state_after(len(self.pieces))

    def close(self) -> None:
        """Leaves what can be gone on with and nothing else; removes the folder if that is none."""
        self._end(keep=self._kept())

    def remove(self) -> None:
        """Removes the folder: the work is done."""
        self._end(keep=set())

    def _end(self, keep: set[str]) -> None:
        if self._lock:  # else it is another's, or there is none
            self._remove(keep)
            self._lock.release()

    def _locked(self) -> Lock:
        held = lock(self.folder)
        if held is None:
            raise OutputError(
                f"another stylectl is working in {shown(self.folder)}",
                "wait for its end, or choose another output",
            )
        return held

    def _kept(self) -> set[str]:
        last = f"{len(self.pieces) - 1:08d}.state"
        return {_MANIFEST, last, *(piece.file for piece in self.pieces)} if self.pieces else set()

    def _check_ours(self) -> None:
        strange = None
        if not self.folder.is_dir():
            strange = "is not a folder"
        elif others := [name for name in os.listdir(self.folder) if not _OURS.fullmatch(name)]:
            strange = f"holds {shown(others[0])}"
        if strange:
            raise OutputError(
                f"{shown(self.folder)} is needed for unfinished work, but {strange}",
                "move it away, or choose another output",
            )

    def _finished(self) -> list[Piece]:
        """The pieces of the manifest; none if they are of no use, or not all as it says."""
        try:
            manifest = json.loads((self.folder / _MANIFEST).read_text("utf-8"))
            pieces = [Piece(**piece) for piece in manifest["pieces"]]
            made_for = manifest["version"], manifest["settings"]
            whole = all(self._is_whole(piece) for piece in pieces)
            state = _hash(self._state_after(len(pieces)))
            if whole and state == manifest["state"] and made_for == (_VERSION, self._settings):
                self._state = state
                return pieces
        except FileNotFoundError:
            return []  # stopped before the first piece was finished
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            pass  # damaged
        self.discarded = True
        return []

    def _state_after(self, pieces: int) -> bytes | None:
        path = self.folder / f"{pieces - 1:08d}.state"
        return path.read_bytes() if path.is_file() else None

    def _is_whole(self, piece: Piece) -> bool:
        path = self.folder / piece.file
        ours = _OURS.fullmatch(piece.file) is not None and piece.frames > 0
        return ours and path.is_file() and path.stat().st_size == piece.bytes

    def _save(self) -> None:
        pieces = [asdict(piece) for piece in self.pieces]
        manifest = {
            "version": _VERSION,
            "settings": self._settings,
            "pieces": pieces,
            "state": self._state,
        }
        _write_safely(self.folder / _MANIFEST, json.dumps(manifest, indent=1).encode())

    def _remove(self, keep: set[str]) -> None:
        """Removes what is ours but for `keep`, and the folder if nothing is left in it."""
        with contextlib.suppress(OSError):
            for name in os.listdir(self.folder):
                if _OURS.fullmatch(name) and name not in keep:
                    (self.folder / name).unlink(missing_ok=True)
            if not keep:
                self.folder.rmdir()


def _hash(state: bytes | None) -> str:
    return "" if state is None else hashlib.sha256(state).hexdigest()


def _write_safely(path: Path, data: bytes) -> None:
    new = path.with_name(path.name + (".part" if path.suffix == ".state" else ".new"))
    new.write_bytes(data)
    _sync(new)
    os.replace(new, path)


def _sync(path: Path) -> None:
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def _unwritable(folder: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{shown(folder)} cannot be written: {error.strerror or error}",
        "check the folder and the space on its disk, then give the same command again",
    )
