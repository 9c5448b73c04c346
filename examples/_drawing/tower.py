"""The lighthouse's tower and its keeper's cottage, shaded as round and flat walls."""

from collections.abc import Callable

import numpy as np

from .canvas import mix, pixel_grid, rgb, smoothstep
from .noise import Array, fbm

# In units of the picture's width: the tower's axis, its foot and the top of its masonry.
AXIS, FOOT, TOP = 0.735, 0.400, 0.128
LAMP = (AXIS - 0.5, 0.60 * 0.75 - 0.107)

WARM, COOL = rgb("ff9d5c", True) * 2.0, rgb("8d95cf", True) * 0.42


def _round(across: Array) -> Array:
    """Light on a vertical cylinder by its position across, -1 to 1, sun low on the left."""
    front = np.sqrt(np.clip(1 - across**2, 0, 1))
    sunny = np.clip(-0.86 * across + 0.22 * front, 0, 1)[..., None]
    return sunny * WARM + (0.45 + 0.55 * front)[..., None] * COOL


def draw_tower(picture: Array) -> Array:
    """Lay the tower over a landscape in linear light."""
    height, width = picture.shape[:2]
    x, y = pixel_grid(width, height)
    u, v = x / width - AXIS, y / width
    pixel = 1.0 / width

    def over(picture: Array, colour: Array, inside: Array) -> Array:
        return mix(picture, colour, np.clip(inside / pixel + 0.5, 0, 1))

    t = (v - TOP) / (FOOT - TOP)
    half = 0.0175 + 0.0115 * t + 0.012 * np.clip(t - 0.85, 0, 1) ** 2
    across = np.clip(u / half, -1, 1)
    turn = np.arcsin(across) / np.pi
    weather = fbm(turn * 7, v * 40, 5, gain=0.6, seed=3) + 0.6 * fbm(turn * 26, v * 9, 4, seed=7)
    course = np.abs(((v * 150) % 1) - 0.5) < 0.07
    bow = t + 0.012 * np.sqrt(1 - across**2)
    band = smoothstep(-0.006, 0.006, np.sin(bow * np.pi * 5 + 0.25))
    paint = mix(rgb("d9cfc0", True), rgb("96302a", True), band)
    paint = paint * (0.92 + 0.30 * weather - 0.10 * course)[..., None]
    picture = over(picture, paint * _round(across), np.minimum(half - np.abs(u), v - TOP))
    for level, side in ((0.30, -0.18), (0.55, 0.1), (0.8, -0.18)):
        dx, dy = u - side * half, v - (TOP + level * (FOOT - TOP))
        frame = np.minimum(0.0042 - np.abs(dx), 0.0078 - np.abs(dy))
        picture = over(picture, rgb("d8cbb8", True) * _round(across), frame)
        glass = np.minimum(0.0028 - np.abs(dx), 0.0062 - np.abs(dy))
        picture = over(picture, rgb("ffcf7a", True) * 1.3 + 0 * picture, glass)
    return _lantern(picture, u, v, over)


