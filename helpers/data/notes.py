"""What to know about the parts of a table, in sentences."""

import numpy as np

from helpers.data.assignment import row_prints
from helpers.data.columns import Column
from helpers.data.encoding import Encoding
from helpers.data.raw import RawTable
from helpers.data.seal import Part
from helpers.data.tables import Table
from helpers.formatting import listed, percent, plural

FAR = 100.0  # standard deviations beyond which a column that hardly varies is spoken of
FOLDS = 5  # a class with fewer training rows is missing in some part of them
GIVEN_AWAY = 0.02  # a column that leaves so small a share of the baseline's errors tells the target
_MOST = 5000  # training rows that such a column is looked for in
_FEWEST = 30  # of fewer training rows a column agrees with the target by chance


def split_notes(table: Table | RawTable, rows: dict, parts: dict[str, Part], encoding: Encoding):
    """What to know about the rows, whatever table they are from."""
    notes, names = [], encoding.names
    if constant := [repr(names[k]) for k in np.flatnonzero(np.isinf(encoding.standard_deviation))]:
        found = listed(constant)
        verb = "does not vary, so it is" if len(constant) == 1 else "do not vary, so they are"
        notes.append(f"in the training rows {found} {verb} 0 in every row.")
    far = sum((abs(parts[name].x) > FAR).sum(axis=0) for name in ("validation", "test"))
    for k in np.flatnonzero(far):
        notes.append(
            f"{names[k]!r} hardly varies in the training rows: "
            f"{plural(int(far[k]), 'other row')} more than {FAR:g} standard deviations away."
        )
    for name in ("training", "validation"):
        if missing := [repr(c) for k, c in enumerate(table.classes) if k not in parts[name].y]:
            notes.append(f"no {name} row is of class {listed(missing)}.")
    prints = row_prints(table)
    seen = prints[rows["training"]]
    for name, before in (("validation", "training"), ("test", "training or validation")):
        if equal := int(np.isin(prints[rows[name]], seen).sum()):
            notes.append(
                f"{equal:,} of {plural(len(rows[name]), f'{name} row')} equal a {before} row "
                "in every column, so their score flatters."
            )
        seen = np.concatenate([seen, prints[rows[name]]])
    return notes


def warnings(table: RawTable, rows: dict, encoding: Encoding) -> list[str]:
    """What makes a score on one's own table say less than it seems to."""
    training, y, notes = rows["training"], table.y[rows["training"]], []
    tells = gives_away if table.task.classifies else gives_number_away
    used = {rule.name for rule in encoding.rules}
    for column in table.columns:
        if column.name in used and tells(column, training, y):
            notes.append(
                f"{column.name!r} gives the target away by itself; if it is known only after "
                f"{table.target!r} is, leave it out with drop=[{column.name!r}]."
            )
        if column.name in used and column.missing[training].all():
            notes.append(f"{column.name!r} is missing in every training row.")
    told = _on_classes if table.task.classifies else _on_numbers
    return notes + told(table, y, len(rows["validation"]))


def _on_classes(table: RawTable, y: np.ndarray, validation: int) -> list[str]:
    """What the training rows' classes, and the number of validation rows, make of a score."""
    counts, notes = np.bincount(y, minlength=len(table.classes)), []
    share = counts.max() / len(y)
    if share >= 0.95:
        usual = table.classes[int(counts.argmax())]
        notes.append(
            f"the target is nearly constant: {percent(share)} of the training rows are "
            f"{usual!r}, so an accuracy of {percent(share)} means that nothing was learned."
        )
    if rare := [f"{table.classes[k]!r} ({n})" for k, n in enumerate(counts) if 0 < n < FOLDS]:
        notes.append(
            f"fewer than {FOLDS} training rows are of class {listed(rare)}: too few to learn it, "
            f"and too few for {FOLDS} folds."
        )
    error = np.sqrt(max(share * (1 - share), 1 / (4 * len(y))) / validation)
    if error > 0.03:
        notes.append(
            f"{plural(validation, 'validation row')}: an accuracy of {percent(share, 0)} on them "
            f"has a standard error of about {100 * error:.0f} points, so smaller differences tell "
            "nothing."
        )
    return notes


