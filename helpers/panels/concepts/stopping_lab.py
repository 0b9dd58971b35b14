"""`StoppingLab`: where early stopping would have ended a run that was recorded to its end.

    patience = StoppingLab(run)            # a Run, of helpers.training.train
    patience                            # as the last expression of a cell: shows it
    patience.patience.value = 20        # what the sliders do
    patience.min_delta.value = 0.005
    patience.monitor = "val_loss"       # what Keras calls so: penalty included
    patience.stop                       # where it stops and which epoch's weights are restored

Nothing is trained: the run is read as `keras.callbacks.EarlyStopping` would have read it.
"""

from __future__ import annotations

import functools
import math

import ipywidgets as widgets
import numpy as np

from helpers import metrics
from helpers.drawing.axes import size_of
from helpers.experiment import Hyperparameter, Run
from helpers.panels.base.panel import Panel, button, caught, choice
from helpers.panels.base.slider import HyperparameterSlider
from helpers.panels.concepts.stopping_chart import StoppingChart, StoppingState
from helpers.reference import Stop, early_stopping
from helpers.validation import check_choice

MONITORS = ("data loss", "val_loss")
PATIENCES = tuple(range(51))
_DELTAS = (0, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)
HYPERPARAMETERS = {
    "patience": Hyperparameter(
        "patience", "patience", "patience", 0, 51, True, PATIENCES, False, "patience={}"
    ),
    "min_delta": Hyperparameter(
        "min_delta", "least improvement", "δ", 0, math.inf, True, _DELTAS, True, "min_delta={}"
    ),
}


