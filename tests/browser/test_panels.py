"""The panels in a real JupyterLab: keys move sliders, and the picture shows what the kernel has."""

import functools
import re

import pytest

from tests.browser import lab

SETUP = """from helpers.data import load, make_2d, split
from helpers.experiment import Experiment
from helpers.panels import BoundaryLab, GridLab, LiveLab, Predict, SweepLab

parts = split(load("cells"), train=64, validation=64, seed=0)
base = Experiment(hidden=(8,), epochs=60, learning_rate=1e-2)"""
LIVE = """panel = LiveLab(parts, base, seconds=6, presets={"too much": {"l2": 0.1}})
panel"""
SWEEP = """sweep = SweepLab(parts, base, "l2", positions=[0, 0.01, 0.1], seeds=range(2))
sweep"""
BOUNDARY = """moons = split(make_2d("moons"), train=60, validation=100, flip_labels=0.1)
seen = BoundaryLab(moons, base, "l2", positions=[0, 0.01, 0.1], seeds=range(2))
seen"""
LANDSCAPE = """at = {"l2": [0, 0.01, 0.1], "dropout": [0, 0.3, 0.6]}
land = GridLab(parts, base, positions=at, seeds=range(2))
land"""
PREDICT = """predict = Predict("Which way?", ["up", "down"], "down", {"up": "No.", "down": "Yes."})
predict"""


@pytest.fixture
def run(run_cells):
    """Runs these cells after the imports and the data; returns the page."""
    return functools.partial(run_cells, SETUP)


def press(page, name):
    page.get_by_role("button", name=re.compile(f"{name}$")).click()  # an icon stands before it


def wait_for_words(page, words, selector=".lab"):
    page.locator(selector, has_text=words).first.wait_for(timeout=lab.PATIENCE)


def read_out(page, name, key):
    """What the picture of `name` says at a point of its first axes: {"epoch": ..., ...}."""
    lab.wait_for_picture(page, ".lab", name)
    page.locator(".live-figure-canvas").focus()
    page.keyboard.press("Escape")
    page.locator(".live-figure-reading").wait_for(state="hidden")
    page.keyboard.press(key)
    page.locator(".live-figure-reading").wait_for(state="visible")
    found = page.locator(".live-figure-reading span").all_inner_texts()
    return {name: float(number) for name, number in (text.rsplit(" ", 1) for text in found)}


def test_live_lab(run):
    page = run(LIVE)
    press(page, "Train")
    wait_for_words(page, "Epoch", ".status")
    page.get_by_role("button", name="Pause").wait_for()
    before = lab.frame_number(page, ".lab")
    lab.slider(page, ".lab").focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    wait_for_words(page, "l2(0.1)", ".slider-value")
    assert lab.ask(page, "print(panel.l2.value)") == "0.1"
    assert lab.frame_number(page, ".lab") > before
    wait_for_words(page, "Epoch 60:", ".status")
    page.get_by_role("button", name="Train").wait_for()
    lab.keep_screenshot(page, "live-laptop-light")

    assert float(lab.ask(page, "print(panel.run.moves[-1].value)")) == 0.1
    for key, at in (("End", -1), ("Home", 0)):
        shown = read_out(page, "panel", key)
        for name, curve in (("training", "train"), ("validation", "validation")):
            value = float(lab.ask(page, f"print(float(panel.run.{curve}_loss[{at}]))"))
            assert shown[name] == pytest.approx(value, rel=0.01)
        assert shown["epoch"] == (60 if at else 1)
    page.get_by_role("slider", name=re.compile("^Epoch 60")).wait_for()

    press(page, "Undo move")
    wait_for_words(page, "l2(0)", ".slider-value")
    press(page, "too much")
    wait_for_words(page, "l2(0.1)", ".slider-value")
    wait_for_words(page, "Epoch 60:", ".status")
    assert lab.ask(page, "print(panel.run.moves, panel.run.experiment.l2)") == "() 0.1"

    page.get_by_text("Show the Keras code").click()
    wait_for_words(page, "0.1", "pre.code")


def test_sweep_lab(run):
    page = run(SWEEP)
    press(page, "Train all")
    wait_for_words(page, "6 networks trained")
    shown = read_out(page, "sweep", "End")
    lab.slider(page, ".lab").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    wait_for_words(page, "l2(0.1) after 60 epochs", ".status")
    assert lab.ask(page, "print(sweep.l2.value)") == "0.1"
    scrubbed = read_out(page, "sweep", "End")
    code = "print(sum(float(r.train_loss[-1]) for r in sweep.runs[{}]) / 2)"
    assert shown["training"] == pytest.approx(float(lab.ask(page, code.format(0))), rel=0.01)
    assert scrubbed["training"] == pytest.approx(float(lab.ask(page, code.format(0.1))), rel=0.01)
    assert scrubbed["training"] > shown["training"]
    page.keyboard.press("ArrowUp")
    wait_for_words(page, "best validation", ".live-figure-reading")
    lab.keep_screenshot(page, "sweep-laptop-light")


def ends(page, runs, *curves):
    """Means over seeds of the last values of curves."""
    return [
        float(lab.ask(page, f"print(sum(float(r.{c}[-1]) for r in {runs}) / len({runs}))"))
        for c in curves
    ]


