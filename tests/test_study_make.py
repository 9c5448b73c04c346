"""`stylectl study make`: one file with everything in it, of the pairs that all methods have."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CommandLine
from PIL import Image
from study_parts import COLOURS, CONTENTS, MAKE, METHODS, STYLES, studio, study_of

from stylectl.study.legend import unveil

__all__ = ["studio"]  # a fixture
ALL_PAIRS = {f"{content}_stylized_{style}" for content in CONTENTS for style in STYLES}


def made(cli: CommandLine, *options: object) -> dict[str, Any]:
    """The study on the page that is made with further options."""
    ended = cli(*MAKE, "--overwrite", *options)
    assert ended.code == 0, ended.err
    return study_of(Path("study.html"))


def told(cli: CommandLine, *options: object) -> Any:
    """What the command says to a program."""
    return json.loads(cli(*MAKE, "--overwrite", "--json", *options).out)


def picture(study: dict[str, Any], number: int) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(study["pictures"][number])))


def names(study: dict[str, Any]) -> set[str]:
    return {f"{e['pair']['content']}_stylized_{e['pair']['style']}" for e in study["pairs"]}


def test_one_page_and_one_line(cli: CommandLine, studio: Path) -> None:
    ended = cli(*MAKE, "--pairs", "5")
    assert (ended.code, ended.out) == (0, "")
    wrote = r"wrote study.html \(0.\d MB, 3 methods, 5 of 9 pairs for each person, \d+\.\d s\)\n"
    assert re.fullmatch(wrote, ended.err)


def test_the_page_needs_nothing_else(cli: CommandLine, studio: Path) -> None:
    pictures = made(cli)["pictures"]
    text = (
        Path("study.html").read_text().replace(json.dumps(pictures), "")
    )  # base64 has any letters
    assert not re.search(r"https?:|//\w|@import|url\(|<link(?! rel=\"icon\" href=\"data:)", text)
    assert "{{" not in text and "default-src 'none'" in text


def test_every_result_is_attributed_to_its_method(cli: CommandLine, studio: Path) -> None:
    study = made(cli)
    assert names(study) == ALL_PAIRS
    method_of = unveil(study["legend"])
    for entry in study["pairs"]:
        assert {method_of[mark] for mark in entry["results"]} == set(METHODS)
        for mark, number in entry["results"].items():
            colour = np.asarray(picture(study, number)).mean((0, 1))
            assert np.abs(colour - COLOURS[method_of[mark]]).max() < 4
    # Contents and styles are there once, whatever the number of pairs.
    assert len(study["pictures"]) == 3 + 3 + 3 * 9


def test_methods_cannot_be_read(cli: CommandLine, studio: Path) -> None:
    made(cli)
    text = Path("study.html").read_text()
    for method in METHODS:
        assert method not in text
        assert base64.b64encode(method.encode()).decode().rstrip("=") not in text


def test_neither_order_nor_marks_tell_the_method(cli: CommandLine, studio: Path) -> None:
    ranks = set()
    for seed in range(12):
        study = made(cli, "--seed", seed)
        method_of = unveil(study["legend"])
        ranks.add(tuple(method_of[mark] for mark in study["pairs"][0]["results"]))
    assert len(ranks) > 2


def test_pictures_carry_no_metadata(cli: CommandLine, studio: Path) -> None:
    file = studio / "rouge" / "cat_stylized_ink.png"
    exif = Image.Exif()
    exif[0x010E] = "made by rouge"
    Image.open(file).save(file, exif=exif)
    study = made(cli)
    assert all(not picture(study, n).getexif() for n in range(len(study["pictures"])))


# --- options


def test_size(cli: CommandLine, studio: Path) -> None:
    small, large = made(cli, "--size", "48"), made(cli, "--size", "4000")
    assert {picture(small, n).size for n in range(len(small["pictures"]))} == {(48, 32)}
    assert {picture(large, n).size for n in range(len(large["pictures"]))} == {(96, 64)}
    assert told(cli, "--size", "48")["bytes"] < told(cli, "--size", "96")["bytes"]


def test_pairs(cli: CommandLine, studio: Path) -> None:
    assert made(cli, "--pairs", "4")["pairsPerPerson"] == 4
    ended = cli(*MAKE, "--overwrite")  # 20
    assert "warning: pairs in all methods: 9, not 20: everybody is shown all" in ended.err
    assert study_of(Path("study.html"))["pairsPerPerson"] == 9


def test_pool_and_seed(cli: CommandLine, studio: Path) -> None:
    pool = ("--pairs", "2", "--pool", "4")
    first = made(cli, *pool)
    assert len(first["pairs"]) == 4 and len(first["pictures"]) <= 4 * 5
    assert made(cli, *pool) == first  # and nothing is left to chance
    others = [made(cli, *pool, "--seed", seed) for seed in (1, 2, 3)]
    assert any(names(other) != names(first) for other in others)
    assert len({study["id"] for study in (first, *others)}) == 4


def test_max_pixels(cli: CommandLine, studio: Path) -> None:
    assert cli(*MAKE, "--max-pixels", "6143").code == 3
    assert cli(*MAKE, "--max-pixels", "6144").code == 0


def test_output_and_overwrite(cli: CommandLine, studio: Path) -> None:
    assert cli(*MAKE, "-o", "page.html").code == 0
    assert study_of(Path("page.html")) and not Path("study.html").exists()
    before = Path("page.html").read_bytes()
    assert cli(*MAKE, "--output", "page.html", "--seed", "1").code == 4
    assert Path("page.html").read_bytes() == before
    assert cli(*MAKE, "-o", "page.html", "--seed", "1", "--overwrite").code == 0
    assert Path("page.html").read_bytes() != before


def test_quiet_and_json(cli: CommandLine, studio: Path) -> None:
    quiet = cli(*MAKE, "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    (studio / "azure" / "cat_stylized_ink.png").unlink()
    (studio / "azure" / "notes.png").touch()
    data = told(cli, "--pairs", "3")
    assert data["output"] == "study.html"
    assert data["bytes"] == Path("study.html").stat().st_size
    assert data["methods"] == list(METHODS)
    assert set(data["pairs"]) == ALL_PAIRS - {"cat_stylized_ink"}
    assert data["common_pairs"] == 8
    assert data["missing"] == {"azure": ["cat_stylized_ink"]}
    assert [Path(file).name for file in data["strangers"]["azure"]] == ["notes.png"]
    assert len(data["warnings"]) == 2


# --- what is left out, and what is said about it


def test_only_pairs_of_all_methods_are_used(cli: CommandLine, studio: Path) -> None:
    for style in STYLES:
        (studio / "rouge" / f"hut_stylized_{style}.png").unlink()
    (studio / "azure" / "cat_stylized_wax.png").unlink()
    ended = cli(*MAKE)
    assert names(study_of(Path("study.html"))) == {
        f"{c}_stylized_{s}" for c in ("cat", "cup") for s in STYLES
    } - {"cat_stylized_wax"}
    assert (
        "warning: rouge lacks pairs that others have; left out: "
        "hut_stylized_ink, hut_stylized_oil, hut_stylized_wax\n"
    ) in ended.err
    assert "warning: azure lacks pairs that others have; left out: cat_stylized_wax\n" in ended.err


def test_many_missing_pairs_are_counted(cli: CommandLine, studio: Path) -> None:
    for file in sorted((studio / "rouge").iterdir())[1:]:
        file.unlink()
    assert "cat_stylized_wax, cup_stylized_ink and 5 more\n" in cli(*MAKE).err


def test_files_of_other_names_are_left_out(cli: CommandLine, studio: Path) -> None:
    for name in ("photo.png", "dog_stylized_ink.png", "cat_stylized_mud.png"):
        shutil.copy(studio / "rouge" / "cat_stylized_ink.png", studio / "rouge" / name)
    (studio / "rouge" / "notes.txt").write_text("no image")
    (studio / "rouge" / ".cat_stylized_ink.png").touch()
    ended = cli(*MAKE)
    assert (
        "warning: rouge has files of no known content and style; left out: "
        "cat_stylized_mud.png, dog_stylized_ink.png, photo.png\n"
    ) in ended.err
    assert names(study_of(Path("study.html"))) == ALL_PAIRS


def test_any_readable_format_and_transparency(cli: CommandLine, studio: Path) -> None:
    file = studio / "rouge" / "cat_stylized_ink.png"
    Image.open(file).save(file.with_suffix(".jpg"))
    file.unlink()
    clear = Image.new("RGBA", (96, 64), (0, 0, 0, 0))
    clear.save(studio / "contents" / "cat.png")
    study = made(cli)
    given = next(e for e in study["pairs"] if e["pair"] == {"content": "cat", "style": "ink"})
    assert np.asarray(picture(study, given["given"]["content"])).min() > 250


def test_names_that_contain_the_infix(cli: CommandLine, studio: Path) -> None:
    (studio / "contents" / "cat.png").rename(studio / "contents" / "cat_stylized_ink.png")
    for method in METHODS:
        for style in STYLES:
            file = studio / method / f"cat_stylized_{style}.png"
            file.rename(studio / method / f"cat_stylized_ink_stylized_{style}.png")
    assert {"content": "cat_stylized_ink", "style": "oil"} in [
        e["pair"] for e in made(cli)["pairs"]
    ]


def test_shapes_that_give_a_method_away(cli: CommandLine, studio: Path) -> None:
    assert "shape" not in cli(*MAKE).err
    Image.new("RGB", (64, 64)).save(studio / "azure" / "cup_stylized_oil.png")
    ended = cli(*MAKE, "--overwrite")
    assert "differ in shape, by which people may recognise a method: cup_stylized_oil" in ended.err


def test_a_huge_page_is_said(
    cli: CommandLine, studio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "--pool" not in cli(*MAKE).err
    monkeypatch.setattr("stylectl.study.make.HUGE_PAGE", 1000)
    assert "a smaller --size or --pool makes it smaller" in cli(*MAKE, "--overwrite").err


def test_methods_of_one_name_are_told_apart(cli: CommandLine, studio: Path) -> None:
    for method in METHODS[:2]:
        (studio / f"{method}-runs").mkdir()
        (studio / method).rename(studio / f"{method}-runs" / "out")
    ended = cli("study", "make", "rouge-runs/out", "verdure-runs/out", *MAKE[5:], "--json")
    assert json.loads(ended.out)["methods"] == ["rouge-runs/out", "verdure-runs/out"]


def test_no_torch() -> None:

    code = (
        "import sys, stylectl.study.make, stylectl.study.answers, stylectl.study.chart;"
        "print('torch' in sys.modules)"
    )
    root = Path(__file__).parents[1]
    out = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert out.stdout == "False\n"
