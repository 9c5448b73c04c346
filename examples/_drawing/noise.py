"""Gradient noise in any number of dimensions, and the fractal sums natural textures are made of."""

from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

# Mostly float32; the arithmetic around it promotes at will, so the type does not promise it.
Array = npt.NDArray[Any]

_PRIMES = (374761393, 668265263, 2147483647)
# Turning each octave hides the lattice: else the octaves' zero lines coincide and show as a grid.
_TURN = (np.float32(np.cos(0.65)), np.float32(np.sin(0.65)))


def _gradients(dimensions: int) -> Array:
    vectors = np.random.default_rng(12345).normal(size=(256, dimensions))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32)


_TABLES = {n: _gradients(n) for n in (1, 2, 3)}


def gradient_noise(*coordinates: Array, seed: int = 0) -> Array:
    """Perlin's noise at points given coordinate by coordinate; about -1 to 1, feature size 1."""
    table = _TABLES[len(coordinates)]
    floors = [np.floor(c) for c in coordinates]
    cells = [f.astype(np.int32).astype(np.uint32) for f in floors]
    offsets = [np.asarray(c - f, np.float32) for c, f in zip(coordinates, floors, strict=True)]
    fades = [t * t * t * (t * (t * 6 - 15) + 10) for t in offsets]
    total = np.zeros(np.broadcast(*coordinates).shape, np.float32)
    for corner in product((0, 1), repeat=len(coordinates)):
        code = np.uint32((seed * 2246822519 + 374761393) & 0xFFFFFFFF)
        weight: Array | float = 1.0
        for cell, fade, bit, prime in zip(cells, fades, corner, _PRIMES, strict=False):
            code = code ^ ((cell + np.uint32(bit)) * np.uint32(prime))
            code = (code ^ (code >> np.uint32(15))) * np.uint32(2246822519)
            weight = weight * (fade if bit else 1 - fade)
        code = (code ^ (code >> np.uint32(13))) >> np.uint32(24)
        dot: Array | float = 0.0
        for axis, (offset, bit) in enumerate(zip(offsets, corner, strict=True)):
            dot = dot + table[code, axis] * (offset - bit)
        total += weight * dot
    return total * np.float32(1.5)


def fbm(x: Array, y: Array, octaves: int = 5, gain: float = 0.5, seed: int = 0) -> Array:
    """Fractal sum of noise octaves at (x, y), each twice as fine; about -1 to 1."""
    total = np.zeros(np.broadcast(x, y).shape, np.float32)
    amplitude = norm = 0.0
    for octave in range(octaves):
        amplitude = gain**octave
        norm += amplitude
        total += np.float32(amplitude) * gradient_noise(x, y, seed=seed + octave)
        x, y = _next_octave(x, y)
    return total / np.float32(norm)


def ridged(x: Array, y: Array, octaves: int = 6, gain: float = 0.5, seed: int = 0) -> Array:
    """Fractal noise folded into sharp crests, as eroded mountains have; about 0 to 1."""
    total = np.zeros(np.broadcast(x, y).shape, np.float32)
    carry: Array | float = 1.0
    norm = 0.0
    for octave in range(octaves):
        crest = 1 - np.abs(gradient_noise(x, y, seed=seed + octave))
        crest = crest * crest * carry
        total += np.float32(gain**octave) * crest
        norm += gain**octave
        # Crests are rough and valleys smooth: the finer octaves fade where the coarser is low.
        carry = np.clip(crest * 1.4, 0, 1)
        x, y = _next_octave(x, y)
    return total / np.float32(norm)


def _next_octave(x: Array, y: Array) -> tuple[Array, Array]:
    cos, sin = _TURN
    turned_x = (x * cos - y * sin) * np.float32(2.03) + np.float32(17.3)
    turned_y = (x * sin + y * cos) * np.float32(2.03) - np.float32(9.1)
    return turned_x, turned_y
