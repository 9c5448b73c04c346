"""Skies: a gradient, the sun's glow and layers of cloud on a flat ceiling seen in perspective."""

import numpy as np

from .canvas import gradient_map, mix, rgb, smoothstep
from .noise import Array, fbm


def clear_sky(up: Array, stops: list[tuple[float, str]]) -> Array:
    """Linear light of a cloudless sky by upward slope; stops run from the horizon up."""
    return gradient_map(stops, up, linear=True)


def glow(aside: Array, up: Array, sun: tuple[float, float], width: float) -> Array:
    """Light scattered around the sun at (aside, up): 1 at its centre."""
    distance = np.hypot(aside - sun[0], (up - sun[1]) * 1.4)
    return np.exp(-distance / width).astype(np.float32)


def clouds(
    aside: Array,
    up: Array,
    *,
    scale: float,
    cover: float,
    seed: int,
    lift: float = 0.06,
    stretch: float = 1.0,
) -> tuple[Array, Array]:
    """Density and thickness-towards-the-light of a cloud layer, both in [0, 1]."""
    ceiling = 1 / (np.maximum(up, 0) + lift)
    x, z = aside * ceiling * scale, ceiling * scale * stretch
    bend = fbm(x * 0.7, z * 0.7, 3, seed=seed + 50)
    body = fbm(x + 0.9 * bend, z + 0.7 * bend, 7, gain=0.55, seed=seed)
    toward_light = fbm(x + 0.9 * bend - 0.18, z + 0.7 * bend + 0.12, 4, gain=0.55, seed=seed)
    density = smoothstep(-cover, 0.55 - cover, body)
    shade = np.clip(0.5 + 1.4 * (toward_light - body * 0.75), 0, 1)
    return density, shade.astype(np.float32)


def add_clouds(
    sky: Array, density: Array, shade: Array, lit: str, dark: str, strength: float = 1.0
) -> Array:
    """Lay clouds over a sky, from their lit colour to their shaded one."""
    colour = mix(rgb(lit, linear=True), rgb(dark, linear=True), shade)
    return mix(sky, colour * strength, density)
