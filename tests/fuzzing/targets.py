"""What is fuzzed: the readers of every kind of file, and the files they are given."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random

from fuzzing import images, texts, videos
from fuzzing.damage import damaged
from fuzzing.holds import Refusal
from stylectl.errors import InputError, TrainingError, UsageError, WeightsError

MAX_PIXELS = 2**22
Reader = Callable[[Path], object]


@dataclass(frozen=True)
class Case:
    """A file, who reads it, and the errors by which it may be refused."""

    name: str
    data: bytes
    read: Reader
    refusal: Refusal = InputError

    def with_data(self, data: bytes) -> Case:
        return replace(self, data=data)


@dataclass(frozen=True)
class Target:
    """A kind of file.

    Attributes:
        seeds: whole files, to be damaged.
        cases: files made by hand, to be read as they are.
        damage: how the seeds are damaged, unless by the byte.
    """

    seeds: list[Case]
    cases: list[Case]
    damage: Callable[[bytes, Random], bytes] = damaged


def of_images(folder: Path) -> Target:
    seeds = _cases(images.whole_images(), read_picture)
    made = (images.liars, images.with_bad_profiles, images.with_bad_exif, images.strangers)
    return Target(seeds, [case for make in made for case in _cases(make(), read_picture)])


def of_weights(folder: Path) -> Target:
    from fuzzing import weights
    from stylectl.training.checkpoint import read_checkpoint
    from stylectl.weights.registry import load_network
    from stylectl.weights.vgg import load_vgg

    whole = weights.network_file(folder)
    checkpoint = partial(read_checkpoint, describe=weights.DESCRIBED)
    seeds = [
        Case("network.safetensors", whole, load_network, WeightsError),
        Case("vgg.pth", weights.vgg_file(), load_vgg, WeightsError),
        Case("checkpoint.pt", weights.checkpoint_file(), checkpoint, TrainingError),
    ]
    liars = weights.liars(whole)
    readers = (load_network, load_vgg)
    made = [case for read in readers for case in _cases(liars, read, WeightsError)]
    return Target(seeds, made)


def of_recipes(folder: Path) -> Target:
    from stylectl.training.recipe import read_recipe

    def read(path: Path) -> object:
        return read_recipe(str(path), folder, folder)

    seed = Case("recipe.toml", texts.RECIPE.encode(), read, (InputError, UsageError))
    return Target([seed], [seed], damaged_toml)


def of_settings(folder: Path) -> Target:
    seed = Case("stylectl.toml", texts.SETTINGS.encode(), read_settings, UsageError)
    return Target([seed], [seed], damaged_toml)


def damaged_toml(data: bytes, random: Random) -> bytes:
    """By the byte now and then, else by its meaning."""
    if random.random() < 0.2:
        return damaged(data, random)
    return texts.damaged_text(data.decode(), random).encode()


def of_clips(folder: Path) -> Target:
    whole = videos.whole_clips(folder)
    seeds = _cases(whole, read_clip)
    return Target(seeds, [*seeds, *_cases(videos.strangers(whole), read_clip)])


def read_settings(path: Path) -> None:
    """Shows what several commands would run with, as set by the file.

    Raises:
        UsageError: the command line ended with one.
    """
    from stylectl.cli.app import main

    for words in (("stylize", "a", "b"), ("video", "a"), ("study", "make", "a", "b")):
        told, here = io.StringIO(), os.getcwd()
        os.chdir(path.parent)
        try:
            with contextlib.redirect_stderr(told), contextlib.redirect_stdout(io.StringIO()):
                main(["--show-config", *words])
        except SystemExit as end:
            if end.code == UsageError.exit_code:
                raise UsageError(told.getvalue().splitlines()[0]) from None
            assert not end.code, told.getvalue()
        finally:
            os.chdir(here)


def read_picture(path: Path) -> None:
    from stylectl.media import read_image

    picture = read_image(path, max_pixels=MAX_PIXELS)
    width, height = picture.size
    assert 0 < width * height <= MAX_PIXELS
    assert picture.pixels.shape == (height, width, 3)
    assert picture.pixels.dtype in ("uint8", "uint16")
    assert picture.opacity is None or picture.opacity.shape == (height, width)
    assert all(warning.isprintable() for warning in picture.warnings)


def read_clip(path: Path) -> None:
    """Opens a clip and decodes all of its frames: as many as were promised."""
    from stylectl.video.file import VideoFile

    clip = VideoFile(path, max_pixels=MAX_PIXELS)
    assert clip.damage is None or clip.damage.isprintable()
    count = len(clip.timeline)
    with clip.frames(range(count)) as frames:
        assert sum(frame.shape == (*clip.size[::-1], 3) for frame in frames) == count


def _cases(files: dict[str, bytes], read: Reader, refusal: Refusal = InputError) -> list[Case]:
    return [Case(name, data, read, refusal) for name, data in files.items()]


TARGETS: dict[str, Callable[[Path], Target]] = {
    "images": of_images,
    "weights": of_weights,
    "recipes": of_recipes,
    "settings": of_settings,
    "clips": of_clips,
}
