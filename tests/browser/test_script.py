"""The live figure's script alone, on an empty page: what it paints, reads out and answers."""

import base64
from datetime import datetime, timedelta

import numpy as np
import pytest

from helpers.panels.figure import live_figure
from tests.browser import lab

SCRIPT = (live_figure.HERE / "live_figure.js").read_text(encoding="utf-8")
STYLE = (live_figure.HERE / "live_figure.css").read_text(encoding="utf-8")
SIZE = (400, 200)
AXES = {
    "title": "epoch",
    "x": {"from": 0.25, "to": 0.75, "low": 0, "high": 100, "log": False, "whole": True},
    "y": {"from": 0.25, "to": 0.75, "low": 0, "high": 2, "log": False, "whole": False},
}
LINE = {"kind": "line", "color": "#ff0000", "fill": None, "width": 8, "dash": [], "clip": None}

START = """async ([script, style, state]) => {
    document.body.style.margin = "0";
    document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
    const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const module = await import(address);
    const listeners = {};
    const unpack = text => new DataView(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
    window.module = module;
    window.sent = [];
    window.model = {
        state: {}, get(name) { return this.state[name] },
        on(name, call) { (listeners[name] ??= []).push(call) },
        off(name, call) { listeners[name] = listeners[name].filter(c => c !== call) },
        send(message) { window.sent.push(message) },
        listeners: () => Object.values(listeners).flat().length,
        put(state) {
            const { still, frame, ...rest } = state;
            Object.assign(this.state, rest);
            if (still !== undefined) this.state.still = unpack(still);
            if (frame !== undefined) this.state.frame = unpack(frame);
            for (const name of Object.keys(state))
                (listeners[`change:${name}`] ?? []).forEach(call => call());
        },
    };
    model.put(state);
    window.el = document.createElement("div");
    document.body.append(el);
    window.cleanup = module.default.render({ model, el });
}"""
SETTLED = "n => document.querySelector('.live-figure')?.dataset.number === String(n)"


@pytest.fixture
def show(page):
    """Shows strokes with their vertices and waits for the picture; returns the page."""

    def show(*drawn, number=1, wait=True, **more):
        strokes = [stroke for stroke, _ in drawn]
        state = {
            "size": SIZE, "strokes": strokes, "frame": _frame([xy for _, xy in drawn]),
            "labels": [], "axes": [AXES], "says": "a picture", "number": number,
        } | more  # fmt: skip
        if number == 1:
            page.goto("about:blank")
            page.evaluate(START, [SCRIPT, STYLE, state | {"still": ""}])
        else:
            page.evaluate("state => model.put(state)", state)
        if wait:
            page.wait_for_function(SETTLED, arg=number)
        return page

    return show


def _frame(vertices):
    counts = np.array([len(xy) for xy in vertices], "float32")
    flat = [np.asarray(xy, "float32").ravel() for xy in vertices]
    return base64.b64encode(np.concatenate([counts, *flat]).tobytes()).decode()


def colour(page, x, y):
    """The colour at fractions of the figure, y upwards: (red, green, blue, alpha)."""
    return tuple(
        page.evaluate(
            """([x, y]) => { const c = document.querySelector("canvas");
            return [...c.getContext("2d").getImageData(
                Math.round(x * c.width), Math.round((1 - y) * c.height), 1, 1).data]; }""",
            [x, y],
        )
    )


RED, GREEN, NOTHING = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 0, 0)


def test_a_line_lies_where_its_vertices_are(show):
    page = show((LINE, [(0.25, 0.25), (0.75, 0.75)]))
    assert colour(page, 0.5, 0.5) == colour(page, 0.3, 0.3) == RED
    assert colour(page, 0.3, 0.7) == colour(page, 0.1, 0.1) == NOTHING


def test_nan_lifts_the_pen(show):
    page = show((LINE, [(0.1, 0.5), (0.3, 0.5), (np.nan, np.nan), (0.7, 0.5), (0.9, 0.5)]))
    assert colour(page, 0.2, 0.5) == colour(page, 0.8, 0.5) == RED
    assert colour(page, 0.5, 0.5) == NOTHING


