"""`MCDropoutLab`: a trained network predicts with dropout left on, many times.

    runs = train(grid(base, dropout=[0.1, 0.3, 0.5]), moons)
    mc = MCDropoutLab(runs, moons)
    mc                          # as the last expression of a cell: shows it
    mc.passes.value = 200       # what the sliders do
    mc.dropout.value = 0.5      # of the rates that were trained
    mc.move_to(3, -2)           # the point whose passes are shown
    mc.uncertainty              # of the point: mean, standard deviation, entropy, ...

Nothing is trained: the passes are computed from the weights of the runs.
"""

import functools
import math
from collections.abc import Iterable

import numpy as np
from matplotlib.path import Path

from helpers import metrics
from helpers.data import Parts
from helpers.drawing.axes import size_of
from helpers.experiment import HYPERPARAMETERS, Hyperparameter, Run
from helpers.formatting import listed, signed
from helpers.keras_script import keras_script
from helpers.panels.base.panel import Panel, button, caught, choice
from helpers.panels.base.slider import HyperparameterSlider
from helpers.panels.base.worker import Worker
from helpers.panels.concepts.mc_dropout_chart import DEVIATIONS, MCDropoutChart, MCDropoutState
from helpers.panels.figure.decision_surface import (
    PROBABILITY_BANDS,
    SurfacePaths,
    check_two_features,
    fill_bands,
    trace_boundary,
)
from helpers.uncertainty import Uncertainty, dropout_passes, uncertainty
from helpers.validation import check_choice, check_int

MOST = 200  # passes
MAPS = ("mean of the passes", "without dropout")
STEPS = 44  # grid points along either feature
REACH = 0.5  # how far the maps reach beyond the rows, as a fraction of their range
_AT_ONCE = 5  # passes over the whole plane before the first picture; later a third of those done
_COUNTS = (1, 2, 3, 5, 10, 20, 30, 50, 70, 100, 150, 200)
_PASSES = Hyperparameter(
    "passes", "forward passes", "n", 1, MOST + 1, True, _COUNTS, True, "{} passes", whole=True
)
_SCRIPT = """
point = np.array([[{first!r}, {second!r}]], "float32")
passes = np.array([model(point, training=True) for _ in range({passes})])
print("mean", passes.mean(), "standard deviation", passes.std())
print("without dropout", model(point).numpy().item())
"""


