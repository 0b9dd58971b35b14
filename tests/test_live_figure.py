"""The live figure and what panels are built from: frames, throttle, worker, labels, cells."""

import _thread
import base64
import errno
import gc
import io
import threading
import weakref

import ipywidgets as widgets
import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image
from zmq import ZMQError

from helpers.drawing.axes import SIZES, size_of
from helpers.drawing.curve_axes import CurveAxes, separate, thin
from helpers.experiment import HYPERPARAMETERS
from helpers.panels.base import notebook_cells
from helpers.panels.base.panel import Panel
from helpers.panels.base.slider import (
    NEEDS_RESTART,
    SLIDERS,
    HyperparameterSlider,
)
from helpers.panels.base.throttle import Throttle
from helpers.panels.base.worker import Worker
from helpers.panels.figure.live_figure import SAVED_NOTE, LiveFigure
from tests.fakes import fake_clock  # noqa: F401
from tests.small import until


def picture(*draw, **changes):
    """A live figure on axes from (0, 0) to (10, 2) that lie at fixed fractions of the figure."""
    figure = Figure(figsize=(4, 2), dpi=100)
    ax = figure.add_axes((0.25, 0.25, 0.5, 0.5))
    ax.set(xlim=(0, 10), ylim=(0, 2), xlabel="epoch")
    return LiveFigure(figure, [make(ax) for make in draw], **changes), ax


def line(x, y, **look):
    return lambda ax: ax.plot(x, y, **look)[0]


def pieces(made):
    """The strokes of a live figure's last frame with their vertices."""
    canvas = made.children[0]
    numbers = np.frombuffer(canvas.frame, "float32")
    counts = numbers[: len(canvas.strokes)].astype(int)
    vertices = numbers[len(counts) :].reshape(-1, 2)
    assert len(vertices) == counts.sum()
    return list(zip(canvas.strokes, np.split(vertices, np.cumsum(counts)[:-1]), strict=True))


# --- Frames ---------------------------------------------------------------------------------


def test_vertices_are_fractions_of_the_figure():
    made, _ = picture(line([0, 5, 10], [0, 1, 2]))
    ((stroke, xy),) = pieces(made)
    assert xy == pytest.approx(np.array([[0.25, 0.25], [0.5, 0.5], [0.75, 0.75]]))
    assert stroke["clip"] == [0.25, 0.25, 0.75, 0.75]


def test_a_logarithmic_axis_needs_nothing_of_the_browser():
    made, ax = picture(line([1, 10, 100], [1, 1, 1]))
    ax.set(xscale="log", xlim=(1, 100))
    made.redraw()
    assert pieces(made)[0][1][:, 0] == pytest.approx([0.25, 0.5, 0.75])


def test_looks_are_matplotlibs_in_pixels():
    made, _ = picture(line([0, 1], [0, 1], color="#0072B2", lw=3.6, ls=(0, (4, 2)), alpha=0.5))
    ((stroke, _),) = pieces(made)
    assert stroke["color"] == "#0072b280"
    assert stroke["width"] == pytest.approx(5)  # 3.6 points at 100 pixels an inch
    assert stroke["dash"] == pytest.approx([20, 10])  # in units of the width


def test_nan_lifts_the_pen():
    made, _ = picture(line([0, 1, np.nan, 3, 4], [1, 1, np.nan, 1, 1]))
    ((_, xy),) = pieces(made)
    assert np.isnan(xy).all(axis=1).tolist() == [False, False, True, False, False]


def test_a_band_is_filled_and_follows_its_data():
    made, _ = picture(
        lambda ax: ax.fill_between([0, 10], [0, 0], [1, 1], color="r", alpha=0.2, lw=0)
    )
    band = made.moving[0]
    assert pieces(made)[0][0]["fill"] == "#ff000033"
    band.set_data([0, 5], [0, 0], [2, 2])
    made.update()
    made.flush()
    xy = pieces(made)[0][1]
    assert xy.max(axis=0) == pytest.approx([0.5, 0.75])


def test_marks_keep_their_size():
    made, _ = picture(line([2, 8], [1, 1], marker="o", ls="", ms=7.2, mew=0))
    ((stroke, xy),) = pieces(made)
    outline = np.array(stroke["outline"])
    assert stroke["kind"] == "marks" and len(xy) == 2
    assert np.hypot(*outline.T) == pytest.approx(np.full(len(outline), 5), abs=0.2)


