"""How jobs end."""

from __future__ import annotations

import time
from collections.abc import Callable

from stylectl.batch.job import Failure, Job, Result
from stylectl.errors import DeviceError, StylectlError

OnResult = Callable[[Result], None]


def failed(job: Job, error: Exception, begun: float) -> Result:
    """The result of a job that an error ended.

    Args:
        begun: when the job began, by `time.perf_counter`.
    """
    if isinstance(error, MemoryError):
        error = DeviceError("out of memory", "work at a smaller --size")
    if isinstance(error, StylectlError):
        failure = Failure(error.message, error.hint, error.exit_code)
    else:
        told = f"unexpected {type(error).__name__}: {error}"
        failure = Failure(told, "this is a bug: please report it", StylectlError.exit_code)
    return Result(job, "failed", seconds=time.perf_counter() - begun, failure=failure)
