"""One batch of stylisation training: which terms there are, and whom their gradients reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
import torch
from torch import nn
from training_parts import World, tiny_network, tiny_vgg

from stylectl.errors import TrainingError, UsageError
from stylectl.evaluation.perceptual import PerceptualNetwork
from stylectl.training.loop import TrainingLoop
from stylectl.training.settings import Budget, DistillationSettings, LossWeights
from stylectl.training.settings import StylizationSettings as Settings
from stylectl.training.stylization import StylizationTask

NAMES = [field.name for field in fields(LossWeights)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.make(tmp_path_factory.mktemp("world"))


def awake(task: StylizationTask) -> StylizationTask:
    """Style kernels start as the delta kernel, where the style has no effect yet."""
    kernels = task.network.kernels
    assert kernels is not None
    with torch.no_grad():
        kernels.output.weight.normal_(std=0.1, generator=torch.Generator().manual_seed(0))
    return task


@pytest.mark.parametrize("name", NAMES)
def test_a_term_is_computed_if_it_has_a_weight_and_counts_by_it(world: World, name: str) -> None:
    one = world.task(**{name: 1.0}).losses()
    three = world.task(**{name: 3.0}).losses()
    extra = {"discriminator"} if name == "adversarial" else set()
    assert set(one) == {name, "total"} | extra
    assert one[name] > 0
    assert one["total"].item() == pytest.approx(one[name].item())
    assert three["total"].item() == pytest.approx(3 * one[name].item())


@pytest.mark.parametrize("name", NAMES)
def test_every_term_trains_the_decoder(world: World, name: str) -> None:
    task = awake(world.task(**{name: 1.0}))
    task.losses()["total"].backward()
    gradient = task.network.decoder.output.weight.grad
    assert gradient is not None and gradient.abs().max() > 0


def test_total_is_the_weighted_sum(world: World) -> None:
    weights = {name: float(index) for index, name in enumerate(NAMES, 1)}
    terms = awake(world.task(**weights)).losses()
    expected = sum(weight * terms[name].item() for name, weight in weights.items())
    assert terms["total"].item() == pytest.approx(expected, rel=1e-5)


def test_every_part_of_the_network_is_trained(world: World) -> None:
    task = awake(world.task(content=1.0, style=1.0))
    task.losses()["total"].backward()
    network = task.network
    for part in (
        network.alignment.query,
        network.alignment.key,
        network.alignment.value,
        network.alignment.gating,
        network.kernels,
        network.decoder,
    ):
        assert part is not None and any(gradients(part))
    assert not any(gradients(network.encoder))


def test_without_terms_of_the_result_an_autoencoder_is_trained(world: World) -> None:
    task = world.task(reconstruction=1.0)
    task.losses()["total"].backward()
    assert task.network.alignment.query.weight.grad is None
    zero = dict.fromkeys(NAMES, 0.0)
    of_images = {"identity": 1.0, "identity_features": 1.0, "reconstruction": 1.0}
    assert not LossWeights(**(zero | of_images)).judges_results
    assert LossWeights(**(zero | {"ssim": 1.0})).judges_results
    assert LossWeights().judges_results


def test_all_weights_0_is_refused(world: World) -> None:
    with pytest.raises(TrainingError, match="every loss weight is 0"):
        world.task()


@pytest.mark.parametrize("name", ["content", "remd", "self_similarity"])
def test_a_term_whose_layers_no_network_reaches_is_named(world: World, name: str) -> None:
    task = world.task(style=1.0)
    shallow = PerceptualNetwork([tiny_vgg(0, (4, 6), "conv2_1")])
    zero = dict.fromkeys(NAMES, 0.0)
    with pytest.raises(TrainingError, match=f"{name.replace('_', '-')} term needs relu") as caught:
        StylizationTask(
            tiny_network(),
            shallow,
            task.contents,
            task.styles,
            task.settings,
            LossWeights(**(zero | {name: 1.0})),
        )
    assert f"--{name.replace('_', '-')}-weight 0" in caught.value.hint


def test_style_works_with_a_shallow_network(world: World) -> None:
    task = world.task(style=1.0)
    shallow = PerceptualNetwork([tiny_vgg(0, (4, 6), "conv2_1")])
    weights = LossWeights(content=0, remd=0)
    StylizationTask(
        tiny_network(), shallow, task.contents, task.styles, task.settings, weights
    ).losses()["total"].backward()


# --- encoder, shuffle, precision


def moved(task: StylizationTask, folder: Path, steps: int = 2) -> dict[str, bool]:
    """Which parts of the network changed in some steps."""
    before = {k: v.clone() for k, v in task.network.state_dict().items()}
    TrainingLoop(task, Budget(steps), folder, describe={}).run(lambda _: None, lambda: None)
    after = task.network.state_dict()
    changed = {k: not torch.equal(before[k], after[k]) for k in before}
    return {
        part: any(v for k, v in changed.items() if k.startswith(part))
        for part in ("encoder.conv1_1", "encoder.conv4_1", "encoder.color", "decoder")
    }


def test_the_encoder_is_frozen_unless_it_has_a_rate(world: World, tmp_path: Path) -> None:
    frozen = moved(world.task(content=1.0, reconstruction=1.0), tmp_path / "0")
    assert frozen == {
        "encoder.conv1_1": False,
        "encoder.conv4_1": False,
        "encoder.color": False,
        "decoder": True,
    }
    task = world.task({"encoder_rate": 0.5}, content=1.0, reconstruction=1.0)
    trained = moved(task, tmp_path / "1")
    assert trained == {
        "encoder.conv1_1": True,
        "encoder.conv4_1": True,
        "encoder.color": False,
        "decoder": True,
    }


def test_encoder_rate_is_a_share_of_the_learning_rate(world: World, tmp_path: Path) -> None:
    task = world.task({"encoder_rate": 0.25, "learning_rate": 4e-3}, style=1.0)
    rates = []
    loop = TrainingLoop(task, Budget(2), tmp_path, describe={})
    groups = task.optimizers["network"].param_groups
    loop.run(lambda _: rates.append([g["lr"] for g in groups]), lambda: None)
    assert all(encoder == pytest.approx(rest / 4) for rest, encoder in rates)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.5, 10), (1.0, 20)])
def test_shuffle_is_the_share_of_shuffled_batches(
    world: World, monkeypatch: pytest.MonkeyPatch, share: float, expected: int
) -> None:
    task = world.task({"shuffle": share}, total_variation=1.0)
    seen: list[bool] = []
    modulate = task.network.modulate

    def watched(*arguments: torch.Tensor) -> torch.Tensor:
        seen.append(arguments[2] is not None)
        return modulate(*arguments)

    monkeypatch.setattr(task.network, "modulate", watched)
    with torch.no_grad():
        for _ in range(20):
            task.losses()
    assert len(seen) == 20
    assert abs(sum(seen) - expected) <= (5 if 0 < share < 1 else 0)


def test_bf16_computes_the_networks_in_bf16_and_the_losses_in_fp32(world: World) -> None:
    weights = dict.fromkeys(NAMES, 1.0)
    exact, coarse = (
        awake(world.task({"precision": p}, **weights)).losses() for p in ("fp32", "bf16")
    )
    assert all(v.dtype == torch.float32 for v in coarse.values())
    assert coarse["total"].item() != exact["total"].item()
    for name, value in exact.items():
        assert coarse[name].item() == pytest.approx(value.item(), rel=0.1, abs=0.02), name
    coarse["total"].backward()


# --- the experts


def test_experts_know_what_styles_are_like_before_the_first_step(world: World) -> None:
    choice = world.task(style=1.0).network.decoder.choice
    assert choice is not None
    assert choice.mean.any() and not (choice.std == 1).any()


def test_every_experts_weights_are_trained(world: World) -> None:
    task = awake(world.task(style=1.0))
    task.losses()["total"].backward()
    experts = task.network.decoder.output.experts
    assert experts is not None and experts.grad is not None
    assert (experts.grad.abs().amax(1) > 0).all()


# --- the adversary


def gradients(module: nn.Module) -> list[bool]:
    return [p.grad is not None and bool(p.grad.abs().max() > 0) for p in module.parameters()]


def test_the_generators_terms_leave_no_gradient_in_the_discriminator(world: World) -> None:
    task = awake(world.task({"encoder_rate": 0.5}, adversarial=1.0, style=1.0))
    assert task.adversary is not None
    task.losses()["total"].backward()
    assert not any(gradients(task.adversary.discriminator))
    assert any(gradients(task.network.decoder))
    assert any(gradients(task.network.encoder))


def test_the_discriminators_loss_leaves_no_gradient_in_the_generator(world: World) -> None:
    task = awake(world.task({"encoder_rate": 0.5}, adversarial=1.0, style=1.0))
    assert task.adversary is not None
    task.losses()["discriminator"].backward()
    assert not any(gradients(task.network))
    assert all(gradients(task.adversary.discriminator))


def test_the_discriminator_learns_to_tell_paintings_from_results(
    world: World, tmp_path: Path
) -> None:
    task = world.task({"learning_rate": 1e-2}, adversarial=1e-6)
    seen: list[float] = []
    loop = TrainingLoop(task, Budget(25), tmp_path, describe={})
    loop.run(lambda e: seen.append(e.losses["discriminator"]), lambda: None)
    assert sum(seen[-5:]) < 0.8 * sum(seen[:5])


def test_the_adversary_changes_what_the_network_learns(world: World, tmp_path: Path) -> None:
    results = []
    for weight in (1e-3, 5.0):
        task = world.task(adversarial=weight, style=1.0)
        TrainingLoop(task, Budget(2), tmp_path / str(weight), describe={}).run(
            lambda _: None, lambda: None
        )
        results.append(task.network.decoder.output.weight.detach().clone())
    assert not torch.equal(*results)


def test_discriminator_width(world: World) -> None:
    counts = []
    for width in (4, 8):
        task = world.task({"discriminator_width": width}, adversarial=1.0)
        counts.append(sum(p.numel() for p in task.modules["discriminator"].parameters()))
    assert counts[0] < counts[1]


# --- settings that cannot work


@pytest.mark.parametrize("crop", [0, 16, 40, 100])
@pytest.mark.parametrize("settings", [Settings, DistillationSettings])
def test_impossible_crops(settings: type, crop: int) -> None:
    with pytest.raises(UsageError, match=str(crop)):
        settings(crop=crop)


@pytest.mark.parametrize("zoom", [(0, 1), (2, 1), (-1, 1), (1, float("inf")), (1, float("nan"))])
def test_impossible_zooms(zoom: tuple[float, float]) -> None:
    for make in (
        lambda: Settings(content_zoom=zoom),
        lambda: Settings(style_zoom=zoom),
        lambda: DistillationSettings(zoom=zoom),
    ):
        with pytest.raises(UsageError, match=r"zoom is \S+ to "):
            make()


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: Settings(batch_size=0), "batch_size is 0"),
        (lambda: Settings(learning_rate=float("nan")), "learning_rate is nan"),
        (lambda: Settings(shuffle=1.5), "shuffle is 1.5"),
        (lambda: Settings(encoder_rate=-1), "encoder_rate is -1"),
        (lambda: Settings(discriminator_width=0), "discriminator_width is 0"),
        (lambda: Settings(samples=1), "samples is 1"),
        (lambda: DistillationSettings(batch_size=0), "batch_size is 0"),
        (lambda: LossWeights(gram=-1), "gram is -1"),
        (lambda: Budget(steps=0), "steps is 0"),
        (lambda: Budget(minutes=-1), "minutes is -1"),
    ],
)
def test_impossible_numbers(make: Callable[[], object], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        make()
