"""Landscapes as height fields in perspective: visibility, normals, sunlight and shadows."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .canvas import blur, pixel_grid, sample, smoothstep
from .noise import Array

HeightField = Callable[[Array, Array], Array]


@dataclass(frozen=True)
class View:
    """A level camera at height `eye` above x = z = 0, looking along z; pixels, metres."""

    width: int
    height: int
    focal: float
    horizon: float
    eye: float

    def rays(self) -> tuple[Array, Array]:
        """Sideways and upward slope of the ray through each pixel."""
        x, y = pixel_grid(self.width, self.height)
        return (x - self.width / 2) / self.focal, (self.horizon - y) / self.focal


def visible_depth(view: View, field: HeightField, near: float, far: float, steps: int) -> Array:
    """Depth z at which each pixel's ray meets the land, infinite where it meets the sky."""
    aside, up = view.rays()
    depth = np.geomspace(near, far, steps).astype(np.float32)[:, None]
    rise = (field(aside[:1] * depth, depth + 0 * aside[:1]) - view.eye) / depth
    # Only what rises above everything in front of it is seen.
    skyline = np.maximum.accumulate(rise, axis=0)
    result = np.full(up.shape, np.inf, np.float32)
    for column in range(view.width):
        line, wanted = skyline[:, column], up[:, column]
        index = np.searchsorted(line, wanted)
        seen = index < steps
        index = np.clip(index, 1, steps - 1)
        low, high = line[index - 1], line[index]
        part = np.clip((wanted - low) / np.maximum(high - low, 1e-9), 0, 1)
        found = depth[index - 1, 0] * (1 - part) + depth[index, 0] * part
        result[:, column] = np.where(seen, found, np.inf)
    return result


def normals(field: HeightField, x: Array, z: Array, step: Array) -> tuple[Array, Array, Array]:
    """Height, slope along x and slope along z, differenced over `step` metres."""
    level = field(x, z)
    return level, (field(x + step, z) - level) / step, (field(x, z + step) - level) / step


@dataclass(frozen=True)
class Daylight:
    """Sun seen and sky seen from every place of a height field, sampled by position."""

    sun: Array
    openness: Array
    bounds: tuple[float, float, float, float]

    def at(self, x: Array, z: Array) -> tuple[Array, Array]:
        """Sunlit share and sky openness, both in [0, 1], at world positions."""
        left, right, front, back = self.bounds
        u = (x - left) / (right - left) * self.sun.shape[1]
        v = (z - front) / (back - front) * self.sun.shape[0]
        return sample(self.sun, u, v), sample(self.openness, u, v)


def daylight(
    field: HeightField,
    bounds: tuple[float, float, float, float],
    sun_slope: float,
    size: int = 1024,
) -> Daylight:
    """Cast shadows for a sun on the left (towards -x) that stands `sun_slope` high per metre."""
    left, right, front, back = bounds
    x, z = pixel_grid(size, size)
    x = left + x * np.float32((right - left) / size)
    z = front + z * np.float32((back - front) / size)
    level = field(x, z)
    # A place is dark if any place sunwards stands above the ray that grazes it.
    lifted = level + x * sun_slope
    depth_in_shade = np.maximum.accumulate(lifted, axis=1) - lifted
    relief = np.ptp(level)
    sun = 1 - smoothstep(0.0, 0.03 * relief, depth_in_shade)
    hollow = blur(level, size * 0.012) - level
    wide = blur(level, size * 0.05) - level
    openness = np.clip(0.75 - 7 * hollow / relief - 1.2 * wide / relief, 0.15, 1)
    return Daylight(blur(sun, 0.8), openness.astype(np.float32), bounds)
