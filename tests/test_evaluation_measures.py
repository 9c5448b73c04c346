"""Every measure of feature maps against a reference written with loops."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from stylectl.evaluation import measures
from stylectl.evaluation.moments import moments, moments_of
from stylectl.training.losses import remd_loss

Maps = dict[str, Tensor]
LAYERS = ("relu3_1", "relu4_1")


def maps(seed: int) -> Maps:
    generator = torch.Generator().manual_seed(seed)
    shapes = {"relu3_1": (2, 3, 4, 5), "relu4_1": (2, 4, 3, 2)}
    return {
        name: torch.rand(shape, generator=generator, dtype=torch.float64)
        for name, shape in shapes.items()
    }


def mean_and_std(values: list[float]) -> tuple[float, float]:
    mean = sum(values) / len(values)
    variance = sum((v - mean) ** 2 for v in values) / len(values)
    return mean, math.sqrt(variance + 1e-5)


def channels(x: Tensor) -> list[list[list[float]]]:
    """x[b][c] is the list of that channel's values."""
    return x.flatten(2).tolist()


def remd(out: Maps, style: Maps, samples: int = 1000) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return remd_loss(out, style, LAYERS, samples, generator)


def test_content_loss() -> None:
    out, content = maps(0), maps(1)
    expected = 0.0
    for name in LAYERS:
        errors = []
        for image_a, image_b in zip(channels(out[name]), channels(content[name]), strict=True):
            for a, b in zip(image_a, image_b, strict=True):
                (mean_a, std_a), (mean_b, std_b) = mean_and_std(a), mean_and_std(b)
                errors += [
                    ((x - mean_a) / std_a - (y - mean_b) / std_b) ** 2
                    for x, y in zip(a, b, strict=True)
                ]
        expected += sum(errors) / len(errors)
    assert measures.content_loss(out, content, LAYERS).item() == pytest.approx(expected)


def test_content_loss_ignores_the_palette() -> None:
    content = maps(1)
    recoloured = {name: 3 * x + 2 for name, x in content.items()}
    assert measures.content_loss(recoloured, content, LAYERS).item() < 1e-6


def test_style_loss() -> None:
    out, style = maps(0), maps(1)
    expected = 0.0
    for name in LAYERS:
        pairs = [
            (mean_and_std(a), mean_and_std(b))
            for image_a, image_b in zip(channels(out[name]), channels(style[name]), strict=True)
            for a, b in zip(image_a, image_b, strict=True)
        ]
        expected += sum((a[0] - b[0]) ** 2 for a, b in pairs) / len(pairs)
        expected += sum((a[1] - b[1]) ** 2 for a, b in pairs) / len(pairs)
    assert measures.style_loss(moments_of(out), moments_of(style)).item() == pytest.approx(expected)


def test_style_loss_ignores_where_things_are() -> None:
    style = maps(1)
    moved = {name: x.flip(2).roll(1, 3) for name, x in style.items()}
    assert measures.style_loss(moments_of(moved), moments_of(style)).item() < 1e-12


def gram(image: list[list[float]]) -> list[list[float]]:
    return [[sum(x * y for x, y in zip(a, b, strict=True)) / len(a) for b in image] for a in image]


def test_gram_loss() -> None:
    out, style = maps(0), maps(1)
    per_layer = []
    for name in LAYERS:
        relative = []
        for image_a, image_b in zip(channels(out[name]), channels(style[name]), strict=True):
            a, b = gram(image_a), gram(image_b)
            entries = [(i, j) for i in range(len(a)) for j in range(len(a))]
            distance = math.sqrt(sum((a[i][j] - b[i][j]) ** 2 for i, j in entries))
            relative.append(distance / math.sqrt(sum(b[i][j] ** 2 for i, j in entries)))
        per_layer.append(sum(relative) / len(relative))
    expected = sum(per_layer) / len(per_layer)
    assert measures.gram_loss(moments_of(out), moments_of(style)).item() == pytest.approx(expected)


def test_gram_loss_of_a_style_without_features_is_finite() -> None:
    nothing = {name: torch.zeros_like(x) for name, x in maps(0).items()}
    assert math.isfinite(measures.gram_loss(moments_of(nothing), moments_of(nothing)).item())


