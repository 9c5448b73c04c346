"""`stylectl study tally` counts what can be counted and names what cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import CommandLine, Ended
from PIL import Image
from study_parts import MAKE, METHODS, QUESTIONS, always, answer, studio

__all__ = ["studio"]  # a fixture
PAGE = Path("study.html")


@pytest.fixture
def people(cli: CommandLine, studio: Path) -> list[Path]:
    """The files of six people: four who like verdure and two who like azure."""
    assert cli(*MAKE, "--pairs", "4").code == 0
    tastes = ("verdure",) * 4 + ("azure",) * 2
    return [
        answer(PAGE, Path(f"{index}.json"), f"person {index}", always(method))
        for index, method in enumerate(tastes)
    ]


def counted(cli: CommandLine, *arguments: object) -> Any:
    """What the command says to a program."""
    return json.loads(cli("study", "tally", *arguments, "--json").out)


def test_the_table(cli: CommandLine, people: list[Path]) -> None:
    ended = cli("study", "tally", *people)
    assert (ended.code, ended.err) == (0, "")
    head, *rows, answers, note = ended.out.splitlines()
    assert head.split() == list(QUESTIONS)
    assert [row.split()[:3] for row in rows] == [
        ["azure", "33.3", "%"],
        ["rouge", "0.0", "%"],
        ["verdure", "66.7", "%"],
    ]
    assert answers.split()[:3] == ["answers", "24", "(worth"]
    assert note.startswith("people 6, pairs 4, chance 33.3 %; ")


def test_json(cli: CommandLine, people: list[Path]) -> None:
    data = counted(cli, *people)
    assert data["methods"] == sorted(METHODS)
    assert (data["people"], data["pairs"], data["chart"], data["rejected"]) == (6, 4, None, [])
    assert [question["question"] for question in data["questions"]] == list(QUESTIONS)
    verdure = data["questions"][2]["shares"][2]
    assert (verdure["method"], verdure["chosen"]) == ("verdure", 16)
    assert verdure["share"] == pytest.approx(2 / 3)
    assert verdure["low"] < verdure["share"] < verdure["high"]


def test_chart(cli: CommandLine, people: list[Path]) -> None:
    ended = cli("study", "tally", *people, "--chart", "chart.png")
    assert ended.code == 0 and "wrote chart.png (chart, " in ended.err
    with Image.open("chart.png") as image:
        assert image.size == (1600, 1000)
    before = Path("chart.png").read_bytes()
    assert cli("study", "tally", *people[:5], "--chart", "chart.png").code == 4
    assert Path("chart.png").read_bytes() == before
    assert cli("study", "tally", *people[:5], "--chart", "chart.png", "--overwrite").code == 0
    assert Path("chart.png").read_bytes() != before
    assert counted(cli, *people, "--chart", "other.webp")["chart"] == "other.webp"


def test_a_chart_of_no_format_or_on_top_of_answers(cli: CommandLine, people: list[Path]) -> None:
    assert "chart.doc" in cli("study", "tally", *people, "--chart", "chart.doc").err
    people[0].rename("one.png")
    ended = cli("study", "tally", "one.png", *people[1:], "--chart", "one.png", "--overwrite")
    assert ended.code == 4 and "both the output and an input" in ended.err


def test_quiet(cli: CommandLine, people: list[Path]) -> None:
    ended = cli("study", "tally", *people, "--chart", "chart.png", "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert Path("chart.png").exists()


def test_few_people_are_warned_about(cli: CommandLine, people: list[Path]) -> None:
    assert "fewer than 5 people" in cli("study", "tally", *people[:4]).err
    assert "fewer" not in cli("study", "tally", *people[:5]).err


def test_people_who_stopped_early_count(cli: CommandLine, people: list[Path]) -> None:
    answer(PAGE, people[0], "early", {"content": ["rouge", "rouge"], "style": ["azure"]})
    content, style, overall = counted(cli, *people)["questions"]
    assert [content["answers"], style["answers"], overall["answers"]] == [22, 21, 20]
    assert content["shares"][1]["chosen"] == 2


# --- files that do not count


Damage = Callable[[dict[str, Any]], object]
DAMAGES: dict[str, tuple[Damage, str]] = {
    "other JSON": (lambda data: data.clear(), "holds no answers of a study"),
    "newer": (lambda data: data.update(version=2), "is of version 2, not 1"),
    "no legend": (lambda data: data.pop("legend"), "is damaged"),
    "half a legend": (lambda data: data.update(legend=data["legend"][:12]), "is damaged"),
    "legend of a number": (lambda data: data.update(legend=7), "is damaged"),
    "no person": (lambda data: data.update(person=None), "is damaged"),
    "answers of text": (lambda data: data.update(answers="many"), "is damaged"),
    "foreign mark": (lambda d: d["answers"][0]["choices"].update(style="1"), "is damaged"),
    "foreign question": (lambda d: d["answers"][0]["choices"].update(taste="1"), "is damaged"),
    "pair twice": (lambda d: d["answers"].append(d["answers"][0]), "is damaged"),
    "method left out": (lambda d: d["answers"][0]["shown"].pop(), "is damaged"),
    "no answers": (lambda data: data.update(answers=[]), "answers no question"),
}


def rejects(ended: Ended, *said: str) -> Any:
    """The result of a run that must count the rest and fail."""
    assert ended.code == 3
    for words in said:
        assert words in ended.err
    return ended.out


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_files_are_named_and_the_rest_counts(
    cli: CommandLine, people: list[Path], damage: str
) -> None:
    change, reason = DAMAGES[damage]
    data = json.loads(people[0].read_text())
    change(data)
    people[0].write_text(json.dumps(data))
    ended = cli("study", "tally", *people)
    out = rejects(
        ended,
        f"warning: 0.json {reason}: not counted\n",
        "error: 1 of 6 files of answers were not counted: 0.json\n",
    )
    assert "people 5, " in out and "verdure   60.0 %" in out


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "is no JSON"), (b"{", "is no JSON"), (b"\xff\xfe", "is no JSON"),
     (b"[" * 99999, "is no JSON"), (b"[1]", "holds no answers"), (b"null", "holds no answers")],
)  # fmt: skip
def test_files_of_anything(
    cli: CommandLine, people: list[Path], content: bytes, reason: str
) -> None:
    people[5].write_bytes(content)
    assert "people 5, " in rejects(cli("study", "tally", *people), f"warning: 5.json {reason}")


def test_missing_files_and_folders(cli: CommandLine, people: list[Path]) -> None:
    ended = cli("study", "tally", *people, "none.json", "rouge")
    said = ("none.json cannot be read: No such file", "rouge cannot be read: Is a directory")
    assert "people 6, " in rejects(ended, *said)


def test_a_person_counts_once_with_the_most_answers(cli: CommandLine, people: list[Path]) -> None:
    answer(PAGE, Path("early.json"), "person 0", {"content": ["rouge"]})
    for order in (["early.json", *people], [*people, "early.json"]):
        ended = cli("study", "tally", *order, "--json")
        data = json.loads(rejects(ended, "1 of 7 files of answers were not counted: early.json"))
        assert data["rejected"] == [
            {"file": "early.json", "reason": "is by the same person as 0.json"}
        ]
        assert data["questions"][0]["shares"][1]["chosen"] == 0


def test_a_file_given_twice(cli: CommandLine, people: list[Path]) -> None:
    out = rejects(cli("study", "tally", *people, people[0]), "0.json is given twice")
    assert "people 6, " in out


def test_answers_of_another_study(cli: CommandLine, people: list[Path]) -> None:
    assert cli(*MAKE, "-o", "other.html", "--pairs", "4", "--size", "50").code == 0
    answer(Path("other.html"), Path("foreign.json"), "stranger", always("rouge"))
    out = rejects(cli("study", "tally", "foreign.json", *people), "foreign.json belongs to study")
    assert "people 6, " in out and "rouge     0.0 %" in out


def test_nothing_to_count(cli: CommandLine, people: list[Path]) -> None:
    people[0].write_text("{}")
    ended = cli("study", "tally", people[0], "--chart", "chart.png")
    assert (ended.code, ended.out) == (3, "")
    assert "0.json holds no answers" in ended.err
    assert "error: no file of answers can be counted" in ended.err
    assert not Path("chart.png").exists()


def test_names_are_named_even_when_quiet(cli: CommandLine, people: list[Path]) -> None:
    people[0].write_text("{}")
    ended = cli("study", "tally", *people, "--quiet")
    assert ended.out == "" and len(ended.err.splitlines()) == 2
    assert "0.json" in ended.err
