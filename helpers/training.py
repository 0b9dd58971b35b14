"""Trains one experiment, or hundreds, as one compiled program.

Experiments that agree in shape and control flow (`hidden`, `activation`, `proximal`,
`penalise_output`, `optimizer`, `batch_size`) form a bank. A bank is one Keras model mapped
over stacked weights: strengths, learning rates and seeds are numbers that its members do not
share. The whole loop over epochs and batches is a single XLA program where XLA is to be had;
the same program runs without it, more slowly.

Everything random comes from seed and epoch alone, so that a run is the same
whoever trains beside it.
"""

from __future__ import annotations

import functools
import math
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from helpers import models
from helpers.data import Part, Parts
from helpers.experiment import HYPERPARAMETERS, Divergence, Experiment, Move, Run
from helpers.validation import check_int

CHUNK = 10  # epochs of one call of a program, at most
BANK = 128  # members of one bank in `train`, at most: bounds memory and waiting time
HOPELESS = 100.0  # training loss, in units of guessing, above which a run has diverged
_KNOBS = tuple(HYPERPARAMETERS)
_CURVES = ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy",
           "penalty", "fit_loss", "fit_accuracy")  # fmt: skip


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
        groups = _groups(self.experiments, _structure)
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

    def set(self, **strengths) -> None:
        """Change strengths from the next batch on; nothing is traced or compiled again.

        Args:
            **strengths: For each name in `HYPERPARAMETERS`, one value for all experiments or a
                sequence with one for each.

        Raises:
            ValueError: If a name cannot change while training, a value is outside its range,
                or a sequence is not as long as the experiments are many. Nothing is changed.
        """
        checked = {}
        for name, values in strengths.items():
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
        """The state of this moment, for `restore`: weights, strengths, curves. Costs little."""
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
    xla: bool | None = None,
) -> list[Run]:
    """Train each experiment for its own number of epochs.

    Args:
        experiments: One or more `Experiment`.
        parts: What `helpers.data.split` returns. The test set is not touched.
        progress: None shows a bar on a terminal, False shows none; a callable is given the
            epochs trained so far and those to be trained, summed over the experiments.
        executor: Any `concurrent.futures.Executor`; it is handed one call per bank.
        xla: Whether to compile with XLA; None asks whether it works on this machine.

    Returns:
        One run per experiment, in the order given. Whether an experiment trains alone or
        beside others makes no difference but rounding.

    Raises:
        ValueError: If there are no experiments.
    """
    experiments = _experiments(experiments)
    rows = _Rows.of(parts)
    total = sum(e.epochs for e in experiments)
    groups = []
    for group in _groups(experiments, lambda e: (*_structure(e), e.epochs)):
        pieces = math.ceil(len(group) / BANK)
        groups += [group[k::pieces] for k in range(pieces)]
    runs: list[Run | None] = [None] * len(experiments)

    def collect(group, found):
        for i, run in zip(group, found, strict=True):
            runs[i] = run

    with _reporting(progress, total) as report:
        if executor is None:
            for group in groups:
                collect(group, _train_bank([experiments[i] for i in group], rows, xla, report))
        else:
            futures = [
                executor.submit(_train_bank, [experiments[i] for i in group], rows, xla)
                for group in groups
            ]
            for group, future in zip(groups, futures, strict=True):
                collect(group, future.result())
                report(sum(experiments[i].epochs for i in group))
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
    """The training loop of one shape: (state, knobs, data, order) -> (state, records).

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
        self.optimizer = models.undecayed_optimizer(e)
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

    def _run(self, state, knobs, seeds, seed_of, data, order, first_epoch, count):
        """Train `count` epochs.

        Args:
            state: Tensors, stacked over members.
            knobs: float32 (members, settings).
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
            tf.float32, size=CHUNK, element_shape=(self.shape.members, len(_CURVES))
        )
        k = tf.constant(0)
        while k < count:  # XLA would compile `tf.range(count)` anew for each count
            epoch = first_epoch + k
            uniform, normal = self._uniform(knobs, seeds, epoch), self._normal(knobs, seeds, epoch)
            reported = tf.zeros((self.shape.members, 2))
            for i in tf.range(self.steps):
                drawn = (order[k, :, i], uniform[:, i], normal[:, i])
                reported += self._step(i, knobs, seed_of, data, drawn)
            records = records.write(k, tf.concat([self._measure(knobs, data), reported], axis=1))
            k += 1
        return [variable.value() for variable in everything], records.stack()

    @_as_it_is
    def _step(self, i, knobs, seed_of, data, drawn):
        """One step of every member; returns (members, 2): its share of what `fit` reports."""
        batch, uniform, normal = drawn  # each with one row per seed
        x, y, uniform, normal = (
            tf.gather(a, seed_of)
            for a in (tf.gather(data[0], batch), tf.gather(data[1], batch), uniform, normal)
        )
        penalty = self._penalty(knobs)
        gradients, batch_mean = tf.vectorized_map(
            functools.partial(self._gradients, tf.gather(self.row_weight, i)),
            ([v.value.value() for v in self.variables], knobs, x, y, uniform, normal),
            fallback_to_while_loop=False,
        )
        self._update(gradients, knobs)
        reported = batch_mean + tf.stack([penalty, tf.zeros_like(penalty)], axis=1)
        return reported * tf.gather(self.step_weight, i)

    @_as_it_is
    def _uniform(self, knobs, seeds, epoch):
        """Noise for the dropout masks of an epoch: (seeds, steps, batch, units).

        Drawn only where a rate is not 0; a step-wise choice would cost as much as the step.
        """
        size = (self.shape.seeds, self.steps, self.shape.experiment.batch_size)
        size += (sum(self.shape.experiment.hidden),)
        needed = tf.reduce_any(knobs[:, _KNOBS.index("dropout")] > 0)
        key = noise_key(seeds, 2 * epoch)
        draw = functools.partial(uniform_noise, key, math.prod(size[1:]))
        return tf.cond(needed, lambda: tf.reshape(draw(), size), lambda: tf.zeros(size))

    @_as_it_is
    def _normal(self, knobs, seeds, epoch):
        """Noise for the inputs of an epoch: (seeds, steps, batch, features).

        By the method of Box and Muller (1958).
        """
        size = (self.shape.seeds, self.steps, self.shape.experiment.batch_size)
        size += (self.shape.n_features,)
        needed = tf.reduce_any(knobs[:, _KNOBS.index("input_noise")] > 0)
        key = noise_key(seeds, 2 * epoch + 1)

        def draw():
            u, v = tf.split(uniform_noise(key, 2 * math.prod(size[1:])), 2, axis=1)
            return tf.reshape(tf.sqrt(-2 * tf.math.log1p(-u)) * tf.cos(2 * math.pi * v), size)

        return tf.cond(needed, draw, lambda: tf.zeros(size))

    def _gradients(self, row_weight, member):
        """Of one member: gradients of its objective, and (data loss, accuracy) of the batch."""
        weights, knobs, x, y, uniform, normal = member
        given = [(self.net.normal, normal)]
        if self.net.uniforms:
            pieces = tf.split(uniform, self.shape.experiment.hidden, axis=1)
            given += zip(self.net.uniforms, pieces, strict=True)
        smoothing = knobs[_KNOBS.index("label_smoothing")]
        targets = y * (1 - smoothing) + smoothing / self.shape.n_classes
        with tf.GradientTape() as tape:
            tape.watch(weights)
            logits, penalty = self._logits(weights, knobs, x, given)
            loss = tf.reduce_sum(row_weight * _cross_entropy(targets, logits))
            objective = loss + penalty
        accuracy = tf.reduce_sum(row_weight * _correct(y, logits))
        return tape.gradient(objective, weights), tf.stack([loss, accuracy])

    def _logits(self, weights, knobs, x, noise=None):
        """Of one member: logits (rows, units) and penalty; with noise where it is given."""
        mapping = list(zip(self.net.model.trainable_variables, weights, strict=True))
        mapping += zip(self.net.strengths.values(), tf.unstack(knobs), strict=True)
        with keras.StatelessScope(state_mapping=[*mapping, *(noise or ())]):
            logits = self.net.model(x, training=noise is not None)
            return logits, tf.add_n(self.net.model.losses)

    def _update(self, gradients, knobs):
        """Decoupled decay, then the stock optimizer's rule, then the proximal step of L1."""
        knob = dict(zip(_KNOBS, tf.unstack(knobs, axis=1), strict=True))
        kernel_shape = (-1, 1, 1)
        shrink = tf.reshape(knob["learning_rate"] * knob["weight_decay"], kernel_shape)
        for v in self.penalised:
            v.assign(v - shrink * v)
        for g, v in zip(gradients, self.variables, strict=True):
            rate = tf.reshape(knob["learning_rate"], [-1] + [1] * (len(v.shape) - 1))
            self.optimizer.update_step(g, v, rate)
        self.optimizer.iterations.assign_add(1)
        if self.shape.experiment.proximal:
            step = tf.reshape(knob["learning_rate"] * knob["l1"], kernel_shape)
            for v in self.penalised:
                w = v.value.value()
                v.assign(tf.sign(w) * tf.maximum(tf.abs(w) - step, 0.0))

    def _penalty(self, knobs):
        """(members,): what the model's regularizers add up to, for all members at once.

        Columns first, then rows, with `relu` (of a sum that is never negative) between them:
        XLA would merge the two sums into one that adds up its numbers one after another.
        """
        l1 = tf.reshape(knobs[:, _KNOBS.index("l1")], (-1, 1, 1))
        l2 = tf.reshape(knobs[:, _KNOBS.index("l2")], (-1, 1, 1))
        total = tf.zeros(self.shape.members)
        for v in self.penalised:
            w = v.value.value()
            columns = tf.reduce_sum(l1 * tf.abs(w) + l2 * tf.square(w), axis=1)
            total += tf.reduce_sum(tf.nn.relu(columns), axis=1)
        return total

    @_as_it_is
    def _measure(self, knobs, data):
        """(members, 5): loss and accuracy of both parts and the penalty, all noise off."""
        x = tf.concat([data[0], data[2]], axis=0)
        y = tf.concat([data[1], data[3]], axis=0)
        rows = self.shape.train_rows

        def measure(member):
            logits, _ = self._logits(*member, x)
            loss, correct = _cross_entropy(y, logits), _correct(y, logits)
            halves = (loss[:rows], loss[rows:], correct[:rows], correct[rows:])
            return tf.stack([tf.reduce_mean(half) for half in halves])

        weights = [v.value.value() for v in self.variables]
        means = tf.vectorized_map(measure, (weights, knobs), fallback_to_while_loop=False)
        return tf.concat([means, self._penalty(knobs)[:, None]], axis=1)


