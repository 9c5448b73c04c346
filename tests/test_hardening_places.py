"""Disks that are full, folders that vanish, names of any kind, pipes, and too little memory."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import clips
import pytest
from conftest import PAIR, CommandLine, fails
from PIL import Image

from stylectl.cli.painting import Painter

VIDEO = ("video", "in.mp4", "cup.png", "--style-size", "64")
NAMES = (
    "Größe 画像 🎨.png",
    "two\nlines\t.png",
    "-o.png",
    "--help.png",
    "a; touch pwned.png",
    "$(touch pwned) 'x\" %d %06d.png",
    "[red]bold[bold].png",
    "\x1b[31mred.png",
    os.fsdecode(b"\xff\xfe.png"),
    "x" * 251 + ".png",
)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for 64 KB."""
    place = tmp_path / "small"
    place.mkdir()
    made = (
        shutil.which("mount")
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "none", place],
            capture_output=True,
            check=False,
        ).returncode
    )
    if not made:
        pytest.skip("mounting a small disk takes root")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def fill(place: Path) -> None:
    with pytest.raises(OSError), (place / "filler").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def test_a_full_disk_leaves_nothing_of_a_picture(
    cli: CommandLine, folder: Path, small_disk: Path
) -> None:
    fill(small_disk)
    ended = cli(*PAIR, "-o", small_disk / "out.png")
    assert ended.code == 4
    error, hint = ended.err.splitlines()
    assert "No space left on device" in error and "free some space" in hint
    assert os.listdir(small_disk) == ["filler"]


def test_a_full_disk_keeps_what_is_replaced(
    cli: CommandLine, folder: Path, small_disk: Path
) -> None:
    (small_disk / "out.png").write_bytes(b"precious")
    fill(small_disk)
    ended = cli(*PAIR, "-o", small_disk / "out.png", "--overwrite")
    assert ended.code == 4
    assert (small_disk / "out.png").read_bytes() == b"precious"


def test_a_full_disk_leaves_nothing_of_a_clip(
    cli: CommandLine, folder: Path, small_disk: Path
) -> None:
    clips.plain(folder / "in.mp4")
    fill(small_disk)
    ended = cli(*VIDEO, "-o", small_disk / "out.mp4")
    assert ended.code == 4 and "No space left" in ended.err, ended.err
    assert "unexpected" not in ended.err
    assert os.listdir(small_disk) == ["filler"]


