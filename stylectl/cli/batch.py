"""Many pictures in one run: what `stylize`, `interpolate` and `multistyle` share for that."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stylectl.batch.job import Result, Settings, Together
from stylectl.cli.batch_options import BatchChoices
from stylectl.cli.batch_report import BatchReport
from stylectl.cli.painting import Choices
from stylectl.cli.streams import STREAM
from stylectl.errors import OutputError, UsageError

if TYPE_CHECKING:
    from stylectl.batch.listing import Entry, Folder
    from stylectl.batch.watch import Arrivals
    from stylectl.batch.workshop import Workshop

_LISTS = (".txt", ".csv")


@dataclass(frozen=True)
class Command:
    """What tells the commands apart that paint many pictures.

    Attributes:
        least, most: how many styles a picture takes; None is any number.
        together: how so many styles come together.
        tag: ends the name of a result in styles that a list names, such as "_alpha0.3".
    """

    least: int
    most: int | None
    together: Callable[[int], Together] = lambda styles: Together()
    tag: str = ""


def is_several(content: Path) -> bool:
    """Whether it names many pictures: a folder, or a list by its suffix."""
    return content.is_dir() or content.suffix.lower() in _LISTS


def names_styles(content: Path) -> bool:
    """Whether it is a list in which some line has styles of its own."""
    if content.is_dir() or content.suffix.lower() not in _LISTS:
        return False
    from stylectl.batch.lists import read_list

    return any(entry.styles for entry in read_list(content))


def paint_many(
    content: Path,
    styles: Sequence[Path],
    output: Path | None,
    command: Command,
    choices: Choices,
    many: BatchChoices,
    *,
    quiet: bool,
    as_json: bool,
    verbose: bool = False,
    note: str = "",
) -> None:
    """Paints what a folder or a list holds.

    Args:
        styles: for what names none of its own.
        output: the folder of results; None makes one of the inputs' names.
        note: is told first, if it is not empty.

    Raises:
        SomeFailedError, AllFailedError: pictures could not be painted.
        StylectlError: nothing was begun.
    """
    with BatchReport(quiet=quiet, as_json=as_json, verbose=verbose, lines=many.watch) as report:
        if note:
            report.note(note)
        report.stage("read")
        run = _Run(content, styles, output, command, choices, many, report)
        try:
            run.paint()
        except KeyboardInterrupt:
            # Watching has no other end: if nothing was cut short, it is a good one.
            if not (many.watch and report.all_done):
                report.interrupted()
                raise
        report.summary()
    report.raise_failures()


class _Run:
    """What is wrong with a run is found out here, before anything is painted.

    Raises:
        StylectlError: something is wrong with the inputs, the outputs or the weights.
    """

    def __init__(
        self,
        content: Path,
        styles: Sequence[Path],
        output: Path | None,
        command: Command,
        choices: Choices,
        many: BatchChoices,
        report: BatchReport,
    ) -> None:
        from stylectl.batch.plan import Target
        from stylectl.batch.run import Batch
        from stylectl.checksum import sha256
        from stylectl.weights.registry import resolve

        _check_choices(content, many)
        folder = _output_folder(content, styles, output)
        weights = resolve(choices.weights)
        _check_target(content, folder, many)
        self._choices, self._many, self._report = choices, many, report
        self._content, self._styles = content, tuple(styles)
        self._target = Target(
            folder,
            many.suffix,
            resume=many.resume or many.watch,
            overwrite=choices.overwrite,
            tag=command.tag,
        )
        self._entries = self._listed()
        settings = self._settings(command)
        self._check_pictures(settings)
        self._batch = Batch(self._entries, styles, self._target, settings, sha256(weights))

    def paint(self) -> None:
        """Paints what is there, and what arrives if that is asked for."""
        batch, report = self._batch, self._report
        report.begin(len(batch.pending) + len(batch.kept))
        for job in batch.kept:
            report.on_result(Result(job, "kept"))
        with contextlib.ExitStack() as stack:
            arrivals = stack.enter_context(self._arrivals()) if self._many.watch else None
            if not (batch.pending or arrivals):
                return
            workshop = stack.enter_context(self._workshop())
            report.paint()
            workshop.perform(batch.pending, report.on_result)
            if arrivals:
                report.note(f"watching {self._content}: Ctrl-C ends it")
                batch.watch(arrivals, workshop, report.on_result, report.begin)

    def _workshop(self) -> Workshop:
        self._report.stage("load")
        from stylectl.batch.workshop import Workshop

        choices = self._choices
        return Workshop.open(
            self._target.folder,
            choices.weights,
            device=choices.device,
            precision=choices.precision,
            batch_size=self._many.batch_size,
        )

    def _folder(self) -> Folder:
        from stylectl.batch.listing import Folder

        return Folder(self._content, self._many.recursive, self._target.folder)

    def _arrivals(self) -> Arrivals:
        from stylectl.batch.watch import Arrivals

        return Arrivals(self._folder(), self._entries)

    def _listed(self) -> list[Entry]:
        if not self._content.is_dir():
            from stylectl.batch.lists import read_list

            return read_list(self._content)
        folder = self._folder()
        entries = folder.entries()
        if not entries and not self._many.watch:
            raise folder.nothing()
        others = folder.others()
        if others:
            kinds = ", ".join(f"{kind} ({count})" for kind, count in sorted(others.items()))
            self._report.note(f"left out, being no images by their names: {kinds}")
        return entries

    def _settings(self, command: Command) -> Settings:
        """How to paint, checked against as many styles as pictures have."""
        counts = {len(entry.styles or self._styles): entry for entry in self._entries}
        together = Together()
        for count, entry in counts.items() or [(len(self._styles), None)]:
            _check_count(command, count, entry)
            together = command.together(count)
        return self._choices.settings(together)

    def _check_pictures(self, settings: Settings) -> None:
        """Reads what all pictures are painted with: if it is no good, none of them can be."""
        from stylectl.media import DEFAULT_MAX_PIXELS, read_image

        for path in (*self._styles, *settings.together.masks):
            read_image(path, max_pixels=settings.max_pixels or DEFAULT_MAX_PIXELS)


def _check_count(command: Command, count: int, entry: Entry | None) -> None:
    where = f" for {entry}" if entry and entry.origin else ""
    if count < command.least:
        none = "no style" if not count else f"only {count} style"
        raise UsageError(
            f"there is {none}{where}, and it takes {command.least}",
            "give STYLE, or name styles in a list: content,style on each line",
        )
    if command.most is not None and count > command.most:
        raise UsageError(
            f"there are {count} styles{where}, and it takes {command.most}",
            "`stylectl multistyle` paints in several at once",
        )


def _check_choices(content: Path, many: BatchChoices) -> None:
    if content.is_dir():
        return
    for option, given in {"--recursive": many.recursive, "--watch": many.watch}.items():
        if given:
            raise UsageError(
                f"{option} is for a folder, and {content} is a list", "give the folder itself"
            )


def _output_folder(content: Path, styles: Sequence[Path], output: Path | None) -> Path:
    if output is None:
        stems = "".join(f"_{style.stem}" for style in styles)
        return Path(f"{content.resolve().stem}_stylized{stems}")
    if output == STREAM:
        raise UsageError(
            "- takes one picture, and there may be several", "give a folder: -o painted"
        )
    return output


def _check_target(content: Path, target: Path, many: BatchChoices) -> None:
    from stylectl.media import SUFFIXES, format_for_output, shown

    format_for_output(Path(f"result{many.suffix}"))
    if target.exists() and not target.is_dir():
        raise OutputError(f"{shown(target)} is a file, no folder", "choose another output folder")
    if not target.exists() and target.suffix.lower() in SUFFIXES:
        raise OutputError(
            f"{shown(target)} is the name of one picture, and there may be several",
            "give a folder; --format decides what is written into it",
        )
    if content.is_dir() and target.resolve() == content.resolve():
        raise OutputError(
            f"{shown(target)} is both the folder of inputs and of results",
            "choose another output folder; it may lie within",
        )
