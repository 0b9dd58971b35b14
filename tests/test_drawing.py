"""What the pictures say: the numbers in their artists, and that every word can be read."""

import dataclasses
import itertools
import subprocess
import sys
import warnings

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from helpers import drawing, metrics
from helpers.drawing.axes import SIZES
from helpers.drawing.curve_axes import CurveAxes, separate
from helpers.drawing.style import CLASSES, COLORS, PAIR, STYLE, families, text_color
from helpers.drawing.sweep import UCurve
from helpers.experiment import HYPERPARAMETERS, Divergence, Experiment, Move, Run

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


def starting_high():
    """A penalty of fresh weights many times what is left of it soon after."""
    return dataclasses.replace(overfitted(), penalty=(0.1 + 4 * np.exp(-EPOCH / 2)))


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


# --- Reading a picture --------------------------------------------------------------------


def axes(width=840, height=460, columns=1):
    return drawing.figure(columns, width=width, height=height)[1]


def drawn(ax, dpi=None):
    """Draw the figure, so that labels get their places."""
    figure = ax.get_figure(root=True)
    figure.set_dpi(dpi or figure.dpi)
    FigureCanvasAgg(figure).draw()
    return ax


def one(ax, gid):
    (artist,) = ax.findobj(lambda a: a.get_gid() == gid)
    return artist


def texts(ax):
    """The texts that can be seen on the axes, title and labels of the axes left out."""
    return [t for t in ax.texts if t.get_text().strip() and t.get_visible()]


def words(ax):
    """All words that can be seen on and above the axes."""
    return " | ".join([ax.get_title(loc="left"), *(t.get_text() for t in texts(ax))]).replace(
        "\n", " "
    )


def points_of(line):
    path = line.get_transform().transform(line.get_xydata())
    path = path[np.isfinite(path).all(axis=1)]
    if len(path) < 2 or line.get_linestyle() in ("None", ""):
        return path
    steps = np.linspace(0, len(path) - 1, 3000)
    return np.column_stack([np.interp(steps, np.arange(len(path)), v) for v in path.T])


def assert_readable(ax):
    """No two texts touch, none leaves the picture, and no line runs through a text.

    Lines may run below a text that has a ground of its own.
    """
    figure = ax.get_figure(root=True).bbox
    title = [t for t in ax.get_children() if isinstance(t, Text) and t.get_text().strip()]
    boxes = {t: t.get_window_extent() for t in dict.fromkeys([*texts(ax), *title])}
    for (a, first), (b, second) in itertools.combinations(boxes.items(), 2):
        assert not first.overlaps(second), (a.get_text(), b.get_text())
    for text, box in boxes.items():
        assert figure.x0 <= box.x0 and box.x1 <= figure.x1 + 1, text.get_text()
        assert figure.y0 <= box.y0 and box.y1 <= figure.y1 + 1, text.get_text()
        inside = box.padded(-0.1 * box.height)
        for line in ax.lines if text.get_bbox_patch() is None else ():
            x, y = points_of(line).T if len(points_of(line)) else ([], [])
            hit = (x > inside.x0) & (x < inside.x1) & (y > inside.y0) & (y < inside.y1)
            clipped = ax.bbox.contains(*np.mean(inside.get_points(), axis=0))
            assert not (np.any(hit) and clipped), (text.get_text(), line.get_gid())


# --- Style --------------------------------------------------------------------------------


def test_importing_changes_no_setting_and_starts_no_pyplot():
    code = (
        "import sys, matplotlib; before = matplotlib.rcParams.copy(); import helpers.drawing;"
        "assert matplotlib.rcParams.copy() == before; print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_use_style_applies_the_file():
    with matplotlib.rc_context():
        drawing.use_style()
        assert matplotlib.rcParams["font.size"] == STYLE["font.size"] == 13
        assert not matplotlib.rcParams["axes.spines.top"]
        figure, ax = plt.subplots()
        drawing.curves(ax, overfitted())
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
        drawing.use_style()
        assert looks(axes()) == plain
        figure, ax = plt.subplots(figsize=(8.4, 4.6))
        assert looks(ax) == plain
        plt.close(figure)


def test_figure_is_unknown_to_pyplot_and_has_the_size_asked_for():
    before = plt.get_fignums()
    figure, made = drawing.figure(3, 2, width=900, height=300, ratios=(2, 1, 1))
    assert plt.get_fignums() == before
    assert made.shape == (2, 3)
    assert tuple(figure.bbox.size) == (900, 300)
    drawn(made[0, 0])
    assert made[0, 0].bbox.width > 1.5 * made[0, 1].bbox.width


def test_looks_differ_in_colour_and_in_dashes():
    curves = [
        drawing.LINE_STYLES[name] for name in ("training", "validation", "test", "penalty", "sum")
    ]
    curves.append(drawing.LINE_STYLES["reported"])
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
            (blindness @ np.array(to_rgb(COLORS[name])) ** 2.2).clip(0, 1) ** (1 / 2.2)
            for name in (a, b)
        ]
        assert np.linalg.norm(seen[0] - seen[1]) > 0.14, (a, b)


