"""`SweepLab`: every position of a strength, with every seed, trained as one program.

    sweep = SweepLab(parts, base, "l2")     # 13 positions, 0 included, and five seeds
    sweep                       # as the last expression of a cell: shows it
    sweep.train()               # what the button does; training runs in a thread
    sweep.l2.value = 0.03       # scrub, also while the curves still grow
    sweep.wait()                # until it rests; raises what went wrong
    sweep.runs                  # {position: [Run per seed]}

Moving the slider never trains anything: it shows what there is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from helpers.experiment import SETTINGS, Experiment, Run
from helpers.panels.knobs import KNOBS, Knob, hidden_of
from helpers.panels.look import size_of
from helpers.panels.panel import caught, choice
from helpers.panels.sweep_chart import SweepChart
from helpers.panels.together import Together, positions_of, seeds_of

if TYPE_CHECKING:
    from helpers.data import Parts

NAMES = (*SETTINGS, "width")


class SweepLab(Together):
    """All positions of one strength times several seeds; a slider scrubs through them.

    Args:
        parts: What `helpers.data.split` returns.
        base: All else; a network of the default shape if None.
        name: The strength, a name in `SETTINGS`; or "width", the units of the first hidden
            layer (further ones keep their share), where each width takes seconds to compile.
        positions: Its values; the setting's own if None.
        seeds: Each position is trained once with each.
        metric: "loss" or "accuracy".
        top: Where the axis of losses ends; twice the loss of guessing if None.
        size: "page", or "lecture" for a projector.

    Attributes:
        l2, ...: The `Knob`, under the strength's name; its `value` is one of `positions`.
        positions: Ascending.
        error: What went wrong last, or None.

    Raises:
        ValueError: If an argument is not as said above.
    """

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
        if metric not in ("loss", "accuracy"):
            raise ValueError(f"metric={metric!r}: must be 'loss' or 'accuracy'")
        self.name, base, setting = name, base or Experiment(), KNOBS[name]
        self.positions = positions_of(
            setting, setting.positions if positions is None else positions
        )
        self.seeds = seeds_of(base, seeds)
        experiments = [self._at(base, p, seed) for p in self.positions for seed in self.seeds]
        self._runs: dict[float, list[Run]] = {}
        chart = SweepChart(
            size_of(size), setting, self.positions, len(self.seeds), base.epochs,
            math.log(parts.n_classes), top,
        )  # fmt: skip
        super().__init__(parts, base, experiments, chart, size)
        start = float(base.hidden[0]) if name == "width" else getattr(base, name)
        start = start if start in self.positions else self.positions[0]
        self.knob = Knob(setting, start, self.positions, fixed=True)
        self.knob.observe(self._moved, "value")
        setattr(self, name, self.knob)
        self._metric = choice(("loss", "accuracy"), "loss").add_class("push")
        self._metric.observe(self._choose_metric, "value")
        self._metric.value = metric
        self.children = self._lay_out([self.knob], [self._metric])
        self._show()

    # What can be read ----------------------------------------------------------------------

    @property
    def runs(self) -> dict[float, list[Run]]:
        """What has been trained so far: {position: [Run per seed]}; empty before the first."""
        with self._lock:
            return dict(self._runs)

    @property
    def experiment(self) -> Experiment:
        """The experiment at the slider's position, with the first seed."""
        return self._at(self.base, self.knob.value, self.seeds[0])

    def _at(self, base: Experiment, position: float, seed: int) -> Experiment:
        if self.name == "width":
            return base.replace(hidden=hidden_of(base, position), seed=seed)
        return base.replace(**{self.name: position}, seed=seed)

    # For `Together` ------------------------------------------------------------------------

    def _take(self, runs: list[Run]) -> None:
        n = len(self.seeds)
        found = {p: runs[i * n : (i + 1) * n] for i, p in enumerate(self.positions)}
        with self._lock:
            self._runs = found
        self._chart.take(found)

    def _draw(self) -> None:
        self._chart.show(self.knob.value)

    @caught
    def _choose_metric(self, change) -> None:
        self._chart.set_metric(change["new"])
        self._show()

    def _introduce(self) -> str:
        return (
            f"Nothing is trained yet. “Train all” trains {len(self._experiments)} networks: "
            f"{len(self.positions)} positions × {len(self.seeds)} seeds, "
            f"{self.base.epochs} epochs each. The slider can be moved meanwhile."
        )

    def _sentences(self) -> list[str]:
        chart, position = self._chart, self.knob.value
        spell, seeds = KNOBS[self.name].spell, len(self.seeds)
        lost = sum(run.diverged is not None for run in self.runs[position])
        if lost:
            here = f"{spell(position)}: {lost} of {seeds} runs diverged, so there is no mean."
        else:
            (train, *_), (validation, low, high) = (
                chart.end(part, position) for part in ("train", "validation")
            )
            name, form = self._metric.value, (".2f" if self._metric.value == "loss" else ".1%")
            here = (
                f"{spell(position)} after {chart.done} epochs: training {name} {train:{form}}, "
                f"validation {name} {validation:{form}} ({low:{form}} to {high:{form}} over seeds)."
            )
        found, said = chart.choices, [here]
        if "sweet spot" in found:
            said.append(f"Sweet spot: {spell(found['sweet spot'])}.")
        if found.get("one standard error", found.get("sweet spot")) != found.get("sweet spot"):
            said.append(
                f"{spell(found['one standard error'])} does as well as far as "
                f"{seeds} seeds can tell."
            )
        above = chart.above()
        if above:
            where = ", ".join(map(spell, above))
            name = self._metric.value
            said.append(f"▲\N{NO-BREAK SPACE}Validation {name} is above the axis at {where}.")
        return said

    def _end(self) -> None:
        super()._end()
        self._runs = {}

    def __repr__(self):
        return (
            f"SweepLab({self.parts.table}, {self.name}: {len(self.positions)} positions × "
            f"{len(self.seeds)} seeds, {self.base.epochs} epochs)"
        )
