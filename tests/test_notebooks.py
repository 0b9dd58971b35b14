"""The notebooks obey the rules, and the commands that keep them do what they say.

That the saved outputs come out again is tested by nbval, which collects the notebooks.
"""

import ast
import base64
import io
import re

import nbformat.v4 as v4
import numpy as np
import pytest
from nbclient.exceptions import CellExecutionError
from PIL import Image

from tests.imports import ROOT
from tests.tools import exercises, notebooks

PATHS = notebooks.paths()


def notebook(*cells, metadata=None):
    """A notebook of cells given as source text; text that begins with "#" is markdown."""
    made = [
        v4.new_markdown_cell(c) if isinstance(c, str) and c.startswith("# ") else c for c in cells
    ]
    made = [v4.new_code_cell(c, execution_count=7) if isinstance(c, str) else c for c in made]
    return v4.new_notebook(cells=made, metadata=metadata or {})


def stream(text, name="stdout"):
    return v4.new_output("stream", name=name, text=text)


# The notebooks that ship


@pytest.mark.parametrize("path", PATHS, ids=notebooks.label)
def test_notebook_obeys_the_rules(path):
    found = notebooks.violations(
        notebooks.normalise(notebooks.read(path)), path.parent == notebooks.NOTEBOOKS
    )
    assert found == []


@pytest.mark.parametrize("path", PATHS, ids=notebooks.label)
def test_notebook_is_in_normal_form(path):
    text = path.read_text(encoding="utf-8")
    assert text == notebooks.dumps(notebooks.normalise(notebooks.read(path)))


@pytest.mark.parametrize("path", notebooks.lessons(), ids=notebooks.label)
def test_lesson_makes_at_least_five_claims(path):
    code = [cell.source for cell in notebooks.read(path).cells if cell.cell_type == "code"]
    nodes = [node for source in code for node in ast.walk(ast.parse(source))]
    calls = [n for n in nodes if isinstance(n, ast.Call) and ast.unparse(n.func)[-5:] == "claim"]
    assert len(calls) >= 5


def test_every_lesson_has_exercises_and_solutions():
    names = {path.name for path in notebooks.lessons()} - {"00-start-here.ipynb"}
    assert len(names) >= 3
    assert {path.name for path in exercises.SOLUTIONS.glob("*.ipynb")} == names
    assert {path.name for path in exercises.EXERCISES.glob("*.ipynb")} == names


@pytest.mark.parametrize("path", sorted(exercises.SOLUTIONS.glob("*.ipynb")), ids=notebooks.label)
def test_exercises_are_made_from_solutions(path):
    stub = exercises.make(notebooks.read(path))
    assert exercises.is_current(stub, notebooks.read(exercises.EXERCISES / path.name))


def test_configuration_collects_notebooks_strictly(pytestconfig):
    assert pytestconfig.getoption("nbval") and pytestconfig.getoption("nbval_current_env")
    assert pytestconfig.getoption("nbval_cell_timeout") <= 300
    assert pytestconfig.getoption("nbval_sanitize_with") == "notebooks/nbval_sanitize.cfg"
    assert pytestconfig.getini("testpaths") == ["tests", "notebooks"]


# Normal form


def test_normal_form_keeps_what_counts_and_drops_the_rest():
    cell = v4.new_code_cell("panel", execution_count=9, metadata={"tags": ["x"], "scrolled": True})
    view = {"image/png": "AA==", "text/plain": "Panel()", notebooks.WIDGET_VIEW: {"model_id": "1"}}
    result = v4.new_output("execute_result", view, execution_count=9)
    result.metadata = {"image/png": {"width": 5}, "other": 1}
    cell.outputs = [stream("a"), stream("b"), stream("c", "stderr"), result]
    metadata = {"kernelspec": {"name": "mine", "display_name": "Mine"}, "widgets": {"state": {}}}
    first = notebook("# Why λ?", "1 + 1", cell, metadata=metadata)
    first.cells[0].metadata = {"slideshow": {"slide_type": "slide"}, "tags": []}
    normal = notebooks.normalise(first)
    assert normal.metadata == {"kernelspec": notebooks.KERNELSPEC}
    assert [c.id for c in normal.cells] == ["why", "1-1", "panel"]
    assert [c.metadata for c in normal.cells] == [
        {"slideshow": {"slide_type": "slide"}},
        {},
        {"tags": ["x"]},
    ]
    assert [c.execution_count for c in normal.cells[1:]] == [1, 2]
    joined, error, shown_result = normal.cells[2].outputs
    assert (joined.text, error.text) == ("ab", "c")
    assert shown_result.data == {"image/png": "AA==", "text/plain": "Panel()"}
    assert shown_result.execution_count == 2
    assert shown_result.metadata == {"image/png": {"width": 5}}
    assert first.metadata.widgets and first.cells[2].execution_count == 9
    assert notebooks.dumps(notebooks.normalise(normal)) == notebooks.dumps(normal)