def test_one_mark_is_drawn_as_well():
    made, _ = picture(line([5], [1], marker="s", ls="", ms=7.2, mew=0))
    ((_, xy),) = pieces(made)
    width, height = (np.nanmax(xy, axis=0) - np.nanmin(xy, axis=0)) * [400, 200]
    assert (width, height) == pytest.approx((10, 10), abs=0.1)


@pytest.mark.parametrize("align", ["left", "center", "right"])
def test_texts_hang_where_matplotlib_hangs_them(align):
    made, _ = picture(lambda ax: ax.text(5, 1, "gap 0.25", ha=align, va="baseline"))
    ((stroke, xy),) = pieces(made)
    assert xy[0] == pytest.approx([0.5, 0.5], abs=0.01)
    assert stroke["align"] == align
    assert made.children[0].labels == ["gap 0.25"]


def test_an_empty_text_is_left_out_and_comes_back():
    made, _ = picture(lambda ax: ax.text(5, 1, ""), line([0, 1], [0, 1]))
    assert [s["kind"] for s, _ in pieces(made)] == ["line"]
    made.moving[0].set_text("now")
    made.update()
    made.flush()
    assert [s["kind"] for s, _ in pieces(made)] == ["text", "line"]


def test_a_formula_cannot_move():
    with pytest.raises(ValueError, match="moving text"):
        picture(lambda ax: ax.text(5, 1, r"$\lambda^2$"))


def test_an_image_cannot_move():
    with pytest.raises(ValueError, match="image cannot move"):
        picture(lambda ax: ax.imshow(np.zeros((2, 2))))


def test_named_lines_tell_the_browser_how_to_read_them():
    made, ax = picture(line([0, 10], [0, 2], label="training"), line([0, 10], [1, 1]))
    (named, _), (unnamed, _) = pieces(made)
    assert (named["name"], named["axes"]) == ("training", 0)
    assert "name" not in unnamed
    (axes,) = made.children[0].axes
    assert axes["title"] == "epoch"
    assert axes["x"] | {"from": 0.25, "to": 0.75, "low": 0, "high": 10} == axes["x"]
    assert axes["y"]["log"] is False
    assert ax.get_xlim() == (0, 10)


def test_names_of_places_stand_where_the_places_are():
    figure = Figure(figsize=(4, 2), dpi=100)
    ax = figure.add_axes((0.25, 0.25, 0.5, 0.5))
    ax.set(xlim=(0, 10), ylim=(0, 2))
    drawn = ax.plot([0, 10], [1, 1], label="end")
    made = LiveFigure(figure, drawn, names={ax: [(0, "l2(0)"), (10, "l2(1)")]})
    assert made.children[0].axes[0]["x"]["names"] == [[0.25, "l2(0)"], [0.75, "l2(1)"]]


# --- Still, picture, page -------------------------------------------------------------------


def colours(png):
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    return set(map(tuple, pixels.reshape(-1, 3).tolist()))


def test_the_still_holds_nothing_that_moves_and_the_picture_all():
    made, _ = picture(line([0, 10], [0, 2], color="#ff0000", lw=5))
    red = (255, 0, 0)
    assert red not in colours(made.children[0].still)
    assert red in colours(made.png(2))
    assert (255, 255, 255) in colours(made.png(2))


def still_size(made):
    return Image.open(io.BytesIO(made.children[0].still)).size


@pytest.fixture
def usual_density(monkeypatch):
    monkeypatch.setattr(LiveFigure, "density", 2)


def test_the_still_is_made_only_on_demand(usual_density):
    made, ax = picture(line([0, 10], [0, 2]))
    stills = []
    made.children[0].observe(lambda change: stills.append(change["new"]), "still")
    assert still_size(made) == (800, 400)
    for k in range(5):
        made.moving[0].set_data([0, k], [0, 1])
        made.update()
        made.flush()
    assert stills == []
    ax.set_title("another")
    made.redraw()
    assert len(stills) == 1


