"""`stylectl stylize` writes the picture that was asked for; every option counts."""

from __future__ import annotations

import inspect
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import PAIR, CommandLine, pixels, random_network, save_network
from PIL import ExifTags, Image, ImageCms


def painted(cli: CommandLine, *options: object) -> np.ndarray[Any, Any]:
    """The picture of cat.png and cup.png with further options, through out.png."""
    ended = cli(*PAIR, "-o", "out.png", "--overwrite", *options)
    assert ended.code == 0, ended.err
    return pixels(Path("out.png"))


def test_two_files_are_enough(cli: CommandLine, folder: Path) -> None:
    ended = cli(*PAIR)
    assert ended.code == 0
    assert ended.out == ""
    assert ended.err.startswith("wrote cat_stylized_cup.png (96×64, ")  # noqa: RUF001
    assert ended.err.endswith(" s on cpu)\n") and ended.err.count("\n") == 1
    result = pixels(folder / "cat_stylized_cup.png")
    assert result.shape == (64, 96, 3)
    assert np.abs(result - pixels(folder / "cat.png")).mean() > 5
    assert sorted(path.name for path in folder.iterdir()) == [
        "cat.png",
        "cat_stylized_cup.png",
        "cup.png",
    ]


def test_it_is_what_the_library_paints(
    cli: CommandLine, folder: Path, weights: Path, photo: Image.Image, painting: Image.Image
) -> None:
    from stylectl import Stylizer

    expected = Stylizer.load(weights, device="cpu").stylize(photo, painting)
    assert np.array_equal(painted(cli), np.asarray(expected))


def test_the_default_name_is_in_the_working_directory(cli: CommandLine, folder: Path) -> None:
    (folder / "far away").mkdir()
    for name in ("cat.png", "cup.png"):
        (folder / name).rename(folder / "far away" / name)
    assert cli("stylize", "far away/cat.png", folder / "far away/cup.png").code == 0
    assert (folder / "cat_stylized_cup.png").exists()


@pytest.mark.parametrize(
    "options",
    [
        ("--strength", "0.5"),
        ("--strength", "0"),
        ("--size", "48"),
        ("--style-size", "64"),
        ("--seed", "3"),
        ("--color", "content"),
        ("--color", "match"),
        ("--precision", "bf16"),
    ],
)
def test_options_that_change_the_picture(
    cli: CommandLine, folder: Path, options: tuple[str, ...]
) -> None:
    plain, changed = painted(cli), painted(cli, *options)
    assert changed.shape == plain.shape
    assert np.abs(plain - changed).max() > 0
    assert np.array_equal(painted(cli, *options), changed)  # and nothing is left to chance


def test_colours_are_those_of_the_library(
    cli: CommandLine, folder: Path, weights: Path, photo: Image.Image, painting: Image.Image
) -> None:
    from stylectl import Stylizer

    stylizer = Stylizer.load(weights, device="cpu")
    for color in ("content", "match"):
        expected = stylizer.stylize(photo, painting, color=color)
        assert np.array_equal(painted(cli, "--color", color), np.asarray(expected))


def test_weights_by_file(cli: CommandLine, folder: Path) -> None:
    save_network(folder / "mine.safetensors", random_network(seed=1))
    mine = painted(cli, "--weights", "mine.safetensors")
    assert np.abs(mine - painted(cli)).max() > 0
    assert np.array_equal(painted(cli, "--model", "mine.safetensors"), mine)
    assert np.array_equal(painted(cli, "--weights", "lean"), painted(cli))


def test_overwrite(cli: CommandLine, folder: Path) -> None:
    (folder / "out.png").write_bytes(b"old")
    assert cli(*PAIR, "-o", "out.png").code == 4
    assert (folder / "out.png").read_bytes() == b"old"
    assert cli(*PAIR, "--output", "out.png", "--overwrite").code == 0
    assert pixels(folder / "out.png").shape == (64, 96, 3)


def test_quiet(cli: CommandLine, folder: Path) -> None:
    Image.open("cat.png").convert("RGBA").resize((20, 20)).save("clear.png")
    for option in ("--quiet", "-q"):
        ended = cli("stylize", "clear.png", "cup.png", "-o", "a.jpg", "--overwrite", option)
        assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert "error: " in cli(*PAIR, "-o", "a.jpg", "--quiet").err


