"""Arrays as they are given: turned into numbers, or refused with what was found and a remedy.

A pandas or Polars frame, a series, a list and an array all do; no reader is imported.
"""

import contextlib

import numpy as np

from helpers.formatting import listed, plural

_GAPS = ("", "nan", "none", "<na>", "nat")  # what a missing value looks like as text


def read_only(values, dtype) -> np.ndarray:
    """A copy that neither it nor its owner can change: even its write flag stays off."""
    owner = np.array(values, dtype)
    owner.flags.writeable = False
    return owner.view()


def check_names(field: str, values, fewest: int) -> list[str]:
    """The names as text; raises ValueError for fewer than `fewest`, or if one stands twice."""
    found = [str(value) for value in values]
    if len(found) < fewest:
        raise ValueError(f"{field}={found!r}: must be at least {fewest}")
    if twice := sorted({name for name in found if found.count(name) > 1}):
        raise ValueError(f"{field}: {listed(map(repr, twice))} stands more than once")
    return found


def check_features(x, names: list[str]) -> np.ndarray:
    """The features as finite numbers: (rows, features), float32 if they are given so, or float64.

    Raises:
        ValueError: If the shape is another, or a column holds gaps, text or dates.
    """
    x = np.asarray(x)
    if x.ndim != 2:
        one = "of a frame with one feature take frame[['name']], of an array x.reshape(-1, 1)"
        raise ValueError(f"x of shape {x.shape}: must be (rows, features); {one}")
    if len(names) != x.shape[1]:
        raise ValueError(f"names: {len(names)} for {x.shape[1]} columns of x")
    if x.dtype.kind in "biuf":
        numbers = x if x.dtype == np.float32 else x.astype(np.float64)
    else:
        columns = [_numbers(column, name) for column, name in zip(x.T, names, strict=True)]
        numbers = np.stack(columns, axis=1)
    for what, found, remedy in (
        (
            "gaps",
            np.isnan(numbers),
            "leave the rows out with frame.dropna(), or take it by from_frame",
        ),
        ("infinite numbers", np.isinf(numbers), "leave those rows out"),
    ):
        if found.any():
            counts = zip(names, found.sum(axis=0), strict=True)
            where = listed(f"{name!r} ({n})" for name, n in counts if n)
            raise ValueError(f"x: must be finite, has {what} in the columns {where}; {remedy}")
    return numbers


def _numbers(column: np.ndarray, name: str) -> np.ndarray:
    """One column of objects, text or dates as numbers, gaps as NaN."""
    if column.dtype.kind in "mM":
        raise ValueError(f"x: column {name!r} holds dates; must be numbers, such as an age in days")
    gap = np.array([str(value).strip().lower() in _GAPS for value in column], bool)
    try:
        return np.where(gap, np.nan, column.astype(object)).astype(np.float64)
    except (TypeError, ValueError):
        text = column[~gap]
    found = listed(map(repr, dict.fromkeys(text.tolist())), 3)
    remedy = "take the frame by from_frame(frame, target), or use pandas.get_dummies(frame)"
    with contextlib.suppress(ValueError):  # numbers but for their commas
        np.char.replace(text.astype(str), ",", ".").astype(float)
        remedy = 'use helpers.data.read_csv(path, target), or pandas.read_csv(path, decimal=",")'
    raise ValueError(f"x: column {name!r} holds {found}; must be numbers: {remedy}")


def check_labels(y, rows: int, n_classes: int) -> np.ndarray:
    """The labels as indices into the classes: int64 (rows,), read-only.

    Raises:
        ValueError: If they are anything else; says what was found and the line that mends it.
    """
    y = np.asarray(y)
    must = f"must be {rows} whole numbers from 0 to {n_classes - 1}, the index into classes"
    if y.ndim == 2 and y.shape[0] == rows:
        one_hot = "np.asarray(y).argmax(axis=1) turns one-hot rows into numbers"
        remedy = one_hot if y.shape[1] > 1 else "use np.ravel(y)"
        raise ValueError(f"y of shape {y.shape}: {must}; {remedy}")
    if y.shape != (rows,):
        raise ValueError(f"y of shape {y.shape}: {must}, one for each row of x")
    gaps = sum(str(value).strip().lower() in _GAPS for value in y) if y.dtype.kind in "fO" else 0
    if gaps:
        raise ValueError(f"y: {must}; has {plural(gaps, 'gap')}: leave those rows out of x and y")
    numeric = y.dtype.kind in "biuf"
    if numeric and np.isin(y, range(n_classes)).all():
        return read_only(y, np.int64)
    different = np.unique(y).tolist() if numeric else sorted(set(map(str, y)))
    found = listed(map(repr, different), 20)
    remedy = "classes, y = np.unique(y, return_inverse=True) numbers the classes"
    if len(different) > 20:
        found = f"{len(different)} different values, {different[0]!r} to {different[-1]!r}"
        if y.dtype.kind == "f":
            remedy = (
                "(y > np.median(y)).astype(int) makes two classes; to predict the number itself "
                "use from_arrays(x, y)"
            )
    raise ValueError(f"y: {must}; holds {found}: {remedy}")
