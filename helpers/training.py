"""Trains one experiment, or hundreds, as one compiled program.

Experiments that agree in shape and control flow (`hidden`, `activation`, `proximal`,
`penalise_output`, `optimizer`, `batch_size`) form a bank. A bank is one Keras model mapped
over stacked weights: hyperparameters and seeds are numbers that its members do not share. The
whole loop over epochs and batches is a single XLA program where XLA is to be had; the same
program runs without it, more slowly.

Everything random comes from seed and epoch alone, so that a run is the same
whoever trains beside it.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import math
import os
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from helpers import models
from helpers.data import Part, Parts
from helpers.experiment import CURVES, HYPERPARAMETERS, Divergence, Experiment, Move, Run
from helpers.tasks import task_of
from helpers.validation import check_int

CHUNK = 10  # epochs of one call of a program, at most
BANK = 128  # members of one bank in `train`, at most: bounds waiting time
BANK_BYTES = 2**30  # memory of one bank while it trains, at most, by `bank_bytes`
HOPELESS = 100.0  # training loss, in units of log(classes), above which a run has diverged
SOURCE = Path(__file__).read_bytes()  # of the code that runs, whatever becomes of the file
_NAMES = tuple(HYPERPARAMETERS)


class Trainer:
    """Trains experiments side by side, some epochs at a time.

        trainer = Trainer(grid(base, l2=[0, 0.01]), parts)
        trainer.advance(epochs=10)
        trainer.set(l2=0.03)            # in force from the next batch on, recorded in the runs
        trainer.runs                    # list[Run], in the order given

    The first `advance` of a new shape compiles for some seconds; any later trainer of the same
    shape starts at once. A trainer is not safe to use from several threads at a time; several
    trainers are.

    Args:
        experiments: One or more `Experiment`; their `epochs` play no part here.
        parts: What `helpers.data.split` returns. The test set is not touched.
        xla: Whether to compile with XLA; None asks whether it works on this machine.

    Raises:
        ValueError: If there are no experiments.
        MemoryError: If one network alone needs more memory than the machine has.
    """

    def __init__(
        self,
        experiments: Experiment | Iterable[Experiment],
        parts: Parts,
        *,
        xla: bool | None = None,
    ):
        self.experiments = _experiments(experiments)
        rows = _Rows.of(parts)
        xla = xla_works() if xla is None else xla
        groups = _pieces(self.experiments, rows, _structure)
        self._banks = [_Bank([self.experiments[i] for i in g], rows, xla) for g in groups]
        self._place = {i: (b, m) for b, group in enumerate(groups) for m, i in enumerate(group)}
        self._moves: list[list[Move]] = [[] for _ in self.experiments]

    @property
    def epoch(self) -> int:
        """How many epochs have been trained."""
        return self._banks[0].epoch

    @property
    def runs(self) -> list[Run]:
        """What was recorded so far, one run per experiment, in the order given."""
        found = [bank.records() for bank in self._banks]
        runs = []
        for i, e in enumerate(self.experiments):
            bank, member = self._place[i]
            runs.append(Run(experiment=e, moves=tuple(self._moves[i]), **found[bank][member]))
        return runs

    def advance(self, epochs: int = 1) -> None:
        """Train every experiment `epochs` epochs further.

        Raises:
            ValueError: If `epochs` is not a whole number of at least 1.
        """
        epochs = check_int("epochs", epochs, 1)
        while epochs > 0:
            count = min(epochs, CHUNK)
            for bank in self._banks:
                bank.advance(count)
            epochs -= count

    def set(self, **hyperparameters) -> None:
        """Change hyperparameters from the next batch on; nothing is traced or compiled again.

        Args:
            **hyperparameters: For each name in `HYPERPARAMETERS`, one value for all experiments,
                or a sequence with one for each.

        Raises:
            ValueError: If a name cannot change while training, a value is outside its range,
                or a sequence is not as long as the experiments are many. Nothing is changed.
        """
        checked = {}
        for name, values in hyperparameters.items():
            if name not in HYPERPARAMETERS:
                raise ValueError(
                    f"{name!r} cannot change while training: use {', '.join(HYPERPARAMETERS)}"
                )
            many = list(values) if np.iterable(values) else [values] * len(self.experiments)
            if len(many) != len(self.experiments):
                raise ValueError(f"{name}={values!r}: must be {len(self.experiments)} values")
            checked[name] = [HYPERPARAMETERS[name].check(value) for value in many]
        for name, values in checked.items():
            for i, value in enumerate(values):
                bank, member = self._place[i]
                if self._banks[bank].set(member, name, value):
                    kept = [m for m in self._moves[i] if m[:2] != (self.epoch, name)]
                    self._moves[i] = [*kept, Move(self.epoch, name, value)]

    def snapshot(self):
        """The state of this moment, for `restore`. Costs little."""
        return [bank.snapshot() for bank in self._banks], [list(m) for m in self._moves]

    def restore(self, snapshot) -> None:
        """Go back to the moment of a snapshot of this trainer."""
        banks, moves = snapshot
        for bank, state in zip(self._banks, banks, strict=True):
            bank.restore(state)
        self._moves = [list(m) for m in moves]


def train(
    experiments: Experiment | Iterable[Experiment],
    parts: Parts,
    *,
    progress: Callable[[int, int], object] | bool | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    xla: bool | None = None,
) -> list[Run]:
    """Train each experiment for its own number of epochs.

    Args:
        experiments: One or more `Experiment`.
        parts: What `helpers.data.split` returns. The test set is not touched.
        progress: None shows a bar on a terminal, False shows none; a callable is given the
            epochs trained so far and those to be trained, summed over the experiments.
        executor: Any `concurrent.futures.Executor`; it is handed at least one call per worker.
            Its processes must be started, not forked: a copy of a process that has loaded
            TensorFlow waits for threads that it does not have. In a script, as opposed to a
            notebook, that needs `if __name__ == "__main__":`.

                spawn = multiprocessing.get_context("spawn")
                with ProcessPoolExecutor(2, mp_context=spawn) as pool:
                    runs = train(experiments, parts, executor=pool)

        workers: How many calls the executor runs at a time; None asks the executor. The
            standard library's know it; for others (Dask's) the number of this machine's
            cores is taken.
        xla: Whether to compile with XLA; None asks whether it works on this machine.

    Returns:
        One run per experiment, in the order given. Whether an experiment trains alone or
        beside others makes no difference but rounding.

    Raises:
        ValueError: If there are no experiments, or the executor forks its processes.
        MemoryError: If one network alone needs more memory than the machine has.
    """
    experiments = _experiments(experiments)
    rows = _Rows.of(parts)
    total = sum(e.epochs for e in experiments)
    count = 1 if executor is None else _workers(executor, workers)
    groups = _pieces(experiments, rows, lambda e: (*_structure(e), e.epochs), BANK, count)
    banks = [[experiments[i] for i in group] for group in groups]
    runs: list[Run | None] = [None] * len(experiments)
    with _reporting(progress, total) as report:
        if executor is None:
            found = (_train_bank(bank, rows, xla, report) for bank in banks)
        else:
            futures = [executor.submit(_train_bank, bank, rows, xla) for bank in banks]
            found = (future.result() for future in futures)
        for group, bank, trained in zip(groups, banks, found, strict=True):
            for i, run in zip(group, trained, strict=True):
                runs[i] = run
            if executor is not None:
                report(sum(e.epochs for e in bank))
    return runs


@functools.cache
def xla_works() -> bool:
    """Whether TensorFlow can compile with XLA on this machine."""
    try:
        double = tf.function(lambda x: 2.0 * x, jit_compile=True)
        return float(double(tf.constant(1.0))) == 2.0
    except (tf.errors.OpError, ValueError, NotImplementedError):
        return False


def noise_key(seeds, counter):
    """A 32-bit key for each seed and the given int32 counter; uint32, shape (seeds,)."""
    return _scramble(_scramble(seeds + np.uint32(0x9E3779B9)) ^ tf.cast(counter, tf.uint32))


def uniform_noise(keys, count: int):
    """Numbers in [0, 1), the same on every device, with XLA and without.

    A counter-based generator: two rounds of the 32-bit finaliser of MurmurHash3 (Appleby
    2011) over key and position. TensorFlow's own generators differ between devices and
    cannot take one seed per row without a loop, which here would cost more than training.

    Args:
        keys: uint32 tensor, shape (n,), from `noise_key`.
        count: How many numbers per key.

    Returns:
        float32 tensor, shape (n, count).
    """
    position = _scramble(tf.cast(tf.range(count), tf.uint32) * np.uint32(0x9E3779B9))
    bits = _scramble(position[None, :] ^ keys[:, None])
    return tf.cast(tf.bitwise.right_shift(bits, np.uint32(8)), tf.float32) * 2.0**-24


def _scramble(h):
    def fold(value, bits):
        return tf.bitwise.bitwise_xor(value, tf.bitwise.right_shift(value, np.uint32(bits)))

    h = fold(h, 16) * np.uint32(0x85EBCA6B)
    h = fold(h, 13) * np.uint32(0xC2B2AE35)
    return fold(h, 16)


# These methods hold no loop, so that they need no conversion, which is a part of the tracing time.
_as_it_is = tf.autograph.experimental.do_not_convert


# One program for each shape ---------------------------------------------------------------------


class _Shape(NamedTuple):
    """All that decides what is compiled; everything else is an argument."""

    experiment: Experiment  # reduced to its structure
    members: int
    seeds: int
    train_rows: int
    validation_rows: int
    n_features: int
    n_classes: int
    xla: bool


class _Program:
    """The training loop of one shape: (state, values, data, order) -> (state, records).

    The state is a list of stacked tensors: weights, then the optimizer's variables. Everything
    comes in as arguments and goes out as results, so that trainers of the same shape share
    one program, and going back to an earlier state costs nothing.
    """

    def __init__(self, shape: _Shape):
        e = shape.experiment
        self.shape, self.lock = shape, threading.Lock()
        self.steps = math.ceil(shape.train_rows / e.batch_size)
        self.net = models.Adjustable(e, shape.n_features, shape.n_classes)
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
        self.traced = None

    def initial_slots(self) -> list[np.ndarray]:
        """The optimizer's variables before the first step."""
        return [np.zeros(v.shape, v.dtype) for v in self.slots]

    def __call__(self, *arguments):
        with self.lock:  # the variables are scratch space that callers share
            if self.traced is None:
                # A shape has one signature. Called as it is, the function of each further shape
                # would count as a retracing of the first, of which TensorFlow warns.
                self.traced = self.function.get_concrete_function(*arguments)
            return self.traced(*arguments)

    def _run(self, state, values, seeds, seed_of, data, order, first_epoch, count):
        """Train `count` epochs.

        Args:
            state: Tensors, stacked over members.
            values: float32 (members, hyperparameters), as `HYPERPARAMETERS` orders them.
            seeds: uint32 (seeds,), the distinct seeds; seed_of: int32 (members,), into them.
            data: x, targets of training rows; x, targets of validation rows.
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
            uniform = self._uniform(values, seeds, epoch)
            normal = self._normal(values, seeds, epoch)
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
            functools.partial(self._gradients, tf.gather(self.row_weight, i)),
            ([v.value.value() for v in self.variables], values, x, y, uniform, normal),
            fallback_to_while_loop=False,
        )
        self._update(gradients, values)
        reported = batch_mean + tf.stack([penalty, tf.zeros_like(penalty)], axis=1)
        return reported * tf.gather(self.step_weight, i)

    @_as_it_is
    def _uniform(self, values, seeds, epoch):
        """Noise for the dropout masks of an epoch: (seeds, steps, batch, units).

        Drawn only where a rate is not 0; a step-wise choice would cost as much as the step.
        """
        size = (self.shape.seeds, self.steps, self.shape.experiment.batch_size)
        size += (sum(self.shape.experiment.hidden),)
        needed = tf.reduce_any(_by_name(values)["dropout"] > 0)
        key = noise_key(seeds, 2 * epoch)
        draw = functools.partial(uniform_noise, key, math.prod(size[1:]))
        return tf.cond(needed, lambda: tf.reshape(draw(), size), lambda: tf.zeros(size))

    @_as_it_is
    def _normal(self, values, seeds, epoch):
        """Noise for the inputs of an epoch: (seeds, steps, batch, features).

        By the method of Box and Muller (1958).
        """
        size = (self.shape.seeds, self.steps, self.shape.experiment.batch_size)
        size += (self.shape.n_features,)
        needed = tf.reduce_any(_by_name(values)["input_noise"] > 0)
        key = noise_key(seeds, 2 * epoch + 1)

        def draw():
            u, v = tf.split(uniform_noise(key, 2 * math.prod(size[1:])), 2, axis=1)
            return tf.reshape(tf.sqrt(-2 * tf.math.log1p(-u)) * tf.cos(2 * math.pi * v), size)

        return tf.cond(needed, draw, lambda: tf.zeros(size))

    def _gradients(self, row_weight, member):
        """Of one member: gradients of its objective, and (data loss, accuracy) of the batch."""
        weights, values, x, y, uniform, normal = member
        given = [(self.net.normal, normal)]
        if self.net.uniforms:
            pieces = tf.split(uniform, self.shape.experiment.hidden, axis=1)
            given += zip(self.net.uniforms, pieces, strict=True)
        smoothing = _by_name(values)["label_smoothing"]
        targets = y * (1 - smoothing) + smoothing / self.shape.n_classes
        with tf.GradientTape() as tape:
            tape.watch(weights)
            logits, penalty = self._logits(weights, values, x, given)
            loss = tf.reduce_sum(row_weight * _cross_entropy(targets, logits))
            objective = loss + penalty
        accuracy = tf.reduce_sum(row_weight * _correct(y, logits))
        return tape.gradient(objective, weights), tf.stack([loss, accuracy])

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
        rows = self.shape.train_rows

        def measure(member):
            logits, _ = self._logits(*member, x)
            loss, correct = _cross_entropy(y, logits), _correct(y, logits)
            # smoothing turns y into y - smoothing * (y - 1 / classes); the loss is linear in y
            more = tf.reduce_sum((y - 1 / self.shape.n_classes) * logits, axis=1)
            more = _by_name(member[1])["label_smoothing"] * more[rows:]
            halves = (loss[:rows], loss[rows:], correct[:rows], correct[rows:], more)
            return tf.stack([tf.reduce_mean(half) for half in halves])

        weights = [v.value.value() for v in self.variables]
        means = tf.vectorized_map(measure, (weights, values), fallback_to_while_loop=False)
        fit_loss = means[:, 1] + means[:, 4] + self._penalty(values, acting=True)
        return tf.concat([means[:, :4], self._penalty(values)[:, None], fit_loss[:, None]], axis=1)


@functools.lru_cache(maxsize=32)
def _program(shape: _Shape) -> _Program:
    return _Program(shape)


def _by_name(values):
    """{name: its values}, of a float32 tensor (..., hyperparameters)."""
    return dict(zip(_NAMES, tf.unstack(values, axis=-1), strict=True))


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


def _cross_entropy(y, logits):
    """Nats per row; y (rows, 1) is P(class 1), or (rows, classes) are probabilities."""
    if logits.shape[-1] == 1:
        return tf.nn.sigmoid_cross_entropy_with_logits(y, logits)[:, 0]
    return tf.reduce_logsumexp(logits, axis=1) - tf.reduce_sum(y * logits, axis=1)


def _correct(y, logits):
    """1.0 per row whose likeliest class is the target's, else 0.0."""
    if logits.shape[-1] == 1:
        right = tf.equal(logits[:, 0] > 0, y[:, 0] > 0.5)
    else:
        right = tf.reduce_sum(y * logits, axis=1) >= tf.reduce_max(logits, axis=1)
    return tf.cast(right, tf.float32)


