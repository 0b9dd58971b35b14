"""The picture of `DecayLab`: curves under either optimizer, and which weights shrink."""

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator, PercentFormatter

from helpers import metrics
from helpers.drawing.curve_axes import separate
from helpers.drawing.curves import Curves
from helpers.drawing.style import MUTED, PAIR
from helpers.experiment import HYPERPARAMETERS, Run
from helpers.formatting import tick
from helpers.panels.sweeps.bank_chart import BELOW, BankChart
from helpers.panels.sweeps.shrinkage import Shrinkage

_TOP, _LEFT = 88, 82  # pixels at scale 1 above the axes and before the first
_DASHES = ("-", (0, (4, 1.6)))
_NAMES = ("Adam + L2", "AdamW")


class DecayChart(BankChart):
    """Adam with an L2 penalty at the left, AdamW in the middle, both together at the right.

    Attributes:
        other: The curves under AdamW.
        norms: The norm of the weights, in words, of either.
        kept: The line of either optimizer at the right.
    """

    def _make(self, figure):
        size, span = self.size, self.size.span
        width, room = 0.164 * span, 98  # of the axes of curves, and for the words behind them
        lefts = (_LEFT, _LEFT + width + room + 12)
        first, second = (self._curve_axes(figure, x, x + width, _TOP) for x in lefts)
        second.ax.set_ylabel("")
        second.ax.tick_params(labelleft=False)
        self.curves, self.other = Curves(first), Curves(second)
        self.title, self.other_title = (
            self._write(figure, x, 9, 12.5, color=color)
            for x, color in zip(lefts, PAIR, strict=True)
        )
        self.norms = [size.write(figure, x, 37, "", 12) for x in lefts]
        self._write_seeds(figure, lefts[0], 60, "mean and range")
        third = lefts[1] + width + room + 60
        size.write(figure, third - 34, 9, "What is left of the weights", 13, weight="bold")
        told = ("in % of their size without decay,", "in 8 groups, by their gradient")
        for y, words in zip((37, 60), told, strict=True):
            size.write(figure, third - 34, y, words, 11, MUTED)
        moving = self._make_kept(size.axes(figure, third, span - 104, _TOP, BELOW))
        words = [self.title, self.other_title, *self.norms]
        return [*self.curves.moving, *self.other.moving, *moving, *words]

    def _make_kept(self, ax):
        size, scale = self.size, self.size.scale
        ax.set(xscale="log", xlim=(1e-4, 1e-1), ylim=(0, 1.08))
        ax.set(xlabel="size of the gradient")
        ax.yaxis.set_major_formatter(PercentFormatter(1, 0, " %"))
        ax.xaxis.set_major_locator(LogLocator(numticks=4))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: tick(v)))
        ax.xaxis.set_minor_locator(NullLocator())
        self._kept_axes = ax
        self.ranges = [
            ax.fill_between([], [], [], color=color, alpha=0.2, linewidth=0) for color in PAIR
        ]
        marks = {"linewidth": 2.2 * scale, "mec": "white", "mew": scale, "ms": 7 * scale}
        self.kept = [
            ax.plot([], [], marker, label=name, color=color, linestyle=dash, **marks)[0]
            for marker, name, color, dash in zip("os", _NAMES, PAIR, _DASHES, strict=True)
        ]
        style = {"weight": "bold", "va": "center_baseline", "transform": ax.get_yaxis_transform()}
        self._tips = [ax.text(1.04, 0, "", **size.type(11, c, **style)) for c in PAIR]
        return [*self.ranges, *self.kept, *self._tips]

    def spell(self, position: float) -> str:
        """Name the left network's setting, in the words of Keras."""
        return f"Adam, {super().spell(position)}"

    def spell_decay(self, decay: float) -> str:
        """Name the right network's setting, in the words of Keras."""
        return f"AdamW, {HYPERPARAMETERS['weight_decay'].spell(decay)}"

    def _set_axes(self, metric, *more):
        changed = super()._set_axes(metric)
        if changed:
            self.other.axes.set_metric(metric)
            self.other.axes.ax.set_ylabel("")
        return self._make_room(*more) or changed

    def _make_room(self, decay, other, found) -> bool:
        """Let the axis of gradients begin and end where they do; says whether it changed."""
        if not found:
            return False
        sizes = found[0].gradient
        sizes = sizes[sizes > 0]
        ends = (
            10 ** np.floor(np.log10(sizes.min() / 1.2)),
            10 ** np.ceil(np.log10(sizes.max() * 1.2)),
        )
        if ends == self._kept_axes.get_xlim():
            return False
        self._kept_axes.set_xlim(ends)
        return True

    def _draw(
        self,
        position: float,
        runs: list[Run],
        epochs: int,
        decay: float,
        other: list[Run],
        found: tuple[Shrinkage, Shrinkage] | None,
    ) -> None:
        """Draw what AdamW did with a decay, and which weights shrank.

        Args:
            position: λ of the left network.
            runs: Those with Adam and L2, one per seed.
            epochs: How many were trained.
            decay: The weight decay of the right network.
            other: Those with AdamW, one per seed.
            found: Of either optimizer; None where there is nothing to compare.
        """
        self.other.show(other, epochs)
        self.other_title.set_text(self.spell_decay(decay))
        for text, row in zip(self.norms, (runs, other), strict=True):
            norm = np.mean([metrics.norm(run.penalised_kernels) for run in row]) if row else 0
            text.set_text(f"norm of the weights {norm:.2f}" if row else "")
        heights = []
        for k, (line, band) in enumerate(zip(self.kept, self.ranges, strict=True)):
            x, kept = found[k] if found else (np.empty((1, 0)), np.empty((1, 0)))
            x = x.mean(axis=0)
            line.set_data(x, kept.mean(axis=0))
            band.set_data(x, kept.min(axis=0), kept.max(axis=0))
            heights.append(kept.mean(axis=0)[-1] if found else 0.0)
        low, high = self._kept_axes.get_ylim()
        row = 20 * self.size.scale / self._kept_axes.bbox.height * (high - low)
        places = separate(heights, row, low, high)
        for text, name, y in zip(self._tips, _NAMES, places, strict=True):
            text.set(text=name if found else "", y=y)
