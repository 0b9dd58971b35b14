"""The column to predict: its values made into classes, or taken as numbers.

target_of("Status", ["good", "bad", None], Words(), positive="bad")
target_of("price", [3.5, 4.25, None], Words())
"""

import itertools
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from helpers.data.values import (
    MANY_NUMBERS,
    Words,
    natural_order,
    number_text,
    parse_numbers,
    plain_values,
    text_series,
)
from helpers.formatting import listed, plural
from helpers.validation import check_choice, check_number

SIGNS = frozenset(["-", "--", "---", ".", "missing"])  # of a target they may be a class
TASKS = (None, "classification", "regression")


class Target(NamedTuple):
    """What is to be predicted.

    Attributes:
        y: int64 (rows,), the index into `classes`; -1 where it is missing. Of a regression
            float64 (rows,), the numbers; NaN where it is missing.
        classes: Their names; of two, the second is the one a sigmoid predicts. None of a
            regression.
    """

    y: np.ndarray
    classes: list[str]

    @property
    def missing(self) -> np.ndarray:
        """bool (rows,), which rows have no target."""
        return self.y < 0 if self.classes else np.isnan(self.y)


def target_of(
    name: str,
    values,
    words: Words,
    *,
    positive=None,
    task: str | None = None,
    bins: Iterable[float] | None = None,
) -> Target:
    """Turn a column into classes, or take its numbers.

    Text, booleans and at most 20 different whole numbers are classes as they are; other numbers
    are the target of a regression.

    Args:
        name: Of the column.
        values: Its values; missing ones are allowed.
        words: How text is understood.
        positive: The second of two classes, which a sigmoid predicts; None takes the order of
            numbers or letters.
        task: "classification" makes each different value a class, "regression" takes the
            numbers, whatever the values are; None decides as said above.
        bins: Edges that divide numbers into classes: `bins=[10, 20]` gives "below 10",
            "10 to below 20" and "20 and above".

    Raises:
        ValueError: If there are fewer than two classes or different numbers, or too many
            classes to learn; says what was found and what is allowed.
    """
    check_choice("task", task, TASKS)
    if bins is not None and task == "regression":
        raise ValueError("bins: makes classes of numbers, and task='regression' keeps the numbers")
    values = plain_values(values)
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        raise ValueError(
            f"target {name!r}: holds dates; must hold classes or numbers: turn them into days"
        )
    text = None if isinstance(values, np.ndarray) else _without_gaps(values, words)
    numbers = values if text is None else _numbers(name, text, words)
    if bins is not None:
        target = _binned(name, numbers, bins)
    elif numbers is not None and (task == "regression" or (task is None and _vary(numbers))):
        return _regression(name, numbers, positive)
    elif numbers is not None:
        target = _from_numbers(numbers, text)
    elif task == "regression":
        raise ValueError(
            f"target {name!r}: holds {_first(text)}; task='regression' needs numbers: leave task= "
            "out, and each different text is a class"
        )
    else:
        levels = natural_order(text.drop_nulls().unique().to_list())
        target = _from_text(text, levels)
    return _positive(name, _check_classes(name, target), positive)


def _without_gaps(values, words: Words):
    """The text, missing words as null; a sign such as "-" is a class where one would be left."""
    text = values.str.strip_chars()
    small = text.str.to_lowercase()
    for missing in (words.all_missing, words.all_missing - SIGNS):
        found = text.set(small.is_in(list(missing)), None)
        if found.n_unique() - bool(found.null_count()) >= 2:
            break
    return found


def _numbers(name: str, text, words: Words) -> np.ndarray | None:
    """The numbers, or None where it holds text, be it only in one row."""
    try:
        numbers, _ = parse_numbers(name, text, words)
    except ValueError as error:
        raise ValueError(str(error).replace("column", "target", 1).split(", or as")[0]) from None
    missing = None if numbers is None else np.isnan(numbers).sum()
    return numbers if missing == text.null_count() else None


def _from_text(text, levels: list[str]) -> Target:
    import polars as pl

    indices = text.cast(pl.Enum(levels)).to_physical().cast(pl.Int64).fill_null(-1)
    return Target(indices.to_numpy(), levels)


def _first(text) -> str:
    return listed(map(repr, natural_order(text.drop_nulls().unique().to_list())), 3)


def _vary(numbers: np.ndarray) -> bool:
    """Whether numbers are no list of codes: not whole, or very many different ones."""
    given = numbers[~np.isnan(numbers)]
    whole = np.isfinite(given).all() and (given == np.floor(given)).all()
    return not (whole and len(np.unique(given)) <= MANY_NUMBERS)


