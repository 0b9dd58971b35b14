"""What panels share that train many networks side by side and then show any of them.

Here are the sliders, the thread, the buttons and the remaining time. Moving a slider never trains
anything: it shows what there is. A subclass defines

    _chart                                     the class of its picture, a `BankChart`
    _summarise(runs) -> summary                what else is computed from the runs, in the thread
    _draw_results(results, position)           draws one position; the picture's lock is held
    _describe(runs) -> str                     the numbers of a position where no run diverged
    _remark(results, position) -> list[str]    further sentences about the picture
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace

import ipywidgets as widgets
import numpy as np

from helpers import metrics
from helpers.data import Parts
from helpers.drawing.axes import size_of
from helpers.experiment import Experiment, Run
from helpers.formatting import duration, plural
from helpers.keras_script import keras_script
from helpers.panels.base.panel import Panel, button, caught
from helpers.panels.base.slider import SLIDERS, HyperparameterSlider, hidden_of, value_of
from helpers.panels.base.throttle import Throttle
from helpers.panels.base.worker import Worker
from helpers.panels.sweeps.bank import Bank, Position, Results
from helpers.panels.sweeps.bank_chart import BankChart
from helpers.tasks import check_task


class BankPanel(Panel):
    """Trains all positions of one or more sliders, with several seeds each, to the same epoch.

    Networks of one shape are one program; each further shape takes some seconds to compile.
    A thread trains and publishes `Results`; all else only reads what was published last.
    Args:
        parts, base, seeds, top, size: As for `SweepLab`.
        positions: {name of a slider: its positions}, names as in `SLIDERS`.
    """

    _chart: type[BankChart]
    _places = "positions"  # what positions are called in the status line

    def __init__(
        self,
        parts: Parts,
        base: Experiment | None,
        positions: Mapping[str, Iterable[float]],
        seeds: Iterable[int],
        top: float | None,
        size: str,
    ):
        self.parts, self.base = parts, base or Experiment()
        self._positions = {name: _check_positions(name, p) for name, p in positions.items()}
        self.seeds = _check_seeds(self.base, seeds)
        if "label_smoothing" in self._positions:
            check_task(SimpleNamespace(label_smoothing="a slider"), parts.task)
        check_task(self.base, parts.task)
        places = list(itertools.product(*self._positions.values()))
        experiments = {_key(p): self._experiments_at(p) for p in places}
        self.chart = self._chart(
            size_of(size), self._positions, parts, len(self.seeds), self.base.epochs, top
        )
        super().__init__(self.chart.live_figure, size)
        for name, at in self._positions.items():
            start = value_of(name, self.base, parts)
            start = start if start in at else at[0]
            setattr(self, name, HyperparameterSlider(SLIDERS[name], start, at, fixed=True))
        self._sliders = [getattr(self, name) for name in self._positions]
        self._watch(*self._sliders)

        self._bank = Bank(experiments, parts, self._summarise, self._show)
        self._worker = Worker(self._bank.step, self._rest)
        self._talk = Throttle(self._speak, rate=5, patience=0)
        tooltip = "Train every position with every seed, or stop"
        self.train_button = button("Train all", "play", tooltip, self._press(self._toggle))
        bar = {"width": "200px", "height": "12px"}
        self.bar = widgets.IntProgress(value=0, max=self.base.epochs, layout=bar)
        self.count = widgets.Label()

    def _finish(self, *more: widgets.Widget) -> None:
        """Lay the panel out, with `more` at the right end of the row of buttons, and show it."""
        self._watch(*(widget for widget in more if hasattr(widget, "value")))
        more[0].add_class("push")
        self._arrange(self._sliders, [self.train_button, self.bar, self.count, *more])
        self._show()

    # What the buttons do -------------------------------------------------------------------

    def train(self, replace: bool = False) -> None:
        """Train all of them in a thread; goes on where it was cancelled.

        Args:
            replace: Whether to train again from the start.
        """
        self.error = None
        self._bank.replace |= replace
        if replace or self._bank.results.epochs < self.base.epochs:
            self._worker.start()
        self._show()

    def cancel(self) -> None:
        """Stop after the epoch that is being trained; what has been trained is kept."""
        self._worker.stop()
        self._show()

    def show_runs(self, runs: Mapping[Position, list[Run]]) -> None:
        """Show other runs, such as earlier epochs of its own; trains nothing.

        Args:
            runs: For each position one per seed, as in `runs`.
        """
        self._bank.put(runs)

    # What can be read ----------------------------------------------------------------------

    @property
    def runs(self) -> dict[Position, list[Run]]:
        """What has been trained so far: {position: [Run per seed]}; empty before the first.

        With two sliders a position is a pair.
        """
        return dict(self._bank.results.runs)

    @property
    def experiment(self) -> Experiment:
        """The experiment at the sliders' position, with the first seed."""
        return self._experiment_at([slider.value for slider in self._sliders], self.seeds[0])

    @property
    def keras_script(self) -> str:
        """A script that trains the network at the sliders' position, with the first seed."""
        return keras_script(self.experiment, self.parts)

    def _experiments_at(self, place: Sequence[float]) -> list[Experiment]:
        """What is trained at a position; its runs come in the same order."""
        return [self._experiment_at(place, seed) for seed in self.seeds]

    def _experiment_at(self, place: Sequence[float], seed: int) -> Experiment:
        values = dict(zip(self._positions, place, strict=True))
        if "width" in values:
            values["hidden"] = hidden_of(self.base, values.pop("width"))
        return self.base.replace(**values, seed=seed)

    @property
    def _position(self) -> Position:
        return _key(tuple(slider.value for slider in self._sliders))

    # The thread ----------------------------------------------------------------------------

    @caught
    def _rest(self, problem: BaseException | None) -> None:
        self._bank.waits_for = ""
        if problem is not None:
            self.fail(problem)
        else:
            self._bank.publish()
        self._show()

    # What is shown -------------------------------------------------------------------------

    def _toggle(self) -> None:
        if self._worker.working:
            self.cancel()
        else:
            self.train(replace=self._bank.results.epochs >= self.base.epochs)

    def _draw(self) -> None:
        results, working = self._bank.results, self._worker.working
        self._draw_results(results, self._position)
        finished = results.epochs >= self.base.epochs
        words, icon = (
            ("Cancel", "stop") if working
            else ("Train again", "repeat") if finished
            else ("Go on" if results.epochs else "Train all", "play")
        )  # fmt: skip
        self.train_button.description, self.train_button.icon = words, icon
        self.train_button.button_style = "" if finished and not working else "primary"
        self.bar.value = 0 if self._bank.waits_for else results.epochs
        self._talk.request()

    def _speak(self) -> None:
        with self.live_figure.lock:
            if self.closed:
                return
            results, waits_for = self._bank.results, self._bank.waits_for
            self.count.value = self._count_words(results)
            if self.error is None:
                words = self._sentences(results) if results.epochs else self._introduce()
                self.say(*([waits_for] if waits_for else words))

    def _count_words(self, results: Results) -> str:
        done, whole, left = results.epochs, self.base.epochs, results.seconds_left
        if not done or self._bank.waits_for:
            return ""
        if done >= whole:
            trained = "trained before" if results.from_disk else "trained"
            return f"{self._bank.networks} networks {trained}"
        words = f"epoch {done} of {whole}"
        if self._worker.working and left is not None:
            words += f", {duration(left)} left"
        return words

    def _introduce(self) -> list[str]:
        """What “Train all” will train, in sentences."""
        places = " × ".join(str(len(p)) for p in self._positions.values())
        return [
            "Nothing is trained yet.",
            f"“Train all” trains {self._bank.networks} networks: {places} {self._places} × "
            f"{plural(len(self.seeds), 'seed')}, {plural(self.base.epochs, 'epoch')} each.",
            "The sliders can be moved meanwhile.",
        ]

    def _sentences(self, results: Results) -> list[str]:
        position = self._position
        runs, name = results.runs[position], self.chart.spell(position)
        diverged = sum(run.diverged is not None for run in runs)
        if diverged:
            here = f"{name}: {diverged} of {len(runs)} runs diverged, so there is no mean."
        else:
            here = f"{name} after {plural(results.epochs, 'epoch')}: {self._describe(runs)}."
        return [here, *self._remark(results, position)]

    def _spell_score(self, runs: Sequence[Run]) -> str:
        """The mean validation accuracy or R² of some runs and how sure it is, in words."""
        parts, rows = self.parts, plural(len(self.parts.validation), "row")
        score = float(last(runs, "validation_score").mean())
        if parts.task.classifies:
            error = metrics.accuracy_error(min(1.0, score), len(parts.validation))
            said = f"accuracy {100 * score:.1f} ± {100 * error:.1f} %"
        else:
            error = float(np.mean([metrics.score_error(run, parts) for run in runs]))
            said = f"{parts.task.score_name} {parts.task.spell_score(score)} ± {error:.2f}"
        return f"validation {said} (one standard error over {rows}){self._spell_rmse(runs)}"

    def _spell_rmse(self, runs: Sequence[Run]) -> str:
        """Of a regression, the validation error in the target's own unit; else nothing."""
        if self.parts.target is None:
            return ""
        loss = float(last(runs, "validation_loss").mean())
        return f", {self.parts.target.spell_rmse(loss)}"

    def _end(self) -> None:
        with self.live_figure.lock:
            self.chart = None
            self._bank.close()

    def __repr__(self):
        places = " × ".join(f"{name}: {len(p)}" for name, p in self._positions.items())
        return (
            f"{type(self).__name__}({self.parts.source.name}, {places} positions × "
            f"{len(self.seeds)} seeds, {self.base.epochs} epochs)"
        )


def last(runs: Iterable[Run], curve: str) -> np.ndarray:
    """Give the last values of a curve of some runs, float64."""
    return np.array([getattr(run, curve)[-1] for run in runs], float)


def _check_seeds(base: Experiment, seeds: Iterable[int]) -> tuple[int, ...]:
    found = tuple(dict.fromkeys(base.replace(seed=s).seed for s in seeds))
    if not found:
        raise ValueError("seeds=(): must hold at least one seed")
    return found


def _check_positions(name: str, positions: Iterable[float]) -> tuple[float, ...]:
    positions = list(positions)
    found = tuple(sorted({SLIDERS[name].check(p) for p in positions}))
    if len(found) < 2:
        raise ValueError(f"positions of {name}={positions!r}: must be at least two values")
    return found


def _key(values: tuple[float, ...]) -> Position:
    return values if len(values) > 1 else values[0]
