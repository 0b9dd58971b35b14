"""Data: read a shipped table, make a 2-D one, split, standardise, seal the test set.

    parts = split(load("cells"), train=512, validation=512, seed=0)
    parts.train.x, parts.train.y, parts.validation.x
    test = parts.test.open("the model is chosen: how good is it?")

All arrays handed out are read-only, so that no cell can change what another one reads.
"""

from __future__ import annotations

import functools
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers.validation import MAX_SEED, check_choice, check_int, check_number, is_int

FOLDER = Path(__file__).resolve().parents[2] / "data"


class Shipped(NamedTuple):
    """A table that ships: its file in `data/`, the SHA-256 of that file, and its reader."""

    file: str
    sha256: str
    read: Callable[[bytes], dict]


@dataclass(frozen=True, eq=False)
class Table:
    """Rows to learn from, as they were measured.

    Attributes:
        name: What the table is called.
        x: float32 (rows, features), read-only.
        y: int64 (rows,), read-only: the index into `classes`.
        names: One name for each feature.
        classes: One name for each class; of two, the second is the one a sigmoid predicts.
        published_test: bool (rows,), the rows that the publishers set aside for testing, or
            None where they set none aside.
        origin: The arguments of `load` or `make_2d` that give this table again; None for
            one's own.

    Raises:
        ValueError: If the arrays do not fit together or hold numbers that are not finite.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    names: list[str]
    classes: list[str]
    published_test: np.ndarray | None = None
    origin: dict | None = None

    def __post_init__(self):
        object.__setattr__(self, "x", _read_only(self.x, np.float32))
        rows = len(self.x)
        if self.x.ndim != 2 or not np.isfinite(self.x).all():
            raise ValueError(f"x of shape {self.x.shape}: must be finite, (rows, features)")
        if len(self.names) != self.x.shape[1]:
            raise ValueError(f"names: {len(self.names)} for {self.x.shape[1]} columns of x")
        if len(self.classes) < 2:
            raise ValueError(f"classes={self.classes!r}: must be at least two")
        if np.shape(self.y) != (rows,) or not np.isin(self.y, range(len(self.classes))).all():
            raise ValueError(f"y: must be {rows} whole numbers from 0 to {len(self.classes) - 1}")
        object.__setattr__(self, "y", _read_only(self.y, np.int64))
        if self.published_test is not None:
            mask = _read_only(self.published_test, bool)
            object.__setattr__(self, "published_test", mask)
            if mask.shape != (rows,):
                raise ValueError(f"published_test of shape {mask.shape}: must be ({rows},)")

    def __len__(self):
        return len(self.x)

    def __repr__(self):
        return (
            f"Table({self.name!r}, {len(self)} rows, {len(self.names)} features, "
            f"classes {', '.join(self.classes)})"
        )

    @property
    def code(self) -> str:
        """The call that gives this table again; "table" for one's own."""
        if self.origin is None:
            return "table"
        (key, name), *rest = self.origin.items()
        quoted = f'"{name}"'
        function = "load" if key == "name" else "make_2d"
        return f"{function}({', '.join([quoted, *(f'{k}={v!r}' for k, v in rest)])})"


@dataclass(frozen=True, eq=False)
class Part:
    """Some rows of a table: `x` float32 (rows, features) standardised, `y` int64 (rows,)."""

    x: np.ndarray
    y: np.ndarray

    def __len__(self):
        return len(self.x)

    def __repr__(self):
        return f"Part({len(self)} rows, {self.x.shape[1]} features)"


