"""Splitting: training rows, validation rows, and a sealed test set, standardised alike."""

import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np

from helpers.data.arrays import read_only
from helpers.data.seal import Part, Sealed
from helpers.data.stratified import stratified_order
from helpers.data.tables import Table
from helpers.formatting import listed, plural
from helpers.validation import MAX_SEED, check_choice, check_int, check_number

ROUNDING = 4.0  # a range of so many units in the last place of the largest number is no range
FAR = 100.0  # standard deviations beyond which a column that hardly varies is spoken of


@dataclass(frozen=True, eq=False, kw_only=True)
class Parts:
    """A table split into training, validation and sealed test rows.

    Attributes:
        source: The table.
        train, validation: The rows to learn from and the rows to choose by.
        test: The rows left over, sealed.
        mean, standard_deviation: float64 (features,), of the training rows: x is
            (x - mean) / standard_deviation. Of a column that is constant there the second is
            infinite, so that x is 0 in every row.
        flipped: int64, ascending: the training rows whose class was changed.
        max_train: How many training rows `split` could take beside these validation rows.
        recipe: The arguments of `split`, but for the table.
        notes: Sentences on what to know about these rows, such as how many stand on both sides.
    """

    source: Table
    train: Part
    validation: Part
    test: Sealed
    mean: np.ndarray
    standard_deviation: np.ndarray
    flipped: np.ndarray
    max_train: int
    recipe: dict
    notes: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """One name for each feature."""
        return list(self.source.names)

    @property
    def classes(self) -> list[str]:
        """One name for each class."""
        return list(self.source.classes)

    @property
    def n_features(self) -> int:
        """How many columns `x` has."""
        return len(self.source.names)

    @property
    def n_classes(self) -> int:
        """How many classes there are."""
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
        shown = ("train", "validation", "seed")
        arguments = ", ".join(f"{k}={v!r}" for k, v in self.recipe.items() if v or k in shown)
        return f"parts = split({'load' if key == 'name' else 'make_2d'}({call}), {arguments})"

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
        said = (
            f"Parts({self.source.name!r}, {len(self.train)} training{flipped}, "
            f"{len(self.validation)} validation, {len(self.test)} sealed test rows, "
            f"{self.n_features} features, {self.n_classes} classes)"
        )
        return "\nNote: ".join([said, *self.notes])


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
    training set is part of every larger one: learning curves compare like with like. An order
    in time is lost: where the future is to be predicted from the past, shuffled validation rows
    flatter.

    Each column is standardised, in float64, with the mean and the population standard deviation
    of the training rows alone. A column that is constant there, but for rounding, tells nothing
    and becomes 0 in every row.

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
    if not isinstance(table, Table):
        found = type(table).__name__
        raise ValueError(f"table: is a {found}, must be a Table(name, x, y, names, classes)")
    seed = check_int("seed", seed, 0, MAX_SEED)
    flip_labels = check_number("flip_labels", flip_labels, 0, 1)
    published = check_choice("published", published, (False, True))
    if published and table.published_test is None:
        raise ValueError(f"published=True: table {table.name!r} has no published test rows")
    drawn = np.arange(len(table)) if not published else np.flatnonzero(~table.published_test)
    train, validation = _check_sizes(table, train, validation, len(drawn))
    recipe = {"train": train, "validation": validation, "seed": seed}

    rows_random, flip_random = (np.random.default_rng((seed, stream)) for stream in (0, 1))
    order = drawn[stratified_order(table.y[drawn], rows_random)]
    most = len(order) - validation
    rows = {"training": order[:train], "validation": order[most:], "test": order[train:most]}
    if published:
        rows["test"] = np.flatnonzero(table.published_test)

    mean, standard_deviation = _statistics(table.x[rows["training"]], table.names)
    labels, flipped = _flip(table.y, rows["training"], len(table.classes), flip_labels, flip_random)
    parts = {}
    for name, of in rows.items():
        x = (table.x[of].astype(np.float64) - mean) / standard_deviation
        y = labels if name == "training" else table.y[of]
        parts[name] = Part(read_only(x, np.float32), read_only(y, np.int64))
    return Parts(
        source=table,
        train=parts["training"],
        validation=parts["validation"],
        test=Sealed(parts["test"], _fingerprint(table, np.sort(rows["test"]))),
        mean=read_only(mean, np.float64),
        standard_deviation=read_only(standard_deviation, np.float64),
        flipped=read_only(flipped, np.int64),
        max_train=most,
        recipe=recipe | {"flip_labels": flip_labels, "published": published},
        notes=tuple(_notes(table, rows, parts, standard_deviation)),
    )