def test_headings_begin_slides_and_questions_hide_their_code():
    cells = [
        *("# Why?", "import x", "x.do()"),
        v4.new_markdown_cell("so it is"),
        v4.new_markdown_cell("and more"),
        "which = Predict('a or b?')",
        v4.new_markdown_cell("that was it\n\n## Then\n\nthis"),
        v4.new_markdown_cell("### A part"),
        v4.new_code_cell("Predicted(1)", metadata={"tags": ["question", "x"]}),
    ]
    cells[3].metadata = {"slideshow": {"slide_type": "notes"}}
    found = notebooks.normalise(notebook(*cells))
    types = [c.metadata.get("slideshow", {}).get("slide_type") for c in found.cells]
    assert types == ["slide", None, None, "subslide", None, None, "slide", None, None]
    assert found.cells[5].metadata == {"tags": ["question"], "jupyter": {"source_hidden": True}}
    assert found.cells[8].metadata == {"tags": ["x"]}


def test_cell_ids_are_words_and_unique():
    long = "# " + "regularisation " * 9
    cells = [
        *("# One", "x = 1", "x = 1", "# One", "# Where?\n\ntext", long, "# λ"),
        v4.new_markdown_cell("text first\n\n## Then a heading"),
        v4.new_code_cell(""),
    ]
    found = [cell.id for cell in notebooks.normalise(notebook(*cells)).cells]
    assert found == [
        *("one", "x-1", "x-1-2", "one-2", "where"),
        *("regularisation-regularisation-regularisation", "markdown", "then-a-heading", "code"),
    ]
    assert max(map(len, found)) <= 64


def test_links_between_notebooks_lead_somewhere():
    dead = []
    for path in notebooks.paths():
        for cell in notebooks.read(path).cells:
            if cell.cell_type == "markdown":
                links = re.findall(r"\]\(([^)#]+\.ipynb)", cell.source)
                dead += [(path.name, link) for link in links if not (path.parent / link).exists()]
    assert dead == []


def test_a_cell_that_was_not_executed_stays_without_a_count():
    cell = v4.new_code_cell("1 + 1")
    assert notebooks.normalise(notebook(cell)).cells[0].execution_count is None


def test_pictures_are_given_a_palette():
    shades = np.linspace(0, 255, 400)[None, :, None] * np.ones((300, 1, 3))
    large = io.BytesIO()
    Image.fromarray((shades + np.random.default_rng(0).random(shades.shape)).astype("uint8")).save(
        large, "png"
    )
    png = base64.b64encode(large.getvalue()).decode()
    small = notebooks.shrink(png)
    assert len(small) < len(png) / 2
    before, after = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(p))).convert("RGB"), float)
        for p in (png, small)
    )
    assert before.shape == after.shape and np.abs(before - after).max() < 8
    assert notebooks.shrink(small) == small


