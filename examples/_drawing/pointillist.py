"""pointillist.jpg: a river bank in late summer, every colour divided into dots of its parts."""

import numpy as np

from .canvas import gradient_map, mix, pixel_grid, rgb, smoothstep
from .noise import Array, fbm
from .strokes import Painting, brush_bank

SIZE = 640
PURE = """
f7e04a f29a1f e4572e c22a52 8a3f9c 4a3fa8 2459b8 2f9bd1 3fb8a4 2f8f3f 8fc43a d7e68a
fff4d6 f7c6c0 b8d4f0 1e2a5a 143d2e 6b2a3a
"""
PALETTE = np.stack([rgb(code) for code in PURE.split()])


def _plan(x: Array, y: Array) -> tuple[Array, Array]:
    """The colours the dots must add up to, and how large the dots are."""
    sky = gradient_map(
        [(0, "2f5fc0"), (0.3, "5f9fe0"), (0.55, "b79fd8"), (0.75, "f2a08a"), (1, "f7b04a")],
        y / 250 + 0.16 * fbm(x / 120, y / 36, 4, seed=2),
    )
    cloud = smoothstep(0.02, 0.4, fbm(x / 130, y / 52, 5, seed=6))
    colour = mix(sky, rgb("fff2e2"), cloud * (y < 245) * 0.85)
    sun = np.exp(-np.hypot(x - 468, y - 150) / 42)
    colour = mix(colour, rgb("fff2a0"), np.clip(sun * 1.6, 0, 1))
    far = 236 + 16 * fbm(x / 60, x * 0 + 1, 4, seed=8)
    hills = mix(rgb("6f7fc0"), rgb("7fa86a"), smoothstep(-0.3, 0.3, fbm(x / 40, y / 16, 3, seed=9)))
    colour = np.where((y > far)[..., None], hills, colour)
    river = y > 272 + 5 * np.sin(x / 70)
    ripple = np.sin(y / 5.5 + 2.2 * fbm(x / 70, y / 14, 3, seed=12))
    water = gradient_map(
        [(0, "f0a060"), (0.3, "8fa8e0"), (0.7, "3f7fc8"), (1, "23408f")],
        (y - 270) / 190 + 0.16 * ripple,
    )
    path = np.exp(-(((x - 468 - 9 * ripple) / 26) ** 2)) * (0.6 + 0.4 * ripple)
    water = mix(water, rgb("fff0a8"), np.clip(path, 0, 1))
    colour = np.where(river[..., None], water, colour)
    bank = 440 - 0.20 * x + 22 * np.sin(x / 95) + 8 * fbm(x / 22, x * 0, 3, seed=14)
    bloom = fbm(x / 22, y / 13, 4, gain=0.65, seed=15)
    meadow = gradient_map(
        [
            (-0.6, "143d2e"),
            (-0.2, "2f7f3c"),
            (0.1, "8fc43a"),
            (0.3, "f0d848"),
            (0.45, "e4572e"),
            (0.7, "c22a52"),
        ],
        bloom + 0.14 * np.sin(x / 50 + y / 34),
    )
    colour = np.where((y > bank)[..., None], meadow, colour)
    sail = _sail(x, y)
    colour = np.where(
        sail[..., None] > 0, mix(rgb("d8344a"), rgb("4a1f5c"), (sail - 1) * 0.9), colour
    )
    colour = _trees(x, y, colour)
    size = 0.75 + 0.55 * smoothstep(240, 640, y)
    return colour, size


def _sail(x: Array, y: Array) -> Array:
    """Two sailing boats: 1 to 2 where there is sail or hull, by shade."""
    shade = np.zeros_like(x)
    for bx, by, size in ((322, 338, 1.0), (520, 296, 0.6)):
        u, v = (x - bx) / size, (y - by) / size
        sail = (v < 0) & (v > -92) & (u > -2) & (u < (92 + v) * 0.46)
        jib = (v < -4) & (v > -74) & (u < -5) & (u > -(74 + v) * 0.34 - 5)
        hull = (v > 3) & (v < 17) & (np.abs(u - 4) < 44 - 0.9 * v)
        shade = np.where(sail | jib, 1.05 + 0.3 * (u > 14), np.where(hull, 2.0, shade))
    return shade


def _trees(x: Array, y: Array, colour: Array) -> Array:
    for tx, ty, rx, ry, seed in (
        (100, 180, 135, 150, 3),
        (24, 330, 92, 92, 5),
        (606, 400, 64, 96, 7),
    ):
        rough = 0.42 * fbm(x / 34, y / 34, 5, gain=0.6, seed=seed)
        reach = np.hypot((x - tx) / rx, (y - ty) / ry) + rough
        light = fbm(x / 26, y / 22, 4, gain=0.6, seed=seed + 20) + 0.55 * (
            (x - tx) / rx - (y - ty) / ry
        )
        crown = gradient_map(
            [(-0.7, "1e2a5a"), (-0.3, "143d2e"), (0.1, "2f8f3f"), (0.5, "9cc63a"), (0.9, "f7e04a")],
            light,
        )
        trunk = (np.abs(x - tx - 8 * np.sin(y / 40)) < 10) & (y > ty) & (y < ty + ry + 95)
        colour = np.where(
            trunk[..., None], mix(rgb("6b2a3a"), rgb("f29a1f"), (x > tx + 2) * 0.6), colour
        )
        colour = np.where((reach < 0.95)[..., None], crown, colour)
    return colour


def draw() -> Array:
    """The finished painting, shape (640, 640, 3), in [0, 1]."""
    rng = np.random.default_rng(3)
    x, y = pixel_grid(SIZE, SIZE)
    plan, size = _plan(x, y)
    plan = np.clip(plan, 0, 1)
    painting = Painting.primed(
        SIZE, SIZE, rgb("e8d8b8"), brush_bank(10, seed=8, dryness=0.1, ragged=0.1)
    )
    for count, radius, purity in ((3200, 15.0, 0.25), (15000, 8.2, 0.72), (12000, 6.4, 0.9)):
        place = rng.uniform(0, SIZE, (count, 2))
        for px, py in place:
            want = plan[int(py), int(px)]
            dot = _divide(want, rng) * purity + want * (1 - purity)
            dot = np.clip(dot + rng.normal(0, 0.03, 3), 0, 1).astype(np.float32)
            wide = radius * float(size[int(py), int(px)]) * rng.uniform(0.75, 1.2)
            turn = float(rng.uniform(0, np.pi))
            painting.stroke(
                px, py, turn, wide * 1.12, wide * 0.95, dot, brush=int(rng.integers(10)), body=0.9
            )
    return painting.lit(0.20, 0.08)


def _divide(want: Array, rng: np.random.Generator) -> Array:
    """One pure colour of the palette, likelier the nearer it is; now and then the complement."""
    if rng.uniform() < 0.07:
        want = want * 0.35 + (1 - want) * 0.65
    distance = ((PALETTE - want) ** 2 * [1.0, 1.4, 0.8]).sum(axis=1)
    chance = np.exp(-distance / 0.075)
    return PALETTE[rng.choice(len(PALETTE), p=chance / chance.sum())]
