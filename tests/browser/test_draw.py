"""The panels in which a learner commits to a curve or a number, in a real JupyterLab."""

import re

import pytest

from tests.browser import lab

CURVES = """import numpy as np
from helpers.panels import Draw, PredictNumber
epochs = np.arange(1, 101)
real = {"training": 0.7 * np.exp(-epochs / 15),
        "validation": 0.45 + 0.3 * np.exp(-epochs / 8) + 0.006 * np.maximum(epochs - 15, 0)}
draw = Draw("What will both losses do?", x=(1, 100), y=(0, 1.5), curves=tuple(real))
draw"""
ONE = """import numpy as np
from helpers.panels import Draw
epochs = np.arange(1, 101)
draw = Draw("What will it do?", x=(1, 100), y=(0, 1.5))

draw"""
NUMBER = """from helpers.panels import PredictNumber
guess = PredictNumber("What will it be?", 0, 3, unit="nats", marks={"baseline": 0.65})
guess"""
PLATEAU = [(0.002, 0.5), (0.2, 0.3), (0.998, 0.26)]
READY = ".pencil-over .pencil-pad[aria-valuetext]"


def pad(page):
    return page.locator(".pencil-pad").first


def points(page, places):
    """Where fractions of the axes lie on the page."""
    pad(page).scroll_into_view_if_needed()
    box = pad(page).bounding_box()
    return [(box["x"] + x * box["width"], box["y"] + (1 - y) * box["height"]) for x, y in places]


def drag(page, places):
    first, *rest = points(page, places)
    page.mouse.move(*first)
    page.mouse.down()
    for place in rest:
        page.mouse.move(*place, steps=12)
    page.mouse.up()


def press(page, name):
    page.get_by_role("button", name=re.compile(f"{name}$")).first.click()


def wait_for_words(page, words, selector=".status"):
    page.locator(selector, has_text=words).first.wait_for(timeout=lab.PATIENCE)


def wait_until_drawn(page, curve="validation"):
    """Wait until the kernel has a whole curve; its values at seven places."""
    code = f"print(*draw.drawn.get('{curve}', np.array([np.nan]))[::10].round(2))"
    for _ in range(100):
        found = lab.ask(page, code).split()
        if len(found) == 7 and "nan" not in found:
            return [float(value) for value in found]
        page.wait_for_timeout(50)
    raise AssertionError("the kernel did not hear of the curve")


def painted_at(page, x, y):
    """How opaque the pencil's canvas is at a fraction of the axes."""
    return page.evaluate(
        """([x, y]) => {
            const canvas = document.querySelector(".pencil-canvas");
            const frame = canvas.getBoundingClientRect();
            const axes = document.querySelector(".pencil-pad").getBoundingClientRect();
            const part = (at, from, length) => (at - from) / length;
            const across = part(axes.left + x * axes.width, frame.left, frame.width);
            const down = part(axes.bottom - y * axes.height, frame.top, frame.height);
            return canvas.getContext("2d").getImageData(
                Math.round(across * canvas.width), Math.round(down * canvas.height), 1, 1).data[3];
        }""",
        [x, y],
    )


def test_drag_lock_and_reveal(run_cells):
    page = run_cells(CURVES, until=READY)
    drag(page, [(0.002, 0.45), (0.3, 0.1), (0.998, 0.02)])
    values = wait_until_drawn(page, "training")
    assert values[0] == pytest.approx(0.45 * 1.5, abs=0.03)
    assert values[3] == pytest.approx(0.08 * 1.5, abs=0.05) and values[6] < 0.06
    page.wait_for_function("!document.querySelector('.pencil-hint:not([hidden])')")
    assert painted_at(page, 0.3, 0.1) > 0 and painted_at(page, 0.6, 0.8) == 0
    wait_for_words(page, "Still to draw: validation.")
    press(page, "validation")
    page.wait_for_function("document.querySelector('.pencil-pad').ariaValueText.startsWith('val')")
    drag(page, PLATEAU)
    wait_until_drawn(page)
    press(page, "Lock my curve")
    wait_for_words(page, "Your curve is locked")
    page.wait_for_selector(".pencil-over", state="detached")
    assert lab.ask(page, "draw.reveal(epochs, real).wait()") == ""
    wait_for_words(page, "past its lowest point the curve rises again")
    words = lab.wait_for_picture(page, ".lab", "draw")
    assert {"training", "validation", "your training", "your validation"} <= set(words)
    lab.keep_screenshot(page, "draw-laptop-light")


