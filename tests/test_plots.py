"""What the pictures say: the numbers in their artists, and that every word can be read."""

import dataclasses
import itertools
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.path import Path
from matplotlib.transforms import Bbox

from helpers import metrics
from helpers.data import Part
from helpers.drawing import plots
from helpers.experiment import HYPERPARAMETERS, Divergence, Experiment, Hyperparameter, Move, Run

EPOCHS = 120
EPOCH = np.arange(1, EPOCHS + 1)


def make_run(train, validation, *, seed=0, epochs=None, **changes):
    train, validation = (np.asarray(curve, np.float32) for curve in (train, validation))
    random = np.random.default_rng(seed)
    fields = {
        "experiment": Experiment(hidden=(8,), epochs=epochs or max(1, len(train)), seed=seed),
        "train_loss": train,
        "validation_loss": validation,
        "train_accuracy": np.clip(1 - train / 2, 0, 1),
        "validation_accuracy": np.clip(1 - validation / 3, 0, 1),
        "penalty": np.full(len(train), 0.1, np.float32),
        "fit_loss": train + np.float32(0.15),
        "fit_accuracy": np.clip(1 - train, 0, 1),
        "weights": [random.normal(size=(2, 8)), np.zeros(8), np.ones((8, 1)), np.zeros(1)],
    }
    return Run(**(fields | changes))


def overfitted(seed=0, rise=0.01, noise=0.01, epochs=EPOCHS):
    """Validation lowest about epoch 20, then rising."""
    jitter = noise * np.random.default_rng(seed).normal(size=(2, EPOCHS))
    train = 0.6 * np.exp(-EPOCH / 20) + 0.02 + np.abs(jitter[0])
    validation = 0.4 + 0.25 * np.exp(-EPOCH / 6) + rise * np.maximum(0, EPOCH - 20) + jitter[1]
    return make_run(train[:epochs], validation[:epochs], seed=seed, epochs=EPOCHS)


def together(seed=0):
    jitter = 0.004 * np.random.default_rng(seed).normal(size=(2, EPOCHS))
    fall = 0.4 * np.exp(-EPOCH / 15)
    return make_run(0.4 + fall + jitter[0], 0.42 + fall + jitter[1], seed=seed)


def crossing():
    """Validation below training for most of the time, as under dropout."""
    return make_run(1.2 * np.exp(-EPOCH / 60), 0.3 + 0.5 * np.exp(-EPOCH / 8))


def exploded():
    return make_run(0.5 + 0 * EPOCH, np.where(EPOCH < 60, 0.5, 1e6))


def broken(epochs=30):
    told = Divergence(epochs + 1, "training loss is no longer a finite number")
    return dataclasses.replace(overfitted(epochs=epochs), diverged=told)


def moved():
    return dataclasses.replace(overfitted(), moves=(Move(40, "l2", 0.03), Move(80, "dropout", 0.5)))


RUNS = {
    "overfitted": [overfitted()],
    "five seeds": [overfitted(seed) for seed in range(5)],
    "together": [together()],
    "crossing": [crossing()],
    "at zero": [make_run(0 * EPOCH, 0 * EPOCH)],
    "still growing": [overfitted(epochs=50)],
    "one epoch": [overfitted(epochs=1)],
    "exploded": [exploded()],
    "diverged": [broken()],
    "diverged among others": [broken(), overfitted(1), overfitted(2)],
    "moved": [moved()],
    "best at the end": [make_run(1 / EPOCH, 1.2 / EPOCH**0.5)],
}


def make_sweep(
    bottom=2, seeds=3, steepness=0.1, positions=HYPERPARAMETERS["l2"].positions, spread=0.02
):
    """A U with its lowest point at the given position; training rises."""
    sweep = {}
    for i, position in enumerate(positions):
        low = 0.4 + steepness * abs(i - bottom)
        sweep[position] = [
            make_run([0.9, 0.01 + 0.03 * i], [0.9, low + spread * (s - 1)], seed=s)
            for s in range(seeds)
        ]
    return sweep


# --- Reading a picture --------------------------------------------------------------------


def axes(width=840, height=460, columns=1):
    return plots.figure(columns, width=width, height=height)[1]


def drawn(ax, dpi=None):
    """Draw the figure, so that labels find their places."""
    figure = ax.get_figure(root=True)
    figure.set_dpi(dpi or figure.dpi)
    FigureCanvasAgg(figure).draw()
    return ax


def find(ax, gid):
    return [artist for artist in ax.findobj(lambda a: a.get_gid() == gid) if artist.get_visible()]


def one(ax, gid):
    (artist,) = find(ax, gid)
    return artist


