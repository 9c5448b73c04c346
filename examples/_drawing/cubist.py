"""cubist.jpg: a guitar, a bottle and fruit broken into angular planes, brushed one by one."""

import numpy as np

from .canvas import blur, mix, pixel_grid, rgb, smoothstep
from .noise import Array, fbm
from .strokes import Painting, brush_bank

SIZE = 640
GROUNDS = [rgb(c) for c in ("7a1f5c d9483b f08a2c 1f7a6a 2b3f8f 5a2a7a e8b83a 14504f c2286a".split())]


def subject(x: Array, y: Array) -> Array:
    """The still life before it is broken up: colour at points of the canvas."""
    lot = fbm(x / 170, y / 170, 3, seed=2)
    colour = mix(rgb("3a2f9a"), rgb("d8306a"), smoothstep(-0.25, 0.25, lot))
    colour = mix(colour, rgb("25a090"), smoothstep(0.0, 0.2, fbm(x / 140, y / 200, 3, seed=5)))
    table = y > 455 - 0.12 * (x - 320)
    colour = np.where(table[..., None], mix(rgb("d9483b"), rgb("f08a2c"), smoothstep(440, 640, y)), colour)
    u, v = (x - 330) * 0.88 + (y - 370) * 0.47, (y - 370) * 0.88 - (x - 330) * 0.47
    body = np.minimum(np.hypot(u, v - 70) - 122, np.hypot(u, v + 58) - 92)
    wood = mix(rgb("f2c14a"), rgb("b5611f"), smoothstep(-110, 120, u + 30 * np.sin(v / 14)))
    colour = np.where((body < 0)[..., None], wood, colour)
    colour = np.where(((body > -11) & (body < 0))[..., None], rgb("3a1530"), colour)
    hole = np.hypot(u, v + 8)
    colour = np.where((hole < 46)[..., None], rgb("e8dcc0"), colour)
    colour = np.where((hole < 36)[..., None], rgb("1a1226"), colour)
    neck = (np.abs(u) < 19) & (v < -50) & (v > -400)
    fret = (v % 34) < 5
    colour = np.where(neck[..., None], np.where(fret[..., None], rgb("f0d890"), rgb("45203a")), colour)
    strings = (np.abs((u + 15) % 10 - 5) < 1.6) & (np.abs(u) < 15) & (v < 112) & (v > -400)
    colour = np.where(strings[..., None], rgb("fff2cf"), colour)
    half = np.where(y < 190, 22, np.where(y < 250, 22 + (y - 190) * 0.62, 60))
    bottle = (np.abs(x - 118) < half) & (y > 90) & (y < 500)
    glass = mix(rgb("0f5a4a"), rgb("7fd0a0"), smoothstep(-50, 50, 118 - x + 20 * lot))
    colour = np.where(bottle[..., None], glass, colour)
    label = bottle & (y > 320) & (y < 410)
    colour = np.where(label[..., None], np.where((y % 18 < 5)[..., None], rgb("7a1f5c"), rgb("f0e2c0")), colour)
    for fx, fy, r, tone in ((520, 520, 56, "f0b42c"), (448, 556, 48, "c2286a"), (578, 575, 46, "7fae3a")):
        ball = np.hypot(x - fx, y - fy) / r
        light = smoothstep(1.3, 0.0, np.hypot(x - fx + 0.4 * r, y - fy + 0.4 * r) / r)
        fruit = mix(rgb(tone) * 0.5, np.clip(rgb(tone) * 1.25, 0, 1), light)
        colour = np.where((ball < 1)[..., None], fruit, colour)
    return colour


def _facets(rng: np.random.Generator, x: Array, y: Array) -> Array:
    """Cut the canvas by lines and a few arcs until its pieces are small; returns their labels."""
    labels = np.zeros((SIZE, SIZE), np.int32)
    count, queue = 1, [0]
    while queue:
        own = queue.pop(0)
        rows, columns = np.nonzero(labels == own)
        if len(rows) < rng.uniform(2600, 9000):
            continue
        pick = rng.integers(len(rows))
        cx = 0.7 * columns.mean() + 0.3 * columns[pick]
        cy = 0.7 * rows.mean() + 0.3 * rows[pick]
        long_way = 0.0 if np.ptp(columns) > np.ptp(rows) else np.pi / 2
        angle = long_way + rng.choice([-0.75, -0.35, 0.3, 0.7]) + rng.normal(0, 0.12)
        side = (columns - cx) * np.cos(angle) + (rows - cy) * np.sin(angle)
        if rng.uniform() < 0.24:
            radius = rng.uniform(70, 220)
            ox, oy = cx + radius * np.cos(angle), cy + radius * np.sin(angle)
            side = np.hypot(columns - ox, rows - oy) - radius
        cut = side > 0
        if min(cut.sum(), (~cut).sum()) < 500:
            queue.append(own)
            continue
        labels[rows[cut], columns[cut]] = count
        queue += [own, count]
        count += 1
    return labels


