"""cubist.jpg: a guitar, a bottle and fruit broken into angular planes, brushed one by one."""

import numpy as np

from .canvas import blur, mix, pixel_grid, rgb, smoothstep
from .noise import Array, fbm
from .strokes import Painting, brush_bank

SIZE = 640
GROUNDS = [
    rgb(c)
    for c in (
        ["7a1f5c", "d9483b", "f08a2c", "1f7a6a", "2b3f8f", "5a2a7a", "e8b83a", "14504f", "c2286a"]
    )
]


def subject(x: Array, y: Array) -> tuple[Array, Array]:
    """The still life before it is broken up: colour and thing at points of the canvas."""
    lot = fbm(x / 170, y / 170, 3, seed=2)
    colour = mix(rgb("3a2f9a"), rgb("d8306a"), smoothstep(-0.25, 0.25, lot))
    colour = mix(colour, rgb("25a090"), smoothstep(0.0, 0.2, fbm(x / 140, y / 200, 3, seed=5)))
    thing = np.zeros(x.shape, np.int32)
    u, v = (x - 330) * 0.88 + (y - 360) * 0.47, (y - 360) * 0.88 - (x - 330) * 0.47
    body = np.minimum(np.hypot(u, v - 70) - 128, np.hypot(u, v + 58) - 96)
    wood = mix(rgb("f7cc50"), rgb("b5591a"), smoothstep(-120, 130, u + 26 * np.sin(v / 14)))
    hole = np.hypot(u, v + 8)
    half = np.where(y < 190, 24, np.where(y < 250, 24 + (y - 190) * 0.66, 64))
    glass = mix(rgb("0b4a40"), rgb("8fe0b0"), smoothstep(-50, 50, 118 - x + 20 * lot))
    bottle = (np.abs(x - 112) < half) & (y > 70) & (y < 500)
    cloth = mix(rgb("c9352f"), rgb("f08a2c"), smoothstep(440, 640, y + 60 * lot))
    parts: list[tuple[Array, Array]] = [
        (y > 455 - 0.12 * (x - 320), cloth),
        ((np.abs(u) < 21) & (v < -50) & (v > -390), rgb("3d1a38")),
        ((np.abs(u) < 34) & (v < -330) & (v > -400), rgb("7a3a20")),
        (body < 0, wood),
        (hole < 50, rgb("f2e4c0")),
        (hole < 38, rgb("160f20")),
        ((np.abs(u) < 42) & (np.abs(v - 106) < 9), rgb("4a1f2a")),
        (bottle, glass),
        (bottle & (y > 315) & (y < 415), rgb("f0e2c0")),
        ((np.abs(x - 112) < 27) & (y > 58) & (y < 88), rgb("7a1f3c")),
    ]
    for fx, fy, r, tone in (
        (500, 512, 60, "f5b820"),
        (432, 566, 50, "b8184c"),
        (570, 572, 52, "86b82e"),
    ):
        light = smoothstep(1.35, 0.0, np.hypot(x - fx + 0.4 * r, y - fy + 0.4 * r) / r)
        fruit = mix(rgb(tone) * 0.45, np.clip(rgb(tone) * 1.3, 0, 1), light)
        parts.append((np.hypot(x - fx, y - fy) < r, fruit))
    for k, (inside, paint) in enumerate(parts):
        colour = np.where(inside[..., None], paint, colour)
        thing = np.where(inside, k + 1, thing)
    return colour.astype(np.float32), thing


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


def _refract(rng: np.random.Generator, labels: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """Where in the subject each pixel looks: every facet sees it shifted, turned and scaled."""
    see_x, see_y = x.copy(), y.copy()
    for own in range(int(labels.max()) + 1):
        inside = labels == own
        px, py = x[inside], y[inside]
        cx, cy = px.mean(), py.mean()
        swing, grow = rng.normal(0, 0.10), rng.uniform(0.86, 1.14)
        dx, dy = rng.normal(0, 11, 2)
        see_x[inside] = cx + dx + (px - cx) * grow - (py - cy) * swing
        see_y[inside] = cy + dy + (py - cy) * grow + (px - cx) * swing
    return see_x, see_y


def _paint_facet(
    painting: Painting, rng: np.random.Generator, inside: Array, plan: Array, thing: Array
) -> None:
    """Brush one plane, thing by thing, from shade at one edge to light at the other."""
    y, x = np.nonzero(inside)
    cos, sin = np.cos(turn := rng.uniform(0, 2 * np.pi)), np.sin(turn)
    low, high = np.percentile(x * cos + y * sin, [4, 96])
    accent = GROUNDS[rng.integers(len(GROUNDS))]
    angle = rng.uniform(0, np.pi)
    for kind in np.unique(thing[inside]):
        part = inside & (thing == kind)
        rows, columns = np.nonzero(part)
        blend = rng.choice([0.03, 0.12, 0.5], p=[0.6, 0.25, 0.15]) * (1.0 if kind < 2 else 0.4)
        painting.clip = blur(part.astype(np.float32), 0.6)
        for width, share in ((24, 2.2), (10, 2.0), (5.5, 2.2)):
            for _ in range(int(share * len(rows) / (width * width * 2.2)) + 2):
                pick = rng.integers(len(rows))
                px, py = columns[pick], rows[pick]
                t = np.clip((px * cos + py * sin - low) / (high - low + 1e-3), 0, 1)
                tone = plan[py, px] * (1 - blend) + accent * blend
                tone = tone * (0.55 + 0.70 * t) + 0.14 * t**3 + rng.normal(0, 0.04, 3)
                tone = np.clip(tone, 0, 1).astype(np.float32)
                second = np.clip(tone * rng.uniform(0.75, 1.35), 0, 1).astype(np.float32)
                painting.stroke(
                    px, py, angle + 0.7 * kind + rng.normal(0, 0.14), width * rng.uniform(1.8, 3.2),
                    width * rng.uniform(0.8, 1.2), tone, brush=int(rng.integers(12)), second=second,
                )  # fmt: skip
    painting.clip = None


def _outlines(painting: Painting, labels: Array, x: Array, y: Array, weight: float) -> None:
    """Dark lines of uneven weight where the labels change."""
    edge = np.zeros((SIZE, SIZE), np.float32)
    edge[:, 1:] += labels[:, 1:] != labels[:, :-1]
    edge[1:] += labels[1:] != labels[:-1]
    press = weight * (0.75 + np.clip(0.3 + fbm(x / 80, y / 80, 3, seed=14), 0, 1.1))
    spread = np.maximum(blur(edge, 1.0) * 1.6, blur(edge, 2.2) * 1.6 * press) * press
    rough = 0.5 + 0.2 * fbm(x / 4, y / 4, 3, seed=15)
    line = smoothstep(rough, rough + 0.25, spread)
    painting.colour = mix(painting.colour, rgb("1a1020") + 0 * painting.colour, 0.92 * line)
    painting.relief += 0.35 * line


def draw() -> Array:
    """The finished painting, shape (640, 640, 3), in [0, 1]."""
    rng = np.random.default_rng(17)
    x, y = pixel_grid(SIZE, SIZE)
    labels = _facets(rng, x, y)
    plan, thing = subject(*_refract(rng, labels, x, y))
    bank = brush_bank(12, seed=16, dryness=0.4)
    painting = Painting.primed(SIZE, SIZE, rgb("4a2a4a"), bank)
    for own in range(int(labels.max()) + 1):
        _paint_facet(painting, rng, labels == own, plan, thing)
    _outlines(painting, thing, x, y, 0.95)
    _outlines(painting, labels, x, y, 0.85)
    return painting.lit(0.28, 0.12)
