"""What panels share that train many networks together and then show any of them.

A subclass gives the experiments, says how results are taken over (`_take`), drawn (`_draw`) and
put into words (`_introduce`, `_sentences`). Here are the thread, the button, the bar, the remaining
time and what is kept on disk. Moving a slider never trains anything: it shows what there is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import ipywidgets as widgets

from helpers import cache
from helpers.experiment import Experiment, Run
from helpers.formatting import duration
from helpers.keras_script import keras_script
from helpers.panels.base.panel import Panel, button, caught
from helpers.panels.base.throttle import Throttle
from helpers.panels.base.worker import Worker

if TYPE_CHECKING:
    from helpers.data import Parts

_PICTURES = 8  # results are taken over at most so many times a second ...
_SHARE = 6  # ... and resting from it is so many times as long, so that training keeps the time


class BankPanel(Panel):
    """Trains experiments side by side, all to the same epoch.

    Those of one shape are one program; each further shape takes some seconds to compile. What was
    trained to the end is kept on disk (`helpers.cache`), and taken from there the next time.

    Args:
        parts: What `helpers.data.split` returns.
        base: What the experiments have in common; its `epochs` are those of all.
        experiments: In the order in which `_take` wants the runs.
        chart: The picture; its `stage` is shown.
        size: As for `Panel`.

    Attributes:
        error: What went wrong last, or None.
    """

    def __init__(
        self,
        parts: Parts,
        base: Experiment,
        experiments: Sequence[Experiment],
        chart,
        size: str,
    ):
        self.parts, self.base, self._chart = parts, base, chart
        self._experiments = list(experiments)
        shapes: dict[tuple, list[int]] = {}
        for i, e in enumerate(self._experiments):
            shapes.setdefault(e.hidden, []).append(i)
        self._shapes = list(shapes.values())
        self._trainers: list = []  # one for each shape; used by the thread alone
        self._lock = threading.Lock()  # guards the fields below
        self._loading, self._started, self._seconds, self._done = "", 0, 0.0, 0
        self._replace = self._kept = False  # asked to train anew; what is shown came from disk
        self._next = 0.0  # when results may be taken over again
        super().__init__(chart.live_figure, size)
        self._worker = Worker(self._step, self._rest)
        self._talk = Throttle(self._speak, rate=5, patience=0)
        tooltip = "Train every position with every seed, or stop"
        self._train = button("Train all", "play", tooltip, self._press(self._toggle))
        self._train.button_style = "primary"
        bar = {"width": "200px", "height": "12px"}
        self._bar = widgets.IntProgress(value=0, max=base.epochs, layout=bar)
        self._count = widgets.Label()

    # What a subclass says ------------------------------------------------------------------

    @property
    def experiment(self) -> Experiment:
        """The experiment at the sliders' position, with the first seed."""
        raise NotImplementedError

    def _take(self, runs: list[Run]) -> None:
        """Take over what was trained so far; called in the thread."""
        raise NotImplementedError

    def _draw(self) -> None:
        """Draw what is at the sliders' position; from any thread."""
        raise NotImplementedError

    def _introduce(self) -> str:
        """What "Train all" will train, in words."""
        raise NotImplementedError

    def _sentences(self) -> list[str]:
        """What the picture shows, in words."""
        raise NotImplementedError

    # What the buttons do -------------------------------------------------------------------

    def train(self, replace: bool = False) -> None:
        """Train all of them in a thread; goes on where it was cancelled.

        Args:
            replace: Whether to train from the start what is trained already.
        """
        self.error = None
        with self._lock:
            self._replace |= replace
            some = self._replace or self._done < self.base.epochs
        if some:
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
        self.live_figure.flush()
        self._talk.flush()
        if self.error is not None:
            raise self.error

    @property
    def keras_script(self) -> str:
        """A script that trains the network at the sliders' position, with the first seed."""
        return keras_script(self.experiment, self.parts)

    # The thread ----------------------------------------------------------------------------

    def _step(self) -> bool:
        with self._lock:
            replace, self._replace = self._replace, False
            if replace:
                self._trainers, self._kept = [], False
                self._started, self._seconds, self._done = 0, 0.0, 0
        if not (replace or self._trainers) and self._recall():
            return False
        if len(self._trainers) < len(self._shapes):
            self._compile()
            return True
        start, epoch = time.monotonic(), min(t.epoch for t in self._trainers) + 1
        for trainer in self._trainers:
            if trainer.epoch < epoch:
                trainer.advance(1)
        now = time.monotonic()
        with self._lock:
            self._loading = ""
            self._seconds += now - start
        more = epoch < self.base.epochs
        if not more or now > self._next:
            runs = self._publish()
            if not more:
                cache.save(cache.name_of(self._experiments, self.parts), runs)
        return more

    def _recall(self) -> bool:
        """Take over what was trained to the end before, if it is on disk."""
        runs = cache.load(cache.name_of(self._experiments, self.parts))
        if runs is None:
            return False
        self._take(runs)
        with self._lock:
            self._done, self._kept = self.base.epochs, True
        self._show()
        return True

    def _compile(self) -> None:
        """Train one epoch of the next shape, which is when it is compiled."""
        if not self._trainers:
            self._explain_wait("Loading TensorFlow: some seconds, the first time.")
        from helpers.training import Trainer

        shape, shapes = len(self._trainers), len(self._shapes)
        many = f" ({shape + 1} of {shapes} shapes)" if shapes > 1 else ""
        group = [self._experiments[i] for i in self._shapes[shape]]
        self._explain_wait(f"Compiling {len(group)} networks as one program{many}: some seconds.")
        trainer = Trainer(group, self.parts)
        trainer.advance(1)
        self._trainers.append(trainer)
        if shape + 1 == shapes:
            with self._lock:  # the first epoch took the time to compile, too: it counts for none
                self._loading, self._started = "", 1
            self._publish()

    def _publish(self) -> list[Run]:
        start, runs = time.monotonic(), [None] * len(self._experiments)
        for shape, trainer in zip(self._shapes, self._trainers, strict=True):
            for i, run in zip(shape, trainer.runs, strict=True):
                runs[i] = run
        epoch = min(t.epoch for t in self._trainers)
        self._take(runs)
        with self._lock:
            self._done = epoch
        self._show()
        now = time.monotonic()
        self._next = now + max(1 / _PICTURES, _SHARE * (now - start))
        return runs

    @caught
    def _rest(self, problem: Exception | None) -> None:
        with self._lock:
            self._loading = ""
        if problem is not None:
            self.fail(problem)
        elif (
            len(self._trainers) == len(self._shapes)
            and min(t.epoch for t in self._trainers) > self._done
        ):
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

    def _toggle(self) -> None:
        if self._worker.working:
            self.cancel()
        else:
            self.train(replace=self._done >= self.base.epochs)

    def _show(self) -> None:
        """Bring picture, button, bar and words up to date; from any thread."""
        if self.closed:
            return
        self._draw()
        working, done = self._worker.working, self._done
        finished = done >= self.base.epochs
        words, icon = (
            ("Cancel", "stop") if working
            else ("Train again", "repeat") if finished
            else ("Go on" if done else "Train all", "play")
        )  # fmt: skip
        self._train.description, self._train.icon = words, icon
        self._train.button_style = "" if finished and not working else "primary"
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
        elif not self._done:
            self.say(self._introduce())
        else:
            self.say(*self._sentences())

    def _count_words(self) -> str:
        with self._lock:
            done, first, seconds = self._done, self._started, self._seconds
            when = " before" if self._kept else ""
        whole = self.base.epochs
        if not done:
            return ""
        if done >= whole:
            return f"{len(self._experiments)} networks trained{when}"
        words = f"epoch {done} of {whole}"
        if self._worker.working and done > first:
            left = seconds / (done - first) * (whole - done)
            words += f", {duration(left)} left"
        return words

    def _lay_out(self, knobs: Sequence[widgets.Widget], more=()) -> list[widgets.Widget]:
        """Sliders, a row of buttons with `more` at its end, picture, words and code."""
        row = [self._train, self._bar, self._count, *more]
        return [
            self._css,
            widgets.VBox(list(knobs)).add_class("knobs"),
            widgets.HBox(row).add_class("row"),
            self.live_figure,
            self._status,
            self._make_drawer(),
        ]

    def _end(self) -> None:
        self._worker.close()
        self._talk.close()
        self._trainers, self._chart = [], None


def seeds_of(base: Experiment, seeds) -> tuple[int, ...]:
    """The seeds, each once.

    Raises:
        ValueError: If there is none, or one is no seed of an `Experiment`.
    """
    found = tuple(dict.fromkeys(base.replace(seed=s).seed for s in seeds))
    if not found:
        raise ValueError("seeds: must hold at least one seed")
    return found


def positions_of(setting, positions) -> tuple[float, ...]:
    """The positions of a slider, ascending.

    Raises:
        ValueError: If there are fewer than two, or one is outside the setting's range.
    """
    positions = list(positions)
    found = tuple(sorted({setting.check(p) for p in positions}))
    if len(found) < 2:
        raise ValueError(
            f"positions of {setting.name}={positions!r}: must be at least two different values"
        )
    return found