def test_boundary(run):
    page = run(BOUNDARY)
    press(page, "Train all")
    wait_for_words(page, "6 networks trained")
    first = lab.wait_for_picture(page, ".lab", "seen")
    lab.keep_screenshot(page, "boundary-laptop-light-0")
    lab.slider(page, ".lab").focus()
    page.keyboard.press("End")
    wait_for_words(page, "l2(0.1) after 60 epochs", ".status")
    words = lab.wait_for_picture(page, ".lab", "seen")
    assert lab.ask(page, "print(seen.l2.value)") == "0.1"
    train, validation = ends(page, "seen.runs[0.1]", "train_loss", "validation_loss")
    assert {"l2(0.1)", f"{train:.3f}", f"{validation:.3f}"} <= set(words) != set(first)
    lab.keep_screenshot(page, "boundary-laptop-light")


def test_landscape(run):
    page = run(LANDSCAPE)
    press(page, "Train all")
    wait_for_words(page, "18 networks trained")
    for which in (0, 1):
        lab.slider(page, ".lab", which).focus()
        page.keyboard.press("ArrowRight")
    wait_for_words(page, "l2(0.01), Dropout(0.3) after 60 epochs", ".status")
    words = lab.wait_for_picture(page, ".lab", "land")
    assert lab.ask(page, "print(land.l2.value, land.dropout.value)") == "0.01 0.3"
    train, validation = ends(page, "land.runs[0.01, 0.3]", "train_loss", "validation_loss")
    assert {"l2(0.01), Dropout(0.3)", f"{train:.2f}", f"{validation:.2f}"} <= set(words)
    press(page, "Go to ★")
    lowest = lab.ask(page, "print(*land.lowest)").split()
    wait_for_words(
        page, f"l2({float(lowest[0]):g}), Dropout({float(lowest[1]):g}) after", ".status"
    )
    assert lab.ask(page, "print(land.l2.value, land.dropout.value)").split() == lowest
    lab.keep_screenshot(page, "landscape-laptop-light")


def test_predict(run):
    page = run(PREDICT)
    lock = page.get_by_role("button", name="Lock in my answer")
    assert lock.is_disabled()
    page.locator(".predict input[type=radio]").first.check()
    page.wait_for_function("!document.querySelector('.predict button').disabled")
    lock.click()
    wait_for_words(page, "Locked in: “up”", ".status")
    press(page, "Reveal")
    wait_for_words(page, "You said “up”. It is “down”.", ".status")
    assert page.locator(".predict li").count() == 2
    lab.keep_screenshot(page, "predict-laptop-light")


def test_interrupting_and_restarting_the_kernel_end_the_training(run):
    endless = "panel = LiveLab(parts, base.replace(epochs=100_000), seconds=9999)\npanel"
    page = run(endless)
    press(page, "Train")
    wait_for_words(page, "Epoch", ".status")
    lab.begin(page, "panel.wait()")
    lab.wait_until_busy(page)
    lab.interrupt(page)
    assert lab.ask(page, "print(panel.phase, panel.error)") == "idle None"
    page.get_by_role("button", name=re.compile("Train$")).wait_for()
    press(page, "Train")  # and goes on
    page.get_by_role("button", name="Pause").wait_for()
    lab.restart(page)
    assert lab.ask(page, "print('panel' in globals())") == "False"
    lab.run_all(page)
    wait_for_words(page, "Nothing is trained yet", ".status")
    press(page, "Train")
    wait_for_words(page, "Epoch", ".status")


def test_a_cell_run_again_ends_the_panel_it_had(run):
    page = run(LIVE.replace("seconds=6", "seconds=600"))
    press(page, "Train")
    wait_for_words(page, "Epoch", ".status")
    assert lab.ask(page, "first = panel; print(first.phase)") == "training"
    lab.run_all(page)
    wait_for_words(page, "Nothing is trained yet", ".status")
    code = "print(first is panel, first.closed, first.phase, panel.closed)"
    assert lab.ask(page, code) == "False True idle False"


def test_the_lecture_size_in_the_dark(server, folder, chrome):
    lab.write_notebook(
        folder / "dark.ipynb", [SETUP, LIVE.replace("seconds=6", "seconds=0, size='lecture'")]
    )
    with lab.page(chrome, lab.PROJECTOR) as page:
        lab.open_notebook(page, server, "dark.ipynb")
        lab.choose_theme(page, "JupyterLab Dark")
        lab.run_all(page)
        page.wait_for_selector(".lab-lecture .live-figure-canvas", timeout=lab.PATIENCE)
        press(page, "Train")
        wait_for_words(page, "Epoch 60:", ".status")
        lab.keep_screenshot(page, "live-projector-dark")
        look = "getComputedStyle(document.querySelector('.live-figure')).filter"
        assert "invert" in page.evaluate(look)
        size = (
            "getComputedStyle(document.querySelector('.lab .status .widget-html-content')).fontSize"
        )
        assert float(page.evaluate(size).removesuffix("px")) >= 20
        assert lab.complaints(page) == []
