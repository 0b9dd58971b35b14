"""The file that the scripts read: the one a table came from, or one that is written for it.

    source = source_of(parts, folder)     # a frame or arrays: writes folder/rows.csv

What a file's numbers look like was found column by column when it was read. Here it is found
again as the one spelling that gives the same numbers.
"""

import csv
import itertools
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from helpers.data import Parts, RawTable, Table
from helpers.data.encoding import ROUNDING
from helpers.data.files import TextFile, read_text
from helpers.data.text_files import is_packed
from helpers.data.values import MISSING, number_text, numbers_in
from helpers.formatting import listed, plural

ROWS = "rows.csv"
SIGNS = "$€£¥%"
# The decimal mark and the mark between thousands, the likelier ones first: usually, and where
# numbers have decimal commas.
SPELLINGS = ((".", ""), (",", ""), (".", ","), (",", "."))
WITH_COMMAS = ((",", "."), (",", ""), (".", ""), (".", ","))


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file of text, and how its columns are to be understood.

    Attributes:
        path: As code spells it: a path from the folder of the scripts, or an absolute one.
        written: Whether it was written for the scripts.
        separator, encoding: Of the file.
        packed: Whether it is gzipped.
        skips_line: Whether a line such as "sep=;" comes first.
        names: One for each column, if the first line does not name them all; else None.
        header: Whether there is a line of names.
        columns: {name: "number" or "category"}: those that the network sees, in order.
        target: The column that is predicted.
        classes: Its classes; empty for a number.
        bins: The edges that divide its numbers into classes, or None.
        spellings: {name: {"sign", "decimal", "thousands"}} of columns with unusual numbers.
        missing: Words for a missing value, in small letters, sorted.
        missing_numbers: Numbers that stand for a missing one.
        as_text: Columns of so many categories that numbers among them are sorted as text.
        rounding: A range of so little, relative to the largest number, is no range.
        rows: {part: which rows of the file it holds, from 0}, in the order of the run.
    """

    path: str
    written: bool
    separator: str
    encoding: str
    packed: bool = False
    skips_line: bool = False
    names: tuple[str, ...] | None = None
    header: bool = True
    columns: dict[str, str]
    target: str
    classes: list[str]
    bins: tuple[float, ...] | None = None
    spellings: dict[str, dict[str, str]] = field(default_factory=dict)
    missing: list[str]
    missing_numbers: list[float]
    as_text: list[str]
    rounding: float
    rows: dict[str, np.ndarray]


def source_of(parts: Parts, folder: Path) -> Source:
    """Describe the file that a table was read from, or write one into the folder.

    Raises:
        FileNotFoundError: If the file is gone.
        ValueError: If it no longer holds what was read from it.
    """
    table = parts.source
    dtype = table.x.dtype if isinstance(table, Table) else np.float64
    words = getattr(table, "words", None)
    rules = parts.encoding.rules
    levels = {c.name: len(c.levels) for c in getattr(table, "columns", ())}
    common = {
        "columns": {rule.name: rule.kind for rule in rules},
        "classes": parts.classes,
        "missing": sorted(words.all_missing if words else MISSING),
        "missing_numbers": sorted(set(numbers_in(words.missing))) if words else [],
        "as_text": [r.name for r in rules if levels.get(r.name, 0) > 1000],
        "rounding": float(ROUNDING * np.finfo(dtype).eps),
    }
    chosen = {
        "training": parts.rows.training,
        "validation": parts.rows.validation,
        "test": parts.rows.test,
    }
    if isinstance(table, RawTable) and table.file is not None:
        file = table.file
        if not file.path.is_file():
            raise FileNotFoundError(
                f"parts: were read from {str(file.path)!r}, and there is no such file now; put it "
                "back, or read the table again from where it is"
            )
        return Source(
            path=_spelled_path(file.path, folder),
            written=False,
            separator=file.separator,
            encoding="utf-8-sig" if file.encoding == "utf-8" else file.encoding,
            packed=is_packed(file.path),
            skips_line=file.skipped > 0,
            names=file.names if file.completed or not file.header else None,
            header=file.header,
            target=table.target,
            bins=table.bins,
            spellings=_spellings(parts, file),
            rows={part: file.rows[rows] for part, rows in chosen.items()},
            **common,
        )
    target = getattr(table, "target", None) or "class"
    while target in common["columns"]:
        target += "_"
    _write(folder / ROWS, parts, target)
    return Source(
        path=ROWS,
        written=True,
        separator=",",
        encoding="utf-8",
        target=target,
        rows=chosen,
        **common,
    )


def _spelled_path(path: Path, folder: Path) -> str:
    """The path from the folder, if both lie somewhere below the root; else the absolute one."""
    try:
        common = Path(os.path.commonpath([path, folder.resolve()]))
    except ValueError:  # another drive
        return path.as_posix()
    if common == Path(common.anchor):
        return path.as_posix()
    return Path(os.path.relpath(path, folder.resolve())).as_posix()


def _spellings(parts: Parts, file: TextFile) -> dict[str, dict[str, str]]:
    """How numbers are written in the columns where they are not written plainly."""
    table = parts.source
    names = None if file.header else list(file.names)
    frame, *_ = read_text(
        file.path, separator=file.separator, encoding=file.encoding, names=names, rows=None,
        memory=1e6,
    )  # fmt: skip
    numbers = {c.name: c.values for c in table.columns if c.kind == "number" and c.used}
    if not table.classes:
        numbers[table.target] = table.y
    elif table.bins is not None:
        numbers[table.target] = None
    if tuple(frame.columns) != file.names:
        raise changed(file.path, f"its columns are {listed(map(repr, frame.columns))}")
    if len(frame) <= file.rows.max():
        raise changed(file.path, f"it has {plural(len(frame), 'row')}")
    found = {}
    for name, values in numbers.items():
        text = frame[name][file.rows.tolist()]
        spelling = _spelling(text, values, table)
        if spelling is None:
            raise changed(file.path, f"column {name!r} holds other numbers")
        if spelling != {"decimal": "."}:
            found[name] = spelling
    return found


def changed(path: Path, what: str) -> ValueError:
    """The error for a file that no longer holds what was read from it."""
    return ValueError(
        f"parts: were read from {str(path)!r}, and the file has changed since: {what}; read and "
        "split it again"
    )


def _spelling(text, values: np.ndarray | None, table: RawTable) -> dict[str, str] | None:
    """The likeliest way to read text that gives these numbers; if None, the table's classes."""
    text = text.str.strip_chars().str.replace("−", "-", literal=True)
    signs = [sign for sign in SIGNS if text.str.contains(sign, literal=True).any()]
    spellings = WITH_COMMAS if table.words.decimal == "," else SPELLINGS
    for sign, (decimal, thousands) in itertools.product(["", *signs], spellings):
        numbers = _numbers(text, sign, decimal, thousands)
        if values is None:
            fits = (np.digitize(numbers, table.bins) == table.y).all()
        else:
            given = ~np.isnan(values)
            fits = np.array_equal(numbers[given], values[given])
        if fits:
            marks = {"decimal": decimal, "thousands": thousands, "sign": sign}
            return {name: mark for name, mark in marks.items() if mark}
    return None