def test_a_finger_draws_and_does_not_scroll(server, folder, chrome):
    lab.write_notebook(folder / "finger.ipynb", [ONE])
    with lab.page(chrome, (390, 844), ratio=2) as page:
        lab.open_notebook(page, server, "finger.ipynb")
        lab.choose_theme(page, "JupyterLab Light")
        lab.run_all(page)
        page.wait_for_selector(READY, timeout=lab.PATIENCE)
        finger = page.context.new_cdp_session(page)
        finger.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
        ends = [(0.005, 0.8), (0.995, 0.2)]
        (x0, y0), (x1, y1) = points(page, ends)
        path = [(x0 + k * (x1 - x0) / 20, y0 + k * (y1 - y0) / 20) for k in range(21)]
        before = pad(page).bounding_box()
        for k, (x, y) in enumerate(path):
            kind = "touchMove" if k else "touchStart"
            touch = {"type": kind, "touchPoints": [{"x": x, "y": y}]}
            finger.send("Input.dispatchTouchEvent", touch)
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        values = wait_until_drawn(page)
        assert values == sorted(values, reverse=True)
        assert values[3] == pytest.approx(0.75, abs=0.06)
        assert pad(page).bounding_box() == before
        press(page, "Lock my curve")
        assert lab.ask(page, "draw.reveal(epochs, 1.2 - epochs / 100).wait()") == ""
        wait_for_words(page, "You expected the right shape: the curve keeps falling.")
        figure = page.locator(".live-figure").first.bounding_box()
        assert figure["x"] >= 0 and figure["x"] + figure["width"] <= 390
        lab.keep_screenshot(page, "draw-phone-light")
        assert lab.complaints(page) == []


def test_arrow_keys_draw_and_say_what_they_draw(run_cells):
    page = run_cells(ONE, until=READY)
    pad(page).focus()
    assert pad(page).get_attribute("role") == "slider"
    assert pad(page).get_attribute("aria-valuetext") == "validation at epoch 1: nothing drawn yet"
    assert pad(page).get_attribute("aria-label").startswith("What will it do? Axes of data loss")

    def says(words):
        page.wait_for_function(
            "words => document.querySelector('.pencil-pad').ariaValueText === words", arg=words
        )

    for _ in range(5):
        page.keyboard.press("ArrowUp")
    says("validation at epoch 1: 0.9 nats")
    page.keyboard.press("ArrowRight")
    says("validation at epoch 6: nothing drawn yet")
    page.keyboard.press("PageDown")
    says("validation at epoch 6: 0.75 nats")
    page.keyboard.press("End")
    page.keyboard.press("PageDown")
    says("validation at epoch 100: 0.6 nats")
    values = wait_until_drawn(page)
    assert values[0] == 0.9 and values[-1] == 0.6 and values[3] == pytest.approx(0.68, abs=0.02)
    page.keyboard.press("Delete")
    says("validation at epoch 100: nothing drawn yet")
    page.keyboard.press("ArrowUp")
    says("validation at epoch 100: 0.78 nats")
    wait_for_words(page, "Lock your curve")
    lab.keep_screenshot(page, "draw-keys-laptop-light")
    page.keyboard.press("Tab")  # nobody is caught in the axes
    assert not page.evaluate("document.activeElement.matches('.pencil-pad')")


def test_a_page_that_reveals_first_is_asked_and_a_reload_keeps_the_drawing(run_cells):
    twice = ONE.replace("\n\ndraw", "\ndisplay(draw)\ndraw.reveal(epochs, 1.2 - epochs / 100)")
    page = run_cells(twice, until=READY)
    wait_for_words(page, "Draw first, or press “Show it”.")
    page.wait_for_function("document.querySelectorAll('.pencil-over .pencil-pad').length === 2")
    drag(page, PLATEAU)
    before = wait_until_drawn(page)
    page.evaluate("async () => { await window.jupyterapp.commands.execute('docmanager:save') }")
    page.goto(page.url)
    page.wait_for_selector(READY, timeout=lab.PATIENCE)
    page.wait_for_function("!document.querySelector('.pencil-hint:not([hidden])')")
    assert wait_until_drawn(page) == before and painted_at(page, 0.6, 0.28) > 0
    press(page, "Show it")
    wait_for_words(page, "Your curve differs")


def test_predict_number(run_cells):
    page = run_cells(NUMBER, until=".number-line")
    lock = page.get_by_role("button", name="Lock in my guess")
    assert lock.is_disabled()
    handle = lab.slider(page, ".lab")
    handle.focus()
    words = "2.99 nats"
    for key in ("End", "ArrowLeft"):
        page.keyboard.press(key)
    wait_for_words(page, words, ".slider-value")
    page.wait_for_function("!document.querySelector('.predict button').disabled")
    assert handle.get_attribute("aria-label") == "your guess" and words.endswith(" nats")
    page.wait_for_function(
        "words => document.querySelector('.noUi-handle').ariaValueText === words", arg=words
    )
    track = page.locator(".noUi-base").bounding_box()
    mark = page.locator(".number-line .mark i").first.bounding_box()
    share = (mark["x"] + 1 - track["x"]) / track["width"]
    assert share == pytest.approx(0.65 / 3, abs=0.01)
    lock.click()
    wait_for_words(page, f"Locked in: {words}.")
    said = lab.ask(page, "guess.reveal(1.96)")
    assert said.startswith(f"You said {words}; it is ≈ 1.96 nats")
    wait_for_words(page, "Compared with baseline (0.65 nats)")
    lab.keep_screenshot(page, "predict-number-laptop-light")
