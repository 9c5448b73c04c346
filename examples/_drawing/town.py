"""town.jpg: a canal between gabled houses at golden hour, traced ray by ray."""

import numpy as np

from .canal_trees import CARDS, leaves
from .canvas import develop, mix, pixel_grid, rgb, shrink, smoothstep
from .facade import Row, roof_colour
from .noise import Array, fbm
from .sky import add_clouds, clear_sky, clouds, glow

EYE = np.array([0.6, 2.6, 0.0], np.float32)
LEFT, RIGHT = -11.5, 12.5  # the fronts of the houses
BANK_LEFT, BANK_RIGHT, QUAY = -6.8, 7.6, 1.15
END = 92.0
ROWS = {LEFT: Row.build(11, 2.0, 140.0), RIGHT: Row.build(29, 2.0, 140.0)}
SUN = np.array([-0.62, 0.42, 0.30], np.float32)  # over the left roofs, so the right row is lit
SUNLIGHT, SKYLIGHT = rgb("ffc07a", True) * 3.2, rgb("9db4e0", True) * 0.55


def sky_light(way: Array) -> Array:
    """Radiance of the sky along unit directions (N, 3)."""
    ahead = np.maximum(way[:, 2], 0.05)
    aside, up = way[:, 0] / ahead, way[:, 1] / ahead
    sky = clear_sky(up, [(0, "ffcf8c"), (0.12, "f0bb8c"), (0.34, "8fabd0"), (0.7, "3f74b4")])
    sky += glow(aside, up, (-0.30, 0.16), 0.16)[:, None] * rgb("ffb25c", True) * 1.3
    density, shade = clouds(aside, up, scale=0.8, cover=0.12, seed=15, lift=0.16)
    return add_clouds(sky, 0.85 * density, shade, "ffe2bc", "8f86a4", 1.0)


def _fronts(start: Array, way: Array, plane: float) -> tuple[Array, Array, Array]:
    """Distance to a row of houses, whether front (1), roof (2) or flank (3), and how steep."""
    row = ROWS[plane]
    outward = np.sign(plane)
    t = (plane - start[:, 0]) / np.where(np.abs(way[:, 0]) < 1e-6, 1e-6, way[:, 0])
    best = np.full(len(t), np.inf, np.float32)
    part = np.zeros(len(t), np.int8)
    rising = np.zeros(len(t), np.float32)
    ahead = (t > 0) & (way[:, 0] * outward > 0)
    z, y = start[:, 2] + way[:, 2] * t, start[:, 1] + way[:, 1] * t
    ahead &= (z > 2) & (z < END + 40)
    wall = ahead & (y < row.outline(z)) & (y > QUAY - 0.2)
    best[wall], part[wall] = t[wall], 1
    # A ray that clears a low gable may meet its neighbour's roof or flank behind the front.
    over = np.flatnonzero(ahead & ~wall & (y < 17))
    if len(over):
        for depth in np.linspace(0.25, 11, 48):
            reach = depth / np.maximum(np.abs(way[over, 0]), 1e-3)
            zz = z[over] + way[over, 2] * reach
            yy = y[over] + way[over, 1] * reach
            index, across, _ = row.house(zz)
            pitch = row.eaves[index] + (row.peaks[index] - row.eaves[index] - 0.3) * (
                1 - np.abs(2 * across - 1)
            )
            struck = (yy < pitch) & (zz < END + 40)
            hit = over[struck]
            best[hit] = t[hit] + reach[struck]
            part[hit] = np.where(yy[struck] < row.eaves[index][struck] - 0.4, 3, 2)
            rising[hit] = np.where(across[struck] < 0.5, -1.0, 1.0)
            over = over[~struck]
            if not len(over):
                break
    return best, part, rising


