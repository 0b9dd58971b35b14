"""The exercises on L1: right answers pass, and each misconception gets its own hint."""

import math

import numpy as np

from helpers import checks, reference
from tests.verdicts import Judged


def by_hand(w, step):
    shrunk = w.copy()
    shrunk[w > step] -= step
    shrunk[w < -step] += step
    shrunk[np.abs(w) <= step] = 0
    return shrunk


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
