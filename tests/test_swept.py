"""`drawing.swept`: a mean with its range at each tried value, named at the end of its line."""

import itertools

import numpy as np
import pytest

from helpers import drawing

WIDTHS = (10, 30, 300, 2400)
FIRST = np.array([[0.8, 0.9], [0.7, 0.8], [0.9, 0.9], [0.5, 0.6]])


def drawn(curves, **more):
    figure, ax = drawing.figure()
    drawing.swept(ax, WIDTHS, curves, **more)
    figure.draw_without_rendering()
    return ax


def one(ax, gid):
    (found,) = (a for a in ax.get_children() if a.get_gid() == gid)
    return found


def test_a_line_is_the_mean_and_a_band_the_range():
    ax = drawn({"all": ("validation", FIRST)})
    x, y = one(ax, "all").get_data()
    assert np.array_equal(x, WIDTHS) and np.allclose(y, [0.85, 0.75, 0.9, 0.55])
    corners = one(ax, "all range").get_paths()[0].vertices
    assert corners[:, 1].min() == 0.5 and corners[:, 1].max() == 0.9
    assert [t.get_text() for t in ax.get_xticklabels()] == ["10", "30", "300", "2400"]


@pytest.mark.parametrize("log", [False, True])
def test_names_stand_at_the_ends_of_their_lines_and_clear_of_each_other(log):
    curves = {f"name {k}": ("test", FIRST + 0.001 * k) for k in range(3)}
    ax = drawn(curves | {"low": ("training", FIRST - 0.4)}, log=log)
    boxes = [one(ax, f"{name} label").get_window_extent() for name in ("low", *list(curves))]
    for lower, upper in itertools.pairwise(boxes):
        assert lower.y1 <= upper.y0
    assert all(box.x0 > ax.bbox.x1 for box in boxes)
    assert all(box.x1 <= ax.figure.bbox.x1 for box in boxes)
    end = ax.transData.transform((1, 0.15))[1]
    assert boxes[0].y0 < end < boxes[0].y1


def test_a_mark_stands_at_its_value_with_its_words():
    ax = drawn({"all": ("validation", FIRST)}, marks={300: "threshold"})
    assert set(one(ax, "mark").get_xdata()) == {300}
    assert "threshold" in [t.get_text() for t in ax.texts]


def test_ticks_of_values_that_are_close_are_left_out_rather_than_touch():
    ax = drawing.figure(columns=3)[1][0]
    drawing.swept(ax, [100, 110, 120, 1000], {"all": ("test", FIRST)})
    words = [t.get_text() for t in ax.get_xticklabels()]
    assert words[0] == "100" and "1000" in words and len(words) < 4


def test_values_of_another_shape_are_refused():
    for values in (FIRST[:3], FIRST[:, 0]):
        with pytest.raises(ValueError, match="must be \\(4, runs\\)"):
            drawn({"all": ("test", values)})