@pytest.mark.parametrize("blindness", [np.eye(3), DEUTERANOPIA, PROTANOPIA])
def test_what_is_compared_without_a_role_has_colours_of_its_own(blindness):
    """A pair stays apart for the colour-blind, and no colour of it means anything else."""
    seen = [(blindness @ np.array(to_rgb(c)) ** 2.2).clip(0, 1) ** (1 / 2.2) for c in PAIR]
    assert np.linalg.norm(seen[0] - seen[1]) > 0.2
    taken = {*COLORS.values(), *(look["color"] for look in CLASSES)}
    assert not set(PAIR) & taken


def test_the_two_classes_differ_in_lightness_and_marker():
    first, second = CLASSES
    assert abs(brightness(first["color"]) - brightness(second["color"])) > 0.3
    assert first["marker"] != second["marker"]


@pytest.mark.parametrize("role", drawing.LINE_STYLES)
def test_letters_are_dark_enough_to_read(role):
    rgb = np.array(to_rgb(text_color(COLORS[role])))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    assert 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05) >= 4.5


def test_titles_look_like_those_of_the_style():
    ax = axes()
    drawing.title(ax, "No penalty")
    assert ax.get_title(loc="left") == "No penalty"
    found = next(t for t in ax.get_children() if getattr(t, "get_text", str)() == "No penalty")
    assert found.get_fontsize() == STYLE["axes.titlesize"]
    assert found.get_weight() == "bold"


# --- Curves -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(840, 460), (420, 260)])
@pytest.mark.parametrize("name", RUNS)
def test_every_label_of_curves_can_be_read(name, size):
    ax = axes(*size)
    drawing.title(ax, "A title")
    drawing.curves(ax, RUNS[name])
    assert_readable(drawn(ax))
    runs = [run for run in RUNS[name] if not run.diverged] or RUNS[name]
    last = min(run.epochs for run in runs) - 1
    for role, curve in (("training", "train_loss"), ("validation", "validation_loss")):
        mean = np.mean([getattr(run, curve)[last] for run in runs])
        assert f"{role} {mean:.2f}" in words(ax) or f"{role} {mean:.1e}" in words(ax)
    assert "gap" in words(ax) and "best: epoch" in words(ax)


@pytest.mark.parametrize("name", RUNS)
def test_labels_keep_clear_beside_other_axes_and_at_another_resolution(name):
    made = axes(1260, 420, columns=3)
    for ax in made:
        drawing.curves(ax, RUNS[name])
    for dpi in (200, 100):
        drawn(made[0], dpi)
        for ax in made:
            assert_readable(ax)
        for left, right in itertools.pairwise(made):
            edge = right.get_tightbbox().x0
            assert all(t.get_window_extent().x1 < edge for t in texts(left))


def test_labels_move_when_the_figure_changes():
    ax = axes()
    drawing.curves(ax, together())
    before = one(drawn(ax), "validation label").get_position()
    ax.get_figure().set_size_inches(4.4, 3)
    drawing.title(ax, "set after drawing")
    assert_readable(drawn(ax))
    assert one(ax, "validation label").get_position() != before


def test_limits_changed_afterwards_are_heeded():
    ax = axes()
    drawing.curves(ax, overfitted(), what="accuracy", baseline=0.64)
    ax.set_ylim(0.4, 0.9)
    assert_readable(drawn(ax))
    assert "▲" in one(ax, "training label").get_text()


