"""The page of a study, clicked and typed through in Chromium: what is saved is what was chosen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conftest import CommandLine
from study_parts import QUESTIONS
from study_visitor import FAVOURITES, PAIRS, Visitor, studio, visitor, window

__all__ = ["studio", "visitor", "window"]  # fixtures


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
    from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
    from selenium.webdriver.support.ui import WebDriverWait

    visitor.click("#start")
    first = visitor.window.current_window_handle
    visitor.window.switch_to.new_window("tab")
    visitor.open()
    visitor.answer_by_mouse()
    visitor.window.close()
    visitor.window.switch_to.window(first)
    # The news takes a moment, and the page is loaded anew with it.
    missing = [NoSuchElementException, StaleElementReferenceException]
    waiting = WebDriverWait(visitor.window, 20, ignored_exceptions=missing)
    waiting.until(lambda _: visitor.question == "style")


def test_without_memory_it_works_and_warns(visitor: Visitor) -> None:
    visitor.window.execute_script(
        "Storage.prototype.setItem = () => { throw new DOMException('no', 'QuotaExceededError'); }"
    )
    visitor.click("#start")
    assert visitor.find("#unsaved").is_displayed()
    visitor.answer_by_mouse()
    assert visitor.question == "style"
