"""Whole images in every format and mode that is read, and ones whose headers lie."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image, ImageCms

Files = dict[str, bytes]  # by a name that says what is in it, with the suffix


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def texture(width: int = 40, height: int = 28, seed: int = 0) -> Image.Image:
    """Coarse colours with noise on them: neither flat nor incompressible."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (5, 6, 3), dtype=np.uint8))
    pixels = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)).astype(int)
    noisy = pixels + random.integers(-12, 13, pixels.shape)
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def whole_images(width: int = 40, height: int = 28) -> Files:
    """Every format, mode, compression and kind of metadata that Pillow can write."""
    rgb = texture(width, height)
    alpha = Image.linear_gradient("L").resize(rgb.size)
    see_through = rgb.copy()
    see_through.putalpha(alpha)
    return {
        **_png(rgb, see_through),
        **_jpeg(rgb),
        **_webp(rgb, see_through),
        **_tiff(rgb, see_through),
        **_avif(rgb, see_through),
        **_bmp(rgb, see_through),
    }


def _png(rgb: Image.Image, see_through: Image.Image) -> Files:
    palette = rgb.quantize(16)
    frames = [rgb.rotate(90 * turn) for turn in (1, 2)]
    wide = np.asarray(rgb.convert("L")).astype(np.uint16) * 257
    return {
        "rgb.png": encoded(rgb, "PNG"),
        "rgba.png": encoded(see_through, "PNG"),
        "grey.png": encoded(rgb.convert("L"), "PNG"),
        "grey_alpha.png": encoded(see_through.convert("LA"), "PNG"),
        "palette.png": encoded(palette, "PNG"),
        "palette_alpha.png": encoded(palette, "PNG", transparency=bytes(range(0, 256, 16))),
        "palette_hole.png": encoded(palette, "PNG", transparency=3),
        "colour_hole.png": encoded(rgb, "PNG", transparency=rgb.getpixel((0, 0))),
        "one_bit.png": encoded(rgb.convert("1"), "PNG"),
        "grey_16.png": encoded(Image.fromarray(wide), "PNG"),
        "rgb_16.png": png_of(*rgb.size, depth=16, colour=2),
        "animated.png": encoded(rgb, "PNG", save_all=True, append_images=frames),
        "profile.png": encoded(rgb, "PNG", icc_profile=srgb()),
        "resolution.png": encoded(rgb, "PNG", dpi=(300, 300), exif=exif(1)),
    }


def _jpeg(rgb: Image.Image) -> Files:
    turned = {f"turned_{n}.jpg": encoded(rgb, "JPEG", exif=exif(n)) for n in range(1, 9)}
    return {
        **turned,
        "rgb.jpg": encoded(rgb, "JPEG", quality=90),
        "grey.jpg": encoded(rgb.convert("L"), "JPEG"),
        "cmyk.jpg": encoded(rgb.convert("CMYK"), "JPEG"),
        "progressive.jpg": encoded(rgb, "JPEG", progressive=True, subsampling="4:2:0"),
        "restarts.jpg": encoded(rgb, "JPEG", restart_marker_blocks=4),
        "profile.jpg": encoded(rgb, "JPEG", icc_profile=srgb()),
        "several.jpg": encoded(rgb, "MPO", save_all=True, append_images=[rgb.rotate(90)]),
    }


def _webp(rgb: Image.Image, see_through: Image.Image) -> Files:
    return {
        "lossy.webp": encoded(rgb, "WEBP"),
        "lossless.webp": encoded(rgb, "WEBP", lossless=True),
        "rgba.webp": encoded(see_through, "WEBP", exif=exif(6), icc_profile=srgb()),
        "animated.webp": encoded(rgb, "WEBP", save_all=True, append_images=[rgb.rotate(180)]),
    }


def _tiff(rgb: Image.Image, see_through: Image.Image) -> Files:
    grey = np.asarray(rgb.convert("L"))
    kinds: dict[str, tuple[Image.Image, dict[str, Any]]] = {
        "raw": (rgb, {}),
        "lzw": (rgb, {"compression": "tiff_lzw"}),
        "deflate": (see_through, {"compression": "tiff_adobe_deflate"}),
        "packbits": (rgb, {"compression": "packbits"}),
        "jpeg": (rgb, {"compression": "jpeg"}),
        "fax": (rgb.convert("1"), {"compression": "group4"}),
        "big": (rgb, {"big_tiff": True}),
        "strips": (rgb, {"compression": "tiff_lzw", "strip_size": 256}),
        "grey_16": (Image.fromarray(grey.astype(np.uint16) * 257), {}),
        "float": (Image.fromarray(grey.astype(np.float32) / 255), {}),
        "int": (Image.fromarray(grey.astype(np.int32) * 257), {}),
        "cmyk": (rgb.convert("CMYK"), {"compression": "tiff_lzw"}),
        "lab": (to_lab(rgb), {}),
        "ycbcr": (rgb.convert("YCbCr"), {}),
        "palette": (rgb.quantize(16), {}),
        "pages": (rgb, {"save_all": True, "append_images": [rgb.rotate(90)]}),
        "profile": (rgb, {"icc_profile": srgb(), "exif": exif(5)}),
    }
    return {f"{name}.tif": encoded(i, "TIFF", **options) for name, (i, options) in kinds.items()}


