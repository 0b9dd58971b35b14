"""The picture of LiveLab: a title of any length has room at every size, beside every view."""

import functools
import itertools

import pytest

from helpers.data import make_2d, split
from helpers.drawing.axes import SIZES
from helpers.experiment import HYPERPARAMETERS, Experiment, Move
from helpers.panels.live import status_words
from helpers.panels.live.live_chart import LiveChart

ALL = Experiment(l1=5e-4, l2=5e-4, dropout=0.35, weight_decay=1e-3, label_smoothing=0.05,
                 input_noise=0.15, learning_rate=5e-4)  # fmt: skip
MOVES = [Move(40, "l2", 0.02), Move(43, "dropout", 0.5), Move(80, "l2", 0.05)]


@functools.cache
def moons():
    return split(make_2d("moons", rows=200), train=60, validation=60, flip_labels=0.1)


def boxes_above(chart):
    """Where words stand above the axes: {words: box}."""
    figure = chart.live_figure.figure
    figure.draw_without_rendering()
    shown = [ax for ax in figure.axes if ax.get_visible()]
    texts = [*figure.texts, *(t for ax in shown for t in [*ax.texts, ax.title])]
    found = [t for t in texts if t.get_visible() and t.get_text().strip()]
    return {t.get_text(): t.get_window_extent() for t in found}


@pytest.mark.parametrize("view", ["", "weights", "losses", "boundary"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("experiment", [ALL, Experiment()])
def test_a_title_of_any_length_is_read_whole_and_touches_nothing(size, view, experiment):
    chart = LiveChart(SIZES[size], moons(), 100, None, 1000)
    chart.look_at(side_view=view)
    values = {name: getattr(experiment, name) for name in HYPERPARAMETERS}
    words = status_words.title(experiment, values)
    chart.show(None, words, MOVES, [])
    boxes = boxes_above(chart)
    (title,) = [t for t in boxes if t.startswith(words[:6])]
    assert title.replace("\n", " · ") == words
    figure, axes = chart.live_figure.figure, chart.curve_axes.ax
    assert boxes[title].x0 >= 0 and boxes[title].x1 <= figure.bbox.x1
    assert axes.bbox.y1 < boxes[title].y0 and boxes[title].y1 <= figure.bbox.y1
    for (a, first), (b, second) in itertools.combinations(boxes.items(), 2):
        assert title not in (a, b) or not first.overlaps(second), (a, b)
    assert axes.bbox.height > 0.4 * figure.bbox.height
    chart.live_figure.close()
