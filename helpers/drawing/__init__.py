"""The course's pictures, each drawn by one function, and the style they share.

drawing.use_style()
figure, ax = drawing.figure()
drawing.curves(ax, runs)
"""

from helpers.drawing.axes import figure, title
from helpers.drawing.curves import curves, loss_top
from helpers.drawing.histogram import weight_histogram
from helpers.drawing.losses import three_losses
from helpers.drawing.ranking import RANKED, ranking
from helpers.drawing.reliability import reliability_diagram
from helpers.drawing.style import INK, LINE_STYLES, MUTED, use_style
from helpers.drawing.sweep import strength_axis, strength_ticks
from helpers.drawing.swept import swept

__all__ = [
    "INK",
    "LINE_STYLES",
    "MUTED",
    "RANKED",
    "curves",
    "figure",
    "loss_top",
    "ranking",
    "reliability_diagram",
    "strength_axis",
    "strength_ticks",
    "swept",
    "three_losses",
    "title",
    "use_style",
    "weight_histogram",
]
