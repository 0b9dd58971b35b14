"""What is kept on disk comes back as it was, or not at all."""

import dataclasses
import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import cache
from helpers.data import load, split
from helpers.experiment import CURVES, Divergence, Experiment, Move, Run, grid
from helpers.tasks import task_of
from tests.imports import imports
from tests.tools.notebooks import ROOT

BASE = Experiment(hidden=(3,), epochs=4)
PARTS = split(load("cells"), train=20, validation=20, seed=0)
EXPERIMENTS = grid(BASE, l2=[0, 0.1])


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder for this test."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


def a_run(experiment, epochs=4, diverged=None, **more):
    numbers = np.random.default_rng(epochs)
    curves = {name: numbers.random(epochs).astype("float32") for name in CURVES}
    shapes = [(56, 3), (3,), (3, 1), (1,)]
    weights = [numbers.random(shape).astype("float32") for shape in shapes]
    return Run(experiment=experiment, weights=weights, diverged=diverged, **curves, **more)


def some_runs():
    return [
        a_run(EXPERIMENTS[0]),
        a_run(EXPERIMENTS[1], epochs=2, diverged=Divergence(3, "the loss is not finite")),
    ]


def same(run, other):
    fields = [field.name for field in dataclasses.fields(Run)]
    for name in fields:
        a, b = getattr(run, name), getattr(other, name)
        if name == "weights":
            assert [w.dtype for w in a] == [w.dtype for w in b]
            assert all(np.array_equal(v, w) for v, w in zip(a, b, strict=True))
        elif isinstance(b, np.ndarray):
            assert a.dtype == b.dtype and np.array_equal(a, b), name
        else:
            assert a == b, name


def test_runs_come_back_as_they_were(folder):
    runs = some_runs()
    assert cache.load("a") is None
    assert cache.save("a", runs)
    found = cache.load("a")
    for run, other in zip(found, runs, strict=True):
        same(run, other)
    assert [path.name for path in folder.iterdir()] == ["a.runs"]


@pytest.mark.parametrize("task", [task_of(3), task_of("regression")], ids=lambda task: task.kind)
def test_a_run_comes_back_with_its_task(task):
    run = a_run(BASE, task=task)
    assert cache.save("a", [run])
    same(cache.load("a")[0], run)


def test_a_run_of_no_epochs_comes_back_too():
    run = a_run(BASE, epochs=0, diverged=Divergence(1, "the loss is not finite"))
    assert cache.save("a", [run])
    same(cache.load("a")[0], run)


@given(st.data())
def test_a_damaged_file_is_thrown_away(data):
    assert cache.save("a", some_runs())
    path = cache.folder() / "a.runs"
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    broken = data.draw(
        st.sampled_from(
            [whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], whole + b"x"]
        )
    )
    path.write_bytes(broken)
    assert cache.load("a") is None
    assert not path.exists()


def test_what_would_run_code_is_refused(folder):
    class Harmful:
        def __reduce__(self):
            return print, ("run",)

    cache.save("a", some_runs())
    content = np.array([Harmful()], dtype=object).dumps()  # a pickle, with its digest right
    (folder / "a.runs").write_bytes(hashlib.sha256(content).digest() + content)
    assert cache.load("a") is None
    assert not (folder / "a.runs").exists()


def changed_parts(**changes):
    return dataclasses.replace(
        PARTS, train=dataclasses.replace(PARTS.train, **changes) if changes else PARTS.train
    )


def test_the_name_is_that_of_the_content(monkeypatch):
    name = cache.name_of(EXPERIMENTS, PARTS)
    assert len(name) == 64 and cache.name_of(list(EXPERIMENTS), PARTS.replace()) == name
    x = PARTS.train.x.copy()
    x[0, 0] += 1e-6
    others = [
        cache.name_of(EXPERIMENTS[:1], PARTS),
        cache.name_of(EXPERIMENTS[::-1], PARTS),
        cache.name_of([e.replace(epochs=5) for e in EXPERIMENTS], PARTS),
        cache.name_of([e.replace(proximal=True) for e in EXPERIMENTS], PARTS),
        cache.name_of(EXPERIMENTS, PARTS.replace(seed=1)),
        cache.name_of(EXPERIMENTS, PARTS.replace(validation=19)),
        cache.name_of(EXPERIMENTS, changed_parts(x=x)),
        cache.name_of(EXPERIMENTS, changed_parts(y=1 - PARTS.train.y)),
    ]
    monkeypatch.setattr(cache, "_version", lambda name: "another")
    others.append(cache.name_of(EXPERIMENTS, PARTS))
    assert len({name, *others}) == 1 + len(others)


