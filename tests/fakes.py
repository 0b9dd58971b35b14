"""Stand-ins that let tests of panels run without TensorFlow and choose what threads do when."""

import itertools
import sys
import threading
import types

import numpy as np
import pytest

from helpers.experiment import Divergence, Experiment, Move, Run
from helpers.panels.base import throttle


class FakeTrainer:
    """Stands in for `helpers.training.Trainer`: the curves are a formula of the experiment.

    Attributes:
        made: The number of experiments of each trainer, in the order in which they were made.
        before: Called before each epoch with the epoch; may wait for a test, or raise.
        before_runs: Called with the epoch when the runs are read.
    """

    made: list[int]

    def __init__(self, experiments, parts):
        one = isinstance(experiments, Experiment)
        self.experiments = [experiments] if one else list(experiments)
        self.parts, self.epoch, self.moves = parts, 0, ()
        type(self).made.append(len(self.experiments))

    @staticmethod
    def before(epoch):
        """Let each epoch pass."""

    @staticmethod
    def before_runs(epoch):
        """Let the runs be read."""

    def advance(self, epochs):
        for _ in range(epochs):
            self.before(self.epoch + 1)
            self.epoch += 1

    def set(self, **values):
        moved = [Move(self.epoch, *value) for value in values.items()]
        self.moves = (*self.moves, *moved)

    def snapshot(self):
        return self.epoch, self.moves

    def restore(self, snapshot):
        self.epoch, self.moves = snapshot

    @property
    def runs(self):
        self.before_runs(self.epoch)
        return [self.run(e) for e in self.experiments]

    def run(self, experiment):
        epochs = np.arange(1, self.epoch + 1, dtype="float32")
        shift = 0.1 * experiment.l2 + 0.2 * experiment.dropout + 0.01 * experiment.seed
        loss, accuracy = 0.5 / epochs + shift + 0.1, 1 - 0.4 / epochs - 0.1 * shift
        rng = np.random.default_rng(experiment.seed)
        task = self.parts.task
        sizes = (self.parts.train.x.shape[1], *experiment.hidden, task.outputs)
        weights = []
        for before, after in itertools.pairwise(sizes):
            weights += [rng.normal(size=(before, after)), rng.normal(size=after)]
        diverged = Divergence(1, "it broke") if experiment.l2 > 100 else None
        return Run(
            experiment=experiment, train_loss=loss / 2, validation_loss=loss,
            train_accuracy=accuracy, validation_accuracy=accuracy - 0.05, penalty=0 * loss,
            fit_loss=loss / 2, fit_accuracy=accuracy, weights=weights, diverged=diverged,
            moves=self.moves, task=task,
        )  # fmt: skip


@pytest.fixture(name="trainer")
def fake_trainer(monkeypatch):
    """The class that panels train with instead of TensorFlow."""
    fake = type("Trainer", (FakeTrainer,), {"made": []})
    module = types.SimpleNamespace(Trainer=fake, SOURCE=b"")
    monkeypatch.setitem(sys.modules, "helpers.training", module)
    return fake


class Clock:
    """Time that passes only when a test says so, and the timers that go with it."""

    def __init__(self):
        self.now, self.timers = 0.0, []

    def monotonic(self):
        return self.now

    def Timer(self, delay, call):
        timer = types.SimpleNamespace(at=self.now + delay, call=call)
        timer.start = lambda: self.timers.append(timer)
        timer.cancel = lambda: timer in self.timers and self.timers.remove(timer)
        return timer

    def pass_to(self, then):
        """Let time pass; calls what is due, in order."""
        while due := [timer for timer in self.timers if timer.at <= then]:
            timer = min(due, key=lambda timer: timer.at)
            self.timers.remove(timer)
            self.now = max(self.now, timer.at)
            timer.call()
        self.now = then


@pytest.fixture(name="clock")
def fake_clock(monkeypatch):
    """The time of throttles."""
    made = Clock()
    monkeypatch.setattr(throttle, "time", made)
    threads = types.SimpleNamespace(Lock=threading.Lock, Timer=made.Timer)
    monkeypatch.setattr(throttle, "threading", threads)
    return made


class Gate:
    """Where a thread waits until the test lets it go on."""

    def __init__(self):
        self._reached, self._open = threading.Event(), threading.Event()

    def stop_here(self):
        """Wait for `open`; called by the thread."""
        self._reached.set()
        assert self._open.wait(60), "the test did not open the gate"

    def wait_for_thread(self):
        """Return when the thread has come."""
        assert self._reached.wait(60), "the thread did not come"

    def open(self):
        """Let the thread go on."""
        self._open.set()


class StallingLock:
    """A lock that a given thread has to wait for, the first time, until a gate is open."""

    def __init__(self, lock, gate):
        self._lock, self._gate, self.thread = lock, gate, None

    def __enter__(self):
        if threading.current_thread() is self.thread:
            self.thread = None
            self._gate.stop_here()
        return self._lock.__enter__()

    def __exit__(self, *error):
        return self._lock.__exit__(*error)


def overtake(panel, first, second):
    """Do `first` in a thread, and `second` after `first` was done but before it is drawn."""
    gate = Gate()
    panel.live_figure.lock = lock = StallingLock(panel.live_figure.lock, gate)
    lock.thread = thread = threading.Thread(target=first)
    thread.start()
    gate.wait_for_thread()
    second()
    gate.open()
    thread.join()