def test_clip_dash_and_later_strokes_on_top(show):
    clipped = LINE | {"clip": [0, 0, 0.5, 1]}
    dashed = LINE | {"color": "#00ff00", "dash": [40, 40]}
    page = show((clipped, [(0, 0.5), (1, 0.5)]), (dashed, [(0, 0.5), (1, 0.5)]))
    assert colour(page, 0.05, 0.5) == GREEN  # the first dash, 40 of 400 pixels long
    assert colour(page, 0.15, 0.5) == RED
    assert colour(page, 0.75, 0.5) == NOTHING


def test_a_band_of_two_parts_is_filled(show):
    band = LINE | {"color": None, "width": 0, "fill": "#00ff00"}
    square = np.array([(0, 0), (0.2, 0), (0.2, 0.2), (0, 0.2)])
    page = show((band, [*(square + 0.1), (np.nan, np.nan), *(square + 0.6)]))
    assert colour(page, 0.2, 0.2) == colour(page, 0.7, 0.7) == GREEN
    assert colour(page, 0.45, 0.45) == NOTHING


def test_marks_have_their_size_in_pixels(show):
    outline = [[-10, -10], [10, -10], [10, 10], [-10, 10]]
    marks = LINE | {"kind": "marks", "fill": "#00ff00", "color": None, "width": 0,
                    "outline": outline}  # fmt: skip
    page = show((marks, [(0.25, 0.5), (0.75, 0.5)]))
    assert colour(page, 0.25 + 8 / 400, 0.5) == colour(page, 0.75, 0.5 - 8 / 200) == GREEN
    assert colour(page, 0.25 + 13 / 400, 0.5) == NOTHING


def test_words_stand_where_they_are_hung(show):
    words = {"kind": "text", "fill": "#ff0000", "size": 60, "weight": "bold", "align": "center",
             "family": "sans-serif", "angle": 0, "clip": None}  # fmt: skip
    page = show((words, [(0.5, 0.4)]), labels=["███"])
    assert colour(page, 0.5, 0.45) == RED
    assert colour(page, 0.05, 0.45) == colour(page, 0.95, 0.45) == NOTHING


def test_each_frame_is_answered_and_replaces_the_last(show):
    show((LINE, [(0.1, 0.2), (0.9, 0.2)]))
    page = show((LINE, [(0.1, 0.8), (0.9, 0.8)]), number=2)
    assert colour(page, 0.5, 0.2) == NOTHING and colour(page, 0.5, 0.8) == RED
    assert page.evaluate("sent[0]") == {"hello": True, "density": 1}
    assert {"shown": 2} in page.evaluate("sent")


def test_a_picture_without_curves_is_an_image_with_words(show):
    page = show(axes=[], says="two classes")
    canvas = page.get_by_role("img", name="two classes")
    assert canvas.get_attribute("tabindex") is None
    assert canvas.get_attribute("aria-valuetext") is None


def test_curves_are_a_slider_whose_value_is_what_they_show(show):
    """Browse mode of a screen reader keeps the arrow keys from an image, not from a slider."""
    page = show((NAMED, CURVE), says="training falls")
    canvas = page.get_by_role("slider", name="training falls")
    assert canvas.get_attribute("aria-valuetext") == "arrow keys read the curves"
    canvas.focus()
    page.keyboard.press("Home")
    assert values(canvas) == ["0", "0", "99", "epoch 1, training 1.00"]
    page.keyboard.press("ArrowRight")
    assert values(canvas) == ["1", "0", "99", "epoch 2, training 1.00"]
    page.keyboard.press("End")
    assert values(canvas) == ["99", "0", "99", "epoch 100, training 1.00"]
    assert page.locator("[aria-live], [role=status], [role=alert]").count() == 0


def values(canvas):
    names = ("aria-valuenow", "aria-valuemin", "aria-valuemax", "aria-valuetext")
    return [canvas.get_attribute(name) for name in names]


