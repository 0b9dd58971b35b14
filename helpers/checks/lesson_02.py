"""The exercises of lesson 02: L2."""

from collections.abc import Callable

import numpy as np

from helpers import metrics
from helpers.checks.broken_claims import judge_broken_claim
from helpers.checks.networks import activations, layers_of, strengths, units
from helpers.checks.verdicts import Verdict, When, any_of, judge, judge_function
from helpers.experiment import Experiment, grid


def translated_strength(answer) -> Verdict:
    """Judges: the Keras `l2` of a gradient to which 0.0005 * w is added, at learning rate 0.1."""
    mistakes = {
        "same number": 0.0005,
        "doubled": 0.001,
        "learning rate counted in": any_of(0.00005, 0.000025, 0.0001),
        "divided by the learning rate": any_of(0.005, 0.0025, 0.01),
    }
    words = """
    praise: the gradient of the penalty is 2 · 0.00025 · w, which is what the paper adds
    hint: solve 2 λ w = 0.0005 w for λ
    same number: the gradient of l2(0.0005) is 2 · 0.0005 · w, because λ w² has the derivative
        2 λ w
    doubled: this is the wrong direction; λ w² has the derivative 2 λ w, so λ is half of 0.0005
    learning rate counted in: the learning rate multiplies the whole gradient, including the
        penalty's part, in the paper and in Keras; leave it out
    divided by the learning rate: the paper adds to the gradient, before the learning rate
        multiplies it, and so does Keras; leave the learning rate out
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
    praise: the penalty is one number for the layer, and its gradient is proportional to each
        weight
    hint: the penalty is strength * sum of w**2; its gradient is 2 * strength * w, an array
        like w
    half of a textbook: this is the penalty of many textbooks, with a factor 1/2; Keras has no
        such factor
    2 forgotten in the slope: the penalty is right, but the derivative of w² is 2 w
    absolute values: this is L1, the sum of absolute values; L2 sums squares
    mean for sum: you take the mean over the weights; the penalty is their sum
    root taken: this is the norm; the penalty is the squared norm, so leave out the root
    slope downhill: the gradient of the penalty points away from 0; the minus sign belongs to
        the step of gradient descent
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
    praise: this equals (1 - 2 * learning_rate * l2) * w - learning_rate * gradient
    hint: subtract learning_rate times the whole gradient, data loss and penalty, from w
    2 forgotten: the gradient of the penalty is 2 * l2 * w
    learning rate forgotten: the learning rate multiplies the gradient of the penalty, too
    wrong direction: your penalty makes the weights grow; add its gradient to that of the data
        loss, and subtract the sum
    penalty for slope: you add the penalty itself, one number for all weights; a step needs its
        gradient, one number for each weight
    data forgotten: your weights shrink but learn nothing; the step needs the gradient of the
        data loss, too
    shrunk after learning: you shrink the result of the step; compute both gradients at the
        same w, before the step
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
    praise: every kernel has the penalty of the book, and no bias has one
    hint: this asks for a Keras model: Dense(16), Dense(8), Dense(1), with kernel_regularizer
    another network: the penalty is right, but the network is not the one of the book: 56
        inputs, 16 and 8 hidden units with relu, one sigmoid unit
    the book's number: the book has a factor 1/2 in front of 0.02, and Keras has none
    output spared: the sum in the book runs over all kernels, and yours leaves out the output
        layer; a relu network can move large weights to a layer without penalty
    a hidden layer spared: a hidden layer has no penalty; the sum in the book runs over all
        kernels
    biases penalised: you penalise biases; the sum in the book runs over kernels only
    activity for kernel: activity_regularizer penalises the outputs of a layer; use
        kernel_regularizer
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
    praise: you compared the data loss on rows that were not trained on, averaged over seeds
    hint: data loss is val_loss - penalty; average it over axis 1, and find the lowest
    val_loss trusted: you compare val_loss, which contains the penalty; a stronger penalty
        raises it without any mistake, so subtract the penalty first
    best seed: you let the single seed with the lowest loss decide; average over axis 1 first
    one seed: you look at the first seed only; average over the seeds, axis 1, and then choose
    middle seed: you take the median, which ignores a seed that went wrong; take the mean
    penalty added: val_loss contains the penalty already, and you add it again; subtract it
    smallest penalty: you choose the smallest penalty; without regularisation it is 0, and that
        says nothing about mistakes
    index for strength: this is an index; return the strength at that index
    """
    return judge_function(
        function, at_least(lambda v, p: (v - p).mean(axis=1)), _FITTED, mistakes, words
    )


