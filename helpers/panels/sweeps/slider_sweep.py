"""What `SweepLab` and `BoundaryLab` share: one slider over all that was trained, and a metric."""

from __future__ import annotations

from collections.abc import Iterable

from helpers.data import Parts
from helpers.experiment import HYPERPARAMETERS, Experiment
from helpers.panels.base.panel import choice
from helpers.panels.base.slider import SLIDERS
from helpers.panels.sweeps.base import BankPanel
from helpers.validation import check_choice

NAMES = (*HYPERPARAMETERS, "width")
METRICS = ("loss", "accuracy")


class SliderSweep(BankPanel):
    """All positions of one slider times several seeds; see `SweepLab`."""

    widths: tuple[float, ...] = SLIDERS["width"].positions

    def __init__(
        self,
        parts: Parts,
        base: Experiment | None = None,
        name: str = "l2",
        positions: Iterable[float] | None = None,
        seeds: Iterable[int] = range(5),
        *,
        metric: str = "loss",
        top: float | None = None,
        size: str = "page",
    ):
        self.name = check_choice("name", name, NAMES)
        check_choice("metric", metric, METRICS)
        if positions is None:
            positions = self.widths if name == "width" else SLIDERS[name].positions
        super().__init__(parts, base, {name: positions}, seeds, top, size)
        (self.positions,), (self.slider,) = self._positions.values(), self._sliders
        self._metric = choice(METRICS, metric)
        self._finish(self._metric)
