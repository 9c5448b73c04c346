"""What every picture needs: coordinates, blending, blurring, sampling, developing and saving."""

from pathlib import Path

import numpy as np
from PIL import Image

from .noise import Array


def pixel_grid(width: int, height: int) -> tuple[Array, Array]:
    """The x and y of every pixel centre, each of shape (height, width)."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return x + np.float32(0.5), y + np.float32(0.5)


def rgb(code: str, linear: bool = False) -> Array:
    """A colour written as 'rrggbb', shape (3,), in [0, 1]; in linear light if asked."""
    values = np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)], np.float32) / 255
    return values**2.2 if linear else values


def smoothstep(low: float | Array, high: float | Array, value: Array) -> Array:
    """0 below `low`, 1 above `high`, smooth between; `low` may exceed `high`."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def mix(a: Array, b: Array, weight: Array | float) -> Array:
    """`a` where the weight is 0, `b` where it is 1; an (H, W) weight mixes colours too."""
    w = np.asarray(weight, np.float32)
    colour = max(np.ndim(a), np.ndim(b)) == 3 or np.shape(a)[-1:] == (3,)
    if colour and not (w.ndim == 3 or w.ndim == 0):
        w = w[..., None]
    return a + (b - a) * w


def gradient_map(stops: list[tuple[float, str]], value: Array, linear: bool = False) -> Array:
    """Colours of shape (..., 3) looked up in a scale of (position, 'rrggbb') stops."""
    places = [p for p, _ in stops]
    colours = np.stack([rgb(c, linear) for _, c in stops])
    channels = [np.interp(value, places, colours[:, k]) for k in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


def blur(image: Array, sigma: float) -> Array:
    """Gaussian blur of an (H, W) or (H, W, 3) array with mirrored borders."""
    if image.ndim == 3:
        return np.stack([blur(image[..., k], sigma) for k in range(3)], axis=-1)
    pad = min(int(3 * sigma) + 1, min(image.shape) - 1)
    padded = np.pad(image, pad, mode="reflect")
    frequency_y = np.fft.fftfreq(padded.shape[0])[:, None]
    frequency_x = np.fft.rfftfreq(padded.shape[1])[None, :]
    transfer = np.exp(-2 * (np.pi * sigma) ** 2 * (frequency_x**2 + frequency_y**2))
    smooth = np.fft.irfft2(np.fft.rfft2(padded) * transfer, padded.shape)
    return smooth[pad:-pad, pad:-pad].astype(np.float32)


def sample(image: Array, x: Array, y: Array) -> Array:
    """Bilinear look-up at pixel coordinates (0.5 is the first centre), clamped to the border."""
    height, width = image.shape[:2]
    fx = np.clip(x - 0.5, 0, width - 1.001)
    fy = np.clip(y - 0.5, 0, height - 1.001)
    x0, y0 = fx.astype(np.int32), fy.astype(np.int32)
    tx, ty = (fx - x0).astype(np.float32), (fy - y0).astype(np.float32)
    if image.ndim == 3:
        tx, ty = tx[..., None], ty[..., None]
    top = image[y0, x0] * (1 - tx) + image[y0, x0 + 1] * tx
    bottom = image[y0 + 1, x0] * (1 - tx) + image[y0 + 1, x0 + 1] * tx
    return top * (1 - ty) + bottom * ty


def shrink(image: Array, factor: int) -> Array:
    """Average of each factor by factor block: what makes the supersampled edges smooth."""
    height, width = image.shape[0] // factor, image.shape[1] // factor
    blocks = image[: height * factor, : width * factor]
    blocks = blocks.reshape(height, factor, width, factor, *image.shape[2:])
    return blocks.mean(axis=(1, 3), dtype=np.float32)


def develop(light: Array, exposure: float = 1.0, seed: int = 0, grain: float = 0.008) -> Array:
    """Linear light to a print in [0, 1]: film-like curve, bloom, vignette and a little grain."""
    height, width = light.shape[:2]
    light = light * exposure
    glow = blur(np.clip(light - 0.8, 0, 4), 0.012 * width)
    light = np.maximum(light + 0.5 * glow, 0)
    # The rational fit of the ACES film curve: soft shoulder, no clipped lamps.
    print_ = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
    print_ = np.clip(print_, 0, 1) ** (1 / 2.2)
    x, y = pixel_grid(width, height)
    radius = np.hypot((x - width / 2) / width, (y - height / 2) / height)
    print_ = print_ * (1 - 0.5 * np.clip(radius - 0.4, 0, 1) ** 1.5)[..., None]
    noise = np.random.default_rng(seed).normal(0, grain, (height, width, 1))
    coarse = blur(noise[..., 0].astype(np.float32), 0.6)[..., None]
    return np.clip(print_ + 0.5 * noise + coarse, 0, 1).astype(np.float32)


def save(image: Array, path: Path) -> int:
    """Write an (H, W, 3) picture in [0, 1] as JPEG, at most 290 kB; returns its size in bytes."""
    picture = Image.fromarray((np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8))
    quality = 92
    while True:
        # No optimize: pictures this busy overrun the buffer Pillow sets aside for it.
        picture.save(path, quality=quality, subsampling=0 if quality > 85 else 2)
        if path.stat().st_size <= 290_000 or quality <= 50:
            return path.stat().st_size
        quality -= 3
