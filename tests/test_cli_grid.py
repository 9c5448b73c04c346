"""`stylectl grid` puts every content in every style on one sheet; every option counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CommandLine, pixels, random_network, save_network
from PIL import Image

from stylectl.cli.report import Report
from stylectl.evaluation.sheets import GAP
from stylectl.stylize.stylizer import Stylizer

CELL = 64
SMALL = ("--cell", CELL, "--size", 64, "--style-size", 64)


@pytest.fixture
def folders(folder: Path, photo: Image.Image, painting: Image.Image) -> Path:
    """Beside cat.png and cup.png: photos (one wide, one tall) and paintings (two)."""
    for name in ("photos", "paintings"):
        (folder / name).mkdir()
    photo.save(folder / "photos" / "a wide.png")
    photo.rotate(90, expand=True).save(folder / "photos" / "b tall.png")
    painting.save(folder / "paintings" / "cup.png")
    photo.convert("L").convert("RGB").save(folder / "paintings" / "grey.jpg")
    return folder


def drawn(cli: CommandLine, *options: object) -> np.ndarray[Any, Any]:
    """The sheet with further options, which may repeat those of SMALL."""
    ended = cli("grid", "photos", "paintings", "-o", "out.png", "--overwrite", *SMALL, *options)
    assert ended.code == 0, ended.err
    return pixels(Path("out.png"))


def cell(sheet: np.ndarray[Any, Any], row: int, column: int, rows: int, columns: int) -> np.ndarray:
    """A square of the sheet, whose squares end at its right and lower edges; 0 is the headers."""
    pitch = CELL + GAP
    top = sheet.shape[0] - (rows + 1 - row) * pitch
    left = sheet.shape[1] - (columns + 1 - column) * pitch
    return sheet[top : top + CELL, left : left + CELL]


def painted_part(square: np.ndarray) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of what is not the white of the paper."""
    painted = (square < 250).any(axis=-1)  # (H, W)
    rows, columns = np.nonzero(painted)
    return int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())


def test_two_folders_are_enough(cli: CommandLine, folders: Path) -> None:
    ended = cli("grid", "photos", "paintings")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith("wrote grid.png (") and ended.err.count("\n") == 1
    height, width = pixels(folders / "grid.png").shape[:2]
    assert height > 3 * 256 and width > 3 * 256


def test_each_place_holds_its_pair_whole(cli: CommandLine, folders: Path) -> None:
    sheet = drawn(cli)
    wide, tall = (painted_part(cell(sheet, row, 1, 2, 2)) for row in (1, 2))
    assert wide[1] - wide[0] < 50 and wide[3] - wide[2] >= 62  # 3:2, the long edge fills it
    assert tall[1] - tall[0] >= 62 and tall[3] - tall[2] < 50
    places = [cell(sheet, row, column, 2, 2) for row in (0, 1, 2) for column in (0, 1, 2)]
    assert places[0].min() > 250  # the corner
    others = places[1:]
    for i, one in enumerate(others):
        assert all(np.abs(one - other).mean() > 1 for other in others[i + 1 :])


def test_a_cell_is_what_the_library_paints(
    cli: CommandLine, folders: Path, weights: Path, photo: Image.Image, painting: Image.Image
) -> None:
    shown = cell(drawn(cli), 1, 1, 2, 2)
    expected = Stylizer.load(weights).stylize(photo, painting, size=64, style_size=64)
    expected = np.asarray(expected.resize((64, 43), Image.Resampling.LANCZOS)).astype(int)
    top = (64 - 43) // 2
    assert np.abs(shown[top : top + 43] - expected).mean() < 6  # resized once less
    assert np.abs(shown[top : top + 43] - np.asarray(photo.resize((64, 43)))).mean() > 10


def test_names_are_written(cli: CommandLine, folders: Path) -> None:
    sheet = drawn(cli)
    (folders / "photos" / "a wide.png").rename(folders / "photos" / "a.png")
    (folders / "paintings" / "cup.png").rename(folders / "paintings" / "café cup.png")
    renamed = drawn(cli)
    side = 3 * (CELL + GAP)
    assert np.array_equal(sheet[-side:, -side:], renamed[-side:, -side:])
    assert not np.array_equal(sheet[:-side, -side:], renamed[:-side, -side:])  # above
    assert not np.array_equal(sheet[-side:, :-side], renamed[-side:, :-side])  # beside


@pytest.mark.parametrize(
    "options",
    [
        ("--cell", "80"),
        ("--size", "96"),
        ("--style-size", "96"),
        ("--stroke-size", "8%"),
        ("--strength", "0.5"),
        ("--color", "content"),
        ("--color", "match"),
        ("--seed", "3"),
        ("--weights", "other.safetensors"),
        ("--precision", "bf16"),
    ],
)
def test_every_option_counts(cli: CommandLine, folders: Path, options: tuple[str, ...]) -> None:
    save_network(folders / "other.safetensors", random_network(1))
    plain, changed = drawn(cli), drawn(cli, *options)
    assert plain.shape != changed.shape or np.abs(plain - changed).max() > 3
    if "size" not in options[0] and options[0] != "--cell":
        assert np.array_equal(cell(plain, 0, 1, 2, 2), cell(changed, 0, 1, 2, 2))  # the painting


