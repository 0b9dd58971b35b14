"""The exercises on early stopping: right answers pass, each misconception gets its own hint."""

import re
from types import SimpleNamespace

import numpy as np
from keras.callbacks import EarlyStopping, ModelCheckpoint

from helpers import checks, reference
from tests.tools import notebooks
from tests.verdicts import Judged, check_trains_nothing, stand_in


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


def history(best=4, epochs=None, without=(), shift=0.0):
    """What `fit` returns: `val_loss` is lowest in epoch `best`, and training stops 10 later."""
    epochs = best + 10 if epochs is None else epochs
    after = np.arange(1, epochs + 1)
    curves = {
        "loss": np.linspace(0.6, 0.1, epochs),
        "val_accuracy": np.where(after == 2, 0.8, 0.7),
        "val_loss": 0.4 + shift + 0.01 * np.abs(after - best),
    }
    return SimpleNamespace(history={n: list(v) for n, v in curves.items() if n not in without})


X_VAL, X_TEST = np.zeros((4, 2)), np.ones((5, 2))


def arguments(stop=None, save=None, **more):
    """Arguments for `fit` that are right, with some changed."""
    stop = EarlyStopping(patience=10) if stop is None else stop
    save = ModelCheckpoint("best.keras", save_best_only=True) if save is None else save
    return {"validation_data": (X_VAL, np.zeros(4)), "callbacks": [stop, save]} | more


def curves_of(experiments):
    """Runs in place of trained ones; their best epoch depends on the experiment."""

    def run(e):
        best = {4: 80, 5: 40 * e.seed}.get(e.batch_size, 4)
        loss = 0.4 + 0.01 * np.abs(np.arange(1, 101) - best)
        return stand_in(e, loss)

    return [run(e) for e in experiments]


# exercise: (right answers, {mistake: an answer that shows it}, further arguments)
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
    checks.stopped_history: (
        [history(), history(best=6)],
        {
            "no validation rows": history(without=("val_loss",)),
            "never stopped": history(epochs=100),
            "last weights kept": history(shift=-0.1),
            "another patience": history(epochs=9),
        },
        0.4,
    ),
    checks.restored_epoch: (
        [4, np.argmin(history().history["val_loss"]) + 1],
        {"the last epoch": 14, "counted from 0": 3, "by training loss": 13, "by accuracy": 2},
        SimpleNamespace(history=history().history | {"loss": [*np.linspace(1, 0, 13), 0.5]}),
    ),
    checks.repaired_fit: (
        [arguments(), arguments(stop=EarlyStopping(restore_best_weights=True))],
        {
            "no validation rows": arguments(validation_data=None),
            "test rows watched": arguments(validation_data=(X_TEST, np.zeros(5))),
            "no stopping": arguments(callbacks=[ModelCheckpoint("a.keras", save_best_only=True)]),
            "no checkpoint": arguments(callbacks=[EarlyStopping(patience=10)]),
            "training loss watched": arguments(stop=EarlyStopping("loss", patience=10)),
            "every epoch saved": arguments(save=ModelCheckpoint("best.keras")),
            "checkpoint by another score": arguments(
                save=ModelCheckpoint("best.keras", monitor="val_accuracy", save_best_only=True)
            ),
        },
        X_VAL,
    ),
    checks.broken_patience: (
        [{"batch_size": 4}, {"batch_size": 4, "dropout": 0.1}],
        {
            "fixed field changed": {"batch_size": 4, "epochs": 20},
            "nothing changed": {},
            "diverged": {"learning_rate": 10.0},
            "the claim holds": {"batch_size": 64},
            "depends on the seed": {"batch_size": 5},
        },
        curves_of,
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


def test_a_change_that_is_no_field_gets_the_hint():
    judged = checks.broken_patience({"patience": 3}, curves_of)
    assert judged.mistake is None and "fields of Experiment" in repr(judged)


def test_the_lesson_lists_the_defaults_of_keras():
    cells = notebooks.read(notebooks.NOTEBOOKS / "05-early-stopping.ipynb").cells
    (table,) = (c.source for c in cells if "| argument | default |" in c.source)
    rows = dict(re.findall(r"^\| `(\w+)` \| `?([^|`]+?)`? \|", table, re.MULTILINE))
    usual = EarlyStopping()
    found = {name: str(getattr(usual, name)) for name in rows}
    assert len(rows) == 5 and found == {name: text.strip('"') for name, text in rows.items()}


def test_what_the_lesson_says_of_descent_and_penalty_on_a_bowl():
    x = np.logspace(-6, 6, 100_001)  # learning rate times steps times curvature
    ratio = -np.expm1(-x) / (x / (1 + x))  # descent in the limit of small steps, over L2
    assert ratio.min() > 1 - 1e-9 and 1.29 < ratio.max() < 1.30


def test_nothing_is_trained_before_there_is_an_answer():
    check_trains_nothing(checks.broken_patience, {"seed": 1}, {"learning_rate": 3e-4})