def test_words_for_a_screen_reader_wait_until_the_picture_rests(show):
    page = show((NAMED, CURVE[:10]), says="epoch 10")
    page.clock.install()
    page.clock.pause_at(datetime.now() + timedelta(minutes=1))  # time passes as the test says
    page.locator("canvas").focus()
    page.keyboard.press("End")
    page.evaluate("""() => {
        window.said = [];
        const note = ([change]) => said.push(change.target.getAttribute(change.attributeName));
        const attributeFilter = ["aria-label", "aria-valuetext"];
        new MutationObserver(note).observe(document.querySelector("canvas"), { attributeFilter });
    }""")
    for number in range(2, 6):
        more = {"says": f"epoch {10 * number}", "number": number, "wait": False}
        show((NAMED, CURVE[: 10 * number]), **more)
        page.clock.run_for(500)
        assert page.evaluate(SETTLED, number)
    assert page.evaluate("said") == []
    page.clock.run_for(2000)
    canvas = page.get_by_role("slider", name="epoch 50")
    assert canvas.get_attribute("aria-valuetext") == "epoch 50, training 1.00"


NAMED = LINE | {"name": "training", "axes": 0}
CURVE = [(0.25 + 0.5 * k / 100, 0.5) for k in range(1, 101)]


def wait_for_reading(page, *lines):
    """Wait until exactly these lines are read out."""
    code = "lines => [...document.querySelectorAll('.live-figure-reading:not([hidden]) span')]"
    code += ".map(s => s.textContent).join('|') === lines.join('|')"
    page.wait_for_function(code, arg=lines)


def test_arrow_keys_read_out_values_point_by_point(show):
    page = show((NAMED, CURVE))
    page.locator("canvas").focus()
    page.keyboard.press("End")
    wait_for_reading(page, "epoch 100", "training 1.00")
    page.keyboard.press("ArrowLeft")
    wait_for_reading(page, "epoch 99", "training 1.00")
    page.keyboard.press("Home")
    wait_for_reading(page, "epoch 1", "training 1.00")
    page.keyboard.press("Escape")
    page.locator(".live-figure-reading").wait_for(state="hidden")


def test_end_follows_a_curve_that_grows_and_other_keys_stay(show):
    page = show((NAMED, CURVE[:40]))
    page.locator("canvas").focus()
    page.keyboard.press("ArrowUp")  # to the only axes: their last point, not their right edge
    wait_for_reading(page, "epoch 40", "training 1.00")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("End")
    wait_for_reading(page, "epoch 40", "training 1.00")
    show((NAMED, [*CURVE[:70], (0.61, np.nan)]), number=2)
    wait_for_reading(page, "epoch 70", "training 1.00")
    page.keyboard.press("ArrowLeft")
    wait_for_reading(page, "epoch 69", "training 1.00")
    show((NAMED, CURVE), number=3)
    wait_for_reading(page, "epoch 69", "training 1.00")


def test_up_and_down_go_through_the_axes_in_opposite_directions(show):
    axes = [AXES | {"title": title} for title in ("epoch", "rows", "width")]
    page = show(*((NAMED | {"axes": i}, CURVE) for i in range(3)), axes=axes)
    page.locator("canvas").focus()
    for key, title in (("ArrowUp", "rows"), ("ArrowUp", "width"), ("ArrowDown", "rows"),
                       ("ArrowDown", "epoch"), ("ArrowDown", "width")):  # fmt: skip
        page.keyboard.press(key)
        wait_for_reading(page, f"{title} 100", "training 1.00")


def test_the_kernel_hears_of_another_density_also_after_the_window_moves(show):
    page = show((LINE, [(0, 0.5), (1, 0.5)]))
    screens = page.context.new_cdp_session(page)
    for width, density in ((410, 2), (420, 1.5)):
        screen = {"width": width, "height": 300, "deviceScaleFactor": density, "mobile": False}
        screens.send("Emulation.setDeviceMetricsOverride", screen)
        heard = "density => sent.some(message => message.density === density)"
        page.wait_for_function(heard, arg=density)
        sharp = "density => document.querySelector('canvas').width === 400 * density"
        page.wait_for_function(sharp, arg=density)
        assert colour(page, 0.5, 0.5) == RED


