"""The exercises of lesson 04: dropout."""

from collections.abc import Callable

import numpy as np

from helpers import metrics
from helpers.checks.broken_claims import judge_broken_claim
from helpers.checks.networks import activations, layers_of, units
from helpers.checks.verdicts import Verdict, When, judge, judge_function
from helpers.experiment import Experiment, grid


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
    praise: 3 / (1 - 0.25); the kept activations make up for those that are dropped
    hint: a kept activation is divided by the fraction that is kept, 1 - 0.25
    divided by the rate: divide by the fraction that is kept, 1 - rate, not by the rate
    not scaled: this is the value at prediction; in training a kept activation is scaled up
    scaled down: you made it smaller; others are dropped, so a kept activation must become larger
    kept for dropped: you multiplied by the rate, which is the fraction that is dropped
    dropped for kept: it becomes 0 if the mask drops it; here the mask keeps it
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
        "mask inverted": masked(high, lambda x, r: x / (1 - r)),
        "not scaled": masked(low, lambda x, r: x),
        "scaled at prediction": masked(low, lambda x, r: x, lambda x, r: x * (1 - r)),
        "scaled down": masked(low, lambda x, r: x * (1 - r)),
        "dropped at prediction": lambda x, r, u, training: np.where(u < r, 0.0, x / (1 - r)),
    }
    words = """
    praise: 0 where the mask drops, scaled up where it keeps, and unchanged at prediction
    hint: in training 0 where uniform < rate and x / (1 - rate) elsewhere; at prediction x
    divided by the rate: inverted dropout divides by 1 - rate, the fraction that is kept
    kept for dropped: you treat the rate as the fraction that is kept; it is the fraction dropped
    mask inverted: you keep what should be dropped; an activation is dropped where uniform < rate
    not scaled: nothing makes up for what is dropped; divide what is kept by 1 - rate
    scaled at prediction: you scale at prediction, as the paper of 2014 does; that works as well,
        but Keras scales in training and changes nothing at prediction
    scaled down: you made the kept activations smaller; divide by 1 - rate instead
    dropped at prediction: if training is False, nothing is dropped: return x unchanged
    """
    return judge_function(function, masked(low, lambda x, r: x / (1 - r)), _MASKED, mistakes, words)


def _kinds(model) -> str:
    """One letter for each Dense (h; the last: o) and Dropout (d) layer, in order, as "hdhdo"."""
    names = [type(layer).__name__ for layer in layers_of(model, "Dense", "Dropout")]
    letters = "".join("d" if name == "Dropout" else "h" for name in names)
    last = letters.rindex("h")
    return letters[:last] + "o" + letters[last + 1 :]


def _drops(model, rate: float) -> bool:
    """Whether a Dropout with this rate follows each of two hidden layers, and there is no other."""
    rates = [layer.rate for layer in layers_of(model, "Dropout")]
    return _kinds(model) == "hdhdo" and np.allclose(rates, rate)


def keeps_four_fifths(model) -> Verdict:
    """Judges: a Keras model with two hidden layers, each of which keeps 80 % in training."""

    def as_asked(m):
        return units(m) == [16, 8, 1] and activations(m) == ["relu", "relu", "sigmoid"]

    mistakes = {
        "kept for dropped": When(lambda m: _drops(m, 0.8)),
        "dropout behind the output": When(lambda m: _kinds(m).endswith("od")),
        "inputs dropped": When(lambda m: _kinds(m).startswith("d")),
        "one layer forgotten": When(lambda m: _kinds(m) in ("hdho", "hhdo")),
        "another network": When(lambda m: _drops(m, 0.2)),
    }
    words = """
    praise: in training each hidden layer drops a fifth of its activations, at prediction none
    hint: this asks for a Keras model: Dense(16), Dropout, Dense(8), Dropout, Dense(1)
    kept for dropped: Dropout(0.8) drops 80 % and keeps 20 %; the rate is the fraction dropped
    dropout behind the output: you drop the prediction itself: in training it would be 0 for every
        fifth row; no dropout follows the output layer
    inputs dropped: you drop inputs; the task asks for the outputs of the hidden layers, so a
        Dropout follows each hidden Dense
    one layer forgotten: there is one Dropout layer only; it acts on the outputs of the layer before
        it, so each hidden layer needs its own
    another network: dropout is right, but the network is not; the task asks for 16 and 8 units
        with relu, and one with sigmoid
    """
    return judge(model, When(lambda m: _drops(m, 0.2) and as_asked(m)), mistakes, words)


