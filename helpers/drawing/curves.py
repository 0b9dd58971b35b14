"""Training and validation over epochs: one run while it grows, or a mean over seeds.

picture = Curves(CurveAxes(ax, size, baseline_loss))    # a panel: `moving` are its artists
picture.show(runs)
curves(ax, runs)                                        # a lesson: the same picture, complete
"""

import math
import textwrap
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from helpers import metrics
from helpers.drawing.axes import BeforeDrawing, note, size_around, title
from helpers.drawing.curve_axes import CurveAxes, thin
from helpers.drawing.style import COLORS, INK
from helpers.experiment import HYPERPARAMETERS, Move, Run
from helpers.validation import check_choice

LOUDEST = 8.0  # a loss above this many times the baseline's is marked, not given room
_NARROW = 460  # axes that have fewer pixels get their labels in two rows
_STAMPS = 14  # labels of moves kept ready; where they would touch, the newer one is shown


class Quantity(NamedTuple):
    """A curve of a run: its name, and what it takes from the run as loss and as accuracy."""

    name: str
    loss: Callable[[Run], np.ndarray]
    accuracy: Callable[[Run], np.ndarray] | None


# By their role in `LINE_STYLES`.
QUANTITIES = {
    "training": Quantity("training", attrgetter("train_loss"), attrgetter("train_accuracy")),
    "validation": Quantity(
        "validation", attrgetter("validation_loss"), attrgetter("validation_accuracy")
    ),
    "penalty": Quantity("penalty", attrgetter("penalty"), None),
    "sum": Quantity("sum", lambda run: run.train_loss + run.penalty, None),
    "reported": Quantity("fit reports", attrgetter("fit_loss"), attrgetter("fit_accuracy")),
}
MAIN = ("training", "validation")
EXTRAS = ("penalty", "sum", "reported")  # that can be added


def stacked(runs: Sequence[Run], role: str, metric: str, epochs: int) -> np.ndarray:
    """Give a curve of several runs: (runs, epochs), NaN where a run had diverged."""
    rows = np.full((max(1, len(runs)), epochs), np.nan)
    for row, run in zip(rows, runs, strict=False):
        values = getattr(QUANTITIES[role], metric)(run)[:epochs]
        row[: len(values)] = values
    return rows


class Lines:
    """Lines over epochs, the name and the last value of each at its end.

    Args:
        axes: Where to draw.
        roles: Names in `QUANTITIES`, from back to front.

    Attributes:
        artists: {role, or "role label", or "role above": artist}, from back to front.
    """

    def __init__(self, axes: CurveAxes, roles: Sequence[str]):
        self.axes, self.roles = axes, roles
        ax, size = axes.ax, axes.size
        self.artists = {
            role: ax.plot([], [], label=QUANTITIES[role].name, gid=role, **size.line_style(role))[0]
            for role in roles
        }
        mark = {"linestyle": "", "clip_on": False, "markersize": 7 * size.scale}
        for role in roles:
            (found,) = ax.plot([], [], "^", color=COLORS[role], gid=f"{role} above", **mark)
            self.artists[f"{role} above"] = found
            style = {"weight": "bold", "linespacing": 1.15, "gid": f"{role} label"}
            self.artists[f"{role} label"] = axes.make_label(12, COLORS[role], **style)

    def show(self, curves: dict[str, np.ndarray], more: Sequence[tuple] = ()) -> None:
        """Draw curves; what lies above the axes has a mark at its highest point.

        Args:
            curves: {role: (epochs,)}; NaN where there is no value.
            more: Further labels, as for `CurveAxes.place_labels`.
        """
        axes, labels, last = self.axes, list(more), 0
        top = axes.ax.get_ylim()[1]
        for role in self.roles:
            values = curves.get(role, np.empty(0))
            at = thin(len(values), log=axes.ax.get_xscale() == "log")
            self.artists[role].set_data(at + 1, values[at])
            self.artists[f"{role} label"].set_text("")
            ends_high = len(values) and values[-1] > top  # its label says so
            high = np.nanmax(values, initial=-np.inf) > top and not ends_high
            spot = [np.nanargmax(values) + 1] if high else []
            self.artists[f"{role} above"].set_data(spot, [top] * len(spot))
            if len(values) and np.isfinite(values[-1]):
                words = axes.label(QUANTITIES[role].name, values[-1])
                labels.append((self.artists[f"{role} label"], words, float(values[-1])))
            last = max(last, len(values))
        axes.place_labels(labels, last)


