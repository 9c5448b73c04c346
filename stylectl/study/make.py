"""Making a study: from folders of results to one page."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stylectl.errors import OutputError
from stylectl.media import DEFAULT_MAX_PIXELS, atomic_output, check_output, shown
from stylectl.study.compose import Composer
from stylectl.study.page import page
from stylectl.study.pairs import Material, Pair, find_material
from stylectl.study.settings import StudySettings
from stylectl.stylize.events import Notice, OnEvent, Stage, ignore

HUGE_PAGE = 50_000_000  # bytes: more than most mail takes, and slow to open on a phone
_PAGES = (".html", ".htm")
_NAMED = 3  # files or pairs named in a notice; the rest are counted


@dataclass(frozen=True)
class MadeStudy:
    """A written page: its size in bytes, what it was made of, and the pairs that are on it."""

    byte_count: int
    material: Material
    pairs: list[Pair]


def make_study(
    results: Sequence[Path],
    content: Path,
    style: Path,
    output: Path,
    settings: StudySettings | None = None,
    *,
    overwrite: bool = False,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    on_event: OnEvent = ignore,
) -> MadeStudy:
    """Writes one HTML page that asks people which method's results they like best.

    Args:
        results: for each method its folder of `CONTENT_stylized_STYLE.EXT` files.
        content: the folder of the contents.
        style: the folder of the styles.
        output: the page.
        overwrite: whether an existing page may be replaced.
        max_pixels: the most pixels that a picture may have.
        on_event: is told the stages, what is missing, and when the page becomes huge.

    Raises:
        UsageError: too few or too many methods.
        InputError: a folder or picture cannot be used, or no pair is common to all methods.
        OutputError: the page cannot be written, or its name is not one of a page.
    """
    settings = settings or StudySettings()
    _check_page(output, overwrite)
    on_event(Stage("find pairs"))
    material = find_material(results, content, style)
    _tell_what_is_left_out(material, on_event)
    order = random.Random(settings.seed)
    pairs = material.pairs
    if len(pairs) > settings.pool:
        pairs = sorted(order.sample(pairs, settings.pool))
    if len(pairs) < settings.pairs:
        on_event(
            Notice(
                f"pairs in all methods: {len(pairs)}, not {settings.pairs}: everybody is shown all"
            )
        )
    on_event(Stage("read pictures"))
    composer = Composer(material, settings, order, max_pixels)
    html = page(composer.study(pairs)).encode()
    on_event(Stage("write"))
    with atomic_output(output, overwrite) as temporary:
        temporary.write_bytes(html)
    uneven = composer.uneven(pairs)
    if uneven:
        on_event(
            Notice(
                "the methods' pictures differ in shape, by which people may recognise a method: "
                + _some(uneven)
            )
        )
    if len(html) > HUGE_PAGE:
        on_event(
            Notice(
                f"the page has {len(html) / 1e6:.0f} MB, which is much to send and to open on a "
                "phone: a smaller --size or --pool makes it smaller"
            )
        )
    return MadeStudy(len(html), material, pairs)


def _check_page(output: Path, overwrite: bool) -> None:
    """Raises OutputError unless a page may be written there, which no picture is replaced by."""
    if output.suffix.lower() not in _PAGES:
        raise OutputError(
            f"{shown(output)} does not end in .html, so browsers would not show it as a page",
            "choose an output such as study.html",
        )
    check_output(output, overwrite=overwrite)


def _tell_what_is_left_out(material: Material, on_event: OnEvent) -> None:
    for method, pairs in material.missing.items():
        on_event(Notice(f"{method} lacks pairs that others have; left out: {_some(pairs)}"))
    for method, files in material.strangers.items():
        names = [shown(file.name) for file in files]
        on_event(
            Notice(f"{method} has files of no known content and style; left out: {_some(names)}")
        )


def _some(things: Sequence[object]) -> str:
    named = ", ".join(map(str, things[:_NAMED]))
    return named if len(things) <= _NAMED else f"{named} and {len(things) - _NAMED} more"
