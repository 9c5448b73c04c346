"""Lists of contents and styles as people, shells and spreadsheets write them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from batch_parts import photos, results
from conftest import CommandLine, fails, pixels
from PIL import Image

from stylectl.batch.lists import read_list

__all__ = ["photos"]
SMALL = ("-o", "out", "--style-size", "64")


def rows(name: str, data: str | bytes) -> list[tuple[str, ...]]:
    """What a list is read as: contents and styles relative to its folder."""
    path = Path("lists") / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return [
        tuple(os.path.relpath(file, "lists") for file in (entry.content, *entry.styles))
        for entry in read_list(path)
    ]


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.txt", "a.jpg\nb.jpg\n", [("a.jpg",), ("b.jpg",)]),
        ("a.txt", "a.jpg\r\n\r\n# no\r\n  b.jpg", [("a.jpg",), ("b.jpg",)]),
        ("a.txt", "a.jpg,s.png\nb.jpg , t\nc", [("a.jpg", "s.png"), ("b.jpg", "t"), ("c",)]),
        ("a.txt", '"a, b.jpg","s.png"\n"c d.jpg"\n', [("a, b.jpg", "s.png"), ("c d.jpg",)]),
        ("a.txt", "x,y.jpg\n", [("x,y.jpg",)]),  # there is such a file
        ("a.txt", "\ufeffGrün/ä.jpg\n", [("Grün/ä.jpg",)]),
        ("A.CSV", "content,style\na.jpg,s.png\n", [("a.jpg", "s.png")]),
        ("a.csv", "\ufeffContent,Style1,Style2\r\na,s.png,t.png\r\n", [("a", "s.png", "t.png")]),
        ("a.csv", "a.jpg,s.png\n", [("a.jpg", "s.png")]),
        ("a.csv", "contents\na.jpg,\n", [("a.jpg",)]),
        ("a.csv", '"say ""hi""",s\n,,\n"two\nlines"\n', [('say "hi"', "s"), ("two\nlines",)]),
        ("a.csv", "#1.jpg\n", [("#1.jpg",)]),
        ("a.csv", "a.jpg,s.png\n".encode("utf-16"), [("a.jpg", "s.png")]),
        ("a.txt", b"caf\xe9.jpg\n", [(os.fsdecode(b"caf\xe9.jpg"),)]),
        ("a.txt", "../b.jpg,x/../s.png\n", [("../b.jpg", "s.png")]),
    ],
)  # fmt: skip
def test_reading(
    folder: Path, name: str, data: str | bytes, expected: list[tuple[str, ...]]
) -> None:
    Path("lists").mkdir()
    Path("lists/x,y.jpg").touch()
    assert rows(name, data) == expected


def test_absolute_paths(folder: Path) -> None:
    Path("list.csv").write_text("/a/b.jpg,/c.jpg\n")
    (entry,) = read_list(Path("list.csv"))
    assert (entry.content, entry.styles) == (Path("/a/b.jpg"), (Path("/c.jpg"),))
    assert entry.place == Path("b.jpg")


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.txt", b"", "names no image"),
        ("a.csv", b"content,style\n", "names no image"),
        ("a.csv", b'a.jpg\n"b.jpg', "line 2 is no CSV"),
        ("a.csv", b'a.jpg\n"b"c.jpg\n', "line 2 is no CSV"),
        ("a.csv", b"a.jpg,s.png\n,s.png\n", "line 2 has an empty column"),
        ("a.txt", b'"a.jpg","b\n', "line 1 has odd quotes"),
        ("a.txt", b"a\0.jpg\n", "line 1 holds a zero byte"),
        ("a.txt", b"a.jpg,cup.png,cup.png\n", "2 styles for"),
        ("a.txt", b"cat.png,cup.png\ncat.png\n", "no style for cat.png (a.txt, line 2)"),
    ],
)
def test_lists_that_are_none(
    cli: CommandLine, folder: Path, name: str, data: bytes, told: str
) -> None:
    Path(name).write_bytes(data)
    code = 2 if " styles for" in told or "no style" in told else 3
    fails(cli, code, told, arguments=("stylize", name))


def test_a_missing_list(cli: CommandLine, folder: Path) -> None:
    fails(cli, 3, "none.csv cannot be read", arguments=("stylize", "none.csv", "cup.png"))


def test_a_list_paints_its_pairs(cli: CommandLine, photos: Path) -> None:
    Path("photos/list.csv").write_text(
        "content,style\np0.jpg,../cup.png\np0.jpg,p1.jpg\np2.jpg,../cup.png\n"
    )
    ended = cli("stylize", "photos/list.csv", *SMALL)
    assert ended.code == 0, ended.err
    names = ["p0_stylized_cup.png", "p0_stylized_p1.png", "p2_stylized_cup.png"]
    assert list(results(Path("out"))) == names
    alone = ("stylize", "photos/p0.jpg", "photos/p1.jpg", "--style-size", "64", "-o", "a.png")
    assert cli(*alone).code == 0
    assert Path("a.png").read_bytes() == results(Path("out"))[names[1]]


def test_a_list_of_contents_takes_the_style_of_the_command(cli: CommandLine, photos: Path) -> None:
    absolute = Path("photos/p1.jpg").resolve()
    Path("list.txt").write_text(f"photos/p0.jpg\n{absolute}\n./photos/../photos/p2.jpg\n")
    assert cli("stylize", "list.txt", "cup.png", *SMALL).code == 0
    assert sorted(results(Path("out"))) == ["p1.png", "p2.png", "photos/p0.png"]


