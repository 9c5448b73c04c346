"""A person in front of the page of a study, in a real browser: Chromium without a window.

They look at the pictures as a person does: by their colour, which tells the test the method. So
what is counted at the end shows that every answer went to the right one.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import CommandLine
from study_parts import COLOURS, MAKE, METHODS, QUESTIONS, studio

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

__all__ = ["FAVOURITES", "PAIRS", "Visitor", "studio", "visitor", "window"]  # fixtures among them
PAIRS = 3
FAVOURITES: dict[str, str] = dict(zip(QUESTIONS, METHODS, strict=True))  # of the person here

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
        downloads = {"behavior": "allow", "downloadPath": str(page.parent)}
        window.execute_cdp_cmd("Browser.setDownloadBehavior", downloads)
        self.forget()

    def open(self) -> None:
        self.window.get(self.page.as_uri())

    def forget(self) -> None:
        """Opens the page as somebody new, whatever an earlier test left in the browser's memory."""
        for _ in range(20):
            self.open()
            if self.find("#welcome").is_displayed():
                return
            # Chromium's memory is shared between processes: the next page may still read the old.
            self.window.execute_script("localStorage.clear()")
            time.sleep(0.05)
        raise AssertionError("the page still knows its earlier visitor")

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
