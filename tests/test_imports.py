"""The order of the modules: imports run one way, and only training loads TensorFlow."""

import ast
import functools
import subprocess
import sys

import pytest

from tests import imports as reading
from tests.imports import HEAVY, LAZY, ROOT, imports, module_in, name_of, path_of, tree

HELPERS = ROOT / "helpers"

# A module imports only modules above it, and beyond the standard library and NumPy only these.
ORDER = {
    "__init__": set(),
    "validation": set(),
    "formatting": set(),
    "tasks": set(),
    "experiment": set(),
    "data": {"polars"},
    "reference": set(),
    "tables": set(),
    "uncertainty": set(),
    "scores": set(),
    "metrics": set(),
    "cache": {"platformdirs"},
    "keras_script": set(),
    "server": set(),  # loaded by Jupyter's server, never by a notebook
    "drawing": {"matplotlib"},
    "models": {"keras"},
    "training": {"tensorflow", "keras", "tqdm"},
    "export": {"keras", "matplotlib", "polars"},
    "search": {"matplotlib", "tqdm"},
    "checks": {"packaging"},
    # traitlets is what widgets are made of, IPython shows them, zmq sends them, Pillow packs
    # matplotlib's pictures.
    "panels": {"ipywidgets", "anywidget", "traitlets", "IPython", "zmq", "matplotlib", "PIL"},
}

# The folders of panels: those of the first group know nothing of the second, and those of the
# second nothing of each other. The panels that train import what loads TensorFlow inside functions.
SHARED = {"base", "figure"}
APART = {"live", "sweeps", "concepts", "own_data"}
TRAINS = {"live", "sweeps"}


def sources():
    """The helpers' files, in order."""
    return sorted(HELPERS.rglob("*.py"))


def short(path):
    """A file's name below `helpers`."""
    return path.relative_to(HELPERS).as_posix()


each_source = pytest.mark.parametrize("path", sources(), ids=short)


def room(name):
    """Which row of `ORDER` a name such as "helpers.data.load" belongs to."""
    return [*name.split("."), "__init__"][1]


def folder(name):
    """Which folder of panels a name belongs to, or None."""
    parts = name.split(".")
    return parts[2] if parts[1:2] == ["panels"] and len(parts) > 2 else None


def allowed(here, name, when):
    """Whether the table lets a module import a name, at once or later."""
    root = name.split(".")[0]
    if root != "helpers":
        numpy = {"numpy"} if room(here) != "__init__" else set()
        return root in sys.stdlib_module_names | numpy | ORDER[room(here)]
    order = list(ORDER)
    if room(name) not in ORDER or order.index(room(name)) > order.index(room(here)):
        return False
    if f"helpers.{room(name)}" in HEAVY and f"helpers.{room(here)}" not in HEAVY:
        return when != "load" and folder(here) in TRAINS | {None}
    if room(here) == room(name) == "panels" and folder(name) not in SHARED:
        return folder(here) == folder(name) or here in LAZY
    return True


def faults(path):
    """What a file imports that the table does not allow."""
    return [name for name, when in imports(path) if not allowed(name_of(path), name, when)]


@functools.cache
def needs(path):
    """The files of the house that a file's imports lead to, directly or through others."""
    reached, todo = set(), [path]
    while todo:
        new = {path_of(module_in(name)) for name, _ in imports(todo.pop())} - reached - {None}
        reached |= new
        todo += new
    return reached


def circle(path):
    """The modules that a file needs and that need it."""
    return sorted(name_of(other) for other in needs(path) if path in needs(other))


OWN = ("self", "cls", "super()")


def private_names(path):
    """The private names of other modules that a file imports or touches.

    A class may use what it inherits; on any other object a private name must be one that this
    file gives. The methods of named tuples begin with an underscore to keep clear of fields.
    """
    nodes = list(ast.walk(tree(path)))
    given = {"_replace", "_fields", "_asdict", "_make"}
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            given.add(node.name)
        elif isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store):
            given.add(node.id if isinstance(node, ast.Name) else node.attr)
    found = []
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [part for alias in node.names for part in alias.name.split(".")]
            names += (getattr(node, "module", None) or "").split(".")
            found += [name for name in names if is_private(name)]
        elif isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in given:
            found += {ast.unparse(node)} - {f"{own}.{node.attr}" for own in OWN}
    return found


def is_private(name):
    """Whether a name is for its module alone."""
    return name.startswith("_") and not name.endswith("__")


