"""Lessons in a real JupyterLab: what a learner is asked to do with a panel has the effect told."""

import ast
import re

import nbformat
import pytest

from tests.browser import lab
from tests.tools import notebooks


def names(tree):
    """The names that code binds, and those that it uses, without those of its comprehensions."""
    bound, used, own = set(), set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.alias):
            bound.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, ast.comprehension):
            own |= {part.id for part in ast.walk(node.target) if isinstance(part, ast.Name)}
        elif isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
    return bound - own, used - own


def needed(sources, last):
    """The statements before the last source that bind a name which it, or they, use."""
    kept, wanted = [], names(ast.parse(last))[1]
    for source in reversed(sources):
        for statement in reversed(ast.parse(source).body):
            bound, used = names(statement)
            if bound & wanted:
                kept.insert(0, ast.get_source_segment(source, statement))
                wanted |= used
    return "\n".join(kept)


@pytest.fixture
def open_at(page, server, folder):
    """Opens the first cell of a lesson that holds `code`, and what it needs; runs it.

    `fewer` is put in place of words of that cell: networks of which a browser shows no more. What
    more of them tell is for the claims, which the tests of notebooks execute.
    """

    def open_at(lesson, code, fewer=None):
        found = nbformat.read(notebooks.NOTEBOOKS / f"{lesson}.ipynb", as_version=4).cells
        sources = [cell.source for cell in found if cell.cell_type == "code"]
        last = next(i for i, source in enumerate(sources) if code in source)
        cell = sources[last]
        for words, others in (fewer or {}).items():
            assert cell.count(words) == 1, words
            cell = cell.replace(words, others)
        lab.write_notebook(folder / f"{lesson}.ipynb", [needed(sources[:last], cell), cell])
        lab.open_notebook(page, server, f"{lesson}.ipynb")
        lab.choose_theme(page, "JupyterLab Light")
        lab.run_all(page)
        panel = page.locator(".jp-CodeCell").last.locator(".lab")
        panel.locator(".live-figure-canvas").wait_for(timeout=lab.PATIENCE)
        panel.evaluate("panel => { panel.id = 'panel' }")
        panel.scroll_into_view_if_needed()

    yield open_at
    lab.end_kernels(server)


def losses(page):
    """Training and validation loss of the run on screen, now."""
    found = lab.ask(page, "print(live.run.train_loss[-1], live.run.validation_loss[-1])")
    return tuple(map(float, found.split()))


def move_to(page, presses, spelled, which=0, key="ArrowRight"):
    lab.slider(page, "#panel", which).focus()
    for _ in range(presses):
        page.keyboard.press(key)
    page.locator("#panel .slider-value", has_text=re.compile(re.escape(spelled))).wait_for()


def train_until(page, epoch):
    page.locator("#panel").get_by_role("button", name=re.compile("Train$")).click()
    page.locator("#panel .status", has_text=f"Epoch {epoch}:").wait_for(timeout=lab.PATIENCE)


def test_02_l2_the_slider_closes_the_gap_and_then_underfits(page, open_at):
    open_at("02-l2", "live = LiveLab(")
    page.locator("#panel .status", has_text="Epoch 100:").wait_for(timeout=lab.PATIENCE)
    free_train, free_validation = losses(page)
    lab.keep_screenshot(page, "02-l2-free")

    move_to(page, 8, "l2(0.02)")
    train_until(page, 200)
    train, validation = losses(page)
    lab.keep_screenshot(page, "02-l2-enough")
    assert validation - train < 0.25 * (free_validation - free_train)
    assert validation < free_validation - 0.5

    move_to(page, 4, "l2(0.1)")
    train_until(page, 300)
    strict_train, strict_validation = losses(page)
    lab.keep_screenshot(page, "02-l2-too-much")
    assert strict_train > train + 0.1 and strict_validation > validation
    assert lab.complaints(page) == []


def numbers(page, code):
    """What the kernel prints, as numbers."""
    return tuple(map(float, lab.ask(page, f"print({code})").split()))


