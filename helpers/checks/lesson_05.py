"""The exercises of lesson 05: early stopping."""

import operator
from collections.abc import Callable

import numpy as np

from helpers import reference
from helpers.checks.broken_claims import judge_broken_claim
from helpers.checks.verdicts import Verdict, When, any_of, judge, judge_function
from helpers.experiment import Experiment, grid


def _last_epoch(
    improves=lambda loss, best, last: loss < best, count=lambda waited: 0, spent=operator.ge
):
    """A rule like early stopping: the epoch after which it ends, or the last there is.

    Args:
        improves: Says of (loss, best, last) whether an epoch counts as an improvement.
        count: What `waited` becomes then.
        spent: Says of (waited, patience) whether to stop.
    """

    def rule(losses, patience):
        best, waited = losses[0], 0
        for epoch in range(2, len(losses) + 1):
            loss, last = losses[epoch - 1], losses[epoch - 2]
            if improves(loss, best, last):
                best, waited = min(loss, best), count(waited)
            else:
                waited += 1
                if spent(waited, patience):
                    return epoch
        return len(losses)

    return rule


_LOSSES = (
    ([5, 4, 4.5, 4.2, 3, 3.5, 3.2, 3.1, 3.3], 3),
    ([1, 0.9, 0.9, 0.95, 0.9, 0.8, 0.85, 0.85], 2),
    ([3, 1.0, 2, 2], 5),
)


def stopping_epoch(function: Callable) -> Verdict:
    """Judges: function(losses, patience), the epoch (from 1) after which training ends."""

    keras = reference.early_stopping
    mistakes = {
        "never starts afresh": _last_epoch(count=lambda waited: waited),
        "compared with the last epoch": _last_epoch(lambda loss, best, last: loss < last),
        "a tie for an improvement": _last_epoch(lambda loss, best, last: loss <= best),
        "one epoch too patient": _last_epoch(spent=operator.gt),
        "best epoch for last": lambda *case: keras(*case).best,
        "counted from 0": lambda *case: keras(*case).trained - 1,
        "silent at the end": lambda *case: keras(*case).stopped,  # None where it never stops
    }
    words = """
    praise: Keras's EarlyStopping stops after the same epoch
    hint: keep the lowest loss so far, and count the epochs in a row that were not below it
    never starts afresh: you count all epochs without improvement; patience counts epochs in a row,
        so an improvement sets the count back to 0
    compared with the last epoch: you compare each epoch with the one before; an improvement is a
        loss below the lowest of all epochs so far
    a tie for an improvement: an equal loss is no improvement; only a lower loss counts
    one epoch too patient: training ends with the epoch in which the count reaches the patience
    best epoch for last: this is the epoch whose weights you want to keep; training ends later,
        when the patience is used up
    counted from 0: this is an index, and Python counts from 0; the first epoch is epoch 1
    silent at the end: if the patience is never used up, return the last epoch
    """
    return judge_function(function, lambda *case: keras(*case).trained, _LOSSES, mistakes, words)


def stopping_callback(answer) -> Verdict:
    """Judges: the EarlyStopping callback for a penalised network whose data loss is a metric."""

    def having(**wanted):
        return When(lambda c: all(getattr(c, name) in some for name, some in wanted.items()))

    right = having(
        monitor=["val_binary_crossentropy"],
        mode=["min", "auto"],
        patience=[10],
        restore_best_weights=[True],
    )
    mistakes = {
        "penalty watched": having(monitor=["val_loss"]),
        "training rows watched": having(monitor=["loss", "binary_crossentropy", "accuracy"]),
        "accuracy watched": having(monitor=["val_accuracy"]),
        "highest loss sought": having(mode=["max"]),
        "last weights kept": having(restore_best_weights=[False]),
        "no patience": having(patience=[0, 1]),
    }
    words = """
    praise: it watches the data loss of the validation rows, and restores the best weights
    hint: give keras.callbacks.EarlyStopping monitor, mode, patience, restore_best_weights
    penalty watched: val_loss contains the penalty, and can fall while the data loss rises; watch
        the metric, which does not contain it
    training rows watched: this is measured on training rows, where memorising lowers the loss to
        the end; the names of validation scores begin with val_
    accuracy watched: accuracy can stay the same while the loss rises; the task asks for the data
        loss
    highest loss sought: a lower loss is better; with mode "max" every fall counts as a setback
    last weights kept: training stops in time, but the model keeps the weights of the last epoch,
        which is the default of Keras
    no patience: this stops at the first epoch that is not better; the task asks for 10
    """
    return judge(answer, right, mistakes, words)


