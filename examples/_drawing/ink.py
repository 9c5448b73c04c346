"""ink.jpg: mountains, water and bamboo in washes, hatching and dry brush on cream paper."""

import numpy as np

from .canvas import blur, mix, pixel_grid, rgb, smoothstep
from .noise import Array, fbm, ridged
from .strokes import Painting, brush_bank

SIZE = 640
BLACK = rgb("17140f")
# Base line, height, frequency and darkness of each ridge, far to near.
RIDGES = [(250, 95, 150, 0.36), (330, 135, 118, 0.55), (420, 120, 92, 0.74), (520, 80, 130, 0.92)]


def _paper(x: Array, y: Array) -> Array:
    fibre = fbm(x / 3, y / 26, 4, seed=1) + fbm(x / 30, y / 2.5, 4, seed=2)
    age = fbm(x / 200, y / 200, 4, seed=3)
    return rgb("efe2c3") * (1 + 0.05 * fibre + 0.07 * age)[..., None]


def _ridge_line(k: int, x: Array) -> Array:
    base, tall, wide, _ = RIDGES[k]
    peaks = ridged(x / wide + 3.7 * k, x * 0 + 0.5 + k, 6, gain=0.5, seed=60 + k)
    return base - tall * (peaks**1.3) * 1.5 + 20 * np.sin(x / 90 + 2 * k)


def _wash(x: Array, y: Array) -> Array:
    """How much light the layers of diluted ink keep, 0 to 1: granulated, with wet edges."""
    light = np.ones_like(x)
    grain = fbm(x / 2.2, y / 2.2, 3, seed=9)
    pool = fbm(x / 46, y / 30, 5, gain=0.6, seed=10)
    for k, (_, tall, _, dark) in enumerate(RIDGES):
        below = y - _ridge_line(k, x) + 3 * fbm(x / 9, y / 9, 3, seed=11 + k)
        body = smoothstep(-1, 4, below) * np.exp(-np.maximum(below, 0) / (0.75 * tall))
        edge = np.exp(-(((below - 2.5) / 2.6) ** 2))
        # Mist: where a ridge ends the next begins on clean paper.
        light = mix(light, np.ones_like(x), smoothstep(0, 30, below) * 0.55)
        density = dark * body * (0.72 + 0.65 * pool + 0.30 * grain) + 0.30 * dark * edge
        light = light * (1 - np.clip(density, 0, 0.96))
    sky = smoothstep(0.0, 0.5, fbm(x / 170, y / 70, 5, seed=21)) * (y < 260) * 0.30
    lake = smoothstep(548, 640, y + 22 * pool) * 0.45
    return light * (1 - sky * (0.8 + 0.5 * grain)) * (1 - lake * (0.8 + 0.5 * pool))


def _hatch(painting: Painting, rng: np.random.Generator) -> None:
    """Pen strokes down the slopes, crossed where it is darkest, and across sky and water."""
    columns = np.arange(SIZE, dtype=np.float32)
    for k, (_, tall, _, dark) in enumerate(RIDGES):
        line = _ridge_line(k, columns)
        ahead = _ridge_line(k + 1, columns) if k + 1 < len(RIDGES) else np.full(SIZE, 575.0)
        slope = np.gradient(blur(np.tile(line.astype(np.float32), (30, 1)), 4)[15])
        for _ in range(int(1500 + 600 * k)):
            i = int(rng.integers(SIZE))
            deep = rng.exponential(0.42) * tall
            y = float(line[i] + deep + 4)
            if y > ahead[i] + 12 or y > 585:
                continue
            lee = slope[i] > 0
            if not lee and rng.uniform() < 0.62:
                continue
            angle = np.arctan(slope[i]) + (0.75 if lee else -0.95) + rng.normal(0, 0.10)
            if lee and rng.uniform() < 0.28 * dark:
                angle -= 1.25
            length = rng.uniform(9, 24) * (0.7 + 0.4 * k / 3)
            painting.stroke(
                i,
                y,
                angle,
                length,
                rng.uniform(1.6, 3.0),
                BLACK,
                bend=float(rng.normal(0, 0.07)),
                opacity=0.35 + 0.6 * dark,
                brush=int(rng.integers(12)),
            )
        _contour(painting, rng, line, 2.0 + 3.2 * dark, 0.45 + 0.5 * dark)
    for _ in range(430):
        x, y = rng.uniform(0, SIZE), 640 - 82 * rng.beta(1.3, 1.1)
        tone, long = rng.uniform(0.3, 0.9), rng.uniform(18, 80)
        painting.stroke(
            x,
            y,
            rng.normal(0, 0.03),
            long,
            rng.uniform(1.6, 4.2),
            BLACK,
            bend=float(rng.normal(0, 0.02)),
            opacity=tone,
            brush=int(rng.integers(12)),
        )
    for _ in range(300):
        x, y = rng.uniform(0, SIZE), rng.uniform(0, 170)
        swirl = 0.25 * np.sin(x / 90) + 0.2 * np.sin(y / 23 + x / 140)
        painting.stroke(
            x,
            y,
            swirl,
            rng.uniform(24, 64),
            rng.uniform(1.4, 2.6),
            BLACK,
            bend=0.06,
            opacity=rng.uniform(0.15, 0.5),
            brush=int(rng.integers(12)),
        )


