"""What can be chosen for a stylisation, its defaults and its limits; without torch.

The library's signatures and the CLI's options both take theirs from here, so that the CLI can
refuse a value before it spends seconds on importing torch.
"""

from __future__ import annotations

from typing import Literal

from stylectl.errors import UsageError

DeviceName = Literal["auto", "cpu", "cuda", "mps"]
PrecisionName = Literal["auto", "fp32", "fp16", "bf16"]

DEFAULT_WEIGHTS = "lean"
DEFAULT_STRENGTH = 1.0
DEFAULT_STYLE_SIZE = 512  # training saw styles of about this size: strokes keep their scale
DEFAULT_DEVICE: DeviceName = "auto"
DEFAULT_PRECISION: PrecisionName = "auto"

_LARGEST_SEED = 2**63 - 1  # of torch.Generator


def check_strength(strength: float) -> None:
    """Raises UsageError unless it is in [0, 1]."""
    if not 0 <= strength <= 1:  # also for NaN
        raise UsageError(
            f"strength is {strength:g}, not in 0 to 1",
            "0 keeps the content, 1 gives it the style in full",
        )


def check_size(name: str, size: int | None) -> None:
    """Raises UsageError unless the long edge `size` is None (as it is) or at least 1 pixel."""
    if size is not None and size < 1:
        raise UsageError(f"{name} is {size}", "give the long edge in pixels, such as 512")


def check_seed(seed: int | None) -> None:
    """Raises UsageError unless it is None or a number that torch can start from."""
    if seed is not None and not 0 <= seed <= _LARGEST_SEED:
        raise UsageError(f"seed is {seed}", f"give a whole number from 0 to {_LARGEST_SEED}")


def check_precision(precision: str, device: str) -> None:
    """Raises UsageError for fp16 on a CPU, which is slower there than fp32 and less exact.

    Args:
        device: the type of the device; "auto" if that is still to be found out.
    """
    if precision == "fp16" and device == "cpu":
        raise UsageError("fp16 is not for the CPU", "use --precision bf16 or fp32 there")
