"""Figures: colours that order, cells that do not lie, marks where they belong, words that fit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from stylectl.figures.focus import draw_attention
from stylectl.figures.heat import coloured, heat_colours
from stylectl.figures.heat_map import Scale, heat_map
from stylectl.figures.lettering import font, printable, shortened
from stylectl.figures.marks import mark
from stylectl.stylize.attention import AttentionMaps
from stylectl.stylize.colour import to_oklab

CONTENT = Image.new("RGB", (90, 60), (0, 128, 0))
STYLE = Image.linear_gradient("L").resize((64, 48)).convert("RGB")


def maps(points: int = 1, heads: int = 8, gate: bool = True) -> AttentionMaps:
    """Of a style of 48 x 64 pixels, with 6 x 8 positions."""
    generator = torch.Generator().manual_seed(0)
    ungated = torch.rand(points, heads, 48, generator=generator).mul(8).softmax(-1)
    ungated = ungated.unflatten(2, (6, 8))
    gated = torch.where(ungated > ungated.mean(), ungated, 0) if gate else None
    places = tuple((10.0 * n, 5.0 * n) for n in range(points))
    return AttentionMaps(places, ((0, 0),) * points, gated, ungated, (48, 64), 8)


def test_colours_grow_lighter_in_even_steps_that_screens_can_show() -> None:
    colours = heat_colours()
    assert colours.shape == (256, 3)
    assert colours.min() > 0 and colours.max() < 1  # none is clipped
    lab = to_oklab(torch.from_numpy(colours.T[None, :, None]).double())[0, :, 0].numpy()
    lightness = np.diff(lab[0])
    assert lightness.min() > 0.9 * lightness.max() > 0
    distances = np.linalg.norm(np.diff(lab, axis=1), axis=0)
    assert distances.min() > 0.8 * distances.max()


def test_values_outside_take_the_ends() -> None:
    ends = coloured(np.array([-1.0, 0.0, 1.0, 2.0]))
    assert np.array_equal(ends, heat_colours()[[0, 0, 255, 255]])


def test_the_scale_goes_from_an_even_share_to_the_largest_by_factors() -> None:
    scale = Scale(16.0)
    values = scale(np.array([0, 1, 2, 4, 16, 99], np.float32))
    assert values == pytest.approx([0, 0, 0.25, 0.5, 1, 1])


def test_a_heat_map_has_a_flat_cell_for_each_position() -> None:
    weights = torch.zeros(6, 8)
    weights[2, 5] = 1
    flat = Image.new("RGB", (64, 48), (200, 200, 200))
    drawn = heat_map(weights, maps(), flat, Scale(48), (128, 96))
    shown = np.asarray(drawn).astype(int)
    assert shown.shape == (96, 128, 3)
    hot = (shown.max(2) - shown.min(2)) > 5
    assert hot[32:48, 80:96].all() and hot.sum() == 16 * 16
    assert np.ptp(shown[32:48, 80:96], axis=(0, 1)).max() == 0
    assert (shown[0, 0] == round(200 * 0.6)).all()  # dimmed, grey


def test_more_weight_is_lighter() -> None:
    weights = torch.full((6, 8), 0.5 / 47)
    weights[0, 0] = 0.5
    black = Image.new("RGB", (64, 48))
    shown = np.asarray(heat_map(weights, maps(), black, Scale(48), (64, 48))).astype(int)
    assert shown[0, 0].sum() > shown[-1, -1].sum() > 0


def test_the_figure_grows_with_points_and_shows_them() -> None:
    one, two = (draw_attention(CONTENT, STYLE, maps(points)) for points in (1, 2))
    assert one.width == two.width and two.height > one.height
    bare = draw_attention(CONTENT, STYLE, maps(1, gate=False))
    assert bare.width < one.width  # one set of maps, not two


@pytest.mark.parametrize("heads", [1, 3, 8, 16])
@pytest.mark.parametrize("size", [(300, 10), (10, 300), (64, 48), (1, 1)])
def test_any_shape_of_style_and_any_number_of_heads(heads: int, size: tuple[int, int]) -> None:
    figure = draw_attention(CONTENT.resize(size), STYLE.resize(size), maps(heads=heads))
    assert figure.mode == "RGB"
    white = np.asarray(figure)[-8:]  # nothing is drawn over the edge
    assert white.min() == 255


@pytest.mark.parametrize("place", [(50, 30), (0, 0), (99, 59), (99, 0)])
def test_a_mark_is_where_it_belongs_and_its_number_on_the_picture(place: tuple[int, int]) -> None:
    sheet = Image.new("RGB", (100, 60), (0, 128, 0))
    mark(sheet, place, 3, 8)
    changed = (np.asarray(sheet) != (0, 128, 0)).any(2)
    x, y = place
    assert changed[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].any()
    assert changed.sum() > 500  # ring and number, the number as a whole


def test_words_are_printable_and_fit() -> None:
    assert printable("Café Zoë 漢.png") == "Cafe Zoe ?.png"
    long = "a very long file name of a holiday photo 00012345.jpeg"
    short = shortened(long, 14, 120)
    assert font(14).getlength(short) <= 120
    assert short.startswith("a very") and short.endswith(".jpeg") and "..." in short
    assert shortened("cat.png", 14, 120) == "cat.png"
    assert shortened("cat.png", 14, 3) == ""
