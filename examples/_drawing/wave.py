"""wave.jpg: breaking seas in flat bands cut by dark lines, printed from a wood block."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from .canvas import blur, mix, pixel_grid, rgb, smoothstep
from .noise import Array, fbm

SIZE, SCALE = 640, 3
INK = (18, 30, 58)
FOAM = (243, 234, 208)
BANDS = [
    (28, 58, 106),
    (243, 234, 208),
    (52, 104, 152),
    (20, 40, 82),
    (146, 186, 196),
    (32, 72, 124),
]

Point = tuple[float, float]


def _crest(base: float, length: float, tall: float, phase: float, depth: float) -> list[Point]:
    """A train of leaning waves as a line from left to right; `depth` sinks and smooths it."""
    points = []
    for t in np.linspace(-1.5, 640 / length + 1.5, 1400):
        turn = 2 * np.pi * t + phase
        swing = 0.5 + 0.5 * np.cos(turn)
        size = tall * (0.72 + 0.28 * np.sin(1.7 * t + 2 * phase))
        sharp = size * max(1 - depth / 150, 0.15)
        x = t * length - 0.125 * length * np.sin(turn) * max(1 - depth / 190, 0)
        # Leaning grows with height, so that only the lip runs ahead of the wave.
        x += 0.22 * sharp * swing**3 + 0.42 * sharp * swing**10
        points.append((x, base - sharp * swing**1.7 + depth))
    return points


def _scaled(points: Sequence[Point]) -> list[Point]:
    return [(x * SCALE, y * SCALE) for x, y in points]


def _sea(pen: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """Six trains of waves, far to near: stripes following the face, foam on the lip."""
    trains = [
        (330, 150, 40, 0.3, 9), (372, 205, 74, 2.6, 12), (430, 270, 120, 4.5, 16),
        (500, 350, 190, 1.2, 19), (570, 300, 120, 3.4, 20), (640, 420, 150, 5.6, 22),
    ]  # fmt: skip
    for k, (base, length, tall, phase, step) in enumerate(trains):
        line = _crest(base, length, tall, phase, 0)
        floor = [(900.0, 900.0), (-300.0, 900.0)]
        pen.polygon(_scaled(line + floor), fill=BANDS[0])
        depth, turn = 0.0, k
        while depth < 230:
            turn += 1
            thick = step * (0.30 if BANDS[turn % 6] == FOAM else 0.62) * rng.uniform(0.75, 1.2)
            shifted = _crest(base, length, tall, phase, depth)
            pen.polygon(_scaled(shifted + floor), fill=BANDS[turn % 6])
            pen.line(_scaled(shifted), fill=INK, width=int((1.5 + 0.14 * k) * SCALE), joint="curve")
            depth += thick
        pen.line(_scaled(line), fill=INK, width=int((2.6 + 0.25 * k) * SCALE), joint="curve")
        _foam(pen, rng, line, base, tall, 0.55 + 0.14 * k)


def _foam(
    pen: ImageDraw.ImageDraw,
    rng: np.random.Generator,
    line: list[Point],
    base: float,
    tall: float,
    size: float,
) -> None:
    """Scalloped clusters along the upper part of a crest, and drops thrown off it."""
    blobs = []
    for x, y in line[::3]:
        height = (base - y) / tall
        if height < 0.34 or not -20 < x < 660:
            continue
        for _ in range(2 + (height > 0.7)):
            r = rng.uniform(2.5, 7.5) * size * (0.5 + height)
            blobs.append(
                (x + rng.normal(1.5, 4) * size, y + abs(rng.normal(0, 11)) * size * height, r)
            )
        if rng.uniform() < 0.5 * height:
            r = rng.uniform(0.8, 2.3) * size
            angle, far = rng.uniform(-2.4, 0.3), rng.exponential(20) * size
            blobs.append((x + np.cos(angle) * far, y + np.sin(angle) * far - 3, r))
    for x, y, r in sorted(blobs, key=lambda blob: blob[1]):
        x, y, r = x * SCALE, y * SCALE, r * SCALE
        rim = max(1.3 * SCALE * min(size, 1.0), 1)
        pen.ellipse([x - r - rim, y - r - rim, x + r + rim, y + r + rim], fill=INK)
        pen.ellipse([x - r, y - r, x + r, y + r], fill=FOAM)
        s = 0.62 * r
        pen.arc(
            [x - s, y - s, x + s, y + s], 20, 150, fill=(120, 160, 178), width=max(int(0.4 * r), 1)
        )


def _sky(pen: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """Bands from vermilion down to straw, a great sun, and clouds as bundles of cut lines."""
    tones = [
        (196, 70, 44),
        (214, 104, 58),
        (226, 142, 78),
        (234, 178, 108),
        (240, 208, 146),
        (243, 226, 180),
    ]
    for k, tone in enumerate(tones):
        top = [
            (x, 58 * k - 20 + 9 * np.sin(x / 70 + k) + 5 * np.sin(x / 23 + 3 * k))
            for x in range(-10, 660, 6)
        ]
        pen.polygon(_scaled([*top, (700.0, 700.0), (-50.0, 700.0)]), fill=tone)
        pen.line(_scaled(top), fill=(120, 46, 40), width=2 * SCALE)
    _gouges(pen, rng)
    cx, cy = 215.0, 170.0
    for r, tone in (
        (92, INK),
        (89, (190, 44, 36)),
        (70, (206, 62, 40)),
        (50, (222, 90, 48)),
        (30, (236, 132, 62)),
    ):
        pen.ellipse(
            [(cx - r) * SCALE, (cy - r) * SCALE, (cx + r) * SCALE, (cy + r) * SCALE], fill=tone
        )
    for _ in range(420):
        turn, near = rng.uniform(0, 2 * np.pi), rng.uniform(8, 80)
        far = min(near + rng.uniform(6, 20), 86)
        cos, sin, thick = np.cos(turn), np.sin(turn), rng.uniform(0.5, 1.3)
        cut = [
            (cx + cos * near, cy + sin * near),
            (cx + cos * far - sin * thick, cy + sin * far + cos * thick),
        ]
        cut.append((cx + cos * far + sin * thick, cy + sin * far - cos * thick))
        pen.polygon(_scaled(cut), fill=(248, 176, 96) if rng.uniform() < 0.6 else (150, 30, 34))
    for bank_x, bank_y, wide in (
        (120, 84, 210),
        (470, 120, 260),
        (560, 46, 180),
        (330, 232, 190),
        (40, 214, 150),
    ):
        for j in range(9):
            y = bank_y + (j - 4) * 6.2
            half = wide / 2 * np.sqrt(max(1 - ((j - 4) / 5.2) ** 2, 0.05)) * rng.uniform(0.7, 1.1)
            xs = np.arange(bank_x - half, bank_x + half, 5)
            row = [(x, y + 4 * np.sin(x / 26 + bank_x) + 1.2 * np.sin(x / 9 + j)) for x in xs]
            if len(row) > 2:
                pen.line(_scaled(row), fill=INK, width=int(6.4 * SCALE), joint="curve")
                tone = FOAM if j < 6 else (150, 186, 196)
                pen.line(_scaled(row), fill=tone, width=int(4.2 * SCALE), joint="curve")


def _gouges(pen: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """Short tapered cuts that run with the bands of the sky, light and dark."""
    for _ in range(2600):
        x, y = rng.uniform(-20, 660), rng.uniform(0, 330)
        k = y / 58
        slope = 9 / 70 * np.cos(x / 70 + k) + 0.12 * np.cos(x / 23 + 3 * k)
        long, thick = rng.uniform(10, 34), rng.uniform(0.7, 1.9)
        light = rng.uniform() < 0.6
        tone = (250, 224, 164) if light else (176, 66, 46)
        if y > 250 and not light:
            tone = (214, 160, 96)
        dx, dy = long / 2, slope * long / 2
        cut = [(x - dx, y - dy), (x, y - thick), (x + dx, y + dy), (x, y + thick * 0.4)]
        pen.polygon(_scaled(cut), fill=tone)


def draw() -> Array:
    """The finished print, shape (640, 640, 3), in [0, 1]."""
    rng = np.random.default_rng(21)
    block = Image.new("RGB", (SIZE * SCALE, SIZE * SCALE), FOAM)
    pen = ImageDraw.Draw(block)
    _sky(pen, rng)
    _sea(pen, rng)
    flat = np.asarray(block.resize((SIZE, SIZE), Image.Resampling.LANCZOS), np.float32) / 255
    x, y = pixel_grid(SIZE, SIZE)
    # The grain of the block: long streaks that bend around two knots.
    warp = 9 * np.exp(-np.hypot(x - 480, (y - 300) / 0.5) / 120) + 7 * np.exp(
        -np.hypot(x - 90, y - 520) / 90
    )
    rings = fbm(x / 150, (y + 6 * warp) / 4.2, 4, gain=0.7, seed=3)
    fleck = fbm(x / 2.2, y / 1.6, 3, seed=5)
    pressure = fbm(x / 110, y / 110, 4, seed=6)
    inked = 1 - flat.mean(axis=-1)
    print_ = flat * (1 + 0.17 * rings + 0.10 * pressure)[..., None]
    # Dry places: the ink misses the paper in flecks along the grain, most where it lies dark.
    missed = smoothstep(0.26, 0.52, fleck + 0.55 * rings - 0.25 * pressure) * smoothstep(
        0.2, 0.6, inked
    )
    print_ = mix(print_, rgb("efe4c6") + 0 * print_, 0.55 * missed)
    squeeze = blur(inked.astype(np.float32), 1.2) - inked
    return np.clip(print_ - 0.25 * squeeze[..., None], 0, 1).astype(np.float32)
