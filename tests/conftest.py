"""What the tests share: real photos, a small random network in a file, and the command line."""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from PIL import Image

if TYPE_CHECKING:  # torch takes seconds: only the tests that need it import it
    from stylectl.model import ModelConfig, StyleTransferNetwork

# The same examples in every run: what is searched for with luck is tests/fuzz.py's to find.
settings.register_profile(
    "stylectl",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("stylectl")


@dataclass(frozen=True)
class Ended:
    """How a run of the command line ended, and what it wrote to stdout and stderr."""

    code: int
    out: str
    err: str


# Whoever runs the tests may have defaults of their own; UPDATE_GOLDEN is for the tests.
for _name in [name for name in os.environ if name.startswith("STYLECTL_")]:
    if _name != "STYLECTL_UPDATE_GOLDEN":
        del os.environ[_name]
os.environ["STYLECTL_NO_CONFIG"] = "1"

# One process a core runs the tests: with more threads they would wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Shells start what runs in the background with SIGINT ignored, and processes pass that on.
signal.signal(signal.SIGINT, signal.default_int_handler)

CommandLine = Callable[..., Ended]
PAIR = ("stylize", "cat.png", "cup.png")  # of the fixture `folder`


def small_config(**changes: Any) -> ModelConfig:
    """A model that computes in milliseconds and has every part of the bundled one."""
    from stylectl.model import PRESETS

    small = {
        "channels": (8, 8, 16, 32),
        "style_stride": 2,
        "detail": True,
        "experts": 2,
        "residual_blocks": 1,
        "gate_channels": 8,
        "kernel_channels": 8,
    }
    return dataclasses.replace(PRESETS["lean"], **{**small, **changes})


def random_network(seed: int = 0, **changes: Any) -> StyleTransferNetwork:
    """A network of random weights, in which the style has an effect and nothing is symmetric."""
    import torch

    from stylectl.model import StyleTransferNetwork

    config = small_config(**changes)
    torch.manual_seed(seed)
    network = StyleTransferNetwork(config).eval()
    torch.manual_seed(seed)
    plain = StyleTransferNetwork(dataclasses.replace(config, experts=0, residual_blocks=0))
    network.load_state_dict(plain.state_dict(), strict=False)  # the same with and without them
    with torch.no_grad():
        if network.kernels is not None:  # starts as the delta kernel, which ignores the style
            network.kernels.output.weight.normal_(std=0.1)
        for conv in network.decoder.details:  # start as nothing
            conv.weight.normal_(std=0.1)  # type: ignore[operator, union-attr]
        for name, parameter in network.decoder.named_parameters():
            if "expert" in name:  # and these
                parameter.normal_(std=0.03)
            if name == "choice.output.weight":  # starts with little
                parameter.normal_(std=0.05)
        network.decoder.output.weight.mul_(2)  # starts near grey
    return network


def save_network(path: Path, network: StyleTransferNetwork, **header: Any) -> Path:
    """A weights file as training writes it."""
    from stylectl.weights.files import write_tensors

    write_tensors(path, network.state_dict(), {"model": network.config.to_dict(), **header})
    return path


@pytest.fixture(autouse=True, scope="session")
def _no_weights_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test sees the weights that whoever runs it has imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session")
def network() -> StyleTransferNetwork:
    return random_network()


@pytest.fixture(scope="session")
def weights(network: StyleTransferNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights file named lean.safetensors, alone in its folder."""
    return save_network(tmp_path_factory.mktemp("weights") / "lean.safetensors", network)


@pytest.fixture(scope="session")
def photo() -> Image.Image:
    """A real photo of 96 x 64 pixels: a cat."""
    from skimage import data

    return Image.fromarray(data.chelsea()).resize((96, 64))


@pytest.fixture(scope="session")
def painting() -> Image.Image:
    """A real picture of 60 x 80 pixels, of other colours than the photo's."""
    from skimage import data

    return Image.fromarray(data.coffee()).resize((80, 60)).rotate(90, expand=True)


@pytest.fixture
def folder(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    photo: Image.Image,
    painting: Image.Image,
) -> Path:
    """The working directory, which holds cat.png and cup.png."""
    photo.save(tmp_path / "cat.png")
    painting.save(tmp_path / "cup.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cli(
    weights: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """Runs `stylectl ARGUMENTS` in this process, with the small network as weights "lean"."""
    from stylectl.cli.app import main

    monkeypatch.setattr("stylectl.weights.registry.bundled_folder", lambda name: weights.parent)
    monkeypatch.setenv("STYLECTL_DEBUG", "")  # also undoes what --debug sets
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        code = end.value.code
        return Ended(code if isinstance(code, int) else 0, captured.out, captured.err)

    return run


def pixels(path: Path) -> np.ndarray[Any, Any]:
    """What a file holds, as int so that differences do not wrap."""
    with Image.open(path) as image:
        return np.asarray(image).astype(int)


def fails(
    cli: CommandLine, code: int, *told: str, arguments: tuple[object, ...] = PAIR
) -> list[str]:
    """Runs a command that must fail; gives what its two lines say."""
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
    ended = cli(*arguments)
    assert ended.code == code, ended.err
    assert ended.out == ""
    error, hint = ended.err.splitlines()
    assert error.startswith("error: ") and hint.startswith("hint: ")
    for words in told:
        assert words in ended.err
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before
    return [error, hint]


@pytest.fixture
def gallery(folder: Path) -> Path:
    """The working directory with further styles, sun.png, sea.png and ink.png."""
    cup = Image.open("cup.png")
    for name, order in (("sun", (2, 1, 0)), ("sea", (1, 2, 0))):
        channels = cup.split()
        Image.merge("RGB", [channels[i] for i in order]).rotate(90).save(f"{name}.png")
    cup.convert("L").resize((70, 50)).save("ink.png")
    return folder