# What a trainer holds ---------------------------------------------------------------------------


class _Rows(NamedTuple):
    """The rows of both parts as plain arrays, so that they can be sent to another process."""

    train: Part
    validation: Part
    n_classes: int

    @classmethod
    def of(cls, parts: Parts) -> _Rows:
        return cls(parts.train, parts.validation, parts.n_classes)

    def tensors(self):
        """x and targets of both parts; targets (rows, 1), or one-hot (rows, classes)."""
        found = []
        for part in (self.train, self.validation):
            y = np.asarray(part.y)
            one_hot = y[:, None] == (np.arange(self.n_classes) if self.n_classes > 2 else 1)
            found += [tf.constant(part.x, tf.float32), tf.constant(one_hot, tf.float32)]
        return found


class _Bank:
    """Experiments of one structure: their stacked state, hyperparameters and records."""

    def __init__(self, experiments: list[Experiment], rows: _Rows, xla: bool):
        first = experiments[0]
        self.seeds, seed_of = np.unique([e.seed for e in experiments], return_inverse=True)
        n_train, n_features = rows.train.x.shape
        self.shape = _Shape(
            Experiment(**dict(zip(_STRUCTURE, _structure(first), strict=True))),
            len(experiments), len(self.seeds), n_train, len(rows.validation.x),
            n_features, rows.n_classes, bool(xla),
        )  # fmt: skip
        self.program = _program(self.shape)
        self.data = rows.tensors()
        self.seed_of = tf.constant(seed_of, tf.int32)
        self.seed_keys = tf.constant(self.seeds, tf.uint32)
        self.values = np.array([[getattr(e, n) for n in _NAMES] for e in experiments], "float32")
        starts = {
            e.seed: models.initial_weights(e, n_features, rows.n_classes) for e in experiments
        }
        weights = zip(*(starts[e.seed] for e in experiments), strict=True)
        stacked = [np.stack(w) for w in weights]
        self.state = [tf.constant(a) for a in (*stacked, *self.program.initial_slots())]
        self.n_weights = len(self.program.variables)
        self.epoch = 0
        self.diverged: dict[int, tuple[Divergence, list[np.ndarray]]] = {}
        self.history = np.zeros((len(experiments), 0, len(CURVES)), np.float32)

    def advance(self, count: int) -> None:
        e, rows = self.shape.experiment, self.shape.train_rows
        order = np.zeros((CHUNK, len(self.seeds), self.program.steps * e.batch_size), np.int32)
        for k in range(count):
            for s, seed in enumerate(self.seeds):
                order[k, s, :rows] = row_order(int(seed), self.epoch + k, rows)
        order = order.reshape(CHUNK, len(self.seeds), self.program.steps, e.batch_size)

        def program(count):
            return self.program(
                self.state, tf.constant(self.values), self.seed_keys, self.seed_of, self.data,
                tf.constant(order), tf.constant(self.epoch), tf.constant(count),
            )  # fmt: skip

        state, records = program(count)
        new = np.swapaxes(records.numpy()[:count], 0, 1)
        for member, curves in enumerate(new):
            broken = self._broken(curves)
            if member not in self.diverged and broken.any():
                good = int(broken.argmax())  # epochs of this call before it broke
                weights = (program(good)[0] if good else self.state)[: self.n_weights]
                kept = [w.numpy()[member] for w in weights]
                reason = self._reason(curves[good])
                self.diverged = self.diverged | {
                    member: (Divergence(self.epoch + good + 1, reason), kept)
                }
        self.state = state
        self.history = np.concatenate([self.history, new], axis=1)
        self.epoch += count

    def set(self, member: int, name: str, value: float) -> bool:
        """Change one hyperparameter; True if that makes a difference."""
        column = _NAMES.index(name)
        if self.values[member, column] == np.float32(value):
            return False
        self.values = self.values.copy()  # a snapshot may hold the old one
        self.values[member, column] = value
        return True

    def snapshot(self):
        return self.state, self.values, self.history, self.epoch, self.diverged

    def restore(self, snapshot) -> None:
        self.state, self.values, self.history, self.epoch, self.diverged = snapshot

    def records(self) -> list[dict]:
        """For each member the fields of its `Run`, but for `experiment` and `moves`."""
        stacked = [tensor.numpy() for tensor in self.state[: self.n_weights]]
        found = []
        for member, curves in enumerate(self.history):
            weights, diverged = [w[member] for w in stacked], None
            if member in self.diverged:
                diverged, weights = self.diverged[member]
                curves = curves[: diverged.epoch - 1]
            fields = dict(zip(CURVES, curves.T, strict=True))
            found.append(fields | {"weights": weights, "diverged": diverged})
        return found

    def _broken(self, curves: np.ndarray) -> np.ndarray:
        """Which epochs of (epochs, curves) are unusable, (epochs,) bool."""
        limit = HOPELESS * math.log(self.shape.n_classes)
        return ~(np.isfinite(curves).all(axis=1) & (curves[:, 0] < limit))

    def _reason(self, curves: np.ndarray) -> str:
        for name, value in zip(CURVES, curves, strict=True):
            if not np.isfinite(value):
                return f"the {name.replace('_', ' ')} is no longer a finite number"
        even = math.log(self.shape.n_classes)
        return f"the training loss rose to {curves[0]:.3g}; equal probabilities give {even:.2g}"