class Curves:
    """Training and validation on axes whose limits stay, with their gap and the best epoch.

    Of several runs the mean is a line and their range a band. A cross marks where a run diverged.

    Args:
        axes: Where to draw.
        extras: Further roles of `QUANTITIES` that may be shown.

    Attributes:
        artists: {what it is: artist}, from back to front.
        moving: These artists.
    """

    def __init__(self, axes: CurveAxes, extras: Sequence[str] = ()):
        self.axes = axes
        ax, size = axes.ax, axes.size
        scale, green = size.scale, COLORS["best"]
        found = {f"{role} range": band(ax, COLORS[role], 0.22, f"{role} range") for role in MAIN}
        self.artists = {"gap": band(ax, COLORS["validation"], 0.1, "gap"), **found}
        dots = size.line_style("best", linestyle=(0, (1, 1.6)))
        (self.artists["best line"],) = ax.plot([], [], **dots)
        self.lines = Lines(axes, (*reversed(extras), *MAIN))
        self.artists |= self.lines.artists
        ring = {"mfc": "white", "mec": green, "ms": 9 * scale, "mew": 2.2 * scale, "ls": ""}
        ring["clip_on"] = False
        (self.artists["best"],) = ax.plot([], [], "o", gid="best", **ring)
        cross = {"color": INK, "ms": 10 * scale, "mew": 2.4 * scale, "ls": "", "clip_on": False}
        (self.artists["diverged"],) = ax.plot([], [], "x", gid="diverged", **cross)
        bold = size.type(11, green, weight="bold", va="top", bbox=size.ground())
        self.artists["best label"] = ax.text(0, 0, "", gid="best label", **bold)
        self.artists["gap label"] = axes.make_label(12, INK, gid="gap label")

    @property
    def moving(self) -> list[Artist]:
        """The artists that move, from back to front."""
        return [*self.artists.values(), *self.axes.baseline_texts]

    def show(
        self,
        runs: Sequence[Run],
        epochs: int | None = None,
        extras: Iterable[str] = (),
        gap: bool = True,
        best: bool = True,
    ) -> None:
        """Draw runs, one a seed, as far as they have come; a panel holds its figure's lock.

        Args:
            runs: May be empty.
            epochs: How many of their epochs; all that the longest has if None.
            extras: Further roles that are drawn, as far as there is such a curve of the metric.
            gap: Whether the gap is shaded and its size written.
            best: Whether the epoch of the best mean validation is marked.
        """
        axes, found = self.axes, self.artists
        epochs = max((run.epochs for run in runs), default=0) if epochs is None else epochs
        roles = [*MAIN, *(role for role in extras if getattr(QUANTITIES[role], axes.metric))]
        values = {role: stacked(runs, role, axes.metric, epochs) for role in roles}
        means = {role: rows.mean(axis=0) for role, rows in values.items()}
        train, validation = (means[role] for role in MAIN)
        at = thin(epochs, log=axes.ax.get_xscale() == "log")
        several, places = at if len(runs) > 1 else at[:0], at if gap else at[:0]
        for role in MAIN:
            ends = values[role][:, several]
            found[f"{role} range"].set_data(several + 1, ends.min(axis=0), ends.max(axis=0))
        found["gap"].set_data(places + 1, train[places], validation[places])
        found["gap label"].set_text("")
        more = []
        if len(places) and np.isfinite(ends := [float(train[-1]), float(validation[-1])]).all():
            more = [(found["gap label"], axes.gap_label(*ends), float(np.mean(ends)))]
        more += self._mark_best(validation if best else validation[:0])
        self.lines.show(means, more)
        lost = np.flatnonzero(np.isfinite(train))[-1:] if any(r.diverged for r in runs) else at[:0]
        found["diverged"].set_data(lost + 1, np.minimum(train[lost], axes.high))

    def _mark_best(self, values) -> list[tuple]:
        """Mark the best epoch; returns its label where it has no room but behind the curves."""
        axes, found = self.axes, self.artists
        for name in ("best", "best line"):
            found[name].set_data([], [])
        found["best label"].set_text("")
        if not np.isfinite(values).any():
            return []
        at = int(np.nanargmin(values) if axes.metric == "loss" else np.nanargmax(values))
        words, label = f"best: epoch {at + 1}", found["best label"]
        found["best"].set_data([at + 1], [min(values[at], axes.high)])
        reach, room = axes.reach(at + 1), 140
        left = axes.reach(len(values)) < reach + room  # else it would touch other labels
        label.set(horizontalalignment="right" if left and reach > room else "left")
        if left and reach <= room:
            label.set_va("center_baseline")
            return [(label, words.replace(" ", axes.between, 1), float(values[at]))]
        high, height = axes.height(axes.high), axes.height(min(values[at], axes.high))
        # the word stands above the ring where there is room, else below
        ends, top = ((height + 6, high), high - 4) if height < high - 46 else ((0, height - 6), 24)
        found["best line"].set_data([at + 1] * 2, axes.at_height(np.array(ends)))
        label.set(text=words, va="top", transform=axes.ax.transData)
        label.set_position((axes.at_reach(reach + (-7 if left else 7)), axes.at_height(top)))
        return []


