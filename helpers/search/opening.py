"""The one look at the sealed test rows: score, loss and how certain they are."""

import math
from dataclasses import dataclass

import numpy as np

from helpers import metrics, reference
from helpers.data import Part, Parts
from helpers.experiment import Run
from helpers.formatting import approximate, plural


@dataclass(frozen=True)
class Opened:
    """What the chosen network reached on test rows that no choice has seen.

    Attributes:
        score: Fraction of the rows classified correctly; of a regression R².
        loss: Mean cross-entropy in nats; of a regression the mean squared error of the
            standardised target.
        low, high: The 95 % interval of the score. It covers the sampling of the test rows, not that
            of the training rows.
        loss_error: The standard error of the loss over test rows.
        rows: How many test rows there are.
        baseline: The score of the trivial baseline: always predicting the majority class, or the
            mean, of the training rows.
        words: All of it in sentences.
    """

    score: float
    loss: float
    low: float
    high: float
    loss_error: float
    rows: int
    baseline: float
    words: str

    def __str__(self):
        return self.words


def evaluate(run: Run, parts: Parts, test: Part) -> Opened:
    """Measure one network on the test rows."""
    task, train = parts.task, parts.train
    losses = metrics.row_losses(run, test)
    loss = float(losses.mean())
    error = metrics.standard_error(losses) if len(losses) > 1 else math.inf
    if task.classifies:
        logits = reference.forward(test.x, run.weights, run.experiment.activation)
        guess = (logits[:, 0] > 0).astype(int) if logits.shape[1] == 1 else logits.argmax(axis=1)
        right = guess == test.y
        score, (low, high) = float(right.mean()), wilson(int(right.sum()), len(right))
    else:
        score, low, high = r_squared(losses, test.y)
    baseline = metrics.baseline_score(train.y, test.y)
    spelled, constant = task.spell_score, "majority class" if task.classifies else task.baseline
    shown = f"{approximate(loss)} ± {1.96 * error:.2g} {task.loss_unit}".rstrip()
    if parts.target is not None:
        shown += f" ({parts.target.spell_rmse(loss)})"
    words = (
        f"On {plural(len(losses), 'test row')} that no choice has seen, the {task.score_name} is "
        f"≈ {spelled(score)} (95 % interval ≈ {spelled(low)} to ≈ {spelled(high)}) and the "
        f"{task.loss_name} {shown}. Always predicting the {constant} of the training rows has "
        f"a {task.score_name} of ≈ {spelled(baseline)}."
    )
    return Opened(score, loss, low, high, error, len(losses), baseline, words)


def wilson(right: int, rows: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a fraction (Wilson 1927): also for few rows, and near 0 and 1."""
    p = right / rows
    middle = (p + z**2 / (2 * rows)) / (1 + z**2 / rows)
    half = z / (1 + z**2 / rows) * math.sqrt(p * (1 - p) / rows + z**2 / (4 * rows**2))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def r_squared(losses: np.ndarray, y: np.ndarray, z: float = 1.96) -> tuple[float, float, float]:
    """R² = 1 - mean squared error / variance, and the ends of its 95 % interval.

    The interval is that of a ratio of two means (delta method): the standard error of
    loss - (1 - R²) (y - mean)², over the variance.

    Args:
        losses: (rows,), squared errors.
        y: (rows,), the targets.
    """
    deviations = (np.asarray(y, float) - np.mean(y)) ** 2
    variance = float(deviations.mean())
    if len(losses) < 2 or not variance:
        return math.nan, -math.inf, 1.0
    share = float(losses.mean()) / variance
    half = z * metrics.standard_error(losses - share * deviations) / variance
    return 1 - share, 1 - share - half, min(1 - share + half, 1.0)
