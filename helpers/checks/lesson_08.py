"""The exercises of lesson 08: double descent."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers.checks.verdicts import Mistake, Verdict, When, judge, judge_function


def peak_width(answer) -> Verdict:
    """Judges: the random features at which least squares on 250 rows, 10 classes, peaks."""
    return judge(
        answer,
        250,
        [
            Mistake(
                "rows times classes",
                2500,
                "each of the ten outputs has weights of its own and the same 250 rows to fit, so "
                "the outputs do not add up",
            ),
            Mistake(
                "the number of the lesson",
                300,
                "300 was the number of rows in the lesson, and the peak moves with the rows",
            ),
            Mistake(
                "rows by classes",
                25,
                "ten outputs with 25 features each would be 250 weights, but each output has to "
                "fit 250 rows with its own weights alone",
            ),
            Mistake(
                "inputs for features",
                40,
                "40 is how many numbers a signal has; what is fitted are weights of the random "
                "features, however many those are",
            ),
            Mistake(
                "hidden weights counted",
                When(lambda a: a in (6, 7, 6.25, 10000)),
                "the hidden weights are drawn by lot and not learned, so they fit nothing; count "
                "what is learned for one output",
            ),
            Mistake(
                "as wide as can be",
                When(lambda a: float(a) > 2500),
                "the widest model fits the rows in endlessly many ways, and a tame one is taken; "
                "the worst can fit them in just one",
            ),
        ],
        praise="250 weights for 250 rows leave one way to fit, and nothing to choose",
        hint="where does one output have as many weights as there are rows",
    )


_RIDGES = (
    (np.array([[1.0, 2], [0, 1], [3, -1]]), np.array([[1.0, 0], [0, 1], [2, -1]]), 0.5),
    (np.array([[1.0, 2, 0, 1], [0.5, -1, 3, 2]]), np.array([[1.0], [-2]]), 2.0),
)


def _ridge(f, y, strength):
    return np.linalg.solve(f.T @ f + strength * np.eye(f.shape[1]), f.T @ y)


def ridge_weights(function: Callable) -> Verdict:
    """Judges: function(features, targets, strength), weights of ridge regression."""
    return judge_function(
        function,
        _ridge,
        _RIDGES,
        [
            Mistake(
                "penalty forgotten",
                lambda f, y, s: np.linalg.lstsq(f, y, rcond=None)[0],
                "this is least squares; the strength has no say in it",
            ),
            Mistake(
                "ones for the identity",
                lambda f, y, s: np.linalg.solve(f.T @ f + s, f.T @ y),
                "a number added to a matrix is added to every entry; it belongs on the diagonal "
                "only: strength * np.eye(...)",
            ),
            Mistake(
                "strength squared",
                lambda f, y, s: _ridge(f, y, s**2),
                "the strength enters as it stands: the slope of λ Σw² is 2 λ w, not 2 λ² w",
            ),
            Mistake(
                "mean for sum",
                lambda f, y, s: _ridge(f, y, s * len(f)),
                "this is right beside a mean of squared errors; here they are summed, so leave "
                "out the number of rows",
            ),
            Mistake(
                "half of it",
                lambda f, y, s: _ridge(f, y, s / 2),
                "both squares have the factor 2 in their slopes, so it cancels",
            ),
            Mistake(
                "twice of it",
                lambda f, y, s: _ridge(f, y, 2 * s),
                "the slope of λ Σw² is 2 λ w, but that of the squared errors has a 2 as well, so "
                "it cancels",
            ),
            Mistake(
                "wrong sign",
                lambda f, y, s: _ridge(f, y, -s),
                "the penalty pulls weights towards 0, so it is added to the diagonal, not taken "
                "off",
            ),
        ],
        praise="no singular value is divided by alone any more",
        hint="solve (Fᵀ F + λ I) w = Fᵀ y, with the identity as large as there are features",
    )


_DESCENTS = (
    (
        np.array([4, 8, 16, 32, 64, 128, 256]),
        np.array([0.6, 0.4, 0.2, 0, 0, 0, 0]),
        np.array([0.50, 0.42, 0.47, 0.62, 0.55, 0.45, 0.38]),
    ),
    (
        np.array([10, 20, 40, 80, 160, 320]),
        np.array([0.5, 0.3, 0.1, 0.05, 0, 0]),
        np.array([0.66, 0.72, 0.40, 0.55, 0.60, 0.43]),
    ),
)


def read_descent(function: Callable) -> Verdict:
    """Judges: function(widths, train_error, error): (bottom of the U, threshold, best width)."""

    def threshold(widths, train):
        return int(np.flatnonzero(train == 0)[0])

    def read(widths, train, error):
        at = threshold(widths, train)
        return widths[np.argmin(error[:at])], widths[at], widths[np.argmin(error)]

    return judge_function(
        function,
        read,
        _DESCENTS,
        [
            Mistake(
                "places for widths",
                lambda w, t, e: tuple(int(np.flatnonzero(w == x)[0]) for x in read(w, t, e)),
                "these are places in the arrays; the question asks for widths",
            ),
            Mistake(
                "errors for widths",
                lambda w, t, e: (e[: threshold(w, t)].min(), w[threshold(w, t)], e.min()),
                "the lowest errors are found; the question asks for the widths that have them",
            ),
            Mistake(
                "bottom of the whole curve",
                lambda w, t, e: (w[np.argmin(e)], w[threshold(w, t)], w[np.argmin(e)]),
                "the bottom of the U is the lowest error before the threshold; beyond it another "
                "descent begins",
            ),
            Mistake(
                "best only within the U",
                lambda w, t, e: (read(w, t, e)[0], w[threshold(w, t)], read(w, t, e)[0]),
                "the best of all may lie beyond the peak; look at all widths for it",
            ),
            Mistake(
                "last width for threshold",
                lambda w, t, e: (read(w, t, e)[0], w[-1], w[np.argmin(e)]),
                "the threshold is the first width that fits every training row, not the last",
            ),
            Mistake(
                "highest error for threshold",
                When(lambda a: [x[1] for x in a] == [w[np.argmax(e)] for w, _, e in _DESCENTS]),
                "the highest error can also be that of a network too small for anything; the "
                "threshold is told by the training error",
            ),
            Mistake(
                "training error trusted",
                lambda w, t, e: (read(w, t, e)[0], w[threshold(w, t)], w[np.argmin(t)]),
                "the best width is the best on new rows; every width beyond the threshold has the "
                "same training error",
            ),
        ],
        praise="three widths, and a textbook that stops at the second sees only the U",
        hint="np.flatnonzero(train_error == 0)[0] is the place of the threshold; look for the "
        "lowest error before it, then for the lowest of all",
    )


_SHOWN = ("yes", "no", "no", "yes", "no")


def what_was_shown(answer) -> Verdict:
    """Judges: which of the five sentences of the exercise lesson 08 has shown."""

    def wrong_at(place):
        def test(given):
            given = tuple(str(word).strip().lower() for word in given)
            well_formed = len(given) == len(_SHOWN) and set(given) <= {"yes", "no"}
            return well_formed and given[place] != _SHOWN[place]

        return When(test)

    return judge(
        answer,
        _SHOWN,
        [
            Mistake(
                "the peak denied",
                wrong_at(0),
                "look at a) again: with right labels, too, the formula was at its worst at 300 "
                "features",
            ),
            Mistake(
                "bigger is always better",
                wrong_at(1),
                "look at b) again: a network of 32 units with a penalty beat one of 256 without",
            ),
            Mistake(
                "weights counted against rows",
                wrong_at(2),
                "look at c) again: the network's peak came at about twice as many weights as rows, "
                "and where it comes depends on the training",
            ),
            Mistake(
                "the penalty's part overlooked",
                wrong_at(3),
                "look at d) again: with λ = 0.003 no step in width made the network much worse",
            ),
            Mistake(
                "more data blamed",
                wrong_at(4),
                "look at e) again: more rows hurt a model of fixed width without a penalty, and "
                "only on the way to the threshold",
            ),
        ],
        praise="two were shown, and three claim more than we saw",
        hint='answer each with "yes" or "no", five words in a row',
    )
