"""`stylectl attention` draws the figure that was asked for; every option counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CommandLine, pixels, random_network, save_network
from PIL import Image

from stylectl.stylize.stylizer import Stylizer

PAIR = ("attention", "cat.png", "cup.png")


def drawn(cli: CommandLine, *options: object) -> np.ndarray[Any, Any]:
    ended = cli(*PAIR, "-o", "out.png", "--overwrite", *options)
    assert ended.code == 0, ended.err
    return pixels(Path("out.png"))


def told(cli: CommandLine, *options: object) -> dict[str, Any]:
    ended = cli(*PAIR, "-o", "out.png", "--overwrite", "--json", *options)
    assert (ended.code, ended.err) == (0, ""), ended.err
    return json.loads(ended.out)


def test_two_files_are_enough(cli: CommandLine, folder: Path) -> None:
    ended = cli(*PAIR)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith("wrote cat_attention_cup.png (")
    figure = pixels(folder / "cat_attention_cup.png")
    assert np.array_equal(figure, drawn(cli, "--point", "50%,50%"))
    assert len(list(folder.iterdir())) == 4


@pytest.mark.parametrize(
    "options",
    [
        ("--point", "3,4"),
        ("--point", "50%,50%", "--point", "3,4"),
        ("--size", "48"),
        ("--style-size", "128"),
        ("--weights", "other.safetensors"),
        ("--precision", "bf16"),
    ],
)
def test_every_option_counts(cli: CommandLine, folder: Path, options: tuple[str, ...]) -> None:
    save_network(folder / "other.safetensors", random_network(1))
    plain = drawn(cli)
    changed = drawn(cli, *options)
    assert plain.shape != changed.shape or np.abs(plain - changed).max() > 5


def test_json_gives_the_numbers_of_the_maps(
    cli: CommandLine, folder: Path, weights: Path, photo: Image.Image, painting: Image.Image
) -> None:
    data = told(cli, "--point", "3,4", "--point", "100%,50%", "--style-size", "128")
    maps = Stylizer.load(weights).attention(photo, painting, [(3, 4), (95, 31.5)], style_size=128)
    assert data["output"] == "out.png" and data["weights"]["name"] == "lean"
    assert data["style_positions"] == {"rows": 8, "columns": 6}
    assert [(point["x"], point["y"]) for point in data["points"]] == [(3, 4), (95, 31.5)]
    for number, point in enumerate(data["points"]):
        assert point["mean"]["kept"] == pytest.approx(float(maps.kept[number].mean()), abs=1e-5)
        assert point["mean"]["largest"] == pytest.approx(
            float(maps.used[number].mean(0).max()), abs=1e-5
        )
        assert len(point["heads"]) == 8
        for head, numbers in enumerate(point["heads"]):
            expected = {
                "kept": float(maps.kept[number, head]),
                "largest": float(maps.used[number, head].max()),
                "largest_ungated": float(maps.ungated[number, head].max()),
            }
            assert numbers == pytest.approx(expected, abs=1e-5)
    height, width = pixels(folder / "out.png").shape[:2]
    assert (data["width"], data["height"]) == (width, height)


def test_a_network_without_a_gate(cli: CommandLine, folder: Path) -> None:
    save_network(folder / "free.safetensors", random_network(gate="none"))
    gated, free = drawn(cli), drawn(cli, "--weights", "free.safetensors")
    assert free.shape[1] < gated.shape[1]
    (point,) = told(cli, "--weights", "free.safetensors")["points"]
    assert point["mean"]["kept"] == 1
    assert point["mean"]["largest"] == point["mean"]["largest_ungated"]


def test_quiet(cli: CommandLine, folder: Path) -> None:
    ended = cli(*PAIR, "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


@pytest.mark.parametrize(
    ("options", "code", "error", "hint"),
    [
        (("--point", "96,0"), 2, "point 96,0 lies outside", "x goes from 0 to 95 and y from 0"),
        (("--point", "1,1", "--point", "0%,101%"), 2, "point 0%,101% lies outside", "to 63"),
        (("--point", "12"), 2, "point '12' cannot be read", "50%,30%"),
        (("--size", "0"), 2, "size is 0", "512"),
        (("--style-size", "0"), 2, "style-size is 0", "512"),
        (("--max-pixels", "10"), 3, "cat.png has 6,144 pixels", "--max-pixels 6144"),
        (("-o", "out.gif"), 4, "out.gif ends in .gif", ".png"),
        (("-o", "cup.png", "--overwrite"), 4, "cup.png is both the output and an input", "other"),
        (("-o", "there.png"), 4, "there.png exists already", "--overwrite"),
        (("--weights", "rembrandt"), 5, "rembrandt", "lean"),
        (("--device", "cpu", "--precision", "fp16"), 2, "fp16 is not for the CPU", "bf16"),
    ],
)
def test_errors(
    cli: CommandLine, folder: Path, options: tuple[str, ...], code: int, error: str, hint: str
) -> None:
    (folder / "there.png").write_bytes(b"something dear")
    ended = cli(*PAIR, *options)
    assert (ended.code, ended.out) == (code, ""), ended.err
    first, second = ended.err.splitlines()
    assert first.startswith("error: ") and error in first
    assert second.startswith("hint: ") and hint in second
    assert len(list(folder.iterdir())) == 3


def test_help_has_an_example(cli: CommandLine) -> None:
    assert "Example: stylectl attention photo.jpg" in cli("attention", "--help").out
