"""Strokes that keep their share of the picture at any resolution."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from conftest import CommandLine, fails, pixels, random_network
from PIL import Image
from torch import Tensor

from stylectl.errors import UsageError
from stylectl.evaluation.strokes import stroke_width
from stylectl.stylize import sizes
from stylectl.stylize.events import Event, Notice
from stylectl.stylize.settings import STROKE_PIXELS, parse_stroke_size
from stylectl.stylize.strokes import paintable, with_coarse, working_sizes
from stylectl.stylize.stylizer import Stylizer


@pytest.fixture(scope="module")
def stylizer() -> Stylizer:
    return Stylizer(random_network(), device="cpu")


def tensor(image: Image.Image) -> Tensor:
    return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).float() / 255


@pytest.mark.parametrize("width", [4, 8, 16])
@pytest.mark.parametrize("turned", [False, True])
def test_the_measure_finds_the_width_of_stripes(width: int, turned: bool) -> None:
    stripes = ((torch.arange(512) // width) % 2).float().expand(3, 384, 512)
    image = stripes.mT if turned else stripes
    assert stroke_width(image) * 512 == pytest.approx(width, rel=0.25)


def test_the_measure_is_a_share_of_the_picture() -> None:
    noise = torch.rand(1, 3, 48, 64, generator=torch.Generator().manual_seed(0))
    small, large = (sizes.resize(noise, (48 * n, 64 * n))[0] for n in (4, 16))
    assert stroke_width(large) == pytest.approx(stroke_width(small), rel=0.1)


def test_working_sizes_go_up_in_octaves_to_the_size_itself() -> None:
    assert working_sizes((600, 800), None) == [(600, 800)]
    steps = working_sizes((6000, 8000), STROKE_PIXELS / 1000)
    assert steps == [(750, 1000), (1500, 2000), (3000, 4000), (6000, 8000)]
    assert working_sizes((750, 1000), STROKE_PIXELS / 1000) == [(750, 1000)]
    assert working_sizes((300, 400), STROKE_PIXELS / 800) == [(600, 800)]  # finer than they come
    for edge in range(1000, 2600, 50):
        edges = [max(step) for step in working_sizes((edge, edge), STROKE_PIXELS / 1000)]
        ratios = [b / a for a, b in itertools.pairwise(edges)]
        assert all(1.2 < ratio < 2.6 for ratio in ratios)


def test_coarse_structure_is_replaced_and_detail_stays(photo: Image.Image) -> None:
    fine = tensor(photo)[None]
    coarse = sizes.resize(1 - fine, (16, 24)) * 0.5 + 0.25
    joined = with_coarse(fine * 0.5 + 0.25, coarse, torch.float32)
    found = sizes.resize(joined, (16, 24))
    assert (found - coarse).abs().mean() < 0.02
    assert (sizes.resize(coarse, (64, 96)) - joined).abs().mean() > 0.02  # more than enlarged
    flat = with_coarse(fine * 0.5 + 0.25, coarse, torch.float32, detail=0.0)
    assert torch.allclose(flat, sizes.resize(coarse, (64, 96)), atol=0.01)


def test_levels_and_floats_agree(photo: Image.Image) -> None:
    fine = torch.from_numpy(np.asarray(photo).copy()).permute(2, 0, 1)[None]
    coarse = sizes.resize(fine, (16, 24), torch.uint8)
    levels = with_coarse(fine, coarse, torch.uint16).float() / 65535
    floats = with_coarse(fine.float() / 255, coarse.float() / 255, torch.float32)
    assert (levels - floats).abs().max() < 1e-3


def test_a_large_picture_shows_its_preview(stylizer, photo, painting) -> None:
    code = stylizer.encode_style(painting, size=96)
    large = tensor(photo.resize((384, 256)))
    preview = stylizer.stylize(sizes.resize(large[None], (64, 96))[0], code, stroke_size=0.1)
    final = stylizer.stylize(large, code, stroke_size=0.1)
    plain = stylizer.stylize(large, code)
    assert final.shape == large.shape
    seen = [sizes.resize(image[None], (64, 96))[0] for image in (final, plain)]
    errors = [(image - preview).abs().mean() for image in seen]
    assert errors[0] < 0.5 * errors[1]


def test_tiles_do_not_change_it(stylizer, photo, painting) -> None:
    large = photo.resize((384, 256))
    whole, tiled = (
        np.asarray(stylizer.stylize(large, painting, stroke_size=0.06, tile=tile)).astype(int)
        for tile in ("off", 64)
    )
    assert np.abs(whole - tiled).max() <= 1


@pytest.mark.parametrize("share", [0.0, 0.2, float("nan"), -0.01])
def test_strokes_that_cannot_be_painted_are_refused(stylizer, photo, painting, share) -> None:
    with pytest.raises(UsageError, match="stroke-size"):
        stylizer.stylize(photo, painting, stroke_size=share)


def test_a_share_or_pixels_are_read() -> None:
    assert parse_stroke_size("2%") == pytest.approx(0.02)
    assert parse_stroke_size("24", 1200) == parse_stroke_size("24px", 1200) == pytest.approx(0.02)
    assert parse_stroke_size("24") is None
    for text in ("wide", "", "50%", "2px%", "2%px", "nan", "-3", "0"):
        with pytest.raises(UsageError, match="stroke-size"):
            parse_stroke_size(text)
    with pytest.raises(UsageError, match="25 %"):
        parse_stroke_size("24", 96)


def test_the_command_line_takes_it(cli: CommandLine, folder) -> None:
    for size, output in (("8%", "share.png"), ("7.68", "pixels.png"), ("5%", "other.png")):
        ended = cli("stylize", "cat.png", "cup.png", "--stroke-size", size, "-o", output)
        assert ended.code == 0, ended.err
    share, same, other = (pixels(folder / f"{name}.png") for name in ("share", "pixels", "other"))
    assert np.array_equal(share, same)
    assert not np.array_equal(share, other)
    ended = cli("stylize", "cat.png", "cup.png", "--stroke-size", "wide", "-o", "no.png")
    assert (ended.code, "wide" in ended.err) == (2, True)


def test_strokes_too_fine_to_be_seen_are_as_fine_as_can_be(stylizer, photo, painting) -> None:
    """Else a share such as 0.1 % would have any small picture painted at 11,000 pixels."""
    events: list[Event] = []
    finest = stylizer.stylize(photo, painting, stroke_size=0.001, on_event=events.append)
    told = [event.message for event in events if isinstance(event, Notice)]
    assert told == ["strokes of 0.1 % are too fine for 96 pixels: they are 2.6 % wide"]
    events.clear()
    asked = stylizer.stylize(
        photo, painting, stroke_size=STROKE_PIXELS / 384, on_event=events.append
    )
    assert np.array_equal(np.asarray(finest), np.asarray(asked))
    assert not any(isinstance(event, Notice) for event in events)


@pytest.mark.parametrize(
    ("edge", "painted"),
    [(100, 400), (8192, 16384), (30000, 30000)],  # long edges in pixels
)
def test_the_finest_strokes_keep_memory_bounded(edge: int, painted: int) -> None:
    finest = STROKE_PIXELS / painted
    assert paintable(1e-5, (10, edge), lambda event: None) == finest
    assert paintable(2 * finest, (10, edge), lambda event: None) == 2 * finest
    assert paintable(None, (10, edge), lambda event: None) is None


def test_pixels_out_of_range_are_refused_before_anything_is_loaded(
    cli: CommandLine, folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylectl.stylize.stylizer.Stylizer.load", None)
    for command in (("stylize", "cat.png", "cup.png"), ("multistyle", "cat.png", *2 * ["cup.png"])):
        fails(cli, 2, "24 pixels, 25 %", arguments=(*command, "--stroke-size", "24"))


def test_a_content_is_left_as_it_was(stylizer, photo, painting) -> None:
    levels = np.asarray(photo).astype(np.uint16) * 257
    before = levels.copy()
    stylizer.stylize(levels, painting, stroke_size=0.1)
    assert np.array_equal(levels, before)
