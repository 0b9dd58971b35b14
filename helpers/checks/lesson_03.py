"""The exercises of lesson 03: L1."""

import math
from collections.abc import Callable

import numpy as np

from helpers import reference
from helpers.checks.broken_claims import judge_broken_claim
from helpers.checks.networks import activations, layers_of, strengths, units
from helpers.checks.verdicts import Verdict, When, any_of, judge, judge_function
from helpers.experiment import Experiment, grid


def vanishing_strength(answer) -> Verdict:
    """Judges: the smallest `l1` for which 2 (w - 0.3)**2 + 1 + l1 |w| is lowest at w = 0."""
    mistakes = {
        "L1 taken for L2": When(lambda a: a == "never" or math.isinf(float(a))),
        "place for slope": 0.3,
        "2 forgotten in the slope": 0.6,
        "pull of L2": any_of(2.4, -2.4),
        "sign kept": -1.2,
    }
    words = """
    praise: from there on, leaving 0 raises the penalty by more than it lowers the data loss
    hint: w = 0 is the minimum as soon as λ is at least the size of the data loss's slope at 0
    L1 taken for L2: this is true for L2, whose gradient vanishes at 0; the gradient of L1 does
        not, so there is such a strength
    place for slope: this is where the data loss is lowest; take the slope of the data loss at 0
    2 forgotten in the slope: the slope of 2 (w - 0.3)² is 4 (w - 0.3); take it at w = 0
    pull of L2: there is no factor 2 here; λ |w| has the slope λ or -λ, whatever w is
    sign kept: a strength is not negative; it must match the size of the slope at 0
    """
    return judge(answer, 1.2, mistakes, words)


_THRESHOLDS = (
    ([0.5, -0.03, 0.02, -1.2, 0.0], 0.1),
    ([[0.3, -0.3], [2.0, -0.1]], 0.2),
)


def shrunk_to_zero(function: Callable) -> Verdict:
    """Judges: function(w, step), the soft threshold of an array."""
    mistakes = {
        "hard threshold": lambda w, step: np.where(np.abs(w) > step, w, 0.0),
        "signs lost": lambda w, step: np.maximum(np.abs(w) - step, 0),
        "negative weights dropped": lambda w, step: np.maximum(w - step, 0),
        "stepped over 0": lambda w, step: w - step * np.sign(w),
        "share for amount": lambda w, step: (1 - step) * w,
        "clipped": lambda w, step: np.clip(w, -step, step),
    }
    words = """
    praise: every weight moves by the same amount, and stops at exactly 0
    hint: subtract step from |w|, but not below 0, and multiply by the sign of w
    hard threshold: small weights are 0, but all other weights must move by the step as well
    signs lost: the sizes are right, but negative weights became positive; multiply by the sign
    negative weights dropped: negative weights became 0; shrink |w|, then multiply by the sign
    stepped over 0: this is a step along the gradient; a weight closer to 0 than the step jumps
        to the other side and never becomes 0
    share for amount: this shrinks each weight by a fraction, as L2 does; L1 subtracts the same
        amount from all
    clipped: you limit every weight to the step; subtract the step instead
    """
    return judge_function(function, reference.soft_threshold, _THRESHOLDS, mistakes, words)


_KERNELS = (
    ([[0.5, -0.5, 0], [0, 0, 0], [0.2, 0.1, 0.3], [0, 0, 0], [0, -0.1, 0]],),
    ([[0, 0], [1, -1], [2, 1], [0.3, 0], [0, 0], [1e-9, 0], [-0.2, 0.2]],),
)


def inputs_in_use(function: Callable) -> Verdict:
    """Judges: function(kernel), how many inputs the first layer of a network reads at all."""
    mistakes = {
        "weights for inputs": lambda k: int(np.count_nonzero(k)),
        "units for inputs": lambda k: int(np.any(k != 0, axis=0).sum()),
        "all for any": lambda k: int(np.all(k != 0, axis=1).sum()),
        "unused for used": lambda k: int(np.all(k == 0, axis=1).sum()),
        "small taken for 0": lambda k: int(np.any(np.abs(k) > 1e-8, axis=1).sum()),
        "signs cancel": lambda k: int(np.count_nonzero(k.sum(axis=1))),
        "negative weights overlooked": lambda k: int(np.any(k > 0, axis=1).sum()),
    }
    words = """
    praise: an input that is not in use need not be measured
    hint: for each row ask whether any weight is not 0, and count the rows for which this is true
    weights for inputs: you count weights; an input is in use if any weight of its row is not 0
    units for inputs: you count columns, which are units; a kernel has one row for each input
    all for any: you ask that no weight of the row is 0; one weight that is not 0 is enough
    unused for used: these are the inputs whose row is all 0; count the others
    small taken for 0: you leave out small weights; the network uses them, and a proximal step
        makes exact zeros
    signs cancel: the row 0.5, -0.5 has the sum 0 and is in use; look at each weight
    negative weights overlooked: you count weights above 0; a negative weight is used as well,
        so ask which are not 0
    """
    return judge_function(
        function, lambda k: int(np.any(k != 0, axis=1).sum()), _KERNELS, mistakes, words
    )


