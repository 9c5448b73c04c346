"""What `stylectl study make` cannot work with: two lines that name it, and no page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import CommandLine, Ended
from study_parts import MAKE, studio

__all__ = ["studio"]  # a fixture


def fails(cli: CommandLine, code: int, *arguments: object) -> str:
    ended: Ended = cli(*arguments)
    assert (ended.code, ended.out) == (code, ""), ended.err
    error, hint = ended.err.splitlines()[-2:]
    assert error.startswith("error: ") and hint.startswith("hint: ")
    assert not Path("study.html").exists()
    return ended.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--pairs", "0"), "pairs is 0"),
        (("--pairs", "5", "--pool", "4"), "pool is 4"),
        (("--size", "0"), "size is 0"),
        (("--seed", "-1"), "seed is -1"),
        (("rouge",), "rouge is given twice"),
        (tuple("abcdefg"), "folders of results given: 10"),
    ],
)
def test_wrong_usage(cli: CommandLine, studio: Path, options: tuple[str, ...], words: str) -> None:
    assert words in fails(cli, 2, *MAKE, *options)


def test_one_method_is_no_study(cli: CommandLine, studio: Path) -> None:
    assert "given: 1" in fails(cli, 2, "study", "make", "rouge", *MAKE[5:])


@pytest.mark.parametrize("folder", ["rouge", "contents", "styles"])
def test_folders_that_cannot_be_used(cli: CommandLine, studio: Path, folder: str) -> None:
    shutil.rmtree(studio / folder)
    assert f"{folder} does not exist" in fails(cli, 3, *MAKE)
    (studio / folder).touch()
    assert f"{folder} is a file, not a folder" in fails(cli, 3, *MAKE)
    (studio / folder).unlink()
    (studio / folder).mkdir()
    said = fails(cli, 3, *MAKE)
    assert "no images in" in said and folder in said


@pytest.mark.parametrize("name", ["contents/{}", "study", "page.json"])
def test_what_is_no_page_is_not_replaced_by_one(cli: CommandLine, studio: Path, name: str) -> None:
    picture = next((studio / "contents").iterdir())
    before = picture.read_bytes()
    said = fails(cli, 4, *MAKE, "-o", name.format(picture.name), "--overwrite")
    assert "does not end in .html" in said
    assert picture.read_bytes() == before


def test_no_common_pair(cli: CommandLine, studio: Path) -> None:
    for file in (studio / "rouge").iterdir():
        file.rename(file.with_name(file.name.replace("_stylized_", "-")))
    assert "no pair has a result in all of" in fails(cli, 3, *MAKE)


def test_two_files_of_one_name(cli: CommandLine, studio: Path) -> None:
    file = studio / "rouge" / "cat_stylized_ink.png"
    shutil.copy(file, file.with_suffix(".jpg"))
    assert "cat_stylized_ink.jpg have the same name" in fails(cli, 3, *MAKE)


def test_a_file_that_can_be_of_two_pairs(cli: CommandLine, studio: Path) -> None:
    for folder, old, new in (
        ("contents", "cat", "a"), ("contents", "cup", "a_stylized_b"),
        ("styles", "ink", "c"), ("styles", "oil", "b_stylized_c"),
    ):  # fmt: skip
        (studio / folder / f"{old}.png").rename(studio / folder / f"{new}.png")
    file = studio / "rouge" / "cat_stylized_ink.png"
    file.rename(file.with_name("a_stylized_b_stylized_c.png"))
    assert "can be of two pairs" in fails(cli, 3, *MAKE)


def test_a_damaged_picture_is_named(cli: CommandLine, studio: Path) -> None:
    (studio / "azure" / "cup_stylized_oil.png").write_bytes(b"")
    assert "cup_stylized_oil.png is empty" in fails(cli, 3, *MAKE)


def test_an_output_that_cannot_be_written(cli: CommandLine, studio: Path) -> None:
    assert "folder does not exist" in fails(cli, 4, *MAKE, "-o", "none/study.html")
