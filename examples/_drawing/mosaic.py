"""mosaic.jpg: a sun, a bird and waves in small stone and glass tiles."""

import numpy as np

from .canvas import blur, gradient_map, mix, pixel_grid, rgb, smoothstep
from .noise import Array, fbm
from .tesserae import lay, relax

SIZE, SCALE, TILE = 640, 2, 13.0

SUN = (410.0, 205.0)


def _design(x: Array, y: Array) -> tuple[Array, Array]:
    """Colour and a distance-like field whose level lines the rows of tiles follow."""
    dx, dy = x - SUN[0], y - SUN[1]
    distance, turn = np.hypot(dx, dy), np.arctan2(dy, dx)
    rays = 118 + 42 * np.abs(((turn * 14 / (2 * np.pi)) % 1) - 0.5) * 2
    wave = y - (430 + 26 * np.sin(x / 52) + 14 * np.sin(x / 23 + 1))
    lot = fbm(x / 26, y / 26, 3, gain=0.7, seed=4)
    sky = gradient_map(
        [(-1, "a34a22"), (-0.3, "c9702d"), (0.2, "dfa14f"), (0.7, "eccf94"), (1.2, "f3e6c6")],
        (distance - 300) / 260 + 0.55 * lot + 0.35 * np.sin(distance / 13),
    )
    disc = gradient_map(
        [(0, "fff1b8"), (0.3, "f6c12e"), (0.6, "e8891c"), (1.0, "c2331a")],
        distance / 116 + 0.12 * lot,
    )
    flame = mix(rgb("c2331a"), rgb("f0b429"), smoothstep(0, 42, rays - distance) * 0.7)
    colour = mix(sky, flame, (distance < rays) * 1.0)
    colour = mix(colour, disc, (distance < 112) * 1.0)
    field = distance * 1.0
    stripe = (wave / 15 + 0.35 * lot) % 7
    sea = gradient_map(
        [
            (0, "f2ead2"),
            (0.9, "8fc0b0"),
            (2, "3d8f8a"),
            (3.5, "1f5f70"),
            (5, "123a55"),
            (6.5, "2f7f86"),
        ],
        stripe,
    )
    below = wave > 0
    colour = np.where(below[..., None], sea, colour)
    field = np.where(below, wave, field)
    return _bird(x, y, colour, field)


def _bird(x: Array, y: Array, colour: Array, field: Array) -> tuple[Array, Array]:
    """A long-necked bird standing in the shallows on the left."""
    bx, by = x - 185, y - 350
    body = np.hypot((bx * 0.94 + by * 0.34) / 118, (by * 0.94 - bx * 0.34) / 62)
    spine_x = 118 + 30 * np.sin((y - 95) / 62)
    neck = np.abs(x - spine_x - 25) - (20 + 0.07 * np.abs(y - 200))
    neck = np.where((y > 105) & (y < 330), neck, 99)
    head = np.hypot((x - 150) / 34, (y - 104) / 25)
    beak = np.abs(y - 106 - 0.16 * (x - 178)) - np.clip((268 - x) * 0.26, -1, 17)
    beak = np.where((x > 172) & (x < 268), beak, 99)
    feather = (np.hypot(bx * 0.75 + 70, by + 40) / 21 + 0.3 * np.sin(np.arctan2(by, bx) * 9)) % 3
    plumage = gradient_map(
        [(0, "1c2f6b"), (0.8, "2e5fa8"), (1.4, "58a0b8"), (2.0, "7d2f6a"), (2.6, "2a1f4f")], feather
    )
    throat = gradient_map([(0, "2a1f4f"), (0.5, "3f7fb0"), (1, "e9e0c4")], (neck + 22) / 22)
    legs = (
        (np.minimum(np.abs(x - 170 + 0.05 * (y - 400)), np.abs(x - 212)) < 6.5)
        & (y > 398)
        & (y < 520)
    )
    for inside, paint, level in (
        (legs, rgb("7a2318"), x),
        (body < 1, plumage, 70 * body),
        (neck < 0, throat, neck),
        (head < 1, rgb("2e5fa8"), 28 * head),
        (beak < 0, rgb("571a3a"), beak),
        (np.hypot(x - 156, y - 100) < 8, rgb("fff6dc"), np.hypot(x - 156, y - 100)),
    ):
        colour = np.where(inside[..., None], paint, colour)
        field = np.where(inside, level, field)
    return colour, field


def draw() -> Array:
    """The finished painting, shape (640, 640, 3), in [0, 1]."""
    rng = np.random.default_rng(7)
    x, y = pixel_grid(SIZE, SIZE)
    plan, field = _design(x, y)
    slope_y, slope_x = np.gradient(blur(field.astype(np.float32), 1.5))
    # Angles are averaged doubled: a row has a direction but no sense.
    angle = np.arctan2(slope_y, slope_x)
    angle = np.arctan2(blur(np.sin(4 * angle), 5), blur(np.cos(4 * angle), 5)) / 4
    count = int((SIZE / TILE) ** 2 * 1.15)
    px, py = (rng.uniform(0, SIZE, count).astype(np.float32) for _ in range(2))
    px, py, turn = relax(px, py, angle, TILE, 9)
    owner, near, far = lay(
        px * SCALE, py * SCALE, turn, SIZE * SCALE, SIZE * SCALE, 2.6 * TILE * SCALE
    )
    gap = (far - near) / SCALE
    tone = plan[np.clip(py.astype(int), 0, SIZE - 1), np.clip(px.astype(int), 0, SIZE - 1)]
    tone = tone * rng.normal(1, 0.13, (len(px), 1)) + rng.normal(0, 0.03, (len(px), 3))
    bx, by = pixel_grid(SIZE * SCALE, SIZE * SCALE)
    tilt = rng.normal(0, 0.05, (len(px), 2))
    own = np.maximum(owner, 0)
    dx, dy = bx / SCALE - px[own], by / SCALE - py[own]
    sheen = (dx * (tilt[own, 0] - 0.012) + dy * (tilt[own, 1] - 0.016))[..., None]
    vein = fbm(bx / 9 + own * 1.7, by / 6, 5, gain=0.65, seed=9)
    face = tone[own] * (1 + 0.22 * vein[..., None]) + 0.34 * sheen
    edge = smoothstep(1.0, 2.1, gap + 0.5 * vein)
    grout = rgb("3a2b22") * (0.85 + 0.5 * fbm(bx / 3, by / 3, 4, seed=12))[..., None]
    relief = blur(edge, 1.6)
    slope_y, slope_x = np.gradient(relief)
    bevel = np.tanh((slope_x + slope_y) * 5)[..., None]
    image = mix(grout, face + 0.11 * bevel, edge)
    image = image.reshape(SIZE, SCALE, SIZE, SCALE, 3).mean(axis=(1, 3))
    return np.clip(image, 0, 1).astype(np.float32)
