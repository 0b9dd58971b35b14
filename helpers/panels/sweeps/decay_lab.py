"""`DecayLab`: Adam with an L2 penalty against AdamW with decoupled weight decay.

    decay = DecayLab(parts, base)   # 11 strengths, two optimizers and five seeds
    decay                       # as the last expression of a cell: shows it
    decay.train()               # what the button does; training runs in a thread
    decay.l2.value = 0.002      # what the slider does: l2(0.002), and weight_decay=500 * 0.002
    decay.wait()                # until it stops; raises what went wrong
    decay.adam_runs, decay.adamw_runs       # {λ: [Run per seed]}
    decay.shrinkage             # which weights shrank, under either

Moving the slider never trains anything: it shows what there is.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from helpers import metrics
from helpers.data import Parts
from helpers.experiment import Experiment, Run
from helpers.formatting import percent, plural
from helpers.keras_script import keras_script
from helpers.panels.sweeps.bank import Position, Results
from helpers.panels.sweeps.base import last
from helpers.panels.sweeps.decay_chart import DecayChart
from helpers.panels.sweeps.shrinkage import Shrinkage, measure_shrinkage
from helpers.panels.sweeps.sweep_lab import SweepLab
from helpers.validation import check_number

POSITIONS = (0, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.03, 0.05)
RATIO = 500.0
_HEADINGS = ("# Adam with an L2 penalty\n", "\n\n# AdamW, in a script of its own\n")


class DecayLab(SweepLab):
    """Adam with `l2(λ)` at the left and AdamW with `weight_decay = ratio * λ` beside it.

    Both train the same network from the same weights, on the same rows in the same order. At the
    right is what is left of the weights, in eight groups by the size of their gradients: Adam
    divides the gradient of the penalty by the root of the gradient's second moment, so L2 decays
    weights with large gradients less; AdamW's decay does not depend on the gradient (Loshchilov
    and Hutter 2019, arXiv:1711.05101).

    Args:
        parts: What `helpers.data.split` returns.
        base: What the experiments have in common; its optimizer must be "adam".
        positions: Values of λ; 0 is added.
        seeds: Each position is trained once with each, under either optimizer.
        ratio: How many times λ the weight decay is. Plain SGD takes the same steps under both
            with 2. Adam does not: it multiplies the decay of L2 by 1 / sqrt(second moment), which
            for gradients of about 0.004 makes the decay of a typical weight equal at 500.
        metric: What the curves show, "loss" or "accuracy".
        top: Where the axis of losses ends; twice the baseline's loss if None.
        size: "page", or "lecture" for a projector.

    Attributes:
        l2: The `HyperparameterSlider`; also as `slider`.
        positions: Of λ, ascending.

    Raises:
        ValueError: If an argument is not as described.
    """

    _chart = DecayChart

    def __init__(
        self,
        parts: Parts,
        base: Experiment | None = None,
        positions: Iterable[float] = POSITIONS,
        seeds: Iterable[int] = range(5),
        *,
        ratio: float = RATIO,
        **more,
    ):
        self.ratio = check_number("ratio", ratio, 0, low_allowed=False)
        base = base or Experiment()
        if base.optimizer != "adam" or base.weight_decay or base.l2:
            raise ValueError(
                f"base: has optimizer {base.optimizer!r}, l2={base.l2:g} and weight_decay="
                f"{base.weight_decay:g}; must have 'adam', 0 and 0, which the panel sets itself"
            )
        super().__init__(parts, base, "l2", {0.0, *positions}, seeds, **more)

    # What can be read ----------------------------------------------------------------------

    @property
    def adam_runs(self) -> dict[float, list[Run]]:
        """What has been trained so far with Adam and L2: {λ: [Run per seed]}."""
        return {place: self._halves(runs)[0] for place, runs in self.runs.items()}

    @property
    def adamw_runs(self) -> dict[float, list[Run]]:
        """What has been trained so far with AdamW: {λ: [Run per seed]}."""
        return {place: self._halves(runs)[1] for place, runs in self.runs.items()}

    @property
    def shrinkage(self) -> tuple[Shrinkage, Shrinkage] | None:
        """What is left of the weights at the slider's position: (Adam and L2, AdamW).

        None before anything is trained, and where a run diverged.
        """
        return (self._bank.results.summary or {}).get(self._position)

    @property
    def keras_script(self) -> str:
        """Two scripts, one after the other, for the first seed."""
        adam, adamw = (self._experiments_at([self.l2.value])[k * len(self.seeds)] for k in range(2))
        written = (keras_script(e, self.parts) for e in (adam, adamw.replace(optimizer="adamw")))
        return "".join(heading + code for heading, code in zip(_HEADINGS, written, strict=True))

    # For `BankPanel` -----------------------------------------------------------------------

    def _experiments_at(self, place: Sequence[float]) -> list[Experiment]:
        """Adam with L2 for each seed, then Adam with decoupled decay, which is AdamW."""
        penalised = super()._experiments_at(place)
        return [*penalised, *(e.replace(l2=0, weight_decay=self.ratio * e.l2) for e in penalised)]

    def _halves(self, runs: Sequence[Run]) -> tuple[list[Run], list[Run]]:
        return list(runs[: len(self.seeds)]), list(runs[len(self.seeds) :])

    def _summarise(self, runs: dict[Position, list[Run]]) -> dict:
        """The shrinkage under either optimizer, where no run diverged."""
        plain, _ = self._halves(runs[0.0])
        found = {}
        for place, row in runs.items():
            if not any(run.diverged for run in (*row, *plain)):
                found[place] = tuple(
                    measure_shrinkage(half, plain, self.parts.train) for half in self._halves(row)
                )
        return found

    def _draw_results(self, results: Results, position: Position) -> None:
        adam, adamw = self._halves(results.runs.get(position, ()))
        self.chart.show(
            position, adam, results.epochs, self.metric.value,
            self.ratio * position, adamw, (results.summary or {}).get(position),
        )  # fmt: skip

    def _introduce(self) -> list[str]:
        first, second, *rest = super()._introduce()
        return [
            first, second,
            "Each strength is trained twice: with Adam and l2(λ), and with AdamW and weight_decay="
            f"{self.ratio:g} λ.", *rest,
        ]  # fmt: skip

    def _describe(self, runs: Sequence[Run]) -> str:
        name, said = self.metric.value, []
        for half in self._halves(runs):
            value = float(last(half, f"validation_{name}").mean())
            norm = np.mean([metrics.norm(run.penalised_kernels) for run in half])
            value = f"{value:.3f}" if name == "loss" else percent(value)
            said.append(f"validation {name} {value}, norm of the weights {norm:.2f}")
        adamw = self.chart.spell_decay(runs[-1].experiment.weight_decay)
        return f"{said[0]}; {adamw}: {said[1]} (means of {plural(len(self.seeds), 'seed')})"

    def _remark(self, results: Results, position: Position) -> list[str]:
        found = results.summary.get(position)
        if found is None:
            return []
        if position == 0:
            return ["Without decay both are the same network."]
        kept = [each.kept.mean(axis=0) for each in found]
        (first, last), (low, high) = ((percent(k[0], 0), percent(k[-1], 0)) for k in kept)
        return [
            f"With Adam + L2 the weights with the smallest gradients keep {first} of their size, "
            f"those with the largest {last}; with AdamW {low} and {high}."
        ]
