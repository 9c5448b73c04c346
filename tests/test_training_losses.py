"""The terms that training has for itself against a reference written with loops."""

from __future__ import annotations

import pytest
import torch

from stylectl.training import losses


def test_total_variation() -> None:
    image = torch.rand(2, 3, 4, 5, dtype=torch.float64)
    x = image.tolist()
    down, right = [], []
    for b in range(2):
        for c in range(3):
            for i in range(4):
                for j in range(5):
                    if i:
                        down.append(abs(x[b][c][i][j] - x[b][c][i - 1][j]))
                    if j:
                        right.append(abs(x[b][c][i][j] - x[b][c][i][j - 1]))
    expected = sum(down) / len(down) + sum(right) / len(right)
    assert losses.total_variation(image).item() == pytest.approx(expected)
    assert losses.total_variation(torch.full((1, 3, 4, 4), 0.3)).item() == 0


def test_least_squares_weighs_scales_alike() -> None:
    scores = [torch.full((2, 1, 4, 4), 3.0), torch.zeros(2, 1, 1, 1)]
    assert losses.least_squares(scores, 1.0).item() == pytest.approx((4 + 1) / 2)
    assert losses.least_squares([torch.ones(1, 1, 2, 2)], 1.0).item() == 0
