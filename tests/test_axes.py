"""What the pictures have in common: distances on linear and logarithmic axes, labels, points."""

import numpy as np
import pytest

from helpers.drawing import axes
from helpers.drawing.axes import LOWEST, SIZES, CurveAxes, thin


@pytest.fixture(params=["page", "lecture"])
def plane(request):
    """Axes of losses of which guessing costs log 2; they end at 1.4."""
    size = SIZES[request.param]
    with size.style():
        ax = size.axes(size.figure(), left=100, right=500, top=70, bottom=50)
        made = CurveAxes(ax, size, np.log(2))
    made.set_epochs(200)
    return made


def pixels(plane, x, y):
    """Where a point lies, from the lower left corner of the axes, in pixels at scale 1."""
    place = plane.ax.transData.transform((x, y)) - plane.ax.bbox.min
    return place / plane.size.scale


@pytest.mark.parametrize("log", [False, True])
def test_distances_are_those_of_the_picture(plane, log):
    plane.set_metric("loss", log)
    plane.set_epochs(200, log)
    for x, y in ((1, 0.01), (40, 0.5), (200, 1.4)):
        assert (plane.reach(x), plane.height(y)) == pytest.approx(pixels(plane, x, y))
        assert plane.at_reach(plane.reach(x) + 9) > x
        assert plane.reach(plane.at_reach(plane.reach(x) + 9)) == pytest.approx(plane.reach(x) + 9)
        assert plane.at_height(plane.height(y)) == pytest.approx(y)


def test_a_logarithmic_axis_has_limits_of_its_own_that_stay(plane):
    linear = plane.ax.get_ylim()
    plane.set_metric("loss", log=True)
    low, high = plane.ax.get_ylim()
    assert plane.ax.get_yscale() == "log" and (plane.low, plane.high) == (LOWEST, 1.4)
    assert 0.8 * LOWEST < low < LOWEST and high == pytest.approx(1.4)
    ticks = plane.ax.get_yticks()
    labels = [plane.ax.yaxis.get_major_formatter()(v, 0) for v in ticks if low <= v <= high]
    assert labels == ["0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1"]
    plane.set_metric("accuracy", log=True)
    assert plane.ax.get_yscale() == "linear" and not plane.log and plane.high == 1
    plane.set_metric("loss")
    assert plane.ax.get_ylim() == pytest.approx(linear)


def test_logarithmic_epochs_begin_with_the_first(plane):
    plane.set_epochs(200, log=True)
    assert plane.ax.get_xlim() == (1, 200)
    labels = [plane.ax.xaxis.get_major_formatter()(v, 0) for v in plane.ax.get_xticks()]
    assert [v for v in ("1", "2", "5", "10", "20", "50", "100", "200") if v not in labels] == []
    plane.set_epochs(1, log=True)
    assert plane.ax.get_xlim() == (1, 2)
    plane.set_epochs(200)
    assert plane.ax.get_xscale() == "linear" and plane.ax.get_xlim() == (0, 200)


def test_values_are_spelled_so_that_small_ones_can_be_told_apart(plane):
    assert [plane.spell(v) for v in (0.004, 0.5, 2, 300)] == ["0.00", "0.50", "2.00 ▲", "3.0e+02 ▲"]
    plane.set_metric("loss", log=True)
    words = [plane.spell(v) for v in (0.5, 0.0123, 0.000154, 0.00002, 0)]
    assert words == ["0.50", "0.012", "0.0002", "2e-05 ▼", "0 ▼"]


@pytest.mark.parametrize("log", [False, True])
def test_tips_stand_apart_in_their_order_on_the_axes(plane, log):
    plane.set_metric("loss", log)
    values = [0.5, 0.51, 0.0, 3.0]
    tips = [(plane.ax.text(0, 0, ""), str(v), v) for v in values]
    plane.place_tips(tips, 100)
    heights = [plane.height(text.get_position()[1]) for text, *_ in tips]
    assert np.diff(sorted(heights)).min() >= 20 - 1e-6
    assert np.argsort(heights).tolist() == np.argsort(values).tolist()
    assert min(heights) >= plane.height(plane.low) - 1e-6
    assert max(heights) <= plane.height(plane.high) + 1e-6
    assert all(plane.reach(text.get_position()[0]) == pytest.approx(plane.reach(100) + 9)
               for text, *_ in tips)  # fmt: skip


def test_points_are_thinned_evenly_as_the_axis_has_them():
    assert thin(0).tolist() == [] and thin(3, log=True).tolist() == [0, 1, 2]
    even, log = thin(5000), thin(5000, log=True)
    assert len(even) <= 500 and set(np.diff(even)) == {10} and even[-1] == 4999
    assert len(log) <= 500 and log[-1] == 4999 and log[:20].tolist() == list(range(20))
    assert (np.diff(log) > 0).all()


def test_wrong_tops_are_refused():
    size = axes.size_of("page")
    with size.style():
        ax = size.axes(size.figure(), left=100, right=500, top=70, bottom=50)
    for top in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="top="):
            CurveAxes(ax, size, 0.7, top)


@pytest.mark.parametrize("accuracy", [0.1, 0.64])
def test_a_baseline_stands_on_axes_of_accuracies_only(plane, accuracy):
    with plane.size.style():
        plane.mark_baseline(accuracy)
    line, word = plane._baseline
    assert not line.get_visible() and not word.get_visible()
    plane.set_metric("accuracy")
    assert line.get_visible() and word.get_visible()
    assert line.get_ydata() == [accuracy, accuracy] and plane.low < accuracy
    assert word.get_text() == f"guessing {100 * accuracy:.0f} %"
    plane.set_metric("loss")
    assert not line.get_visible()
