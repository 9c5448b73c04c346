"""How a file gets damaged: cut off, bits flipped, numbers made huge, parts moved or mixed up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

Damage = Callable[[bytearray, Random], bytearray]

# What length fields and sizes are tried as: the values at which their arithmetic breaks.
_EXTREMES = (
    b"\0",
    b"\xff",
    b"\x7f\xff",
    b"\xff\xff",
    b"\0\0\0\0",
    b"\0\0\0\1",
    b"\1\0\0\0",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x80\0\0\0",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\xff\xff\xff\xff\x7f",
)


def cut_off(data: bytearray, random: Random) -> bytearray:
    return data[: random.randrange(len(data) + 1)]


def flip_bits(data: bytearray, random: Random) -> bytearray:
    for _ in range(random.choice((1, 1, 2, 8, 64))):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return data


def flip_in_header(data: bytearray, random: Random) -> bytearray:
    data[random.randrange(min(len(data), 128))] ^= 1 << random.randrange(8)
    return data


def make_extreme(data: bytearray, random: Random) -> bytearray:
    value = random.choice(_EXTREMES)
    reach = len(data) if random.random() < 0.5 else min(len(data), 256)
    at = random.randrange(reach)
    data[at : at + len(value)] = value
    return data


def overwrite(data: bytearray, random: Random) -> bytearray:
    at = random.randrange(len(data))
    count = min(random.choice((1, 4, 16, 256)), len(data) - at)
    data[at : at + count] = random.randbytes(count)
    return data


def blank(data: bytearray, random: Random) -> bytearray:
    """A block of zeros, as an unfinished download leaves."""
    at = random.randrange(len(data))
    count = min(random.choice((4, 64, 1024)), len(data) - at)
    data[at : at + count] = bytes(count)
    return data


def remove(data: bytearray, random: Random) -> bytearray:
    at = random.randrange(len(data))
    del data[at : at + random.choice((1, 2, 16, 512))]
    return data


def insert(data: bytearray, random: Random) -> bytearray:
    at = random.randrange(len(data) + 1)
    data[at:at] = random.randbytes(random.choice((1, 2, 16, 512)))
    return data


def repeat(data: bytearray, random: Random) -> bytearray:
    """A part stands twice: chunks, boxes and directories that should be unique."""
    at = random.randrange(len(data))
    part = data[at : at + random.choice((8, 64, 512))]
    to = random.randrange(len(data) + 1)
    data[to:to] = part
    return data


def append(data: bytearray, random: Random) -> bytearray:
    return data + random.randbytes(random.choice((1, 100, 5000)))


DAMAGES: tuple[Damage, ...] = (
    cut_off,
    flip_bits,
    flip_in_header,
    make_extreme,
    overwrite,
    blank,
    remove,
    insert,
    repeat,
    append,
)


def damaged(data: bytes, random: Random) -> bytes:
    """The bytes after one to three damages; never empty input to a damage."""
    result = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        if not result:
            break
        result = random.choice(DAMAGES)(result, random)
    return bytes(result)


def truncations(data: bytes, step: int = 1024) -> Iterator[bytes]:
    """The file cut off at every `step` bytes, and just before its end."""
    for length in (*range(0, len(data), step), len(data) - 1):
        yield data[:length]
