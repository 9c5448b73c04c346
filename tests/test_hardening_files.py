"""Damaged recipes, weights, checkpoints and clips: read as they are, or refused in one line."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from fuzzing.damage import truncations
from fuzzing.holds import read_or_refused
from fuzzing.targets import Case, Target, of_clips, of_recipes, of_weights
from hypothesis import given, settings
from hypothesis import strategies as st

from stylectl.errors import InputError, StylectlError, UsageError
from stylectl.training.recipe import read_recipe

RANDOM = st.randoms(use_true_random=False)


def verdict(case: Case, folder: Path) -> str | None:
    path = folder / case.name
    path.write_bytes(case.data)
    return read_or_refused(case.read, path, case.refusal)


def damage(target: Target, random: Random, folder: Path) -> None:
    seed = random.choice(target.seeds)
    verdict(seed.with_data(target.damage(seed.data, random)), folder)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="module")
def recipes(shared: Path) -> Target:
    return of_recipes(shared)


@pytest.fixture(scope="module")
def weights_files(shared: Path) -> Target:
    return of_weights(shared)


@pytest.fixture(scope="module")
def clip_files(shared: Path) -> Target:
    return of_clips(shared)


def test_whole_files_are_read(
    recipes: Target, weights_files: Target, clip_files: Target, tmp_path: Path
) -> None:
    for target in (recipes, weights_files, clip_files):
        for seed in target.seeds:
            assert verdict(seed, tmp_path) is None, seed.name


@given(random=RANDOM)
def test_damaged_recipes(recipes: Target, shared: Path, random: Random) -> None:
    damage(recipes, random, shared)


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("a = " + "[" * 3000, InputError, "cannot be read"),
        ("[[stages]]\nimages = ['a']\ntask = ['encoder']", UsageError, "task must be one of"),
        ("batch_size = '" + "x" * 99_000 + "'", UsageError, "…"),
        ('[[stages]]\nname = "\\u001b[31m"\nsteps = "x"\n[[stages]]', UsageError, r"\x1b[31m"),
    ],
)
def test_recipes_of_nonsense(
    tmp_path: Path, text: str, error: type[StylectlError], told: str
) -> None:
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(error) as raised:
        read_recipe(str(tmp_path / "a.toml"))
    message = raised.value.message
    assert told in message and message.isprintable() and len(message) < 1100


def test_weights_that_lie(weights_files: Target, tmp_path: Path) -> None:
    for case in weights_files.cases[::3]:  # tests/fuzz.py reads them all
        verdict(case, tmp_path)


def test_weights_cut_off(weights_files: Target, tmp_path: Path) -> None:
    for seed in weights_files.seeds:
        for part in truncations(seed.data, 4096):
            assert verdict(seed.with_data(part), tmp_path), len(part)


@given(random=RANDOM)
@settings(max_examples=150)
def test_damaged_weights(weights_files: Target, shared: Path, random: Random) -> None:
    damage(weights_files, random, shared)


def test_what_is_no_clip(clip_files: Target, tmp_path: Path) -> None:
    for case in clip_files.cases[len(clip_files.seeds) :]:
        verdict(case, tmp_path)


@given(random=RANDOM)
@settings(max_examples=20)
def test_damaged_clips(clip_files: Target, shared: Path, random: Random) -> None:
    damage(clip_files, random, shared)


def test_ctrl_c_while_weights_are_read_is_no_damage(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What safetensors and torch are interrupted in, they report as a failure of their own."""
    from stylectl.weights import files

    def interrupted(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(files, "safe_open", lambda *_, **__: Tensors(interrupted))
    monkeypatch.setattr(files.torch, "load", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for read in (files.read_tensors, files.load_safely):
            with pytest.raises(KeyboardInterrupt):
                read(weights)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


class Tensors:
    """An open safetensors file during whose reading something happens."""

    def __init__(self, happens: Callable[[], None]) -> None:
        self._happens = happens

    def __enter__(self) -> Tensors:
        return self

    def __exit__(self, *_: object) -> None: ...

    def keys(self) -> list[str]:
        try:
            self._happens()
        except KeyboardInterrupt:
            raise ValueError("could not determine the shape") from None
        return []
