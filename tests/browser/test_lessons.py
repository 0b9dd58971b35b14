"""Lessons in a real JupyterLab: what a learner is asked to do with a panel has the effect told."""

import re

import nbformat

from tests import notebooks
from tests.browser import lab


def open_up_to(page, server, folder, lesson, code):
    """Open a copy of a lesson that ends with the first cell that holds `code`, and run it."""
    notebook = nbformat.read(notebooks.NOTEBOOKS / f"{lesson}.ipynb", as_version=4)
    last = next(i for i, cell in enumerate(notebook.cells) if code in cell.source)
    notebook.cells = notebook.cells[: last + 1]
    nbformat.write(notebook, folder / f"{lesson}.ipynb")
    lab.open_notebook(page, server, f"{lesson}.ipynb")
    lab.run_all(page)
    page.locator(".lab .stage-canvas").wait_for(timeout=lab.PATIENCE)


def losses(page):
    """Training and validation loss of the run on screen, now."""
    found = lab.ask(page, "print(live.run.train_loss[-1], live.run.validation_loss[-1])")
    return tuple(map(float, found.split()))


def move_to(page, presses, spelled):
    lab.slider(page, ".lab").focus()
    for _ in range(presses):
        page.keyboard.press("ArrowRight")
    page.locator(".knob-value", has_text=re.compile(re.escape(spelled))).wait_for()


def train_until(page, epoch):
    page.get_by_role("button", name=re.compile("Train$")).click()
    page.locator(".status", has_text=f"Epoch {epoch}:").wait_for(timeout=lab.PATIENCE)


def test_02_l2_the_slider_closes_the_gap_and_then_underfits(page, server, folder):
    open_up_to(page, server, folder, "02-l2", "live = LiveLab(")
    page.locator(".status", has_text="Epoch 100:").wait_for(timeout=lab.PATIENCE)
    page.locator(".lab").scroll_into_view_if_needed()
    free_train, free_validation = losses(page)
    lab.keep_screenshot(page, "02-l2-free")

    move_to(page, 9, "l2(0.03)")
    train_until(page, 200)
    train, validation = losses(page)
    lab.keep_screenshot(page, "02-l2-enough")
    assert validation - train < 0.25 * (free_validation - free_train)
    assert validation < free_validation - 0.5

    move_to(page, 3, "l2(0.1)")
    train_until(page, 300)
    strict_train, strict_validation = losses(page)
    lab.keep_screenshot(page, "02-l2-too-much")
    assert strict_train > train + 0.1 and strict_validation > validation
    assert lab.complaints(page) == []
