"""Which pairs of content and style every method has a result for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stylectl.errors import InputError, UsageError
from stylectl.media import SUFFIXES, names_picture, shown
from stylectl.study.settings import MOST_METHODS

_INFIX = "_stylized_"  # as `stylectl stylize` names its results


@dataclass(frozen=True, order=True)
class Pair:
    """A content and a style, by the names of their files without suffixes."""

    content: str
    style: str

    def __str__(self) -> str:
        return f"{self.content}{_INFIX}{self.style}"


@dataclass(frozen=True)
class Material:
    """The files of a study.

    Attributes:
        contents: name -> file.
        styles: name -> file.
        results: method -> pair -> file; the same pairs for every method, sorted.
        missing: method -> the pairs that other methods have and it has not; only those with any.
        strangers: method -> image files in its folder that belong to no content and style.
    """

    contents: dict[str, Path]
    styles: dict[str, Path]
    results: dict[str, dict[Pair, Path]]
    missing: dict[str, list[Pair]]
    strangers: dict[str, list[Path]]

    @property
    def pairs(self) -> list[Pair]:
        """The pairs that all methods have."""
        return list(next(iter(self.results.values())))


def find_material(results: Sequence[Path], content: Path, style: Path) -> Material:
    """Matches the result files of each method to the contents and styles.

    Args:
        results: a folder of `CONTENT_stylized_STYLE.EXT` files for each method.
        content: the folder of the contents.
        style: the folder of the styles.

    Raises:
        UsageError: there are too few or too many methods, or one twice.
        InputError: a folder is missing or without images, two files have one name, or no pair is
            common to all methods.
    """
    folders = _methods(results)
    contents, styles = _by_name(content), _by_name(style)
    found: dict[str, dict[Pair, Path]] = {}
    strangers: dict[str, list[Path]] = {}
    for method, folder in folders.items():
        found[method] = {}
        for name, file in _by_name(folder).items():
            pair = _pair_of(name, file, contents, styles)
            if pair is None:
                strangers.setdefault(method, []).append(file)
            else:
                found[method][pair] = file
    common = sorted(set.intersection(*(set(pairs) for pairs in found.values())))
    if not common:
        raise InputError(
            f"no pair has a result in all of {', '.join(shown(f) for f in folders.values())}",
            f"results are named CONTENT{_INFIX}STYLE.EXT after the files of "
            f"{shown(content)} and {shown(style)}",
        )
    known = {pair for pairs in found.values() for pair in pairs}
    return Material(
        contents,
        styles,
        {method: {pair: pairs[pair] for pair in common} for method, pairs in found.items()},
        {
            method: sorted(known - set(pairs))
            for method, pairs in found.items()
            if known - set(pairs)
        },
        strangers,
    )


def _methods(folders: Sequence[Path]) -> dict[str, Path]:
    """Name -> folder: the shortest ends of the paths that tell the folders apart."""
    if not 2 <= len(folders) <= MOST_METHODS:
        raise UsageError(
            f"folders of results given: {len(folders)}",
            f"give 2 to {MOST_METHODS}, one a method",
        )
    resolved = [folder.resolve() for folder in folders]
    for index, folder in enumerate(resolved):
        if folder in resolved[:index]:
            raise UsageError(f"{shown(folders[index])} is given twice", "give each method once")
    depth = 1
    while len({folder.parts[-depth:] for folder in resolved}) < len(folders):
        depth += 1
    return {
        "/".join(path.parts[-depth:]): folder
        for path, folder in zip(resolved, folders, strict=True)
    }


def _by_name(folder: Path) -> dict[str, Path]:
    """Name without suffix -> file of the images in a folder, sorted."""
    if not folder.is_dir():
        kind = "is a file, not a folder" if folder.exists() else "does not exist"
        raise InputError(f"{shown(folder)} {kind}", "give a folder of images")
    files: dict[str, Path] = {}
    for file in sorted(folder.iterdir()):
        if not names_picture(file):
            continue
        if file.stem in files:
            raise InputError(
                f"{shown(file)} and {shown(files[file.stem].name)} have the same name",
                "keep one of the two in the folder",
            )
        files[file.stem] = file
    if not files:
        raise InputError(
            f"there are no images in {shown(folder)}", f"looked for {', '.join(SUFFIXES)}"
        )
    return files


def _pair_of(
    name: str, file: Path, contents: dict[str, Path], styles: dict[str, Path]
) -> Pair | None:
    # The infix may also stand in the name of a content, such as an earlier result.
    splits = (name.split(_INFIX)[:cut] for cut in range(1, name.count(_INFIX) + 1))
    pairs = [
        Pair(_INFIX.join(head), name[len(_INFIX.join(head)) + len(_INFIX) :]) for head in splits
    ]
    known = [pair for pair in pairs if pair.content in contents and pair.style in styles]
    if len(known) > 1:
        raise InputError(
            f"{shown(file)} can be of two pairs: "
            + " or ".join(f"{pair.content} and {pair.style}" for pair in known),
            "rename one of the contents or styles, and its results",
        )
    return known[0] if known else None
