"""Compiled programs on disk: the next kernel takes them, and nothing that is found there harms."""

import gc
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from helpers import models
from helpers.data import load, split
from helpers.experiment import CURVES, Experiment
from helpers.training import Trainer, compiled
from tests.imports import ROOT

linux = pytest.mark.skipif(sys.platform != "linux", reason="programs are kept on Linux")

TABLES = ("cells", dict(dropout=0.3, input_noise=0.1)), ("concrete", dict(clipnorm=0.1))

# Other functions that are traced before change what the next ones are called.
SCRIPT = """
import json, sys
from tests import test_compiled
import tensorflow as tf
for k in range(int(sys.argv[1])):
    tf.function(lambda x: x + k)(tf.constant(1.0))
if len(sys.argv) > 3:
    test_compiled.make_read_only()
print(json.dumps(test_compiled.train_to(sys.argv[2])))
"""


def train_to(path):
    """Train a bank for each table, keep what it did; return how often each was traced."""
    traced, arrays = [], []
    for table, more in TABLES:
        parts = split(load(table), train=40, validation=20)
        trainer = Trainer([Experiment(hidden=(3,), l2=l2, **more) for l2 in (0, 0.1)], parts)
        trainer.advance(3)
        trainer.advance(2)
        (bank,) = trainer.banks
        traced.append(bank.program.function.experimental_get_tracing_count())
        for run in trainer.runs:
            arrays += [getattr(run, name) for name in CURVES] + list(run.weights)
    np.savez(path, *arrays)
    return traced


def make_read_only():
    """Refuse to note when a file was used, and to write one."""

    def refuse(*_, **__):
        raise PermissionError("read-only")

    os.utime = compiled.cache.store = refuse


def started(folder, out, count=0, *more):
    """A process that trains with the programs of this folder; it writes its runs to `out`."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(count), str(out), *more],
        cwd=ROOT, env=os.environ | {"COURSE_PROGRAMS": str(folder)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ended(process):
    """How often each bank was traced, by a process that ended without another word."""
    out, said = process.communicate()
    assert process.returncode == 0 and said == "", said
    return json.loads(out)


def assert_equal(one, other):
    with np.load(one) as a, np.load(other) as b:
        assert a.files == b.files and a.files
        for name in a.files:
            np.testing.assert_array_equal(a[name], b[name])


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The folder of two processes that trained the same at the same time."""
    place = tmp_path_factory.mktemp("compiled")
    killed = Path(tempfile.mkdtemp(prefix="course-programs-999999999-"))
    pair = [started(place / "kept", place / f"{k}.npz", k) for k in (0, 1)]
    assert [ended(process) for process in pair] == [[1, 1], [1, 1]]
    assert not killed.exists()  # the folder of a process that is no more
    return place / "kept"


@linux
def test_two_processes_keep_each_program_once_and_their_runs_are_those_without(
    kept, tmp_path, monkeypatch
):
    monkeypatch.setattr(compiled, "scratch_folder", lambda: None)
    assert train_to(tmp_path / "off.npz") == [1, 1]
    for k in (0, 1):
        assert_equal(kept.parent / f"{k}.npz", tmp_path / "off.npz")
    assert [path.suffix for path in kept.iterdir()] == [".program"] * len(TABLES)


@linux
def test_the_next_kernel_does_not_trace_and_changes_no_bit(kept, tmp_path):
    """Whatever else it traced before, and if it may only read."""
    assert ended(started(kept, tmp_path / "a.npz", 3, "read-only")) == [0, 0]
    assert_equal(tmp_path / "a.npz", kept.parent / "0.npz")


@linux
def test_what_is_not_a_program_is_made_again(kept, tmp_path):
    """One file is cut short; in the other, right by its digest, is a program that XLA refuses."""
    cut, other = sorted(kept.iterdir())
    (tmp_path / cut.name).write_bytes(cut.read_bytes()[:1000])
    with np.load(io.BytesIO(other.read_bytes()[32:])) as file:
        arrays, packed = dict(file) | {"program": file["program"][:1000]}, io.BytesIO()
    np.savez_compressed(packed, **arrays)
    content = hashlib.sha256(packed.getvalue()).digest() + packed.getvalue()
    (tmp_path / other.name).write_bytes(content)
    assert ended(started(tmp_path, tmp_path / "a.npz")) == [1, 1]
    assert_equal(tmp_path / "a.npz", kept.parent / "0.npz")
    assert (tmp_path / cut.name).stat().st_size > 1000  # kept for the next kernel
    assert not (tmp_path / other.name).exists()  # left to the next kernel


def test_xla_keeps_what_else_it_was_told(tmp_path, monkeypatch):
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_clustering_debug")
    first, *own = compiled.xla_flags(tmp_path).split()
    assert first == "--tf_xla_clustering_debug" and own[0].endswith(f"={tmp_path}")


@pytest.mark.parametrize(
    "change",
    [
        {"TF_XLA_FLAGS": "--tf_xla_persistent_cache_directory=/mine"},
        {"TF_XLA_FLAGS": "flags.txt"},
        {"TF_CPP_MIN_LOG_LEVEL": "2"},
        {"folder": "First Last"},
        {"folder": "Ωmega"},
        {"LEAST_SPACE": 2**80},
    ],
    ids=str,
)
def test_xla_keeps_nothing_where_that_would_harm(change, tmp_path, monkeypatch):
    place = tmp_path / change.get("folder", "place")
    place.mkdir()
    for name, value in change.items():
        if name.startswith("TF_"):
            monkeypatch.setenv(name, value)
        elif name == "LEAST_SPACE":
            monkeypatch.setattr(compiled, name, value)
    assert compiled.xla_flags(place) is None


def test_the_search_for_garbage_goes_on_after_an_error_and_stays_off_where_it_was():
    assert gc.isenabled()
    with pytest.raises(KeyError), models.uncollected():
        assert not gc.isenabled()
        with models.uncollected():
            pass
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()
