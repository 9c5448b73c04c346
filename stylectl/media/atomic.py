"""Outputs that appear whole or not at all, and never on top of something by accident."""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from stylectl.errors import OutputError
from stylectl.media.leftovers import remove_leftovers, temporary_beside
from stylectl.media.lock import Lock, lock
from stylectl.media.paths import StrPath, shown

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def check_output(path: StrPath, *, overwrite: bool, inputs: Iterable[StrPath] = ()) -> None:
    """Finds out, before any work is done, whether ``path`` may be written; writes nothing.

    Args:
        path: the output file.
        overwrite: whether an existing file may be replaced.
        inputs: the files the work reads; none of them may be the output, under any name.

    Raises:
        OutputError: ``path`` is an input, a folder, not a plain file, or exists without
            ``overwrite``; or its folder is missing or not writable.
    """
    try:
        _check_not_an_input(path, inputs)
        _check_target(path, overwrite)
        _check_folder(path)
    except OSError as error:  # such as a name that is too long
        raise _unwritable(path, error) from error


def is_same_file(path: StrPath, other: StrPath) -> bool:
    """Whether two paths name one file, be it there or not."""
    if os.path.realpath(path) == os.path.realpath(other):
        return True
    # Other names of one file: hard links, and letter case where it does not count.
    with contextlib.suppress(OSError):
        return os.path.samefile(path, other)
    return False


@contextlib.contextmanager
def atomic_output(path: StrPath, overwrite: bool = False) -> Iterator[Path]:
    """Gives a temporary file to write; moves it to ``path`` if the block succeeds.

    The temporary file lies in the folder of ``path`` (so that the move is one step), starts with a
    dot and has the suffix of ``path``. Whatever ends the block early, an interrupt included, it is
    removed, and a file that stood at ``path`` before is as it was. What a killed process could not
    remove, the next one that writes into the folder does.

    Args:
        path: the output file. A symbolic link is followed: the file it points to is replaced.
        overwrite: whether an existing file may be replaced. If not, a file that appears at
            ``path`` while the block runs is kept too.

    Yields:
        the temporary file: it exists, is empty, and is to be written through its path.

    Raises:
        OutputError: as ``check_output`` does; or the block raised an OSError (a full disk), or it
            left the file empty.
    """
    check_output(path, overwrite=overwrite)
    target = Path(os.path.realpath(path))
    remove_leftovers(target.parent)
    temporary = temporary_beside(target)
    held: Lock | None = None
    try:
        _create(temporary)
        held = lock(temporary)
        yield temporary
        if not temporary.is_file() or temporary.stat().st_size == 0:
            # Encoders that run as another process can fail without a word.
            raise OutputError(f"{shown(path)} was not written: the encoder produced no data")
        if overwrite:
            _replace(temporary, target)
        elif not _moved_to_new(temporary, target):
            raise _exists(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if held:
            held.release()


def _check_not_an_input(path: StrPath, inputs: Iterable[StrPath]) -> None:
    if any(is_same_file(path, source) for source in inputs):
        raise OutputError(f"{shown(path)} is both the output and an input", "choose another output")


def _check_target(path: StrPath, overwrite: bool) -> None:
    if not os.path.lexists(path):
        return
    if os.path.isdir(path):
        raise OutputError(f"{shown(path)} is a folder, not a file", "add a file name to the output")
    if not overwrite:
        raise _exists(path)
    if os.path.exists(path) and not os.path.isfile(path):
        # Replacing, say, /dev/null would remove the device.
        raise OutputError(f"{shown(path)} is not a plain file", "choose another output")


def _check_folder(path: StrPath) -> None:
    folder = Path(os.path.realpath(path)).parent
    if not folder.exists():
        raise OutputError(
            f"{shown(path)} cannot be written: its folder does not exist",
            f"make the folder first: mkdir -p {shlex.quote(shown(folder))}",
        )
    if not folder.is_dir():
        raise OutputError(
            f"{shown(path)} cannot be written: {shown(folder)} is not a folder",
            "choose another output",
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(
            f"{shown(path)} cannot be written: no permission to write in its folder",
            "choose an output in another folder",
        )


def _create(temporary: Path) -> None:
    # 0o666 and not mkstemp's 0o600: the umask decides, as for any file that a program writes.
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))


def _replace(temporary: Path, target: Path) -> None:
    # A file that its owner made private must not become readable by being replaced.
    with contextlib.suppress(OSError):  # there was none, or its file system knows no permissions
        os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
    os.replace(temporary, target)


def _moved_to_new(temporary: Path, target: Path) -> bool:
    """Moves ``temporary`` to ``target``; False, and nothing done, if anything is there."""
    try:
        os.link(temporary, target)  # unlike a rename, never replaces anything
        return True
    except FileExistsError:
        return False
    except (OSError, AttributeError):
        pass  # exFAT and some network folders know no hard links
    try:
        _create(target)  # reserves the name: what the move replaces is our own empty file
    except FileExistsError:
        return False
    try:
        os.replace(temporary, target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return True


def _exists(path: StrPath) -> OutputError:
    return OutputError(
        f"{shown(path)} exists already", "pass --overwrite to replace it, or choose another output"
    )


def _unwritable(path: StrPath, error: OSError) -> OutputError:
    full = "free some space, or choose an output on another disk"
    hint = full if error.errno in _NO_SPACE else "check the folder, or choose another output"
    return OutputError(f"{shown(path)} cannot be written: {error.strerror or error}", hint)
