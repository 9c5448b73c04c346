"""Pines in the foreground, drawn needle tuft by needle tuft and lit from the left."""

import numpy as np
from PIL import Image, ImageDraw

from .canvas import mix, pixel_grid, rgb, smoothstep
from .noise import Array, fbm


def _tree(
    draw: ImageDraw.ImageDraw,
    rng: np.random.Generator,
    foot: tuple[float, float],
    height: float,
    scale: int,
) -> None:
    x0, y0 = foot
    lean = rng.normal(0, 0.012) * height
    draw.polygon(
        [(x0 - 0.014 * height, y0), (x0 + 0.014 * height, y0), (x0 + lean, y0 - height)],
        fill=(34, 24, 18),
    )
    levels = int(22 + height / (7 * scale))
    for level in range(levels):
        t = (level + rng.uniform(-0.3, 0.3)) / levels
        y = y0 - height * (0.08 + 0.92 * t)
        reach = height * 0.25 * (1 - t) ** 0.85 * rng.uniform(0.65, 1.1) + 0.008 * height
        for side in rng.permutation([-1, 1, -0.55, 0.55, 0.15]):
            _branch(draw, rng, (x0 + lean * t, y), reach * side, height, scale)


def _branch(
    draw: ImageDraw.ImageDraw,
    rng: np.random.Generator,
    root: tuple[float, float],
    reach: float,
    height: float,
    scale: int,
) -> None:
    """A drooping bough: needles along it, warm on the sunny (left) side, dark below."""
    tufts = max(6, int(abs(reach) / (1.1 * scale)))
    droop = rng.uniform(0.25, 0.5)
    for s in np.linspace(0.02, 1, tufts):
        x = root[0] + reach * s
        y = root[1] + abs(reach) * droop * (s**1.4) - abs(reach) * 0.10 * s
        lit = np.clip(0.42 - 0.5 * reach * s / (0.2 * height) + rng.normal(0, 0.2), 0, 1)
        for _ in range(3):
            length = rng.uniform(2.5, 6.5) * scale * (1.15 - 0.6 * s)
            angle = rng.normal(1.35, 0.5)
            tip = (x + np.sign(reach) * np.cos(angle) * length, y + np.sin(angle) * length)
            glow = np.clip(lit + rng.normal(0, 0.15), 0, 1) ** 2
            colour = np.array([13, 22, 17]) + glow * np.array([118, 84, 22])
            draw.line([(x, y), tip], fill=tuple(int(v) for v in colour), width=scale)


def draw_pines(picture: Array, scale: int) -> Array:
    """Lay a grassy bank and a stand of pines over a landscape in linear light."""
    height, width = picture.shape[:2]
    rng = np.random.default_rng(8)
    x, y = pixel_grid(width, height)
    u = x / width
    bank = height * (
        0.93 + 0.05 * np.sin(2.6 * u + 0.9) - 0.085 * np.exp(-(((u - 0.02) / 0.22) ** 2))
    )
    bank = bank - height * 0.05 * np.exp(-(((u - 1.0) / 0.13) ** 2))
    bank = bank + height * 0.012 * fbm(u * 9, u * 0 + 2.5, 5, seed=2)
    layer = Image.new("RGB", (width, height), (255, 0, 255))
    draw = ImageDraw.Draw(layer)
    places = [(0.035, 0.60), (0.12, 0.72), (0.19, 0.40), (0.255, 0.27), (0.94, 0.50), (0.995, 0.36)]
    places += [(0.075, 0.34), (0.885, 0.24), (0.31, 0.16)]
    for u0, size in sorted(places, key=lambda place: -place[1]):
        column = min(int(u0 * width), width - 1)
        _tree(draw, rng, (u0 * width, bank[0, column] + 8 * scale), size * height, scale)
    _grass(draw, rng, bank[0], scale)
    pixels = np.asarray(layer, np.float32) / 255
    mask = 1 - ((pixels[..., 0] > 0.99) & (pixels[..., 1] < 0.01)).astype(np.float32)
    soil_light = smoothstep(-0.5, 0.6, fbm(u * 60, y / width * 160, 5, seed=6))
    soil = mix(rgb("17180f", True), rgb("5e5226", True), soil_light * 0.7)
    picture = mix(picture, soil, smoothstep(-1, 1, (y - bank) / scale))
    return mix(picture, pixels**2.2 * 1.1, mask)


def _grass(draw: ImageDraw.ImageDraw, rng: np.random.Generator, bank: Array, scale: int) -> None:
    """Blades from the far edge of the bank to the near one, so that near ones overlap."""
    width = bank.size
    depths = np.sort(rng.uniform(0, 1, 9000)) ** 1.2
    for depth in depths:
        x = rng.uniform(0, width)
        y = bank[int(x)] + depth * 60 * scale
        length = rng.uniform(4, 11) * scale * (0.6 + 0.9 * depth)
        bend = rng.normal(0.25, 0.35) * length
        tone = rng.beta(2, 3)
        colour = np.array([24, 26, 14]) + tone * np.array([128, 104, 44])
        fill = tuple(int(v) for v in colour)
        draw.line([(x, y), (x + 0.4 * bend, y - 0.6 * length), (x + bend, y - length)], fill, scale)