def _paint_facet(
    painting: Painting, rng: np.random.Generator, inside: Array, plan: Array
) -> None:
    """Brush one plane in its own direction, from shade at one edge to light at the other."""
    rows, columns = np.nonzero(inside)
    cx, cy = columns.mean(), rows.mean()
    angle, shade = rng.uniform(0, np.pi), rng.uniform(0, 2 * np.pi)
    across = (columns - cx) * np.cos(shade) + (rows - cy) * np.sin(shade)
    low, high = np.percentile(across, [4, 96])
    shift = rng.normal(0, 10, 2)
    swing, grow = rng.normal(0, 0.12), rng.uniform(0.88, 1.15)
    accent = GROUNDS[rng.integers(len(GROUNDS))]
    blend = rng.choice([0.04, 0.14, 0.6], p=[0.55, 0.27, 0.18])
    painting.clip = blur(inside.astype(np.float32), 0.7)
    area = len(rows)
    for width, share in ((24, 2.2), (10, 2.0), (5.5, 2.2)):
        for _ in range(int(share * area / (width * width * 2.2)) + 3):
            pick = rng.integers(area)
            px, py = columns[pick], rows[pick]
            dx, dy = (px - cx) * grow, (py - cy) * grow
            sx = int(np.clip(cx + dx - dy * swing + shift[0], 0, SIZE - 1))
            sy = int(np.clip(cy + dy + dx * swing + shift[1], 0, SIZE - 1))
            t = np.clip((across[pick] - low) / (high - low + 1e-3), 0, 1)
            tone = plan[sy, sx] * (1 - blend) + accent * blend
            tone = tone * (0.58 + 0.66 * t) + 0.14 * t**3 + rng.normal(0, 0.035, 3)
            tone = np.clip(tone, 0, 1).astype(np.float32)
            second = np.clip(tone * rng.uniform(0.8, 1.3), 0, 1).astype(np.float32)
            painting.stroke(
                px, py, angle + rng.normal(0, 0.12), width * rng.uniform(1.8, 3.2),
                width * rng.uniform(0.8, 1.2), tone, brush=int(rng.integers(12)), second=second,
            )  # fmt: skip
    painting.clip = None


def _outlines(painting: Painting, labels: Array, x: Array, y: Array) -> None:
    """Dark lines of uneven weight where planes meet."""
    edge = np.zeros((SIZE, SIZE), np.float32)
    edge[:, 1:] += labels[:, 1:] != labels[:, :-1]
    edge[1:] += labels[1:] != labels[:-1]
    weight = 1.15 + 1.5 * np.clip(0.35 + fbm(x / 80, y / 80, 3, seed=14), 0, 1.2)
    spread = np.maximum(blur(edge, 1.2) * 2.0, blur(edge, 2.6) * 1.35 * weight)
    rough = 0.5 + 0.16 * fbm(x / 4, y / 4, 3, seed=15)
    line = smoothstep(rough, rough + 0.22, spread * weight * 0.55)
    painting.colour = mix(painting.colour, rgb("1a1020") + 0 * painting.colour, 0.93 * line)
    painting.relief += 0.35 * line


def draw() -> Array:
    """The finished painting, shape (640, 640, 3), in [0, 1]."""
    rng = np.random.default_rng(17)
    x, y = pixel_grid(SIZE, SIZE)
    labels = _facets(rng, x, y)
    plan = subject(x, y).astype(np.float32)
    bank = brush_bank(12, seed=16, dryness=0.4)
    painting = Painting.primed(SIZE, SIZE, rgb("4a2a4a"), bank)
    for own in range(int(labels.max()) + 1):
        _paint_facet(painting, rng, labels == own, plan)
    _outlines(painting, labels, x, y)
    return painting.lit(0.26, 0.10)