def translated_elastic_net(answer) -> Verdict:
    """Judges: (l1, l2) of Keras for 0.1 * (0.3 * sum |w| + 0.7 / 2 * sum w**2)."""
    mistakes = {
        "half forgotten": (0.03, 0.07),
        "half turned round": (0.03, 0.14),
        "shares exchanged": (0.07, 0.015),
        "shares left out": any_of((0.1, 0.05), (0.1, 0.1)),
        "strength left out": any_of((0.3, 0.35), (0.3, 0.7)),
    }
    words = """
    praise: l1 multiplies the sum of |w|, and l2 the sum of w²
    hint: multiply out: which number multiplies the sum of |w|, and which the sum of w²
    half forgotten: l1 is right; but the formula has half of the squares, and Keras has no half
    half turned round: l1 is right; the half makes Keras's l2 smaller, not larger
    shares exchanged: 0.3 is the fraction of the absolute values, 0.7 that of the squares
    shares left out: 0.1 multiplies the bracket; inside it the fractions are 0.3 and 0.7
    strength left out: you have the fractions; the 0.1 in front of the bracket multiplies both
    """
    return judge(answer, (0.03, 0.035), mistakes, words)


def _threshold(layer) -> float:
    """How far a layer's constraint moves a weight of 1 towards 0; 0 without a constraint."""
    if layer.kernel_constraint is None:
        return 0.0
    return 1 - float(np.asarray(layer.kernel_constraint(np.ones((1, 1), "float32")))[0, 0])


def _thresholds(model) -> list[float]:
    return [_threshold(layer) for layer in layers_of(model, "Dense")]


def _kernels(model) -> list[np.ndarray]:
    return [layer.get_weights()[0] for layer in layers_of(model, "Dense")]


def _optimizer(model) -> str:
    """The class of a compiled model's optimizer, "momentum" for SGD with momentum, or ""."""
    optimizer = getattr(model, "optimizer", None)
    name = type(optimizer).__name__ if optimizer is not None else ""
    return "momentum" if name == "SGD" and optimizer.momentum else name


def sparse_model(model) -> Verdict:
    """Judges: a trained network of 8 and 1 units, both kernels sparse by threshold 0.5 * 0.02."""

    def right(m):
        shape = (units(m), activations(m)) == ([8, 1], ["relu", "sigmoid"])
        zeros = all(np.any(kernel == 0) for kernel in _kernels(m))
        return shape and zeros and _optimizer(m) == "SGD" and np.allclose(_thresholds(m), 0.01)

    mistakes = {
        "another network": When(lambda m: units(m) != [8, 1] or "relu" not in activations(m)),
        "penalty in the gradient": When(lambda m: any(strengths(m, "l1"))),
        "no constraint": When(lambda m: not any(_thresholds(m))),
        "output spared": When(lambda m: _thresholds(m)[0] > 0 == _thresholds(m)[1]),
        "learning rate left out": When(lambda m: np.allclose(_thresholds(m), 0.02)),
        "another threshold": When(lambda m: not np.allclose(_thresholds(m), 0.01)),
        "not compiled": When(lambda m: units(m) and not _optimizer(m)),
        "another optimizer": When(lambda m: _optimizer(m) not in ("", "SGD")),
        "not trained": When(lambda m: not right(m)),
    }
    words = """
    praise: both kernels hold exact zeros
    hint: this asks for a Keras model: Dense(8), Dense(1), with kernel_constraint
    another network: this asks for Dense(8) with relu, then Dense(1) with sigmoid
    penalty in the gradient: a regularizer adds to the loss and gives no exact zeros; use
        kernel_constraint
    no constraint: no layer has a kernel_constraint
    output spared: the output layer has no constraint; both kernels need it
    learning rate left out: the threshold is learning rate × l1 = 0.5 × 0.02, not l1
    another threshold: the constraint must move a weight by 0.5 × 0.02 in each step
    not compiled: compile the model, and train it
    another optimizer: use SGD without momentum; with momentum or Adam the threshold is too small
    not trained: a kernel has no zeros yet; train for 200 epochs with all 300 rows in one batch
    """
    return judge(model, When(right), mistakes, words)


