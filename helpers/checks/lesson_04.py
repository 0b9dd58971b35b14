"""The exercises of lesson 04: dropout."""

from collections.abc import Callable

import numpy as np

from helpers.checks.networks import activations, layers_of, units
from helpers.checks.verdicts import Verdict, When, judge, judge_function


def kept_activation(answer) -> Verdict:
    """Judges: what an activation of 3 becomes in training if `Dropout(0.25)` keeps it."""
    mistakes = {
        "divided by the rate": 3 / 0.25,
        "not scaled": 3.0,
        "scaled down": 3 * (1 - 0.25),
        "kept for dropped": 3 * 0.25,
        "dropped for kept": 0.0,
    }
    words = """
    praise: 3 / (1 - 0.25): with a quarter gone, the rest speaks a third louder
    hint: what stays is divided by the share that stays, 1 - 0.25
    divided by the rate: what stays is divided by the share that stays, 1 - rate
    not scaled: that is its value at prediction; in training Keras makes up for what is dropped
    scaled down: you made it smaller; as others are gone, those that stay must speak louder
    kept for dropped: you multiplied by the rate, the share dropped; nothing is multiplied by it
    dropped for kept: 0 is what becomes of it when it is dropped; here it is kept
    """
    return judge(answer, 4.0, mistakes, words)


_SIGNALS = [[2.0, -1.0, 0.5, 3.0], [1.5, 4.0, -2.0, 0.25]]
_UNIFORM = [[0.1, 0.9, 0.35, 0.7], [0.6, 0.22, 0.95, 0.45]]
_MASKED = [(_SIGNALS, rate, _UNIFORM, on) for rate in (0.3, 0.75) for on in (True, False)]


def dropout_layer(function: Callable) -> Verdict:
    """Judges: function(x, rate, uniform, training), what Keras's Dropout gives for that noise."""

    def masked(drop, scale, otherwise=lambda x, r: x):
        def answer(x, r, u, training):
            return np.where(drop(u, r), 0.0, scale(x, r)) if training else otherwise(x, r)

        return answer

    low, high = np.less, np.greater_equal  # of uniform numbers, compared with the rate
    mistakes = {
        "divided by the rate": masked(low, lambda x, r: x / r),
        "kept for dropped": masked(high, lambda x, r: x / r),
        "mask turned round": masked(high, lambda x, r: x / (1 - r)),
        "not scaled": masked(low, lambda x, r: x),
        "scaled at prediction": masked(low, lambda x, r: x, lambda x, r: x * (1 - r)),
        "scaled down": masked(low, lambda x, r: x * (1 - r)),
        "dropped at prediction": lambda x, r, u, training: np.where(u < r, 0.0, x / (1 - r)),
    }
    words = """
    praise: zeroed, made up for, and out of the way at prediction
    hint: in training 0 where uniform < rate and x / (1 - rate) elsewhere, at prediction x
    divided by the rate: inverted dropout divides by 1 - rate, the share that is kept
    kept for dropped: you took the rate for the share kept; it is the share dropped
    mask turned round: you keep what should go; an activation goes where uniform < rate
    not scaled: nothing makes up for what is dropped; divide what is kept by 1 - rate
    scaled at prediction: you scale at prediction; that works as well, and the first papers did so,
        but Keras scales in training and leaves prediction alone
    scaled down: you made the kept ones smaller; divide by 1 - rate instead
    dropped at prediction: when training is False, nothing is dropped: x comes out as it went in
    """
    return judge_function(function, masked(low, lambda x, r: x / (1 - r)), _MASKED, mistakes, words)


