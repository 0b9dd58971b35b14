"""What can be read off a `Run`: gap, best epoch, norms, intervals, a diagnosis in one sentence.

    gap(run), best_epoch(run), diagnose(run)
    interval(paired_differences(plain_runs, l2_runs))     # same seeds on both sides

A sweep is a dict {position: [Run, ...]}: for each tried strength its runs, one per seed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np

from helpers import reference
from helpers.experiment import Run
from helpers.formatting import nats, plural
from helpers.validation import check_int, check_number

# --- One run ------------------------------------------------------------------------------


def gaps(run: Run) -> np.ndarray:
    """Validation minus training data loss after each epoch, in nats: (epochs,)."""
    return np.asarray(run.validation_loss, float) - np.asarray(run.train_loss, float)


def gap(run: Run) -> float:
    """Validation minus training data loss after the last epoch, in nats.

    Raises:
        ValueError: If the run holds no epoch.
    """
    return float(gaps(_trained(run))[-1])


def final_loss(run: Run) -> float:
    """The validation data loss after the last epoch, in nats; infinite if the run diverged.

    Raises:
        ValueError: If the run did not diverge and holds no epoch.
    """
    return math.inf if run.diverged else float(_trained(run).validation_loss[-1])


def best_epoch(run: Run) -> int:
    """The epoch of the lowest validation data loss, counted from 1; the first of equals.

    That loss flatters: it is the luckiest of many. Its excess over what the next data will
    show grows with the noise of the curve.

    Raises:
        ValueError: If the run holds no epoch.
    """
    return int(np.argmin(_trained(run).validation_loss)) + 1


def norm(arrays: Iterable[np.ndarray]) -> float:
    """The root of the sum of squares of all numbers in all arrays."""
    return math.sqrt(sum(float(np.sum(np.square(a, dtype=float))) for a in arrays))


def norms(run: Run) -> np.ndarray:
    """The root of the sum of squares of each kernel, from input to output: (layers,)."""
    return np.array([norm([kernel]) for kernel in run.kernels])


class Zeros(NamedTuple):
    """How many weights are exactly 0, and of how many."""

    zeros: int
    weights: int


def exact_zeros(run: Run) -> Zeros:
    """How many weights of the penalised kernels are exactly 0: not merely small."""
    kernels = run.penalised_kernels
    return Zeros(
        sum(int(np.count_nonzero(kernel == 0)) for kernel in kernels),
        sum(kernel.size for kernel in kernels),
    )


# --- How sure -----------------------------------------------------------------------------


class Interval(NamedTuple):
    """A mean and the interval around it; `half` is half its width."""

    mean: float
    low: float
    high: float
    half: float

    def __str__(self):
        return f"{self.mean:.3g} ± {self.half:.2g}"


def interval(values, confidence: float = 0.95) -> Interval:
    """The mean of some numbers and its t-interval.

    mean ± t * s / sqrt(n), with s the standard deviation (divided by n - 1) and t the
    quantile of Student's distribution with n - 1 degrees of freedom: 2.78 for five seeds.
    Over seeds it covers the luck of weights, order and masks; not that of the rows drawn.

    Args:
        values: At least two finite numbers.
        confidence: The share of such intervals that hold the true mean, between 0 and 1.

    Raises:
        ValueError: If there are fewer than two, one is not finite, or the confidence is not
            between 0 and 1.
    """
    values = np.asarray(list(values), float)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"values of shape {values.shape}: must be at least two numbers")
    if not np.isfinite(values).all():
        raise ValueError(f"values={values.tolist()!r}: must be finite")
    mean = float(values.mean())
    half = t_quantile(len(values) - 1, confidence) * _standard_error(values)
    return Interval(mean, mean - half, mean + half, half)


def t_quantile(freedom: int, confidence: float = 0.95) -> float:
    """The t within whose ±t Student's distribution has the given share.

    Exact for whole degrees of freedom: the share is a finite sum in the angle
    arctan(t / sqrt(freedom)) (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4), which grows
    with t and is solved by halving.

    Raises:
        ValueError: If `freedom` is not whole and at least 1, or `confidence` is not
            between 0 and 1.
    """
    freedom = check_int("freedom", freedom, 1)
    check_number("confidence", confidence, 0, 1, low_allowed=False, high_allowed=False)
    low, high = 0.0, math.pi / 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _t_share(freedom, middle) < confidence else (low, middle)
    return math.sqrt(freedom) * math.tan((low + high) / 2)


def _t_share(freedom: int, angle: float) -> float:
    """The share of Student's distribution within ±sqrt(freedom) * tan(angle)."""
    cosine, sine = math.cos(angle), math.sin(angle)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = 0.0
    for k in range(1 + odd, freedom, 2):
        total += term
        term *= cosine**2 * k / (k + 1)
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


