"""The exercises of lesson 02: L2."""

from collections.abc import Callable

import numpy as np

from helpers.checks.networks import activations, layers_of, strengths, units
from helpers.checks.verdicts import Verdict, When, any_of, judge, judge_function


def translated_strength(answer) -> Verdict:
    """Judges: the Keras `l2` of a gradient to which 0.0005 * w is added, at learning rate 0.1."""
    mistakes = {
        "same number": 0.0005,
        "doubled": 0.001,
        "learning rate counted in": any_of(0.00005, 0.000025, 0.0001),
        "divided by the learning rate": any_of(0.005, 0.0025, 0.01),
    }
    words = """
    praise: 2 · 0.00025 · w is what the paper adds to the gradient
    hint: solve 2 λ w = 0.0005 w for λ
    same number: l2(0.0005) pulls with 2 · 0.0005 · w: λ w² has the slope 2 λ w
    doubled: you went the wrong way; λ w² has the slope 2 λ w, so λ is half of that
    learning rate counted in: the learning rate multiplies the whole gradient, the penalty's part
        with it, in the paper as in Keras; leave it out
    divided by the learning rate: the paper adds to the gradient, so the learning rate comes after
        it, in the paper as in Keras; leave it out
    """
    return judge(answer, 0.00025, mistakes, words)


_WEIGHTS = (
    ([[0.5, -1.5], [2.0, 0.25]], 0.1),
    ([3.0, -0.5, 0.25], 0.02),
)


def penalty_and_slope(function: Callable) -> Verdict:
    """Judges: function(w, strength), the penalty of `keras.regularizers.L2` and its gradient."""
    mistakes = {
        "half of a textbook": lambda w, s: (s / 2 * np.sum(w**2), s * w),
        "2 forgotten in the slope": lambda w, s: (s * np.sum(w**2), s * w),
        "absolute values": lambda w, s: (s * np.sum(np.abs(w)), s * np.sign(w)),
        "mean for sum": lambda w, s: (s * np.mean(w**2), 2 * s * w / w.size),
        "root taken": lambda w, s: (s * np.sqrt(np.sum(w**2)), s * w / np.sqrt(np.sum(w**2))),
        "slope downhill": lambda w, s: (s * np.sum(w**2), -2 * s * w),
    }
    words = """
    praise: one number for the layer, and for each weight a pull in proportion to it
    hint: the penalty is strength * sum of w**2, its slope 2 * strength * w, an array like w
    half of a textbook: this is a textbook's penalty, with a half in front; Keras takes the strength
        times the sum of squares as it stands
    2 forgotten in the slope: the penalty is right, but w² has the slope 2 w
    absolute values: this is L1, the sum of absolute values; L2 takes squares
    mean for sum: you take the mean over the weights; the penalty is their sum
    root taken: this is the norm; the penalty is the norm squared, so leave out the root
    slope downhill: the gradient points uphill, away from 0; the minus comes later, with descent
    """
    return judge_function(
        function, lambda w, s: (s * np.sum(w**2), 2 * s * w), _WEIGHTS, mistakes, words
    )


_STEPS = (
    ([1.0, -2.0], [0.5, 1.5], 0.1, 0.4),
    ([[0.5, 3.0]], [[-1.0, 0.25]], 0.5, 0.05),
)


def penalised_step(function: Callable) -> Verdict:
    """Judges: function(w, gradient, learning_rate, l2), `w` after one step of descent."""
    mistakes = {
        "2 forgotten": lambda w, g, rate, l2: w - rate * (g + l2 * w),
        "learning rate forgotten": lambda w, g, rate, l2: (1 - 2 * l2) * w - rate * g,
        "wrong direction": lambda w, g, rate, l2: w - rate * (g - 2 * l2 * w),
        "penalty for slope": lambda w, g, rate, l2: w - rate * (g + l2 * np.sum(w**2)),
        "data forgotten": lambda w, g, rate, l2: (1 - 2 * rate * l2) * w,
        "shrunk after learning": lambda w, g, rate, l2: (1 - 2 * rate * l2) * (w - rate * g),
    }
    words = """
    praise: the same as (1 - 2 * learning_rate * l2) * w - learning_rate * gradient
    hint: take learning_rate times the whole gradient, data and penalty, off w
    2 forgotten: the penalty's part of the gradient is 2 * l2 * w
    learning rate forgotten: you shrink by 2 * l2 whatever the learning rate; it multiplies the
        penalty's slope as it does the data's
    wrong direction: your penalty makes the weights grow; its slope is added to the gradient, and
        the step goes against the sum
    penalty for slope: you add the penalty, one number for all; a step needs one slope a weight
    data forgotten: your weights shrink but learn nothing; the step needs the data's gradient
    shrunk after learning: you shrink this step's learning too; take both slopes at the same w
    """
    return judge_function(
        function, lambda w, g, rate, l2: w - rate * (g + 2 * l2 * w), _STEPS, mistakes, words
    )


