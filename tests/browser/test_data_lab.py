"""DataLab in a real JupyterLab: from a file to an exported network, by keys alone."""

import re

import numpy as np
import pytest

from tests.browser import lab
from tests.browser.test_access import AXE, violations

CELL = """from helpers.experiment import Experiment
from helpers.panels import DataLab

base = Experiment(hidden=(8,), epochs=20, learning_rate=1e-2)
space = {"l2": [0.01, 0.1], "dropout": [0.3]}
own = DataLab(minutes=10, base=base, space=space, folds=3, seeds=2)
own"""
FOCUSED = """() => {
    const at = document.activeElement;
    const label = at.labels?.[0]?.textContent || at.getAttribute("aria-label") || at.textContent;
    return at.closest(".lab") ? label.trim() : "";
}"""
THEMES = ("Light", "Dark")


@pytest.fixture
def table(tmp_path):
    """A file on the reader's computer: two columns of numbers, one of words, gaps, a target."""
    random = np.random.default_rng(0)
    age, paid, plan = random.normal(size=160), random.normal(size=160), random.integers(3, size=160)
    left = age + 0.5 * (plan == 1) + random.normal(size=160) > 0
    rows = [
        f"{a:.3f},{'' if k % 9 == 0 else f'{b:.3f}'},{'abc'[c]},{'yes' if d else 'no'}"
        for k, (a, b, c, d) in enumerate(zip(age, paid, plan, left, strict=True))
    ]
    path = tmp_path / "customers.csv"
    path.write_text("\n".join(["age,paid,plan,left", *rows, ""]))
    return path


def go_to(page, name):
    """Press Tab until the focus is on what is called so."""
    seen = []
    for _ in range(20):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))
        if name in seen[-1]:
            return
    raise AssertionError(f"no {name!r} among {seen}")


def wait_for_words(page, words):
    page.locator(".lab .status", has_text=words).wait_for(timeout=lab.PATIENCE)


def keep_screenshots(page, name):
    """The whole panel, light and dark, on a laptop and on a telephone."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 1600})
        for theme in THEMES:
            lab.choose_theme(page, f"JupyterLab {theme}")
            page.locator(".lab").evaluate("panel => panel.scrollIntoView()")
            page.wait_for_timeout(300)
            lab.keep_screenshot(page, f"data-lab-{name}-{width}-{theme.lower()}")
    page.set_viewport_size({"width": 1280, "height": 1600})


def test_from_a_file_to_an_exported_network_by_keys_alone(run_cells, folder, table):
    page = run_cells(CELL)
    assert lab.ask(page, "print(own.parts)") == "None"  # Jupyter is done with the cell
    page.get_by_role("button", name=re.compile("Choose a file")).focus()
    page.wait_for_function(f"({FOCUSED})().includes('Choose a file')")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(table)
    wait_for_words(page, "customers.csv has 4 columns")
    assert (folder / "customers.csv").read_bytes() == table.read_bytes()

    go_to(page, "Column to predict")
    page.keyboard.type("left")
    wait_for_words(page, "four baselines")
    page.keyboard.press("b")  # with which Jupyter makes a cell
    assert page.locator(".jp-CodeCell").count() == 1
    assert lab.ask(page, "print(own.parts.source.target)") == "left"
    go_to(page, "Training rows")
    page.keyboard.press("ArrowDown")
    page.wait_for_function(
        "document.querySelector('.lab').textContent.includes('94 training rows')",
        timeout=lab.PATIENCE,
    )
    keep_screenshots(page, "chosen")

    go_to(page, "Search")
    page.keyboard.press("Space")
    page.get_by_role("button", name=re.compile("Cancel")).wait_for(timeout=lab.PATIENCE)
    wait_for_words(page, "Chosen:")
    page.locator(".live-figure[data-number]").wait_for(timeout=lab.PATIENCE)
    assert lab.ask(page, "print(own.error, own.result.chosen is not None)") == "None True"

    lab.begin(page, "import time; time.sleep(3)")  # words and button arrive together, in order
    lab.wait_until_busy(page)
    go_to(page, "Why open them now?")
    page.keyboard.type("the choice is made")
    go_to(page, "Open the sealed rows")
    page.keyboard.press("Space")
    wait_for_words(page, "that no choice has seen")
    assert lab.ask(page, "print(own.parts.test.opened)") == "['the choice is made']"

    go_to(page, "Folder")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("kept")
    go_to(page, "Export")
    page.keyboard.press("Space")
    wait_for_words(page, "Exported to")
    assert {"model.keras", "predict.py", "train.py", "REPORT.md"} <= {
        path.name for path in (folder / "kept").iterdir()
    }
    keep_screenshots(page, "found")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for theme in THEMES:
        lab.choose_theme(page, f"JupyterLab {theme}")
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 1600})
            assert violations(page) == []
