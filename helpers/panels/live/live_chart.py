"""The picture of `LiveLab`: one run while it grows, where it was moved, what was pinned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from helpers import metrics
from helpers.data import Parts
from helpers.drawing import plots
from helpers.drawing.axes import CurveAxes, Size, thin
from helpers.experiment import HYPERPARAMETERS, Move, Run
from helpers.panels.figure.decision_surface import has_surface
from helpers.panels.figure.live_figure import LiveFigure
from helpers.panels.live.boundary_view import BoundaryView
from helpers.panels.live.lines import LINES
from helpers.panels.live.losses_view import LossesView
from helpers.panels.live.side_view import SideView
from helpers.panels.live.weights_view import WeightsView

MOST_PINS = 4
_LEFT = 104  # where the axes of the curves begin, in pixels at scale 1
_STAMPS = 14  # labels of moves kept ready; where they would touch, the newer one is shown
_PIN_COLOURS = ("#8a6fb0", "#9a7b00", "#4d4d4d", "#b0568b")


class LiveChart:
    """Curves with the gap shaded on axes whose limits stay, so that runs can be compared.

    Args:
        size: How large.
        parts: The rows of the first run.
        epochs: Where the axis of epochs ends at first.
        top: Where the axis of losses ends; at twice the loss of guessing if None.
        weights: How many weights a histogram beside the curves has to hold.

    Attributes:
        shown: The keys of `LINES` that are drawn.
        views: {name: picture that can stand beside the curves}.
        beside: The name of the one that does, or "".
    """

    def __init__(self, size: Size, parts: Parts, epochs: int, top: float | None, weights: int):
        self.size, self.epochs, self.shown = size, epochs, {"train", "validation"}
        self.side_view, self._log = "", frozenset()
        scale, green = size.scale, plots.LINE_STYLES["best"]["color"]
        labels = parts.train.y, parts.validation.y
        guessing = metrics.baseline_loss(*labels)
        with size.style():
            figure = size.figure()
            ax = size.axes(figure, **self._margins())
            self.curve_axes = CurveAxes(ax, size, guessing, top)
            self.curve_axes.mark_baseline(metrics.baseline_accuracy(*labels))
            self.views = self._make_views(figure, parts, guessing, top, weights)
            ax.set(xlabel="epoch")

            def line(look, **changes):
                return ax.plot([], [], **size.line_style(look, **changes))[0]

            def words(points, color=plots.INK, **more):
                return ax.text(0, 0, "", **size.type(points, color, **more))

            tint = {
                "color": plots.LINE_STYLES["validation"]["color"],
                "alpha": 0.11,
                "linewidth": 0,
            }
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
            looks = {key: plots.LINE_STYLES[kind.look]["color"] for key, kind in LINES.items()}
            self._tips = {key: words(12, colour, **bold) for key, colour in looks.items()}
            on_line = bold | {"ha": "center", "bbox": size.ground()}
            self._letters = [words(11, colour, **on_line) for colour in _PIN_COLOURS]
            self._stamps = [words(11, ha="center", va="bottom") for _ in range(_STAMPS)]
            corner = _LEFT * scale / size.width, 1 - 8 * scale / size.height
            self._title = figure.text(*corner, "", va="top", **size.type(15, weight="bold"))
            self._moving = [
                self._gap, self._moves, self._best, *(p for pair in self._pins for p in pair),
                *self._letters, *self._lines.values(), self._mark, self._best_word,
                self._gap_word, *self._tips.values(), *self._stamps, self._title,
            ]  # fmt: skip
            self._set_axes("loss")
            self.live_figure = LiveFigure(figure, self._moving)

    def look_at(
        self,
        metric: str | None = None,
        epochs: int | None = None,
        log: Iterable[str] | None = None,
        side_view: str | None = None,
    ) -> None:
        """Change what stands still; None leaves a thing as it is.

        Args:
            metric: "loss" or "accuracy".
            epochs: Where the axis of epochs ends.
            log: Which axes are logarithmic, of "loss" and "epochs".
            beside: The name of the view beside the curves, "" for none.
        """
        with self.live_figure.lock:
            before = self.curve_axes.metric, self.epochs, self._log, self.side_view
            metric, epochs = metric or before[0], epochs or before[1]
            log = before[2] if log is None else frozenset(log)
            side_view = before[3] if side_view is None else side_view
            if (metric, epochs, log, side_view) == before:
                return
            self.epochs, self._log, self.side_view = epochs, log, side_view
            self._set_axes(metric)
            more = self.views[side_view].moving if side_view else []
            self.live_figure.moving = [*self._moving, *more]
            self.live_figure.redraw()

    def set_parts(self, parts: Parts) -> None:
        """The next run has these rows."""
        with self.live_figure.lock:
            for view in self.views.values():
                view.set_parts(parts)
            if self.side_view:
                self.live_figure.redraw()

    def follow(self, latest: Callable[[], Run | None], now: bool) -> None:
        """Let the view beside the curves do what takes longer; see `SideView.follow`."""
        if self.side_view:
            self.views[self.side_view].follow(latest, now)

    def words(self, run: Run) -> str:
        """What the view beside the curves shows, in words."""
        return self.views[self.side_view].words(run) if self.side_view and run.epochs else ""

    def show(self, run: Run | None, title: str, moves: Sequence[Move], pins: Sequence[Run]) -> None:
        """Draw a run as far as it has come.

        Args:
            run: None if nothing is trained yet.
            title: What is set, in the words of Keras.
            moves: Where strengths were moved, those included that are not in force yet.
            pins: Runs kept for comparison, at most four.
        """
        with self.live_figure.lock:
            curves = self._curves(run)
            self._title.set_text(title)
            for key, line in self._lines.items():
                line.set_data(*self._thinned(curves.get(key, np.empty(0))))
                self._tips[key].set_text("")
            epochs = len(curves["train"])
            ends = {k: float(v[-1]) for k, v in curves.items() if len(v) and k in self.shown}
            spell = self.curve_axes.spell
            tips = [(self._tips[k], f"{LINES[k].name} {spell(v)}", v) for k, v in ends.items()]
            self.curve_axes.place_tips(tips, epochs)
            self._shade(curves["train"], curves["validation"])
            self._mark_best(run, curves["validation"])
            self._stamp([(m.epoch, HYPERPARAMETERS[m.name].spell(m.value)) for m in moves])
            self._show_pins(pins)
            if self.side_view:
                self.views[self.side_view].show(run)
        self.live_figure.update()

    def outside(self, run: Run) -> list[str]:
        """Sentences on curves that end above or below the axes."""
        low, high = self.curve_axes.low, self.curve_axes.high
        ends = {LINES[key].name: float(v[-1]) for key, v in self._curves(run).items() if len(v)}
        return [
            f"The {name} line, at {end:.2f}, is above the axis, which ends at {high:g}."
            if end > high
            else f"The {name} line, at {end:.1g}, is below the axis, which begins at {low:g}."
            for name, end in ends.items()
            if not low <= end <= high
        ]

    def _margins(self) -> dict[str, float]:
        room = self.views[self.side_view].WIDTH if self.side_view else 28
        return {"left": _LEFT, "right": self.size.span - room - 150, "top": 72, "bottom": 56}

    def _make_views(self, figure, parts, guessing, top, weights) -> dict[str, SideView]:
        size, found = self.size, {}

        def axes(view):
            left, right = size.span - view.WIDTH + view.LEFT, size.span - view.RIGHT
            return size.axes(figure, left, right, top=72, bottom=56)

        found["weights"] = WeightsView(axes(WeightsView), size, weights)
        found["losses"] = LossesView(axes(LossesView), size, guessing, top)
        if has_surface(parts):
            left = size.span - BoundaryView.WIDTH + BoundaryView.LEFT
            found["boundary"] = BoundaryView(axes(BoundaryView), size, parts, left)
        return found

    def _set_axes(self, metric):
        self.curve_axes.set_metric(metric, "loss" in self._log)
        self.curve_axes.set_epochs(self.epochs, "epochs" in self._log)
        self.curve_axes.ax.set_position(self.size.box(**self._margins()))
        for name, view in self.views.items():
            view.set_visible(name == self.side_view)
            view.set_axes(self.epochs, "loss" in self._log, "epochs" in self._log)

    def _curves(self, run) -> dict[str, np.ndarray]:
        """The values on the axes; training and validation are always there."""
        found = {
            key: getattr(LINES[key], self.curve_axes.metric) for key in LINES if key in self.shown
        }
        return {key: take(run) if run else np.empty(0) for key, take in found.items() if take}

    def _shade(self, train, validation):
        axes, epochs = self.curve_axes, len(train)
        at, below = self._thinned(train)
        self._gap.set_data(at, below, self._thinned(validation)[1])
        self._gap_word.set_text("")
        if epochs and axes.reach(epochs) > 100:
            low, high = axes.height(axes.low), axes.height(axes.high)
            ends = np.clip([axes.height(train[-1]), axes.height(validation[-1])], low, high)
            if abs(ends[1] - ends[0]) > 30:
                self._gap_word.set_text(axes.spell_gap(train[-1], validation[-1]))
                right = axes.at_reach(axes.reach(epochs) - 10)
                self._gap_word.set_position((right, axes.at_height(ends.mean())))

    def _mark_best(self, run, values):
        axes = self.curve_axes
        self._best.set_data([], [])
        self._mark.set_data([], [])
        self._best_word.set_text("")
        if not len(values):
            return
        epoch = metrics.best_epoch(run)
        value, reach = float(values[epoch - 1]), axes.reach(epoch)
        low, high = axes.height(axes.low), axes.height(axes.high)
        self._mark.set_data([epoch], [value])
        height = axes.height(value)
        if height < high - 46:  # the word stands above the mark where there is room, else below
            foot, head, top = height + 6, high, high - 4
        elif axes.log and height < high:
            foot, head, top = low, height - 6, low + 22
        else:
            return
        self._best.set_data([epoch, epoch], [axes.at_height(foot), axes.at_height(head)])
        late = reach > axes.reach(self.epochs) - 120
        self._best_word.set_horizontalalignment("right" if late else "left")
        place = axes.at_reach(reach + (-7 if late else 7)), axes.at_height(top)
        self._best_word.set_position(place)
        self._best_word.set_text(f"best: epoch {epoch}")

    def _stamp(self, moves):
        axes = self.curve_axes
        ends = [v for epoch, _ in moves for v in ((epoch, -1e9), (epoch, 1e9), (np.nan, np.nan))]
        self._moves.set_data(*zip(*ends, strict=True) if ends else ([], []))
        rows = [(4, []), (20, [])]  # heights above the axes, and what is taken there
        left, right = -60, axes.reach(self.epochs) + 137
        free = list(self._stamps)
        for epoch, words in reversed(moves):
            half = 3.7 * len(words) + 4
            middle = min(max(axes.reach(epoch), left + half), right - half)
            for height, taken in rows:
                if free and all(abs(middle - m) >= half + h for m, h in taken):
                    taken.append((middle, half))
                    stamp = free.pop()
                    stamp.set_text(words)
                    top = axes.at_height(axes.height(axes.high) + height)
                    stamp.set_position((axes.at_reach(middle), top))
                    break
        for stamp in free:
            stamp.set_text("")

    def _show_pins(self, pins):
        axes = self.curve_axes
        high = axes.height(axes.high)
        for i, (pair, letter) in enumerate(zip(self._pins, self._letters, strict=True)):
            curves = self._curves(pins[i] if i < len(pins) else None)
            for line, key in zip(pair, ("train", "validation"), strict=True):
                line.set_data(*self._thinned(curves[key]))
            letter.set_text("")
            values = curves["validation"][: self.epochs]
            seen = np.flatnonzero((values <= axes.at_height(high - 9)) & (values >= axes.low))
            if len(seen):  # on the line, at another place for each
                at = seen[round((len(seen) - 1) * (0.95 - 0.07 * i))]
                letter.set_text("ABCD"[i])
                letter.set_position((at + 1, values[at]))

    def _thinned(self, values):
        at = thin(len(values), log="epochs" in self._log)
        return at + 1, values[at]
