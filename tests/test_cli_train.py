"""`stylectl train` as a user meets it: help, each option's effect, messages, Ctrl-C, exit codes."""

from __future__ import annotations

import dataclasses
import json
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import typer
from conftest import CommandLine, Ended, save_network
from PIL import Image
from rich.console import Console
from training_parts import TINY, World, save_images, save_vgg, tiny_network, tiny_vgg

from stylectl.cli.app import app
from stylectl.model import PRESETS
from stylectl.training import checkpoint, run_folder
from stylectl.training.run_folder import RunFolder
from stylectl.training.settings import DistillationSettings, LossWeights, StylizationSettings
from stylectl.training.stylization import StylizationTask
from stylectl.weights.files import halves, read_tensors

Tensors = dict[str, torch.Tensor]
Train = Callable[..., Ended]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.make(tmp_path_factory.mktemp("world"))


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(PRESETS, "tiny", TINY)
    for name, value in (("SIDE", 32), ("CONTENTS", 2), ("STYLES", 2)):
        monkeypatch.setattr(f"stylectl.training.preview.{name}", value)
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


Options = dict[str, Any]


def arguments(options: Options) -> list[str]:
    """{"crop": 32, "content_zoom": (1, 2), "resume": True} as a command line."""
    line: list[str] = []
    for name, value in options.items():
        if value is False or value is None:
            continue
        line.append(f"--{name.replace('_', '-')}")
        if value is not True:
            line += [str(v) for v in (value if isinstance(value, tuple) else (value,))]
    return line


@pytest.fixture
def train(cli: CommandLine, world: World, tmp_path: Path) -> Train:
    """Trains for two steps into tmp_path/NAME, whatever `options` say otherwise."""

    def run(name: str = "out", **options: Any) -> Ended:
        base: Options = {
            "content": world.content,
            "style": world.style,
            "perceptual": world.perceptual,
            "encoder": world.encoder,
            "preset": "tiny",
            "out": tmp_path / name,
            "steps": 2,
            "batch_size": 2,
            "crop": 32,
            "device": "cpu",
        }
        return cli("train", *arguments(base | options))

    return run


@pytest.fixture
def distil(cli: CommandLine, world: World, tmp_path: Path) -> Train:
    def run(name: str = "out", **options: Any) -> Ended:
        base: Options = {
            "images": world.content,
            "teacher": world.perceptual,
            "preset": "tiny",
            "out": tmp_path / name,
            "steps": 2,
            "batch_size": 2,
            "crop": 32,
            "device": "cpu",
        }
        return cli("train", "encoder", *arguments(base | options))

    return run


def weights_of(folder: Path) -> Tensors:
    (file,) = folder.glob("*.safetensors")
    return read_tensors(file)[0]


def header_of(folder: Path) -> dict[str, Any]:
    (file,) = folder.glob("*.safetensors")
    return read_tensors(file)[1]


def differ(a: Tensors, b: Tensors) -> bool:
    return any(not torch.equal(a[key], b[key]) for key in a)


# --- help and defaults


def command(name: str = "") -> Any:
    whole: Any = typer.main.get_command(app)
    group = whole.commands["train"]
    return group.commands[name] if name else group


def defaults(of: Any) -> dict[str, Any]:
    return {p.name: p.default for p in of.params if p.name and p.name != "help"}


def test_help_renders(cli: CommandLine) -> None:
    for line in (("train",), ("train", "encoder")):
        ended = cli(*line, "--help")
        assert (ended.code, ended.err) == (0, "")
        assert "Usage: stylectl train" in ended.out
    whole = cli("train", "--help").out
    for text in ("--identity-features-weight", "encoder", "[default: 128]", "[default: 0.6, 1.3]"):
        assert text in whole
    narrow = cli("train", "encoder", "--help").out
    assert "[default: 0.002]" in narrow and "[required]" in narrow


