"""The exercises of lesson 02: L2."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers.checks.verdicts import (
    Mistake,
    Verdict,
    When,
    judge,
    judge_function,
    layers_of,
    matches,
    near_any,
)


def translated_strength(answer) -> Verdict:
    """Judges: the Keras `l2` of a gradient to which 0.0005 * w is added, at learning rate 0.1."""
    return judge(
        answer,
        0.00025,
        [
            Mistake(
                "same number",
                0.0005,
                "l2(0.0005) pulls with 2 · 0.0005 · w, twice what the paper adds; the slope of "
                "λ w² has a factor 2",
            ),
            Mistake(
                "doubled",
                0.001,
                "you went the wrong way; the slope of λ w² is 2 λ w, so λ is half of what the "
                "paper adds",
            ),
            Mistake(
                "learning rate counted in",
                When(lambda a: near_any(a, [0.00005, 0.000025, 0.0001])),
                "the learning rate multiplies the whole gradient, the penalty's part with it, in "
                "the paper as in Keras; leave it out",
            ),
            Mistake(
                "divided by the learning rate",
                When(lambda a: near_any(a, [0.005, 0.0025, 0.01])),
                "the paper adds to the gradient, so the learning rate comes after it, in the paper "
                "as in Keras; leave it out",
            ),
        ],
        praise="2 · 0.00025 · w is what the paper adds to the gradient",
        hint="solve 2 λ w = 0.0005 w for λ",
    )


_WEIGHTS = (
    (np.array([[0.5, -1.5], [2.0, 0.25]]), 0.1),
    (np.array([3.0, -0.5, 0.25]), 0.02),
)


def penalty_and_slope(function: Callable) -> Verdict:
    """Judges: function(w, strength), the penalty of `keras.regularizers.L2` and its gradient."""
    return judge_function(
        function,
        lambda w, s: (s * np.sum(w**2), 2 * s * w),
        _WEIGHTS,
        [
            Mistake(
                "half of a textbook",
                lambda w, s: (s / 2 * np.sum(w**2), s * w),
                "this is a textbook's penalty, with a half in front; Keras takes the strength "
                "times the sum of squares as it stands",
            ),
            Mistake(
                "2 forgotten in the slope",
                lambda w, s: (s * np.sum(w**2), s * w),
                "the penalty is right, but w² has the slope 2 w",
            ),
            Mistake(
                "absolute values",
                lambda w, s: (s * np.sum(np.abs(w)), s * np.sign(w)),
                "this is L1, the sum of absolute values; L2 takes squares",
            ),
            Mistake(
                "mean for sum",
                lambda w, s: (s * np.mean(w**2), 2 * s * w / w.size),
                "you take the mean over the weights; the penalty is their sum, so a larger layer "
                "pays more",
            ),
            Mistake(
                "root taken",
                lambda w, s: (s * np.sqrt(np.sum(w**2)), s * w / np.sqrt(np.sum(w**2))),
                "this is the norm; the penalty is the norm squared, so leave out the root",
            ),
            Mistake(
                "slope downhill",
                lambda w, s: (s * np.sum(w**2), -2 * s * w),
                "the gradient points uphill, away from 0; descent puts the minus in front of it "
                "later",
            ),
        ],
        praise="one number for the layer, and for each weight a pull in proportion to it",
        hint="the penalty is strength * sum of w**2, its slope 2 * strength * w, an array like w",
    )


_STEPS = (
    (np.array([1.0, -2.0]), np.array([0.5, 1.5]), 0.1, 0.4),
    (np.array([[0.5, 3.0]]), np.array([[-1.0, 0.25]]), 0.5, 0.05),
)


def penalised_step(function: Callable) -> Verdict:
    """Judges: function(w, gradient, learning_rate, l2), `w` after one step of descent."""
    return judge_function(
        function,
        lambda w, g, rate, l2: w - rate * (g + 2 * l2 * w),
        _STEPS,
        [
            Mistake(
                "2 forgotten",
                lambda w, g, rate, l2: w - rate * (g + l2 * w),
                "the penalty's part of the gradient is 2 * l2 * w",
            ),
            Mistake(
                "learning rate forgotten",
                lambda w, g, rate, l2: (1 - 2 * l2) * w - rate * g,
                "you shrink by 2 * l2 whatever the learning rate; it multiplies the penalty's "
                "slope as it does the data's",
            ),
            Mistake(
                "wrong direction",
                lambda w, g, rate, l2: w - rate * (g - 2 * l2 * w),
                "your penalty makes the weights grow; its slope is added to the gradient, and the "
                "step goes against the sum",
            ),
            Mistake(
                "penalty for slope",
                lambda w, g, rate, l2: w - rate * (g + l2 * np.sum(w**2)),
                "you add the penalty itself, one number for all weights; a step needs its slope, "
                "one for each weight",
            ),
            Mistake(
                "data forgotten",
                lambda w, g, rate, l2: (1 - 2 * rate * l2) * w,
                "your weights shrink but learn nothing; the data's gradient belongs into the step",
            ),
            Mistake(
                "shrunk after learning",
                lambda w, g, rate, l2: (1 - 2 * rate * l2) * (w - rate * g),
                "you shrink what was learnt in this very step, too; both slopes are taken at the "
                "same w",
            ),
        ],
        praise="the same as (1 - 2 * learning_rate * l2) * w - learning_rate * gradient",
        hint="take learning_rate times the whole gradient, data and penalty, off w",
    )


def book_model(model) -> Verdict:
    """Judges: a Keras model whose three kernels are penalised as in (0.02 / 2) * sum w**2."""

    def strengths(name, kind="l2"):
        return [_strength_of(getattr(layer, name), kind) for layer in layers_of(model, "Dense")]

    def activity():
        return any(layer.activity_regularizer for layer in layers_of(model, "Dense"))

    def as_ordered():
        return [layer.units for layer in layers_of(model, "Dense")] == [16, 8, 1] and (
            model.input_shape[-1] == 56 and _bends(model) == ["relu", "relu", "sigmoid"]
        )

    def l2_on(*patterns, number=0.01):
        """Whether kernels carry this L2 strength as in one of the patterns, and nothing else."""

        def look(_):
            found = tuple(strengths("kernel_regularizer"))
            wanted = [tuple(number * on for on in pattern) for pattern in patterns]
            alone = not any(strengths("kernel_regularizer", "l1") + strengths("bias_regularizer"))
            return alone and not activity() and any(matches(found, w, 1e-3) for w in wanted)

        return When(look)

    everywhere = l2_on((1, 1, 1))
    return judge(
        model,
        When(lambda m: everywhere.test(m) and as_ordered()),
        [
            Mistake(
                "another network",
                everywhere,
                "the penalty is right, but the network is not as ordered: 56 inputs, 16 and 8 "
                "hidden units with relu, one sigmoid unit",
            ),
            Mistake(
                "the book's number",
                l2_on((1, 1, 1), (1, 1, 0), number=0.02),
                "0.02 is the book's number, and the book has a half in front of it; Keras has not",
            ),
            Mistake(
                "output spared",
                l2_on((1, 1, 0)),
                "the book's sum runs over all kernels, and yours leaves out the output layer's; a "
                "relu network moves its scale to where it costs nothing",
            ),
            Mistake(
                "a hidden layer spared",
                l2_on((1, 0, 1), (0, 1, 1), (1, 0, 0), (0, 1, 0)),
                "a hidden layer has no penalty; the book's sum runs over all kernels",
            ),
            Mistake(
                "biases penalised",
                When(lambda _: any(strengths("bias_regularizer"))),
                "you penalise biases; the book's sum runs over kernels, and a bias makes no answer "
                "steeper",
            ),
            Mistake(
                "activity for kernel",
                When(lambda _: activity()),
                "an activity_regularizer penalises what a layer puts out, not its weights: use "
                "kernel_regularizer",
            ),
            Mistake(
                "L1 for L2",
                When(lambda _: any(strengths("kernel_regularizer", "l1"))),
                "this is L1, which sums absolute values; the book sums squares",
            ),
        ],
        praise="the same pull on every kernel as in the book, and none on a bias",
        hint="this asks for a Keras model of three Dense layers, 16, 8 and 1 units, each with a "
        "kernel_regularizer",
    )


def _bends(model) -> list[str]:
    """The names of a model's activations in their order, wherever they stand."""
    names = (
        "relu" if layer in layers_of(model, "ReLU") else getattr(layer, "activation", None)
        for layer in model.layers
    )
    names = [name if isinstance(name, str) else getattr(name, "__name__", "") for name in names]
    return [name for name in names if name not in ("", "linear")]


