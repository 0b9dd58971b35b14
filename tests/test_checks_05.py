"""The exercises on early stopping: right answers pass, each misconception gets its own hint."""

import numpy as np
from keras.callbacks import EarlyStopping

from helpers import checks, reference
from tests.verdicts import Judged


def callback(**more):
    """The right callback with some arguments changed."""
    wanted = {
        "monitor": "val_binary_crossentropy",
        "mode": "min",
        "patience": 10,
        "restore_best_weights": True,
    }
    return EarlyStopping(**{**wanted, **more})


def stops(losses, patience):
    return reference.early_stopping(losses, patience).trained


def by_hand(losses, patience):
    """Look back from each epoch: was the best one `patience` epochs ago?"""
    for epoch in range(1, len(losses) + 1):
        if epoch - 1 - int(np.argmin(losses[:epoch])) >= patience:
            return epoch
    return len(losses)


def never_afresh(losses, patience):
    lowest = np.minimum.accumulate(losses)
    worse = 1 + np.flatnonzero(losses[1:] >= lowest[:-1])
    return worse[patience - 1] + 1 if len(worse) >= patience else len(losses)


def after_rises(losses, patience):
    """Stops after so many epochs in a row that are worse than the one before."""
    rises = 0
    for epoch in range(1, len(losses)):
        rises = rises + 1 if losses[epoch] >= losses[epoch - 1] else 0
        if rises == patience:
            return epoch + 1
    return len(losses)


def ties_count(losses, patience):
    for epoch in range(1, len(losses) + 1):
        latest_best = np.flatnonzero(losses[:epoch] == losses[:epoch].min())[-1]
        if epoch - 1 - latest_best >= patience:
            return epoch
    return len(losses)


# exercise: (right answers, {mistake: an answer that shows it})
EXERCISES = {
    checks.stopping_epoch: (
        [stops, by_hand],
        {
            "never starts afresh": never_afresh,
            "compared with the last epoch": after_rises,
            "a tie for an improvement": ties_count,
            "one epoch too patient": lambda losses, patience: stops(losses, patience + 1),
            "best epoch for last": lambda losses, patience: (
                reference.early_stopping(losses, patience).best
            ),
            "counted from 0": lambda losses, patience: stops(losses, patience) - 1,
            "silent at the end": lambda losses, patience: (
                reference.early_stopping(losses, patience).stopped
            ),
        },
    ),
    checks.stopping_callback: (
        [callback(), callback(mode="auto"), callback(min_delta=0.001)],
        {
            "penalty watched": callback(monitor="val_loss"),
            "training rows watched": callback(monitor="binary_crossentropy"),
            "accuracy watched": callback(monitor="val_accuracy", mode="max"),
            "highest loss sought": callback(mode="max"),
            "last weights kept": callback(restore_best_weights=False),
            "no patience": callback(patience=0),
        },
    ),
    checks.learned_share: (
        [
            lambda h, rate, steps: 1 - (1 - rate * h) ** steps,
            lambda h, rate, steps: sum(rate * h * (1 - rate * h) ** k for k in range(steps)),
        ],
        {
            "what is missing": lambda h, rate, steps: (1 - rate * h) ** steps,
            "one step": lambda h, rate, steps: 1 - (1 - rate * h),
            "steps added up": lambda h, rate, steps: sum(rate * h for _ in range(steps)),
            "ridge": lambda h, rate, steps: rate * steps * h / (1 + rate * steps * h),
            "endlessly small steps": lambda h, rate, steps: -np.expm1(-rate * steps * h),
        },
    ),
    checks.equivalent_strength: (
        [0.25, 1 / (2 * 0.01 * 200)],
        {
            "a textbook's strength": 1 / (0.01 * 200),
            "doubled": 2 / (0.01 * 200),
            "time for strength": 0.01 * 200,
            "learning rate forgotten": 1 / (2 * 200),
            "steps forgotten": 1 / (2 * 0.01),
        },
    ),
}


class TestExercises(Judged):
    EXERCISES = EXERCISES


def test_a_function_without_an_answer_is_not_yet_written():
    assert repr(checks.stopping_epoch(lambda losses, patience: None)).startswith("Not yet: ")


def test_the_wrong_metric_is_named_before_anything_else_that_is_wrong():
    assert checks.stopping_callback(EarlyStopping()).mistake == "penalty watched"
    assert checks.stopping_callback(EarlyStopping("loss")).mistake == "training rows watched"
    assert checks.stopping_callback(EarlyStopping).mistake is None