def accuracy_error(accuracy: float, rows: int) -> float:
    """sqrt(p * (1 - p) / rows): the standard error of an accuracy measured on `rows` rows.

    Differences below about two of these are noise, however many seeds agree on them.

    Raises:
        ValueError: If the accuracy is not from 0 to 1, or `rows` is not whole, at least 1.
    """
    check_number("accuracy", accuracy, 0, 1)
    check_int("rows", rows, 1)
    return math.sqrt(accuracy * (1 - accuracy) / rows)


def paired_differences(
    before: Iterable[Run], after: Iterable[Run], measure: Callable[[Run], float] = final_loss
) -> np.ndarray:
    """What changes when only the setting changes: `after` minus `before`, seed by seed.

    Both runs of a pair share rows, initial weights and order, so that luck which helps both
    cancels. `interval` of the result is narrower than two intervals compared.

    Args:
        before, after: Runs with the same seeds, in any order.
        measure: What is compared.

    Returns:
        float (seeds,), by ascending seed.

    Raises:
        ValueError: If a seed is missing on one side or is there twice.
    """
    sides = []
    for name, runs in (("before", list(before)), ("after", list(after))):
        side = {run.experiment.seed: measure(run) for run in runs}
        if not runs or len(side) < len(runs):
            seeds = [run.experiment.seed for run in runs]
            raise ValueError(f"{name}: has seeds {seeds}, must have each once, and at least one")
        sides.append(side)
    first, second = sides
    if first.keys() != second.keys():
        raise ValueError(
            f"before has seeds {sorted(first)}, after {sorted(second)}: must be the same"
        )
    return np.array([second[seed] - first[seed] for seed in sorted(first)], float)


def baseline_accuracy(y) -> float:
    """The accuracy of always answering the most frequent class: the bar to clear.

    Args:
        y: (rows,), one class a row.

    Raises:
        ValueError: If there is no row.
    """
    return float(_shares(y).max())


def baseline_loss(y) -> float:
    """The cross-entropy, in nats, of always answering with the shares of the classes.

    It is the entropy of the shares: log 2 = 0.693 for two classes of equal size.

    Raises:
        ValueError: If there is no row.
    """
    shares = _shares(y)
    return float(-np.sum(shares * np.log(shares)))


# --- A sweep ------------------------------------------------------------------------------


def sweet_spot(
    sweep: Mapping[float, list[Run]], measure: Callable[[Run], float] = final_loss
) -> float:
    """The position with the lowest mean of `measure`; the smaller of equals.

    A position where one run diverged is never chosen.

    Raises:
        ValueError: If the sweep is empty, a position has no run, or every one diverged.
    """
    means = {p: float(values.mean()) for p, values in _measured(sweep, measure).items()}
    best = min(means, key=means.__getitem__)
    if math.isinf(means[best]):
        raise ValueError("sweep: at every position a run diverged")
    return best


def one_standard_error(
    sweep: Mapping[float, list[Run]], measure: Callable[[Run], float] = final_loss
) -> float:
    """The largest position whose mean is within one standard error of the sweet spot's.

    As good as the best, as far as these seeds can tell, and for a strength the simplest such
    network (Breiman and others 1984, section 3.4.3, chose trees so). The error is that of
    the mean over seeds: the luck of the validation rows is not in it.

    Raises:
        ValueError: As `sweet_spot`, or if the best position has fewer than two runs.
    """
    best = sweet_spot(sweep, measure)
    values = _measured(sweep, measure)
    if len(values[best]) < 2:
        raise ValueError(f"sweep: one run at {best:g}, but a standard error takes two seeds")
    bound = values[best].mean() + _standard_error(values[best])
    return max(p for p in values if values[p].mean() <= bound)


# --- Two features -------------------------------------------------------------------------


class Surface(NamedTuple):
    """P(second class) over a grid of two features.

    Attributes:
        first, second: float (steps,), the values of either feature along the grid.
        probability: float (steps, steps); rows follow `second`, as matplotlib wants it.
    """

    first: np.ndarray
    second: np.ndarray
    probability: np.ndarray


