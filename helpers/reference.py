"""The course's formulas in plain NumPy: what lessons show and what tests compare with.

Every function computes in float64, changes none of its arguments and returns new arrays.
Layers keep the shapes of Keras: a kernel is (inputs, units), a bias (units,), `x` (rows,
features), logits (rows, outputs) with one output for two classes or for a number.

    logits = forward(x, weights, "relu")
    loss = cross_entropy(logits, y) + l2_penalty(weights[0], 0.01)
"""

import math
from typing import NamedTuple

import numpy as np

from helpers.experiment import ACTIVATIONS
from helpers.validation import check_choice, check_int, check_number

# --- Penalties ----------------------------------------------------------------------------


def l2_penalty(w, strength: float) -> float:
    """strength * sum(w**2), with no factor 1/2, over an array of any shape.

    Source: keras.io/api/layers/regularizers, `L2`. Krogh and Hertz (1992) and most textbooks
    write (a/2) * sum(w**2): that is `strength=a/2`.
    """
    return float(check_number("strength", strength, 0) * np.sum(np.square(w, dtype=float)))


def l2_gradient(w, strength: float) -> np.ndarray:
    """2 * strength * w: the gradient of `l2_penalty`, of the shape of `w`."""
    return 2 * check_number("strength", strength, 0) * np.asarray(w, float)


def l1_penalty(w, strength: float) -> float:
    """strength * sum(|w|) over an array of any shape.

    Source: Tibshirani (1996), in its penalty form; keras.io/api/layers/regularizers, `L1`.
    """
    return float(check_number("strength", strength, 0) * np.sum(np.abs(np.asarray(w, float))))


def l1_gradient(w, strength: float) -> np.ndarray:
    """strength * sign(w), of the shape of `w`: the gradient of `l1_penalty` where w is not 0.

    At 0 the penalty has a kink: every slope from -strength to strength is a subgradient.
    This takes 0, as TensorFlow does, so that a weight at exactly 0 is left alone.
    """
    return check_number("strength", strength, 0) * np.sign(np.asarray(w, float))


def soft_threshold(w, step: float) -> np.ndarray:
    """sign(w) * max(|w| - step, 0), of the shape of `w`: the proximal step of L1.

    It minimises step * |u| + (u - w)**2 / 2 over u. After a gradient step of the data loss,
    step = learning_rate * l1 shrinks each weight towards 0 and sets the small ones to 0.

    Source: Parikh and Boyd (2014), Proximal Algorithms, on soft thresholding.
    """
    w = np.asarray(w, float)
    return np.sign(w) * np.maximum(np.abs(w) - check_number("step", step, 0), 0)


# --- Dropout ------------------------------------------------------------------------------


def inverted_dropout(x, rate: float, uniform) -> np.ndarray:
    """x / (1 - rate) where `uniform` >= rate, else 0: what a dropout layer does in training.

    The division keeps the mean where it was, so nothing is scaled at prediction.

    Args:
        x: Activations, of any shape.
        rate: The fraction that is dropped, not the fraction that is kept.
        uniform: Numbers drawn uniformly from [0, 1), of the shape of `x`.

    Source: Srivastava et al. (2014), who scale at prediction instead; scaled while training
    in keras.io/api/layers/regularization_layers/dropout.
    """
    rate = _fraction("rate", rate)
    x, uniform = np.asarray(x, float), np.asarray(uniform, float)
    if uniform.shape != x.shape:
        raise ValueError(f"uniform has shape {uniform.shape}: must have that of x, {x.shape}")
    return np.where(uniform >= rate, x / (1 - rate), 0.0)


# --- Optimizers: one step, as Keras takes it ----------------------------------------------


def sgd_step(w, gradient, learning_rate: float, weight_decay: float = 0.0) -> np.ndarray:
    """w - learning_rate * gradient, of the shape of `w`.

    Here and in the next steps all arrays have the shape of `w`, `learning_rate` is above 0, and
    `decayed` takes the weight decay off `w` first.

    Source: keras.io/api/optimizers/sgd.
    """
    return decayed(w, learning_rate, weight_decay) - learning_rate * np.asarray(gradient, float)


