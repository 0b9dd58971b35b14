"""Execute every notebook and write it in one normal form, so that diffs show what changed.

    python -m tests.tools.notebooks                       # execute and normalise all of them
    python -m tests.tools.notebooks --only 02-l2          # those whose path contains this
    python -m tests.tools.notebooks --check               # change nothing, execute nothing
    python -m tests.tools.notebooks --count               # what each lesson holds, in numbers

The normal form: cell ids made from the cells' first words, counts 1 to n, no widget state (a panel
keeps its text and its picture), and no metadata but the kernel's name, the mark of a notebook in
cells of four kinds (`"course": {"cells": 2}`, see `tests.cells`), tags, slide types (a heading
begins a slide, prose behind code a slide below it) and what folds away the code of questions, since
it holds the answer, and of evidence. A cell without a kind that makes a question or, in cells of
four kinds, a panel is tagged so.

`--check` fails if a notebook is not in normal form or breaks a rule of `violations`. Whether the
saved outputs still come out is for pytest to say, which executes every notebook (nbval).
"""

from __future__ import annotations

import argparse
import ast
import base64
import copy
import io
import re
import sys
import time
import tokenize
import unicodedata
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from PIL import Image

from tests import cells, counts

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
GLOSSARY = "glossary.md"  # in the folder of the lessons

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

MAX_CODE_CELLS = 25
MAX_LINES = 15
MAX_COLUMNS = 88
MAX_SETUP_LINES = 8
MAX_KILOBYTES = 500
MAX_CODE_CELLS_REWRITTEN = 30
MAX_KILOBYTES_REWRITTEN = 600
MAX_SECONDS = {"09-what-else": 120}  # 60 for all others
CELL_TIMEOUT = 120

# Their output comes in messages that strict nbval drops.
FORBIDDEN_NAMES = {"interact", "interactive", "interact_manual", "interactive_output", "Output"}
# They download, or they are not installed.
FORBIDDEN_MODULES = {"urllib", "requests", "http", "keras.datasets", "sklearn", "pandas"}


