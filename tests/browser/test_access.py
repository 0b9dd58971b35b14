"""Panels for those who use keys, a screen reader or a zoomed page: axe-core finds no fault.

What JupyterLab itself gets wrong is not looked at: only panels are.
"""

import pytest

from tests.browser import lab
from website.check import AXE

# One cell: JupyterLab draws only the cells that are in sight.
CELL = """from helpers.data import load, make_2d, split
from helpers.experiment import Experiment, grid
from helpers.panels import BoundaryLab, DecayLab, Draw, DropoutLab, GridLab, LiveLab
from helpers.panels import MCDropoutLab, PenaltyLab, Predict, PredictNumber
from helpers.panels import StoppingLab, SweepLab
from helpers.training import train

parts = split(load("cells"), train=64, validation=64, seed=0)
moons = split(make_2d("moons"), train=60, validation=100, flip_labels=0.1)
base = Experiment(hidden=(8,), epochs=20, learning_rate=1e-2)
runs = train(grid(base, l2=[0, 0.1]), parts)
predict = Predict("Which way?", ["up", "down"], "down", {"up": "No.", "down": "Yes."})
predict.choose("up")
predict.reveal()
live = LiveLab(parts, base, seconds=0, side_view="losses", presets={"much": {"l2": 0.1}})
live.train()
live.wait()
sweep = SweepLab(parts, base, "l2", positions=[0, 0.1], seeds=range(2))
sweep.train()
sweep.wait()
land = GridLab(parts, base, positions={"l2": [0, 0.1], "dropout": [0, 0.3]}, seeds=[0, 1])
seen = BoundaryLab(moons, base, "l2", positions=[0, 0.1], seeds=[0, 1])
decay = DecayLab(parts, base, positions=[0.001], seeds=[0, 1])
mc = MCDropoutLab(train(base.replace(dropout=0.3), moons), moons, passes=5)
guess = PredictNumber("How far?", 0, 3, unit="nats", marks={"baseline": 0.65})
drawing, drawn = (Draw("Which way?", x=(1, 20), y=(0, 1)) for _ in range(2))
drawn.reveal(runs[0])
drawn.show()
panels = [live, sweep, land, seen, decay, mc]
panels += [DropoutLab(), PenaltyLab(), StoppingLab(runs[0]), predict]
display(*panels, guess, drawing, drawn)"""
PANELS, PICTURES = 13, 11


@pytest.fixture(scope="module")
def open_page(server, folder, chrome):
    """A page with every panel, each drawn, its drawer open."""
    lab.write_notebook(folder / "access.ipynb", [CELL])
    with lab.page(chrome) as page:
        lab.open_notebook(page, server, "access.ipynb")
        lab.run_all(page)
        for condition in (
            f"document.querySelectorAll('.lab').length === {PANELS}",
            f"document.querySelectorAll('.live-figure[data-number]').length === {PICTURES}",
            "!document.querySelector('.lab .noUi-handle:not([aria-label])')",
        ):
            page.wait_for_function(condition, timeout=lab.PATIENCE)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        for drawer in page.locator(".lab .jupyter-widget-Collapse-header").all():
            drawer.click()
        yield page
        assert lab.complaints(page) == []


def violations(page):
    """What axe-core finds in panels: rule, and the first places."""
    return page.evaluate(
        """async () => {
            const found = await axe.run({ include: [[".lab"]] });
            return found.violations.map(v => [v.id, v.help,
                ...v.nodes.slice(0, 4).map(node => `${node.target.join(" ")}: ${node.html}`)]);
        }"""
    )


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize("zoom", [1, 4])
def test_axe_finds_no_fault_in_any_panel(open_page, theme, zoom):
    lab.choose_theme(open_page, theme)
    # a page at 400 % is a window of a quarter of the width, on pixels four times as fine
    open_page.set_viewport_size({"width": 1280 // zoom, "height": 800})
    open_page.wait_for_function("width => innerWidth === width", arg=1280 // zoom)
    lab.keep_screenshot(open_page, f"access-{theme.split()[1].lower()}-{zoom}")
    assert violations(open_page) == []


def test_every_slider_has_a_name_and_says_its_value_in_words(open_page):
    sliders = open_page.locator(".lab .noUi-handle")
    assert sliders.count() > PANELS
    for handle in sliders.all():
        row = handle.locator("xpath=ancestor::*[contains(@class, 'slider-row')][1]")
        assert handle.get_attribute("aria-label") == row.locator(".slider-name").inner_text()
        assert handle.get_attribute("aria-valuetext") == row.locator(".slider-value").inner_text()
    assert open_page.get_by_role("slider", name="L2 strength").count() >= 3


def test_a_moved_slider_says_its_new_value_and_one_region_speaks_at_rest(open_page):
    panel = open_page.locator(".lab", has=open_page.locator(".slider-name", has_text="patience"))
    regions = panel.locator("[role=status], [role=alert], [aria-live]")
    assert regions.count() == 1
    regions.evaluate("region => { window.region = region }")
    handle = panel.locator(".noUi-handle").first
    handle.focus()
    handle.press("End")
    panel.locator('.noUi-handle[aria-valuetext="patience=50"]').wait_for(timeout=lab.PATIENCE)
    words = "() => region.isConnected && region.textContent.includes('50')"
    open_page.wait_for_function(words, timeout=lab.PATIENCE)
    assert open_page.evaluate("region.textContent") == panel.locator(".status").inner_text().strip()