def _strength_of(regularizer, kind: str) -> float:
    """The "l1" or "l2" of a Keras regularizer; 0 if it has none."""
    return float(getattr(regularizer, kind, 0.0))


_FITTED = (  # strengths; val_loss as fit prints it and penalty, both (strengths, seeds)
    (
        np.array([0.0, 0.001, 0.01, 0.1]),
        np.array([[0.58, 0.90, 0.60], [0.61, 0.62, 0.63], [0.66, 0.67, 0.65], [0.64, 0.71, 0.44]]),
        np.array([[0.00, 0.00, 0.00], [0.04, 0.04, 0.05], [0.20, 0.22, 0.21], [0.10, 0.12, 0.01]]),
    ),
    (
        np.array([0.0, 0.003, 0.03]),
        np.array([[0.72, 0.70], [0.99, 0.68], [0.87, 0.85]]),
        np.array([[0.00, 0.00], [0.31, 0.30], [0.33, 0.30]]),
    ),
    (  # the middle seed prefers 0.001, the mean 0.01
        np.array([0.0, 0.001, 0.01, 0.1]),
        np.array([[0.70, 0.72, 0.71], [0.56, 0.57, 0.98], [0.70, 0.72, 0.71], [0.82, 0.80, 0.84]]),
        np.array([[0.00, 0.00, 0.00], [0.05, 0.06, 0.05], [0.13, 0.14, 0.12], [0.09, 0.08, 0.09]]),
    ),
)


