"""The exercises on data: right answers pass, and each misconception gets its own hint."""

import numpy as np
import pytest

from helpers import checks
from tests.verdicts import Judged


def smoothed(y, classes, share):
    rows = np.full((len(y), classes), share / classes)
    rows[np.arange(len(y)), y] += 1 - share
    return rows


def others_only(y, classes, share):
    rows = np.full((len(y), classes), share / (classes - 1))
    rows[np.arange(len(y)), y] = 1 - share
    return rows


def mixed(x, y, partner, share, label_share=None):
    label_share = share if label_share is None else label_share
    return (
        x * share + x[partner] * (1 - share),
        y * label_share + y[partner] * (1 - label_share),
    )


def equal(rows, accuracy, reached):
    k = np.searchsorted(accuracy, reached)
    slope = (rows[k] - rows[k - 1]) / (accuracy[k] - accuracy[k - 1])
    return rows[k - 1] + slope * (reached - accuracy[k - 1])


def own_rows(x, y, partner, share):
    return share * x + (1 - share) * x, share * y + (1 - share) * y


def overwritten(x, y, partner, share):
    for row in range(len(x)):
        keep, other = share[row], partner[row]
        x[row] = keep * x[row] + (1 - keep) * x[other]
        y[row] = keep * y[row] + (1 - keep) * y[other]
    return x, y


# exercise: (right answers, {mistake: an answer that shows it})
EXERCISES = {
    checks.smoothed_labels: (
        [smoothed, lambda y, k, s: np.eye(k)[y] + s * (1 / k - np.eye(k)[y])],
        {
            "spread over the others only": others_only,
            "spread past the true class": lambda y, k, s: smoothed(y, k, s) - s / k * np.eye(k)[y],
            "nothing taken away": lambda y, k, s: smoothed(y, k, s) + s * np.eye(k)[y],
            "nothing spread": lambda y, k, s: smoothed(y, k, s) - s / k,
            "not divided by the classes": lambda y, k, s: smoothed(y, k, s) + s - s / k,
            "kept for spread": lambda y, k, s: smoothed(y, k, 1 - s),
            "not smoothed": lambda y, k, s: smoothed(y, k, 0),
        },
    ),
    checks.mixed_rows: (
        [mixed, lambda x, y, p, s: [x[p] + s * (x - x[p]), y[p] + s * (y - y[p])]],
        {
            "labels not mixed": lambda x, y, p, s: mixed(x, y, p, s, 1),
            "signals not mixed": lambda x, y, p, s: mixed(x, y, p, 1, s),
            "shares changed over": lambda x, y, p, s: mixed(x, y, p, s, 1 - s),
            "partner first": lambda x, y, p, s: mixed(x, y, p, 1 - s),
            "half and half": lambda x, y, p, s: ((x + x[p]) / 2, (y + y[p]) / 2),
            "mixed with itself": own_rows,
            "one share for all": lambda x, y, p, s: mixed(x, y, p, s[0, 0]),
            "overwritten on the way": overwritten,
            "added up": lambda x, y, p, s: (x + x[p], y + y[p]),
        },
    ),
    checks.worth_in_rows: (
        [
            lambda rows, accuracy, used, reached: equal(rows, accuracy, reached) - used,
            lambda rows, accuracy, used, reached: np.interp(reached, accuracy, rows) - used,
        ],
        {
            "own rows counted in": lambda rows, accuracy, used, reached: equal(
                rows, accuracy, reached
            ),
            "axes changed over": lambda rows, accuracy, used, reached: (
                np.interp(used, rows, accuracy) - reached
            ),
            "gain in accuracy": lambda rows, accuracy, used, reached: (
                reached - accuracy[rows == used][0]
            ),
            "saved is negative": lambda rows, accuracy, used, reached: (
                used - equal(rows, accuracy, reached)
            ),
            "next point of the curve": lambda rows, accuracy, used, reached: (
                rows[np.searchsorted(accuracy, reached)] - used
            ),
            "nearest point of the curve": lambda rows, accuracy, used, reached: (
                rows[abs(accuracy - reached).argmin()] - used
            ),
            "rows in proportion to accuracy": lambda rows, accuracy, used, reached: (
                used * (reached / accuracy[rows == used][0] - 1)
            ),
        },
    ),
    checks.harmless_changes: (
        [("yes", "yes", "no", "no", "no"), ["Yes", "yes", " no", "no", "NO"]],
        {
            "every change is harmless": ("yes",) * 5,
            "no change is harmless": ("no",) * 5,
            "later is another word": ("no", "yes", "no", "no", "no"),
            "a mirrored cat is none": ("yes", "no", "no", "no", "no"),
            "judged by the kind of data": ("yes", "yes", "yes", "no", "no"),
            "a 6 turned round": ("yes", "yes", "no", "yes", "no"),
        },
    ),
}


class TestExercises(Judged):
    EXERCISES = EXERCISES


def test_five_words_are_asked_for():
    for strange in (("yes", "maybe", "no", "no", "no"), ("yes", "no"), "yes"):
        found = checks.harmless_changes(strange)
        assert repr(found).startswith("Not quite: ") and found.mistake is None


def test_a_changed_x_ray_is_judged_as_a_changed_sign_is():
    found = checks.harmless_changes(("yes", "yes", "no", "no", "yes"))
    assert found.mistake == "judged by the kind of data"


def test_keras_smooths_as_the_exercise_does():
    import keras

    y, logits = np.array([0, 2, 1]), np.array([[2.0, 1, 0, -1], [0, 1, 2, 3], [1, 1, 0, 0]])
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.2)(np.eye(4)[y], p)
    own = -np.mean(np.sum(smoothed(y, 4, 0.2) * np.log(p), axis=1))
    assert float(loss) == pytest.approx(own, rel=1e-5)
