"""Each lesson as slides in one HTML file, with replays, that work with the network off."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

from nbconvert import SlidesExporter
from nbformat import NotebookNode
from traitlets.config import Config

from website import course, execute, mathematics, replay
from website.markdown import Links
from website.stage import read, staged

HERE = Path(__file__).parent
LINKED = re.compile(r'<link [^>]*href="reveal/([^"]+)"[^>]*>')
IMPORT = re.compile(r"@import url\([^)]*\);")


def write(paths: list[Path], replays: dict[Path, execute.Replays], tell=print) -> None:
    """Write the slides of these lessons."""
    links = Links(course.pages(), course.ROOT)
    folder = course.BUILD / "slides"
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        source = course.name(path)
        notebook = staged(read(path), source, links, replays=replays.get(path, {}))
        made = folder / f"{path.stem}.html"
        made.write_text(slides(notebook, assets()), encoding="utf-8")
        tell(f"{made}: {made.stat().st_size / 1e6:.2f} MB")


def assets() -> tuple[str, str]:
    """The script and the style of all slides: those of reveal.js, of replays and of the course."""
    script, style = replay.assets()
    reveal = (reveal_folder() / "dist" / "reveal.js").read_text(encoding="utf-8")
    own = (HERE / "static" / "slides.css").read_text(encoding="utf-8")
    wide = (HERE / "static" / "course.js").read_text(encoding="utf-8")
    return f"{reveal}\n{script}\n{wide}".replace("</script", "<\\/script"), f"{style}\n{own}"


def reveal_folder() -> Path:
    """Where reveal.js is installed."""
    package = importlib.util.find_spec("sphinx_revealjs")
    return Path(package.origin).parent / "_static" / "revealjs"


def slides(notebook: NotebookNode, assets: tuple[str, str]) -> str:
    """The slides of a staged notebook, as the teaching guide's command cuts them, in one page."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = mathematics.of_markdown(without_page_links(cell.source))
    settings = Config(json.loads((course.NOTEBOOKS / "slides.json").read_text(encoding="utf-8")))
    settings.SlidesExporter.reveal_url_prefix = "reveal"
    settings.SlidesExporter.exclude_anchor_links = True
    exporter = SlidesExporter(
        config=settings,
        template_name="slides",
        extra_template_basedirs=[str(HERE / "templates")],
    )
    script, style = assets
    given = {"course_script": script, "course_style": style}
    page, _ = exporter.from_notebook_node(notebook, resources=given)
    return LINKED.sub(lambda found: f"<style>{sheet(found[1])}</style>", page)


def sheet(name: str) -> str:
    """A style sheet of reveal.js, without fonts that it would load."""
    return IMPORT.sub("", (reveal_folder() / name).read_text(encoding="utf-8"))


def without_page_links(text: str) -> str:
    """Markdown whose links to other pages of the course are words: slides stand alone."""
    return re.sub(r"\[([^\]]+)\]\((?!https?:|#)[^)]*\)", r"\1", text)
