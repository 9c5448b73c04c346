"""mountains.jpg: snowy ridges in evening light over a still lake, pines in front."""

import numpy as np

from .canvas import blur, develop, mix, pixel_grid, rgb, sample, shrink, smoothstep
from .noise import Array, fbm, ridged
from .pines import draw_pines
from .sky import add_clouds, clear_sky, clouds, glow
from .terrain import View, daylight, normals, visible_depth

SUN = (-0.62, 0.16)


def land(x: Array, z: Array, octaves: int = 8) -> Array:
    """Height in metres: a lake basin, forested feet and a wall of peaks behind."""
    x, z = np.broadcast_arrays(x, z)
    warp = fbm(x / 2600, z / 2600, 3, seed=5)
    crest = ridged(x / 2900 + 0.35 * warp, z / 2900 + 3.1, octaves, gain=0.47, seed=11)
    basin = smoothstep(1300, 5200, z + 900 * warp + 0.35 * np.abs(x) - 300)
    flank = smoothstep(700, 2600, np.abs(x + 150) + 260 * warp - 0.10 * z)
    wall = np.maximum(basin, 0.45 * flank)
    hills = 120 * fbm(x / 500, z / 500, 5, seed=31)
    return wall * (1750 * crest**1.2 + 60) + hills * smoothstep(0.0, 0.25, wall) - 45


def _surface(level: Array, slope: Array, x: Array, z: Array) -> Array:
    """Colour of the ground by height and steepness: forest, scree, rock, snow."""
    patch = fbm(x / 210, z / 210, 5, gain=0.6, seed=71)
    fine = fbm(x / 23, z / 31, 4, gain=0.75, seed=72)
    strata = fbm(x / 260 + level / 190, level / 70 + z / 900, 5, gain=0.62, seed=73)
    rock = mix(rgb("4b4744", True), rgb("94887c", True), smoothstep(-0.5, 0.5, patch + strata))
    meadow = mix(rgb("4c5a2c", True), rgb("86803f", True), smoothstep(-0.4, 0.4, strata + fine))
    wood = mix(rgb("141f16", True), rgb("38482a", True), smoothstep(-0.7, 0.7, fine + 0.6 * patch))
    forest = mix(meadow, wood, smoothstep(-0.22, 0.02, patch + 0.35 * fine))
    snow = rgb("f1f4fa", True)
    trees = 1 - smoothstep(250, 520, level + 260 * patch + 240 * (slope - 0.7))
    white = smoothstep(380, 640, level + 260 * patch) * smoothstep(1.75, 1.1, slope + 0.6 * strata)
    return mix(mix(rock, forest, trees), snow, white)


def _upper_half(view: View) -> tuple[Array, Array]:
    """Sky and land in linear light, and the depth of the land; the lake's bed lies dry."""
    aside, up = view.rays()
    sky = clear_sky(
        up, [(0, "f6d3a6"), (0.1, "cfc9cf"), (0.28, "7ea4d0"), (0.55, "3a6cae"), (0.8, "2b5596")]
    )
    sky += glow(aside, up, SUN, 0.22)[..., None] * rgb("ffb36b", True) * 1.3
    density, shade = clouds(aside, up, scale=0.5, cover=0.06, seed=3, lift=0.14, stretch=1.3)
    sky = add_clouds(sky, 0.92 * density * smoothstep(0, 0.12, up), shade, "ffe9d0", "8b93b0", 1.2)
    depth = visible_depth(view, land, 500, 16000, 1400)
    seen = np.isfinite(depth)
    z = depth[seen]
    x = aside[seen] * z
    level, slope_x, slope_z = normals(land, x, z, z / view.focal * 1.2)
    slope = np.hypot(slope_x, slope_z)
    light = daylight(lambda a, b: land(a, b, 6), (-9000, 9000, 300, 16000), 0.4)
    sunny, open_sky = light.at(x, z)
    # The sun stands on the left, a little behind the camera: towards (-0.92, 0.36, -0.15).
    facing = (0.92 * slope_x + 0.36 + 0.15 * slope_z) / np.sqrt(1 + slope**2)
    facing = np.clip(facing, 0, 1) * sunny
    colour = _surface(level, slope, x, z)
    ground = colour * (
        facing[:, None] * rgb("ffc68a", True) * 3.4 + open_sky[:, None] * rgb("86a4d8", True) * 0.8
    )
    air = 1 - np.exp(-z / 15000 * np.exp(-np.maximum(level, 0) / 1500))
    mist = 0.55 * np.exp(-np.maximum(level, 0) / 55) * smoothstep(1500, 4200, z)
    haze = mix(rgb("93aed2", True), rgb("ffd2a0", True), glow(aside[seen], up[seen], SUN, 0.4))
    picture = sky
    picture[seen] = mix(ground, haze, np.maximum(air, mist))
    return picture, depth


def _lake(view: View, picture: Array, depth: Array) -> Array:
    """Mirror the scene in the water below the shore, with wind on it and a dark near bottom."""
    aside, up = view.rays()
    x, y = pixel_grid(view.width, view.height)
    distance = view.eye / np.maximum(-up, 1e-4)
    water = (up < 0) & (depth > 0.985 * distance)
    shore = np.where(water.any(axis=0), water.argmax(axis=0), view.height).astype(np.float32)
    level = blur(np.tile(shore, (64, 1)), 3 * view.width / 768)[32]
    wx, wz = aside * distance, distance
    ripple = fbm(wx / 7, wz / 15, 4, gain=0.6, seed=91) + 0.7 * fbm(wx / 40, wz / 110, 3, seed=95)
    wind = smoothstep(-0.05, 0.3, fbm(wx / 260, wz / 300, 4, seed=97))
    swing = ripple * (0.025 + 0.10 * wind) * view.focal * np.clip(-up * 3, 0.05, 1)
    mirror_y = 2 * level - y - np.abs(swing) * 1.5
    reflected = sample(picture, x + 0.3 * swing, np.maximum(mirror_y, 0))
    zenith = rgb("6f97c8", True) * 0.8
    reflected = mix(reflected, zenith + 0 * reflected, 0.35 * wind * smoothstep(-0.3, 0.5, ripple))
    fresnel = 0.30 + 0.55 * np.exp(up * 6)
    lake = mix(rgb("0d2a33", True) * 0.6 + 0 * reflected, reflected, fresnel)
    edge = np.exp(-np.maximum(y - level, 0) / (0.0022 * view.width))
    lake = mix(lake, rgb("c9c2a6", True) * 0.5 + 0 * lake, 0.6 * edge)
    return np.where(water[..., None], lake, picture)


def draw(scale: int = 2) -> Array:
    """The finished picture, shape (576, 768, 3), in [0, 1]."""
    width, height = 768 * scale, 576 * scale
    view = View(width, height, focal=0.95 * width, horizon=0.56 * height, eye=30.0)
    picture = _lake(view, *_upper_half(view))
    picture = draw_pines(picture, scale)
    return develop(shrink(picture, scale), exposure=0.95, seed=1)
