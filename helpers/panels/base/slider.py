"""The slider of a hyperparameter: exact positions, its name before it, its value behind it.

slider = HyperparameterSlider(HYPERPARAMETERS["l2"], 0.01)
slider.value = 0.004          # any allowed value; becomes a position of its own
"""

import ipywidgets as widgets
import traitlets

from helpers.data import Parts
from helpers.experiment import HYPERPARAMETERS, Experiment, Hyperparameter
from helpers.panels.base.sending import sent_together

# What changes shapes or data: takes effect when a new network is built.
NEEDS_RESTART: dict[str, Hyperparameter] = {
    h.name: h
    for h in (
        Hyperparameter(
            "width", "width of the network", "width", 1, 4097, True,
            (1, 2, 4, 8, 16, 32, 64, 128, 256, 512), True, "{} units", whole=True,
        ),
        Hyperparameter(
            "rows", "training rows", "rows", 1, 1e6, True,
            (32, 64, 128, 256, 512, 1024), True, "{} rows", whole=True,
        ),
        Hyperparameter(
            "label_noise", "wrong labels", "share", 0, 1, True,
            (0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5), False, "label noise {}",
        ),
    )
}  # fmt: skip
SLIDERS = HYPERPARAMETERS | NEEDS_RESTART


def value_of(name: str, experiment: Experiment, parts: Parts) -> float:
    """What a run of `experiment` on `parts` has for one of `SLIDERS`.

    Raises:
        ValueError: If it is the width and the experiment has no hidden layer.
    """
    if name == "width":
        hidden_of(experiment, 1)  # refuses a network without hidden layers
        return float(experiment.hidden[0])
    if name == "rows":
        return float(parts.recipe["train"])  # as asked for: equal rows may have to stay together
    return parts.recipe["flip_labels"] if name == "label_noise" else getattr(experiment, name)


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
        hyperparameter: What it sets: range, name and spelling.
        value: Where it stands at first.
        positions: Where it can stand; the hyperparameter's own if None.
        fixed: Whether it may stand nowhere else.

    Attributes:
        value: The number itself. One between the positions becomes a position, unless `fixed`.
        positions: Where it can stand, ascending.

    Raises:
        ValueError: If a value is outside the range, or none of `fixed` positions.
    """

    value = traitlets.Float()

    def __init__(
        self, hyperparameter: Hyperparameter, value: float, positions=None, fixed: bool = False
    ):
        self.hyperparameter, self.fixed = hyperparameter, fixed
        places = hyperparameter.positions if positions is None else positions
        value = hyperparameter.check(value)
        self.positions = tuple(sorted({value, *map(hyperparameter.check, places)}))
        name = widgets.Label(hyperparameter.label).add_class("slider-name")
        self._reading = widgets.Label(hyperparameter.spell(value)).add_class("slider-value")
        self._slider = widgets.SelectionSlider(
            options=self._options(),
            value=value,
            readout=False,
            layout={"flex": "1 1 160px", "min_width": "120px", "margin": "0"},
        )
        super().__init__([name, self._slider, self._reading], value=value)
        self.add_class("slider-row")
        self._slider.observe(self._slid, "value")
        self.observe(self._show, "value")

    @traitlets.validate("value")
    def _check(self, proposal):
        value = self.hyperparameter.check(proposal["value"])
        if self.fixed and value not in self.positions:
            allowed = ", ".join(f"{p:g}" for p in self.positions)
            raise ValueError(f"{self.hyperparameter.name}={value:g}: must be one of {allowed}")
        return value

    def _slid(self, change):
        self.value = change["new"]

    def _show(self, _):
        with self._slider.hold_sync(), sent_together(self._reading):
            if self.value not in self.positions:
                self.positions = tuple(sorted({*self.positions, self.value}))
                # new options make the slider stand at the first for a moment
                self._slider.unobserve(self._slid, "value")
                self._slider.options = self._options()
                self._slider.value = self.value
                self._slider.observe(self._slid, "value")
            self._slider.value = self.value
            self._reading.value = self.hyperparameter.spell(self.value)

    def _options(self):
        return [(self.hyperparameter.spell(p), p) for p in self.positions]

    def __repr__(self):
        return f"HyperparameterSlider({self.hyperparameter.name}={self.value:g})"
