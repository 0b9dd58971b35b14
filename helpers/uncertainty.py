"""How certain a network is, and whether it is right to be: calibration and Monte-Carlo dropout.

    calibration(y, model.predict(x), bins=10)       # what a reliability diagram shows
    passes = dropout_passes(run, x, passes=100)     # as `model(x, training=True)`, a hundred times
    uncertainty(passes)                             # mean, standard deviation, entropy, ...

A network with two classes gives the probability of the second class, (rows,) or (rows, 1); with
more classes it gives (rows, classes). Every function here takes what Keras's `predict` returns.
"""

from typing import NamedTuple

import numpy as np

from helpers import reference
from helpers.experiment import Run
from helpers.validation import check_int, check_number

# --- Calibration --------------------------------------------------------------------------


class Calibration(NamedTuple):
    """How often predictions of each confidence are right; one entry per bin of confidence.

    Attributes:
        centre: float (bins,), the middle of each bin; the bins divide 0 to 1 evenly.
        accuracy: float (bins,), the fraction of the bin's rows that are predicted correctly; NaN
            in an empty bin.
        confidence: float (bins,), the mean confidence of the bin's rows; NaN in an empty bin.
        count: int (bins,), how many rows are in the bin.
        expected_error: The expected calibration error (ECE), from 0 to 1: the mean over all rows
            of |accuracy - confidence| of their bin.
    """

    centre: np.ndarray
    accuracy: np.ndarray
    confidence: np.ndarray
    count: np.ndarray
    expected_error: float


def calibration(y, p, bins: int = 10) -> Calibration:
    """Compare confidence with accuracy, bin by bin, as a reliability diagram shows it.

    The confidence of a prediction is the probability of the predicted class. It is calibrated if,
    of all predictions with confidence c, the fraction c is right. Bin m of M holds the confidences
    above (m - 1) / M, up to m / M; with two classes none is below 1/2.

    The expected calibration error depends on the bins, and with few rows it is above 0 even for
    calibrated predictions: compare networks on the same rows with the same bins.

    Args:
        y: int (rows,), the classes, counted from 0.
        p: Probabilities, (rows,), (rows, 1) or (rows, classes).
        bins: How many bins, at least 1.

    Source: Guo, Pleiss, Sun and Weinberger (2017), section 2, arXiv:1706.04599.

    Raises:
        ValueError: If an argument is not as described.
    """
    bins, p = check_int("bins", bins, 1), probabilities(p)
    y = np.asarray(y)
    if y.shape != (len(p),) or not np.isin(y, np.arange(p.shape[1])).all():
        raise ValueError(
            f"y has shape {y.shape}: must be ({len(p)},), whole numbers from 0 to {p.shape[1] - 1}"
        )
    confidence, right = p.max(axis=1), p.argmax(axis=1) == y
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, confidence) - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):  # 0 / 0 in an empty bin
        accuracy, mean = (
            np.bincount(place, weights=values, minlength=bins) / count
            for values in (right, confidence)
        )
    gaps = np.abs(accuracy - mean)[count > 0]
    error = float(gaps @ count[count > 0] / len(p))
    return Calibration((edges[1:] + edges[:-1]) / 2, accuracy, mean, count, error)


# --- Monte-Carlo dropout ------------------------------------------------------------------


def dropout_passes(
    run: Run,
    x,
    passes: int = 100,
    *,
    rate: float | None = None,
    seed: int | np.random.Generator = 0,
) -> np.ndarray:
    """Predict with dropout left on: what `model(x, training=True)` gives, again and again.

    Each pass draws one mask for each hidden layer and uses it for all rows, so that a pass is one
    subnetwork, as in Gal and Ghahramani (2016). Keras draws a mask for each row; for any one row
    the passes have the same distribution. The first passes do not depend on how many follow.

    Args:
        run: A trained network with dropout behind each hidden layer.
        x: (rows, features), standardised as for training.
        passes: How many, at least 1.
        rate: The fraction of units that is dropped; the run's own if None.
        seed: Decides the masks; a generator goes on from where it is.

    Returns:
        float (passes, rows, classes), probabilities; of a regression (passes, rows, 1), the
        standardised numbers, whose mean and standard deviation over passes are what is wanted.

    Source: Gal and Ghahramani (2016), arXiv:1506.02142.

    Raises:
        ValueError: If an argument is not as described.
    """
    passes, rng = check_int("passes", passes, 1), np.random.default_rng(seed)
    rate = (
        run.experiment.dropout
        if rate is None
        else check_number("rate", rate, 0, 1, high_allowed=False)
    )
    found = []
    for _ in range(passes):
        weights = subnetwork(run.weights, rate, rng)
        outputs = reference.forward(x, weights, run.experiment.activation)
        found.append(softmax(outputs) if run.task.classifies else outputs)
    return np.array(found)