class _Answer(np.ndarray):
    """What a network gives: an array that, like a tensor of Keras, can be asked for `numpy`."""

    def numpy(self) -> np.ndarray:
        return np.asarray(self)


class _Network:
    """Stands for a Keras model with dropout: in training its output is too high, then too low.

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


def monte_carlo_dropout(function: Callable) -> Verdict:
    """Judges: function(network, x, passes), mean and standard deviation with dropout left on."""

    def reads(summary, training=True):
        def answer(network, x, passes):
            p = [np.asarray(network(x, training=training))[:, 0] for _ in range(passes)]
            return summary(np.array(p))

        return answer

    def over_passes(p):
        return p.mean(axis=0), p.std(axis=0)

    def call(f, x, passes):  # a new network each time: functions that call it alike get the same
        return f(_Network(), x, passes)

    mistakes = {
        "dropout off": reads(over_passes, training=False),
        "one pass": reads(lambda p: (p[0], 0 * p[0])),
        "over rows": reads(lambda p: (p.mean(axis=1), p.std(axis=1))),
        "variance": reads(lambda p: (p.mean(axis=0), p.var(axis=0))),
        "error of the mean": reads(lambda p: (p.mean(axis=0), p.std(axis=0) / np.sqrt(len(p)))),
    }
    words = """
    praise: one mean and one standard deviation for each row
    hint: stack the outputs of network(x, training=True), then take mean and std over the passes
    dropout off: all passes are the same; only training=True leaves dropout on
    one pass: you used one output again and again; each pass needs a call of its own
    over rows: you averaged over the rows; average over the axis of the passes
    variance: this is the variance; its square root has the scale of the probabilities
    error of the mean: you divided by the square root of the number of passes; that says how well
        the mean is known and shrinks with more passes, the disagreement does not
    """
    return judge_function(function, reads(over_passes), _ASKED, mistakes, words, call=call)


def dropout_history(history) -> Verdict:
    """Judges: the `History` of 20 epochs or more of the lesson's network with `Dropout(0.3)`."""

    def network(m):
        return units(m) == [128, 64, 1] and activations(m) == ["relu", "relu", "sigmoid"]

    mistakes = {
        "no validation rows": When(lambda h: "val_loss" not in h.history),
        "no dropout": When(lambda h: not layers_of(h.model, "Dropout")),
        "kept for dropped": When(lambda h: _drops(h.model, 0.7)),
        "dropout elsewhere": When(lambda h: _kinds(h.model) != "hdhdo"),
        "another rate": When(lambda h: not _drops(h.model, 0.3)),
        "another network": When(lambda h: not network(h.model)),
        "too few epochs": When(lambda h: len(h.history["loss"]) < 20),
    }

    def right(h):
        long_enough = len(h.history["loss"]) >= 20 and "val_loss" in h.history
        return long_enough and _drops(h.model, 0.3) and network(h.model)

    words = """
    praise: `loss` was measured with dropout on, `val_loss` with dropout off
    hint: this asks for what model.fit returns, with its attributes history and model
    no validation rows: pass validation_data=(x_val, y_val) to fit
    no dropout: the model has no Dropout layer
    kept for dropped: Dropout(0.7) drops 70 %; the rate is the fraction that is dropped
    dropout elsewhere: a Dropout layer follows each of the two hidden layers, and no other
    another rate: both Dropout layers need the rate 0.3
    another network: the task asks for 128 and 64 units with relu, and one with sigmoid
    too few epochs: train for 20 epochs or more
    """
    return judge(history, When(right), mistakes, words)


