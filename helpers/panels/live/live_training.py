"""The training behind `LiveLab`: one thread owns the trainer and carries out commands in order.

    training = LiveTraining(200, plan, wanted, pace, published, undone)
    training.post("train")          # from any thread
    training.state                  # what the thread made known last

Commands wait in one queue. The thread is in one phase; what it makes known is one value that is
replaced whole. A new trainer is built and compiled before it replaces the old one, so a restart
that fails leaves everything as it was.
"""

import collections
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from helpers.data import Parts
from helpers.experiment import HYPERPARAMETERS, Experiment, Run
from helpers.panels.base.slider import value_of
from helpers.panels.base.worker import Worker

FASTEST = 5  # epochs in one go when nobody is to watch
FRAMES = 30  # goes a second, at most, when somebody is
SAME_MOVE = 1.0  # seconds within which moves of one slider count as one, for undo
LOADING = "Loading TensorFlow: some seconds, the first time."
COMPILING = "Compiling this network: some seconds, the first time."
_MOST_MOVES = 20  # that can be undone

Phase = Literal["idle", "building", "training", "failed"]
Command = Literal["train", "pause", "step", "restart", "undo"]


@dataclass(frozen=True)
class State:
    """What the thread made known last.

    Attributes:
        parts: The rows of the run; of the first before there is one.
        phase: "idle" (at rest), "building" (a trainer), "training", or "failed" (at rest after
            an error; run and rows are those from before).
        run: The run as far as it has come, or None before the first.
        target: The epoch at which it will rest.
        undoable: Whether a move can be undone.
        waits_for: What takes so long, in words; may be empty.
        error: What went wrong just now, or None; the commands that waited are dropped.
    """

    parts: Parts
    phase: Phase = "idle"
    run: Run | None = None
    target: int = 0
    undoable: bool = False
    waits_for: str = ""
    error: BaseException | None = None

    def start(self, names: Iterable[str] = HYPERPARAMETERS) -> dict[str, float]:
        """What the run had for each of these `SLIDERS` before any move; empty without a run."""
        run = self.run
        return {n: value_of(n, run.experiment, self.parts) for n in names} if run else {}

    def in_force(self, names: Iterable[str] = HYPERPARAMETERS) -> dict[str, float]:
        """The same as the run is trained now, after its moves."""
        moves = self.run.moves if self.run else ()
        return self.start(names) | {move.name: move.value for move in moves}

    def moved(self, wanted: Mapping[str, float]) -> dict[str, float]:
        """Those of the `wanted` hyperparameters that differ from the run's."""
        now = self.in_force()  # compared as the engine holds them, in float32
        return {n: v for n, v in wanted.items() if now and np.float32(v) != np.float32(now[n])}


