"""From a clip's YCbCr to RGB and back: which matrix, which range, and how it is tagged."""

from __future__ import annotations

from stylectl.video.probe import ClipHeader, Colours

_HD_HEIGHT = 720  # from here on players take what is untagged for BT.709, below for BT.601
# Without these swscale rounds down: (200, 50, 50) comes back as (199, 48, 49).
_EXACT = "flags=bicubic+accurate_rnd+full_chroma_int"
# PQ and HLG reach far beyond the white that the network knows: they are brought down to it.
_TONE_MAP = (
    "zscale=transfer=linear:npl=203,format=gbrpf32le,zscale=primaries=709,"
    "tonemap=hable:desat=0,zscale=transfer=709:matrix=709:range=limited,format=yuv444p10le,"
    "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
)
_KEPT_PRIMARIES = ("bt709", "smpte170m", "bt470bg", "smpte432")
_KEPT_TRANSFERS = ("bt709", "smpte170m", "iec61966-2-1", "gamma22", "gamma28", "bt470bg")


def to_rgb(header: ClipHeader) -> str:
    """The filters that make RGB of what is decoded."""
    if header.colours.is_hdr:
        return f"{_TONE_MAP},scale={_EXACT}"
    if header.colours.space is None and not _is_rgb(header.pixel_format):
        height = header.size[1]
        return f"scale=in_color_matrix={'bt709' if height >= _HD_HEIGHT else 'bt601'}:{_EXACT}"
    return f"scale={_EXACT}"


def from_rgb(pixel_format: str, source: Colours) -> str:
    """The filters that make `pixel_format` of RGB, and tag it.

    The matrix is BT.709's, for any size. Primaries and transfer are those that the clip had, since
    nothing converted them; BT.709's if it did not say, or if they had to be converted.
    """
    if _is_rgb(pixel_format):
        return f"scale={_EXACT},format={pixel_format}"
    primaries = source.primaries if source.primaries in _KEPT_PRIMARIES else "bt709"
    transfer = source.trc if source.trc in _KEPT_TRANSFERS else "bt709"
    span = "pc" if pixel_format.startswith("yuvj") else "tv"
    tags = f"color_primaries={primaries}:color_trc={transfer}:colorspace=bt709:range={span}"
    matrix = f"scale=in_range=pc:out_color_matrix=bt709:out_range={span}:{_EXACT}"
    return f"{matrix},format={pixel_format},setparams={tags}"


def _is_rgb(pixel_format: str) -> bool:
    return pixel_format.startswith(("gbr", "rgb", "bgr", "argb", "abgr", "0rgb", "0bgr", "pal8"))
