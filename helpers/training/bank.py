"""A bank: experiments of one structure that train side by side, and what is recorded of them."""

import numpy as np
import tensorflow as tf

from helpers import models
from helpers.data import Parts
from helpers.experiment import CURVES, HYPERPARAMETERS, Divergence, Experiment, Move, Run
from helpers.tasks import check_task
from helpers.training.compiled import xla_works
from helpers.training.noise import row_order
from helpers.training.planning import structure
from helpers.training.program import CHUNK, Shape, program_of

# The training loss above which a run has diverged, in units of the task's chance loss. A squared
# error is compared by its root.
HOPELESS = 100.0
_NAMES = tuple(HYPERPARAMETERS)


class Bank:
    """Experiments of one structure: their stacked state, hyperparameters and records.

    Attributes:
        program: What trains them; banks of the same shape share it.
        epoch: How many epochs have been trained.
    """

    def __init__(self, experiments: list[Experiment], parts: Parts, xla: bool | None):
        self._experiments, e, self._task = experiments, structure(experiments[0]), parts.task
        for experiment in experiments:
            check_task(experiment, parts.task)
        self._seeds, seed_of = np.unique([e.seed for e in experiments], return_inverse=True)
        xla = xla_works() if xla is None else bool(xla)
        data = _tensors(parts)
        of_data = (len(parts.train), len(parts.validation), parts.train.x.shape[1], parts.task)
        self._shape = Shape(e, len(experiments), len(self._seeds), *of_data, xla)
        self.program, self.epoch = program_of(self._shape), 0
        self._given = tf.constant(self._seeds, tf.uint32), tf.constant(seed_of, tf.int32), data
        starts = [models.initial_weights(e.replace(seed=int(s)), *of_data[2:]) for s in self._seeds]
        weights = [np.stack(of_seeds)[seed_of] for of_seeds in zip(*starts, strict=True)]
        self._n_weights = len(weights)
        # None of these is ever changed in place: a snapshot may hold it.
        self._state = [tf.constant(a) for a in (*weights, *self.program.initial_slots())]
        self._values = np.array([[getattr(e, n) for n in _NAMES] for e in experiments], "float32")
        self._history = np.zeros((len(experiments), 0, len(CURVES)), np.float32)
        self._diverged: dict[int, tuple[Divergence, list[np.ndarray]]] = {}
        self._moves: dict[int, tuple[Move, ...]] = {}

    @property
    def runs(self) -> list[Run]:
        """What was recorded so far, one run per member."""
        stacked, runs = [tensor.numpy() for tensor in self._state[: self._n_weights]], []
        for member, curves in enumerate(self._history):
            now = None, [w[member] for w in stacked]
            diverged, weights = self._diverged.get(member, now)
            if diverged:
                curves = curves[: diverged.epoch - 1]
            run = Run(
                experiment=self._experiments[member],
                **dict(zip(CURVES, curves.T, strict=True)),
                weights=weights,
                moves=self._moves.get(member, ()),
                diverged=diverged,
                task=self._task,
            )
            runs.append(run)
        return runs

    def advance(self, count: int) -> None:
        """Train every member `count` epochs further, at most `CHUNK`."""
        rows, steps = self._shape.train_rows, self.program.steps
        size = self._shape.experiment.batch_size
        order = np.zeros((CHUNK, len(self._seeds), steps * size), np.int32)
        for k, s in np.ndindex(count, len(self._seeds)):
            order[k, s, :rows] = row_order(int(self._seeds[s]), self.epoch + k, rows)
        order = order.reshape(CHUNK, len(self._seeds), steps, size)

        def program(count):
            return self.program(
                self._state, tf.constant(self._values), *self._given,
                tf.constant(order), tf.constant(self.epoch), tf.constant(count),
            )  # fmt: skip

        state, records = program(count)
        new = np.swapaxes(records.numpy()[:count], 0, 1)
        for member, curves in enumerate(new):
            broken = self._broken(curves)
            if member not in self._diverged and broken.any():
                good = int(broken.argmax())  # epochs of this call before it broke
                weights = (program(good)[0] if good else self._state)[: self._n_weights]
                found = Divergence(self.epoch + good + 1, self._reason(curves[good]))
                kept = found, [w.numpy()[member] for w in weights]
                self._diverged = self._diverged | {member: kept}
        self._state = state
        self._history = np.concatenate([self._history, new], axis=1)
        self.epoch += count

    def set(self, name: str, values: list[float]) -> None:
        """Change a hyperparameter of each member; recorded where that makes a difference."""
        column, before = _NAMES.index(name), self._values
        self._values = before.copy()
        self._values[:, column] = values
        for member in np.flatnonzero(self._values[:, column] != before[:, column]).tolist():
            moves = self._moves.get(member, ())
            kept = [move for move in moves if move[:2] != (self.epoch, name)]
            made = (*kept, Move(self.epoch, name, values[member]))
            self._moves = self._moves | {member: made}

    def snapshot(self) -> dict:
        """The state of this moment, for `restore`."""
        return vars(self).copy()

    def restore(self, snapshot: dict) -> None:
        """Go back to the moment of a snapshot."""
        vars(self).update(snapshot)

    def _broken(self, curves: np.ndarray) -> np.ndarray:
        """Which epochs of (epochs, curves) are unusable, (epochs,) bool."""
        limit = HOPELESS * self._task.chance_loss if self._task.classifies else HOPELESS**2
        return ~(np.isfinite(curves).all(axis=1) & (curves[:, 0] < limit))

    def _reason(self, curves: np.ndarray) -> str:
        for name, value in zip(CURVES, curves, strict=True):
            if not np.isfinite(value):
                return f"the {name.replace('_', ' ')} is no longer a finite number"
        chance = f"{self._task.chance_words} {self._task.chance_loss:.2g}"
        return f"the training loss rose to {curves[0]:.3g}; {chance}"


def _tensors(parts: Parts) -> list[tf.Tensor]:
    """x and targets of both parts, float32.

    Targets are (rows, 1): 0 or 1, or standardised numbers; or one-hot (rows, classes).
    """
    task, both = parts.task, (parts.train, parts.validation)
    if task.classifies:
        classes = np.arange(task.n_classes) if task.n_classes > 2 else 1
        pairs = [(part.x, part.y[:, None] == classes) for part in both]
    else:
        pairs = [(part.x, part.y[:, None]) for part in both]
    return [tf.constant(array, tf.float32) for pair in pairs for array in pair]