def _numbers(text, sign: str, decimal: str, thousands: str) -> np.ndarray:
    """Text as numbers, NaN where it is none."""
    import polars as pl

    for mark, instead in ((sign, ""), (thousands, ""), (decimal, ".")):
        if mark and mark != instead:
            text = text.str.replace_all(mark, instead, literal=True)
    return text.str.strip_chars().cast(pl.Float64, strict=False).to_numpy()


def _write(path: Path, parts: Parts, target: str) -> None:
    """Write the rows of a table that came from no file, with the columns that the network sees."""
    table, rules = parts.source, parts.encoding.rules
    if isinstance(table, Table):
        columns = [map(exact, table.x[:, table.names.index(rule.name)].tolist()) for rule in rules]
    else:
        by_name = {column.name: column for column in table.columns}
        columns = [_texts(by_name[rule.name]) for rule in rules]
    y = table.y.tolist()
    targets = [table.classes[k] for k in y] if table.classes else map(exact, y)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(rule.name for rule in rules), target])
        writer.writerows(zip(*columns, targets, strict=True))


def _texts(column) -> Iterable[str]:
    values = column.values.tolist()
    if column.kind == "number":
        return map(exact, values)
    return ("" if k < 0 else column.levels[k] for k in values)


def exact(number: float) -> str:
    """A number in as many digits as give the same number again; a missing one is empty."""
    return "" if number != number else number_text(number)
