"""Where training and validation end at each value of a hyperparameter: the U-curve."""

import math
from collections.abc import Iterable, Mapping

import numpy as np
from matplotlib.artist import Artist

from helpers.drawing.curve_axes import CurveAxes
from helpers.drawing.curves import MAIN, band
from helpers.drawing.style import COLORS, INK, MUTED
from helpers.experiment import Hyperparameter
from helpers.formatting import tick

_DIGIT = 10.7  # pixels that a digit of a tick's label takes at scale 1
SYMBOLS = {"sweet spot": "★", "one standard error": "◆"}


def strength_axis(positions: Iterable[float], log: bool) -> dict[float, float]:
    """Find where each value of a hyperparameter stands on its axis: {value: x}, ascending.

    On a logarithmic axis x is log10 of the value. An exact 0 stands to the left of the
    others, by 0.6 decades or 15 % of their range if that is more.
    """
    positions = sorted(float(p) for p in positions)
    if not log:
        return {p: p for p in positions}
    logs = {p: math.log10(p) for p in positions if p > 0}
    if 0.0 not in positions:
        return logs
    found = list(logs.values()) or [0.0]
    return {0.0: found[0] - max(0.6, 0.15 * (found[-1] - found[0])), **logs}


def strength_ticks(positions: Iterable[float], log: bool, width: float = 420) -> dict[float, str]:
    """Choose the ticks of that axis among the tried values: {x: label}.

    Where labels would touch, the first, the second and the last value go before powers of ten,
    and these before the others.

    Args:
        positions: The tried values.
        log: As for `strength_axis`.
        width: Of the axis, in pixels.
    """
    places = strength_axis(positions, log)
    return thin_ticks({x: tick(p) for p, x in places.items()}, width)


def thin_ticks(labels: Mapping[float, str], width: float) -> dict[float, str]:
    """Leave out labels that would touch others on an axis so many pixels wide, ends included."""
    xs = sorted(labels)
    pixels = width / ((xs[-1] - xs[0]) or 1)

    def rank(x):
        label = labels[x]
        is_power = set(label.replace("e-", "")) <= set("01.") and label != "0"
        return x not in (xs[0], xs[-1]), x != xs[min(1, len(xs) - 1)], not is_power

    kept: list[float] = []
    for x in sorted(xs, key=rank):
        half = _DIGIT * len(labels[x]) / 2 + 5
        if all(abs(x - k) * pixels >= half + _DIGIT * len(labels[k]) / 2 for k in kept):
            kept.append(x)
    return {x: labels[x] for x in sorted(kept)}


