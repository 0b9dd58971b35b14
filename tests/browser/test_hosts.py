"""Panels in other hosts and without a kernel: Notebook 7, a page reloaded, a lesson reopened."""

import json
import re

import pytest

from tests import guide
from tests.browser import lab
from tests.tools import run_sheets

CELL = """from matplotlib.figure import Figure
from helpers.panels import LiveFigure, PenaltyLab, Predict

predict = Predict("Which way?", ["up", "down"], "down", {"up": "No.", "down": "Yes."})
panel = PenaltyLab()
display(predict, panel)"""
LOST = "Error displaying widget"


def saved(page, path):
    """Save the notebook; wait until its file holds outputs."""
    page.evaluate("async () => { await window.jupyterapp.commands.execute('docmanager:save') }")
    return [o["data"] for o in json.loads(path.read_text())["cells"][0]["outputs"] if "data" in o]


def test_a_lesson_that_was_run_and_saved_shows_pictures(page, server, folder):
    name = "reopened.ipynb"
    lab.write_notebook(folder / name, [CELL])
    lab.open_notebook(page, server, name)
    lab.run_all(page)
    page.locator(".live-figure[data-number]").wait_for(timeout=lab.PATIENCE)
    bundles = saved(page, folder / name)
    assert len(bundles) == 2 and "widget-view" not in str([list(b) for b in bundles])
    # the page is reloaded, and the kernel has the widgets: they live on
    page.goto(f"{server.url}/doc/tree/{name}?token={server.token}&reset")
    page.locator(".live-figure[data-number]").wait_for(timeout=lab.PATIENCE)
    lab.slider(page, ".lab").focus()
    page.keyboard.press("End")
    page.locator(".slider-value", has_text="l1(3)").wait_for(timeout=lab.PATIENCE)
    assert lab.complaints(page) == []
    lab.end_kernels(server)
    for host in ("doc/tree", "notebooks"):
        page.goto(f"{server.url}/{host}/{name}?token={server.token}")
        page.locator(".jp-OutputArea img").wait_for(timeout=lab.PATIENCE)
        page.get_by_text("Run this cell (Shift+Enter) to answer.").wait_for(timeout=lab.PATIENCE)
        assert page.locator(".jp-OutputArea img").count() == 1
        assert page.get_by_text(LOST).count() == 0
        lab.keep_screenshot(page, f"reopened-{host.replace('/', '-')}")


@pytest.fixture
def notebook_7(page, server, folder):
    """A page of Notebook 7 with the panel, run."""
    lab.write_notebook(folder / "seven.ipynb", [CELL])
    page.goto(f"{server.url}/notebooks/seven.ipynb?token={server.token}")
    prompt = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").first
    not_run = re.compile(r"^\[ ?\]:$")
    # a cell that is run before the page is connected to a kernel is not run at all
    for _ in range(lab.PATIENCE // 1000):
        page.locator(".jp-Notebook .jp-CodeCell").first.click(timeout=lab.PATIENCE)
        page.keyboard.press("Shift+Enter")
        page.wait_for_timeout(1000)
        if not not_run.match(prompt.inner_text().strip()):
            break
    page.locator(".live-figure[data-number]").wait_for(timeout=lab.PATIENCE)
    page.locator(".noUi-handle[data-lm-suppress-shortcuts]").first.wait_for(timeout=lab.PATIENCE)
    return page


def test_arrow_keys_move_sliders_and_cursor_in_notebook_7(notebook_7):
    page = notebook_7
    lab.slider(page, ".lab").focus()
    page.keyboard.press("ArrowRight")
    page.locator(".slider-value", has_text="l1(0.55)").wait_for(timeout=lab.PATIENCE)
    canvas = page.locator(".live-figure-canvas[role=slider]")
    canvas.focus()
    page.keyboard.press("End")
    page.locator(".live-figure-reading:not([hidden])").wait_for(timeout=lab.PATIENCE)
    end = canvas.get_attribute("aria-valuenow")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        "end => document.querySelector('.live-figure-canvas').ariaValueNow === String(end - 1)",
        arg=int(end),
    )
    lab.keep_screenshot(page, "notebook-7")


@pytest.mark.parametrize("minutes", guide.PLANS)
def test_a_run_sheet_is_one_page_of_paper(page, minutes):
    page.goto(run_sheets.paths()[minutes].as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    lab.keep_screenshot(page, f"run-sheet-{minutes}")