@functools.lru_cache(maxsize=32)
def _program(shape: _Shape) -> _Program:
    return _Program(shape)


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
    """Experiments of one structure: their stacked state, strengths and records."""

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
        self.knobs = np.array([[getattr(e, n) for n in _KNOBS] for e in experiments], "float32")
        starts = {
            e.seed: models.initial_weights(e, n_features, rows.n_classes) for e in experiments
        }
        weights = zip(*(starts[e.seed] for e in experiments), strict=True)
        self.state = [
            tf.constant(a)
            for a in (
                *(np.stack(w) for w in weights),
                *self.program.initial_slots(),
            )
        ]
        self.n_weights = len(self.program.variables)
        self.epoch = 0
        self.diverged: dict[int, tuple[Divergence, list[np.ndarray]]] = {}
        self.history = np.zeros((len(experiments), 0, len(_CURVES)), np.float32)

    def advance(self, count: int) -> None:
        e, rows = self.shape.experiment, self.shape.train_rows
        order = np.zeros((CHUNK, len(self.seeds), self.program.steps * e.batch_size), np.int32)
        for k in range(count):
            for s, seed in enumerate(self.seeds):
                order[k, s, :rows] = row_order(int(seed), self.epoch + k, rows)
        order = order.reshape(CHUNK, len(self.seeds), self.program.steps, e.batch_size)

        def program(count):
            return self.program(
                self.state, tf.constant(self.knobs), self.seed_keys, self.seed_of, self.data,
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
        """Change one strength; True if that makes a difference."""
        column = _KNOBS.index(name)
        if self.knobs[member, column] == np.float32(value):
            return False
        self.knobs = self.knobs.copy()  # a snapshot may hold the old one
        self.knobs[member, column] = value
        return True

    def snapshot(self):
        return self.state, self.knobs, self.history, self.epoch, self.diverged

    def restore(self, snapshot) -> None:
        self.state, self.knobs, self.history, self.epoch, self.diverged = snapshot

    def records(self) -> list[dict]:
        """For each member the fields of its `Run`, but for `experiment` and `moves`."""
        stacked = [tensor.numpy() for tensor in self.state[: self.n_weights]]
        found = []
        for member, curves in enumerate(self.history):
            weights, diverged = [w[member] for w in stacked], None
            if member in self.diverged:
                diverged, weights = self.diverged[member]
                curves = curves[: diverged.epoch - 1]
            fields = dict(zip(_CURVES, curves.T, strict=True))
            found.append(fields | {"weights": weights, "diverged": diverged})
        return found

    def _broken(self, curves: np.ndarray) -> np.ndarray:
        """Which epochs of (epochs, curves) are unusable, (epochs,) bool."""
        limit = HOPELESS * math.log(self.shape.n_classes)
        return ~(np.isfinite(curves).all(axis=1) & (curves[:, 0] < limit))

    def _reason(self, curves: np.ndarray) -> str:
        for name, value in zip(_CURVES, curves, strict=True):
            if not np.isfinite(value):
                return f"the {name.replace('_', ' ')} is no longer a finite number"
        guess = math.log(self.shape.n_classes)
        return f"the training loss rose to {curves[0]:.3g}; equal probabilities give {guess:.2g}"


def row_order(seed: int, epoch: int, rows: int) -> np.ndarray:
    """The order of the training rows in one epoch (counted from 0), shape (rows,)."""
    return np.random.default_rng((seed, epoch)).permutation(rows)


_STRUCTURE = ("hidden", "activation", "proximal", "penalise_output", "optimizer", "batch_size")


def _structure(e: Experiment) -> tuple:
    return tuple(getattr(e, name) for name in _STRUCTURE)


def _groups(experiments, key) -> list[list[int]]:
    """Indices of experiments with equal keys, in order of first appearance."""
    groups: dict = {}
    for i, e in enumerate(experiments):
        groups.setdefault(key(e), []).append(i)
    return list(groups.values())


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


class _reporting:
    """Turns `progress` into a function of the epochs just trained."""

    def __init__(self, progress, total: int):
        self.progress, self.total, self.done, self.bar = progress, total, 0, None

    def __enter__(self):
        if self.progress is True or (self.progress is None and sys.stderr.isatty()):
            from tqdm import tqdm

            self.bar = tqdm(total=self.total, unit=" epochs", desc="training")
        return self

    def __call__(self, epochs: int) -> None:
        self.done += epochs
        if self.bar is not None:
            self.bar.update(epochs)
        elif callable(self.progress):
            self.progress(self.done, self.total)

    def __exit__(self, *exception):
        if self.bar is not None:
            self.bar.close()
