"""Lists of pictures as people and spreadsheets write them: text or CSV, a picture per line."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path

from stylectl.batch.listing import Entry
from stylectl.errors import InputError
from stylectl.media import shown

LIST_SUFFIXES = (".txt", ".csv")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_HEADER = ("content", "style")  # the first two columns, "style1" and the like among them


def read_list(path: Path) -> list[Entry]:
    """The pictures that a list names, in its order.

    A CSV file has a content in its first column and maybe styles in the next; a first line
    "content,style" is a header. A text file has the same without quotes where none are needed:
    a line that is the name of a file is that file, commas or not; empty lines and those that begin
    with # do not count. Both are UTF-8, or UTF-16 with its mark. Relative paths start in the list's
    folder.

    Raises:
        InputError: the list cannot be read, is empty, or a line is not as described.
    """
    text = _text(path)
    rows = _csv_rows(path, text) if path.suffix.lower() == ".csv" else _text_rows(path, text)
    entries = [_entry(path, number, row) for number, row in rows]
    if not entries:
        raise InputError(f"{shown(path)} names no image", "write the path of one on each line")
    return entries


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{shown(path)} cannot be read: {error.strerror}", "check the path"
        ) from error
    if data.startswith(_UTF16):
        return data.decode("utf-16", "replace")
    # File names need not be UTF-8: what is not comes through as the system has it.
    return data.decode("utf-8-sig", "surrogateescape")


def _csv_rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    first = True
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise _bad_line(path, number, f"is no CSV: {error}") from error
        if row is None:
            return
        row = [field.strip() for field in row]
        if not any(row):
            continue
        if not (first and _is_header(row)):
            yield number, row
        first = False


def _text_rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if "," not in line or os.path.isfile(path.parent / line):
            yield number, [_unquoted(line)]
            continue
        try:
            row = next(csv.reader([line], strict=True, skipinitialspace=True))
        except csv.Error as error:
            raise _bad_line(path, number, f"has odd quotes: {error}") from error
        yield number, [field.strip() for field in row]


def _unquoted(line: str) -> str:
    return line[1:-1] if len(line) > 2 and line[0] == line[-1] == '"' else line


def _is_header(row: list[str]) -> bool:
    names = [name.lower().rstrip("s0123456789") for name in row]
    return names[0] == _HEADER[0] and all(name == _HEADER[1] for name in names[1:])


def _entry(path: Path, number: int, row: list[str]) -> Entry:
    while row and not row[-1]:  # spreadsheets fill lines up with empty columns
        row.pop()
    if not all(row):
        raise _bad_line(path, number, "has an empty column")
    if any("\0" in field for field in row):
        raise _bad_line(path, number, "holds a zero byte")
    content, *styles = (path.parent / field for field in row)
    return Entry(content, _place(row[0]), tuple(styles), f"{shown(path)}, line {number}")


def _place(content: str) -> Path:
    """Where the result goes: a path into the list's folder keeps its folders, another one not."""
    place = Path(content)
    return Path(place.name) if place.is_absolute() or ".." in place.parts else place


def _bad_line(path: Path, number: int, what: str) -> InputError:
    return InputError(
        f"{shown(path)}, line {number} {what}",
        "a line is a content, or a content and its style, with a comma between",
    )
