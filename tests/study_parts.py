"""What the tests of the study share: results that tell their method, and people who answer."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

COLOURS = {"rouge": (200, 30, 30), "verdure": (30, 160, 30), "azure": (30, 30, 200)}
METHODS = tuple(COLOURS)
CONTENTS, STYLES = ("cat", "cup", "hut"), ("ink", "oil", "wax")
MAKE = ("study", "make", *METHODS, "--content", "contents", "--style", "styles")
QUESTIONS = ("content", "style", "overall")


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: contents, styles, and a folder of results in one colour a method."""
    for folder, names in (("contents", CONTENTS), ("styles", STYLES)):
        (tmp_path / folder).mkdir()
        for index, name in enumerate(names):
            grey = Image.linear_gradient("L").rotate(90 * index).resize((96, 64))
            grey.convert("RGB").save(tmp_path / folder / f"{name}.png")
    for method, colour in COLOURS.items():
        (tmp_path / method).mkdir()
        for content in CONTENTS:
            for style in STYLES:
                picture = Image.new("RGB", (96, 64), colour)
                picture.save(tmp_path / method / f"{content}_stylized_{style}.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def study_of(page: Path) -> dict[str, Any]:
    """The data in a page."""
    text = page.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="study">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1])


def answer(page: Path, file: Path, person: str, chosen: dict[str, list[str]]) -> Path:
    """Writes what the page would save: a person who chooses these methods, pair after pair.

    Args:
        chosen: question -> the name of the method for the first pair, the second, and so on.
    """
    from stylectl.study.legend import unveil

    study = study_of(page)
    names = unveil(study["legend"])
    mark_of = {name: mark for mark, name in names.items()}
    count = max(map(len, chosen.values()))
    answers = [
        {
            "pair": entry["pair"],
            "shown": list(entry["results"]),
            "choices": {q: mark_of[m[i]] for q, m in chosen.items() if i < len(m)},
        }
        for i, entry in enumerate(study["pairs"][:count])
    ]
    record = {
        "format": "stylectl-study-answers", "version": 1, "study": study["id"], "person": person,
        "started": "2026-01-01T00:00:00Z", "finished": None, "legend": study["legend"],
        "answers": answers,
    }  # fmt: skip
    file.write_text(json.dumps(record))
    return file


def always(method: str, times: int = 4) -> dict[str, list[str]]:
    """Someone who always chooses the same."""
    return {question: [method] * times for question in QUESTIONS}
