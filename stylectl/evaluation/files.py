"""Which files an evaluation reads and writes; without torch, so that mistakes are found at once."""

from __future__ import annotations

from pathlib import Path

from stylectl.errors import InputError
from stylectl.media import SUFFIXES, names_picture, shown


def named_images(path: Path) -> dict[str, Path]:
    """Stem -> file of the images in a folder, sorted by name; or of one image file.

    Raises:
        InputError: nothing is there, the folder holds no image, or two of one stem.
    """
    if not path.exists():
        raise InputError(f"{shown(path)} does not exist", "give a folder of images, or one image")
    if not path.is_dir():
        return {path.stem: path}
    named: dict[str, Path] = {}
    for file in image_files(path):
        if file.stem in named:
            raise InputError(
                f"{shown(named[file.stem])} and {shown(file)} differ in their suffix alone",
                "rename one: results are named after the stems",
            )
        named[file.stem] = file
    if not named:
        raise InputError(
            f"there are no image files in {shown(path)}", f"looked for {', '.join(SUFFIXES)}"
        )
    return named


def result_files(folder: Path) -> dict[str, Path]:
    """Stem -> file of the images in a folder of results; a .png goes before other suffixes.

    Raises:
        InputError: there is no such folder, or no image in it.
    """
    if not folder.is_dir():
        kind = "is a file, no folder" if folder.exists() else "does not exist"
        raise InputError(f"results {shown(folder)} {kind}", "give a folder of results")
    files = sorted(image_files(folder), key=lambda file: file.suffix.lower() == ".png")
    if not files:
        raise InputError(
            f"there are no image files in {shown(folder)}",
            "results are named CONTENT_stylized_STYLE.png",
        )
    return {file.stem: file for file in files}


def result_stem(content: str, style: str) -> str:
    """The name of a result, without its suffix."""
    return f"{content}_stylized_{style}"


def image_files(folder: Path) -> list[Path]:
    """The image files in a folder, told by their suffixes, sorted by name; hidden ones are not."""
    return [file for file in sorted(folder.iterdir()) if names_picture(file) and file.is_file()]
