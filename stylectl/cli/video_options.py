"""The options that only `stylectl video` has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stylectl.cli.options import FILES, WORK
from stylectl.video.settings import LARGEST_PREVIEW, Stabilize

_VIDEO, _CODING = "The clip", "How it is encoded"

Clip = Annotated[
    Path, typer.Argument(metavar="CLIP", help="A video, a GIF, or a folder of frames.")
]
Styles = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="STYLE",
        help="The painting; several are taken in turn, one for each scene. "
        "Without any, an example that comes along.",
        show_default=False,
    ),
]
Output = Annotated[
    str | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE|FOLDER/",
        help="Where to write: mp4, m4v, mov, mkv, webm, gif or webp; "
        "with a slash at its end, a folder of PNG frames.",
        show_default="./CLIP_stylized_STYLE.mp4",
        rich_help_panel=FILES,
    ),
]
AlphaFrom = Annotated[
    float | None,
    typer.Option(
        metavar="0..1",
        help="Of two styles, how much of the first at the start.",
        show_default="one style for each scene",
        rich_help_panel=WORK,
    ),
]
AlphaTo = Annotated[
    float | None,
    typer.Option(
        metavar="0..1",
        help="How much of the first at the end.",
        show_default="as at the start",
        rich_help_panel=WORK,
    ),
]
HoldStill = Annotated[
    Stabilize,
    typer.Option(
        help="How much the paint is held still from frame to frame, against flicker.",
        rich_help_panel=WORK,
    ),
]
Start = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help="Where to begin: 90, 1:30 or 0:01:30.5.", rich_help_panel=_VIDEO
    ),
]
End = Annotated[
    str | None, typer.Option(metavar="TIME", help="Where to end.", rich_help_panel=_VIDEO)
]
Rate = Annotated[
    str | None,
    typer.Option(
        metavar="RATE",
        help="Frames per second, such as 12 or 24000/1001: frames are left out or repeated.",
        show_default="each frame at its own time; 25 for a folder",
        rich_help_panel=_VIDEO,
    ),
]
NoAudio = Annotated[
    bool, typer.Option("--no-audio", help="Leave the sound out.", rich_help_panel=_VIDEO)
]
Compare = Annotated[
    bool,
    typer.Option(
        "--compare",
        help="Show the content at the left of the painting.",
        rich_help_panel=_VIDEO,
    ),
]
Preview = Annotated[
    int | None,
    typer.Option(
        metavar="FRAMES",
        help="First write a strip of so many frames, 1 to "
        f"{LARGEST_PREVIEW}, beside the output: OUTPUT_preview.png.",
        show_default=False,
        rich_help_panel=_VIDEO,
    ),
]
Codec = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="h264, hevc, vp9, av1, or another of ffmpeg's encoders.",
        show_default="h264; vp9 for webm",
        rich_help_panel=_CODING,
    ),
]
Crf = Annotated[
    float | None,
    typer.Option(
        metavar="NUMBER",
        help="Quality: the lower, the better and the larger.",
        show_default="18 for h264, 20 for hevc, 24 for vp9 and av1",
        rich_help_panel=_CODING,
    ),
]
Preset = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The encoder's own name for how thorough it is.",
        show_default="medium for h264 and hevc",
        rich_help_panel=_CODING,
    ),
]
PixFmt = Annotated[
    str | None,
    typer.Option(
        metavar="FORMAT",
        help="ffmpeg's name of a pixel format, such as yuv420p10le for 10 bits.",
        show_default="yuv420p; yuv444p where a side is odd",
        rich_help_panel=_CODING,
    ),
]
