"""The flowers in the still life's vase: a flat cut-out standing in the vase's plane."""

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from .canvas import blur, pixel_grid, sample
from .noise import Array, fbm

# The cut-out's place in the scene, in its metres: plane z, left, right, bottom, top.
PLANE, LEFT, RIGHT, BOTTOM, TOP = 0.35, -2.7, 2.4, 2.2, 5.3
PIXELS = 330  # per metre
MOUTH = (-0.15, 2.3)

# x, y, radius, flattening, leaning, colour of the petals
HEADS = [
    (-1.45, 3.55, 0.40, 0.62, 0.5, (222, 120, 84)),
    (1.15, 3.40, 0.42, 0.66, -0.5, (232, 196, 92)),
    (-0.75, 4.35, 0.40, 0.80, 0.3, (236, 224, 204)),
    (0.62, 4.28, 0.44, 0.78, -0.2, (214, 92, 78)),
    (-0.08, 3.82, 0.52, 0.92, 0.0, (240, 186, 64)),
    (-0.78, 3.22, 0.40, 0.75, 0.4, (232, 190, 190)),
    (0.50, 3.25, 0.38, 0.80, -0.3, (238, 226, 208)),
    (-0.12, 2.92, 0.34, 0.80, 0.1, (205, 84, 66)),
    (1.55, 4.20, 0.24, 0.60, -0.6, (236, 214, 150)),
    (-1.75, 4.30, 0.22, 0.60, 0.6, (230, 170, 150)),
]

Point = tuple[float, float]
Pencil = ImageDraw.ImageDraw


def _px(x: float, y: float) -> Point:
    return (x - LEFT) * PIXELS, (TOP - y) * PIXELS


def _tone(colour: tuple[int, int, int], light: float) -> tuple[int, int, int, int]:
    r, g, b = (int(np.clip(c * light, 0, 255)) for c in colour)
    return r, g, b, 255


def _blade(
    pen: Pencil, rng: np.random.Generator, root: Point, tip: Point, plump: float, tones: list
) -> None:
    """A leaf or petal from root to tip: two halves of different light and fine veins."""
    (x0, y0), (x1, y1) = root, tip
    along = np.linspace(0, 1, 9)
    belly = np.sin(np.pi * along**0.8) * plump
    curl = rng.normal(0, 0.10) * np.sin(np.pi * along)
    nx, ny = -(y1 - y0), x1 - x0
    spine = [
        (x0 + (x1 - x0) * t + nx * c, y0 + (y1 - y0) * t + ny * c)
        for t, c in zip(along, curl, strict=True)
    ]
    for side, tone in ((1, tones[0]), (-1, tones[1])):
        rim = [
            (p[0] + side * nx * b, p[1] + side * ny * b) for p, b in zip(spine, belly, strict=True)
        ]
        pen.polygon(spine + rim[::-1], fill=tone)
        for k in range(1, 8):
            vein = tuple(int(v * rng.uniform(0.78, 1.12)) for v in tone[:3])
            pen.line([spine[k], rim[min(k + 1, 8)]], fill=(*vein, 255), width=1)
    pen.line(spine, fill=_tone(tones[1][:3], 0.8), width=2)


def _leafy_stem(pen: Pencil, rng: np.random.Generator, top: Point) -> None:
    mx, my = MOUTH
    bow = 0.35 * (top[0] - mx)
    stem = []
    for t in np.linspace(0, 1, 24):
        stem.append(
            (mx + (top[0] - mx) * t - bow * np.sin(np.pi * t) * 0.5, my + (top[1] - my) * t)
        )
    pen.line([_px(*p) for p in stem], fill=(52, 66, 34, 255), width=9)
    pen.line([_px(p[0] - 0.007, p[1]) for p in stem], fill=(106, 122, 62, 255), width=3)
    for k in range(5, 22, 3):
        x, y = stem[k]
        side = rng.choice([-1, 1])
        length = rng.uniform(0.30, 0.55)
        angle = rng.uniform(-0.2, 0.9)
        tip = (x + side * length * np.cos(angle), y + length * np.sin(angle))
        light = np.clip(rng.normal(0.95 - 0.25 * side, 0.22), 0.4, 1.5)
        green = (78, 98, 44) if rng.uniform() < 0.7 else (96, 100, 60)
        tones = [_tone(green, light * 1.15), _tone(green, light * 0.72)]
        _blade(pen, rng, _px(x, y), _px(*tip), rng.uniform(0.13, 0.2), tones)


