"""`BoundaryLab`: two features, so that one sees what a network answers everywhere.

spirals = split(make_2d("spirals"), train=200, validation=200, flip_labels=0.1)
seen = BoundaryLab(spirals, base, "l2")    # 13 positions and three seeds; also "width"
seen                        # as the last expression of a cell: shows it
seen.train()                # what the button does; training runs in a thread
seen.l2.value = 0.01        # the surface follows, also while the networks still train
seen.wait()                 # until it stops; raises what went wrong
seen.runs                   # {position: [Run per seed]}
"""

from collections.abc import Sequence

from helpers.experiment import Run
from helpers.formatting import plural
from helpers.panels.base.panel import caught, choice
from helpers.panels.figure.decision_surface import SurfacePaths, learned
from helpers.panels.sweeps.bank import Position, Results
from helpers.panels.sweeps.base import last
from helpers.panels.sweeps.boundary_chart import BoundaryChart
from helpers.panels.sweeps.sweep_lab import SweepLab

ROWS = ("training rows", "validation rows")


class BoundaryLab(SweepLab):
    """A sweep in which the decision surface follows the slider.

    The surface is that of the first seed; the boundaries of the others are thin lines. The
    limits of all axes stay, so that positions can be compared. Arguments and attributes are those
    of `SweepLab`, with fewer seeds and widths, and:

    Args:
        parts: Rows with two features and two classes, such as `split(make_2d("moons"))`.
    """

    _chart = BoundaryChart
    widths = (1, 2, 4, 8, 32, 128)  # each is a shape of its own, which takes seconds to compile
    usual_seeds = range(3)

    def _finish(self, *more) -> None:
        self.rows = choice(ROWS, ROWS[0])
        super()._finish(self.rows, *more)

    # For `BankPanel` -----------------------------------------------------------------------

    def _summarise(self, runs: dict[Position, list[Run]]) -> dict[Position, SurfacePaths]:
        """The surface of this position; others are computed when they are first drawn."""
        position = self._position
        return {position: self.chart.surface_paths(runs[position])}

    @caught
    def _rest(self, problem: BaseException | None) -> None:
        super()._rest(problem)
        for position in self.positions:
            if not self.closed and not self._worker.working:
                self._surface(self._bank.results, position)  # the slider need not wait for it

    def _surface(self, results: Results, position: Position) -> SurfacePaths | None:
        if not results.runs:
            return None
        surfaces = results.summary
        if position not in surfaces:  # two threads may both compute it: they get the same
            surfaces[position] = self.chart.surface_paths(results.runs[position])
        return surfaces[position]

    def _draw_results(self, results: Results, position: Position) -> None:
        runs, paths = results.runs.get(position, ()), self._surface(results, position)
        rows, metric = self.rows.value.split()[0], self.metric.value
        self.chart.show(position, runs, results.epochs, metric, paths, rows)

    def _introduce(self) -> list[str]:
        rows, flipped = len(self.parts.train), len(self.parts.flipped)
        noise = f", {flipped} of them with a flipped label (ringed)" if flipped else ""
        first, *rest = super()._introduce()
        return [f"{first[:-1]}: {plural(rows, 'training row')}{noise}.", *rest]

    def _describe(self, runs: Sequence[Run]) -> str:
        curves = ("train_loss", "train_accuracy", "validation_loss")
        train_loss, train_accuracy, loss = (last(runs, curve).mean() for curve in curves)
        return (
            f"training loss {train_loss:.3f}, accuracy {100 * train_accuracy:.1f} %; "
            f"validation loss {loss:.3f}, {self._spell_score(runs)}"
            + (f"; means of {len(runs)} seeds" if len(runs) > 1 else "")
        )

    def _remark(self, results: Results, position: Position) -> list[str]:
        runs, flipped, said = results.runs[position], self.parts.flipped, []
        if any(run.diverged for run in runs):
            return []
        if len(flipped):
            count = learned(runs[0], self.parts)
            said.append(f"It answers {count} of the {len(flipped)} flipped labels as flipped.")
        if not self._surface(results, position).boundary:
            said.append("It gives every row the same answer: there is no boundary.")
        return said
