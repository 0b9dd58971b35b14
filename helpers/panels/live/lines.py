"""The curves of one run that a panel can show: name, look, and what each takes from the run."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from helpers.experiment import Run


class Line(NamedTuple):
    """A curve that can be shown; `accuracy` is None for one that is a loss only."""

    name: str
    look: str
    loss: Callable[[Run], np.ndarray]
    accuracy: Callable[[Run], np.ndarray] | None


LINES = {
    "train": Line(
        "training", "training", attrgetter("train_loss"), attrgetter("train_accuracy")
    ),
    "validation": Line(
        "validation", "validation", attrgetter("validation_loss"),
        attrgetter("validation_accuracy"),
    ),
    "penalty": Line("penalty", "penalty", attrgetter("penalty"), None),
    "sum": Line("sum", "sum", lambda run: run.train_loss + run.penalty, None),
    "reported": Line(
        "fit reports", "reported", attrgetter("fit_loss"), attrgetter("fit_accuracy")
    ),
}  # fmt: skip
EXTRAS = ("penalty", "sum", "reported")  # beside training and validation
