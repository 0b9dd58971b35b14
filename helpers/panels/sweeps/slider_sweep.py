"""What `SweepLab` and `BoundaryLab` share: one slider over all that was trained.

A subclass makes the chart (`_make_chart`), draws what is at the slider's position (`_draw`) and
puts it into words (`_introduce`, `_sentences`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from helpers.drawing.axes import Size, size_of
from helpers.experiment import HYPERPARAMETERS, Experiment, Run
from helpers.panels.base.panel import caught, choice
from helpers.panels.base.slider import SLIDERS, HyperparameterSlider, hidden_of
from helpers.panels.sweeps.base import BankPanel, positions_of, seeds_of

if TYPE_CHECKING:
    from helpers.data import Parts

NAMES = (*HYPERPARAMETERS, "width")


class SliderSweep(BankPanel):
    """All positions of one slider times several seeds.

    Args:
        parts: What `helpers.data.split` returns.
        base: All else; a network of the default shape if None.
        name: A name in `HYPERPARAMETERS`; or "width", the units of the first hidden layer (further
            ones keep their share), where each width takes seconds to compile.
        positions: The slider's values; the setting's own (of widths: `widths`) if None.
        seeds: Each position is trained once with each.
        metric: What the curves show, "loss" or "accuracy".
        top: Where the axis of losses ends; twice the loss of guessing if None.
        size: As for `Panel`.

    Attributes:
        name: Of the slider.
        knob: The `HyperparameterSlider`; also under the slider's name, such as `l2`.
        positions: Ascending.
        seeds: Each once.

    Raises:
        ValueError: If an argument is not as said above.
    """

    widths: tuple[float, ...] = SLIDERS["width"].positions

    def __init__(
        self,
        parts: Parts,
        base: Experiment | None,
        name: str,
        positions: Iterable[float] | None,
        seeds: Iterable[int],
        metric: str,
        top: float | None,
        size: str,
    ):
        if name not in NAMES:
            raise ValueError(f"name={name!r}: must be one of {', '.join(NAMES)}")
        if metric not in ("loss", "accuracy"):
            raise ValueError(f"metric={metric!r}: must be 'loss' or 'accuracy'")
        self.name, base, setting = name, base or Experiment(), SLIDERS[name]
        if name == "width":
            hidden_of(base, 1)  # refuses a network without hidden layers
        usual = self.widths if name == "width" else setting.positions
        self.positions = positions_of(setting, usual if positions is None else positions)
        self.seeds = seeds_of(base, seeds)
        experiments = [self._at(base, p, seed) for p in self.positions for seed in self.seeds]
        self._runs: dict[float, list[Run]] = {}
        chart = self._make_chart(parts, base.epochs, size_of(size), top)
        super().__init__(parts, base, experiments, chart, size)
        start = float(base.hidden[0]) if name == "width" else getattr(base, name)
        start = start if start in self.positions else self.positions[0]
        self.slider = HyperparameterSlider(setting, start, self.positions, fixed=True)
        self.slider.observe(self._moved, "value")
        setattr(self, name, self.slider)
        self._metric = choice(("loss", "accuracy"), metric)
        self._metric.observe(self._choose_metric, "value")
        if metric != "loss":
            self._chart.set_metric(metric)

    def _make_chart(self, parts: Parts, epochs: int, size: Size, top: float | None):
        """The picture; `name`, `positions` and `seeds` are known."""
        raise NotImplementedError

    # What can be read ----------------------------------------------------------------------

    @property
    def runs(self) -> dict[float, list[Run]]:
        """What has been trained so far: {position: [Run per seed]}; empty before the first."""
        with self._lock:
            return dict(self._runs)

    @property
    def experiment(self) -> Experiment:
        """The experiment at the slider's position, with the first seed."""
        return self._at(self.base, self.slider.value, self.seeds[0])

    def _at(self, base: Experiment, position: float, seed: int) -> Experiment:
        if self.name == "width":
            return base.replace(hidden=hidden_of(base, position), seed=seed)
        return base.replace(**{self.name: position}, seed=seed)

    # For `BankPanel` ------------------------------------------------------------------------

    def _sorted(self, runs: list[Run]) -> dict[float, list[Run]]:
        n = len(self.seeds)
        return {p: runs[i * n : (i + 1) * n] for i, p in enumerate(self.positions)}

    @caught
    def _choose_metric(self, change) -> None:
        self._chart.set_metric(change["new"])
        self._show()

    def _plan(self) -> str:
        """What "Train all" will train, in words."""
        return (
            f"“Train all” trains {len(self._experiments)} networks: {len(self.positions)} "
            f"positions × {len(self.seeds)} seeds, {self.base.epochs} epochs each."
        )

    def _end(self) -> None:
        super()._end()
        self._runs = {}

    def __repr__(self):
        return (
            f"{type(self).__name__}({self.parts.table}, {self.name}: {len(self.positions)} "
            f"positions × {len(self.seeds)} seeds, {self.base.epochs} epochs)"
        )
