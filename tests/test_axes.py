"""What the pictures have in common: distances on linear and logarithmic axes, labels, points."""

import numpy as np
import pytest

from helpers.drawing.axes import SIZES, size_of
from helpers.drawing.curve_axes import LOWEST, CurveAxes, thin


@pytest.fixture(params=["page", "lecture"])
def axes(request):
    """Axes of losses of which guessing costs log 2; they end at 1.4."""
    size = SIZES[request.param]
    with size.style():
        ax = size.axes(size.figure(), left=100, right=500, top=70, bottom=50)
        made = CurveAxes(ax, size, np.log(2))
    made.set_epochs(200)
    return made


def pixels(axes, x, y):
    """Where a point lies, from the lower left corner of the axes, in pixels at scale 1."""
    place = axes.ax.transData.transform((x, y)) - axes.ax.bbox.min
    return place / axes.size.scale


@pytest.mark.parametrize("log", [False, True])
def test_distances_are_those_of_the_picture(axes, log):
    axes.set_metric("loss", log)
    axes.set_epochs(200, log)
    for x, y in ((1, 0.01), (40, 0.5), (200, 1.4)):
        assert (axes.reach(x), axes.height(y)) == pytest.approx(pixels(axes, x, y))
        assert axes.at_reach(axes.reach(x) + 9) > x
        assert axes.reach(axes.at_reach(axes.reach(x) + 9)) == pytest.approx(axes.reach(x) + 9)
        assert axes.at_height(axes.height(y)) == pytest.approx(y)


def test_a_logarithmic_axis_has_limits_of_its_own_that_stay(axes):
    linear = axes.ax.get_ylim()
    axes.set_metric("loss", log=True)
    low, high = axes.ax.get_ylim()
    assert axes.ax.get_yscale() == "log" and (axes.low, axes.high) == (
        LOWEST,
        1.4,
    )
    assert 0.8 * LOWEST < low < LOWEST and high == pytest.approx(1.4)
    ticks = axes.ax.get_yticks()
    labels = [axes.ax.yaxis.get_major_formatter()(v, 0) for v in ticks if low <= v <= high]
    assert labels == ["0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1"]
    axes.set_metric("accuracy", log=True)
    assert axes.ax.get_yscale() == "linear" and not axes.log and axes.high == 1
    axes.set_metric("loss")
    assert axes.ax.get_ylim() == pytest.approx(linear)


def test_logarithmic_epochs_begin_with_the_first(axes):
    axes.set_epochs(200, log=True)
    assert axes.ax.get_xlim() == (1, 200)
    labels = [axes.ax.xaxis.get_major_formatter()(v, 0) for v in axes.ax.get_xticks()]
    assert [v for v in ("1", "2", "5", "10", "20", "50", "100", "200") if v not in labels] == []
    axes.set_epochs(1, log=True)
    assert axes.ax.get_xlim() == (1, 2)
    axes.set_epochs(200)
    assert axes.ax.get_xscale() == "linear" and axes.ax.get_xlim() == (0, 200)


def test_values_are_spelled_so_that_small_ones_can_be_told_apart(axes):
    assert [axes.spell(v) for v in (0.004, 0.5, 2, 300)] == [
        "0.00",
        "0.50",
        "2.00 ▲",
        "3.0e+02 ▲",
    ]
    axes.set_metric("loss", log=True)
    words = [axes.spell(v) for v in (0.5, 0.0123, 0.000154, 0.00002, 0)]
    assert words == ["0.50", "0.012", "0.0002", "2e-05 ▼", "0 ▼"]


@pytest.mark.parametrize("log", [False, True])
def test_tips_stand_apart_in_their_order_on_the_axes(axes, log):
    axes.set_metric("loss", log)
    values = [0.5, 0.51, 0.0, 3.0]
    tips = [(axes.ax.text(0, 0, ""), str(v), v) for v in values]
    axes.place_labels(tips, 100)
    heights = [axes.height(text.get_position()[1]) for text, *_ in tips]
    assert np.diff(sorted(heights)).min() >= 20 - 1e-6
    assert np.argsort(heights).tolist() == np.argsort(values).tolist()
    assert min(heights) >= -1e-6 and max(heights) <= axes.height(axes.ax.get_ylim()[1]) + 1e-6
    places = [text.get_transform().transform(text.get_position())[0] for text, *_ in tips]
    end = axes.ax.transData.transform((100, 0))[0]
    assert places == pytest.approx([end + 9 * axes.size.scale] * 4)


def test_points_are_thinned_evenly_as_the_axis_has_them():
    assert thin(0).tolist() == [] and thin(3, log=True).tolist() == [0, 1, 2]
    even, log = thin(5000), thin(5000, log=True)
    assert len(even) <= 500 and set(np.diff(even)) == {10} and even[-1] == 4999
    assert len(log) <= 500 and log[-1] == 4999 and log[:20].tolist() == list(range(20))
    assert (np.diff(log) > 0).all()


def test_wrong_tops_are_refused():
    size = size_of("page")
    with size.style():
        ax = size.axes(size.figure(), left=100, right=500, top=70, bottom=50)
    for top in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="top="):
            CurveAxes(ax, size, 0.7, top)


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
def test_a_baseline_stands_on_axes_of_its_metric_only(axes, metric):
    other = "accuracy" if metric == "loss" else "loss"
    axes.mark_baseline(0.1, metric)
    line, (text,) = axes.ax.lines[-1], axes.baseline_texts
    for shown in (metric, other, metric):
        axes.set_metric(shown)
        axes.place_labels([], 200)
        assert line.get_visible() == bool(text.get_text()) == (shown == metric)
    assert list(line.get_ydata()) == [0.1, 0.1] and axes.low < 0.1
    assert text.get_text() == ("baseline 0.10" if metric == "loss" else "baseline 10.0 %")