def test_a_style_of_a_line_counts_more(cli: CommandLine, photos: Path) -> None:
    Path("list.txt").write_text("photos/p0.jpg,cup.png\nphotos/p1.jpg\n")
    assert cli("stylize", "list.txt", "cat.png", *SMALL).code == 0
    assert sorted(results(Path("out"))) == ["photos/p0_stylized_cup.png", "photos/p1.png"]


def test_a_bad_style_fails_its_lines_only(cli: CommandLine, photos: Path) -> None:
    Path("bad.png").write_text("no image")
    Path("list.txt").write_text(
        "photos/p0.jpg,bad.png\nphotos/p1.jpg,cup.png\nphotos/p2.jpg,none.png\nphotos/none.jpg,cup.png"
    )
    ended = cli("stylize", "list.txt", *SMALL)
    assert ended.code == 9
    assert list(results(Path("out"))) == ["photos/p1_stylized_cup.png"]
    for told in ("bad.png is not an image", "none.png does not exist", "photos/none.jpg  does not"):
        assert told in ended.err


def test_lines_of_one_name(cli: CommandLine, photos: Path) -> None:
    Path("list.txt").write_text("photos/p0.jpg\nphotos/p1.jpg\nphotos/p0.jpg\n")
    error, _ = fails(cli, 4, arguments=("stylize", "list.txt", "cup.png", *SMALL))
    assert "photos/p0.jpg (list.txt, line 1) and photos/p0.jpg (list.txt, line 3)" in error


def test_a_result_that_would_be_an_input(cli: CommandLine, photos: Path) -> None:
    Image.open("photos/p0.jpg").save("photos/q.png")
    Path("list.txt").write_text("photos/q.png\n")
    command = ("stylize", "list.txt", "cup.png", "-o", ".", "--overwrite")
    fails(cli, 4, "photos/q.png is both an output and an input", arguments=command)


def test_names_of_any_kind(cli: CommandLine, photos: Path) -> None:
    names = ["-rf.jpg", "a; touch pwned.jpg", "[bold]x.jpg", "日本 ä.jpg", "tab\tin.jpg"]
    for name in names:
        os.link("photos/p0.jpg", Path("photos") / name)
    ended = cli("stylize", "photos", "cup.png", *SMALL)
    assert ended.code == 0, ended.err
    assert {Path(name).stem + ".png" for name in names} <= set(results(Path("out")))
    assert "[bold]x.png" in ended.err and not Path("pwned").exists()


def test_multistyle_and_interpolate_take_folders(cli: CommandLine, photos: Path) -> None:
    Image.open("cup.png").rotate(180).convert("L").save("ink.png")
    for verb, options in (
        ("multistyle", ("--weights", "2,1")),
        ("multistyle", ("--stitch", "grid")),
        ("multistyle", ("--layout", "radial")),
        ("multistyle", ("--mask", "photos/p3.jpg", "--feather", "0")),
        ("interpolate", ("--alpha", "0.3")),
    ):
        styles = ("cup.png", "ink.png", "--style-size", "64", *options)
        ended = cli(verb, "photos", *styles, "-o", "out", "--overwrite")
        assert ended.code == 0, ended.err
        assert cli(verb, "photos/p1.jpg", *styles, "-o", "a.png", "--overwrite").code == 0
        assert results(Path("out"))["p1.png"] == Path("a.png").read_bytes()


def test_multistyle_and_interpolate_take_lists(cli: CommandLine, photos: Path) -> None:
    Path("list.csv").write_text("content,style1,style2\ncat.png,cup.png,photos/p1.jpg\n")
    assert cli("multistyle", "list.csv", *SMALL).code == 0
    assert cli("interpolate", "list.csv", *SMALL, "--alpha", "0.25").code == 0
    names = ["cat_stylized_cup_p1.png", "cat_stylized_cup_p1_alpha0.25.png"]
    assert list(results(Path("out"))) == names
    first, second = (pixels(Path("out") / name) for name in names)
    assert abs(first - second).max() > 0


def test_a_mask_of_another_shape_fails_its_content_only(cli: CommandLine, photos: Path) -> None:
    Image.open("cat.png").resize((64, 20)).save("photos/wide.png")
    command = ("multistyle", "photos", "cup.png", "cat.png", "--mask", "photos/p3.jpg", *SMALL)
    ended = cli(*command)
    assert ended.code == 9
    assert len(results(Path("out"))) == 4
    assert "photos/wide.png" in ended.err and "the mask photos/p3.jpg" in ended.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("interpolate", "photos", "cup.png", "cat.png"), "give one --alpha"),
        (("interpolate", "photos", "cup.png", "cat.png", "--alpha", "0", "--alpha", "1"), "one -"),
        (("interpolate", "photos", "cup.png", "cat.png", "--steps", "3"), "give one --alpha"),
        (("interpolate", "photos", "cup.png", "cat.png", "--alpha", "1", "--fps", "3"), "--fps is"),
        (("interpolate", "photos", "cup.png", "cat.png", "a.png", "--alpha", "1"), "3 styles"),
        (("multistyle", "photos", "cup.png"), "only one style"),
        (("multistyle", "photos", "cup.png", "cat.png", "--weights", "1,2,3"), "3 weights for 2"),
        (("multistyle", "photos", "cup.png", "cat.png", "--save-stitched", "x.png"), "--save-st"),
    ],
)  # fmt: skip
def test_what_goes_not_with_several(
    cli: CommandLine, photos: Path, arguments: tuple[str, ...], told: str
) -> None:
    fails(cli, 2, told, arguments=arguments)
