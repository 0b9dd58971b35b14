"""The browser's side of `Draw`: a pencil for pointer, finger and keys over the axes."""

from pathlib import Path

import anywidget
import traitlets

from helpers.panels.figure import live_figure

HERE = Path(__file__).parent
COLUMNS = 61  # places along the axes at which a drawn curve has a height
# What is above `render` in the live figure's script knows of no widgets: painting, values of axes.
_SHARED = (live_figure.HERE / "live_figure.js").read_text(encoding="utf-8")
_SHARED = _SHARED.partition("\nfunction render(")[0]
SCRIPT = _SHARED + (HERE / "pencil.js").read_text(encoding="utf-8")


class Pencil(anywidget.AnyWidget):
    """Draws curves over the live figure of the panel that it stands in; see `pencil.js`.

    Attributes:
        value: For each curve its height at each of `COLUMNS`, as a fraction of the axes' height
            rounded to four digits, or None where nothing is drawn.
        curve: The index of the curve that is being drawn.
        names: Of the curves.
        strokes: For each curve its styles as in a frame of `LiveFigure`, from back to front.
        axes, size: As in a frame of `LiveFigure`.
        unit: Of the heights.
        words: What is asked.
        active: Whether it can draw.
    """

    _esm = SCRIPT
    _css = (HERE / "pencil.css").read_text(encoding="utf-8")
    value = traitlets.List().tag(sync=True)
    curve = traitlets.Int(0).tag(sync=True)
    names = traitlets.List().tag(sync=True)
    strokes = traitlets.List().tag(sync=True)
    axes = traitlets.Dict().tag(sync=True)
    size = traitlets.List([1, 1]).tag(sync=True)
    unit = traitlets.Unicode("").tag(sync=True)
    words = traitlets.Unicode("").tag(sync=True)
    active = traitlets.Bool(True).tag(sync=True)

    @traitlets.validate("value")
    def _check(self, proposal):
        value = proposal["value"]
        heights = [h for curve in value for h in curve if h is not None]
        if {len(curve) for curve in value} != {COLUMNS} or not all(0 <= h <= 1 for h in heights):
            raise traitlets.TraitError(f"value: must be {COLUMNS} heights a curve, from 0 to 1")
        return value