def _shade_row(p: Array, way: Array, plane: float, part: Array, rising: Array) -> Array:
    row = ROWS[plane]
    z, y = p[:, 2], p[:, 1]
    colour, lamp, glass = row.paint(z, y)
    lit_side = 1.0 if plane > 0 else 0.0
    # The left row's shadow climbs the right row's walls: its gables, cast across the water.
    shadow_height = ROWS[LEFT].outline(z - 24 * 0.30 / 0.62) - 24 * 0.42 / 0.62 + 9.5 - 6.0
    sunny = lit_side * smoothstep(-0.25, 0.25, y - shadow_height)
    light = (0.62 * sunny)[:, None] * SUNLIGHT + SKYLIGHT * (0.55 + 0.03 * y)[:, None]
    light = light + rgb("d89a5c", True) * 0.26 * (1 - lit_side)
    front = colour * light
    mirrored = way * np.array([-1, 1, 1], np.float32)
    pane = 0.55 * sky_light(mirrored * [1, 1.0, 1] + [0, 0.15, 0]) * (0.5 + 0.5 * lit_side)
    pane = mix(rgb("14181c", True) + 0 * pane, pane, 0.45)
    front = mix(front, pane, glass) + lamp * (1.2 - 0.6 * lit_side)
    tiles = roof_colour(row, p[:, 0], z)
    slope_sun = np.clip(0.45 - 0.35 * rising, 0.05, 1)
    roof = tiles * (slope_sun[:, None] * SUNLIGHT * 0.8 + SKYLIGHT)
    flank = rgb("7d5444", True) * (0.8 + 0.5 * fbm(p[:, 0] * 2, y * 6, 4, seed=9))[:, None]
    flank = flank * (SKYLIGHT * 0.8 + 0.15 * SUNLIGHT)
    return np.where((part == 1)[:, None], front, np.where((part == 2)[:, None], roof, flank))


def _ground(p: Array, upright: Array) -> Array:
    """Cobbles on the quays, and the stone of their walls where `upright`."""
    x, y, z = p.T
    u, v = np.where(upright, z, x * 3.1), np.where(upright, y * 2.4, z * 2.2)
    row = np.floor(v)
    stone = np.floor(u * 1.3 + 0.5 * (row % 2))
    tone = fbm(stone * 1.37 + 0.2, row * 2.11, 2, seed=5)
    joint = np.minimum((u * 1.3 + 0.5 * (row % 2)) % 1, v % 1) < 0.10
    stain = fbm(x + z * 0.8, y * 3 + z * 0.3, 5, gain=0.6, seed=6)
    colour = mix(rgb("5a5048", True), rgb("a3937c", True), 0.5 + 0.6 * tone + 0.3 * stain)
    colour = colour * (1 - 0.5 * joint)[:, None]
    slime = smoothstep(0.55, 0.1, y + 0.2 * stain) * upright
    colour = mix(colour, rgb("26301c", True), slime)
    warm = np.where(x > 0, 0.45, 0.05) * (0.55 + 0.45 * fbm(z / 5, x / 5, 3, seed=8))
    return colour * (warm[:, None] * SUNLIGHT + SKYLIGHT * 0.6)


def _nearest(t: Array, ok: Array, best: Array, kind: Array, label: int) -> None:
    closer = ok & (t > 1e-3) & (t < best)
    best[closer], kind[closer] = t[closer], label


