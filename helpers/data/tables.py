"""`Table`, which is what `split` splits."""

from dataclasses import dataclass

import numpy as np

from helpers.data.arrays import check_features, check_labels, check_names, read_only
from helpers.tasks import Task, task_of


@dataclass(frozen=True, eq=False)
class Table:
    """Rows to learn from, as they were measured.

    Attributes:
        name: What the table is called.
        x: (rows, features), read-only: float32 if it was given so, or float64, so that a
            large offset (a time stamp, an identifier) loses nothing.
        y: int64 (rows,), read-only: the index into `classes`. Rows whose target is a number come
            from `read_csv`, `from_frame` or `from_arrays`.
        names: One name for each feature.
        classes: One name for each class; of two, the second is the one a sigmoid predicts.
        published_test: bool (rows,), the rows that the publishers set aside for testing, or
            None where they set none aside.
        origin: The arguments of `load` or `make_2d` that give this table again; None for
            one's own.

    Raises:
        ValueError: If the arrays do not fit together or hold anything but numbers; says what
            was found and, where it can, the line that mends it.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    names: list[str]
    classes: list[str]
    published_test: np.ndarray | None = None
    origin: dict | None = None

    def __post_init__(self):
        names = check_names("names", self.names, 1)
        classes = check_names("classes", self.classes, 2)
        x = check_features(self.x, names)
        y = check_labels(self.y, len(x), len(classes))
        fields = {"x": read_only(x, x.dtype), "y": y, "names": names, "classes": classes}
        if self.published_test is not None:
            fields["published_test"] = mask = read_only(self.published_test, bool)
            if mask.shape != (len(x),):
                raise ValueError(f"published_test of shape {mask.shape}: must be ({len(x)},)")
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @property
    def task(self) -> Task:
        """What is to be learned: two classes, or more."""
        return task_of(len(self.classes))

    def __len__(self):
        return len(self.x)

    def __repr__(self):
        return (
            f"Table({self.name!r}, {len(self)} rows, {len(self.names)} features, "
            f"classes {', '.join(self.classes)})"
        )