def _avif(rgb: Image.Image, see_through: Image.Image) -> Files:
    return {
        "rgb.avif": encoded(rgb, "AVIF", speed=10),
        "rgba.avif": encoded(see_through, "AVIF", speed=10, exif=exif(8), icc_profile=srgb()),
        "sequence.avif": encoded(
            rgb, "AVIF", speed=10, save_all=True, append_images=[rgb.rotate(180)]
        ),
    }


def _bmp(rgb: Image.Image, see_through: Image.Image) -> Files:
    run_lengths = b"\x0a\x03\x06\x05\0\0\x04\x01\x0c\x02\0\0\0\x01"  # 16 x 2, then the end
    return {
        "rgb.bmp": encoded(rgb, "BMP"),
        "rgba.bmp": encoded(see_through, "BMP"),
        "grey.bmp": encoded(rgb.convert("L"), "BMP"),
        "palette.bmp": encoded(rgb.quantize(16), "BMP"),
        "one_bit.bmp": encoded(rgb.convert("1"), "BMP"),
        "run_lengths.bmp": bmp_of(16, 2, bits=8, compression=1, data=run_lengths),
        "upside_down.bmp": bmp_of(8, -8, bits=24, compression=0, data=bytes(8 * 24)),
    }


def liars(sizes: tuple[int, ...] = (0, 1, 65_535, 2**16, 2**20, 2**31 - 1, 2**32 - 1)) -> Files:
    """Tiny files whose headers claim sizes from nothing to more than any memory."""
    claims = {}
    for width in sizes:
        for height in (width, 1):
            name = f"{width}x{height}"
            claims[f"claims_{name}.png"] = png_of(width, height, data=b"")
            claims[f"claims_16_bit_{name}.png"] = png_of(width, height, depth=16, data=b"x" * 99)
            claims[f"claims_{name}.bmp"] = bmp_of(width, height, data=b"abc")
            claims[f"claims_rle_{name}.bmp"] = bmp_of(width, height, 8, 1, b"\0\1")
            claims[f"claims_{name}.tif"] = tiff_of(width, height)
            claims[f"claims_lzw_{name}.tif"] = tiff_of(width, height, compression=5)
            claims[f"claims_{name}.jpg"] = jpeg_of(width & 0xFFFF, height & 0xFFFF)
            claims[f"claims_{name}.webp"] = webp_of(width, height)
            claims[f"claims_{name}.avif"] = avif_of(width, height)
    return claims


