"""A notebook as its page shows it: links of the site, folded code, pictures with their words."""

from __future__ import annotations

import base64
import copy
import re
import struct
from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import unquote

from nbformat import NotebookNode, v4

from helpers.server import drop_views
from website import course, execute
from website.markdown import CELL, Links, anchor

LIKE_PROSE = "text/markdown"
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LOCAL = re.compile(r"(?<=\]\()#(?!cell-id=)([^()\s]+)(?=\))")
SIDES = ("width", "height")


def staged(
    notebook: NotebookNode,
    source: str,
    links: Links,
    wanted: set[tuple[str, str]] = frozenset(),
    replays: Mapping[str, Mapping[int, str]] = {},
) -> NotebookNode:
    """A copy of a notebook, ready to become a page.

    Args:
        notebook: As committed, with its outputs.
        source: Its path from the repository's folder.
        links: Turn links of files into links of pages.
        wanted: The cells, pairs of a file and a cell's id, that a link leads to.
        replays: For each cell's id the places among its outputs, not counting streams, where a
            panel is shown, and the HTML to show there.
    """
    notebook = copy.deepcopy(notebook)
    drop_views(notebook)
    folded, cells = course.folded_tags(), []
    for cell in notebook.cells:
        if (source, cell.id) in wanted:
            cells.append(v4.new_markdown_cell(f'<span id="{anchor(cell.id)}"></span>'))
        if cell.cell_type == "markdown":
            cell.source = links.of_markdown(cell.source, source)
        elif cell.cell_type == "code":
            if folded & set(cell.metadata.get("tags", ())):
                cell.metadata.tags = [*cell.metadata.tags, "hide-input"]
            _show(cell, source, links, replays.get(cell.id, {}))
        cells.append(cell)
    notebook.cells = cells
    return notebook


def read(path: Path) -> NotebookNode:
    """A notebook whose links to headings of its own, as JupyterLab spells them, lead to cells."""
    notebook = execute.read(path)
    headings = {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for heading in HEADING.findall(cell.source):
                headings.setdefault(heading.strip().replace(" ", "-"), cell.id)

    def cell_of(found: re.Match) -> str:
        heading = unquote(found[1])
        return CELL + headings[heading] if heading in headings else found[0]

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = LOCAL.sub(cell_of, cell.source)
    return notebook


def anchors(notebook: NotebookNode) -> set[str]:
    """The ids of a notebook's cells."""
    return {cell.id for cell in notebook.cells}


def _show(cell: NotebookNode, source: str, links: Links, replays: Mapping[int, str]) -> None:
    """Put into a cell's outputs what a page shows: replays, pictures as HTML, links of the site."""
    shown = [output for output in cell.outputs if "data" in output]
    for at, output in enumerate(shown):
        data = output.data
        if at in replays:
            output.data = NotebookNode({"text/html": replays[at]})
        elif "image/png" in data:
            facts = output.get("metadata", {}).get("image/png", {})
            output.data = NotebookNode({"text/html": picture(data["image/png"], facts)})
        elif LIKE_PROSE in data:
            data[LIKE_PROSE] = links.of_markdown(data[LIKE_PROSE], source)


def picture(png: str, facts: Mapping) -> str:
    """The HTML of a picture.

    Args:
        png: The picture, in base 64.
        facts: What the notebook says of it: its words (`alt`), perhaps its width and height.
    """
    data = "".join(png.split())
    # A PNG begins with a signature and the head of a chunk, and then its width and height.
    natural = struct.unpack(">II", base64.b64decode(data[:32])[16:24])
    width, height = (facts.get(side, n) for side, n in zip(SIDES, natural, strict=True))
    return (
        f'<img class="picture dark-light" alt="{escape(facts.get("alt", ""))}" '
        f'width="{width}" height="{height}" src="data:image/png;base64,{data}">'
    )