def in_a_copy(tmp_path, code):
    """What a script prints in a copy of the course whose files it may change."""
    if not (tmp_path / "helpers").exists():
        shutil.copytree(ROOT / "helpers", tmp_path / "helpers")
        shutil.copytree(ROOT / "data", tmp_path / "data")
    start = """
from pathlib import Path
from helpers import cache
from helpers.data import load, split
from helpers.experiment import Experiment
parts = split(load("cells"), train=20, validation=20, seed=0)
def name():
    return cache.name_of([Experiment(hidden=(3,), epochs=4)], parts)
def edit(module):
    with (Path(cache.__file__).parent / f"{module}.py").open("a") as file:
        file.write("# another\\n")
"""
    done = subprocess.run(
        [sys.executable, "-c", start + code],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def code_files():
    """The modules that make runs, such as "training/noise": those of packages one by one."""
    helpers = ROOT / "helpers"
    found = [path for name in cache.CODE for path in helpers.glob(f"{name}.py")]
    found += [path for name in cache.CODE for path in sorted((helpers / name).glob("*.py"))]
    return [path.relative_to(helpers).with_suffix("").as_posix() for path in found]


@pytest.mark.parametrize("module", code_files())
def test_the_name_is_that_of_the_code_that_runs(module, tmp_path):
    """Editing a file changes nothing in a kernel that runs it, and all in the next kernel."""
    before, after = in_a_copy(tmp_path, f"print(name()); edit({module!r}); print(name())")
    (later,) = in_a_copy(tmp_path, "print(name())")
    loaded = module in ("experiment", "tasks", "cache")  # the others are read when they are needed
    assert after == (before if loaded else later) and later != before


def test_the_name_is_the_same_before_and_after_training_is_imported(tmp_path):
    code = "from helpers import training; print(name()); edit('training/program'); print(name())"
    names = in_a_copy(tmp_path, f"print(name()); {code}")
    assert len(names) == 3 and len(set(names)) == 1


def test_all_code_that_makes_runs_is_in_the_name():
    """What training imports of the course, but for words, and rows, which are in the name."""
    found = {name.split("/")[0] for name in code_files()}
    assert found == set(cache.CODE)
    used = {
        name.split(".")[1]
        for file in code_files()
        for name, _ in imports(ROOT / "helpers" / f"{file}.py")
        if name.startswith("helpers.") and not file.startswith("cache")
    }
    assert used - {"data", "validation", "formatting"} == found


def test_a_read_only_folder_is_read(folder, monkeypatch):
    cache.save("a", some_runs())

    def refuse(*_, **__):
        raise PermissionError("read-only")

    monkeypatch.setattr(os, "utime", refuse)
    monkeypatch.setattr(cache.Path, "unlink", refuse)
    monkeypatch.setattr(cache.tempfile, "NamedTemporaryFile", refuse)
    for run, other in zip(cache.load("a"), some_runs(), strict=True):
        same(run, other)
    assert not cache.save("b", some_runs())


@pytest.mark.parametrize("step", ["write", "replace"])
def test_a_full_disk_leaves_no_file(step, folder, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "no space left on device")

    if step == "replace":
        monkeypatch.setattr(os, "replace", full)
        monkeypatch.setattr(cache.Path, "replace", full)
    else:
        make = tempfile.NamedTemporaryFile

        def made(*args, **kwargs):
            file = make(*args, **kwargs)
            file.write = full
            return file

        monkeypatch.setattr(tempfile, "NamedTemporaryFile", made)
    assert not cache.save("a", some_runs())
    assert list(folder.iterdir()) == []


def test_what_was_left_by_a_broken_off_save_goes_first(folder, monkeypatch):
    cache.save("a", some_runs())
    size = (folder / "a.runs").stat().st_size
    (folder / "tmp1.part").write_bytes(bytes(size))
    os.utime(folder / "tmp1.part", (1, 1))
    monkeypatch.setattr(cache, "MOST_BYTES", 2 * size)
    cache.save("b", some_runs())
    assert sorted(path.name for path in folder.iterdir()) == ["a.runs", "b.runs"]


def test_the_longest_unused_go_first(folder, monkeypatch):
    for i, name in enumerate("abc"):
        cache.save(name, some_runs())
        os.utime(folder / f"{name}.runs", (i, i))
    size = (folder / "a.runs").stat().st_size
    cache.load("a")  # used now
    monkeypatch.setattr(cache, "MOST_BYTES", 3 * size)
    cache.save("d", some_runs())
    assert sorted(path.stem for path in folder.iterdir()) == ["a", "c", "d"]


def test_nothing_is_kept_where_nothing_shall_be(monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", "")
    assert cache.folder() is None
    assert not cache.save("a", some_runs()) and cache.load("a") is None


def test_the_usual_place_is_the_users_cache_folder(monkeypatch):
    monkeypatch.delenv("COURSE_CACHE")
    assert "regularising-neural-networks" in cache.folder().parts


def test_a_forbidden_disk_loses_nothing(folder, monkeypatch):
    folder.write_text("a file where the folder should be")
    assert not cache.save("a", some_runs())
    assert cache.load("a") is None


def test_moved_runs_are_refused():
    with pytest.raises(ValueError, match="moved"):
        cache.save("a", [a_run(BASE, moves=(Move(2, "l2", 0.1),))])
