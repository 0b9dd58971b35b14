"""The picture of `SweepLab`: the curves at one position, and where all positions end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.lines import Line2D

from helpers import measures, plots
from helpers.experiment import Run, Setting
from helpers.panels.look import Plane, Size, thin
from helpers.panels.stage import Stage

PARTS = {"train": "training", "validation": "validation"}


class SweepChart:
    """Curves with their range over seeds at the left, the U-curve of all positions at the right.

    Args:
        size: How large.
        setting: The strength that was swept.
        positions: Its values, ascending.
        seeds: How many seeds there are.
        epochs: Where the axis of epochs ends.
        guessing, top: As for `Plane`.
    """

    def __init__(
        self,
        size: Size,
        setting: Setting,
        positions: Sequence[float],
        seeds: int,
        epochs: int,
        guessing: float,
        top: float | None = None,
    ):
        self.size, self.setting, self.epochs = size, setting, epochs
        self.places = plots.strength_axis(positions, setting.log)
        self.values: dict[str, np.ndarray] = {}  # (positions, seeds, epochs), NaN after divergence
        self.position = positions[0]
        self.choices: dict[str, float] = {}  # "sweet spot", "one standard error"
        with size.style():
            figure = size.figure()
            middle = 0.585 * size.span
            left = size.axes(figure, left=92, right=middle - 60, top=96, bottom=56)
            right = size.axes(figure, left=middle + 32, right=size.span - 64, top=96, bottom=56)
            self.planes = [Plane(ax, size, guessing, top) for ax in (left, right)]
            self._prepare_axes(left, right)
            self._make_curves(left)
            self._make_ends(right)
            header = self._write_header(figure, left, right, seeds)
        moving = [*self._left.values(), *self._right.values(), *header]
        names = [(x, setting.spell(p)) for p, x in self.places.items()]
        self.stage = Stage(figure, moving, names={right: names})

    def set_metric(self, metric: str) -> None:
        """Show losses or accuracies."""
        with self.stage.lock, self.size.style():
            for plane in self.planes:
                plane.set_metric(metric)
            self.planes[1].ax.set_ylabel("")
            self.stage.redraw()

    def take(self, runs: Mapping[float, Sequence[Run]]) -> None:
        """Take over what was trained so far: {position: runs, one per seed}."""
        values = {
            f"{part}_{metric}": np.array(
                [[_padded(getattr(run, f"{part}_{metric}"), runs) for run in row]
                 for row in runs.values()]
            )
            for part in PARTS for metric in ("loss", "accuracy")
        }  # fmt: skip
        with self.stage.lock:
            self.values = values
            self.choices = _choose(runs, self.planes[0].metric)

    def choose(self, runs: Mapping[float, Sequence[Run]]) -> None:
        """Find the sweet spot anew, after the metric changed."""
        with self.stage.lock:
            self.choices = _choose(runs, self.planes[0].metric)

    def show(self, position: float) -> None:
        """Draw the curves of one position, and mark it among all."""
        with self.stage.lock:
            self.position = position
            at = list(self.places).index(position)
            values = {part: self._metric_values(part) for part in PARTS}
            self._header["title"].set_text(self.setting.spell(position))
            self._draw_curves({part: v[at] for part, v in values.items()})
            self._draw_ends(values, at)
        self.stage.update()

    def end(self, part: str, position: float) -> tuple[float, float, float]:
        """Mean, lowest and highest end of a curve over seeds; NaN if a run diverged."""
        ends = self._metric_values(part)[list(self.places).index(position), :, -1]
        return float(ends.mean()), float(ends.min()), float(ends.max())

    @property
    def done(self) -> int:
        """How many epochs have been trained."""
        return self.values["train_loss"].shape[2] if self.values else 0

    def above(self) -> list[float]:
        """Positions whose validation ends above the axes."""
        ends = self._metric_values("validation")[:, :, -1:].mean(axis=1)
        high = (ends > self.planes[1].high).any(axis=1)
        return [p for p, is_high in zip(self.places, high, strict=True) if is_high]

    def _metric_values(self, part):
        empty = np.empty((len(self.places), 1, 0))
        return self.values.get(f"{part}_{self.planes[0].metric}", empty)

    # Made once -----------------------------------------------------------------------------

    def _prepare_axes(self, left, right):
        left.set(xlabel="epoch", xlim=(0, self.epochs))
        ticks = plots.strength_ticks(self.places, self.setting.log)
        right.set_xticks(list(ticks), list(ticks.values()))
        places = list(self.places.values())
        room = 0.05 * (places[-1] - places[0])
        right.set_xlim(places[0] - room, places[-1] + room)
        symbol = "" if self.setting.symbol in self.setting.label else f" {self.setting.symbol}"
        right.set(xlabel=self.setting.label + symbol, ylabel="")
        right.yaxis.tick_right()  # at the left, the words behind the curves need the room
        if self.setting.log and 0 in self.places:  # left of it nothing is to scale
            ground = {"facecolor": "white", "edgecolor": "none", "pad": 0}
            where = {"transform": right.get_xaxis_transform(), "ha": "center", "va": "center"}
            right.text((places[0] + places[1]) / 2, 0, "//", bbox=ground, zorder=6,
                       **where, **self.size.type(10, plots.MUTED))  # fmt: skip

    def _make_curves(self, ax):
        size, red = self.size, plots.LOOKS["validation"]["color"]
        found = {"gap": ax.fill_between([], [], [], color=red, alpha=0.09, linewidth=0)}
        for part, name in PARTS.items():
            colour = plots.LOOKS[name]["color"]
            found[f"{part} range"] = _band(ax, colour)
        for part, name in PARTS.items():
            (found[part],) = ax.plot([], [], label=name, **size.look(name))
        mark = {"markersize": 9 * size.scale, "markeredgewidth": 2.2 * size.scale}
        green = plots.LOOKS["best"]["color"]
        (found["best"],) = ax.plot([], [], "o", mfc="white", mec=green, **mark)
        found["gap word"] = ax.text(0, 0, "", ha="right", **size.type(12, va="center_baseline"))
        for part, name in PARTS.items():
            bold = {"weight": "bold", "va": "center_baseline"}
            colour = plots.LOOKS[name]["color"]
            found[f"{part} tip"] = ax.text(0, 0, "", **size.type(12, colour, **bold))
        self._left = found

    def _make_ends(self, ax):
        size, found = self.size, {}
        for part, name in PARTS.items():
            found[f"{part} range"] = _band(ax, plots.LOOKS[name]["color"])
        (found["here"],) = ax.plot([], [], color=plots.INK, linewidth=1.6 * size.scale)
        for part, name in PARTS.items():
            (found[part],) = ax.plot([], [], label=name, **size.look(name))
        thin_look = size.look("validation", linestyle=(0, (1, 1.5)), linewidth=1.5)
        (found["best"],) = ax.plot([], [], label="best validation", **thin_look)
        green, edge = plots.LOOKS["best"]["color"], {"mec": "white", "mew": size.scale}
        (found["above"],) = ax.plot([], [], "^", ls="", clip_on=False, ms=8 * size.scale,
                                    color=plots.LOOKS["validation"]["color"], **edge)  # fmt: skip
        (found["dots"],) = ax.plot([], [], "o", ls="", color=plots.INK, ms=8 * size.scale, **edge)
        hollow = {"mfc": "white", "ms": 9 * size.scale, "mew": 2.2 * size.scale}
        (found["one standard error"],) = ax.plot([], [], "D", color=green, **hollow)
        (found["sweet spot"],) = ax.plot([], [], "*", color=green, ms=17 * size.scale, **edge)
        self._right = found

    def _write_header(self, figure, left, right, seeds):
        size, scale = self.size, self.size.scale
        green = plots.LOOKS["best"]["color"]
        rows = [1 - y * scale / size.height for y in (9, 38, 62)]
        x0, x1 = left.get_position().x0, right.get_position().x0

        def words(x, row, text="", points=12, colour=plots.INK, **more):
            style = size.type(points, colour, **more)
            return figure.text(x, rows[row], text, va="top", **style)

        x, unit = x0, scale / size.width
        for name in PARTS.values():  # the legend stands still
            sample = size.look(name)
            y = rows[1] - 9 * scale / size.height
            figure.add_artist(Line2D([x, x + 34 * unit], [y, y], **sample))
            words(x + 40 * unit, 1, name, colour=sample["color"], weight="bold")
            x += (40 + 9.2 * len(name) + 26) * unit
        told = f"mean and range of {seeds} seeds" if seeds > 1 else "one seed"
        words(x0, 2, f"{told}   ○ best epoch", 11, plots.MUTED)
        self._header = {
            "title": words(x0, 0, points=15, weight="bold"),
            "when": words(x1, 0, points=12, weight="bold"),
            "sweet spot": words(x1, 1, points=11, colour=green, weight="bold"),
            "one standard error": words(x1, 2, points=11, colour=green, weight="bold"),
        }
        return list(self._header.values())

    # Drawn for each frame ------------------------------------------------------------------

    def _draw_curves(self, values):
        plane, found = self.planes[0], self._left
        at = thin(self.done)
        means = {part: v.mean(axis=0) for part, v in values.items()}
        for part, v in values.items():
            found[part].set_data(at + 1, means[part][at])
            low, high = v.min(axis=0), v.max(axis=0)
            found[f"{part} range"].set_data(at + 1, low[at], high[at])
        found["gap"].set_data(at + 1, means["train"][at], means["validation"][at])
        for part in PARTS:
            found[f"{part} tip"].set_text("")
        found["gap word"].set_text("")
        found["best"].set_data([], [])
        if not self.done:
            return
        ends = {part: float(mean[-1]) for part, mean in means.items()}
        tips = [(found[f"{p} tip"], plane.spell(e), e) for p, e in ends.items() if np.isfinite(e)]
        plane.place_tips(tips, self.done)
        best = means["validation"] if plane.metric == "accuracy" else -means["validation"]
        if np.isfinite(best).any():
            epoch = int(np.nanargmax(best))
            found["best"].set_data([epoch + 1], [means["validation"][epoch]])
        middle = np.clip(list(ends.values()), plane.low, plane.high)
        if abs(middle[1] - middle[0]) > plane.up(30) and self.done > plane.across(100):
            found["gap word"].set_text(plane.spell_gap(ends["train"], ends["validation"]))
            found["gap word"].set_position((self.done - plane.across(10), middle.mean()))

    def _draw_ends(self, values, at):
        plane, found = self.planes[1], self._right
        x = np.array(list(self.places.values()))
        ends = {part: v[:, :, -1] if self.done else np.full((len(x), 1), np.nan)
                for part, v in values.items()}  # fmt: skip
        means = {part: e.mean(axis=1) for part, e in ends.items()}
        for part, e in ends.items():
            found[part].set_data(x, means[part])
            found[f"{part} range"].set_data(x, e.min(axis=1), e.max(axis=1))
        best = np.min if plane.metric == "loss" else np.max
        luckiest = best(values["validation"], axis=2).mean(axis=1) if self.done else np.nan * x
        found["best"].set_data(x, luckiest)
        found["here"].set_data([x[at]] * 2, [-1e9, 1e9])
        inside = [m[at] for m in means.values() if plane.low <= m[at] <= plane.high]
        found["dots"].set_data([x[at]] * len(inside), inside)
        high = x[means["validation"] > plane.high]
        found["above"].set_data(high, np.full(len(high), plane.high))
        for name, sign in (("sweet spot", "★"), ("one standard error", "◆")):
            choice = self.choices.get(name)
            words = f"{sign} {name}: {self.setting.spell(choice)}" if choice is not None else ""
            self._header[name].set_text(words)
            i = list(self.places).index(choice) if choice is not None else None
            found[name].set_data(*(([x[i]], [means["validation"][i]]) if words else ([], [])))
        when = f"All {len(x)} positions"
        self._header["when"].set_text(f"{when} after {self.done} epochs" if self.done else when)


def _band(ax, colour):
    return ax.fill_between([], [], [], color=colour, alpha=0.22, linewidth=0)


def _padded(curve, runs):
    longest = max(run.epochs for row in runs.values() for run in row)
    return np.pad(curve, (0, longest - len(curve)), constant_values=np.nan)


def _choose(runs, metric) -> dict[str, float]:
    """The sweet spot, and the largest strength that does as well as far as seeds can tell."""

    def miss(run):
        return np.inf if run.diverged else 1 - float(run.validation_accuracy[-1])

    measure = measures.final_loss if metric == "loss" else miss
    try:
        found = {"sweet spot": measures.sweet_spot(runs, measure)}
        if all(len(row) > 1 for row in runs.values()):
            found["one standard error"] = measures.one_standard_error(runs, measure)
    except ValueError:  # at every position a run diverged
        return {}
    return found
