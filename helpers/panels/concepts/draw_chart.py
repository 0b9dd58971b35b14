"""The picture of `Draw`: empty axes, what was drawn as wide pale lines, and the real curves."""

import base64
import io
import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import to_hex, to_rgb
from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont, ImageOps

from helpers.drawing.axes import LIFT, Size
from helpers.drawing.style import LINE_STYLES
from helpers.panels.concepts.chart import EndLabels, Moving
from helpers.panels.concepts.draw_axes import Across, Up
from helpers.panels.concepts.pencil import COLUMNS
from helpers.panels.figure.live_figure import SAVED_DENSITY, LiveFigure

# Narrower than other panels: one pair of axes, of which the words can still be read on a phone.
SIZES = {"page": Size(600, 380, 1.0), "lecture": Size(1000, 600, LIFT)}
_RIBBON = 9  # points: the width of what was drawn
_PALE = 0.3
_DIGITS = 9.3  # pixels that a letter of a label takes


class DrawChart:
    """Axes with the drawn curves and, over them, the real ones.

    Args:
        size: How large.
        across: The horizontal axis.
        up: The vertical axis.
        labels: Of the horizontal and the vertical axis.
        curves: Names of the curves. One that begins with a name of `LINE_STYLES` looks like it.

    Attributes:
        live_figure: The picture.
        strokes: For each curve what a browser needs to draw it, as in a frame of `LiveFigure`.
    """

    def __init__(self, size: Size, across: Across, up: Up, labels, curves: Sequence[str]):
        self.across, self.up, self.curves = across, up, list(curves)
        moving, longest = Moving(size), max(len(f"your {name}") for name in curves)
        with size.style():
            figure = size.figure()
            right = size.span - 16 - _DIGITS * longest
            ax = size.axes(figure, left=74, right=right, top=18, bottom=58)
            across.set_axis(ax, (right - 74) * 100 / 72)
            ax.set(ylim=(up.low, up.high), xlabel=labels[0], ylabel=labels[1])
            styles = [
                size.line_style(name.split()[0])
                if name.split()[0] in LINE_STYLES
                else size.line_style("sum", linestyle="-", linewidth=2.6)
                for name in curves
            ]
            colors = [style["color"] for style in styles]
            self._ribbons = [
                moving.line(ax, color=color, linewidth=_RIBBON, alpha=_PALE, solid_capstyle="round")
                for color in colors
            ]
            self._cores = [
                moving.line(ax, color=color, linewidth=1.2, label=f"your {name}")
                for name, color in zip(curves, colors, strict=True)
            ]
            self._real = [
                moving.keep(ax.plot([], [], label=name, **style)[0])
                for name, style in zip(curves, styles, strict=True)
            ]
            self._labels = EndLabels(moving, ax, colors + colors)
        names = {ax: [(p, across.point(p)) for p in across.columns]}
        self.live_figure = LiveFigure(figure, moving, names=names)
        self.strokes = [
            [
                _stroke(to_hex((*to_rgb(color), _PALE), keep_alpha=True), _RIBBON * size.scale),
                _stroke(color, 1.2 * size.scale),
            ]
            for color in colors
        ]

    def show(
        self,
        drawn: Mapping[str, np.ndarray],
        real: Mapping[str, tuple[np.ndarray, np.ndarray]],
        grown: float,
    ) -> None:
        """Draw what there is.

        Args:
            drawn: {curve: values at `across.columns`, NaN where nothing was drawn}.
            real: {curve: (places, values)}.
            grown: The share of the axis up to which the real curves have come.
        """
        columns, low, high = self.across.columns, self.up.low, self.up.high
        edge = columns[0] + grown * (columns[-1] - columns[0])
        words, heights = [], []
        for i, name in enumerate(self.curves):
            values = drawn.get(name, np.full(COLUMNS, np.nan))
            x, values = columns[np.isfinite(values)], values[np.isfinite(values)]
            self._ribbons[i].set_data(x, values)
            self._cores[i].set_data(x, values)
            words.append(f"your {name}" if len(x) else "")
            heights.append(values[-1] if len(x) else low)
        for i, name in enumerate(self.curves):
            x, values = real.get(name, (np.empty(0), np.empty(0)))
            x, values = x[x <= edge + 1e-9], values[x <= edge + 1e-9]
            self._real[i].set_data(x, values)
            end = values[-1] if len(x) else low
            outside = " ▲" if end > high else " ▼" if end < low else ""
            words.append(name + outside if len(x) else "")
            heights.append(min(max(end, low), high))
        self._labels.show(words, heights)
        self.live_figure.update()


def _stroke(color: str, points: float) -> dict:
    width = round(points * 100 / 72, 2)  # figures have 100 pixels to the inch
    return {"kind": "line", "color": color, "width": width, "cap": "round"}


def headed(png: str, words: str) -> str:
    """A PNG in base64 with words above it, for pages that show nothing else."""
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    font = ImageFont.truetype(findfont("DejaVu Sans:bold"), 16 * SAVED_DENSITY)
    letters = int(picture.width / font.getlength("n")) - 4
    lines = textwrap.wrap(words, letters)
    row = 24 * SAVED_DENSITY
    picture = ImageOps.expand(picture, (0, row * len(lines) + row // 2, 0, 0), "white")
    ink, left = ImageDraw.Draw(picture), 14 * SAVED_DENSITY
    for i, line in enumerate(lines):
        ink.text((left, row // 2 + i * row), line, "#222222", font)
    out = io.BytesIO()
    picture.quantize(256, Image.Quantize.FASTOCTREE, dither=0).save(out, "png", compress_level=6)
    return base64.b64encode(out.getvalue()).decode("ascii")