def _head(pen: Pencil, rng: np.random.Generator, head: tuple) -> None:
    """A flower: three rings of petals, brighter towards the window, and a seeded disc."""
    x, y, radius, flat, lean, colour = head
    cos, sin = np.cos(lean), np.sin(lean)

    def place(angle: float, reach: float) -> Point:
        a, b = np.cos(angle) * reach, np.sin(angle) * reach * flat
        return _px(x + a * cos - b * sin, y + a * sin + b * cos)

    for ring, (size, count) in enumerate(((1.0, 17), (0.80, 14), (0.58, 11))):
        for angle in np.linspace(0, 2 * np.pi, count, endpoint=False) + rng.uniform(0, 1):
            angle = angle + rng.normal(0, 0.07)
            sunny = 0.86 + 0.26 * np.cos(angle - 2.4) - 0.07 * (2 - ring) + rng.normal(0, 0.07)
            tones = [_tone(colour, sunny * 1.06), _tone(colour, sunny * 0.80)]
            tip = place(angle, radius * size * rng.uniform(0.9, 1.08))
            _blade(pen, rng, place(angle, radius * 0.12), tip, 0.17 + 0.03 * ring, tones)
    for _ in range(260):
        reach = radius * 0.25 * np.sqrt(rng.uniform())
        angle = rng.uniform(0, 2 * np.pi)
        light = 0.7 + 0.5 * np.cos(angle - 2.4) * reach / (radius * 0.25) + rng.normal(0, 0.18)
        cx, cy = place(angle, reach)
        size = 2.6 + rng.uniform(0, 1.6)
        seed = (126, 84, 34) if rng.uniform() < 0.6 else (170, 122, 46)
        pen.ellipse(
            [cx - size, cy - size, cx + size, cy + size], fill=_tone(seed, max(light, 0.25))
        )


@lru_cache(maxsize=1)
def _cut_out() -> tuple[Array, Array]:
    size = (int((RIGHT - LEFT) * PIXELS), int((TOP - BOTTOM) * PIXELS))
    image = Image.new("RGBA", size, (60, 70, 38, 0))
    pen = ImageDraw.Draw(image)
    rng = np.random.default_rng(4)
    for head in HEADS:
        _leafy_stem(pen, rng, (head[0], head[1]))
    for x, y in ((-1.1, 4.9), (0.25, 4.95), (1.9, 3.7), (-2.2, 3.6), (1.2, 4.75), (-1.9, 2.9)):
        _leafy_stem(pen, rng, (x, y))
    for head in HEADS:
        _head(pen, rng, head)
    pixels = np.asarray(image, np.float32) / 255
    # Slightly out of focus, as what stands behind the fruit would be, and mottled like petals.
    soft = np.stack([blur(pixels[..., k], 1.6) for k in range(4)], axis=-1)
    x, y = pixel_grid(*size)
    mottle = 1 + 0.35 * fbm(x / 22, y / 22, 4, gain=0.6, seed=2)
    return soft[..., :3] ** 2.2 * mottle[..., None], soft[..., 3]


def _look_up(image: Array, x: Array, y: Array) -> Array:
    return sample(image, (x - LEFT) * PIXELS, (TOP - y) * PIXELS)


def flowers(x: Array, y: Array) -> tuple[Array, Array]:
    """Lit colour and coverage of the bouquet where rays cross its plane."""
    colour, cover = _cut_out()
    # A soft copy, shifted towards the window, darkens what stands behind other blooms.
    inside = (x > LEFT) & (x < RIGHT) & (y < TOP) & (y > BOTTOM)
    shade = 1.15 - 0.5 * _look_up(_soft(), x - 0.12, y + 0.16)
    return _look_up(colour, x, y) * shade[:, None], _look_up(cover, x, y) * inside


@lru_cache(maxsize=1)
def _soft() -> Array:
    return blur(_cut_out()[1], 34)


def shadow(x: Array, y: Array) -> Array:
    """Share of light the bouquet keeps from points whose light crosses its plane at (x, y)."""
    return _look_up(_soft(), x, y) * ((y > BOTTOM) & (y < TOP))
