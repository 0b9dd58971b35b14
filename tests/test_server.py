"""The extensions of Jupyter's server and nbconvert: installed, without delay, with pictures."""

import asyncio
import copy
import json
import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import nbformat
import nbformat.v4 as v4
import pytest
from jupyter_server.services.contents.filemanager import (
    AsyncFileContentsManager,
    FileContentsManager,
)
from nbconvert import get_exporter
from nbformat.sign import MemorySignatureStore
from traitlets.config import Config

import helpers
from helpers import server

STATE = "application/vnd.jupyter.widget-state+json"
PNG = "iVBORw0KGgo="
BUNDLES = {
    "panel": {"image/png": PNG, "text/plain": "LiveLab()"},
    "question": {"text/markdown": "**Which way?**", "text/plain": "Predict()"},
    "foreign": {"text/plain": "IntSlider(value=3)"},
}


def view(name):
    return {"model_id": name, "version_major": 2, "version_minor": 0}


def executed():
    """A notebook with a panel, a question and a foreign widget, as a page saves it."""
    cells = []
    for name, data in BUNDLES.items():
        output = v4.new_output("display_data", data | {server.WIDGET_VIEW: view(name)})
        cells.append(v4.new_code_cell(name, id=name, execution_count=1, outputs=[output]))
    return v4.new_notebook(cells=[v4.new_markdown_cell("# A lesson"), *cells])


def viewed(notebook):
    """The cells that have a widget's view."""
    return [
        cell.id for cell in notebook.cells if server.WIDGET_VIEW in str(cell.get("outputs", ""))
    ]


def test_the_installed_course_tells_the_server_of_it(interpreter):
    done = interpreter("-m", "jupyter", "server", "extension", "list")
    said = done.stdout + done.stderr
    assert "helpers.server" in said.split("Validating helpers.server")[1].split("OK")[0]
    assert server._jupyter_server_extension_points() == [{"module": "helpers.server"}]


def test_each_connection_is_without_delay_from_its_start():
    done = []

    class Usual:
        websocket_handler = SimpleNamespace(set_nodelay=lambda on: done.append(("nodelay", on)))

        def connect(self):
            done.append("connect")
            return "future"

    name = "kernel_websocket_connection_class"
    contents = FileContentsManager()
    app = SimpleNamespace(
        web_app=SimpleNamespace(settings={name: Usual}), contents_manager=contents
    )
    server._load_jupyter_server_extension(app)
    assert issubclass(app.web_app.settings[name], Usual)
    assert app.web_app.settings[name]().connect() == "future"
    assert done == [("nodelay", True), "connect"]


@pytest.fixture(params=[FileContentsManager, AsyncFileContentsManager])
def contents(request, tmp_path):
    """A contents manager; `living` of it holds the widgets that the kernel has."""
    manager = request.param(root_dir=str(tmp_path))
    manager.notary.store = MemorySignatureStore()  # the usual one belongs to one thread
    manager.living = set()

    async def widgets_of(path):
        assert path == "lesson.ipynb"
        return manager.living

    server.SavedPanels(manager, widgets_of)
    return manager


def save(contents, notebook):
    model = {"type": "notebook", "content": copy.deepcopy(notebook), "format": "json"}
    finished(contents.save(model, "lesson.ipynb"))


def read(contents, name="lesson.ipynb"):
    return finished(contents.get(name))["content"]


def finished(found):
    """What a manager returns, awaited if it is an asynchronous one."""
    if not asyncio.iscoroutine(found):
        return found
    # in a thread of its own: after a browser test, this one has a loop that still runs
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, found).result()


def test_a_file_holds_no_view_that_something_else_stands_in_for(contents, tmp_path):
    save(contents, executed())
    saved = nbformat.read(tmp_path / "lesson.ipynb", as_version=4)
    assert viewed(saved) == ["foreign"]
    bundles = [cell.outputs[0].data for cell in saved.cells if cell.cell_type == "code"]
    assert [set(data) - {server.WIDGET_VIEW} for data in bundles] == list(
        map(set, BUNDLES.values())
    )


def test_a_page_gets_the_views_back_while_their_widgets_live(contents):
    save(contents, executed())
    contents.living = {"panel"}
    waits = isinstance(contents, AsyncFileContentsManager)  # else it cannot ask the kernel
    assert viewed(read(contents)) == ["panel", "foreign"] if waits else ["foreign"]
    contents.living = set()  # the kernel was restarted
    assert viewed(read(contents)) == ["foreign"]


def test_views_belong_to_what_was_saved_last(contents):
    save(contents, executed())
    shorter = executed()
    del shorter.cells[1]
    save(contents, shorter)
    contents.living = {"panel", "question"}
    assert viewed(read(contents))[-1:] == ["foreign"] and "panel" not in viewed(read(contents))


def test_other_files_are_read_as_ever(contents, tmp_path):
    (tmp_path / "notes.txt").write_text("words")
    assert read(contents, "notes.txt") == "words"
    assert "notes.txt" in [found["name"] for found in read(contents, "")]


@pytest.mark.parametrize("kind", ["html", "slides"])
def test_an_export_shows_pictures_though_the_widgets_state_is_stored(kind):
    notebook = executed()
    state = {name: {"model_name": "BoxModel", "model_module": "", "state": {}} for name in BUNDLES}
    notebook.metadata["widgets"] = {STATE: {"state": state, "version_major": 2, "version_minor": 0}}
    settings = json.loads(CONFIG.read_text())
    shown, _ = get_exporter(kind)(config=Config(settings)).from_notebook_node(notebook)
    assert f"data:image/png;base64,{PNG}" in shown
    assert "<strong>Which way?</strong>" in shown
    assert shown.count(f'<script type="{server.WIDGET_VIEW}">') == 1  # the foreign one


def test_an_export_leaves_out_folded_code_and_keeps_its_output():
    settings = Config(json.loads(CONFIG.read_text()))
    output = v4.new_output("stream", name="stdout", text="shown")
    made = {tag: {"metadata": {"tags": [tag]}} for tag in ("question", "evidence", "panel")}
    made = [v4.new_code_cell(f"code_of_{t}", outputs=[output], **more) for t, more in made.items()]
    page, _ = get_exporter("html")(config=settings).from_notebook_node(v4.new_notebook(cells=made))
    assert re.findall(r"code_of_(\w+)", page) == ["panel"]
    assert page.count("<pre>shown") == 3


CONFIG = pathlib.Path(helpers.__file__).parent / "jupyter_nbconvert_config.json"


def test_the_installed_course_makes_nbconvert_show_pictures(kernels, tmp_path):
    """Executed and exported in one go, as in `jupyter nbconvert --to html --execute`."""
    code = """from matplotlib.figure import Figure
from helpers.panels import LiveFigure
figure = Figure(figsize=(4, 2), dpi=100)
LiveFigure(figure, figure.add_subplot().plot([0, 1], [0, 1]), says="a line")"""
    notebook = v4.new_notebook(cells=[v4.new_code_cell(code)])
    nbformat.write(notebook, tmp_path / "lesson.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", "lesson.ipynb"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    page = (tmp_path / "lesson.html").read_text(encoding="utf-8")
    assert len(re.findall('<img[^>]*src="data:image/png;base64,', page)) == 1
    assert f'<script type="{server.WIDGET_VIEW}">' not in page
