"""LiveLab's log axes and its pictures beside the curves, in a real JupyterLab."""

import json
import re

import pytest

from tests.browser import lab

SETUP = """import json
from helpers.data import make_2d, split
from helpers.experiment import Experiment
from helpers.panels import LiveLab

parts = split(make_2d("moons"), train=64, validation=64, seed=0, flip_labels=0.1)
base = Experiment(hidden=(8,), epochs=60, learning_rate=1e-2, l2=0.002)"""
PANEL = """panel = LiveLab(parts, base, ("l2",), seconds=6)
panel"""


@pytest.fixture
def open_panel(run_cells):
    """Opens a notebook with the panel and runs it; returns the page."""

    def open_panel(cell=PANEL, theme="JupyterLab Light"):
        return run_cells(SETUP, cell, theme=theme, until=".lab .live-figure-canvas")

    return open_panel


def train(page):
    page.get_by_role("button", name=re.compile("Train$")).click()
    page.locator(".status", has_text="Epoch 60:").wait_for(timeout=lab.PATIENCE)
    lab.wait_for_picture(page, ".lab", "panel")


def read_out(page, keys, epoch, name):
    """What the picture says after some keys, once it says this epoch and this curve."""
    page.locator(".live-figure-canvas").focus()
    for key in ("Escape", *keys):
        page.keyboard.press(key)
    code = """([epoch, name]) => {
        const said = [...document.querySelectorAll(".live-figure-reading:not([hidden]) span")];
        const words = said.map(s => s.textContent);
        return words[0] === `epoch ${epoch}` && words.some(w => w.startsWith(name)) && words;
    }"""
    found = page.wait_for_function(code, arg=[epoch, name]).json_value()
    return {name: float(number) for name, number in (text.rsplit(" ", 1) for text in found[1:])}


def curves(page, at):
    """The run's values at an epoch, as the kernel has them."""
    code = (
        "r = panel.run; print(json.dumps({k: float(v[%d]) for k, v in {'training': r.train_loss, "
        "'validation': r.validation_loss, 'penalty': r.penalty, 'sum': r.train_loss + r.penalty, "
        "'fit reports': r.fit_loss}.items()}))"
    )
    return json.loads(lab.ask(page, code % at))


def wait_for_frame(page, before):
    page.wait_for_function(
        "n => Number(document.querySelector('.lab .live-figure').dataset.number) > n", arg=before
    )


@pytest.mark.parametrize("boxes", [("log loss",), ("log loss", "log epochs")])
def test_keys_read_the_values_of_the_run_on_every_kind_of_axes(open_panel, boxes):
    page = open_panel(PANEL.replace("seconds=6", "seconds=0, side_view='losses'"))
    for box in boxes:
        before = lab.frame_number(page, ".lab")
        page.get_by_label(box).check()
        wait_for_frame(page, before)
    train(page)
    for keys, epoch in ((("End",), 60), (("Home",), 1), (("Home", "ArrowRight"), 2)):
        shown, values = read_out(page, keys, epoch, "validation"), curves(page, epoch - 1)
        assert shown.keys() == {"training", "validation"}
        # the arrow up goes to the last point of the other axes
        beside = read_out(page, ("ArrowUp", *keys), epoch, "penalty")
        assert beside.keys() == {"training", "penalty", "sum", "fit reports"}
        for name, value in (shown | beside).items():
            assert value == pytest.approx(values[name], rel=0.006)
    lab.keep_screenshot(page, f"live-losses-{len(boxes)}")


def test_the_boundary_is_chosen_while_it_trains_and_follows_in_the_dark(open_panel):
    page = open_panel(theme="JupyterLab Dark")
    page.get_by_role("button", name=re.compile("Train$")).click()
    page.locator(".status", has_text="Epoch").first.wait_for(timeout=lab.PATIENCE)
    page.locator(".lab select").select_option("with boundary")
    page.locator(".status", has_text="flipped labels").wait_for(timeout=lab.PATIENCE)
    lab.keep_screenshot(page, "live-boundary-training-dark")
    page.locator(".status", has_text="Epoch 60:").wait_for(timeout=lab.PATIENCE)
    assert lab.ask(page, "print(panel.side_view.value)") == "boundary"
    page.get_by_role("slider", name=re.compile("^Epoch 60:.*of 6 flipped labels")).wait_for()
    lab.keep_screenshot(page, "live-boundary-dark")
    before = lab.frame_number(page, ".lab")
    page.locator(".lab select").select_option("with weights")
    page.locator(".status", has_text="exactly 0").wait_for(timeout=lab.PATIENCE)
    wait_for_frame(page, before)
    lab.keep_screenshot(page, "live-weights-dark")
    # on a narrow page the picture shrinks and nothing of it is cut off
    page.set_viewport_size({"width": 800, "height": 800})
    fits = """() => {
        const [lab, picture] = [".lab", ".live-figure-canvas"].map(s => document.querySelector(s));
        return lab.clientWidth < 700 && picture.clientWidth <= lab.clientWidth;
    }"""
    page.wait_for_function(fits, timeout=10_000)