def test_a_read_only_disk(cli: CommandLine, folder: Path, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    fails(cli, 4, "cannot be written", arguments=(*PAIR, "-o", small_disk / "out.png"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_behind_stdout_is_told(
    cli: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open("/dev/full", "wb", buffering=0) as full:
        monkeypatch.setattr(
            "stylectl.cli.report.typer.echo", lambda text: full.write(text.encode())
        )
        ended = cli(*PAIR, "-o", "out.png", "--json")
    assert ended.code == 4
    assert ended.err.startswith("error: the standard output cannot be written: No space left")
    assert Image.open("out.png").size == (96, 64)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", ["content", "style", "output"])
def test_names_of_any_kind(cli: CommandLine, folder: Path, name: str, place: str) -> None:
    names = {"content": "cat.png", "style": "cup.png", "output": "out.png"}
    if place != "output":
        os.rename(names[place], name)
    names[place] = name
    output = f"--output={names['output']}"
    ended = cli("stylize", "--style-size=64", output, "--", names["content"], names["style"])
    assert ended.code == 0, ended.err
    assert Image.open(names["output"]).size == (96, 64)
    assert "\x1b" not in ended.err and len(ended.err.splitlines()) == 1
    assert not Path("pwned").exists()


@pytest.mark.parametrize("name", NAMES)
def test_errors_name_any_name_in_one_line(cli: CommandLine, folder: Path, name: str) -> None:
    ended = cli("stylize", "--", name, "cup.png")
    assert ended.code in (3, 4)  # the default output's name may be too long
    assert len(ended.err.splitlines()) == 2 and "\x1b" not in ended.err


def test_links(cli: CommandLine, folder: Path) -> None:
    os.symlink("cat.png", "link.png")
    os.symlink("nowhere.png", "dangling.png")
    assert cli("stylize", "link.png", "cup.png", "-o", "out.png").code == 0
    ended = cli("stylize", "dangling.png", "cup.png", "-o", "other.png")
    assert ended.code == 3 and "dangling.png does not exist" in ended.err
    link = ("stylize", "cat.png", "cup.png", "-o", "link.png", "--overwrite")
    ended = cli(*link)
    assert ended.code == 4 and "both the output and an input" in ended.err
    os.symlink("round.png", "round.png")
    ended = cli("stylize", "round.png", "cup.png", "-o", "other.png")
    assert ended.code == 3 and "round.png cannot be read: Too many levels" in ended.err


def test_pictures_from_pipes(cli: CommandLine, folder: Path) -> None:
    data = {name: Path(name).read_bytes() for name in ("cat.png", "cup.png")}
    for name in data:
        os.mkfifo(f"pipe_{name}")
        threading.Thread(target=Path(f"pipe_{name}").write_bytes, args=(data[name],)).start()
    assert cli("stylize", "pipe_cat.png", "pipe_cup.png", "-o", "piped.png").code == 0
    assert cli("stylize", "cat.png", "cup.png", "-o", "plain.png").code == 0
    assert Path("piped.png").read_bytes() == Path("plain.png").read_bytes()


def test_a_clip_is_no_pipe_but_its_style_may_be(cli: CommandLine, folder: Path) -> None:
    os.mkfifo("clip.mp4")
    fails(
        cli, 3, "is a pipe", arguments=("video", "clip.mp4", "cup.png", "-o", "out.mp4")
    )  # without waiting for anyone to write into it
    clips.plain(folder / "in.mp4", 0.2)
    os.mkfifo("pipe.png")
    data = Path("cup.png").read_bytes()
    threading.Thread(target=Path("pipe.png").write_bytes, args=(data,)).start()
    ended = cli("video", "in.mp4", "pipe.png", "--style-size", "64", "-o", "out.mp4")
    assert ended.code == 0, ended.err


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom", "/dev/null"])
def test_devices_are_no_images(cli: CommandLine, folder: Path, device: str) -> None:
    fails(cli, 3, device, arguments=("stylize", device, "cup.png", "-o", "out.png"))


def test_an_output_folder_that_vanishes(
    cli: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("there").mkdir()
    paint = Painter.paint

    def vanishing(self: Painter, *arguments: object) -> object:
        shutil.rmtree("there")
        return paint(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Painter, "paint", vanishing)
    ended = cli(*PAIR, "-o", "there/out.png")
    assert ended.code == 4 and "its folder does not exist" in ended.err
    assert not Path("there").exists()


@pytest.mark.parametrize("overwrite", [False, True])
def test_several_processes_write_one_output(folder: Path, overwrite: bool) -> None:
    """One wins, or the last one does; the file is whole at any time."""
    program = (
        "import sys; from pathlib import Path; from stylectl.media import atomic_output\n"
        "from stylectl.errors import OutputError\n"
        "data = sys.argv[1].encode() * 200_000\n"
        "lost = 0\n"
        "for _ in range(100):\n"
        "  try:\n"
        "    with atomic_output('out.txt', overwrite=sys.argv[2] == 'True') as temporary:\n"
        "      temporary.write_bytes(data)\n"
        "  except OutputError: lost += 1\n"
        "  seen = Path('out.txt').read_bytes()\n"
        "  assert len(seen) == 200_000 and len(set(seen)) == 1\n"
        "print(lost)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, letter, str(overwrite)],
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        for letter in "abc"
    ]
    lost = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(lost) == (0 if overwrite else 299)
    assert sorted(os.listdir()) == ["cat.png", "cup.png", "out.txt"]


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (MemoryError(), 6, "out of memory"),
        (ImportError("libtorch.so: failed to map segment from shared object"), 6, "out of memory"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), 6, "out of memory"),
        (OSError(errno.EIO, "Input/output error", "/mnt/x\n"), 4, r"/mnt/x\n cannot be written"),
        (ImportError("no module named x"), 1, "unexpected"),
        (OSError(errno.EBADF, "Bad file descriptor"), 1, "unexpected"),
    ],
)
def test_what_the_machine_fails_at_is_told_from_bugs(
    cli: CommandLine,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    code: int,
    told: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Painter, "encode", fail)
    fails(cli, code, told)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's here")
def test_too_little_memory_for_torch_is_told(folder: Path, weights: Path) -> None:
    import resource

    ended = subprocess.run(
        [sys.executable, "-m", "stylectl", "stylize", "cat.png", "cup.png", "--weights", weights],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "OMP_NUM_THREADS": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (400 << 20,) * 2),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 6, ended.stderr
    assert ended.stderr.startswith("error: out of memory") and len(ended.stderr.splitlines()) == 2
