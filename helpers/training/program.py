"""The compiled program of a bank: one for each shape."""

import functools
import math
import threading
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from helpers import models
from helpers.experiment import CURVES, HYPERPARAMETERS, Experiment
from helpers.tasks import Task
from helpers.training import compiled
from helpers.training.noise import noise_key, noise_where, normal_noise, uniform_noise

CHUNK = 10  # epochs of one call of a program, at most

# These methods hold no loop, so that they need no conversion, which is a part of the tracing time.
_as_it_is = tf.autograph.experimental.do_not_convert


class Shape(NamedTuple):
    """All that decides what is compiled; everything else is an argument."""

    experiment: Experiment  # reduced to its structure
    members: int
    seeds: int
    train_rows: int
    validation_rows: int
    n_features: int
    task: Task
    xla: bool


class Program:
    """The training loop of one shape: (state, values, data, order) -> (state, records).

    The state is a list of stacked tensors: weights, then the optimizer's variables. Everything
    comes in as arguments and goes out as results, so that trainers of the same shape share
    one program, and going back to an earlier state costs nothing.
    """

    def __init__(self, shape: Shape):
        e = shape.experiment
        self.shape, self.lock = shape, threading.Lock()
        self.steps = math.ceil(shape.train_rows / e.batch_size)
        self.net = models.Adjustable(e, shape.n_features, shape.task)
        self.variables = [
            keras.Variable(np.zeros((shape.members, *v.shape), "float32"))
            for v in self.net.model.trainable_variables
        ]
        self.optimizer = models.optimizer(e)  # without decay and clipping: `_update` does both
        self.optimizer.build(self.variables)
        rate = self.optimizer.learning_rate
        self.slots = [v for v in self.optimizer.variables if v is not rate]
        self.penalised = self.variables[: None if e.penalises_output else -2 : 2]
        valid = np.arange(self.steps * e.batch_size) < shape.train_rows
        valid = valid.reshape(self.steps, e.batch_size)
        self.row_weight = (valid / valid.sum(1, keepdims=True)).astype("float32")
        self.step_weight = (valid.sum(1) / shape.train_rows).astype("float32")
        self.function = tf.function(self._run, jit_compile=shape.xla, autograph=True)
        self.call = None

    def initial_slots(self) -> list[np.ndarray]:
        """The optimizer's variables before the first step."""
        return [np.zeros(v.shape, v.dtype) for v in self.slots]

    def __call__(self, *arguments):
        with self.lock:  # the variables are scratch space that callers share
            if self.call is None:
                with models.uncollected():
                    # A shape has one signature. Called as it is, the function of each further shape
                    # would count as a retracing of the first, of which TensorFlow warns.
                    trace = functools.partial(self.function.get_concrete_function, *arguments)
                    scratch = (*self.variables, *self.slots)
                    self.call, found = compiled.begin(self.shape, scratch, trace, arguments)
            else:
                found = self.call(*arguments)
        return found[:-1], found[-1]

    def _run(self, state, values, seeds, seed_of, data, order, first_epoch, count):
        """Train `count` epochs.

        Args:
            state: Tensors, stacked over members.
            values: float32 (members, hyperparameters), as `HYPERPARAMETERS` orders them.
            seeds: uint32 (seeds,), the distinct seeds; seed_of: int32 (members,), into them.
            data: x, targets of training rows; x, targets of validation rows; float32. x is
                (rows, features), targets (rows, 1) or one-hot (rows, classes).
            order: int32 (CHUNK, seeds, steps, batch_size), training rows.
            first_epoch, count: int32 scalars.

        Returns:
            The new state, and float32 records of shape (CHUNK, members, curves).
        """
        everything = [v.value for v in (*self.variables, *self.slots)]
        for variable, value in zip(everything, state, strict=True):
            variable.assign(value)
        records = tf.TensorArray(
            tf.float32, size=CHUNK, element_shape=(self.shape.members, len(CURVES))
        )
        k = tf.constant(0)
        while k < count:  # XLA would compile `tf.range(count)` anew for each count
            epoch = first_epoch + k
            uniform, normal = self._noise(values, seeds, epoch)
            reported = tf.zeros((self.shape.members, 2))
            for i in tf.range(self.steps):
                drawn = (order[k, :, i], uniform[:, i], normal[:, i])
                reported += self._step(i, values, seed_of, data, drawn)
            records = records.write(k, tf.concat([self._measure(values, data), reported], axis=1))
            k += 1
        return [variable.value() for variable in everything], records.stack()

    @_as_it_is
    def _step(self, i, values, seed_of, data, drawn):
        """One step of every member; returns (members, 2): its share of what `fit` reports."""
        batch, uniform, normal = drawn  # each with one row per seed
        x, y, uniform, normal = (
            tf.gather(a, seed_of)
            for a in (tf.gather(data[0], batch), tf.gather(data[1], batch), uniform, normal)
        )
        penalty = self._penalty(values, acting=True)
        gradients, batch_mean = tf.vectorized_map(
            functools.partial(self._gradients, tf.gather(self.row_weight, i), data[1]),
            ([v.value.value() for v in self.variables], values, x, y, uniform, normal),
            fallback_to_while_loop=False,
        )
        self._update(gradients, values)
        reported = batch_mean + tf.stack([penalty, tf.zeros_like(penalty)], axis=1)
        return reported * tf.gather(self.step_weight, i)

    @_as_it_is
    def _noise(self, values, seeds, epoch):
        """For dropout's masks, (seeds, steps, batch, units), and inputs, (..., features).

        Drawn only where a value is not 0; a step-wise choice would cost as much as the step.
        """
        e, value = self.shape.experiment, _by_name(values)
        kinds = (("dropout", uniform_noise, sum(e.hidden)),
                 ("input_noise", normal_noise, self.shape.n_features))  # fmt: skip
        return [
            noise_where(tf.reduce_any(value[name] > 0), draw, noise_key(seeds, 2 * epoch + k),
                        (self.steps, e.batch_size, width))
            for k, (name, draw, width) in enumerate(kinds)
        ]  # fmt: skip

    def _gradients(self, row_weight, targets_of_all, member):
        """Of one member: gradients of its objective, and (data loss, score) of the batch.

        Args:
            row_weight: float32 (batch_size,), 1 / rows of the batch, and 0 behind the last row.
            targets_of_all: float32 (training rows, 1 or classes).
            member: Its weights and values; x (batch_size, features), targets (batch_size, 1 or
                classes), and what dropout and input noise take, (batch_size, ...).
        """
        weights, values, x, y, uniform, normal = member
        given = [(self.net.normal, normal)]
        if self.net.uniforms:
            pieces = tf.split(uniform, self.shape.experiment.hidden, axis=1)
            given += zip(self.net.uniforms, pieces, strict=True)
        task, targets = self.shape.task, y
        if task.classifies:
            smoothing = _by_name(values)["label_smoothing"]
            targets = y * (1 - smoothing) + smoothing / task.n_classes
        loss_weight = row_weight
        if self.shape.experiment.class_weight:
            loss_weight = row_weight * _balance(y, targets_of_all)
        with tf.GradientTape() as tape:
            tape.watch(weights)
            logits, penalty = self._logits(weights, values, x, given)
            loss = tf.reduce_sum(loss_weight * _loss(task, targets, logits))
            objective = loss + penalty
        score = tf.reduce_sum(row_weight * _score(task, y, logits, targets_of_all))
        return tape.gradient(objective, weights), tf.stack([loss, score])

    def _logits(self, weights, values, x, noise=None):
        """Of one member: logits (rows, units) and penalty; with noise where it is given."""
        mapping = list(zip(self.net.model.trainable_variables, weights, strict=True))
        mapping += zip(self.net.hyperparameters.values(), tf.unstack(values), strict=True)
        with keras.StatelessScope(state_mapping=[*mapping, *(noise or ())]):
            logits = self.net.model(x, training=noise is not None)
            return logits, tf.add_n(self.net.model.losses)

    def _update(self, gradients, values):
        """Decay, clipping, the stock optimizer's rule, then the proximal step of L1."""
        value = _by_name(values)
        decay, limit = value["learning_rate"] * value["weight_decay"], value["clipnorm"]
        for v in self.penalised:
            v.assign(v - _like(decay, v) * v)
        scales = tf.cond(
            tf.reduce_any(limit > 0),
            lambda: [_clipping(g, limit) for g in gradients],
            lambda: [tf.ones_like(limit) for _ in gradients],
        )
        for g, v, scale in zip(gradients, self.variables, scales, strict=True):
            self.optimizer.update_step(g * _like(scale, v), v, _like(value["learning_rate"], v))
        self.optimizer.iterations.assign_add(1)
        if self.shape.experiment.proximal:
            for v in self.penalised:
                w, step = v.value.value(), _like(value["learning_rate"] * value["l1"], v)
                v.assign(tf.sign(w) * tf.maximum(tf.abs(w) - step, 0.0))

    def _penalty(self, values, acting=False):
        """(members,): what the penalties add up to; if `acting`, those that send a gradient."""
        value, total = _by_name(values), tf.zeros(self.shape.members)
        for v in self.penalised:
            w = v.value.value()
            terms = _like(value["l2"], v) * tf.square(w)
            if not (acting and self.shape.experiment.proximal):
                terms += _like(value["l1"], v) * tf.abs(w)
            total += _sum(terms)
        return total

    @_as_it_is
    def _measure(self, values, data):
        """(members, 6): the curves up to `fit_validation_loss`, all noise off."""
        x = tf.concat([data[0], data[2]], axis=0)
        y = tf.concat([data[1], data[3]], axis=0)
        rows, task = self.shape.train_rows, self.shape.task

        def measure(member):
            logits, _ = self._logits(*member, x)
            loss = _loss(task, y, logits)
            if task.classifies:
                correct = _correct(y, logits)
                scores = correct[:rows], correct[rows:]
                # smoothing turns y into y - smoothing * (y - 1 / classes); the loss is linear in y
                more = tf.reduce_sum((y - 1 / task.n_classes) * logits, axis=1)
                more = _by_name(member[1])["label_smoothing"] * more[rows:]
            else:
                parts = (y[:rows], logits[:rows]), (y[rows:], logits[rows:])
                scores = [_score(task, *part, part[0]) for part in parts]
                more = tf.zeros_like(loss[rows:])
            halves = (loss[:rows], loss[rows:], *scores, more)
            return tf.stack([tf.reduce_mean(half) for half in halves])

        weights = [v.value.value() for v in self.variables]
        means = tf.vectorized_map(measure, (weights, values), fallback_to_while_loop=False)
        fit_loss = means[:, 1] + means[:, 4] + self._penalty(values, acting=True)
        return tf.concat([means[:, :4], self._penalty(values)[:, None], fit_loss[:, None]], axis=1)