class UCurve:
    """The means and the range over seeds of the last epoch, with the chosen values.

    Args:
        axes: Where to draw; the horizontal axis is set here.
        hyperparameter: What was swept.
        positions: Its values.

    Attributes:
        places: {value: x}.
        artists: {what it is: artist}, from back to front.
    """

    def __init__(self, axes: CurveAxes, hyperparameter: Hyperparameter, positions):
        self.axes, self.places = axes, strength_axis(positions, hyperparameter.log)
        self._set_positions(hyperparameter)
        ax, size, scale = axes.ax, axes.size, axes.size.scale
        found = {f"{role} range": band(ax, COLORS[role], 0.22, f"{role} range") for role in MAIN}
        (found["here"],) = ax.plot([], [], color=INK, linewidth=1.6 * scale)
        for role in MAIN:
            (found[role],) = ax.plot([], [], label=role, **size.line_style(role))
        dots = size.line_style("validation", linestyle=(0, (1, 1.5)), linewidth=1.5)
        (found["best"],) = ax.plot([], [], label="best validation", **dots)
        edge = {"mec": "white", "mew": scale, "ls": ""}
        for role in MAIN:
            mark = {"color": COLORS[role], "ms": 8 * scale, "clip_on": False}
            (found[f"{role} above"],) = ax.plot([], [], "^", **mark, **edge)
        (found["dots"],) = ax.plot([], [], "o", color=INK, ms=8 * scale, **edge)
        hollow = {"mfc": "white", "ms": 9 * scale, "mew": 2.2 * scale, "ls": ""}
        (found["one standard error"],) = ax.plot([], [], "D", color=COLORS["best"], **hollow)
        (found["sweet spot"],) = ax.plot([], [], "*", color=COLORS["best"], ms=17 * scale, **edge)
        for role in (*MAIN, "best"):
            color = COLORS["validation" if role == "best" else role]
            style = {"weight": "normal" if role == "best" else "bold", "linespacing": 1.15}
            found[f"{role} label"] = axes.make_label(11.5, color, **style)
        self.artists = found

    @property
    def moving(self) -> list[Artist]:
        """The artists that move, from back to front."""
        return [*self.artists.values(), *self.axes.baseline_texts]

    def show(
        self, ends: Mapping[str, np.ndarray], choices: Mapping[str, float], position: float
    ) -> None:
        """Draw the ends of the runs at all values.

        Args:
            ends: {"training", "validation" or "best": (values, seeds)}, NaN where a run diverged;
                "best" is the best validation on the way. Empty before anything is trained.
            choices: {"sweet spot" or "one standard error": value}.
            position: The value that is shown beside.
        """
        axes, found = self.axes, self.artists
        x = np.array(list(self.places.values()))
        nothing = np.full((len(x), 1), np.nan)
        ends = {role: ends.get(role, nothing) for role in (*MAIN, "best")}
        means = {role: values.mean(axis=1) for role, values in ends.items()}
        here, labels = list(self.places).index(position), []
        words = {"training": "training", "validation": "validation", "best": "validation,\nat best"}
        for role, mean in means.items():
            found[role].set_data(x, mean)
            found[f"{role} label"].set_text("")
            ends_at = np.flatnonzero(np.isfinite(mean))[-1:]
            labels += [(found[f"{role} label"], words[role], value) for value in mean[ends_at]]
        for role in MAIN:
            low, high = ends[role].min(axis=1), ends[role].max(axis=1)
            found[f"{role} range"].set_data(x, low, high)
            above = x[means[role] > axes.high]
            found[f"{role} above"].set_data(above, np.full(len(above), axes.high))
        axes.place_labels(labels, axes.ax.get_xlim()[1])
        found["here"].set_data([x[here]] * 2, [-1e9, 1e9])
        inside = [means[r][here] for r in MAIN if axes.low <= means[r][here] <= axes.high]
        found["dots"].set_data([x[here]] * len(inside), inside)
        for name in SYMBOLS:
            at = [list(self.places).index(choices[name])] if name in choices else []
            found[name].set_data(x[at], means["validation"][at])

    def _set_positions(self, hyperparameter):
        ax, size = self.axes.ax, self.axes.size
        places = list(self.places.values())
        room = 0.05 * (places[-1] - places[0]) or 0.5
        ax.set_xlim(places[0] - room, places[-1] + room)
        width = ax.bbox.width / size.scale / 1.1
        ticks = strength_ticks(self.places, hyperparameter.log, width)
        ax.set_xticks(list(ticks), list(ticks.values()))
        ax.set_xticks(places, minor=True)
        ax.tick_params(axis="x", which="minor", length=2.5 * size.scale, color=MUTED)
        ax.set_xlabel(label_of(hyperparameter))
        if hyperparameter.log and 0 in self.places and len(places) > 1:  # left of it, no scale
            ground = {"facecolor": "white", "edgecolor": "none", "pad": 0}
            where = {"transform": ax.get_xaxis_transform(), "ha": "center", "va": "center"}
            middle = (places[0] + places[1]) / 2
            ax.text(middle, 0, "//", bbox=ground, zorder=6, **where, **size.type(10, MUTED))


def label_of(hyperparameter: Hyperparameter) -> str:
    """Name a hyperparameter as it stands at an axis, with its symbol."""
    label, symbol = hyperparameter.label, hyperparameter.symbol
    return label if symbol in label else f"{label} {symbol}"