def _contour(
    painting: Painting, rng: np.random.Generator, line: Array, width: float, tone: float
) -> None:
    """A ridge drawn in one broken line of varying pressure."""
    x = 0.0
    while x < SIZE - 4:
        step = rng.uniform(6, 17)
        i, j = int(x), min(int(x + step), SIZE - 1)
        run, fall = j - i + 1e-3, line[j] - line[i]
        painting.stroke(
            (i + j) / 2,
            float(line[i] + line[j]) / 2,
            float(np.arctan2(fall, run)),
            float(np.hypot(run, fall)) * 1.35,
            width * rng.uniform(0.5, 1.6),
            BLACK,
            opacity=tone * rng.uniform(0.6, 1.0),
            brush=int(rng.integers(12)),
        )
        x += step * (1.9 if rng.uniform() < 0.10 else 1.0)


def _bamboo(painting: Painting, rng: np.random.Generator) -> None:
    """Jointed canes in dry broad strokes, then leaves in quick blades."""
    for foot, lean, wide, tone in (
        (545, -0.10, 22, 0.92),
        (600, -0.04, 15, 0.6),
        (478, -0.19, 11, 0.45),
    ):
        y, x = 650.0, float(foot)
        while y > -60:
            tall = rng.uniform(74, 104)
            painting.stroke(
                x + lean * tall / 2,
                y - tall / 2,
                -np.pi / 2 + lean,
                tall * 0.97,
                wide,
                BLACK,
                opacity=tone,
                brush=18 + int(rng.integers(6)),
            )
            y, x = y - tall, x + lean * tall
            painting.stroke(
                x,
                y,
                0.05,
                wide * 1.5,
                5,
                BLACK,
                bend=0.12,
                opacity=1.0,
                brush=int(rng.integers(12)),
            )
            if rng.uniform() < 0.85:
                _spray(painting, rng, x, y, float(rng.choice([-1, 1])), tone)


def _spray(
    painting: Painting, rng: np.random.Generator, x: float, y: float, side: float, tone: float
) -> None:
    """A twig and the leaves that hang from it."""
    reach = rng.uniform(50, 110)
    for step in np.linspace(0.25, 1, 5):
        px, py = x + side * reach * step, y - 26 * np.sin(2.2 * step) + 14 * step
        painting.stroke(px - side * 9, py, 0.2 * side, 26, 2.4, BLACK, opacity=tone)
        for _ in range(3):
            angle = np.pi / 2 - side * rng.uniform(-0.2, 1.15)
            long = rng.uniform(34, 70)
            cx, cy = px + np.cos(angle) * long / 2, py + np.sin(angle) * long / 2
            painting.stroke(
                cx,
                cy,
                float(angle),
                long,
                rng.uniform(6, 11),
                BLACK,
                bend=float(rng.normal(0, 0.10)),
                opacity=min(tone + rng.uniform(-0.2, 0.15), 1),
                brush=12 + int(rng.integers(6)),
            )


def _leaf_bank(bank: Array) -> Array:
    """The same bristles cut to a blade: pressed in the middle, lifted to a point."""
    count, _, rows, columns = bank.shape
    u = np.linspace(-1, 1, columns)[None, :]
    v = np.linspace(-1, 1, rows)[:, None]
    half = np.clip((u + 1) ** 0.55 * (1 - u) ** 0.9 * 0.78, 0, 1)
    blade = smoothstep(0.0, 0.22, half - np.abs(v)).astype(np.float32)
    return np.maximum(bank[:count], 0.75) * blade


def draw() -> Array:
    """The finished painting, shape (640, 640, 3), in [0, 1]."""
    rng = np.random.default_rng(11)
    x, y = pixel_grid(SIZE, SIZE)
    paper = _paper(x, y)
    light = _wash(x, y)
    bank = brush_bank(12, seed=3, dryness=0.75, ragged=0.5)
    blades = _leaf_bank(brush_bank(6, seed=4, dryness=0.3, ragged=0.05))
    canes = brush_bank(6, seed=5, dryness=0.42, ragged=0.12)
    painting = Painting.primed(SIZE, SIZE, rgb("efe2c3"), np.concatenate([bank, blades, canes]))
    ink = rgb("2b2a2b")
    painting.colour = mix(ink + 0 * paper, paper, light).astype(np.float32)
    sun = np.hypot(x - 205, y - 118) + 3 * fbm(x / 8, y / 8, 3, seed=31)
    stain = 0.86 + 0.4 * fbm(x / 24, y / 24, 5, gain=0.65, seed=32)
    red = smoothstep(47, 44, sun) * np.clip(stain, 0, 1)
    painting.colour = mix(painting.colour, painting.colour * rgb("c8321f") * 1.1, red)
    _hatch(painting, rng)
    _bamboo(painting, rng)
    for _ in range(220):
        px, py = rng.uniform(0, SIZE, 2)
        size = rng.exponential(1.6) + 0.8
        painting.stroke(px, py, rng.uniform(0, 3), size * 1.3, size, BLACK, opacity=0.7, brush=12)
    seal = np.maximum(np.abs(x - 52), np.abs(y - 588)) + 1.5 * fbm(x / 4, y / 4, 3, seed=41)
    cut = (np.abs(np.sin((x - 52) / 4.6) + np.sin((y - 588) / 5.3 + 0.8)) < 0.42) & (seal < 17)
    stamp = (
        smoothstep(22, 20.5, seal)
        * (1 - 0.9 * cut)
        * np.clip(0.9 + 0.5 * fbm(x / 3, y / 3, 2, seed=42), 0, 1)
    )
    image = mix(painting.colour, rgb("b92a1c") + 0 * paper, stamp)
    tooth = fbm(x / 1.6, y / 1.6, 2, seed=51)
    return np.clip(image * (1 + 0.10 * tooth[..., None]), 0, 1).astype(np.float32)
