"""One small picture, painted and compared with what it must look like."""

from __future__ import annotations

import json
import time
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from stylectl.errors import WeightsError
from stylectl.findings import Finding
from stylectl.media import shown
from stylectl.resources import bundled_folder
from stylectl.stylize.settings import DEFAULT_WEIGHTS
from stylectl.stylize.stylizer import Stylizer

SIDE, BLOCKS = 192, 8
# In levels of 255, of the mean colour of a block. CPUs differ in the last bits only: 0.0002 between
# two convolution libraries; a tensor that is 5 % off makes up to 16. GPUs round each product to
# TF32's 10 bits; bf16's 7 made 7 levels (docs/doctor.md).
TOLERANCE, GPU_TOLERANCE = 1.0, 4.0
_NAME = "self-test"


def self_test(device: str) -> Finding:
    """Paints with the bundled weights on a device, in fp32, and compares.

    Raises:
        WeightsError: the weights, or what to expect of them, cannot be read.
        DeviceError, UsageError: the device cannot be used.
    """
    expected = read_expectation(expectation_file())
    stylizer = Stylizer.load(DEFAULT_WEIGHTS, device=device, precision="fp32")
    started = time.perf_counter()
    painted = block_means(paint(stylizer))
    seconds = time.perf_counter() - started
    worst = float((painted - expected).abs().max())
    tolerance = TOLERANCE if stylizer.device.type == "cpu" else GPU_TOLERANCE
    data = {
        "device": str(stylizer.device),
        "difference": round(worst, 4),
        "tolerance": tolerance,
        "seconds": round(seconds, 3),
    }
    compared = f"block colours differ by at most {worst:.2g} of 255 from those stored"
    if not worst <= tolerance:  # also for NaN
        message = f"painted another picture on {stylizer.device}: {compared} (allowed: {tolerance})"
        hint = "check the weights above; if they are whole, try --device cpu"
        return Finding(_NAME, "problem", message, hint, data)
    message = f"painted in {seconds:.1f} s on {stylizer.device}; {compared} (allowed: {tolerance})"
    return Finding(_NAME, "ok", message, data=data)


def paint(stylizer: Stylizer) -> Tensor:
    """The picture of the test: (3, SIDE, SIDE), in [0, 1]."""
    content, style = _pictures()
    return stylizer.stylize(content, style, style_size=None)


def block_means(picture: Tensor) -> Tensor:
    """The mean colours of BLOCKS x BLOCKS parts of a picture: (3, BLOCKS, BLOCKS), 0 to 255."""
    return 255 * F.adaptive_avg_pool2d(picture.cpu().double(), BLOCKS)


def expectation_file() -> Path:
    """What the bundled weights must paint; it lies beside them, and changes with them."""
    return bundled_folder("weights") / "self_test.json"


def read_expectation(file: Path) -> Tensor:
    """The stored `block_means`.

    Raises:
        WeightsError: it is missing or damaged.
    """
    try:
        expected = torch.tensor(json.loads(file.read_text())[DEFAULT_WEIGHTS], dtype=torch.float64)
        return expected.reshape(3, BLOCKS, BLOCKS)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise WeightsError(
            f"{shown(file)}, with what the self-test is to paint, cannot be read: "
            f"{' '.join(str(error).split())}",
            "install stylectl again, from a whole copy",
        ) from None


def write_expectation(file: Path, stylizer: Stylizer) -> None:
    """Stores what the test paints now: after a deliberate change of the bundled weights."""
    blocks = [
        [round(x, 2) for x in row] for row in block_means(paint(stylizer)).flatten(1).tolist()
    ]
    file.write_text(json.dumps({DEFAULT_WEIGHTS: blocks}, indent=1) + "\n")


def _pictures() -> tuple[Tensor, Tensor]:
    """A disc over a gradient, and bent stripes: computed, so that no decoder has a part in it."""
    line = torch.linspace(0, 1, SIDE, dtype=torch.float64)
    y, x = torch.meshgrid(line, line, indexing="ij")
    disc = ((x - 0.6) ** 2 + (y - 0.4) ** 2 < 0.06).double()
    content = torch.stack([0.2 + 0.6 * x, 0.7 - 0.5 * y, 0.3 + 0.5 * disc])
    wave = torch.sin(40 * (x + 0.3 * torch.sin(9 * y)))
    style = torch.stack(
        [0.55 + 0.4 * wave, 0.45 + 0.3 * torch.cos(25 * y) * wave, 0.35 - 0.25 * wave]
    )
    return content.float(), style.float()
