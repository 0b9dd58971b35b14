"""What can be read off a `Run`: gap, best epoch, norms, intervals, a diagnosis in one sentence.

    gap(run), best_epoch(run), diagnose(run, baseline)
    balanced_accuracy(y, p), roc_auc(y, p), baseline_loss(y_train, y)    # from `helpers.scores`
    interval(paired_differences(plain_runs, l2_runs))     # same seeds on both sides
    final(runs, "validation_loss"), table({"l2(0.02)": runs})     # made in `helpers.tables`
    calibration(y, p), uncertainty(dropout_passes(run, x))     # made in `helpers.uncertainty`

A sweep is a dict {position: [Run, ...]}: for each tried strength its runs, one per seed. What is
read off one epoch raises ValueError for a run that holds none.
"""

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from helpers import reference
from helpers.data import Part, Parts
from helpers.experiment import Run
from helpers.formatting import listed, nats, plural
from helpers.scores import balanced_accuracy as balanced_accuracy
from helpers.scores import baseline_accuracy as baseline_accuracy
from helpers.scores import baseline_loss as baseline_loss
from helpers.scores import baseline_score as baseline_score
from helpers.scores import roc_auc as roc_auc
from helpers.tables import final as final
from helpers.tables import table as table
from helpers.uncertainty import calibration as calibration
from helpers.uncertainty import dropout_passes as dropout_passes
from helpers.uncertainty import softmax
from helpers.uncertainty import uncertainty as uncertainty
from helpers.validation import check_int, check_number

Pair = tuple[float, float]
Position = TypeVar("Position")

# --- One run ------------------------------------------------------------------------------


def gaps(run: Run) -> np.ndarray:
    """Validation minus training data loss after each epoch: (epochs,).

    In nats; of a regression in mean squared error of the standardised target.
    """
    return np.asarray(run.validation_loss, float) - np.asarray(run.train_loss, float)


def gap(run: Run) -> float:
    """Validation minus training data loss after the last epoch, in the unit of `gaps`."""
    return float(gaps(_trained(run))[-1])


def final_loss(run: Run) -> float:
    """The validation data loss after the last epoch; infinite if the run diverged."""
    return math.inf if run.diverged else float(_trained(run).validation_loss[-1])


def best_epoch(run: Run) -> int:
    """The epoch of the lowest validation data loss, counted from 1; the first of equals.

    As the lowest of many losses it is biased: below what new rows will show, by more the
    noisier the curve.
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
    zeros = sum(int(np.count_nonzero(kernel == 0)) for kernel in kernels)
    return Zeros(zeros, sum(kernel.size for kernel in kernels))


# --- How sure -----------------------------------------------------------------------------


def standard_error(values) -> float:
    """The standard error of a mean: the standard deviation (divided by n - 1) over sqrt(n)."""
    values = np.asarray(values, float)
    return float(values.std(ddof=1)) / math.sqrt(len(values))


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
    Over seeds it covers the randomness of weights, order and masks; not that of the rows drawn.

    Args:
        values: At least two finite numbers.
        confidence: The share of such intervals that hold the true mean, between 0 and 1.

    Raises:
        ValueError: If an argument is anything else.
    """
    values = np.asarray(list(values), float)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"values of shape {values.shape}: must be at least two numbers")
    if not np.isfinite(values).all():
        raise ValueError(f"values={values.tolist()!r}: must be finite")
    mean = float(values.mean())
    half = t_quantile(len(values) - 1, confidence) * standard_error(values)
    return Interval(mean, mean - half, mean + half, half)


def t_quantile(freedom: int, confidence: float = 0.95) -> float:
    """The t within whose ±t Student's distribution has the given share.

    Exact for whole degrees of freedom: the share is a finite sum in the angle
    arctan(t / sqrt(freedom)) (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4), which grows
    with t and is solved by halving.

    Raises:
        ValueError: If `freedom` is not whole, at least 1, or `confidence` not between 0 and 1.
    """
    freedom = check_int("freedom", freedom, 1)
    check_number("confidence", confidence, 0, 1, low_allowed=False, high_allowed=False)
    return _t_quantile(freedom, float(confidence))


@functools.lru_cache(maxsize=256)
def _t_quantile(freedom: int, confidence: float) -> float:
    low, high = 0.0, math.pi / 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _t_share(freedom, middle) < confidence else (low, middle)
    return math.sqrt(freedom) * math.tan((low + high) / 2)