def words(ax):
    """All words that can be seen on and above the axes."""
    above = [ax.get_title(loc=place) for place in ("left", "center", "right")]
    seen = [*above, ax.get_xlabel(), *(text.get_text() for text in seen_texts(ax))]
    return " | ".join(seen).replace("\n", " ")


def seen_texts(ax):
    return [t for t in ax.texts if t.get_text() and t.get_visible() and t.get_gid() != "break"]


def box_of(text):
    return text.get_window_extent()


def crossings(ax):
    """Pairs of a text and a line, bar, marker or other text that it touches."""
    found = []
    texts = seen_texts(ax)
    for a, b in itertools.combinations(texts, 2):
        if box_of(a).overlaps(box_of(b)):
            found.append((a.get_text(), b.get_text()))
    for text, line in itertools.product(texts, ax.lines):
        path = line.get_transform().transform(line.get_xydata())
        path = path[np.isfinite(path).all(axis=1)]
        if len(path) < 1 or line.get_gid() == "leader":
            continue
        box = box_of(text)
        hit = line.get_marker() != "None" and any(box.contains(*point) for point in path)
        if len(path) > 1 and line.get_linestyle() != "None":
            hit = hit or Path(path).intersects_bbox(box, filled=False)
        if hit:
            found.append((text.get_text(), line.get_gid()))
    return found


def assert_readable(ax):
    assert crossings(ax) == []
    frame = Bbox.from_extents(ax.bbox.x0 - 1, ax.bbox.y0 - 1, ax.bbox.x1 + 1, ax.bbox.y1 + 1)
    figure = ax.get_figure(root=True).bbox
    for text in seen_texts(ax):
        box = box_of(text)
        assert frame.containsx(box.x0) and frame.containsx(box.x1), text.get_text()
        assert frame.containsy(box.y0) and frame.containsy(box.y1), text.get_text()
    for text in find(ax, "note"):
        box = box_of(text)
        assert not text.get_text().strip() or (box.x0 > figure.x0 and box.x1 < figure.x1 + 1)


# --- Style --------------------------------------------------------------------------------


def test_importing_changes_no_setting_and_starts_no_pyplot():
    code = (
        "import sys, matplotlib; before = matplotlib.rcParams.copy(); import helpers.drawing.plots;"
        "assert matplotlib.rcParams.copy() == before; print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_use_style_applies_the_file():
    with matplotlib.rc_context():
        plots.use_style()
        assert matplotlib.rcParams["font.size"] == plots.STYLE["font.size"] == 13
        assert not matplotlib.rcParams["axes.spines.top"]
        figure, ax = plt.subplots()
        plots.curves(ax, overfitted())
        assert_readable(drawn(ax))
        plt.close(figure)


def test_figure_looks_the_same_whether_the_style_is_used_or_not():
    def looks(ax):
        drawn(ax)
        tick = ax.xaxis.get_major_ticks()[0]
        return [
            tick.label1.get_fontsize(), tick.label1.get_color(), tick.tick1line.get_markersize(),
            tick.gridline.get_color(), ax.xaxis.label.get_fontsize(), ax.get_facecolor(),
            ax.spines["left"].get_edgecolor(), ax.spines["top"].get_visible(),
        ]  # fmt: skip

    plain = looks(axes())
    with matplotlib.rc_context():
        plots.use_style()
        assert looks(axes()) == plain
        figure, ax = plt.subplots(figsize=(8.4, 4.6))
        assert looks(ax) == plain
        plt.close(figure)


def test_figure_is_unknown_to_pyplot_and_has_the_size_asked_for():
    before = plt.get_fignums()
    figure, made = plots.figure(3, 2, width=900, height=300, ratios=(2, 1, 1))
    assert plt.get_fignums() == before
    assert made.shape == (2, 3)
    assert tuple(figure.bbox.size) == (900, 300)
    drawn(made[0, 0])
    assert made[0, 0].bbox.width > 1.5 * made[0, 1].bbox.width


def test_looks_differ_in_colour_and_in_dashes():
    curves = [
        plots.LINE_STYLES[name] for name in ("training", "validation", "test", "penalty", "sum")
    ]
    curves.append(plots.LINE_STYLES["reported"])
    for a, b in itertools.combinations(curves, 2):
        assert a["color"] != b["color"]
        assert a["linestyle"] != b["linestyle"]


def brightness(color):
    return float(np.array(to_rgb(color)) @ [0.2126, 0.7152, 0.0722])


# Viénot, Brettel and Mollon 1999: what is left of a linear RGB colour without one cone type.
DEUTERANOPIA = np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]])
PROTANOPIA = np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]])


