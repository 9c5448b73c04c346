"""An output that is a folder of frames: it appears whole or not at all, like a file."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from stylectl.errors import OutputError
from stylectl.media import atomic_output, check_output
from stylectl.media.leftovers import remove_leftovers, temporary_beside
from stylectl.media.lock import Lock, lock
from stylectl.media.paths import shown
from stylectl.video.targets import Target

_FRAME = re.compile(r"frame_\d{6,}\.png")


@contextlib.contextmanager
def output_of(target: Target, overwrite: bool) -> Iterator[Path]:
    """Gives a temporary file, or folder, that becomes the target if the block succeeds.

    Raises:
        OutputError: it cannot be written, or exists without `overwrite`.
    """
    if target.kind != "frames":
        with atomic_output(target.path, overwrite) as temporary:
            yield temporary
        return
    check_folder(target.path, overwrite)
    folder = target.path
    remove_leftovers(folder.parent)
    temporary = temporary_beside(folder.with_suffix(""))
    held: Lock | None = None
    try:
        temporary.mkdir()
        held = lock(temporary)
        yield temporary
        if folder.exists():  # nothing but frames of ours, or nothing at all
            shutil.rmtree(folder)
        os.replace(temporary, folder)
    except OSError as error:
        raise OutputError(
            f"{shown(folder)} cannot be written: {error.strerror or error}",
            "check the folder, or choose another output",
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if held:
            held.release()


def check_folder(folder: Path, overwrite: bool, inputs: Iterable[Path] = ()) -> None:
    """Raises OutputError unless the folder does not exist, is empty, or may be replaced.

    Only frames that stylectl has written are ever replaced.
    """
    if not folder.exists():
        check_output(folder, overwrite=overwrite, inputs=inputs)
        return
    if any(os.path.realpath(folder) == os.path.realpath(source) for source in inputs):
        raise OutputError(
            f"{shown(folder)} is both the output and an input", "choose another output"
        )
    if not folder.is_dir():
        raise OutputError(f"{shown(folder)} is a file, not a folder", "choose another output")
    names = os.listdir(folder)
    if others := [name for name in names if not _FRAME.fullmatch(name)]:
        raise OutputError(
            f"{shown(folder)} holds other files, such as {shown(others[0])}",
            "choose a new folder: nothing is mixed with what is not stylectl's",
        )
    if names and not overwrite:
        raise OutputError(
            f"{shown(folder)} holds frames already",
            "pass --overwrite to replace them, or choose another output",
        )
