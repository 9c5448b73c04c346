"""Tiles change how a picture is computed and never the picture, whatever happens on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import random_network
from PIL import Image
from torch import Tensor

from stylectl.errors import DeviceError, UsageError, WeightsError
from stylectl.model import ModelConfig, StyleTransferNetwork
from stylectl.stylize import memory, painting
from stylectl.stylize.events import Detail, Event, Notice, Progress, Stage
from stylectl.stylize.memory import bytes_per_pixel, choose_tile, free_memory
from stylectl.stylize.mix import StyleMix
from stylectl.stylize.regions import Gradient
from stylectl.stylize.stylizer import Stylizer

CPU = torch.device("cpu")
EXHAUSTED = torch.OutOfMemoryError("out of memory")


@pytest.fixture
def stylizer() -> Stylizer:
    return Stylizer(random_network(), device="cpu", precision="fp32")


@pytest.fixture(scope="module")
def content() -> Image.Image:
    """A real photo of no round size: five rows and three columns of tiles of 64 pixels."""
    from skimage import data

    return Image.fromarray(data.astronaut()).crop((40, 0, 219, 301))


def levels(image: Image.Image) -> np.ndarray[Any, Any]:
    return np.asarray(image).astype(int)


def worst(a: Image.Image, b: Image.Image) -> int:
    """The largest difference of two pictures in levels."""
    return int(np.abs(levels(a) - levels(b)).max())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"strength": 0.5},
        {"strength": 0.0},
        {"seed": 3},
        {"size": 200},
        {"size": 400},
        {"color": "content"},
    ],
    ids=str,
)
def test_tiles_give_the_same_picture(
    stylizer: Stylizer, content: Image.Image, painting: Image.Image, options: dict[str, Any]
) -> None:
    code = stylizer.encode_style(painting, size=96)
    whole = stylizer.stylize(content, code, tile="off", **options)
    assert worst(stylizer.stylize(content, code, tile=64, **options), whole) <= 1


def test_mixes_are_cut_where_the_content_is(
    stylizer: Stylizer, content: Image.Image, painting: Image.Image
) -> None:
    codes = tuple(stylizer.encode_style(image, size=64) for image in (painting, content))
    masks = [np.tri(301, 179), 1 - np.tri(301, 179)]
    for mix in (
        StyleMix(codes, regions=Gradient("left-right", 2)),
        StyleMix.masked(codes, masks),
        StyleMix.masked(codes, [masks[0] * 0.8, masks[1] * 0.1], rest="content"),
    ):
        whole = stylizer.stylize(content, mix, tile="off")
        assert worst(stylizer.stylize(content, mix, tile=64), whole) <= 1


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (700, 1), (3, 500), (64, 65), (17, 130)])
def test_thin_and_tiny_pictures(stylizer: Stylizer, size: tuple[int, int]) -> None:
    image = torch.rand(3, *size, generator=torch.Generator().manual_seed(0))
    code = stylizer.encode_style(torch.rand(3, 40, 40))
    whole = stylizer.stylize(image, code, tile="off")
    tiled = stylizer.stylize(image, code, tile=64)
    assert tiled.shape == image.shape
    assert float((tiled - whole).abs().max()) <= 1e-3


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_arrays_and_batches(stylizer: Stylizer, content: Image.Image, dtype: Any) -> None:
    white = 1 if dtype is np.float32 else np.iinfo(dtype).max
    array = (np.asarray(content) / 255 * white).astype(dtype)
    code = stylizer.encode_style(content, size=64)
    whole = stylizer.stylize(array, code, tile="off")
    tiled = stylizer.stylize(array, code, tile=104)
    assert (tiled.dtype, tiled.shape) == (array.dtype, array.shape)
    assert tiled.std() > 0.01 * white
    assert np.abs(tiled.astype(float) - whole).max() <= max(1e-3 * white, 1)
    batch = torch.from_numpy(np.stack([array, array[::-1].copy()]).astype(np.float32) / white)
    batch = batch.permute(0, 3, 1, 2)
    both = stylizer.stylize(batch, code, tile=104)
    assert float((both[0] - torch.from_numpy(whole / white).permute(2, 0, 1)).abs().max()) < 0.01
    assert float((both - stylizer.stylize(batch, code, tile="off")).abs().max()) <= 1e-3


def test_without_room_for_the_features_they_are_computed_twice(
    stylizer: Stylizer, content: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = stylizer.encode_style(content, size=64)
    calls = counted(monkeypatch, stylizer.network)
    kept = stylizer.stylize(content, code, tile=64)
    once = len(calls)
    monkeypatch.setattr(painting, "free_memory", lambda device: 0)
    assert worst(stylizer.stylize(content, code, tile=64), kept) <= 1
    assert len(calls) - once > once


def counted(monkeypatch: pytest.MonkeyPatch, network: StyleTransferNetwork) -> list[int]:
    """Grows by one for every tile that is encoded."""
    calls: list[int] = []
    encoding = network.encoding

    def counting() -> Any:
        calls.append(1)
        return encoding()

    monkeypatch.setattr(network, "encoding", counting)
    return calls


# --- when memory runs out


def exhausting(
    monkeypatch: pytest.MonkeyPatch, target: Any, name: str, at: int, error: Exception = EXHAUSTED
) -> list[int]:
    """Lets the call number `at` of a method fail; gives the heights of what they took."""
    method, seen = getattr(target, name), []

    def failing(x: Tensor, *rest: Any) -> Tensor:
        seen.append(x.shape[2])
        if len(seen) == at:
            raise error
        return method(x, *rest)

    monkeypatch.setattr(target, name, failing)
    return seen


@pytest.mark.parametrize(
    "error", [EXHAUSTED, MemoryError(), RuntimeError("can't allocate memory")], ids=repr
)
@pytest.mark.parametrize("at", [1, 3, 6])
def test_memory_that_runs_out_makes_tiles_smaller_and_loses_nothing(
    stylizer: Stylizer,
    content: Image.Image,
    monkeypatch: pytest.MonkeyPatch,
    at: int,
    error: Exception,
) -> None:
    code = stylizer.encode_style(content, size=64)
    expected = stylizer.stylize(content, code, tile="off")
    seen = exhausting(monkeypatch, stylizer.network, "paint", at, error)
    events: list[Event] = []
    result = stylizer.stylize(content, code, tile=128, on_event=events.append)
    assert worst(result, expected) <= 1
    notices = [event.message for event in events if isinstance(event, Notice)]
    assert notices == ["memory ran out: going on in tiles of 64 pixels"]
    # Three rows of two tiles; whichever is not finished yet is made of four smaller ones at most.
    assert len(seen) <= at + 4 * (6 - at + 1)


def test_memory_that_runs_out_while_encoding_counts_no_tile_twice(
    stylizer: Stylizer, content: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = stylizer.encode_style(content, size=64)
    expected = stylizer.stylize(content, code, tile="off")
    exhausting(monkeypatch, stylizer.network.encoder.color, "forward", 4)
    assert worst(stylizer.stylize(content, code, tile=128), expected) <= 1


def test_a_picture_that_does_not_fit_as_a_whole_is_cut(
    stylizer: Stylizer, content: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = stylizer.encode_style(content, size=64)
    expected = stylizer.stylize(content, code, tile="off")
    seen = exhausting(monkeypatch, stylizer.network, "paint", 1)
    events: list[Event] = []
    result = stylizer.stylize(content, code, on_event=events.append)
    assert worst(result, expected) <= 1
    assert seen[0] == 304 // 8 and max(seen[1:]) < seen[0]
    assert Notice("memory ran out: going on in tiles of 152 pixels") in events


def test_off_is_never_cut(
    stylizer: Stylizer, content: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = stylizer.encode_style(content, size=64)
    exhausting(monkeypatch, stylizer.network, "paint", 1)
    with pytest.raises(DeviceError, match="memory of cpu"):
        stylizer.stylize(content, code, tile="off")


def test_when_the_smallest_tile_is_too_large_it_ends(
    stylizer: Stylizer, content: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Tensor:
        raise EXHAUSTED

    code = stylizer.encode_style(content, size=64)
    monkeypatch.setattr(stylizer.network, "paint", fail)
    with pytest.raises(DeviceError, match="memory of cpu"):
        stylizer.stylize(content, code)


def test_other_errors_are_not_taken_for_it(
    stylizer: Stylizer, content: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = stylizer.encode_style(content, size=64)
    exhausting(monkeypatch, stylizer.network, "paint", 2, RuntimeError("a bug"))
    with pytest.raises(RuntimeError, match="a bug"):
        stylizer.stylize(content, code, tile=64)


def test_a_tile_that_is_not_finite_is_found(content: Image.Image) -> None:
    broken = random_network()
    with torch.no_grad():
        broken.decoder.output.weight.fill_(float("nan"))
    stylizer = Stylizer(broken, device="cpu")
    with pytest.raises(WeightsError, match="NaN"):
        stylizer.stylize(content, content, tile=64)


# --- what is told


def test_progress_counts_tiles_in_two_stages(stylizer: Stylizer, content: Image.Image) -> None:
    code = stylizer.encode_style(content, size=64)
    events: list[Event] = []
    stylizer.stylize(content, code, tile=64, on_event=events.append)
    stages = [event.name for event in events if isinstance(event, Stage)]
    assert stages == ["encode content", "stylise"]
    counts = [(event.done, event.total) for event in events if isinstance(event, Progress)]
    assert counts == 2 * [(done, 15) for done in range(16)]
    events.clear()
    stylizer.stylize(content, code, on_event=events.append)
    assert [event for event in events if not isinstance(event, Detail)] == [Stage("stylise")]


# --- which tile


@pytest.mark.parametrize("tile", ["of", "512", 63, 0, -8])
def test_a_tile_that_makes_no_sense_is_refused(
    stylizer: Stylizer, content: Image.Image, tile: Any
) -> None:
    with pytest.raises(UsageError, match=f"tile is '?{tile}"):
        stylizer.stylize(content, content, tile=tile)


def test_tiles_are_rounded_down_to_what_the_features_need() -> None:
    config = ModelConfig()
    assert choose_tile(71, (300, 300), 1, config, CPU) == 64
    assert choose_tile(72, (300, 300), 1, config, CPU) == 72
    assert choose_tile(300, (296, 300), 1, config, CPU) == 296
    assert choose_tile(304, (296, 300), 1, config, CPU) is None
    assert choose_tile("off", (10**6, 10**6), 1, config, CPU) is None


def test_auto_follows_the_memory_that_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    config = ModelConfig()
    size = (4096, 4096)
    chosen = []
    for free in (1 << 20, 1 << 28, 1 << 30, 1 << 40):
        monkeypatch.setattr(memory, "free_memory", lambda device, free=free: free)
        tile = choose_tile("auto", size, 1, config, CPU)
        assert tile is not None and tile % 8 == 0 and tile >= 64
        assert tile == 64 or tile**2 * bytes_per_pixel(config) <= free // 2
        chosen.append(tile)
    assert chosen == sorted(chosen) and len(set(chosen)) > 2
    assert choose_tile("auto", (256, 256), 1, config, CPU) is None
    assert choose_tile("auto", (256, 256), 1000, config, CPU) is not None


def test_free_memory_knows_the_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1 << 20 < free_memory(CPU) < 1 << 50
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("400000\n")
    (tmp_path / "memory.stat").write_text("anon 7\ninactive_file 50000\n")
    assert memory._left_of_cgroup(tmp_path) == 650_000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory._left_of_cgroup(tmp_path) is None
    assert memory._left_of_cgroup(tmp_path / "none") is None
    for name in ("_left_of_cgroup", "_left_of_process"):
        monkeypatch.setattr(memory, name, lambda: 12345)
        assert free_memory(CPU) == 12345
        monkeypatch.setattr(memory, name, lambda: None)


def test_free_memory_knows_ulimit(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1 << 50, 1 << 50))
    left = memory._left_of_process()
    if Path("/proc/self/statm").exists():
        assert left is not None and 0 < (1 << 50) - left < 1 << 46
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY,) * 2)
    assert memory._left_of_process() is None
