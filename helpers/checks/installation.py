"""Whether the course runs on this machine, in words."""

import importlib.metadata
import os
import sys

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from helpers.data import load, make_2d, split
from helpers.data.shipped import FOLDER, SHIPPED
from helpers.experiment import Experiment

NEEDED = ("keras", "numpy", "matplotlib", "pillow", "jupyterlab", "ipykernel", "ipywidgets",
          "anywidget", "traitlets", "tqdm", "polars")  # fmt: skip
SILENT = ("agg", "cairo", "pdf", "pgf", "ps", "svg", "template")  # these write files only
_INSTALL = (
    "in the folder of README.md run its command under “open the course”, then choose "
    "Kernel > Restart Kernel and run this cell again"
)


def environment() -> None:
    """Print whether Python, packages, data, pictures and training work; if not, what to do."""
    parts = {
        "Python": python_problem,
        "packages": package_problem,
        "data": data_problem,
        "pictures": picture_problem,
        "training": training_problem,
    }
    problems = {}
    for name, problem_of in parts.items():
        try:
            problem = problem_of()
        except Exception as error:
            problem = f"{type(error).__name__}: {error}. What to do: {_INSTALL}"
        if problem is not None:
            problems[name] = problem
    if problems:
        print("\n".join(f"{name}: {problems.get(name, 'fine')}." for name in parts))
        print(f"To fix: {len(problems)} of {len(parts)}.")
    else:
        print(f"{', '.join(parts)}: everything works.")


def python_problem() -> str | None:
    """Say what is wrong with the version of Python, if anything."""
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return None
    found = ".".join(map(str, sys.version_info[:2]))
    return f"this is {found}, and the course is made for 3.11 to 3.13. What to do: {_INSTALL}"


def package_problem() -> str | None:
    """Say which packages are missing or of another version, if any."""
    pinned = pins((FOLDER.parent / "requirements.txt").read_text(encoding="utf-8"))
    faults = []
    for name in NEEDED:
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            faults.append(f"{name} is missing")
            continue
        if not pinned[name].contains(found, prereleases=True):
            wanted = " and ".join(sorted(map(str, pinned[name]), reverse=True))
            faults.append(f"{name} is {found}, needed is {wanted}")
    return f"{', '.join(faults)}. What to do: {_INSTALL}" if faults else None


def pins(requirements: str) -> dict[str, SpecifierSet]:
    """The versions that the course was tested with or is compatible with, for each package."""
    found = (Requirement(line) for line in requirements.splitlines() if line[:1].isalpha())
    return {package.name: package.specifier for package in found}


def data_problem() -> str | None:
    """Load each shipped table; `load` raises, and says how to restore a file."""
    for name in SHIPPED:
        load(name)
    return None


def picture_problem() -> str | None:
    """Say in a notebook why matplotlib would not show its figures below the cell, if so."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if not hasattr(shell, "kernel"):
        return None
    pyplot = sys.modules.get("matplotlib.pyplot")
    backend = pyplot.get_backend() if pyplot else os.environ.get("MPLBACKEND", "")
    if backend.lower() not in SILENT:
        return None
    return (
        f"matplotlib draws with {backend}, which shows nothing in a notebook. What to do: take "
        "MPLBACKEND out of the shell's profile and start Jupyter again, or run %matplotlib inline"
    )


def training_problem() -> str | None:
    """Train a small network, and say if it did not learn."""
    from helpers.training import train

    small = Experiment(hidden=(4,), epochs=3, batch_size=20)
    (run,) = train(small, split(make_2d("moons", rows=60), train=40, validation=20), progress=False)
    if run.epochs == 3 and run.train_loss[-1] < run.train_loss[0]:
        return None
    return f"a small network did not learn. What to do: {_INSTALL}"
