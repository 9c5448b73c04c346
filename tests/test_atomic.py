"""Outputs appear whole or not at all, and never on top of something by accident."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stylectl.errors import OutputError
from stylectl.media import atomic_output, check_output


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def no_links(*args: object) -> None:
    raise OSError(errno.EPERM, "no hard links here")


@pytest.fixture(params=["links", "no links"])
def any_file_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "no links":
        monkeypatch.setattr(os, "link", no_links)


@pytest.mark.usefixtures("any_file_system")
def test_success_leaves_the_output_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "née à l'été.png"
    with atomic_output(path) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".png"
        assert temporary.name.startswith(".")
        assert not path.exists()
        temporary.write_bytes(b"new")
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == [path.name]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_failure_keeps_what_was_there(tmp_path: Path, failure: type[BaseException]) -> None:
    path = tmp_path / "out.png"
    path.write_bytes(b"old")
    with pytest.raises(failure), atomic_output(path, overwrite=True) as temporary:
        temporary.write_bytes(b"half")
        raise failure
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["out.png"]


def test_kill_in_the_middle_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    path.write_bytes(b"old")
    script = (
        "import sys, time\n"
        "from stylectl.media.atomic import atomic_output\n"
        "with atomic_output(sys.argv[1], overwrite=True) as temporary:\n"
        "    temporary.write_bytes(b'half')\n"
        "    print('written', flush=True)\n"
        "    time.sleep(60)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, env=environment
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"written\n"
        child.send_signal(signal.SIGKILL)
    assert path.read_bytes() == b"old"
    assert [name for name in names(tmp_path) if not name.startswith(".")] == ["out.png"]


@pytest.mark.usefixtures("any_file_system")
def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    with pytest.raises(OutputError, match="exists already"), atomic_output(path) as temporary:
        temporary.write_bytes(b"mine")
        path.write_bytes(b"theirs")
    assert path.read_bytes() == b"theirs"
    assert names(tmp_path) == ["out.png"]


def test_a_failing_move_leaves_no_empty_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(os, "replace", no_links)
    with pytest.raises(OutputError), atomic_output(tmp_path / "out.png") as temporary:
        temporary.write_bytes(b"data")
    assert names(tmp_path) == []


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640)])
@pytest.mark.usefixtures("any_file_system")
def test_the_umask_decides_the_permissions(tmp_path: Path, umask: int, mode: int) -> None:
    path = tmp_path / "out.png"
    before = os.umask(umask)
    try:
        with atomic_output(path) as temporary:
            temporary.write_bytes(b"data")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == mode


def test_a_private_file_stays_private_when_replaced(tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    path.write_bytes(b"old")
    path.chmod(0o600)
    with atomic_output(path, overwrite=True) as temporary:
        temporary.write_bytes(b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_overwriting_follows_a_symbolic_link(tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "real.png"
    real.parent.mkdir()
    real.write_bytes(b"old")
    link = tmp_path / "link.png"
    link.symlink_to(real)
    with atomic_output(link, overwrite=True) as temporary:
        temporary.write_bytes(b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with pytest.raises(OutputError) as caught:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        try:
            with atomic_output(path) as temporary:
                temporary.write_bytes(bytes(200_000))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.message == f"{path} cannot be written: File too large"
    assert caught.value.hint == "free some space, or choose an output on another disk"
    assert names(tmp_path) == []


@pytest.mark.parametrize("leave", ["empty", "removed"])
def test_an_encoder_that_wrote_nothing_is_an_error(tmp_path: Path, leave: str) -> None:
    with pytest.raises(OutputError, match="no data"), atomic_output(tmp_path / "o.png") as written:
        if leave == "removed":
            written.unlink()
    assert names(tmp_path) == []


def test_the_longest_possible_name_works(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 251 + ".png")
    with atomic_output(path) as temporary:
        temporary.write_bytes(b"data")
    assert path.exists()


def test_check_output_accepts_and_writes_nothing(tmp_path: Path) -> None:
    content = tmp_path / "in.png"
    content.write_bytes(b"in")
    check_output(tmp_path / "out.png", overwrite=False, inputs=[content, tmp_path / "missing"])
    assert names(tmp_path) == ["in.png"]


def refusal(path: Path | str, *, overwrite: bool = False, inputs: tuple[Path, ...] = ()) -> str:
    with pytest.raises(OutputError) as caught:
        check_output(path, overwrite=overwrite, inputs=inputs)
    assert "\n" not in caught.value.message
    return f"{caught.value.message} / {caught.value.hint}"


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("kind", ["same", "relative", "symlink", "hard link", "symlinked folder"])
def test_an_output_that_is_an_input_is_refused(tmp_path: Path, kind: str, overwrite: bool) -> None:
    source = tmp_path / "in.png"
    source.write_bytes(b"in")
    output = tmp_path / "out.png"
    if kind == "same":
        output = source
    elif kind == "relative":
        output = tmp_path / ".." / tmp_path.name / "in.png"
    elif kind == "symlink":
        output.symlink_to(source)
    elif kind == "hard link":
        output.hardlink_to(source)
    else:
        (tmp_path / "folder").symlink_to(tmp_path)
        output = tmp_path / "folder" / "in.png"
    expected = f"{output} is both the output and an input / choose another output"
    assert refusal(output, overwrite=overwrite, inputs=(source,)) == expected


def test_an_existing_output_is_refused_without_overwrite(tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    path.write_bytes(b"old")
    expected = f"{path} exists already / pass --overwrite to replace it, or choose another output"
    assert refusal(path) == expected
    check_output(path, overwrite=True)
    with pytest.raises(OutputError, match="exists already"), atomic_output(path):
        pytest.fail("the work was started")


def test_a_dangling_link_counts_as_existing(tmp_path: Path) -> None:
    (tmp_path / "out.png").symlink_to(tmp_path / "nothing.png")
    assert "exists already" in refusal(tmp_path / "out.png")


def test_a_folder_as_output_is_refused(tmp_path: Path) -> None:
    expected = f"{tmp_path} is a folder, not a file / add a file name to the output"
    assert refusal(tmp_path, overwrite=True) == expected


def test_a_device_is_never_replaced() -> None:
    assert refusal("/dev/null", overwrite=True).startswith("/dev/null is not a plain file")


def test_a_missing_folder_is_named_with_its_remedy(tmp_path: Path) -> None:
    path = tmp_path / "a b" / "out.png"
    expected = (
        f"{path} cannot be written: its folder does not exist"
        f" / make the folder first: mkdir -p '{tmp_path}/a b'"
    )
    assert refusal(path) == expected
    with pytest.raises(OutputError, match="does not exist"), atomic_output(path):
        pytest.fail("the work was started")


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert "is not a folder" in refusal(tmp_path / "file" / "out.png")


def test_a_folder_without_permission_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    assert "no permission to write in its folder" in refusal(tmp_path / "out.png")


def test_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="File name too long"):
        check_output(tmp_path / ("n" * 300), overwrite=False)
        with atomic_output(tmp_path / ("n" * 300)) as temporary:
            temporary.write_bytes(b"data")


def test_messages_stay_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "two\nlines\udcff.png"
    path.write_bytes(b"old")
    assert refusal(path).startswith(f"{tmp_path}/two\\nlines\\udcff.png exists already")
