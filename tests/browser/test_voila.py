"""A panel of a lesson in Voilà, which shows a notebook's outputs as a page; skipped without it."""

import importlib.util

import pytest

from tests.browser import lab
from tests.tools import notebooks


@pytest.fixture
def shown(page, tmp_path):
    """The page of lesson 00, from its first cell to its first panel."""
    if importlib.util.find_spec("voila") is None:
        pytest.skip("voila is not installed")
    lesson = notebooks.read(notebooks.NOTEBOOKS / "00-start-here.ipynb")
    code = [cell for cell in lesson.cells if cell.cell_type == "code"]
    first = next(i for i, c in enumerate(code) if "panel" in c.metadata.get("tags", []))
    path = tmp_path / "start.ipynb"
    lab.write_notebook(path, [cell.source for cell in code[: first + 1]])
    with lab.voila(path) as address:
        page.goto(address, timeout=lab.PATIENCE)
        page.locator(".lab .live-figure[data-number]").wait_for(timeout=lab.PATIENCE)
        yield page


def read_out(page, key):
    """What the canvas says at its first or last epoch: {name: number}."""
    page.locator(".live-figure-canvas").focus()
    page.keyboard.press(key)
    page.locator(".live-figure-reading").wait_for(state="visible")
    found = page.locator(".live-figure-reading span").all_inner_texts()
    return {name: float(number) for name, number in (text.rsplit(" ", 1) for text in found)}


def test_a_lessons_panel_trains_and_answers_in_voila(shown):
    page = shown
    page.locator(".status", has_text="Epoch 100:").wait_for(timeout=lab.PATIENCE)
    before, number = read_out(page, "End"), lab.frame_number(page, ".lab")
    assert before["epoch"] == 100 and before["training"] < before["validation"]
    page.get_by_role("button", name="too much").click()
    page.locator(".slider-value", has_text="l2(0.1)").wait_for(timeout=lab.PATIENCE)
    page.locator(".status", has_text="Epoch 100:").wait_for(timeout=lab.PATIENCE)
    page.get_by_role("button", name="Train").wait_for(timeout=lab.PATIENCE)
    after = read_out(page, "End")
    assert lab.frame_number(page, ".lab") > number
    assert after["epoch"] == 100 and after["training"] > before["training"]
    lab.slider(page, ".lab").focus()
    page.keyboard.press("Home")
    page.locator(".slider-value", has_text="l2(0)").wait_for(timeout=lab.PATIENCE)
    lab.keep_screenshot(page, "voila")
    assert lab.complaints(page) == []
