"""`stylectl train ablation`: rows trained and measured, tables and sheets, resume, refusals."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import CommandLine, Ended, pixels, random_network, save_network
from PIL import Image
from training_parts import World, tiny_presets

from stylectl.ablation.rows import PAPER, tables_of
from stylectl.evaluation.evaluation import Evaluation
from stylectl.evaluation.figures import HIGHER_IS_BETTER
from stylectl.training.recipe import read_recipe

Ablate = Callable[..., Ended]
SHORT = """
preset = "tiny"
batch_size = 2
crop = 32
steps = 9
content = ["photos"]
style = ["paintings"]
perceptual = ["vgg.safetensors"]
adversarial_weight = 1
discriminator_width = 4

[[stages]]
name = "autoencoder"
encoder_rate = 1
"""
_ROW = """
[[stages]]
name = "{name}"
init = "autoencoder"
init_part = ["encoder", "decoder"]
model = {{ {model} }}
seed = {seed}
"""
WITHOUT = 'style_kernels = false, gate = "none"'
MODELS = [WITHOUT, WITHOUT, WITHOUT, 'gate = "none"', "", ""]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.make(tmp_path_factory.mktemp("world"))


@pytest.fixture
def short(tmp_path: Path) -> Path:
    """A recipe of tiny networks; the rows' seeds differ, which two steps alone would not show."""
    rows = zip(PAPER.rows, MODELS, range(6), strict=True)
    text = "".join(_ROW.format(name=row.stage, model=model, seed=s) for row, model, s in rows)
    (tmp_path / "short.toml").write_text(SHORT + text)
    return tmp_path / "short.toml"


