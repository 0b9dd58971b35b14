"""The exercises on data: right answers pass, and each misconception gets its own hint."""

from types import SimpleNamespace

import numpy as np
import pytest

from helpers import checks
from tests.verdicts import Judged, check_trains_nothing, experiments_of, stand_in


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


# Keras layers and a fitted model in place of real ones: only their class's name and fields count.
class RandomTranslation:
    def __init__(self, height=1 / 12, width=1 / 12, fill_mode="constant"):
        self.height_upper, self.width_upper, self.fill_mode = height, width, fill_mode


class Dense:
    def __init__(self, units):
        self.units = units


EVALUATED = [0.08, 0.985]
X, Y = np.zeros((200, 12, 12, 1)), np.zeros(200)


def fitted(*, moves=None, units=(64, 10), epochs=30, without=()):
    """What `fit` returns of a network that shifts its images by `moves`."""
    curves = {
        "loss": np.linspace(2, 0.4, epochs),
        "accuracy": np.linspace(0.1, 0.9, epochs),
        "val_loss": np.linspace(2, 0.5, epochs),
        "val_accuracy": np.linspace(0.1, 0.85, epochs),
    }
    shift = [RandomTranslation(**(moves or {}))] if moves is None or moves else []
    model = SimpleNamespace(
        layers=[*shift, *map(Dense, units)], evaluate=lambda x, y, verbose=0: EVALUATED
    )
    kept = {name: list(values) for name, values in curves.items() if name not in without}
    return SimpleNamespace(history=kept, model=model)


def split_first(x, y, change):
    n = len(x) * 3 // 4
    return np.concatenate([x[:n], change(x[:n])]), np.tile(y[:n], 2), x[n:], y[n:]


def split_last(x, y, change):
    x, y = np.concatenate([x, change(x)]), np.concatenate([y, y])
    order = np.random.default_rng(0).permutation(len(x))
    x, y, n = x[order], y[order], len(x) * 3 // 4
    return x[:n], y[:n], x[n:], y[n:]


def after_split(change_rows):
    """A right split, whose four parts `change_rows` then changes."""
    return lambda x, y, change: change_rows(*split_first(x, y, change), change)


def without_copies(x, y, x_val, y_val, change):
    return x[: len(x) // 2], y[: len(y) // 2], x_val, y_val


def ended(experiments):
    """Runs that end higher with noise if they have fewer than 10 epochs, or 10 and not seed 0."""

    def loss(e):
        harms = e.epochs < 10 or (e.epochs == 10 and e.seed > 0)
        return np.array([0.4 + (e.input_noise * (0.1 if harms else -0.1))])

    return [stand_in(e, loss(e)) for e in experiments]


# exercise: (right answers, {mistake: an answer that shows it}, further arguments)
EXERCISES = {
    checks.augmented_history: (
        [fitted(), fitted(epochs=40), fitted(moves={"height": 0.0833, "width": 0.0833})],
        {
            "no validation rows": fitted(without=("val_loss",)),
            "no augmentation": fitted(moves={}),
            "one direction": fitted(moves={"height": 0}),
            "another distance": fitted(moves={"height": 0.2, "width": 0.2}),
            "edges mirrored": fitted(moves={"fill_mode": "reflect"}),
            "another network": fitted(units=(128, 64, 10)),
            "too few epochs": fitted(epochs=20),
        },
    ),
    checks.plain_accuracy: (
        [EVALUATED[1], np.float32(EVALUATED[1])],
        {
            "printed by fit": 0.9,
            "validation rows": 0.85,
            "loss": EVALUATED[0],
            "loss and accuracy": EVALUATED,
        },
        fitted(),
        X,
        Y,
    ),
    checks.repaired_split: (
        [split_first, after_split(lambda *parts: list(parts[:4]))],
        {
            "copies on both sides": split_last,
            "validation rows changed": after_split(
                lambda x, y, x_val, y_val, change: (x, y, change(x_val), y_val)
            ),
            "validation rows copied": after_split(
                lambda x, y, x_val, y_val, change: (
                    x,
                    y,
                    np.concatenate([x_val, change(x_val)]),
                    np.concatenate([y_val, y_val]),
                )
            ),
            "originals left out": after_split(
                lambda x, y, x_val, y_val, change: (
                    x[len(x) // 2 :],
                    y[len(y) // 2 :],
                    x_val,
                    y_val,
                )
            ),
            "nothing changed": after_split(without_copies),
            "labels not repeated": after_split(
                lambda x, y, x_val, y_val, change: (x, y[: len(y) // 2], x_val, y_val)
            ),
        },
    ),
    checks.broken_noise_gain: (
        [{"epochs": 5}, {"epochs": 5, "hidden": (8,)}],
        {
            "fixed field changed": {"epochs": 5, "input_noise": 2.0},
            "nothing changed": {"epochs": 60},
            "diverged": {"learning_rate": 10.0},
            "the claim holds": {"hidden": (8,)},
            "depends on the seed": {"epochs": 10},
        },
        ended,
    ),
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
            "inputs not mixed": lambda x, y, p, s: mixed(x, y, p, 1, s),
            "shares exchanged": lambda x, y, p, s: mixed(x, y, p, s, 1 - s),
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
            "axes exchanged": lambda rows, accuracy, used, reached: (
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


def test_an_accuracy_cannot_be_judged_without_a_history():
    for stub in (..., SimpleNamespace(history={"accuracy": [0.1, 0.2]})):
        assert repr(checks.plain_accuracy(0.985, stub, X, Y)).startswith("Not quite: ")
        assert repr(checks.plain_accuracy(..., stub, X, Y)).startswith("Not yet: ")


def test_nothing_is_trained_before_there_is_an_answer():
    check_trains_nothing(checks.broken_noise_gain, {"input_noise": 2.0}, {"epochs": 60})


def test_six_networks_are_trained_for_a_broken_gain():
    asked = experiments_of(checks.broken_noise_gain, {"epochs": 5, "l2": 0.1}, ended)
    assert [(e.input_noise, e.seed, e.epochs, e.l2) for e in asked] == [
        (noise, seed, 5, 0.1) for noise in (0, 1) for seed in range(3)
    ]


def test_the_layer_of_keras_has_what_the_exercise_reads():
    from keras.layers import RandomTranslation as Layer

    layer = Layer(2 / 12, (-0.1, 0.2))
    assert (layer.height_upper, layer.width_upper) == (2 / 12, 0.2)
    assert layer.fill_mode == "reflect"  # the default, which the lesson warns of
