"""`stylectl interpolate`: files, sheets and animations between styles; its ends are the styles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CommandLine, fails, pixels
from PIL import Image

from stylectl.resources import bundled_folder

# Small styles, which take a tenth of the time; the last --style-size counts.
TWO = ("interpolate", "--style-size", "96", "cat.png", "cup.png", "sun.png")
FOUR = (*TWO, "sea.png", "ink.png")


def mixed(cli: CommandLine, *options: object) -> np.ndarray[Any, Any]:
    """A mix of cup.png and sun.png with further options, through out.png."""
    ended = cli(*TWO, "--alpha", 0.3, "-o", "out.png", "--overwrite", *options)
    assert ended.code == 0, ended.err
    return pixels(Path("out.png"))


def stylized(cli: CommandLine, style: str, *options: object) -> np.ndarray[Any, Any]:
    ended = cli("stylize", *TWO[1:4], style, "-o", "alone.png", "--overwrite", *options)
    assert ended.code == 0, ended.err
    return pixels(Path("alone.png"))


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--color", "content"),
        ("--color", "match"),
        ("--tile", "64"),
        ("--tile", "64", "--color", "content", "--seed", "3", "--stroke-size", "8%"),
    ],
)
def test_the_ends_are_the_styles_to_the_bit(
    cli: CommandLine, gallery: Path, options: tuple[str, ...]
) -> None:
    ended = cli(*TWO, "--alpha", 1, "--alpha", 0, "--alpha", 0.5, *options)
    lines = ended.err.splitlines()
    names = [f"cat_cup_sun_alpha{alpha}.png" for alpha in ("1", "0", "0.5")]
    assert [line.split(" (")[0] for line in lines] == [f"wrote {name}" for name in names]
    first, last, middle = (pixels(gallery / name) for name in names)
    assert np.array_equal(first, stylized(cli, "cup.png", *options))
    assert np.array_equal(last, stylized(cli, "sun.png", *options))
    assert np.abs(middle - first).max() > 0 < np.abs(middle - last).max()


@pytest.mark.parametrize(
    "options",
    [
        ("--alpha", "0.9"),
        ("--strength", "0.5"),
        ("--size", "48"),
        ("--stroke-size", "8%"),
        ("--style-size", "64"),
        ("--seed", "3"),
        ("--color", "content"),
        ("--color", "match"),
        ("--precision", "bf16"),
    ],
)
def test_options_that_change_the_mix(
    cli: CommandLine, gallery: Path, options: tuple[str, ...]
) -> None:
    def one(*more: object) -> np.ndarray[Any, Any]:
        command = (*TWO, "-o", "out.png", "--overwrite", *more)
        if "--alpha" not in more:
            command = (*command, "--alpha", "0.3")
        assert cli(*command).code == 0
        return pixels(gallery / "out.png")

    plain, changed = one(), one(*options)
    assert changed.shape == plain.shape
    assert np.abs(plain - changed).max() > 0


def test_strength_zero_is_the_content_whatever_the_styles(cli: CommandLine, gallery: Path) -> None:
    assert np.array_equal(mixed(cli, "--strength", 0), stylized(cli, "cup.png", "--strength", 0))


def test_a_style_twice_is_that_style(cli: CommandLine, gallery: Path) -> None:
    command = (*TWO[:-1], "cup.png", "--alpha", 0.3, "-o", "out.png")
    assert cli(*command).code == 0
    assert np.abs(pixels(gallery / "out.png") - stylized(cli, "cup.png")).max() <= 1


def test_steps_as_files_in_a_folder(cli: CommandLine, gallery: Path) -> None:
    assert cli(*TWO, "--steps", 3, "-o", "steps").code == 0
    names = {f"cat_cup_sun_alpha{alpha}.png" for alpha in ("0", "0.5", "1")}
    assert {path.name for path in (gallery / "steps").iterdir()} == names
    (gallery / "there.v2").mkdir()  # a folder all the same
    assert cli(*FOUR, "--steps", 2, "-o", "there.v2").code == 0
    names = {
        f"cat_cup_sun_sea_ink_{tag}.png" for tag in ("1-0-0-0", "0-1-0-0", "0-0-1-0", "0-0-0-1")
    }
    assert {path.name for path in (gallery / "there.v2").iterdir()} == names
    corner = pixels(gallery / "there.v2" / "cat_cup_sun_sea_ink_0-0-1-0.png")
    assert np.array_equal(corner, stylized(cli, "sea.png"))


@pytest.mark.parametrize(
    ("styles", "columns", "rows"), [(2, 3 + 3, 1), (3, 3 + 2, 3 + 1), (4, 3 + 3, 3)]
)
def test_sheets(cli: CommandLine, gallery: Path, styles: int, columns: int, rows: int) -> None:
    ended = cli(*FOUR[: 4 + styles], "--steps", 3, "-o", "sheet.png")
    assert ended.code == 0, ended.err
    height, width, _ = pixels(gallery / "sheet.png").shape
    assert (width, height) == (columns * (96 + 8) + 8, rows * (64 + 16 + 8) + 8)


def test_a_strip_shows_content_styles_and_steps_in_order(cli: CommandLine, gallery: Path) -> None:
    assert cli(*TWO, "--steps", 2).code == 0
    sheet = pixels(gallery / "cat_cup_sun_sheet.png")

    def cell(column: int) -> np.ndarray[Any, Any]:
        left = 8 + column * (96 + 8)
        return sheet[8 : 8 + 64, left : left + 96]

    assert np.array_equal(cell(0), pixels(gallery / "cat.png"))
    assert np.array_equal(cell(2), stylized(cli, "cup.png"))
    assert np.array_equal(cell(3), stylized(cli, "sun.png"))
    for column, name in ((1, "cup.png"), (4, "sun.png")):
        style = Image.open(name)
        size = round(64 * style.width / style.height), 64
        if style.height < 64:
            size = style.size
        shown = np.asarray(style.resize(size, Image.Resampling.LANCZOS)).astype(int)
        left = (96 - size[0]) // 2
        assert np.array_equal(cell(column)[-size[1] :, left : left + size[0]], shown)


def test_sheets_of_alphas_and_smaller_pictures(cli: CommandLine, gallery: Path) -> None:
    command = (*TWO, "--alpha", 0.2, "--alpha", 0.4, "-o", "sheet.jpg", "--picture-size", 48)
    assert cli(*command).code == 0
    with Image.open("sheet.jpg") as sheet:
        assert sheet.size == (5 * (48 + 8) + 8, 32 + 16 + 8 + 8)


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_animations_go_there_and_back(cli: CommandLine, gallery: Path, suffix: str) -> None:
    output = f"out{suffix}"
    # Styles far apart: WebP's losses are as large as what cup.png and sun.png differ by.
    styles = [str(bundled_folder("examples") / "style" / f"{name}.jpg") for name in ("ink", "wave")]
    assert cli(*TWO[:4], *styles, "--steps", 4, "--fps", 20, "-o", output).code == 0
    with Image.open(output) as animation:
        assert animation.n_frames == 6 and animation.size == (96, 64)
        assert animation.info["loop"] == 0
        frames = []
        for number in range(6):
            animation.seek(number)
            frames.append(np.asarray(animation.convert("RGB")).astype(int))
            assert animation.info["duration"] == 50
    assert np.abs(frames[0] - stylized(cli, styles[0])).mean() < 8
    assert np.abs(frames[3] - stylized(cli, styles[1])).mean() < 8
    assert np.abs(frames[1] - frames[5]).mean() < np.abs(frames[0] - frames[3]).mean() / 2


def test_an_animation_of_three_styles_visits_each(cli: CommandLine, gallery: Path) -> None:
    assert cli(*FOUR[:7], "--steps", 3, "-o", "out.gif", "--picture-size", 33).code == 0
    with Image.open("out.gif") as animation:
        assert animation.n_frames == 6 and animation.size == (33, 22)


def test_tiles_change_the_way_and_not_the_mix(cli: CommandLine, gallery: Path) -> None:
    assert np.abs(mixed(cli, "--tile", "off") - mixed(cli, "--tile", "64")).max() <= 1
    ended = cli(*TWO, "--alpha", 0.3, "--tile", "64", "--json")
    assert "encode_content" in json.loads(ended.out)["seconds"]


def test_mp4_has_even_sides_and_json_tells_them(cli: CommandLine, gallery: Path) -> None:
    import imageio_ffmpeg

    options = ("--steps", 3, "-o", "out.mp4", "--picture-size", 33, "--fps", 8)
    (told,) = json.loads(cli(*TWO, *options, "--json").out)["outputs"]
    assert (told["width"], told["height"]) == (34, 22)
    reader = imageio_ffmpeg.read_frames("out.mp4")
    facts = next(reader)
    assert len(list(reader)) == 4
    assert facts["size"] == (34, 22) and facts["fps"] == 8


def test_json_tells_of_every_file(cli: CommandLine, gallery: Path) -> None:
    ended = cli(*TWO, "--alpha", 0.25, "--alpha", 1, "--json")
    assert ended.err == ""
    data = json.loads(ended.out)
    assert data["outputs"] == [
        {"output": "cat_cup_sun_alpha0.25.png", "width": 96, "height": 64, "mix": [0.25, 0.75]},
        {"output": "cat_cup_sun_alpha1.png", "width": 96, "height": 64, "mix": [1.0, 0.0]},
    ]
    assert (data["content"], data["styles"]) == ("cat.png", ["cup.png", "sun.png"])
    assert data["device"] == "cpu" and data["weights"]["name"] == "lean"
    (gif,) = json.loads(cli(*TWO, "--steps", 2, "-o", "o.gif", "--json").out)["outputs"]
    assert gif["mixes"] == [[1.0, 0.0], [0.0, 1.0]] and gif["fps"] == 12


def test_quiet(cli: CommandLine, gallery: Path) -> None:
    ended = cli(*TWO, "--alpha", 0.25, "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_alone_it_paints_the_examples_and_says_so(cli: CommandLine, folder: Path) -> None:
    ended = cli("interpolate", "--alpha", 0.3, "--size", 64, "--style-size", 64)
    assert ended.code == 0, ended.err
    note, wrote = ended.err.splitlines()
    assert (
        note
        == "note: not given, so an example: content lighthouse.jpg; styles swirls.jpg, mosaic.jpg"
    )
    assert wrote.startswith("wrote lighthouse_swirls_mosaic_alpha0.3.png (768×576, ")  # noqa: RUF001
    ended = cli("interpolate", "cat.png", "--alpha", 0.3, "--size", 64, "--style-size", 64)
    assert "example: styles swirls.jpg, mosaic.jpg" in ended.err
    assert pixels(folder / "cat_swirls_mosaic_alpha0.3.png").shape == (64, 96, 3)
    assert (bundled_folder("examples") / "style" / "mosaic.jpg").exists()


@pytest.mark.parametrize(
    ("code", "arguments", "told"),
    [
        (2, (*TWO, "--alpha", "1.5"), "alpha is 1.5, not in 0 to 1"),
        (2, (*TWO, "--alpha", "-0.1"), "alpha is -0.1"),
        (2, (*TWO, "--alpha", "nan"), "alpha is nan"),
        (2, (*TWO, "--alpha", "0.3", "--alpha", "0.30"), "alpha 0.3 is given twice"),
        (2, (*TWO, "--alpha", "0.3", "--steps", "3"), "do not go together"),
        (2, (*FOUR, "--alpha", "0.3"), "there are 4"),
        (2, (*TWO, "--steps", "1"), "steps is 1"),
        (2, (*TWO, "--picture-size", "0"), "picture-size is 0"),
        (2, (*TWO, "-o", "out.gif", "--fps", "0"), "fps is 0, not in 1 to 50"),
        (2, (*TWO, "-o", "out.gif", "--fps", "nan"), "fps is nan"),
        (2, (*TWO, "-o", "out.gif", "--alpha", "0.3"), "one alpha is one picture"),
        (2, (*TWO, "-o", "out.png", "--fps", "12"), "--fps goes with an animation only"),
        (2, (*TWO, "--alpha", "0.3", "--picture-size", "64"), "does not go with single files"),
        (2, TWO[:-1], "only one style, cup.png"),
        (2, (*FOUR, "cup.png"), "no sheet of 5 styles"),
        (4, (*TWO, "-o", "out.txt"), "ends in .txt"),
        (4, (*TWO, "-o", "none/out.mp4"), "its folder does not exist"),
        (4, (*TWO, "-o", "none/folder"), "its folder does not exist"),
        (4, (*TWO, "-o", "cup.png", "--overwrite"), "both the output and an input"),
        (4, (*TWO, "-o", "sheet.jpg", "--steps", "1000"), "JPEG ends at 65500"),
        (3, (*TWO[:-1], "none.png"), "none.png does not exist"),
    ],
)
def test_errors(
    cli: CommandLine, gallery: Path, code: int, arguments: tuple[str, ...], told: str
) -> None:
    fails(cli, code, told, arguments=arguments)


def test_nothing_is_overwritten(cli: CommandLine, gallery: Path) -> None:
    (gallery / "cat_cup_sun_alpha1.png").write_bytes(b"dear")
    arguments = (*TWO, "--alpha", "0.5", "--alpha", "1")
    fails(cli, 4, "cat_cup_sun_alpha1.png exists already", arguments=arguments)
    (gallery / "out.gif").write_bytes(b"dear")
    fails(cli, 4, "out.gif exists already", arguments=(*TWO, "-o", "out.gif"))
    assert cli(*arguments, "--overwrite").code == 0


def test_transparent_photos_keep_their_alpha_in_files_and_stand_on_white_in_sheets(
    cli: CommandLine, gallery: Path
) -> None:
    clear = Image.open("cat.png").convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    clear.save("clear.png")
    command = (*TWO[:3], "clear.png", "cup.png", "sun.png")
    assert cli(*command, "--alpha", 0.5, "-o", "file.png").code == 0
    assert np.array_equal(pixels(gallery / "file.png")[..., 3], np.asarray(clear)[..., 3])
    assert cli(*command, "-o", "sheet.png").code == 0
    sheet = pixels(gallery / "sheet.png")
    assert sheet.shape[2] == 3 and sheet[8, 8 : 8 + 96].min() > 250