def subnetwork(weights, rate: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Drop units of each hidden layer: the weights of the network that is left.

    A unit that is dropped sends nothing on, and what the others send is divided by 1 - rate. Both
    are done to the rows of the next layer's kernel, so that shapes stay as they are.

    Args:
        weights: Kernel and bias of each layer, from input to output.
        rate: The fraction of units that is dropped.
        rng: Draws one number for each hidden unit.
    """
    found = [np.asarray(array, float) for array in weights]
    for layer in range(2, len(found), 2):
        units = len(found[layer])
        mask = reference.inverted_dropout(np.ones(units), rate, rng.random(units))
        found[layer] = found[layer] * mask[:, None]
    return found


class Uncertainty(NamedTuple):
    """What several passes of Monte-Carlo dropout say about each row.

    Attributes:
        mean: float (rows, classes), the mean probabilities: the prediction of Monte-Carlo dropout.
        standard_deviation: float (rows, classes), of the probabilities over passes (divided by n).
        entropy: float (rows,), of the mean probabilities, in nats: the total uncertainty.
        mutual_information: float (rows,), in nats: the entropy of the mean less the mean entropy
            of the passes. It is the part of the uncertainty in which the passes disagree
            (epistemic); what remains is there in every pass (aleatoric).
    """

    mean: np.ndarray
    standard_deviation: np.ndarray
    entropy: np.ndarray
    mutual_information: np.ndarray


def uncertainty(passes) -> Uncertainty:
    """Summarise passes of Monte-Carlo dropout.

    They say how much the network depends on its dropout masks. They are not calibrated: far from
    the training rows all passes can agree on a wrong answer.

    Args:
        passes: (passes, rows), (passes, rows, 1) or (passes, rows, classes), probabilities, as
            from `dropout_passes` or `np.stack([model(x, training=True) for _ in range(100)])`.

    Source: Houlsby, Huszár, Ghahramani and Lengyel (2011), arXiv:1112.5745, for the mutual
    information; Gal, Islam and Ghahramani (2017), arXiv:1703.02910, with dropout.

    Raises:
        ValueError: If `passes` holds no probabilities of such a shape.
    """
    passes = np.asarray(passes, float)
    if passes.ndim not in (2, 3) or not passes.size:
        raise ValueError(
            f"passes has shape {passes.shape}: must be (passes, rows) or (passes, rows, classes)"
        )
    count, rows = passes.shape[:2]
    p = probabilities(passes.reshape(count * rows, *passes.shape[2:]))
    p = p.reshape(count, rows, -1)
    mean = p.mean(axis=0)
    entropy = _entropy(mean)
    information = np.maximum(entropy - _entropy(p).mean(axis=0), 0)  # rounding apart, never below
    return Uncertainty(mean, p.std(axis=0), entropy, information)


# --- Probabilities ------------------------------------------------------------------------


def _entropy(p: np.ndarray) -> np.ndarray:
    """The entropy of probabilities along the last axis, in nats; 0 log 0 is 0."""
    return np.sum(p * -np.log(np.where(p > 0, p, 1)), axis=-1) + 0.0  # never -0


def softmax(logits: np.ndarray) -> np.ndarray:
    """Turn logits (rows, outputs) into probabilities (rows, classes); one output is a sigmoid's."""
    if logits.shape[1] == 1:
        # Half of 1 + tanh(z / 2) is the sigmoid of z, and overflows nowhere.
        return _both((1 + np.tanh(logits[:, 0] / 2)) / 2)
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def _both(p: np.ndarray) -> np.ndarray:
    """The probabilities of both classes, (rows, 2), from those of the second, (rows,)."""
    return np.column_stack([1 - p, p])


def probabilities(p) -> np.ndarray:
    """Return probabilities as (rows, classes), float64.

    Raises:
        ValueError: If they have another shape, or are not probabilities.
    """
    p = np.asarray(p, float)
    if p.ndim not in (1, 2) or not p.size:
        raise ValueError(f"p has shape {p.shape}: must be (rows,), (rows, 1) or (rows, classes)")
    if not ((p >= 0) & (p <= 1)).all():  # a NaN is refused, too
        raise ValueError(
            f"p holds {p.min():g} to {p.max():g}: must be from 0 to 1; the answers of a "
            "regression are no probabilities: take their mean(axis=0) and std(axis=0)"
        )
    if p.ndim == 1 or p.shape[1] == 1:
        return _both(p.reshape(-1))
    if np.abs(p.sum(axis=1) - 1).max() > 1e-3:
        raise ValueError("p: the probabilities of each row must sum to 1")
    return p