def test_curves_of_one_run_hold_its_numbers():
    run = overfitted()
    ax = axes()
    assert drawing.curves(ax, run) is None
    drawn(ax)
    for gid, values in (("training", run.train_loss), ("validation", run.validation_loss)):
        line = one(ax, gid)
        np.testing.assert_array_equal(line.get_xdata(), EPOCH)
        np.testing.assert_allclose(line.get_ydata(), values)
        assert line.get_color() == COLORS[gid]
        assert one(ax, f"{gid} label").get_text() == f"{gid} {values[-1]:.2f}"
    best = metrics.best_epoch(run)
    assert one(ax, "best").get_xdata()[0] == best
    assert f"best: epoch {best}" in words(ax)
    assert one(ax, "gap label").get_text() == f"gap {metrics.gap(run):.2f}"
    assert ax.get_xlim() == (0, EPOCHS)
    low, high = ax.get_ylim()
    assert low < 0.0 and high > max(run.validation_loss)
    assert len(tops(ax, "training range")) == 0


def test_the_gap_is_shaded_between_the_lines():
    run = overfitted(noise=0)
    ax = axes()
    drawing.curves(ax, run)
    corners = one(drawn(ax), "gap").get_paths()[0].vertices
    assert corners[:, 1].min() == pytest.approx(run.train_loss.min())
    assert corners[:, 1].max() == pytest.approx(run.validation_loss.max())


def test_a_negative_gap_is_written_as_one():
    ax = axes()
    drawing.curves(ax, make_run(0.9 - 0.001 * EPOCH, 0.3 - 0.001 * EPOCH))
    assert "gap −0.60" in words(drawn(ax))


def test_gap_and_best_can_be_left_out():
    ax = axes()
    drawing.curves(ax, overfitted(), gap=False, best=False)
    assert "gap" not in words(drawn(ax)) and "best" not in words(ax)
    assert len(one(ax, "best").get_xdata()) == 0


def test_seeds_give_a_mean_and_a_named_range():
    runs = RUNS["five seeds"]
    ax = axes()
    drawing.curves(ax, runs)
    values = np.array([run.validation_loss for run in runs], float)
    np.testing.assert_allclose(one(drawn(ax), "validation").get_ydata(), values.mean(axis=0))
    corners = one(ax, "validation range").get_paths()[0].vertices
    ends = np.unique(corners[corners[:, 0] == 70, 1])
    np.testing.assert_allclose(ends, [values[:, 69].min(), values[:, 69].max()])
    assert "mean and range of 5 seeds" in words(ax)


def test_what_lies_above_the_axis_has_a_mark_where_it_is_highest():
    run = overfitted(rise=0.02)
    ax = axes()
    drawing.curves(ax, run, top=0.8)
    assert_readable(drawn(ax))
    assert one(ax, "validation label").get_text() == f"validation {run.validation_loss[-1]:.2f} ▲"
    falling = make_run(2 / EPOCH, 2.1 / EPOCH)
    ax = axes()
    drawing.curves(ax, falling, top=0.8)
    assert one(drawn(ax), "training above").get_xydata().tolist() == [[1, 0.8]]
    assert "▲" not in words(ax)


def test_an_explosion_does_not_flatten_the_rest():
    ax = axes()
    drawing.curves(ax, exploded())
    assert ax.get_ylim()[1] < 2.5
    assert "validation 1.0e+06 ▲" in words(drawn(ax))


def test_axes_that_are_compared_share_a_top():
    calm, wild = together(), overfitted(rise=0.02)
    top = drawing.loss_top(calm, [wild])
    assert top > wild.validation_loss.max()
    assert drawing.loss_top(calm) < top


def test_diverged_runs_are_left_out_and_counted():
    ax = axes()
    drawing.curves(ax, RUNS["diverged among others"])
    assert len(one(drawn(ax), "training").get_xdata()) == EPOCHS
    assert "mean and range of 2 seeds" in words(ax) and "1 of 3 diverged" in words(ax)


def test_a_diverged_run_is_drawn_as_far_as_it_went():
    run = broken(30)
    run.train_loss[-1] = 70.0
    ax = axes()
    drawing.curves(ax, run, top=1.5)
    assert one(drawn(ax), "training").get_xdata()[-1] == 30
    assert ax.get_xlim()[1] == EPOCHS
    assert one(ax, "diverged").get_xydata().tolist() == [[30, 1.5]]
    assert "diverged at epoch 31" in words(ax)


def test_a_run_without_epochs_says_so():
    ax = axes()
    drawing.curves(ax, broken(0))
    assert "Diverged: at epoch 1" in words(drawn(ax))
    ax = axes()
    drawing.three_losses(ax, overfitted(epochs=0))
    assert "Too early to tell: 0 epochs." in words(drawn(ax))


