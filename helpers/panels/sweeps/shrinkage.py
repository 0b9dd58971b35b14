"""How much regularisation shrinks weights, by the size of their gradients.

Adam divides the gradient of an L2 penalty, like all of the gradient, by the root of its second
moment: weights with large gradients are decayed less. AdamW's decay is divided by nothing
(Loshchilov and Hutter 2019, arXiv:1711.05101).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from helpers import reference
from helpers.data import Part
from helpers.experiment import Run
from helpers.uncertainty import softmax

GROUPS = 8  # of equally many weights


class Shrinkage(NamedTuple):
    """What is left of the weights, in groups of equally many by the size of their gradients.

    Attributes:
        gradient: float (seeds, groups), the median size of the gradient in each group, ascending.
        kept: float (seeds, groups), the root mean square of the weights of each group, as a
            fraction of what it is without regularisation.
    """

    gradient: np.ndarray
    kept: np.ndarray


def measure_shrinkage(runs: Sequence[Run], plain: Sequence[Run], part: Part) -> Shrinkage:
    """Compare regularised weights with those of runs without regularisation.

    The size of a weight's gradient is that of `gradient_sizes` in the run without regularisation:
    it sorts the weights in the same way whatever shrinks them.

    Args:
        runs: Regularised runs, one for each seed.
        plain: The runs without regularisation of the same seeds, in the same order.
        part: The training rows.
    """
    found = []
    for run, other in zip(runs, plain, strict=True):
        kernels = len(run.penalised_kernels)
        sizes = gradient_sizes(other.weights, part, other.experiment.activation)[:kernels]
        sizes, weights, before = (
            np.concatenate([np.ravel(array) for array in arrays]).astype(float)
            for arrays in (sizes, run.penalised_kernels, other.penalised_kernels)
        )
        groups = np.array_split(np.argsort(sizes, kind="stable"), GROUPS)
        kept = [np.sqrt(np.mean(weights[g] ** 2) / np.mean(before[g] ** 2)) for g in groups]
        found.append(([np.median(sizes[g]) for g in groups], kept))
    return Shrinkage(*np.swapaxes(np.array(found), 0, 1))


def gradient_sizes(weights, part: Part, activation: str) -> list[np.ndarray]:
    """Compute the root mean square, over rows, of the gradient of each row's data loss.

    Args:
        weights: Kernel and bias of each layer, from input to output.
        part: The rows.
        activation: Of the hidden layers.

    Returns:
        For each kernel an array of its shape, float64, in units of the loss per unit of weight.
    """
    inputs = [np.asarray(part.x, float)]
    for layer in range(0, len(weights) - 2, 2):
        logits = inputs[-1] @ weights[layer] + weights[layer + 1]
        inputs.append(reference.activate(logits, activation))
    outputs, y = reference.forward(part.x, weights, activation), np.asarray(part.y)
    if y.dtype.kind == "f":  # the squared error of a number
        error = 2 * (outputs - y[:, None])
    else:
        p = softmax(outputs)
        error = p - np.eye(p.shape[1])[y]  # of the logits
        error = error[:, -np.shape(weights[-1])[0] :]  # with two classes there is one logit
    found = []
    for layer, h in reversed(list(enumerate(inputs))):
        found.append(np.sqrt((h**2).T @ error**2 / len(h)))
        if layer:
            error = (error @ np.asarray(weights[2 * layer], float).T) * _slope(h, activation)
    return found[::-1]


def _slope(h: np.ndarray, activation: str) -> np.ndarray:
    """The derivative of an activation, computed from what it gave."""
    if activation == "tanh":
        return 1 - h**2
    return np.where(h > 0, 1.0, h + 1 if activation == "elu" else 0.0)
