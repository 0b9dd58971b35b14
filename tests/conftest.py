"""What all tests share."""

import os
import shutil

import nbformat.v4 as v4
import pytest
from hypothesis import settings

from helpers.data.seal import OPENINGS
from tests.tools import notebooks

# The same examples every time, on a machine of any speed.
settings.register_profile("course", deadline=None, derandomize=True, database=None)
settings.load_profile("course")

# A failure there shall show its values, as in a test file.
pytest.register_assert_rewrite("tests.verdicts", "tests.small")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of an installed browser of the Chromium family; CI must have one."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        message = f"no browser on the path: install one of {', '.join(BROWSERS)}"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


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