def chosen_strength(function: Callable) -> Verdict:
    """Judges: function(strengths, val_loss, penalty), the strength with the lowest data loss."""

    def at_least(measure):
        return lambda s, v, p: float(s[np.argmin(measure(v, p))])

    return judge_function(
        function,
        at_least(lambda v, p: (v - p).mean(axis=1)),
        _FITTED,
        [
            Mistake(
                "val_loss trusted",
                at_least(lambda v, p: v.mean(axis=1)),
                "you compare val_loss as fit prints it, penalty included; that charges the strong "
                "for their strength, so take the penalty off first",
            ),
            Mistake(
                "luckiest seed",
                at_least(lambda v, p: (v - p).min(axis=1)),
                "you let the luckiest seed decide; average over the seeds, axis 1, and then choose",
            ),
            Mistake(
                "one seed",
                at_least(lambda v, p: (v - p)[:, 0]),
                "you look at the first seed alone; average over the seeds, axis 1, and then choose",
            ),
            Mistake(
                "middle seed",
                at_least(lambda v, p: np.median(v - p, axis=1)),
                "you take the median, which overlooks a seed that went wrong; the question asks "
                "for the mean over the seeds",
            ),
            Mistake(
                "penalty added",
                at_least(lambda v, p: (v + p).mean(axis=1)),
                "val_loss holds the penalty already, and you add it once more; take it off",
            ),
            Mistake(
                "smallest penalty",
                at_least(lambda v, p: p.mean(axis=1)),
                "you take the one that pays least; without a strength there is nothing to pay, and "
                "that says nothing about mistakes",
            ),
            Mistake(
                "index for strength",
                lambda s, v, p: float(np.argmin((v - p).mean(axis=1))),
                "this is its place in the row; the question is for the strength that stands there",
            ),
        ],
        praise="chosen by mistakes on rows that were not trained on, and by no single seed",
        hint="data loss is val_loss - penalty; average it over axis 1, and find the lowest",
    )
