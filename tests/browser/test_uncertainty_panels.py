"""The panels of Monte-Carlo dropout and of AdamW in a real JupyterLab: keys, themes, a phone."""

import re

import pytest

from tests.browser import lab

SETUP = """from helpers.data import load, make_2d, split
from helpers.experiment import Experiment, grid
from helpers.panels import DecayLab, MCDropoutLab
from helpers.training import train"""
MC = """moons = split(make_2d("moons"), train=100, validation=100)
base = Experiment(hidden=(32, 32), epochs=100, learning_rate=5e-3)
mc = MCDropoutLab(train(grid(base, dropout=[0.1, 0.5]), moons), moons, passes=20)
mc"""
DECAY = """parts = split(load("cells"), train=128, validation=128, seed=0)
decay = DecayLab(parts, Experiment(hidden=(32,), epochs=60), [0.001, 0.01], seeds=range(3))
decay"""
PHONE = 390  # CSS pixels


def wait_for_words(page, words, selector=".status"):
    page.locator(f".lab {selector}", has_text=words).first.wait_for(timeout=lab.PATIENCE)


def check_phone(page, name):
    """Fail unless the panel fits a phone's width, picture and sliders included."""
    page.set_viewport_size({"width": PHONE, "height": 844})
    page.wait_for_function("width => innerWidth === width", arg=PHONE)
    wide = """() => {
        const panel = document.querySelector(".lab"), box = panel.getBoundingClientRect();
        const parts = panel.querySelectorAll("canvas, .slider-row, .row, .status");
        return [...parts].filter(p => p.getBoundingClientRect().right > box.right + 1).length;
    }"""
    page.wait_for_function(f"({wide})() === 0", timeout=lab.PATIENCE)
    lab.keep_screenshot(page, name)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_mc_dropout(run_cells, theme):
    page = run_cells(SETUP, MC, theme=f"JupyterLab {theme}")
    wait_for_words(page, "20 passes give")
    lab.wait_for_picture(page, ".lab", "mc")
    passes = page.get_by_role("slider", name="forward passes")
    passes.focus()
    passes.press("End")
    wait_for_words(page, "200 passes give")
    for feature, key in (("x1", "ArrowRight"), ("x2", "ArrowDown")):
        handle = page.get_by_role("slider", name=re.compile(feature))
        handle.focus()
        row = handle.locator("xpath=ancestor::*[contains(@class, 'slider-row')][1]")
        row, shown = row.element_handle(), row.locator(".slider-value").inner_text()
        before = lab.ask(page, "print(*mc.point)")
        for _ in range(4):
            handle.press(key)
        page.wait_for_function(
            "([row, old]) => row.querySelector('.slider-value').innerText !== old",
            arg=[row, shown],
            timeout=lab.PATIENCE,
        )
        assert lab.ask(page, "print(*mc.point)") != before
    words = lab.wait_for_picture(page, ".lab", "mc")
    spread = "print(float(mc.outputs.mean()), float(mc.outputs.std()))"
    mean, deviation = lab.ask(page, spread).split()
    assert f"mean {float(mean):.2f} ± {float(deviation):.2f}" in words
    assert "200 passes at the cross" in words
    page.get_by_role("button", name=re.compile("Largest spread$")).click()
    wait_for_words(page, "At x1")
    lab.wait_for_picture(page, ".lab", "mc")
    lab.keep_screenshot(page, f"mc-dropout-laptop-{theme.lower()}")
    check_phone(page, f"mc-dropout-phone-{theme.lower()}")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_decay(run_cells, theme):
    page = run_cells(SETUP, DECAY, theme=f"JupyterLab {theme}")
    page.get_by_role("button", name=re.compile("Train all$")).click()
    page.locator(".lab", has_text="18 networks trained").wait_for(timeout=lab.PATIENCE)
    handle = page.get_by_role("slider", name="L2 strength")
    handle.focus()
    handle.press("ArrowRight")
    wait_for_words(page, "l2(0.001) after 60 epochs")
    words = lab.wait_for_picture(page, ".lab", "decay")
    assert lab.ask(page, "print(decay.l2.value)") == "0.001"
    assert {"Adam, l2(0.001)", "AdamW, weight_decay=0.5"} <= set(words)
    kept = lab.ask(page, "print(*(round(100 * float(s.kept.mean(axis=0)[0]))"
                         " for s in decay.shrinkage))").split()  # fmt: skip
    said = page.locator(".lab .status").inner_text()
    assert f"smallest gradients keep {kept[0]} %" in said and f"with AdamW {kept[1]} %" in said
    assert int(kept[0]) < int(kept[1])
    lab.keep_screenshot(page, f"decay-laptop-{theme.lower()}")
    check_phone(page, f"decay-phone-{theme.lower()}")
