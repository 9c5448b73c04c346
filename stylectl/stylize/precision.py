"""With which numbers the network computes, and the way back when half of the bits are too few."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

from stylectl.errors import UsageError, WeightsError
from stylectl.model import StyleFeatures
from stylectl.stylize.events import Notice, OnEvent
from stylectl.stylize.settings import check_precision

_DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}

ResultT = TypeVar("ResultT", Tensor, StyleFeatures)


def choose_precision(precision: str, device: torch.device) -> str:
    """The precision that "auto" means on `device`: fp16 on CUDA, else fp32; or `precision` itself.

    Half precision is mixed: torch's autocast keeps what needs it in fp32.

    Raises:
        UsageError: no precision has such a name, or it is fp16 on the CPU.
    """
    if precision == "auto":
        return "fp16" if device.type == "cuda" else "fp32"
    if precision not in _DTYPES:
        raise UsageError(f"there is no precision {precision}", "use auto, fp32, fp16 or bf16")
    check_precision(precision, device.type)
    return precision


def finite_result(
    compute: Callable[[], ResultT], device: torch.device, precision: str, notify: OnEvent
) -> ResultT:
    """The result of `compute` in the given precision; in fp32 if that one overflows.

    `compute` raises FloatingPointError when it does, see `check_finite`.

    Raises:
        WeightsError: it is not finite in fp32 either.
    """
    with torch.inference_mode():
        if precision != "fp32":
            try:
                with torch.autocast(device.type, _DTYPES[precision]):
                    return compute()
            except FloatingPointError:
                notify(Notice(f"{precision} overflowed; computed again in fp32"))
        try:
            return compute()
        except FloatingPointError as error:
            raise WeightsError(
                "the network computed NaN or infinity", "these weights are broken: use others"
            ) from error


def check_finite(*parts: Tensor) -> None:
    """Raises FloatingPointError if there is a NaN or an infinity."""
    if not all(bool(torch.isfinite(part).all()) for part in parts):
        raise FloatingPointError