def end_losses(page, runs):
    """Means over seeds of the last training and validation loss of the kernel's `runs`."""
    mean = "sum(float(r.{}[-1]) for r in {}) / len({})"
    curves = ("train_loss", "validation_loss")
    return numbers(page, ", ".join(mean.format(curve, runs, runs) for curve in curves))


def test_03_l1_the_diamond_gives_a_zero_and_the_circle_does_not(page, open_at):
    open_at("03-l1", "geometry = PenaltyLab(")
    before = lab.wait_for_picture(page, "#panel", "geometry")
    lab.keep_screenshot(page, "03-l1-geometry-little")
    move_to(page, 18, "l1(1.4)")
    words = lab.wait_for_picture(page, "#panel", "geometry")
    assert numbers(page, "geometry.strength.value") == (1.4,)
    l1 = numbers(page, "*geometry.solutions['L1']")
    l2 = numbers(page, "*geometry.solutions['L2']")
    assert l1[0] == 0 and l1[1] > 0 and min(l2) > 0
    assert words[:4] == [
        "w₁ = 0 exactly",
        f"w₂ = {l1[1]:.3f}",
        f"w₁ = {l2[0]:.3f}",
        f"w₂ = {l2[1]:.3f}",
    ]
    assert before[:4] != words[:4]
    page.locator("#panel .status", has_text="w₁ is exactly 0").wait_for()
    lab.keep_screenshot(page, "03-l1-geometry-much")
    assert lab.complaints(page) == []


def test_04_dropout_masks_follow_the_rate_and_the_switch(page, open_at):
    open_at("04-dropout", "masks = DropoutLab(")
    words = lab.wait_for_picture(page, "#panel", "masks")
    assert "Mask 301: survivors × 2" in words
    lab.keep_screenshot(page, "04-dropout-masks-half")
    move_to(page, 6, "Dropout(0.2)", key="ArrowLeft")
    words = lab.wait_for_picture(page, "#panel", "masks")
    assert numbers(page, "masks.dropout.value") == (0.2,)
    average, prediction = numbers(page, "masks.average, masks.prediction")
    assert {"Mask 301: survivors × 1.25", f"average {average:.2f}"} <= set(words)
    assert sum(word.endswith("× 0") for word in words) in range(1, 12)
    page.locator("#panel").get_by_role("button", name=re.compile("Next mask$")).click()
    page.locator("#panel .status", has_text="Mask 302:").wait_for()
    page.locator("#panel").get_by_role("button", name="predict").click()
    page.locator("#panel .status", has_text="no unit is dropped").wait_for()
    words = lab.wait_for_picture(page, "#panel", "masks")
    assert {"Prediction: all units, nothing scaled", f"prediction {prediction:.2f}"} <= set(words)
    assert not any("×" in word for word in words)
    lab.keep_screenshot(page, "04-dropout-masks-predict")
    assert lab.complaints(page) == []


def test_05_early_stopping_patience_moves_the_line(page, open_at):
    open_at("05-early-stopping", "panel = StoppingLab(")
    stopped, restored = numbers(page, "panel.stop.trained, panel.stop.restored")
    words = lab.wait_for_picture(page, "#panel", "panel")
    assert {f"stops after epoch {stopped:.0f}", f"restored: epoch {restored:.0f}"} <= set(words)
    lab.keep_screenshot(page, "05-patience-10")
    move_to(page, 15, "patience=25")
    words = lab.wait_for_picture(page, "#panel", "panel")
    assert numbers(page, "panel.patience.value") == (25,)
    later, restored = numbers(page, "panel.stop.trained, panel.stop.restored")
    assert later > stopped
    assert {f"stops after epoch {later:.0f}", f"restored: epoch {restored:.0f}"} <= set(words)
    lab.keep_screenshot(page, "05-patience-25")
    assert lab.complaints(page) == []