def inputs_left(answer, model) -> Verdict:
    """Judges: how many inputs the first layer of a trained model uses."""
    dense = layers_of(model, "Dense") if hasattr(model, "layers") else []
    kernel = dense[0].get_weights()[0] if dense else np.zeros((0, 0))
    mistakes = {
        "weights for inputs": int(np.count_nonzero(kernel)),
        "units for inputs": int(np.any(kernel != 0, axis=0).sum()),
        "unused for used": int(np.all(kernel == 0, axis=1).sum()),
        "all inputs": len(kernel),
    }
    words = """
    praise: the network needs no other columns
    hint: count the rows of the first kernel in which any weight is not 0
    weights for inputs: you count weights; count rows with at least one weight that is not 0
    units for inputs: you count columns, which are units; an input is a row
    unused for used: these are the inputs that are not in use
    all inputs: this is the number of all inputs; count those in use
    """
    return judge(answer, int(np.any(kernel != 0, axis=1).sum()), mistakes, words)


def repaired_threshold(model) -> Verdict:
    """Judges: a compiled model whose kernels take proximal steps of l1=0.04 at rate 0.7."""

    def right(m):
        return _optimizer(m) == "SGD" and np.allclose(_thresholds(m), 0.028) and keeps_signs(m)

    def keeps_signs(m):
        signed = np.array([[-1.0, 1.0]], "float32")
        moved = [np.asarray(x.kernel_constraint(signed)) for x in layers_of(m, "Dense")]
        return all(np.allclose(w, [[-0.972, 0.972]]) for w in moved)

    mistakes = {
        "not compiled": When(lambda m: units(m) and not _optimizer(m)),
        "constraint removed": When(lambda m: not any(_thresholds(m))),
        "a kernel without threshold": When(lambda m: 0 in _thresholds(m)),
        "threshold without learning rate": When(lambda m: np.allclose(_thresholds(m), 0.04)),
        "still Adam": When(lambda m: _optimizer(m) == "Adam"),
        "another optimizer": When(lambda m: _optimizer(m) not in ("", "SGD")),
        "another threshold": When(lambda m: not np.allclose(_thresholds(m), 0.028)),
        "signs lost": When(lambda m: not keeps_signs(m)),
    }
    words = """
    praise: each step moves a weight by learning rate × l1, after a step whose length is
        proportional to the gradient
    hint: this asks for the compiled Keras model
    not compiled: compile the model, too
    constraint removed: without the constraint there are no zeros; repair it
    a kernel without threshold: both kernels need the constraint
    threshold without learning rate: the threshold is still l1; it must be learning rate × l1
    still Adam: Adam's step from 0 has about the size of the learning rate, for any gradient, so
        weights leave 0 again; use SGD
    another optimizer: the step must be proportional to the gradient of this step; use SGD
        without momentum
    another threshold: with learning rate 0.7 and l1 = 0.04 the threshold is 0.028
    signs lost: the constraint changes signs; multiply by the sign of w at the end
    """
    return judge(model, When(right), mistakes, words)


_PENALTIES = ("l1", "l2", "weight_decay", "proximal")
_REAL = 56  # of the 112 inputs; the others are decoys


def broken_selection(change, train: Callable) -> Verdict:
    """Judges: changed fields of `Experiment` with which `l1=0.04` keeps decoys in three seeds.

    Args:
        change: {field: value}, none of them a penalty.
        train: train(experiments), their runs; called with three experiments.
    """

    def decoys(changed):
        runs = train(grid(changed, seed=range(3)))
        if any(run.diverged for run in runs):
            return np.full(3, np.nan)
        return np.array([np.any(run.kernels[0][_REAL:] != 0, axis=1).sum() for run in runs])

    base = Experiment(
        hidden=(16,), optimizer="sgd", learning_rate=0.7, batch_size=1000,
        epochs=100, proximal=True, l1=0.04,
    )  # fmt: skip
    words = """
    praise: here the same strength selects decoys in every seed
    hint: this asks for a dict of fields of Experiment, such as {"hidden": (8,)}
    fixed field changed: leave l1, l2, weight_decay and proximal alone; the claim is about l1(0.04)
    nothing changed: these are the settings of the lesson; change at least one
    diverged: a run diverged, so there is nothing to count; lower the learning rate
    the claim holds: no decoy is in use in any of the three seeds; which optimizers leave 0 again?
    depends on the seed: decoys stay in some seeds only; go further in the same direction
    """
    return judge_broken_claim(change, base, _PENALTIES, decoys, lambda d: d == 0, words)
