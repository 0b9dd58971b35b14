"""The replays of a lesson's panels: the lesson is executed once, and what it recorded is kept."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode, v4

from website import course

MARK = 'class="replay '  # begins the HTML of a replay
TIMEOUT = 600  # seconds for a cell, which also records
TOGETHER = 2  # lessons at a time; a kernel seldom uses more than one core
HOOK = "from website.replay import hook; hook.install(get_ipython())"
# If one of these changes, panels may show something else. Scripts and style sheets do not count: a
# page always has those of today.
SOURCES = ("helpers/**/*.py", "helpers/**/*.mplstyle", "website/replay/**/*.py", "data/*.*")

Replays = dict[str, dict[int, str]]  # cell id -> place among the outputs -> HTML


def replays(chosen: list[Path], tell=print) -> dict[Path, Replays]:
    """The replays of lessons, from earlier builds where nothing has changed since.

    Args:
        chosen: The lessons that are executed if they have to be; of others only what is kept.
        tell: Called with a line for each lesson that is executed.

    Raises:
        RuntimeError: If a cell of a lesson raises an exception.
    """
    common = fingerprint(course.ROOT)

    def one(path: Path) -> Replays:
        kept = course.CACHE / "replays" / f"{path.stem}-{key(read(path), common)}.json"
        if not kept.exists():
            if path not in chosen:
                return {}
            tell(f"executing {course.name(path)}")
            _keep(record(path), kept, path.stem)
        text = json.loads(kept.read_text(encoding="utf-8"))
        return {cell: {int(at): html for at, html in shown.items()} for cell, shown in text.items()}

    paths = course.lessons()
    with ThreadPoolExecutor(TOGETHER) as pool:
        return dict(zip(paths, pool.map(one, paths), strict=True))


def record(path: Path) -> Replays:
    """Execute a lesson whose panels are recorded where it shows them."""
    return found_in(read(path), execute(path))


def execute(path: Path) -> NotebookNode:
    """A copy of a lesson, executed in its folder with the recorder installed."""
    notebook = read(path)
    notebook.cells.insert(0, v4.new_code_cell(HOOK))
    with tempfile.TemporaryDirectory() as profile:  # no start-up files of whoever builds
        client = NotebookClient(
            notebook,
            timeout=TIMEOUT,
            kernel_name="python3",
            resources={"metadata": {"path": str(path.parent)}},
        )
        places = [str(course.ROOT), os.environ.get("PYTHONPATH")]
        env = os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, places)),
            "IPYTHONDIR": profile,
        }
        try:
            client.execute(env=env)
        except CellExecutionError as error:
            raise RuntimeError(f"{course.name(path)} does not run: {error}") from error
    del notebook.cells[0]
    return notebook


def found_in(committed: NotebookNode, executed: NotebookNode) -> Replays:
    """The replays in an executed copy of a notebook, by where the notebook shows their panels.

    Raises:
        RuntimeError: If a cell with a replay has not as many outputs as in the committed notebook.
    """
    found: Replays = {}
    for before, after in zip(committed.cells, executed.cells, strict=True):
        shown = _shown(after)
        html = {at: data.get("text/html", "") for at, data in enumerate(shown)}
        html = {at: text for at, text in html.items() if MARK in text}
        if html and len(shown) != len(_shown(before)):
            raise RuntimeError(
                f"{after.id}: {len(shown)} outputs, but {len(_shown(before))} in the notebook"
            )
        if html:
            found[after.id] = html
    return found


def key(notebook: NotebookNode, common: str) -> str:
    """A name for a notebook's code and all that it uses."""
    code = [[cell.id, cell.source] for cell in notebook.cells if cell.cell_type == "code"]
    return hashlib.sha256(json.dumps([common, code]).encode()).hexdigest()[:16]


def fingerprint(root: Path) -> str:
    """A name for the content of everything that a panel's frames are made of."""
    found = hashlib.sha256()
    for path in sorted({path for pattern in SOURCES for path in root.glob(pattern)}):
        if path.is_file() and "__pycache__" not in path.parts:
            found.update(path.relative_to(root).as_posix().encode())
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def read(path: Path) -> NotebookNode:
    """The notebook in a file."""
    return nbformat.read(path, as_version=4)


def _shown(cell: NotebookNode) -> list[NotebookNode]:
    """What a cell shows beside streams."""
    return [output.data for output in cell.get("outputs", ()) if "data" in output]


def _keep(found: Replays, path: Path, stem: str) -> None:
    """Keep a lesson's replays, and only the newest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob(f"{stem}-*.json"):
        old.unlink()
    path.write_text(json.dumps(found), encoding="utf-8")
