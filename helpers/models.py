"""`Experiment` as the plain Keras model a learner would write, and as an adjustable one.

Both models have the same layers in the same order and start from the same weights. In the
plain one every hyperparameter is a Python float on a stock object: changing it after the first
`fit` would do nothing. In the adjustable one they are variables, so that a training program
can change them, or give each of many models its own, without being traced again.
"""

import contextlib
import gc
import itertools
from pathlib import Path

import numpy as np

from helpers.experiment import HYPERPARAMETERS, Experiment
from helpers.tasks import Task, check_task, task_of
from helpers.validation import check_int

SOURCE = Path(__file__).read_bytes()


@contextlib.contextmanager
def uncollected():
    """Nothing is searched for garbage meanwhile: of what is made next, next to nothing goes.

    That is an eighth of the time that importing TensorFlow takes, and of tracing.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            gc.freeze()  # with the next line: all that there is counts as old
            gc.unfreeze()
        if was_on:
            gc.enable()


with uncollected():
    import keras
    from keras import initializers, layers, ops, regularizers


def build(experiment: Experiment, n_features: int, task: int | Task = 2) -> keras.Model:
    """Build the plain compiled model: stock layers, regularizers, optimizer and loss.

    `proximal` and `class_weight` are no properties of a model but of its training: for the first
    the model has no L1 regularizer, and the script of `keras_script` shows the callback that does
    the work; the second is `fit(class_weight=dict(enumerate(reference.class_weights(y))))`.

    Args:
        experiment: Its hyperparameters become plain numbers of the model.
        n_features: Columns of `x`.
        task: `parts.task`, or how many classes there are. 2 gives one sigmoid unit and binary
            cross-entropy, more give a softmax and sparse categorical cross-entropy (with label
            smoothing, categorical cross-entropy, which wants one-hot targets), "regression" one
            linear unit and the mean squared error.

    Raises:
        ValueError: If `n_features` < 1, there are fewer than 2 classes, or a hyperparameter is for
            classes and the task is a regression.
    """
    n_features, task = check_int("n_features", n_features, 1), task_of(task)
    e = experiment
    check_task(e, task)

    def dense(units, activation, depth, penalty):
        return layers.Dense(units, activation, kernel_initializer=initializer(e, depth),
                            kernel_regularizer=penalty)  # fmt: skip

    model = keras.Sequential([keras.Input((n_features,))])
    if e.input_noise:
        model.add(layers.GaussianNoise(e.input_noise, seed=e.layer_seed(99)))
    for depth, units in enumerate(e.hidden):
        model.add(dense(units, e.activation, depth, _regularizer(e)))
        if e.dropout:
            model.add(layers.Dropout(e.dropout, seed=e.layer_seed(50 + depth)))
    last = _regularizer(e) if e.penalises_output else None
    model.add(dense(task.outputs, task.activation, len(e.hidden), last))
    compiled, variables = optimizer(e), model.trainable_variables
    if e.weight_decay:  # biases, and the output kernel where it is spared, do not decay
        spared = [] if e.penalises_output else variables[-2:]
        compiled.exclude_from_weight_decay(variables[1::2] + spared)
    model.compile(optimizer=compiled, loss=_loss(e, task), metrics=[task.keras_score])
    return model


def initializer(experiment: Experiment, depth: int) -> initializers.Initializer:
    """Keras's default (Glorot uniform) with the seed of the Dense layer at `depth`."""
    return initializers.GlorotUniform(seed=experiment.layer_seed(depth))


def initial_weights(experiment: Experiment, n_features: int, task: int | Task) -> list[np.ndarray]:
    """Kernels and biases as `build(...)` starts with them, float32, input to output."""
    sizes = (n_features, *experiment.hidden, task_of(task).outputs)
    weights = []
    for depth, shape in enumerate(itertools.pairwise(sizes)):
        kernel = initializer(experiment, depth)(shape, dtype="float32")
        weights += [np.asarray(kernel), np.zeros(shape[1], np.float32)]
    return weights


def optimizer(experiment: Experiment) -> keras.optimizers.Optimizer:
    """The stock Keras optimizer, weight decay and clipping included."""
    name, arguments = experiment.keras_optimizer
    return getattr(keras.optimizers, name)(**arguments)


# The same model with its hyperparameters in variables ---------------------------------------


class AdjustablePenalty(regularizers.Regularizer):
    """`keras.regularizers.L1L2` with variables for numbers."""

    def __init__(self, l1, l2):
        self.l1, self.l2 = l1, l2

    def __call__(self, w):
        return self.l1 * ops.sum(ops.absolute(w)) + self.l2 * ops.sum(ops.square(w))


class GivenNoise(layers.Layer):
    """A layer whose one number is a variable and whose noise is given: (batch_size, units)."""

    def __init__(self, amount, batch_size, units):
        super().__init__()
        self.amount = amount
        self.noise = keras.Variable(np.zeros((batch_size, units), "float32"), trainable=False)


class AdjustableDropout(GivenNoise):
    """`keras.layers.Dropout` whose noise is uniform.

    Keeps an activation where its uniform number is at least the rate, and divides it by
    1 - rate (inverted dropout, Srivastava et al. 2014).
    """

    def call(self, x, training=False):
        if not training:
            return x
        rate = ops.convert_to_tensor(self.amount)
        return ops.where(ops.convert_to_tensor(self.noise) >= rate, x / (1 - rate), 0.0)


class AdjustableNoise(GivenNoise):
    """`keras.layers.GaussianNoise` whose noise is standard normal."""

    def call(self, x, training=False):
        return x + self.amount * self.noise if training else x


class Adjustable:
    """One model whose hyperparameters and noise are variables, for `keras.StatelessScope`.

    Attributes:
        model: `keras.Sequential` that ends in logits, shape (rows, 1) or (rows, classes), or
            in the standardised number, (rows, 1).
        hyperparameters: {name: scalar `keras.Variable`} for every name in `HYPERPARAMETERS`.
        uniforms: One (batch_size, units) variable per hidden layer, for dropout.
        normal: The (batch_size, n_features) variable of the input noise.
    """

    def __init__(self, experiment: Experiment, n_features: int, task: int | Task):
        e = experiment
        s = {name: keras.Variable(0.0, trainable=False) for name in HYPERPARAMETERS}
        self.hyperparameters = s
        l1 = 0.0 if e.proximal else s["l1"]  # the proximal step acts on the weights, not the loss

        def dense(units, activation, penalised):
            penalty = AdjustablePenalty(l1, s["l2"]) if penalised else None
            return layers.Dense(units, activation=activation, kernel_regularizer=penalty)

        noise = AdjustableNoise(s["input_noise"], e.batch_size, n_features)
        self.model = keras.Sequential([keras.Input((n_features,)), noise])
        self.normal, self.uniforms = noise.noise, []
        for units in e.hidden:
            dropout = AdjustableDropout(s["dropout"], e.batch_size, units)
            self.model.add(dense(units, e.activation, penalised=True))
            self.model.add(dropout)
            self.uniforms.append(dropout.noise)
        self.model.add(dense(task_of(task).outputs, None, penalised=e.penalises_output))


def _regularizer(e: Experiment) -> regularizers.Regularizer | None:
    l1 = 0.0 if e.proximal else e.l1
    return regularizers.L1L2(l1, e.l2) if l1 or e.l2 else None


def _loss(e: Experiment, task: Task) -> keras.losses.Loss:
    if not e.label_smoothing:
        return keras.losses.get(task.loss)
    return getattr(keras.losses, task.smoothed_loss)(label_smoothing=e.label_smoothing)