@pytest.mark.parametrize("blindness", [DEUTERANOPIA, PROTANOPIA])
def test_colours_that_meet_stay_apart_for_the_colour_blind(blindness):
    """Less so training and penalty, which differ in dashes too, as all do."""
    meet = [("training", "validation"), ("training", "penalty"), ("training", "best"),
            ("validation", "best"), ("validation", "sum"), ("penalty", "sum")]  # fmt: skip
    for a, b in meet:
        seen = [
            (blindness @ np.array(to_rgb(plots.LINE_STYLES[name]["color"])) ** 2.2).clip(0, 1)
            ** (1 / 2.2)
            for name in (a, b)
        ]
        assert np.linalg.norm(seen[0] - seen[1]) > 0.14, (a, b)


def test_the_two_classes_differ_in_lightness_and_marker():
    first, second = plots.CLASSES
    assert abs(brightness(first["color"]) - brightness(second["color"])) > 0.3
    assert first["marker"] != second["marker"]


@pytest.mark.parametrize("role", plots.LINE_STYLES)
def test_letters_are_dark_enough_to_read(role):
    rgb = np.array(to_rgb(plots.text_color(plots.LINE_STYLES[role]["color"])))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    assert 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05) >= 4.5


def test_titles_look_like_those_of_the_style():
    ax = axes()
    plots.title(ax, "No penalty")
    assert ax.get_title(loc="left") == "No penalty"
    found = next(t for t in ax.get_children() if getattr(t, "get_text", str)() == "No penalty")
    assert found.get_fontsize() == plots.STYLE["axes.titlesize"]
    assert found.get_weight() == "bold"


# --- Curves -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(840, 460), (420, 260)])
@pytest.mark.parametrize("name", RUNS)
def test_every_label_of_curves_can_be_read(name, size):
    ax = axes(*size)
    plots.title(ax, "A title")
    plots.curves(ax, RUNS[name])
    assert_readable(drawn(ax))


@pytest.mark.parametrize("name", RUNS)
def test_labels_keep_clear_beside_other_axes_and_at_another_resolution(name):
    left, right = axes(1140, 460, columns=2)
    plots.curves(left, RUNS[name], reported=True)
    plots.u_curve(right, make_sweep(), "l2", position=0.01)
    assert_readable(drawn(left, dpi=200))
    assert_readable(right)
    assert_readable(drawn(left, dpi=100))


def test_labels_move_when_the_figure_changes():
    ax = axes()
    plots.curves(ax, overfitted())
    assert_readable(drawn(ax))
    before = one(ax, "validation label").get_position()
    ax.get_figure().set_size_inches(4.4, 3)
    ax.set_title("set after drawing")
    assert_readable(drawn(ax))
    assert one(ax, "validation label").get_position() != before


def test_curves_of_one_run_hold_its_numbers():
    run = overfitted()
    ax = axes()
    assert plots.curves(ax, run) is None
    drawn(ax)
    for gid, values in (("training", run.train_loss), ("validation", run.validation_loss)):
        line = one(ax, gid)
        np.testing.assert_array_equal(line.get_xdata(), EPOCH)
        np.testing.assert_allclose(line.get_ydata(), values)
        assert line.get_color() == plots.LINE_STYLES[gid]["color"]
        assert one(ax, f"{gid} label").get_text() == f"{gid} {values[-1]:.2f}"
    best = metrics.best_epoch(run)
    assert one(ax, "best").get_xdata() == best
    assert f"lowest at epoch {best}" in words(ax)
    assert one(ax, "gap label").get_text() == f"gap {metrics.gap(run):.2f}"
    assert ax.get_xlim() == (0, EPOCHS)
    low, high = ax.get_ylim()
    assert low < 0.0 and high > max(run.validation_loss)
    assert find(ax, "training band") == []


def test_the_gap_is_shaded_between_the_lines_and_its_arrow_spans_it_at_the_end():
    run = overfitted(noise=0)
    ax = axes()
    plots.curves(ax, run)
    drawn(ax)
    corners = one(ax, "gap").get_paths()[0].vertices
    assert corners[:, 1].min() == pytest.approx(run.train_loss.min())
    assert corners[:, 1].max() == pytest.approx(run.validation_loss.max())
    arrow = one(ax, "gap arrow")
    (x, low), (_, high) = arrow.xy, arrow.xyann
    assert x > 0.95 * EPOCHS
    assert low == pytest.approx(np.interp(x, EPOCH, run.train_loss), abs=1e-6)
    assert high == pytest.approx(np.interp(x, EPOCH, run.validation_loss), abs=1e-6)


def test_a_gap_too_narrow_for_words_is_told_beside_it():
    ax = axes()
    run = make_run(0.4 + 0.4 / EPOCH, 0.41 + 0.4 / EPOCH)
    plots.curves(ax, run)
    assert_readable(drawn(ax))
    assert find(ax, "gap arrow") == []
    assert one(ax, "gap label").get_text() == "gap 0.01"
    assert one(ax, "gap label").get_position()[0] > 0.7 * EPOCHS