class Sealed:
    """A test set that cannot be read by accident: only `open` gives it, and is counted.

    A copy is the same seal; a pickled one takes its count along.
    """

    def __init__(self, part: Part):
        self._part = part
        self._opened = []

    @property
    def opened(self) -> list[str]:
        """The reasons for which it was opened, in order."""
        return list(self._opened)

    def open(self, why: str) -> Part:
        """Give the test rows, and print that and why they were looked at.

        Args:
            why: What the answer will decide. The honest number of openings is one, after
                the last choice was made.

        Raises:
            ValueError: If no reason is given or no row was left for a test.
        """
        if not isinstance(why, str) or not why.strip():
            raise ValueError(f"why={why!r}: must say in words what the test set is opened for")
        if not len(self._part):
            raise ValueError("test: holds 0 rows; ask for fewer training or validation rows")
        self._opened.append(why.strip())
        print(f"Test set opened ({_ordinal(len(self._opened))} time): {why.strip()}")
        return self._part

    def __len__(self):
        return len(self._part)

    def __bool__(self):
        return True

    def __getattr__(self, name):
        if name in ("x", "y"):
            raise AttributeError(
                "the test set is sealed: test.open(why) gives its rows, and is counted"
            )
        raise AttributeError(name)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __repr__(self):
        if not self._opened:
            return f"Sealed({len(self)} rows, never opened)"
        reasons = "; ".join(f"{n}. {why}" for n, why in enumerate(self._opened, start=1))
        return f"Sealed({len(self)} rows, opened for: {reasons})"


@dataclass(frozen=True, eq=False, kw_only=True)
class Parts:
    """A table split into training, validation and sealed test rows.

    Attributes:
        table: The name of the table.
        train, validation: The rows to learn from and the rows to choose by.
        test: The rows left over, sealed.
        names, classes: As in the table.
        mean, standard_deviation: float64 (features,), of the training rows:
            x was (x - mean) / standard_deviation.
        flipped: int64, ascending: the training rows whose class was changed.
        max_train: How many training rows `split` could take beside these validation rows.
        recipe: What `from_recipe` needs to make the same parts again; numbers and text only.
        code: The same as a line of Python.
    """

    table: str
    train: Part
    validation: Part
    test: Sealed
    names: list[str]
    classes: list[str]
    mean: np.ndarray
    standard_deviation: np.ndarray
    flipped: np.ndarray
    max_train: int
    recipe: dict
    code: str

    @property
    def n_features(self) -> int:
        """How many columns `x` has."""
        return len(self.names)

    @property
    def n_classes(self) -> int:
        """How many classes there are."""
        return len(self.classes)

    def again(self, **changes) -> Parts:
        """The same parts with some arguments of `split` changed.

        Raises:
            ValueError: If the table was not made by `load` or `make_2d`, a name is no
                argument of `split`, or a value is outside its range.
        """
        return from_recipe({**self.recipe, **changes})

    def __repr__(self):
        flipped = f" ({len(self.flipped)} flipped)" if len(self.flipped) else ""
        return (
            f"Parts({self.table!r}, {len(self.train)} training{flipped}, "
            f"{len(self.validation)} validation, {len(self.test)} sealed test rows, "
            f"{self.n_features} features, {self.n_classes} classes)"
        )


def load(name: str) -> Table:
    """Read a table that ships: "cells", "mnist1d" or "breast_cancer".

    `mnist1d` holds the 4000 published training rows, then the 1000 published test rows.

    Raises:
        ValueError: If the name is unknown or the file is not the one that shipped.
        FileNotFoundError: If the file is missing.
    """
    check_choice("name", name, tuple(SHIPPED))
    columns = _read(FOLDER, name)
    names, classes = list(columns["names"]), list(columns["classes"])
    return Table(name, **{**columns, "names": names, "classes": classes}, origin={"name": name})


