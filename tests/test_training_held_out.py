"""Held-out images: which they are, that training never meets them, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from training_parts import World, pool, save_images

from stylectl.errors import TrainingError
from stylectl.training.data import ImagePool
from stylectl.training.held_out import HeldOutImages


def pictures(images: ImagePool) -> list[bytes]:
    return [bytes(i.numpy()) for g in images.groups for i in g if isinstance(i, torch.Tensor)]


def test_a_pool_is_parted_in_the_same_way_every_time(tmp_path: Path) -> None:
    folder = save_images(tmp_path / "images", 20, seed=1)
    everything = pictures(pool(folder))
    first, second = pool(folder), pool(folder)
    held = first.hold_out(0.25)
    assert len(held) == 5 and len(first) == 15
    assert sorted(pictures(held) + pictures(first)) == sorted(everything)
    assert pictures(second.hold_out(0.25)) == pictures(held)
    more = pool(folder).hold_out(0.5)
    assert set(pictures(held)) < set(pictures(more))


def test_at_least_one_is_held_out_and_one_is_left(tmp_path: Path) -> None:
    two = pool(save_images(tmp_path / "two", 2, seed=1))
    assert len(two.hold_out(0.01)) == 1 == len(two)
    with pytest.raises(TrainingError, match="single readable image"):
        two.hold_out(0.5)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.make(tmp_path)


def test_losses_are_those_of_the_held_out_images_and_disturb_nothing(world: World) -> None:
    task = world.task(style=1.0, remd=1.0, reconstruction=1.0, adversarial=1.0)
    held = HeldOutImages.taken_from(task.contents, task.styles, 0.3)
    assert len(held) == 2
    before = task.generator.get_state(), torch.get_rng_state()
    losses = held.losses(task)
    assert set(losses) == {"style", "remd", "reconstruction", "total"}
    assert losses == held.losses(task)
    assert all(map(torch.equal, before, (task.generator.get_state(), torch.get_rng_state())))
    others = HeldOutImages(held.contents, task.styles)
    assert others.losses(task)["style"] != losses["style"]


def test_without_any_other_term_an_adversary_leaves_nothing_to_watch(world: World) -> None:
    task = world.task(adversarial=1.0)
    assert HeldOutImages.taken_from(task.contents, task.styles, 0.3).losses(task) == {}
