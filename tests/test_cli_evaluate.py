"""`stylectl evaluate` as a user meets it: table, JSON, sheet, saved pictures, what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CommandLine, Ended, pixels, random_network, save_network
from PIL import Image
from training_parts import save_vgg, tiny_vgg

from stylectl.evaluation.figures import HIGHER_IS_BETTER

Evaluate = Callable[..., Ended]
PAIRS = {f"{c}_stylized_{s}" for c in ("cat", "cup") for s in ("coffee", "rocket")}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: photos/, paintings/ and vgg.safetensors."""
    from skimage import data

    for folder, name, picture in (
        ("photos", "cat", data.chelsea()),
        ("photos", "cup", data.coffee()),
        ("paintings", "coffee", data.coffee()),
        ("paintings", "rocket", data.rocket()),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        Image.fromarray(picture).resize((60, 44)).save(tmp_path / folder / f"{name}.png")
    save_vgg(tmp_path / "vgg.safetensors", tiny_vgg(3))
    save_network(tmp_path / "mine.safetensors", random_network(seed=1))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def evaluate(cli: CommandLine, world: Path) -> Evaluate:
    def run(*options: object, pair: tuple[str, str] = ("photos", "paintings")) -> Ended:
        fixed = ("--perceptual", "vgg.safetensors", "--device", "cpu", "--size", 32)
        return cli("evaluate", *pair, *fixed, *options)

    return run


def described(ended: Ended) -> dict[str, Any]:
    assert ended.out.count("\n") == 1, ended.err
    return json.loads(ended.out)


def means(ended: Ended) -> list[dict[str, float]]:
    return [method["mean"] for method in described(ended)["methods"]]


def test_the_table_is_tab_separated_where_there_is_no_terminal(evaluate: Evaluate) -> None:
    ended = evaluate()
    assert (ended.code, ended.err) == (0, "")
    header, row = (line.split("\t") for line in ended.out.splitlines())
    assert header == ["method", "pairs", *HIGHER_IS_BETTER]
    assert row[:2] == ["lean", "4"]
    assert [float(cell) for cell in row[2:]] == pytest.approx(
        list(means(evaluate("--json"))[0].values()), abs=1e-4
    )


def test_json_holds_every_pair_and_what_was_measured_with(evaluate: Evaluate) -> None:
    data = described(evaluate("--json"))
    (method,) = data["methods"]
    assert (method["name"], method["measured"]) == ("lean", 4)
    assert set(method["pairs"]) == PAIRS
    for name, mean in method["mean"].items():
        of_pairs = [figures[name] for figures in method["pairs"].values()]
        assert mean == pytest.approx(np.mean(of_pairs))
    assert data["size"] == 32 and data["failed"] == [] and data["warnings"] == []
    assert data["perceptual"][0]["file"] == "vgg.safetensors"
    assert set(data["seconds"]) == {"check", "load", "measure", "write", "total"}


def test_saved_pictures_measure_as_they_did_when_painted(evaluate: Evaluate, world: Path) -> None:
    painted = means(evaluate("--json", "--save", "out/kept"))
    assert {file.stem for file in (world / "out/kept").iterdir()} == PAIRS
    assert means(evaluate("--json", "--results", "out/kept")) == painted


def test_several_methods_stand_side_by_side(evaluate: Evaluate, world: Path) -> None:
    ended = evaluate("--weights", "lean", "--weights", "mine.safetensors", "--save", "out")
    lean, mine = (line.split("\t") for line in ended.out.splitlines()[1:])
    assert (lean[0], mine[0]) == ("lean", "mine") and lean[2:] != mine[2:]
    assert {file.stem for file in (world / "out/mine").iterdir()} == PAIRS
    both = evaluate("--results", "out/mine", "--weights", "lean")
    names = [line.split("\t")[0] for line in both.out.splitlines()[1:]]
    assert names == ["lean", "mine"]


def test_a_style_is_encoded_once(evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch) -> None:
    from stylectl.stylize.stylizer import Stylizer

    encode, calls = Stylizer.encode_style, []
    monkeypatch.setattr(
        Stylizer, "encode_style", lambda *a, **k: (calls.append(1), encode(*a, **k))[1]
    )
    assert evaluate().code == 0
    assert len(calls) == 2


@pytest.mark.parametrize(
    "options", [("--size", "48"), ("--precision", "bf16"), ("--weights", "mine.safetensors")]
)
def test_options_that_change_the_figures(evaluate: Evaluate, options: tuple[str, ...]) -> None:
    assert means(evaluate("--json", *options)) != means(evaluate("--json"))


def test_perceptual_networks_are_taken_in_order(cli: CommandLine, world: Path) -> None:
    save_vgg(world / "short.safetensors", tiny_vgg(5, (7, 9), "conv2_1"))
    options = ("photos", "paintings", "--json", "--size", 32, "--perceptual")
    one = cli("evaluate", *options, "vgg.safetensors")
    two = cli("evaluate", *options, "short.safetensors", "--perceptual", "vgg.safetensors")
    assert means(one)[0]["gram"] != means(two)[0]["gram"]
    # But for rounding: a stack divides in its own convolutions by what its maps are divided by.
    assert means(one)[0]["content_loss"] == pytest.approx(means(two)[0]["content_loss"], rel=1e-5)
    short = cli("evaluate", *options, "short.safetensors")
    assert short.code == 5 and "no perceptual network reaches relu3_1" in short.err


def test_without_perceptual_it_is_torchvisions_vgg16(
    cli: CommandLine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stylectl.evaluation import evaluation

    monkeypatch.setattr(evaluation, "imagenet_vgg16", lambda: tiny_vgg(3))
    data = described(cli("evaluate", "photos", "paintings", "--size", 32, "--json"))
    assert data["perceptual"] == "torchvision VGG-16, IMAGENET1K_V1"


def test_single_files(evaluate: Evaluate) -> None:
    ended = evaluate("--json", pair=("photos/cat.png", "paintings/rocket.png"))
    assert set(described(ended)["methods"][0]["pairs"]) == {"cat_stylized_rocket"}


def test_sheets(evaluate: Evaluate, world: Path) -> None:
    sizes = []
    for options in ((), ("--sheet-side", 48), ("--weights", "lean", "--results", "out")):
        evaluate("--save", "out", "--overwrite") if "--results" in options else None
        assert evaluate("--sheet", "sheet.png", "--overwrite", *options).code == 0
        sizes.append(pixels(world / "sheet.png").shape)
    assert len(set(sizes)) == 3
    assert sizes[0][0] > 3 * 160 and 3 * 48 < sizes[1][0] < 3 * 80


def test_figures_file(evaluate: Evaluate, world: Path) -> None:
    ended = evaluate("--figures", "figures.json")
    assert ended.out.startswith("method\t")
    data = json.loads((world / "figures.json").read_text())
    assert set(data["methods"][0]["pairs"]) == PAIRS


def test_quiet_keeps_the_table(evaluate: Evaluate, world: Path) -> None:
    ended = evaluate("--quiet")
    assert ended.err == "" and ended.out.startswith("method\t")


@pytest.mark.parametrize("output", [("--sheet", "old.png"), ("--figures", "old.json")])
def test_nothing_is_overwritten_unasked(
    evaluate: Evaluate, world: Path, output: tuple[str, str]
) -> None:
    (world / output[1]).write_bytes(b"old")
    assert evaluate(*output).code == 4
    assert (world / output[1]).read_bytes() == b"old"
    assert evaluate(*output, "--overwrite").code == 0
    assert (world / output[1]).read_bytes() != b"old"


def test_saved_pictures_are_not_overwritten_unasked(evaluate: Evaluate, world: Path) -> None:
    (world / "out").mkdir()
    old = world / "out/cup_stylized_rocket.png"
    old.write_bytes(b"old")
    ended = evaluate("--save", "out")
    assert ended.code == 4 and "cup_stylized_rocket.png exists" in ended.err
    assert list((world / "out").iterdir()) == [old] and old.read_bytes() == b"old"
    assert evaluate("--save", "out", "--overwrite").code == 0


def test_one_bad_file_does_not_lose_the_rest(evaluate: Evaluate, world: Path) -> None:
    (world / "photos/bad.png").write_text("no image")
    (world / "photos/notes.txt").write_text("not even one by name")
    ended = evaluate("--sheet", "sheet.png")
    assert ended.code == 3
    assert ended.out.splitlines()[1].startswith("lean\t4\t")
    assert "error: content left out: photos/bad.png is not an image" in ended.err
    assert "notes" not in ended.err and (world / "sheet.png").exists()


def test_missing_results_are_named_and_counted(evaluate: Evaluate, world: Path) -> None:
    evaluate("--save", "out")
    (world / "out/cat_stylized_rocket.png").unlink()
    ended = evaluate("--results", "out", "--sheet", "sheet.png")
    assert ended.code == 3
    assert ended.out.splitlines()[1].startswith("out\t3\t")
    assert "out: 1 of 4 pairs have no result: out/cat_stylized_rocket.png is missing" in ended.err
    (world / "out/cat_stylized_coffee.png").write_text("no image")
    data = described(evaluate("--results", "out", "--json"))
    assert data["methods"][0]["measured"] == 2 and len(data["failed"]) == 2


def test_max_pixels(evaluate: Evaluate) -> None:
    ended = evaluate("--max-pixels", 100)
    assert ended.code == 3 and ended.out.splitlines()[1] == "\t".join(["lean", "0", *"------"])
    assert "cat.png has 2,640 pixels" in ended.err
    assert evaluate("--max-pixels", 2640).code == 0


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("--results", "none"), 3, "results none does not exist"),
        (("--results", "empty"), 3, "no image files in empty"),
        (("--weights", "none"), 5, "none"),
        (("--weights", "lean", "--weights", "lean"), 2, "lean is given twice"),
        (("--results", "photos", "--save", "out"), 2, "--save has nothing to keep"),
        (("--save", "photos"), 4, "photos is both --save and an input"),
        (("--save", "vgg.safetensors"), 4, "is a file, no folder"),
        (("--sheet", "sheet.gif"), 4, "sheet.gif"),
        (("--sheet", "photos/cat.png", "--overwrite"), 4, "both the output and an input"),
        (("--sheet", "a.png", "--figures", "a.png"), 4, "two outputs at once"),
        (("--figures", "none/a.json"), 4, "its folder does not exist"),
        (("--perceptual", "none.safetensors"), 5, "none.safetensors does not exist"),
        (("--precision", "fp16"), 2, "fp16 is not for the CPU"),
    ],
)
def test_mistakes(
    evaluate: Evaluate, world: Path, options: tuple[str, ...], code: int, told: str
) -> None:
    (world / "empty").mkdir()
    ended = evaluate(*options)
    assert (ended.code, ended.out) == (code, "")
    assert told in ended.err and ended.err.count("\n") == 2
    assert not (world / "out").exists()


@pytest.mark.parametrize("place", [0, 1])
def test_inputs(evaluate: Evaluate, world: Path, place: int) -> None:
    (world / "empty").mkdir()
    Image.new("RGB", (9, 9)).save(world / "photos/cat.bmp")
    for name, told in (
        ("empty", "no image files in empty"),
        ("none", "none does not exist"),
        ("photos", "differ in their suffix alone"),
    ):
        pair = ["paintings", "paintings"]
        pair[place] = name
        ended = evaluate(pair=(pair[0], pair[1]))
        assert ended.code == 3 and told in ended.err


def test_help(cli: CommandLine) -> None:
    shown = cli("evaluate", "--help").out
    assert "Example: stylectl evaluate photos paintings" in shown
    assert "[default: 512]" in shown and "ssim ↑" in shown