# Rules


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("\n".join("x" for _ in range(16)), "16 lines: at most 15"),
        ("x = " + "1" * 85, "89 columns: at most 88"),
        ("ax.plot([1]);", "semicolon"),
        ("a = 1; b = 2", "semicolon"),
        ("!pip install x", "not plain Python"),
        ("%matplotlib inline", "not plain Python"),
        ("await x()", "not plain Python"),
        ("from helpers.data import *", "star import from helpers.data"),
        ("import sys\nsys.path.append('..')", "uses sys.path"),
        ("from ipywidgets import interact", "imports interact"),
        ("import ipywidgets as w\nw.interact(f)", "uses interact"),
        ("with Output(): pass", "uses Output"),
        ("import sklearn.datasets", "imports sklearn.datasets"),
        ("from keras import datasets", "imports keras.datasets"),
        ("import keras\nkeras.datasets.mnist.load_data()", "uses keras.datasets"),
        ("from urllib.request import urlopen", "imports urllib.request"),
        (v4.new_code_cell("1"), "not executed"),
        (v4.new_code_cell("1", execution_count=1, metadata={"tags": ["nbval-skip"]}), "skipped"),
    ],
)
def test_rules_for_code(cell, message):
    found = notebooks.violations(notebooks.normalise(notebook("# a", "ok", "# b", cell)), False)
    assert any(message in text for text in found), found


ALT = {"image/png": {"alt": "a line"}}


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (v4.new_output("error", ename="ValueError", evalue="", traceback=[]), "raised ValueError"),
        (stream("bar", "stderr"), "stderr"),
        (v4.new_output("display_data", {"image/svg+xml": "<svg/>"}), "SVG"),
        (v4.new_output("display_data", {"image/png": "AA=="}), "without words"),
        (v4.new_output("display_data", {"image/png": "AA=="}, metadata=ALT), None),
        (v4.new_output("display_data", {"text/plain": "<X at 0x7f00aa>"}), "address"),
        (stream("<function f at 0x7f00aa>"), "address"),
        (stream("0x10 is 16; at least 0.5"), None),
    ],
)
def test_rules_for_outputs(output, message):
    cell = v4.new_code_cell("x", execution_count=1, outputs=[output])
    found = notebooks.violations(notebooks.normalise(notebook("# a", cell)), False)
    assert any(message in text for text in found) if message else found == []


def test_rules_for_the_whole():
    good = notebook("# Why?\n\n40 minutes", "x = 1")
    assert notebooks.violations(notebooks.normalise(good), True) == []
    for cells, message in (
        (["# Why", "x"], "the title is a question"),
        (["# Why?", "x"], "how many minutes"),
        (["x", "x"], "0 markdown cells for 2 code cells"),
        ([*["# a", "x"] * 26], "26 code cells: at most 25"),
        (["# a", "\n".join("x" * 9)], "setup cell has at most 8 lines"),
        (["# " + "a" * 500_000, "x"], "KB: below 500"),
        ([], "the title is a question"),
    ):
        found = notebooks.violations(notebooks.normalise(notebook(*cells)), True)
        assert any(message in text for text in found), (message, found)


# Commands


@pytest.fixture
def course(tmp_path, monkeypatch):
    """An empty course whose notebooks the commands work on."""
    folder = tmp_path / "notebooks"
    (folder / "solutions").mkdir(parents=True)
    for name, value in (("ROOT", tmp_path), ("NOTEBOOKS", folder)):
        monkeypatch.setattr(notebooks, name, value)
    monkeypatch.setattr(exercises, "SOLUTIONS", folder / "solutions")
    monkeypatch.setattr(exercises, "EXERCISES", folder / "exercises")
    return folder


def test_executing_gives_a_notebook_that_passes_strict_nbval(course, kernels, interpreter):
    nbval = ["-m", "pytest", "-q", "-c", ROOT / "pyproject.toml", "-p", "no:cacheprovider"]
    path = course / "01-short.ipynb"
    source = "import ipywidgets\nipywidgets.IntSlider(value=3)"
    first = notebook("# Why?\n\n1 minutes", source, "# b", "print('x')\nprint('y')", "# c", "1 + 1")
    notebooks.write(first, path)
    assert notebooks.main(["--check"]) == 1
    assert notebooks.main([]) == 0
    assert notebooks.main(["--check"]) == 0
    saved = notebooks.read(path)
    assert [c.execution_count for c in saved.cells if c.cell_type == "code"] == [1, 2, 3]
    assert saved.cells[1].outputs[0].data == {"text/plain": "IntSlider(value=3)"}
    assert saved.cells[3].outputs == [stream("x\ny\n")]
    interpreter(*nbval, path)
    saved.cells[5].outputs[0].data["text/plain"] = "3"
    notebooks.write(saved, path)
    assert notebooks.main(["--check"]) == 0
    done = interpreter(*nbval, path, check=False)
    assert done.returncode == 1 and "1 failed, 2 passed" in done.stdout