_DESCENTS = (([0.01, 0.5, 2.0], 0.1, 20), ([4.0, 0.3], 0.2, 3))


def learned_share(function: Callable) -> Verdict:
    """Judges: function(h, learning_rate, steps), the share of the best weight that is reached."""
    mistakes = {
        "what is missing": lambda h, rate, steps: (1 - rate * h) ** steps,
        "one step": lambda h, rate, steps: rate * h,
        "steps added up": lambda h, rate, steps: rate * h * steps,
        "ridge": lambda h, rate, steps: h / (h + 1 / (rate * steps)),
        "endlessly small steps": lambda h, rate, steps: 1 - np.exp(-rate * h * steps),
    }
    words = """
    praise: directions of large curvature are learned at once, those of small curvature slowly
    hint: each step multiplies the missing part by (1 - learning_rate * h)
    what is missing: this is the part that is still missing; what is learned is 1 minus that
    one step: this is what the first step covers; each further step covers the same share of what
        is still missing
    steps added up: you give every step the length of the first; each step covers a share of what
        is still missing, so the steps become shorter
    ridge: this is what the equivalent L2 penalty leaves, which is close but not equal; follow
        gradient descent step by step
    endlessly small steps: this is the limit of infinitely many, infinitely small steps; here the
        steps have a size and a number
    """
    return judge_function(
        function, lambda h, rate, steps: 1 - (1 - rate * h) ** steps, _DESCENTS, mistakes, words
    )


def equivalent_strength(answer) -> Verdict:
    """Judges: the Keras `l2` that is equivalent to 200 steps of 0.01 from 0."""
    mistakes = {
        "a textbook's strength": 0.5,
        "doubled": 1.0,
        "time for strength": any_of(2.0, 4.0),
        "learning rate forgotten": any_of(1 / 200, 1 / 400),
        "steps forgotten": any_of(100.0, 50.0),
    }
    words = """
    praise: both shrink directions of small curvature by the same factor
    hint: set 2 λ equal to 1 / (learning rate · steps)
    a textbook's strength: 1 / (learning rate · steps) is what is added to h; in Keras that is 2 λ
    doubled: this is the wrong direction; Keras adds 2 λ to h, so λ is half of 1 / (learning rate ·
        steps)
    time for strength: this grows with the number of steps; the longer you train, the weaker is the
        equivalent penalty
    learning rate forgotten: small steps cover less; multiply the number of steps by the learning
        rate
    steps forgotten: multiply the learning rate by the number of steps
    """
    return judge(answer, 0.25, mistakes, words)


def stopped_history(history, loss: float) -> Verdict:
    """Judges: the `History` of a model that was stopped with patience 10 and restored.

    Args:
        history: What `fit` returned.
        loss: What `evaluate` says now of the validation rows.
    """

    def watched(h):
        return np.asarray(h.history["val_loss"], float)

    def waited(h):
        return len(watched(h)) - 1 - int(np.argmin(watched(h)))

    def left_with(h, value):
        return abs(loss - value) < 1e-4

    mistakes = {
        "no validation rows": When(lambda h: "val_loss" not in h.history),
        "never stopped": When(lambda h: len(watched(h)) >= 100),
        "last weights kept": When(lambda h: waited(h) == 10 and left_with(h, watched(h)[-1])),
        "another patience": When(lambda h: waited(h) != 10),
    }
    words = """
    praise: training stopped 10 epochs after the best one, and the model has its weights
    hint: this asks for what model.fit returns, with its attributes history and model
    no validation rows: pass validation_data=(x_val, y_val) to fit; val_loss needs them
    never stopped: the run has 100 epochs; pass callbacks=[...] to fit
    last weights kept: training stopped in time, but evaluate gives the loss of the last epoch; set
        restore_best_weights=True
    another patience: training should stop 10 epochs after the lowest val_loss; set patience=10 and
        monitor="val_loss"
    """
    right = When(lambda h: waited(h) == 10 and left_with(h, watched(h).min()))
    return judge(history, right, mistakes, words)