def momentum_step(
    w, gradient, velocity, learning_rate: float, momentum: float = 0.9, weight_decay: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """`w` and `velocity` (zeros before the first step) after a step of SGD with momentum.

        velocity <- momentum * velocity - learning_rate * gradient
        w        <- w + velocity

    Source: keras.io/api/optimizers/sgd.
    """
    momentum = check_number("momentum", momentum, 0, 1)
    w = decayed(w, learning_rate, weight_decay)
    velocity = momentum * np.asarray(velocity, float)
    velocity = velocity - learning_rate * np.asarray(gradient, float)
    return w + velocity, velocity


def adam_step(
    w,
    gradient,
    first,
    second,
    step: int,
    learning_rate: float = 1e-3,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    weight_decay: float = 0.0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`w`, `first` and `second` (both zeros before the first step) after a step of Adam.

        first  <- beta_1 * first  + (1 - beta_1) * gradient
        second <- beta_2 * second + (1 - beta_2) * gradient**2
        rate    = learning_rate * sqrt(1 - beta_2**step) / (1 - beta_1**step)
        w      <- w - rate * first / (sqrt(second) + epsilon)

    `step` counts from 1. With `weight_decay` it is AdamW: the division by sqrt(second), which
    evens out an L2 penalty's gradient, does not touch the decay.

    Source: Kingma and Ba (2015), in the reordered form of their section 2, whose epsilon is
    this one; Loshchilov and Hutter (2019) for the decay; keras.io/api/optimizers/adam.
    """
    step, epsilon = check_int("step", step, 1), check_number("epsilon", epsilon, 0)
    beta_1, beta_2 = _fraction("beta_1", beta_1), _fraction("beta_2", beta_2)
    w, gradient = decayed(w, learning_rate, weight_decay), np.asarray(gradient, float)
    first = beta_1 * np.asarray(first, float) + (1 - beta_1) * gradient
    second = beta_2 * np.asarray(second, float) + (1 - beta_2) * gradient**2
    rate = learning_rate * math.sqrt(1 - beta_2**step) / (1 - beta_1**step)
    return w - rate * first / (np.sqrt(second) + epsilon), first, second


def rmsprop_step(
    w,
    gradient,
    second,
    learning_rate: float = 1e-3,
    rho: float = 0.9,
    epsilon: float = 1e-7,
    weight_decay: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """`w` and `second` (zeros before the first step) after a step of RMSprop.

        second <- rho * second + (1 - rho) * gradient**2
        w      <- w - learning_rate * gradient / sqrt(second + epsilon)

    Source: keras.io/api/optimizers/rmsprop.
    """
    rho, epsilon = _fraction("rho", rho), check_number("epsilon", epsilon, 0)
    w, gradient = decayed(w, learning_rate, weight_decay), np.asarray(gradient, float)
    second = rho * np.asarray(second, float) + (1 - rho) * gradient**2
    return w - learning_rate * gradient / np.sqrt(second + epsilon), second


def decayed(w, learning_rate: float, weight_decay: float) -> np.ndarray:
    """w - learning_rate * weight_decay * w: decoupled weight decay, taken before the step.

    Source: Loshchilov and Hutter (2019); `weight_decay` of any optimizer in Keras.
    """
    rate = check_number("learning_rate", learning_rate, 0, low_allowed=False)
    return np.asarray(w, float) * (1 - rate * check_number("weight_decay", weight_decay, 0))


def clipped(gradient, clipnorm: float) -> np.ndarray:
    """gradient * clipnorm / |gradient| where the norm is above `clipnorm`; 0 clips nothing.

    Source: Pascanu, Mikolov and Bengio (2013); `clipnorm` of any optimizer in Keras, which
    takes the norm of each kernel and each bias by itself.
    """
    gradient, clipnorm = np.asarray(gradient, float), check_number("clipnorm", clipnorm, 0)
    norm = np.linalg.norm(gradient)
    return gradient * (clipnorm / norm) if 0 < clipnorm < norm else gradient.copy()


# --- Early stopping -----------------------------------------------------------------------


class Stop(NamedTuple):
    """What early stopping does to a run. Epochs are counted from 1.

    Attributes:
        stopped: The epoch after which training stops; None if it goes on to the end.
        trained: How many epochs are trained: `stopped`, or all of them.
        best: The last epoch that counted as an improvement.
        restored: The epoch whose weights the model is left with.
        loss: The monitored loss at the end of epoch `restored`.
    """

    stopped: int | None
    trained: int
    best: int
    restored: int
    loss: float


def early_stopping(
    losses, patience: int, min_delta: float = 0.0, restore_best_weights: bool = True
) -> Stop:
    """Where `keras.callbacks.EarlyStopping` stops, given the loss it would have monitored.

    An epoch improves if its loss plus `min_delta` is below that of the best epoch so far. After
    `patience` epochs in a row without improvement training stops; with 0 or 1 the first that
    does not improve is the last.

    Args:
        losses: One number per epoch, in order. A NaN never improves on anything.
        patience: Epochs to wait, from 0.
        min_delta: The least decrease that counts; a decrease of exactly this does not.
        restore_best_weights: As in Keras (whose default is False): go back to `best`, also
            when training was not stopped.

    Source: keras.io/api/callbacks/early_stopping; Prechelt (1998) compares such rules.
    """
    losses = np.asarray(losses, float)
    if losses.ndim != 1 or not len(losses):
        raise ValueError(f"losses has shape {losses.shape}: must hold one loss per epoch")
    patience = check_int("patience", patience, 0)
    min_delta = check_number("min_delta", min_delta, 0)
    best, waited, stopped = 1, 0, None
    for epoch in range(2, len(losses) + 1):
        waited += 1
        if losses[epoch - 1] + min_delta < losses[best - 1]:
            best, waited = epoch, 0
        elif waited >= patience:
            stopped = epoch
            break
    trained = stopped or len(losses)
    restored = best if restore_best_weights else trained
    return Stop(stopped, trained, best, restored, float(losses[restored - 1]))


# --- A network and its loss ---------------------------------------------------------------


def activate(x, activation: str) -> np.ndarray:
    """relu: max(x, 0); tanh; elu: x where x > 0, else exp(x) - 1. Of the shape of `x`.

    Source: keras.io/api/layers/activations.
    """
    x = np.asarray(x, float)
    if check_choice("activation", activation, ACTIVATIONS) == "relu":
        return np.maximum(x, 0)
    return np.tanh(x) if activation == "tanh" else np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def forward(x, weights, activation: str = "relu") -> np.ndarray:
    """The logits of a multilayer perceptron at prediction: (rows, outputs).

    Args:
        x: (rows, features).
        weights: Kernel and bias of each layer, from input to output, as `Run.weights` and
            `keras.Model.get_weights` give them.
        activation: Of all layers but the last, which has none.
    """
    x = np.asarray(x, float)
    if len(weights) < 2 or len(weights) % 2:
        raise ValueError(f"weights holds {len(weights)} arrays: must be kernel, bias, kernel, ...")
    if x.ndim != 2 or x.shape[1] != len(weights[0]):
        raise ValueError(f"x has shape {x.shape}: must be (rows, {len(weights[0])})")
    for layer in range(0, len(weights), 2):
        if layer:
            x = activate(x, activation)
        x = x @ np.asarray(weights[layer], float) + np.asarray(weights[layer + 1], float)
    return x


def binary_cross_entropy(logits, y) -> float:
    """The mean over all rows of -log P(y), where P(1) = 1 / (1 + exp(-logit)), in nats.

    Written as max(z, 0) - y * z + log(1 + exp(-|z|)), which no logit can overflow.

    Args:
        logits: (rows,) or (rows, 1).
        y: (rows,), 0 or 1, or any number between as a target that is not certain.
    """
    z, y = _one_logit(logits), np.asarray(y, float)
    _same_rows(z, y)
    if np.any((y < 0) | (y > 1)):
        raise ValueError(f"y holds {y.min():g} to {y.max():g}: must be from 0 to 1")
    return float(np.mean(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))))


def softmax_cross_entropy(logits, y) -> float:
    """The mean over all rows of -log P(y), where P(k) = exp(z_k) / sum_j exp(z_j), in nats.

    The largest logit of each row is taken off first, so that no exp overflows.

    Args:
        logits: (rows, classes).
        y: (rows,), whole numbers from 0 to classes - 1.
    """
    z = np.asarray(logits, float)
    if z.ndim != 2 or z.shape[1] < 2:
        raise ValueError(f"logits has shape {z.shape}: must be (rows, classes)")
    y = np.asarray(y)
    if y.ndim != 1 or y.dtype.kind not in "iu" or np.any((y < 0) | (y >= z.shape[1])):
        raise ValueError(f"y: must hold whole numbers from 0 to {z.shape[1] - 1}, one per row")
    _same_rows(z, y)
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return float(-np.mean(log_p[np.arange(len(y)), y]))


def cross_entropy(logits, y) -> float:
    """Binary cross-entropy of one output, softmax cross-entropy of more, in nats."""
    one = np.ndim(logits) == 1 or np.shape(logits)[1] == 1
    return (binary_cross_entropy if one else softmax_cross_entropy)(logits, y)


def mean_squared_error(outputs, y) -> float:
    """The mean over all rows of (output - y)**2: the loss of a regression.

    Args:
        outputs: (rows,) or (rows, 1), from a network whose one output is linear.
        y: (rows,), numbers; standardised, where it shall equal the recorded loss.
    """
    z, y = _one_logit(outputs), np.asarray(y, float)
    _same_rows(z, y)
    return float(np.mean((z - y) ** 2))


def r_squared(outputs, y) -> float:
    """R² = 1 - sum((output - y)**2) / sum((y - mean(y))**2), the coefficient of determination.

    1 for answers without error, 0 for answering the mean of `y`, negative for worse. Where `y`
    does not vary it counts as 0. Arguments are those of `mean_squared_error`.

    Source: keras.io/api/metrics/regression_metrics, `R2Score`.
    """
    variance = float(np.var(np.asarray(y, float)))
    return 1 - mean_squared_error(outputs, y) / variance if variance else 0.0


def class_weights(y) -> np.ndarray:
    """rows / (classes * rows of each class): weights with which all classes count alike.

    Args:
        y: int (rows,), classes counted from 0.

    Returns:
        float (classes,), up to the largest that `y` holds; 0 for one that it does not hold, which
        is not counted among the classes. Over the rows the weights have mean 1.

    Source: "balanced" in scikit-learn, after King and Zeng (2001), Logistic regression in rare
    events data.
    """
    y = np.asarray(y)
    if y.ndim != 1 or not len(y) or y.dtype.kind not in "iu" or y.min() < 0:
        raise ValueError("y: must hold whole numbers from 0, one per row, at least one row")
    counts = np.bincount(y)
    held = counts > 0
    return np.where(held, len(y) / (held.sum() * np.maximum(counts, 1)), 0.0)


def predicted(logits) -> np.ndarray:
    """The predicted class of each row: (rows,), whole.

    One output: 1 where the logit is above 0, which is where P(1) is above 1/2. More: the
    class of the largest, the first of them in a tie.
    """
    z = np.asarray(logits, float)
    if z.ndim == 1 or z.shape[1] == 1:
        return (_one_logit(z) > 0).astype(int)
    return np.argmax(z, axis=1)


def accuracy(logits, y) -> float:
    """The fraction of rows whose predicted class is `y`."""
    found, y = predicted(logits), np.asarray(y)
    _same_rows(found, y)
    return float(np.mean(found == y))


# --- Checks of arguments ------------------------------------------------------------------


def _fraction(name, value) -> float:
    return check_number(name, value, 0, 1, high_allowed=False)


def _one_logit(logits) -> np.ndarray:
    z = np.asarray(logits, float)
    if z.ndim == 2 and z.shape[1] == 1:
        z = z[:, 0]
    if z.ndim != 1:
        raise ValueError(f"logits has shape {z.shape}: must be (rows,) or (rows, 1)")
    return z


def _same_rows(a, y) -> None:
    if np.shape(y) != (len(a),) or not len(a):
        raise ValueError(f"y has shape {np.shape(y)}: must be ({len(a)},), at least one row")
