"""The picture of `LiveLab`: one run while it grows, where it was moved, what was pinned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from matplotlib.ticker import MaxNLocator

from helpers import measures, plots
from helpers.experiment import SETTINGS, Move, Run
from helpers.panels.look import Plane, Size, thin
from helpers.panels.stage import Stage
from helpers.panels.weights_view import WeightsView

MOST_PINS = 4
_STAMPS = 14  # labels of moves kept ready; where they would touch, the newer one is shown
_PIN_COLOURS = ("#8a6fb0", "#9a7b00", "#4d4d4d", "#b0568b")


class Line(NamedTuple):
    """A curve that can be shown: its name, its look, and what it takes from a run, if anything."""

    name: str
    look: str
    loss: Callable[[Run], np.ndarray]
    accuracy: Callable[[Run], np.ndarray] | None


LINES = {
    "train": Line(
        "training", "training", attrgetter("train_loss"), attrgetter("train_accuracy")
    ),
    "validation": Line(
        "validation", "validation", attrgetter("validation_loss"),
        attrgetter("validation_accuracy"),
    ),
    "penalty": Line("penalty", "penalty", attrgetter("penalty"), None),
    "sum": Line("sum", "sum", lambda run: run.train_loss + run.penalty, None),
    "reported": Line(
        "as fit reports", "reported", attrgetter("reported_loss"), attrgetter("reported_accuracy")
    ),
}  # fmt: skip


class LiveChart:
    """Curves with the gap shaded on axes whose limits stay, so that runs can be compared.

    Args:
        size: How large.
        guessing: The loss of guessing; the axis ends at twice that unless `top` is given.
        epochs: Where the axis of epochs ends at first.
        top: Where the axis of losses ends.
        weights: How many weights the histogram beside the curves has to hold; 0 for none.

    Attributes:
        shown: The keys of `LINES` that are drawn.
    """

    def __init__(
        self,
        size: Size,
        guessing: float,
        epochs: int,
        top: float | None = None,
        weights: int = 0,
    ):
        self.size, self.epochs, self.shown = size, epochs, {"train", "validation"}
        scale, green = size.scale, plots.LOOKS["best"]["color"]
        with size.style():
            figure = size.figure()
            end = size.span - (330 if weights else 0)
            ax = size.axes(figure, left=92, right=end - 178, top=72, bottom=56)
            self._weights = None
            if weights:
                beside = size.axes(figure, left=end + 62, right=size.span - 16, top=72, bottom=56)
                self._weights = WeightsView(beside, size, weights)
            self.plane = Plane(ax, size, guessing, top)
            ax.set(xlabel="epoch", xlim=(0, epochs))
            ax.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 2.5, 5, 10], integer=True))

            def line(look, **changes):
                return ax.plot([], [], **size.look(look, **changes))[0]

            def words(points, color=plots.INK, **more):
                return ax.text(0, 0, "", **size.type(points, color, **more))

            tint = {"color": plots.LOOKS["validation"]["color"], "alpha": 0.11, "linewidth": 0}
            self._gap = ax.fill_between([], [], [], **tint)
            self._moves, self._best = line("muted"), line("best", linestyle=(0, (1, 1.6)))
            self._pins = [
                [line(look, color=c, linewidth=1.3) for look in ("training", "validation")]
                for c in _PIN_COLOURS
            ]
            self._lines = {
                key: line(kind.look, label=kind.name) for key, kind in reversed(LINES.items())
            }
            mark = {"markersize": 9 * scale, "markeredgewidth": 2.2 * scale}
            (self._mark,) = ax.plot([], [], "o", mfc="white", mec=green, **mark)
            self._best_word = words(11, green, weight="bold", va="top", bbox=size.ground())
            self._gap_word = words(12, ha="right", va="center_baseline")
            bold = {"weight": "bold", "va": "center_baseline"}
            looks = {key: plots.LOOKS[kind.look]["color"] for key, kind in LINES.items()}
            self._tips = {key: words(12, colour, **bold) for key, colour in looks.items()}
            on_line = bold | {"ha": "center", "bbox": size.ground()}
            self._letters = [words(11, colour, **on_line) for colour in _PIN_COLOURS]
            self._stamps = [words(11, ha="center", va="bottom") for _ in range(_STAMPS)]
            corner = 92 * scale / size.width, 1 - 8 * scale / size.height
            self._title = figure.text(*corner, "", va="top", **size.type(15, weight="bold"))
            self.stage = Stage(figure, [
                self._gap, self._moves, self._best, *(p for pair in self._pins for p in pair),
                *self._letters, *self._lines.values(), self._mark, self._best_word,
                self._gap_word, *self._tips.values(), *self._stamps, self._title,
                *(self._weights.moving if self._weights else ()),
            ])  # fmt: skip

    def look_at(self, metric: str | None = None, epochs: int | None = None) -> None:
        """Change what stands on the axes: loss or accuracy, and how many epochs there are."""
        metric, epochs = metric or self.plane.metric, epochs or self.epochs
        if (metric, epochs) != (self.plane.metric, self.epochs):
            with self.stage.lock:
                self.epochs = epochs
                self.plane.ax.set_xlim(0, epochs)
                self.plane.set_metric(metric)
                self.stage.redraw()

    def show(self, run: Run | None, title: str, moves: Sequence[Move], pins: Sequence[Run]) -> None:
        """Draw a run as far as it has come.

        Args:
            run: None if nothing is trained yet.
            title: What is set, in the words of Keras.
            moves: Where strengths were moved, those included that are not in force yet.
            pins: Runs kept for comparison, at most four.
        """
        curves = self._curves(run)
        with self.stage.lock:
            self._title.set_text(title)
            for key, line in self._lines.items():
                line.set_data(*_thinned(curves.get(key, np.empty(0))))
                self._tips[key].set_text("")
            epochs = len(curves["train"])
            ends = {k: float(v[-1]) for k, v in curves.items() if len(v) and k in self.shown}
            spell = self.plane.spell
            tips = [(self._tips[k], f"{LINES[k].name} {spell(v)}", v) for k, v in ends.items()]
            self.plane.place_tips(tips, epochs)
            self._shade(curves["train"], curves["validation"])
            self._mark_best(run, curves["validation"])
            self._stamp([(m.epoch, SETTINGS[m.name].spell(m.value)) for m in moves])
            self._show_pins(pins)
            if self._weights:
                self._weights.show(run)
        self.stage.update()

    def above(self, run: Run) -> list[str]:
        """Sentences on curves that end above the axes."""
        top = self.plane.high
        return [
            f"The {LINES[key].name} line, at {v[-1]:.2f}, is above the axis, which ends at {top:g}."
            for key, v in self._curves(run).items()
            if len(v) and v[-1] > top
        ]

    def _curves(self, run) -> dict[str, np.ndarray]:
        """The values on the axes; training and validation are always there."""
        found = {key: getattr(LINES[key], self.plane.metric) for key in LINES if key in self.shown}
        return {key: take(run) if run else np.empty(0) for key, take in found.items() if take}

    def _shade(self, train, validation):
        plane, epochs = self.plane, len(train)
        at, below = _thinned(train)
        self._gap.set_data(at, below, _thinned(validation)[1])
        self._gap_word.set_text("")
        if epochs > plane.across(100):
            ends = np.clip([train[-1], validation[-1]], plane.low, plane.high)
            if abs(ends[1] - ends[0]) > plane.up(30):
                self._gap_word.set_text(plane.spell_gap(train[-1], validation[-1]))
                self._gap_word.set_position((epochs - plane.across(10), ends.mean()))

    def _mark_best(self, run, values):
        plane = self.plane
        self._best.set_data([], [])
        self._mark.set_data([], [])
        self._best_word.set_text("")
        if not len(values):
            return
        epoch = measures.best_epoch(run)
        value = float(values[epoch - 1])
        self._mark.set_data([epoch], [value])
        if value < plane.high - plane.up(46):
            self._best.set_data([epoch, epoch], [value + plane.up(6), plane.high])
            late = epoch > self.epochs - plane.across(120)
            self._best_word.set_horizontalalignment("right" if late else "left")
            self._best_word.set_position(
                (epoch + plane.across(-7 if late else 7), plane.high - plane.up(4))
            )
            self._best_word.set_text(f"best: epoch {epoch}")

    def _stamp(self, moves):
        plane = self.plane
        ends = [v for epoch, _ in moves for v in ((epoch, -1e9), (epoch, 1e9), (np.nan, np.nan))]
        self._moves.set_data(*zip(*ends, strict=True) if ends else ([], []))
        rows = [(4, []), (20, [])]  # heights above the axes, and what is taken there
        left, right = -plane.across(60), self.epochs + plane.across(165)
        free = list(self._stamps)
        for epoch, words in reversed(moves):
            half = plane.across(3.7 * len(words) + 4)
            middle = min(max(epoch, left + half), right - half)
            for height, taken in rows:
                if free and all(abs(middle - m) >= half + h for m, h in taken):
                    taken.append((middle, half))
                    stamp = free.pop()
                    stamp.set_text(words)
                    stamp.set_position((middle, plane.high + plane.up(height)))
                    break
        for stamp in free:
            stamp.set_text("")

    def _show_pins(self, pins):
        plane = self.plane
        for i, (pair, letter) in enumerate(zip(self._pins, self._letters, strict=True)):
            curves = self._curves(pins[i] if i < len(pins) else None)
            for line, key in zip(pair, ("train", "validation"), strict=True):
                line.set_data(*_thinned(curves[key]))
            letter.set_text("")
            seen = np.flatnonzero(curves["validation"][: self.epochs] <= plane.high - plane.up(9))
            if len(seen):  # on the line, at another place for each
                at = seen[round((len(seen) - 1) * (0.95 - 0.07 * i))]
                letter.set_text("ABCD"[i])
                letter.set_position((at + 1, curves["validation"][at]))


def _thinned(values):
    at = thin(len(values))
    return at + 1, values[at]
