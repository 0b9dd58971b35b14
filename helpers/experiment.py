"""The values that everything passes around: `Experiment`, `Run` and `grid`.

base = Experiment(hidden=(128, 64), epochs=200)
experiments = grid(base, l2=[0, 1e-3, 1e-2], seed=range(5))    # 15, l2 slowest
"""

import dataclasses
import difflib
import functools
import itertools
import math
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from helpers.tasks import BINARY, Task
from helpers.validation import MAX_SEED, check_choice, check_int, check_number, is_int

ACTIVATIONS = ("relu", "tanh", "elu")
OPTIMIZERS = {  # its class in `keras.optimizers`, and the arguments beside the learning rate
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {"weight_decay": 0.0}),  # its default is 0.004
    "rmsprop": ("RMSprop", {}),
}
MAX_LAYERS = 20
CURVES = (
    "train_loss", "validation_loss", "train_accuracy", "validation_accuracy",
    "penalty", "fit_validation_loss", "fit_loss", "fit_accuracy",
)  # fmt: skip
SOURCE = Path(__file__).read_bytes()  # of the code that runs, whatever becomes of the file


@dataclass(frozen=True)
class Hyperparameter:
    """One number of an `Experiment` that may change while a model trains.

    The table `HYPERPARAMETERS` drives validation, sliders, labels, models and Keras scripts.

    Attributes:
        name: The field of `Experiment`.
        label: What a learner reads, such as "L2 strength".
        symbol: The letter used in formulas and on axes, such as "λ".
        low, high: The range of allowed values; `high` itself is excluded.
        low_allowed: Whether `low` itself is allowed.
        positions: The default positions of a sweep, ascending; 0 first where allowed.
        log: Whether a slider and an axis are logarithmic (with an exact 0 at the left).
        spelling: A format string for the value as Keras code spells it.
        whole: Whether only whole numbers are allowed.
        of_optimizer: Whether Keras takes it as an argument of the optimizer.
    """

    name: str
    label: str
    symbol: str
    low: float
    high: float
    low_allowed: bool
    positions: tuple[float, ...]
    log: bool
    spelling: str
    whole: bool = False
    of_optimizer: bool = False

    def check(self, value) -> float:
        """Return `value` as a float.

        Raises:
            ValueError: If it is not a finite number within the range, or not whole if `whole`.
        """
        if self.whole:
            high = math.ceil(self.high) - 1 if math.isfinite(self.high) else self.high
            return float(check_int(self.name, value, math.ceil(self.low), high))
        return check_number(
            self.name, value, self.low, self.high,
            low_allowed=self.low_allowed, high_allowed=False,
        )  # fmt: skip

    def spell(self, value: float) -> str:
        """The value as Keras code spells it: `l2(0.01)`, `Dropout(0.5)`."""
        return self.spelling.format(f"{value:.3g}")