def _t_share(freedom: int, angle: float) -> float:
    """The share of Student's distribution within ±sqrt(freedom) * tan(angle)."""
    cosine, sine, odd = math.cos(angle), math.sin(angle), freedom % 2
    total, term = 0.0, cosine if odd else 1.0
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


def score_error(run: Run, parts: Parts) -> float:
    """The standard error, over validation rows, of the last accuracy or R² of a run.

    Of an accuracy `accuracy_error`; of R² the standard error of the mean squared error, with the
    weights as they are now, over the variance of these rows' targets.
    """
    if parts.task.classifies:
        accuracy = min(1.0, float(_trained(run).validation_accuracy[-1]))
        return accuracy_error(accuracy, len(parts.validation))
    variance = float(np.var(parts.validation.y))
    if len(parts.validation) < 2 or not variance:
        return math.nan
    return standard_error(row_losses(run, parts.validation)) / variance


def paired_differences(
    before: Iterable[Run], after: Iterable[Run], measure: Callable[[Run], float] = final_loss
) -> np.ndarray:
    """What changes when only the hyperparameters change: `after` minus `before`, seed by seed.

    Both runs of a pair share rows, initial weights and order, so that what these do to both
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
    seeds, others = sorted(first), sorted(second)
    if seeds != others:
        raise ValueError(f"before has seeds {seeds}, after {others}: must be the same")
    return np.array([second[seed] - first[seed] for seed in seeds], float)


# --- A sweep ------------------------------------------------------------------------------


def sweet_spot(
    sweep: Mapping[float, list[Run]], measure: Callable[[Run], float] = final_loss
) -> float:
    """The position with the lowest mean of `measure`; the smaller of equals.

    A position where one run diverged is never chosen.

    Raises:
        ValueError: If the sweep is empty, a position has no run, or every one diverged.
    """
    means = {p: values.mean() for p, values in _measured(sweep, measure).items()}
    best = min(means, key=means.__getitem__)
    if math.isinf(means[best]):
        raise ValueError("sweep: at every position a run diverged")
    return best


def one_standard_error(
    sweep: Mapping[float, list[Run]], measure: Callable[[Run], float] = final_loss
) -> float:
    """The largest position that `within_one_standard_error` over seeds keeps.

    Of a regularisation strength it is the simplest network that is as good as the best, as far
    as these seeds can tell. The sampling variance of the validation rows is not in it.

    Raises:
        ValueError: As `sweet_spot`, or if the best position has fewer than two runs.
    """
    best, values = sweet_spot(sweep, measure), _measured(sweep, measure)
    if len(values[best]) < 2:
        raise ValueError(f"sweep: one run at {best:g}, but a standard error takes two seeds")
    means = {position: found.mean() for position, found in values.items()}
    return within_one_standard_error(means, standard_error(values[best]))[-1]


def within_one_standard_error(means: Mapping[Position, float], error: float) -> list[Position]:
    """The positions whose mean is at most one standard error above the lowest, ascending.

    The one-standard-error rule then takes the simplest of them (Breiman, Friedman, Olshen and
    Stone 1984, section 3.4.3; Hastie, Tibshirani and Friedman 2009, section 7.10).

    Args:
        means: What is to be low, at each position.
        error: The standard error of the lowest mean. Over what, seeds, validation rows or
            folds, is for the caller to say.
    """
    bound = min(means.values()) + error
    return [position for position in sorted(means) if means[position] <= bound]


class Marks(NamedTuple):
    """What stands out among the cells of a grid of two hyperparameters.

    Attributes:
        means: (y positions, x positions), the mean final validation loss; NaN where a run
            diverged.
        lowest: The pair with the lowest mean; None if at every one a run diverged.
        error: The standard error of that mean, over validation rows and seeds.
        as_good: The other pairs within that error of the lowest, ascending.
    """

    means: np.ndarray
    lowest: Pair | None
    error: float
    as_good: list[Pair]


def mark_grid(runs: Mapping[Pair, Sequence[Run]], positions, validation: Part) -> Marks:
    """Compare all pairs of a grid by their final validation loss.

    The standard error has two sources: the sampling variance of the validation rows, which one
    seed shows as well as ten, and the variance from seed to seed.

    Args:
        runs: {(x, y): runs, one per seed}, for every pair of positions.
        positions: Those of x, those of y.
        validation: The rows that the losses are of.
    """
    ends = {pair: np.array([final_loss(run) for run in row]) for pair, row in runs.items()}
    means = {pair: float(values.mean()) for pair, values in ends.items()}
    whole = np.array([[means[x, y] for x in positions[0]] for y in positions[1]])
    whole[np.isinf(whole)] = np.nan
    lowest = min(sorted(means), key=means.__getitem__)
    if math.isinf(means[lowest]):
        return Marks(whole, None, math.nan, [])
    rows = np.mean([row_losses(run, validation) for run in runs[lowest]], axis=0)
    error = math.hypot(*(standard_error(v) for v in (rows, ends[lowest]) if len(v) > 1))
    as_good = [pair for pair in within_one_standard_error(means, error) if pair != lowest]
    return Marks(whole, lowest, error, as_good)


def row_losses(run: Run, part: Part) -> np.ndarray:
    """The loss of each row with the weights as they are now: (rows,).

    The cross-entropy in nats, or the squared error of the standardised target.
    """
    logits = reference.forward(part.x, run.weights, run.experiment.activation)
    if not run.task.classifies:
        return (logits[:, 0] - part.y) ** 2
    if logits.shape[1] == 1:
        logits = np.hstack([np.zeros_like(logits), logits])
    return np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(part)), part.y]


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
        steps: Grid points along either feature, at least 2.
        margin: How far the grid reaches beyond the range, as a fraction of it, from 0.

    Raises:
        ValueError: If an argument is anything else.
    """
    x = np.asarray(x, float)
    if x.ndim != 2 or x.shape[1] != 2 or not len(x):
        raise ValueError(f"x has shape {x.shape}: must be (rows, 2)")
    if len(run.weights[0]) != 2 or len(run.weights[-1]) != 1 or not run.task.classifies:
        found = f"{len(run.weights[0])} inputs and {len(run.weights[-1])} outputs ({run.task.kind})"
        raise ValueError(f"run: has {found}, must have two inputs and one output (two classes)")
    steps = check_int("steps", steps, 2)
    check_number("margin", margin, 0)
    low, high = x.min(axis=0), x.max(axis=0)
    room = margin * np.where(high > low, high - low, 1.0)
    first, second = np.linspace(low - room, high + room, steps).T
    points = np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)
    logits = reference.forward(points, run.weights, run.experiment.activation)
    return Surface(first, second, softmax(logits)[:, 1].reshape(steps, steps))