def row_order(seed: int, epoch: int, rows: int) -> np.ndarray:
    """The order of the training rows in one epoch (counted from 0), shape (rows,)."""
    return np.random.default_rng((seed, epoch)).permutation(rows)


_STRUCTURE = ("hidden", "activation", "proximal", "penalise_output", "optimizer", "batch_size")


def _structure(e: Experiment) -> tuple:
    return tuple(getattr(e, name) for name in _STRUCTURE)


def _pieces(experiments, rows: _Rows, key, most=math.inf, workers=1) -> list[list[int]]:
    """Indices of the experiments of each bank: equal keys, and no more than memory bears.

    Args:
        most: Members of one bank, at most.
        workers: There are at least so many banks, as far as there are experiments.
    """
    groups, pieces = {}, []
    for i, e in enumerate(experiments):
        groups.setdefault(key(e), []).append(i)
    for group in groups.values():
        first, seeds = experiments[group[0]], {experiments[i].seed for i in group}
        alone, machine = bank_bytes(first, rows), _machine_bytes()
        if alone > machine:
            raise MemoryError(
                f"hidden={first.hidden} on {len(rows.train)} training and {len(rows.validation)} "
                f"validation rows needs about {alone / 2**30:.1f} GiB for one network, and this "
                f"machine has {machine / 2**30:.1f}: take fewer rows or units"
            )
        share = workers * len(group) / len(experiments)
        count = min(len(group), math.ceil(max(len(group) / most, share)))
        while count < len(group):
            size = math.ceil(len(group) / count)
            if bank_bytes(first, rows, size, min(size, len(seeds))) <= BANK_BYTES:
                break
            count += 1
        pieces += [group[k::count] for k in range(count)]
    return pieces