def keeps_four_fifths(model) -> Verdict:
    """Judges: a Keras model with two hidden layers, each of which keeps 80 % in training."""

    def kinds(m):
        """One letter for each Dense and Dropout layer, in order: such as "hdhdo"."""
        names = [type(layer).__name__ for layer in layers_of(m, "Dense", "Dropout")]
        letters = "".join("d" if name == "Dropout" else "h" for name in names)
        last = letters.rindex("h")
        return letters[:last] + "o" + letters[last + 1 :]

    def drops(rate):
        def test(m):
            rates = [layer.rate for layer in layers_of(m, "Dropout")]
            return kinds(m) == "hdhdo" and np.allclose(rates, rate)

        return When(test)

    def as_asked(m):
        return units(m) == [16, 8, 1] and activations(m) == ["relu", "relu", "sigmoid"]

    mistakes = {
        "kept for dropped": drops(0.8),
        "dropout behind the output": When(lambda m: kinds(m).endswith("od")),
        "inputs dropped": When(lambda m: kinds(m).startswith("d")),
        "one layer forgotten": When(lambda m: kinds(m) in ("hdho", "hhdo")),
        "another network": drops(0.2),
    }
    words = """
    praise: a fifth of each hidden layer is gone at every step, and nothing at prediction
    hint: this asks for a Keras model: Dense(16), Dropout, Dense(8), Dropout, Dense(1)
    kept for dropped: Dropout(0.8) drops 80 % and keeps a fifth; the rate is the share that goes
    dropout behind the output: you drop the answer itself: in training every fifth row would be
        answered 0; no dropout goes behind the output layer
    inputs dropped: you drop inputs; the task asks for the outputs of the hidden layers, so a
        Dropout follows each hidden Dense
    one layer forgotten: there is a single Dropout layer; it acts on what the layer before it puts
        out, so each hidden layer needs one of its own
    another network: dropout is right, but not the network around it; the task asks for 16 and 8
        units with relu, and one with sigmoid
    """
    return judge(model, When(lambda m: drops(0.2).test(m) and as_asked(m)), mistakes, words)


class _Answer(np.ndarray):
    """What a network gives: an array that, like a tensor of Keras, can be asked for `numpy`."""

    def numpy(self) -> np.ndarray:
        return np.asarray(self)


class _Network:
    """Stands for a Keras model with dropout: in training it answers too high and too low by turns.

    So any even number of calls in a row has the same mean and standard deviation.
    """

    def __init__(self):
        self._sign = 1

    def __call__(self, x, training=False):
        plain = 0.5 + 0.1 * np.mean(x, axis=1, keepdims=True)
        self._sign = -self._sign
        off = self._sign * 0.05 * (1 + np.arange(len(plain)))[:, None]
        return (plain + off * bool(training)).view(_Answer)

    def predict(self, x, **_):
        return self(x).numpy()


_ASKED = (
    ([[1.0, 2.0], [-1.0, 0.5], [0.25, 0.0]], 20),
    ([[0.5, -0.5], [1.5, 1.0], [2.0, -1.0], [0.0, 0.1]], 4),
)


def masked_doubt(function: Callable) -> Verdict:
    """Judges: function(network, x, masks), mean and standard deviation with dropout left on."""

    def reads(summary, training=True):
        def answer(network, x, masks):
            p = [np.asarray(network(x, training=training))[:, 0] for _ in range(masks)]
            return summary(np.array(p))

        return answer

    def over_masks(p):
        return p.mean(axis=0), p.std(axis=0)

    def call(f, x, masks):  # a new network each time: functions that call it alike get the same
        return f(_Network(), x, masks)

    mistakes = {
        "asked for predictions": reads(over_masks, training=False),
        "asked once": reads(lambda p: (p[0], 0 * p[0])),
        "rows for masks": reads(lambda p: (p.mean(axis=1), p.std(axis=1))),
        "variance for deviation": reads(lambda p: (p.mean(axis=0), p.var(axis=0))),
        "error of the mean": reads(lambda p: (p.mean(axis=0), p.std(axis=0) / np.sqrt(len(p)))),
    }
    words = """
    praise: one answer and one doubt for each row
    hint: stack masks answers of network(x, training=True), then mean and std over the masks
    asked for predictions: all answers are alike: only training=True leaves dropout on
    asked once: you used one answer again and again; each mask needs a call of its own
    rows for masks: you went along the rows; doubt is how much the masks differ about one row, so
        average over the axis of the masks
    variance for deviation: this is a variance; its root is on the scale of the probabilities
    error of the mean: you divided by the root of the number of masks; that says how well the mean
        is known, and shrinks with patience; doubt does not
    """
    return judge_function(function, reads(over_masks), _ASKED, mistakes, words, call=call)
