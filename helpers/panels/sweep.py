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
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

import ipywidgets as widgets

from helpers.experiment import SETTINGS, Experiment, Run, grid
from helpers.panels.knobs import Knob
from helpers.panels.look import size_of
from helpers.panels.panel import Panel, button, caught, choice
from helpers.panels.sweep_chart import SweepChart
from helpers.panels.throttle import Throttle
from helpers.panels.worker import Worker

if TYPE_CHECKING:
    from helpers.data import Parts

_PICTURES = 8  # new curves at most so many times a second, so that training keeps the time


class SweepLab(Panel):
    """All positions of one strength times several seeds; a slider scrubs through them.

    Args:
        parts: What `helpers.data.split` returns.
        base: All else; a network of the default shape if None.
        name: The strength, a name in `SETTINGS`.
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
        if name not in SETTINGS:
            raise ValueError(f"name={name!r}: must be one of {', '.join(SETTINGS)}")
        if metric not in ("loss", "accuracy"):
            raise ValueError(f"metric={metric!r}: must be 'loss' or 'accuracy'")
        self.parts, self.base, self.name = parts, base or Experiment(), name
        setting = SETTINGS[name]
        given = setting.positions if positions is None else positions
        self.positions = tuple(sorted({setting.check(p) for p in given}))
        self.seeds = tuple(dict.fromkeys(self.base.replace(seed=s).seed for s in seeds))
        if len(self.positions) < 2:
            raise ValueError(f"positions={given!r}: must be at least two different values")
        if not self.seeds:
            raise ValueError("seeds: must hold at least one seed")
        self._experiments = grid(self.base, **{name: self.positions}, seed=self.seeds)

        self._lock = threading.Lock()  # guards the fields below
        self._runs: dict[float, list[Run]] = {}
        self._loading, self._started, self._seconds = "", (0, 0.0), 0.0
        self._trainer, self._pictured = None, 0.0

        start = getattr(self.base, name)
        start = start if start in self.positions else self.positions[0]
        self._chart = SweepChart(
            size_of(size), setting, self.positions, len(self.seeds), self.base.epochs,
            math.log(parts.n_classes), top,
        )  # fmt: skip
        super().__init__(self._chart.stage, size)
        self._worker = Worker(self._step, self._rest)
        self._talk = Throttle(self._speak, rate=5, patience=0)
        self.knob = Knob(setting, start, self.positions, fixed=True)
        setattr(self, name, self.knob)
        self.knob.observe(self._moved, "value")
        self.children = self._lay_out(metric)
        self._metric.value = metric
        self._show()

    # What the buttons do -------------------------------------------------------------------

    def train(self) -> None:
        """Train all of them in a thread; goes on where it was cancelled."""
        self.error = None
        if not self.closed and self._chart.done < self.base.epochs:
            self._worker.start()
        self._show()

    def cancel(self) -> None:
        """Rest after the epoch that is being trained; what there is stays."""
        self._worker.stop()
        self._show()

    def wait(self) -> None:
        """Return when it rests.

        Raises:
            Exception: What went wrong in the thread or in a callback.
        """
        self._worker.wait()
        self.stage.flush()
        self._talk.flush()
        if self.error is not None:
            raise self.error

    # What can be read ----------------------------------------------------------------------

    @property
    def runs(self) -> dict[float, list[Run]]:
        """What has been trained so far: {position: [Run per seed]}; empty before the first."""
        with self._lock:
            return dict(self._runs)

    @property
    def experiment(self) -> Experiment:
        """The experiment at the slider's position, with the first seed."""
        return self.base.replace(**{self.name: self.knob.value}, seed=self.seeds[0])

    @property
    def keras_code(self) -> str:
        """A script that trains the network at the slider's position, with the first seed."""
        return self.experiment.keras_code(self.parts)

    # The thread ----------------------------------------------------------------------------

    def _step(self) -> bool:
        if self._trainer is None:
            self._explain_wait("Loading TensorFlow: some seconds, the first time.")
            from helpers.training import Trainer

            n = len(self._experiments)
            self._explain_wait(f"Compiling {n} networks as one program: some seconds.")
            self._trainer = Trainer(self._experiments, self.parts)
        start = time.monotonic()
        self._trainer.advance(1)
        now, epoch = time.monotonic(), self._trainer.epoch
        with self._lock:
            if self._loading:  # the first epoch took the time to compile, too
                self._loading, self._started = "", (epoch, now)
            else:
                self._seconds += now - start
        more = epoch < self.base.epochs
        if not more or now - self._pictured > 1 / _PICTURES:
            self._pictured = now
            self._publish()
        return more

    def _publish(self) -> None:
        found, n = self._trainer.runs, len(self.seeds)
        runs = {p: found[i * n : (i + 1) * n] for i, p in enumerate(self.positions)}
        with self._lock:
            self._runs = runs
        self._chart.take(runs)
        self._show()

    def _rest(self, problem: Exception | None) -> None:
        with self._lock:
            self._loading = ""
        if problem is not None:
            self.fail(problem)
        elif self._trainer is not None and self._trainer.epoch > self._chart.done:
            self._publish()
        self._show()

    def _explain_wait(self, words: str) -> None:
        with self._lock:
            self._loading = words
        self._show()

    # What is shown -------------------------------------------------------------------------

    @caught
    def _moved(self, _) -> None:
        self._show()

    @caught
    def _choose_metric(self, change) -> None:
        self._chart.set_metric(change["new"])
        runs = self.runs
        if runs:
            self._chart.choose(runs)
        self._show()

    def _toggle(self) -> None:
        self.cancel() if self._worker.working else self.train()

    def _show(self) -> None:
        """Bring picture, button, bar and words up to date; from any thread."""
        if self.closed:
            return
        self._chart.show(self.knob.value)
        working, done = self._worker.working, self._chart.done
        finished = done >= self.base.epochs
        words = "Cancel" if working else "Trained" if finished else "Go on" if done else "Train all"
        self._train.description = words
        self._train.icon = "stop" if working else "check" if finished else "play"
        self._train.disabled = finished and not working
        self._bar.value = done
        self._talk.request()

    def _speak(self) -> None:
        if self.closed:
            return
        self._count.value = self._count_words()
        if self.error is not None:
            return
        with self._lock:
            loading = self._loading
        if loading:
            self.say(loading)
        elif not self._chart.done:
            self.say(
                f"Nothing is trained yet. “Train all” trains {len(self._experiments)} networks: "
                f"{len(self.positions)} positions × {len(self.seeds)} seeds, "
                f"{self.base.epochs} epochs each. The slider can be moved meanwhile."
            )
        else:
            self.say(*self._sentences())

    def _sentences(self) -> list[str]:
        chart, position = self._chart, self.knob.value
        spell, seeds = SETTINGS[self.name].spell, len(self.seeds)
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

    def _count_words(self) -> str:
        done, whole = self._chart.done, self.base.epochs
        if not done:
            return ""
        if done >= whole:
            return f"{len(self._experiments)} networks trained"
        with self._lock:
            (first, _), seconds = self._started, self._seconds
        words = f"epoch {done} of {whole}"
        if self._worker.working and done > first:
            left = seconds / (done - first) * (whole - done)
            words += f", {left:.0f} s left" if left < 100 else f", {left / 60:.0f} min left"
        return words

    def _lay_out(self, metric: str) -> list[widgets.Widget]:
        tooltip = "Train every position with every seed, or stop"
        self._train = button("Train all", "play", tooltip, self._press(self._toggle))
        self._train.button_style = "primary"
        bar = {"width": "200px", "height": "12px"}
        self._bar = widgets.IntProgress(value=0, max=self.base.epochs, layout=bar)
        self._count = widgets.Label()
        self._metric = choice(("loss", "accuracy"), metric).add_class("push")
        self._metric.observe(self._choose_metric, "value")
        return [
            self._css,
            widgets.VBox([self.knob]).add_class("knobs"),
            widgets.HBox([self._train, self._bar, self._count, self._metric]).add_class("row"),
            self.stage,
            self._status,
            self._make_drawer(),
        ]

    def _end(self) -> None:
        self._worker.close()
        self._talk.close()
        self._trainer, self._chart, self._runs = None, None, {}

    def __repr__(self):
        return (
            f"SweepLab({self.parts.table}, {self.name}: {len(self.positions)} positions × "
            f"{len(self.seeds)} seeds, {self.base.epochs} epochs)"
        )
