"""The exercises on what else regularises: right answers pass, each misconception gets a hint."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import constraints, layers

from helpers import checks
from tests.verdicts import Judged, check_trains_nothing, experiments_of, stand_in


def by_keras(z, gamma, beta, epsilon):
    """What the layer gives in training."""
    layer = layers.BatchNormalization(epsilon=epsilon)
    layer.build(z.shape)
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    return np.asarray(layer(z, training=True))


def by_hand(z, gamma, beta, epsilon):
    return (z - np.mean(z, axis=0)) * (gamma / np.sqrt(np.var(z, axis=0) + epsilon)) + beta


def row_by_row(z, gamma, beta, epsilon):
    return by_hand(z.T, 1.0, 0.0, epsilon).T * gamma + beta


def norms(kernel, axis=0):
    return np.linalg.norm(kernel, axis=axis)


def in_a_loop(kernel, limit):
    found = kernel.copy()
    for unit in range(kernel.shape[1]):
        if norms(kernel[:, unit]) > limit:
            found[:, unit] *= limit / norms(kernel[:, unit])
    return found


def loss(p, y):
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def mean_logit(p, y):
    odds = np.exp(np.mean(np.log(p) - np.log(1 - p), axis=0))
    return loss(odds / (1 + odds), y)


BEFORE = [np.ones(3), np.zeros(2)]


def part(weights=BEFORE, trainable=False):
    """A stand-in of a layer, or of several in one."""
    return SimpleNamespace(get_weights=lambda: weights, trainable=trainable)


def model(weights=("kernel",), shape=(None, 5), steps=240, features=None):
    """A stand-in of a trained Keras model."""
    return SimpleNamespace(
        layers=[part([]), part() if features is None else features, part([np.ones((2, 5))])],
        output_shape=shape,
        optimizer=SimpleNamespace(iterations=steps),
        trainable_weights=list(weights),
    )


SCORES = {"frozen": (0.95, 0.80), "scratch": (1.0, 0.92)}


def choices(**changed):
    return {"seeds": range(5), "training": False, "average": "probabilities"} | changed


def runs_of(experiments):
    """Runs in place of trained ones: with l2 0.1 the small batch ends lower, with 0.2 by seed."""

    def run(e):
        small = {0.1: 0.4, 0.2: 0.4 if e.seed else 0.6}.get(e.l2, 0.6)
        return stand_in(e, np.full(100, small if e.batch_size == 8 else 0.5))

    return [run(e) for e in experiments]


# exercise: (right answers, {mistake: an answer that shows it}, further arguments)
EXERCISES = {
    checks.normalised_batch: (
        [by_hand, by_keras],
        {
            "over the units": row_by_row,
            "over everything": lambda z, g, b, e: g * (z - np.mean(z)) / np.sqrt(np.var(z) + e) + b,
            "divided by the variance": lambda z, g, b, e: (
                g * (z - np.mean(z, axis=0)) / (np.var(z, axis=0) + e) + b
            ),
            "epsilon outside": lambda z, g, b, e: (
                g * (z - np.mean(z, axis=0)) / (np.std(z, axis=0) + e) + b
            ),
            "rows less one": lambda z, g, b, e: (
                g * (z - np.mean(z, axis=0)) / np.sqrt(np.var(z, axis=0, ddof=1) + e) + b
            ),
            "shifted before scaled": lambda z, g, b, e: g * by_hand(z, 1, b, e),
            "not scaled": lambda z, g, b, e: by_hand(z, 1, 0, e),
        },
    ),
    checks.limited_kernel: (
        [in_a_loop, lambda w, c: np.asarray(constraints.MaxNorm(c)(w))],
        {
            "outgoing weights": lambda w, c: in_a_loop(w.T, c).T,
            "the whole kernel": lambda w, c: w * min(1, c / np.linalg.norm(w)),
            "all stretched": lambda w, c: c * w / norms(w),
            "entries clipped": lambda w, c: np.minimum(np.maximum(w, -c), c),
            "squares limited": lambda w, c: np.where(norms(w) ** 2 > c, w * c / norms(w) ** 2, w),
            "long ones removed": lambda w, c: np.where(norms(w) > c, 0, w),
        },
    ),
    checks.ensemble_loss: (
        [lambda p, y: loss(sum(p) / len(p), y), lambda p, y: float(loss(np.mean(p, 0), y))],
        {
            "mean of the losses": lambda p, y: np.mean([loss(member, y) for member in p]),
            "logits averaged": mean_logit,
            "best member": lambda p, y: np.min([loss(member, y) for member in p]),
            "first member": lambda p, y: loss(p[0], y),
            "mean over rows": lambda p, y: np.mean(
                [loss(np.full(len(y), member.mean()), y) for member in p]
            ),
            "probability of the second class": lambda p, y: -np.log(np.mean(p, axis=0)).mean(),
            "summed over rows": lambda p, y: len(y) * loss(np.mean(p, axis=0), y),
        },
    ),
    checks.frozen_model: (
        [model(), model(weights=("kernel", "bias"))],
        {
            "features left out": model(features=part([np.ones(4)])),
            "another output": model(shape=(None, 10)),
            "never trained": model(steps=0),
            "features trained": model(features=part([np.ones(3), np.ones(2)], trainable=True)),
            "frozen afterwards": model(features=part(trainable=True)),
            "head frozen": model(weights=()),
        },
        BEFORE,
    ),
    checks.transfer_read: (
        [("scratch", 12.0), ("scratch", 12.04)],
        {
            "the other one": ("frozen", 12.0),
            "a fraction": ("scratch", 0.12),
            "wrong sign": ("scratch", -12.0),
            "training rows": ("scratch", 5.0),
            "relative": ("scratch", 15.0),
        },
        SCORES,
    ),
    checks.repaired_ensemble: (
        [choices(), choices(seeds=[3, 1, 4, 5, 9])],
        {
            "one seed": choices(seeds=[0] * 5),
            "seeds repeated": choices(seeds=[0, 1, 2, 2, 3]),
            "another number of members": choices(seeds=[1, 2, 3]),
            "dropout left on": choices(training=True),
            "classes averaged": choices(average="classes"),
            "losses averaged": choices(average="losses"),
        },
    ),
    checks.broken_batch_size: (
        [{"l2": 0.1}, {"l2": 0.1, "learning_rate": 0.01}],
        {
            "fixed field changed": {"l2": 0.1, "batch_size": 16},
            "nothing changed": {},
            "diverged": {"learning_rate": 10.0},
            "the claim holds": {"dropout": 0.2},
            "depends on the seed": {"l2": 0.2},
        },
        runs_of,
    ),
}


class TestExercises(Judged):
    EXERCISES = EXERCISES


def test_a_model_of_keras_is_judged_before_and_after_it_is_frozen_and_trained():
    features = keras.Sequential([keras.Input((3,)), layers.Dense(4)])
    before = features.get_weights()
    built = keras.Sequential([keras.Input((3,)), features, layers.Dense(5, "softmax")])
    for frozen, mistake in ((False, "features trained"), (True, None)):
        features.trainable = not frozen
        built.compile("adam", "sparse_categorical_crossentropy")
        assert checks.frozen_model(built, before).mistake == "never trained"
        features.set_weights(before)
        built.fit(np.ones((8, 3)), np.arange(8) % 5, verbose=0)
        found = checks.frozen_model(built, before)
        assert (found.mistake, found.passed) == (mistake, frozen)


@pytest.mark.parametrize("name", ["normalised_batch", "limited_kernel", "ensemble_loss"])
def test_a_function_without_an_answer_is_not_yet_written(name):
    assert repr(getattr(checks, name)(lambda *given: None)).startswith("Not yet: ")


def test_the_lead_is_that_of_the_better_network_whichever_it_is():
    scores = {"frozen": (0.9, 0.75), "scratch": (1.0, 0.5)}
    assert checks.transfer_read(("frozen", 25), scores).passed
    assert checks.transfer_read(("scratch", 25), scores).mistake == "the other one"


def test_a_broken_claim_is_tried_with_both_batch_sizes_and_three_seeds():
    asked = experiments_of(checks.broken_batch_size, {"l2": 0.1}, runs_of)
    assert [(e.batch_size, e.seed) for e in asked] == [(b, s) for b in (8, 32) for s in range(3)]
    assert {(e.optimizer, e.learning_rate, e.epochs, e.l2) for e in asked} == {
        ("sgd", 0.03, 100, 0.1)
    }


def test_nothing_is_trained_before_there_is_an_answer():
    check_trains_nothing(checks.broken_batch_size, {"seed": 1}, {"learning_rate": 0.03})


def test_a_lead_cannot_be_read_before_both_networks_are_there():
    assert repr(checks.transfer_read(..., {"scratch": (1, 1)})).startswith("Not yet: ")
    found = checks.transfer_read(("scratch", 12.0), {"scratch": (1, 1)})
    assert found.mistake is None and not found.passed