def test_what_finds_no_place_is_told_above():
    """One vertical stroke every other epoch: nothing fits between."""
    ax = axes(840, 460)
    plots.curves(ax, make_run(EPOCH % 2, EPOCH % 2))
    assert seen_texts(drawn(ax)) == []
    assert "training 0.00 · validation 0.00" in words(ax)
    assert "gap 0.00" in words(ax) and "lowest at epoch 2" in words(ax)


def test_a_negative_gap_is_written_as_one():
    ax = axes()
    plots.curves(ax, make_run(0.9 - 0.001 * EPOCH, 0.3 - 0.001 * EPOCH))
    assert "gap −0.60" in words(drawn(ax))


def test_gap_and_best_can_be_left_out():
    ax = axes()
    plots.curves(ax, overfitted(), gap=False, best=False)
    drawn(ax)
    assert find(ax, "gap") == find(ax, "best") == []
    assert "gap" not in words(ax) and "lowest" not in words(ax)


@pytest.mark.parametrize("band", ["range", "interval"])
def test_seeds_give_a_mean_and_a_named_band(band):
    runs = RUNS["five seeds"]
    ax = axes()
    plots.curves(ax, runs, band=band)
    drawn(ax)
    values = np.array([run.validation_loss for run in runs], float)
    np.testing.assert_allclose(one(ax, "validation").get_ydata(), values.mean(axis=0))
    at = 70  # an epoch
    corners = one(ax, "validation band").get_paths()[0].vertices
    ends = np.unique(corners[corners[:, 0] == at, 1])
    expected = [values[:, at - 1].min(), values[:, at - 1].max()]
    if band == "interval":
        found = metrics.interval(values[:, at - 1])
        expected = [found.low, found.high]
    np.testing.assert_allclose(ends, expected)
    name = {"range": "range", "interval": "95 % interval"}[band]
    assert ax.get_title(loc="right") == f"mean and {name} of 5 seeds"


def test_a_loss_above_the_axis_is_told_with_an_arrow():
    run = overfitted(rise=0.02)
    ax = axes()
    plots.curves(ax, run, top=0.8)
    assert_readable(drawn(ax))
    label = one(ax, "validation label")
    assert label.get_text() == f"validation {run.validation_loss[-1]:.2f} ↑"
    assert label.get_position()[1] > 0.7
    assert ax.get_ylim()[1] == 0.8


def test_an_explosion_does_not_flatten_the_rest():
    ax = axes()
    plots.curves(ax, exploded())
    assert ax.get_ylim()[1] < 2.5
    assert "validation 1.0e+06 ↑" in words(drawn(ax))


def test_axes_that_are_compared_share_a_top():
    calm, wild = together(), overfitted(rise=0.02)
    top = plots.loss_top(calm, [wild])
    assert top > wild.validation_loss.max()
    assert plots.loss_top(calm) < top


def test_diverged_runs_are_left_out_and_counted():
    ax = axes()
    plots.curves(ax, RUNS["diverged among others"])
    drawn(ax)
    assert len(one(ax, "training").get_xdata()) == EPOCHS
    assert "mean and range of 2 seeds" in words(ax) and "1 of 3 diverged" in words(ax)


def test_a_diverged_run_is_drawn_as_far_as_it_went():
    ax = axes()
    plots.curves(ax, broken(30))
    drawn(ax)
    assert one(ax, "training").get_xdata()[-1] == 30
    assert ax.get_xlim()[1] == EPOCHS
    assert one(ax, "diverged").get_xdata() == 30
    assert "diverged at epoch 31" in words(ax)


def test_the_cross_of_a_run_that_left_the_axis_stands_at_its_top():
    ax = axes()
    run = broken(30)
    run.train_loss[-1] = 70.0
    plots.curves(ax, run, top=1.5)
    drawn(ax)  # a warning, such as that of a layout without room, would be an error
    assert one(ax, "diverged").get_ydata() == 1.5
    assert "diverged at epoch 31" in words(ax)


def test_a_run_without_epochs_says_so():
    ax = axes()
    plots.curves(ax, broken(0))
    assert "Diverged: at epoch 1" in words(drawn(ax))
    ax = axes()
    plots.three_losses(ax, overfitted(epochs=0))
    assert "Too early to tell: 0 epochs." in words(drawn(ax))


def test_moves_are_stamped():
    ax = axes()
    plots.curves(ax, moved())
    drawn(ax)
    assert [line.get_xdata()[0] for line in find(ax, "move")] == [40, 80]
    assert "λ = 0.03" in words(ax) and "rate = 0.5" in words(ax)


