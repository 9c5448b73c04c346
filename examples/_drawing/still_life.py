"""still_life.jpg: flowers in a glazed vase and fruit on a table by a window, marched ray by ray."""

import numpy as np

from . import bouquet
from .canvas import develop, gradient_map, mix, pixel_grid, rgb, shrink, smoothstep
from .fruit_table import EYE, FRUIT, LIGHT, cloth, march, normal, scene
from .noise import Array, fbm, gradient_noise

WIDTH, HEIGHT = 600, 800


def _table(p: Array) -> tuple[Array, Array]:
    """Boards, cloth and the plastered wall, with how glossy they are."""
    x, y, z = p.T
    board = np.floor(z / 0.62)
    grain = fbm(x * 0.9 + board * 7.7, z * 16 + board * 3, 5, gain=0.6, seed=3)
    ring = np.sin((z * 7 + 0.5 * fbm(x * 0.6, z * 2 + board, 3, seed=8) * 9 + board) * 3)
    wood = gradient_map(
        [(-0.8, "3a1f10"), (-0.1, "6b3d1d"), (0.4, "8f5a2c"), (0.9, "b27a40")],
        grain + 0.22 * ring,
        linear=True,
    )
    seam = np.abs((z / 0.62) % 1 - 0.5) > 0.485
    wood *= np.where(seam, 0.25, 1.0)[:, None]
    weave = 0.5 + 0.5 * np.sin(x * 160) * np.sin(z * 160)
    stripe = smoothstep(0.30, 0.36, np.abs(((x * 1.15 + 0.2 * z) % 1) - 0.5))
    linen = mix(rgb("b9ad98", True), rgb("33506e", True), stripe * 0.85)
    linen = linen * (0.85 + 0.2 * weave + 0.12 * fbm(x * 6, z * 6, 3, seed=4))[:, None]
    wall = mix(
        rgb("54503f", True), rgb("7d7660", True), 0.5 + 0.6 * fbm(x * 0.8, y * 0.8, 6, seed=5)
    )
    flaw = fbm(x * 5 + 0.6 * y, y * 7, 6, gain=0.75, seed=6)
    wall = wall * (1 + 0.22 * flaw)[:, None]
    covered = cloth(x, z)[1]
    colour = mix(wood, linen, covered)
    is_wall = z > 3.3
    gloss = np.where(is_wall, 0.0, 0.22 * (1 - covered) * (0.6 + 0.6 * grain))
    return np.where(is_wall[:, None], wall, colour), gloss.astype(np.float32)


def _glaze(p: Array) -> tuple[Array, Array]:
    """The vase: celadon running into cobalt, with a painted band and crackle."""
    x, y, z = p.T
    turn = np.arctan2(z - 0.35, x + 0.15)
    run = fbm(turn * 3, y * 1.2, 5, gain=0.55, seed=14)
    base = gradient_map(
        [(0, "5a3d2b"), (0.10, "2c4a58"), (0.35, "1d4f7c"), (0.62, "3f86a0"), (0.9, "b9cfb8")],
        y / 2.6 + 0.13 * run,
        linear=True,
    )
    wave = np.sin(turn * 9 + 2.2 * np.sin(y * 5))
    band = smoothstep(0.30, 0.24, np.abs(y - 1.28)) * smoothstep(0.1, 0.3, wave)
    colour = mix(base, rgb("e8d9a8", True), band * 0.8)
    crackle = np.abs(fbm(turn * 9, y * 9, 3, seed=17))
    colour *= (0.55 + 0.45 * smoothstep(0.0, 0.03, crackle))[:, None]
    colour *= (1 + 0.5 * fbm(turn * 20, y * 20, 3, seed=18))[:, None]
    return colour, np.full(len(p), 0.85, np.float32)


def _fruit(p: Array, index: int) -> tuple[Array, Array]:
    """Skin of one fruit by where on it the point lies."""
    fx, fz, radius, _, neck, kind = FRUIT[index]
    x, y, z = p.T
    turn = np.arctan2(z - fz, x - fx)
    up = y / (2 * radius * (1.45 if neck else 0.9))
    blotch = fbm(np.cos(turn) * 2 + index, np.sin(turn) * 2 + up * 2, 4, seed=20 + index)
    speck = smoothstep(0.25, 0.5, gradient_noise(x * 26, y * 26, z * 26, seed=31))
    if kind == "apple":
        streak = fbm(turn * 9, up * 1.6, 4, gain=0.65, seed=24 + index)
        ripe = smoothstep(-0.5, 0.5, streak + blotch + 0.5 * np.cos(turn - 2.4 - index))
        colour = mix(rgb("c6b04a", True), rgb("9c1a1c", True), ripe)
        colour = mix(colour, rgb("e3c98a", True), 0.35 * speck)
        return colour, np.full(len(p), 0.6, np.float32)
    if kind == "orange":
        colour = mix(rgb("d9700f", True), rgb("f09a22", True), 0.5 + blotch)
        return colour, np.full(len(p), 0.35, np.float32)
    if kind == "lemon":
        return mix(rgb("d9b01c", True), rgb("f0d84a", True), 0.5 + blotch), np.full(len(p), 0.4)
    blush = smoothstep(-0.1, 0.8, blotch + np.cos(turn - 3.6) * 0.6)
    colour = mix(rgb("a8a43c", True), rgb("b8622c", True), blush)
    return mix(colour, rgb("5b4420", True), 0.55 * speck), np.full(len(p), 0.35, np.float32)


