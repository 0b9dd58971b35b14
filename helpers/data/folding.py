"""Cross-validation: the training and validation rows of some parts, cut into folds.

    for fold in folds(parts, 5):
        fold.train.x, fold.validation.y     # prepared by what these training rows hold

The test rows of the parts stay sealed: no fold holds one.
"""

from dataclasses import dataclass, replace

import numpy as np

from helpers.data.arrays import read_only
from helpers.data.assignment import Assignment, ordered
from helpers.data.scaling import TargetScale
from helpers.data.seal import Part
from helpers.data.splitting import Parts, parts_of
from helpers.tasks import Task
from helpers.validation import check_int

ORDERED = 0.4  # of rows in time, the share that the folds of validation rows take together


@dataclass(frozen=True, eq=False)
class Fold:
    """What a network is trained and validated on in one fold.

    It has what training asks of `Parts`, and is small enough to be sent to another process.

    Attributes:
        train, validation: Rows that were neither flipped, filled nor scaled by any other rows.
        task: What is learned.
        target: How the target of a regression was standardised, or None.
        training_rows, validation_rows: int64, which rows of the table these are.
    """

    train: Part
    validation: Part
    task: Task
    target: TargetScale | None
    training_rows: np.ndarray
    validation_rows: np.ndarray

    def __repr__(self):
        return f"Fold({len(self.train)} training, {len(self.validation)} validation rows)"


def folds(parts: Parts, count: int = 5) -> list[Fold]:
    """Cut training and validation rows, taken together, into folds.

    Each fold holds out other rows for validation and trains on as many of the remaining ones as
    the parts have training rows, or on all if there are fewer. Medians, categories, means and
    standard deviations of a fold are those of its own training rows.

    Rows of one group, and equal rows of a table that was read, are on one side of each fold. Rows
    in time are validated on later rows than they were trained on: a window moves forward, and the
    last 40 % of the rows are held out, part by part (Tashman 2000, "rolling-origin evaluation").

    All folds have equally many rows and features, so that one compiled program trains them: a few
    rows are left out where groups differ in size, and a category that a fold's training rows do
    not have is a feature that is 0 in every row.

    Args:
        parts: What `split` returned. Its labels that were flipped stay so in training rows, and
            are as they were in validation rows.
        count: How many folds, at least 2; fewer are made if there are fewer groups or rows.

    Raises:
        ValueError: If `count` is no such number, or the rows do not make two folds.
    """
    count = check_int("folds", count, 2)
    recipe, table = parts.recipe, parts.source
    drawn = np.sort(np.concatenate([parts.rows.training, parts.rows.validation]))
    random = np.random.default_rng((recipe["seed"], 2))
    rows, units, _ = ordered(table, drawn, recipe["groups"], recipe["order"], random)
    if recipe["order"] is not None:
        sides = _windows(units[rows], count, len(parts.train))
    else:
        units = np.arange(len(rows)) if units is None else units[rows]
        sides = _blocks(units, count, recipe["groups"] is not None)
    train = min(len(parts.train), *(len(t) for t, _ in sides))
    validation = min(len(v) for _, v in sides)
    if train < 1 or validation < 1 or len(sides) < 2:
        raise ValueError(
            f"folds={count}: {len(rows)} rows of {table.name!r} do not make two folds; give more "
            "rows to split"
        )
    settings = {name: recipe[name] for name in _SETTINGS}
    made = []
    for training, held in sides:
        # Of rows in time the latest count, next to what is to be predicted.
        training = training[-train:] if recipe["order"] is not None else training[:train]
        made.append(_fold(table, rows[training], rows[held[:validation]], settings))
    return _as_wide(made)


_SETTINGS = ("seed", "flip_labels", "published", "groups", "order")


def _blocks(units: np.ndarray, count: int, grouped: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """Places of training and validation rows for each fold, of rows in a random order.

    Args:
        units: (rows,), equal for rows that stay together.
        count: How many folds, at most.
        grouped: Whether units may be large, so that they are dealt out by size.
    """
    _, first, inverse, sizes = np.unique(
        units, return_index=True, return_inverse=True, return_counts=True
    )
    count = min(count, len(sizes))
    fold_of = np.empty(len(sizes), np.int64)
    if grouped:
        filled = np.zeros(count, np.int64)
        for unit in np.lexsort((first, -sizes)):  # the largest first, to the emptiest fold
            fold_of[unit] = filled.argmin()
            filled[filled.argmin()] += sizes[unit]
    else:
        by_place = np.argsort(first)
        starts = np.cumsum(sizes[by_place]) - sizes[by_place]
        fold_of[by_place] = starts * count // len(units)
    fold_of = fold_of[inverse]
    places = []
    for k in range(count):
        held = np.flatnonzero(fold_of == k)
        # From where the fold ends, and round: neighbours in the order hold each class's share.
        start = held[-1] + 1 if len(held) else 0
        rest = np.roll(np.arange(len(units)), -start)
        places.append((rest[fold_of[rest] != k], held))
    return places


def _windows(times: np.ndarray, count: int, train: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """As `_blocks`, of rows sorted by time: training rows are earlier than all validation rows."""
    held = max(round(ORDERED * len(times) / count), 1)
    places = []
    for start in range(len(times) - count * held, len(times) - held + 1, held):
        if start > 0:
            end = int(np.searchsorted(times, times[start]))  # no row of the same time
            places.append((np.arange(end), np.arange(start, start + held)))
    return [(t, v) for t, v in places if len(t)]


def _fold(table, training: np.ndarray, held: np.ndarray, settings: dict) -> Fold:
    nothing = np.empty(0, np.int64)
    sizes = {"train": len(training), "validation": len(held), "test": 0}
    made = parts_of(table, Assignment(training, held, nothing, len(training), sizes, []), settings)
    return Fold(made.train, made.validation, made.task, made.target, training, held)


def _as_wide(made: list[Fold]) -> list[Fold]:
    """The same folds with features of 0 behind the others, so that all have equally many."""
    width = max(fold.train.x.shape[1] for fold in made)

    def widened(part: Part) -> Part:
        more = width - part.x.shape[1]
        return Part(read_only(np.pad(part.x, ((0, 0), (0, more))), np.float32), part.y)

    return [
        replace(fold, train=widened(fold.train), validation=widened(fold.validation))
        for fold in made
    ]