def test_moves_are_stamped():
    ax = axes()
    drawing.title(ax, "Moved twice")
    drawing.curves(ax, moved())
    assert_readable(drawn(ax))
    x = np.array(one(ax, "move").get_xdata())
    assert x[np.isfinite(x)].tolist() == [40, 40, 80, 80]
    assert "l2(0.03)" in words(ax) and "Dropout(0.5)" in words(ax)


def test_accuracy_is_in_percent_with_its_baseline():
    run = overfitted()
    ax = axes()
    drawing.curves(ax, run, what="accuracy", baseline=0.64)
    assert_readable(drawn(ax))
    np.testing.assert_allclose(one(ax, "validation").get_ydata(), run.validation_accuracy)
    assert f"validation {100 * run.validation_accuracy[-1]:.1f} %" in words(ax)
    assert "baseline 64.0 %" in words(ax)
    points = 100 * (run.train_accuracy[-1] - run.validation_accuracy[-1])
    assert f"gap {points:.1f} points" in words(ax)
    assert ax.get_ylim()[0] < 0.64 and 1 < ax.get_ylim()[1] < 1.05
    assert ax.yaxis.get_major_formatter()(0.8, 0) == "80 %"


def test_a_long_note_takes_rows_of_its_own():
    made = axes(860, 300, columns=3)
    for ax in made:
        drawing.title(ax, "Title")
        drawing.curves(ax, RUNS["diverged among others"])
    drawn(made[0])
    for ax in made:
        assert_readable(ax)
        notes = ax.findobj(lambda a: a.get_gid() == "note")
        rows = " ".join(t.get_text() for t in notes)
        assert rows.replace("\n", " ") == "mean and range of 2 seeds · 1 of 3 diverged"


def test_drawing_twice_changes_nothing():
    ax = axes()
    drawing.curves(ax, RUNS["five seeds"])
    drawn(ax)
    places = [text.get_position() for text in drawn(ax).texts]
    again = [text.get_position() for text in drawn(ax).texts]
    np.testing.assert_allclose(again, places, rtol=1e-5, atol=1e-5)


def test_bad_arguments_of_curves_are_refused():
    ax = axes()
    with pytest.raises(ValueError, match="runs: must hold at least one run"):
        drawing.curves(ax, [])
    with pytest.raises(ValueError, match="what='error': must be"):
        drawing.curves(ax, overfitted(), what="error")
    for top in (0, -1, np.nan):
        with pytest.raises(ValueError, match=r"top=.*: must be a finite number above 0"):
            drawing.curves(ax, overfitted(), top=top)


