"""Style alignment and its gates against a plain loop over heads, queries and style positions."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from stylectl.model import ModelConfig, StyleFeatures, instance_statistics
from stylectl.model import alignment as alignment_module
from stylectl.model.alignment import StyleAlignment
from stylectl.model.gating import attention_weights

HEADS = 2
BASE = ModelConfig(channels=(4, 8, 8, 8), heads=HEADS, groups=4, gate_channels=6, temperature=7.0)
GATES = ("threshold", "affine", "none")


def make(gate: Any, beta: float = 0.0, **changes: Any) -> StyleAlignment:
    """An alignment whose gates differ from position to position, around gamma 1 and `beta`."""
    torch.manual_seed(3)
    alignment = StyleAlignment(replace(BASE, gate=gate, **changes)).double().requires_grad_(False)
    if alignment.gating is not None:
        last = alignment.gating.convs[-1]
        assert isinstance(last, torch.nn.Conv2d) and last.bias is not None
        torch.nn.init.normal_(last.weight, std=0.2)
        last.bias.copy_(torch.tensor([1.0, beta]).repeat(alignment.config.heads))
    return alignment


def random_maps(*shapes: tuple[int, ...]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(4)
    return [torch.randn(s, dtype=torch.float64, generator=generator) for s in shapes]


def convolve(x: Tensor, conv: torch.nn.Module, stride: int = 1) -> Tensor:
    assert isinstance(conv, torch.nn.Conv2d)
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), conv.weight, conv.bias, stride)


def standardise(x: Tensor) -> Tensor:
    mean = x.mean((2, 3), keepdim=True)
    return (x - mean) / (((x - mean) ** 2).mean((2, 3), keepdim=True) + 1e-5).sqrt()


def softmax(scores: list[float]) -> list[float]:
    powers = [math.exp(score - max(scores)) for score in scores]
    return [power / sum(powers) for power in powers]


def reference_row(gate: str, s: list[float], gamma: float, beta: float, dim: int) -> list[float]:
    """The weights of one query over the style, as paper.md writes them; s holds q . k."""
    tau = BASE.temperature
    if gate == "none":
        return softmax([tau * x for x in s])
    if gate == "affine":
        return [max(0.0, gamma * a + beta) for a in softmax([x / math.sqrt(dim) for x in s])]
    mean = sum(s) / len(s)
    m = [max(0.0, x - gamma * mean + beta) for x in s]
    if not any(m):
        return softmax([tau * x for x in s])
    a = softmax([tau * x * y for x, y in zip(s, m, strict=True)])
    return [x if y > 0 else 0.0 for x, y in zip(a, m, strict=True)]


def reference(
    alignment: StyleAlignment, zc: Tensor, zs: Tensor
) -> tuple[Tensor, list[list[float]]]:
    """Zcs of one content and one style, and the weights of every row."""
    gate, stride = alignment.config.gate, alignment.config.style_stride
    q = convolve(standardise(zc), alignment.query)[0]
    k = convolve(standardise(zs), alignment.key, stride)[0].flatten(1)
    v = convolve(zs, alignment.value, stride)[0].flatten(1)
    psi = None
    if alignment.gating is not None:
        first, second, last = alignment.gating.convs
        psi = convolve(convolve(convolve(zc, first).relu(), second).relu(), last)[0]
    result, rows = torch.zeros_like(q), []
    dim = q.shape[0] // HEADS
    for h in range(HEADS):
        part = slice(h * dim, (h + 1) * dim)
        for y in range(q.shape[1]):
            for x in range(q.shape[2]):
                query, keys = q[part, y, x], [k[part, j] for j in range(k.shape[1])]
                if gate != "affine":
                    query, keys = query / query.norm(), [key / key.norm() for key in keys]
                scores = [float(query @ key) for key in keys]
                gamma, beta = (0.0, 0.0) if psi is None else psi[2 * h : 2 * h + 2, y, x].tolist()
                row = reference_row(gate, scores, gamma, beta, dim)
                rows.append(row)
                for j, weight in enumerate(row):
                    result[part, y, x] += weight * v[part, j]
    return result[None], rows


def align(alignment: StyleAlignment, zc: Tensor, zs: Tensor) -> Tensor:
    return alignment(zc, instance_statistics(zc), alignment.encode_style(zs))


# Without gradients the threshold's weights are made in place, by other passes.
@pytest.mark.parametrize("grad", [True, False])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("gate", GATES)
def test_each_gate_is_its_formula(gate: str, stride: int, grad: bool) -> None:
    alignment = make(gate, style_stride=stride)
    zc, zs = random_maps((1, 8, 4, 6), (1, 8, 5, 4))
    expected, rows = reference(alignment, zc, 3 * zs + 1)
    with torch.set_grad_enabled(grad):
        aligned = align(alignment, zc, 3 * zs + 1)
    torch.testing.assert_close(aligned, expected, rtol=1e-9, atol=1e-9)
    if gate == "threshold":  # the rows differ: some entries are cut, some kept
        assert any(0.0 in row for row in rows)
        assert any(weight > 0 for row in rows for weight in row)
        assert min(sum(row) for row in rows) < 0.99  # not renormalised


@pytest.mark.parametrize("grad", [True, False])
@pytest.mark.parametrize("beta", [-0.6, -1.0, -100.0])
def test_wholly_masked_rows_fall_back_to_the_ungated_softmax(beta: float, grad: bool) -> None:
    alignment = make("threshold", beta)
    zc, zs = random_maps((1, 8, 4, 6), (1, 8, 3, 4))
    expected, rows = reference(alignment, zc, zs)
    # A row that fell back is the only kind that has no zero and adds up to one.
    fallen = [0.0 not in row and abs(sum(row) - 1) < 1e-9 for row in rows]
    assert any(fallen) if beta > -100 else all(fallen)
    assert not all(fallen) or beta == -100
    with torch.set_grad_enabled(grad):
        aligned = align(alignment, zc, zs)
    torch.testing.assert_close(aligned, expected, rtol=1e-9, atol=1e-9)
    if beta == -100:
        ungated = make("none")
        ungated.load_state_dict(alignment.state_dict(), strict=False)
        torch.testing.assert_close(aligned, align(ungated, zc, zs))


def test_affine_may_drop_the_whole_style() -> None:
    alignment = make("affine", -100.0)
    zc, zs = random_maps((1, 8, 4, 6), (1, 8, 3, 4))
    assert not align(alignment, zc, zs).any()


@pytest.mark.parametrize("gate", ["threshold", "affine"])
def test_a_new_gate_starts_near_gamma_one_and_beta_zero(gate: Any) -> None:
    torch.manual_seed(0)
    gating = StyleAlignment(replace(BASE, gate=gate)).double().gating
    assert gating is not None
    gates = gating(*random_maps((1, 8, 4, 6)))
    assert gates.shape == (1, HEADS, 24, 2)
    start = torch.tensor([1.0, 0.0]).double().expand_as(gates)
    torch.testing.assert_close(gates, start, rtol=0, atol=0.02)
    assert gates.std(2).min() > 0  # and yet each position has its own, so that it can learn


def test_no_gate_is_scaled_dot_product_attention_with_temperature() -> None:
    alignment = make("none")
    q, k, v = random_maps((2, HEADS, 5, 4), (2, HEADS, 7, 4), (2, HEADS, 7, 4))
    q, k = F.normalize(q, dim=-1), F.normalize(k, dim=-1)
    weights = (BASE.temperature * q @ k.transpose(2, 3)).softmax(-1)
    style = StyleFeatures(k, v, k.mean(2, keepdim=True), (1, 7))
    torch.testing.assert_close(alignment._attend(q, None, style), weights @ v)
    # What the focused regions draw is what the network computes.
    shown, unit = attention_weights(alignment.config, q, None, k, style.mean_key)
    torch.testing.assert_close(shown / unit, weights)


@pytest.mark.parametrize("beta", [0.0, -0.6, 20.0, 1e4])
def test_weights_in_place_are_those_with_gradients(beta: float) -> None:
    """Also where powers of e would not fit: a beta of 20 gives exponents up to 210."""
    alignment = make("threshold", beta)
    zc, zs = (x.float() for x in random_maps((1, 8, 4, 6), (1, 8, 5, 4)))
    alignment.float()
    with torch.no_grad():
        spent = align(alignment, zc, zs)
    torch.testing.assert_close(spent, align(alignment, zc, zs).detach(), rtol=1e-4, atol=1e-5)
    assert spent.isfinite().all()


@pytest.mark.parametrize("rows", [1, 5, 23, 24])
@pytest.mark.parametrize("gate", GATES)
def test_chunks_change_nothing(gate: str, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    alignment = make(gate, -0.6)  # with rows that are wholly masked in some chunks
    zc, zs = random_maps((2, 8, 4, 6), (2, 8, 3, 4))
    whole = align(alignment, zc, zs)
    sizes: list[int] = []
    attend = alignment._attend

    def spy(query: Tensor, gate: Tensor | None, style: StyleFeatures) -> Tensor:
        sizes.append(query.shape[2])
        return attend(query, gate, style)

    monkeypatch.setattr(alignment, "_attend", spy)
    monkeypatch.setattr(alignment_module, "_CHUNK_ELEMENTS", 2 * HEADS * 12 * rows)
    torch.testing.assert_close(align(alignment, zc, zs), whole, rtol=1e-12, atol=1e-12)
    assert max(sizes) <= rows  # it did run in chunks
    assert sum(sizes) == 24


def test_a_style_larger_than_the_chunk_still_works(monkeypatch: pytest.MonkeyPatch) -> None:
    alignment = make("threshold")
    zc, zs = random_maps((1, 8, 4, 6), (1, 8, 3, 4))
    whole = align(alignment, zc, zs)
    monkeypatch.setattr(alignment_module, "_CHUNK_ELEMENTS", 1)
    torch.testing.assert_close(align(alignment, zc, zs), whole, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("gate", GATES)
def test_one_style_serves_a_batch_of_contents(gate: str) -> None:
    alignment = make(gate)
    zc, zs = random_maps((3, 8, 4, 6), (1, 8, 3, 4))
    together = align(alignment, zc, zs)
    assert together.shape == zc.shape
    for i in range(3):
        torch.testing.assert_close(together[i : i + 1], align(alignment, zc[i : i + 1], zs))
    torch.testing.assert_close(together, align(alignment, zc, zs.expand(3, -1, -1, -1)))


@pytest.mark.parametrize("gate", GATES)
def test_each_content_of_a_batch_meets_its_own_style(gate: str) -> None:
    alignment = make(gate)
    zc, zs = random_maps((3, 8, 4, 6), (3, 8, 3, 4))
    together = align(alignment, zc, zs)
    for i in range(3):
        one = slice(i, i + 1)
        torch.testing.assert_close(together[one], align(alignment, zc[one], zs[one]))


def test_the_mean_key_replaces_the_mean_score() -> None:
    alignment = make("threshold")
    (zs,) = random_maps((1, 8, 3, 4))
    style = alignment.encode_style(zs)
    torch.testing.assert_close(style.keys.norm(dim=-1), torch.ones(1, HEADS, 12).double())
    (q,) = random_maps((1, HEADS, 5, 4))
    torch.testing.assert_close(
        q @ style.mean_key.transpose(2, 3), (q @ style.keys.transpose(2, 3)).mean(-1, keepdim=True)
    )


POSITIONS = torch.tensor([0, 9, 23])  # of 4 x 6


@pytest.mark.parametrize("gate", GATES)
def test_attention_is_what_the_values_are_summed_with(gate: str) -> None:
    alignment = make(gate, style_stride=2)
    zc, zs = random_maps((2, 8, 4, 6), (2, 8, 7, 5))
    statistics, style = instance_statistics(zc), alignment.encode_style(zs)
    weights = alignment.attention(alignment.queries(zc, statistics), POSITIONS, style)
    assert weights.shape == (2, HEADS, 3, 4 * 3)
    aligned = alignment(zc, statistics, style).flatten(2)[..., POSITIONS]  # (B, C, P)
    summed = (weights @ style.values).transpose(2, 3).flatten(1, 2)
    torch.testing.assert_close(summed, aligned, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("gate", GATES)
def test_ungated_attention_is_the_softmax_that_the_gate_starts_from(gate: str) -> None:
    alignment = make(gate)
    zc, zs = random_maps((1, 8, 4, 6), (1, 8, 3, 4))
    queries = alignment.queries(zc, instance_statistics(zc))
    style = alignment.encode_style(zs)
    ungated = alignment.attention(queries, POSITIONS, style, gated=False)
    scale = 1 / math.sqrt(4) if gate == "affine" else BASE.temperature
    scores = queries.query[:, :, POSITIONS] @ style.keys.transpose(2, 3)
    torch.testing.assert_close(ungated, (scale * scores).softmax(-1))
    gated = alignment.attention(queries, POSITIONS, style)
    assert torch.allclose(gated, ungated) == (gate == "none")