def paths() -> list[Path]:
    """Every notebook, in order."""
    found = (p for p in NOTEBOOKS.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
    return sorted(found)


def lessons() -> list[Path]:
    """The lessons, in order, without exercises and solutions."""
    return [path for path in paths() if path.parent == NOTEBOOKS]


def label(path: Path) -> str:
    """A notebook's path as messages show it, such as "notebooks/02-l2.ipynb"."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def read(path: Path) -> NotebookNode:
    """The notebook in a file, in nbformat 4.5, whatever it was saved as."""
    return nbformat.read(path, as_version=4)


def dumps(notebook: NotebookNode) -> str:
    """The text of a notebook's file."""
    return nbformat.writes(notebook) + "\n"


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook's file, with LF on every system."""
    path.write_text(dumps(notebook), encoding="utf-8", newline="\n")


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run all cells in a new kernel in `folder` and put their outputs into the notebook.

    Cells are run without history, as nbval does: so what is saved is what nbval will see.

    Raises:
        CellExecutionError: If a cell raises.
    """
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index, store_history=False)
            if cell.cell_type == "code":
                cell.execution_count = index + 1
                for output in cell.outputs:
                    if "image/png" in output.get("data", {}):
                        output.data["image/png"] = shrink(output.data["image/png"])


def shrink(png: str) -> str:
    """The same picture with a palette of 256 colours, packed tighter if that can be; in base64.

    Charts have few colours, so a palette makes them three times smaller, and nbval does not
    compare pictures.
    """
    picture = Image.open(io.BytesIO(base64.b64decode(png)))
    if picture.mode != "P":
        picture = picture.convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, dither=0)
    out = io.BytesIO()
    picture.save(out, "png", optimize=True)
    smaller = base64.b64encode(out.getvalue()).decode()
    return min(smaller, png, key=len)


def normalise(notebook: NotebookNode) -> NotebookNode:
    """A copy in normal form. A code cell that was never executed keeps its missing count."""
    notebook = copy.deepcopy(notebook)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    rewritten = cells.is_rewritten(notebook)
    mark = {"course": {"cells": 2}} if rewritten else {}
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC} | mark)
    names, count, before = set(), 0, None
    for cell in notebook.cells:
        cell.id = _unused(_slug(cell), names)
        cell.metadata = _metadata(cell, before, rewritten)
        before = cell
        if cell.cell_type != "code":
            continue
        count += 1
        if cell.execution_count is not None:
            cell.execution_count = count
        cell.outputs = _join_streams(cell.outputs)
        for output in cell.outputs:
            _normalise_output(output, cell.execution_count)
    return notebook


def violations(notebook: NotebookNode, is_lesson: bool) -> list[str]:
    """What breaks the rules for notebooks, one sentence each."""
    rewritten = cells.is_rewritten(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    markdown = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    # A question brings its own words, and evidence follows what it is about.
    alone = [cell for cell in code if not (rewritten and cells.kind(cell) in cells.HIDDEN)]
    most = MAX_CODE_CELLS_REWRITTEN if rewritten else MAX_CODE_CELLS
    most_kilobytes = MAX_KILOBYTES_REWRITTEN if rewritten else MAX_KILOBYTES
    found = []
    if len(code) > most:
        found.append(f"{len(code)} code cells: at most {most}")
    if len(markdown) < len(alone):
        found.append(f"{len(markdown)} markdown cells for {len(alone)} code cells: one for each")
    kilobytes = len(dumps(notebook).encode()) / 1000
    if kilobytes >= most_kilobytes:
        found.append(f"{kilobytes:.0f} KB: below {most_kilobytes}")
    if rewritten:
        found += cells.violations(notebook)
    else:
        if code and len(code[0].source.splitlines()) > MAX_SETUP_LINES:
            found.append(f"{code[0].id}: the setup cell has at most {MAX_SETUP_LINES} lines")
        for cell in code:
            if (lines := len(cell.source.splitlines())) > MAX_LINES:
                found.append(f"{cell.id}: {lines} lines: at most {MAX_LINES}")
    if is_lesson:
        found += _opening_violations(notebook)
    for cell in code:
        found += [f"{cell.id}: {text}" for text in _cell_violations(cell)]
    return found


def main(arguments: list[str] | None = None) -> int:
    """The command; its result is 0 if all is well."""
    parser = argparse.ArgumentParser("python -m tests.tools.notebooks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--check", action="store_true", help="report only, execute nothing")
    parser.add_argument("--only", metavar="NAME", default="", help="a part of the path")
    parser.add_argument("--count", action="store_true", help="print what each lesson holds")
    options = parser.parse_args(arguments)
    chosen = [path for path in paths() if options.only in label(path)]
    if not chosen:
        print(f"no notebook has {options.only!r} in its path", file=sys.stderr)
        return 2
    if options.count:
        terms = counts.glossary(NOTEBOOKS / GLOSSARY)
        for path in (path for path in chosen if path.parent == NOTEBOOKS):
            print(f"{label(path)}\n{counts.count(read(path), terms, path.name)}", flush=True)
        return 0
    work = _check if options.check else _execute_and_write
    return int(sum(work(path) for path in chosen) > 0)


def _check(path: Path) -> int:
    """Print what is wrong with a file; how many things that is."""
    notebook = read(path)
    found = violations(normalise(notebook), path.parent == NOTEBOOKS)
    if path.read_text(encoding="utf-8") != dumps(normalise(notebook)):
        found.append("not in normal form: run python -m tests.tools.notebooks")
    for text in found:
        print(f"{label(path)}: {text}")
    return len(found)


def _execute_and_write(path: Path) -> int:
    """Execute a notebook and write it in normal form; how many things are wrong with it."""
    notebook = read(path)
    start = time.perf_counter()
    try:
        execute(notebook, path.parent)
    except CellExecutionError as error:
        print(f"{label(path)}: not written, because a cell raised\n{error}", file=sys.stderr)
        return 1
    seconds = time.perf_counter() - start
    write(normalise(notebook), path)
    limit = MAX_SECONDS.get(path.stem, 60)
    slow = f", more than {limit} s" if seconds > limit else ""
    print(f"{label(path)}: {seconds:.0f} s{slow}, {path.stat().st_size / 1000:.0f} KB", flush=True)
    return _check(path)


def _metadata(cell: NotebookNode, before: NotebookNode | None, rewritten: bool) -> NotebookNode:
    tags, kept = list(cell.metadata.get("tags", [])), {}
    if cell.cell_type == "markdown":
        if before is None or re.search(r"^##? ", cell.source, re.MULTILINE):
            kept["slideshow"] = {"slide_type": "slide"}
        elif before.cell_type == "code":
            kept["slideshow"] = {"slide_type": "subslide"}
        return nbformat.from_dict(kept | ({"tags": tags} if tags else {}))
    made = cells.kind_by_code(cell.source)
    if not rewritten:
        tags = [tag for tag in tags if tag != "question"] + ["question"] * (made == "question")
    elif made and not cells.kinds(cell):
        tags.append(made)
    if set(tags) & set(cells.HIDDEN):
        kept["jupyter"] = {"source_hidden": True}  # folded in JupyterLab
    return nbformat.from_dict(kept | ({"tags": tags} if tags else {}))


def _slug(cell: NotebookNode) -> str:
    """The first words of a cell, or of its first heading, as letters, digits and hyphens."""
    lines = [line for line in cell.source.splitlines() if line.strip()] or [""]
    if cell.cell_type == "markdown":
        lines = [line for line in lines if line.startswith("#")] or lines
    plain = unicodedata.normalize("NFKD", lines[0]).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower())[:7]
    while len("-".join(words)) > 48:
        words.pop()
    return "-".join(words) or cell.cell_type


def _unused(name: str, names: set[str]) -> str:
    """`name`, numbered if it is in `names` already; adds it to them."""
    numbers = (f"{name}-{n}" for n in range(2, 1000))
    chosen = name if name not in names else next(n for n in numbers if n not in names)
    names.add(chosen)
    return chosen


def _join_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs, neighbouring pieces of one stream joined."""
    joined = []
    for output in outputs:
        last = joined[-1] if joined else None
        both = last is not None and output.output_type == last.output_type == "stream"
        if both and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def _normalise_output(output: NotebookNode, count: int | None) -> None:
    if "execution_count" in output:
        output.execution_count = count
    if "data" in output:
        output.data.pop(WIDGET_VIEW, None)
        size = output.get("metadata", {}).get("image/png")
        output.metadata = NotebookNode({"image/png": size} if size else {})


def _opening_violations(notebook: NotebookNode) -> list[str]:
    first = notebook.cells[0].source if notebook.cells else ""
    title = first.splitlines()[0] if first else ""
    found = []
    if not (title.startswith("# ") and title.endswith("?")):
        found.append(f"the title is a question, not {title!r}")
    if not re.search(r"\d+ minutes", first):
        found.append("the first cell says how many minutes the lesson takes")
    return found


def _cell_violations(cell: NotebookNode) -> list[str]:
    lines = cell.source.splitlines()
    found = []
    if any(len(line) > MAX_COLUMNS for line in lines):
        found.append(f"{max(map(len, lines))} columns: at most {MAX_COLUMNS}")
    if cell.execution_count is None:
        found.append("was not executed, so nothing would be compared")
    if "nbval-skip" in cell.metadata.get("tags", []):
        found.append("is skipped by nbval, so nothing would be compared")
    return found + _code_violations(cell.source) + _output_violations(cell.outputs)


def _code_violations(source: str) -> list[str]:
    try:
        compile(source, "cell", "exec", dont_inherit=True)  # ast.parse lets a bare await through
    except SyntaxError:
        return ["is not plain Python (no magic, no shell command, no top-level await)"]
    tree = ast.parse(source)
    found = []
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    if any(token.type == tokenize.OP and token.string == ";" for token in tokens):
        found.append("has a semicolon, which nbval does not obey: write _ = ...")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in FORBIDDEN_NAMES:
            found.append(f"uses {node.id}, whose output nbval drops")
        if isinstance(node, ast.Attribute):
            if node.attr in FORBIDDEN_NAMES:
                found.append(f"uses {node.attr}, whose output nbval drops")
            if ast.unparse(node) in ("sys.path", "keras.datasets", "keras.utils.get_file"):
                found.append(f"uses {ast.unparse(node)}")
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found += _import_violations(node)
    return found


def _import_violations(node: ast.Import | ast.ImportFrom) -> list[str]:
    names = [alias.name for alias in node.names]
    found = []
    if isinstance(node, ast.ImportFrom):
        found += [f"imports {name}" for name in names if name in FORBIDDEN_NAMES]
        if "*" in names:
            found.append(f"has a star import from {node.module}")
        names = [node.module, *(f"{node.module}.{name}" for name in names)]
    for name in names:
        parts = name.split(".")
        if {".".join(parts[: n + 1]) for n in range(len(parts))} & FORBIDDEN_MODULES:
            found.append(f"imports {name}")
    return found


def _output_violations(outputs: list[NotebookNode]) -> list[str]:
    found = []
    for output in outputs:
        data = output.get("data", {})
        text = output.get("text", "") + "".join(v for v in data.values() if isinstance(v, str))
        if output.output_type == "error":
            found.append(f"raised {output.ename}")
        if output.get("name") == "stderr":
            found.append("wrote to stderr")
        if "image/svg+xml" in data:
            found.append("shows an SVG, which nbval compares: show a PNG")
        if "image/png" in data and not output.metadata.get("image/png", {}).get("alt"):
            found.append("shows a picture without words (alt) for those who cannot see it")
        if re.search(r"\bat 0x[0-9a-fA-F]+|\bid=\d{9,}", text):
            found.append("shows an object's address, which is another one each time")
    return found


if __name__ == "__main__":
    sys.exit(main())
