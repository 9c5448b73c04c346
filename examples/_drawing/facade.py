"""Canal houses as a pattern on a wall: gables, bricks, windows, doors, by position along it."""

from dataclasses import dataclass

import numpy as np

from .canvas import mix, rgb, smoothstep
from .noise import Array, fbm

WALLS = ["8c3f2c", "a8552f", "6d2f28", "c79a5b", "d9c7a2", "5b3a33", "b8703f", "7f8a86", "9c4a3a"]
ROOFS = ["7a3b28", "54413a", "8a4a30", "4a4648"]


@dataclass(frozen=True)
class Row:
    """A terrace of houses: where each begins along z, its eaves, gable and look."""

    starts: Array
    eaves: Array
    peaks: Array
    kinds: Array
    seed: int

    @classmethod
    def build(cls, seed: int, first: float, last: float) -> "Row":
        """Houses of 5 to 8 m from `first` to `last`, drawn by lot."""
        rng = np.random.default_rng(seed)
        starts = [first]
        while starts[-1] < last:
            starts.append(starts[-1] + rng.uniform(5.0, 8.0))
        count = len(starts)
        eaves = rng.choice([8.2, 9.0, 10.6, 11.6, 12.6], count) + rng.uniform(-0.3, 0.3, count)
        peaks = eaves + rng.uniform(2.4, 4.0, count)
        return cls(
            np.array(starts, np.float32),
            eaves.astype(np.float32),
            peaks.astype(np.float32),
            rng.permutation(np.arange(count) + rng.integers(9)),
            seed,
        )

    def house(self, z: Array) -> tuple[Array, Array, Array]:
        """Index, position across (0 to 1) and width of the house at each z."""
        index = np.clip(np.searchsorted(self.starts, z) - 1, 0, len(self.starts) - 2)
        width = self.starts[index + 1] - self.starts[index]
        return index, (z - self.starts[index]) / width, width

    def outline(self, z: Array) -> Array:
        """Height of the gable at each z: stepped, bell-shaped or plain by house."""
        index, across, _ = self.house(z)
        reach = 1 - np.abs(2 * across - 1)
        kind = self.kinds[index] % 3
        stepped = np.ceil(np.clip(reach * 1.25, 0, 1) * 5) / 5
        bell = smoothstep(0.12, 0.62, reach) * 0.86 + 0.14 * smoothstep(0.6, 0.95, reach)
        shape = np.where(kind == 0, stepped, np.where(kind == 1, bell, np.clip(reach * 1.1, 0, 1)))
        return self.eaves[index] + (self.peaks[index] - self.eaves[index]) * shape

    def paint(self, z: Array, y: Array) -> tuple[Array, Array, Array]:
        """Colour (N, 3), lamp light leaving windows (N, 3) and glass share at (z, y)."""
        index, across, width = self.house(z)
        walls = np.stack([rgb(c, True) for c in WALLS])
        colour = walls[self.kinds[index] % len(WALLS)]
        row = np.floor(y / 0.11)
        shift = (row % 2) * 0.15
        brick = fbm(np.floor((z + shift) / 0.30) * 1.7, row * 2.3, 2, seed=self.seed)
        joint = ((y / 0.11) % 1 < 0.14) | (((z + shift) / 0.30) % 1 < 0.07)
        stain = fbm(z * 0.9, y * 0.35, 5, gain=0.6, seed=self.seed + 3)
        colour = colour * (1 + 0.55 * brick + 0.45 * stain - 0.18 * joint)[:, None]
        colour = colour * (0.62 + 0.38 * smoothstep(0.0, 2.5, y))[:, None]
        trim = rgb("d8cfba", True)
        rim = self.outline(z) - y
        coping = (rim < 0.28) | (np.abs(y - self.eaves[index]) < 0.09)
        colour = np.where(coping[:, None], trim * (0.8 + 0.3 * stain)[:, None], colour)
        edge = np.minimum(across, 1 - across) * width
        colour = colour * (0.55 + 0.45 * smoothstep(0.0, 0.22, edge))[:, None]
        return self._openings(colour, z, y, index, across, width)

    def _openings(
        self, colour: Array, z: Array, y: Array, index: Array, across: Array, width: Array
    ) -> tuple[Array, Array, Array]:
        bays = np.where(width > 6.3, 3, 2)
        floor_height = np.where(self.kinds[index] % 2 == 0, 2.75, 2.95)
        floor = np.floor((y - 0.5) / floor_height)
        fy = (y - 0.5) - floor * floor_height
        bay = np.floor(across * bays)
        fx = (across * bays - bay - 0.5) * width / bays
        in_gable = y > self.eaves[index] - 0.4
        fx = np.where(in_gable, (across - 0.5) * width, fx)
        half_w = np.where(in_gable, 0.42, 0.56)
        door = (floor == 0) & (bay == (index % 2)) & ~in_gable
        bottom = np.where(door, 0.0, 0.62)
        inside = np.minimum(half_w - np.abs(fx), np.minimum(fy - bottom, 2.30 - fy))
        inside = np.where((floor < 0) | (self.outline(z) - y < 0.5), -1, inside)
        inside = np.where(in_gable & (fy > 1.75), -1, inside)
        trim = rgb("e6dfcd", True)
        frame = (inside > 0) & (inside < 0.085)
        sill = (np.abs(fy - 0.54) < 0.07) & (np.abs(fx) < half_w + 0.12) & (floor >= 0) & ~door
        lintel = (
            (np.abs(fy - 2.40) < 0.10) & (np.abs(fx) < half_w + 0.08) & (floor >= 0) & ~in_gable
        )
        colour = np.where((sill | lintel)[:, None], trim * 0.75, colour)
        shadow = smoothstep(0.3, 0.0, np.abs(inside + 0.06) + 0.15)
        colour = colour * (1 - 0.5 * shadow * (inside < 0))[:, None]
        bars = (np.abs(fx) < 0.035) | (np.abs((fy - bottom) % 0.58 - 0.29) < 0.025)
        glass = (inside >= 0.085) & ~bars & ~door
        shutters = (np.abs(np.abs(fx) - half_w - 0.24) < 0.21) & (self.kinds[index] % 4 == 1)
        shutters &= (fy > 0.62) & (fy < 2.30) & (floor >= 0) & ~in_gable & ~door
        green = rgb("2c4a3a", True) * (0.7 + 0.5 * (np.abs((fy * 9) % 1 - 0.5) > 0.2))[:, None]
        colour = np.where(shutters[:, None], green, colour)
        colour = np.where((frame | ((inside >= 0.085) & bars))[:, None], trim, colour)
        doors = np.stack([rgb(c, True) for c in ("1f3d2e", "5a1f1c", "24304a", "3d2a1c")])
        panel = 0.75 + 0.4 * ((np.abs(fx) % 0.3 > 0.07) & (fy % 0.7 > 0.12))
        leaf = doors[index % 4] * panel[:, None]
        colour = np.where((door & (inside >= 0.085))[:, None], leaf, colour)
        lot = np.sin(index * 12.9898 + floor * 78.233 + bay * 37.719) * 43758.5453
        lot = lot - np.floor(lot)
        curtain = 0.5 + 0.5 * np.abs(np.sin(fx * 14 + lot * 9)) * smoothstep(0.1, 0.45, np.abs(fx))
        lamp = (glass & (lot > 0.52)) * (0.35 + 0.65 * smoothstep(2.3, 0.9, fy)) * curtain
        return colour, lamp[:, None] * rgb("ffb45a", True) * 1.6, glass.astype(np.float32)


def roof_colour(row: Row, x: Array, z: Array) -> Array:
    """Pantiles, a tone per house, at depth x behind the front."""
    index, _, _ = row.house(z)
    tones = np.stack([rgb(c, True) for c in ROOFS])
    wave = 0.75 + 0.35 * np.sin(x * 18) * np.sin(z * 9)
    return mix(tones[index % 4] * wave[:, None], rgb("2a2622", True), 0.25)