def test_help_shows_every_option_whole_on_80_columns(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = cli("train", "--help").out
    for name in defaults(command()):
        assert f"--{name.replace('_', '-')} " in shown


@pytest.mark.parametrize(
    ("name", "settings", "suffix"),
    [
        ("", StylizationSettings(), ""),
        ("", LossWeights(), "_weight"),
        ("encoder", DistillationSettings(), ""),
    ],
)
def test_defaults_are_the_settings_own(name: str, settings: Any, suffix: str) -> None:
    of_command = defaults(command(name))
    for key, value in dataclasses.asdict(settings).items():
        assert of_command[key + suffix] == value, key


def test_defaults_of_the_run_are_its_folders_own() -> None:
    for name in ("", "encoder"):
        assert defaults(command(name))["checkpoint_minutes"] == RunFolder.checkpoint_minutes


# --- every option changes something

OTHER_WEIGHTS: dict[str, tuple[Any, Options]] = {
    # option: (another value, what else is set in both runs)
    "batch_size": (3, {}),
    "crop": (48, {}),
    "content_zoom": ((2.0, 3.0), {}),
    "style_zoom": ((2.0, 3.0), {}),
    "style_contrast": ((1.5, 2.0), {}),
    "style_saturation": ((1.5, 2.0), {}),
    "style_sharpness": ((1.0, 2.0), {}),
    "learning_rate": (1e-2, {}),
    "encoder_rate": (0.5, {}),
    "shuffle": (0.0, {}),
    "ema": (0.5, {}),
    "hold_out": (0.4, {}),
    "samples": (8, {"remd_weight": 1.0}),
    "discriminator_width": (4, {"adversarial_weight": 1.0}),
    "precision": ("bf16", {}),
    "seed": (1, {}),
    "spread_experts": (True, {"set_model": "experts=2"}),
    **{f"{f.name}_weight": (3.0, {}) for f in dataclasses.fields(LossWeights)},
}
OWN_TEST = {  # each has a test below
    *("content", "style", "perceptual", "encoder", "init", "preset"),
    *("out", "steps", "minutes", "resume", "checkpoint_minutes", "note"),
    *("preview_every", "preview_content", "preview_style"),
    *("recipe", "data", "networks", "set_model"),  # in test_cli_recipe.py
    "init_part",  # in test_ablation_recipe.py
    *("device", "threads", "quiet"),
    "verbose",  # in test_config_verbose.py
    *("compile", "tensorboard"),
    "revive",
}


def test_every_option_is_tested() -> None:
    assert set(defaults(command())) == {*OTHER_WEIGHTS, *OWN_TEST}
    assert set(defaults(command("encoder"))) == {
        *("images", "teacher", "preset", "out", "steps", "minutes", "resume"),
        *("checkpoint_minutes", "note", "batch_size", "crop", "zoom", "learning_rate"),
        *("seed", "device", "precision", "threads", "quiet", "verbose", "compile", "tensorboard"),
    }


_known: dict[str, Tensors] = {}


def base_weights(train: Train, folder: Path, options: Options) -> Tensors:
    """Of a run with these options alone; computed once for all tests."""
    key = json.dumps(options, default=str)
    if key not in _known:
        assert train("base", **options).code == 0
        _known[key] = weights_of(folder / "base")
    return _known[key]


@pytest.mark.parametrize("option", OTHER_WEIGHTS)
def test_option_changes_the_trained_weights(train: Train, tmp_path: Path, option: str) -> None:
    value, both = OTHER_WEIGHTS[option]
    base = base_weights(train, tmp_path, both)
    assert train("other", **both, **{option: value}).code == 0
    assert differ(base, weights_of(tmp_path / "other"))
    header = header_of(tmp_path / "other")
    recorded = header["settings"] | {f"{k}_weight": v for k, v in header["weights"].items()}
    assert recorded[option] == (list(value) if isinstance(value, tuple) else value)


def test_revive_begins_dead_units_anew(train: Train, tmp_path: Path) -> None:
    network = tiny_network(5)
    first = network.encoder.get_submodule("conv3_1")
    with torch.no_grad():
        first.bias.fill_(-1e3)  # type: ignore[union-attr, operator]
    start = save_network(tmp_path / "start.safetensors", network)
    more: Options = {"encoder": None, "preset": None, "init": start, "encoder_rate": 1e-3}
    left = train("left", **more)
    assert "no image reaches" in left.err and "go on with --revive" in left.err
    assert (weights_of(tmp_path / "left")["encoder.conv3_1.bias"] < -999).all()
    revived = train("revived", revive=True, **more)
    assert "units that no image reached are begun anew" in revived.err
    assert (weights_of(tmp_path / "revived")["encoder.conv3_1.bias"] > -100).all()
    assert header_of(tmp_path / "revived")["settings"]["revive"] is True


def test_the_same_command_gives_the_same_weights(train: Train, tmp_path: Path) -> None:
    base = base_weights(train, tmp_path, {})
    train("again")
    assert not differ(base, weights_of(tmp_path / "again"))


def test_encoder_moves_with_a_rate_alone(train: Train, world: World, tmp_path: Path) -> None:
    start = halves(read_tensors(world.encoder)[0])
    for rate, same in ((0.0, True), (0.5, False)):
        train(str(rate), encoder_rate=rate)
        encoder = {
            key.removeprefix("encoder."): value
            for key, value in weights_of(tmp_path / str(rate)).items()
            if key.startswith("encoder.")
        }
        assert differ(start, encoder) is not same


@pytest.mark.parametrize("option", ["content", "style", "perceptual", "encoder"])
def test_other_files_give_other_weights(train: Train, tmp_path: Path, option: str) -> None:
    other = {
        "content": lambda: save_images(tmp_path / "images", 3, seed=77),
        "style": lambda: save_images(tmp_path / "images", 3, seed=78),
        "perceptual": lambda: save_vgg(tmp_path / "p.safetensors", tiny_vgg(79)),
        "encoder": lambda: save_vgg(tmp_path / "e.safetensors", tiny_network(80).encoder),
    }
    assert train("other", **{option: other[option]()}).code == 0
    base = base_weights(train, tmp_path, {})
    assert differ(base, weights_of(tmp_path / "other"))


def test_folders_and_networks_are_repeatable(
    cli: CommandLine, train: Train, world: World, tmp_path: Path
) -> None:
    more = save_images(tmp_path / "more", 2, seed=5)
    wide = save_vgg(tmp_path / "wide.safetensors", tiny_vgg(8, (6, 8), "conv2_1"))
    line: Options = {"content": world.content, "style": world.style, "encoder": world.encoder}
    line |= {"preset": "tiny", "steps": 1, "batch_size": 1, "crop": 32, "device": "cpu"}
    repeated = [
        *("--out", tmp_path / "out", "--content", more, "--style", more),
        *("--perceptual", wide, "--perceptual", world.perceptual),
    ]
    assert cli("train", *arguments(line), *repeated).code == 0
    header = header_of(tmp_path / "out")
    assert header["images"] == ["photos", "more"]
    assert header["paintings"] == ["paintings", "more"]
    assert header["perceptual"] == ["wide.safetensors", "vgg.safetensors"]


def test_init(train: Train, tmp_path: Path) -> None:
    network = tiny_network(33)
    assert network.decoder.choice is not None
    network.decoder.choice.std.fill_(2.0)  # calibrated, as weights are that were trained
    file = save_network(tmp_path / "start.safetensors", network)
    assert train(init=file, encoder=None, learning_rate=0.0).code == 0
    assert not differ(halves(network.state_dict()), weights_of(tmp_path / "out"))


def test_preset_and_out(train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = dataclasses.replace(TINY, gate_channels=4)
    monkeypatch.setitem(PRESETS, "tinier", other)
    train("deep/er", preset="tinier", steps=1)
    assert (tmp_path / "deep/er/tinier.safetensors").is_file()
    assert header_of(tmp_path / "deep/er")["model"]["gate_channels"] == 4


def test_unknown_preset(train: Train) -> None:
    ended = train(preset="huge")
    assert ended.code == 2
    assert "no preset 'huge'" in ended.err and "lean" in ended.err


def test_steps(train: Train, tmp_path: Path) -> None:
    train(steps=3)
    assert header_of(tmp_path / "out")["steps"] == 3


def test_minutes(train: Train, tmp_path: Path) -> None:
    assert train(steps=None, minutes=0.002).code == 0
    assert header_of(tmp_path / "out")["steps"] >= 1


def test_threads(train: Train) -> None:
    train(threads=3, steps=1)
    assert torch.get_num_threads() == 3


def test_note(train: Train, tmp_path: Path) -> None:
    train(note="MS-COCO 2017, CC BY 4.0", steps=1)
    assert header_of(tmp_path / "out")["note"] == "MS-COCO 2017, CC BY 4.0"


def test_checkpoint_minutes(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    saves = []
    write = checkpoint.write_checkpoint

    def watched(path: Path, state: dict[str, Any]) -> None:
        saves.append(state["step"])
        write(path, state)

    monkeypatch.setattr("stylectl.training.loop.write_checkpoint", watched)
    train("often", checkpoint_minutes=0, steps=3)
    train("rarely", checkpoint_minutes=60, steps=3)
    assert saves == [1, 2, 3, 3]


def test_preview_options(train: Train, world: World, tmp_path: Path) -> None:
    train("plain", steps=3, preview_every=2)
    names = sorted(f.name for f in (tmp_path / "plain").glob("*.png"))
    assert names == ["preview_000002.png", "preview_last.png"]
    sheets = [(tmp_path / "plain" / "preview_last.png").read_bytes()]
    for option in ("preview_content", "preview_style"):
        train(option, steps=3, **{option: world.content / "02.png"})
        sheets.append((tmp_path / option / "preview_last.png").read_bytes())
    assert len(set(sheets)) == 3


@pytest.mark.parametrize("verb", ["train", "distil"])
def test_device(verb: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(
        "stylectl.stylize.devices.choose_device",
        lambda name: asked.append(name) or torch.device("cpu"),
    )
    request.getfixturevalue(verb)(device="cuda", steps=1)
    assert asked == ["cuda"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has the device")
def test_a_device_that_is_not_there(train: Train) -> None:
    ended = train(device="cuda")
    assert ended.code == 6
    assert "cuda cannot be used" in ended.err


@pytest.mark.parametrize("verb", ["train", "distil"])
def test_compile(
    verb: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[str] = []
    monkeypatch.setattr(
        torch.nn.Module, "compile", lambda self: compiled.append(type(self).__name__)
    )
    run = request.getfixturevalue(verb)
    run("plain", steps=1)
    assert not compiled
    assert run("compiled", steps=1, compile=True).code == 0
    assert (
        compiled
        == {
            "train": ["StyleKernels", "Decoder", "PerceptualNetwork"],
            "distil": ["PerceptualNetwork"],
        }[verb]
    )


def test_compile_where_it_does_not_work(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    from torch._dynamo.exc import BackendCompilerFailed

    def fails(self: StylizationTask) -> None:
        raise BackendCompilerFailed(lambda: None, RuntimeError("no C++ compiler"), None)  # type: ignore[arg-type]

    monkeypatch.setattr(StylizationTask, "losses", fails)
    ended = train(compile=True)
    assert ended.code == 6
    assert "torch.compile does not work here" in ended.err and "--compile" in ended.err


@pytest.mark.parametrize("verb", ["train", "distil"])
def test_tensorboard(verb: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    run = request.getfixturevalue(verb)
    run("plain")
    assert not (tmp_path / "plain" / "tensorboard").exists()
    assert run("out", tensorboard=True).code == 0
    (events,) = (tmp_path / "out" / "tensorboard").iterdir()
    assert b"loss/total" in events.read_bytes() and b"learning_rate" in events.read_bytes()


def test_tensorboard_that_is_not_installed(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylectl.training.records.installed", lambda package: False)
    ended = train(tensorboard=True)
    assert ended.code == 7
    assert "TensorBoard is not installed" in ended.err and "stylectl[tensorboard]" in ended.err
    assert not (tmp_path / "out").exists()


def test_curves_are_drawn_or_their_absence_is_said_once(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylectl.training.records.LOG_EVERY", 1)
    assert "no loss curves" not in train("out").err
    with Image.open(tmp_path / "out" / "curves.png") as picture:
        assert picture.width > 600
    monkeypatch.setattr("stylectl.training.records.installed", lambda package: False)
    ended = train("without")
    assert ended.code == 0
    assert ended.err.count("stylectl[train]") == 1
    assert not (tmp_path / "without" / "curves.png").exists()


def test_resume(train: Train, tmp_path: Path) -> None:
    train("straight", steps=4)
    assert train("out", steps=2).code == 0
    refused = train("out", steps=4)
    assert refused.code == 7
    assert "holds a checkpoint already" in refused.err and "--resume" in refused.err
    assert train("out", steps=4, resume=True).code == 0
    assert header_of(tmp_path / "out")["steps"] == 4


def test_resume_with_other_settings(train: Train) -> None:
    train()
    ended = train(resume=True, batch_size=3)
    assert ended.code == 7
    assert "settings.batch_size was 2, is 3 now" in ended.err


# --- the same for the encoder


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("batch_size", 3),
        ("crop", 48),
        ("zoom", (2.0, 3.0)),
        ("learning_rate", 1e-2),
        ("precision", "bf16"),
        ("seed", 1),
    ],
)
def test_encoder_option_changes_the_weights(
    distil: Train, tmp_path: Path, option: str, value: Any
) -> None:
    if "encoder" not in _known:
        assert distil("base").code == 0
        _known["encoder"] = weights_of(tmp_path / "base")
    assert distil("other", **{option: value}).code == 0
    assert differ(_known["encoder"], weights_of(tmp_path / "other"))


def test_encoder_images_and_teacher(distil: Train, tmp_path: Path) -> None:
    distil("base")
    distil("images", images=save_images(tmp_path / "pictures", 3, seed=50))
    distil("teacher", teacher=save_vgg(tmp_path / "t.safetensors", tiny_vgg(51)))
    base = weights_of(tmp_path / "base")
    assert differ(base, weights_of(tmp_path / "images"))
    assert differ(base, weights_of(tmp_path / "teacher"))


def test_encoder_run_options(
    distil: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saves = []
    write = checkpoint.write_checkpoint
    monkeypatch.setattr(
        "stylectl.training.loop.write_checkpoint",
        lambda path, state: (saves.append(state["step"]), write(path, state)),
    )
    assert distil(note="by us", threads=2, checkpoint_minutes=0, steps=2, quiet=True).err == ""
    assert torch.get_num_threads() == 2
    assert saves == [1, 2]
    assert distil(steps=3, resume=True, note="by us").code == 0
    header = header_of(tmp_path / "out")
    assert (header["steps"], header["note"]) == (3, "by us")
    assert distil("timed", steps=None, minutes=0.002).code == 0
    assert (tmp_path / "timed" / "tiny-encoder.safetensors").is_file()
    assert distil("none", preset="huge").code == 2


def test_a_trained_encoder_starts_a_stylisation(
    train: Train, distil: Train, tmp_path: Path
) -> None:
    distil("encoder")
    file = tmp_path / "encoder" / "tiny-encoder.safetensors"
    assert train("network", encoder=file).code == 0
    network, encoder = weights_of(tmp_path / "network"), read_tensors(file)[0]
    assert all(torch.equal(network[f"encoder.{key}"], value) for key, value in encoder.items())


# --- what is said


def test_without_a_terminal_there_are_plain_lines_on_stderr(train: Train, tmp_path: Path) -> None:
    ended = train()
    assert (ended.code, ended.out) == (0, "")
    assert "\x1b" not in ended.err and "\r" not in ended.err
    lines = ended.err.splitlines()
    assert lines[0] == "reading 6 images"
    assert lines[1] == "6 images are ready"
    first, last = lines[2], lines[3]
    assert re.match(r"step 1  50%  [\d.]+ images/s  \d+:\d\d:\d\d left  ", first)
    assert re.match(r"step 2  100%  ", last)
    for term in ("content", "style", "remd", "identity", "reconstruction", "total"):
        assert re.search(rf"\b{term} [\d.e+-]+", first), term
    assert lines[4:] == [f"wrote {tmp_path / 'out' / 'tiny.safetensors'}"]


def test_lines_come_now_and_then(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    assert train("a", steps=6).err.count("step ") == 2  # the first and the last
    monkeypatch.setattr("stylectl.cli.train_report.LINE_SECONDS", 0)
    assert train("b", steps=6).err.count("step ") == 6


def test_on_a_terminal_there_is_a_bar(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    screen = Console(stderr=True, force_terminal=True)
    monkeypatch.setattr("stylectl.cli.train_report.stderr_console", lambda: screen)
    ended = train(steps=4)
    assert ended.out == ""
    plain = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", ended.err)
    assert "━" in plain
    assert re.search(r"step \d .* images/s  \d+:\d\d:\d\d left", plain)
    assert re.search(r"content [\d.]+  style [\d.]+", plain)


def test_quiet(train: Train) -> None:
    assert train(quiet=True) == Ended(0, "", "")
    refused = train(quiet=True)
    assert refused.code == 7
    assert "holds a checkpoint" in refused.err


def test_unreadable_images_are_counted_and_named(train: Train, tmp_path: Path) -> None:
    photos = save_images(tmp_path / "photos [b]", 2, seed=6)
    for index in range(7):
        (photos / f"bad{index}.jpg").write_text("no image")
    ended = train(content=photos)
    assert ended.code == 0
    assert "5 images are ready" in ended.err
    assert [f"bad{i}.jpg" in ended.err for i in range(7)] == [True] * 5 + [False] * 2
    assert f"{photos}" in ended.err  # brackets are no markup
    assert "left out 7 unreadable files in all" in ended.err


def test_what_is_held_out_is_watched(train: Train, tmp_path: Path) -> None:
    ended = train(hold_out=0.4, steps=3)
    assert "2 of them are held out" in ended.err  # one of three photos, one of three paintings
    assert re.search(r"held out, step 3 .*style [\d.]+.*total [\d.]+", ended.err)
    lines = (tmp_path / "out" / "log.jsonl").read_text().splitlines()
    (watched,) = (json.loads(line) for line in lines if "held_out" in line)
    assert watched["step"] == 3 and watched["held_out"]["style"] > 0
    assert "held out" not in train("all", steps=3).err


def test_skipped_steps_are_said(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(monkeypatch, {2: torch.nan})
    ended = train(steps=3)
    assert ended.code == 0
    assert "step 2: not finite, skipped (1 so far)" in ended.err


def test_diverged_training_ends_with_code_7(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(monkeypatch, dict.fromkeys(range(1, 9), torch.inf))
    ended = train(steps=9)
    assert ended.code == 7
    assert "5 steps in a row" in ended.err and "--learning-rate" in ended.err
    assert "Traceback" not in ended.err


def spoil(monkeypatch: pytest.MonkeyPatch, factors: dict[int, float]) -> None:
    """Multiply the losses of some calls."""
    losses, calls = StylizationTask.losses, iter(range(1, 1000))

    def spoilt(self: StylizationTask) -> dict[str, torch.Tensor]:
        factor = factors.get(next(calls), 1.0)
        return {name: value * factor for name, value in losses(self).items()}

    monkeypatch.setattr(StylizationTask, "losses", spoilt)


# --- Ctrl-C


def test_ctrl_c_saves_says_how_to_go_on_and_exits_130(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train("straight", steps=4)
    losses, calls = StylizationTask.losses, iter(range(1, 1000))

    def interrupted(self: StylizationTask) -> dict[str, torch.Tensor]:
        if next(calls) == 2:
            signal.raise_signal(signal.SIGINT)
        return losses(self)

    monkeypatch.setattr(StylizationTask, "losses", interrupted)
    ended = train(steps=4)
    assert (ended.code, ended.out) == (130, "")
    assert "saved up to step 2: go on with --resume" in ended.err
    assert header_of(tmp_path / "out")["steps"] == 2
    assert train(steps=4, resume=True).code == 0
    assert not differ(weights_of(tmp_path / "straight"), weights_of(tmp_path / "out"))


def test_ctrl_c_while_images_are_read_promises_nothing(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run_folder, "ImagePool", interrupted)
    ended = train()
    assert ended.code == 130
    assert "nothing new was saved" in ended.err
    assert "--resume" not in ended.err


# --- wrong usage


@pytest.mark.parametrize("missing", ["content", "style", "perceptual"])
def test_missing_options_of_train(train: Train, missing: str) -> None:
    ended = train(**{missing: None})
    assert ended.code == 2
    assert f"--{missing}" in ended.err


@pytest.mark.parametrize("missing", ["images", "teacher"])
def test_missing_options_of_train_encoder(distil: Train, missing: str) -> None:
    ended = distil(**{missing: None})
    assert ended.code == 2
    assert f"--{missing}" in ended.err


def test_neither_steps_nor_minutes(train: Train) -> None:
    ended = train(steps=None)
    assert ended.code == 7
    assert "--steps or --minutes" in ended.err


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"crop": 40}, "40"),
        ({"crop": 16}, "--crop"),
        ({"content_zoom": (2.0, 1.0)}, "2 to 1"),
        ({"style_zoom": (0.0, 1.0)}, "0 to 1"),
        ({"style_contrast": (2.0, 1.0)}, "2 to 1"),
        ({"shuffle": 1.5}, "--shuffle"),
        ({"batch_size": 0}, "--batch-size"),
        ({"style_weight": -1.0}, "--style-weight"),
        ({"precision": "fp16"}, "fp16"),
        ({"device": "tpu"}, "tpu"),
    ],
)
def test_values_that_cannot_work(train: Train, options: Options, named: str) -> None:
    ended = train(**options)
    assert ended.code == 2
    assert named in ended.err
    assert "Traceback" not in ended.err


def test_options_before_the_subcommand_are_not_swallowed(
    cli: CommandLine, world: World, tmp_path: Path
) -> None:
    ended = cli("train", "--steps", "5", "encoder", "--images", world.content,
                "--teacher", world.perceptual, "--out", tmp_path / "out")  # fmt: skip
    assert ended.code == 2
    assert "--steps" in ended.err and "after encoder" in ended.err


@pytest.mark.parametrize(
    ("option", "code"), [("content", 7), ("style", 7), ("perceptual", 5), ("encoder", 5)]
)
def test_missing_files_are_named(train: Train, tmp_path: Path, option: str, code: int) -> None:
    ended = train(**{option: tmp_path / "nowhere.safetensors"})
    assert ended.code == code
    assert "nowhere.safetensors" in ended.err
    assert not (tmp_path / "out").exists()


def test_a_frozen_random_encoder_is_refused(train: Train) -> None:
    ended = train(encoder=None)
    assert ended.code == 7
    assert "--encoder" in ended.err