def decision_surface(run: Run, x, steps: int = 120, margin: float = 0.1) -> Surface:
    """What the network answers everywhere around the given points.

    Args:
        run: Of a network with two inputs and two classes.
        x: (rows, 2), standardised as for training; the grid covers their range.
        steps: Grid points along either feature.
        margin: How far the grid reaches beyond the range, as a fraction of it.

    Raises:
        ValueError: If the network or `x` does not have two features, the classes are not
            two, or `steps` or `margin` is out of range.
    """
    x = np.asarray(x, float)
    if x.ndim != 2 or x.shape[1] != 2 or not len(x):
        raise ValueError(f"x has shape {x.shape}: must be (rows, 2)")
    if len(run.weights[0]) != 2 or len(run.weights[-1]) != 1:
        raise ValueError(
            f"run: has {len(run.weights[0])} inputs and {len(run.weights[-1])} outputs, must "
            f"have two inputs and one output (two classes)"
        )
    steps = check_int("steps", steps, 2)
    check_number("margin", margin, 0)
    low, high = x.min(axis=0), x.max(axis=0)
    room = margin * np.where(high > low, high - low, 1.0)
    first, second = np.linspace(low - room, high + room, steps).T
    points = np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)
    logits = reference.forward(points, run.weights, run.experiment.activation)
    # Half of 1 + tanh(z / 2) is the sigmoid of z, and overflows nowhere.
    probability = (1 + np.tanh(logits[:, 0] / 2)) / 2
    return Surface(first, second, probability.reshape(steps, steps))


# --- Diagnosis ----------------------------------------------------------------------------

FEWEST_EPOCHS = 5  # fewer say nothing
RISE = 0.05  # a rise of less than 5 % of the lowest validation loss counts as none
FALL = 0.04  # nor does a fall of less than 4 % over the last fifth of the epochs
SURE = 3.0  # nor does a change of less than three times its own noise
JUMPY = 0.2  # a noise above 20 % of the loss itself
HIGH = 0.55  # a training loss above 55 % of guessing's is high
CLOSE = 1 / 3  # losses are together if the gap is below a third of the validation loss ...
TINY = 0.05  # ... or below this many nats
FAR = 2.0  # a validation loss above twice guessing's that never was better makes no sense


def diagnose(run: Run, guessing: float | None = None) -> str:
    """One sentence on what the curves of a run show, such as "Overfitting: ...".

    The end of a curve is the median of its last 20th, at least one epoch. It is compared
    with the lowest validation loss, that of `best_epoch`, but whether it counts as a rise is
    decided by the median of the five epochs around it. A change counts if it is large enough
    to matter and at least three times its own noise, which is taken from the jumps between
    epochs. The constants above say how large.

    The words before the colon are one of: "Diverged", "Too early to tell", "Unstable",
    "Recovering", "Still learning", "Overfitting", "Underfitting", "Getting worse", "Good fit",
    "Memorising, harmless so far".

    It can only tell what the curves tell. "Underfitting" means that training loss stays high
    and validation loss with it: noisy labels look the same as a network that is held too
    tight. "Good fit" does not mean that nothing better exists.

    Args:
        run: Whole or still growing.
        guessing: The loss of knowing only the shares of the classes (`baseline_loss`). None
            takes the log of the number of classes, its highest value.
    """
    if run.diverged:
        return f"Diverged: at epoch {run.diverged.epoch} {run.diverged.reason}."
    since = max((move.epoch for move in run.moves), default=0)
    moved = f"since {run.moves[-1].name} became {run.moves[-1].value:g}" if run.moves else ""
    if run.epochs - since < FEWEST_EPOCHS:
        return f"Too early to tell: {plural(run.epochs - since, 'epoch')} {moved}".strip() + "."
    guessing = _guessing(run) if guessing is None else guessing

    best = best_epoch(run)
    train, validation = _end(run.train_loss), _end(run.validation_loss)
    noise = _noise(run.validation_loss[since:])
    if noise > JUMPY * validation:
        return (
            f"Unstable: validation loss jumps by about {nats(noise)} from epoch to epoch "
            f"around {nats(validation)}."
        )
    rise = validation - float(run.validation_loss[best - 1])
    # The best epoch is the luckiest of many, so its neighbours decide whether the curve rose.
    around = np.median(run.validation_loss[max(0, best - 3) : best + 2])
    sure = SURE * math.hypot(_median_noise(5), _median_noise(_width(run.epochs)))
    risen = validation - around > max(RISE * around, sure * noise)
    falling = [
        name
        for name, curve in (("training", run.train_loss), ("validation", run.validation_loss))
        if _falls(curve[since:])
    ]
    together = validation - train < max(TINY, CLOSE * validation)
    ends = f"training about {nats(train)}, validation about {nats(validation)}"

    if risen and run.moves and "validation" in falling:
        return (
            f"Recovering: validation loss is {nats(rise)} above its best of epoch {best}, "
            f"but falling {moved}."
        )
    if not risen and validation > FAR * guessing:
        return (
            f"Unstable: validation loss {nats(validation)} is far above what guessing gives, "
            f"{nats(guessing)}, and never was much better."
        )
    if not risen and ("validation" in falling or (falling and together)):
        what = f"{' and '.join(falling)} loss {'are' if len(falling) > 1 else 'is'}"
        return f"Still learning: {what} still falling ({ends}; guessing gives {nats(guessing)})."
    if risen and train < run.train_loss[best - 1]:
        return (
            f"Overfitting: validation loss has risen {nats(rise)} since epoch {best} "
            f"while training loss fell to {nats(train)}."
        )
    if train > HIGH * guessing and together:
        how = f"have risen since epoch {best} and are high" if risen else "stay high"
        return f"Underfitting: both losses {how} ({ends}; guessing gives {nats(guessing)})."
    if risen:
        return f"Getting worse: both losses have risen since epoch {best} ({ends})."
    if together:
        return f"Good fit: the losses end close together ({ends}; guessing gives {nats(guessing)})."
    return (
        f"Memorising, harmless so far: training loss is {nats(validation - train)} below "
        f"validation loss, which has not risen beyond its noise ({ends})."
    )