def make_2d(kind: str, rows: int = 400, noise: float | None = None, seed: int = 0) -> Table:
    """Make a table of two features and two classes, for pictures of decision boundaries.

    Args:
        kind: "moons" (two half circles that interlock), "rings" (one inside the other),
            "spirals" (two interleaved arms) or "cells" (`TWO_CELL_COLUMNS` of
            that table: its most telling pair, drawn row by row).
        rows: How many; as many of either class as can be, and for "cells" in its shares.
        noise: Standard deviation of Gaussian noise on both features, in units of the shape's
            radius (for "cells" of each column's standard deviation). None: 0.2 moons,
            0.1 rings, 0.05 spirals, 0 cells.
        seed: Decides rows and noise.

    Raises:
        ValueError: If a value is outside its range.
    """
    check_choice("kind", kind, tuple(_MAKERS))
    make, usual_noise, most = _MAKERS[kind]
    rows = check_int("rows", rows, 2, most)
    seed = check_int("seed", seed, 0, MAX_SEED)
    noise = usual_noise if noise is None else noise
    noise = check_number("noise", noise, 0, 10)
    random = np.random.default_rng(seed)
    x, y, scale, names, classes = make(rows, random)
    x = x + noise * scale * random.standard_normal(x.shape)
    origin = {"kind": kind, "rows": rows, "noise": noise, "seed": seed}
    name = "cells_2d" if kind == "cells" else kind
    return Table(name, x, y, names, classes, origin=origin)


def split(
    table: Table,
    train: int = 512,
    validation: int = 512,
    seed: int = 0,
    flip_labels: float = 0.0,
    published: bool = False,
) -> Parts:
    """Split a table into training and validation rows; what is left is the sealed test set.

    The rows are put in one seeded order in which every stretch from either end holds each
    class's share to within one row. Training rows are taken from the front, validation rows
    from the back. So at one seed the validation rows do not depend on `train`, and a small
    training set is part of every larger one: learning curves compare like with like.

    Each column is standardised with the mean and the population standard deviation
    of the training rows alone. A column that is constant there gets standard deviation 1: it
    becomes 0 in the training rows, and elsewhere the plain difference from that constant.

    Args:
        table: What to split.
        train, validation: How many rows each.
        seed: Decides the rows and the flips.
        flip_labels: Fraction of the training rows, 0 to 1, that are given another class, each
            other class being equally likely. A larger fraction flips the same rows and more.
            Validation and test keep their labels.
        published: Whether to seal exactly the rows that the publishers set aside for testing,
            and take training and validation rows from the others.

    Raises:
        ValueError: If a value is outside its range; names field, value and range.
    """
    seed = check_int("seed", seed, 0, MAX_SEED)
    flip_labels = check_number("flip_labels", flip_labels, 0, 1)
    published = check_choice("published", published, (False, True))
    if published and table.published_test is None:
        raise ValueError(f"published=True: table {table.name!r} has no published test rows")
    drawn = np.arange(len(table)) if not published else np.flatnonzero(~table.published_test)
    validation = check_int("validation", validation, 1, len(drawn) - 1)
    most = len(drawn) - validation
    if not is_int(train) or not 1 <= train <= most:
        raise ValueError(
            f"train={train!r}: must be whole, from 1 to {most} "
            f"({len(drawn)} rows of {table.name!r} less validation={validation})"
        )
    train = int(train)

    rows_random, flip_random = (np.random.default_rng((seed, stream)) for stream in (0, 1))
    order = drawn[_stratified_order(table.y[drawn], rows_random)]
    train_rows, validation_rows = order[:train], order[len(order) - validation :]
    test_rows = order[train : len(order) - validation]
    if published:
        test_rows = np.flatnonzero(table.published_test)

    x = table.x.astype(np.float64)
    mean, standard_deviation = _statistics(x[train_rows])
    x = (x - mean) / standard_deviation
    labels, flipped = _flip(table.y, train_rows, len(table.classes), flip_labels, flip_random)
    arguments = {
        "train": train,
        "validation": validation,
        "seed": seed,
        "flip_labels": flip_labels,
        "published": published,
    }
    return Parts(
        table=table.name,
        train=_part(x[train_rows], labels),
        validation=_part(x[validation_rows], table.y[validation_rows]),
        test=Sealed(_part(x[test_rows], table.y[test_rows])),
        names=list(table.names),
        classes=list(table.classes),
        mean=_read_only(mean, np.float64),
        standard_deviation=_read_only(standard_deviation, np.float64),
        flipped=_read_only(flipped, np.int64),
        max_train=most,
        recipe={"table": table.name, "origin": table.origin, **arguments},
        code=_split_code(table, arguments),
    )


