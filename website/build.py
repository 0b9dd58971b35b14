"""The site: sources for Sphinx made from the course, and Sphinx run on them."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import nbformat
from sphinx.cmd.build import build_main

from website import course, execute, pages
from website.markdown import Links
from website.replay import assets
from website.stage import anchors, read, staged

CONFIGURATION = Path(__file__).parent


def build(only: list[str] | None = None, tell=print) -> int:
    """Build the site; the result is 0 if all is well.

    Args:
        only: Parts of the names of lessons that are executed if they have to be; the others show
            their saved pictures, unless their replays are kept. None for all of them.
        tell: Called with a line for each step.
    """
    begun = time.monotonic()
    make_sources(only, tell)
    tell("building pages")
    source = course.CACHE / "source"
    arguments = [
        "-b",
        "html",
        "-q",
        "-W",
        "--keep-going",
        "-c",
        CONFIGURATION,
        "-d",
        course.CACHE / "doctrees",
    ]
    failed = build_main([str(argument) for argument in [*arguments, source, course.BUILD]])
    shutil.rmtree(course.BUILD.parent / "jupyter_execute", ignore_errors=True)  # MyST-NB's, empty
    for path in course.kept():
        links = Links(course.pages(), course.ROOT)
        text = links.of_html(path.read_text(encoding="utf-8"), course.name(path))
        write(text, course.BUILD / path.name)
    tell(f"{course.BUILD / 'index.html'} after {time.monotonic() - begun:.0f} s")
    return failed


def make_sources(only: list[str] | None = None, tell=print) -> None:
    """Write what Sphinx reads; a file that would not change keeps its time."""
    replays = execute.replays(course.chosen(only), tell)
    links, wanted = Links(course.pages(), course.ROOT), wanted_cells()
    made = {f"{name}.md": text for name, text in pages.pages(replays, links).items()}
    for path in course.notebooks():
        source = course.name(path)
        notebook = staged(read(path), source, links, wanted, replays.get(path, {}))
        made[f"{course.page_of(source)}.ipynb"] = nbformat.writes(notebook)
    script, style = assets()
    made |= {"_static/replay.js": script, "_static/replay.css": style}
    source = course.CACHE / "source"
    for name, text in made.items():
        write(text, source / name)
    for old in source.rglob("*.*"):
        if old.is_file() and old.relative_to(source).as_posix() not in made:
            old.unlink()


def wanted_cells() -> set[tuple[str, str]]:
    """The cells that links of the course lead to.

    Raises:
        ValueError: If a link leads to a cell that no notebook has.
    """
    links, found = Links(course.pages(), course.ROOT), set()
    for path in course.notebooks():
        for cell in read(path).cells:
            if cell.cell_type == "markdown":
                found |= links.cells(cell.source, course.name(path))
    for path in [*(course.ROOT / source for source in course.WORDS), *course.kept()]:
        found |= links.cells(path.read_text(encoding="utf-8"), course.name(path))
    cells = {course.name(p): anchors(read(p)) for p in course.notebooks()}
    for file, cell in sorted(found):
        if cell not in cells.get(file, ()):
            raise ValueError(f"a link leads to the cell {cell} of {file}, which has none")
    return found


def write(text: str, path: Path) -> None:
    """Write a file, unless it holds this text already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8", newline="\n")
