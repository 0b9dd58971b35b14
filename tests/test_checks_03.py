"""The exercises on L1: right answers pass, and each misconception gets its own hint."""

import math

import keras
import numpy as np
import pytest
from keras import layers, ops, regularizers

from helpers import checks, reference
from tests.verdicts import Judged, check_trains_nothing, stand_in


def by_hand(w, step):
    shrunk = w.copy()
    shrunk[w > step] -= step
    shrunk[w < -step] += step
    shrunk[np.abs(w) <= step] = 0
    return shrunk


class SoftThreshold(keras.constraints.Constraint):
    def __init__(self, size):
        self.size = size

    def __call__(self, w):
        return ops.sign(w) * ops.maximum(ops.abs(w) - self.size, 0)


def network(first=0.01, last=0.01, units=8, trained=True, optimizer="sgd", **more):
    """Two Dense layers with thresholds of these sizes, None for no constraint."""
    constraints = [SoftThreshold(size) if size else None for size in (first, last)]
    model = keras.Sequential(
        [
            keras.Input((20,)),
            layers.Dense(units, "relu", kernel_constraint=constraints[0], **more),
            layers.Dense(1, "sigmoid", kernel_constraint=constraints[1], **more),
        ]
    )
    if optimizer:
        model.compile(optimizer, "binary_crossentropy")
    if trained:
        kernel = np.zeros((20, units))
        kernel[:3, 0] = 1
        kernel[2, 1] = -0.5
        model.set_weights([kernel, np.zeros(units), np.eye(units, 1), np.zeros(1)])
    return model


def compiled(first=0.028, last=0.028, **more):
    return network(first, last, trained=False, **more)


class WithoutSigns(SoftThreshold):
    def __call__(self, w):
        return ops.maximum(ops.abs(w) - self.size, 0)


def without_signs():
    model = compiled()
    for layer in model.layers:
        layer.kernel_constraint = WithoutSigns(0.028)
    return model


def ended(experiments):
    """Runs in place of trained ones, whose decoys depend on the experiment."""

    def run(e):
        kernel = np.zeros((112, 16))
        kernel[:9, 0] = 1
        kernel[60:65, 0] = {4: 1, 5: e.seed == 0}.get(e.epochs, 0)
        return stand_in(e, np.ones(1), [kernel])

    return [run(e) for e in experiments]


SGD = keras.optimizers.SGD

# exercise: (right answers, {mistake: an answer that shows it})
EXERCISES = {
    checks.vanishing_strength: (
        [1.2, np.float32(1.2), 4 * 0.3],
        {
            "L1 taken for L2": math.inf,
            "place for slope": 0.3,
            "2 forgotten in the slope": 2 * 0.3,
            "pull of L2": 2 * 4 * 0.3,
            "sign kept": 4 * (0 - 0.3),
        },
    ),
    checks.shrunk_to_zero: (
        [reference.soft_threshold, by_hand],
        {
            "hard threshold": lambda w, step: w * (abs(w) > step),
            "signs lost": lambda w, step: np.clip(abs(w) - step, 0, None),
            "negative weights dropped": lambda w, step: np.clip(w - step, 0, None),
            "stepped over 0": lambda w, step: reference.sgd_step(w, np.sign(w), step),
            "share for amount": lambda w, step: w - step * w,
            "clipped": lambda w, step: np.sign(w) * np.minimum(abs(w), step),
        },
    ),
    checks.inputs_in_use: (
        [
            lambda kernel: np.any(kernel, axis=1).sum(),
            lambda kernel: sum(np.abs(row).sum() > 0 for row in kernel),
            lambda kernel: len(np.unique(np.nonzero(kernel)[0])),
        ],
        {
            "weights for inputs": lambda kernel: np.sum(kernel != 0),
            "units for inputs": lambda kernel: np.sum(np.abs(kernel).sum(axis=0) > 0),
            "all for any": lambda kernel: np.sum(np.abs(kernel).min(axis=1) > 0),
            "unused for used": lambda kernel: np.sum(np.abs(kernel).max(axis=1) == 0),
            "signs cancel": lambda kernel: np.sum(kernel.sum(axis=1) != 0),
            "small taken for 0": lambda k: (np.abs(k) > 1e-3).any(axis=1).sum(),
            "negative weights overlooked": lambda kernel: np.sum(kernel.max(axis=1) > 0),
        },
    ),
    checks.translated_elastic_net: (
        [(0.03, 0.035), [0.1 * 0.3, 0.1 * 0.7 / 2], np.array([0.03, 0.035])],
        {
            "half forgotten": (0.1 * 0.3, 0.1 * 0.7),
            "half turned round": (0.1 * 0.3, 0.1 * 0.7 * 2),
            "shares exchanged": (0.1 * 0.7, 0.1 * 0.3 / 2),
            "shares left out": (0.1, 0.1 / 2),
            "strength left out": (0.3, 0.7 / 2),
        },
    ),
    checks.sparse_model: (
        [network(), network(optimizer=SGD(0.5))],
        {
            "another network": network(units=4),
            "penalty in the gradient": network(0, 0, kernel_regularizer=regularizers.L1(0.02)),
            "no constraint": network(0, 0),
            "output spared": network(last=0),
            "learning rate left out": network(0.02, 0.02),
            "another threshold": network(0.1, 0.1),
            "not compiled": network(optimizer=None),
            "another optimizer": network(optimizer="adam"),
            "not trained": network(trained=False),
        },
    ),
    checks.inputs_left: (
        [3, np.int64(3)],
        {
            "weights for inputs": 4,
            "units for inputs": 2,
            "unused for used": 17,
            "all inputs": 20,
        },
        network(),
    ),
    checks.repaired_threshold: (
        [compiled(), compiled(optimizer=SGD(0.7))],
        {
            "not compiled": compiled(optimizer=None),
            "constraint removed": compiled(0, 0),
            "a kernel without threshold": compiled(last=0),
            "threshold without learning rate": compiled(0.04, 0.04),
            "still Adam": compiled(optimizer="adam"),
            "another optimizer": compiled(optimizer=SGD(0.7, momentum=0.9)),
            "another threshold": compiled(0.7, 0.7),
            "signs lost": without_signs(),
        },
    ),
    checks.broken_selection: (
        [{"epochs": 4}, {"epochs": 4, "hidden": (8,)}],
        {
            "fixed field changed": {"epochs": 4, "l2": 0.1},
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


def test_never_may_be_said_in_a_word():
    assert checks.vanishing_strength("never").mistake == "L1 taken for L2"


def test_what_a_threshold_is_given_stays_as_it_was():
    def careless(w, step):
        w[:] = reference.soft_threshold(w, step)
        return w

    assert checks.shrunk_to_zero(careless).passed
    assert checks.shrunk_to_zero(careless).passed


@pytest.mark.parametrize("check", [checks.sparse_model, checks.repaired_threshold])
def test_a_model_without_dense_layers_is_not_passed(check):
    assert not check(keras.Sequential([keras.Input((20,))])).passed


def test_nothing_is_trained_before_there_is_an_answer():
    check_trains_nothing(checks.broken_selection, {"l2": 0.1}, {"epochs": 100})
