"""Which files of the course become which pages."""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
BUILD = ROOT / "website" / "build"
CACHE = ROOT / "website" / ".cache"

# Files and folders of the repository that have a page under another name.
OTHERS = {
    "README.md": "run",
    "LICENSE": "cite",
    "LICENSE-TEXT": "cite",
    "CITATION.cff": "cite",
    "data": "data",
    "data/README.md": "data",
    "notebooks": "lessons",
    "notebooks/exercises": "exercises/index",
    "notebooks/solutions": "exercises/index",
}
KEPT = ("notebooks/run-sheet-*.html",)  # pages already, copied as they are
WORDS = ("notebooks/glossary.md", "notebooks/teaching-guide.md")


def notebooks() -> list[Path]:
    """Every notebook of the course, in order: lessons, exercises, solutions."""
    folders = (NOTEBOOKS, NOTEBOOKS / "exercises", NOTEBOOKS / "solutions")
    return [path for folder in folders for path in sorted(folder.glob("[0-9][0-9]-*.ipynb"))]


def lessons() -> list[Path]:
    """The lessons, in order."""
    return [path for path in notebooks() if path.parent == NOTEBOOKS]


def chosen(only: list[str] | None) -> list[Path]:
    """The lessons whose names hold one of these parts; all of them for None."""
    return [path for path in lessons() if only is None or any(o in path.stem for o in only)]


def kept() -> list[Path]:
    """The files that are pages already."""
    return [path for pattern in KEPT for path in sorted(ROOT.glob(pattern))]


def name(path: Path) -> str:
    """A file's path from the repository's folder, such as "notebooks/02-l2.ipynb"."""
    return path.relative_to(ROOT).as_posix()


def page_of(source: str) -> str:
    """The page of a notebook or a page of words: "exercises/02-l2" for its file of that name."""
    return posixpath.splitext(source.removeprefix("notebooks/"))[0]


def pages() -> dict[str, str]:
    """Which file each file of the site is made from: {"notebooks/02-l2.ipynb": "02-l2.html"}."""
    made = [name(path) for path in notebooks()] + list(WORDS)
    found = {source: page_of(source) for source in made} | OTHERS
    found |= {name(path): page_of(name(path)) for path in kept()}
    return {source: f"{page}.html" for source, page in found.items()}


def folded_tags() -> set[str]:
    """The tags of cells whose code is folded away, which slides leave out as well."""
    settings = json.loads((NOTEBOOKS / "slides.json").read_text(encoding="utf-8"))
    return set(settings["TagRemovePreprocessor"]["remove_input_tags"])


def questions() -> dict[str, str]:
    """The title of each lesson, which is a question, by page: {"02-l2": "What does ...?"}."""
    found = {}
    for path in lessons():
        first = json.loads(path.read_text(encoding="utf-8"))["cells"][0]
        found[path.stem] = "".join(first["source"]).splitlines()[0].removeprefix("# ")
    return found


def of_readme(*headings: str) -> str:
    """The parts of README.md below these headings; "" is what stands above the first heading.

    Raises:
        ValueError: If the README has no such heading.
    """
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)
    found = {"": parts[0]} | dict(zip(parts[1::2], parts[2::2], strict=True))
    if missing := set(headings) - set(found):
        raise ValueError(f"README.md has no part {missing}")
    return "\n".join(f"## {name}\n{found[name]}" if name else found[name] for name in headings)
