"""One's own table: read from a file, a data frame or arrays.

table = read_csv("credit.csv", target="Status")   # prints what it found and did
parts = split(table, train=0.6, validation=0.2)   # the rest is sealed
table.report                                      # one line a column
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from helpers.data.arrays import check_names, read_only
from helpers.data.columns import Column, make_column, range_words, twins
from helpers.data.files import check_decimal, read_text
from helpers.data.raw import RawTable
from helpers.data.report import Line, Report
from helpers.data.targets import labels_as_column, target_of
from helpers.data.values import DECIMAL_COMMAS, Words, missing_words, numbers_in
from helpers.formatting import plural
from helpers.validation import check_choice


def read_csv(
    path: str | Path,
    target: str,
    *,
    categories: Iterable[str] = (),
    numbers: Iterable[str] = (),
    drop: Iterable[str] = (),
    positive=None,
    task: str | None = None,
    bins: Iterable[float] | None = None,
    missing: Iterable = (),
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    names: Iterable[str] | None = None,
    rows: int | None = None,
    memory: float = 2.0,
    show: bool = True,
) -> RawTable:
    """Read a table from a file of separated values, and print what was found and done.

    Separator, decimal comma, encoding and gzip are found. Text, booleans and dates are told
    apart; dates, free text, identifiers and columns that never change are left out.

    Args:
        path: The file: CSV, TSV or the like, gzipped or not.
        target: The column to predict. Its missing rows are left out and counted.
        categories: Columns whose values are categories whatever they look like, such as codes.
        numbers: Columns that are numbers, though they look like an identifier.
        drop: Columns to leave out.
        positive: The second of two classes, which a sigmoid predicts.
        task: "classification" makes each different value of the target a class, "regression"
            takes its numbers. None decides: text, booleans and at most 20 different whole numbers
            are classes, other numbers are a regression.
        bins: Edges that divide a target of numbers into classes.
        missing: Values that stand for a missing one, such as -999, besides the usual words.
        separator, decimal, encoding: None finds them.
        names: One for each column, of a file without a header line.
        rows: Keep a random sample of so many rows.
        memory: GiB that reading and splitting may take.
        show: Whether to print.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is no table, or a column or the target is not what was asked
            for; names column, value and remedy.
    """
    path = Path(path).expanduser()
    decimal = check_decimal(decimal)
    names = None if names is None else check_names("names", names, 1)
    frame, file, notes = read_text(
        path, separator=separator, encoding=encoding, names=names, rows=rows, memory=memory
    )
    separated = any(note.startswith("The columns are separated") for note in notes)
    words = Words(missing_words(missing), decimal, separated)
    name = path.name.removesuffix(".gz").rsplit(".", 1)[0]
    columns = {column: frame[column] for column in frame.columns}
    options = {"positive": positive, "task": task, "bins": bins}
    kinds = {"categories": categories, "numbers": numbers, "drop": drop}
    return _table(name, columns, target, words, kinds, options, notes, show, file)


def from_frame(
    frame,
    target: str,
    *,
    name: str = "frame",
    categories: Iterable[str] = (),
    numbers: Iterable[str] = (),
    drop: Iterable[str] = (),
    positive=None,
    task: str | None = None,
    bins: Iterable[float] | None = None,
    missing: Iterable = (),
    show: bool = True,
) -> RawTable:
    """Take a table from a pandas or Polars frame, or from {name: values}.

    Args:
        frame: The columns, all of one length. The index of a pandas frame is not used.
        target: The column to predict.
        name: What the table is called.
        categories, numbers, drop, positive, task, bins, missing, show: As for `read_csv`.

    Raises:
        ValueError: As for `read_csv`.
    """
    given = list(frame.keys() if isinstance(frame, Mapping) else getattr(frame, "columns", ()))
    if not given:
        found = type(frame).__name__
        raise ValueError(f"frame: is a {found}, must be a data frame; for arrays use from_arrays")
    check_names("frame", given, 2)
    columns = {str(column): frame[column] for column in given}
    options = {"positive": positive, "task": task, "bins": bins}
    kinds = {"categories": categories, "numbers": numbers, "drop": drop}
    words = Words(missing_words(missing))
    return _table(name, columns, str(target), words, kinds, options, [], show)


def from_arrays(
    x,
    y,
    names: Iterable[str] | None = None,
    *,
    name: str = "arrays",
    target: str = "y",
    categories: Iterable[str] = (),
    numbers: Iterable[str] = (),
    drop: Iterable[str] = (),
    positive=None,
    task: str | None = None,
    bins: Iterable[float] | None = None,
    missing: Iterable = (),
    show: bool = True,
) -> RawTable:
    """Take a table from features and labels.

    Args:
        x: (rows, features): numbers or text, gaps as NaN or None.
        y: (rows,), (rows, 1), or one-hot (rows, classes): labels of any kind, or numbers.
        names: One for each feature; None takes them from a frame, or calls them "x1", "x2".
        name: What the table is called.
        target: What the labels are called.
        categories, numbers, drop, positive, task, bins, missing, show: As for `read_csv`.

    Raises:
        ValueError: If the shapes do not fit together; or as for `read_csv`.
    """
    if hasattr(x, "columns"):
        columns = {str(column): x[column] for column in check_names("x", x.columns, 1)}
    else:
        x = np.asarray(x)
        if x.ndim != 2:
            raise ValueError(f"x of shape {x.shape}: must be (rows, features)")
        given = [f"x{k}" for k in range(1, x.shape[1] + 1)] if names is None else names
        given = check_names("names", given, 1)
        if len(given) != x.shape[1]:
            raise ValueError(f"names: {len(given)} for {x.shape[1]} columns of x")
        columns = dict(zip(given, x.T, strict=True))
    if target in columns:
        raise ValueError(f"target={target!r}: is a column of x; call the labels something else")
    columns[target] = labels_as_column(y)
    options = {"positive": positive, "task": task, "bins": bins}
    kinds = {"categories": categories, "numbers": numbers, "drop": drop}
    return _table(name, columns, target, Words(missing_words(missing)), kinds, options, [], show)


def _table(name, columns, target, words, kinds, options, notes, show, file=None) -> RawTable:
    """The table of the given columns, with its report."""
    check_choice("target", target, tuple(columns))
    chosen = {kind: _chosen(kind, found, columns, target) for kind, found in kinds.items()}
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        raise ValueError(f"columns of {sorted(lengths)} rows: must have as many rows each")
    words = replace(words, categories=chosen["categories"], numbers=chosen["numbers"])
    found = target_of(target, columns[target], words, **options)
    kept = np.flatnonzero(~found.missing)
    if gone := len(found.y) - len(kept):
        notes = [*notes, f"{plural(gone, 'row')} without a target left out."]
        words = replace(words, among=" of those with a target")
    rest = [column for column in columns if column != target and column not in chosen["drop"]]
    taken = {column: _rows(columns[column], kept, gone) for column in rest}
    made = {column: make_column(column, values, words) for column, values in taken.items()}
    if words.decimal is None and any(DECIMAL_COMMAS in c.note for c in made.values()):
        words = replace(words, decimal=",")  # then "1.234" is 1234 elsewhere, too
        made |= {
            c: make_column(c, values, words)
            for c, values in taken.items()
            if made[c].kind == "number"
        }
    made |= {c: Column(c, "dropped", np.empty(0), note="Left out as asked.")
             for c in chosen["drop"]}  # fmt: skip
    ordered = [made[column] for column in columns if column != target]
    y = read_only(found.y[kept], found.y.dtype)
    lines = [_target_line(target, y, found.classes, gone, options)]
    lines += [_line(column) for column in ordered]
    report = Report(name, len(y), tuple(lines), tuple(notes))
    if not any(column.used for column in ordered):
        said = "; ".join(f"{c.name!r}: {c.note}" for c in ordered[:5])
        raise ValueError(f"{name}: no column is left to learn from ({said})")
    if show:
        print(report)
    kept_columns = tuple(column for column in ordered if column.kind != "dropped")
    file = file and replace(file, rows=read_only(file.rows[kept], np.int64))
    bins = options["bins"]
    return RawTable(
        name, kept_columns, y, list(found.classes), target, report, words, file=file,
        bins=bins if bins is None else tuple(np.atleast_1d(bins).tolist()),
    )  # fmt: skip


def _chosen(field: str, names, columns, target: str) -> tuple[str, ...]:
    """Names of columns, one alone or several."""
    found = [names] if isinstance(names, str) else list(names)
    others = tuple(column for column in columns if column != target)
    return tuple(check_choice(field, str(name), others) for name in found)


def _rows(values, kept: np.ndarray, gone: int):
    """The rows that have a target."""
    if not gone:
        return values
    if hasattr(values, "iloc"):
        return values.iloc[kept]
    return [values[k] for k in kept] if isinstance(values, (list, tuple)) else values[kept]


def _line(column: Column) -> Line:
    if column.kind == "dropped":
        return Line(column.name, "left out", 0, "", column.note)
    missing = int(column.missing.sum())
    note = column.note
    if column.used and missing:
        median = "the median of the training rows stands for a missing value, and "
        gaps = f"{median * (column.kind == 'number')}a feature says where one is missing."
        note = f"{note} {gaps[0].upper()}{gaps[1:]}".strip()
    return Line(column.name, column.kind, missing, range_words(column), note)


def _target_line(name: str, y: np.ndarray, classes: list[str], gone: int, options: dict) -> Line:
    if not classes:
        values = f"numbers, {y.min():g} to {y.max():g}"
        done = "" if options["task"] else ' task="classification" or bins= makes classes of it.'
        return Line(name, "target", gone, values, f"Its numbers are predicted: a regression.{done}")
    counts = np.bincount(y, minlength=len(classes))
    shown = [f"{c} ({n:,})" for c, n in zip(classes, counts, strict=True)][:10]
    more = [f"and {len(classes) - 10} more"] if len(classes) > 10 else []
    values = f"{len(classes)} classes: {', '.join([*shown, *more])}"
    return Line(name, "target", gone, values, twins(classes) or _numbered(classes, options))


def _numbered(classes: list[str], options: dict) -> str:
    """A sentence on classes that are numbers, of which more than two may be an amount."""
    if options["task"] or len(classes) == 2 or len(numbers_in(classes)) < len(classes):
        return ""
    return 'Each number is a class; task="regression" predicts the number instead.'