def test_json(cli: CommandLine, folder: Path, weights: Path) -> None:
    from stylectl.weights.files import sha256

    ended = cli(*PAIR, "--json", "--device", "cpu", "--precision", "bf16")
    assert ended.err == ""
    data = json.loads(ended.out)
    assert ended.out.count("\n") == 1
    seconds = data.pop("seconds")
    assert data == {
        "output": "cat_stylized_cup.png",
        "content": "cat.png",
        "style": "cup.png",
        "width": 96,
        "height": 64,
        "device": "cpu",
        "precision": "bf16",
        "weights": {"name": "lean", "sha256": sha256(weights)},
        "warnings": [],
    }
    assert list(seconds) == ["read", "load", "encode_style", "stylise", "write", "total"]
    assert all(value >= 0 for value in seconds.values())
    assert seconds["total"] >= max(seconds.values())


def test_max_pixels(cli: CommandLine, folder: Path) -> None:
    ended = cli(*PAIR, "--max-pixels", "6143")
    assert ended.code == 3
    assert "cat.png has 6,144 pixels" in ended.err and "--max-pixels" in ended.err
    assert cli(*PAIR, "--max-pixels", "6144").code == 0


def test_options_show_the_defaults_of_the_library(cli: CommandLine) -> None:
    from stylectl import Stylizer
    from stylectl.cli.stylize import stylize
    from stylectl.media import DEFAULT_MAX_PIXELS

    shown = cli("stylize", "--help").out
    library = {
        **inspect.signature(Stylizer.load).parameters,
        **inspect.signature(Stylizer.stylize).parameters,
    }
    options = inspect.signature(stylize).parameters
    for name in (
        "strength",
        "color",
        "size",
        "style_size",
        "seed",
        "weights",
        "device",
        "precision",
        "tile",
    ):
        default = options[name].default
        assert default == library[name].default
        assert default is None or f"[default: {default}]" in shown
    assert f"[default: ({DEFAULT_MAX_PIXELS})]" in shown


def test_the_result_has_the_size_of_the_upright_photo(cli: CommandLine, folder: Path) -> None:
    upright = Image.open("cat.png").convert("RGB")
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Artist] = "Ada"
    upright.transpose(Image.Transpose.ROTATE_90).save("phone.png", exif=exif)
    assert cli("stylize", "phone.png", "cup.png", "-o", "phone-out.png").code == 0
    with Image.open("phone-out.png") as result:
        assert result.size == (96, 64)
        assert ExifTags.Base.Orientation not in result.getexif()
        assert result.getexif()[ExifTags.Base.Artist] == "Ada"
    assert np.array_equal(pixels(folder / "phone-out.png"), painted(cli))


@pytest.mark.parametrize("size", [(1, 1), (300, 5), (53, 37), (40, 90)])
def test_odd_sizes(cli: CommandLine, folder: Path, size: tuple[int, int]) -> None:
    Image.open("cat.png").resize(size).save("odd.png")
    ended = cli("stylize", "odd.png", "cup.png", "-o", "out.png")
    assert f"({size[0]}×{size[1]}, " in ended.err  # noqa: RUF001
    assert pixels(folder / "out.png").shape == (size[1], size[0], 3)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tiff", ".avif", ".jpg", ".bmp"])
def test_alpha_is_kept_where_the_format_can(cli: CommandLine, folder: Path, suffix: str) -> None:
    content = Image.open("cat.png").convert("RGBA")
    content.putalpha(Image.linear_gradient("L").resize(content.size))
    content.save("clear.png")
    ended = cli("stylize", "clear.png", "cup.png", "-o", f"out{suffix}", "--json")
    assert ended.code == 0, ended.err
    warnings = json.loads(ended.out)["warnings"]
    result = pixels(folder / f"out{suffix}")
    if suffix in (".jpg", ".bmp"):
        assert result.shape == (64, 96, 3)
        assert len(warnings) == 1 and "transparency" in warnings[0]
        assert result[0].min() > 240  # transparent there: the white paper shows
    else:
        assert warnings == []
        assert np.abs(result[..., 3] - np.asarray(content)[..., 3]).max() <= 3


