"""The six figures against a reference that goes through pixels and positions one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from training_parts import tiny_vgg

from stylectl.errors import WeightsError
from stylectl.evaluation import yardstick
from stylectl.evaluation.figures import HIGHER_IS_BETTER, best, mean_figures
from stylectl.evaluation.yardstick import LAYER_RMS, Yardstick

SIDE = 32
Points = list[list[float]]


def image(seed: int) -> Tensor:
    """A smooth random image, (1, 3, SIDE, SIDE) in [0, 1]."""
    coarse = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, (SIDE, SIDE), mode="bilinear")


def layers(x: Tensor) -> list[Points]:
    """The five maps divided by the constants; each is a list of channels, a list of values."""
    names = [f"relu{n}_1" for n in range(1, 6)]
    maps = tiny_vgg(0).features(x, names)
    return [(m[0].flatten(1) / r).tolist() for m, r in zip(maps, LAYER_RMS, strict=True)]


def moments(values: list[float]) -> tuple[float, float]:
    mean = sum(values) / len(values)
    variance = sum((v - mean) ** 2 for v in values) / (len(values) - 1)
    return mean, math.sqrt(variance + 1e-5)


def style_loss(out: list[Points], style: list[Points]) -> float:
    total = 0.0
    for a, b in zip(out, style, strict=True):
        pairs = [(moments(x), moments(y)) for x, y in zip(a, b, strict=True)]
        total += sum((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 for p, q in pairs) / len(pairs)
    return total


def gram(out: list[Points], style: list[Points]) -> float:
    def matrix(f: Points) -> list[float]:
        return [sum(x * y for x, y in zip(a, b, strict=True)) / len(a) for a in f for b in f]

    total = 0.0
    for a, b in zip(out, style, strict=True):
        g, h = matrix(a), matrix(b)
        total += math.dist(g, h) / math.hypot(*h)
    return total / len(out)


def content_loss(out: list[Points], content: list[Points]) -> float:
    total = 0.0
    for a, b in zip(out[3:], content[3:], strict=True):
        errors = []
        for x, y in zip(a, b, strict=True):
            (m, s), (n, t) = moments(x), moments(y)
            errors += [((v - m) / s - (w - n) / t) ** 2 for v, w in zip(x, y, strict=True)]
        total += sum(errors) / len(errors)
    return total


def sampled(f: Points, seed: int, samples: int) -> list[tuple[float, ...]]:
    positions = list(zip(*f, strict=True))
    order = torch.randperm(len(positions), generator=torch.Generator().manual_seed(seed))
    return [positions[i] for i in order[:samples].tolist()]


def distance(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    length = max(math.hypot(*a), 1e-12) * max(math.hypot(*b), 1e-12)
    return 1 - sum(x * y for x, y in zip(a, b, strict=True)) / length


def remd(out: list[Points], style: list[Points], samples: int) -> float:
    total = 0.0
    for layer in (2, 3):
        a, b = sampled(out[layer], 0, samples), sampled(style[layer], 1, samples)
        cost = [[distance(p, q) for q in b] for p in a]
        rows = sum(map(min, cost)) / len(a)
        columns = sum(map(min, zip(*cost, strict=True))) / len(b)
        total += max(rows, columns)
    return total


def self_similarity(out: list[Points], content: list[Points], samples: int) -> float:
    def matrix(f: Points) -> list[list[float]]:
        points = sampled(f, 0, samples)
        rows = [[distance(p, q) for q in points] for p in points]
        return [[v / sum(row) for v in row] for row in rows]

    pairs = zip(matrix(out[2]), matrix(content[2]), strict=True)
    rows = [sum(abs(v - w) for v, w in zip(x, y, strict=True)) for x, y in pairs]
    return sum(rows) / len(rows)


def ssim(a: Tensor, b: Tensor) -> float:
    from skimage.metrics import structural_similarity

    grey = np.array([0.299, 0.587, 0.114])
    x, y = ((t[0].permute(1, 2, 0).double().numpy() * grey).sum(2) for t in (a, b))
    found = structural_similarity(
        x, y, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
    )
    return float(found[1][5:-5, 5:-5].mean())  # where the window of 11 pixels lies inside


@pytest.mark.parametrize("samples", [1024, 20])
def test_figures(samples: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yardstick, "SAMPLES", samples)
    out, content, style = image(0), image(1), image(2)
    measured = Yardstick([tiny_vgg(0)])
    found = measured.figures(out, measured.content_target(content), measured.style_target(style))
    o, c, s = layers(out), layers(content), layers(style)
    expected = {
        "style_loss": style_loss(o, s),
        "gram": gram(o, s),
        "remd": remd(o, s, samples),
        "content_loss": content_loss(o, c),
        "self_similarity": self_similarity(o, c, samples),
        "ssim": ssim(out, content),
    }
    assert found == pytest.approx(expected, rel=1e-3, abs=1e-6)
    assert all(abs(value) > 1e-4 for value in expected.values())


def test_the_image_itself_is_perfect() -> None:
    measured, x = Yardstick([tiny_vgg(0)]), image(0)
    found = measured.figures(x, measured.content_target(x), measured.style_target(x))
    perfect = {name: float(higher) for name, higher in HIGHER_IS_BETTER.items()}
    assert found == pytest.approx(perfect, abs=1e-5)


def test_a_network_that_is_too_short_is_refused() -> None:
    with pytest.raises(WeightsError, match="relu4_1, relu5_1"):
        Yardstick([tiny_vgg(0, (4, 6, 8), "conv3_1")])


def test_means_and_the_best() -> None:
    assert mean_figures([]) == {}
    assert mean_figures([{"gram": 1.0}, {"gram": 3.0}]) == {"gram": 2.0}
    assert best("gram", [2, 1]) == 1 and best("ssim", [2, 1]) == 2