class StoppingLab(Panel):
    """One recorded run, and early stopping with any patience and least improvement.

    Args:
        run: Recorded to its end.
        patience: Epochs to wait at first, whole, from 0 to 50.
        min_delta: The least decrease that counts, at first.
        monitor: "data loss", or "val_loss", which in Keras contains the penalty.
        restore_best_weights: As in Keras; False keeps the weights of the last epoch trained.
        top: Where the axis of losses ends; just above all losses if None.
        size: "page", or "lecture" for a projector.

    Attributes:
        patience, min_delta: The `HyperparameterSlider`s.
        error: What went wrong last, or None.

    Raises:
        ValueError: If an argument is not as described, or the run holds no epoch.
    """

    def __init__(
        self,
        run: Run,
        patience: int = 10,
        min_delta: float = 0.0,
        *,
        monitor: str = "data loss",
        restore_best_weights: bool = True,
        top: float | None = None,
        size: str = "page",
    ):
        if not run.epochs:
            raise ValueError("run: holds no epoch to look at")
        if patience not in PATIENCES:
            raise ValueError(f"patience={patience!r}: must be whole, from 0 to {PATIENCES[-1]}")
        self.run = run
        self._check_monitor(monitor)
        self.patience = HyperparameterSlider(HYPERPARAMETERS["patience"], patience, fixed=True)
        self.min_delta = HyperparameterSlider(HYPERPARAMETERS["min_delta"], min_delta)
        self._chart = StoppingChart(size_of(size), run, PATIENCES[-1], self._most_lost(), top)
        super().__init__(self._chart.live_figure, size)
        self._all = functools.lru_cache(maxsize=32)(self._stop_at_all)
        self._monitor = choice(MONITORS, monitor)
        self._restore = widgets.Checkbox(
            value=bool(restore_best_weights), description="restore_best_weights", indent=False,
            layout={"width": "auto"},
        )  # fmt: skip
        presets = [
            button(name, "", f"patience={p}, min_delta=0",
                   self._press(functools.partial(self.set, p, 0.0)))
            for name, p in (("hasty", 1), ("usual", 10), ("patient", 40))
        ]  # fmt: skip
        presets = widgets.HBox(presets).add_class("row").add_class("push")
        self._monitor.observe(self._choose_monitor, "value")
        self._watch(self.patience, self.min_delta, self._restore)
        self._arrange([self.patience, self.min_delta], [self._monitor, self._restore, presets])
        self._show()

    # What can be set and read --------------------------------------------------------------

    @property
    def monitor(self) -> str:
        """What is watched: "data loss", or "val_loss" with the penalty."""
        return self._monitor.value

    @monitor.setter
    def monitor(self, name: str) -> None:
        self._check_monitor(name)
        self._monitor.value = name

    @property
    def restore_best_weights(self) -> bool:
        """Whether the weights of the best epoch are restored."""
        return self._restore.value

    @restore_best_weights.setter
    def restore_best_weights(self, on: bool) -> None:
        self._restore.value = bool(on)

    @property
    def monitored(self) -> np.ndarray:
        """The loss that is watched, one after each epoch: (epochs,)."""
        run = self.run
        return run.validation_loss if self.monitor == "data loss" else run.fit_validation_loss

    @property
    def stop(self) -> Stop:
        """Where it stops, and the epoch whose weights the model is left with."""
        return early_stopping(
            self.monitored,
            int(self.patience.value),
            self.min_delta.value,
            self.restore_best_weights,
        )

    @property
    def saved(self) -> int:
        """How many of the run's epochs need not be trained."""
        return self.run.epochs - self.stop.trained

    @property
    def given_up(self) -> float:
        """Validation data loss of the weights it ends with, above the lowest of the whole run."""
        return self._excess(self.stop)

    @property
    def keras_script(self) -> str:
        """The callback, and how it is handed to `fit`."""
        before, after, name = [], "x, y, validation_data=(x_val, y_val)", "loss"
        if self.monitor == "data loss" and self.run.penalty.any():
            name = self._metric
            before += ["# val_loss contains the penalty, a metric does not:"]
            before += [f'# model.compile(..., metrics=["{name}"])']
            if name == "binary_crossentropy":  # as a metric, Keras wants both of one shape
                after = "x, y[:, None], validation_data=(x_val, y_val[:, None])"
        lines = [
            *("import keras", "", *before),
            "stop = keras.callbacks.EarlyStopping(",
            f'    monitor="val_{name}",',
            '    mode="min",',
            f"    patience={self.patience.value:g},",
            f"    min_delta={self.min_delta.value!r},",
            f"    restore_best_weights={self.restore_best_weights},",
            ")",
            f"# model.fit({after},",
            f"#           epochs={self.run.experiment.epochs}, callbacks=[stop])",
        ]
        return "\n".join(lines) + "\n"

    @property
    def _metric(self) -> str:
        outputs = len(self.run.weights[-1])
        return "binary_crossentropy" if outputs == 1 else "sparse_categorical_crossentropy"

    def _check_monitor(self, name: str) -> None:
        check_choice("monitor", name, MONITORS)
        e = self.run.experiment
        if name == "val_loss" and (e.label_smoothing or (e.proximal and e.l1)):
            raise ValueError(
                "monitor='val_loss': must be 'data loss' for a run with label smoothing or "
                "proximal L1, whose val_loss in Keras was not recorded"
            )

    def _excess(self, stop: Stop) -> float:
        losses = self.run.validation_loss
        return float(losses[stop.restored - 1] - losses.min())

    def _stop_at_all(self, monitor: str, min_delta: float, restore: bool) -> list[Stop]:
        return [early_stopping(self.monitored, p, min_delta, restore) for p in PATIENCES]

    def _most_lost(self) -> float:
        """Above what any patience gives up with `min_delta=0`, whatever the other choices are."""
        run, both = self.run, (False, True)
        losses = [run.validation_loss, run.fit_validation_loss]
        stops = [early_stopping(v, p, 0.0, r) for v in losses for r in both for p in PATIENCES]
        return max(1.1 * max(self._excess(stop) for stop in stops), 0.02)

    # What is shown -------------------------------------------------------------------------

    @caught
    def _choose_monitor(self, change) -> None:
        try:
            self._check_monitor(change["new"])
        except ValueError:
            self._monitor.value = change["old"]
            raise
        self.error = None
        self._moved(change)

    def _draw(self) -> None:
        stops = self._all(self.monitor, self.min_delta.value, self.restore_best_weights)
        stop = stops[int(self.patience.value)]
        self._chart.show(
            StoppingState(
                stop=stop,
                monitored=self.monitored,
                is_data_loss=self.monitor == "data loss",
                patience=int(self.patience.value),
                min_delta=self.min_delta.value,
                trained=np.array([s.trained for s in stops]),
                given_up=np.array([self._excess(s) for s in stops]),
            )
        )
        if self.error is None:
            self.say(*self._sentences(stop))

    def _sentences(self, stop: Stop) -> list[str]:
        run = self.run
        arguments = [
            f"patience={self.patience.value:g}",
            f"min_delta={self.min_delta.value:g}",
            f"restore_best_weights={self.restore_best_weights}",
        ]
        said = [f"EarlyStopping({', '.join(arguments)})"]
        if stop.stopped is None:
            said[0] += f" would not stop these {run.epochs} epochs."
        else:
            said[0] += (
                f" stops after epoch {stop.stopped} of {run.epochs}: "
                f"{run.epochs - stop.trained} epochs saved."
            )
        if self.restore_best_weights:
            said.append(f"It goes back to the weights of epoch {stop.restored}.")
        else:
            said.append(f"It keeps the weights of epoch {stop.restored}, not the best.")
        best, excess = metrics.best_epoch(run), self._excess(stop)
        value = run.validation_loss[stop.restored - 1]
        said.append(f"Their validation data loss is {value:.3f},")
        if excess == 0:
            said[-1] += " the lowest of the whole run."
        else:
            said[-1] += (
                f" {excess:.3f} above the lowest of the whole run "
                f"({run.validation_loss[best - 1]:.3f}, epoch {best})."
            )
        if self.monitor == "val_loss":
            share = run.penalty[stop.restored - 1]
            said.append(
                f"val_loss there contains a penalty of {share:.3f}."
                if run.penalty.any()
                else "This run has no penalty, so val_loss is the data loss."
            )
        above = self._chart.above()
        if above:
            said.append(f"▲ {above} goes above the axis.")
        return said

    def set(self, patience: int, min_delta: float) -> None:
        """Set both sliders."""
        self.patience.value, self.min_delta.value = patience, min_delta

    def _end(self) -> None:
        self._all.cache_clear()

    def __repr__(self):
        return (
            f"StoppingLab({self.run!r}, patience={self.patience.value:g}, "
            f"min_delta={self.min_delta.value:g}, {self.monitor})"
        )
