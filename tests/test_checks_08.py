"""The exercises on double descent: right answers pass, each misconception gets its own hint."""

from types import SimpleNamespace

import numpy as np

from helpers import checks
from tests.verdicts import Judged, check_trains_nothing, experiments_of, stand_in


def ridge(features, targets, strength):
    """By least squares on rows that stand for the penalty: an independent way."""
    n = features.shape[1]
    longer = np.vstack([features, np.sqrt(strength) * np.eye(n)])
    return np.linalg.lstsq(longer, np.vstack([targets, np.zeros((n, targets.shape[1]))]), None)[0]


def other_form(f, y, strength):
    return f.T @ np.linalg.solve(f @ f.T + strength * np.eye(len(f)), y)


def read(widths, train_error, error):
    before = [w for w, t in zip(widths, train_error, strict=True) if t >= 0.01]
    at = dict(zip(widths, error, strict=True))
    threshold = next(w for w, t in zip(widths, train_error, strict=True) if t < 0.01)
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


def first_without_error(widths, train_error, error):
    bottom, _, best = read(widths, train_error, error)
    return bottom, widths[train_error == 0][0], best


def history(width=256, epochs=40, rate=0.5, without=()):
    """What `fit` returns; the training error is halved in each epoch from 0.5 on."""
    layers = [type("Dense", (), {"units": units})() for units in (width, 10)]
    epoch = np.arange(epochs)
    curves = {
        "accuracy": 1 - 0.5 * rate**epoch,
        "val_accuracy": 0.3 - 0.01 * np.abs(epoch - 4),
        "val_loss": 2 + 0.1 * np.abs(epoch - 2),
    }
    curves = {name: list(curve) for name, curve in curves.items() if name not in without}
    return SimpleNamespace(model=SimpleNamespace(layers=layers), history=curves)


def validated(build, widths, x, y, x_val, y_val):
    found = {}
    for width in widths:
        model = build(width)
        fitted = model.fit(x, y, epochs=50, validation_data=(x_val, y_val), verbose=0)
        found[width] = 1 - fitted.history["val_accuracy"][-1]
    return list(found.values())


def by(curve, best=False, model=None):
    """A comparison of widths that reads a curve; of one model for all widths if it is given."""

    def compare(build, widths, x, y, x_val, y_val):
        shared, found = build(widths[0]), []
        for width in widths:
            used = shared if model == "shared" else build(width)
            fitted = used.fit(x, y, validation_data=(x_val, y_val), epochs=50).history[curve]
            found.append(1 - (np.max(fitted) if best else fitted[-1]))
        return np.array(found)

    return compare


def peaked(experiments):
    """Runs in place of trained ones, whose accuracy depends on width and epochs."""

    def run(e):
        wide = e.hidden == (128,)
        rise = {15: -0.1, 20: 0.1 - 0.1 * e.seed}.get(e.epochs, 0.1)
        return stand_in(e, np.full(1, 0.4 - rise * wide))

    return [run(e) for e in experiments]


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
            "errors for widths": lambda w, t, e: [min(e[t >= 0.01]), w[t < 0.01][0], min(e)],
            "bottom of the whole curve": swapped(0, lowest),
            "best only within the U": swapped(2, lambda w, t, e: read(w, t, e)[0]),
            "last width for threshold": swapped(1, lambda w, t, e: w[-1]),
            "no error at all": first_without_error,
            "highest error for threshold": swapped(1, highest),
            "training error trusted": swapped(2, lambda w, t, e: w[t < 0.01][0]),
        },
    ),
    checks.memorising_history: (
        [history(), history(rate=0.6)],
        {
            "no accuracy": history(without=["accuracy"]),
            "no validation rows": history(without=["val_accuracy", "val_loss"]),
            "another width": history(width=48),
            "other epochs": history(epochs=39),
            "not memorised": history(rate=0.95),
        },
    ),
    checks.memorising_epoch: (
        [7, np.int64(7)],
        {
            "counted from 0": 6,
            "the last epoch": 40,
            "by validation accuracy": 5,
            "by validation loss": 3,
        },
        history(),
    ),
    checks.repaired_comparison: (
        [validated, by("val_accuracy")],
        {
            "as it was": by("accuracy", best=True, model="shared"),
            "one model for all widths": by("val_accuracy", model="shared"),
            "training rows judged": by("accuracy"),
            "best epoch taken": by("val_accuracy", best=True),
            "accuracy for error": lambda *given: 1 - by("val_accuracy")(*given),
        },
    ),
    checks.broken_peak: (
        [{"epochs": 15}, {"epochs": 15, "dropout": 0.1}],
        {
            "fixed field changed": {"hidden": (16,)},
            "nothing changed": {"batch_size": 100},
            "diverged": {"learning_rate": 10.0},
            "the claim holds": {"epochs": 90},
            "depends on the seed": {"epochs": 20},
        },
        peaked,
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


def test_the_same_settings_are_trained_at_both_widths():
    asked = experiments_of(checks.broken_peak, {"epochs": 15}, peaked)
    assert {(e.hidden, e.seed) for e in asked} == {((w,), s) for w in (16, 128) for s in range(3)}
    assert {e.epochs for e in asked} == {15}


def test_nothing_is_trained_before_there_is_an_answer():
    check_trains_nothing(checks.broken_peak, {"seed": 1}, {"learning_rate": 0.01})


def test_a_function_that_validates_on_nothing_is_told_what_it_raised():
    def unvalidated(build, widths, x, y, x_val, y_val):
        return [1 - build(width).fit(x, y).history["val_accuracy"][-1] for width in widths]

    assert "KeyError" in repr(checks.repaired_comparison(unvalidated))
