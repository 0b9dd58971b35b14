"""What was measured over seeds and rows, with its standard error."""

import math
from typing import NamedTuple

import numpy as np

NORMAL = 1.96  # standard errors within which 95 % of a normal distribution lies


class Measured(NamedTuple):
    """A mean over seeds and rows, its standard error, and the ends of its 95 % interval."""

    mean: float
    error: float
    low: float
    high: float

    def __str__(self):
        return f"{self.mean:.1%} ({self.low:.1%} to {self.high:.1%})"


def measured(values) -> Measured:
    """The mean of one number for each seed and row, such as "was it right?".

    Its error has two sources: the variance between rows, which all seeds share, and that between
    seeds. Of differences of two networks on the same rows it gives the paired error.

    Args:
        values: (seeds, rows), at least two of either.

    Raises:
        ValueError: If they have another shape.
    """
    values = np.asarray(values, float)
    if values.ndim != 2 or min(values.shape) < 2:
        raise ValueError(f"values of shape {values.shape}: must be (seeds, rows), two at least")
    of_rows, of_seeds = values.mean(axis=0), values.mean(axis=1)
    variance = sum(some.var(ddof=1) / len(some) for some in (of_rows, of_seeds))
    mean, error = float(values.mean()), math.sqrt(variance)
    return Measured(mean, error, mean - NORMAL * error, mean + NORMAL * error)