def restored_epoch(epoch, history) -> Verdict:
    """Judges: the epoch (from 1) whose weights a stopped and restored model has."""
    curves = getattr(history, "history", {})
    lowest = {name: int(np.argmin(values)) + 1 for name, values in curves.items()}
    highest = {name: int(np.argmax(values)) + 1 for name, values in curves.items()}
    wrong = When(lambda _: False)
    mistakes = {
        "the last epoch": len(curves["val_loss"]) if curves else wrong,
        "counted from 0": lowest.get("val_loss", np.inf) - 1,
        "by training loss": lowest.get("loss", wrong),
        "by accuracy": highest.get("val_accuracy", wrong),
    }
    words = """
    praise: val_loss is lowest after this epoch, and its weights were restored
    hint: find the lowest entry of history.history["val_loss"], counted from 1
    the last epoch: training stopped after this epoch; the restored weights are older
    counted from 0: np.argmin counts from 0; the first epoch is 1
    by training loss: this is where the training loss is lowest; take val_loss
    by accuracy: this is where the validation accuracy is highest; the callback watches val_loss
    """
    return judge(epoch, lowest.get("val_loss", wrong), mistakes, words)


def repaired_fit(arguments, x_val) -> Verdict:
    """Judges: {"validation_data": ..., "callbacks": [...]} that stop and save by validation loss.

    Args:
        arguments: For `fit`.
        x_val: The validation inputs.
    """

    def callback(a, name):
        return next((c for c in a["callbacks"] if type(c).__name__ == name), None)

    def validates(a):
        return np.array_equal(a["validation_data"][0], x_val)

    def watches(a, name):
        return getattr(callback(a, name), "monitor", "val_loss") == "val_loss"

    mistakes = {
        "no validation rows": When(lambda a: dict(a).get("validation_data") is None),
        "test rows watched": When(lambda a: not validates(a)),
        "no stopping": When(lambda a: callback(a, "EarlyStopping") is None),
        "no checkpoint": When(lambda a: callback(a, "ModelCheckpoint") is None),
        "training loss watched": When(lambda a: not watches(a, "EarlyStopping")),
        "every epoch saved": When(lambda a: not callback(a, "ModelCheckpoint").save_best_only),
        "checkpoint by another score": When(lambda a: not watches(a, "ModelCheckpoint")),
    }
    words = """
    praise: the validation rows decide when to stop and what to save; the test rows decide nothing
    hint: this asks for a dict with the keys validation_data and callbacks
    no validation rows: fit needs validation_data=(x_val, y_val), or there is no val_loss
    test rows watched: the test rows choose the epoch, so their score is too optimistic; give fit
        the validation rows
    no stopping: the EarlyStopping callback is missing
    no checkpoint: the ModelCheckpoint callback is missing
    training loss watched: "loss" is measured on training rows and falls to the end; stop by
        "val_loss"
    every epoch saved: the file is overwritten after every epoch, so it holds the last weights; set
        save_best_only=True
    checkpoint by another score: stop and save by the same score, "val_loss"
    """
    return judge(
        arguments, When(lambda a: not any(m.test(a) for m in mistakes.values())), mistakes, words
    )


_SOON = 40  # epochs; the lesson's claim


def _trained(run) -> float:
    if run.diverged:
        return np.inf
    return reference.early_stopping(np.asarray(run.validation_loss, float), 10).trained


def broken_patience(change, train: Callable) -> Verdict:
    """Judges: changed fields of `Experiment` with which patience 10 does not stop before epoch 40.

    Args:
        change: {field: value}, without `epochs` and `seed`.
        train: train(experiments), their runs of 100 epochs; called with three experiments.
    """

    def trained(changed):
        """How many epochs each seed trains; infinite where the run diverged."""
        return np.array([_trained(run) for run in train(grid(changed, seed=range(3)))])

    base = Experiment(learning_rate=3e-4, epochs=100)
    words = """
    praise: while the validation loss keeps improving, early stopping saves no time
    hint: this asks for a dict of fields of Experiment, such as {"batch_size": 64}
    fixed field changed: leave epochs and seed as they are; the claim is about 100 epochs
    nothing changed: change at least one field
    diverged: a run diverged, so there is nothing to compare; lower the learning rate
    the claim holds: patience 10 still stops before epoch 40; what delays overfitting, or prevents
        it?
    depends on the seed: the claim fails in some seeds only; go further in the same direction
    """
    return judge_broken_claim(change, base, ["epochs", "seed"], trained, lambda t: t < _SOON, words)
