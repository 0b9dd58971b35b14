"""Draws numbers on a given `Axes`; returns and keeps nothing.

    use_style()
    figure, ax = plt.subplots()
    curves(ax, runs)
"""

from __future__ import annotations

from pathlib import Path

import matplotlib
from matplotlib import style

STYLE_FILE = Path(__file__).with_name("course.mplstyle")
STYLE = matplotlib.rc_params_from_file(STYLE_FILE, use_default_template=False)

INK = "#222222"
MUTED = "#6b6b6b"

# One look for each role, the same in every lesson and panel: `ax.plot(x, y, **LOOKS["training"])`.
# The colours are Okabe and Ito's, told apart by colour-blind people; the dashes say it again.
# A dash pattern is (offset, (on, off, ...)) in units of the line's width.
LOOKS: dict[str, dict] = {
    "training": {"color": "#0072B2", "linestyle": "-", "linewidth": 2.6},
    "validation": {"color": "#D55E00", "linestyle": (0, (4, 1.6)), "linewidth": 2.6},
    "test": {"color": "#009E73", "linestyle": (0, (1, 1.4)), "linewidth": 2.6},
    "penalty": {"color": "#CC79A7", "linestyle": (0, (6, 1.6, 1, 1.6)), "linewidth": 2.6},
    "sum": {"color": INK, "linestyle": (0, (8, 1.4, 1, 1.4, 1, 1.4)), "linewidth": 1.8},
    "reported": {"color": "#56B4E9", "linestyle": (0, (1.5, 1)), "linewidth": 1.8},
    "best": {"color": "#009E73", "linestyle": "-", "linewidth": 2.0},
    "muted": {"color": MUTED, "linestyle": "-", "linewidth": 1.2},
}


def use_style() -> None:
    """Apply the course's style to every figure made from now on (importing does not)."""
    style.use(STYLE_FILE)
