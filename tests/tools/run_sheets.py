"""Make a page for each plan of the teaching guide, to hold in class: minutes, steps, pictures.

    python -m tests.tools.run_sheets           # writes notebooks/run-sheet-50.html and the others
    python -m tests.tools.run_sheets --check   # changes nothing; fails if one is out of date

A step's picture is the first one that the saved lesson shows in a section of that step; questions
do not count, since their axes are still empty. Printed on A4, each sheet is one page.
"""

from __future__ import annotations

import argparse
import base64
import html
import io
import re
import sys
from pathlib import Path

from nbconvert.filters import markdown2html
from PIL import Image

from tests import cells, guide
from tests.tools import notebooks

WIDTH = 360  # pixels of a thumbnail: sharp on paper at 30 mm
STYLE = """
@page { size: A4; margin: 8mm; }
body { font: var(--size)/1.25 system-ui, sans-serif; margin: 0 auto; max-width: 194mm;
       color: #1a1a1a; }
h1 { font-size: 1.35em; margin: 0 0 1.5mm; }
h1 small { font-weight: 400; font-size: 0.7em; float: right; }
ol { list-style: none; margin: 0; padding: 0; columns: var(--columns); column-gap: 4mm; }
li { display: grid; grid-template-columns: var(--picture) 1fr; gap: 0 2mm; break-inside: avoid;
     border-top: 0.3mm solid #999; padding: 0.8mm 0; }
img { width: 100%; grid-column: 1; grid-row: 1 / span 5; }
p { margin: 0; grid-column: 2; overflow-wrap: anywhere; }
a { color: inherit; text-decoration: none; font-weight: 600; }
.minutes { font-weight: 700; }
.ask::before { content: "? "; font-weight: 700; }
.answer::before { content: "→ "; font-weight: 700; }
.show::before { content: "≠ "; font-weight: 700; }
.ask { font-weight: 600; }
"""
LEGEND = "<small>? ask · → expect · ≠ many think → show</small>"
# Steps that fill a page in one column of large type, or in two columns of smaller type.
SIZES = {50: ("11pt", 1, "46mm"), 90: ("8.5pt", 2, "28mm"), 180: ("6.9pt", 2, "24mm")}


def sheet(text: str, minutes: int) -> str:
    """The page of a plan.

    Args:
        text: The guide.
        minutes: Which plan: one of `guide.PLANS`.

    Returns:
        A page of HTML that needs no other file.
    """
    size, columns, picture = SIZES[minutes]
    style = f":root {{ --size: {size}; --columns: {columns}; --picture: {picture}; }}{STYLE}"
    name = html.escape(guide.plan_name(text, minutes))
    steps = "\n".join(map(_step, guide.plan(text, minutes)))
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{name}</title>\n'
        f"<style>{style}</style>\n<h1>{name}{LEGEND}</h1>\n<ol>\n{steps}\n</ol>\n</html>\n"
    )


def _step(row: list[str]) -> str:
    minutes, section, do, ask, *show = row
    question, _, answer = ask.partition("→")
    lines = [("minutes", f"{minutes} · {section}"), ("do", do), ("ask", question),
             ("answer", answer), ("show", " ".join(show))]  # fmt: skip
    words = "".join(
        f'<p class="{kind}">{_inline(line)}</p>' for kind, line in lines if line.strip()
    )
    return f"<li>{_picture(section)}{words}</li>"


def _inline(markdown: str) -> str:
    """A line of Markdown as HTML, without a paragraph around it."""
    return re.sub(r"^<p>|</p>$", "", markdown2html(markdown.replace("\\|", "|")).strip())


def _picture(section: str) -> str:
    """The thumbnail of the first section that has a picture; "" if none has."""
    for link in guide.links(section):
        name, _, cell = link.partition("#cell-id=")
        if cell and (png := first_picture(notebooks.NOTEBOOKS / name, cell)):
            return f'<img alt="" src="data:image/png;base64,{_thumbnail(png)}">'
    return ""


def first_picture(path: Path, cell_id: str) -> str | None:
    """The first picture below a heading, down to the next one; PNG in base64."""
    all_cells = notebooks.read(path).cells
    start = next(i for i, cell in enumerate(all_cells) if cell.id == cell_id)
    for cell in all_cells[start:]:
        if (
            cell is not all_cells[start]
            and re.match(r"##? ", cell.source)
            and cell.cell_type != "code"
        ):
            return None
        for output in cell.get("outputs", ()) if cells.kind(cell) != "question" else ():
            if png := output.get("data", {}).get("image/png"):
                return png
    return None


def _thumbnail(png: str) -> str:
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    picture.thumbnail((WIDTH, WIDTH), Image.Resampling.LANCZOS)
    packed = io.BytesIO()
    picture.quantize(64).save(packed, "PNG", optimize=True)
    return base64.b64encode(packed.getvalue()).decode()


def paths() -> dict[int, Path]:
    """{minutes of a plan: its sheet}."""
    return {n: notebooks.NOTEBOOKS / f"run-sheet-{n}.html" for n in guide.PLANS}


def main(arguments: list[str] | None = None) -> int:
    """Write the sheets, or say which are out of date; returns 1 if one is."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing")
    check, text, stale = parser.parse_args(arguments).check, guide.read(), []
    for minutes, path in paths().items():
        made = sheet(text, minutes)
        if not path.exists() or path.read_text(encoding="utf-8") != made:
            stale.append(path.name)
            if not check:
                path.write_text(made, encoding="utf-8", newline="\n")
    for name in stale:
        print(f"{name}: {'is out of date' if check else 'written'}")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
