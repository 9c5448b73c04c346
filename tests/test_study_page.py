"""The page of a study as it is seen: at any width, by anybody, without a word to the network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import CommandLine
from PIL import Image
from study_parts import MAKE, METHODS
from study_visitor import PAIRS, Visitor, studio, visitor, window

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

__all__ = ["studio", "visitor", "window"]  # fixtures

# WCAG's contrast of every text that is seen with the ground behind it: the lowest.
CONTRAST = """
const light = (colour) => colour.match(/[0-9.]+/g).slice(0, 3)
  .map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const ground = (node) => {
  for (; node; node = node.parentElement) {
    const colour = getComputedStyle(node).backgroundColor;
    if (!/, 0\\)$/.test(colour)) return colour;
  }
};
const texts = [...document.querySelectorAll("body *")].filter((node) =>
  node.checkVisibility() && !node.matches(":disabled, script, style") &&
  [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()));
return Math.min(...texts.map((node) => {
  const pair = [light(getComputedStyle(node).color), light(ground(node))].sort((a, b) => b - a);
  return (pair[0] + 0.05) / (pair[1] + 0.05);
}));
"""


def screens(visitor: Visitor) -> Iterator[str]:
    """Goes through the three parts of the page."""
    yield "welcome"
    visitor.click("#start")
    yield "trial"
    visitor.answer_by_mouse()
    visitor.click("#back")
    yield "answered"
    visitor.click("#stop")
    yield "end"


def test_nothing_loads_and_nothing_complains(visitor: Visitor) -> None:
    visitor.window.get_log("browser")
    visitor.open()
    for screen in screens(visitor):
        script = "return performance.getEntriesByType('resource').map((entry) => entry.name)"
        loaded = visitor.window.execute_script(script)
        assert [name for name in loaded if not name.startswith("data:")] == [], screen
    assert visitor.window.get_log("browser") == []


def test_methods_are_not_named(visitor: Visitor) -> None:
    for _ in screens(visitor):
        seen = visitor.window.execute_script("return document.documentElement.outerHTML")
        assert not any(method in seen for method in METHODS)


@pytest.mark.parametrize("width", [320, 390, 768, 1200, 1920])
def test_any_width(visitor: Visitor, width: int) -> None:
    visitor.resize(width, 800)
    for screen in screens(visitor):
        script = "return document.documentElement.scrollWidth"
        assert visitor.window.execute_script(script) <= width, screen
        for picture in visitor.all("#trial:not([hidden]) img"):
            assert picture.size["width"] > 100 and picture.size["height"] > 50


@pytest.mark.parametrize("size", [(40, 120), (120, 40), (80, 80)])
def test_a_wide_window_shows_all_pictures_at_once(
    cli: CommandLine, studio: Path, window: Chrome, size: tuple[int, int]
) -> None:
    for file in studio.rglob("*.png"):
        Image.open(file).resize(size).save(file)
    assert cli(*MAKE, "--pairs", PAIRS, "--quiet").code == 0
    visitor = Visitor(window, studio / "study.html")
    visitor.click("#start")
    visitor.methods()  # waits until they are decoded
    assert window.execute_script("return document.documentElement.scrollHeight") <= 800
    for picture in visitor.all("#trial img"):
        assert max(picture.size.values()) > 200


def test_everything_has_a_name(visitor: Visitor) -> None:
    for screen in screens(visitor):
        for control in visitor.all("main:not([hidden]) :is(button, input, progress, img)"):
            decorative = control.get_attribute("alt") == ""  # in a button that has a name
            assert control.accessible_name or decorative, screen
        heading = visitor.find("main:not([hidden]) h1")
        assert visitor.window.switch_to.active_element == heading, screen
    visitor.click("#resume")
    names = [button.accessible_name for button in visitor.all("#results button")]
    assert [name.split(" ✓")[0] for name in names] == ["Picture 1", "Picture 2", "Picture 3"]


def test_text_and_focus_can_be_seen(visitor: Visitor) -> None:
    from selenium.webdriver import Keys

    for screen in screens(visitor):
        assert visitor.window.execute_script(CONTRAST) >= 4.5, screen
    visitor.click("#resume")
    visitor.press(Keys.TAB)
    focused = visitor.window.switch_to.active_element
    assert focused.get_attribute("data-mark")
    assert focused.value_of_css_property("outline-style") == "solid"
    assert focused.value_of_css_property("outline-width") == "3px"