def test_what_fit_prints_is_added_on_request():
    run = overfitted()
    ax = axes()
    plots.curves(ax, run, reported=True)
    np.testing.assert_allclose(one(ax, "reported").get_ydata(), run.fit_loss)
    expected = run.validation_loss + run.penalty
    np.testing.assert_allclose(one(ax, "reported validation").get_ydata(), expected, rtol=1e-6)
    assert f"fit prints loss {run.fit_loss[-1]:.2f}" in words(drawn(ax))


def test_accuracy_is_in_percent_with_its_baseline():
    run = overfitted()
    ax = axes()
    plots.curves(ax, run, what="accuracy", baseline=0.64)
    assert_readable(drawn(ax))
    np.testing.assert_allclose(one(ax, "validation").get_ydata(), run.validation_accuracy)
    assert f"validation {100 * run.validation_accuracy[-1]:.1f} %" in words(ax)
    assert "baseline 64.0 %" in words(ax)
    points = 100 * (run.train_accuracy[-1] - run.validation_accuracy[-1])
    assert f"gap {points:.1f} points" in words(ax)
    assert ax.get_ylim()[0] < 0.64 and 1 < ax.get_ylim()[1] < 1.05
    assert ax.yaxis.get_major_formatter()(0.8, 0) == "80 %"


def test_a_long_note_makes_way_for_the_title():
    ax = axes(420, 300)
    plots.title(ax, "A title that takes up all of the line")
    plots.curves(ax, RUNS["five seeds"])
    assert_readable(drawn(ax))
    assert ax.get_title(loc="right").strip() == ""
    assert ax.get_xlabel() == "epoch · mean and range of 5 seeds"
    ax.get_figure().set_size_inches(9, 4)
    drawn(ax)
    assert ax.get_title(loc="right") == "mean and range of 5 seeds"
    assert ax.get_xlabel() == "epoch"


def test_a_note_longer_than_the_axes_shrinks_but_stays_inside_the_picture():
    left, right = axes(860, 300, columns=2)
    for ax in (left, right):
        plots.title(ax, "Title")
        plots.curves(ax, RUNS["diverged among others"])
    drawn(left)
    boxes = [box_of(ax.xaxis.label) for ax in (left, right)]
    for ax, box in zip((left, right), boxes, strict=True):
        assert_readable(ax)
        assert ax.get_xlabel() == "epoch · mean and range of 2 seeds · 1 of 3 diverged"
        assert box.x0 > 0 and box.y0 >= 0 and box.x1 < 860
    assert not boxes[0].overlaps(boxes[1])


def test_drawing_twice_changes_nothing():
    ax = axes()
    plots.curves(ax, RUNS["five seeds"])
    places = [text.get_position() for text in drawn(ax).texts]
    assert [text.get_position() for text in drawn(ax).texts] == places


def test_bad_arguments_of_curves_are_refused():
    ax = axes()
    with pytest.raises(ValueError, match="runs: must hold at least one run"):
        plots.curves(ax, [])
    with pytest.raises(ValueError, match="what='error': must be one of 'loss', 'accuracy'"):
        plots.curves(ax, overfitted(), what="error")
    with pytest.raises(ValueError, match="band='sd': must be one of 'range', 'interval'"):
        plots.curves(ax, overfitted(), band="sd")
    for top in (0, -1, np.nan):
        with pytest.raises(ValueError, match=r"top=.*: must be a finite number above 0"):
            plots.curves(ax, overfitted(), top=top)


@settings(max_examples=15)
@given(
    st.lists(st.floats(0, 2), min_size=4, max_size=4),
    st.lists(st.floats(0, 2), min_size=4, max_size=4),
    st.sampled_from([(840, 460), (570, 400)]),
)
def test_no_label_crosses_a_line_whatever_the_curves(train, validation, size):
    knots = np.linspace(1, EPOCHS, 4)
    run = make_run(np.interp(EPOCH, knots, train), np.interp(EPOCH, knots, validation))
    ax = axes(*size)
    plots.curves(ax, run)
    assert crossings(drawn(ax)) == []
    for name in ("training", "validation", "gap", "lowest at epoch"):
        assert name in words(ax)


# --- Three losses -------------------------------------------------------------------------


def test_three_losses_add_up():
    run = overfitted()
    ax = axes()
    plots.three_losses(ax, run, reported=True)
    assert_readable(drawn(ax))
    data, penalty, total = (one(ax, gid).get_ydata() for gid in ("training", "penalty", "sum"))
    np.testing.assert_allclose(data + penalty, total)
    np.testing.assert_allclose(data, run.train_loss)
    np.testing.assert_allclose(one(ax, "reported").get_ydata(), run.fit_loss)
    assert f"sum {total[-1]:.2f}" in words(ax) and "penalty 0.10" in words(ax)