def loss_without_dropout(value, history, x, y) -> Verdict:
    """Judges: the training loss of a fitted model, measured with dropout off.

    Args:
        value: The answer.
        history: What `fit` returned.
        x, y: The training rows.
    """
    wrong = When(lambda _: False)
    curves, model = getattr(history, "history", {}), getattr(history, "model", None)
    answered = value is not None and value is not ...
    measured = model.evaluate(x, y, verbose=0) if model and answered else [wrong]

    def last(name):
        return curves[name][-1] if name in curves else wrong

    mistakes = {
        "printed by fit": last("loss"),
        "validation rows": last("val_loss"),
        "accuracy": When(lambda v: len(measured) > 1 and np.isclose(v, measured[1], rtol=1e-3)),
        "loss and accuracy": When(lambda v: len(v) == 2 and np.allclose(v, measured, rtol=1e-3)),
    }
    words = """
    praise: with dropout off the training loss is lower than fit printed
    hint: evaluate the model on the training rows; evaluate switches dropout off
    printed by fit: this is what fit printed, an average over the epoch with dropout on
    validation rows: this is the loss on the validation rows; the task asks for the training rows
    accuracy: this is the accuracy; evaluate returns the loss first
    loss and accuracy: evaluate returns loss and accuracy; the task asks for the loss
    """
    return judge(value, measured[0], mistakes, words, tolerance=1e-3)


def repaired_dropout(answer, x) -> Verdict:
    """Judges: (model, p) of the repaired script, with p the probabilities of the rows `x`.

    Args:
        answer: The model, which drops 20 % of either hidden layer, and its predictions.
        x: The rows, (rows, 56).
    """

    def shows(test):
        return When(lambda a: len(a) == 2 and bool(test(a[0])))

    def predicts(a):
        return np.allclose(np.ravel(a[1]), np.ravel(a[0].predict(x, verbose=0)), atol=1e-4)

    mistakes = {
        "dropout removed": shows(lambda m: not layers_of(m, "Dropout")),
        "kept for dropped": shows(
            lambda m: any(layer.rate == 0.8 for layer in layers_of(m, "Dropout"))
        ),
        "dropout behind the output": shows(lambda m: _kinds(m).endswith("d")),
        "one layer forgotten": shows(lambda m: _kinds(m) in ("hdho", "hhdo")),
        "dropout at prediction": When(lambda a: _drops(a[0], 0.2) and not predicts(a)),
    }
    words = """
    praise: each hidden layer drops 20 % in training, and predictions are made without dropout
    hint: return the model and its predictions: return model, p
    dropout removed: you removed dropout; the author wants it behind each hidden layer
    kept for dropped: a rate of 0.8 drops 80 %; the author wants to keep 80 %
    dropout behind the output: there is still a Dropout behind the output layer
    one layer forgotten: the author wants dropout behind both hidden layers
    dropout at prediction: the probabilities still come from a random subnetwork; use
        model.predict(x), or model(x) without training=True
    """
    right = When(lambda a: len(a) == 2 and _drops(a[0], 0.2) and predicts(a))
    return judge(answer, right, mistakes, words)


def broken_dropout_gain(change, train: Callable) -> Verdict:
    """Judges: changed fields of `Experiment` with which dropout 0.2 ends higher in three seeds.

    Args:
        change: {field: value}, not the dropout rate.
        train: train(experiments), their runs; called with six experiments.
    """

    def dropped_minus_plain(changed):
        runs = train(grid(changed, dropout=[0, 0.2], seed=range(3)))
        return metrics.paired_differences(runs[:3], runs[3:])

    base = Experiment(hidden=(64, 64), epochs=100)
    words = """
    praise: here dropout makes the network worse; the claim needs a network that overfits
    hint: this asks for a dict of fields of Experiment, such as {"batch_size": 64}
    fixed field changed: leave dropout alone; the claim is about the rate 0.2
    nothing changed: these are the settings of the lesson; change at least one
    diverged: a run diverged, so there is nothing to compare; lower the learning rate
    the claim holds: the claim still holds in all three seeds; when does a network not overfit?
    depends on the seed: the claim fails in some seeds only; go further in the same direction
    """
    return judge_broken_claim(
        change, base, ["dropout"], dropped_minus_plain, lambda d: d < 0, words
    )
