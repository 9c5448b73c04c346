"""Folders of photos: each becomes what it becomes alone, a bad one stops nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from batch_parts import RUN, alone, fill, photos, results, told
from conftest import CommandLine, fails, pixels
from PIL import Image

__all__ = ["photos"]


def test_each_photo_becomes_what_it_becomes_alone(cli: CommandLine, photos: Path) -> None:
    ended = cli(*RUN)
    assert (ended.code, ended.out) == (0, "")
    assert list(results(Path("out"))) == ["p0.png", "p1.png", "p2.png", "p3.png"]
    for number in range(4):
        assert results(Path("out"))[f"p{number}.png"] == alone(cli, f"photos/p{number}.jpg")
    lines = ended.err.splitlines()
    assert [line.split(" (")[0] for line in lines[:4]] == [
        f"wrote out/p{number}.png" for number in range(4)
    ]
    assert lines[4].startswith("note: painted 4 of 4 in ")
    assert len(lines) == 5


@pytest.mark.parametrize(
    "options",
    [
        ("--color", "match"),
        ("--color", "content"),
        ("--stroke-size", "4"),
        ("--strength", "0.5"),
        ("--size", "40"),
        ("--seed", "3"),
    ],
)
def test_options_count_as_for_one(cli: CommandLine, photos: Path, options: tuple[str, ...]) -> None:
    assert cli(*RUN, *options).code == 0
    assert results(Path("out"))["p1.png"] == alone(cli, "photos/p1.jpg", *options)
    assert results(Path("out"))["p1.png"] != alone(cli, "photos/p1.jpg")


def test_batches_through_the_network_change_nothing_that_is_seen(
    cli: CommandLine, photos: Path
) -> None:
    fill(Path("photos/more"), 3, (40, 40))
    assert cli(*RUN, "-r").code == 0
    assert cli(*RUN, "-r", "--batch-size", "3", "-o", "batched").code == 0
    for name in results(Path("out")):
        assert np.abs(pixels(Path("out") / name) - pixels(Path("batched") / name)).max() <= 1


def test_batches_are_formed(
    cli: CommandLine, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stylectl.batch import steps

    sizes: list[tuple[int, ...]] = []
    paint = steps.paint

    def counted(stylizer: Any, settings: Any, content: np.ndarray, *rest: Any, **more: Any) -> Any:
        sizes.append(tuple(content.shape))
        return paint(stylizer, settings, content, *rest, **more)

    monkeypatch.setattr(steps, "paint", counted)
    fill(Path("photos/more"), 1, (40, 40))
    assert cli(*RUN, "-r", "--batch-size", "2").code == 0
    assert sorted(sizes) == [(2, 3, 32, 48), (2, 3, 32, 48), (40, 40, 3)]
    sizes.clear()
    assert cli(*RUN, "-r", "--overwrite").code == 0
    assert sorted(sizes) == [(32, 48, 3)] * 4 + [(40, 40, 3)]  # one by one on a CPU


def test_a_style_is_encoded_once(
    cli: CommandLine, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stylectl.stylize.stylizer import Stylizer

    encoded: list[object] = []
    encode = Stylizer.encode_style

    def counted(self: Stylizer, *arguments, **options):
        encoded.append(options["colors_of"])
        return encode(self, *arguments, **options)

    monkeypatch.setattr(Stylizer, "encode_style", counted)
    assert cli(*RUN).code == 0
    assert encoded == [None]
    assert cli(*RUN, "--color", "match", "--overwrite").code == 0
    assert len(encoded) == 1 + 4


def test_the_tree_is_kept(cli: CommandLine, photos: Path) -> None:
    fill(Path("photos/a/b"), 1)
    fill(Path("photos/Köln 2"), 2)
    assert cli(*RUN).code == 0
    assert len(results(Path("out"))) == 4
    assert cli(*RUN, "-r", "-o", "all").code == 0
    tree = [f"p{number}.png" for number in range(4)]
    deeper = ["Köln 2/p0.png", "Köln 2/p1.png", "a/b/p0.png"]
    assert sorted(results(Path("all"))) == sorted([*deeper, *tree])


def test_formats(cli: CommandLine, photos: Path) -> None:
    for name, kind in (("jpg", "JPEG"), ("webp", "WEBP"), ("tiff", "TIFF"), ("avif", "AVIF")):
        assert cli(*RUN[:3], "--style-size", "64", "-o", name, "--format", name).code == 0
        assert sorted(results(Path(name))) == [f"p{number}.{name}" for number in range(4)]
        with Image.open(f"{name}/p0.{name}") as image:
            assert image.format == kind


def test_the_default_folder(cli: CommandLine, photos: Path) -> None:
    assert cli(*RUN[:3], "--style-size", "64").code == 0
    assert len(results(Path("photos_stylized_cup"))) == 4


def test_a_bad_file_stops_nothing(cli: CommandLine, photos: Path) -> None:
    Path("photos/bad.jpg").write_text("no image")
    whole = Path("photos/p0.jpg").read_bytes()
    Path("photos/cut.jpg").write_bytes(whole[: len(whole) // 2])
    Path("photos/empty.png").touch()
    ended = cli(*RUN)
    assert ended.code == 9
    assert len(results(Path("out"))) == 4
    lines = ended.err.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("failed  "))
    assert [line.rstrip().split(None, 1) for line in lines[at + 1 : -2]] == [
        ["photos/bad.jpg", "is not an image"],
        ["photos/cut.jpg", "is truncated or damaged"],
        ["photos/empty.png", "is empty (0 bytes)"],
    ]
    assert lines[-2] == "error: 3 of 7 pictures failed"
    assert "--resume" in lines[-1]


def test_json_tells_of_each_in_a_line(cli: CommandLine, photos: Path) -> None:
    Path("photos/bad.jpg").write_text("no image")
    ended = cli(*RUN, "--json")
    assert ended.code == 9
    lines = told(ended)
    assert {name: line["status"] for name, line in lines.items()} == {
        "out/bad.png": "failed",
        **{f"out/p{number}.png": "done" for number in range(4)},
    }
    bad, good = lines["out/bad.png"], lines["out/p1.png"]
    assert bad["error"] == "photos/bad.jpg is not an image"
    assert bad["hint"] and bad["exit_code"] == 3
    assert (good["content"], good["styles"]) == ("photos/p1.jpg", ["cup.png"])
    assert (good["width"], good["height"]) == (48, 32)
    assert good["seconds"] > 0 and good["warnings"] == []
    assert ended.err.splitlines()[0] == "error: 1 of 5 pictures failed"


def test_all_bad(cli: CommandLine, photos: Path) -> None:
    for photo in Path("photos").iterdir():
        photo.write_text("no image")
    ended = cli(*RUN, "--quiet")
    assert ended.code == 10
    assert "error: 4 of 4 pictures failed" in ended.err and "note" not in ended.err


def test_warnings_name_their_file(cli: CommandLine, photos: Path) -> None:
    Image.open("photos/p0.jpg").convert("RGBA").resize((20, 20)).save("photos/clear.png")
    clear = Image.new("RGBA", (20, 20), (9, 9, 9, 9))
    clear.save("photos/clear.png")
    ended = cli(*RUN, "--format", "jpg")
    assert ended.code == 0
    assert "warning: out/clear.jpg: JPEG has no transparency" in ended.err
    ended = cli(*RUN, "--format", "jpg", "--overwrite", "--json")
    assert ended.err == ""
    assert "JPEG has no transparency" in told(ended)["out/clear.jpg"]["warnings"][0]


def test_results_are_never_inputs(cli: CommandLine, photos: Path) -> None:
    inside = (*RUN[:3], "--style-size", "64", "-r", "--resume")
    assert cli(*inside, "-o", "photos/out").code == 0
    assert cli(*inside, "-o", "photos/out").code == 0
    assert len(results(Path("photos/out"))) == 4
    assert cli(*inside, "-o", "photos/deep/other", "--strength", "0").code == 0
    assert len(results(Path("photos/deep/other"))) == 4  # and not those in photos/out


def test_hidden_files_and_others_are_left_out(cli: CommandLine, photos: Path) -> None:
    Path("photos/.p9.jpg").write_text("no image")
    Path("photos/notes.txt").write_text("no image")
    Path("photos/tool.HEIC").write_text("no image")
    ended = cli(*RUN)
    assert ended.code == 0
    assert ended.err.startswith("note: left out, being no images by their names: .heic (1), .txt (")
    assert len(results(Path("out"))) == 4


@pytest.mark.parametrize("other", ["p1.png", "P1.jpeg"])
def test_two_results_of_one_name(cli: CommandLine, photos: Path, other: str) -> None:
    Image.open("photos/p0.jpg").save(Path("photos") / other)
    error, _ = fails(cli, 4, arguments=RUN)
    for name in ("photos/p1.jpg", f"photos/{other}", "would both be written to out/"):
        assert name in error


def test_existing_results_are_refused_before_work(cli: CommandLine, photos: Path) -> None:
    Path("out").mkdir()
    Path("out/p2.png").write_bytes(b"something dear")
    fails(cli, 4, "out/p2.png exists already", "--resume", "--overwrite", arguments=RUN)
    fails(cli, 4, "out/p2.png exists already", "--overwrite", arguments=(*RUN, "--resume"))
    assert cli(*RUN, "--overwrite").code == 0
    assert len(results(Path("out"))) == 4


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("photos", "cup.png", "-o", "photos"), 4, "both the folder of inputs and of results"),
        (("photos", "cup.png", "-o", "cup.png"), 4, "cup.png is a file, no folder"),
        (("photos", "cup.png", "-o", "new.png"), 4, "new.png is the name of one picture"),
        (("photos", "cup.png", "-o", "-"), 2, "- takes one picture"),
        (("photos", "none.png"), 3, "none.png does not exist"),
        (("photos",), 2, "no style"),
        (("photos", "cup.png", "--model", "none"), 5, "no weights are named"),
        (("empty", "cup.png"), 3, "empty is a folder without images"),
        (("outer", "cup.png"), 3, "-r looks there too"),
        (("cat.png", "cup.png", "--resume"), 2, "--resume is for folders and lists"),
        (("cat.png", "cup.png", "--watch"), 2, "--watch is for folders"),
        (("cat.png", "cup.png", "-o", "a.png", "--format", "jpg"), 2, "--format jpg contradicts"),
    ],
)
def test_what_cannot_work_is_said_before_work(
    cli: CommandLine, photos: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    Path("empty").mkdir()
    fill(Path("outer/inner"), 1)
    fails(cli, code, told, arguments=("stylize", *arguments))


def test_format_names_a_single_picture_too(cli: CommandLine, folder: Path) -> None:
    assert cli("stylize", "cat.png", "cup.png", "--format", "jpg").code == 0
    with Image.open("cat_stylized_cup.jpg") as image:
        assert image.format == "JPEG"
    same = ("stylize", "cat.png", "cup.png", "-o", "a.jpeg", "--format", "jpg")
    assert cli(*same).code == 0


def test_a_full_disk_ends_the_run(
    cli: CommandLine, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno
    import os

    from stylectl.batch.manifest import Manifest

    added: list[object] = []
    add = Manifest.add

    def full(self: Manifest, *arguments: Any) -> None:
        added.append(arguments)
        if len(added) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        add(self, *arguments)

    fill(Path("photos"), 20)
    with monkeypatch.context() as patch:
        patch.setattr(Manifest, "add", full)
        ended = cli(*RUN)
    assert ended.code == 4
    assert "its disk is full" in ended.err and "--resume" in ended.err
    assert len(results(Path("out"))) == 1
    assert len(added) < 10  # and not all 20 were painted in vain
    assert cli(*RUN, "--resume").code == 0
    assert len(results(Path("out"))) == 20
