"""The panels' colours on a page with JupyterLab's variables, with VS Code's, and with neither."""

import pytest

from helpers.panels.base import panel
from helpers.panels.figure import live_figure
from tests.browser import lab

STYLES = [
    (panel.HERE / "panel.css").read_text(encoding="utf-8"),
    (live_figure.HERE / "live_figure.css").read_text(encoding="utf-8"),
]
# Part of what ipywidgets brings along: its own light theme, and what is made of it at the root.
WIDGETS = """:root { --jp-content-font-color1: rgb(1, 1, 1); --jp-border-color2: rgb(2, 2, 2);
  --jp-layout-color2: rgb(250, 250, 250); --jp-widgets-color: var(--jp-content-font-color1);
  --jp-widgets-label-color: var(--jp-widgets-color); }
.widget-label { color: var(--jp-widgets-label-color); }"""
EDITOR = {"light": ("rgb(30, 30, 30)", "rgb(255, 255, 255)"),
          "dark": ("rgb(212, 212, 212)", "rgb(31, 31, 31)")}  # fmt: skip
PANEL = """<div class="lab"><span class="widget-label">l2</span><pre class="code">x</pre>
<div class="predict">?</div><div class="live-figure">figure</div></div>"""


def colors(page, widgets="", kind=None):
    """Colours of a panel: its text, a label, its background, a border, and the figure's filter."""
    theme = ""
    if kind:
        text, ground = EDITOR["light" if kind.endswith("light") else "dark"]
        theme = f":root {{ --vscode-editor-foreground: {text}; "
        theme += f"--vscode-editor-background: {ground} }}"
    attribute = f'data-vscode-theme-kind="{kind}"' if kind else ""
    sheets = "".join(f"<style>{sheet}</style>" for sheet in (widgets, theme, *STYLES))
    page.set_content(f"<html><head>{sheets}</head><body {attribute}>{PANEL}</body></html>")
    return page.evaluate("""() => {
        const style = name => getComputedStyle(document.querySelector(name));
        return [style(".lab").color, style(".widget-label").color, style(".lab").backgroundColor,
                style(".predict").borderTopColor, style(".live-figure").filter];
    }""")


@pytest.mark.parametrize("widgets", [WIDGETS, ""], ids=["widgets", "bare"])
@pytest.mark.parametrize(
    "kind", ["vscode-light", "vscode-dark", "vscode-high-contrast", "vscode-high-contrast-light"]
)
def test_vs_codes_theme_colours_text_and_ground_alike(page, widgets, kind):
    light = kind.endswith("light")
    text, ground = EDITOR["light" if light else "dark"]
    found = colors(page, widgets, kind)
    assert found[:4] == [text, text, ground, text]
    assert (found[4] == "none") == light
    assert lab.complaints(page) == []


def test_without_vs_code_the_variables_are_jupyterlabs(page):
    transparent, dark = "rgba(0, 0, 0, 0)", "rgb(34, 34, 34)"
    found = colors(page, WIDGETS)
    assert found == ["rgb(1, 1, 1)", "rgb(1, 1, 1)", transparent, "rgb(2, 2, 2)", "none"]
    assert colors(page) == [dark, dark, transparent, "rgb(204, 204, 204)", "none"]
