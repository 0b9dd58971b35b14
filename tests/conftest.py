"""What all tests share."""

import gc
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import nbformat.v4 as v4
import pytest
from hypothesis import settings

from helpers.data.seal import OPENINGS
from tests.imports import HEAVY, ROOT, leads_to
from tests.tools import notebooks
from website import browser

# The same examples every time, on a machine of any speed.
settings.register_profile("course", deadline=None, derandomize=True, database=None)
settings.load_profile("course")
settings.register_profile("quick", settings.get_profile("course"), max_examples=10)

# A failure there shall show its values, as in a test file.
pytest.register_assert_rewrite("tests.verdicts", "tests.small")

# A picture or a page of slides takes up to a second: the quick loop takes so many cases of a table.
CASES_DRAWN = 2
DRAWS = frozenset({"matplotlib", "nbconvert"})

# What a test is that asks for a fixture; see `mark_of` for whole files.
FIXTURES = {"chromium": "browser", "kernels": "notebook", "interpreter": "slow"}


def mark_of(path: Path) -> str:
    """The marker of a file's tests, by its folder and by what its imports lead to."""
    if path.suffix == ".ipynb":
        return "notebook"
    if path.parent.name == "browser":
        return "browser"
    return "slow" if leads_to(path, HEAVY) else "quick"


def is_quick(config) -> bool:
    """Whether only quick tests are wanted."""
    return config.option.markexpr == "quick"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection():
    """Search for garbage only afterwards, and never among what the whole run needs.

    While modules are imported and tests are found there is hardly any: it took four seconds in ten.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_configure(config):
    """In a quick run nothing can import TensorFlow, neither here nor in a process it starts."""
    if is_quick(config):
        settings.load_profile("quick")
        config.option.ignore_glob = ["*.ipynb"]
        folder = tempfile.TemporaryDirectory()
        config.add_cleanup(folder.cleanup)
        refusal = "raise AssertionError('a quick test imports TensorFlow')"
        Path(folder.name, "tensorflow.py").write_text(refusal, encoding="utf-8")
        sys.path.insert(0, folder.name)
        before = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [folder.name, before]))


def pytest_ignore_collect(collection_path, config):
    """Leave out, in a quick run, what holds no quick test: its import alone takes seconds."""
    if not is_quick(config):
        return None
    if collection_path.is_dir():
        return collection_path.name == "browser" or None
    return (collection_path.suffix == ".py" and mark_of(collection_path) != "quick") or None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark each test: slow, browser, notebook, or quick, which is none of them."""
    cases = Counter()
    for item in items:
        names = getattr(item, "fixturenames", ())
        found = {mark_of(item.path), *(FIXTURES[name] for name in names if name in FIXTURES)}
        if hasattr(item, "callspec") and leads_to(item.path, DRAWS):
            cases[item.function] += 1
            found |= {"slow"} if cases[item.function] > CASES_DRAWN else set()
        for name in found - {"quick"} or {"quick"}:
            item.add_marker(name)


@pytest.fixture
def kernels():
    """What a test asks for that starts a kernel."""


@pytest.fixture
def interpreter():
    """Runs Python with these arguments in a new process, which must end well unless told."""

    def interpreter(*arguments, check=True):
        command = [sys.executable, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    return interpreter


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of an installed browser of the Chromium family; CI must have one."""
    try:
        return browser.executable()
    except RuntimeError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def never_opened():
    """Every test starts with all seals closed, as a new process does."""
    OPENINGS.clear()


@pytest.fixture
def closing():
    """Returns the panel that it is given, and closes it after the test."""
    made = []

    def closing(panel):
        made.append(panel)
        return panel

    yield closing
    for panel in made:
        panel.close()


@pytest.fixture
def panel(make):
    """What the test file's `make` makes as it is."""
    return make()


@pytest.fixture
def trained(panel):
    """The panel, with all its networks trained."""
    panel.train()
    panel.wait()
    return panel


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """Makes a course of one lesson with these cells; returns its path."""
    monkeypatch.setattr(notebooks, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)

    def lesson(*cells):
        made = v4.new_notebook(cells=[v4.new_code_cell(source) for source in cells])
        path = tmp_path / "01-short.ipynb"
        notebooks.write(notebooks.normalise(made), path)
        return path

    return lesson