def _on_numbers(table: RawTable, y: np.ndarray, validation: int) -> list[str]:
    """As `_on_classes`, of a regression."""
    values, counts = np.unique(y, return_counts=True)
    share, notes = counts.max() / len(y), []
    if share >= 0.95:
        notes.append(
            f"the target is nearly constant: {percent(share)} of the training rows are "
            f"{values[counts.argmax()]:g}, so a small error means that nothing was learned."
        )
    error = np.sqrt(2 / validation)  # the relative standard error of a variance of normal numbers
    if error > 0.1:
        notes.append(
            f"{plural(validation, 'validation row')}: a mean squared error on them has a standard "
            f"error of about {percent(error, 0)} of itself, so smaller differences tell nothing."
        )
    return notes


def gives_number_away(column: Column, training: np.ndarray, y: np.ndarray) -> bool:
    """Whether the column alone tells the number of nearly every training row.

    Each row is answered with the mean of the other rows of its value, or, if no other has it,
    with that of its neighbours by value. The column gives the target away if so small a share of
    the variance is left as `GIVEN_AWAY`.

    Args:
        column: As it was read.
        training: Indices of the training rows; the first 5000 of them are asked.
        y: Their targets.
    """
    training, y = training[:_MOST], y[:_MOST]
    if len(y) < _FEWEST:
        return False
    y = (y - y.mean()) / (y.std() or 1.0)
    _, inverse, counts = np.unique(
        _values(column, training), return_inverse=True, return_counts=True
    )
    sums = np.bincount(inverse, weights=y)
    alone = counts[inverse] == 1
    answers = (sums[inverse] - y) / np.maximum(counts[inverse] - 1, 1)
    if column.kind == "number":
        padded, number = np.pad(sums, 1), np.pad(counts, 1)
        near = (padded[:-2] + padded[2:]) / np.maximum(number[:-2] + number[2:], 1)
        answers = np.where(alone, near[inverse], answers)
    else:
        answers = np.where(alone, 0.0, answers)
    return bool(np.mean((y - answers) ** 2) <= GIVEN_AWAY)


def gives_away(column: Column, training: np.ndarray, y: np.ndarray) -> bool:
    """Whether the column alone tells the class of nearly every training row.

    Each row is answered as most other rows of its value are, or, if no other has it, as the
    rows with the values next to it: so values that differ from row to row tell nothing.

    Args:
        column: As it was read.
        training: Indices of the training rows; the first 5000 of them are asked.
        y: Their classes.
    """
    training, y = training[:_MOST], y[:_MOST]
    if len(y) < _FEWEST:
        return False
    n_classes, baseline = int(y.max()) + 1, len(y) - np.bincount(y).max()
    levels, inverse = np.unique(_values(column, training), return_inverse=True)
    table = np.zeros((len(levels), n_classes), np.int32)
    np.add.at(table, (inverse, y), 1)
    others = table[inverse]
    others[np.arange(len(y)), y] -= 1
    alone = others.sum(axis=1) == 0
    if column.kind == "number":
        padded = np.concatenate([table[:1] * 0, table, table[:1] * 0])
        others[alone] = (padded[:-2] + padded[2:])[inverse[alone]]
        alone = np.zeros(len(y), bool)
    own = others[np.arange(len(y)), y]
    others[np.arange(len(y)), y] = -1
    most = others.max(axis=1)
    wrong = alone.sum() + (own < most)[~alone].sum() + 0.5 * (own == most)[~alone].sum()
    ends = n_classes - 1 if column.kind == "number" else 0  # two rows in doubt between two classes
    return bool(wrong <= GIVEN_AWAY * baseline + ends)


def _values(column: Column, rows: np.ndarray) -> np.ndarray:
    """float64 (rows,): what a column holds there, -inf where it is missing."""
    return np.where(column.missing[rows], -np.inf, column.values[rows].astype(np.float64))