@pytest.mark.parametrize(
    ("told", "size"), [(1, (400, 200)), (1.25, (500, 250)), (1.1, (500, 250)), (3, (1200, 600)),
                       (0.5, (400, 200)), (40, (1600, 800))],
)  # fmt: skip
def test_the_still_has_the_density_of_the_screen_that_shows_it(usual_density, told, size):
    made, _ = picture(line([0, 10], [0, 2]))
    answer(made, density=told)
    assert still_size(made) == size
    stills = []
    made.children[0].observe(lambda change: stills.append(change["new"]), "still")
    answer(made, density=told)
    assert stills == []
    later, _ = picture(line([0, 10], [0, 2]))
    assert still_size(later) == size


def answer(made, **content):
    """Let a page answer: what it sends comes from the comm of the canvas."""
    made.children[0].comm.handle_msg(
        {"content": {"data": {"method": "custom", "content": content}}, "buffers": []}
    )


@pytest.mark.parametrize("size", [(9.6, 4.6), (12.8, 6.15), (7.37, 3.33)])
def test_a_picture_can_have_any_size_and_scale(size):
    figure = Figure(figsize=size, dpi=100)
    made = LiveFigure(figure, figure.add_subplot().plot([0, 1], [0, 1]))
    for scale in (1, 1.25, 1.5, 1.75, 2, 3.25, 4):
        width, height = Image.open(io.BytesIO(made.png(scale))).size
        assert (width, height) == pytest.approx(np.array(size) * 100 * scale, abs=1)


def test_the_bundle_holds_repr_picture_and_view():
    made, _ = picture(line([0, 10], [0, 2]), says="two lines")
    bundle, metadata = made._repr_mimebundle_()
    assert metadata == {"image/png": {"alt": f"two lines {SAVED_NOTE}"}}
    assert bundle["text/plain"] == "LiveFigure('two lines')"
    assert bundle["image/png"].startswith("iVBOR")
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_the_saved_picture_says_below_how_to_bring_it_to_life():
    made, _ = picture(line([0, 10], [0, 2]))
    bundle, _ = made._repr_mimebundle_()
    saved = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).convert("L")
    plain = Image.open(io.BytesIO(made.png(2))).convert("L")
    assert saved.width == plain.width and saved.height > plain.height
    below = np.asarray(saved)[plain.height :]
    assert (below < 128).any() and (below[-2:] == 255).all()
    written = np.flatnonzero((below < 200).any(axis=0))
    assert written[0] > 0 and written[-1] < saved.width - 1  # and nothing is cut off


def test_what_the_picture_says_reaches_the_page():
    made, _ = picture(line([0, 10], [0, 2]))
    made.says = "training rises"
    made.flush()
    assert made.children[0].says == "training rises"


def test_words_are_written_and_sent_under_the_lock():
    made, _ = picture(line([0, 10], [0, 2]))
    free = []

    def look(_):
        other = threading.Thread(target=lambda: free.append(made.lock.acquire(blocking=False)))
        other.start()
        other.join()

    made.children[0].observe(look, "says")
    made.says = "training rises"
    made.flush()
    assert free == [False]


def test_a_frame_that_cannot_be_sent_is_sent_again():
    made, _ = picture(line([0, 10], [0, 2]))
    canvas = made.children[0]
    problems, sent, send = [ZMQError(errno.ENOTSOCK)] * 2, [], canvas.comm.send

    def fail_first(data=None, buffers=None, **rest):
        if problems:
            raise problems.pop()
        sent.append((data["state"], buffers))

    canvas.comm.send = fail_first
    made.moving[0].set_data([0, 5], [2, 2])
    made.says = "training falls"
    made.update()
    made.flush()
    until(lambda: sent)
    canvas.comm.send = send
    (state, buffers), *_ = sent
    assert state["says"] == "training falls" and state["number"] == canvas.number
    assert bytes(canvas.frame) in [bytes(b) for b in buffers]
    assert pieces(made)[0][1][:, 1] == pytest.approx([0.75, 0.75])


def test_a_page_that_never_showed_the_canvas_gets_a_plain_picture():
    made, _ = picture(line([0, 10], [0, 2], color="#ff0000", lw=5))
    made.pressed()
    (shown,) = made.children
    assert isinstance(shown, widgets.Image)
    made.flush()
    assert (255, 0, 0) in colours(shown.value)


