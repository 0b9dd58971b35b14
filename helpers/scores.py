"""Scores of predictions, and what a model scores that ignores the features.

    p = model.predict(parts.validation.x)
    balanced_accuracy(parts.validation.y, p), roc_auc(parts.validation.y, p)
    baseline_accuracy(parts.train.y, parts.validation.y)

Where one class is rare, an accuracy says little: naming the other class each time scores high.
"""

import numpy as np

from helpers import reference
from helpers.uncertainty import probabilities

# --- Classes of unequal size --------------------------------------------------------------


def balanced_accuracy(y, p) -> float:
    """The mean, over the classes, of the fraction of a class's rows that is predicted correctly.

    0.5 for naming one of two classes each time, whatever their shares are.

    Args:
        y: int (rows,), the classes, counted from 0.
        p: Probabilities, (rows,) or (rows, 1) of the second class, or (rows, classes): what
            Keras's `predict` returns.

    Source: Brodersen, Ong, Stephan and Buhmann (2010), "The balanced accuracy and its posterior
    distribution"; `balanced_accuracy_score` of scikit-learn.

    Raises:
        ValueError: If an argument is not as described.
    """
    y, p = _scored(y, p)
    right = p.argmax(axis=1) == y
    return float(np.mean([right[y == c].mean() for c in np.unique(y)]))


def roc_auc(y, p) -> float:
    """The area under the ROC curve, from 0 to 1: how well the predictions sort the rows.

    The probability that of two rows of different classes the one of the second class was given
    the higher probability, ties counting half (the Mann-Whitney statistic). 0.5 is chance. With
    more than two classes, the mean over them of each one against all others. No threshold plays
    a part, and neither do the shares of the classes.

    Args:
        y: int (rows,), the classes, counted from 0; at least two of them.
        p: As for `balanced_accuracy`.

    Source: Hanley and McNeil (1982), "The meaning and use of the area under a receiver operating
    characteristic (ROC) curve"; `roc_auc_score` of scikit-learn, with multi_class="ovr".

    Raises:
        ValueError: If an argument is not as described, or `y` holds one class only.
    """
    y, p = _scored(y, p)
    held = np.unique(y)
    if len(held) < 2:
        raise ValueError(f"y: holds class {held[0]} only; ROC AUC needs rows of two classes")
    classes = [1] if p.shape[1] == 2 else held
    return float(np.mean([_auc(y == c, p[:, c]) for c in classes]))


def _auc(positive: np.ndarray, score: np.ndarray) -> float:
    """The share of pairs, one row of either kind, that the score sorts; ties count half."""
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]  # the mean rank of equal scores
    n = int(positive.sum())
    return (ranks[positive].sum() - n * (n + 1) / 2) / (n * (len(positive) - n))


def _scored(y, p) -> tuple[np.ndarray, np.ndarray]:
    """The classes, and the probabilities as (rows, classes)."""
    p, y = probabilities(p), np.asarray(y)
    if y.shape != (len(p),) or not np.isin(y, np.arange(p.shape[1])).all():
        raise ValueError(
            f"y has shape {y.shape}: must be ({len(p)},), whole numbers from 0 to {p.shape[1] - 1}"
        )
    return y.astype(np.int64), p


# --- The baseline -------------------------------------------------------------------------


def baseline_score(y_train, y=None) -> float:
    """Compute the score of a model that ignores the features: its accuracy or its R².

    Of classes it is `baseline_accuracy`; of numbers the R² of the training rows' mean, which is 0
    or a little less on other rows. Arguments and errors are those of `baseline_accuracy`.
    """
    if not _are_numbers(y_train):
        return baseline_accuracy(y_train, y)
    train, scored = _numbers(y_train, y)
    return reference.r_squared(np.full(len(scored), train.mean()), scored)


def baseline_accuracy(y_train, y=None) -> float:
    """Compute the accuracy of always predicting the majority class of the training rows.

    Args:
        y_train: (rows,), the classes of the training rows; of equally frequent ones the
            first counts as the majority.
        y: (rows,), the classes of the rows that are scored; the training rows if None.

    Raises:
        ValueError: If there is no row.
    """
    counts, scored = _counted(y_train, y)
    return float(np.mean(scored == np.argmax(counts)))


def baseline_loss(y_train, y=None) -> float:
    """Compute the loss of a model that ignores the features.

    Of classes it is the cross-entropy, in nats, of always predicting the training class
    frequencies. Scored on the training rows it is the entropy of the frequencies: log 2 = 0.693
    for two classes of equal size. A class that no training row has is given the frequency of one
    row. Of numbers (floats that are not all whole) it is the mean squared error of always
    predicting the training rows' mean: 1 on training rows whose target is standardised.

    Arguments and errors are those of `baseline_accuracy`.
    """
    if _are_numbers(y_train):
        train, scored = _numbers(y_train, y)
        return reference.mean_squared_error(np.full(len(scored), train.mean()), scored)
    counts, scored = _counted(y_train, y)
    counts = counts.clip(min=1)
    return float(np.mean(np.log(counts.sum() / counts[scored])))


def _are_numbers(y) -> bool:
    """Whether targets are those of a regression: floats that are not all whole."""
    y = np.asarray(y)
    return y.dtype.kind == "f" and bool((y != np.floor(y)).any())


def _numbers(y_train, y) -> list[np.ndarray]:
    """The targets of the training rows and of the scored rows, float64 (rows,)."""
    found = [np.asarray(y_train, float), np.asarray(y_train if y is None else y, float)]
    for values in found:
        if values.ndim != 1 or not len(values):
            raise ValueError(f"y has shape {values.shape}: must be (rows,), at least one row")
    return found


def _counted(y_train, y) -> tuple[np.ndarray, np.ndarray]:
    """How many training rows each class has, and the class index of each scored row."""
    found = [np.asarray(y_train), np.asarray(y_train if y is None else y)]
    for labels in found:
        if labels.ndim != 1 or not len(labels):
            raise ValueError(f"y has shape {labels.shape}: must be (rows,), at least one row")
    classes, index = np.unique(np.concatenate(found), return_inverse=True)
    n = len(found[0])
    return np.bincount(index[:n], minlength=len(classes)), index[n:]