@pytest.fixture
def ablate(
    cli: CommandLine, world: World, short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Ablate:
    """Runs the recipe for two steps a row into tmp_path/out."""
    tiny_presets(monkeypatch)
    examples = tmp_path / "examples"
    for kind, folder in (("content", world.content), ("style", world.style)):
        shutil.copytree(folder, examples / kind, dirs_exist_ok=True)
    monkeypatch.setattr("stylectl.ablation.sheet.bundled_folder", lambda name: tmp_path / name)
    monkeypatch.setattr("stylectl.ablation.sheet.SIDE", 32)
    root = world.content.parent
    line = ["--recipe", short, "--data", root, "--networks", root, "--out", tmp_path / "out"]
    line += ["--contents", world.content, "--styles", world.style, "--size", 32, "--device", "cpu"]

    def run(*more: object, perceptual: Path = world.perceptual) -> Ended:
        return cli("train", "ablation", *line, "--perceptual", perceptual, "--steps", 2, *more)

    return run


def test_one_command_gives_tables_and_sheets(ablate: Ablate, tmp_path: Path) -> None:
    ended = ablate()
    assert ended.code == 0, ended.err
    header, *rows = (line.split("\t") for line in ended.out.splitlines())
    assert header == ["", "paper's style loss", "paper's LPIPS", *HIGHER_IS_BETTER]
    assert [row[:3] for row in rows] == [
        ["Base", "2.92", "0.49"],
        ["+L_adv", "2.14", "0.39"],
        ["+L_REMD", "1.48", "0.34"],
        ["+SK", "1.11", "0.31"],
        ["+CGM", "1.08", "0.30"],
        ["+GS", "0.98", "0.30"],
    ]
    out = tmp_path / "out"
    base = json.loads((out / "figures" / "base.json").read_text())["methods"][0]
    assert base["measured"] == 9
    assert rows[0][3:] == [f"{base['mean'][name]:.3f}" for name in HIGHER_IS_BETTER]
    assert len({tuple(row[3:]) for row in rows}) == 6

    text = (out / "ablation.md").read_text()
    assert "3 contents × 3 styles at 32 pixels" in text  # noqa: RUF001
    assert "| " + " | ".join(rows[0]) + " |" in text
    assert "| +GS, seed 1 |" in text and "Forms of the gate" not in text
    shuffled = json.loads((out / "figures" / "shuffling-seed1.json").read_text())
    assert shuffled["methods"][0]["seed"] == 1
    # Content, style and six rows of 32 pixels, a label at the left; three pairs and a heading.
    with Image.open(out / "ablation.jpg") as sheet, Image.open(out / "variants.jpg") as variants:
        assert 8 * 36 < sheet.width <= 9 * 36 and 3 * 36 < sheet.height < 5 * 36
        assert variants.width < sheet.width
    painted = pixels(out / "ablation.jpg")
    assert painted[20:52, -36:-4].std() > 5  # the last row has a picture


def test_resume_repeats_nothing_and_measures_what_is_missing(
    ablate: Ablate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ablate()
    figures = tmp_path / "out" / "figures"
    (figures / "gating.json").unlink()
    (figures / "remd.json").write_text("{")
    measured: list[str] = []
    run = Evaluation.run

    def counted(self: Evaluation):
        measured.append(Path(self.request.weights[0]).parent.name)
        return run(self)

    monkeypatch.setattr(Evaluation, "run", counted)
    again = ablate("--resume")
    assert again.code == 0, again.err
    assert again.err.count("finished already") == 7
    assert sorted(measured) == ["4-remd", "6-gating"]
    assert again.out == first.out
    # Another measurement of the same weights.
    assert ablate("--resume", "--size", 48).code == 0
    assert len(measured) == 2 + 9
    refused = ablate()
    assert refused.code == 7 and "holds a checkpoint already" in refused.err


@pytest.mark.parametrize(
    ("options", "code", "named"),
    [
        (("--contents", "nowhere"), 3, "nowhere does not exist"),
        (("--perceptual", "none.safetensors"), 5, "none.safetensors does not exist"),
        (("--recipe", "lean"), 2, "the recipe has no stage base, the paper's row Base"),
        (("--recipe", "huge"), 3, "there is no recipe huge"),
        (("--data", "nowhere"), 7, "nowhere"),
    ],
)
def test_mistakes_are_found_before_anything_is_trained(
    ablate: Ablate, tmp_path: Path, options: tuple[str, ...], code: int, named: str
) -> None:
    ended = ablate(*options)
    assert ended.code == code, ended.err
    assert named in ended.err and "Traceback" not in ended.err
    assert not (tmp_path / "out" / "1-autoencoder" / "checkpoint.pt").exists()
    assert not (tmp_path / "out" / "2-base").exists()


def test_a_picture_that_cannot_be_read_is_named_and_loses_nothing(
    ablate: Ablate, world: World, tmp_path: Path
) -> None:
    contents = shutil.copytree(world.content, tmp_path / "contents")
    (contents / "bad.png").write_bytes(b"no picture")
    ended = ablate("--contents", contents)
    assert ended.code == 3 and "bad.png" in ended.err
    (contents / "bad.png").unlink()
    again = ablate("--contents", contents, "--resume")
    assert again.code == 0 and again.err.count("finished already") == 7


def test_rows_of_the_shipped_recipe() -> None:
    names = [stage.name for stage in read_recipe("ablation")]
    stages = {row.stage for table in tables_of(names) for row in table.rows}
    assert stages <= set(names)


def test_evaluate_with_a_seed(cli: CommandLine, world: World, tmp_path: Path) -> None:
    weights = save_network(tmp_path / "mine.safetensors", random_network(seed=1))
    line = [world.content, world.style, "--size", 32, "--perceptual", world.perceptual, "--json"]

    def mean(*options: object) -> dict[str, float]:
        ended = cli("evaluate", *line, "--device", "cpu", "--weights", weights, *options)
        (method,) = json.loads(ended.out)["methods"]
        assert method["seed"] == (options[1] if options else None)
        return method["mean"]

    assert mean("--seed", 1) != mean()
    assert mean("--seed", 1) == mean("--seed", 1)
    refused = cli("evaluate", *line, "--results", world.content, "--seed", 1)
    assert refused.code == 2 and "--seed has nothing to shuffle" in refused.err
