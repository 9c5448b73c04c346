"""Two processes (gloo, on the CPU) train as one does; what one of them meets concerns both."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from training_parts import World, small_run, tiny_presets

from stylectl.errors import DeviceError, UsageError
from stylectl.training.distributed import ALONE, Processes, joined
from stylectl.training.run_folder import RunFolder
from stylectl.training.settings import Budget, LossWeights
from stylectl.training.stylization import StylizationTask
from stylectl.training.stylization_run import train_stylization
from stylectl.weights.files import read_tensors

HERE = Path(__file__).parent
SECONDS = 180  # a hang is a failure, a busy machine is none


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.make(tmp_path_factory.mktemp("world"))


def environment(**more: str) -> dict[str, str]:
    path = os.pathsep.join([str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", **more}


def two(world: World, out: Path, amount: object, *events: str) -> list[tuple[int, str, str]]:
    """Exit code, stdout and stderr of each of two processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = [
        subprocess.Popen(
            [sys.executable, HERE / "distributed_worker.py", out, str(amount),
             world.content.parent, *events],
            env=environment(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE="2",
                            MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port)),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for rank in range(2)
    ]  # fmt: skip
    try:
        outputs = [process.communicate(timeout=SECONDS) for process in started]
    finally:
        for process in started:
            process.kill()
    return [(p.returncode, *o) for p, o in zip(started, outputs, strict=True)]


