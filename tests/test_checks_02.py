"""The exercises on L2: right answers pass, and each misconception gets its own hint."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import layers, regularizers

from helpers import checks, reference
from tests.verdicts import Judged, check_trains_nothing, experiments_of, stand_in


def network(first=0.01, second=0.01, last=0.01, penalty=regularizers.L2, sizes=(56, 16, 8), **more):
    """Three Dense layers whose kernels carry a penalty of these strengths, 0 for none."""
    inputs, *hidden = sizes
    stack = [keras.Input((inputs,))]
    bends = more.pop("bends", ("relu", "relu", "sigmoid"))
    for units, strength, bend in zip((*hidden, 1), (first, second, last), bends, strict=True):
        regularizer = penalty(strength) if strength else None
        stack.append(layers.Dense(units, bend, kernel_regularizer=regularizer, **more))
    return keras.Sequential(stack)


def functional():
    """The same, with activations as layers of their own."""
    inputs = keras.Input((56,))
    x = inputs
    for units, bend in (
        (16, layers.ReLU()),
        (8, layers.Activation("relu")),
        (1, layers.Activation("sigmoid")),
    ):
        x = bend(layers.Dense(units, kernel_regularizer=regularizers.L1L2(l2=0.01))(x))
    return keras.Model(inputs, x)


def history(model=None, shift=0.0, epochs=20, without=()):
    """What `fit` returns, of a model with `l2(0.02)`; the data loss is lowest in epoch 3."""
    model = network(0.02, 0.02, 0.02) if model is None else model
    data_loss = np.full(epochs, 0.5)
    data_loss[2] = 0.4
    penalty = np.linspace(2, 1, epochs) * sum(map(float, model.losses))
    curves = {
        "data_loss": np.linspace(0.6, 0.1, epochs),
        "loss": np.linspace(0.6, 0.1, epochs) + penalty,
        "val_accuracy": np.where(np.arange(epochs) == 6, 0.8, 0.7),
        "val_data_loss": data_loss + shift,
        "val_loss": data_loss + penalty - 1.0 * (np.arange(epochs) == 9),
    }
    curves = {name: list(values) for name, values in curves.items() if name not in without}
    return SimpleNamespace(model=model, history=curves)


def compiled(optimizer=None, **more):
    model = network(**more)
    model.compile(optimizer or keras.optimizers.Adam(), "binary_crossentropy")
    return model


def ended(experiments):
    """Runs in place of trained ones, whose last loss depends on the experiment."""

    def run(e):
        gain = {4: 0.1, 5: 0.1 - 0.1 * e.seed}.get(e.epochs, -0.5)
        loss = np.full(1, 1 + gain * (e.l2 > 0))
        return stand_in(e, loss)

    return [run(e) for e in experiments]


# exercise: (right answers, {mistake: an answer that shows it}, further arguments)
EXERCISES = {
    checks.translated_strength: (
        [0.00025, 2.5e-4, 0.0005 / 2],
        {
            "same number": 0.0005,
            "doubled": 2 * 0.0005,
            "learning rate counted in": 0.1 * 0.0005 / 2,
            "divided by the learning rate": 0.0005 / 2 / 0.1,
        },
    ),
    checks.penalty_and_slope: (
        [
            lambda w, s: (reference.l2_penalty(w, s), reference.l2_gradient(w, s)),
            lambda w, s: [np.sum(s * w * w), w * 2 * s],
        ],
        {
            "half of a textbook": lambda w, s: (s * np.sum(w**2) / 2, s * w),
            "2 forgotten in the slope": lambda w, s: (reference.l2_penalty(w, s), s * w),
            "absolute values": lambda w, s: (
                reference.l1_penalty(w, s),
                reference.l1_gradient(w, s),
            ),
            "mean for sum": lambda w, s: (s * (w**2).mean(), 2 * s * w / w.size),
            "root taken": lambda w, s: (
                s * np.linalg.norm(w.ravel()),
                s * w / np.linalg.norm(w.ravel()),
            ),
            "slope downhill": lambda w, s: (reference.l2_penalty(w, s), -2 * s * w),
        },
    ),
    checks.penalised_step: (
        [
            lambda w, g, rate, l2: reference.sgd_step(w, g + reference.l2_gradient(w, l2), rate),
            lambda w, g, rate, l2: (1 - 2 * rate * l2) * w - rate * g,
            lambda w, g, rate, l2: reference.sgd_step(w, g, rate, weight_decay=2 * l2),
        ],
        {
            "2 forgotten": lambda w, g, rate, l2: reference.sgd_step(w, g, rate, weight_decay=l2),
            "learning rate forgotten": lambda w, g, rate, l2: w - rate * g - 2 * l2 * w,
            "wrong direction": lambda w, g, rate, l2: w - rate * g + 2 * rate * l2 * w,
            "penalty for slope": lambda w, g, rate, l2: (
                w - rate * (g + reference.l2_penalty(w, l2))
            ),
            "data forgotten": lambda w, g, rate, l2: w - rate * 2 * l2 * w,
            "shrunk after learning": lambda w, g, rate, l2: (w - rate * g) * (1 - 2 * rate * l2),
        },
    ),
    checks.book_model: (
        [network(), functional()],
        {
            "another network": network(sizes=(56, 16, 16)),
            "the book's number": network(0.02, 0.02, 0.02),
            "output spared": network(last=0),
            "a hidden layer spared": network(second=0),
            "biases penalised": network(bias_regularizer=regularizers.L2(0.01)),
            "activity for kernel": network(0, 0, 0, activity_regularizer=regularizers.L2(0.01)),
            "L1 for L2": network(penalty=regularizers.L1),
        },
    ),
    checks.chosen_strength: (
        [
            lambda s, v, p: s[np.argmin(np.mean(v - p, axis=1))],
            lambda s, v, p: dict(zip((v - p).sum(axis=1), s, strict=True))[
                (v - p).sum(axis=1).min()
            ],
        ],
        {
            "val_loss trusted": lambda s, v, p: s[v.mean(axis=1).argmin()],
            "best seed": lambda s, v, p: s[np.unravel_index((v - p).argmin(), v.shape)[0]],
            "one seed": lambda s, v, p: s[(v - p)[:, 0].argmin()],
            "middle seed": lambda s, v, p: s[np.median(v - p, axis=1).argmin()],
            "penalty added": lambda s, v, p: s[(v + p).mean(axis=1).argmin()],
            "smallest penalty": lambda s, v, p: s[p.mean(axis=1).argmin()],
            "index for strength": lambda s, v, p: np.argmin((v - p).mean(axis=1)),
        },
    ),
    checks.tracked_history: (
        [history(), history(epochs=30)],
        {
            "no validation rows": history(without=("val_loss", "val_data_loss", "val_accuracy")),
            "no data loss": history(without=("val_data_loss",)),
            "no penalty": history(network(0, 0, 0)),
            "output spared": history(network(0.02, 0.02, 0)),
            "another strength": history(network(0.01, 0.01, 0.01)),
            "another metric": history(shift=0.1),
            "too few epochs": history(epochs=15),
        },
    ),
    checks.lowest_data_loss_epoch: (
        [3, np.argmin(history().history["val_data_loss"]) + 1],
        {
            "by val_loss": 10,
            "counted from 0": 2,
            "by training loss": 20,
            "by accuracy": 7,
        },
        history(),
    ),
    checks.repaired_decay: (
        [compiled(), compiled("adam"), compiled(keras.optimizers.AdamW(weight_decay=0.0))],
        {
            "not compiled": network(),
            "decayed as well": compiled(keras.optimizers.AdamW(0.001)),
            "outputs penalised": compiled(activity_regularizer=regularizers.L2(0.01)),
            "biases penalised": compiled(bias_regularizer=regularizers.L2(0.01)),
            "no penalty left": compiled(first=0, second=0, last=0),
            "a kernel without penalty": compiled(second=0),
            "another strength": compiled(first=0.02),
        },
    ),
    checks.broken_gain: (
        [{"epochs": 4}, {"epochs": 4, "hidden": (8,)}],
        {
            "fixed field changed": {"epochs": 4, "weight_decay": 1.0},
            "nothing changed": {"epochs": 100},
            "diverged": {"learning_rate": 10.0},
            "the claim holds": {"hidden": (8,)},
            "depends on the seed": {"epochs": 5},
        },
        ended,
    ),
}


class TestExercises(Judged):
    EXERCISES = EXERCISES


@pytest.mark.parametrize(
    "change", [{"sizes": (55, 16, 8)}, {"sizes": (56, 8, 16)}, {"bends": ("relu", None, "sigmoid")}]
)
def test_a_network_that_was_not_ordered_is_not_passed(change):
    assert checks.book_model(network(**change)).mistake == "another network"


def test_the_last_seed_does_not_choose():
    verdict = checks.chosen_strength(lambda s, v, p: s[(v - p)[:, -1].argmin()])
    assert not verdict.passed


def test_a_model_of_another_shape_is_not_passed():
    assert checks.book_model(keras.Sequential([keras.Input((56,))])).mistake is None
    assert not checks.book_model(network(0.01, 0.01, 0.05)).passed


def test_an_epoch_cannot_be_judged_without_a_history():
    for stub in (..., SimpleNamespace(history={"loss": [1, 2]})):
        assert repr(checks.lowest_data_loss_epoch(2, stub)).startswith("Not quite: ")
        assert repr(checks.lowest_data_loss_epoch(..., stub)).startswith("Not yet: ")


def test_nothing_is_trained_before_there_is_an_answer():
    check_trains_nothing(checks.broken_gain, {"l2": 0.1}, {"epochs": 100})


def test_six_networks_are_trained_for_a_broken_gain():
    asked = experiments_of(checks.broken_gain, {"epochs": 4, "dropout": 0.1}, ended)
    assert [(e.l2, e.seed, e.epochs, e.dropout) for e in asked] == [
        (l2, seed, 4, 0.1) for l2 in (0, 0.02) for seed in range(3)
    ]
