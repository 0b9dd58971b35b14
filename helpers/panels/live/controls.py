"""The buttons and choices of `LiveLab`, everything but its sliders."""

import functools
from collections.abc import Callable, Iterable

import ipywidgets as widgets

from helpers.drawing.curves import EXTRAS, QUANTITIES
from helpers.panels.base.panel import button, choice

SPEEDS = {"slow": 3.0, "normal": 1.0, "fast": 0.0}  # times the seconds that a run shall last
LOGS = {"loss": "log loss", "epochs": "log epochs"}  # axes that can be logarithmic
_VIEWS = {"": "curves only", "weights": "with weights", "losses": "with three losses",
          "boundary": "with boundary"}  # fmt: skip
_BUTTONS = {  # words, icon and tooltip
    "toggle": ("Train", "play", "Train, or pause"),
    "step": ("One epoch", "step-forward", "Train one epoch, then rest"),
    "restart": ("Restart", "repeat", "Train from epoch 0 with the sliders as they stand"),
    "new_seed": ("New seed", "random", "Restart with other initial weights"),
    "undo": ("Undo move", "undo", "Back to the weights before the last move"),
    "pin": ("Pin", "thumb-tack", "Keep this run as thin lines"),
    "unpin": ("Unpin all", "times", "Let the kept runs go"),
}


class Controls:
    """The widgets above and below the picture.

    Args:
        panel: Has a method for each of `_BUTTONS`, and `preset`.
        press: Turns a method into what a button calls.
        presets: Names, a button each.
        views: Names of the views that can stand beside the curves.

    Attributes:
        train, restart, undo, unpin: Buttons whose looks change.
        metric, side_view, speed: Widgets with a `value`.
        extras, log_axes: {name: check box}.
        of_picture: The widgets that change what the picture shows.
        table: Of the pinned runs.
        above, below: The rows.
    """

    def __init__(self, panel, press: Callable, presets: Iterable[str], views: Iterable[str]):
        made = {name: button(*b, press(getattr(panel, name))) for name, b in _BUTTONS.items()}
        self.train, _, self.restart, _, self.undo, _, self.unpin = made.values()
        self.train.button_style = "primary"
        named = [
            button(name, "", f"Set the sliders to “{name}” and restart",
                   press(functools.partial(panel.preset, name)))
            for name in presets
        ]  # fmt: skip
        self.table = widgets.HTML()
        self.metric = choice(panel.parts.task.metrics, "loss")
        self.extras = {name: _check_box(QUANTITIES[name].name) for name in EXTRAS}
        self.log_axes = {name: _check_box(words) for name, words in LOGS.items()}
        options = [(_VIEWS[name], name) for name in ("", *views)]
        self.side_view = widgets.Dropdown(options=options, layout={"width": "auto"})
        self.side_view.tooltip = "What stands beside the curves"
        self.speed = choice(SPEEDS, "normal").add_class("push")
        boxes = [*self.log_axes.values(), *self.extras.values()]
        self.of_picture = [self.metric, *boxes, self.side_view]
        self.above = _row(*list(made.values())[:-1], _row(*named).add_class("push"))
        self.below = [_row(*self.of_picture, self.speed), _row(self.table, self.unpin)]

    def show(self, working: bool, stale: bool, undoable: bool, pinned: bool) -> None:
        """Bring the buttons up to date."""
        self.train.description = "Pause" if working else "Train"
        self.train.icon = "pause" if working else "play"
        self.restart.button_style = "warning" if stale else ""
        self.undo.disabled = not undoable
        self.unpin.layout.display = None if pinned else "none"


def _row(*parts: widgets.Widget) -> widgets.HBox:
    return widgets.HBox(parts).add_class("row")


def _check_box(words: str) -> widgets.Checkbox:
    return widgets.Checkbox(description=words, indent=False, layout={"width": "auto"})
