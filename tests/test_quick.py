"""The quick loop: which tests it leaves out, and that it cannot load TensorFlow."""

import pytest

from tests.conftest import mark_of
from tests.imports import ROOT

MARKERS = {"quick", "slow", "browser", "notebook"}


def test_every_test_is_marked_and_quick_is_none_of_the_others(request):
    for item in request.session.items:
        found = {mark.name for mark in item.iter_markers()} & MARKERS
        assert found == {"quick"} or (found and "quick" not in found), item.nodeid
        if "chromium" in getattr(item, "fixturenames", ()):
            assert "browser" in found


@pytest.mark.parametrize(
    ("code", "mark"),
    [
        ("import numpy", "quick"),
        ("import keras", "slow"),
        ("from keras import layers", "slow"),
        ("from helpers.data import load", "quick"),
        ("from helpers import models", "slow"),
        ("def test():\n    from helpers.training import train", "slow"),
        ("if TYPE_CHECKING:\n    from helpers.training import Trainer", "quick"),
        ("from helpers.checks import mixed_rows", "quick"),
        ("from helpers import checks\nchecks.mixed_rows(1)", "quick"),
        ("from helpers import checks\nchecks.environment()", "slow"),
        ("from helpers.panels import DropoutLab", "quick"),
        ("from helpers.panels import DropoutLab, SweepLab", "slow"),
        ("from helpers import panels", "slow"),
        ("from tests.small import BASE", "quick"),
        ("from tests import test_training", "slow"),
    ],
)
def test_a_file_that_leads_to_tensorflow_is_slow(code, mark, tmp_path):
    path = tmp_path / "test_it.py"
    path.write_text(code)
    assert mark_of(path) == mark


def test_folders_mark_too():
    assert mark_of(ROOT / "tests" / "browser" / "test_it.py") == "browser"
    assert mark_of(ROOT / "notebooks" / "01-it.ipynb") == "notebook"


def test_in_a_quick_run_an_import_of_tensorflow_fails(interpreter, tmp_path):
    path = tmp_path / "test_it.py"
    path.write_text(
        "import importlib, subprocess, sys\n"
        "def test_here(): importlib.import_module('keras')\n"
        "def test_there(): subprocess.run([sys.executable, '-c', 'import keras'], check=True)\n"
    )
    options = ["-p", "tests.conftest", "-c", ROOT / "pyproject.toml", "--rootdir", tmp_path]
    done = interpreter("-m", "pytest", "-q", "-m", "quick", *options, path, check=False)
    assert done.returncode == 1 and "2 failed" in done.stdout
    assert done.stdout.count("a quick test imports TensorFlow") >= 2


def test_without_tensorflow_all_that_is_marked_quick_is_collected(interpreter, request):
    options = ["--collect-only", "-q", "-m", "quick", "-p", "no:cacheprovider"]
    found = set(interpreter("-m", "pytest", *options).stdout.splitlines())
    marked = {item.nodeid for item in request.session.items if item.get_closest_marker("quick")}
    assert any("::" in line for line in found) and marked <= found
