"""With which encoder, and how well, a painted clip is written."""

from __future__ import annotations

from dataclasses import dataclass

from stylectl.errors import UsageError
from stylectl.video.probe import is_deep
from stylectl.video.targets import Target


@dataclass(frozen=True)
class _Encoder:
    """What an encoder is given unless the user says otherwise.

    Attributes:
        crf: paint is fine texture all over, and flat video settings would smear it.
        preset: how thorough, in the encoder's own words.
        preset_option: how the encoder calls that.
        always: what else it is given.
        odd_sizes: whether it takes odd sides in 4:2:0.
    """

    crf: float | None = None
    preset: str | None = None
    preset_option: str = "-preset"
    always: tuple[str, ...] = ()
    odd_sizes: bool = False


ENCODERS = {
    "libx264": _Encoder(18, "medium"),
    "libx265": _Encoder(20, "medium"),
    "libvpx-vp9": _Encoder(
        *(24, "4", "-cpu-used"),
        always=("-b:v", "0", "-deadline", "good", "-row-mt", "1"),
        odd_sizes=True,
    ),
    "libsvtav1": _Encoder(24, "8"),
}
_SHORT_NAMES = {
    "h264": "libx264",
    "hevc": "libx265",
    "h265": "libx265",
    "vp9": "libvpx-vp9",
    "av1": "libsvtav1",
}


@dataclass(frozen=True)
class Encoding:
    """An encoder and its choices; None leaves them to the encoder.

    Attributes:
        codec: ffmpeg's name of the encoder.
        pixel_format: ffmpeg's name.
    """

    codec: str
    pixel_format: str
    crf: float | None = None
    preset: str | None = None

    @property
    def is_deep(self) -> bool:
        """Whether its samples have more than 8 bits."""
        return is_deep(self.pixel_format)

    def arguments(self) -> list[str]:
        """Those for ffmpeg, all but the pixel format, which is a filter's."""
        known = ENCODERS.get(self.codec, _Encoder())
        crf = [] if self.crf is None else ["-crf", f"{self.crf:g}"]
        preset = [] if self.preset is None else [known.preset_option, self.preset]
        return ["-c:v", self.codec, *crf, *preset, *known.always]


# What is encoded once more in the end, as GIF, WebP or PNG, is kept to the bit until then.
LOSSLESS = Encoding("ffv1", "bgr0")


def choose_encoding(
    target: Target,
    size: tuple[int, int],
    *,
    codec: str | None = None,
    crf: float | None = None,
    preset: str | None = None,
    pixel_format: str | None = None,
) -> Encoding:
    """The encoding of a target, its defaults filled in.

    Args:
        size: width and height; where one is odd, 4:2:0 is not possible in most codecs, and 4:4:4 is
            chosen.
        codec: ffmpeg's name of an encoder, or h264, hevc, vp9 or av1.

    Raises:
        UsageError: a choice is made for a target that has none, or the pixel format cannot hold
            the size.
    """
    if target.container is None:
        given = {"codec": codec, "crf": crf, "preset": preset, "pix-fmt": pixel_format}
        for name, value in given.items():
            if value is not None:
                raise UsageError(
                    f"--{name} does not apply to {target.description}",
                    "leave it out, or choose an output that ends in .mp4",
                )
        return LOSSLESS
    codec = codec or target.container.codec
    codec = _SHORT_NAMES.get(codec, codec)
    known = ENCODERS.get(codec, _Encoder())
    return Encoding(
        codec,
        _pixel_format(size, pixel_format, known),
        known.crf if crf is None else crf,
        known.preset if preset is None else preset,
    )


def _pixel_format(size: tuple[int, int], wanted: str | None, encoder: _Encoder) -> str:
    width, height = size
    holds_420 = encoder.odd_sizes or (width % 2 == 0 and height % 2 == 0)
    if wanted is None:
        return "yuv420p" if holds_420 else "yuv444p"
    fits = holds_420 if "420" in wanted else width % 2 == 0 or "422" not in wanted
    if not fits:
        raise UsageError(
            f"{wanted} cannot hold {width}x{height} pixels: it needs even sides",
            "use --pix-fmt yuv444p, or --codec vp9 with an output that ends in .webm",
        )
    return wanted
