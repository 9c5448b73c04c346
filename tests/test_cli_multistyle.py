"""`stylectl multistyle`: the mode follows from the options, all of which count and compose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from conftest import CommandLine, fails, pixels
from PIL import ExifTags, Image

from stylectl.cli.multistyle_mode import Mode
from stylectl.stylize.settings import Layout, Rest, Stitch

# Small styles, which take a tenth of the time; the last --style-size counts.
TWO = ("multistyle", "--style-size", "96", "cat.png", "cup.png", "sun.png")
THREE = (*TWO, "sea.png")


@pytest.fixture
def masks(gallery: Path) -> Path:
    """The gallery with left.png, right.png and soft.png of several sizes and modes."""
    left = np.zeros((32, 48), np.uint8)
    left[:, :24] = 255
    Image.fromarray(left).save("left.png")
    Image.fromarray(255 - left).convert("1").save("right.png")
    Image.linear_gradient("L").rotate(90).resize((96, 64)).convert("RGB").save("soft.png")
    return gallery


def painted(cli: CommandLine, *options: object, command: tuple[str, ...] = TWO) -> Any:
    """The picture of cat.png in cup.png and sun.png with further options, through out.png."""
    ended = cli(*command, "-o", "out.png", "--overwrite", *options)
    assert ended.code == 0, ended.err
    return pixels(Path("out.png"))


def alone(cli: CommandLine, style: str, *options: object) -> np.ndarray[Any, Any]:
    return painted(cli, *options, command=("stylize", "--style-size", "96", "cat.png", style))


MODES = {
    "stitch": ("--mode", "stitch"),
    "blend": ("--mode", "blend"),
    "mask": ("--mask", "soft.png"),
    "gradient": ("--layout", "left-right"),
}


def test_each_mode_paints_its_own_picture(cli: CommandLine, masks: Path) -> None:
    pictures = [painted(cli, *options) for options in MODES.values()]
    pictures += [alone(cli, "cup.png"), alone(cli, "sun.png")]
    for i, picture in enumerate(pictures):
        assert picture.shape == (64, 96, 3)
        assert all(np.abs(picture - other).max() > 0 for other in pictures[:i])


@pytest.mark.parametrize(
    ("options", "mode"),
    [
        ((), "stitch"),
        (("--stitch", "grid"), "stitch"),
        (("--save-stitched", "ref.png"), "stitch"),
        (("--weights", "1,2"), "blend"),
        (("--mask", "soft.png"), "mask"),
        (("--mask", "soft.png", "--weights", "1,2", "--feather", "0"), "mask"),
        (("--layout", "radial"), "gradient"),
        (("--layout", "radial", "--weights", "1,2"), "gradient"),
        (("--mode", "gradient"), "gradient"),
    ],
)
def test_the_mode_follows_from_the_options(
    cli: CommandLine, masks: Path, options: tuple[str, ...], mode: str
) -> None:
    data = json.loads(cli(*TWO, *options, "--json").out)
    assert data["mode"] == mode
    assert data["output"] == "cat_stylized_cup_sun.png"
    assert (data["content"], data["styles"]) == ("cat.png", ["cup.png", "sun.png"])
    assert data["masks"] == (["soft.png"] if "--mask" in options else [])
    assert data["stitched"] == ("ref.png" if "--save-stitched" in options else None)


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("stitch", ("--stitch", "grid")),
        ("stitch", ("--stitch", "equal")),
        ("blend", ("--weights", "1,3")),
        ("mask", ("--feather", "0.2")),
        ("mask", ("--weights", "1,3")),
        ("mask", ("--mask", "left.png")),
        ("mask", ("--mask", "left.png", "--rest", "content")),
        ("gradient", ("--layout", "radial")),
        ("gradient", ("--layout", "top-bottom")),
        ("gradient", ("--weights", "1,3")),
        *((mode, ("--strength", "0.5")) for mode in MODES),
        *((mode, ("--color", "content")) for mode in MODES),
        *((mode, ("--color", "match")) for mode in MODES),
        *((mode, ("--seed", "3")) for mode in MODES),
        *((mode, ("--size", "48")) for mode in MODES),
        *((mode, ("--stroke-size", "8%")) for mode in MODES),
        *((mode, ("--style-size", "64")) for mode in MODES),
    ],
)
def test_options_that_change_the_picture(
    cli: CommandLine, masks: Path, mode: str, options: tuple[str, ...]
) -> None:
    command = THREE if options[0] == "--stitch" else TWO
    first = () if options[0] == "--layout" else MODES[mode]
    plain = painted(cli, *MODES[mode], command=command)
    changed = painted(cli, *first, *options, command=command)
    assert changed.shape == plain.shape
    assert np.abs(plain - changed).max() > 0


@pytest.mark.parametrize("mode", MODES)
def test_tiles_change_the_way_and_not_the_picture(cli: CommandLine, masks: Path, mode: str) -> None:
    options = (*MODES[mode], "--color", "content", "--seed", "3", "--stroke-size", "8%")
    whole, tiled = (painted(cli, *options, "--tile", tile) for tile in ("off", "64"))
    assert np.abs(whole - tiled).max() <= 1
    ended = cli(*TWO, *options, "--tile", "64", "--json")
    assert "encode_content" in json.loads(ended.out)["seconds"]


def test_help_names_every_choice(cli: CommandLine) -> None:
    shown = cli("multistyle", "--help").out
    choices = [get_args(kind) for kind in (Mode, Stitch, Rest, Layout)]
    missing = [choice for group in choices for choice in group if choice not in shown]
    assert not missing


def test_all_options_together(cli: CommandLine, masks: Path) -> None:
    """Each still counts when all the others are given."""
    everything = {
        "--mask": "left.png",
        "--weights": "1,3",
        "--feather": "0.1",
        "--color": "content",
        "--strength": "0.8",
        "--seed": "3",
        "--size": "64",
        "--stroke-size": "8%",
        "--style-size": "64",
    }
    defaults = {"--mask": "soft.png"}

    def arguments(options: dict[str, str]) -> list[str]:
        # A second mask that overlaps, or weights would have nothing to decide.
        return [*(word for pair in options.items() for word in pair), "--mask", "right.png"]

    together = painted(cli, *arguments(everything), command=TWO)
    for name in everything:
        without = {k: v for k, v in everything.items() if k != name}
        if name in defaults:
            without[name] = defaults[name]
        assert np.abs(painted(cli, *arguments(without)) - together).max() > 0, name


@pytest.mark.parametrize("mode", MODES)
def test_strength_zero_is_the_same_picture_in_any_mode(
    cli: CommandLine, masks: Path, mode: str
) -> None:
    expected = alone(cli, "cup.png", "--strength", 0)
    assert np.array_equal(painted(cli, *MODES[mode], "--strength", 0), expected)


@pytest.mark.parametrize(
    "options",
    [
        *MODES.values(),
        ("--mask", "soft.png", "--mask", "left.png", "--rest", "content", "--color", "content"),
        ("--mask", "soft.png", "--seed", "3", "--strength", "0.6", "--stroke-size", "8%"),
    ],
    ids=str,
)
def test_tiles_give_the_same_picture(
    cli: CommandLine, masks: Path, options: tuple[str, ...]
) -> None:
    whole, tiled = (painted(cli, *options, "--tile", tile) for tile in ("off", "64"))
    assert np.abs(tiled - whole).max() <= 1


@pytest.mark.parametrize("mode", ["blend", "mask", "gradient"])
def test_a_style_twice_is_that_style(cli: CommandLine, masks: Path, mode: str) -> None:
    twice = (*TWO[:3], "cat.png", "cup.png", "cup.png")
    picture = painted(cli, *MODES[mode], command=twice)
    assert np.abs(picture - alone(cli, "cup.png")).max() <= 1


def test_weights_are_relative_and_name_a_style_alone(cli: CommandLine, gallery: Path) -> None:
    assert np.array_equal(painted(cli, "--weights", "2,6"), painted(cli, "--weights", "0.5,1.5"))
    assert np.array_equal(painted(cli, "--weights", "0,3"), alone(cli, "sun.png"))


def test_weights_agree_with_interpolate(cli: CommandLine, gallery: Path) -> None:
    half = painted(cli, "--alpha", 0.25, command=("interpolate", *TWO[1:]))
    assert np.array_equal(painted(cli, "--weights", "1,3"), half)


def test_the_network_is_chosen_by_model(cli: CommandLine, gallery: Path, weights: Path) -> None:
    plain = painted(cli)
    assert np.array_equal(painted(cli, "--model", weights), plain)
    fails(cli, 5, "none.safetensors", arguments=(*TWO, "--model", "none.safetensors"))


def test_an_all_white_mask_is_its_style(cli: CommandLine, gallery: Path) -> None:
    Image.new("L", (3, 2), 255).save("white.png")
    assert np.abs(painted(cli, "--mask", "white.png") - alone(cli, "sun.png")).max() <= 1


def test_the_rest_keeps_the_content(cli: CommandLine, masks: Path) -> None:
    Image.open("cat.png").resize((384, 256)).save("large.png")
    large = (*TWO[:3], "large.png", "cup.png", "sun.png")
    halves = ("--mask", "left.png", "--mask", "left.png", "--feather", 0, "--rest", "content")
    kept = painted(cli, *halves, command=large)
    original = pixels(masks / "large.png")
    assert np.array_equal(kept[:, 300:], original[:, 300:])
    assert np.abs(kept[:, :100] - original[:, :100]).mean() > 5


def test_masks_of_any_kind(cli: CommandLine, masks: Path) -> None:
    """Colour, 16 bits, alpha and EXIF orientation: the same mask all the same."""
    soft = Image.open("soft.png").convert("L")
    expected = painted(cli, "--mask", "soft.png")
    Image.fromarray(np.asarray(soft).astype(np.uint16) * 257).save("deep.png")
    soft.save("soft.tiff")
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    soft.transpose(Image.Transpose.ROTATE_90).save("turned.png", exif=exif)
    white = Image.new("RGBA", soft.size, "white")
    white.putalpha(soft)
    white.save("cut_out.png")
    for name in ("deep.png", "soft.tiff", "turned.png", "cut_out.png"):
        assert np.abs(painted(cli, "--mask", name) - expected).max() <= 1, name
    Image.merge("RGB", (soft, soft.point(lambda _: 0), soft.point(lambda _: 0))).save("red.png")
    soft.point(lambda value: value * 0.2126).save("dark.png")
    red, dark = (painted(cli, "--mask", name) for name in ("red.png", "dark.png"))
    assert np.abs(red - dark).max() <= 2
    assert np.abs(red - expected).max() > 2


def test_the_stitched_reference_is_what_is_painted_with(cli: CommandLine, gallery: Path) -> None:
    picture = painted(cli, "--save-stitched", "reference.png", "--style-size", 80)
    with Image.open("reference.png") as reference:
        long_edge = max(reference.size)
    same = alone(cli, "reference.png", "--style-size", long_edge)
    assert np.abs(same - picture).mean() < 1
    ended = cli(*TWO, "--save-stitched", "ref.png", "-o", "one.png")
    assert [line.split(" (")[0] for line in ended.err.splitlines()] == [
        "wrote ref.png",
        "wrote one.png",
    ]
    ended = cli(*TWO, "--save-stitched", "reference.png", "-o", "other.png")
    assert ended.code == 4 and "reference.png exists already" in ended.err


def test_alone_it_paints_the_examples_and_says_so(cli: CommandLine, folder: Path) -> None:
    ended = cli("multistyle", "--size", 64, "--style-size", 64)
    note, wrote = ended.err.splitlines()
    assert note.startswith("note: not given, so an example: content lighthouse.jpg; styles ")
    assert wrote.startswith("wrote lighthouse_stylized_swirls_mosaic.png (768×576, ")  # noqa: RUF001


@pytest.mark.parametrize(
    ("code", "options", "told"),
    [
        (2, ("--weights", "1,-2"), "a weight is -2"),
        (2, ("--weights", "1,inf"), "a weight is inf"),
        (2, ("--weights", "0,0"), "the weights sum to 0"),
        (2, ("--weights", "1e308,1e308"), "the weights sum to more than"),
        (2, ("--weights", "1"), "there are 1 weights for 2 styles"),
        (2, ("--weights", "1,2,3"), "there are 3 weights for 2 styles"),
        (2, ("--weights", "lean"), "weights is 'lean', not numbers such as 2,1,1"),
        (2, ("--weights", ""), "weights is ''"),
        (2, ("--mode", "stitch", "--weights", "1,2"), "--weights 1,2 does not go with"),
        (2, ("--stitch", "row", "--weights", "1,2"), "--weights 1,2 does not go with"),
        (2, ("--mode", "blend", "--mask", "soft.png"), "--mask does not go with --mode blend"),
        (2, ("--mode", "mask", "--layout", "radial"), "--layout does not go with --mode mask"),
        (2, ("--layout", "radial", "--mask", "soft.png"), "--mask and --layout do not go"),
        (2, ("--mode", "mask"), "there is no mask"),
        (2, ("--feather", "0.1"), "there is no mask"),
        (2, ("--mask", "soft.png", "--feather", "0.6"), "feather is 0.6, not in 0 to 0.5"),
        (2, ("--mask", "soft.png", "--rest", "content"), "the rest cannot be the content"),
        (2, ("--mask", "soft.png") * 3, "there are 3 masks for 2 styles"),
        (2, ("--mask", "black.png"), "the mask black.png is black everywhere"),
        (2, ("--mask", "tall.png"), "the mask tall.png is 64x96, the content 96x64"),
        (2, ("--mask", "clear.png"), "the mask clear.png is black everywhere"),
        (3, ("--mask", "none.png"), "none.png does not exist"),
        (3, ("--mask", "text.png"), "text.png is not an image"),
        (4, ("--mask", "soft.png", "-o", "soft.png", "--overwrite"), "both the output and an"),
        (4, ("--save-stitched", "ref.gif"), "ref.gif ends in .gif"),
        (
            4,
            ("--save-stitched", "out.png", "-o", "out.png"),
            "out.png is both --output and --save-stitched",
        ),
    ],
)
def test_errors(
    cli: CommandLine, masks: Path, code: int, options: tuple[str, ...], told: str
) -> None:
    Image.new("L", (96, 64)).save("black.png")
    Image.new("RGBA", (96, 64), (255, 255, 255, 0)).save("clear.png")
    Image.new("L", (64, 96), 255).save("tall.png")
    Path("text.png").write_text("no image")
    fails(cli, code, told, arguments=(*TWO, *options))


def test_one_style_is_too_few(cli: CommandLine, gallery: Path) -> None:
    fails(cli, 2, "only one style, cup.png", arguments=TWO[:-1])


def test_three_masks_for_four_styles(cli: CommandLine, masks: Path) -> None:
    four = (*THREE, "ink.png")
    three = ("--mask", "left.png", "--mask", "right.png", "--mask", "soft.png")
    assert np.abs(painted(cli, *three, command=four) - painted(cli, command=four)).max() > 0
    fails(cli, 2, "there are 2 masks for 4 styles", arguments=(*four, *three[:4]))