def bank_bytes(experiment: Experiment, parts: Parts, members: int = 1, seeds: int = 1) -> int:
    """Estimate the memory that a bank takes while it trains.

    Three things grow with the data: the activations of two neighbouring layers while all rows
    are measured, for each member; the noise of an epoch, for each seed; and the weights with
    their gradients and the optimizer's moments.

    Returns:
        Bytes, of float32 numbers.
    """
    n_train, n_features = parts.train.x.shape
    hidden, outputs = experiment.hidden, task_of(parts.n_classes).outputs
    layers = list(itertools.pairwise((n_features, *hidden, outputs)))
    width = max(sum(pair) for pair in itertools.pairwise((*hidden, outputs, outputs)))
    measured = (n_train + len(parts.validation.x)) * width
    drawn = n_train * (sum(hidden) + 3 * n_features)
    weights = 6 * sum((inputs + 1) * units for inputs, units in layers)
    return 4 * (members * (measured + weights) + seeds * drawn)


def _machine_bytes() -> float:
    """The machine's memory; without limit where the system does not say (Windows)."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return math.inf


def _workers(executor: Executor, workers: int | None) -> int:
    """How many calls an executor runs at a time.

    Raises:
        ValueError: If it would fork this process.
    """
    context = getattr(executor, "_mp_context", None)
    if context is not None and context.get_start_method() == "fork":
        raise ValueError(
            "executor: its processes are forked, and a fork of a process that has loaded "
            "TensorFlow hangs. Start them instead: "
            'ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn"))'
        )
    if workers is None:
        workers = getattr(executor, "_max_workers", None) or os.cpu_count() or 1
    return check_int("workers", workers, 1)


def _experiments(given) -> list[Experiment]:
    experiments = [given] if isinstance(given, Experiment) else given
    experiments = list(experiments) if np.iterable(experiments) else []
    if not experiments or not all(isinstance(e, Experiment) for e in experiments):
        raise ValueError(f"experiments={given!r}: must be one or more Experiment")
    return experiments


def _train_bank(experiments, rows, xla, report=lambda epochs: None) -> list[Run]:
    trainer = Trainer(experiments, rows, xla=xla)
    left = experiments[0].epochs
    while left:
        count = min(left, CHUNK)
        trainer.advance(count)
        report(count * len(experiments))
        left -= count
    return trainer.runs


@contextlib.contextmanager
def _reporting(progress, total: int):
    """Turn `progress` into a function of the epochs just trained."""
    done = 0

    def report(epochs: int) -> None:
        nonlocal done
        done += epochs
        if callable(progress):
            progress(done, total)

    if progress is True or (progress is None and sys.stderr.isatty()):
        from tqdm import tqdm

        with tqdm(total=total, unit=" epochs", desc="training") as bar:
            yield bar.update
    else:
        yield report