def tracked_history(history) -> Verdict:
    """Judges: the `History` of a model with `l2(0.02)` on three kernels and a metric `data_loss`.

    Whether the metric is the data loss is checked by its last value: `val_loss` less the penalty.
    """

    def adds_up(h):
        penalty = sum(float(loss) for loss in h.model.losses)
        data_loss, total = (h.history[name][-1] for name in ("val_data_loss", "val_loss"))
        return abs(total - penalty - data_loss) < 1e-3

    everywhere = When(lambda h: np.allclose(strengths(h.model), (0.02, 0.02, 0.02)))
    mistakes = {
        "no validation rows": When(lambda h: "val_loss" not in h.history),
        "no data loss": When(lambda h: "val_data_loss" not in h.history),
        "no penalty": When(lambda h: not any(strengths(h.model))),
        "output spared": When(lambda h: np.allclose(strengths(h.model), (0.02, 0.02, 0))),
        "another strength": When(lambda h: not everywhere.test(h)),
        "another metric": When(lambda h: not adds_up(h)),
        "too few epochs": When(lambda h: len(h.history["loss"]) < 20),
    }
    words = """
    praise: val_data_loss is val_loss without the penalty
    hint: this asks for what model.fit returns, with its attributes history and model
    no validation rows: pass validation_data=(x_val, y_val) to fit
    no data loss: give compile a metric named data_loss:
        keras.metrics.BinaryCrossentropy(name="data_loss")
    no penalty: no layer has a kernel_regularizer
    output spared: the output layer has no penalty; all three kernels need it
    another strength: all three kernels need kernel_regularizer=regularizers.L2(0.02)
    another metric: val_data_loss is not val_loss less the penalty; the metric must be
        BinaryCrossentropy, on the probabilities of the sigmoid
    too few epochs: train for 20 epochs or more
    """
    return judge(
        history,
        When(lambda h: everywhere.test(h) and adds_up(h) and len(h.history["loss"]) >= 20),
        mistakes,
        words,
    )


def lowest_data_loss_epoch(epoch, history) -> Verdict:
    """Judges: the epoch (from 1) with the lowest `val_data_loss` of a `History`."""
    curves = getattr(history, "history", {})
    found = {name: int(np.argmin(values)) + 1 for name, values in curves.items()}
    highest = {n: int(np.argmax(values)) + 1 for n, values in curves.items() if n == "val_accuracy"}
    wrong = When(lambda _: False)
    mistakes = {
        "by val_loss": found.get("val_loss", wrong),
        "counted from 0": found.get("val_data_loss", np.inf) - 1,
        "by training loss": any_of(*(found[n] for n in ("data_loss", "loss") if n in found)),
        "by accuracy": highest.get("val_accuracy", wrong),
    }
    words = """
    praise: this is the epoch to keep, and val_loss may name another one
    hint: find the lowest entry of history.history["val_data_loss"], counted from 1
    by val_loss: this is where val_loss is lowest, which contains the penalty
    counted from 0: np.argmin counts from 0; the first epoch is 1
    by training loss: this is where a loss of the training rows is lowest; take val_data_loss
    by accuracy: this is where the accuracy is highest; take the lowest val_data_loss
    """
    return judge(epoch, found.get("val_data_loss", wrong), mistakes, words)


def repaired_decay(model) -> Verdict:
    """Judges: a compiled model in which `l2(0.01)` on the kernels is all that shrinks a weight."""

    def decays(m):
        return bool(m.optimizer.weight_decay)

    def of_outputs(m):
        return any(layer.activity_regularizer for layer in layers_of(m, "Dense"))

    def of_biases(m):
        return any(strengths(m, of="bias_regularizer"))

    def on_kernels(m, wanted=(0.01, 0.01, 0.01)):
        return np.allclose(strengths(m), wanted) and not any(strengths(m, "l1"))

    def clean(m):
        return not (decays(m) or of_outputs(m) or of_biases(m))

    mistakes = {
        "not compiled": When(lambda m: units(m) and getattr(m, "optimizer", None) is None),
        "decayed as well": When(decays),
        "outputs penalised": When(of_outputs),
        "biases penalised": When(of_biases),
        "no penalty left": When(lambda m: not any(strengths(m))),
        "a kernel without penalty": When(lambda m: 0 in strengths(m)),
        "another strength": When(lambda m: not on_kernels(m)),
    }
    words = """
    praise: each kernel has one penalty, and nothing else shrinks a weight
    hint: this asks for the compiled Keras model
    not compiled: compile the model, too
    decayed as well: the optimizer still decays weights, biases included; AdamW does so by
        0.004 even if you do not pass weight_decay
    outputs penalised: an activity_regularizer penalises the outputs of a layer, not its weights
    biases penalised: a bias still has a penalty
    no penalty left: you removed the penalty itself; the author wants l2(0.01) on every kernel
    a kernel without penalty: one kernel has no penalty; the author wants l2(0.01) on all three
    another strength: the author wants l2(0.01) on all three kernels
    """
    return judge(model, When(lambda m: clean(m) and on_kernels(m)), mistakes, words)


_STRENGTHS = ("l1", "l2", "weight_decay")


def broken_gain(change, train: Callable) -> Verdict:
    """Judges: changed fields of `Experiment` with which `l2(0.02)` ends higher in three seeds.

    Args:
        change: {field: value}, none of them a strength.
        train: train(experiments), their runs; called with six experiments.
    """

    def penalised_minus_plain(changed):
        runs = train(grid(changed, l2=[0, 0.02], seed=range(3)))
        return metrics.paired_differences(runs[:3], runs[3:])

    words = """
    praise: here the penalty makes the network worse; the claim needs a network that overfits
    hint: this asks for a dict of fields of Experiment, such as {"batch_size": 64}
    fixed field changed: leave l1, l2 and weight_decay alone; the claim is about l2(0.02)
    nothing changed: these are the settings of the lesson; change at least one
    diverged: a run diverged, so there is nothing to compare; lower the learning rate
    the claim holds: the claim still holds in all three seeds; when does a network not overfit?
    depends on the seed: the claim fails in some seeds only; go further in the same direction
    """
    return judge_broken_claim(
        change, Experiment(epochs=100), _STRENGTHS, penalised_minus_plain, lambda d: d < 0, words
    )
