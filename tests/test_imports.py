"""The order of the modules: imports run one way, and only training loads TensorFlow."""

import ast
import subprocess
import sys

import pytest

from tests.tools.notebooks import ROOT

HELPERS = ROOT / "helpers"

# A module imports only modules above it, and beyond the standard library and NumPy only these.
ORDER = {
    "__init__": set(),
    "experiment": set(),
    "data": set(),
    "reference": set(),
    "measures": set(),
    "cache": {"platformdirs"},
    "alt_text": {"matplotlib"},
    "style": {"matplotlib"},
    "labels": {"matplotlib"},
    "plots": {"matplotlib"},
    "models": {"keras"},
    "training": {"tensorflow", "keras", "tqdm"},
    "checks": set(),
    "server": set(),  # loaded by Jupyter's server, never by a notebook
    # traitlets is what widgets are made of, IPython shows them, Pillow packs matplotlib's pictures.
    "panels": {"ipywidgets", "anywidget", "traitlets", "IPython", "matplotlib", "PIL"},
}
NAMES = list(ORDER)

# An import inside a function runs only when it is called. `Experiment.build` and
# `.keras_script` reach down to models; panels that train load the engine when they start.
LATER = {"experiment": {"helpers.models"}, "panels": {"helpers.models", "helpers.training"}}

LIGHT = [name for name in NAMES if name not in ("__init__", "models", "training")]


def sources():
    """The helpers' files, in order."""
    return sorted(HELPERS.rglob("*.py"))


def room(path):
    """Which line of ORDER a file belongs to."""
    parts = path.relative_to(HELPERS).parts
    return parts[0] if len(parts) > 1 else path.stem


def package(path):
    """The package that a file's relative imports start from."""
    return ["helpers", *path.relative_to(HELPERS).parent.parts]


def imported(path, node):
    """The modules that one import statement names, as full names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = package(path)[: len(package(path)) + 1 - node.level] if node.level else []
    base = ".".join([*base, *([node.module] if node.module else [])])
    # `from helpers import models` names a module; `from helpers.data import load` does not.
    return [f"{base}.{a.name}" if is_package(base) else base for a in node.names]


def is_package(name):
    """Whether a name such as "helpers.panels" is a folder of modules."""
    return (ROOT / name.replace(".", "/")).is_dir()


def split_imports(path):
    """The modules that a file imports when it is loaded, and those it imports later."""
    now, later = [], []

    def visit(node, inside_function):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            (later if inside_function else now).extend(imported(path, node))
        deeper = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for child in ast.iter_child_nodes(node):
            visit(child, inside_function or deeper)

    visit(ast.parse(path.read_text(encoding="utf-8")), False)
    return now, later


def faults(path):
    """The imports of a file that the table does not allow."""
    here = room(path)
    now, later = split_imports(path)
    found = []
    for name in now + later:
        root, *rest = name.split(".")
        target = rest[0] if rest else ""
        if root != "helpers":
            allowed = root in sys.stdlib_module_names or root in {"numpy"} | ORDER[here]
            within = allowed and (here != "__init__" or root != "numpy")
        elif name in later:
            within = name in LATER.get(here, set()) or is_above(target, here)
        else:
            within = is_above(target, here) and not (here == "panels" and heavy(target))
        if not within:
            found.append(name)
    return found


def is_above(target, here):
    """Whether a module may be imported from another; those of one package may share."""
    if target not in ORDER or here == "__init__":
        return False
    return NAMES.index(target) < NAMES.index(here) or target == here in ("panels", "checks")


def heavy(target):
    """Whether loading a module loads TensorFlow."""
    return target in ("models", "training")


def loaded(statement):
    """The modules in memory after a statement in a new process."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_every_module_stands_in_the_table():
    assert {room(path) for path in sources()} == set(ORDER)


@pytest.mark.parametrize("path", sources(), ids=lambda p: p.relative_to(HELPERS).as_posix())
def test_imports_run_one_way(path):
    assert faults(path) == []


@pytest.mark.parametrize("name", ["checks", "panels"])
def test_the_modules_of_a_package_do_not_import_each_other_in_a_circle(name):
    known = {f"helpers.{name}.{path.stem}": path for path in (HELPERS / name).glob("*.py")}
    todo = {name: set(split_imports(path)[0]) & set(known) for name, path in known.items()}
    while todo:
        free = {name for name, needs in todo.items() if not needs & set(todo)}
        assert free, f"a circle among {sorted(todo)}"
        todo = {name: needs for name, needs in todo.items() if name not in free}


@pytest.mark.parametrize("name", LIGHT)
def test_light_modules_do_not_load_tensorflow(name):
    modules = loaded(f"import helpers.{name}")
    assert f"helpers.{name}" in modules
    assert not modules & {"tensorflow", "keras", "sklearn", "pandas", "matplotlib.pyplot"}


def test_numbers_alone_load_neither_pictures_nor_widgets():
    modules = loaded("import helpers.data, helpers.reference, helpers.metrics, helpers.checks")
    assert not modules & {"matplotlib", "ipywidgets", "IPython"}


def test_importing_helpers_imports_nothing_else():
    modules = loaded("import helpers")
    assert "helpers" in modules
    assert not {m for m in modules if m.startswith("helpers.")} | (modules & {"numpy"})


def test_naming_a_panel_does_not_load_tensorflow():
    modules = loaded(
        "import helpers.panels as panels\nfor name in panels.__all__: getattr(panels, name)"
    )
    assert "helpers.panels.figure.live_figure" in modules
    assert not modules & {"tensorflow", "keras", "sklearn", "pandas", "matplotlib.pyplot"}


# The tools above find what they are for.


@pytest.mark.parametrize(
    ("file", "code", "found"),
    [
        ("data.py", "from helpers.experiment import grid", []),
        ("data.py", "from helpers import models", ["helpers.models"]),
        ("data.py", "def f():\n    from helpers import models", ["helpers.models"]),
        ("experiment.py", "def f():\n    from helpers import models", []),
        ("experiment.py", "from helpers import models", ["helpers.models"]),
        ("experiment.py", "if TYPE_CHECKING:\n    import keras", []),
        ("plots.py", "import matplotlib.pyplot", []),
        ("plots.py", "import keras", ["keras"]),
        ("metrics.py", "import scipy.stats", ["scipy.stats"]),
        ("panels/live.py", "from helpers.panels.figure.live_figure import LiveFigure", []),
        ("panels/live.py", "from .live_figure import LiveFigure", []),
        ("panels/live.py", "from ..training import Trainer", ["helpers.training"]),
        ("panels/live.py", "from helpers.training import Trainer", ["helpers.training"]),
        ("panels/live.py", "def f():\n    from helpers.training import Trainer", []),
        ("panels/live.py", "try:\n    import keras\nexcept ImportError: pass", ["keras"]),
        ("checks/claims.py", "from helpers import panels", ["helpers.panels"]),
        ("__init__.py", "from helpers import data", ["helpers.data"]),
    ],
)
def test_the_finder(file, code, found, tmp_path, monkeypatch):
    path = tmp_path / "helpers" / file
    path.parent.mkdir(parents=True)
    path.write_text(code)
    monkeypatch.setattr(sys.modules[__name__], "HELPERS", tmp_path / "helpers")
    assert faults(path) == found
