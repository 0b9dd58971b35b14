"""The exercises on double descent: right answers pass, each misconception gets its own hint."""

import numpy as np

from helpers import checks
from tests.verdicts import Judged


def ridge(features, targets, strength):
    """By least squares on rows that stand for the penalty: an independent way."""
    n = features.shape[1]
    longer = np.vstack([features, np.sqrt(strength) * np.eye(n)])
    return np.linalg.lstsq(longer, np.vstack([targets, np.zeros((n, targets.shape[1]))]), None)[0]


def other_form(f, y, strength):
    return f.T @ np.linalg.solve(f @ f.T + strength * np.eye(len(f)), y)


def read(widths, train_error, error):
    before = [w for w, t in zip(widths, train_error, strict=True) if t > 0]
    at = dict(zip(widths, error, strict=True))
    threshold = next(w for w, t in zip(widths, train_error, strict=True) if t == 0)
    return min(before, key=at.get), threshold, min(widths, key=at.get)


def places(widths, train_error, error):
    return [list(widths).index(width) for width in read(widths, train_error, error)]


def swapped(place, choose):
    """`read` with one of its three answers replaced."""

    def answer(widths, train_error, error):
        found = list(read(widths, train_error, error))
        found[place] = choose(widths, train_error, error)
        return tuple(found)

    return answer


def highest(widths, train_error, error):
    return widths[error.argmax()]


def lowest(widths, train_error, error):
    return widths[error.argmin()]


# exercise: (right answers, {mistake: an answer that shows it})
EXERCISES = {
    checks.peak_width: (
        [250, 250.0, np.int64(250)],
        {
            "rows times classes": 250 * 10,
            "the number of the lesson": 300,
            "rows by classes": 250 / 10,
            "inputs for features": 40,
            "hidden weights counted": 250 / 40,
            "as wide as can be": 100_000,
        },
    ),
    checks.ridge_weights: (
        [ridge, other_form],
        {
            "penalty forgotten": lambda f, y, s: np.linalg.pinv(f) @ y,
            "ones for the identity": lambda f, y, s: np.linalg.solve(
                f.T @ f + s * np.ones((f.shape[1],) * 2), f.T @ y
            ),
            "strength squared": lambda f, y, s: ridge(f, y, s * s),
            "mean for sum": lambda f, y, s: ridge(f, y, len(f) * s),
            "half of it": lambda f, y, s: ridge(f, y, 0.5 * s),
            "twice of it": lambda f, y, s: ridge(f, y, s + s),
            "wrong sign": lambda f, y, s: other_form(f, y, -s),
        },
    ),
    checks.read_descent: (
        [read, lambda w, t, e: list(read(w, t, e))],
        {
            "places for widths": places,
            "errors for widths": lambda w, t, e: [min(e[t > 0]), w[t == 0][0], min(e)],
            "bottom of the whole curve": swapped(0, lowest),
            "best only within the U": swapped(2, lambda w, t, e: read(w, t, e)[0]),
            "last width for threshold": swapped(1, lambda w, t, e: w[-1]),
            "highest error for threshold": swapped(1, highest),
            "training error trusted": swapped(2, lambda w, t, e: w[t.argmin()]),
        },
    ),
    checks.what_was_shown: (
        [("yes", "no", "no", "yes", "no"), ["Yes", "No", "no", "yes ", "no"]],
        {
            "the peak denied": ("no", "no", "no", "yes", "no"),
            "bigger is always better": ("yes", "yes", "no", "yes", "no"),
            "weights counted against rows": ("yes", "no", "yes", "yes", "no"),
            "the penalty's part overlooked": ("yes", "no", "no", "no", "no"),
            "more data blamed": ("yes", "no", "no", "yes", "yes"),
        },
    ),
}


def test_the_highest_error_may_have_spoilt_the_bottom_too():
    def by_peak(widths, train_error, error):
        at = error.argmax()
        return widths[error[:at].argmin()], widths[at], lowest(widths, train_error, error)

    assert checks.read_descent(by_peak).mistake == "highest error for threshold"


class TestExercises(Judged):
    EXERCISES = EXERCISES


def test_what_is_no_yes_or_no_is_no_misconception():
    for answer in (("yes", "maybe", "no", "no", "no"), ("no",), "no", ("yes",) * 6):
        found = checks.what_was_shown(answer)
        assert not found.passed and found.mistake is None, repr(found)


def test_the_first_wrong_sentence_is_spoken_of_first():
    found = checks.what_was_shown(("yes", "yes", "no", "no", "no"))
    assert found.mistake == "bigger is always better"