def test_04_dropout_the_sweep_grows_under_the_slider(page, open_at):
    trained = "sweep.train()\nsweep.wait()\nsweep.dropout.value = 0.3\n"  # here by the button
    fewer = {"=rates": "=rates, seeds=range(2)", trained: ""}
    open_at("04-dropout", "sweep = SweepLab(", fewer)
    page.locator("#panel").get_by_role("button", name=re.compile("Train all$")).click()
    page.locator("#panel", has_text=" left").wait_for(timeout=lab.PATIENCE)
    move_to(page, 1, "Dropout(0.2)")
    page.locator("#panel .status", has_text="Dropout(0.2) after").wait_for()
    lab.keep_screenshot(page, "04-dropout-sweep-growing")
    page.locator("#panel", has_text="12 networks trained").wait_for(timeout=lab.PATIENCE)
    ends = {}
    for presses, rate in ((0, 0.2), (2, 0.5), (2, 0.9)):
        move_to(page, presses, f"Dropout({rate})")
        ends[rate] = end_losses(page, f"sweep.runs[{rate}]")
        words = lab.wait_for_picture(page, "#panel", "sweep")
        assert {f"{ends[rate][0]:.2f}", f"{ends[rate][1]:.2f}"} <= set(words)
    assert ends[0.2][0] < ends[0.5][0] < ends[0.9][0]
    lab.keep_screenshot(page, "04-dropout-sweep")
    assert lab.complaints(page) == []


def test_07_choosing_two_sliders_move_over_the_landscape(page, open_at):
    trained = (
        "land.train()\nland.wait()\nland.l2.value, land.dropout.value = 0.02, 0.2\n"
        "rivals.reveal(len(land.as_good))\n"
    )  # here by the button
    open_at("07-choosing", "land = GridLab(", {"range(5)": "range(1)", trained: ""})
    page.locator("#panel").get_by_role("button", name=re.compile("Train all$")).click()
    page.locator("#panel", has_text="35 networks trained").wait_for(timeout=lab.PATIENCE)
    move_to(page, 6, "l2(0.1)")
    move_to(page, 1, "Dropout(0.2)", which=1)
    words = lab.wait_for_picture(page, "#panel", "land")
    assert numbers(page, "land.l2.value, land.dropout.value") == (0.1, 0.2)
    strict = end_losses(page, "land.runs[0.1, 0.2]")
    assert {"l2(0.1), Dropout(0.2)", *(f"{loss:.2f}" for loss in strict)} <= set(words)
    lab.keep_screenshot(page, "07-choosing-corner")
    page.locator("#panel").get_by_role("button", name=re.compile("Go to ★$")).click()
    lowest = numbers(page, "*land.lowest")
    place = f"l2({lowest[0]:g}), Dropout({lowest[1]:g})"
    page.locator("#panel .status", has_text=f"{place} after").wait_for()
    assert numbers(page, "land.l2.value, land.dropout.value") == lowest != (0.1, 0.2)
    lab.keep_screenshot(page, "07-choosing-lowest")
    assert lab.complaints(page) == []


def test_01_overfitting_the_boundary_follows_the_limit_on_the_weights(page, open_at):
    open_at("01-overfitting", "plane = panels.BoundaryLab(", {"range(5)": "range(2)"})
    page.locator("#panel", has_text="4 networks trained").wait_for(timeout=lab.PATIENCE)
    found = {}
    for key, l2, spelled in (("End", 0.003, "l2(0.003)"), ("Home", 0, "l2(0)")):
        move_to(page, 1, spelled, key=key)
        words = lab.wait_for_picture(page, "#panel", "plane")
        assert numbers(page, "plane.l2.value") == (l2,)
        found[l2] = end_losses(page, f"plane.runs[{l2}]")
        assert {spelled, *(f"{loss:.3f}" for loss in found[l2])} <= set(words)
        lab.keep_screenshot(page, f"01-overfitting-boundary-{l2:g}")
    # without a limit the network learns its rows, wrong labels and all, and pays for it on others
    assert found[0][0] < found[0.003][0] and found[0][1] > found[0.003][1]
    assert lab.complaints(page) == []