def _width(epochs: int) -> int:
    """How many epochs make the end of a curve."""
    return max(1, epochs // 20)


def _end(values) -> float:
    """The median of the end of a curve: one spike does not count."""
    return float(np.median(values[-_width(len(values)) :]))


def _noise(values) -> float:
    """The standard deviation of one epoch around its trend, from the curve's second half."""
    jumps = np.diff(np.asarray(values[len(values) // 2 :], float))
    # Half of all differences of two normal numbers are below 0.954 of their deviation.
    return float(np.median(np.abs(jumps - jumps.mean()))) / 0.954


def _median_noise(n: int) -> float:
    """The noise of the median of `n` epochs, in units of that of one."""
    return 1.0 if n < 3 else 1.25 / math.sqrt(n)


def _falls(values) -> bool:
    """Whether a curve still falls over its last fifth, from its first half to its second."""
    values = np.asarray(values, float)
    last = values[-max(FEWEST_EPOCHS, len(values) // 5) :]
    half = len(last) // 2
    start, end = np.median(last[:half]), np.median(last[-half:])
    # The halves' middles lie half the stretch apart, so they show half of its fall.
    noise = math.sqrt(2) * _median_noise(half) * _noise(values)
    return bool(start - end > max(FALL / 2 * start, SURE * noise))


def _guessing(run: Run) -> float:
    return math.log(max(2, len(run.weights[-1])))


# --- Checks and small sums ----------------------------------------------------------------


def _trained(run: Run) -> Run:
    if not run.epochs:
        raise ValueError(f"{run!r}: must hold at least one epoch")
    return run


def _standard_error(values: np.ndarray) -> float:
    return float(values.std(ddof=1)) / math.sqrt(len(values))


def _shares(y) -> np.ndarray:
    y = np.asarray(y)
    if y.ndim != 1 or not len(y):
        raise ValueError(f"y has shape {y.shape}: must be (rows,), at least one row")
    return np.unique(y, return_counts=True)[1] / len(y)


def _measured(sweep, measure) -> dict[float, np.ndarray]:
    """The measures of each position, positions ascending."""
    if not sweep:
        raise ValueError("sweep: must hold at least one position")
    for position, runs in sweep.items():
        if not len(runs):
            raise ValueError(f"sweep: no run at {position:g}, must be at least one")
    return {p: np.array([measure(run) for run in sweep[p]], float) for p in sorted(sweep)}
