"""One file from a URL: whole, with the checksum that it must have, or not at all."""

from __future__ import annotations

import hashlib
import http.client
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from stylectl.errors import WeightsError
from stylectl.media import atomic_output, make_folder, shown
from stylectl.stylize.events import OnEvent, Progress, ignore

_SCHEMES = ("https", "http", "file")
_TIMEOUT = 30.0  # seconds without a byte
_BLOCK = 1 << 20


def download(url: str, target: Path, sha256: str, instead: str, on_event: OnEvent = ignore) -> None:
    """Replaces `target` by what lies at `url`; its folder is made.

    Args:
        url: https, http or file.
        sha256: of the file, in hexadecimal: nothing else is kept.
        instead: what to do where the URL cannot be reached.
        on_event: is told how many megabytes are there.

    Raises:
        WeightsError: the URL cannot be reached, ends early, or holds another file.
        OutputError: `target` cannot be written.
    """
    make_folder(target.parent, "check its permissions")
    digest = hashlib.sha256()
    with atomic_output(target, overwrite=True) as temporary, temporary.open("wb") as file:
        for block in _blocks(url, target, instead, on_event):
            digest.update(block)
            file.write(block)
        if digest.hexdigest() != sha256:
            raise WeightsError(
                f"what lies at {url} has an invalid hash: its SHA-256 is {digest.hexdigest()}, "
                f"not {sha256}",
                "nothing was kept; try again, or use another source",
            )


def _blocks(url: str, target: Path, instead: str, on_event: OnEvent) -> Iterator[bytes]:
    def failed(reason: object) -> WeightsError:
        return WeightsError(
            f"cannot download {url} to {shown(target)}: {' '.join(str(reason).split())}",
            instead,
        )

    if urllib.parse.urlsplit(url).scheme not in _SCHEMES:
        raise failed(f"URLs begin with {', '.join(_SCHEMES)}")
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer:
            promised = int(answer.headers.get("Content-Length") or 0)
            done = 0
            while block := answer.read(_BLOCK):
                done += len(block)
                on_event(Progress(done // _BLOCK, max(promised, done) // _BLOCK, "MB"))
                yield block
    # A failing disk does not come here: what the caller does with a block is its own.
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise failed(getattr(error, "reason", None) or error or type(error).__name__) from None
    if done < promised:
        raise failed(f"it ended after {done:,} of {promised:,} bytes")