def test_a_page_without_a_kernel_can_replay_a_frame(page):
    """`decode`, `paint`, `step` and `readings` need a canvas and a picture, and no widget."""
    page.goto("about:blank")
    state = {"strokes": [NAMED], "axes": [AXES], "labels": [], "size": SIZE,
             "frame": _frame([CURVE])}  # fmt: skip
    found = page.evaluate(
        """async ([script, state]) => {
            const canvas = document.createElement("canvas");
            canvas.style.cssText = "display:block; width:400px; height:200px";
            document.body.append(canvas);
            const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
            const { decode, paint, step, readings } = await import(address);
            const bytes = Uint8Array.from(atob(state.frame), c => c.charCodeAt(0));
            const pieces = decode(new DataView(bytes.buffer), state.strokes);
            const picture = { ...state, pieces };
            paint(canvas, picture);
            return readings(picture, step(picture, null, "End")).lines.map(line => line.text);
        }""",
        [SCRIPT, state],
    )
    assert found == ["epoch 100", "training 1.00"]
    assert colour(page, 0.5, 0.5) == RED


def test_the_pointer_reads_out_values_on_the_axes_only(show):
    page = show((NAMED, CURVE), (LINE, CURVE))
    page.mouse.move(200, 100)
    wait_for_reading(page, "epoch 50", "training 1.00")
    page.mouse.move(10, 100)
    page.locator(".live-figure-reading").wait_for(state="hidden")


def test_values_of_logarithmic_and_named_axes(show):
    page = show((NAMED, CURVE))

    def value(axis, at):
        return page.evaluate("([axis, at]) => module.value(axis, at)", [axis, at])

    log = {"from": 0, "to": 1, "low": 0.01, "high": 100, "log": True}
    assert value(log, 0.5) == pytest.approx(1)
    assert value(log | {"names": [[0.1, "a"], [0.9, "b"]]}, 0.6) == "b"
    assert value(AXES["y"], 0.375) == pytest.approx(0.5)


def test_a_narrow_page_shrinks_the_picture_and_keeps_it_sharp(chrome):
    state = {"size": SIZE, "strokes": [LINE], "frame": _frame([[(0.25, 0.25), (0.75, 0.75)]]),
             "labels": [], "axes": [], "says": "", "number": 1, "still": ""}  # fmt: skip
    with lab.page(chrome, (300, 300), ratio=2) as page:
        page.evaluate(START, [SCRIPT, STYLE, state])
        page.wait_for_function(SETTLED, arg=1)
        size = page.evaluate("(c => [c.clientWidth, c.clientHeight, c.width, c.height])"
                             "(document.querySelector('canvas'))")  # fmt: skip
        assert size == [300, 150, 600, 300]
        assert colour(page, 0.5, 0.5) == RED
        page.set_viewport_size({"width": 200, "height": 300})
        page.wait_for_function("document.querySelector('canvas').width === 400")
        assert colour(page, 0.5, 0.5) == RED
        assert page.complaints == []


def test_a_view_that_goes_leaves_nothing_behind(show):
    page = show((LINE, [(0, 0), (1, 1)]))
    page.evaluate("cleanup()")
    assert page.evaluate("model.listeners()") == 0
    assert page.complaints == []


def test_a_kernel_that_has_gone_leaves_the_picture(show):
    page = show((LINE, [(0, 0.5), (1, 0.5)]))
    page.evaluate("() => { model.send = () => { throw new Error('Cannot send') } }")
    page = show((LINE | {"color": "#00ff00"}, [(0, 0.5), (1, 0.5)]), number=2)
    assert colour(page, 0.5, 0.5) == GREEN
    assert page.complaints == []