class Moves:
    """Upright lines where a hyperparameter was moved, with its new value above the axes."""

    def __init__(self, axes: CurveAxes):
        self.axes = axes
        (self._line,) = axes.ax.plot([], [], gid="move", **axes.size.line_style("muted"))
        style = {"ha": "center", "va": "bottom", "gid": "move label", **axes.size.type(11)}
        self._labels = [axes.ax.text(0, 0, "", **style) for _ in range(_STAMPS)]
        self.moving: list[Artist] = [self._line, *self._labels]

    def show(self, moves: Sequence[Move]) -> None:
        """Draw moves."""
        axes = self.axes
        ends = [v for m in moves for v in ((m.epoch, -1e9), (m.epoch, 1e9), (np.nan, np.nan))]
        self._line.set_data(*zip(*ends, strict=True) if ends else ([], []))
        rows: list[list] = [[], []]  # what is taken in each
        left, right = -60, axes.reach(axes.ax.get_xlim()[1]) + 137
        free = list(self._labels)
        for move in reversed(moves):
            words = HYPERPARAMETERS[move.name].spell(move.value)
            half = 3.7 * len(words) + 4
            middle = min(max(axes.reach(move.epoch), left + half), right - half)
            for row, taken in enumerate(rows):
                if free and all(abs(middle - m) >= half + h for m, h in taken):
                    taken.append((middle, half))
                    label = free.pop()
                    label.set_text(words)
                    top = axes.height(axes.ax.get_ylim()[1]) + 4 + 16 * row
                    label.set_position((axes.at_reach(middle), axes.at_height(top)))
                    break
        for label in free:
            label.set_text("")


