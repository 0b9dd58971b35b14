"""Which rows are for training, for validation and for the test."""

from dataclasses import dataclass

import numpy as np

from helpers.data.raw import RawTable
from helpers.data.stratified import strata, stratified_order
from helpers.data.tables import Table
from helpers.formatting import plural
from helpers.validation import check_choice, check_int, is_int, is_number

COPIES = 0.5  # with fewer different rows than this share, equal rows are no copies but usual


@dataclass(frozen=True, eq=False)
class Assignment:
    """Which rows a part holds, as indices into the table.

    Attributes:
        training, validation, test: int64.
        max_train: How many training rows there could be beside these validation and test rows.
        recipe: `train`, `validation` and `test` as counts.
        notes: Sentences on what was kept together, and what that cost.
    """

    training: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    max_train: int
    recipe: dict
    notes: list[str]


def assign(
    table: Table | RawTable,
    train: float,
    validation: float,
    test: float | None,
    published: bool,
    groups: str | None,
    order: str | None,
    random: np.random.Generator,
) -> Assignment:
    """Choose the rows of the parts; the arguments are those of `split`.

    Rows that may not be divided (of one group, of one time, copies of each other) stand side by
    side, and an end of a part that would divide them moves, so that the part gets fewer rows.

    Raises:
        ValueError: If the sizes do not fit the rows or the groups.
    """
    if groups is not None and order is not None:
        raise ValueError("groups and order: give one of them; rows of a group may differ in time")
    if published and test is not None:
        raise ValueError(f"test={test!r}: with published=True the test rows are the published ones")
    drawn = np.arange(len(table)) if not published else np.flatnonzero(~table.published_test)
    train, validation, test = _check_sizes(table, train, validation, test, len(drawn))
    rows, units, notes = ordered(table, drawn, groups, order, random)
    cuts = Cuts(len(rows), None if units is None else units[rows])
    if order is not None:
        test = len(rows) - validation - train if test is None else test
        last = cuts.back(len(rows), test)
        middle = cuts.back(last, validation)
        training, held, sealed = (
            rows[cuts.back(middle, train) : middle],
            rows[middle:last],
            rows[last:],
        )
        test, most = len(sealed), middle
    else:
        middle = cuts.back(len(rows), validation)
        most = middle if test is None else cuts.back(middle, test)
        end = min(cuts.forward(train), most)
        training, held = rows[:end], rows[middle:]
        sealed = rows[end if test is None else most : middle]
    kept = f"rows of one {groups or order!r}" if groups or order else "equal rows"
    for name, asked, found in (("training", train, training), ("validation", validation, held)):
        if not len(found):
            raise ValueError(
                f"{name}: no {name} row is left of {table.name!r} where {kept} stay together; take "
                "other sizes"
            )
        if asked != len(found):
            notes.append(
                f"{plural(len(found), f'{name} row')} rather than {asked:,}, so that {kept} stay "
                "together."
            )
    if published:
        sealed = np.flatnonzero(table.published_test)
    recipe = {"train": train, "validation": validation, "test": test}
    return Assignment(training, held, sealed, max(most, len(training)), recipe, notes)


class Cuts:
    """The places at which an order of rows may be cut: those that divide no unit.

    Args:
        rows: How many rows there are.
        units: (rows,), equal for neighbours that stay together; None lets all be divided.
    """

    def __init__(self, rows: int, units: np.ndarray | None):
        inner = np.arange(1, rows) if units is None else np.flatnonzero(np.diff(units)) + 1
        self.places = np.concatenate([[0], inner, [rows]])

    def back(self, end: int, size: int) -> int:
        """Where a part of at most `size` rows before `end` starts; one unit at the least."""
        place = self.places[np.searchsorted(self.places, end - size)]
        if place >= end and size and end:
            place = self.places[np.searchsorted(self.places, end) - 1]
        return int(place)

    def forward(self, size: int) -> int:
        """Where a part of at most `size` rows from the front ends; one unit at the least."""
        return int(self.places[max(np.searchsorted(self.places, size, "right") - 1, 1)])


def ordered(table, drawn, groups, order, random):
    """The rows in order, which unit each row of the table belongs to (or None), and notes."""
    y = strata(table.y)
    if order is not None:
        times = _times(table, order)
        said = f"the rows are sorted by {order!r}: training, then validation, the test last."
        return drawn[np.argsort(times[drawn], kind="stable")], times, [said]
    if groups is not None:
        units = _groups(table, groups)
        rows = drawn[_grouped_order(y[drawn], units[drawn], random)]
        count = plural(len(np.unique(units[drawn])), "group")
        return rows, units, [f"{count} of {groups!r}: the rows of each are on one side only."]
    rows = drawn[stratified_order(y[drawn], random)]
    if isinstance(table, Table):
        return rows, None, []
    units = np.unique(row_prints(table), return_inverse=True)[1]
    copies = len(drawn) - len(np.unique(units[drawn]))
    if not copies:
        return rows, None, []
    equal = f"{plural(copies, 'row')} equal{'s' * (copies == 1)} another row in every column"
    if len(drawn) - copies < COPIES * len(drawn):
        return rows, None, [f"{equal}: so many that equal rows are on all sides."]
    return rows[_together(units[rows])], units, [f"{equal}: equal rows are on the same side."]


