"""The exercises on dropout: right answers pass, and each misconception gets its own hint."""

from types import SimpleNamespace

import keras
import numpy as np
from keras import layers

from helpers import checks, reference
from tests.verdicts import Judged, check_trains_nothing, experiments_of, stand_in


def network(kinds, rate=0.2, units=(16, 8, 1)):
    """Dense layers ("h", or "o" for the output) and Dropout layers ("d"), in this order."""
    sizes = iter(units)
    bends = {"h": "relu", "o": "sigmoid"}
    stack = [
        layers.Dropout(rate) if kind == "d" else layers.Dense(next(sizes), activation=bends[kind])
        for kind in kinds
    ]
    return keras.Sequential([keras.Input((56,)), *stack])


def functional():
    """The right network with a layer for each of its functions."""
    x = inputs = keras.Input((56,))
    for units, bend in ((16, layers.ReLU()), (8, layers.Activation("relu"))):
        x = layers.Dropout(0.2)(bend(layers.Dense(units)(x)))
    return keras.Model(inputs, layers.Activation("sigmoid")(layers.Dense(1)(x)))


def without_relu():
    stack = [layers.Dense(16), layers.Dropout(0.2), layers.Dense(8), layers.Dropout(0.2)]
    return keras.Sequential([keras.Input((56,)), *stack, layers.Dense(1, activation="sigmoid")])


def passes_of(model, x, passes, training=True):
    return np.stack([model(x, training=training) for _ in range(passes)])[..., 0]


def summary(spread=np.std, axis=0, ask=passes_of):
    """A learner's function with this notion of spread."""

    def answer(model, x, passes):
        p = ask(model, x, passes)
        return p.mean(axis=axis), spread(p, axis=axis)

    return answer


def asked_twice(model, x, passes):
    return passes_of(model, x, passes).mean(axis=0), passes_of(model, x, passes).std(axis=0)


def as_tensors(model, x, passes):
    p = np.array([model(x, training=True).numpy().ravel() for _ in range(passes)])
    return p.mean(0), p.std(0)


