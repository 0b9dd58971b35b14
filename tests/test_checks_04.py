"""The exercises on dropout: right answers pass, and each misconception gets its own hint."""

import keras
import numpy as np
from keras import layers

from helpers import checks, reference
from tests.verdicts import Judged


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


def asked(model, x, masks, training=True):
    return np.stack([model(x, training=training) for _ in range(masks)])[..., 0]


def answers(spread=np.std, axis=0, ask=asked):
    """A learner's function with this notion of spread."""

    def answer(model, x, masks):
        p = ask(model, x, masks)
        return p.mean(axis=axis), spread(p, axis=axis)

    return answer


def asked_twice(model, x, masks):
    return asked(model, x, masks).mean(axis=0), asked(model, x, masks).std(axis=0)


def as_tensors(model, x, masks):
    p = np.array([model(x, training=True).numpy().ravel() for _ in range(masks)])
    return p.mean(0), p.std(0)


# exercise: (right answers, {mistake: an answer that shows it})
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
            "mask turned round": lambda x, rate, u, t: x * (u < rate) / (1 - rate) if t else x,
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
    checks.masked_doubt: (
        [answers(), asked_twice, as_tensors],
        {
            "asked for predictions": answers(
                ask=lambda model, x, n: np.array([model.predict(x, verbose=0) for _ in range(n)])[
                    ..., 0
                ]
            ),
            "asked once": answers(ask=lambda model, x, n: np.repeat(asked(model, x, 1), n, 0)),
            "rows for masks": answers(axis=1),
            "variance for deviation": answers(spread=np.var),
            "error of the mean": answers(spread=lambda p, axis: p.std(axis=axis) / np.sqrt(len(p))),
        },
    ),
}


class TestExercises(Judged):
    EXERCISES = EXERCISES


def test_a_network_without_relu_is_not_the_one_that_was_asked_for():
    assert checks.keeps_four_fifths(without_relu()).mistake == "another network"