def _regression(name: str, numbers: np.ndarray, positive) -> Target:
    if positive is not None:
        raise ValueError(
            f"positive={positive!r}: is for two classes; target {name!r} holds numbers. "
            'task="classification" makes each number a class, bins=[...] divides them into classes'
        )
    given = numbers[~np.isnan(numbers)]
    if len(infinite := np.flatnonzero(np.isinf(numbers))):
        row = int(infinite[0])
        raise ValueError(
            f"target {name!r}: holds {numbers[row]} in row {row + 1}; must be finite: mend the "
            f"file, or count it as missing with missing=['{numbers[row]}']"
        )
    if not len(given):
        raise ValueError(f"target {name!r}: is missing in every row")
    if given.min() == given.max():
        raise ValueError(
            f"target {name!r}: is {given[0]:g} in every row; must hold two numbers or more"
        )
    return Target(numbers.astype(np.float64), [])


def _from_numbers(numbers: np.ndarray, text) -> Target:
    if text is not None:  # as it stands in the file: "1.50" stays so
        return _from_text(text, natural_order(text.drop_nulls().unique().to_list()))
    different = np.unique(numbers[~np.isnan(numbers)])
    y = np.where(np.isnan(numbers), -1, np.searchsorted(different, numbers))
    return Target(y.astype(np.int64), [number_text(float(value)) for value in different])


def _binned(name: str, numbers: np.ndarray | None, bins: Iterable[float]) -> Target:
    if numbers is None:
        raise ValueError(f"bins: target {name!r} holds text; only numbers can be divided by bins")
    edges = [check_number("bins", edge) for edge in np.atleast_1d(bins).tolist()]
    if not edges or edges != sorted(set(edges)):
        raise ValueError(f"bins={edges!r}: must be numbers in rising order, such as [10, 20]")
    classes = [f"below {edges[0]:g}"]
    classes += [f"{a:g} to below {b:g}" for a, b in itertools.pairwise(edges)]
    classes.append(f"{edges[-1]:g} and above")
    y = np.digitize(numbers, edges)
    y = np.where(np.isnan(numbers), -1, y).astype(np.int64)
    held = np.bincount(y[y >= 0], minlength=len(classes)) > 0
    if not held.all():
        empty = listed(repr(c) for c, h in zip(classes, held, strict=True) if not h)
        raise ValueError(f"bins={edges!r}: no row of {name!r} is {empty}")
    return Target(y, classes)


def _check_classes(name: str, target: Target) -> Target:
    rows = int((target.y >= 0).sum())
    if not rows:
        raise ValueError(f"target {name!r}: is missing in every row")
    if len(target.classes) < 2:
        raise ValueError(
            f"target {name!r}: is {target.classes[0]!r} in every row; must hold two classes or more"
        )
    if len(target.classes) > max(MANY_NUMBERS, rows / 2):
        first = listed(map(repr, target.classes), 3)
        raise ValueError(
            f"target {name!r}: holds {len(target.classes):,} different values in {rows:,} rows, "
            f"{first}; must be a column whose values repeat: choose another target="
        )
    return target


def _positive(name: str, target: Target, positive) -> Target:
    """The two classes, the positive one last."""
    if positive is None:
        return target
    if len(target.classes) > 2:
        found = plural(len(target.classes), "class").replace("classs", "classes")
        raise ValueError(f"positive={positive!r}: is for two classes; target {name!r} has {found}")
    second = positive if isinstance(positive, str) else number_text(positive)
    if check_choice("positive", second, tuple(target.classes)) == target.classes[1]:
        return target
    y = np.where(target.y < 0, -1, 1 - target.y)
    return Target(y, target.classes[::-1])


def labels_as_column(y):
    """Labels of any shape as one column: (rows, 1), and one-hot rows as class numbers.

    Raises:
        ValueError: If they are of any other shape.
    """
    if hasattr(y, "columns"):
        names = [str(name) for name in y.columns]
        y = np.asarray(y)
    else:
        names = None
        y = y if hasattr(y, "dtype") and getattr(y, "ndim", 1) == 1 else np.asarray(y)
    if np.ndim(y) == 1:
        return y
    if np.ndim(y) == 2 and y.shape[1] == 1:
        return y[:, 0]
    one_hot = np.ndim(y) == 2 and y.dtype.kind in "biuf" and np.isin(y, (0, 1)).all()
    if one_hot and (y.sum(axis=1) == 1).all():
        chosen = y.argmax(axis=1)
        return chosen if names is None else text_series([names[k] for k in chosen])
    raise ValueError(f"y of shape {np.shape(y)}: must be (rows,), or one-hot rows with a single 1")
