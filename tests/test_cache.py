"""What is kept on disk comes back as it was, or not at all."""

import dataclasses
import hashlib
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import cache
from helpers.data import load, split
from helpers.experiment import Divergence, Experiment, Move, Run, grid

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
    curves = {name: numbers.random(epochs).astype("float32") for name in cache.CURVES}
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


def test_other_training_code_is_another_name(monkeypatch, tmp_path):
    name = cache.name_of(EXPERIMENTS, PARTS)
    for module in cache._CODE:
        source = (cache.Path(cache.__file__).parent / f"{module}.py").read_text(encoding="utf-8")
        (tmp_path / f"{module}.py").write_text(source, encoding="utf-8")
    monkeypatch.setattr(cache, "__file__", str(tmp_path / "cache.py"))
    assert cache.name_of(EXPERIMENTS, PARTS) == name
    with (tmp_path / "training.py").open("a") as file:
        file.write("\n")
    assert cache.name_of(EXPERIMENTS, PARTS) != name


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