def with_bad_profiles() -> Files:
    """Colour profiles that are cut off, huge, of another colour space, or no profiles at all."""
    rgb, good = texture(), srgb()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    bad = {
        "empty": b"",
        "cut": good[:100],
        "half": good[: len(good) // 2],
        "claims_much": b"\xff\xff\xff\xff" + good[4:],
        "many_tags": good[:128] + b"\xff\xff\xff\xff" + good[132:],
        "far_tags": good[:132] + b"\x7f" * 60 + good[192:],
        "noise": np.random.default_rng(0).bytes(600),
        "text": b"no profile at all" * 20,
        "huge": good + bytes(3_000_000),
        "lab": lab,
        "cmyk": good[:16] + b"CMYK" + good[20:],
        "grey": good[:16] + b"GRAY" + good[20:],
    }
    files: Files = {}
    for name, profile in bad.items():
        files[f"profile_{name}.png"] = encoded(rgb, "PNG", icc_profile=profile)
        files[f"profile_{name}.tif"] = encoded(rgb.convert("L"), "TIFF", icc_profile=profile)
        if profile:
            files[f"profile_{name}.jpg"] = encoded(rgb.convert("CMYK"), "JPEG", icc_profile=profile)
            files[f"profile_{name}.webp"] = encoded(rgb, "WEBP", icc_profile=profile)
    return files


def with_bad_exif() -> Files:
    """Metadata blocks whose directories are loops, huge, or of the wrong types."""
    rgb = texture()
    header = b"Exif\0\0II*\0\x08\0\0\0"
    orientation = struct.pack("<HHII", 0x0112, 3, 1, 6)
    blocks = {
        "empty": b"Exif\0\0",
        "cut": exif(6)[:20],
        "noise": b"Exif\0\0" + np.random.default_rng(1).bytes(200),
        "loop": header + struct.pack("<H", 1) + orientation + struct.pack("<I", 8),
        "many": header + struct.pack("<H", 65535) + orientation * 20,
        "nine": header + struct.pack("<H", 1) + struct.pack("<HHII", 0x0112, 3, 1, 9) + bytes(4),
        "text": header + struct.pack("<H", 1) + struct.pack("<HHI4s", 0x0112, 2, 4, b"six\0"),
        "list": header + struct.pack("<H", 1) + struct.pack("<HHII", 0x0112, 3, 2**31, 6),
        "zero": header
        + struct.pack("<H", 1)
        + struct.pack("<HHII", 0x011A, 5, 1, 26)
        + bytes(4)
        + struct.pack("<II", 72, 0),
        "self": header + struct.pack("<H", 1) + struct.pack("<HHII", 0x8769, 4, 1, 8) + bytes(4),
    }
    files: Files = {}
    for name, block in blocks.items():
        files[f"exif_{name}.jpg"] = encoded(rgb, "JPEG", exif=block)
        files[f"exif_{name}.png"] = encoded(rgb, "PNG", exif=block)
        files[f"exif_{name}.webp"] = encoded(rgb, "WEBP", exif=block)
    return files


def strangers() -> Files:
    """Files that are no image of a readable format, under names that say they are."""
    rgb = texture()
    whole = {
        "gif.png": encoded(rgb, "GIF"),
        "icon.png": encoded(rgb, "ICO"),
        "j2k.jpg": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(50),
        "ppm.png": encoded(rgb, "PPM"),
        "tga.tif": encoded(rgb, "TGA"),
        "eps.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n",
        "svg.png": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        "pdf.jpg": b"%PDF-1.7\n",
        "text.png": b"not an image\n",
        "zeros.png": bytes(5000),
        "html.jpg": b"<!DOCTYPE html><html>404</html>",
        "zip.png": b"PK\x03\x04" + bytes(100),
        "jpeg.png": encoded(rgb, "JPEG"),
        "png.jpg": encoded(rgb, "PNG"),
        "webp.tif": encoded(rgb, "WEBP"),
        "no_suffix": encoded(rgb, "PNG"),
    }
    return whole | {f"magic_{n}.png": magic for n, magic in enumerate(_magic_alone())}


def _magic_alone() -> Iterator[bytes]:
    yield from (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP", b"II*\0", b"MM\0*")
    yield from (b"BM", b"GIF89a", b"\0\0\0\x18ftypavif", b"\0\0\0\x18ftypheic", b"\0", b"\xff")


def png_of(
    width: int, height: int, depth: int = 8, colour: int = 2, data: bytes | None = None
) -> bytes:
    """A PNG with any numbers in its header; real pixels (grey) unless `data` is given."""
    if data is None:
        data = (b"\0" + b"\x80" * (width * 3 * depth // 8)) * height
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(data)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bmp_of(
    width: int, height: int, bits: int = 24, compression: int = 0, data: bytes = b""
) -> bytes:
    palette = bytes(range(0, 256, 4)) * 16 if bits == 8 else b""
    start = 54 + len(palette)
    info = struct.pack(
        "<IIIHHIIIIII", 40, width & 0xFFFFFFFF, height & 0xFFFFFFFF, 1, bits, compression,
        len(data), 2835, 2835, 256 if palette else 0, 0,
    )  # fmt: skip
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + info + palette + data


def tiff_of(width: int, height: int, compression: int = 1) -> bytes:
    """A grey TIFF of one strip with 16 bytes in it."""
    tags = {256: width, 257: height, 258: 8, 259: compression, 262: 1, 273: 8, 278: height, 279: 16}
    entries = b"".join(
        struct.pack("<HHII", tag, 4, 1, value & 0xFFFFFFFF) for tag, value in sorted(tags.items())
    )
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    return b"II*\0" + struct.pack("<I", 24) + bytes(16) + directory


def jpeg_of(width: int, height: int) -> bytes:
    whole = bytearray(encoded(texture(), "JPEG"))
    at = whole.index(b"\xff\xc0")
    whole[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(whole)


def webp_of(width: int, height: int) -> bytes:
    """An extended header with a canvas of any size around a small picture."""
    lossy = encoded(texture(), "WEBP")[12:]
    canvas = (max(0, width - 1) & 0xFFFFFF).to_bytes(3, "little") + (
        max(0, height - 1) & 0xFFFFFF
    ).to_bytes(3, "little")
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + bytes(4) + canvas + lossy
    return b"RIFF" + struct.pack("<I", len(body)) + body


def avif_of(width: int, height: int) -> bytes:
    whole = bytearray(encoded(texture(), "AVIF", speed=10))
    at = whole.index(b"ispe") + 8
    whole[at : at + 8] = struct.pack(">II", width & 0xFFFFFFFF, height & 0xFFFFFFFF)
    return bytes(whole)


def exif(orientation: int) -> bytes:
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010E] = "a texture"
    return block.tobytes()


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def to_lab(rgb: Image.Image) -> Image.Image:
    converted = ImageCms.profileToProfile(
        rgb, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert converted is not None
    return converted