def test_a_page_that_showed_the_canvas_late_gets_it_back():
    made, _ = picture(line([0, 10], [0, 2]))
    (canvas,) = made.children
    made.pressed()
    canvas.comm.handle_msg(
        {"content": {"data": {"method": "custom", "content": {"hello": True}}}, "buffers": []}
    )
    assert made.children == (canvas,)
    made.pressed()
    assert made.children == (canvas,)


def test_answers_of_the_page_bring_the_next_frame(clock):
    made, _ = picture(line([0, 10], [0, 2]))
    for _ in range(2):
        made.update()
        made.flush()
    made.update()
    number = made.number
    answer(made, shown=number)
    clock.pass_to(0.15)  # less than the throttle's patience
    assert made.number == number + 1


def test_a_closed_figure_lets_its_figure_go():
    made, ax = picture(line([0, 10], [0, 2]))
    figure = weakref.ref(made.figure)
    del ax
    made.close()
    made.update()
    gc.collect()
    assert figure() is None


def test_a_recorder_takes_down_what_any_artist_draws():
    figure = Figure(figsize=(4, 2), dpi=100)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, 4), ylim=(0, 2))
    (bar,) = ax.bar([1], [1], width=1)
    made = LiveFigure(figure, [bar])
    ((stroke, xy),) = pieces(made)
    assert stroke["fill"] and np.nanmax(xy[:, 1]) == pytest.approx(0.5)


# --- Throttle -------------------------------------------------------------------------------


def test_a_throttle_answers_at_once_then_keeps_the_rate_and_the_last(clock):
    sent = []
    made = Throttle(lambda: sent.append((clock.now, value)), rate=50)
    for value in range(500):  # one request a millisecond, each frame answered at once
        clock.pass_to(value / 1000)
        made.request()
        made.done()
    clock.pass_to(1)
    times = [at for at, _ in sent]
    assert times[0] == 0
    assert np.diff(times) == pytest.approx(0.02)
    assert sent[-1] == (pytest.approx(0.5), 499)


def test_two_unanswered_calls_hold_the_next_back_but_not_for_ever(clock):
    sent = []
    made = Throttle(lambda: sent.append(clock.now), rate=1000, patience=1)
    for at in (0, 0.01, 0.02):
        clock.pass_to(at)
        made.request()
    clock.pass_to(1.005)
    assert sent == [0, 0.01]
    clock.pass_to(1.5)
    assert sent[2:] == [pytest.approx(1.01)]
    made.request()
    clock.pass_to(1.6)
    assert len(sent) == 3
    made.done(left=1)  # brings it forward
    clock.pass_to(1.7)
    assert sent[3:] == [pytest.approx(1.6)]


def test_a_flush_waits_for_nothing_and_a_closed_throttle_is_still(clock):
    sent = []
    made = Throttle(lambda: sent.append(1), rate=0.1)
    made.request()
    made.request()
    made.flush()
    made.flush()
    assert len(sent) == 2
    made.request()
    made.close()
    made.flush()
    clock.pass_to(100)
    assert len(sent) == 2


def test_without_patience_the_rate_holds_all_the_same(clock):
    sent = []
    made = Throttle(lambda: sent.append(clock.now), rate=20, patience=0)
    for at in range(300):
        clock.pass_to(at / 1000)
        made.request()
    assert np.diff(sent) == pytest.approx(0.05) and len(sent) == 6


def test_what_cannot_be_sent_is_sent_again(clock):
    problems, sent = [ZMQError(errno.ENOTSOCK)] * 3, []

    def send():
        if problems:
            raise problems.pop()
        sent.append(clock.now)

    made = Throttle(send, rate=50, patience=0)
    made.request()
    clock.pass_to(1)
    assert sent == [pytest.approx(0.06)] and not clock.timers


