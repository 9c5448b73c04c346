"""swirls.jpg: a night of turning winds in thick blue and yellow strokes."""

import numpy as np

from .canvas import gradient_map, pixel_grid, rgb, smoothstep
from .noise import Array, fbm
from .strokes import Painting, brush_bank

SIZE = 640
# The sky's eddies: centre x, y, radius, turning sense, and whether a star burns in the middle.
EDDIES = [
    (205, 190, 120, 1.0, True),
    (455, 130, 92, -1.0, True),
    (560, 330, 66, 1.0, True),
    (340, 330, 78, -1.0, False),
    (70, 345, 62, -1.0, True),
    (330, 50, 45, 1.0, True),
    (60, 60, 54, 1.0, True),
    (600, 30, 40, 1.0, True),
]


def _flow(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Stroke direction (cos, sin) and the light of the lamps in [0, 1] at every pixel."""
    calm = fbm(x / 260, y / 260, 2, seed=3) * 1.3
    cos, sin = np.cos(calm), np.sin(calm) * 0.8
    light = np.zeros_like(x)
    for cx, cy, radius, sense, lamp in EDDIES:
        dx, dy = x - cx, y - cy
        distance = np.hypot(dx, dy) + 1e-3
        pull = 3.2 * np.exp(-((distance / radius) ** 2) * 0.9)
        cos += pull * (-dy * sense - 0.25 * dx) / distance
        sin += pull * (dx * sense - 0.25 * dy) / distance
        if lamp:
            ring = 0.5 + 0.5 * np.cos(distance / radius * 9 - np.arctan2(dy, dx) * sense)
            halo = np.exp(-((distance / (0.85 * radius)) ** 2))
            core = smoothstep(0.36 * radius, 0.22 * radius, distance)
            light = np.maximum(light, np.maximum(core, halo * (0.35 + 0.55 * ring)))
    hill = smoothstep(-12, 26, y - _skyline(x))
    slope = 0.9 * np.sin(x / 62 + y / 45) * 0.6 - 0.15
    cos, sin = (
        cos * (1 - hill) + hill * np.cos(slope) * 2,
        sin * (1 - hill) + hill * 2 * np.sin(slope),
    )
    return cos, sin, light * (1 - hill)


def _skyline(x: Array) -> Array:
    return (468 + 34 * np.sin(x / 88 + 0.6) + 20 * np.sin(x / 41 + 2)).astype(np.float32)


def _colours(x: Array, y: Array, light: Array) -> Array:
    """The colour plan: night blues by band, lamps of yellow, hills of green-black and violet."""
    band = fbm(x / 75, y / 40, 4, gain=0.6, seed=21) + 0.35 * np.sin(
        y / 38 + fbm(x / 90, y / 90) * 3
    )
    night = gradient_map(
        [(-0.7, "0a1238"), (-0.3, "14307c"), (0, "1f55a8"), (0.3, "4a8fc4"), (0.7, "a9d6d2")], band
    )
    lamp = gradient_map(
        [(0.2, "5fa7b8"), (0.38, "b5cf8a"), (0.55, "f0d24a"), (0.75, "f7b51e"), (1, "fff3b0")],
        light,
    )
    sky = night + (lamp - night) * smoothstep(0.16, 0.34, light)[..., None]
    fold = np.sin((y - _skyline(x)) / 15 + np.sin(x / 50) * 2) + 0.8 * fbm(
        x / 30, y / 20, 3, seed=8
    )
    hills = gradient_map(
        [(-1.4, "0b0d26"), (-0.5, "12324a"), (0.3, "1d6152"), (0.9, "6f9a3c"), (1.5, "d9b83a")],
        fold,
    )
    return np.where((y > _skyline(x))[..., None], hills, sky)


def draw() -> Array:
    """The finished painting, shape (640, 640, 3), in [0, 1]."""
    rng = np.random.default_rng(2)
    x, y = pixel_grid(SIZE, SIZE)
    cos, sin, light = _flow(x, y)
    angle = np.arctan2(sin, cos)
    plan = _colours(x, y, light)
    accents = [rgb(c) for c in ("0a1238", "f3d34e", "7fc4d8", "e8edd0", "2a3fa0", "d9852a")]
    painting = Painting.primed(SIZE, SIZE, rgb("2a2f52"), brush_bank(14, seed=6))
    for count, length, width, jitter in (
        (900, 74, 24, 0.05),
        (4200, 46, 12, 0.08),
        (8500, 30, 7.5, 0.11),
    ):
        for _ in range(count):
            px, py = rng.uniform(0, SIZE, 2)
            i, j = int(py), int(px)
            long = length * rng.uniform(0.6, 1.3)
            ahead = _peek(angle, px, py, angle[i, j], 0.35 * long)
            bend = np.clip(ahead / 3.5, -0.3, 0.3)
            colour = plan[i, j] + rng.normal(0, jitter) + rng.normal(0, 0.4 * jitter, 3)
            if rng.uniform() < 0.05:
                colour = 0.45 * colour + 0.55 * accents[rng.integers(len(accents))]
            second = np.clip(colour * rng.uniform(0.72, 1.35), 0, 1).astype(np.float32)
            painting.stroke(
                px,
                py,
                float(angle[i, j]),
                long,
                width * rng.uniform(0.7, 1.3),
                np.clip(colour, 0, 1).astype(np.float32),
                bend=float(bend),
                brush=int(rng.integers(14)),
                second=second,
                body=1.0 + 0.5 * float(light[i, j]),
            )
    return painting.lit(0.34, 0.14)


def _peek(angle: Array, x: float, y: float, here: float, ahead: float) -> float:
    """How far the flow turns over `ahead` pixels, in (-pi, pi]."""
    j = min(max(int(x + ahead * np.cos(here)), 0), SIZE - 1)
    i = min(max(int(y + ahead * np.sin(here)), 0), SIZE - 1)
    turn = float(angle[i, j]) - here
    return -float(np.arctan2(np.sin(turn), np.cos(turn)))
