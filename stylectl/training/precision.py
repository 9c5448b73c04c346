"""The numbers that networks compute with while they train; losses are always computed in fp32."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import torch

from stylectl.training.settings import Precision

NetworkPrecision = Callable[[], AbstractContextManager[object]]


def tune(device: torch.device) -> None:
    """Let cuDNN look for its fastest algorithms once: every batch has the same size."""
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True


def network_precision(device: torch.device, precision: Precision) -> NetworkPrecision:
    """A context for forward passes on `device`: autocast to bfloat16, or nothing at all.

    What leaves it is to be made float again: bf16 is too coarse for the small differences that
    losses are made of.
    """
    return lambda: torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")