@functools.lru_cache(maxsize=32)
def program_of(shape: Shape) -> Program:
    """The program of a shape; trainers of the same shape share it."""
    return Program(shape)


def _by_name(values):
    """{name: its values}, of a float32 tensor (..., hyperparameters)."""
    return dict(zip(HYPERPARAMETERS, tf.unstack(values, axis=-1), strict=True))


def _like(numbers, variable):
    """One number for each member, (members,), in a shape that multiplies stacked weights."""
    return tf.reshape(numbers, [-1] + [1] * (len(variable.shape) - 1))


def _sum(terms):
    """(members,): the sum over all other axes of numbers that are not negative.

    Columns first, then rows, with `relu` (of a sum that is never negative) between them:
    XLA would merge the two sums into one that adds up its numbers one after another.
    """
    if len(terms.shape) > 2:
        terms = tf.nn.relu(tf.reduce_sum(terms, axis=1))
    return tf.reduce_sum(terms, axis=1)


def _clipping(gradient, limit):
    """(members,): the factor that brings the norm down to the limit; 1 where that is 0."""
    norm = tf.sqrt(_sum(tf.square(gradient)))
    return tf.where(limit > 0, limit / tf.maximum(norm, limit), 1.0)


def _loss(task, y, logits):
    """(rows,): nats, or the squared error of a number.

    y (rows, 1) is P(class 1) or the number; (rows, classes) are probabilities.
    """
    if not task.classifies:
        return tf.square(y - logits)[:, 0]
    if logits.shape[-1] == 1:
        return tf.nn.sigmoid_cross_entropy_with_logits(y, logits)[:, 0]
    return tf.reduce_logsumexp(logits, axis=1) - tf.reduce_sum(y * logits, axis=1)


