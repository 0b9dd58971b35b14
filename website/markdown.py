"""Changes to Markdown: links of files become links of pages, TeX becomes MathML."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from pathlib import Path

CODE = re.compile(r"(^(```|~~~).*?^\2[^\n]*$|(`+)(?!`).+?(?<!`)\3(?!`))", re.MULTILINE | re.DOTALL)
WORDS = re.compile(r"\[([^\[\]]*)\]\(([^()\s]+)\)")
LINK = re.compile(r"(?<=\]\()([^()\s]+)(?=\))")
HREF = re.compile(r'(?<=\bhref=")([^"]+)(?=")')
CELL = "#cell-id="


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Change what is neither a block of code nor code within a line."""
    done, at = [], 0
    for code in CODE.finditer(text):
        done += [change(text[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*done, change(text[at:])])


def anchor(cell: str) -> str:
    """The id of the place on a page where a notebook's cell begins."""
    return f"cell-{cell}"


class Links:
    """Links of the repository's files, turned into links of the site.

    Args:
        pages: Paths from the repository's folder, and the site's files that are made from them.
        root: The repository's folder.
    """

    def __init__(self, pages: dict[str, str], root: Path):
        self.pages, self.root = pages, root

    def of_markdown(self, text: str, source: str) -> str:
        """The text of `source`, a path from the repository's folder, with links of the site.

        A link to a file of the repository that has no page becomes words.
        """

        def words(found: re.Match) -> str:
            file = self.split(found[2], source)[0]
            pageless = file and file not in self.pages and (self.root / file).exists()
            return found[1] if pageless else found[0]

        def change(text: str) -> str:
            text = WORDS.sub(words, text)
            return LINK.sub(lambda found: self.target(found[1], source), text)

        return outside_code(text, change)

    def of_html(self, text: str, source: str) -> str:
        """The HTML of `source` with links of the site."""
        return HREF.sub(lambda found: self.target(found[1], source), text)

    def target(self, link: str, source: str) -> str:
        """Where a link of `source` leads on the site; what leads elsewhere stays.

        Raises:
            ValueError: If the link leads to a file of the repository that has no page.
        """
        file, cell, place = self.split(link, source)
        if file is None:
            return link
        if file not in self.pages:
            raise ValueError(f"{source} links to {link}, which has no page")
        here = posixpath.dirname(self.pages[source])
        page = posixpath.relpath(self.pages[file], here or ".")
        return page + (f"#{anchor(cell)}" if cell else place)

    def split(self, link: str, source: str) -> tuple[str | None, str, str]:
        """The repository's file that a link leads to, the cell's id and another place in it.

        The file is None if the link leads out of the repository or within its own page.
        """
        if re.match(r"[a-z][a-z0-9+.-]*:|//", link) or (link[0] == "#" and CELL not in link):
            return None, "", ""
        path, _, cell = link.partition(CELL)
        path, sign, place = path.partition("#")
        folder = posixpath.dirname(source)
        file = posixpath.normpath(posixpath.join(folder, path)) if path else source
        return file, cell, sign + place

    def cells(self, text: str, source: str) -> set[tuple[str, str]]:
        """The cells that a text's links lead to: pairs of a file and a cell's id."""
        links = {*LINK.findall(text), *HREF.findall(text)}
        found = (self.split(link, source) for link in links)
        return {(file, cell) for file, cell, _ in found if file and cell}
