"""The exercises of lesson 08: double descent."""

from collections.abc import Callable

import numpy as np

from helpers.checks.verdicts import Verdict, When, any_of, judge, judge_function, wrong_at


def peak_width(answer) -> Verdict:
    """Judges: the random features at which least squares on 250 rows, 10 classes, peaks."""
    mistakes = {
        "rows times classes": 2500,
        "the number of the lesson": 300,
        "rows by classes": 25,
        "inputs for features": 40,
        "hidden weights counted": any_of(6, 7, 6.25, 10000),
        "as wide as can be": When(lambda a: float(a) > 2500),
    }
    words = """
    praise: 250 weights for 250 rows leave one way to fit, and nothing to choose
    hint: where does one output have as many weights as there are rows
    rows times classes: each of the ten outputs has weights of its own and the same 250 rows to fit,
        so the outputs do not add up
    the number of the lesson: 300 rows were the lesson's; the peak moves with the rows
    rows by classes: ten outputs with 25 features each would be 250 weights, but each output has to
        fit 250 rows with its own weights alone
    inputs for features: 40 is how many numbers a signal has; what is fitted are weights of the
        random features, however many those are
    hidden weights counted: the hidden weights are random and not learned, so they fit nothing;
        count what is learned for one output
    as wide as can be: the widest model fits the rows in endlessly many ways, and a tame one is
        taken; the worst can fit them in just one
    """
    return judge(answer, 250, mistakes, words)


_RIDGES = (
    ([[1.0, 2], [0, 1], [3, -1]], [[1.0, 0], [0, 1], [2, -1]], 0.5),
    ([[1.0, 2, 0, 1], [0.5, -1, 3, 2]], [[1.0], [-2]], 2.0),
)


def _ridge(f, y, strength):
    return np.linalg.solve(f.T @ f + strength * np.eye(f.shape[1]), f.T @ y)


def ridge_weights(function: Callable) -> Verdict:
    """Judges: function(features, targets, strength), weights of ridge regression."""
    mistakes = {
        "penalty forgotten": lambda f, y, s: np.linalg.lstsq(f, y, rcond=None)[0],
        "ones for the identity": lambda f, y, s: np.linalg.solve(f.T @ f + s, f.T @ y),
        "strength squared": lambda f, y, s: _ridge(f, y, s**2),
        "mean for sum": lambda f, y, s: _ridge(f, y, s * len(f)),
        "half of it": lambda f, y, s: _ridge(f, y, s / 2),
        "twice of it": lambda f, y, s: _ridge(f, y, 2 * s),
        "wrong sign": lambda f, y, s: _ridge(f, y, -s),
    }
    words = """
    praise: no singular value is divided by alone any more
    hint: solve (Fᵀ F + λ I) w = Fᵀ y, with the identity as large as there are features
    penalty forgotten: this is least squares; the strength has no say in it
    ones for the identity: a number added to a matrix is added to every entry; it belongs on the
        diagonal only: strength * np.eye(...)
    strength squared: the strength enters as it stands: the slope of λ Σw² is 2 λ w, not 2 λ² w
    mean for sum: this belongs to a mean of squared errors; here they are summed
    half of it: both squares have the factor 2 in their slopes, so it cancels
    twice of it: λ Σw² has the slope 2 λ w, but the squared errors have a 2 as well: it cancels
    wrong sign: the penalty pulls weights towards 0: it is added to the diagonal, not taken off
    """
    return judge_function(function, _ridge, _RIDGES, mistakes, words)


_DESCENTS = (
    (
        [4, 8, 16, 32, 64, 128, 256],
        [0.6, 0.4, 0.2, 0, 0, 0, 0],
        [0.50, 0.42, 0.47, 0.62, 0.55, 0.45, 0.38],
    ),
    ([10, 20, 40, 80, 160, 320], [0.5, 0.3, 0.1, 0.05, 0, 0], [0.66, 0.72, 0.40, 0.55, 0.60, 0.43]),
)


def read_descent(function: Callable) -> Verdict:
    """Judges: function(widths, train_error, error): (bottom of the U, threshold, best width)."""

    def places(widths, train, error):
        threshold = np.flatnonzero(train == 0)[0]
        return np.argmin(error[:threshold]), threshold, np.argmin(error)

    def widths_at(choose):
        """A function of the widths at the places that `choose(bottom, threshold, best)` gives."""
        return lambda w, t, e: tuple(w[place] for place in choose(*places(w, t, e)))

    mistakes = {
        "places for widths": places,
        "errors for widths": lambda w, t, e: (
            e[places(w, t, e)[0]],
            w[places(w, t, e)[1]],
            e.min(),
        ),
        "bottom of the whole curve": widths_at(lambda u, threshold, best: (best, threshold, best)),
        "best only within the U": widths_at(lambda u, threshold, best: (u, threshold, u)),
        "last width for threshold": widths_at(lambda u, threshold, best: (u, -1, best)),
        "highest error for threshold": When(
            lambda a: [x[1] for x in a] == [w[np.argmax(e)] for w, _, e in _DESCENTS]
        ),
        # the first of the widths whose training error is lowest is the threshold
        "training error trusted": widths_at(lambda u, threshold, best: (u, threshold, threshold)),
    }
    words = """
    praise: three widths, and a textbook that stops at the second sees only the U
    hint: np.flatnonzero(train_error == 0)[0] is the place of the threshold; look for the lowest
        error before it, then for the lowest of all
    places for widths: these are places in the arrays; the question asks for widths
    errors for widths: these are the lowest errors; give the widths that have them
    bottom of the whole curve: the bottom of the U is the lowest error before the threshold; beyond
        it another descent begins
    best only within the U: the best of all may lie beyond the peak; look at all widths for it
    last width for threshold: the threshold is the first width that fits every row, not the last
    highest error for threshold: the highest error can also be that of a network too small for
        anything; the threshold is told by the training error
    training error trusted: the best width is the best on new rows; every width beyond the threshold
        has the same training error
    """
    return judge_function(function, widths_at(lambda *right: right), _DESCENTS, mistakes, words)


_SHOWN = ("yes", "no", "no", "yes", "no")


def what_was_shown(answer) -> Verdict:
    """Judges: which of the five sentences of the exercise lesson 08 has shown."""
    mistakes = {
        "the peak denied": wrong_at(_SHOWN, 0),
        "bigger is always better": wrong_at(_SHOWN, 1),
        "weights counted against rows": wrong_at(_SHOWN, 2),
        "the penalty's part overlooked": wrong_at(_SHOWN, 3),
        "more data blamed": wrong_at(_SHOWN, 4),
    }
    words = """
    praise: two were shown, and three claim more than we saw
    hint: answer each with "yes" or "no", five words in a row
    the peak denied: look at a) again: with right labels, too, 300 features were the worst
    bigger is always better: look at b) again: 32 units with a penalty beat 256 without
    weights counted against rows: look at c) again: the network's peak came at about twice as many
        weights as rows, and where it comes depends on the training
    the penalty's part overlooked: look at d) again: with λ = 0.003 no step in width hurt much
    more data blamed: look at e) again: more rows hurt a model of fixed width without a penalty, and
        only on the way to the threshold
    """
    return judge(answer, _SHOWN, mistakes, words)
