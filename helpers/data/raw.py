"""`RawTable`: a table as it was read, with text and gaps."""

from dataclasses import dataclass

import numpy as np

from helpers.data.columns import Column
from helpers.data.files import TextFile
from helpers.data.report import Report
from helpers.data.values import Words
from helpers.formatting import plural
from helpers.tasks import Task, task_of


@dataclass(frozen=True, eq=False)
class RawTable:
    """Rows to learn from as they were read; `split` makes numbers of them.

    What stands for a missing number and which categories there are is learned from the
    training rows, so only `split`, which chooses them, can make a network's inputs:
    `parts.train.x`, by `parts.encoding`.

    Attributes:
        name: What the table is called.
        columns: All of them but the target, those that are left out included.
        y: int64 (rows,), read-only: the index into `classes`; of a regression float64 (rows,),
            the target in its own unit.
        classes: One name for each class; of two, the second is the one a sigmoid predicts. Empty
            for a regression.
        target: The name of the column that holds them.
        report: What was found, and what was done with it.
        words: How text was understood.
        origin: The arguments of `load` that give this table again; None for one's own.
        file: The file it was read from, with the numbers of its rows; None for other tables.
        bins: The edges that divided the numbers of the target into classes, or None.
    """

    name: str
    columns: tuple[Column, ...]
    y: np.ndarray
    classes: list[str]
    target: str
    report: Report
    words: Words
    origin: dict | None = None
    file: TextFile | None = None
    bins: tuple[float, ...] | None = None
    published_test: None = None

    @property
    def names(self) -> list[str]:
        """The names of the columns that are used."""
        return [column.name for column in self.columns if column.used]

    @property
    def task(self) -> Task:
        """What is to be learned: two classes, more of them, or a number."""
        return task_of(len(self.classes))

    def __len__(self):
        return len(self.y)

    def __getattr__(self, name):
        encoded = "the columns are made into numbers when the table is split: parts.train.x"
        raise AttributeError(encoded if name == "x" else name)

    def __repr__(self):
        what = f"classes {', '.join(self.classes)}" if self.classes else f"number {self.target!r}"
        return (
            f"RawTable({self.name!r}, {plural(len(self), 'row')}, "
            f"{plural(len(self.names), 'column')}, {what})"
        )
