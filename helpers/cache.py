"""Keeps finished training on disk, so that the same sweep need not be trained twice.

    name = cache.name_of(experiments, parts)    # changes with anything that changes the runs
    runs = cache.load(name)                     # None: not there, or not as it was written
    cache.save(name, runs)

A file is found by its content: settings, rows, versions, and the code that trains. It holds numbers
and text only, behind their SHA-256: whatever else is found there is thrown away, never believed.
The folder is the user's cache folder, or what COURSE_CACHE says; COURSE_CACHE="" keeps nothing.

`store` and `fetch` keep bytes of other kinds in the same manner: `helpers.training.compiled` keeps
compiled programs in the folder `programs` beside the files, or where COURSE_PROGRAMS says.
"""

import contextlib
import dataclasses
import hashlib
import importlib.metadata
import io
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import platformdirs

from helpers.data import Parts
from helpers.experiment import CURVES, Divergence, Experiment, Run
from helpers.tasks import task_of

MOST_BYTES = 256 * 2**20  # of all files of a folder; the longest unused go first
_OURS = (".runs", ".program", ".part")
_DIGEST = hashlib.sha256().digest_size
SOURCE = Path(__file__).read_bytes()
CODE = ("experiment", "tasks", "models", "training", "cache")  # of `helpers`: what makes a file
_VERSIONS = ("keras", "numpy", "tensorflow", "tensorflow-cpu")


def folder() -> Path | None:
    """Where the files lie; None if nothing shall be kept."""
    asked = os.environ.get("COURSE_CACHE")
    if asked is None:
        return Path(platformdirs.user_cache_dir("regularising-neural-networks"))
    return Path(asked) if asked else None


def programs_folder() -> Path | None:
    """Where compiled programs lie; None if none shall be kept."""
    asked = os.environ.get("COURSE_PROGRAMS")
    if asked is None:
        return folder() and folder() / "programs"
    return Path(asked) if asked else None


def digest_of_code(**what: object) -> "hashlib._Hash":
    """The SHA-256 of the code that trains, the versions it runs on, and what else is given."""
    what |= {
        "versions": {name: _version(name) for name in _VERSIONS},
        "machine": platform.machine(),
    }
    digest = hashlib.sha256(json.dumps(what, sort_keys=True).encode())
    for name in CODE:
        digest.update(_source(name))
    return digest


def name_of(experiments: Sequence[Experiment], parts: Parts) -> str:
    """The name under which runs of these experiments on these rows are kept.

    Returns:
        64 hexadecimal digits.
    """
    told = [dataclasses.asdict(e) for e in experiments]
    digest = digest_of_code(experiments=told, task=parts.task)
    for part in (parts.train, parts.validation):
        for rows in (part.x, part.y):
            digest.update(f"{rows.dtype.str}{rows.shape}".encode())
            digest.update(np.ascontiguousarray(rows).tobytes())
    return digest.hexdigest()


def save(name: str, runs: Sequence[Run]) -> bool:
    """Keep runs under a name.

    Returns:
        Whether it was done: a full or forbidden disk is no reason to lose what is on screen.
    """
    place = folder()
    return place is not None and store(place / f"{name}.runs", _pack(runs))


def store(path: Path, content: bytes) -> bool:
    """Write a file behind its SHA-256, whole or not at all, and make room in its folder.

    Returns:
        Whether it was done.
    """
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            part = Path(file.name)
            file.write(hashlib.sha256(content).digest() + content)
        part.replace(path)
    except OSError:
        if part is not None:
            part.unlink(missing_ok=True)
        return False
    _make_room(path.parent)
    return True


def fetch(path: Path) -> bytes | None:
    """What `store` wrote; None if there is nothing.

    A file that is not as it was written is removed.
    """
    with contextlib.suppress(OSError):
        found = path.read_bytes()
        digest, content = found[:_DIGEST], found[_DIGEST:]
        if hashlib.sha256(content).digest() == digest:
            with contextlib.suppress(OSError):  # a folder that is shared may be read-only
                os.utime(path)  # used now
            return content
        path.unlink()
    return None


def load(name: str) -> list[Run] | None:
    """The runs kept under a name, in the order in which they were given.

    Returns:
        None if there are none, or if the file is not as it was written; then it is removed.
    """
    place = folder()
    path = place and place / f"{name}.runs"
    content = path and fetch(path)
    if content:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            return _unpack(content)
        with contextlib.suppress(OSError):
            path.unlink()
    return None


def _pack(runs: Sequence[Run]) -> bytes:
    texts, numbers = [], []
    for run in runs:
        if run.moves:
            raise ValueError(f"{run!r}: a run whose strengths were moved is not kept")
        arrays = [getattr(run, name) for name in CURVES] + list(run.weights)
        numbers += [np.asarray(a, dtype="float32").ravel() for a in arrays]
        texts.append({
            "experiment": dataclasses.asdict(run.experiment),
            "diverged": run.diverged,
            "shapes": [a.shape for a in arrays],
            "classes": run.task.n_classes,
        })  # fmt: skip
    out = io.BytesIO()
    np.savez(out, runs=np.array(json.dumps(texts)), numbers=np.concatenate(numbers))
    return out.getvalue()


def _unpack(content: bytes) -> list[Run]:
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        texts, numbers = json.loads(str(file["runs"])), file["numbers"]
    runs, at = [], 0
    for text in texts:
        arrays = []
        for shape in text["shapes"]:
            size = int(np.prod(shape))
            arrays.append(numbers[at : at + size].reshape(shape))
            at += size
        curves, weights = arrays[: len(CURVES)], arrays[len(CURVES) :]
        runs.append(
            Run(
                experiment=Experiment(**text["experiment"]),
                **dict(zip(CURVES, curves, strict=True)),
                weights=weights,
                diverged=text["diverged"] and Divergence(*text["diverged"]),
                task=task_of(text["classes"]),
            )
        )
    return runs


def _make_room(place: Path) -> None:
    """Remove the longest unused files beyond `MOST_BYTES`, those of broken-off writing included."""
    with contextlib.suppress(OSError):  # another process may do the same
        kept = 0
        for path in sorted(place.iterdir(), key=lambda p: -p.stat().st_mtime):
            kept += path.stat().st_size if path.suffix in _OURS else 0
            if kept > MOST_BYTES and path.suffix in _OURS:
                path.unlink(missing_ok=True)


def _source(name: str) -> bytes:
    """The code of a module or package; of one that runs, as it was when it was imported."""
    if module := sys.modules.get(f"helpers.{name}"):
        return module.SOURCE
    folder = Path(__file__).with_name(name)
    files = sorted(folder.glob("*.py")) or [folder.with_suffix(".py")]
    return b"".join(file.read_bytes() for file in files)


def _version(name: str) -> str | None:
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version(name)
    return None