@pytest.mark.parametrize(("color", "encoded"), [("style", 2), ("match", 4)])
def test_each_style_is_encoded_once(
    cli: CommandLine,
    folders: Path,
    monkeypatch: pytest.MonkeyPatch,
    color: str,
    encoded: int,
) -> None:
    calls: list[object] = []
    encode: Callable[..., Any] = Stylizer.encode_style

    def spy(self: Stylizer, *args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        return encode(self, *args, **kwargs)

    monkeypatch.setattr(Stylizer, "encode_style", spy)
    drawn(cli, "--color", color)
    assert len(calls) == encoded


def test_progress_counts_the_pairs(
    cli: CommandLine, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    stage = Report.stage

    def spy(self: Report, name: str) -> None:
        seen.append(f"{name} {self.progress}".strip())
        stage(self, name)

    monkeypatch.setattr(Report, "stage", spy)
    drawn(cli)
    painted = [line for line in seen if line.startswith("stylise")]
    assert painted == [f"stylise {number}/4" for number in (1, 2, 3, 4)]
    assert "write" in seen and "read 2/2" in seen


def test_single_files(cli: CommandLine, folders: Path) -> None:
    ended = cli("grid", "cat.png", "paintings", *SMALL, "--json")
    assert (ended.code, ended.err) == (0, "")
    told = json.loads(ended.out)
    assert told["contents"] == ["cat.png"]
    assert told["styles"] == [str(Path("paintings") / name) for name in ("cup.png", "grey.jpg")]
    assert told["left_out"] == [] and told["weights"]["name"] == "lean"
    assert (told["height"], told["width"]) == pixels(folders / "grid.png").shape[:2]


def test_transparency_shows_the_paper(cli: CommandLine, folders: Path) -> None:
    clear = Image.open("cat.png").convert("RGBA").rotate(45, expand=True)
    clear.save("clear.png")
    assert cli("grid", "clear.png", "cup.png", *SMALL).code == 0
    result = cell(pixels(folders / "grid.png"), 1, 1, 1, 1)
    _, bottom, left, _ = painted_part(result)
    assert result[bottom - 2, left + 2].min() > 250


def test_bad_files_are_left_out_and_told(cli: CommandLine, folders: Path) -> None:
    whole = drawn(cli)
    (folders / "photos" / "bad.jpg").write_text("no image")
    (folders / "paintings" / "empty.png").touch()
    (folders / "paintings" / "notes.txt").write_text("not looked at")
    ended = cli("grid", "photos", "paintings", *SMALL)
    assert ended.code == 3
    first, second, wrote, error, hint = ended.err.splitlines()
    assert first.startswith("warning: left out: photos/bad.jpg is not an image")
    assert second.startswith("warning: left out: paintings/empty.png is empty")
    assert wrote.startswith("wrote grid.png")
    assert error == (
        "error: 2 of 6 files cannot be read: photos/bad.jpg, paintings/empty.png"
    ) and hint.startswith("hint: ")
    assert np.array_equal(pixels(folders / "grid.png"), whole)
    told = cli("grid", "photos", "paintings", *SMALL, "--overwrite", "--json")
    assert told.code == 3
    assert json.loads(told.out)["left_out"] == ["photos/bad.jpg", "paintings/empty.png"]


@pytest.mark.parametrize(
    ("arguments", "code", "error", "hint"),
    [
        (("photos", "none"), 3, "none does not exist", "a folder of images"),
        (("empty", "paintings"), 3, "there are no image files in empty", ".png"),
        (("cat.png", "bad"), 3, "bad/1.png is empty", "again"),
        (("photos", "paintings", "--cell", "0"), 2, "cell is 0", "512"),
        (("photos", "paintings", "--size", "0"), 2, "size is 0", "512"),
        (("photos", "paintings", "--strength", "2"), 2, "strength is 2", "0"),
        (("photos", "paintings", "--max-pixels", "9"), 3, "6,144 pixels", "--max-pixels"),
        (("photos", "paintings", "-o", "out.gif"), 4, "out.gif ends in .gif", ".png"),
        (("photos", "paintings", "-o", "cat.png"), 4, "cat.png exists already", "--overwrite"),
        (("cat.png", "cup.png", "-o", "cup.png"), 4, "cup.png is both", "another"),
        (
            ("photos", "paintings", "-o", "out.webp", "--cell", "6000"),
            4,
            "out.webp cannot hold 18000x18000 pixels",
            ".png",
        ),
        (("photos", "paintings", "--weights", "rembrandt"), 5, "rembrandt", "lean"),
    ],
)
def test_errors(
    cli: CommandLine, folders: Path, arguments: tuple[str, ...], code: int, error: str, hint: str
) -> None:
    for name in ("empty", "bad"):
        (folders / name).mkdir()
    for number in "12":
        (folders / "bad" / f"{number}.png").touch()
    before = sorted(folders.rglob("*"))
    ended = cli("grid", "--quiet", *arguments)
    assert (ended.code, ended.out) == (code, ""), ended.err
    first, second = ended.err.splitlines()
    assert first.startswith("error: ") and error in first
    assert second.startswith("hint: ") and hint in second
    assert sorted(folders.rglob("*")) == before


def test_tiles_change_the_way_and_not_the_sheet(cli: CommandLine, folders: Path) -> None:
    large = ("--size", "96")
    whole, tiled = drawn(cli, *large, "--tile", "off"), drawn(cli, *large, "--tile", "64")
    assert np.abs(whole - tiled).max() <= 1
    ended = cli("grid", "cat.png", "cup.png", *SMALL, *large, "--tile", "64", "--json")
    assert "encode_content" in json.loads(ended.out)["seconds"]


def test_a_sheet_that_memory_cannot_hold(
    cli: CommandLine, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylectl.stylize.memory.free_memory", lambda device: 1_000_000)
    ended = cli("grid", "photos", "paintings", "--cell", "300")
    assert (ended.code, ended.out) == (6, "")
    told = "a sheet of 9 squares of 300 pixels takes 0.0 GB of memory"
    assert told in ended.err and "--cell" in ended.err
    assert not (folders / "grid.png").exists()


def test_help_has_an_example(cli: CommandLine) -> None:
    assert "Example: stylectl grid photos paintings" in cli("grid", "--help").out
