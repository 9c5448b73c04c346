"""The library's side: jobs travel, a workshop performs them, threads stay within bounds."""

from __future__ import annotations

import pickle
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from batch_parts import fill, photos, results
from conftest import pixels

from stylectl.batch.flow import Ahead, Behind, batches
from stylectl.batch.job import Job, Result, Settings, Together
from stylectl.batch.workshop import Workshop

__all__ = ["photos"]
STYLE = (Path("cup.png"),)


def jobs_for(folder: Path, settings: Settings, out: Path = Path("out")) -> list[Job]:
    return [
        Job(file, STYLE, out / f"{file.stem}.png", settings) for file in sorted(folder.iterdir())
    ]


def test_jobs_and_results_may_be_pickled(photos: Path, weights: Path) -> None:
    settings = Settings(style_size=64, together=Together(masks=(Path("m.png"),)))
    (job, *_) = jobs = jobs_for(Path("photos"), settings)
    assert pickle.loads(pickle.dumps(jobs)) == jobs
    assert pickle.loads(pickle.dumps(job)).settings.digest == settings.digest
    told: list[Result] = []
    with Workshop.open(Path("out"), str(weights), device="cpu") as workshop:
        workshop.perform(jobs_for(Path("photos"), Settings(style_size=64)), told.append)
        workshop.perform(jobs_for(Path("photos"), Settings(style_size=64)), told.append)
    assert [result.status for result in told] == ["done"] * 4 + ["kept"] * 4
    assert pickle.loads(pickle.dumps(told)) == told


def test_an_unforeseen_error_fails_its_job_only(
    photos: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stylectl.stylize.stylizer import Stylizer

    stylize = Stylizer.stylize

    def fail(self: Stylizer, content: np.ndarray, *rest: object, **options: object) -> object:
        if len(content) == 4 or content[0, 0, 0] == first:
            raise ZeroDivisionError("by zero")
        return stylize(self, content, *rest, **options)  # type: ignore[arg-type]

    first = pixels(Path("photos/p2.jpg"))[0, 0, 0]
    monkeypatch.setattr(Stylizer, "stylize", fail)
    told: list[Result] = []
    with Workshop.open(Path("out"), str(weights), device="cpu") as workshop:
        workshop.perform(jobs_for(Path("photos"), Settings(style_size=64)), told.append)
    failures = {result.job.content.name: result.failure for result in told if result.failure}
    assert list(failures) == ["p2.jpg"]
    failure = failures["p2.jpg"]
    assert failure and "ZeroDivisionError: by zero" in failure.message and failure.exit_code == 1


def test_a_style_that_changes_is_encoded_anew(photos: Path, weights: Path) -> None:
    settings = Settings(style_size=64)
    with Workshop.open(Path("out"), str(weights), device="cpu") as workshop:
        workshop.perform(jobs_for(Path("photos"), settings), lambda result: None)
        before = results(Path("out"))
        Path("cup.png").write_bytes(Path("cat.png").read_bytes())
        told: list[Result] = []
        again = [replace(job, replace=True) for job in jobs_for(Path("photos"), settings)]
        workshop.perform(again, told.append)
    assert {result.status for result in told} == {"done"}
    assert not set(before.values()) & set(results(Path("out")).values())


def test_reading_ahead_is_bounded() -> None:
    at_once, most, lock = [0], [0], threading.Lock()

    def work(item: int) -> int:
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        return item

    ahead = Ahead(work, lambda weight: 10, most=6, budget=30, threads=2)
    taken = []
    for item in ahead.over(range(40)):
        time.sleep(0.005)
        taken.append(item)
        with lock:
            at_once[0] -= 1
    assert taken == list(range(40))
    assert most[0] <= 3 + 2 + 1  # the budget, what is in work, and the one that is taken


def test_writing_behind_is_bounded_and_told_to_the_end() -> None:
    begun = threading.Semaphore(0)
    told: list[int] = []
    with pytest.raises(KeyboardInterrupt), Behind(told.append, budget=20, threads=1) as behind:
        for number in range(6):

            def work(number: int = number) -> int:
                begun.release()
                time.sleep(0.01)
                return number

            behind.put(work, 10)
            assert number - len(told) <= 3
        raise KeyboardInterrupt
    assert told == list(range(6))


@pytest.mark.parametrize(
    ("most", "expected"),
    [(1, ["a", "b", "A", "a", "B"]), (2, ["aA", "bB", "a"]), (9, ["aAa", "bB"])],
)
def test_alike_go_together(most: int, expected: list[str]) -> None:
    groups = batches("abAaB", str.lower, lambda item: most, lambda held: len(held) >= 4)
    found = ["".join(group) for group in groups]
    assert sorted("".join(found)) == sorted("abAaB")
    assert all(len(group) <= most and len({item.lower() for item in group}) == 1 for group in found)
    if most > 1:
        assert found[0] == expected[0]


def test_more_styles_than_are_at_hand(
    photos: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stylectl.batch import styles

    monkeypatch.setattr(styles, "ENCODED", 1)
    fill(Path("styles"), 2)
    settings = Settings(style_size=64)
    jobs = [
        Job(photo, (style,), Path("out") / f"{photo.stem}{style.stem}.png", settings)
        for photo in Path("photos").iterdir()
        for style in Path("styles").iterdir()
    ]
    told: list[Result] = []
    with Workshop.open(Path("out"), str(weights), device="cpu") as workshop:
        workshop.perform(jobs, told.append)
    assert [result.status for result in told] == ["done"] * 8
