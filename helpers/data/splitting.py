"""Splitting: training rows, validation rows, and a sealed test set, standardised alike."""

import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np

from helpers.data.arrays import read_only
from helpers.data.assignment import Assignment, assign
from helpers.data.encoding import Encoding, most_features
from helpers.data.notes import split_notes, warnings
from helpers.data.raw import RawTable
from helpers.data.scaling import TargetScale
from helpers.data.seal import Part, Sealed
from helpers.data.tables import Table
from helpers.tasks import Task
from helpers.validation import MAX_SEED, check_choice, check_int, check_number

MEMORY = 2.0  # GiB that the features of one's own table may take
BYTES = 8  # a feature in float32, and the like again while it is made


@dataclass(frozen=True, eq=False, kw_only=True)
class Parts:
    """A table split into training, validation and sealed test rows.

    Attributes:
        source: The table.
        train, validation: The rows to learn from and the rows to choose by.
        test: The rows left over, sealed.
        encoding: What turned the raw rows into `x`; learned from the training rows.
        rows: Which rows of the table each part holds.
        target: How the target of a regression was standardised; None for classes.
        flipped: int64, ascending: the training rows whose class was changed, or which were given
            the number of another row.
        max_train: How many training rows `split` could take beside these validation rows.
        recipe: The arguments of `split`, but for the table.
        notes: Sentences on what to know about these rows, such as how many stand on both sides.
    """

    source: Table | RawTable
    train: Part
    validation: Part
    test: Sealed
    encoding: Encoding
    rows: Assignment
    target: TargetScale | None
    flipped: np.ndarray
    max_train: int
    recipe: dict
    notes: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """One name for each feature."""
        return self.encoding.names

    @property
    def mean(self) -> np.ndarray:
        """Of the training rows, float64 (features,): x is (x - mean) / standard_deviation."""
        return self.encoding.mean

    @property
    def standard_deviation(self) -> np.ndarray:
        """As `mean`; infinite for a column that is constant there, so that x is 0 in every row."""
        return self.encoding.standard_deviation

    @property
    def task(self) -> Task:
        """What is to be learned: two classes, more of them, or a number."""
        return self.source.task

    @property
    def classes(self) -> list[str]:
        """One name for each class; empty for a regression."""
        return list(self.source.classes)

    @property
    def n_features(self) -> int:
        """How many columns `x` has."""
        return len(self.mean)

    @property
    def n_classes(self) -> int:
        """How many classes there are; 0 for a regression."""
        return len(self.source.classes)

    @property
    def code(self) -> str:
        """The line of Python that gives these parts, without arguments that switch nothing on.

        Raises:
            ValueError: If the table is one's own (its `origin` is None): no line gives it again.
        """
        if self.source.origin is None:
            raise ValueError(
                f"table {self.source.name!r} is your own, so no line of code makes it again; save "
                'the rows, such as with np.savez("parts.npz", x=parts.train.x, y=parts.train.y)'
            )
        (key, name), *rest = self.source.origin.items()
        call = ", ".join([f'"{name}"', *(f"{k}={v!r}" for k, v in rest)])
        return self.split_code(f"{'load' if key == 'name' else 'make_2d'}({call})")

    def split_code(self, table: str) -> str:
        """The line of Python that gives these parts of a table, which stands in code as given."""
        shown = ("train", "validation", "seed")
        arguments = ", ".join(f"{k}={v!r}" for k, v in self.recipe.items() if v or k in shown)
        return f"parts = split({table}, {arguments})"

    def replace(self, **changes) -> Self:
        """Split the same table again with some arguments of `split` changed.

        Raises:
            ValueError: If a name is no argument of `split`, or a value is outside its range.
        """
        for name in changes:
            check_choice("argument of split", name, tuple(self.recipe))
        return split(self.source, **self.recipe | changes)

    def __repr__(self):
        flipped = f" ({len(self.flipped)} flipped)" if len(self.flipped) else ""
        what = f"{self.n_classes} classes" if self.classes else f"number {self.target.name!r}"
        said = (
            f"Parts({self.source.name!r}, {len(self.train)} training{flipped}, "
            f"{len(self.validation)} validation, {len(self.test)} sealed test rows, "
            f"{self.n_features} features, {what})"
        )
        return "\nNote: ".join([said, *self.notes])