class LiveTraining:
    """A run that a thread trains while commands come in.

    Args:
        epochs: The length of a whole run.
        parts: The rows of the first run.
        plan: Gives experiment and rows of a run that begins; may raise.
        wanted: Gives the hyperparameters as they shall be from the next batch on.
        pace: Gives the epochs a second; None for as many as it can.
        published: Called in the thread whenever `state` was replaced.
        undone: Called in the thread when what is wanted has to follow what is in force.
    """

    def __init__(
        self,
        epochs: int,
        parts: Parts,
        *,
        plan: Callable[[], tuple[Experiment, Parts]],
        wanted: Callable[[], Mapping[str, float]],
        pace: Callable[[], float | None],
        published: Callable[[], None],
        undone: Callable[[], None],
    ):
        self.epochs, self.state = epochs, State(parts)
        self._plan, self._wanted, self._pace = plan, wanted, pace
        self._published, self._undone = published, undone
        self._queue: collections.deque[Command] = collections.deque()  # safe in any thread
        self._commands = {"train": self._train, "pause": self._pause, "step": self._one_epoch,
                          "restart": self._restart, "undo": self._undo}  # fmt: skip
        # used by the thread alone
        self._trainer = None
        self._past: list = []  # snapshots from before each move
        self._last_move: tuple[set[str], float] = set(), 0.0  # names and time
        self._due = 0.0  # when the next epochs are to be trained
        self._worker = Worker(self._step, self._rest)

    def post(self, command: Command) -> None:
        """Have a command carried out after those that wait; from any thread."""
        self._queue.append(command)
        self._worker.start()

    def show(self, run: Run, parts: Parts) -> None:
        """Make a run known as if it had been trained here, while the thread rests."""
        target = max(self.epochs, run.epochs)
        changes = {"run": run, "parts": parts, "target": target, "phase": "idle", "error": None}
        self.state = replace(self.state, **changes)
        self._published()

    @property
    def goes_on(self) -> bool:
        """Whether it trains once the commands that wait are carried out."""
        last = [command for command in tuple(self._queue) if command != "undo"][-1:]
        return last != ["pause"] if last else self.state.phase in ("building", "training")

    def wait(self) -> None:
        """Train as fast as it goes until it rests. An interrupt pauses it."""
        try:
            self._worker.wait()
        except KeyboardInterrupt:
            self.post("pause")
            raise

    def close(self) -> None:
        """End the thread and let go of what was trained."""
        self._worker.close()
        self._trainer, self._past, self.state = None, [], State(self.state.parts)

    # The thread ----------------------------------------------------------------------------

    def _step(self) -> bool:
        while self._queue:
            self._commands[self._queue.popleft()]()
        return self.state.phase == "training" and self._go_on()

    def _rest(self, problem: BaseException | None) -> None:
        if problem is not None:
            self._queue.clear()
            self._publish(phase="failed", waits_for="", error=problem)

    def _go_on(self) -> bool:
        """Train some epochs if it is time for it; whether there are more to come."""
        pace, now = None if self._worker.hurried else self._pace(), time.monotonic()
        if pace is not None and now < self._due:
            self._worker.sleep(self._due - now)
            return True
        self._apply_moves()
        left = self.state.target - self._trainer.epoch
        count = min(left, FASTEST if pace is None else max(1, round(pace / FRAMES)))
        if count > 0:
            self._trainer.advance(count)
            self._due = now + count / pace if pace else 0.0
        run = self._trainer.runs[0]
        more = left > count > 0 and run.diverged is None
        self._publish(phase="training" if more else "idle")
        return more

    def _apply_moves(self) -> None:
        moved, now = self.state.moved(self._wanted()), time.monotonic()
        if not moved:
            return
        names, when = self._last_move
        if set(moved) != names or now - when > SAME_MOVE or not self._past:
            self._past = [*self._past[1 - _MOST_MOVES :], self._trainer.snapshot()]
        self._last_move = set(moved), now
        self._trainer.set(**moved)

    def _train(self) -> None:
        if self._has_to_begin():
            return self._restart()
        target, done = self.state.target, self._trainer.epoch
        if target <= done or target % self.epochs:
            target = (done // self.epochs + 1) * self.epochs
        if self.state.phase != "training":
            self._due = 0.0
        self._publish(phase="training", target=target)

    def _pause(self) -> None:
        if self.state.phase == "training":
            self._publish(phase="idle")

    def _one_epoch(self) -> None:
        if self._has_to_begin():
            self._restart()
        self._due = 0.0
        self._publish(phase="training", target=self._trainer.epoch + 1)
        self._go_on()

    def _restart(self) -> None:
        self._publish(phase="building", waits_for=LOADING)
        from helpers.training import Trainer

        self._publish(waits_for=COMPILING)
        experiment, parts = self._plan()
        trainer = Trainer(experiment, parts)
        start = trainer.snapshot()
        trainer.advance(1)  # which compiles it
        trainer.restore(start)
        self._trainer, self._past, self._last_move, self._due = trainer, [], (set(), 0.0), 0.0
        self._publish(phase="training", parts=parts, target=self.epochs, waits_for="")

    def _has_to_begin(self) -> bool:
        return self._trainer is None or self.state.run.diverged is not None

    def _undo(self) -> None:
        if self._trainer is None:
            return
        if not self.state.moved(self._wanted()) and self._past:
            self._trainer.restore(self._past.pop())
            if self.state.phase != "training":
                self._publish(target=0)
        self._last_move = set(), 0.0
        self._publish()
        self._undone()

    def _publish(self, error: BaseException | None = None, **changes) -> None:
        run = self._trainer.runs[0] if self._trainer is not None else None
        self.state = replace(self.state, run=run, undoable=bool(self._past), error=error, **changes)
        self._published()