def log(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def checkpoint(out: Path) -> dict[str, Any]:
    return torch.load(out / "checkpoint.pt", weights_only=True)


def assert_same_gradients(a: Path, b: Path) -> None:
    """Adam's running means are sums of the gradients so far: of one network and of the other."""
    optimizers = checkpoint(a)["optimizers"], checkpoint(b)["optimizers"]
    for name in ("network", "discriminator"):
        means = [
            torch.cat([state["exp_avg"].flatten() for state in o[name]["state"].values()])
            for o in optimizers
        ]
        assert means[0].norm() > 0
        assert (means[0] - means[1]).norm() < 1e-2 * means[0].norm(), name


def test_two_are_as_one_and_agree_on_nan_and_ctrl_c_and_one_goes_on_alone(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for rank, (code, out, err) in enumerate(two(world, tmp_path, 6, "nan=2", "ctrl-c=4")):
        assert code == 130, err
        assert bool(out) is (rank == 0)
    assert [line["step"] for line in log(tmp_path)] == [2]  # a skipped step is logged
    saved = checkpoint(tmp_path)
    assert (saved["step"], saved["skipped"]) == (4, 1)

    tiny_presets(monkeypatch)
    losses, calls = StylizationTask.losses, iter(range(1, 1000))

    def spoilt(self: StylizationTask) -> dict[str, torch.Tensor]:
        factor = torch.nan if next(calls) == 2 else 1.0
        return {name: value * factor for name, value in losses(self).items()}

    monkeypatch.setattr(StylizationTask, "losses", spoilt)
    run = small_run(world)

    class Stop(Exception):
        pass

    def stop_after_4(event: Any) -> None:
        if getattr(event, "step", 0) == 5:
            raise Stop

    alone = RunFolder(tmp_path / "alone", Budget(6), checkpoint_minutes=0.0)
    with pytest.raises(Stop):
        train_stylization(run, alone, stop_after_4)
    assert_same_gradients(tmp_path / "alone", tmp_path)

    monkeypatch.setattr(StylizationTask, "losses", losses)
    shutil.copytree(tmp_path / "alone", tmp_path / "grown")
    for code, _, err in two(world, tmp_path / "grown", 6, "resume"):
        assert code == 0, err
    for out in (tmp_path, tmp_path / "alone"):
        train_stylization(run, RunFolder(out, Budget(6), resume=True), lambda _: None)
    for out in (tmp_path, tmp_path / "grown"):
        assert_same_gradients(tmp_path / "alone", out)
    both, one = log(tmp_path)[-1], log(tmp_path / "alone")[-1]
    assert both["step"] == one["step"] == 6
    assert both["losses"] == pytest.approx(one["losses"], rel=5e-3)


def test_when_one_dies_the_other_says_so_and_ends(world: World, tmp_path: Path) -> None:
    (code, _, err), (dead, _, _) = two(world, tmp_path, 50, "die=2")
    assert dead == 9
    assert code == 7, err
    lines = [line for line in err.splitlines() if "another process" in line]
    assert len(lines) == 1 and "--resume" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("terms", "left"),
    [("pixels", {"reconstruction"}), ("features", {"content", "style", "remd"})],
)
def test_terms_that_are_left_out_are_missed_by_nobody(
    world: World, tmp_path: Path, terms: str, left: set[str]
) -> None:
    for code, _, err in two(world, tmp_path, 4, terms):
        assert (code, err) == (0, "")
    assert set(log(tmp_path)[-1]["losses"]) == {*left, "total"}


def test_minutes_are_those_of_the_first_ones_clock(world: World, tmp_path: Path) -> None:
    (code, out, err), (other, _, error) = two(world, tmp_path, 0.01, "slow")
    assert (code, other) == (0, 0), err + error
    assert "Saved(" in out


def test_torchrun(world: World, tmp_path: Path) -> None:
    recipe = tmp_path / "two.toml"
    recipe.write_text("steps = 2\n[[stages]]\nname = 'one'\n[[stages]]\nname = 'two'\n")
    small = [("channels", "[8,8,16,32]"), ("gate_channels", 8), ("kernel_channels", 8)]
    changes = [word for key, value in small for word in ("--set-model", f"{key}={value}")]
    command = [
        *(sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"),
        *("--standalone", "-m", "stylectl", "train", "--device", "cpu", *changes),
        *("--content", world.content, "--style", world.style, "--perceptual", world.perceptual),
        *("--recipe", recipe, "--encoder-rate", "0.5", "--batch-size", "2", "--crop", "32"),
        *("--out", tmp_path / "out", "--preview-content", world.content / "00.png"),
        *("--preview-style", world.style / "00.png"),
    ]
    ended = subprocess.run(
        command, env=environment(), timeout=SECONDS, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    for line, count in (("reading 6 images", 2), ("6 images are ready", 2), ("wrote ", 1)):
        assert len(re.findall(line, ended.stderr)) == count, ended.stderr
    header = read_tensors(tmp_path / "out" / "2-two" / "lean.safetensors")[1]
    assert header["steps"] == header["history"][0]["steps"] == 2


# --- shares


def test_rows_share_a_batch_evenly() -> None:
    assert ALONE.rows(5) == range(5)
    assert [list(Processes(rank, 2).rows(6)) for rank in range(2)] == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(UsageError, match="batch of 4 cannot be divided among 3") as caught:
        Processes(1, 3).rows(4)
    assert "multiple of 3" in caught.value.hint


@pytest.mark.parametrize("name", LossWeights.__dataclass_fields__)
def test_the_mean_over_shares_is_the_term_of_the_whole_batch(world: World, name: str) -> None:
    settings = {"batch_size": 4, "shuffle": 1.0}
    whole = world.task(settings, **{name: 1.0}).losses()[name].item()
    shares = [
        world.task(settings, Processes(rank, 2).rows(4), **{name: 1.0}).losses()[name].item()
        for rank in range(2)
    ]
    assert sum(shares) / 2 == pytest.approx(whole, rel=1e-4, abs=1e-6)
    assert shares[0] != shares[1]


# --- devices


def test_an_apple_gpu_and_missing_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    for device, named in (("mps", "one process"), ("cuda", "process 2 of this host has no GPU")):
        with pytest.raises(DeviceError, match=named), joined(torch.device(device)):
            pass


def test_alone_without_torchrun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with joined(torch.device("cpu")) as (processes, device):
        assert (processes, device.type) == (ALONE, "cpu")
        assert processes.any(True) and not processes.any(False)
        assert processes.from_first(0.1) == 0.1