def cosine_cost(a: list[float], b: list[float]) -> float:
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    return 1 - dot / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def test_remd_loss() -> None:
    out, style = maps(0), maps(1)
    expected = 0.0
    for name in LAYERS:
        distances = []
        for image_a, image_b in zip(channels(out[name]), channels(style[name]), strict=True):
            points_a, points_b = list(zip(*image_a, strict=True)), list(zip(*image_b, strict=True))
            cost = [[cosine_cost(list(a), list(b)) for b in points_b] for a in points_a]
            rows = sum(min(row) for row in cost) / len(cost)
            columns = sum(min(c) for c in zip(*cost, strict=True)) / len(cost[0])
            distances.append(max(rows, columns))
        expected += sum(distances) / len(distances)
    assert remd(out, style).item() == pytest.approx(expected)


def test_remd_loss_looks_at_sampled_positions_drawn_from_its_generator() -> None:
    out, style = maps(0), maps(1)
    few = remd(out, style, samples=4).item()
    assert few == remd(out, style, samples=4).item()
    assert few != pytest.approx(remd(out, style).item())


TERMS = {
    "content": lambda a, b: measures.content_loss(a, b, LAYERS),
    "style": lambda a, b: measures.style_loss(moments_of(a), moments_of(b)),
    "gram": lambda a, b: measures.gram_loss(moments_of(a), moments_of(b)),
    "remd": remd,
}


@pytest.mark.parametrize("name", TERMS)
def test_equal_maps_cost_nothing_and_have_a_finite_gradient(name: str) -> None:
    out = {layer: x.requires_grad_() for layer, x in maps(0).items()}
    loss = TERMS[name](out, maps(0))
    assert loss.item() == pytest.approx(0, abs=1e-12)
    loss.backward()
    assert all(torch.isfinite(x.grad).all() for x in out.values() if x.grad is not None)


@pytest.mark.parametrize("name", TERMS)
def test_a_gradient_step_lowers_the_term(name: str) -> None:
    out, target = {layer: x.requires_grad_() for layer, x in maps(0).items()}, maps(1)
    before = TERMS[name](out, target)
    before.backward()
    with torch.no_grad():
        for x in out.values():
            assert x.grad is not None and x.grad.abs().max() > 0
            x -= 1e-3 * x.grad / x.grad.norm()
    assert TERMS[name](out, target) < before


# --- moments


def plain_moments(x: Tensor) -> tuple[Tensor, Tensor]:
    v = x.flatten(2)
    return v.mean(2), v @ v.transpose(1, 2) / v.shape[2]


def test_moments_and_their_gradient() -> None:
    x = maps(0)["relu3_1"].contiguous(memory_format=torch.channels_last)
    given, plain = x.clone().requires_grad_(), x.clone().requires_grad_()
    found, (mean, gram) = moments(given), plain_moments(plain)
    torch.testing.assert_close(found.mean, mean)
    torch.testing.assert_close(found.gram, gram)
    torch.testing.assert_close(found.std(), (x.flatten(2).var(2, correction=0) + 1e-5).sqrt())
    torch.testing.assert_close(
        found.std(sample=True), (x.flatten(2).var(2) + 1e-5 * 20 / 19).sqrt(), rtol=1e-4, atol=0
    )
    weights = maps(1)["relu3_1"].flatten(2)[..., :3]
    for some_mean, some_gram in ((found.mean, found.gram), (mean, gram)):
        ((some_mean.sin() * weights[..., 0]).sum() + (some_gram.cos() * weights).sum()).backward()
    torch.testing.assert_close(given.grad, plain.grad)


def test_moments_of_halves_are_floats() -> None:
    x = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    found, exact = moments(x.bfloat16()), moments(x)
    assert found.mean.dtype == found.gram.dtype == torch.float32
    torch.testing.assert_close(found.mean, exact.mean, rtol=5e-3, atol=0)
    torch.testing.assert_close(found.std(), exact.std(), rtol=2e-2, atol=0)


def test_a_flat_map_has_a_finite_deviation() -> None:
    flat = torch.full((1, 2, 5, 7), 0.1, requires_grad=True)
    deviation = moments(flat).std()
    torch.testing.assert_close(deviation, torch.full((1, 2), 1e-5**0.5), rtol=0.1, atol=0)
    deviation.sum().backward()
    assert flat.grad is not None and torch.isfinite(flat.grad).all()