def loaded(statement):
    """The modules in memory after a statement in a new process."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_every_module_stands_in_the_table():
    assert {room(name_of(path)) for path in sources()} <= set(ORDER)
    assert {folder(name_of(path)) for path in sources()} - {None} == SHARED | APART


@each_source
def test_imports_run_one_way(path):
    assert faults(path) == []


@each_source
def test_no_module_imports_itself_through_others(path):
    assert circle(path) == []


@each_source
def test_private_names_stay_in_their_module(path):
    assert private_names(path) == []


def test_light_modules_and_panels_do_not_load_tensorflow():
    light = {name for name in map(name_of, sources()) if f"helpers.{room(name)}" not in HEAVY}
    every_panel = "from helpers import panels\nfor name in panels.__all__: getattr(panels, name)"
    modules = loaded(f"import {', '.join(light)}\n{every_panel}")
    assert light <= modules
    assert not modules & {"tensorflow", "keras", "sklearn", "pandas", "matplotlib.pyplot"}


def test_numbers_alone_load_neither_pictures_nor_widgets():
    modules = loaded("import helpers.data, helpers.reference, helpers.metrics, helpers.checks")
    assert not modules & {"matplotlib", "ipywidgets", "IPython", "polars"}


def test_importing_helpers_imports_nothing_else():
    modules = loaded("import helpers")
    assert "helpers" in modules
    assert not {m for m in modules if m.startswith("helpers.")} | (modules & {"numpy"})


# The tools above find what they are for.


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a file of a house with nothing else in it; returns its path."""
    monkeypatch.setattr(reading, "ROOT", tmp_path)

    def write(file, code):
        path = tmp_path / "helpers" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
        return path

    for file in ("models", "training", "panels/__init__", "panels/live/controls"):
        write(f"{file}.py", "")
    return write


TRAINER = "from helpers.training import Trainer"


@pytest.mark.parametrize(
    ("file", "code", "found"),
    [
        ("data.py", "from helpers.experiment import grid", []),
        ("data.py", "from helpers import models", ["helpers.models"]),
        ("data.py", "def f():\n    from helpers import models", ["helpers.models"]),
        ("data/readers.py", "from helpers.metrics import gap", ["helpers.metrics.gap"]),
        ("experiment.py", "async def f():\n    import helpers.models", ["helpers.models"]),
        ("experiment.py", "if TYPE_CHECKING:\n    import keras", ["keras"]),
        ("drawing/plots.py", "import matplotlib.pyplot", []),
        ("drawing/plots.py", "import keras", ["keras"]),
        ("metrics.py", "import scipy.stats", ["scipy.stats"]),
        ("metrics.py", "f = importlib.import_module('keras')", ["a computed name"]),
        ("keras_script.py", "from helpers.unknown import f", ["helpers.unknown.f"]),
        ("training.py", "from helpers import models", []),
        ("checks/claims.py", "from helpers import panels", ["helpers.panels"]),
        ("checks/claims.py", TRAINER, ["helpers.training.Trainer"]),
        ("checks/claims.py", f"def f():\n    {TRAINER}", []),
        ("panels/live/lab.py", "from helpers.panels.figure.axes import Axes", []),
        ("panels/live/lab.py", "from ..figure import axes", []),
        ("panels/live/lab.py", "from .controls import Controls", []),
        ("panels/live/lab.py", "from ...training import Trainer", ["helpers.training.Trainer"]),
        ("panels/live/lab.py", TRAINER, ["helpers.training.Trainer"]),
        ("panels/live/lab.py", f"def f():\n    {TRAINER}", []),
        ("panels/live/lab.py", f"if typing.TYPE_CHECKING:\n    {TRAINER}", []),
        ("panels/live/lab.py", "try:\n    import keras\nexcept ImportError: pass", ["keras"]),
        ("panels/figure/axes.py", f"def f():\n    {TRAINER}", ["helpers.training.Trainer"]),
        ("panels/sweeps/lab.py", "from ..live import controls", ["helpers.panels.live.controls"]),
        ("panels/base/panel.py", "import helpers.panels.live", ["helpers.panels.live"]),
        ("panels/base/panel.py", "from helpers.panels import LiveLab", ["helpers.panels.LiveLab"]),
        ("__init__.py", "from helpers import models", ["helpers.models"]),
    ],
)
def test_the_finder_of_imports(file, code, found, write):
    assert faults(write(file, code)) == found


@pytest.mark.parametrize("later", ["{}", "def f():\n    {}", "if TYPE_CHECKING:\n    {}"])
def test_the_finder_of_circles(later, write):
    first = write("checks/first.py", "from helpers.checks.second import g")
    second = write("checks/second.py", "from . import third")
    third = write("checks/third.py", later.format("from helpers.checks import first"))
    alone = write("checks/alone.py", "from helpers.checks import first")
    for path in (first, second, third):
        assert circle(path) == [f"helpers.checks.{name}" for name in ("first", "second", "third")]
    assert circle(alone) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("from helpers.experiment import _whole", ["_whole"]),
        ("from helpers._private import whole", ["_private"]),
        ("from helpers import experiment\nexperiment._whole(1)", ["experiment._whole"]),
        ("def f(panel):\n    panel._chart.draw()", ["panel._chart"]),
        ("class A(B):\n    def f(self):\n        return self._chart", []),
        ("class A(B):\n    def f(self):\n        return super()._repr_mimebundle_()", []),
        ("class A:\n    def __init__(self): self._x = 1\n    def f(self, other): other._x", []),
        ("from __future__ import annotations\nrow._replace(x=1).__class__", []),
    ],
)
def test_the_finder_of_private_names(code, found, write):
    assert private_names(write("data.py", code)) == found
