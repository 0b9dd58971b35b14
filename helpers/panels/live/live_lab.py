"""`LiveLab`: one real network, trained while you watch, with strengths that can be moved.

    panel = LiveLab(parts, base, hyperparameters=("l2", "dropout"))
    panel                       # as the last expression of a cell: shows it
    panel.train()               # what the button does; training runs in a thread
    panel.l2.value = 0.03       # what the slider does; in force from the next batch on
    panel.wait()                # until it rests, as fast as it goes; raises what went wrong
    panel.run                   # the Run on screen
    panel.log_axes["loss"].value = True      # what the boxes below the picture do

Whatever a button or a slider does can be done from a cell, and the other way round.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import ipywidgets as widgets

from helpers import metrics
from helpers.drawing.axes import size_of
from helpers.experiment import HYPERPARAMETERS, Experiment, Move, Run
from helpers.keras_script import keras_script
from helpers.panels.base.panel import Panel, caught
from helpers.panels.base.slider import (
    NEEDS_RESTART,
    SLIDERS,
    HyperparameterSlider,
    hidden_of,
)
from helpers.panels.base.throttle import Throttle
from helpers.panels.base.worker import Worker
from helpers.panels.live import status_words
from helpers.panels.live.controls import LOGS, SPEEDS, Choices, Controls
from helpers.panels.live.lines import EXTRAS
from helpers.panels.live.live_chart import MOST_PINS, LiveChart
from helpers.validation import MAX_SEED

if TYPE_CHECKING:
    from helpers.data import Parts

FASTEST = 5  # epochs in one go when nobody is to watch
_FRAMES = 30
_SAME_MOVE = 1.0  # seconds within which moves of a knob count as one, for undo


class LiveLab(Panel):
    """One network trained live; its knobs act while it trains.

    Args:
        parts: What `helpers.data.split` returns.
        base: What the knobs do not set; a network of the default shape if None.
        hyperparameters: Names from `HYPERPARAMETERS`, which act from the next batch on; or
            "width", "rows" and "label_noise", which need a restart.
        presets: Buttons: {name: {knob: value}}; knobs not named go back to those of `base`.
        metric: "loss" or "accuracy".
        extras: Further lines: "penalty", "sum" (of training loss and penalty: what training
            makes small), "reported" (what `fit` would have printed).
        log_axes: Axes that are logarithmic: "loss" (from 0.0001 nats on) or "epochs" or both.
        beside: What stands beside the curves: "weights" for a histogram of the weights,
            "losses" for training loss, penalty, their sum and what `fit` reports, "boundary"
            for the decision surface with the training rows, flipped labels ringed (rows with
            two features and two classes only); None for nothing.
        top: Where the axis of losses ends; twice the loss of guessing if None.
        seconds: How long a whole run shall last on screen.
        size: "page", or "lecture" for a projector.
        settings: Where the knobs stand at first, as `panel.settings` gives it.

    Attributes:
        l2, dropout, ...: One `HyperparameterSlider` for each name; set its `value`.
        metric, side_view, speed: Choices; set the `value` ("" stands for nothing side_view).
        extras, log_axes: Check boxes by name: `panel.log_axes["loss"].value = True`.
        error: What went wrong last, or None.

    Raises:
        ValueError: If an argument is not as said above.
    """

    def __init__(
        self,
        parts: Parts,
        base: Experiment | None = None,
        hyperparameters: Sequence[str] = ("l2", "dropout"),
        *,
        presets: Mapping[str, Mapping[str, float]] | None = None,
        metric: str = "loss",
        extras: Sequence[str] = (),
        log_axes: Sequence[str] = (),
        side_view: str | None = None,
        top: float | None = None,
        seconds: float = 7.0,
        size: str = "page",
        settings: str = "",
    ):
        if (
            isinstance(hyperparameters, str)
            or not set(hyperparameters) <= set(SLIDERS)
            or len(set(hyperparameters)) < len(hyperparameters)
        ):
            raise ValueError(
                f"hyperparameters={hyperparameters!r}: must be different names of "
                f"{', '.join(SLIDERS)}"
            )
        if isinstance(extras, str) or not set(extras) <= set(EXTRAS):
            raise ValueError(f"extras={extras!r}: must be names of {', '.join(EXTRAS)}")
        if isinstance(log_axes, str) or not set(log_axes) <= set(LOGS):
            raise ValueError(f"log_axes={log_axes!r}: must be names of {', '.join(LOGS)}")
        if metric not in ("loss", "accuracy"):
            raise ValueError(f"metric={metric!r}: must be 'loss' or 'accuracy'")
        if not seconds >= 0:
            raise ValueError(f"seconds={seconds!r}: must be at least 0")
        self.parts, self.base, self.seconds = parts, base or Experiment(), float(seconds)
        self.sliders = {
            name: HyperparameterSlider(SLIDERS[name], self._start_value(name))
            for name in hyperparameters
        }
        self.seed = self.base.seed
        self._guessing = metrics.baseline_loss(parts.train.y, parts.validation.y)
        self._presets = {n: self._preset(v) for n, v in (presets or self._no_presets()).items()}

        self._lock = threading.RLock()  # guards all below
        self._run: Run | None = None
        self._target = 0  # train up to this epoch
        self._afresh = self._undo = False  # asked of the thread
        self._asked: dict[str, float] = {}  # strengths moved but not in force yet
        self._applied = self._values()  # strengths in force, and what the trainer was built with
        self._past: list[tuple] = []  # (snapshot, strengths before the move)
        self._last_move = (None, 0.0)  # (knob, time)
        self._loading = ""
        self._follower: int | None = None  # the thread that sets knobs to what is in force
        self._trainer = None
        # the rows that a run is trained on, and the knobs at its start
        self._built = (parts, dict(self._applied))  # of the trainer
        self._begun = self._built  # of the run on screen, which is the one before for a moment
        self._pinned: list[tuple[Run, dict]] = []  # (run, knobs at its start)

        chart = LiveChart(size_of(size), parts, self.base.epochs, top, self._most_weights())
        if side_view is not None and side_view not in chart.views:
            chart.live_figure.close()
            raise ValueError(_no_view(side_view, chart.views, parts))
        self._chart = chart
        super().__init__(chart.live_figure, size)
        self._worker = Worker(self._step, self._rest)
        self._talk = Throttle(self._speak, rate=5, patience=0)
        for name, knob in self.sliders.items():
            setattr(self, name, knob)
            knob.observe(self._moved, "value")
        self.children = self._lay_out(metric, extras, log_axes, side_view or "")
        if settings:
            self.settings = settings
        self._look()

    # What the buttons do -------------------------------------------------------------------

    def train(self) -> None:
        """Train on in a thread: to the end of the run, or as long again if it is at its end."""
        with self._lock:
            if self._worker.working:
                return
            self._afresh |= self._run is not None and self._run.diverged is not None
            whole, done = self.base.epochs, self._epochs_done()
            if self._target <= done or self._target % whole:
                self._target = (done // whole + 1) * whole
        self._go()

    def pause(self) -> None:
        """Rest after the epoch that is being trained."""
        self._worker.stop()
        self._show()

    def step(self) -> None:
        """Train one epoch, then rest."""
        with self._lock:
            self._target = self._epochs_done() + 1
        self._go()

    def restart(self) -> None:
        """Train from epoch 0 with the knobs as they stand, from the same initial weights."""
        with self._lock:
            self._afresh, self._undo, self._asked = True, False, {}
            self._target = self.base.epochs
        self._go()

    def new_seed(self) -> None:
        """Restart with other initial weights, row order and masks."""
        with self._lock:
            self.seed = (self.seed + 1) % (MAX_SEED + 1)
        self.restart()

    def undo(self) -> None:
        """Go back to the moment before the last move: its weights, curves and strengths."""
        with self._lock:
            if self._run is None:
                return
            self._undo = True
            if not self._worker.working:
                self._target = 0  # go back, but do not train
        self._go()

    def preset(self, name: str) -> None:
        """Set all knobs at once and restart.

        Raises:
            ValueError: If there is no preset of this name.
        """
        if name not in self._presets:
            raise ValueError(f"preset={name!r}: must be one of {', '.join(self._presets)}")
        self._set_all(self._presets[name])
        self.restart()

    def pin(self) -> None:
        """Keep the run on screen as thin lines; the oldest of more than four goes."""
        with self._lock:
            if self._run is not None and self._run.epochs:
                self._pinned = [*self._pinned, (self._run, self._begun[1])][-MOST_PINS:]
        self._show()

    def unpin(self) -> None:
        """Let all kept runs go."""
        self._pinned = []
        self._show()

    def wait(self) -> None:
        """Return when it rests; until then it trains as fast as it can.

        Raises:
            Exception: What went wrong in the thread or in a callback.
        """
        self._worker.hurry()
        self._worker.wait()
        self.live_figure.flush()
        self._talk.flush()
        if self.error is not None:
            raise self.error

    # What can be read and set --------------------------------------------------------------

    @property
    def run(self) -> Run | None:
        """What has been trained so far, or None."""
        return self._run

    @property
    def pins(self) -> list[Run]:
        """The runs that are kept, the oldest first."""
        return [run for run, _ in self._pinned]

    @property
    def experiment(self) -> Experiment:
        """The experiment that a restart would train."""
        strengths = {n: k.value for n, k in self.sliders.items() if n in HYPERPARAMETERS}
        if "width" in self.sliders:
            strengths["hidden"] = hidden_of(self.base, self.sliders["width"].value)
        return self.base.replace(**strengths, seed=self.seed)

    @property
    def settings(self) -> str:
        """Where the knobs and the seed stand: "l2=0.03, dropout=0, seed=2"; set it to get there."""
        knobs = [f"{name}={knob.value:g}" for name, knob in self.sliders.items()]
        return ", ".join([*knobs, f"seed={self.seed}"])

    @settings.setter
    def settings(self, text: str) -> None:
        found = {}
        for item in filter(None, (part.strip() for part in text.split(","))):
            name, equals, number = (part.strip() for part in item.partition("="))
            allowed = [*self.sliders, "seed"]
            if not equals or name not in allowed:
                raise ValueError(f"settings={text!r}: {item!r} must be name=number of {allowed}")
            try:
                found[name] = float(number)
            except ValueError:
                raise ValueError(f"settings={text!r}: {number!r} is no number") from None
        seed = self.base.replace(seed=found.pop("seed", self.seed)).seed
        self._set_all({n: SLIDERS[n].check(v) for n, v in found.items()})
        self.seed = seed
        self._show()

    @property
    def keras_script(self) -> str:
        """A script that gives the run on screen, its moves included.

        While it trains, as far as it will go; before there is one, the run of the knobs.
        """
        with self._lock:
            run, (parts, _) = self._run, self._begun
            waits = self._asked or self._need_restart()
            target = self._target if self._worker.working else 0
        if run is None:
            return keras_script(self.experiment, self._parts_now())
        epochs = run.diverged.epoch if run.diverged else max(run.epochs, target, 1)
        note = "# The run on screen; sliders that do not act yet are not in it.\n" if waits else ""
        experiment = run.experiment.replace(epochs=epochs)
        return note + keras_script(experiment, parts, run.moves)

    # The thread ----------------------------------------------------------------------------

    def _step(self) -> bool:
        with self._lock:
            afresh, self._afresh = self._afresh or self._trainer is None, False
            undo, self._undo = self._undo, False
        if afresh:
            self._begin()
        elif undo:
            self._go_back()
        start = time.monotonic()
        self._apply_moves()
        left, pace = self._target - self._trainer.epoch, self._epochs_a_second()
        count = min(left, FASTEST if pace is None else max(1, round(pace / _FRAMES)))
        if count > 0:
            self._trainer.advance(count)
        self._publish()
        more = left > count > 0 and self._run.diverged is None
        self._chart.follow(lambda: self._run, now=not more)
        self._show()
        if more and pace is not None:
            self._worker.sleep(count / pace - (time.monotonic() - start))
        return more

    def _begin(self) -> None:
        self._explain_wait("Loading TensorFlow: some seconds, the first time.")
        from helpers.training import Trainer

        self._explain_wait("Compiling this network: some seconds, the first time.")
        with self._lock:
            experiment, self._applied = self.experiment, self._values()
            self._asked, self._past, parts = {}, [], self._parts_now()
            known, self._built = self._built[0], (parts, dict(self._applied))
        self._trainer = Trainer(experiment, parts)
        if parts is not known:
            self._chart.set_parts(parts)

    def _apply_moves(self) -> None:
        with self._lock:
            asked, self._asked = self._asked, {}
            if not asked:
                return
            (knob, when), now = self._last_move, time.monotonic()
            if set(asked) != {knob} or now - when > _SAME_MOVE or not self._past:
                self._past = [*self._past[-19:], (self._trainer.snapshot(), dict(self._applied))]
            self._last_move = (next(iter(asked)), now)
            self._applied |= asked
        self._trainer.set(**asked)

    def _go_back(self) -> None:
        with self._lock:
            pending, self._asked = self._asked, {}
            if not pending and self._past:
                snapshot, self._applied = self._past.pop()
                self._trainer.restore(snapshot)
            self._last_move = (None, 0.0)
            back = dict(self._applied)
        self._set_all(back, follow=True)

    def _publish(self) -> None:
        whole = self.base.epochs
        with self._lock:
            self._run, self._begun, self._loading = self._trainer.runs[0], self._built, ""
            epochs = -(-max(1, self._target, self._run.epochs) // whole) * whole
        self._chart.look_at(epochs=epochs)

    @caught
    def _rest(self, problem: Exception | None) -> None:
        with self._lock:
            self._loading = ""
        if problem is not None:
            self.fail(problem)
        else:
            self._chart.follow(lambda: self._run, now=True)  # a pause leaves the last state
        self._show()
        self._write_code()

    def _explain_wait(self, words: str) -> None:
        with self._lock:
            self._loading = words
        self._show()

    def _epochs_done(self) -> int:
        return self._run.epochs if self._run is not None and not self._afresh else 0

    def _epochs_a_second(self) -> float | None:
        """None: as fast as it goes."""
        seconds = self.seconds * SPEEDS[self.speed.value]
        return None if seconds == 0 or self._worker.hurried else self.base.epochs / seconds

    # Knobs ---------------------------------------------------------------------------------

    @caught
    def _moved(self, change) -> None:
        name = change["owner"].setting.name
        with self._lock:
            if self._follower == threading.get_ident():
                return
            if name in HYPERPARAMETERS:
                if change["new"] == self._applied[name]:
                    self._asked.pop(name, None)
                else:
                    self._asked[name] = change["new"]
        self._show()
        if not self._worker.working:
            self._write_code()

    def _set_all(self, values: Mapping[str, float], follow: bool = False) -> None:
        with self._lock:
            self._follower = threading.get_ident() if follow else None
            try:
                for name, value in values.items():
                    self.sliders[name].value = value
            finally:
                self._follower = None

    def _values(self) -> dict[str, float]:
        return {name: knob.value for name, knob in self.sliders.items()}

    def _start_value(self, name: str) -> float:
        if name == "width":
            hidden_of(self.base, 1)  # refuses a network without hidden layers
            return self.base.hidden[0]
        if name == "rows":
            return len(self.parts.train)
        if name == "label_noise":
            return self.parts.recipe["flip_labels"]
        return getattr(self.base, name)

    def _most_weights(self) -> int:
        width = self.sliders["width"].positions[-1] if "width" in self.sliders else None
        hidden = hidden_of(self.base, width) if width else self.base.hidden
        layers = (self.parts.n_features, *hidden, self.parts.n_classes)
        return sum(before * after for before, after in itertools.pairwise(layers))

    def _preset(self, values: Mapping[str, float]) -> dict[str, float]:
        if not set(values) <= set(self.sliders):
            raise ValueError(f"presets: {dict(values)!r} must name knobs of {list(self.sliders)}")
        checked = {name: SLIDERS[name].check(value) for name, value in values.items()}
        return {name: self._start_value(name) for name in self.sliders} | checked

    def _no_presets(self) -> dict:
        off = {
            name: 0
            for name in self.sliders
            if name in HYPERPARAMETERS and SLIDERS[name].low_allowed
        }
        return {"no regularisation": off} if off else {}

    def _parts_now(self) -> Parts:
        names = {"rows": "train", "label_noise": "flip_labels"}
        changes = {names[n]: k.value for n, k in self.sliders.items() if n in names}
        if all(self.parts.recipe[name] == value for name, value in changes.items()):
            return self.parts
        return self.parts.replace(**changes)

    # What is shown -------------------------------------------------------------------------

    def _go(self) -> None:
        self.error = None
        self._worker.start()
        self._show()

    def _show(self) -> None:
        """Bring picture, buttons and words up to date; from any thread."""
        if self.closed:
            return
        with self._lock:
            run, pins, moves = self._run, list(self._pinned), self._all_moves()
            working, stale = self._worker.working, bool(self._need_restart())
        title = status_words.title(self.experiment, self._values())
        self._chart.show(run, title, moves, [run for run, _ in pins])
        self._controls.show(working, stale, bool(self._past or self._asked), bool(pins))
        self._table.value = status_words.pin_table(pins, len(self.parts.validation))
        self._talk.request()

    def _all_moves(self) -> list[Move]:
        """Moves in force, and those that will be when training goes on."""
        if self._run is None or self._afresh:
            return []
        asked = [Move(self._run.epochs, name, value) for name, value in self._asked.items()]
        return [*self._run.moves, *asked]

    def _need_restart(self) -> list[str]:
        """Knobs that have been moved but act only from epoch 0 on."""
        if self._run is None:
            return []
        return [
            n for n, k in self.sliders.items() if n in NEEDS_RESTART and k.value != self._applied[n]
        ]

    def _speak(self) -> None:
        if self.closed or self.error is not None:
            return
        with self._lock:
            run, loading = self._run, self._loading
            asked, stale = dict(self._asked), self._need_restart()
        if loading:
            self.say(loading)
        elif run is None:
            self.say("Nothing is trained yet. Move a slider if you like, then press Train.")
        else:
            asked = {} if self._worker.working else asked
            self.say(
                status_words.where(run),
                metrics.diagnose(run, self._guessing) if run.epochs or run.diverged else "",
                "Choose a smaller learning rate or strength, then restart." if run.diverged else "",
                *self._chart.outside(run),
                self._chart.words(run),
                *status_words.waiting(asked, {name: self.sliders[name].value for name in stale}),
            )

    def _lay_out(self, metric, extras, log_axes, side_view) -> list[widgets.Widget]:
        self._controls = Controls(self, self._press, self._presets, self._toggle)
        speed = "normal" if self.seconds else "fast"
        choices = Choices(
            metric, extras, log_axes, self._chart.views, side_view, speed, self._chosen
        )
        self.metric, self.side_view, self.speed = choices.metric, choices.side_view, choices.speed
        self.extras, self.log_axes = choices.extras, choices.log_axes
        self._table = widgets.HTML()
        return [
            self._css,
            widgets.VBox(list(self.sliders.values())).add_class("knobs"),
            self._controls.buttons,
            self.live_figure,
            self._status,
            choices.row,
            widgets.HBox([self._table, self._controls.unpin]).add_class("row"),
            self._make_drawer(),
        ]

    def _toggle(self) -> None:
        self.pause() if self._worker.working else self.train()

    @caught
    def _chosen(self, _) -> None:
        if not self.closed:
            self._look()

    def _look(self) -> None:
        """Show what is chosen to be seen."""
        chart = self._chart
        chart.shown = {"train", "validation"} | {k for k, box in self.extras.items() if box.value}
        log = [name for name, box in self.log_axes.items() if box.value]
        chart.look_at(metric=self.metric.value, log=log, side_view=self.side_view.value)
        chart.follow(lambda: self._run, now=True)
        self._show()

    def _end(self) -> None:
        self._worker.close()
        self._talk.close()
        self._trainer, self._chart, self._run, self._past, self._pinned = None, None, None, [], []

    def __repr__(self):
        return f"LiveLab({self.parts.table}, {self.settings})"


def _no_view(side_view, views, parts) -> str:
    allowed = ", ".join(map(repr, views))
    if side_view == "boundary":
        return (
            f"side_view={side_view!r}: {parts.table!r} has {parts.n_features} features and "
            f"{parts.n_classes} classes, must have two of each; or choose {allowed} or None"
        )
    return f"side_view={side_view!r}: must be {allowed} or None"