def from_recipe(recipe: dict) -> Parts:
    """Make the same parts again from `Parts.recipe`.

    Raises:
        ValueError: If the table was not made by `load` or `make_2d`, or the recipe holds a
            name that is no argument of `split`.
    """
    arguments = {k: v for k, v in recipe.items() if k not in ("table", "origin")}
    unknown = sorted(set(arguments) - set(_SPLIT_ARGUMENTS))
    if unknown:
        raise ValueError(f"{unknown[0]!r}: must be one of {', '.join(_SPLIT_ARGUMENTS)}")
    origin = recipe["origin"]
    if origin is None:
        raise ValueError(
            f"table={recipe['table']!r}: is your own, so only split(table, ...) gives it again"
        )
    table = load(**origin) if "name" in origin else make_2d(**origin)
    return split(table, **arguments)


_SPLIT_ARGUMENTS = ("train", "validation", "seed", "flip_labels", "published")


def _split_code(table: Table, arguments: dict) -> str:
    """The call of `split` as a line of Python, without arguments that switch nothing on."""
    shown = {k: v for k, v in arguments.items() if k in _SPLIT_ARGUMENTS[:3] or v}
    return f"parts = split({table.code}, {', '.join(f'{k}={v!r}' for k, v in shown.items())})"


def _stratified_order(y: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A random order of the rows, any start or end of which holds each class's share.

    Returns:
        int64 (rows,): indices into `y`. Among the first n, and among the last n, each class
        is met n * share times, to less than one row.
    """
    classes, inverse, counts = np.unique(y, return_inverse=True, return_counts=True)
    waiting = [random.permutation(np.flatnonzero(inverse == c)) for c in range(len(classes))]
    turns = np.array(_turns(tuple(counts.tolist())))
    order = np.empty(len(y), np.int64)
    for c, rows in enumerate(waiting):
        order[turns == c] = rows
    return order


@functools.lru_cache(maxsize=16)
def _turns(counts: tuple[int, ...]) -> tuple[int, ...]:
    """Whose turn it is, place by place, for classes of the given sizes.

    Class c may take its k-th place (from 0) at place n as soon as n * share > k, and must by
    place (k + 1) / share; the earliest deadline goes first. Always possible (Steiner and
    Yeomans 1993); whole numbers only, so that no rounding decides.
    """
    total = sum(counts)
    taken = [0] * len(counts)
    turns = []
    for place in range(1, total + 1):
        deadlines = [
            (-(-(k + 1) * total // count), c)
            for c, (k, count) in enumerate(zip(taken, counts, strict=True))
            if place * count > k * total
        ]
        chosen = min(deadlines)[1]
        taken[chosen] += 1
        turns.append(chosen)
    return tuple(turns)


def _statistics(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each column; for a constant one that constant, and 1."""
    mean, standard_deviation = x.mean(axis=0), x.std(axis=0)
    # The computed deviation of a constant is often not 0 but some 1e-17: compare the values.
    constant = x.min(axis=0) == x.max(axis=0)
    return np.where(constant, x[0], mean), np.where(constant, 1.0, standard_deviation)


def _flip(y, rows, n_classes, fraction, random) -> tuple[np.ndarray, np.ndarray]:
    """The labels of `rows`, some changed to another class; and which of `rows` these are."""
    luck = random.random(len(y))[rows]
    shift = random.integers(1, n_classes, size=len(y))[rows]
    flipped = np.sort(np.argsort(luck)[: round(fraction * len(rows))])
    labels = y[rows].copy()
    labels[flipped] = (labels[flipped] + shift[flipped]) % n_classes
    return labels, flipped


def _part(x: np.ndarray, y: np.ndarray) -> Part:
    return Part(_read_only(x, np.float32), _read_only(y, np.int64))


def _read_only(values, dtype) -> np.ndarray:
    """A copy that neither it nor its owner can change: even its write flag stays off."""
    owner = np.array(values, dtype)
    owner.flags.writeable = False
    return owner.view()


def _ordinal(n: int) -> str:
    if n % 100 in (11, 12, 13):
        return f"{n}th"
    return f"{n}{({1: 'st', 2: 'nd', 3: 'rd'}).get(n % 10, 'th')}"


@functools.cache
def _read(folder: Path, name: str) -> dict:
    """Check a shipped file against its hash and give the fields of its `Table`."""
    file, expected, read = SHIPPED[name]
    path = folder / file
    restore = f"restore it with: git checkout -- data/{file}"
    if not path.is_file():
        raise FileNotFoundError(
            f"data/{file} is missing: expected SHA-256 {expected}, found no file; {restore}"
        )
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ValueError(
            f"data/{file} was altered: expected SHA-256 {expected}, found {found}; {restore}"
        )
    return read(content)


def _read_csv(content: bytes) -> tuple[list[str], list[list[str]]]:
    """The names in the first line, and the columns below it as text."""
    names, *rows = (line.split(",") for line in content.decode("utf-8").splitlines())
    return names, list(zip(*rows, strict=True))


def _read_cells(content: bytes) -> dict:
    names, columns = _read_csv(content)
    case, label, *measured = columns
    return {
        "x": np.array(measured, np.float32).T,
        "y": np.array(label) == "WS",
        "names": names[2:],
        "classes": ["PS", "WS"],
        "published_test": np.array(case) == "Test",
    }


def _read_breast_cancer(content: bytes) -> dict:
    names, columns = _read_csv(content)
    *measured, diagnosis = columns
    return {
        "x": np.array(measured, np.float32).T,
        "y": np.array(diagnosis) == "malignant",
        "names": names[:-1],
        "classes": ["benign", "malignant"],
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


SHIPPED = {
    "cells": Shipped(
        "cell_segmentation.csv",
        "fb3b5a53661468b4cc24f197aa8b95fa0556a695c90235f6cd579c55e7947c7f",
        _read_cells,
    ),
    "mnist1d": Shipped(
        "mnist1d.npz",
        "7d065ff6e20d64329f3e05c1da825135efe1bfd16730a09cc9c4bfb5d38de463",
        _read_mnist1d,
    ),
    "breast_cancer": Shipped(
        "breast_cancer.csv",
        "af399a019264f7999e6b395ee90576e46564867aa4c8a40797c96be87dc1be55",
        _read_breast_cancer,
    ),
}

TWO_CELL_COLUMNS = ("fiber_width_ch_1", "entropy_inten_ch_1")


def _moons(rows, random):
    y = np.arange(rows) % 2
    angle = np.pi * random.random(rows)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.array([1.0, 0.5]) - upper
    return np.where(y[:, None] == 0, upper, lower), y, np.ones(2), ["x1", "x2"], ["upper", "lower"]


def _rings(rows, random):
    y = np.arange(rows) % 2
    angle = 2 * np.pi * random.random(rows)
    radius = np.where(y == 0, 1.0, 0.5)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return x, y, np.ones(2), ["x1", "x2"], ["outer", "inner"]


def _spirals(rows, random):
    y = np.arange(rows) % 2
    # The square root spreads the points evenly along the arm, not crowded at its start.
    radius = 0.1 + 0.9 * np.sqrt(random.random(rows))
    angle = 3 * np.pi * radius + np.pi * y
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return x, y, np.ones(2), ["x1", "x2"], ["first arm", "second arm"]


def _two_cell_columns(rows, random):
    cells = load("cells")
    chosen = _stratified_order(cells.y, random)[:rows]
    columns = cells.x[:, [cells.names.index(name) for name in TWO_CELL_COLUMNS]]
    x, y = columns[chosen].astype(np.float64), cells.y[chosen]
    return x, y, columns.std(axis=0), list(TWO_CELL_COLUMNS), cells.classes


# kind: its maker, its usual noise, the most rows it can give
_MAKERS = {
    "moons": (_moons, 0.2, 100_000),
    "rings": (_rings, 0.1, 100_000),
    "spirals": (_spirals, 0.05, 100_000),
    "cells": (_two_cell_columns, 0.0, 2019),
}