def test_a_notebook_that_raises_is_not_written(course, kernels, capsys):
    path = course / "01-broken.ipynb"
    notebooks.write(notebook("# Why?", "1 / 0"), path)
    before = path.read_text()
    with pytest.raises(CellExecutionError):
        notebooks.execute(notebooks.read(path), course)
    assert notebooks.main([]) == 1
    assert path.read_text() == before
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_only_chooses_by_path(course, capsys):
    for name in ("01-a", "02-b"):
        notebooks.write(notebook("# Why?", "x"), course / f"{name}.ipynb")
    notebooks.main(["--check", "--only", "02"])
    assert "01-a" not in (out := capsys.readouterr().out) and "02-b" in out
    assert notebooks.main(["--check", "--only", "03"]) == 2


@pytest.mark.parametrize(
    ("source", "stub"),
    [
        ("x = 1", "x = 1"),
        ("x = 1\ny = 2 * x  # solution\nz = y", "x = 1\ny = ...  # your turn\nz = y"),
        ("a, b = 1, 2  # solution", "a, b = ..., ...  # your turn"),
        ("a = 1  # solution\nb = 2  # solution", "...  # your turn"),
        ("a[0] = 1  # solution", "...  # your turn"),
        ("a = b = 1  # solution", "...  # your turn"),
        ("a = f(  # solution\n    1,  # solution\n)  # solution", "a = ...  # your turn"),
        (
            "def f(x):\n    y = x  # solution\n    return y  # solution\n\nf(1)",
            "def f(x):\n    ...  # your turn\n\nf(1)",
        ),
        (
            "def f(x):\n    y = x  # solution\n    return y",
            "def f(x):\n    y = ...  # your turn\n    return y",
        ),
        ("for i in x:  # solution\n    y = i  # solution", "...  # your turn"),
        ("x += 1  # solution", "...  # your turn"),
    ],
)
def test_hide(source, stub):
    assert exercises.hide(source) == stub


def test_hide_refuses_what_leaves_no_python():
    with pytest.raises(ValueError, match="not valid Python"):
        exercises.hide("for i in x:  # solution\n    y = i")


def test_exercises_follow_the_solutions(course, capsys):
    path, stub = course / "solutions" / "01.ipynb", course / "exercises" / "01.ipynb"
    answer = v4.new_markdown_cell("because", metadata={"tags": ["solution"]})
    solution = notebook("# a", "x = 1", "# b", "y = 2  # solution", answer)
    solution.cells[1].outputs = [stream("kept")]
    notebooks.write(solution, path)
    assert exercises.main(["--check"]) == 1 and not stub.exists()
    assert exercises.main([]) == 0
    assert exercises.main(["--check"]) == 0
    made = notebooks.read(stub)
    assert [cell.source for cell in made.cells] == ["# a", "x = 1", "# b", "y = ...  # your turn"]
    assert not any(cell.get("outputs") for cell in made.cells)

    made.cells[1].outputs, made.cells[1].execution_count = [stream("ran")], 1
    notebooks.write(made, stub)
    solution.cells[3].source = "z = 2  # solution"
    notebooks.write(solution, path)
    assert exercises.main(["--check"]) == 1
    assert exercises.main([]) == 0
    made = notebooks.read(stub)
    assert made.cells[1].outputs == [stream("ran")] and made.cells[1].execution_count == 1
    assert made.cells[3].source == "z = ...  # your turn"
    assert made.cells[3].execution_count is None

    notebooks.write(solution, course / "exercises" / "02.ipynb")
    assert exercises.main(["--check"]) == 1
    assert "02.ipynb: has no solution notebook" in capsys.readouterr().out


def test_a_solution_without_a_marked_line_is_refused(course):
    notebooks.write(notebook("# a", "x = 1"), course / "solutions" / "01.ipynb")
    with pytest.raises(SystemExit, match=r"01\.ipynb: no line ends in"):
        exercises.main(["--check"])
