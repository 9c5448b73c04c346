"""Trees and boats of the canal: cut-outs that face the viewer, each at its own depth."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from .canvas import pixel_grid, sample
from .noise import Array, fbm

PIXELS = 768


@dataclass(frozen=True)
class Card:
    """A square cut-out: the middle of its foot (x, y, z), its side in metres, and what it shows."""

    x: float
    y: float
    z: float
    side: float
    kind: str
    seed: int


CARDS = sorted(
    [Card(-8.4, 1.15, z, 9.5, "tree", k) for k, z in enumerate((13.5, 27.0, 42.0, 58.0, 74.0))]
    + [Card(9.2, 1.15, z, 9.0, "tree", 3 + k) for k, z in enumerate((19.0, 35.0, 52.0, 70.0))]
    + [Card(5.6, -0.2, 19.0, 4.6, "boat", 1), Card(-5.2, -0.2, 27.0, 4.6, "boat", 2)]
    + [Card(6.0, -0.2, 36.0, 4.8, "boat", 4)],
    key=lambda card: -card.z,
)


@lru_cache(maxsize=16)
def _cut_out(kind: str, seed: int) -> tuple[Array, Array, Array]:
    image = Image.new("RGBA", (PIXELS, PIXELS), (70, 60, 30, 0))
    pen = ImageDraw.Draw(image)
    rng = np.random.default_rng(seed)
    (_tree if kind == "tree" else _boat)(pen, rng, seed)
    pixels = np.asarray(image, np.float32) / 255
    colour = pixels[..., :3] ** 2.2
    x, y = pixel_grid(PIXELS, PIXELS)
    worn = 1 + 0.55 * fbm(x / 40, y / 26, 6, gain=0.65, seed=seed) - 0.35 * (x / PIXELS - 0.5)
    colour = colour * worn[..., None]
    return colour, pixels[..., 3].copy(), np.zeros(0, np.float32)


def _tree(pen: ImageDraw.ImageDraw, rng: np.random.Generator, seed: int) -> None:
    """A trunk that forks, and thousands of leaves in clumps, bright towards the upper left."""
    size = PIXELS
    clumps: list[tuple[float, float, float]] = []

    def limb(x: float, y: float, angle: float, length: float, thick: float, order: int) -> None:
        x1, y1 = x + np.cos(angle) * length, y - np.sin(angle) * length
        pen.line([(x, y), (x1, y1)], fill=(46, 36, 28, 255), width=max(int(thick), 1))
        pen.line(
            [(x - thick / 4, y), (x1 - thick / 4, y1)],
            fill=(96, 74, 52, 255),
            width=max(int(thick / 4), 1),
        )
        if order >= 2:
            clumps.append((x1, y1, length * 0.8))
        if order < 5:
            for turn in (rng.uniform(0.25, 0.6), -rng.uniform(0.25, 0.6)):
                limb(
                    x1, y1, angle + turn, length * rng.uniform(0.68, 0.84), thick * 0.62, order + 1
                )

    limb(size / 2, size - 2, np.pi / 2 + rng.normal(0, 0.04), size * 0.25, 24, 0)
    leaves = []
    for x, y, reach in clumps:
        for _ in range(190):
            dx, dy = rng.normal(0, reach * 0.5, 2)
            leaves.append((x + dx, y + dy, -dx * 0.6 - dy, reach))
    autumn = [(176, 120, 34), (150, 132, 42), (112, 116, 44), (192, 98, 30)][seed % 4]
    order = rng.permutation(len(leaves))
    for k in order:
        x, y, sunny, reach = leaves[k]
        light = np.clip(0.62 + 0.45 * sunny / reach + rng.normal(0, 0.2), 0.22, 1.5)
        r = rng.uniform(1.5, 3.8)
        fill = tuple(int(np.clip(c * light, 0, 255)) for c in autumn)
        pen.ellipse([x - r, y - r * 0.7, x + r, y + r * 0.7], fill=(*fill, 255))


def _boat(pen: ImageDraw.ImageDraw, rng: np.random.Generator, seed: int) -> None:
    """A moored launch seen end on: planked hull, cabin and rail."""
    hulls = [(40, 62, 84), (92, 40, 32), (34, 70, 58), (60, 44, 30), (120, 100, 70)]
    base = np.array(hulls[seed % 5])
    size = PIXELS
    for k in range(26):
        t = k / 25
        half = size * (0.235 - 0.10 * t**2.2)
        y = size * (0.72 + 0.25 * t)
        for j in range(24):
            u = j / 23 * 2 - 1
            light = 0.55 + 0.6 * np.clip(0.6 * u + 0.3, -0.2, 1) - 0.25 * t + rng.normal(0, 0.05)
            fill = tuple(int(np.clip(c * light * 1.2, 0, 255)) for c in base)
            x = size / 2 + u * half
            pen.rectangle([x - half / 22, y, x + half / 22, y + size * 0.0115], fill=(*fill, 255))
        if k % 5 == 0:
            pen.line([(size / 2 - half, y), (size / 2 + half, y)], fill=(20, 20, 22, 255), width=2)
    pen.rounded_rectangle(
        [size * 0.252, size * 0.70, size * 0.748, size * 0.735], 8, fill=(150, 132, 104, 255)
    )
    pen.polygon(
        [
            (size * 0.34, size * 0.70),
            (size * 0.37, size * 0.56),
            (size * 0.63, size * 0.56),
            (size * 0.66, size * 0.70),
        ],
        fill=(112, 92, 70, 255),
    )
    pen.polygon(
        [
            (size * 0.33, size * 0.565),
            (size * 0.36, size * 0.535),
            (size * 0.64, size * 0.535),
            (size * 0.67, size * 0.565),
        ],
        fill=(176, 160, 132, 255),
    )
    for left in (0.39, 0.515):
        pen.rectangle(
            [size * left, size * 0.585, size * (left + 0.095), size * 0.66], fill=(44, 58, 70, 255)
        )
        pen.polygon(
            [
                (size * left, size * 0.66),
                (size * (left + 0.06), size * 0.585),
                (size * (left + 0.09), size * 0.585),
                (size * (left + 0.03), size * 0.66),
            ],
            fill=(92, 104, 108, 255),
        )
    pen.line(
        [(size * 0.5, size * 0.54), (size * 0.5, size * 0.36)], fill=(90, 70, 50, 255), width=5
    )


def leaves(
    card: Card, start: Array, way: Array, sun: Array, sky: Array
) -> tuple[Array, Array, Array]:
    """Lit colour (N, 3), coverage and distance of a card along rays (N, 3)."""
    distance = (card.z - start[:, 2]) / np.maximum(way[:, 2], 1e-4)
    x = start[:, 0] + way[:, 0] * distance
    y = start[:, 1] + way[:, 1] * distance
    u = (x - card.x) / card.side + 0.5
    v = 1 - (y - card.y) / card.side
    inside = (u > 0) & (u < 1) & (v > 0) & (v < 1) & (distance > 0)
    colour = np.zeros((len(x), 3), np.float32)
    cover = np.zeros(len(x), np.float32)
    if inside.any():
        picture, alpha, _ = _cut_out(card.kind, card.seed)
        cover[inside] = sample(alpha, u[inside] * PIXELS, v[inside] * PIXELS)
        share = 0.75 if card.x > 0 else 0.35
        colour[inside] = sample(picture, u[inside] * PIXELS, v[inside] * PIXELS) * (
            share * sun + sky
        )
    return colour, cover, distance
