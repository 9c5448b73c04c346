"""How content moved from one frame to the next, place by place: Lucas and Kanade's method (1981),
dense, from coarse to fine. Small and exact enough for what holds still or moves smoothly; where it
is wrong the content shows it.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

_SCALE = 2  # the finest level at which movement is looked for is half the frame's size
_SMALLEST = 24  # pixels of the shorter side of the coarsest level
_STEPS = 3  # at each level
_WINDOW = 9  # pixels a side that are taken to move alike
_FLAT = 1e-4  # added to squared gradients: where there is nothing to see, nothing moves
_GAIN = 0.8  # of the difference without movement must be left at most for a movement to be believed
_LARGEST_STEP = 1.5  # pixels of a level: a larger one is a sign of a wrong turn


def movement(before: Tensor, after: Tensor) -> Tensor:
    """For each pixel of `after` where it was in `before`, as an offset (1, 2, H, W) in pixels,
    across and down. Both are (1, 3, H, W) in [0, 1].
    """
    size = after.shape[2:]
    first, second = (frame.mean(1, keepdim=True) for frame in (before, after))  # (1, 1, H, W)
    sizes = _level_sizes(int(size[0]), int(size[1]))
    flow = first.new_zeros(1, 2, *sizes[0])
    for level in sizes:
        flow = _resized(flow, level)
        flow = _refined(_shrunk(first, level), _shrunk(second, level), flow)
    flow = _resized(flow, (int(size[0]), int(size[1])))
    return flow * _helps(first, second, flow)


def moved(frame: Tensor, flow: Tensor) -> Tensor:
    """A frame (1, C, H, W) seen through a flow (1, 2, H, W): each place shows where it was."""
    height, width = frame.shape[2:]
    rows = torch.arange(height, device=frame.device, dtype=frame.dtype)[:, None]
    columns = torch.arange(width, device=frame.device, dtype=frame.dtype)
    across = (columns + flow[:, 0] + 0.5) * (2 / width) - 1  # (1, H, W), as grid_sample counts
    down = (rows + flow[:, 1] + 0.5) * (2 / height) - 1
    grid = torch.stack((across, down), -1)  # (1, H, W, 2)
    # Bicubic, since a painting is moved again and again, and bilinear would blur it a little each
    # time.
    return F.grid_sample(frame, grid, "bicubic", "border", align_corners=False)


def _refined(before: Tensor, after: Tensor, flow: Tensor) -> Tensor:
    gradient_x, gradient_y = _gradients(after)
    xx, xy, yy = (
        _around(product)
        for product in (gradient_x.square(), gradient_x * gradient_y, gradient_y.square())
    )
    xx, yy = xx + _FLAT, yy + _FLAT
    determinant = xx * yy - xy.square()
    for _ in range(_STEPS):
        change = moved(before, flow) - after
        x, y = _around(gradient_x * change), _around(gradient_y * change)
        step = torch.cat((xy * y - yy * x, xy * x - xx * y), 1) / determinant
        flow = flow + step.clamp(-_LARGEST_STEP, _LARGEST_STEP)
    return flow


def _helps(before: Tensor, after: Tensor, flow: Tensor) -> Tensor:
    """Where the flow explains what is seen clearly better than no movement: 1, elsewhere 0.

    What stands still must stand exactly still, or it would be resampled at every frame.
    """
    still = _around((before - after).abs())
    return (_around((moved(before, flow) - after).abs()) < _GAIN * still).to(flow)


def _gradients(image: Tensor) -> tuple[Tensor, Tensor]:
    padded = F.pad(image, (1, 1, 1, 1), mode="replicate")
    across = (padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]) / 2
    down = (padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]) / 2
    return across, down


def _around(values: Tensor) -> Tensor:
    return F.avg_pool2d(values, _WINDOW, 1, _WINDOW // 2, count_include_pad=False)


def _level_sizes(height: int, width: int) -> list[tuple[int, int]]:
    """From the coarsest to the finest."""
    height, width = max(1, height // _SCALE), max(1, width // _SCALE)
    sizes = [(height, width)]
    while min(height, width) // 2 >= _SMALLEST:
        height, width = height // 2, width // 2
        sizes.append((height, width))
    return sizes[::-1]


def _shrunk(image: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(image, size, mode="area")


def _resized(flow: Tensor, size: tuple[int, int]) -> Tensor:
    height, width = flow.shape[2:]
    if (height, width) == size:
        return flow
    larger = F.interpolate(flow, size, mode="bilinear", align_corners=False)
    return larger * larger.new_tensor([size[1] / width, size[0] / height])[:, None, None]
