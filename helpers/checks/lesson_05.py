"""The exercises of lesson 05: early stopping."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers import reference
from helpers.checks.verdicts import Mistake, Verdict, When, judge, judge_function, near_any


def _last_epoch(patience_spent, improves, count=lambda waited: 0):
    """A rule like early stopping: the epoch after which it ends, or the last there is.

    Args:
        patience_spent: Says of (waited, patience) whether to stop.
        improves: Says of (loss, best, last) whether an epoch counts as an improvement.
        count: What `waited` becomes then.
    """

    def rule(losses, patience):
        best, waited = losses[0], 0
        for epoch in range(2, len(losses) + 1):
            loss, last = losses[epoch - 1], losses[epoch - 2]
            if improves(loss, best, last):
                best, waited = min(loss, best), count(waited)
            else:
                waited += 1
                if patience_spent(waited, patience):
                    return epoch
        return len(losses)

    return rule


_LOSSES = (
    (np.array([5, 4, 4.5, 4.2, 3, 3.5, 3.2, 3.1, 3.3]), 3),
    (np.array([1, 0.9, 0.9, 0.95, 0.9, 0.8, 0.85, 0.85]), 2),
    (np.array([3, 1.0, 2, 2]), 5),
)


def stopping_epoch(function: Callable) -> Verdict:
    """Judges: function(losses, patience), the epoch (from 1) after which training ends."""

    def enough(waited, patience):
        return waited >= patience

    def below_best(loss, best, last):
        return loss < best

    def right(losses, patience):
        return reference.early_stopping(losses, patience).trained

    def never_stops(losses, patience):
        return reference.early_stopping(losses, patience).stopped is None

    def silent_at_the_end(losses, patience):
        return 0 if never_stops(losses, patience) else right(losses, patience)

    def answered(losses, patience):
        # A loop that ends without `return` gives None, which elsewhere means not yet written.
        found = function(losses, patience)
        return 0 if found is None and never_stops(losses, patience) else found

    return judge_function(
        answered if callable(function) else function,
        right,
        _LOSSES,
        [
            Mistake(
                "never starts afresh",
                _last_epoch(enough, below_best, count=lambda waited: waited),
                "you count all epochs without improvement; patience is about those in a row, so "
                "an improvement sets the count back to 0",
            ),
            Mistake(
                "compared with the last epoch",
                _last_epoch(enough, lambda loss, best, last: loss < last),
                "you compare each epoch with the one before; an improvement is a loss below the "
                "best of all so far",
            ),
            Mistake(
                "a tie for an improvement",
                _last_epoch(enough, lambda loss, best, last: loss <= best),
                "an epoch as good as the best is no improvement; only a lower loss counts",
            ),
            Mistake(
                "one epoch too patient",
                _last_epoch(lambda waited, patience: waited > patience, below_best),
                "you stop one epoch late; training ends with the epoch that makes the count reach "
                "the patience",
            ),
            Mistake(
                "best epoch for last",
                lambda losses, patience: int(np.argmin(losses[: right(losses, patience)])) + 1,
                "this is the epoch whose weights are worth keeping; training ends later, when the "
                "patience is used up",
            ),
            Mistake(
                "counted from 0",
                lambda losses, patience: right(losses, patience) - 1,
                "this is an index, and Python counts from 0; the first epoch is epoch 1",
            ),
            Mistake(
                "silent at the end",
                silent_at_the_end,
                "where the patience is never used up, you return nothing; training ends with the "
                "last epoch then",
            ),
        ],
        praise="this is when Keras's EarlyStopping stops",
        hint="remember the best loss and how many epochs in a row were not below it",
    )


def stopping_callback(answer) -> Verdict:
    """Judges: the EarlyStopping callback for a penalised network whose data loss is a metric."""

    def asks(**wanted):
        return lambda c: all(getattr(c, name) in values for name, values in wanted.items())

    def is_right(c):
        return asks(
            monitor=["val_binary_crossentropy"], mode=["min", "auto"], patience=[10],
            restore_best_weights=[True],
        )(c)  # fmt: skip

    return judge(
        answer,
        When(is_right),
        [
            Mistake(
                "penalty watched",
                When(asks(monitor=["val_loss"])),
                "val_loss contains the penalty, and can fall while the network gets worse on new "
                "rows; watch the metric that does not",
            ),
            Mistake(
                "training rows watched",
                When(asks(monitor=["loss", "binary_crossentropy", "accuracy"])),
                "this is measured on training rows, where memorising pays to the end; the names "
                "of validation scores begin with val_",
            ),
            Mistake(
                "accuracy watched",
                When(asks(monitor=["val_accuracy"])),
                "accuracy moves in whole rows and may stay while the loss climbs; the task asks "
                "for the data loss",
            ),
            Mistake(
                "highest loss sought",
                When(asks(mode=["max"])),
                "a loss is better when it is lower; with mode max this takes every fall for a "
                "setback",
            ),
            Mistake(
                "last weights kept",
                When(asks(restore_best_weights=[False])),
                "it stops in time, but leaves you with the weights of the last epoch, which is "
                "what Keras does unless told otherwise",
            ),
            Mistake(
                "no patience",
                When(asks(patience=[0, 1])),
                "this stops at the first epoch that is not better; the task asks for a patience "
                "of 10",
            ),
        ],
        praise="it watches what new rows cost, and gives back the weights that cost least",
        hint="make a keras.callbacks.EarlyStopping with monitor, mode, patience and "
        "restore_best_weights",
    )


_DESCENTS = ((np.array([0.01, 0.5, 2.0]), 0.1, 20), (np.array([4.0, 0.3]), 0.2, 3))


def learned_share(function: Callable) -> Verdict:
    """Judges: function(h, learning_rate, steps), the share of the best weight that is reached."""
    return judge_function(
        function,
        lambda h, rate, steps: 1 - (1 - rate * h) ** steps,
        _DESCENTS,
        [
            Mistake(
                "what is missing",
                lambda h, rate, steps: (1 - rate * h) ** steps,
                "this is the share that is still missing; what is reached is 1 less that",
            ),
            Mistake(
                "one step",
                lambda h, rate, steps: rate * h,
                "this is what one step covers; each further step covers the same share of what is "
                "still missing",
            ),
            Mistake(
                "steps added up",
                lambda h, rate, steps: rate * h * steps,
                "you give every step the length of the first; each covers a share of what is "
                "missing, and so gets shorter",
            ),
            Mistake(
                "ridge",
                lambda h, rate, steps: h / (h + 1 / (rate * steps)),
                "this is what the L2 penalty of the same time leaves, the relative and not the "
                "thing itself; follow the descent step by step",
            ),
            Mistake(
                "endlessly small steps",
                lambda h, rate, steps: 1 - np.exp(-rate * h * steps),
                "this is the limit of endlessly many, endlessly small steps; here they are counted "
                "and have a size",
            ),
        ],
        praise="steep directions are there at once, flat ones hardly begin",
        hint="what is missing is multiplied by (1 - learning_rate * h) at each step",
    )


def equivalent_strength(answer) -> Verdict:
    """Judges: the Keras `l2` that is akin to 200 steps of 0.01 from 0."""
    return judge(
        answer,
        0.25,
        [
            Mistake(
                "a textbook's strength",
                0.5,
                "1 / (learning rate · steps) is what stands beside h; in Keras that is 2 λ, so "
                "halve it",
            ),
            Mistake(
                "doubled",
                1.0,
                "you went the wrong way with the 2; in Keras 2 λ stands beside h, so λ is half of "
                "1 / (learning rate · steps)",
            ),
            Mistake(
                "time for strength",
                When(lambda a: near_any(a, [2.0, 4.0])),
                "that grows with the number of steps; but the longer one trains, the weaker is "
                "the penalty it is akin to",
            ),
            Mistake(
                "learning rate forgotten",
                When(lambda a: near_any(a, [1 / 200, 1 / 400])),
                "steps alone are no time; small ones go less far, so multiply them by the "
                "learning rate",
            ),
            Mistake(
                "steps forgotten",
                When(lambda a: near_any(a, [100.0, 50.0])),
                "the learning rate alone is no time; multiply it by the number of steps",
            ),
        ],
        praise="flat directions are then shrunk alike by both",
        hint="set 2 λ equal to 1 / (learning rate · steps)",
    )
