"""The look of the pictures: the style file, and one colour and one dash for each meaning."""

import sys
import warnings
from collections.abc import Iterable
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib import style
from matplotlib.colors import to_hex, to_rgb
from matplotlib.font_manager import fontManager

from helpers.drawing import alt_text

STYLE_FILE = Path(__file__).with_name("course.mplstyle")
STYLE = matplotlib.rc_params_from_file(STYLE_FILE, use_default_template=False)
# Where DejaVu Sans has no letter, the first of these that has it; each system brings some.
FALLBACKS = ("Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans Devanagari",
             "PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "Arial Unicode MS",
             "Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "Nirmala UI", "Noto Emoji",
             "Segoe UI Emoji")  # fmt: skip

INK = "#222222"
MUTED = "#6b6b6b"
NEUTRAL = "#8a94a3"  # of bars

# One style a role, the same in every lesson and panel:
# `ax.plot(x, y, **LINE_STYLES["training"])`.
# The colours are Okabe and Ito's, told apart by colour-blind people; the dashes say it again.
# A dash pattern is (offset, (on, off, ...)) in units of the line's width.
LINE_STYLES: dict[str, dict] = {
    "training": {"color": "#0072B2", "linestyle": "-", "linewidth": 2.6},
    "validation": {"color": "#D55E00", "linestyle": (0, (4, 1.6)), "linewidth": 2.6},
    "test": {"color": "#009E73", "linestyle": (0, (1, 1.4)), "linewidth": 2.6},
    "penalty": {"color": "#CC79A7", "linestyle": (0, (6, 1.6, 1, 1.6)), "linewidth": 2.6},
    "sum": {"color": INK, "linestyle": (0, (8, 1.4, 1, 1.4, 1, 1.4)), "linewidth": 1.8},
    "reported": {"color": "#56B4E9", "linestyle": (0, (1.5, 1)), "linewidth": 1.8},
    "best": {"color": "#009E73", "linestyle": "-", "linewidth": 2.0},
    "muted": {"color": MUTED, "linestyle": "-", "linewidth": 1.2},
}
COLORS = {role: style["color"] for role, style in LINE_STYLES.items()}

# The two classes of a decision boundary: not the colours of training and validation, apart in
# lightness too, and with a marker each.
CLASSES = (
    {"color": "#332288", "marker": "o", "markersize": 7.5},
    {"color": "#E69F00", "marker": "^", "markersize": 9},
)
# What is compared side by side and has no role of its own; told apart by the colour-blind, too.
PAIR = ("#AA3377", "#806600")


def families(installed: Iterable[str]) -> list[str]:
    """List the families of type: the style's own, then the fallbacks that are installed."""
    return [*STYLE["font.sans-serif"], *(name for name in FALLBACKS if name in set(installed))]


STYLE["font.family"] = families(fontManager.get_font_names())
# A letter of a table's column that no installed font has is drawn as a box. Matplotlib would say
# so at each drawing, which is many times a second in a panel, and nobody there can mend it.
warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)


def use_style() -> None:
    """Apply the course's style to every figure made from now on (importing does not).

    A notebook also keeps the words of each figure with it, for those who cannot see it, and shows
    figures though the shell that started it exports a backend that shows none (MPLBACKEND=Agg).
    """
    if "ipykernel.zmqshell" in sys.modules and matplotlib.get_backend().lower() == "agg":
        sys.modules["IPython"].get_ipython().enable_matplotlib("inline")
    style.use(STYLE)
    alt_text.keep()


def text_color(color: str) -> str:
    """Give the same hue, as dark as letters on white need to be (contrast 4.5, WCAG 2.1 AA)."""
    rgb = np.array(to_rgb(color))
    while _contrast_with_white(rgb) < 4.5:
        rgb = rgb * 0.97
    return to_hex(rgb)


def _contrast_with_white(rgb) -> float:
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return 1.05 / (float(linear @ [0.2126, 0.7152, 0.0722]) + 0.05)
