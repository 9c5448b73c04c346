"""Writing a result: encoded, recorded, and moved into place, in this order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from stylectl.batch.identity import Identity
from stylectl.batch.job import Job
from stylectl.media import Levels, Picture, atomic_output, encode_image, make_folder


def write_result(
    job: Job,
    pixels: Levels,
    content: Picture,
    record: Callable[[Identity], None],
) -> list[str]:
    """Writes what was painted of a content, whose alpha and EXIF it keeps.

    Args:
        record: is called with what the file will be, when it is complete but not yet in place.

    Returns:
        warnings, a line each.

    Raises:
        OutputError: it cannot be written, or stands there already and may not be replaced.
    """
    encoded, warnings = encode_image(job.output, pixels, alpha=content.opacity, exif=content.exif)
    make_folder(job.output.parent, "choose another output folder")
    with atomic_output(job.output, job.replace) as temporary:
        temporary.write_bytes(encoded)
        written = temporary.stat()
        digest = hashlib.sha256(encoded).hexdigest()
        record(Identity(written.st_size, written.st_mtime_ns, digest))
    return warnings
