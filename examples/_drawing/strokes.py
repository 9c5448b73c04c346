"""Paint: strokes with bristle streaks, laid one over another, and light on their relief."""

from dataclasses import dataclass, field

import numpy as np

from .canvas import blur, pixel_grid, smoothstep
from .noise import Array, fbm

BANK_LENGTH, BANK_WIDTH = 96, 32


def brush_bank(count: int, seed: int, dryness: float = 0.35, ragged: float = 0.25) -> Array:
    """Stroke masks of shape (count, 2, BANK_WIDTH, BANK_LENGTH): paint coverage and thickness.

    Bristles leave streaks along the stroke; a dry brush breaks them up towards its end.
    """
    rng = np.random.default_rng(seed)
    x, y = pixel_grid(BANK_LENGTH, BANK_WIDTH)
    u, v = x / BANK_LENGTH * 2 - 1, y / BANK_WIDTH * 2 - 1
    masks = []
    for k in range(count):
        shift = rng.uniform(0, 500)
        wobble = 0.12 * fbm(u * 1.5 + shift, v * 0 + k, 2, seed=seed)
        streak = fbm(u * 1.1 + shift, (v + wobble) * 7, 3, gain=0.75, seed=seed + 1)
        hair = fbm(u * 2.5 + shift, (v + wobble) * 14, 2, seed=seed + 2)
        end = ragged * (0.5 + fbm(v * 4 + shift, u * 0, 3, gain=0.7, seed=seed + 3))
        ends = smoothstep(1.0, 0.86, np.abs(u) + end * (0.5 + 0.5 * (u > 0)))
        sides = smoothstep(1.0, 0.72, np.abs(v + wobble) + 0.25 * np.abs(u) ** 3)
        wear = dryness * (0.35 + 0.65 * (u + 1) / 2)
        cover = smoothstep(wear - 0.45, wear + 0.05, streak + 0.5 * hair + 0.25) * ends * sides
        # Paint piles up along the edges and where the brush lifts.
        ridge = 0.35 * smoothstep(0.45, 0.85, np.abs(v)) + 0.4 * smoothstep(0.4, 0.9, u)
        thick = np.clip(0.45 + 0.55 * streak + 0.35 * hair + ridge, 0.05, 1.3)
        masks.append(np.stack([cover, thick * cover]))
    return np.stack(masks).astype(np.float32)


@dataclass
class Painting:
    """A canvas being painted: its colour (H, W, 3) and the thickness of its paint (H, W)."""

    colour: Array
    relief: Array
    bank: Array
    clip: Array | None = field(default=None)

    @classmethod
    def primed(cls, width: int, height: int, ground: Array, bank: Array) -> "Painting":
        """A canvas of one colour with a woven relief."""
        x, y = pixel_grid(width, height)
        weave = 0.10 * (np.sin(x * 2.1) * np.sin(y * 2.1)) + 0.08 * fbm(x / 5, y / 5, 3, seed=4)
        colour = np.tile(ground.astype(np.float32), (height, width, 1))
        colour *= 1 + 0.5 * weave[..., None]
        return cls(colour, weave.astype(np.float32), bank)

    def stroke(
        self,
        x: float,
        y: float,
        angle: float,
        length: float,
        width: float,
        colour: Array,
        *,
        bend: float = 0.0,
        opacity: float = 1.0,
        body: float = 1.0,
        brush: int = 0,
        second: Array | None = None,
    ) -> None:
        """Lay one stroke centred at (x, y); `bend` is its sagitta over its length.

        With a `second` colour the brush was loaded with two: they part across its width.
        """
        half = 0.5 * (length + width) + abs(bend) * length + 1
        height_px, width_px = self.relief.shape
        left, right = max(int(x - half), 0), min(int(x + half) + 2, width_px)
        top, bottom = max(int(y - half), 0), min(int(y + half) + 2, height_px)
        if left >= right or top >= bottom:
            return
        dx = np.arange(left, right, dtype=np.float32)[None, :] + (0.5 - x)
        dy = np.arange(top, bottom, dtype=np.float32)[:, None] + (0.5 - y)
        cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        u = (dx * cos + dy * sin) * np.float32(2 / length)
        v = (dy * cos - dx * sin) * np.float32(2 / width)
        if bend:
            v = v + np.float32(bend * 2 * length / width) * u * u
        column = ((u + 1) * (BANK_LENGTH / 2)).astype(np.int32)
        row = ((v + 1) * (BANK_WIDTH / 2)).astype(np.int32)
        inside = (np.abs(u) < 1) & (np.abs(v) < 1)
        if not inside.any():
            return
        np.clip(column, 0, BANK_LENGTH - 1, out=column)
        np.clip(row, 0, BANK_WIDTH - 1, out=row)
        cover, thick = self.bank[brush % len(self.bank)]
        alpha = cover[row, column] * inside * np.float32(opacity)
        if self.clip is not None:
            alpha = alpha * self.clip[top:bottom, left:right]
        paint: Array = colour
        if second is not None:
            share = np.clip(v * 1.2 + 0.5 + (thick[row, column] - 0.4), 0, 1)[..., None]
            paint = colour + (second - colour) * share
        patch = self.colour[top:bottom, left:right]
        patch += alpha[..., None] * (paint - patch)
        ground = self.relief[top:bottom, left:right]
        ground += alpha * (np.float32(0.45) * ground + body * thick[row, column] - ground)

    def lit(self, strength: float = 0.22, gloss: float = 0.10, angle: float = -2.2) -> Array:
        """The picture under a raking light from `angle`, in [0, 1]."""
        slope_y, slope_x = np.gradient(blur(self.relief, 0.7))
        toward = slope_x * np.cos(angle) + slope_y * np.sin(angle)
        shade = np.tanh(-toward * 3.0)[..., None].astype(np.float32)
        shine = np.clip(-toward * 2.2 - 0.25, 0, 1)[..., None] ** 2
        lit = self.colour * (1 + strength * shade) + gloss * shine
        return np.clip(lit, 0, 1).astype(np.float32)
