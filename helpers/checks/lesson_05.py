"""The exercises of lesson 05: early stopping."""

import operator
from collections.abc import Callable

import numpy as np

from helpers import reference
from helpers.checks.verdicts import Verdict, When, any_of, judge, judge_function


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
    praise: this is when Keras's EarlyStopping stops
    hint: remember the best loss and how many epochs in a row were not below it
    never starts afresh: you count all epochs without improvement; patience is about those in a row,
        so an improvement sets the count back to 0
    compared with the last epoch: you compare each epoch with the one before; an improvement is a
        loss below the best of all so far
    a tie for an improvement: an epoch as good as the best is none; only a lower loss counts
    one epoch too patient: training ends with the epoch that makes the count reach the patience
    best epoch for last: this is the epoch whose weights are worth keeping; training ends later,
        when the patience is used up
    counted from 0: this is an index, and Python counts from 0; the first epoch is epoch 1
    silent at the end: where the patience is never used up, return the last epoch
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
    praise: it watches what new rows cost, and gives back the weights that cost least
    hint: give keras.callbacks.EarlyStopping monitor, mode, patience, restore_best_weights
    penalty watched: val_loss contains the penalty, and can fall while the network gets worse on new
        rows; watch the metric that does not
    training rows watched: this is measured on training rows, where memorising pays to the end; the
        names of validation scores begin with val_
    accuracy watched: accuracy may stay while the loss climbs; the task asks for the data loss
    highest loss sought: a loss is better when lower; mode max takes every fall for a setback
    last weights kept: it stops in time, but leaves you with the weights of the last epoch, which is
        what Keras does unless told otherwise
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
    praise: steep directions are there at once, flat ones hardly begin
    hint: what is missing is multiplied by (1 - learning_rate * h) at each step
    what is missing: this is the share that is still missing; what is reached is 1 less that
    one step: this is what one step covers; each further one that share of what is missing
    steps added up: you give every step the length of the first; each covers a share of what is
        missing, and so gets shorter
    ridge: this is what the equivalent L2 penalty leaves, which is close and not the same; follow
        the descent step by step
    endlessly small steps: this is the limit of endlessly many, endlessly small steps; here they are
        counted and have a size
    """
    return judge_function(
        function, lambda h, rate, steps: 1 - (1 - rate * h) ** steps, _DESCENTS, mistakes, words
    )


def equivalent_strength(answer) -> Verdict:
    """Judges: the Keras `l2` that is akin to 200 steps of 0.01 from 0."""
    mistakes = {
        "a textbook's strength": 0.5,
        "doubled": 1.0,
        "time for strength": any_of(2.0, 4.0),
        "learning rate forgotten": any_of(1 / 200, 1 / 400),
        "steps forgotten": any_of(100.0, 50.0),
    }
    words = """
    praise: flat directions are then shrunk alike by both
    hint: set 2 λ equal to 1 / (learning rate · steps)
    a textbook's strength: 1 / (learning rate · steps) stands beside h; in Keras that is 2 λ
    doubled: you went the wrong way with the 2; in Keras 2 λ stands beside h, so λ is half of 1 /
        (learning rate · steps)
    time for strength: that grows with the number of steps; but the longer one trains, the weaker is
        the penalty it is akin to
    learning rate forgotten: small steps go less far: multiply them by the learning rate
    steps forgotten: the learning rate alone is no time; multiply it by the number of steps
    """
    return judge(answer, 0.25, mistakes, words)
