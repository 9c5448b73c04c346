"""The page of a study in a real browser: Chromium without a window, clicked and typed through.

Whoever answers here looks at the pictures as a person does: by their colour, which tells the test
the method. So what is counted at the end shows that every answer went to the right one.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import CommandLine
from PIL import Image
from study_parts import COLOURS, MAKE, METHODS, QUESTIONS, studio

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

__all__ = ["studio"]  # a fixture
PAIRS = 3
FAVOURITES: dict[str, str] = dict(
    zip(QUESTIONS, METHODS, strict=True)
)  # of the person who answers here

# The mean colour of a picture, as it was decoded.
LOOK = """
const image = arguments[0].querySelector("img");
const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
return image.decode().then(() => {
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
});
"""

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


def new_browser(downloads: Path) -> Chrome:
    """Chromium with Debian's driver; skips the test where one of the parts is not installed."""
    pytest.importorskip("selenium", reason="selenium is missing: pip install '.[browser]'")
    from selenium import webdriver
    from selenium.common.exceptions import SessionNotCreatedException

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("no Chromium with chromedriver: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in ("--headless=new", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    if os.geteuid() == 0:  # as in a container: Chromium refuses to sandbox itself there
        options.add_argument("--no-sandbox")
    try:
        return webdriver.Chrome(options, webdriver.ChromeService(driver))
    except SessionNotCreatedException as error:
        pytest.skip(f"Chromium does not start: {(error.msg or '').splitlines()[0]}")


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    chrome = new_browser(tmp_path_factory.mktemp("downloads"))
    yield chrome
    chrome.quit()


class Visitor:
    """A person in front of the page."""

    def __init__(self, window: Chrome, page: Path) -> None:
        self.window, self.page = window, page
        self.resize(1200, 800)
        window.execute_cdp_cmd("Storage.clearDataForOrigin",
                               {"origin": "file://", "storageTypes": "all"})  # fmt: skip
        downloads = {"behavior": "allow", "downloadPath": str(page.parent)}
        window.execute_cdp_cmd("Browser.setDownloadBehavior", downloads)
        self.open()
        window.execute_script("localStorage.clear()")
        self.open()

    def open(self) -> None:
        self.window.get(self.page.as_uri())

    def resize(self, width: int, height: int) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.window.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def find(self, selector: str) -> WebElement:
        return self.window.find_element("css selector", selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.window.find_elements("css selector", selector)

    def click(self, selector: str) -> None:
        self.find(selector).click()

    def press(self, *keys: str) -> None:
        from selenium.webdriver import ActionChains

        ActionChains(self.window).send_keys(*keys).perform()

    @property
    def question(self) -> str:
        return self.find("#steps [aria-current=step]").text.removeprefix("✓ ").lower()

    @property
    def pair(self) -> str:
        return self.find("label[for=progress]").text

    def methods(self) -> list[str]:
        """The method of each picture, by its looks, as the pictures stand."""
        return [self._method(button) for button in self.all("#results button")]

    def favourite(self) -> int:
        """Where the picture stands that this person likes best for the present question."""
        return self.methods().index(FAVOURITES[self.question])

    def _method(self, button: WebElement) -> str:
        seen = self.window.execute_script(LOOK, button)
        distance = {
            method: sum(abs(a - b) for a, b in zip(seen, colour, strict=True))
            for method, colour in COLOURS.items()
        }
        return min(distance, key=distance.__getitem__)

    def answer_by_mouse(self) -> None:
        self.all("#results button")[self.favourite()].click()

    def saved(self) -> Path:
        """The file that the browser saved."""
        for _ in range(100):
            files = list(self.page.parent.glob("answers-*.json"))
            if files and not list(self.page.parent.glob("*.crdownload")):
                return files[-1]
            time.sleep(0.05)
        raise AssertionError("nothing was saved")


@pytest.fixture
def visitor(cli: CommandLine, studio: Path, window: Chrome) -> Visitor:
    assert cli(*MAKE, "--pairs", PAIRS, "--quiet").code == 0
    return Visitor(window, studio / "study.html")


def shares(cli: CommandLine, *files: Path) -> dict[str, dict[str, int]]:
    """question -> method -> how often it was chosen, as `tally` counts."""
    ended = cli("study", "tally", *files, "--json")
    assert ended.code == 0, ended.err
    return {
        question["question"]: {s["method"]: s["chosen"] for s in question["shares"] if s["chosen"]}
        for question in json.loads(ended.out)["questions"]
    }


ALL_FAVOURITES = {question: {method: PAIRS} for question, method in FAVOURITES.items()}


def test_by_mouse(cli: CommandLine, visitor: Visitor) -> None:
    visitor.click("#start")
    orders = set()
    for number in range(PAIRS):
        assert visitor.pair == f"Pair {number + 1} of {PAIRS}"
        orders.add(tuple(visitor.methods()))
        for index, question in enumerate(QUESTIONS):
            assert visitor.question == question
            assert visitor.find("#progress").get_property("value") == 3 * number + index
            visitor.answer_by_mouse()
    assert visitor.find("#end h1").text == "Thank you!"
    visitor.click("#save")
    file = visitor.saved()
    assert visitor.find("#saved").text == f"Saved as {file.name}"
    assert shares(cli, file) == ALL_FAVOURITES
    record = json.loads(file.read_text())
    assert len({json.dumps(entry["pair"]) for entry in record["answers"]}) == PAIRS
    assert record["finished"] > record["started"]
    assert len({tuple(entry["shown"]) for entry in record["answers"]}) == len(orders)


def test_by_keyboard(cli: CommandLine, visitor: Visitor) -> None:
    from selenium.webdriver import Keys

    visitor.press(Keys.TAB, Keys.TAB, Keys.ENTER)  # past the box about number keys
    for number in range(PAIRS):
        for question in QUESTIONS:
            assert (visitor.pair, visitor.question) == (f"Pair {number + 1} of {PAIRS}", question)
            place = visitor.favourite()
            if number % 2:
                visitor.press(*[Keys.TAB] * (place + 1), Keys.ENTER)
            else:
                visitor.press(str(place + 1))
    visitor.press(Keys.TAB, Keys.ENTER)
    assert shares(cli, visitor.saved()) == ALL_FAVOURITES


def test_a_reload_goes_on(cli: CommandLine, visitor: Visitor) -> None:
    visitor.click("#start")
    for _ in range(4):
        visitor.answer_by_mouse()
    before = (visitor.pair, visitor.question, visitor.methods())
    assert before[:2] == (f"Pair 2 of {PAIRS}", "style")
    visitor.open()
    assert (visitor.pair, visitor.question, visitor.methods()) == before
    for _ in range(3 * PAIRS - 4):
        visitor.answer_by_mouse()
    visitor.open()
    assert visitor.find("#end h1").text == "Thank you!"
    visitor.click("#save")
    assert shares(cli, visitor.saved()) == ALL_FAVOURITES


def test_back_changes_an_answer(cli: CommandLine, visitor: Visitor) -> None:
    from selenium.webdriver import Keys

    visitor.click("#start")
    assert not visitor.find("#back").is_enabled() and not visitor.find("#forward").is_enabled()
    wrong = (visitor.favourite() + 1) % 3
    visitor.press(str(wrong + 1))
    assert visitor.question == "style"
    visitor.press(Keys.ARROW_RIGHT)  # nothing is answered yet
    assert visitor.question == "style"
    visitor.press(Keys.ARROW_LEFT)
    assert visitor.question == "content"
    pressed = [button.get_attribute("aria-pressed") for button in visitor.all("#results button")]
    assert pressed.index("true") == wrong and pressed.count("true") == 1
    visitor.answer_by_mouse()
    visitor.click("#back")
    visitor.click("#forward")
    assert visitor.question == "style"
    for _ in range(3 * PAIRS - 1):
        visitor.answer_by_mouse()
    visitor.click("#save")
    assert shares(cli, visitor.saved()) == ALL_FAVOURITES


def test_stopping_early_and_going_on(cli: CommandLine, visitor: Visitor) -> None:
    visitor.click("#start")
    visitor.answer_by_mouse()
    visitor.click("#stop")
    assert f"1 of {3 * PAIRS} questions" in visitor.find("#outcome").text
    visitor.click("#save")
    file = visitor.saved()
    assert shares(cli, file) == {"content": {FAVOURITES["content"]: 1}, "style": {}, "overall": {}}
    assert json.loads(file.read_text())["finished"] is None
    visitor.click("#resume")
    assert visitor.question == "style"


def test_nothing_to_save_yet(visitor: Visitor) -> None:
    visitor.click("#start")
    visitor.click("#stop")
    assert not visitor.find("#save").is_enabled()


def test_another_person_starts_anew(visitor: Visitor) -> None:
    def person() -> Any:
        kept = visitor.window.execute_script("return Object.values(localStorage)[0]")
        return json.loads(kept)["record"]["person"]

    visitor.click("#start")
    first = person()
    visitor.answer_by_mouse()
    visitor.click("#stop")
    visitor.click("#anew")
    visitor.window.switch_to.alert.dismiss()
    assert visitor.find("#end").is_displayed() and person() == first
    visitor.click("#anew")
    visitor.window.switch_to.alert.accept()
    assert visitor.find("#welcome").is_displayed()
    visitor.click("#start")
    assert person() != first and visitor.find("#progress").get_property("value") == 0


def test_double_clicks_and_held_keys_answer_once(visitor: Visitor) -> None:
    from selenium.webdriver import ActionChains

    visitor.click("#start")
    ActionChains(visitor.window).double_click(visitor.all("#results button")[0]).perform()
    assert visitor.question == "style"
    held = {"type": "keyDown", "key": "1", "text": "1"}
    for repeated in (False, True, True):
        visitor.window.execute_cdp_cmd("Input.dispatchKeyEvent", {**held, "autoRepeat": repeated})
    assert visitor.question == "overall"


def test_number_keys_can_be_turned_off(visitor: Visitor) -> None:
    visitor.click("#keys")
    visitor.click("#start")
    visitor.press("1")
    assert visitor.question == "content"


def test_a_broken_memory_starts_anew(visitor: Visitor) -> None:
    visitor.click("#start")
    name = visitor.window.execute_script("return Object.keys(localStorage)[0]")
    for memory in ("{", "{}", "null", '{"record": {"answers": 3}, "place": {}}'):
        visitor.window.execute_script("localStorage.setItem(...arguments)", name, memory)
        visitor.open()
        assert visitor.find("#welcome").is_displayed()


def test_two_tabs_show_the_same(visitor: Visitor) -> None:
    visitor.click("#start")
    first = visitor.window.current_window_handle
    visitor.window.switch_to.new_window("tab")
    visitor.open()
    visitor.answer_by_mouse()
    visitor.window.close()
    visitor.window.switch_to.window(first)
    for _ in range(100):  # the news takes a moment
        if visitor.question == "style":
            return
        time.sleep(0.05)
    pytest.fail("the first tab still shows the first question")


def test_without_memory_it_works_and_warns(visitor: Visitor) -> None:
    visitor.window.execute_script(
        "Storage.prototype.setItem = () => { throw new DOMException('no', 'QuotaExceededError'); }"
    )
    visitor.click("#start")
    assert visitor.find("#unsaved").is_displayed()
    visitor.answer_by_mouse()
    assert visitor.question == "style"


# --- what is seen, and by whom


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
