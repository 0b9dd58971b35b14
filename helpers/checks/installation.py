"""Whether the course runs on this machine, in words."""

from __future__ import annotations

import importlib.metadata
import re
import sys

from helpers.data import FOLDER, SHIPPED, load, make_2d, split
from helpers.experiment import Experiment

NEEDED = ("keras", "numpy", "matplotlib", "pillow", "jupyterlab", "ipykernel", "ipywidgets",
          "anywidget", "traitlets", "tqdm")  # fmt: skip
_INSTALL = (
    "in the folder of README.md run its command under “open the course”, then choose "
    "Kernel > Restart Kernel and run this cell again"
)


def environment() -> None:
    """Print in words whether Python, packages, data and training work, and if not, what to do."""
    looks = {
        "Python": _python_problem,
        "packages": _package_problem,
        "data": _data_problem,
        "training": _training_problem,
    }
    problems = {}
    for name, look in looks.items():
        try:
            problem = look()
        except Exception as error:
            problem = f"{type(error).__name__}: {error}. What to do: {_INSTALL}"
        if problem is not None:
            problems[name] = problem
    if problems:
        print("\n".join(f"{name}: {problems.get(name, 'fine')}." for name in looks))
        print(f"To be mended: {len(problems)} of {len(looks)}.")
    else:
        print(f"{', '.join(looks)}: everything works.")


def _python_problem() -> str | None:
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return None
    found = ".".join(map(str, sys.version_info[:2]))
    return f"this is {found}, and the course is made for 3.11 to 3.13. What to do: {_INSTALL}"


def _package_problem() -> str | None:
    pins = _pins((FOLDER.parent / "requirements.txt").read_text(encoding="utf-8"))
    faults = []
    for name in NEEDED:
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            faults.append(f"{name} is missing")
            continue
        if not _fits(found, pins[name]):
            faults.append(f"{name} is {found}, tried was {pins[name]}")
    return f"{', '.join(faults)}. What to do: {_INSTALL}" if faults else None


def _pins(requirements: str) -> dict[str, str]:
    """The version that follows `~=` for each package named without a condition."""
    lines = (line.split("~=") for line in requirements.splitlines() if ";" not in line)
    return {name.strip(): pin.strip() for name, pin in (line for line in lines if len(line) == 2)}


def _fits(found: str, pin: str) -> bool:
    """Whether a version is compatible with a pin: as `~=`, which frees the last number only."""
    wanted = [int(n) for n in pin.split(".")]
    have = [int(n) for n in re.match(r"\d+(\.\d+)*", found)[0].split(".")]
    return have[: len(wanted) - 1] == wanted[:-1] and have >= wanted


def _data_problem() -> str | None:
    for name in SHIPPED:
        load(name)  # raises, and says how to restore the file
    return None


def _training_problem() -> str | None:
    from helpers.training import train

    small = Experiment(hidden=(4,), epochs=3, batch_size=20)
    (run,) = train(small, split(make_2d("moons", rows=60), train=40, validation=20), progress=False)
    if run.epochs == 3 and run.train_loss[-1] < run.train_loss[0]:
        return None
    return f"a small network did not learn. What to do: {_INSTALL}"