def trace(start: Array, way: Array, bounces: int = 1) -> Array:
    """Radiance along rays (N, 3): houses, quays, bridge, trees, and the water once mirrored."""
    safe = np.where(np.abs(way) < 1e-6, 1e-6, way)
    best = np.full(len(way), np.inf, np.float32)
    kind = np.zeros(len(way), np.int8)
    t = (0 - start[:, 1]) / safe[:, 1]
    x = start[:, 0] + way[:, 0] * t
    _nearest(t, (x > BANK_LEFT) & (x < BANK_RIGHT), best, kind, 1)
    t = (QUAY - start[:, 1]) / safe[:, 1]
    x = start[:, 0] + way[:, 0] * t
    _nearest(t, ((x < BANK_LEFT) | (x > BANK_RIGHT)) & (way[:, 1] < 0), best, kind, 2)
    for bank in (BANK_LEFT, BANK_RIGHT):
        t = (bank - start[:, 0]) / safe[:, 0]
        y = start[:, 1] + way[:, 1] * t
        _nearest(t, (y < QUAY) & (y > 0) & (way[:, 0] * bank > 0), best, kind, 3)
    parts = {}
    for label, plane in ((4, LEFT), (5, RIGHT)):
        distance, part, rising = _fronts(start, way, plane)
        parts[label] = (part, rising)
        _nearest(distance, np.isfinite(distance), best, kind, label)
    t = (END - start[:, 2]) / safe[:, 2]
    x, y = start[:, 0] + way[:, 0] * t, start[:, 1] + way[:, 1] * t
    arch = (y < 4.6 + 0.5 * np.cos(x / 9)) & (np.hypot(x / 4.6, y / 3.0) > 1)
    _nearest(t, arch & (y > 0) & (np.abs(x) < 14), best, kind, 6)
    far = np.minimum(np.where(np.isfinite(best), best, 400), 400)
    p = start + way * far[:, None]
    light = sky_light(way)
    for label in range(1, 7):
        own = kind == label
        if not own.any():
            continue
        if label == 1:
            light[own] = _water(p[own], way[own], bounces)
        elif label in (2, 3):
            light[own] = _ground(p[own], np.full(own.sum(), label == 3))
        elif label == 6:
            light[own] = _ground(p[own][:, [2, 1, 0]] * [0, 1, 1], np.ones(own.sum(), bool)) * 1.2
        else:
            part, rising = parts[label]
            plane = LEFT if label == 4 else RIGHT
            light[own] = _shade_row(p[own], way[own], plane, part[own], rising[own])
    haze = (1 - np.exp(-far / 420)) * (kind > 0)
    light = mix(light, rgb("ffd3a0", True) * 0.95 + 0 * light, haze)
    for card in CARDS:
        colour, cover, distance = leaves(card, start, way, SUNLIGHT, SKYLIGHT)
        veil = 1 - np.exp(-np.maximum(distance, 0) / 420)
        colour = mix(colour, rgb("ffd3a0", True) + 0 * colour, veil)
        light = mix(light, colour, cover * (distance < best))
    return light


def _water(p: Array, way: Array, bounces: int) -> Array:
    x, _, z = p.T
    fade = 1 / (1 + z / 14)
    ripple = fbm(x / 0.9, z / 0.55, 4, gain=0.55, seed=31)
    swell = fbm(x / 4.5, z / 2.6, 3, seed=36)
    calm = 0.35 + 0.65 * smoothstep(-0.3, 0.4, fbm(x / 5, z / 14, 3, seed=38))
    nx = (0.030 * ripple + 0.030 * swell) * calm
    nz = (0.075 * ripple + 0.055 * swell) * calm * (0.25 + 0.75 * fade)
    n = np.stack([nx, np.ones_like(nx), nz], axis=1)
    n /= np.linalg.norm(n, axis=1, keepdims=True)
    facing = np.clip(-np.sum(way * n, axis=1), 0, 1)
    fresnel = 0.10 + 0.90 * (1 - facing) ** 3.5
    murk = rgb("2a3a2c", True) * (0.5 + 0.25 * swell)[:, None]
    if not bounces:
        return murk
    mirrored = way + 2 * facing[:, None] * n
    mirrored[:, 1] = np.abs(mirrored[:, 1]) + 1e-3
    seen = trace(p + np.array([0, 0.01, 0], np.float32), mirrored.astype(np.float32), bounces - 1)
    return mix(murk, seen, fresnel)


def draw(scale: int = 2) -> Array:
    """The finished picture, shape (576, 768, 3), in [0, 1]."""
    width, height = 768 * scale, 576 * scale
    x, y = pixel_grid(width, height)
    aside = ((x - width * 0.5) / width * 1.12).ravel()
    up = ((height * 0.60 - y) / width * 1.12).ravel()
    way = np.stack([aside, up, np.ones_like(up)], axis=1)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    image = np.zeros_like(way)
    for band in np.array_split(np.arange(len(way)), 24):
        image[band] = trace(np.broadcast_to(EYE, (len(band), 3)), way[band])
    return develop(shrink(image.reshape(height, width, 3), scale), exposure=0.85, seed=4)