def test_an_error_of_the_drawing_is_no_error_of_sending(clock):
    made = Throttle(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        made.request()


def test_a_throttle_refuses_a_rate_of_nothing():
    with pytest.raises(ValueError, match="rate=0"):
        Throttle(print, rate=0)


# --- Worker ---------------------------------------------------------------------------------


def test_a_worker_ends_by_itself_and_leaves_no_thread():
    left, ended, threads = [5], [], set()

    def step():
        threads.add(threading.current_thread())
        left.append(left.pop() - 1)
        return left[0] > 0

    worker = Worker(step, ended.append)
    worker.start()
    worker.wait()
    (thread,) = threads
    thread.join(10)
    assert left == [0] and ended == [None] and not worker.working
    assert not thread.is_alive()


def test_a_start_during_the_last_step_is_not_lost():
    steps, inside, go = [], threading.Event(), threading.Event()

    def step():
        steps.append(1)
        inside.set()
        go.wait(10)
        return False

    worker = Worker(step, lambda _: None)
    worker.start()
    inside.wait(10)
    worker.start()
    go.set()
    worker.wait()
    assert len(steps) == 2


def test_a_stopped_worker_rests_and_a_start_undoes_the_stop():
    steps = threading.Semaphore(0)
    worker = Worker(lambda: steps.release() or True, lambda _: None)
    worker.start()
    worker.stop()
    worker.start()
    assert worker.working and steps.acquire(timeout=10)
    worker.stop()
    worker.wait()
    assert not worker.working
    worker.start()
    worker.close()
    worker.start()
    assert not worker.working


def test_a_workers_error_is_handed_over():
    ended = []
    worker = Worker(lambda: 1 / 0, ended.append)
    worker.start()
    worker.wait()
    assert isinstance(ended[0], ZeroDivisionError)


def test_an_interrupt_while_waiting_stops_the_work_and_leaves_the_thread_alive():
    """A thread that is taken for dead loses its socket to the page (bpo-45274)."""
    alive, inside, go = [], threading.Event(), threading.Event()

    def step():
        if not alive:
            _thread.interrupt_main()
        inside.set()
        go.wait(10)
        alive.append(threading.current_thread().is_alive())
        return True

    worker = Worker(step, lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        worker.start()
        worker.wait()
    worker.stop()
    assert inside.wait(10)
    go.set()
    worker.wait()
    assert alive == [True] and not worker.working


# --- Knobs ----------------------------------------------------------------------------------


def test_a_knob_shows_the_value_as_keras_spells_it():
    knob = HyperparameterSlider(HYPERPARAMETERS["l2"], 0.01)
    name, slider, reading = knob.children
    assert (name.value, reading.value) == ("L2 strength", "l2(0.01)")
    slider.index = 0
    assert knob.value == 0 and reading.value == "l2(0)"


def test_a_value_between_the_positions_becomes_one():
    knob = HyperparameterSlider(HYPERPARAMETERS["l2"], 0)
    seen = []
    knob.observe(lambda change: seen.append(change["new"]), "value")
    knob.value = 0.0033
    assert seen == [0.0033]  # and nothing in between
    assert knob.children[1].value == 0.0033
    assert list(knob.positions) == sorted(knob.positions)


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_a_knob_refuses_what_the_setting_refuses(value):
    knob = HyperparameterSlider(HYPERPARAMETERS["l2"], 0.01)
    with pytest.raises(ValueError, match="l2="):
        knob.value = value
    assert knob.value == 0.01 and knob.children[1].value == 0.01


def test_a_fixed_knob_names_its_positions():
    knob = HyperparameterSlider(HYPERPARAMETERS["dropout"], 0, (0, 0.5), fixed=True)
    with pytest.raises(ValueError, match=r"dropout=0.3: must be one of 0, 0.5"):
        knob.value = 0.3


def test_every_knob_starts_at_an_allowed_place_and_zero_is_exact():
    for name, setting in SLIDERS.items():
        assert all(setting.check(p) == p for p in setting.positions)
        assert (0 in setting.positions) == setting.low_allowed or name in NEEDS_RESTART


# --- Labels and axes ------------------------------------------------------------------------

PLACES = st.lists(st.floats(-5, 15), max_size=6)


@given(PLACES)
def test_spread_labels_are_apart_in_order_and_inside(places):
    found = separate(places, 1.0, 0.0, 10.0)
    assert len(found) == len(places)
    order = np.argsort(places, kind="stable")
    assert (np.diff(found[order]) >= 1 - 1e-9).all()
    assert all(-1e-9 <= v <= 10 + 1e-9 for v in found)


def test_labels_that_are_apart_stay():
    assert separate([7, 1, 4], 1, 0, 10).tolist() == [7, 1, 4]


def test_labels_that_touch_move_by_the_same():
    assert separate([5, 5], 1, 0, 10).tolist() == [4.5, 5.5]


@given(st.integers(0, 3000), st.integers(1, 600))
def test_thinning_keeps_the_last_point(count, most):
    at = thin(count, most)
    assert len(at) <= most
    assert not count or at[-1] == count - 1
    assert len(set(np.diff(at))) <= 1


def test_limits_follow_guessing_alone():
    size = SIZES["page"]
    curve_axes = CurveAxes(Figure().add_subplot(), size, np.log(2))
    assert (curve_axes.low, curve_axes.high) == (0, 1.4)
    curve_axes.set_metric("accuracy")
    assert (curve_axes.low, curve_axes.high) == (0.4, 1)
    assert CurveAxes(Figure().add_subplot(), size, np.log(10)).high == 4.8
    with pytest.raises(ValueError, match="top=0"):
        CurveAxes(Figure().add_subplot(), size, np.log(2), 0)


def test_a_value_above_the_axis_is_told():
    curve_axes = CurveAxes(Figure().add_subplot(), SIZES["page"], np.log(2))
    assert curve_axes.spell(1.75) == "1.75 ▲" and curve_axes.spell(1.2) == "1.20"


def test_an_unknown_size_is_refused():
    with pytest.raises(ValueError, match="size='huge'"):
        size_of("huge")


# --- Cells ----------------------------------------------------------------------------------


class Thing:
    """Something that can be closed."""

    def __init__(self):
        self.closed = False

    def close(self):
        self.closed = True


def test_running_a_cell_again_closes_what_it_made_before(monkeypatch):
    here = ["cell", "1"]
    monkeypatch.setattr(notebook_cells, "running_cell", lambda: tuple(here))
    monkeypatch.setattr(notebook_cells, "_made", {})
    first, second, third = Thing(), Thing(), Thing()
    notebook_cells.adopt(first)
    notebook_cells.adopt(second)
    assert not first.closed
    here[:] = ["another", "2"]
    notebook_cells.adopt(third)
    assert not (first.closed or second.closed)
    here[:] = ["cell", "3"]
    notebook_cells.adopt(Thing())
    assert first.closed and second.closed and not third.closed


def test_outside_a_notebook_nothing_is_closed():
    assert notebook_cells.running_cell() is None


# --- Settings of matplotlib that are not ours --------------------------------------------------


def test_a_second_picture_is_laid_out_as_the_first_whatever_the_settings():
    """`savefig` gives a figure without a layout engine the one that rcParams name."""
    with matplotlib.rc_context({"figure.constrained_layout.use": True}):
        figure = Figure(figsize=(4, 2), dpi=100, layout="none")
        ax = figure.add_axes((0.25, 0.25, 0.5, 0.5))
        made = LiveFigure(figure, [ax.plot([0, 1], [0, 1])[0]])
        first, second = made.png(), made.png()
    assert first == second
    assert ax.get_position().bounds == pytest.approx((0.25, 0.25, 0.5, 0.5))
    made.close()


# --- The drawer -------------------------------------------------------------------------------


class Written(Panel):
    """A panel whose code cannot be written, until it can."""

    code = None

    def __init__(self):
        super().__init__(None, "page")
        self.children = [self._page, self.status, self._make_drawer()]

    @property
    def keras_script(self):
        if self.code is None:
            raise LookupError("no table is named <here>")
        return self.code


def test_an_error_in_writing_the_code_is_shown_in_the_drawer_and_goes():
    panel = Written()
    *_, status, drawer = panel.children
    drawer.selected_index = 0
    (shown,) = drawer.children
    assert "LookupError: no table is named &lt;here&gt;" in shown.value
    assert isinstance(panel.error, LookupError) and status.value == ""
    drawer.selected_index = None
    panel.code = "model.fit(x, y)"
    drawer.selected_index = 0
    assert "model.fit(x, y)" in shown.value and "LookupError" not in shown.value
    panel.close()


def test_status_words_that_cannot_be_sent_go_with_the_next():
    panel = Written()
    status, sent = panel.children[1], []
    problems = [ZMQError(errno.ENOTSOCK)]

    def fail_first(data=None, **rest):
        if problems:
            raise problems.pop()
        sent.append(data["state"])

    status.comm.send = fail_first
    with pytest.raises(ZMQError):
        panel.say("Epoch 3.")
    panel.say("Epoch 3.")  # what a throttle does after the pause
    assert "Epoch 3." in sent[-1]["value"]
    del status.comm.send
    panel.close()
