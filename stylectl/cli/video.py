"""`stylectl video`: a clip, frame by frame, with its sound."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylectl.cli import options, video_options
from stylectl.cli.painting import Choices, Painter
from stylectl.cli.video_report import VideoReport
from stylectl.errors import DamagedInputError, UsageError
from stylectl.resources import bundled_folder
from stylectl.stylize.settings import (
    DEFAULT_COLOR,
    DEFAULT_DEVICE,
    DEFAULT_PRECISION,
    DEFAULT_STRENGTH,
    DEFAULT_STYLE_SIZE,
    DEFAULT_TILE,
    DEFAULT_WEIGHTS,
    parse_stroke_size,
    parse_tile,
)
from stylectl.video.settings import (
    DEFAULT_STABILIZE,
    Stabilize,
    check_alphas,
    check_crf,
    check_preview,
    check_range,
    parse_rate,
    parse_time,
)
from stylectl.video.targets import Target, default_suffix, target_of

if TYPE_CHECKING:
    from stylectl.media import Picture
    from stylectl.video.job import Job
    from stylectl.video.look import Look

EXAMPLE_STYLE = "swirls.jpg"


def video(
    clip: video_options.Clip,
    styles: video_options.Styles = None,
    output: video_options.Output = None,
    overwrite: options.Overwrite = False,
    max_pixels: options.MaxPixels = None,
    strength: options.Strength = DEFAULT_STRENGTH,
    color: options.Color = DEFAULT_COLOR,
    alpha_from: video_options.AlphaFrom = None,
    alpha_to: video_options.AlphaTo = None,
    stabilize: video_options.HoldStill = DEFAULT_STABILIZE,
    size: options.Size = None,
    stroke_size: options.StrokeSize = None,
    style_size: options.StyleSize = DEFAULT_STYLE_SIZE,
    seed: options.Seed = None,
    weights: options.Weights = DEFAULT_WEIGHTS,
    start: video_options.Start = None,
    end: video_options.End = None,
    fps: video_options.Rate = None,
    no_audio: video_options.NoAudio = False,
    compare: video_options.Compare = False,
    preview: video_options.Preview = None,
    codec: video_options.Codec = None,
    crf: video_options.Crf = None,
    preset: video_options.Preset = None,
    pix_fmt: video_options.PixFmt = None,
    device: options.Device = DEFAULT_DEVICE,
    precision: options.Precision = DEFAULT_PRECISION,
    tile: options.Tile = str(DEFAULT_TILE),
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    as_json: options.Json = False,
) -> None:
    """Paint a clip, every frame of it, and keep its sound.

    Stopped in whatever way, the same command goes on where it was.

    Example: [bold]stylectl video clip.mp4 painting.jpg -o painted.mp4[/bold]
    """
    choices = Choices.of(locals())
    check_crf(crf)
    check_preview(preview)
    span = tuple(
        None if text is None else parse_time(name, text)
        for name, text in (("start", start), ("end", end))
    )
    check_range(*span)
    rate = None if fps is None else parse_rate(fps)
    alpha = _alpha(alpha_from, alpha_to, len(styles or [0]))
    paintings = styles or [bundled_folder("examples") / "style" / EXAMPLE_STYLE]
    if output is None:
        output = f"{clip.stem}_stylized_{paintings[0].stem}{default_suffix(clip)}"
    files = _Files(clip, paintings, target_of(output), preview)

    with VideoReport(quiet=quiet, as_json=as_json, verbose=verbose) as report:
        painter = Painter(choices, report)
        if not styles:
            report.note(f"painting in the example style {EXAMPLE_STYLE}: name a STYLE for yours")
        files.check(painter)
        from stylectl.video.job import plan_job
        from stylectl.video.opening import open_clip

        source = open_clip(clip, fps=rate, max_pixels=max_pixels)
        pictures = [painter.read(path) for path in paintings]

        job = plan_job(
            source,
            files.target,
            start=span[0],
            end=span[1],
            codec=codec,
            crf=crf,
            preset=preset,
            pixel_format=pix_fmt,
            sound=not no_audio,
            compare=compare,
            overwrite=overwrite,
        )
        for warning in job.warnings:
            report.warn(warning)
        look = _look(painter, job, pictures, alpha, stabilize)
        files.write_preview(painter, job, look)
        _paint(painter, job, look, pictures, report)
        report.finish(output, job.size, {**files.facts(), **_facts(job, report), **painter.facts()})
    if source.damage:
        raise DamagedInputError(source.damage, f"{output} holds what could be read")


@dataclass(frozen=True)
class _Files:
    """What is read and written."""

    clip: Path
    styles: list[Path]
    target: Target
    preview: int | None

    @property
    def strip(self) -> Path:
        """The file of the preview."""
        return self.target.path.with_name(f"{self.target.path.stem}_preview.png")

    def check(self, painter: Painter) -> None:
        """Raises OutputError if one that is to be written cannot be."""
        from stylectl.video.job import check_target

        inputs = (self.clip, *self.styles)
        check_target(self.target, painter.choices.overwrite, *inputs)
        if self.preview:
            painter.check_picture(self.strip, inputs)

    def write_preview(self, painter: Painter, job: Job, look: Look) -> None:
        """Writes the strip, if one is wanted."""
        if not self.preview:
            return
        from stylectl.video.preview import preview_strip

        painter.report.stage("preview")
        painter.write(self.strip, preview_strip(painter.stylizer, job, look, self.preview))
        painter.report.note(f"wrote the preview {self.strip}")

    def facts(self) -> dict[str, Any]:
        """For --json."""
        strip = {"preview": str(self.strip)} if self.preview else {}
        return {"clip": str(self.clip), "styles": [str(style) for style in self.styles], **strip}


def _alpha(start: float | None, end: float | None, styles: int) -> tuple[float, float] | None:
    if start is None and end is None:
        return None
    if start is None:
        raise UsageError("there is an alpha-to but no alpha-from", "give both")
    alpha = start, start if end is None else end
    check_alphas(alpha, styles)
    return alpha


def _look(
    painter: Painter,
    job: Job,
    pictures: list[Picture],
    alpha: tuple[float, float] | None,
    stabilize: Stabilize,
) -> Look:
    from stylectl.video.look import Look
    from stylectl.video.palette import palette_of

    choices, stroke = painter.choices, painter.choices.stroke_size
    palette = palette_of(job) if choices.color == "match" else None
    codes = tuple(
        painter.stylizer.encode_style(
            picture.pixels,
            size=choices.style_size,
            colors_of=palette,
            on_event=painter.report.on_event,
        )
        for picture in pictures
    )
    return Look(
        codes,
        alpha,
        strength=choices.strength,
        color="content" if choices.color == "content" else "style",  # match: encoded so
        size=choices.size,
        stroke_size=parse_stroke_size(stroke, max(job.clip.size)) if stroke else None,
        seed=choices.seed,
        tile=parse_tile(choices.tile),
        stabilize=stabilize,
    )


def _paint(
    painter: Painter, job: Job, look: Look, pictures: list[Picture], report: VideoReport
) -> None:
    from stylectl.video.run import paint_clip

    choices, facts = painter.choices, painter.facts()
    identity = {
        "weights": facts["weights"]["sha256"],
        "device": painter.stylizer.device.type,
        "precision": facts["precision"],
        "styles": [_hash(picture) for picture in pictures],
        "style_size": choices.style_size,
        "color": choices.color,
        "alpha": look.alpha,
        "strength": look.strength,
        "size": look.size,
        "stroke_size": look.stroke_size,
        "seed": look.seed,
        "stabilize": look.stabilize,
    }
    paint_clip(
        painter.stylizer,
        job,
        look,
        identity=identity,
        overwrite=choices.overwrite,
        on_event=report.on_video_event,
    )


def _hash(picture: Picture) -> str:
    # Of what was read, not of the file: that may be a pipe, or have changed since.
    return hashlib.sha256(picture.pixels.tobytes()).hexdigest()


def _facts(job: Job, report: VideoReport) -> dict[str, Any]:
    times, encoding = job.times, job.encoding
    return {
        "frames": len(times),
        "fps": str(times.rate) if times.rate else None,
        "duration": round(float(times.time(len(times))), 6),
        "codec": encoding.codec,
        "pixel_format": encoding.pixel_format,
        "damaged": job.clip.damage is not None,
        "frames_per_second": round(report.pace, 3),
    }