X = np.random.default_rng(0).normal(size=(40, 56)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


def fitted(kinds="hdhdo", rate=0.3, units=(128, 64, 1), epochs=20, without=()):
    """What `fit` returns, without the time that it takes."""
    model = network(kinds, rate, units)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    curves = {"loss": np.linspace(0.9, 0.6, epochs), "val_loss": np.linspace(0.8, 0.53, epochs)}
    kept = {name: list(values) for name, values in curves.items() if name not in without}
    return SimpleNamespace(model=model, history=kept)


FITTED = fitted()
EVALUATED = FITTED.model.evaluate(X, Y, verbose=0)


def script(kinds="hdhdo", rate=0.2, training=False):
    """A repaired script's model and its predictions."""
    model = network(kinds, rate, (128, 64, 1))
    return model, model(X, training=training)


def ended(experiments):
    """Runs in place of trained ones, whose last loss depends on the experiment."""

    def run(e):
        gain = {5: 0.1, 9: 0.1 - 0.1 * e.seed}.get(e.epochs, -0.5)
        loss = np.full(1, 1 + gain * (e.dropout > 0))
        return stand_in(e, loss)

    return [run(e) for e in experiments]


# exercise: (right answers, {mistake: an answer that shows it}, further arguments)
EXERCISES = {
    checks.kept_activation: (
        [4, 3 / (1 - 0.25), np.float32(4)],
        {
            "divided by the rate": 3 / 0.25,
            "not scaled": 3,
            "scaled down": 3 * (1 - 0.25),
            "kept for dropped": 3 * 0.25,
            "dropped for kept": 0,
        },
    ),
    checks.dropout_layer: (
        [
            lambda x, rate, u, training: reference.inverted_dropout(x, rate, u) if training else x,
            lambda x, rate, u, training: x * (u >= rate) / (1 - rate) if training else x,
        ],
        {
            "divided by the rate": lambda x, rate, u, t: x * (u >= rate) / rate if t else x,
            "kept for dropped": lambda x, rate, u, t: x * (u < rate) / rate if t else x,
            "mask inverted": lambda x, rate, u, t: x * (u < rate) / (1 - rate) if t else x,
            "not scaled": lambda x, rate, u, t: x * (u >= rate) if t else x,
            "scaled at prediction": lambda x, rate, u, t: x * (u >= rate) if t else x * (1 - rate),
            "scaled down": lambda x, rate, u, t: x * (u >= rate) * (1 - rate) if t else x,
            "dropped at prediction": lambda x, rate, u, t: reference.inverted_dropout(x, rate, u),
        },
    ),
    checks.keeps_four_fifths: (
        [network("hdhdo"), functional()],
        {
            "kept for dropped": network("hdhdo", rate=0.8),
            "dropout behind the output": network("hdhdod"),
            "inputs dropped": network("dhdho"),
            "one layer forgotten": network("hdho"),
            "another network": network("hdhdo", units=(16, 8, 2)),
        },
    ),
    checks.monte_carlo_dropout: (
        [summary(), asked_twice, as_tensors],
        {
            "dropout off": summary(
                ask=lambda model, x, n: np.array([model.predict(x, verbose=0) for _ in range(n)])[
                    ..., 0
                ]
            ),
            "one pass": summary(ask=lambda model, x, n: np.repeat(passes_of(model, x, 1), n, 0)),
            "over rows": summary(axis=1),
            "variance": summary(spread=np.var),
            "error of the mean": summary(spread=lambda p, axis: p.std(axis=axis) / np.sqrt(len(p))),
        },
    ),
    checks.dropout_history: (
        [fitted(), fitted(epochs=30)],
        {
            "no validation rows": fitted(without=("val_loss",)),
            "no dropout": fitted("hho"),
            "kept for dropped": fitted(rate=0.7),
            "dropout elsewhere": fitted("hdhdod"),
            "another rate": fitted(rate=0.5),
            "another network": fitted(units=(64, 64, 1)),
            "too few epochs": fitted(epochs=15),
        },
    ),
    checks.loss_without_dropout: (
        [EVALUATED[0], np.float32(EVALUATED[0])],
        {
            "printed by fit": FITTED.history["loss"][-1],
            "validation rows": FITTED.history["val_loss"][-1],
            "accuracy": EVALUATED[1],
            "loss and accuracy": EVALUATED,
        },
        FITTED,
        X,
        Y,
    ),
    checks.repaired_dropout: (
        [script(), list(script())],
        {
            "dropout removed": script("hho"),
            "kept for dropped": script(rate=0.8),
            "dropout behind the output": script("hdhdod"),
            "one layer forgotten": script("hdho"),
            "dropout at prediction": script(training=True),
        },
        X,
    ),
    checks.broken_dropout_gain: (
        [{"epochs": 5}, {"epochs": 5, "hidden": (8,)}],
        {
            "fixed field changed": {"epochs": 5, "dropout": 0.5},
            "nothing changed": {"epochs": 100},
            "diverged": {"learning_rate": 10.0},
            "the claim holds": {"hidden": (8,)},
            "depends on the seed": {"epochs": 9},
        },
        ended,
    ),
}


class TestExercises(Judged):
    EXERCISES = EXERCISES


def test_a_network_without_relu_is_not_the_one_that_was_asked_for():
    assert checks.keeps_four_fifths(without_relu()).mistake == "another network"


def test_a_loss_cannot_be_judged_without_a_history():
    for stub in (..., SimpleNamespace(history={"loss": [1, 2]})):
        assert repr(checks.loss_without_dropout(0.5, stub, X, Y)).startswith("Not quite: ")
        assert repr(checks.loss_without_dropout(..., stub, X, Y)).startswith("Not yet: ")


def test_a_script_repaired_in_part_is_not_passed():
    model, p = script()
    assert not checks.repaired_dropout((model, p + 0.1), X).passed
    assert checks.repaired_dropout((model, p + 0.1), X).mistake == "dropout at prediction"
    assert not checks.repaired_dropout(model, X).passed


def test_nothing_is_trained_before_there_is_an_answer():
    check_trains_nothing(checks.broken_dropout_gain, {"dropout": 0.1}, {"epochs": 100})


def test_six_networks_are_trained_for_a_broken_gain():
    asked = experiments_of(checks.broken_dropout_gain, {"epochs": 5, "l2": 0.1}, ended)
    assert [(e.dropout, e.seed, e.epochs, e.l2) for e in asked] == [
        (rate, seed, 5, 0.1) for rate in (0, 0.2) for seed in range(3)
    ]
