"""`LiveLab`: one real network, trained while you watch, with hyperparameters that can be moved.

    panel = LiveLab(parts, base, hyperparameters=("l2", "dropout"))
    panel                       # as the last expression of a cell: shows it
    panel.train()               # what the button does; training runs in a thread
    panel.l2.value = 0.03       # what the slider does; in force from the next batch on
    panel.wait()                # until it rests, as fast as it goes; raises what went wrong
    panel.run                   # the Run on screen
    panel.log_axes["loss"].value = True      # what the boxes below the picture do

Whatever a button or a slider does can be done from a cell, and the other way round. A slider owns
what is wanted, the thread's `State` what is; the page shows the two and holds nothing else.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import ipywidgets as widgets
from zmq import ZMQError

from helpers import metrics
from helpers.data import Parts
from helpers.drawing.axes import size_of
from helpers.drawing.curves import EXTRAS
from helpers.experiment import HYPERPARAMETERS, Experiment, Move, Run
from helpers.keras_script import keras_script
from helpers.panels.base.panel import caught, choice
from helpers.panels.base.sending import sent_together, tree
from helpers.panels.base.slider import NEEDS_RESTART, SLIDERS, HyperparameterSlider
from helpers.panels.base.throttle import Throttle
from helpers.panels.figure.decision_surface import check_two_features
from helpers.panels.live import status_words
from helpers.panels.live.controls import LOGS, SPEEDS, Controls
from helpers.panels.live.live_chart import MOST_PINS, LiveChart, view_names
from helpers.panels.live.live_sliders import LiveSliders, check_names
from helpers.panels.live.live_training import Command, LiveTraining, Phase, State
from helpers.tasks import METRICS, check_task
from helpers.validation import MAX_SEED, check_choice, check_number


class LiveLab(LiveSliders):
    """One network trained live; its sliders act while it trains.

    Args:
        parts: What `helpers.data.split` returns.
        base: What the sliders do not set; a network of the default shape if None.
        hyperparameters: A slider each: names from `HYPERPARAMETERS`, which act from the next
            batch on; or "width", "rows" and "label_noise", which need a restart.
        presets: Buttons: {name: {hyperparameter: value}}; those not named go back to `base`.
        optimizers: A switch, which needs a restart: {name: {field: value}}, with the fields
            "optimizer", "learning_rate" and "batch_size" of `Experiment`. The first is chosen;
            those not named are as in `base`, and a slider goes before them.
        metric: "loss" or "accuracy", which of a regression is R².
        extras: Further lines: "penalty", "sum" (of training loss and penalty: what training
            makes small), "reported" (what `fit` would have printed).
        log_axes: Axes that are logarithmic: "loss" (from 0.0001 on) or "epochs" or both.
        side_view: What stands beside the curves: "weights" for a histogram of the weights,
            "losses" for training loss, penalty, their sum and what `fit` reports, "boundary"
            for the decision surface with the training rows, flipped labels ringed (rows with
            two features and two classes only); None for nothing.
        top: Where the axis of losses ends; twice the baseline's loss if None.
        seconds: How long a whole run shall last on screen.
        size: "page", or "lecture" for a projector.
        settings: Where the sliders stand at first, as `panel.settings` gives it.

    Attributes:
        l2, dropout, ...: One `HyperparameterSlider` for each name; set its `value`.
        metric, side_view, speed: Choices; set the `value` ("" stands for no view).
        optimizer: The switch of `optimizers`, or None; set its `value`.
        extras, log_axes: Check boxes by name: `panel.log_axes["loss"].value = True`.
        seed: Of the next restart.
        presets: {name: {hyperparameter: value}}.
        pins: The runs that are kept, the oldest first.
        error: What went wrong last, or None.

    Raises:
        ValueError: If an argument is not as described.
    """

    def __init__(
        self,
        parts: Parts,
        base: Experiment | None = None,
        hyperparameters: Sequence[str] = ("l2", "dropout"),
        *,
        presets: Mapping[str, Mapping[str, float]] | None = None,
        optimizers: Mapping[str, Mapping] | None = None,
        metric: str = "loss",
        extras: Sequence[str] = (),
        log_axes: Sequence[str] = (),
        side_view: str | None = None,
        top: float | None = None,
        seconds: float = 7.0,
        size: str = "page",
        settings: str = "",
    ):
        check_names("hyperparameters", hyperparameters, SLIDERS)
        check_names("extras", extras, EXTRAS)
        check_names("log_axes", log_axes, LOGS)
        check_choice("metric", metric, METRICS)
        if side_view == "boundary":
            check_two_features("side_view='boundary'", parts)
        check_choice("side_view", side_view, (*view_names(parts), None))
        self.parts, self.base = parts, base or Experiment()
        check_task(self.base, parts.task)
        self.seconds, self.seed = check_number("seconds", seconds, 0), self.base.seed
        self.sliders = {name: self._make_slider(name) for name in hyperparameters}
        self.presets = self._make_presets(presets)
        self._optimizers = self._make_optimizers(optimizers)
        self.optimizer = (
            choice(self._optimizers, next(iter(self._optimizers))) if optimizers else None
        )
        self._baseline = metrics.baseline_loss(parts.train.y, parts.validation.y)
        self._pinned: list[State] = []
        self._unsent: list[HyperparameterSlider] = []  # moved here, but the page does not know

        chart = LiveChart(size_of(size), parts, self.base.epochs, top, self._most_weights())
        self.chart = chart
        super().__init__(chart.live_figure, size)
        self._talk = Throttle(self._speak, rate=5, patience=0)
        self._worker = self.training = LiveTraining(
            self.base.epochs,
            parts,
            plan=lambda: (self.experiment, self.parts_wanted),
            wanted=lambda: self._values(HYPERPARAMETERS),
            pace=self._pace,
            published=self._published,
            undone=self._follow,
        )
        self._shown = self.training.state  # what the picture shows
        for name, slider in self.sliders.items():
            setattr(self, name, slider)
        self._watch(*self.sliders.values(), *([self.optimizer] if self.optimizer else []))
        controls = Controls(self, self._press, self.presets, chart.views)
        for name in ("metric", "side_view", "speed", "extras", "log_axes"):
            setattr(self, name, getattr(controls, name))
        rows = list(self.sliders.values())
        if self.optimizer:
            name = widgets.Label("optimizer").add_class("slider-name")
            rows.append(widgets.HBox([name, self.optimizer]).add_class("slider-row"))
        sliders = widgets.VBox(rows).add_class("slider-rows")
        self.children = [
            self._page, sliders, controls.above, self.live_figure, self.status,
            *controls.below, self._make_drawer(),
        ]  # fmt: skip
        self.controls = controls
        self.metric.value, self.side_view.value = metric, side_view or ""
        self.speed.value = "normal" if self.seconds else "fast"
        for boxes, chosen in ((self.extras, extras), (self.log_axes, log_axes)):
            for name in chosen:
                boxes[name].value = True
        for widget in controls.of_picture:
            widget.observe(self._look, "value")
        if settings:
            self.settings = settings
        self._look()

    # What the buttons do -------------------------------------------------------------------

    def train(self) -> None:
        """Train on in a thread: to the end of the run, or as long again if it is at its end."""
        self._order("train")

    def toggle(self) -> None:
        """Train on, or pause if it trains."""
        self.pause() if self.training.goes_on else self.train()

    def pause(self) -> None:
        """Rest after the epoch that is being trained."""
        self._order("pause")

    def step(self) -> None:
        """Train one epoch, then rest."""
        self._order("step")

    def restart(self) -> None:
        """Train from epoch 0 with the sliders as they stand, from the same initial weights."""
        self._order("restart")

    def new_seed(self) -> None:
        """Restart with other initial weights, row order and masks."""
        self.seed = (self.seed + 1) % (MAX_SEED + 1)
        self.restart()

    def undo(self) -> None:
        """Go back to the moment before the last move: its weights, curves and sliders."""
        self._order("undo")

    def pin(self) -> None:
        """Keep the run on screen as thin lines; the oldest of more than four goes."""
        state = self.training.state
        if state.run is not None and state.run.epochs:
            self._pinned = [*self._pinned, state][-MOST_PINS:]
        self._show(now=True)

    def unpin(self) -> None:
        """Let all kept runs go."""
        self._pinned = []
        self._show(now=True)

    def show_run(self, run: Run, parts: Parts | None = None) -> None:
        """Show a run as if it had been trained here, with the sliders as it has them.

        Nothing is trained.

        Args:
            run: As far as it has come.
            parts: Its rows; those of the run on screen if None.
        """
        self.training.show(run, parts or self.training.state.parts)
        self._follow()

    # What can be read and set --------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """What the thread does: "idle", "building", "training" or "failed"."""
        return self.training.state.phase

    @property
    def run(self) -> Run | None:
        """What has been trained so far, or None."""
        return self.training.state.run

    @property
    def pins(self) -> list[Run]:
        """The runs that are kept, the oldest first."""
        return [state.run for state in self._pinned]

    @property
    def keras_script(self) -> str:
        """A script that gives the run on screen, its moves included.

        While it trains, as far as it will go; before there is one, the run of the sliders.
        """
        state, run = self.training.state, self.training.state.run
        target = state.target if state.phase == "training" else 0
        if run is None or not (run.epochs or run.diverged or target):
            return keras_script(self.experiment, self.parts_wanted)
        epochs = run.diverged.epoch if run.diverged else max(run.epochs, target)
        waits = any(self._waiting(state))
        note = "# The run on screen; sliders that do not act yet are not in it.\n" if waits else ""
        return note + keras_script(run.experiment.replace(epochs=epochs), state.parts, run.moves)

    # Sliders -------------------------------------------------------------------------------

    @caught
    def _moved(self, _) -> None:
        self._show()  # and `_speak` writes the code

    @caught
    def _follow(self) -> None:
        """Set the sliders to what is in force; in the thread."""
        for name, value in self.training.state.in_force(self.sliders).items():
            try:
                self.sliders[name].value = value
            except ZMQError:
                self._unsent.append(self.sliders[name])

    def _waiting(self, state: State) -> tuple[dict[str, float], dict[str, float]]:
        """What was moved and acts with the next batch, and what acts after a restart."""
        now = state.in_force(self.sliders)
        stale = {n: v for n, v in self._values(NEEDS_RESTART).items() if v != now.get(n, v)}
        if state.run is not None and self.seed != state.run.experiment.seed:
            stale["seed"] = self.seed
        if state.run is not None and self.optimizer:
            used = self._optimizer_of(state.run.experiment)
            stale |= {"optimizer": chosen} if (chosen := self.optimizer.value) != used else {}
        return state.moved(self._values(HYPERPARAMETERS)), stale

    # The thread ----------------------------------------------------------------------------

    def _order(self, command: Command) -> None:
        self.error = None
        self.training.post(command)
        self._show(now=True)

    def _pace(self) -> float | None:
        seconds = self.seconds * SPEEDS[self.speed.value]
        return self.base.epochs / seconds if seconds else None

    @caught
    def _published(self) -> None:
        """Show what the thread made known; in the thread."""
        state, before = self.training.state, self._shown
        self._shown, whole = state, self.base.epochs
        epochs = max(1, state.target, state.run.epochs if state.run else 0)
        if state.error is not None:
            with suppress(ZMQError), sent_together(self.status):
                self.fail(state.error)
        with suppress(ZMQError):  # the canvas keeps it, and the next frame sends it
            if state.parts is not before.parts:
                self.chart.set_parts(state.parts)
            self.chart.look_at(epochs=-(-epochs // whole) * whole)
        self.chart.follow(lambda: self.run, now=state.phase != "training")
        self._show()

    # What is shown -------------------------------------------------------------------------

    def _show(self, now: bool = False) -> None:
        """Bring the picture up to date, words and buttons `now` or soon; from any thread."""
        if self.closed:
            return
        with self.live_figure.lock:  # what is read last is drawn last
            state = self.training.state
            run, (pending, _) = state.run, self._waiting(state)
            values = self._values() | state.in_force(self.sliders) | pending
            experiment, moves = self.experiment, []
            if run is not None:
                experiment = run.experiment.replace(**state.in_force() | pending)
                moves = [*run.moves, *(Move(run.epochs, n, v) for n, v in pending.items())]
            title = status_words.title(experiment, values, self._optimizer_of(experiment))
            self.chart.show(run, title, moves, self.pins)
        self._talk.request()
        if now:
            self._talk.flush()

    def _speak(self) -> None:
        """Bring words, buttons, table and script up to date; from any thread."""
        if self.closed:
            return
        moved_elsewhere = {self.live_figure, *self.sliders.values()}
        children = [child for child in self.children if not moved_elsewhere & set(tree(child))]
        with self.live_figure.lock, sent_together(*children):
            while self._unsent:
                for part in tree(self._unsent[-1]):
                    part.send_state()
                self._unsent.pop()
            state, pins = self.training.state, self._pinned
            pending, stale = self._waiting(state)
            self.controls.show(
                self.training.goes_on, bool(stale), state.undoable or bool(pending), bool(pins)
            )
            rows = [(pin.run, pin.start(self.sliders), pin.parts) for pin in pins]
            self.controls.table.value = status_words.pin_table(rows)
            if self.error is None:
                self.say(*self._sentences(state, pending, stale))
            if state.phase != "training":
                self._write_code()

    def _sentences(self, state: State, pending: Mapping, stale: Mapping) -> list[str]:
        run = state.run
        if state.waits_for:
            return [state.waits_for]
        if run is None:
            return ["Nothing is trained yet. Move a slider if you like, then press Train."]
        return [
            status_words.where(run, state.parts),
            metrics.diagnose(run, self._baseline) if run.epochs or run.diverged else "",
            "Choose a smaller learning rate or strength, then restart." if run.diverged else "",
            *self.chart.outside(run),
            self.chart.words(run),
            *status_words.waiting({} if state.phase == "training" else pending, stale),
        ]

    @caught
    def _look(self, _=None) -> None:
        """Show what is chosen to be seen."""
        if self.closed:
            return
        chart = self.chart
        chart.extras = {role for role, box in self.extras.items() if box.value}
        log = frozenset(name for name, box in self.log_axes.items() if box.value)
        chart.look_at(metric=self.metric.value, log=log, side_view=self.side_view.value)
        chart.follow(lambda: self.run, now=True)
        self._show()

    def _end(self) -> None:
        self.chart, self._pinned, self._shown = None, [], self.training.state

    def __repr__(self):
        return f"LiveLab({self.parts.source.name}, {self.settings})"
