"""The answers of people, from the files that the page saved."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylectl.errors import InputError
from stylectl.media import shown
from stylectl.study.legend import unveil
from stylectl.study.pairs import Pair
from stylectl.study.settings import QUESTIONS

FORMAT, VERSION = "stylectl-study-answers", 1


@dataclass(frozen=True)
class Answers:
    """One person's answers.

    Attributes:
        file: where they were read.
        study: the page they were given on.
        person: a random name of that person.
        methods: all methods that were shown, sorted.
        choices: question -> pair -> the chosen method; only what was answered.
    """

    file: Path
    study: str
    person: str
    methods: tuple[str, ...]
    choices: dict[str, dict[Pair, str]]

    @property
    def count(self) -> int:
        """How many questions were answered."""
        return sum(map(len, self.choices.values()))


@dataclass(frozen=True)
class Rejected:
    """A file that does not count, and why."""

    file: Path
    reason: str


def read_all_answers(paths: Sequence[Path]) -> tuple[list[Answers], list[Rejected]]:
    """The answers that count, one file a person and all of one study, and the other files.

    Of several studies the one with the most files counts, and of equally many the one that comes
    first; of several files by one person the one with the most answers.
    """
    read: list[Answers] = []
    rejected: list[Rejected] = []
    for index, path in enumerate(paths):
        if path in paths[:index]:
            rejected.append(Rejected(path, "is given twice"))
            continue
        try:
            read.append(read_answers(path))
        except InputError as error:
            rejected.append(Rejected(path, error.message))
    if read:
        study = Counter(answers.study for answers in read).most_common(1)[0][0]
        rejected += [
            Rejected(a.file, f"belongs to study {a.study}, the others to {study}")
            for a in read
            if a.study != study
        ]
        read = [answers for answers in read if answers.study == study]
    best: dict[str, Answers] = {}
    for answers in read:
        known = best.setdefault(answers.person, answers)
        if known is not answers:
            fewer, more = sorted((answers, known), key=lambda one: one.count)
            best[answers.person] = more
            rejected.append(Rejected(fewer.file, f"is by the same person as {shown(more.file)}"))
    return list(best.values()), rejected


def read_answers(path: Path) -> Answers:
    """Reads one file that the page saved.

    Raises:
        InputError: it cannot be read, is no file of answers, is damaged, or answers nothing. Its
            message does not name the file.
    """
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError("is no JSON, or is damaged") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise InputError("holds no answers of a study")
    if data.get("version") != VERSION:
        raise InputError(f"is of version {data.get('version')}, not {VERSION}")
    try:
        answers = _parsed(path, data)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("is damaged") from error
    if not answers.count:
        raise InputError("answers no question")
    return answers


def _parsed(path: Path, data: dict[str, Any]) -> Answers:
    """Raises whatever a structure raises that is not the page's."""
    names = unveil(data["legend"])
    choices: dict[str, dict[Pair, str]] = {question: {} for question in QUESTIONS}
    for entry in data["answers"]:
        pair = Pair(*(_text(entry["pair"][part]) for part in ("content", "style")))
        if sorted(entry["shown"]) != sorted(names):
            raise ValueError("other methods were shown than the legend names")
        for question, mark in entry["choices"].items():
            if pair in choices[question]:
                raise ValueError("a pair is answered twice")
            choices[question][pair] = names[mark]
    return Answers(
        path, _text(data["study"]), _text(data["person"]), tuple(sorted(names.values())), choices
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("text is missing")
    return value
