"""The one script and the one style of a page with replays, which load nothing else.

Scripts that are modules do not load from a file on disk, so the sources are joined to one that is
none: each module becomes a function that returns what it exports.
"""

import functools
import re
from pathlib import Path

from helpers.panels.base import panel
from helpers.panels.concepts import pencil
from helpers.panels.figure import live_figure

HERE = Path(__file__).parent
_STYLES = (
    panel.HERE / "panel.css",
    live_figure.HERE / "live_figure.css",
    pencil.HERE / "pencil.css",
    pencil.HERE / "number_line.css",
    HERE / "replay.css",
)
_IMPORT = re.compile(r'^import (.+?) from "(.+?)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?:async )?(?:function|const) (\w+)", re.MULTILINE)
_DEFAULT = re.compile(r"^export default (.+?);$", re.MULTILINE)


@functools.cache
def assets() -> tuple[str, str]:
    """The script, which is no module, and the style; a page holds them once, inline or linked."""
    modules = {pencil.HERE / "pencil.js": pencil.SCRIPT}
    script = join(HERE / "replay.js", modules)
    style = "".join(path.read_text(encoding="utf-8") for path in _STYLES)
    return script, style


def join(path: Path, sources: dict[Path, str]) -> str:
    """One script of a module and of those that it imports.

    Args:
        path: The module's file.
        sources: {file: text} of modules that are not as on disk.
    """
    done: list[Path] = []
    parts: list[str] = []

    def add(path: Path) -> None:
        if path in done:
            return
        text = sources.get(path) or path.read_text(encoding="utf-8")
        for _, name in _IMPORT.findall(text):
            add((path.parent / name).resolve())
        done.append(path)

        def load(found):
            what, where = found[1], done.index((path.parent / found[2]).resolve())
            if not what.startswith("{"):
                what = f"{{ default: {what} }}"
            return f"const {what} = modules[{where}];\n"

        names = _EXPORT.findall(text)
        given = [*names, *(f"default: {found}" for found in _DEFAULT.findall(text))]
        text = _DEFAULT.sub("", _IMPORT.sub(load, text))
        text = re.sub(r"^export ", "", text, flags=re.MULTILINE)
        parts.append(f"modules.push((() => {{\n{text}\nreturn {{ {', '.join(given)} }};\n}})());\n")

    add(path.resolve())
    return f'(() => {{\n"use strict";\nconst modules = [];\n{"".join(parts)}}})();\n'