_STRENGTHS = (0, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1)
_RATES = (0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9)
_LEARNING_RATES = (1e-5, 3e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 3e-3, 5e-3, 0.01, 0.02, 0.05, 0.1)
_DECAYS = (0, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
_NOISES = (0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)
_NORMS = (0, 1e-3, 3e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_SMOOTHINGS = (0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.8)

_FROM_0, _TO_1, _ABOVE_0 = (0, math.inf, True), (0, 1, True), (0, math.inf, False)

HYPERPARAMETERS: dict[str, Hyperparameter] = {
    row[0]: Hyperparameter(*row)
    for row in (
        ("l1", "L1 strength", "λ₁", *_FROM_0, _STRENGTHS, True, "l1({})"),
        ("l2", "L2 strength", "λ", *_FROM_0, _STRENGTHS, True, "l2({})"),
        ("dropout", "dropout rate", "rate", *_TO_1, _RATES, False, "Dropout({})"),
        ("weight_decay", "weight decay", "decay", *_FROM_0, _DECAYS, True,
         "weight_decay={}", False, True),
        ("label_smoothing", "label smoothing", "smoothing", *_TO_1, _SMOOTHINGS, False,
         "label_smoothing={}"),
        ("input_noise", "input noise", "σ", *_FROM_0, _NOISES, False, "GaussianNoise({})"),
        ("learning_rate", "learning rate", "η", *_ABOVE_0, _LEARNING_RATES, True,
         "learning_rate={}", False, True),
        ("clipnorm", "gradient clipping", "c", *_FROM_0, _NORMS, True, "clipnorm={}", False, True),
    )
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A multilayer perceptron and the way it is trained.

    The penalties and `weight_decay` act on kernels, never on biases: on those of all layers,
    or, with `penalise_output=False`, of all but the output layer (without hidden layers, on
    the one kernel there is). The second is the course's first snippet; there a network of
    relu units can shift scale into the output layer, and the same strength does less.

    Attributes:
        hidden: Units in each hidden layer, from input to output; `()` for none.
        activation: Of the hidden layers: "relu", "tanh" or "elu".
        l1: Multiplies the sum of |w|, as `keras.regularizers.L1`.
        l2: Multiplies the sum of w**2, with no factor 1/2, as `keras.regularizers.L2`:
            a textbook's (a/2) * sum w**2 is l2=a/2.
        proximal: How L1 acts: False adds its subgradient to the gradient, as Keras does;
            True shrinks each weight towards 0 by learning_rate * l1 after each step (soft
            threshold), which gives exact zeros.
        penalise_output: Whether penalties and decay act on the output layer's kernel too.
        dropout: Fraction of each hidden layer's activations zeroed at each training step;
            the others are divided by 1 - dropout, as `keras.layers.Dropout`.
        weight_decay: Decoupled decay: each step first takes learning_rate * weight_decay * w
            off each weight (Loshchilov & Hutter 2019), as `weight_decay` of a Keras optimizer.
        label_smoothing: Fraction of each target spread evenly over all classes.
        input_noise: Standard deviation of Gaussian noise added to the inputs while training,
            as `keras.layers.GaussianNoise`.
        optimizer: "sgd", "momentum" (SGD with momentum 0.9), "adam", "adamw" or "rmsprop".
        learning_rate: Step size of the optimizer.
        clipnorm: The gradient of each kernel and each bias, penalties included, is scaled down
            to this norm where it is longer, as `clipnorm` of a Keras optimizer; 0 for none.
        batch_size: Rows in a training step; the last step of an epoch may have fewer.
        epochs: Passes over the training rows.
        seed: Decides initial weights, row order, dropout masks and input noise.
        class_weight: None, or "balanced": while training, a row's loss counts
            rows / (classes * rows of its class) times, so that each class counts alike, as
            `class_weight` of `keras.Model.fit` and of scikit-learn. What is recorded as loss and
            accuracy stays unweighted, but for `Run.fit_loss`.

    Raises:
        ValueError: If a name is no field, or a value is outside its range.
        TypeError: If a value comes without its name.
    """

    hidden: tuple[int, ...] = (128, 64)
    activation: str = "relu"
    l1: float = 0.0
    l2: float = 0.0
    proximal: bool = False
    penalise_output: bool = True
    dropout: float = 0.0
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    input_noise: float = 0.0
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    clipnorm: float = 0.0
    batch_size: int = 32
    epochs: int = 200
    seed: int = 0
    class_weight: str | None = None

    def __post_init__(self):
        for name in FIELDS:
            object.__setattr__(self, name, _checked(name, getattr(self, name)))

    def replace(self, **changes) -> Self:
        """The same experiment with some fields changed.

        Raises:
            ValueError: If a name is not a field or a value is outside its range.
        """
        return dataclasses.replace(self, **changes)

    @property
    def penalises_output(self) -> bool:
        """Whether penalties and decay act on the last kernel: if asked for, or if it is alone."""
        return self.penalise_output or not self.hidden

    @property
    def keras_optimizer(self) -> tuple[str, dict[str, float]]:
        """The optimizer's class in `keras.optimizers`, and its arguments that are not defaults."""
        name, options = OPTIMIZERS[self.optimizer]
        asked = {h.name: getattr(self, h.name) for h in HYPERPARAMETERS.values() if h.of_optimizer}
        given = {n: v for n, v in asked.items() if v}
        return name, {"learning_rate": self.learning_rate} | options | given

    def layer_seed(self, offset: int) -> int:
        """An integer seed for one layer, so that adding a layer changes no other's numbers."""
        return 100 * self.seed + offset


class Move(NamedTuple):
    """A strength changed while training: in force after `epoch` epochs."""

    epoch: int
    name: str
    value: float


class Divergence(NamedTuple):
    """The first epoch (counted from 1) whose numbers are no longer usable, and why."""

    epoch: int
    reason: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """What was recorded while one experiment trained.

    Each curve is a float32 array of shape (epochs,), one value after each epoch. Losses are
    mean cross-entropies in nats of the plain targets, with dropout and noise off and without
    penalty; accuracies are fractions. A diverged run ends before the epoch that broke.

    Of a regression the losses are mean squared errors of the standardised target, and what is
    called accuracy is R² (1 - mean squared error / variance of these rows' targets): at most 1,
    0 for answering their mean, negative for worse. `train_score` and `validation_score` are other
    names of the same curves that fit either task.

    Attributes:
        experiment: What was asked for, before any move.
        train_loss, validation_loss: Data loss of training and validation rows.
        train_accuracy, validation_accuracy: Fraction of rows classified correctly, or R².
        penalty: l1 * sum|w| + l2 * sum w**2 at the end of the epoch.
        fit_loss, fit_accuracy: What `Model.fit` prints for the training rows: the average over
            the epoch's steps of the smoothed targets' loss, dropout and noise on, with the
            penalties whose gradient acts (not L1's if `proximal`), rows weighted by class if
            `class_weight` says so (the accuracy is not).
        fit_validation_loss: What it prints as `val_loss`: the smoothed targets' loss at the end
            of the epoch with the same penalties. None gives validation_loss + penalty, which
            it is unless targets are smoothed or `proximal` is on.
        weights: Kernels and biases, as `keras.Model.get_weights` gives them.
        moves: Strengths changed mid-run, in order.
        diverged: None, or when and why the run broke down.
        task: What was learned: two classes, more of them, or a number.
    """

    experiment: Experiment
    train_loss: np.ndarray
    validation_loss: np.ndarray
    train_accuracy: np.ndarray
    validation_accuracy: np.ndarray
    penalty: np.ndarray
    fit_loss: np.ndarray
    fit_accuracy: np.ndarray
    weights: list[np.ndarray]
    fit_validation_loss: np.ndarray | None = None
    moves: tuple[Move, ...] = ()
    diverged: Divergence | None = None
    task: Task = BINARY

    def __post_init__(self):
        if self.fit_validation_loss is None:
            object.__setattr__(self, "fit_validation_loss", self.validation_loss + self.penalty)

    @property
    def train_score(self) -> np.ndarray:
        """`train_accuracy`, by a name that fits a regression too: accuracy or R²."""
        return self.train_accuracy

    @property
    def validation_score(self) -> np.ndarray:
        """`validation_accuracy`, by a name that fits a regression too: accuracy or R²."""
        return self.validation_accuracy

    @property
    def epochs(self) -> int:
        """How many epochs were recorded."""
        return len(self.train_loss)

    @property
    def kernels(self) -> list[np.ndarray]:
        """The weight matrices, from input to output, without biases."""
        return self.weights[::2]

    @property
    def penalised_kernels(self) -> list[np.ndarray]:
        """The matrices that penalties and decay act on."""
        return self.kernels[: None if self.experiment.penalises_output else -1]

    def __repr__(self):
        end = f", diverged at epoch {self.diverged.epoch}" if self.diverged else ""
        return f"Run({self.epochs} epochs, seed {self.experiment.seed}{end})"


def grid(base: Experiment, **axes) -> list[Experiment]:
    """Every combination of the given values, the first name varying slowest.

    Args:
        base: What all have in common.
        **axes: For each field that varies, its values in order.

    Raises:
        ValueError: If a name is not a field, an axis is empty or no sequence, or a value is
            outside its range.
    """
    _check_fields(axes)
    values = []
    for name, axis in axes.items():
        if isinstance(axis, (str, bytes)) or not np.iterable(axis):
            raise ValueError(f"{name}={axis!r}: must be a sequence of values, such as [{axis!r}]")
        values.append(list(axis))
        if not values[-1]:
            raise ValueError(f"{name}={axis!r}: must hold at least one value")
    return [
        dataclasses.replace(base, **dict(zip(axes, choice, strict=True)))
        for choice in itertools.product(*values)
    ]


FIELDS = tuple(field.name for field in dataclasses.fields(Experiment))
_WHOLE = {"batch_size": (1, 1_000_000), "epochs": (1, 1_000_000), "seed": (0, MAX_SEED)}
_CHOICES = {
    "activation": ACTIVATIONS,
    "optimizer": tuple(OPTIMIZERS),
    "proximal": (False, True),
    "penalise_output": (False, True),
    "class_weight": (None, "balanced"),
}
_NAMES_ELSEWHERE = {  # in Keras, scikit-learn and PyTorch
    "hidden": "units layers hidden_layers hidden_layer_sizes hidden_units width",
    "l1": "l1_reg l1_lambda",
    "l2": "l2_reg l2_lambda alpha lambda lambda_ kernel_regularizer penalty",
    "dropout": "dropout_rate rate p drop",
    "weight_decay": "decay wd",
    "input_noise": "noise stddev gaussian_noise",
    "label_smoothing": "smoothing",
    "class_weight": "class_weights sample_weight weights pos_weight scale_pos_weight",
    "optimizer": "solver momentum",
    "learning_rate": "lr eta learning_rate_init step_size",
    "clipnorm": "clip clip_norm clipvalue global_clipnorm max_norm",
    "epochs": "epoch n_epochs num_epochs nb_epoch max_iter n_iter iterations",
    "seed": "random_state random_seed",
    "reference.early_stopping(run.validation_loss, patience) of a finished run":
        "early_stopping patience callbacks n_iter_no_change",
}  # fmt: skip


def _checked(name: str, value):
    """The value of a field in its plain type."""
    if name in HYPERPARAMETERS:
        return HYPERPARAMETERS[name].check(value)
    if name in _WHOLE:
        return check_int(name, value, *_WHOLE[name])
    if name in _CHOICES:
        return check_choice(name, value, _CHOICES[name])
    units = (None,) if isinstance(value, (str, bytes)) or not np.iterable(value) else tuple(value)
    if len(units) > MAX_LAYERS or not all(is_int(u) and 1 <= u <= 10_000 for u in units):
        allowed = f"whole, from 1 to 10000, such as (64,); at most {MAX_LAYERS} layers"
        raise ValueError(f"{name}={value!r}: must be a sequence of units per layer, each {allowed}")
    return tuple(map(int, units))


def _check_fields(names) -> None:
    for name in names:
        if name not in FIELDS:
            known = [here for here, others in _NAMES_ELSEWHERE.items() if name in others.split()]
            close = difflib.get_close_matches(name, FIELDS, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else "."
            hint = f"; here it is {known[0]}." if known else hint
            raise ValueError(
                f"{name!r} is no field of Experiment{hint} Fields: {', '.join(FIELDS)}"
            )


def _explained(init):
    """Python's own words on a wrong argument do not say what is right."""

    @functools.wraps(init)
    def explained(self, *values, **fields):
        if values:
            raise TypeError(f"Experiment({values[0]!r}): name the value, as in hidden=(64,)")
        _check_fields(fields)
        init(self, **fields)

    return explained


Experiment.__init__ = _explained(Experiment.__init__)
