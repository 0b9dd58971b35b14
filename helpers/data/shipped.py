"""The tables that ship: their files, hashes and readers."""

import functools
import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers.data.raw import RawTable
from helpers.data.reading import read_csv
from helpers.data.tables import Table
from helpers.validation import check_choice

FOLDER = Path(__file__).resolve().parents[2] / "data"


class Shipped(NamedTuple):
    """A table that ships: its file in `data/`, the SHA-256 of that file, and its reader.

    The reader turns the bytes into the fields of a `Table`, or is the target of a file that is
    read as one's own is.
    """

    file: str
    sha256: str
    read: Callable[[bytes], dict] | str


def load(name: str) -> Table | RawTable:
    """Read a table that ships: "cells", "mnist1d", "breast_cancer", "digits",
    "credit" or "concrete".

    `mnist1d` holds the 4000 published training rows, then the 1000 published test rows. A row of
    `digits` is an image of 8 × 8 pixels, row by row: `x.reshape(-1, 8, 8)` gives the images.
    `credit` holds text and missing values, the target of `concrete` is a number (the strength in
    MPa); both are read as one's own table is.

    Raises:
        ValueError: If the name is unknown or the file is not the one that shipped.
        FileNotFoundError: If the file is missing.
    """
    check_choice("name", name, tuple(SHIPPED))
    found = _read(FOLDER, name)
    if isinstance(found, RawTable):
        return replace(found, classes=list(found.classes), origin={"name": name})
    return Table(name, **found, origin={"name": name})


@functools.cache
def _read(folder: Path, name: str) -> dict | RawTable:
    """Check a shipped file against its hash; give the fields of its `Table`, or the table."""
    file, expected, read = SHIPPED[name]
    path = folder / file
    wrong = (
        f"data/{file} {{}}: expected SHA-256 {expected}, found {{}}; copy data/{file} again from "
        f"the archive that you downloaded, or in a git clone run git checkout -- data/{file}"
    )
    if not path.is_file():
        raise FileNotFoundError(wrong.format("is missing", "no file"))
    content = path.read_bytes()
    if (found := hashlib.sha256(content).hexdigest()) != expected:
        altered = "was altered (a spreadsheet that saves a file does so)"
        raise ValueError(wrong.format(altered, found))
    return read_csv(path, read, show=False) if isinstance(read, str) else read(content)


def _read_csv(content: bytes, label: str, classes: list[str]) -> dict:
    """Two classes, told by the column `label`; "case" says which rows are for testing."""
    names, *rows = (line.split(",") for line in content.decode("utf-8").splitlines())
    columns = {name: np.array(c) for name, *c in zip(names, *rows, strict=True)}
    y, case = columns.pop(label) == classes[1], columns.pop("case", None)
    return {
        "x": np.stack(list(columns.values()), axis=1).astype(np.float32),
        "y": y,
        "names": list(columns),
        "classes": classes,
        "published_test": None if case is None else case == "Test",
    }


def _read_mnist1d(content: bytes) -> dict:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        x = np.concatenate([arrays["x"], arrays["x_test"]])
        y = np.concatenate([arrays["y"], arrays["y_test"]])
        n_train = len(arrays["y"])
    return {
        "x": x,
        "y": y,
        "names": [f"position_{n:02}" for n in range(1, x.shape[1] + 1)],
        "classes": [str(digit) for digit in range(10)],
        "published_test": np.arange(len(x)) >= n_train,
    }


def _read_digits(content: bytes) -> dict:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        images, y = arrays["x"], arrays["y"]
    return {
        "x": images.reshape(len(images), -1).astype(np.float32),
        "y": y,
        "names": [f"pixel_{row}_{column}" for row, column in np.ndindex(images.shape[1:])],
        "classes": [str(digit) for digit in range(10)],
    }


SHIPPED = {
    "cells": Shipped(
        "cell_segmentation.csv",
        "fb3b5a53661468b4cc24f197aa8b95fa0556a695c90235f6cd579c55e7947c7f",
        functools.partial(_read_csv, label="class", classes=["PS", "WS"]),
    ),
    "mnist1d": Shipped(
        "mnist1d.npz",
        "7d065ff6e20d64329f3e05c1da825135efe1bfd16730a09cc9c4bfb5d38de463",
        _read_mnist1d,
    ),
    "breast_cancer": Shipped(
        "breast_cancer.csv",
        "af399a019264f7999e6b395ee90576e46564867aa4c8a40797c96be87dc1be55",
        functools.partial(_read_csv, label="diagnosis", classes=["benign", "malignant"]),
    ),
    "digits": Shipped(
        "digits.npz",
        "6f801551877abf69fbf3711373bb642a18dc933430a3385cd6febc235225ea6f",
        _read_digits,
    ),
    "credit": Shipped(
        "credit.csv",
        "64984b2aff14d24ebdeb5a051d992194f03d0dc8f250372b9e37c4e653ba678d",
        "Status",
    ),
    "concrete": Shipped(
        "concrete.csv",
        "c2690f237285ede14fa54fe05dbe6a83ce510f65de6a8c5f8cafd6cefd9f38e2",
        "compressive_strength",
    ),
}
