"""One knob: a slider over exact positions, its name before it, its value behind it.

knob = HyperparameterSlider(HYPERPARAMETERS["l2"], 0.01)
knob.value = 0.004          # any allowed value; becomes a position of its own
"""

from __future__ import annotations

import bisect

import ipywidgets as widgets
import traitlets

from helpers.experiment import HYPERPARAMETERS, Experiment, Hyperparameter

# What changes shapes or data: takes effect when the network starts afresh.
NEEDS_RESTART: dict[str, Hyperparameter] = {
    setting.name: setting
    for setting in (
        Hyperparameter(
            "width", "width of the network", "width", 1, 4097, True,
            (1, 2, 4, 8, 16, 32, 64, 128, 256, 512), True, "{} units",
        ),
        Hyperparameter(
            "rows", "training rows", "rows", 1, 1e6, True,
            (32, 64, 128, 256, 512, 1024), True, "{} rows",
        ),
        Hyperparameter(
            "label_noise", "wrong labels", "share", 0, 1, True,
            (0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5), False, "label noise {}",
        ),
    )
}  # fmt: skip
SLIDERS = HYPERPARAMETERS | NEEDS_RESTART


def hidden_of(base: Experiment, width: float) -> tuple[int, ...]:
    """The units of each hidden layer if the first has `width`; further ones keep their share.

    Raises:
        ValueError: If `base` has no hidden layer.
    """
    if not base.hidden:
        raise ValueError("'width' needs a hidden layer in base")
    return tuple(max(1, round(units * width / base.hidden[0])) for units in base.hidden)


class HyperparameterSlider(widgets.HBox):
    """A slider that stops at chosen values only; the arrow keys go from one to the next.

    Args:
        setting: What it sets: range, name and spelling.
        value: Where it stands at first.
        positions: Where it can stand; the setting's own if None.
        fixed: Whether it may stand nowhere else.

    Attributes:
        value: The number itself. One between the positions becomes a position, unless `fixed`.

    Raises:
        ValueError: If a value is outside the setting's range, or none of `fixed` positions.
    """

    value = traitlets.Float()

    def __init__(self, setting: Hyperparameter, value: float, positions=None, fixed: bool = False):
        self.setting, self.fixed = setting, fixed
        at = {setting.check(p) for p in (setting.positions if positions is None else positions)}
        value = setting.check(value)
        self.positions = tuple(sorted(at | {value}))
        self._moving = False
        name = widgets.Label(setting.label).add_class("knob-name")
        self._reading = widgets.Label().add_class("knob-value")
        self._slider = widgets.SelectionSlider(
            options=self._options(),
            value=value,
            readout=False,
            layout={"flex": "1 1 160px", "min_width": "120px", "margin": "0"},
        )
        super().__init__([name, self._slider, self._reading], value=value)
        self.add_class("knob")
        self._reading.value = setting.spell(value)
        self._slider.observe(self._slid, "value")

    @traitlets.validate("value")
    def _check(self, proposal):
        value = self.setting.check(proposal["value"])
        if self.fixed and value not in self.positions:
            allowed = ", ".join(f"{p:g}" for p in self.positions)
            raise ValueError(f"{self.setting.name}={value:g}: must be one of {allowed}")
        return value

    @traitlets.observe("value")
    def _show(self, change):
        if not hasattr(self, "_slider"):
            return
        self._moving = True  # new options make the slider stand at the first for a moment
        try:
            if self.value not in self.positions:
                places = list(self.positions)
                bisect.insort(places, self.value)
                self.positions = tuple(places)
                with self._slider.hold_sync():
                    self._slider.options = self._options()
                    self._slider.value = self.value
            self._slider.value = self.value
        finally:
            self._moving = False
        self._reading.value = self.setting.spell(self.value)

    def _slid(self, change):
        if not self._moving:
            self.value = change["new"]

    def _options(self):
        return [(self.setting.spell(p), p) for p in self.positions]

    def __repr__(self):
        return f"HyperparameterSlider({self.setting.name}={self.value:g})"