def split(
    table: Table | RawTable,
    train: float = 512,
    validation: float = 512,
    seed: int = 0,
    flip_labels: float = 0.0,
    published: bool = False,
    *,
    test: float | None = None,
    groups: str | None = None,
    order: str | None = None,
) -> Parts:
    """Split a table into training and validation rows; what is left is the sealed test set.

    The rows are put in one seeded order in which every stretch from either end holds each
    class's share to within one row; of a regression, each tenth of the targets by size. Training
    rows are taken from the front, validation rows from the back. So at one seed the validation
    rows do not depend on `train`, and a small
    training set is part of every larger one: learning curves compare like with like. An order
    in time is lost: where the future is to be predicted from the past, shuffled validation rows
    flatter; `order` sorts by time instead.

    Each column is standardised, in float64, with the mean and the population standard deviation
    of the training rows alone. A column that is constant there, but for rounding, tells nothing
    and becomes 0 in every row. `helpers.data.encoding` says what becomes of text and gaps. Of a
    table that was read, equal rows are on the same side. The target of a regression is
    standardised likewise; `Parts.target` gives its own unit back.

    Args:
        table: What to split.
        train, validation: How many rows each, or a fraction of the rows: 0.6.
        seed: Decides the rows and the flips.
        flip_labels: Fraction of the training rows, 0 to 1, that are given another class, each
            other class being equally likely. A larger fraction flips the same rows and more.
            Validation and test keep their labels. Of a regression these rows are given the number
            of another training row: a wrong one, of a usual size.
        published: Whether to seal exactly the rows that the publishers set aside for testing,
            and take training and validation rows from the others.
        test: How many rows to seal, or a fraction; None seals all that are left.
        groups: A column whose equal values mark rows that belong together, such as those of one
            patient: they are on one side, and the column is no feature.
        order: A column of dates or numbers to sort by. The latest rows are the test, those
            before them for validation, and those before these for training. It is no feature.

    Raises:
        ValueError: If a value is outside its range; names field, value and range.
    """
    if not isinstance(table, (Table, RawTable)):
        found = type(table).__name__
        raise ValueError(
            f"table: is a {found}, must be a Table(name, x, y, names, classes) or come from "
            "read_csv, from_frame or from_arrays"
        )
    seed = check_int("seed", seed, 0, MAX_SEED)
    flip_labels = check_number("flip_labels", flip_labels, 0, 1)
    published = check_choice("published", published, (False, True))
    if published and table.published_test is None:
        raise ValueError(f"published=True: table {table.name!r} has no published test rows")
    rows = np.random.default_rng((seed, 0))
    chosen = assign(table, train, validation, test, published, groups, order, rows)
    recipe = {"seed": seed, "flip_labels": flip_labels, "published": published}
    return parts_of(table, chosen, recipe | {"groups": groups, "order": order})


def parts_of(table: Table | RawTable, chosen: Assignment, recipe: dict) -> Parts:
    """Make parts of chosen rows; everything learned from data is learned from the training rows.

    Args:
        table: What is split.
        chosen: Which rows each part holds.
        recipe: The arguments of `split` that are not sizes.
    """
    seed, flip_labels = recipe["seed"], recipe["flip_labels"]
    rows = {"training": chosen.training, "validation": chosen.validation, "test": chosen.test}
    flip_random = np.random.default_rng((seed, 1))
    labels, flipped = _flip(table, rows["training"], flip_labels, flip_random)
    scale = None
    if not table.task.classifies:  # what was flipped does not move the unit of measurement
        scale = TargetScale.fit(table.target, table.y[rows["training"]])
    encoding, raw = _encoding(table, rows["training"], (recipe["groups"], recipe["order"]))
    parts = {}
    for name, of in rows.items():
        y = labels if name == "training" else table.y[of]
        y = read_only(y, np.int64) if scale is None else read_only(scale.standardise(y), np.float32)
        parts[name] = Part(read_only(encoding.transform(raw, of), np.float32), y)
    notes = [*chosen.notes, *split_notes(table, rows, parts, encoding)]
    if isinstance(table, RawTable):
        notes += warnings(table, rows, encoding)
    return Parts(
        source=table,
        train=parts["training"],
        validation=parts["validation"],
        test=Sealed(parts["test"], _fingerprint(table, np.sort(rows["test"]))),
        encoding=encoding,
        rows=chosen,
        target=scale,
        flipped=read_only(flipped, np.int64),
        max_train=chosen.max_train,
        recipe=chosen.recipe | recipe,
        notes=tuple(notes),
    )


def _encoding(table: Table | RawTable, training: np.ndarray, used: tuple) -> tuple:
    """What turns rows into features, learned from the training rows; and the raw rows.

    What names a row's group or time is no feature.
    """
    if isinstance(table, Table):
        if set(used) - {None}:
            kept = [k for k, name in enumerate(table.names) if name not in used]
            x, names = table.x[:, kept], [table.names[k] for k in kept]
        else:
            x, names = table.x, table.names
        return Encoding.of_numbers(x[training], names), x
    columns = [column for column in table.columns if column.name not in used]
    features = sum(most_features(column) for column in columns)
    need = len(table) * features * BYTES / 2**30
    if need > MEMORY:
        many = sorted(columns, key=most_features)[::-1]
        raise ValueError(
            f"table {table.name!r}: {len(table):,} rows × up to {features:,} features need about "
            f"{need:.1f} GiB, and {MEMORY:g} are allowed; leave out columns of many categories, "
            f"such as drop=[{many[0].name!r}], or read a sample with rows="
        )
    return Encoding.fit(columns, training, table.words), columns


def _flip(table, rows, fraction, random) -> tuple[np.ndarray, np.ndarray]:
    """The targets of `rows`, some of them wrong; and which of `rows` these are.

    A wrong class is any other one; a wrong number is that of another of the rows.
    """
    lots = random.random(len(table))[rows]
    flipped = np.sort(np.argsort(lots)[: round(fraction * len(rows))])
    labels = table.y[rows].copy()
    if table.task.classifies:
        shift = random.integers(1, len(table.classes), size=len(table))[rows]
        labels[flipped] = (labels[flipped] + shift[flipped]) % len(table.classes)
    elif len(rows) > 1:
        shift = 1 + (random.random(len(table))[rows] * (len(rows) - 1)).astype(np.int64)
        labels[flipped] = labels[(flipped + shift[flipped]) % len(rows)]
    return labels, flipped


def _fingerprint(table: Table | RawTable, rows: np.ndarray) -> str:
    """Text that is the same for the same rows, whatever else was split how."""
    if isinstance(table, Table):
        content = [table.x[rows]]
    else:
        content = [column.values[rows] for column in table.columns]
    content = b"".join(array.tobytes() for array in [*content, table.y[rows]])
    return hashlib.blake2b(content, digest_size=20).hexdigest()