def test_the_sum_of_the_validation_side_is_val_loss():
    run = overfitted()
    ax = axes()
    plots.three_losses(ax, run, part="validation", reported=True)
    drawn(ax)
    np.testing.assert_allclose(one(ax, "sum").get_ydata(), run.fit_validation_loss, rtol=1e-6)
    assert find(ax, "reported") == []


def test_a_penalty_of_fresh_weights_is_told_not_given_room():
    run = dataclasses.replace(overfitted(), penalty=(0.1 + 4 * np.exp(-EPOCH / 2)))
    ax = axes()
    plots.three_losses(ax, run)
    assert_readable(drawn(ax))
    assert ax.get_ylim()[1] < 2
    assert f"sum {run.train_loss[0] + run.penalty[0]:.2f} ↑ at epoch 1" in words(ax)


def test_a_bad_part_is_refused():
    with pytest.raises(ValueError, match="part='test': must be one of 'training', 'validation'"):
        plots.three_losses(axes(), overfitted(), part="test")


# --- Weights ------------------------------------------------------------------------------


def with_weights(kernel):
    return make_run([1], [1], weights=[kernel, np.zeros(kernel.shape[1]), np.ones((1, 1)), [0]])


def test_weight_histogram_counts_every_weight_once():
    kernel = np.random.default_rng(0).normal(size=(50, 40))
    kernel[:10] = 0
    run = with_weights(kernel)
    run = dataclasses.replace(run, weights=run.weights[:2])
    ax = axes()
    plots.weight_histogram(ax, run)
    assert_readable(drawn(ax))
    assert sum(bar.get_height() for bar in find(ax, "weights")) == 1600
    assert ax.get_xlim() == pytest.approx((-np.abs(kernel).max(), np.abs(kernel).max()))
    assert "2,000 weights" in words(ax) and "400 exactly 0" in words(ax)
    assert f"norm {np.linalg.norm(kernel):.3g}" in words(ax)


def test_zeros_beyond_the_axis_and_weights_beyond_the_span_are_told():
    kernel = np.random.default_rng(0).normal(size=(100, 100))
    kernel[:95] = 0
    run = dataclasses.replace(with_weights(kernel), weights=[kernel, np.zeros(100)])
    ax = axes()
    plots.weight_histogram(ax, run, span=1.0)
    assert_readable(drawn(ax))
    beyond = int(np.sum(np.abs(kernel) > 1))
    assert "9,500 exactly 0 ↑" in words(ax) and f"{beyond} beyond ±1" in words(ax)
    assert one(ax, "zeros").get_height() == ax.get_ylim()[1]


def test_no_exact_zero_is_said():
    run = dataclasses.replace(overfitted(), weights=[np.full((2, 2), 1e-9), np.zeros(2)])
    ax = axes()
    plots.weight_histogram(ax, run)
    assert "none exactly 0" in words(drawn(ax)) and find(ax, "zeros") == []


def test_all_weights_zero_can_be_drawn():
    run = dataclasses.replace(overfitted(), weights=[np.zeros((2, 2)), np.zeros(2)])
    ax = axes()
    plots.weight_histogram(ax, run)
    assert "4 exactly 0" in words(drawn(ax))


def test_histograms_that_share_an_axis_are_not_cut():
    tall = make_run([1], [1], weights=[np.full((10, 10), 0.01), np.zeros(10)])
    flat = make_run([1], [1], weights=[np.linspace(-1, 1, 100)[None], np.zeros(100)])
    _, shared = plt.subplots(1, 2, sharey=True)
    for ax, run in zip(shared, (tall, flat), strict=True):
        plots.weight_histogram(ax, run, span=1)
    assert shared[0].get_ylim()[1] > 100
    plt.close("all")


def test_bad_arguments_of_weight_histogram_are_refused():
    for span in (0, -1, np.inf):
        with pytest.raises(ValueError, match=r"span=.*: must be a finite number above 0"):
            plots.weight_histogram(axes(), overfitted(), span=span)
    for bins in (0, 10, 1.5):
        with pytest.raises(ValueError, match=r"bins=.*: must be odd, at least 1"):
            plots.weight_histogram(axes(), overfitted(), bins=bins)


# --- A sweep ------------------------------------------------------------------------------


def test_a_logarithmic_axis_has_an_exact_zero_at_its_left():
    places = plots.strength_axis([0.1, 0, 0.001, 0.01], log=True)
    assert list(places) == [0, 0.001, 0.01, 0.1]
    assert [places[p] for p in (0.001, 0.01, 0.1)] == pytest.approx([-3, -2, -1])
    assert places[0] == pytest.approx(-3.6)
    assert plots.strength_axis([0], log=True) == {0: -0.6}
    assert plots.strength_axis([0.3, 0], log=False) == {0: 0, 0.3: 0.3}


