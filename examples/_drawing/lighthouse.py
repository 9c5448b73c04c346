"""lighthouse.jpg: a lit tower on a rocky headland at dusk, and the sun's path on the sea."""

import numpy as np

from .canvas import blur, develop, mix, pixel_grid, rgb, sample, shrink, smoothstep
from .noise import Array, fbm, ridged
from .sky import clear_sky, clouds, glow
from .terrain import View, daylight, normals, visible_depth
from .tower import LAMP, draw_cottage, draw_tower

SUN = (-0.27, 0.035)
TOWER_DEPTH = 118.0


def rocks(x: Array, z: Array, octaves: int = 8) -> Array:
    """Height in metres of the headland and its skerries; the sea stands at 0."""
    x, z = np.broadcast_arrays(x, z)
    warp = fbm(x / 60, z / 60, 4, seed=3)
    inland = smoothstep(-18, 62, x + 26 * warp - 0.10 * (z - 120))
    inland = inland * smoothstep(52, 100, z + 14 * warp) * smoothstep(420, 260, z)
    crag = ridged(x / 34 + 0.4 * warp, z / 34, octaves, gain=0.52, seed=9)
    # Terraces: sea cliffs break along their beds.
    height = inland * (21 + 5 * warp) + 12 * crag * smoothstep(0, 0.25, inland) * (
        1 - 0.55 * inland
    )
    bed = height / 3.4
    height = 0.45 * height + 0.55 * 3.4 * (np.floor(bed) + smoothstep(0.55, 1.0, bed % 1))
    islet = np.exp(-(((x + 33) / 15) ** 2) - ((z - 150) / 26) ** 2)
    islet += 0.8 * np.exp(-(((x - 8) / 11) ** 2) - ((z - 66) / 9) ** 2)
    islet += 0.7 * np.exp(-(((x + 12) / 6) ** 2) - ((z - 50) / 6) ** 2)
    return height + 11 * islet * (0.25 + crag) - 3.2 + 0.5 * fbm(x / 3, z / 3, 4, seed=15)


def _sky(view: View) -> Array:
    aside, up = view.rays()
    sky = clear_sky(
        up,
        [
            (0, "ffb066"),
            (0.05, "f59a72"),
            (0.13, "c98a9a"),
            (0.25, "7f7bab"),
            (0.45, "3f5590"),
            (0.8, "24386e"),
        ],
    )
    sky *= 0.85
    sky += glow(aside, up, SUN, 0.10)[..., None] * rgb("ffa54f", True) * 2.6
    sky += smoothstep(0.016, 0.012, np.hypot(aside - SUN[0], up - SUN[1]))[..., None] * 5
    for seed, scale, cover, lift in ((4, 0.75, 0.0, 0.05), (23, 0.35, -0.08, 0.10)):
        density, shade = clouds(aside, up, scale=scale, cover=cover, seed=seed, lift=lift)
        near_sun = glow(aside, up, SUN, 0.30)
        lit = mix(rgb("e8879a", True), rgb("ffc27a", True) * 1.7, smoothstep(0.05, 0.6, near_sun))
        dark = mix(rgb("3c4370", True), rgb("9a5a62", True), smoothstep(0.05, 0.7, near_sun))
        colour = mix(lit, dark, shade)
        sky = mix(sky, colour, 0.9 * density * smoothstep(0.0, 0.07, up))
    return sky


def _land(view: View, sky: Array) -> tuple[Array, Array]:
    """Sky with the headland on it, and its depth."""
    aside, _ = view.rays()
    depth = visible_depth(view, rocks, 30, 420, 1500)
    seen = np.isfinite(depth)
    z = depth[seen]
    x = aside[seen] * z
    level, slope_x, slope_z = normals(rocks, x, z, z / view.focal * 1.5)
    slope = np.hypot(slope_x, slope_z)
    light = daylight(lambda a, b: rocks(a, b, 6), (-130, 260, 30, 420), 0.22)
    sunny, open_sky = light.at(x, z)
    facing = np.clip(0.93 * slope_x + 0.20 - 0.25 * slope_z, 0, None) / np.sqrt(1 + slope**2)
    grain = fbm(x / 1.1, level / 0.5, 5, gain=0.65, seed=41)
    stain = fbm(x / 7, z / 7, 4, seed=44)
    stone = mix(
        rgb("3a322e", True), rgb("a08872", True), smoothstep(-0.6, 0.6, grain + 0.5 * stain)
    )
    turf = mix(rgb("2f3a1c", True), rgb("7d7a38", True), smoothstep(-0.5, 0.5, grain + stain))
    green = smoothstep(8.5, 12, level + 3 * stain) * smoothstep(1.3, 0.6, slope)
    wet = smoothstep(2.6, 0.6, level + 0.8 * stain)
    ground = mix(stone, turf, green) * (1 - 0.65 * wet)[:, None]
    shining = (facing * np.clip(sunny, 0.08, 1))[:, None] * rgb("ff9d5c", True) * 3.0
    ground = ground * (shining + open_sky[:, None] * rgb("8d95cf", True) * 0.75)
    air = (1 - np.exp(-z / 1500)) * 0.8
    picture = sky.copy()
    picture[seen] = mix(ground, rgb("d99a8c", True) + 0 * ground, air)
    return picture, depth