def book_model(model) -> Verdict:
    """Judges: a Keras model whose three kernels are penalised as in (0.02 / 2) * sum w**2."""

    def nothing_else(m):
        other = strengths(m, "l1") + strengths(m, of="bias_regularizer")
        return not any(other) and not activity(m)

    def activity(m):
        return any(layer.activity_regularizer for layer in layers_of(m, "Dense"))

    def l2_on(*patterns, number=0.01):
        """Kernels with this L2 strength as in one of the patterns, and nothing else."""
        wanted = any_of(*(tuple(number * on for on in pattern) for pattern in patterns))
        return When(lambda m: nothing_else(m) and wanted.test(strengths(m)))

    def as_ordered(m):
        bends = activations(m)
        return (m.input_shape[-1], units(m), bends) == (56, [16, 8, 1], ["relu", "relu", "sigmoid"])

    everywhere = l2_on((1, 1, 1))
    mistakes = {
        "another network": everywhere,
        "the book's number": l2_on((1, 1, 1), (1, 1, 0), number=0.02),
        "output spared": l2_on((1, 1, 0)),
        "a hidden layer spared": l2_on((1, 0, 1), (0, 1, 1), (1, 0, 0), (0, 1, 0)),
        "biases penalised": When(lambda m: any(strengths(m, of="bias_regularizer"))),
        "activity for kernel": When(activity),
        "L1 for L2": When(lambda m: any(strengths(m, "l1"))),
    }
    words = """
    praise: the same pull on every kernel as in the book, and none on a bias
    hint: this asks for a Keras model: Dense(16), Dense(8), Dense(1), with kernel_regularizer
    another network: the penalty is right, but the network is not as ordered: 56 inputs, 16 and 8
        hidden units with relu, one sigmoid unit
    the book's number: 0.02 is the book's, with a half in front of it; Keras has no half
    output spared: the book's sum runs over all kernels, and yours leaves out the output layer's; a
        relu network moves its scale to where it costs nothing
    a hidden layer spared: a hidden layer has no penalty; the book's sum runs over all kernels
    biases penalised: you penalise biases; the book's sum runs over kernels alone
    activity for kernel: this penalises what a layer puts out: use kernel_regularizer
    L1 for L2: this is L1, which sums absolute values; the book sums squares
    """
    return judge(model, When(lambda m: everywhere.test(m) and as_ordered(m)), mistakes, words)


_FITTED = (  # strengths; val_loss as fit prints it and penalty, both (strengths, seeds)
    (
        [0.0, 0.001, 0.01, 0.1],
        [[0.58, 0.90, 0.60], [0.61, 0.62, 0.63], [0.66, 0.67, 0.65], [0.64, 0.71, 0.44]],
        [[0.00, 0.00, 0.00], [0.04, 0.04, 0.05], [0.20, 0.22, 0.21], [0.10, 0.12, 0.01]],
    ),
    (
        [0.0, 0.003, 0.03],
        [[0.72, 0.70], [0.99, 0.68], [0.87, 0.85]],
        [[0.00, 0.00], [0.31, 0.30], [0.33, 0.30]],
    ),
    (  # the middle seed prefers 0.001, the mean 0.01
        [0.0, 0.001, 0.01, 0.1],
        [[0.70, 0.72, 0.71], [0.56, 0.57, 0.98], [0.70, 0.72, 0.71], [0.82, 0.80, 0.84]],
        [[0.00, 0.00, 0.00], [0.05, 0.06, 0.05], [0.13, 0.14, 0.12], [0.09, 0.08, 0.09]],
    ),
)


def chosen_strength(function: Callable) -> Verdict:
    """Judges: function(strengths, val_loss, penalty), the strength with the lowest data loss."""

    def at_least(measure):
        return lambda s, v, p: s[np.argmin(measure(v, p))]

    mistakes = {
        "val_loss trusted": at_least(lambda v, p: v.mean(axis=1)),
        "best seed": at_least(lambda v, p: (v - p).min(axis=1)),
        "one seed": at_least(lambda v, p: (v - p)[:, 0]),
        "middle seed": at_least(lambda v, p: np.median(v - p, axis=1)),
        "penalty added": at_least(lambda v, p: (v + p).mean(axis=1)),
        "smallest penalty": at_least(lambda v, p: p.mean(axis=1)),
        "index for strength": lambda s, v, p: np.argmin((v - p).mean(axis=1)),
    }
    words = """
    praise: chosen by mistakes on rows that were not trained on, and by no single seed
    hint: data loss is val_loss - penalty; average it over axis 1, and find the lowest
    val_loss trusted: you compare val_loss as fit prints it, penalty included; that charges the
        strong for their strength, so take the penalty off first
    best seed: you let the seed with the lowest loss decide; first average over them, axis 1
    one seed: you look at the first seed alone; average over the seeds, axis 1, and then choose
    middle seed: you take the median, which overlooks a seed that went wrong; take the mean
    penalty added: val_loss holds the penalty already, and you add it once more; take it off
    smallest penalty: you take the one that pays least; without a strength there is nothing to pay,
        and that says nothing about mistakes
    index for strength: this is its place in the row; give the strength that stands there
    """
    return judge_function(
        function, at_least(lambda v, p: (v - p).mean(axis=1)), _FITTED, mistakes, words
    )