class MCDropoutLab(Panel):
    """Monte-Carlo dropout in the plane: mean, standard deviation, and all passes at one point.

    The maps reach far beyond the training rows, to where the network has learned nothing.

    Args:
        runs: One run or several that differ in their dropout rate, trained on `parts`.
        parts: Rows with two features and two classes, such as `split(make_2d("moons"))`.
        rate: The dropout rate at first, one of the runs'; the highest if None.
        passes: How many passes at first, from 1 to 200.
        seed: Decides the masks.
        size: "page", or "lecture" for a projector.

    Attributes:
        dropout, passes, first, second: The `HyperparameterSlider`s of the rate, the number of
            passes and the point's two features.
        runs: {rate: run}, ascending.

    Raises:
        ValueError: If an argument is not as described.
    """

    def __init__(
        self,
        runs: Run | Iterable[Run],
        parts: Parts,
        rate: float | None = None,
        passes: int = 50,
        *,
        seed: int = 0,
        size: str = "page",
    ):
        check_two_features("parts", parts)
        self.parts, self.seed = parts, check_int("seed", seed, 0)
        self.runs = _check_runs(runs)
        rates = tuple(self.runs)
        rate = rates[-1] if rate is None else check_choice("rate", rate, rates)
        self.dropout = HyperparameterSlider(HYPERPARAMETERS["dropout"], rate, rates, fixed=True)
        self.passes = HyperparameterSlider(_PASSES, passes)
        x = np.concatenate([parts.train.x, parts.validation.x])
        low, high = x.min(axis=0), x.max(axis=0)
        self.low, self.high = low - REACH * (high - low), high + REACH * (high - low)
        start = parts.train.x.mean(axis=0)
        self.first, self.second = (
            _coordinate_slider(k, parts.names[k], start[k], self.low[k], self.high[k])
            for k in range(2)
        )
        self._axes = [np.linspace(a, b, STEPS) for a, b in zip(self.low, self.high, strict=True)]
        self._grid = np.stack(np.meshgrid(*self._axes), axis=-1).reshape(-1, 2)
        room = 0.06 * (self.high - self.low)  # inside it a cross is seen whole
        inner = (self._grid > self.low + room) & (self._grid < self.high - room)
        self._inner = inner.all(axis=1)
        self._planes = {rate: np.empty((0, len(self._grid))) for rate in rates}  # P(second class)
        self._rngs = {rate: np.random.default_rng(seed) for rate in rates}
        self._paths = functools.lru_cache(maxsize=8)(self._find_paths)
        self._without = {rate: self._find_without(run) for rate, run in self.runs.items()}

        self.chart = MCDropoutChart(size_of(size), parts, self.low, self.high)
        super().__init__(self.chart.live_figure, size)
        self._worker = Worker(self._step, self._rest)
        self.map = choice(MAPS, MAPS[0])
        tip = "Move the cross to where the passes disagree most"
        jump = button("Largest spread", "crosshairs", tip, self._press(self.show_largest))
        far_tip = "Move the cross far from all training rows, to where the passes agree most"
        far = button("Far from the rows", "arrows", far_tip, self._press(self.show_far))
        jump.add_class("push")
        for slider in self._sliders:
            slider.observe(self._fill, "value")
        self._watch(*self._sliders, self.map)
        self._arrange(self._sliders, [self.map, jump, far])
        self._fill()
        self._show()

    # What the buttons do -------------------------------------------------------------------

    def move_to(self, first: float, second: float) -> None:
        """Move the point, in standardised features."""
        self.first.value, self.second.value = first, second

    def show_largest(self) -> None:
        """Move the point to where the standard deviation on the map is largest."""
        if len(self._computed):
            deviation = np.where(self._inner, self._computed.std(axis=0), -np.inf)
            self._move_near(self._grid[np.argmax(deviation)])

    def show_far(self) -> None:
        """Move the point far from all training rows, there to where the passes agree most."""
        if len(self._computed):
            distances = np.array([self._distance(point) for point in self._grid]) * self._inner
            far = distances > 0.7 * distances.max()
            self._move_near(self._grid[np.where(far, self._computed.std(axis=0), np.inf).argmin()])

    def _move_near(self, place: np.ndarray) -> None:
        """Move the point to the sliders' positions nearest to a place."""
        self.move_to(
            *(min(slider.positions, key=lambda p, v=value: abs(p - v))
              for slider, value in zip((self.first, self.second), place, strict=True))
        )  # fmt: skip

    # What can be read ----------------------------------------------------------------------

    @property
    def run(self) -> Run:
        """The run whose rate is chosen."""
        return self.runs[self.dropout.value]

    @property
    def point(self) -> np.ndarray:
        """The point whose passes are shown, standardised: (2,)."""
        return np.array([self.first.value, self.second.value])

    @property
    def outputs(self) -> np.ndarray:
        """P(second class) at the point in each pass: (passes,)."""
        return dropout_passes(self.run, self.point[None], int(self.passes.value), seed=self.seed)[
            :, 0, 1
        ]

    @property
    def uncertainty(self) -> Uncertainty:
        """Mean, standard deviation, entropy and mutual information at the point: one row."""
        return uncertainty(self.outputs[:, None])

    @property
    def prediction(self) -> float:
        """P(second class) at the point without dropout."""
        return float(dropout_passes(self.run, self.point[None], 1, rate=0)[0, 0, 1])

    @property
    def surfaces(self) -> tuple[metrics.Surface, metrics.Surface]:
        """Mean and standard deviation of P(second class) over the plane, of the passes so far."""
        planes = self._computed
        return self._surface(planes.mean(axis=0)), self._surface(planes.std(axis=0))

    @property
    def keras_script(self) -> str:
        """A script that trains the network in Keras and repeats `model(x, training=True)`."""
        first, second = map(float, self.point)
        more = _SCRIPT.format(first=first, second=second, passes=int(self.passes.value))
        return keras_script(self.run.experiment, self.parts) + more

    # The thread ----------------------------------------------------------------------------

    @property
    def _sliders(self) -> list[HyperparameterSlider]:
        return [self.dropout, self.passes, self.first, self.second]

    @property
    def _computed(self) -> np.ndarray:
        """P(second class) over the plane in the passes that are asked for, as far as computed."""
        return self._planes[self.dropout.value][: int(self.passes.value)]

    @property
    def _lacks(self) -> int:
        """How many passes over the plane are asked for and not computed."""
        return int(self.passes.value) - len(self._planes[self.dropout.value])

    @caught
    def _fill(self, _=None) -> None:
        if self._lacks > 0:
            self._worker.start()

    def _step(self) -> bool:
        rate = self.dropout.value
        count = min(self._lacks, max(_AT_ONCE, len(self._planes[rate]) // 3))
        if count > 0:
            found = dropout_passes(self.runs[rate], self._grid, count, seed=self._rngs[rate])
            self._planes[rate] = np.concatenate([self._planes[rate], found[:, :, 1]])
            self._show()
        return self._lacks > 0

    def _rest(self, problem: BaseException | None) -> None:
        if problem is not None:
            self.fail(problem)
        self._show()

    # What is shown -------------------------------------------------------------------------

    def _draw(self) -> list[str]:
        outputs, prediction = self.outputs, self.prediction
        mean, deviation = self._paths(self.dropout.value, len(self._computed))
        without = self._without[self.dropout.value]
        shows_mean = self.map.value == MAPS[0]
        shown = mean if shows_mean else without
        self.chart.show(
            MCDropoutState(
                surface=SurfacePaths(shown.bands, mean.boundary, []),
                title="Mean of the passes" if shows_mean else "Without dropout",
                without=without.boundary,
                deviation=deviation,
                point=self.point,
                passes=outputs,
                prediction=prediction,
            )
        )
        return self._sentences(outputs, prediction)

    def _find_without(self, run: Run) -> SurfacePaths:
        """What is drawn of the prediction without dropout."""
        return _paths_of(self._surface(dropout_passes(run, self._grid, 1, rate=0)[0, :, 1]))

    def _find_paths(self, rate: float, count: int) -> tuple[SurfacePaths, list[Path]]:
        """What is drawn of the first passes at a rate: their mean, their standard deviation."""
        if not count:
            return SurfacePaths([], [], []), []
        planes = self._planes[rate][:count]
        deviation = fill_bands(self._surface(planes.std(axis=0)), DEVIATIONS)
        return _paths_of(self._surface(planes.mean(axis=0))), deviation

    def _surface(self, values: np.ndarray) -> metrics.Surface:
        return metrics.Surface(*self._axes, values.reshape(STEPS, STEPS))

    def _distance(self, point) -> float:
        """How far the nearest training row is from a point, in standardised features."""
        return float(np.linalg.norm(self.parts.train.x - point, axis=1).min())

    def _sentences(self, outputs: np.ndarray, prediction: float) -> list[str]:
        name, rate, count = self.parts.classes[1], self.dropout.value, len(outputs)
        place = ", ".join(
            f"{slider.hyperparameter.symbol} = {signed(slider.value)}"
            for slider in (self.first, self.second)
        )
        passes, numbers = "1 pass gives", f"{outputs.mean():.2f}"
        if count > 1:
            passes = f"{count} passes give"
            numbers += f" ± {outputs.std():.2f} (mean ± standard deviation)"
        said = [
            f"At {place}, dropout {rate:g}: {passes} P({name}) = {numbers}; "
            f"without dropout it is {prediction:.2f}."
        ]
        if rate == 0:
            said.append("At rate 0 no unit is dropped, so all passes are the same.")
        elif count == 1:
            said.append("One pass has no standard deviation: it is one subnetwork.")
        else:
            said.append(
                "The standard deviation says how much the prediction depends on the dropout mask "
                "(Gal and Ghahramani 2016). It does not say how wrong the prediction is."
            )
        distance = self._distance(self.point)
        if distance > 1 and rate:
            agree = outputs.std() < 0.1
            said.append(
                f"The nearest training row is {distance:.1f} standard deviations of the features "
                "away: "
                + ("the passes agree although the network has seen no row here."
                   if agree else "nothing was learned here.")
            )  # fmt: skip
        if self._lacks > 0:
            said.append(f"The maps show the first {len(self._computed)} passes so far.")
        return said

    def __repr__(self):
        rates, table = listed(f"{rate:g}" for rate in self.runs), self.parts.source.name
        return f"MCDropoutLab({table}, dropout {rates}, {self.passes.value:g} passes)"


def _paths_of(surface: metrics.Surface) -> SurfacePaths:
    return SurfacePaths(fill_bands(surface, PROBABILITY_BANDS), trace_boundary(surface), [])


def _check_runs(runs: Run | Iterable[Run]) -> dict[float, Run]:
    """The runs by their dropout rate, ascending.

    Raises:
        ValueError: If there is none, two have the same rate, or one has diverged.
    """
    runs = [runs] if isinstance(runs, Run) else list(runs)
    rates = [run.experiment.dropout for run in runs]
    if not runs or len(set(rates)) < len(rates):
        raise ValueError(f"runs: have dropout {rates}, must have each rate once, and at least one")
    if lost := [run for run in runs if run.diverged]:
        raise ValueError(f"runs: {lost[0]!r}, must not have diverged")
    if inputs := {len(run.weights[0]) for run in runs} - {2}:
        raise ValueError(f"runs: have {listed(sorted(inputs))} inputs, must have 2")
    return {run.experiment.dropout: run for run in sorted(runs, key=lambda r: r.experiment.dropout)}


def _coordinate_slider(
    k: int, name: str, start: float, low: float, high: float
) -> HyperparameterSlider:
    """A slider along one feature, which stops at even steps."""
    steps = (digit * 10.0**power for power in range(-2, 9) for digit in (1, 2, 5))
    step = next(step for step in steps if (high - low) / step <= 80)
    places = [round(step * n, 2) for n in range(math.ceil(low / step), math.floor(high / step) + 1)]
    spelling = name.replace("{", "{{").replace("}", "}}") + " = {}"
    feature = Hyperparameter(
        f"x{k + 1}", name, name, low, high, True, tuple(places), False, spelling
    )
    return HyperparameterSlider(feature, min(places, key=lambda place: abs(place - start)))