def test_warnings_are_said_once_each(cli: CommandLine, folder: Path) -> None:
    Image.open("cat.png").convert("RGBA").resize((20, 20)).rotate(45).save("clear.png")
    ended = cli("stylize", "clear.png", "cup.png", "-o", "out.jpg")
    warning, wrote = ended.err.splitlines()
    assert warning.startswith("warning: out.jpg: JPEG has no transparency")
    assert wrote.startswith("wrote out.jpg")


def test_16_bit_grey_is_not_saturated(cli: CommandLine, folder: Path) -> None:
    grey = Image.open("cat.png").convert("L")
    grey.save("grey8.png")
    Image.fromarray(np.asarray(grey).astype(np.uint16) * 257).save("grey16.png")
    for name in ("grey8", "grey16"):
        assert cli("stylize", f"{name}.png", "cup.png", "-o", f"{name}-out.png").code == 0
    difference = pixels(folder / "grey8-out.png") - pixels(folder / "grey16-out.png")
    assert np.abs(difference).max() <= 1


def test_colours_are_converted_and_tagged(cli: CommandLine, folder: Path) -> None:
    lab = ImageCms.createProfile("LAB")  # a profile of the wrong kind: ignored with a warning
    content = Image.open("cat.png")
    content.save("odd.png", icc_profile=ImageCms.ImageCmsProfile(lab).tobytes())
    ended = cli("stylize", "odd.png", "cup.png", "-o", "out.png")
    assert "warning: odd.png: the colour profile is ignored" in ended.err
    with Image.open("out.png") as result:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(result.info["icc_profile"]))
        assert "sRGB" in ImageCms.getProfileDescription(profile)


def test_names_with_odd_characters(cli: CommandLine, folder: Path) -> None:
    name = "[bold]ça :smile: ; touch x.png"
    (folder / "cat.png").rename(folder / name)
    ended = cli("stylize", name, "cup.png")
    assert "wrote [bold]ça :smile: ; touch x_stylized_cup.png (" in ended.err
    (folder / "-cat.png").write_bytes((folder / "cup.png").read_bytes())
    assert cli("stylize", "-o", "o.png", "--", "-cat.png", "cup.png").code == 0


def test_tiles_change_the_way_and_not_the_picture(
    cli: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.open("cat.png").resize((200, 150)).save("large.png")
    arguments = ("stylize", "large.png", "cup.png", "--json", "--overwrite")
    results, stages = [], []
    for tile in ("off", "auto", "64", "100"):
        ended = cli(*arguments, "--tile", tile, "-o", "out.png")
        assert ended.code == 0, ended.err
        stages.append(set(json.loads(ended.out)["seconds"]))
        results.append(pixels(folder / "out.png"))
    assert all(np.abs(result - results[0]).max() <= 1 for result in results)
    assert ["encode_content" in names for names in stages] == [False, False, True, True]


@pytest.mark.parametrize("size", [(1000, 1), (1, 1000), (8, 8), (1, 1), (17, 301)], ids=str)
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_thin_pictures_are_painted_in_tiles_too(
    cli: CommandLine, folder: Path, size: tuple[int, int], suffix: str
) -> None:
    Image.open("cat.png").resize(size).save(f"thin.{suffix}")
    results = []
    for tile in ("off", "64"):
        arguments = ("stylize", f"thin.{suffix}", "cup.png", "--tile", tile, "--style-size", "96")
        ended = cli(*arguments, "-o", "out.png", "--overwrite")
        assert ended.code == 0, ended.err
        results.append(pixels(folder / "out.png"))
    assert results[0].shape == (size[1], size[0], 3)
    assert np.abs(results[1] - results[0]).max() <= 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_leaves_nothing(
    cli: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, data: bytes) -> None:
        with open(self, "wb") as file:
            file.write(bytes(data)[:1000])  # what still found room
        with open("/dev/full", "wb", buffering=0) as file:
            file.write(data)

    monkeypatch.setattr(Path, "write_bytes", full)
    ended = cli(*PAIR, "--tile", "64")
    assert ended.code == 4
    assert "cannot be written: No space left on device" in ended.err and "free some" in ended.err
    assert sorted(path.name for path in folder.iterdir()) == ["cat.png", "cup.png"]
