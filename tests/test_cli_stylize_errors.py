"""Whatever goes wrong: two lines that name it, a documented exit code, and nothing left behind."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from conftest import PAIR, CommandLine, fails
from PIL import Image

from stylectl.stylize.stylizer import Stylizer


def bomb(path: Path) -> None:
    """A PNG of 70 bytes that claims 60,000 x 60,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def truncated(path: Path) -> None:
    Image.effect_noise((200, 200), 50).save(path, "PNG")
    path.write_bytes(path.read_bytes()[:5000])


BAD_IMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "does not exist"),
    "folder": (lambda path: path.mkdir(), "is a folder"),
    "empty": (lambda path: path.touch(), "is empty"),
    "text": (lambda path: path.write_text("hello, I am no image"), "is not an image"),
    "truncated": (truncated, "is truncated or damaged"),
    "heic": (
        lambda path: path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        "HEIC",
    ),
    "gif": (lambda path: Image.new("L", (4, 4)).save(path, "GIF"), "unsupported format: GIF"),
    "bomb": (bomb, "3,600,000,000 pixels"),
}


@pytest.mark.parametrize("kind", BAD_IMAGES)
@pytest.mark.parametrize("place", [1, 2])
def test_inputs(cli: CommandLine, folder: Path, kind: str, place: int) -> None:
    make, told = BAD_IMAGES[kind]
    make(folder / "bad.png")
    arguments = [*PAIR]
    arguments[place] = "bad.png"
    error, hint = fails(cli, 3, told, arguments=tuple(arguments))
    assert "bad.png" in error
    assert kind != "bomb" or "--max-pixels" in hint


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("out.gif", "ends in .gif"),
        ("out", "has no suffix"),
        ("none/out.png", "its folder does not exist"),
        ("cat.png/out.png", "is not a folder"),
        ("cup.png", "is both the output and an input"),
        ("sub.png/link.png", "is both the output and an input"),
        ("there.png", "exists already"),
        ("sub.png", "is a folder"),
    ],
)
def test_outputs(cli: CommandLine, folder: Path, output: str, told: str) -> None:
    (folder / "there.png").write_bytes(b"something dear")
    (folder / "sub.png").mkdir()
    (folder / "sub.png" / "link.png").symlink_to(folder / "cat.png")
    error, _ = fails(cli, 4, told, arguments=(*PAIR, "-o", output))
    assert output in error
    if told != "exists already":
        fails(cli, 4, told, arguments=(*PAIR, "-o", output, "--overwrite"))


def test_the_default_output_is_no_less_safe(cli: CommandLine, folder: Path) -> None:
    (folder / "cat_stylized_cup.png").write_bytes(b"something dear")
    fails(cli, 4, "cat_stylized_cup.png exists already", "--overwrite")


def test_weights_are_no_output(cli: CommandLine, folder: Path, weights: Path) -> None:
    (folder / "w.safetensors").write_bytes(weights.read_bytes())
    arguments = (*PAIR, "--weights", "w.safetensors", "-o", "w.safetensors", "--overwrite")
    fails(cli, 4, "w.safetensors", arguments=arguments)


def test_an_output_the_format_cannot_hold(cli: CommandLine, folder: Path) -> None:
    Image.new("L", (1, 16_384)).save("tall.png")
    arguments = ("stylize", "tall.png", "cup.png", "-o", "out.webp")
    fails(cli, 4, "out.webp cannot hold 1x16384 pixels", arguments=arguments)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("rembrandt", None, "bundled weights: lean"),
        ("none.safetensors", None, "does not exist"),
        ("bad.safetensors", b"no weights at all", "no safetensors file"),
        ("bad.pth", b"no weights at all", "damaged"),
    ],
)
def test_weights(
    cli: CommandLine, folder: Path, name: str, content: bytes | None, told: str
) -> None:
    if content:
        (folder / name).write_bytes(content)
    error, _ = fails(cli, 5, told, arguments=(*PAIR, "--weights", name))
    assert name in error


def test_truncated_weights(cli: CommandLine, folder: Path, weights: Path) -> None:
    (folder / "w.safetensors").write_bytes(weights.read_bytes()[:-100])
    fails(cli, 5, "w.safetensors", arguments=(*PAIR, "--weights", "w.safetensors"))


def test_no_such_device(cli: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    fails(cli, 6, "device cuda cannot be used", "cpu", arguments=(*PAIR, "--device", "cuda"))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--strength", "1.5"), "strength is 1.5"),
        (("--strength", "nan"), "strength is nan"),
        (("--size", "0"), "size is 0"),
        (("--style-size", "-1"), "style-size is -1"),
        (("--seed", "-1"), "seed is -1"),
        (("--tile", "big"), "tile is 'big'"),
        (("--tile=--5",), "tile is '--5'"),
        (("--tile", "32"), "tile is 32"),
        (("--tile=-512",), "tile is -512"),
        (("--tile=--512",), "tile is '--512'"),
        (("--precision", "fp16", "--device", "cpu"), "fp16 is not for the CPU"),
    ],
)
def test_values_out_of_range(
    cli: CommandLine, folder: Path, options: tuple[str, ...], told: str
) -> None:
    fails(cli, 2, told, arguments=(*PAIR, *options))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("stylize", "cat.png"), "Missing argument 'STYLE'"),
        (("stylize",), "Missing argument 'CONTENT'"),
        ((*PAIR, "out.png"), "unexpected extra argument"),
        ((*PAIR, "--strenght", "1"), "--strength"),
        ((*PAIR, "--strength", "much"), "Invalid value for '--strength'"),
        ((*PAIR, "--device", "gpu"), "'auto', 'cpu', 'cuda', 'mps'"),
        ((*PAIR, "--max-pixels", "0"), "--max-pixels"),
        (("stylise", "cat.png", "cup.png"), "stylize"),
    ],
)
def test_a_mistyped_command_line(
    cli: CommandLine, folder: Path, arguments: tuple[str, ...], told: str
) -> None:
    ended = cli(*arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert told in ended.err and "Traceback" not in ended.err
    assert len(list(folder.iterdir())) == 2


def test_too_little_memory(cli: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Stylizer, "stylize", fail)
    fails(cli, 6, "out of memory", "--size")


def test_ctrl_c(cli: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def press(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Stylizer, "stylize", press)
    ended = cli(*PAIR)
    assert (ended.code, ended.out) == (130, "")
    assert ended.err == "error: interrupted\n"
    assert len(list(folder.iterdir())) == 2


def test_a_bug_asks_for_a_report(
    cli: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by\nzero")

    monkeypatch.setattr(Stylizer, "stylize", fail)
    error, hint = fails(cli, 1, "ZeroDivisionError: by zero")
    assert "report" in hint and "--debug" in hint and "STYLECTL_DEBUG" in hint
    shown = cli("--debug", *PAIR)
    assert shown.code == 1
    assert "Traceback" in shown.err and error in shown.err
    monkeypatch.setenv("STYLECTL_DEBUG", "0")
    fails(cli, 1)


def test_debug_shows_where_an_error_comes_from(cli: CommandLine, folder: Path) -> None:
    ended = cli("--debug", "stylize", "none.png", "cup.png")
    assert ended.code == 3
    assert "Traceback" in ended.err and "error: none.png does not exist" in ended.err
