"""Makes the folder that docs_scene.py describes."""

from __future__ import annotations

import shutil
from pathlib import Path

import docs_scene as scene
import torch
from clips import plain
from PIL import Image
from skimage import data
from study_parts import always, answer
from training_parts import save_vgg, tiny_network, tiny_vgg

from stylectl.study.make import make_study

SIZE = 240, 160  # of the photos


def make_scene(folder: Path) -> None:
    """Fills a new folder."""
    folder.mkdir()
    photo = Image.fromarray(data.chelsea()).resize(SIZE)
    for name in scene.PHOTOS:
        _save(photo, folder / name)
    painting = Image.fromarray(data.coffee()).resize((96, 64))
    for number, name in enumerate(scene.PAINTINGS):
        _save(painting.rotate(7 * number), folder / name)  # no two alike
    for name in scene.MASKS:
        _save(Image.linear_gradient("L").resize(SIZE), folder / name)
    for name in scene.CLIPS:
        clip = plain(folder / "made.mp4", seconds=100, size="64x48", rate="1/10")
        clip.rename(folder / name)  # it may have no suffix
    for name, text in scene.TEXTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for number, name in enumerate(scene.PERCEPTUAL_NETWORKS):
        (folder / name).parent.mkdir(exist_ok=True)
        save_vgg(folder / name, tiny_vgg(number))
    for name in scene.WEIGHTS:
        shutil.copy(scene.ROOT / "weights" / "lean.safetensors", folder / name)
    for name in scene.CHECKPOINTS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        _checkpoint(folder / name)
    for name in scene.ANSWERS:
        (folder / name).parent.mkdir(exist_ok=True)
        _answer(folder, folder / name)
    for name in scene.EMPTY_FOLDERS:
        (folder / name).mkdir()
    for name in scene.FROM_THE_REPOSITORY:
        copy = shutil.copytree if (scene.ROOT / name).is_dir() else shutil.copy
        copy(scene.ROOT / name, folder / name)


def _save(picture: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, None if path.suffix else "PNG")


def _checkpoint(file: Path) -> None:
    """What a training run leaves, as far as importing reads it."""
    network = tiny_network()
    described = {"model": network.config.to_dict()}
    state = {"describe": described, "modules": {"network": network.state_dict()}}
    torch.save({**state, "step": 1, "seconds": 1.0}, file)


def _answer(folder: Path, file: Path) -> None:
    """What a person's browser saves."""
    page = folder / "page.html"
    methods = [folder / name for name in ("OURS", "THEIRS")]
    make_study(methods, folder / "PHOTOS", folder / "PAINTINGS", page)
    answer(page, file, "somebody", always("OURS", times=1))
    page.unlink()
