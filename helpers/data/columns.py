"""Columns of a table as it was read: what each one holds, and what is done with it.

    make_column("Income", ["129", "NA", "182"], Words())    # a number, one value missing

Decided here is only what kind of values a column holds. What depends on the values of single
rows, such as the median that stands for a missing number, is learned by
`helpers.data.encoding.Encoding` from the training rows.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from helpers.data.arrays import read_only
from helpers.data.values import (
    Words,
    is_declared,
    natural_order,
    number_text,
    numbers_in,
    parse_dates,
    parse_numbers,
    plain_values,
    text_series,
)
from helpers.formatting import listed, plural

MOST_CATEGORIES = 50  # from so many on, rare ones become "other"
_ROWS = 20  # of fewer rows, numbers 1, 2, 3 are no identifier
_IDENTIFIER = re.compile(r"(^|[_ .-])(id|no|nr|key|index|uuid|guid|rownames?)$|^unnamed", re.I)
_CAMEL = re.compile(r"[a-z](Id|ID)$")


@dataclass(frozen=True, eq=False)
class Column:
    """A column as it was read.

    Attributes:
        name: Of the column.
        kind: "number" or "category", which are used; "date", "text", "identifier", "constant"
            or "empty", which are left out.
        values: (rows,), read-only. Of a number float64, NaN where it is missing; of a date
            float64, seconds since 1970; of all else int32, the index into `levels`, -1 where
            it is missing.
        levels: The different texts, sorted; those that are numbers first, by size.
        note: A sentence on what was found or done; may be empty.
    """

    name: str
    kind: str
    values: np.ndarray
    levels: tuple[str, ...] = ()
    note: str = ""

    @property
    def used(self) -> bool:
        """Whether a network sees it."""
        return self.kind in ("number", "category")

    @property
    def missing(self) -> np.ndarray:
        """bool (rows,), which values are missing."""
        return np.isnan(self.values) if self.values.dtype.kind == "f" else self.values < 0

    def __repr__(self):
        return f"Column({self.name!r}, {self.kind}, {plural(len(self.values), 'row')})"


def make_column(name: str, values, words: Words) -> Column:
    """Find out what a column holds.

    Args:
        name: Of the column.
        values: Text, numbers, booleans or dates, with gaps; a list, an array, or a column of a
            pandas or Polars frame.
        words: How text is understood.

    Raises:
        ValueError: If it holds infinite numbers, or numbers among which some text stands.
    """
    as_category = name in words.categories or is_declared(values)
    values = plain_values(values)
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        seconds = values.astype("datetime64[us]").astype(np.float64) / 1e6
        return _dates(name, np.where(np.isnat(values), np.nan, seconds), "")
    if isinstance(values, np.ndarray):
        for gap in numbers_in(words.missing):
            values = np.where(values == gap, np.nan, values)
        if not as_category:
            return _number(name, values, words)
        values = text_series([None if v != v else number_text(v) for v in values.tolist()])
    missing = words.all_missing
    if not as_category:
        found, note = parse_numbers(name, values, words)
        if found is not None:
            return _number(name, found, words, note)
        missing = missing - {"none"}
    text = values.str.strip_chars()
    text = text.set(text.str.to_lowercase().is_in(list(missing)), None)
    return _text(name, text, as_category)


def _number(name: str, values: np.ndarray, words: Words, note: str = "") -> Column:
    if len(bad := np.flatnonzero(np.isinf(values))):
        row = int(bad[0])
        raise ValueError(
            f"column {name!r}: holds {values[row]} in row {row + 1}{words.among}; must be finite: "
            f"mend the file, or count it as missing with missing=['{values[row]}']"
        )
    given = values[~np.isnan(values)]
    values = read_only(values, np.float64)
    if not len(given):
        return Column(name, "empty", values, note="It holds no value: left out.")
    low, high = given.min(), given.max()
    if low == high and len(given) == len(values):
        note = f"It is {number_text(float(low))} in every row: left out."
        return Column(name, "constant", values, note=note)
    if name not in words.numbers and _counts_rows(name, values, given, low, high):
        note = f"All values differ, so it names the rows: left out ({_keep(name, 'numbers')})."
        return Column(name, "identifier", values, note=note)
    return Column(name, "number", values, note=note)


def _counts_rows(name, values, given, low, high) -> bool:
    """Whether numbers only tell one row from another."""
    if len(given) < max(len(values), _ROWS) or (given != np.floor(given)).any():
        return False
    named = bool(_IDENTIFIER.search(name) or _CAMEL.search(name))
    consecutive = high - low == len(given) - 1
    return (named or consecutive) and len(np.unique(given)) == len(given)


def _text(name: str, text, as_category: bool) -> Column:
    """A column of text: categories, dates, or something that is left out."""
    import polars as pl

    levels = natural_order(text.drop_nulls().unique().to_list())
    kept = text.cast(pl.Enum(levels)).to_physical().cast(pl.Int32).fill_null(-1).to_numpy()
    column = Column(name, "category", read_only(kept, np.int32), tuple(levels))
    rows, missing = len(text), text.null_count()
    if not levels:
        return _as(column, "empty", "It holds no value: left out.")
    if len(levels) == 1 and not missing:
        return _as(column, "constant", f"It is {levels[0]!r} in every row: left out.")
    if as_category:
        return _as(column, "category", _many(levels))
    seconds, note = parse_dates(levels)
    if seconds is not None:
        return _dates(name, np.append(seconds, np.nan)[kept], note)
    given = rows - missing
    keep = _keep(name, "categories")
    if len(levels) == given and len(levels) > 1:
        note = f"All values differ, so it names the rows: left out ({keep})."
        return _as(column, "identifier", note)
    spaces = sum(level.count(" ") for level in levels) / len(levels)
    if len(levels) > MOST_CATEGORIES and (len(levels) > given / 2 or spaces >= 4):
        what = "It holds free text" if spaces >= 4 else "Its values hardly repeat"
        groups = f'split(..., groups="{name}") keeps rows with the same value together'
        note = f"{what}, {plural(len(levels), 'different value')}: left out ({keep}; {groups})."
        return _as(column, "text", note)
    return _as(column, "category", _many(levels))


def _many(levels: list[str]) -> str:
    note = twins(levels)
    if len(levels) > MOST_CATEGORIES:
        note += f" Of {len(levels):,} categories those that are rare in the training rows become "
        note += '"other".'
    return note.strip()


def twins(levels: Iterable[str]) -> str:
    """A sentence on names that differ in capitals alone; may be empty."""
    seen, alike = {}, []
    for level in levels:
        other = seen.setdefault(level.lower(), level)
        alike += [f"{other!r}/{level!r}"] if other != level else []
    if not alike:
        return ""
    return f"{listed(alike, 3)} differ in capitals alone and count as different: mend the file?"


def _as(column: Column, kind: str, note: str) -> Column:
    return Column(column.name, kind, column.values, column.levels, note)


def _keep(name: str, argument: str) -> str:
    return f"{argument}=[{name!r}] keeps it"


def _dates(name: str, seconds: np.ndarray, note: str) -> Column:
    values = read_only(seconds, np.float64)
    said = f'It holds dates{note}: left out (split(..., order="{name}") splits by time).'
    return Column(name, "date", values, note=said)


def range_words(column: Column) -> str:
    """The range of numbers or dates, or the categories with their counts."""
    values = column.values[~column.missing]
    if not len(values):
        return "no value"
    if column.kind == "date":
        ends = (np.datetime64(int(v), "s").item() for v in (values.min(), values.max()))
        return " to ".join(f"{end:%Y-%m-%d}" for end in ends)
    if values.dtype.kind == "f":
        return f"{values.min():g} to {values.max():g}"
    counts = np.bincount(values, minlength=len(column.levels))
    first = np.argsort(-counts, kind="stable")
    names = (f"{column.levels[k][:30]} ({counts[k]:,})" for k in first[:4])
    if column.kind != "category":
        return f"{plural(len(column.levels), 'different value')}"
    several = "y" if len(column.levels) == 1 else "ies"
    more = [f"{len(counts) - 4:,} more"] if len(counts) > 4 else []
    return f"{len(counts):,} categor{several}: {listed([*names, *more])}"