def test_ticks_of_both_kinds_of_axis():
    ticks = plots.strength_ticks([0, 1e-4, 0.002, 0.1], log=True)
    assert list(ticks.values()) == ["0", "1e-4", "0.001", "0.01", "0.1"]
    ticks = plots.strength_ticks(HYPERPARAMETERS["dropout"].positions, log=False)
    assert list(ticks.values()) == ["0", "0.2", "0.4", "0.6", "0.8"]
    assert plots.strength_ticks([1e-5, 0.1, 10], log=True)[1.0] == "10"


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("size", [(570, 460), (360, 300)])
@pytest.mark.parametrize("bottom", [0, 5, 11, 12])
def test_every_label_of_a_u_curve_can_be_read(bottom, size, seeds):
    ax = axes(*size)
    plots.u_curve(ax, make_sweep(bottom, seeds), "l2", position=0.02)
    assert_readable(drawn(ax))
    best = HYPERPARAMETERS["l2"].positions[bottom]
    edge = " (edge)" if bottom == 12 else ""
    assert f"sweet spot λ = {best:g}{edge}" in words(ax)


def test_a_u_curve_holds_the_means_and_bands_of_the_ends():
    sweep = make_sweep(bottom=4)
    ax = axes()
    assert plots.u_curve(ax, sweep, "l2") is None
    drawn(ax)
    places = plots.strength_axis(sweep, log=True)
    for gid, field in (("training", "train_loss"), ("validation", "validation_loss")):
        ends = np.array([[getattr(run, field)[-1] for run in sweep[p]] for p in places], float)
        line = one(ax, gid)
        np.testing.assert_allclose(line.get_xdata(), list(places.values()))
        np.testing.assert_allclose(line.get_ydata(), ends.mean(axis=1))
        corners = one(ax, f"{gid} band").get_paths()[0].vertices
        assert corners[:, 1].max() == pytest.approx(ends.max())
        assert corners[:, 1].min() == pytest.approx(ends.min())
    assert one(ax, "sweet spot").get_xdata() == places[0.001]
    assert ax.get_title(loc="right") == "mean and range of 3 seeds"
    assert ax.get_xlabel() == "L2 strength λ"
    assert [tick.get_text() for tick in ax.get_xticklabels()][:2] == ["0", "1e-4"]


def test_the_one_standard_error_choice_is_marked_where_it_differs():
    flat = make_sweep(bottom=4, steepness=0.005, spread=0.02)
    chosen = metrics.one_standard_error(flat)
    assert chosen > metrics.sweet_spot(flat)
    ax = axes()
    plots.u_curve(ax, flat, "l2")
    assert_readable(drawn(ax))
    assert one(ax, "one standard error").get_xdata() == plots.strength_axis(flat, True)[chosen]
    assert f"largest within 1 SE λ = {chosen:g}" in words(ax)
    ax = axes()
    plots.u_curve(ax, make_sweep(bottom=4, seeds=1), "l2")
    assert find(drawn(ax), "one standard error") == []


def test_positions_above_the_axis_have_arrowheads_and_the_highest_value():
    sweep = make_sweep(bottom=12)
    ax = axes()
    plots.u_curve(ax, sweep, "l2", top=1.0)
    assert_readable(drawn(ax))
    ends = {p: np.mean([metrics.final_loss(run) for run in sweep[p]]) for p in sweep}
    heads = one(ax, "validation above")
    assert len(heads.get_xdata()) == sum(end > 1 for end in ends.values()) > 1
    assert f"{max(ends.values()):.2f} ↑" in words(ax)
    assert find(ax, "training above") == []


def test_a_diverged_position_has_a_cross_and_no_point():
    sweep = make_sweep(bottom=4)
    sweep[0.05][1] = broken()
    ax = axes()
    plots.u_curve(ax, sweep, "l2")
    assert_readable(drawn(ax))
    places = plots.strength_axis(sweep, log=True)
    assert one(ax, "diverged").get_xdata() == [places[0.05]]
    assert places[0.05] not in one(ax, "validation").get_xdata()
    assert "diverged" in words(ax)


def test_a_sweep_in_which_all_diverged_says_so():
    ax = axes()
    plots.u_curve(ax, {0.0: [broken()], 0.1: [broken(0)]}, "l2")
    assert "every position diverged" in words(drawn(ax))


def test_the_sliders_position_stands_where_it_belongs():
    for setting, position, x in (
        ("l2", 0.0, -4.6),
        ("l2", 0.03, np.log10(0.03)),
        ("dropout", 0.25, 0.25),
    ):
        ax = axes()
        plots.u_curve(
            ax, make_sweep(positions=HYPERPARAMETERS[setting].positions), setting, position=position
        )
        assert one(ax, "position").get_xdata()[0] == pytest.approx(x)


