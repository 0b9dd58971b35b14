"""`StoppingLab`: where early stopping would have ended a run that was recorded to its end.

    patience = StoppingLab(run)            # a Run, of helpers.training.train
    patience                            # as the last expression of a cell: shows it
    patience.patience.value = 20        # what the sliders do
    patience.min_delta.value = 0.005
    patience.monitor = "val_loss"       # what Keras calls so: penalty included
    patience.stop                       # where it stops and which epoch's weights are restored

Nothing is trained: the run is read as `keras.callbacks.EarlyStopping` would have read it.
"""

import functools
import itertools
import math

import ipywidgets as widgets
import numpy as np

from helpers import metrics
from helpers.drawing.axes import size_of
from helpers.experiment import Hyperparameter, Run
from helpers.formatting import plural
from helpers.panels.base.panel import Panel, button, caught, choice
from helpers.panels.base.slider import HyperparameterSlider
from helpers.panels.concepts.stopping_chart import StoppingChart, StoppingState
from helpers.reference import Stop, early_stopping
from helpers.validation import check_choice

MONITORS = ("data loss", "val_loss")
MOST_PATIENCE = 50
PRESETS = {"hasty": 1, "usual": 10, "patient": 40}  # buttons: patience without a least improvement
_DELTAS = (0, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)
_PATIENCE = Hyperparameter(
    "patience", "patience", "patience", 0, MOST_PATIENCE + 1, True,
    tuple(range(MOST_PATIENCE + 1)), False, "patience={}", whole=True,
)  # fmt: skip
_MIN_DELTA = Hyperparameter(
    "min_delta", "least improvement", "δ", 0, math.inf, True, _DELTAS, True, "min_delta={}"
)
_SCRIPT = """\
import keras
{metric}
stop = keras.callbacks.EarlyStopping(
    monitor="val_{name}",
    mode="min",
    patience={patience},
    min_delta={min_delta!r},
    restore_best_weights={restore},
)
# model.fit({rows},
#           epochs={epochs}, callbacks=[stop])
"""


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
        self.run = run
        self._check_monitor(monitor)
        self.patience = HyperparameterSlider(_PATIENCE, patience)
        self.min_delta = HyperparameterSlider(_MIN_DELTA, min_delta)
        self.chart = StoppingChart(size_of(size), run, MOST_PATIENCE, self._axis_end(), top)
        super().__init__(self.chart.live_figure, size)
        self._stops = functools.lru_cache(maxsize=32)(self._find_stops)
        self.monitor_choice = choice(MONITORS, monitor)
        self._restore = widgets.Checkbox(
            value=bool(restore_best_weights), description="restore_best_weights", indent=False,
            layout={"width": "auto"},
        )  # fmt: skip
        presets = [
            button(name, "", f"patience={p}, min_delta=0",
                   self._press(functools.partial(self.set, p, 0.0)))
            for name, p in PRESETS.items()
        ]  # fmt: skip
        presets = widgets.HBox(presets).add_class("row").add_class("push")
        self.monitor_choice.observe(self._choose_monitor, "value")
        self._watch(self.patience, self.min_delta, self._restore)
        self._arrange(
            [self.patience, self.min_delta], [self.monitor_choice, self._restore, presets]
        )
        self._show()

    # What can be set and read --------------------------------------------------------------

    @property
    def monitor(self) -> str:
        """What is watched: "data loss", or "val_loss" with the penalty."""
        return self.monitor_choice.value

    @monitor.setter
    def monitor(self, name: str) -> None:
        self._check_monitor(name)
        self.monitor_choice.value = name

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
        return self._losses(self.monitor)

    @property
    def stop(self) -> Stop:
        """Where it stops, and the epoch whose weights the model is left with."""
        return self._all_stops()[int(self.patience.value)]

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
        name, metric, rows = "loss", "", "x, y, validation_data=(x_val, y_val)"
        if self.monitor == "data loss" and self.run.penalty.any():
            name = "sparse_categorical_crossentropy"
            if not self.run.task.classifies:
                name = self.run.task.loss
            elif len(self.run.weights[-1]) == 1:  # as a metric, Keras wants both of one shape
                name = "binary_crossentropy"
                rows = "x, y[:, None], validation_data=(x_val, y_val[:, None])"
            metric = "\n# val_loss contains the penalty, a metric does not:\n"
            metric += f'# model.compile(..., metrics=["{name}"])'
        return _SCRIPT.format(
            metric=metric,
            name=name,
            rows=rows,
            patience=int(self.patience.value),
            min_delta=self.min_delta.value,
            restore=self.restore_best_weights,
            epochs=self.run.experiment.epochs,
        )

    def _check_monitor(self, name: str) -> None:
        check_choice("monitor", name, MONITORS)
        e = self.run.experiment
        if name == "val_loss" and (e.label_smoothing or (e.proximal and e.l1)):
            raise ValueError(
                "monitor='val_loss': must be 'data loss' for a run with label smoothing or "
                "proximal L1, whose val_loss in Keras was not recorded"
            )

    def _losses(self, monitor: str) -> np.ndarray:
        run = self.run
        return run.validation_loss if monitor == "data loss" else run.fit_validation_loss

    def _excess(self, stop: Stop) -> float:
        losses = self.run.validation_loss
        return float(losses[stop.restored - 1] - losses.min())

    def _all_stops(self) -> list[Stop]:
        """What every patience makes of the run, from 0 on."""
        return self._stops(self.monitor, self.min_delta.value, self.restore_best_weights)

    def _find_stops(self, monitor: str, min_delta: float, restore: bool) -> list[Stop]:
        losses = self._losses(monitor)
        return [early_stopping(losses, p, min_delta, restore) for p in _PATIENCE.positions]

    def _axis_end(self) -> float:
        """Above what any patience gives up with `min_delta=0`, whatever the other choices are."""
        choices = itertools.product(MONITORS, (False, True))
        stops = [stop for m, restore in choices for stop in self._find_stops(m, 0.0, restore)]
        return max(1.1 * max(map(self._excess, stops)), 0.02)

    # What is shown -------------------------------------------------------------------------

    @caught
    def _choose_monitor(self, change) -> None:
        try:
            self._check_monitor(change["new"])
        except ValueError:
            self.monitor_choice.value = change["old"]
            raise
        self.error = None
        self._moved(change)

    def _draw(self) -> list[str]:
        stops, stop = self._all_stops(), self.stop
        self.chart.show(
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
        return self._sentences(stop)

    def _sentences(self, stop: Stop) -> list[str]:
        run, restore = self.run, self.restore_best_weights
        saved, epochs = plural(self.saved, "epoch"), plural(run.epochs, "epoch")
        value, excess = run.validation_loss[stop.restored - 1], self._excess(stop)
        best, share = metrics.best_epoch(run), run.penalty[stop.restored - 1]
        above = self.chart.above()
        said = [
            f"EarlyStopping(patience={self.patience.value:g}, min_delta={self.min_delta.value:g}, "
            f"restore_best_weights={restore})",
            f"would not stop this run of {epochs}." if stop.stopped is None
            else f"stops after epoch {stop.stopped} of {run.epochs}: {saved} saved.",
            f"It goes back to the weights of epoch {stop.restored}." if restore
            else f"It keeps the weights of epoch {stop.restored}, not the best.",
            f"Their validation data loss is {value:.3f},",
            "the lowest of the whole run." if excess == 0
            else f"{excess:.3f} above the lowest of the whole run "
            f"({run.validation_loss[best - 1]:.3f}, epoch {best}).",
        ]  # fmt: skip
        if self.monitor == "val_loss":
            said.append(
                f"val_loss there contains a penalty of {share:.3f}." if run.penalty.any()
                else "This run has no penalty, so val_loss is the data loss."
            )  # fmt: skip
        return said + ([f"▲ {above} goes above the axis."] if above else [])

    def set(self, patience: int, min_delta: float) -> None:
        """Set both sliders."""
        self.patience.value, self.min_delta.value = patience, min_delta

    def __repr__(self):
        return (
            f"StoppingLab({self.run!r}, patience={self.patience.value:g}, "
            f"min_delta={self.min_delta.value:g}, {self.monitor})"
        )