# --- Diagnosis ----------------------------------------------------------------------------

FEWEST_EPOCHS = 5  # fewer say nothing
RISE = 0.05  # a rise of less than 5 % of the lowest validation loss counts as none
FALL = 0.04  # nor does a fall of less than 4 % over the last fifth of the epochs
SURE = 3.0  # nor does a change of less than three times its own noise
JUMPY = 0.2  # a noise above 20 % of the loss itself
HIGH = 0.55  # a training loss above 55 % of the baseline's is high
CLOSE = 1 / 3  # losses are together if the gap is below a third of the validation loss ...
TINY = 0.05  # ... or below this many nats, or this part of the variance of the target
FAR = 2.0  # a validation loss above twice the baseline's that never was better makes no sense


def undiagnosed(run: Run) -> str | None:
    """One sentence on why the curves of a run tell nothing yet; None if they tell something."""
    if run.diverged:
        return f"Diverged: at epoch {run.diverged.epoch} {run.diverged.reason}."
    lasted = run.epochs - max((move.epoch for move in run.moves), default=0)
    if lasted < FEWEST_EPOCHS:
        return f"Too early to tell: {plural(lasted, 'epoch')}{_since_move(run)}."
    return None


def diagnose(run: Run, baseline: float) -> str:
    """One sentence on what the curves of a run show, such as "Overfitting: ...".

    The end of a curve is the median of its last 20th, at least one epoch. It is compared with the
    median of the five epochs around `best_epoch`. A change counts if it is large enough to matter
    (the constants above) and at least three times its own noise, which is taken from the jumps
    between epochs.

    The words before the colon are one of: "Diverged", "Too early to tell", "Unstable",
    "Recovering", "Still learning", "Overfitting", "Underfitting", "Getting worse", "Good fit",
    "Memorising, harmless so far".

    It can only tell what the curves tell. "Underfitting" means that both losses stay high: noisy
    labels look the same as too strong a regularisation. "Good fit" does not mean that nothing
    better exists.

    Args:
        run: Whole or still growing.
        baseline: `baseline_loss(parts.train.y, parts.validation.y)`.
    """
    if nothing := undiagnosed(run):
        return nothing
    since = max((move.epoch for move in run.moves), default=0)
    best = best_epoch(run)
    train, validation = _end(run.train_loss), _end(run.validation_loss)
    noise = _noise(run.validation_loss[since:])
    curves = {"training": run.train_loss, "validation": run.validation_loss}
    falling = [name for name, curve in curves.items() if _falls(curve[since:])]
    if noise > JUMPY * validation and "validation" not in falling:
        return (
            f"Unstable: validation loss jumps by about {nats(noise)} from epoch to epoch "
            f"around {nats(validation)}."
        )
    rise = validation - float(run.validation_loss[best - 1])
    # The lowest of many is low by chance too, so its neighbours decide whether the curve rose.
    around = np.median(run.validation_loss[max(0, best - 3) : best + 2])
    sure = SURE * math.hypot(_median_noise(5), _median_noise(_width(run.epochs)))
    # A curve whose best epochs are its last has not risen, however steep it falls.
    before_end = best <= run.epochs - _width(run.epochs)
    risen = before_end and validation - around > max(RISE * around, sure * noise)
    together = validation - train < max(TINY, CLOSE * validation)
    ends = f"training about {nats(train)}, validation about {nats(validation)}"

    if risen and run.moves and "validation" in falling:
        return (
            f"Recovering: validation loss is {nats(rise)} above its best of epoch {best}, "
            f"but falling{_since_move(run)}."
        )
    if not risen and ("validation" in falling or (falling and together)):
        what = f"{' and '.join(falling)} loss {'are' if len(falling) > 1 else 'is'}"
        return f"Still learning: {what} still falling ({ends}; baseline {nats(baseline)})."
    if not risen and validation > FAR * baseline:
        return (
            f"Unstable: validation loss {nats(validation)} is far above the baseline, "
            f"{nats(baseline)}, and never was much better."
        )
    if risen and train < run.train_loss[best - 1]:
        return (
            f"Overfitting: validation loss has risen {nats(rise)} since epoch {best} "
            f"while training loss fell to {nats(train)}."
        )
    if train > HIGH * baseline and together:
        how = f"have risen since epoch {best} and are high" if risen else "stay high"
        return f"Underfitting: both losses {how} ({ends}; baseline {nats(baseline)})."
    if risen:
        return f"Getting worse: both losses have risen since epoch {best} ({ends})."
    if together:
        return f"Good fit: the losses end close together ({ends}; baseline {nats(baseline)})."
    return (
        f"Memorising, harmless so far: training loss is {nats(validation - train)} below "
        f"validation loss, which has not risen beyond its noise ({ends})."
    )