def curves(
    ax: Axes,
    runs: Run | Iterable[Run],
    *,
    what: str = "loss",
    gap: bool = True,
    best: bool = True,
    baseline: float | None = None,
    epochs: int | None = None,
    top: float | None = None,
) -> None:
    """Draw training and validation curves of one run, or of one experiment's runs over seeds.

    Args:
        ax: Where to draw.
        runs: Of several, the mean is drawn as a line and their range as a band; those that
            diverged are left out and counted.
        what: "loss" (data loss) or "accuracy", which of a regression is R².
        gap: Whether to shade the gap and write its size at the end.
        best: Whether to mark the lowest validation loss (of the mean, if there are several).
        baseline: A level to compare with, such as `metrics.baseline_score(y_train, y)`.
        epochs: How far the axis goes; as far as the longest experiment asks, if None.
        top: Where the loss axis ends; what lies above is marked there. None: as `loss_top`.

    Raises:
        ValueError: If there is no run, `what` is not one of those above, or `top` is not a
            finite number above 0.
    """
    runs = as_runs(runs)
    check_choice("what", what, ("loss", "accuracy"))
    kept = [run for run in runs if not run.diverged] or runs[:1]
    if top is None:
        level = baseline if baseline is not None and what == "loss" else 0.0
        top = max(loss_top(runs), 1.06 * level)
    axes = CurveAxes(ax, size_around(ax), 0.1, top, is_narrow(ax), runs[0].task)
    longest = max(run.experiment.epochs for run in runs)
    found = [v for r in kept for v in (*r.train_accuracy, *r.validation_accuracy)]
    axes.make_room(float(min(found, default=1)))
    axes.set_metric(what)
    axes.set_epochs(epochs or longest)
    if baseline is not None:
        axes.mark_baseline(baseline, what)
    if not kept[0].epochs:
        say_in_the_middle(ax, metrics.undiagnosed(kept[0]))
        return
    same = all(run.moves == kept[0].moves for run in kept)
    moves = kept[0].moves if same else ()
    picture, stamps = Curves(axes), Moves(axes)

    def place():
        stamps.show(moves)
        picture.show(kept, min(run.epochs for run in kept), (), gap, best and what == "loss")

    BeforeDrawing(ax, place, [*picture.moving, *stamps.moving])
    words = [f"mean and range of {len(kept)} seeds"] if len(kept) > 1 else []
    lost = sum(run.diverged is not None for run in runs)
    if kept[0].diverged:
        words.append(f"diverged at epoch {kept[0].diverged.epoch}")
    if lost and len(runs) > 1:
        words.append(f"{lost} of {len(runs)} diverged")
    write_notes(ax, " · ".join(words), above=min(2, len(moves)))


def loss_top(*runs: Run | Iterable[Run]) -> float:
    """Find an end of the loss axis for all these runs: give it to all axes that are compared.

    Just above every data loss, but where one is above 8 times what the baseline costs, only 3
    times that: an explosion would press all else flat.
    """
    every = [run for some in runs for run in as_runs(some)]
    losses = [curve for run in every for curve in (run.train_loss, run.validation_loss)]
    return top_above(losses, every[0])


def top_above(curves: Iterable[np.ndarray], run: Run) -> float:
    """Find an end of an axis just above some curves; see `loss_top`."""
    even = math.log(max(2, len(run.weights[-1]))) if run.task.classifies else run.task.chance_loss
    highest = max((float(np.max(values)) for values in curves if len(values)), default=even)
    return 1.06 * max(highest, 0.05) if highest < LOUDEST * even else 3 * even


def as_runs(runs: Run | Iterable[Run]) -> list[Run]:
    """Make a list of one run or several.

    Raises:
        ValueError: If there is none.
    """
    runs = [runs] if isinstance(runs, Run) else list(runs)
    if not runs:
        raise ValueError("runs: must hold at least one run")
    return runs


def room_of(ax: Axes) -> float:
    """How many pixels wide the part of the figure is that axes may fill."""
    spec, size = ax.get_subplotspec(), size_around(ax)
    if spec is None:
        return ax.get_position().width * size.width
    ratios = spec.get_gridspec().get_width_ratios()
    return size.width * ratios[spec.colspan.start] / sum(ratios)


def is_narrow(ax: Axes) -> bool:
    """Whether axes have so little room that labels at their right take two rows."""
    return room_of(ax) < _NARROW


def write_notes(ax: Axes, words: str, above: int = 0) -> None:
    """Write small print above axes of a lesson, in as many rows as it takes, below the title.

    Args:
        ax: The axes.
        words: What to write.
        above: How many rows are taken already.
    """
    rows = textwrap.wrap(words, max(20, int((room_of(ax) - 70) / 8.2)))
    for row, text in enumerate([*[" "] * above, "\n".join(rows)]):
        note(ax, size_around(ax), row, text)
    if ax.get_title(loc="left"):
        title(ax, ax.get_title(loc="left"))


def say_in_the_middle(ax: Axes, words: str) -> None:
    """Write words where there is nothing to draw."""
    place = {"transform": ax.transAxes, "ha": "center", "va": "center", "wrap": True}
    ax.text(0.5, 0.5, words, gid="nothing", **place, **size_around(ax).type(13))


def band(ax: Axes, color: str, alpha: float, gid: str) -> Artist:
    """Make a band between two curves, which its `set_data` takes."""
    return ax.fill_between([], [], [], color=color, alpha=alpha, linewidth=0, gid=gid)
