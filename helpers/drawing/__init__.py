"""The course's pictures, each drawn by one function, and the style they share.

drawing.use_style()
fig, ax = drawing.figure()
drawing.curves(ax, runs)
"""

from helpers.drawing.plots import (
    curves,
    figure,
    loss_top,
    strength_axis,
    strength_ticks,
    three_losses,
    title,
    weight_histogram,
)
from helpers.drawing.style import INK, LINE_STYLES, MUTED, use_style

__all__ = [
    "INK",
    "LINE_STYLES",
    "MUTED",
    "curves",
    "figure",
    "loss_top",
    "strength_axis",
    "strength_ticks",
    "three_losses",
    "title",
    "use_style",
    "weight_histogram",
]