def _reflected_rock(
    view: View, picture: Array, x: Array, z: Array, rise: Array, tilt: Array
) -> tuple[Array, Array]:
    """What rays leaving the water at (x, z) with slope `rise` hit on land: colour, and whether."""
    left, front, cell, size = -140.0, 25.0, 0.4, 1000
    gx, gz = pixel_grid(size, size)
    land = rocks(left + gx * cell, front + gz * cell, 6)
    aside = x / z + 0.35 * tilt
    place_x, place_y, place_z = x.copy(), np.zeros_like(x), z.copy()
    free = np.ones(x.shape, bool)
    for step in np.geomspace(0.4, 240, 70):
        at_x, at_z = x + aside * np.float32(step), z + np.float32(step)
        column = np.clip((at_x - left) / cell, 0, size - 1).astype(np.int32)
        row = np.clip((at_z - front) / cell, 0, size - 1).astype(np.int32)
        struck = free & (land[row, column] > np.maximum(rise * step, 0.15))
        place_x[struck], place_z[struck] = at_x[struck], at_z[struck]
        place_y[struck] = rise[struck] * step
        free &= ~struck
    screen_x = view.width / 2 + view.focal * place_x / place_z
    screen_y = view.horizon - view.focal * (place_y - view.eye) / place_z
    return sample(picture, screen_x, screen_y) * 0.9, (~free).astype(np.float32)


def _sea(view: View, picture: Array, sky: Array, depth: Array) -> Array:
    """Waves that mirror sky and rock, the sun's glitter, and foam at the foot of the rocks."""
    aside, up = view.rays()
    x, _ = pixel_grid(view.width, view.height)
    distance = view.eye / np.maximum(-up, 2e-4)
    water = (up < 0) & (depth > distance)
    wx, wz = aside * distance, distance
    swell = 0.9 * fbm(wx / 20, wz / 9, 3, seed=61)
    chop = fbm(wx / 2.2, wz / 1.0, 6, gain=0.66, seed=66)
    far = np.clip(distance / 900, 0, 1)
    tilt = (0.7 * swell + chop * (1 - 0.5 * far)) * 0.42
    rise = np.clip(-up + 0.10 * np.abs(tilt) + 0.55 * np.maximum(tilt, 0), 0.004, 0.6)
    mirrored = sample(sky, x + tilt * 40, view.horizon - rise * view.focal)
    near = water & (distance < 400)
    found, hit = _reflected_rock(view, picture, wx[near], wz[near], rise[near], tilt[near])
    mirrored[near] = mix(mirrored[near], found, hit)
    facing = 0.12 + 0.80 * np.exp(-(-up + 0.5 * np.maximum(-tilt, 0)) * 5.5)
    body = mix(rgb("0c2740", True), rgb("1f5a66", True), smoothstep(-0.1, 0.5, swell + 0.6 * chop))
    sea = mix(body * 0.75, mirrored, facing)
    path = np.exp(-(((aside - SUN[0]) / (0.035 + 0.20 * -np.minimum(up, 0))) ** 2))
    spark = smoothstep(0.10, 0.42, chop * 0.8 + 0.5 * swell)
    sea += (path * spark)[..., None] * rgb("ffb567", True) * 3.2
    surf = rocks(wx, np.minimum(wz, 5000), 4) + 0.8 * chop + 0.4 * swell
    foam = smoothstep(-2.6, -0.7, surf) * smoothstep(-0.35, 0.35, chop + 0.35)
    crest = smoothstep(0.50, 0.72, swell + 0.8 * chop) * (1 - far) * 0.5
    white = rgb("e9c9c0", True) * 0.75
    sea = mix(sea, white + 0 * sea, np.clip(0.85 * foam + crest, 0, 1) * (distance < 500))
    edge = blur(water.astype(np.float32), 0.8)
    return mix(picture, sea, np.where(water, edge, 0))


def draw(scale: int = 2) -> Array:
    """The finished picture, shape (576, 768, 3), in [0, 1]."""
    width, height = 768 * scale, 576 * scale
    view = View(width, height, focal=1.0 * width, horizon=0.60 * height, eye=7.0)
    sky = _sky(view)
    picture, depth = _land(view, sky)
    built = draw_cottage(draw_tower(picture))
    # Tower and cottage stand behind the brow of the headland.
    picture = mix(built, picture, blur((depth < TOWER_DEPTH).astype(np.float32), 0.7))
    picture = _sea(view, picture, sky, depth)
    aside, up = view.rays()
    halo = np.exp(-np.hypot(aside - LAMP[0], up - LAMP[1]) / 0.02)
    picture += halo[..., None] * rgb("ffdf9a", True) * 1.4
    return develop(shrink(picture, scale), exposure=1.0, seed=2)
