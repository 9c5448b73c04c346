"""The still life's shapes as distances (table, cloth, vase, fruit), and rays through them."""

import numpy as np

from .canvas import smoothstep
from .noise import Array

LIGHT = np.array([-0.78, 0.52, -0.34], np.float32)
LIGHT /= np.linalg.norm(LIGHT)
EYE = np.array([0.0, 2.15, -7.2], np.float32)

# x, z, radius, squash, neck (how much it narrows upward, as a pear does), kind
FRUIT = [
    (-1.22, -0.75, 0.50, 0.90, 0.0, "apple"),
    (-0.28, -1.35, 0.44, 0.92, 0.0, "orange"),
    (0.62, -1.05, 0.46, 0.90, 0.0, "apple"),
    (1.42, -0.45, 0.47, 1.00, 0.62, "pear"),
    (1.30, -1.55, 0.34, 0.88, 0.0, "lemon"),
    (-1.95, -0.15, 0.45, 1.00, 0.60, "pear"),
]
GRAPES = np.random.default_rng(5)
GRAPE_PLACES = [
    (
        -1.05 + 0.62 * t + GRAPES.normal(0, 0.16) * (1 - 0.5 * t),
        0.13 + max(0.0, 0.30 * (1 - abs(2 * t - 0.7))) * GRAPES.uniform(0, 1),
        -1.95 + 0.25 * t + GRAPES.normal(0, 0.14) * (1 - 0.5 * t),
    )
    for t in np.linspace(0, 1, 30)
]


def _vase(x: Array, y: Array, z: Array) -> Array:
    """Distance to a turned vase standing behind the fruit: a round profile in height."""
    radius = np.hypot(x + 0.15, z - 0.35)
    h = np.clip(y / 2.6, 0, 1)
    places = [0.0, 0.06, 0.25, 0.45, 0.62, 0.78, 0.86, 0.95, 1.0]
    widths = [0.40, 0.42, 0.72, 0.86, 0.72, 0.38, 0.31, 0.40, 0.47]
    grid = np.linspace(0, 1, 200)
    profile = np.convolve(np.pad(np.interp(grid, places, widths), 8, "edge"), np.ones(17) / 17)
    wide = np.interp(h, grid, profile[16:-16])
    outside = (radius - wide) * 0.82
    shell = np.maximum(outside, -(radius - wide + 0.06) * 0.82 - 9 * (y < 2.2))
    return np.maximum(shell, np.abs(y - 1.3) - 1.3).astype(np.float32)


def cloth(x: Array, z: Array) -> tuple[Array, Array]:
    """Height of the cloth laid over the left of the table, and how much it covers, 0 to 1."""
    cover = smoothstep(0.42, 0.30, x + 0.5 * z + 0.9 + 0.16 * np.sin(z * 3))
    fold = np.sin(x * 4.1 + 1.6 * np.sin(z * 1.3) + z * 1.1) + 0.5 * np.sin(z * 5 - x * 2.2)
    swell = 0.075 * (1.5 + fold) * smoothstep(-1.3, -2.5, z - 0.25 * x)
    return (cover * (0.03 + swell)).astype(np.float32), cover


def scene(p: Array, stems: bool = True) -> tuple[Array, Array]:
    """Distance from points (N, 3) to the nearest thing, and which: 0 table, 1 vase, 2.. fruit."""
    x, y, z = p[:, 0], p[:, 1], p[:, 2]
    best = np.minimum((y - cloth(x, z)[0]) * 0.8, 3.4 - z).astype(np.float32)
    which = np.zeros(len(p), np.int8)

    def join(distance: Array, thing: int) -> None:
        closer = distance < best
        best[closer] = distance[closer]
        which[closer] = thing

    join(_vase(x, y, z), 1)
    for k, (fx, fz, radius, squash, neck, kind) in enumerate(FRUIT):
        tall = radius * (1.45 if neck else squash)
        dx, dy, dz = x - fx, (y - tall * 0.97), z - fz
        if kind == "lemon":
            axis = 0.8 * dx + 0.6 * dz
            side = np.sqrt(dy**2 + (0.8 * dz - 0.6 * dx) ** 2)
            belly = (np.hypot(axis / 1.25, side) - radius * 0.93) * 0.8
            ends = np.hypot(side, np.maximum(np.abs(axis) - radius * 1.22, 0)) - 0.055
            # A smooth union, so that the nipples grow out of the body.
            blend = np.clip(0.5 + 0.5 * (ends - belly) / 0.16, 0, 1)
            distance = ends + (belly - ends) * blend - 0.16 * blend * (1 - blend)
        else:
            rise = np.clip(dy / tall, -1, 1)
            slim = 1 - neck * smoothstep(-0.1, 1.0, rise)
            flat = np.hypot(dx, dz) / slim
            dent = 0.20 * radius * np.exp(-(flat**2) / (0.10 * radius**2)) * (kind == "apple")
            distance = np.hypot(flat, dy * radius / tall) - radius + dent * (dy > 0)
            distance = distance * (0.38 if neck else 0.85)
            stem = np.hypot(dx - 0.10 * (dy - tall * 0.8), dz) - 0.022
            stem = np.maximum(stem, np.abs(dy - tall * 1.02) - 0.17 * radius / 0.45)
            if stems and kind != "orange":
                join(stem.astype(np.float32), 20)
        join(distance.astype(np.float32), 2 + k)
    near = np.flatnonzero((np.abs(x + 0.75) < 1.3) & (np.abs(z + 1.85) < 0.9) & (y < 1.0))
    for gx, gy, gz in GRAPE_PLACES:
        ball = np.sqrt((x[near] - gx) ** 2 + (y[near] - gy) ** 2 + (z[near] - gz) ** 2) - 0.135
        closer = ball < best[near]
        best[near[closer]] = ball[closer]
        which[near[closer]] = 10
    return best, which


def march(
    start: Array, way: Array, far: float, steps: int, stems: bool = True
) -> tuple[Array, Array]:
    """Distance along each ray to the first surface (or `far`), and the narrowest miss per metre."""
    travelled = np.full(len(start), 0.02, np.float32)
    narrow = np.ones(len(start), np.float32)
    active = np.arange(len(start))
    for _ in range(steps):
        gap, _ = scene(start[active] + way[active] * travelled[active, None], stems)
        narrow[active] = np.minimum(narrow[active], 7 * gap / travelled[active])
        travelled[active] += np.maximum(gap, 0.002)
        active = active[(gap > 0.0012) & (travelled[active] < far)]
        if not len(active):
            break
    return np.minimum(travelled, far), np.clip(narrow, 0, 1)


def normal(p: Array) -> Array:
    """Unit normals at surface points, from a tetrahedron of samples."""
    total = np.zeros_like(p)
    for corner in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        offset = np.array(corner, np.float32)
        total += scene(p + offset * 0.0015)[0][:, None] * offset
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9)