def _check_sizes(table, train, validation, test, rows: int) -> tuple[int, int, int | None]:
    """The sizes as counts; a fraction of the rows becomes one."""
    whole = f"{rows} rows of {table.name!r}"
    try:
        hint = f"{whole}, such as train={rows * 3 // 5}, validation={rows // 5}"
        validation = check_int("validation", _count(validation, rows), 1, rows - 1)
        most, hint = rows - validation, f"{whole} less validation={validation}"
        if test is not None:
            test = check_int("test", _count(test, rows), 0, most - 1)
            most, hint = most - test, f"{hint} and test={test}"
        counted = _count(train, rows)
        if counted is not train and counted == most + 1:  # both fractions were rounded up
            counted = most
        return check_int("train", counted, 1, most), validation, test
    except ValueError as error:
        raise ValueError(f"{error} ({hint})") from None


def _count(value, rows: int):
    """A fraction of the rows as a count; anything else as it is."""
    if is_number(value) and not is_int(value) and 0 < value < 1:
        return max(round(value * rows), 1)
    return value


def values_of(table: Table | RawTable, field: str, name: str) -> np.ndarray:
    """The values of a column that `groups` or `order` names, whether it is used or left out."""
    if isinstance(table, RawTable):
        names = tuple(column.name for column in table.columns)
        return table.columns[names.index(check_choice(field, name, names))].values
    return table.x[:, table.names.index(check_choice(field, name, tuple(table.names)))]


def _times(table, order: str) -> np.ndarray:
    values = values_of(table, "order", order)
    if values.dtype.kind != "f":
        column = next(c for c in table.columns if c.name == order)
        found = ", ".join(map(repr, column.levels[:3]))
        raise ValueError(
            f"order={order!r}: holds {found}, which is neither dates nor numbers; write dates as "
            "2024-01-31"
        )
    if missing := int(np.isnan(values).sum()):
        raise ValueError(
            f"order={order!r}: is missing in {plural(missing, 'row')}; leave those rows out"
        )
    return values


def _groups(table, groups: str) -> np.ndarray:
    """The number of each row's group; a row without one is a group of its own."""
    values = values_of(table, "groups", groups)
    missing = np.isnan(values) if values.dtype.kind == "f" else values < 0
    units = np.unique(values, return_inverse=True)[1]
    units[missing] = len(units) + np.arange(missing.sum())
    if len(np.unique(units)) < 2:
        raise ValueError(f"groups={groups!r}: holds one group; must hold two or more")
    return units


def row_prints(table: Table | RawTable) -> np.ndarray:
    """int64 (rows,), equal for rows that are equal in every column that is used.

    Of a table that was read, free text counts too: people of one age and sex are no copies.
    """
    if isinstance(table, Table):
        # Equal numbers have equal bytes, but for the two zeros; 64-bit hashes hardly ever agree.
        return np.fromiter((hash(row.tobytes()) for row in table.x + 0.0), np.int64, len(table))
    used = [column for column in table.columns if column.used or column.kind == "text"]
    mixed = np.zeros(len(table), np.uint64)
    for column in used:
        values = column.values
        if values.dtype.kind == "f":
            values = np.where(np.isnan(values), np.nan, values + 0.0).view(np.uint64)
        mixed = (mixed ^ values.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed.view(np.int64)


def _together(units: np.ndarray) -> np.ndarray:
    """An order in which each unit stands where its first row stood."""
    _, first, inverse = np.unique(units, return_index=True, return_inverse=True)
    return np.argsort(first[inverse], kind="stable")


def _grouped_order(y, unit, random) -> np.ndarray:
    """A random order of the rows, group by group; groups are stratified by their usual class or
    tenth of a number."""
    groups, inverse = np.unique(unit, return_inverse=True)
    counts = np.zeros((len(groups), int(y.max()) + 1), np.int64)
    np.add.at(counts, (inverse, y), 1)
    place = np.empty(len(groups), np.int64)
    place[stratified_order(counts.argmax(axis=1), random)] = np.arange(len(groups))
    return np.argsort(place[inverse], kind="stable")