def test_accuracy_has_its_sweet_spot_at_the_top():
    sweep = make_sweep(bottom=6)
    ax = axes()
    plots.u_curve(ax, sweep, "l2", what="accuracy")
    assert_readable(drawn(ax))
    spot = one(ax, "sweet spot")
    line = one(ax, "validation")
    assert spot.get_ydata() == line.get_ydata().max()
    assert ax.get_ylabel() == "final accuracy"


def test_a_setting_of_ones_own_can_be_swept():
    width = Hyperparameter("width", "units in each layer", "units", 1, 9999, True, (1,), True, "{}")
    ax = axes()
    plots.u_curve(ax, make_sweep(positions=(1, 10, 100), bottom=1), width)
    assert_readable(drawn(ax))
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["1", "10", "100"]
    assert ax.get_xlabel() == "units in each layer"  # the symbol is in the label already
    assert find(ax, "break") == []


def test_one_position_can_be_drawn():
    ax = axes()
    plots.u_curve(ax, {0.0: [overfitted()]}, "l2")
    assert "sweet spot λ = 0" in words(drawn(ax))


def test_bad_sweeps_are_refused():
    for sweep in ({}, {0.1: []}):
        with pytest.raises(ValueError, match="sweep: must hold at least one position, and a run"):
            plots.u_curve(axes(), sweep, "l2")
    with pytest.raises(ValueError, match="setting='l3': must be one of 'l1', 'l2'"):
        plots.u_curve(axes(), make_sweep(), "l3")
    with pytest.raises(ValueError, match="what='error'"):
        plots.u_curve(axes(), make_sweep(), "l2", what="error")


@settings(max_examples=15)
@given(
    st.lists(st.floats(0.05, 2), min_size=8, max_size=8),
    st.lists(st.floats(0, 2), min_size=8, max_size=8),
    st.sampled_from([None, 0.0, 0.01]),
)
def test_no_label_crosses_a_line_whatever_the_sweep(validation, train, position):
    positions = (0, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1)
    sweep = {
        p: [make_run([t], [v - 0.04 + 0.02 * seed], seed=seed) for seed in range(3)]
        for p, t, v in zip(positions, train, validation, strict=True)
    }
    ax = axes(570, 460)
    plots.u_curve(ax, sweep, "l2", position=position)
    assert crossings(drawn(ax)) == []
    assert "sweet spot" in words(ax)


# --- Decision boundary --------------------------------------------------------------------


def linear_run():
    """P(1) is above 1/2 right of first feature = 0.5."""
    weights = [np.array([[4.0], [0.0]]), np.array([-2.0])]
    return make_run([1], [1], weights=weights)


def points(rows=40):
    x = np.random.default_rng(0).normal(size=(rows, 2))
    return Part(x.astype(np.float32), (x[:, 0] > 0.5).astype(np.int64))


def test_boundary_surface_and_points_stand_where_they_should():
    part = points()
    ax = axes()
    assert (
        plots.decision_boundary(ax, linear_run(), part, flipped=[3, 5], classes=("a", "b")) is None
    )
    drawn(ax)
    for label in (0, 1):
        shown = np.array(one(ax, f"class {label}").get_data()).T
        np.testing.assert_allclose(shown, part.x[part.y == label])
    np.testing.assert_allclose(np.array(one(ax, "flipped").get_data()).T, part.x[[3, 5]])
    boundary = np.concatenate([p.vertices for p in one(ax, "boundary").get_paths()])
    np.testing.assert_allclose(boundary[:, 0], 0.5, atol=0.01)
    surface = one(ax, "surface")
    assert surface.get_array().shape == (120, 120)
    assert surface.get_clim() == (0, 1)
    left, right, bottom, top = surface.get_extent()
    assert left < part.x[:, 0].min() and right > part.x[:, 0].max()
    assert (left, right) == ax.get_xlim() and (bottom, top) == ax.get_ylim()
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["a", "b", "label flipped"]


def test_a_network_of_one_opinion_has_no_boundary():
    run = make_run([1], [1], weights=[np.zeros((2, 1)), np.array([3.0])])
    ax = axes()
    plots.decision_boundary(ax, run, points(), legend=False)
    drawn(ax)
    assert find(ax, "boundary") == [] and ax.get_legend() is None


def test_bad_arguments_of_decision_boundary_are_refused():
    ax, part = axes(), points()
    with pytest.raises(ValueError, match="flipped: must be indices of rows, from 0 to 39"):
        plots.decision_boundary(ax, linear_run(), part, flipped=[40])
    with pytest.raises(ValueError, match="must be two each"):
        plots.decision_boundary(ax, linear_run(), part, classes=("a",))
    with pytest.raises(ValueError, match=r"x has shape \(4, 3\): must be \(rows, 2\)"):
        plots.decision_boundary(ax, linear_run(), Part(np.zeros((4, 3)), np.zeros(4)))