def _lantern(
    picture: Array, u: Array, v: Array, over: Callable[[Array, Array, Array], Array]
) -> Array:
    """Gallery, glazed lantern with the lamp in it, and the dome above."""
    iron = rgb("2a2730", True)
    deck = np.minimum(0.0265 - np.abs(u) - 0.5 * np.clip(v - TOP, 0, 1), 0.0045 - np.abs(v - TOP))
    picture = over(picture, 1.3 * rgb("6a5f5c", True) * _round(np.clip(u / 0.0265, -1, 1)), deck)
    glass = np.minimum(0.0125 - np.abs(u), 0.0125 - np.abs(v - TOP + 0.0175))
    beam = np.exp(-(np.hypot(u / 0.008, (v - TOP + 0.0185) / 0.008) ** 2))[..., None]
    pane = rgb("ffc66b", True) * 0.8 + beam * rgb("fff2c8", True) * 7
    bars = (np.abs(((np.arcsin(np.clip(u / 0.0127, -1, 1)) / np.pi * 8) % 1) - 0.5) > 0.43)[
        ..., None
    ]
    picture = over(picture, np.where(bars, iron * 1.0, pane), glass)
    rail = np.abs(v - TOP + 0.0125) < 0.0007
    posts = np.abs(((np.arcsin(np.clip(u / 0.026, -1, 1)) / np.pi * 14) % 1) - 0.5) > 0.44
    picture = over(picture, iron + 0 * picture, np.where(rail, 0.0255 - np.abs(u), -1))
    reach = np.minimum(0.0255 - np.abs(u), 0.0065 - np.abs(v - TOP + 0.0065))
    picture = over(picture, iron + 0 * picture, np.where(posts, reach, -1))
    top = TOP - 0.030
    dome_half = 0.0150 * np.sqrt(np.clip(1 - ((top - v) / 0.0165) ** 2, 0, 1))
    dome = np.where((v > top - 0.0165) & (v <= top + 0.0006), dome_half - np.abs(u), -1)
    shade = _round(np.clip(u / np.maximum(dome_half, 1e-4), -1, 1))
    picture = over(picture, rgb("8e2a24", True) * shade, dome)
    knob = np.maximum(
        0.0022 - np.hypot(u, v - top + 0.0180), np.where(v < top, 0.0006 - np.abs(u), -1)
    )
    return over(picture, iron + 0 * picture, np.where(v > top - 0.034, knob, -1))


def draw_cottage(picture: Array) -> Array:
    """A whitewashed keeper's cottage right of the tower, its windows lit."""
    height, width = picture.shape[:2]
    x, y = pixel_grid(width, height)
    u, v = x / width - (AXIS + 0.105), y / width - 0.325
    weather = fbm(u * 160, v * 160, 5, gain=0.6, seed=12)

    def over(picture: Array, colour: Array, inside: Array) -> Array:
        return mix(picture, colour, np.clip(inside * width + 0.5, 0, 1))

    wall = np.minimum(np.minimum(u + 0.05, 0.055 - u), np.minimum(v + 0.001, 0.05 - v))
    front = rgb("e9ddcb", True) * (0.95 + 0.35 * weather)[..., None]
    picture = over(picture, front * (0.30 * WARM + 0.75 * COOL), wall)
    gable = np.minimum(u + 0.074, -0.05 - u)
    peak = v + 0.001 + 0.03 * (1 - np.abs(u + 0.062) / 0.012)
    picture = over(
        picture, front * (0.85 * WARM + 0.5 * COOL), np.minimum(np.minimum(gable, peak), 0.05 - v)
    )
    slant = u - 0.010 * (v + 0.031) / 0.032
    roof = np.minimum(np.minimum(slant + 0.064, 0.050 - slant), np.minimum(v + 0.031, 0.0015 - v))
    tiles = (
        0.75 + 0.5 * weather + 0.22 * np.sin(v * 2100) * np.sin(u * 900 + np.floor(v * 334) * 3.1)
    )
    slate = rgb("6d4238", True) * tiles[..., None]
    picture = over(picture, slate * (0.42 * WARM + 0.7 * COOL), roof)
    for place in (-0.045, 0.036):
        stack = np.minimum(0.006 - np.abs(u - place), np.minimum(v + 0.046, -0.024 - v))
        side = np.where(u[..., None] < place - 0.002, 0.8, 0.25)
        picture = over(picture, rgb("7d5144", True) * (side * WARM + 0.6 * COOL), stack)
    for place in (-0.034, -0.010, 0.036):
        frame = np.minimum(0.0058 - np.abs(u - place), 0.0078 - np.abs(v - 0.018))
        picture = over(picture, rgb("5a4a40", True) * 0.6 + 0 * picture, frame)
        pane = np.minimum(0.0046 - np.abs(u - place), 0.0066 - np.abs(v - 0.018))
        cross = np.minimum(np.abs(u - place), np.abs(v - 0.018)) > 0.0007
        lit = rgb("ffbe62", True) * (1.5 - 40 * np.abs(v - 0.02))[..., None]
        picture = over(picture, lit, np.where(cross, pane, -1))
    return picture