@settings(max_examples=settings().max_examples // 5)  # each draws a figure
@given(
    st.lists(st.floats(0, 2), min_size=4, max_size=4),
    st.lists(st.floats(0, 2), min_size=4, max_size=4),
    st.sampled_from([(840, 460), (570, 400), (420, 300)]),
)
def test_labels_can_be_read_whatever_the_curves(train, validation, size):
    knots = np.linspace(1, EPOCHS, 4)
    run = make_run(np.interp(EPOCH, knots, train), np.interp(EPOCH, knots, validation))
    ax = axes(*size)
    drawing.curves(ax, run)
    assert_readable(drawn(ax))
    for name in ("training", "validation", "gap", "best: epoch"):
        assert name in words(ax)


@pytest.mark.parametrize("name", ["$x$", "costs in $", r"$\bad$", "größe", "細胞", "خلية"])
def test_names_are_plain_words(name):
    """No dollar makes a formula, and none breaks a picture."""
    with matplotlib.rc_context():
        drawing.use_style()
        figure, ax = plt.subplots()
        plt.close(figure)
    for axes_of_it in (ax, axes()):
        drawing.title(axes_of_it, name)
        axes_of_it.set_xlabel(name)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph")  # this machine's fonts may lack letters
            drawn(axes_of_it)
        assert name in words(axes_of_it)
        title = next(t for t in axes_of_it.get_children() if getattr(t, "get_text", str)() == name)
        assert not title.get_parse_math() and not axes_of_it.xaxis.label.get_parse_math()


# --- Three losses -------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(840, 460), (420, 300)])
@pytest.mark.parametrize("part", ["training", "validation"])
def test_three_losses_add_up(part, size):
    run = overfitted()
    ax = axes(*size)
    drawing.three_losses(ax, run, part=part)
    assert_readable(drawn(ax))
    data, penalty, total = (one(ax, gid).get_ydata() for gid in (part, "penalty", "sum"))
    np.testing.assert_allclose(data + penalty, total, rtol=1e-6)
    expected = run.fit_validation_loss if part == "validation" else run.train_loss + run.penalty
    np.testing.assert_allclose(total, expected, rtol=1e-6)
    assert f"sum {total[-1]:.2f}" in words(ax) and "penalty 0.10" in words(ax)
    assert f"{part} {data[-1]:.2f}" in words(ax)


def test_a_penalty_of_fresh_weights_is_told_not_given_room():
    run = starting_high()
    ax = axes()
    drawing.three_losses(ax, run)
    assert_readable(drawn(ax))
    assert ax.get_ylim()[1] < 2
    assert f"sum {run.train_loss[0] + run.penalty[0]:.2f} ▲ at first" in words(ax)
    # The label stands clear of the curve that it is about.
    box = one(ax, "sum above label").get_window_extent()
    curve = ax.transData.transform(one(ax, "sum").get_xydata())
    x = np.linspace(*curve[[0, -1], 0], 2000)
    y = np.interp(x, *curve.T)
    assert not any(box.contains(*place) for place in zip(x, y, strict=True))


def test_a_bad_part_is_refused():
    with pytest.raises(ValueError, match="part='test': must be"):
        drawing.three_losses(axes(), overfitted(), part="test")


# --- Weights ------------------------------------------------------------------------------


def with_weights(kernel):
    return dataclasses.replace(overfitted(), weights=[kernel, np.zeros(kernel.shape[1])])


def tops(ax, gid):
    paths = one(ax, gid).get_paths()
    return paths[0].vertices[:, 1] if paths else np.zeros(0)


def test_weight_histogram_counts_every_weight():
    kernel = np.random.default_rng(0).normal(size=(50, 40))
    kernel[:10] = 0
    ax = axes()
    drawing.title(ax, "A histogram")
    drawing.weight_histogram(ax, with_weights(kernel))
    assert_readable(drawn(ax))
    far = np.abs(kernel).max()
    assert ax.get_xlim() == pytest.approx((-far, far))
    counts = np.histogram(kernel[kernel != 0], 61, (-far, far))[0]
    assert set(counts[counts > 0]) <= set(tops(ax, "weights")) and tops(ax, "zeros").max() == 400
    assert "400 of 2,000 exactly 0" in words(ax)
    assert f"norm {np.linalg.norm(kernel):.3g}" in words(ax)


def test_weights_beyond_the_span_are_told_and_no_bar_is_cut():
    kernel = np.random.default_rng(0).normal(size=(100, 100))
    kernel[:95] = 0
    ax = axes()
    drawing.weight_histogram(ax, with_weights(kernel), span=1.0)
    assert_readable(drawn(ax))
    assert f"{int(np.sum(np.abs(kernel) > 1))} beyond ±1" in words(ax)
    assert tops(ax, "zeros").max() == 9500 < ax.get_ylim()[1]


def test_no_exact_zero_is_said():
    ax = axes()
    drawing.weight_histogram(ax, with_weights(np.full((2, 2), 1e-9)))
    assert "0 of 4 exactly 0" in words(drawn(ax)) and len(tops(ax, "zeros")) == 0
    ax = axes()
    drawing.weight_histogram(ax, with_weights(np.zeros((2, 2))))
    assert "4 of 4 exactly 0" in words(drawn(ax))


def test_histograms_that_share_an_axis_are_not_cut():
    tall, flat = np.full((10, 10), 0.01), np.linspace(-1, 1, 50)[None]
    figure, shared = plt.subplots(1, 2, sharey=True)
    plt.close(figure)
    for ax, kernel in zip(shared, (tall, flat), strict=True):
        drawing.weight_histogram(ax, with_weights(kernel), span=1)
    assert shared[0].get_ylim()[1] > 100


def test_bad_spans_are_refused():
    for span in (0, -1, np.inf):
        with pytest.raises(ValueError, match=r"span=.*: must be a finite number above 0"):
            drawing.weight_histogram(axes(), overfitted(), span=span)


# --- A sweep ------------------------------------------------------------------------------


def test_a_logarithmic_axis_has_an_exact_zero_at_its_left():
    places = drawing.strength_axis([0.1, 0, 0.001, 0.01], log=True)
    assert list(places) == [0, 0.001, 0.01, 0.1]
    assert [places[p] for p in (0.001, 0.01, 0.1)] == pytest.approx([-3, -2, -1])
    assert places[0] == pytest.approx(-3.6)
    assert drawing.strength_axis([0], log=True) == {0: -0.6}
    assert drawing.strength_axis([0.3, 0], log=False) == {0: 0, 0.3: 0.3}


def test_ticks_are_tried_values():
    ticks = drawing.strength_ticks([0, 1e-4, 0.002, 0.1], log=True)
    assert list(ticks.values()) == ["0", "1e-4", "2e-3", "0.1"]
    widths = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
    assert list(drawing.strength_ticks(widths, True).values()) == list(map(str, widths))
    ticks = drawing.strength_ticks(HYPERPARAMETERS["dropout"].positions, log=False)
    assert {"0", "0.1", "0.5", "0.9"} <= set(ticks.values())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", HYPERPARAMETERS)
def test_ticks_of_every_slider_are_tried_values_that_do_not_touch(name, size):
    hyperparameter, size = HYPERPARAMETERS[name], SIZES[size]
    positions = hyperparameter.positions
    with size.style():
        ax = size.axes(size.figure(), left=600, right=810, top=88, bottom=56)
        picture = UCurve(CurveAxes(ax, size, np.log(2)), hyperparameter, positions)
    drawn(ax)
    labels = [t for t in ax.get_xticklabels() if t.get_text()]
    values = {x: p for p, x in picture.places.items()}
    shown = {values[x]: t.get_text() for x, t in zip(ax.get_xticks(), labels, strict=True)}
    assert {positions[0], positions[-1]} <= set(shown) and len(shown) >= 4
    assert all(float(text) == pytest.approx(value) for value, text in shown.items())
    assert len(ax.get_xticks(minor=True)) + len(shown) >= len(positions)
    boxes = [t.get_window_extent() for t in labels]
    assert all(a.x1 < b.x0 for a, b in itertools.pairwise(boxes))


@given(st.lists(st.floats(-50, 450), min_size=1, max_size=8))
def test_labels_are_moved_apart_and_stay_between_the_ends(places):
    found = separate(places, 20, 0, 400)
    assert np.diff(np.sort(found)).min(initial=20) >= 20 - 1e-6
    assert found.min() >= -1e-6 and found.max() <= 400 + 1e-6
    order = np.argsort(places, kind="stable")
    assert (np.diff(found[order]) > 0).all()


@pytest.mark.parametrize("size", SIZES)
def test_both_losses_of_a_u_curve_are_seen_or_marked(size):
    size, hyperparameter = SIZES[size], HYPERPARAMETERS["l2"]
    positions = (0, 1e-3, 1e-2, 0.1)
    with size.style():
        ax = size.axes(size.figure(), left=600, right=810, top=88, bottom=56)
        picture = UCurve(CurveAxes(ax, size, np.log(2), in_rows=True), hyperparameter, positions)
    ends = {"training": np.array([[0.1], [0.2], [0.4], [1.6]])}
    ends["validation"] = ends["best"] = np.array([[1.8], [0.9], [np.nan], [1.7]])
    picture.show(ends, {"sweet spot": 1e-3}, 0.1)
    assert_readable(drawn(ax))
    places = list(picture.places.values())
    assert picture.artists["validation above"].get_xdata().tolist() == [places[0], places[3]]
    assert picture.artists["training above"].get_xdata().tolist() == [places[3]]
    assert picture.artists["sweet spot"].get_xydata().tolist() == [[places[1], 0.9]]
    assert picture.artists["here"].get_xdata() == [places[3]] * 2
    assert {"training", "validation"} <= {t.get_text() for t in texts(ax)}


DRAW = """
from helpers import drawing
drawing.use_style()
figure, ax = drawing.figure()
drawing.title(ax, {words!r})
{more}
figure.draw_without_rendering()
"""


@pytest.mark.parametrize(
    ("words", "more", "warned"),
    [("\U0001244b \U00010a00", "", False), ("plain", "ax.set_xlim(1, 1)", True)],
)
def test_letters_that_no_font_has_are_the_only_thing_kept_quiet(words, more, warned):
    code = DRAW.format(words=words, more=more)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True
    )
    assert (done.returncode != 0) == warned, done.stderr


def test_letters_that_the_style_lacks_come_from_fonts_that_are_installed():
    own = STYLE["font.sans-serif"]
    assert families([]) == own
    assert families(["Yu Gothic", "Comic Sans MS", "Noto Sans"]) == [*own, "Noto Sans", "Yu Gothic"]
    assert all(name in matplotlib.font_manager.get_font_names() for name in STYLE["font.family"])