def _skin(p: Array, which: Array) -> tuple[Array, Array]:
    colour = np.zeros_like(p)
    gloss = np.zeros(len(p), np.float32)
    for thing in np.unique(which):
        own = which == thing
        if thing == 0:
            colour[own], gloss[own] = _table(p[own])
        elif thing == 1:
            colour[own], gloss[own] = _glaze(p[own])
        elif thing == 10:
            bloom = 0.5 + gradient_noise(*(p[own] * 7).T, seed=40)
            colour[own] = mix(rgb("2b0f2e", True), rgb("6a4a7d", True), np.clip(bloom, 0, 1))
            gloss[own] = 0.5
        elif thing == 20:
            colour[own] = rgb("3d2a16", True)
        else:
            colour[own], gloss[own] = _fruit(p[own], int(thing) - 2)
    return colour, gloss


def _window(way: Array) -> Array:
    """What a glossy surface mirrors: a dim warm room and a bright window with its bars."""
    side = way @ np.array([0.5, 0.0, -0.87], np.float32)
    ahead = way @ LIGHT
    a, b = side / np.maximum(ahead, 1e-3), way[:, 1] / np.maximum(ahead, 1e-3) - 0.62
    pane = smoothstep(0.36, 0.31, np.abs(a)) * smoothstep(0.42, 0.37, np.abs(b)) * (ahead > 0.2)
    bars = np.minimum(np.abs(a), np.abs(b + 0.06)) > 0.03
    room = rgb("3b332c", True) * (0.5 + 0.5 * way[:, 1:2])
    return room + (pane * bars)[:, None] * rgb("eef4ff", True) * 5.5


def _radiance(p: Array, way: Array, which: Array) -> Array:
    n = normal(p)
    bump = np.stack([gradient_noise(*(p * 34).T, seed=50 + k) for k in range(3)], axis=1)
    rough = np.where((which >= 2) & (which < 10), 0.05, 0.0)
    for k, fruit in enumerate(FRUIT):
        rough[which == 2 + k] = {"orange": 0.14, "lemon": 0.12}.get(fruit[5], 0.03)
    n = n + rough[:, None].astype(np.float32) * bump
    n /= np.linalg.norm(n, axis=1, keepdims=True)
    colour, gloss = _skin(p, which)
    _, unblocked = march(p + n * 0.012, np.broadcast_to(LIGHT, p.shape), 6.0, 44, stems=False)
    direct = np.clip((n @ LIGHT + 0.12) / 1.12, 0, 1) * smoothstep(0.0, 1.0, unblocked)
    closed = np.zeros(len(p), np.float32)
    for reach in (0.05, 0.14, 0.34, 0.7):
        closed += np.clip(1 - scene(p + n * reach)[0] / reach, 0, 1) * 0.36
    open_ = np.exp(-1.25 * closed)
    # Light from the window falls off over the wall, so the background is not one flat tone.
    pool = np.exp(-(((p[:, 0] - 1.1) / 2.6) ** 2) - ((p[:, 1] - 2.3) / 2.3) ** 2)
    direct = direct * np.where(p[:, 2] > 3.3, 0.16 + 1.5 * pool, 1.0)
    behind = (bouquet.PLANE - p[:, 2]) / LIGHT[2]
    crossing = p + LIGHT * behind[:, None]
    direct = direct * (1 - 0.75 * bouquet.shadow(crossing[:, 0], crossing[:, 1]) * (behind > 0))
    ambient = (0.55 + 0.45 * n[:, 1]) * open_
    bounce = np.clip(-n[:, 1] + 0.3, 0, 1) * open_ * np.exp(-2 * np.maximum(p[:, 1], 0))
    light = direct[:, None] * rgb("ffe9c8", True) * 2.3
    light = light + ambient[:, None] * rgb("8e9cc0", True) * 0.34
    light = light + bounce[:, None] * rgb("c98a50", True) * 0.5
    mirrored = way - 2 * np.sum(way * n, axis=1, keepdims=True) * n
    fresnel = 0.05 + 0.95 * (1 - np.clip(-np.sum(way * n, axis=1), 0, 1)) ** 5
    shine = (gloss * fresnel * (0.3 + 0.7 * open_))[:, None] * _window(mirrored) * 1.6
    return colour * light + shine


def draw(scale: int = 2) -> Array:
    """The finished picture, shape (800, 600, 3), in [0, 1]."""
    width, height = WIDTH * scale, HEIGHT * scale
    x, y = pixel_grid(width, height)
    aside = ((x - width / 2) / width * 0.74).ravel()
    up = (-(y - 0.46 * height) / width * 0.74).ravel()
    tilt = np.float32(0.10)
    way = np.stack([aside, up - tilt, np.ones_like(up)], axis=1)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    image = np.zeros_like(way)
    # In bands, so that the rays of one fit the processor's cache and memory stays small.
    for band in np.array_split(np.arange(len(way)), 48):
        start = np.broadcast_to(EYE, (len(band), 3))
        distance, _ = march(start, way[band], 14.0, 150)
        p = start + way[band] * distance[:, None]
        light = _radiance(p, way[band], scene(p)[1])
        to_plane = (bouquet.PLANE - EYE[2]) / way[band][:, 2]
        crossing = EYE + way[band] * to_plane[:, None]
        petals, cover = bouquet.flowers(crossing[:, 0], crossing[:, 1])
        image[band] = mix(light, petals * 1.5, cover * (to_plane < distance + 0.02))
    return develop(shrink(image.reshape(height, width, 3), scale), exposure=0.95, seed=3)