def _since_move(run: Run) -> str:
    return f" since {run.moves[-1].name} became {run.moves[-1].value:g}" if run.moves else ""


def _width(epochs: int) -> int:
    """How many epochs make the end of a curve."""
    return max(1, epochs // 20)


def _end(values) -> float:
    """The median of the end of a curve: one spike does not count."""
    return float(np.median(values[-_width(len(values)) :]))


def _noise(values) -> float:
    """The standard deviation of one epoch around a smooth trend, from the curve's second half."""
    values = np.asarray(values, float)
    bends = np.diff(values[min(len(values) // 2, len(values) - FEWEST_EPOCHS) :], n=2)
    # Of a - 2 b + c the variance is 6 times that of each; half of all normal numbers are
    # within 0.6745 deviations. A curve that only bends as it levels off shows next to none.
    return float(np.median(np.abs(bends))) / (0.6745 * math.sqrt(6))


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
    steady = (np.diff(last) < 0).all()  # of five values that are noise, one time in 120
    noise = 0 if steady else math.sqrt(2) * _median_noise(half) * _noise(values)
    return bool(start - end > max(FALL / 2 * start, SURE * noise))


# --- Checks and small sums ----------------------------------------------------------------


def _trained(run: Run) -> Run:
    if not run.epochs:
        raise ValueError(f"{run!r}: must hold at least one epoch")
    return run


def _measured(sweep, measure) -> dict[float, np.ndarray]:
    """The measures of each position, positions ascending."""
    if not sweep:
        raise ValueError("sweep: must hold at least one position")
    if empty := [f"{position:g}" for position, runs in sweep.items() if not len(runs)]:
        raise ValueError(f"sweep: no run at {listed(empty)}, must be at least one")
    return {p: np.array([measure(run) for run in sweep[p]], float) for p in sorted(sweep)}
