"""What a picture shows, in words, for those who cannot see it.

A saved notebook keeps them with the picture (`alt` in its metadata). The HTML pages of nbconvert's
"lab" template do not carry them over.
"""

import sys
from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.figure import Figure


def describe(figure: Figure) -> str:
    """The words of a figure, in the order in which one reads them.

    For each of its axes: the title, what is drawn against what, and the words inside: labels of
    lines, values, the legend and notes. They say what is compared and, in the course's pictures,
    the value at the end of each line.
    """
    figure.draw_without_rendering()  # labels look for their places when they are drawn
    axes = [_describe(ax) for ax in figure.axes if ax.get_visible()]
    return " ".join(f"{words}." for words in [*_lines([figure.get_suptitle()]), *axes] if words)


def keep() -> None:
    """From now on IPython keeps these words with every figure that a notebook shows."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and (shell := ipython.get_ipython()) is not None:
        shell.display_formatter.mimebundle_formatter.for_type(Figure, _bundle)


def metadata(words: str) -> dict:
    """The metadata of a mime bundle whose PNG shows what the words say."""
    return {"image/png": {"alt": words}}


def _bundle(figure, include=None, exclude=None) -> tuple[dict, dict]:
    return {}, metadata(describe(figure))  # no data: the PNG is IPython's own


def _describe(ax: Axes) -> str:
    axes = " against ".join(_lines([ax.get_ylabel(), ax.get_xlabel()]))
    legend = ax.get_legend().get_texts() if ax.get_legend() else []
    inside = [text.get_text() for text in [*ax.texts, *legend] if text.get_visible()]
    told = _lines([axes, ", ".join(_lines([*inside, ax.get_title("right")]))])
    return " – ".join(_lines([ax.get_title("left"), ax.get_title(), ": ".join(told)]))


def _lines(texts: Iterable[str]) -> list[str]:
    """Those that say something, once each, each on one line."""
    return [words for words in dict.fromkeys(" ".join(text.split()) for text in texts) if words]
