"""What a batch reads: the pictures in a folder, or the lines of a list."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stylectl.batch.manifest import RECORDS
from stylectl.errors import InputError
from stylectl.media import SUFFIXES, names_picture, shown


@dataclass(frozen=True)
class Entry:
    """A picture to be painted.

    Attributes:
        content: its file.
        place: its path in the tree of results, still with the content's suffix.
        styles: those that the list names for it; () if they are the same for all.
        origin: where it is named, for messages.
    """

    content: Path
    place: Path
    styles: tuple[Path, ...] = ()
    origin: str = ""

    def __str__(self) -> str:
        return f"{shown(self.content)}{f' ({self.origin})' if self.origin else ''}"


@dataclass(frozen=True)
class Folder:
    """A folder of pictures.

    Attributes:
        path: the folder.
        recursive: whether the folders in it count too.
        output: the folder of results, whose files are never inputs.
    """

    path: Path
    recursive: bool
    output: Path

    def entries(self) -> list[Entry]:
        """Its pictures, told by their suffixes, in the order of their names.

        Hidden files and folders are left out, and so is every folder that a batch has written to.

        Raises:
            InputError: the folder cannot be read.
        """
        found = [self.entry(path) for path in self._files() if names_picture(path)]
        return sorted(found, key=lambda entry: entry.place.parts)

    def has(self, path: Path) -> bool:
        """Whether a path in this folder is one that `entries` would give if there is a file."""
        folders = path.relative_to(self.path).parts[:-1]
        if not names_picture(path) or (folders and not self.recursive):
            return False
        return all(
            self._is_entered(Path(self.path, *folders[: n + 1])) for n in range(len(folders))
        )

    def nothing(self) -> InputError:
        """What to say of a folder without entries."""
        return InputError(f"{shown(self.path)} is a folder without images", self._why_none())

    def entry(self, path: Path) -> Entry:
        """The picture at a path in this folder."""
        return Entry(path, path.relative_to(self.path))

    def others(self) -> Counter[str]:
        """How many files are no pictures by their suffixes, suffix by suffix."""
        return Counter(
            path.suffix.lower() or "without a suffix"
            for path in self._files()
            if not names_picture(path)
        )

    def _files(self) -> Iterator[Path]:
        def refuse(error: OSError) -> None:
            if error.filename == os.fspath(self.path):  # one within is as good as empty
                raise InputError(
                    f"{shown(self.path)} cannot be read: {error.strerror}", "check its permissions"
                ) from error

        for folder, folders, files in os.walk(self.path, onerror=refuse):
            entered = [name for name in folders if self._is_entered(Path(folder, name))]
            folders[:] = entered if self.recursive else []
            for name in files:
                path = Path(folder, name)
                if not name.startswith(".") and path.is_file():
                    yield path

    def _is_entered(self, folder: Path) -> bool:
        ours = (folder / RECORDS).is_dir() or os.path.realpath(folder) == self._real_output
        return not folder.name.startswith(".") and not ours

    @property
    def _real_output(self) -> str:
        return os.path.realpath(self.output)

    def _why_none(self) -> str:
        deeper = Folder(self.path, True, self.output)
        if not self.recursive and any(map(names_picture, deeper._files())):
            return "there are some in the folders within: -r looks there too"
        return f"looked for {', '.join(SUFFIXES)}"
