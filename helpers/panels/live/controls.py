"""The buttons and choices of `LiveLab`, everything but its sliders."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence

import ipywidgets as widgets

from helpers.drawing.curves import EXTRAS, QUANTITIES
from helpers.panels.base.panel import button, choice

SPEEDS = {"slow": 3.0, "normal": 1.0, "fast": 0.0}  # times the seconds that a run shall last
LOGS = {"loss": "log loss", "epochs": "log epochs"}  # axes that can be logarithmic
_BESIDE = {"": "curves only", "weights": "with weights", "losses": "with three losses",
           "boundary": "with boundary"}  # fmt: skip


class Controls:
    """Makes the widgets; what they do is said by whom they belong to.

    Args:
        does: Turns an action into what a button calls.
        panel: Has `train`, `pause`, `step`, `restart`, `new_seed`, `undo`, `pin`, `unpin` and
            `preset`.
        presets: Names, a button each.

    Attributes:
        train, restart, undo, unpin: Buttons whose looks change.
    """

    def __init__(self, panel, does: Callable, presets: Iterable[str], toggle: Callable):
        self.train = button("Train", "play", "Train, or pause", does(toggle))
        self.train.button_style = "primary"
        self.restart = button(
            "Restart", "repeat", "Train from epoch 0 with the sliders as they stand",
            does(panel.restart),
        )  # fmt: skip
        self.undo = button(
            "Undo move", "undo", "Back to the weights before the last move", does(panel.undo)
        )
        transport = [
            self.train,
            button("One epoch", "step-forward", "Train one epoch, then rest", does(panel.step)),
            self.restart,
            button("New seed", "random", "Restart with other initial weights",
                   does(panel.new_seed)),
            self.undo,
            button("Pin", "thumb-tack", "Keep this run as thin lines", does(panel.pin)),
        ]  # fmt: skip
        self.unpin = button("Unpin all", "times", "Let the kept runs go", does(panel.unpin))
        named = [
            button(name, "", f"Set the sliders to “{name}” and restart",
                   does(functools.partial(panel.preset, name)))
            for name in presets
        ]  # fmt: skip
        named = widgets.HBox(named).add_class("row").add_class("push")
        self.buttons = widgets.HBox([*transport, named]).add_class("row")

    def show(self, working: bool, stale: bool, undoable: bool, pinned: bool) -> None:
        """Bring the buttons up to date."""
        self.train.description = "Pause" if working else "Train"
        self.train.icon = "pause" if working else "play"
        self.restart.button_style = "warning" if stale else ""
        self.undo.disabled = not undoable
        self.unpin.layout.display = None if pinned else "none"


class Choices:
    """What can be chosen about the picture.

    Args:
        metric: "loss" or "accuracy".
        extras: Which of `EXTRAS` are drawn.
        log_axes: Which of `LOGS` are logarithmic.
        views: Names of the views that can stand beside the curves.
        beside: The one that does, or "".
        speed: One of `SPEEDS`.
        changed: Called when any but the speed is changed.

    Attributes:
        metric, side_view, speed: Widgets with a `value`.
        extras, log_axes: {name: check box}.
    """

    def __init__(
        self,
        metric: str,
        extras: Sequence[str],
        log_axes: Sequence[str],
        views: Iterable[str],
        side_view: str,
        speed: str,
        changed: Callable,
    ):
        self.metric = choice(("loss", "accuracy"), metric)
        self.extras = {key: _box(QUANTITIES[key].name, key in extras) for key in EXTRAS}
        self.log_axes = {key: _box(words, key in log_axes) for key, words in LOGS.items()}
        options = [(_BESIDE[name], name) for name in ("", *views)]
        self.side_view = widgets.Dropdown(
            options=options, value=side_view, layout={"width": "auto"}
        )
        self.side_view.tooltip = "What stands beside the curves"
        self.speed = choice(SPEEDS, speed).add_class("push")
        for widget in (self.metric, *self.extras.values(), *self.log_axes.values(), self.side_view):
            widget.observe(changed, "value")
        self.row = widgets.HBox(
            [
                self.metric,
                *self.log_axes.values(),
                *self.extras.values(),
                self.side_view,
                self.speed,
            ]
        ).add_class("row")


def _box(words: str, value: bool) -> widgets.Checkbox:
    return widgets.Checkbox(value=value, description=words, indent=False, layout={"width": "auto"})
