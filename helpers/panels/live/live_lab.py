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

from __future__ import annotations

import dataclasses
import itertools
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
from helpers.panels.base.panel import Panel, caught
from helpers.panels.base.sending import sent_together
from helpers.panels.base.slider import (
    NEEDS_RESTART,
    SLIDERS,
    HyperparameterSlider,
    hidden_of,
    value_of,
)
from helpers.panels.base.throttle import Throttle
from helpers.panels.live import status_words
from helpers.panels.live.controls import LOGS, SPEEDS, Choices, Controls
from helpers.panels.live.live_chart import MOST_PINS, LiveChart
from helpers.panels.live.live_training import Command, LiveTraining, Phase, State
from helpers.validation import MAX_SEED, check_choice, check_number

_SPLIT_NAMES = {"rows": "train", "label_noise": "flip_labels"}  # arguments of `split`


class LiveLab(Panel):
    """One network trained live; its sliders act while it trains.

    Args:
        parts: What `helpers.data.split` returns.
        base: What the sliders do not set; a network of the default shape if None.
        hyperparameters: A slider each: names from `HYPERPARAMETERS`, which act from the next
            batch on; or "width", "rows" and "label_noise", which need a restart.
        presets: Buttons: {name: {hyperparameter: value}}; those not named go back to `base`.
        metric: "loss" or "accuracy".
        extras: Further lines: "penalty", "sum" (of training loss and penalty: what training
            makes small), "reported" (what `fit` would have printed).
        log_axes: Axes that are logarithmic: "loss" (from 0.0001 nats on) or "epochs" or both.
        side_view: What stands beside the curves: "weights" for a histogram of the weights,
            "losses" for training loss, penalty, their sum and what `fit` reports, "boundary"
            for the decision surface with the training rows, flipped labels ringed (rows with
            two features and two classes only); None for nothing.
        top: Where the axis of losses ends, in nats; twice the baseline's loss if None.
        seconds: How long a whole run shall last on screen.
        size: "page", or "lecture" for a projector.
        settings: Where the sliders stand at first, as `panel.settings` gives it.

    Attributes:
        l2, dropout, ...: One `HyperparameterSlider` for each name; set its `value`.
        metric, side_view, speed: Choices; set the `value` ("" stands for no view).
        extras, log_axes: Check boxes by name: `panel.log_axes["loss"].value = True`.
        seed: Of the next restart.
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
        metric: str = "loss",
        extras: Sequence[str] = (),
        log_axes: Sequence[str] = (),
        side_view: str | None = None,
        top: float | None = None,
        seconds: float = 7.0,
        size: str = "page",
        settings: str = "",
    ):
        _check_names("hyperparameters", hyperparameters, SLIDERS)
        _check_names("extras", extras, EXTRAS)
        _check_names("log_axes", log_axes, LOGS)
        check_choice("metric", metric, ("loss", "accuracy"))
        self.parts, self.base = parts, base or Experiment()
        self.seconds = check_number("seconds", seconds, 0)
        self.sliders = {name: self._make_slider(name) for name in hyperparameters}
        self.seed = self.base.seed
        self._presets = {n: self._preset(v) for n, v in (presets or self._all_off()).items()}
        self._baseline = metrics.baseline_loss(parts.train.y, parts.validation.y)
        self._pinned: list[State] = []

        chart = LiveChart(size_of(size), parts, self.base.epochs, top, self._most_weights())
        if side_view is not None and side_view not in chart.views:
            chart.live_figure.close()
            raise ValueError(_no_view(side_view, chart.views, parts))
        self._chart = chart
        super().__init__(chart.live_figure, size)
        self._talk = Throttle(self._speak, rate=5, patience=0)
        self._training = LiveTraining(
            self.base.epochs,
            parts,
            plan=lambda: (self.experiment, self._parts_wanted()),
            wanted=lambda: self._values(HYPERPARAMETERS),
            pace=self._pace,
            published=self._published,
            undone=self._follow,
            failed=self._failed,
        )
        self._shown = self._training.state  # what the picture shows
        for name, slider in self.sliders.items():
            setattr(self, name, slider)
            slider.observe(self._moved, "value")
        self.children = self._lay_out(metric, extras, log_axes, side_view or "")
        if settings:
            self.settings = settings
        self._look()

    # What the buttons do -------------------------------------------------------------------

    def train(self) -> None:
        """Train on in a thread: to the end of the run, or as long again if it is at its end."""
        self._order("train")

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

    def preset(self, name: str) -> None:
        """Set all sliders at once and restart.

        Raises:
            ValueError: If there is no preset of this name.
        """
        if name not in self._presets:
            raise ValueError(f"preset={name!r}: must be one of {', '.join(self._presets)}")
        self._set_all(self._presets[name])
        self.restart()

    def pin(self) -> None:
        """Keep the run on screen as thin lines; the oldest of more than four goes."""
        state = self._training.state
        if state.run is not None and state.run.epochs:
            self._pinned = [*self._pinned, state][-MOST_PINS:]
        self._show(now=True)

    def unpin(self) -> None:
        """Let all kept runs go."""
        self._pinned = []
        self._show(now=True)

    def wait(self) -> None:
        """Return when it rests; until then it trains as fast as it can.

        Raises:
            Exception: What went wrong in the thread or in a callback.
        """
        self._training.wait()
        self.live_figure.flush()
        self._talk.request()
        self._talk.flush()
        if self.error is not None:
            raise self.error

    # What can be read and set --------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """What the thread does: "idle", "building", "training" or "failed"."""
        return self._training.state.phase

    @property
    def run(self) -> Run | None:
        """What has been trained so far, or None."""
        return self._training.state.run

    @property
    def pins(self) -> list[Run]:
        """The runs that are kept, the oldest first."""
        return [state.run for state in self._pinned]

    @property
    def experiment(self) -> Experiment:
        """The experiment that a restart would train."""
        changes = self._values(HYPERPARAMETERS)
        if "width" in self.sliders:
            changes["hidden"] = hidden_of(self.base, self.sliders["width"].value)
        return self.base.replace(**changes, seed=self.seed)

    @property
    def settings(self) -> str:
        """Where sliders and seed stand: "l2=0.03, dropout=0, seed=2"; set it to get there."""
        values = [f"{name}={slider.value:g}" for name, slider in self.sliders.items()]
        return ", ".join([*values, f"seed={self.seed}"])

    @settings.setter
    def settings(self, text: str) -> None:
        found, allowed = {}, [*self.sliders, "seed"]
        for item in filter(None, (part.strip() for part in text.split(","))):
            name, equals, number = (part.strip() for part in item.partition("="))
            if not equals or name not in allowed:
                raise ValueError(f"settings={text!r}: {item!r} must be name=number of {allowed}")
            try:
                found[name] = float(number)
            except ValueError:
                raise ValueError(f"settings={text!r}: {number!r} is no number") from None
        seed = self.base.replace(seed=found.pop("seed", self.seed)).seed
        self._set_all(self._checked(found))
        self.seed = seed
        self._show()

    @property
    def keras_script(self) -> str:
        """A script that gives the run on screen, its moves included.

        While it trains, as far as it will go; before there is one, the run of the sliders.
        """
        state, run = self._training.state, self._training.state.run
        target = state.target if state.phase == "training" else 0
        if run is None or not (run.epochs or run.diverged or target):
            return keras_script(self.experiment, self._parts_wanted())
        epochs = run.diverged.epoch if run.diverged else max(run.epochs, target)
        waits = any(self._waiting(state))
        note = "# The run on screen; sliders that do not act yet are not in it.\n" if waits else ""
        return note + keras_script(run.experiment.replace(epochs=epochs), state.parts, run.moves)

    # Sliders -------------------------------------------------------------------------------

    def _make_slider(self, name: str) -> HyperparameterSlider:
        hyperparameter = SLIDERS[name]
        if name == "rows":  # no more than the table has
            most = self.parts.max_train
            places = tuple(p for p in hyperparameter.positions if p <= most)
            hyperparameter = dataclasses.replace(hyperparameter, high=most + 1, positions=places)
        return HyperparameterSlider(hyperparameter, value_of(name, self.base, self.parts))

    @caught
    def _moved(self, _) -> None:
        self._show()

    @caught
    def _follow(self) -> None:
        """Set the sliders to what is in force; in the thread."""
        for name, value in self._in_force(self._training.state).items():
            with suppress(ZMQError):  # kept, and sent with the next words
                self.sliders[name].value = value

    def _set_all(self, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self.sliders[name].value = value

    def _values(self, names=SLIDERS) -> dict[str, float]:
        return {name: slider.value for name, slider in self.sliders.items() if name in names}

    def _in_force(self, state: State) -> dict[str, float]:
        """What the run on screen is trained with now; the sliders where there is none."""
        run = state.run
        if run is None:
            return self._values()
        start = {name: value_of(name, run.experiment, state.parts) for name in self.sliders}
        return start | {move.name: move.value for move in run.moves}

    def _waiting(self, state: State) -> tuple[dict[str, float], dict[str, float]]:
        """What was moved and acts with the next batch, and what acts after a restart."""
        now = self._in_force(state)
        stale = {n: v for n, v in self._values(NEEDS_RESTART).items() if v != now[n]}
        if state.run is not None and self.seed != state.run.experiment.seed:
            stale["seed"] = self.seed
        return state.moved(self._values(HYPERPARAMETERS)), stale

    def _most_weights(self) -> int:
        width = self.sliders["width"].positions[-1] if "width" in self.sliders else None
        hidden = hidden_of(self.base, width) if width else self.base.hidden
        layers = (self.parts.n_features, *hidden, self.parts.n_classes)
        return sum(before * after for before, after in itertools.pairwise(layers))

    def _checked(self, values: Mapping[str, float]) -> dict[str, float]:
        return {name: self.sliders[name].hyperparameter.check(v) for name, v in values.items()}

    def _preset(self, values: Mapping[str, float]) -> dict[str, float]:
        if not set(values) <= set(self.sliders):
            raise ValueError(f"presets: {dict(values)!r} must name sliders of {list(self.sliders)}")
        return self._values() | self._checked(values)

    def _all_off(self) -> dict:
        off = {name: 0 for name in self._values(HYPERPARAMETERS) if SLIDERS[name].low_allowed}
        return {"no regularisation": off} if off else {}

    def _parts_wanted(self) -> Parts:
        changes = {_SPLIT_NAMES[name]: v for name, v in self._values(_SPLIT_NAMES).items()}
        if all(self.parts.recipe[name] == value for name, value in changes.items()):
            return self.parts
        return self.parts.replace(**changes)

    # The thread ----------------------------------------------------------------------------

    def _order(self, command: Command) -> None:
        self.error = None
        self._training.post(command)
        self._show(now=True)

    def _pace(self) -> float | None:
        seconds = self.seconds * SPEEDS[self.speed.value]
        return self.base.epochs / seconds if seconds else None

    @caught
    def _published(self) -> None:
        """Show what the thread made known; in the thread."""
        state, before = self._training.state, self._shown
        self._shown, whole = state, self.base.epochs
        epochs = max(1, state.target, state.run.epochs if state.run else 0)
        with suppress(ZMQError):  # the canvas keeps it, and the next frame sends it
            if state.parts is not before.parts:
                self._chart.set_parts(state.parts)
            self._chart.look_at(epochs=-(-epochs // whole) * whole)
        self._chart.follow(lambda: self.run, now=state.phase != "training")
        self._show()

    def _failed(self, problem: Exception) -> None:
        with suppress(ZMQError), sent_together(self._status):
            self.fail(problem)
        self._talk.request()

    # What is shown -------------------------------------------------------------------------

    def _show(self, now: bool = False) -> None:
        """Bring the picture up to date, words and buttons `now` or soon; from any thread."""
        if self.closed:
            return
        with self.live_figure.lock:  # what is read last is drawn last
            state = self._training.state
            run, (pending, _) = state.run, self._waiting(state)
            values, experiment, moves = self._in_force(state) | pending, self.experiment, []
            if run is not None:
                in_force = {n: v for n, v in values.items() if n in HYPERPARAMETERS}
                experiment = run.experiment.replace(**in_force)
                moves = [*run.moves, *(Move(run.epochs, n, v) for n, v in pending.items())]
            self._chart.show(run, status_words.title(experiment, values), moves, self.pins)
        self._talk.request()
        if now:
            self._talk.flush()

    def _speak(self) -> None:
        """Bring words, buttons, table and script up to date; from any thread."""
        if self.closed:
            return
        children = [child for child in self.children if child is not self.live_figure]
        with self.live_figure.lock, sent_together(*children):
            state, pins = self._training.state, self._pinned
            pending, stale = self._waiting(state)
            self._controls.show(
                self._training.goes_on, bool(stale), state.undoable or bool(pending), bool(pins)
            )
            rows = [
                (pin.run, {n: value_of(n, pin.run.experiment, pin.parts) for n in self.sliders})
                for pin in pins
            ]
            self._table.value = status_words.pin_table(rows, len(self.parts.validation))
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
            status_words.where(run),
            metrics.diagnose(run, self._baseline) if run.epochs or run.diverged else "",
            "Choose a smaller learning rate or strength, then restart." if run.diverged else "",
            *self._chart.outside(run),
            self._chart.words(run),
            *status_words.waiting({} if state.phase == "training" else pending, stale),
        ]

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
            self._page,
            widgets.VBox(list(self.sliders.values())).add_class("slider-rows"),
            self._controls.buttons,
            self.live_figure,
            self._status,
            choices.row,
            widgets.HBox([self._table, self._controls.unpin]).add_class("row"),
            self._make_drawer(),
        ]

    def _toggle(self) -> None:
        self.pause() if self._training.goes_on else self.train()

    @caught
    def _chosen(self, _) -> None:
        if not self.closed:
            self._look()

    def _look(self) -> None:
        """Show what is chosen to be seen."""
        chart = self._chart
        chart.extras = {role for role, box in self.extras.items() if box.value}
        log = [name for name, box in self.log_axes.items() if box.value]
        chart.look_at(metric=self.metric.value, log=log, side_view=self.side_view.value)
        chart.follow(lambda: self.run, now=True)
        self._show()

    def _end(self) -> None:
        self._training.close()
        self._talk.close()
        self._chart, self._pinned, self._shown = None, [], self._training.state

    def __repr__(self):
        return f"LiveLab({self.parts.table}, {self.settings})"


def _check_names(field: str, names: Sequence[str], allowed) -> None:
    if isinstance(names, str) or not set(names) <= set(allowed) or len(set(names)) < len(names):
        raise ValueError(f"{field}={names!r}: must be different names of {', '.join(allowed)}")


def _no_view(side_view, views, parts) -> str:
    allowed = ", ".join(map(repr, views))
    if side_view == "boundary":
        return (
            f"side_view={side_view!r}: {parts.table!r} has {parts.n_features} features and "
            f"{parts.n_classes} classes, must have two of each; or choose {allowed} or None"
        )
    return f"side_view={side_view!r}: must be {allowed} or None"
