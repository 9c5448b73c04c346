"""The bundled example pictures, copied to where one can look at them and paint with them."""

from __future__ import annotations

import shutil
from pathlib import Path

from stylectl.errors import InputError, OutputError
from stylectl.media import atomic_output, make_folder, shown
from stylectl.resources import bundled_folder

KINDS = ("content", "style")


def copy_examples(folder: Path, *, overwrite: bool = False) -> list[Path]:
    """Copies the examples into `folder`/content and `folder`/style, and gives the copies.

    Raises:
        InputError: this installation has no examples.
        OutputError: a folder cannot be made or a file not be written; or one exists, and
            `overwrite` is False: then none is copied.
    """
    examples = bundled_folder("examples")
    sources = [file for kind in KINDS for file in sorted((examples / kind).glob("*.jpg"))]
    if not sources:
        raise InputError(
            f"there are no examples in {shown(examples)}", "install stylectl again, with its data"
        )
    copies = [folder / source.relative_to(examples) for source in sources]
    there = [copy for copy in copies if copy.exists()]
    if there and not overwrite:
        more = f" and {len(there) - 1} more exist" if len(there) > 1 else " exists"
        raise OutputError(
            f"{shown(there[0])}{more} already",
            "pass --overwrite to replace them, or choose another folder",
        )
    for source, copy in zip(sources, copies, strict=True):
        make_folder(copy.parent, "choose another folder")
        with atomic_output(copy, overwrite) as temporary:
            shutil.copyfile(source, temporary)
    return copies
