"""Laying a mosaic: turned tiles relaxed until they fill the picture, cut to their neighbours."""

import numpy as np

from .noise import Array


def lay(
    x: Array, y: Array, angle: Array, height: int, width: int, reach: float
) -> tuple[Array, Array, Array]:
    """For each pixel: its tile's index, and the nearest and second-nearest tile distances.

    Distances are measured in the square metric turned to each tile's angle, so tiles come out as
    squares along their rows rather than as honeycomb.
    """
    first = np.full((height, width), np.inf, np.float32)
    second = first.copy()
    owner = np.full((height, width), -1, np.int32)
    for k in range(len(x)):
        left, right = max(int(x[k] - reach), 0), min(int(x[k] + reach) + 1, width)
        top, bottom = max(int(y[k] - reach), 0), min(int(y[k] + reach) + 1, height)
        dx = np.arange(left, right, dtype=np.float32)[None] + (0.5 - x[k])
        dy = np.arange(top, bottom, dtype=np.float32)[:, None] + (0.5 - y[k])
        cos, sin = np.float32(np.cos(angle[k])), np.float32(np.sin(angle[k]))
        u, v = np.abs(dx * cos + dy * sin), np.abs(dy * cos - dx * sin)
        distance = np.maximum(u, v) + np.float32(0.12) * np.minimum(u, v)
        near, next_, own = (a[top:bottom, left:right] for a in (first, second, owner))
        closer = distance < near
        np.copyto(next_, np.where(closer, near, np.minimum(next_, distance)))
        np.copyto(near, np.where(closer, distance, near))
        np.copyto(own, np.where(closer, k, own))
    return owner, first, second


def relax(
    x: Array, y: Array, angles: Array, spacing: float, rounds: int
) -> tuple[Array, Array, Array]:
    """Move tiles to the middle of what they own, `rounds` times; returns x, y and tile angles."""
    height, width = angles.shape
    for _ in range(rounds):
        own_angle = angles[
            np.clip(y.astype(int), 0, height - 1), np.clip(x.astype(int), 0, width - 1)
        ]
        owner, _, _ = lay(x, y, own_angle, height, width, 2.2 * spacing)
        flat = owner.ravel()
        held = flat >= 0
        rows, columns = np.divmod(np.flatnonzero(held), width)
        count = np.bincount(flat[held], minlength=len(x))
        kept = count > 0
        mean_x = np.bincount(flat[held], columns + 0.5, len(x))[kept] / count[kept]
        mean_y = np.bincount(flat[held], rows + 0.5, len(x))[kept] / count[kept]
        x, y = mean_x.astype(np.float32), mean_y.astype(np.float32)
    own_angle = angles[np.clip(y.astype(int), 0, height - 1), np.clip(x.astype(int), 0, width - 1)]
    return x, y, own_angle
