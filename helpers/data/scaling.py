"""The target of a regression in its own unit, and as a network learns it."""

from typing import NamedTuple, Self

import numpy as np

from helpers.data.encoding import statistics
from helpers.formatting import significant


class TargetScale(NamedTuple):
    """How the target of a regression was standardised; learned from training rows alone.

    A network learns (value - mean) / standard_deviation, so that losses, penalties and learning
    rates mean the same whatever the unit is.

    Attributes:
        name: Of the target.
        mean, standard_deviation: Of the training rows, in the target's own unit.
    """

    name: str
    mean: float
    standard_deviation: float

    @classmethod
    def fit(cls, name: str, y: np.ndarray) -> Self:
        """Learn mean and standard deviation of the training rows' targets, (rows,).

        Raises:
            ValueError: If all are the same, so that there is nothing to learn.
        """
        (mean,), (deviation,) = statistics(y[:, None], [name])
        if np.isinf(deviation):
            raise ValueError(
                f"train: the target {name!r} is {mean:g} in every training row; take more rows"
            )
        return cls(name, float(mean), float(deviation))

    def standardise(self, y: np.ndarray) -> np.ndarray:
        """Numbers in the target's own unit as a network learns them, float64."""
        return (np.asarray(y, np.float64) - self.mean) / self.standard_deviation

    def restore(self, y: np.ndarray) -> np.ndarray:
        """What a network answers, in the target's own unit, float64."""
        return np.asarray(y, np.float64) * self.standard_deviation + self.mean

    def rmse(self, loss: float) -> float:
        """The root of a mean squared error of the standardised target, in the target's own unit."""
        return float(np.sqrt(loss)) * self.standard_deviation

    def spell_rmse(self, loss: float) -> str:
        """`rmse` in words: "RMSE 6.31 in compressive_strength"."""
        return f"RMSE {significant(self.rmse(loss))} in {self.name}"