def _check_sizes(table: Table, train, validation, rows: int) -> tuple[int, int]:
    whole = f"{rows} rows of {table.name!r}"
    try:
        hint = f"{whole}, such as train={rows * 3 // 5}, validation={rows // 5}"
        validation = check_int("validation", validation, 1, rows - 1)
        hint = f"{whole} less validation={validation}"
        return check_int("train", train, 1, rows - validation), validation
    except ValueError as error:
        raise ValueError(f"{error} ({hint})") from None


def _statistics(x: np.ndarray, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each column; of a constant one that constant, and infinity."""
    low, high = x.min(axis=0).astype(np.float64), x.max(axis=0).astype(np.float64)
    constant = high - low <= ROUNDING * np.finfo(x.dtype).eps * np.maximum(abs(low), abs(high))
    x = x.astype(np.float64)
    with np.errstate(over="ignore", under="ignore"):
        mean, standard_deviation = x.mean(axis=0), x.std(axis=0)
    bad = ~constant & ~(np.isfinite(standard_deviation) & (standard_deviation > 0))
    if bad.any():
        which = listed(repr(name) for name, b in zip(names, bad, strict=True) if b)
        raise ValueError(f"x: the numbers in {which} are too large or too small; use other units")
    return np.where(constant, x[0], mean), np.where(constant, np.inf, standard_deviation)


def _flip(y, rows, n_classes, fraction, random) -> tuple[np.ndarray, np.ndarray]:
    """The labels of `rows`, some changed to another class; and which of `rows` these are."""
    lots = random.random(len(y))[rows]
    shift = random.integers(1, n_classes, size=len(y))[rows]
    flipped = np.sort(np.argsort(lots)[: round(fraction * len(rows))])
    labels = y[rows].copy()
    labels[flipped] = (labels[flipped] + shift[flipped]) % n_classes
    return labels, flipped


def _fingerprint(table: Table, rows: np.ndarray) -> str:
    """Text that is the same for the same rows, whatever else was split how."""
    content = table.x[rows].tobytes() + table.y[rows].tobytes()
    return hashlib.blake2b(content, digest_size=20).hexdigest()


def _notes(table: Table, rows, parts, standard_deviation) -> list[str]:
    """What to know about the parts, in sentences."""
    notes = []
    if constant := [repr(table.names[k]) for k in np.flatnonzero(np.isinf(standard_deviation))]:
        found = listed(constant)
        verb = "does not vary, so it is" if len(constant) == 1 else "do not vary, so they are"
        notes.append(f"in the training rows {found} {verb} 0 in every row.")
    far = sum((abs(parts[name].x) > FAR).sum(axis=0) for name in ("validation", "test"))
    for k in np.flatnonzero(far):
        notes.append(
            f"{table.names[k]!r} hardly varies in the training rows: "
            f"{plural(int(far[k]), 'other row')} more than {FAR:g} standard deviations away."
        )
    for name in ("training", "validation"):
        if missing := [repr(c) for k, c in enumerate(table.classes) if k not in parts[name].y]:
            notes.append(f"no {name} row is of class {listed(missing)}.")
    # Equal numbers have equal bytes, but for the two zeros; 64-bit hashes hardly ever agree.
    prints = np.fromiter((hash(row.tobytes()) for row in table.x + 0.0), np.int64, len(table))
    seen = prints[rows["training"]]
    for name, before in (("validation", "training"), ("test", "training or validation")):
        if equal := int(np.isin(prints[rows[name]], seen).sum()):
            notes.append(
                f"{equal:,} of {plural(len(rows[name]), f'{name} row')} equal a {before} row "
                "in every column, so their score flatters."
            )
        seen = np.concatenate([seen, prints[rows[name]]])
    return notes
