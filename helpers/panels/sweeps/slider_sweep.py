"""What `SweepLab` and `BoundaryLab` share: one slider over all that was trained, and a metric."""

from __future__ import annotations

from collections.abc import Iterable

from helpers.data import Parts
from helpers.experiment import HYPERPARAMETERS, Experiment
from helpers.panels.base.panel import choice
from helpers.panels.base.slider import SLIDERS
from helpers.panels.sweeps.base import BankPanel

NAMES = (*HYPERPARAMETERS, "width")
METRICS = ("loss", "accuracy")


class SliderSweep(BankPanel):
    """All positions of one slider times several seeds.

    Args:
        parts: What `helpers.data.split` returns.
        base: What the experiments have in common; a network of the default shape if None.
        name: A name in `HYPERPARAMETERS`; or "width", the units of the first hidden layer (further
            layers keep their share), where each width takes seconds to compile.
        positions: The slider's values; the hyperparameter's own (of widths: `widths`) if None.
        seeds: Each position is trained once with each.
        metric: What the curves show, "loss" or "accuracy".
        top: Where the axis of losses ends; twice the baseline's loss if None.
        size: "page", or "lecture" for a projector.

    Attributes:
        name: Of the slider.
        slider: The `HyperparameterSlider`, whose `value` is one of `positions`; also under its
            own name, such as `l2`.
        positions: Ascending.
        seeds: Each once.
        error: What went wrong last, or None.

    Raises:
        ValueError: If an argument is not as described.
    """

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
        if name not in NAMES:
            raise ValueError(f"name={name!r}: must be one of {', '.join(NAMES)}")
        if metric not in METRICS:
            raise ValueError(f"metric={metric!r}: must be 'loss' or 'accuracy'")
        if positions is None:
            positions = self.widths if name == "width" else SLIDERS[name].positions
        self.name = name
        super().__init__(parts, base, {name: positions}, seeds, top, size)
        (self.positions,), (self.slider,) = self._positions.values(), self._sliders
        self._metric = choice(METRICS, metric)
        self._finish(self._metric)
