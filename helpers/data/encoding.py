"""From raw columns to the numbers that a network sees, learned from training rows alone.

    encoding = Encoding.fit(table.columns, training_rows)
    encoding.transform({"Income": [129, None], "Home": ["rent", "castle"]})

A number becomes (value - mean) / standard deviation, and the median of the training rows stands
for a missing one. A category becomes one feature of 0 and 1 for each category of the training
rows; of more than 50, the rare ones share the feature "other". If values are missing in the
training rows, one more feature of 0 and 1 says where.

A category that no training row has is 0 in every feature, or "other" where there is one. What is
0 or 1 stays so: divided by its standard deviation, a rare category would outweigh all else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

import numpy as np

from helpers.data.arrays import read_only
from helpers.data.columns import MOST_CATEGORIES, Column
from helpers.data.values import (
    Words,
    number_text,
    numbers_in,
    parse_numbers,
    plain_values,
    text_series,
)
from helpers.formatting import listed

ROUNDING = 4.0  # a range of so many units in the last place of the largest number is no range


class Rule(NamedTuple):
    """How one column becomes features.

    Attributes:
        name: Of the column.
        kind: "number" or "category".
        median: Stands for a missing number; NaN for a category.
        categories: Those with a feature of their own.
        other: Whether a feature stands for all other categories.
        indicator: Whether a feature says that the value is missing.
    """

    name: str
    kind: str
    median: float = np.nan
    categories: tuple[str, ...] = ()
    other: bool = False
    indicator: bool = False

    @property
    def features(self) -> list[str]:
        """The names of its features, in order."""
        own = (
            [self.name] if self.kind == "number" else [f"{self.name}={c}" for c in self.categories]
        )
        own += [f"{self.name}: other"] if self.other else []
        return own + ([f"{self.name} missing"] if self.indicator else [])


@dataclass(frozen=True, eq=False)
class Encoding:
    """What turns raw rows into features; `fit` learns it from training rows.

    Attributes:
        rules: One for each column that is used, in order.
        mean, standard_deviation: float64 (features,): a feature is
            (number - mean) / standard_deviation. Features of 0 and 1 have 0 and 1 here. Of
            what is constant in the training rows the second is infinite, so that it is 0 in
            every row.
        words: How text in raw rows is understood.
    """

    rules: tuple[Rule, ...]
    mean: np.ndarray
    standard_deviation: np.ndarray
    words: Words = field(default_factory=Words)

    @classmethod
    def fit(cls, columns: Sequence[Column], rows: np.ndarray, words: Words | None = None) -> Self:
        """Learn medians, categories, means and standard deviations.

        Args:
            columns: Those to use; others are passed over.
            rows: Indices of the training rows; nothing else of a column is looked at.
            words: How text in raw rows is understood, as when the columns were read.

        Raises:
            ValueError: If the numbers of a column are too large or too small for their mean
                and standard deviation.
        """
        rules, means, deviations = [], [], []
        for column in columns:
            if not column.used:
                continue
            rule = _learn(column, rows)
            rules.append(rule)
            features = np.stack(_features(rule, column, rows)).T  # column by column in memory
            mean, deviation = statistics(features, rule.features)
            binary = np.isfinite(deviation)
            binary[: rule.kind == "number"] = False
            means.append(np.where(binary, 0.0, mean))
            deviations.append(np.where(binary, 1.0, deviation))
        mean, deviation = (np.concatenate([*v, np.empty(0)]) for v in (means, deviations))
        mean, deviation = read_only(mean, np.float64), read_only(deviation, np.float64)
        return cls(tuple(rules), mean, deviation, words or Words())

    @classmethod
    def of_numbers(cls, x: np.ndarray, names: Sequence[str]) -> Self:
        """Learn means and standard deviations of training rows that are numbers without gaps."""
        mean, deviation = statistics(x, names)
        rules = tuple(Rule(name, "number") for name in names)
        return cls(rules, read_only(mean, np.float64), read_only(deviation, np.float64))

    @property
    def names(self) -> list[str]:
        """One name for each feature."""
        return [name for rule in self.rules for name in rule.features]

    def transform(self, raw, rows: np.ndarray | None = None) -> np.ndarray:
        """Turn raw rows into features: float32 (rows, features).

        Args:
            raw: {name: values}, a data frame, or `RawTable.columns`. Where every column is a
                number without gaps, an array (rows, columns) will do.
            rows: Indices of the rows to transform; None transforms all.

        Raises:
            ValueError: If a column is missing or holds text instead of numbers.
        """
        if isinstance(raw, np.ndarray):
            x = raw if rows is None else raw[rows]
            if x.ndim != 2 or x.shape[1] != len(self.mean):
                raise ValueError(f"raw of shape {raw.shape}: must be (rows, {len(self.mean)})")
            return ((x.astype(np.float64) - self.mean) / self.standard_deviation).astype(np.float32)
        if isinstance(raw, Sequence):
            raw = {column.name: column for column in raw}
        names = list(raw.keys() if isinstance(raw, Mapping) else raw.columns)
        if absent := [repr(rule.name) for rule in self.rules if rule.name not in names]:
            raise ValueError(f"raw: has no column {listed(absent)}; has {listed(names)}")
        found, start = None, 0
        for rule in self.rules:
            for feature in _features(rule, _column(rule, raw[rule.name], self.words), rows):
                if found is None:
                    found = np.empty((len(feature), len(self.mean)), np.float32)
                mean, deviation = self.mean[start], self.standard_deviation[start]
                found[:, start] = (feature - mean) / deviation
                start += 1
        return found

    def __repr__(self):
        return f"Encoding({len(self.rules)} columns, {len(self.mean)} features)"


def statistics(x: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
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


def most_features(column: Column) -> int:
    """How many features a column can become at most, whatever the training rows hold."""
    own = 1 if column.kind == "number" else min(len(column.levels), MOST_CATEGORIES)
    return own + bool(column.missing.any()) if column.used else 0


def _learn(column: Column, rows: np.ndarray) -> Rule:
    values, indicator = column.values[rows], bool(column.missing[rows].any())
    if column.kind == "number":
        given = values[~np.isnan(values)]
        median = float(np.median(given)) if len(given) else 0.0
        return Rule(column.name, "number", median=median, indicator=indicator)
    counts = np.bincount(values[values >= 0], minlength=len(column.levels))
    seen = np.flatnonzero(counts)
    other = len(seen) > MOST_CATEGORIES
    if other:  # the most frequent; of equally frequent ones those that come first
        frequent = np.argsort(-counts, kind="stable")[: MOST_CATEGORIES - 1]
        seen = np.sort(frequent)
    kept = tuple(column.levels[k] for k in seen)
    return Rule(column.name, "category", categories=kept, other=other, indicator=indicator)


def _features(rule: Rule, column: Column, rows: np.ndarray | None) -> list[np.ndarray]:
    """The features of a column before they are standardised: float64 (rows,) each."""
    values = column.values if rows is None else column.values[rows]
    missing = np.isnan(values) if rule.kind == "number" else values < 0
    if rule.kind == "number":
        found = [np.where(missing, rule.median, values)]
    else:
        index = {name: k for k, name in enumerate(rule.categories)}
        places = np.array([index.get(level, -1) for level in (*column.levels, None)], np.int64)
        placed = places[values]
        found = [(placed == k).astype(np.float64) for k in range(len(rule.categories))]
        if rule.other:
            found.append(((placed < 0) & ~missing).astype(np.float64))
    return found + ([missing.astype(np.float64)] if rule.indicator else [])


def _column(rule: Rule, values, words: Words) -> Column:
    """Values of any kind as a column of the rule's kind."""
    if isinstance(values, Column) and values.kind == rule.kind:
        return values
    if isinstance(values, Column):  # read elsewhere, where it looked like something else
        index = values.values
        levels = np.array([*values.levels, None], object)
        values = index if index.dtype.kind == "f" else levels[index]
    plain = plain_values(values)
    if rule.kind == "number":
        numbers = plain if isinstance(plain, np.ndarray) else _numbers(rule.name, plain, words)
        for gap in numbers_in(words.missing):
            numbers = np.where(numbers == gap, np.nan, numbers)
        return Column(rule.name, "number", numbers)
    if isinstance(plain, np.ndarray):
        texts = [None if v != v else number_text(v) for v in plain.tolist()]
    else:
        texts = [
            None if v is None or v.strip().lower() in words.all_missing else v.strip()
            for v in plain.to_list()
        ]
    levels = tuple(sorted(set(texts) - {None}))
    index = {level: k for k, level in enumerate(levels)}
    return Column(rule.name, "category", np.array([index.get(t, -1) for t in texts]), levels)


def _numbers(name: str, text, words: Words) -> np.ndarray:
    """Text as numbers; what is not there is missing."""
    try:
        numbers, _ = parse_numbers(name, text, replace(words, numbers=(name,)))
    except ValueError:
        numbers = None
    if numbers is not None:
        return numbers
    for value in text.drop_nulls().to_list():
        alone, _ = parse_numbers(name, text_series([value]), words)
        missing = words.all_missing | {"none"}
        if alone is None and value.strip().lower() not in missing and not numbers_in([value]):
            raise ValueError(f"column {name!r}: holds {value!r}; must be a number")
    return np.full(len(text), np.nan)