def _score(task, y, logits, of):
    """(rows,) numbers whose mean is the accuracy, or R²: 1 - squared error / variance of `of`.

    Of targets that do not vary R² counts as 0.
    """
    if task.classifies:
        return _correct(y, logits)
    variance = tf.math.reduce_variance(of)
    explained = 1 - tf.square(y - logits)[:, 0] / tf.maximum(variance, 1e-30)
    return tf.where(variance > 0, explained, tf.zeros_like(explained))


def _balance(y, of):
    """(rows,): what each row's loss counts where each class of `of` is to count alike.

    rows / (classes * rows of the class), over the classes that `of` holds; so does y.
    """
    if y.shape[-1] == 1:
        y, of = tf.concat([1 - y, y], axis=1), tf.concat([1 - of, of], axis=1)
    counts = tf.reduce_sum(of, axis=0)
    held = tf.reduce_sum(tf.cast(counts > 0, tf.float32))
    return tf.linalg.matvec(y, of.shape[0] / (held * tf.maximum(counts, 1.0)))


def _correct(y, logits):
    """1.0 per row whose likeliest class is the target's, else 0.0."""
    if logits.shape[-1] == 1:
        right = tf.equal(logits[:, 0] > 0, y[:, 0] > 0.5)
    else:
        right = tf.reduce_sum(y * logits, axis=1) >= tf.reduce_max(logits, axis=1)
    return tf.cast(right, tf.float32)
