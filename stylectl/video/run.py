"""Painting a clip from end to end: in bounded memory, and stopped and gone on with at will."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import stylectl
from stylectl.stylize.events import Event, Notice, Stage
from stylectl.stylize.stylizer import Stylizer
from stylectl.video.assembly import Source, assemble, write_list
from stylectl.video.clip import Frame
from stylectl.video.events import FramesPainted, VideoEvent, WorkKept
from stylectl.video.file import VideoFile
from stylectl.video.job import Job
from stylectl.video.look import Look
from stylectl.video.output import output_of
from stylectl.video.painter import FramePainter, PaintedFrame
from stylectl.video.pieces import SUFFIX, piece_writer
from stylectl.video.threads import Behind, ahead
from stylectl.video.work import Work

# Frames of a piece, which is what an interruption can cost. Each begins with a key frame, and the
# usual encoders set one every 250 frames by themselves.
PIECE = 120
_AHEAD = 8  # frames decoded before, and painted but not encoded: enough to even out both

OnVideoEvent = Callable[[Event | VideoEvent], None]


def paint_clip(
    stylizer: Stylizer,
    job: Job,
    look: Look,
    *,
    identity: Mapping[str, Any],
    overwrite: bool = False,
    on_event: OnVideoEvent | None = None,
) -> None:
    """Paints the frames of a job and writes its target, which appears when it is complete.

    What is finished lies in a folder beside the target, named as it with ".unfinished". After any
    end of the process the same call goes on there, and gives the file that an uninterrupted one
    does.

    Args:
        identity: what decides how the painting looks and cannot be seen in the job: hashes of
            weights and styles, and the settings of `look`. Work of another identity is dropped.
        overwrite: whether a target that exists may be replaced.
        on_event: is told about stages, notices and progress.

    Raises:
        InputError: the clip has changed, or a frame cannot be read.
        OutputError: the work or the target cannot be written.
        DeviceError: memory ran out.
    """
    notify = on_event or _ignore
    settings = {
        **job.settings(),
        "painting": dict(identity),
        "stylectl": stylectl.__version__,
        "piece": PIECE,
    }
    work = Work(work_folder(job.target.path), settings)
    if work.discarded:
        notify(
            Notice(
                "the unfinished work was for other settings, clip or weights, or is damaged: "
                "starting anew"
            )
        )
    try:
        work.start()
        notify(Stage("paint"))
        _paint_rest(stylizer, job, look, work, notify)
        notify(Stage("write"))
        _assemble(job, work, overwrite)
    except BaseException:
        work.close()
        if work.pieces:
            notify(WorkKept(work.frames, len(job.chosen)))
        raise
    work.remove()


def _ignore(event: Event | VideoEvent) -> None:
    """The listener where there is none."""


def work_folder(target: Path) -> Path:
    """Where the unfinished work for a target lies."""
    return target.with_name(f"{target.name}.unfinished")


def _paint_rest(stylizer: Stylizer, job: Job, look: Look, work: Work, notify: OnVideoEvent) -> None:
    first, total = work.frames, len(job.chosen)
    notify(FramesPainted(first, total, first))
    if first == total:
        return
    painter = FramePainter(stylizer, look, total=total, deep=job.encoding.is_deep, on_event=notify)
    state = work.state()
    if state is not None:
        painter.restore(state)
    with contextlib.ExitStack() as stack:
        decoded = stack.enter_context(job.clip.frames(job.chosen[first:]))
        frames = stack.enter_context(ahead(decoded, _AHEAD))
        behind: Behind[PaintedFrame] = Behind(partial(_encode, job=job, work=work), _AHEAD)
        encoder = stack.enter_context(behind)
        for done, frame in enumerate(painter.paint(frames, first, PIECE), first + 1):
            encoder.put(frame)
            notify(FramesPainted(done, total, first))


def _encode(frames: Iterator[PaintedFrame], job: Job, work: Work) -> None:
    """Writes painted frames as pieces, each recorded when it is whole."""
    times = job.times
    while work.frames < len(times):
        first = work.frames
        piece = range(first, min(first + PIECE, len(times)))
        state = None
        with piece_writer(
            work.part(SUFFIX),
            size=job.size,
            pixel_aspect=job.clip.pixel_aspect,
            times=times.cut(piece),
            source=job.clip.colours,
            encoding=job.encoding,
        ) as writer:
            for _ in piece:
                frame = next(frames)
                state = frame.state
                writer.write(shown_frame(frame, job))
            writer.finish()
        work.add(len(piece), SUFFIX, state)


def shown_frame(frame: PaintedFrame, job: Job) -> Frame:
    """What the output shows: the painting, or the content and the painting."""
    if not job.compare:
        return frame.painted
    content = frame.content
    if content.dtype != frame.painted.dtype:
        scale = np.iinfo(frame.painted.dtype).max / np.iinfo(content.dtype).max
        content = np.rint(content * scale).astype(frame.painted.dtype)
    return np.concatenate((content, frame.painted), axis=1)


def _assemble(job: Job, work: Work, overwrite: bool) -> None:
    times = job.times
    files, counts = zip(*((piece.file, piece.frames) for piece in work.pieces), strict=True)
    pieces = write_list(work.folder, files, counts, times)
    source = None
    if isinstance(job.clip, VideoFile):
        cut, length = job.chosen.start > 0, times.time(len(times))
        seconds = length if cut else times.origin + length
        source = Source(job.clip.path, times.origin, seconds if job.is_cut else None, cut)
    with output_of(job.target, overwrite) as temporary:
        assemble(
            pieces,
            temporary,
            target=job.target,
            encoding=job.encoding,
            times=times,
            source=source,
            cargo=job.cargo,
        )
