"""The widgets of `DataLab` below its form."""

from collections.abc import Callable

import ipywidgets as widgets

from helpers.panels.base.sending import sent_together
from helpers.panels.base.submit_button import SubmitButton


class Controls:
    """Search, picture, seal and export.

    Args:
        press: Turns a method into what a button calls.
        toggle: Searches, or cancels the search.
        open_test: Is given why.
        export: Is given the name of a folder.
        minutes: What the field holds at first.

    Attributes:
        report: The table and its parts, in HTML.
        search_button, minutes, bar, count: The row of the search.
        picture, ranking: Boxes for what it found.
        seal, why, open_button: The sealed rows.
        folder, export_button: The export.
    """

    def __init__(
        self,
        press: Callable,
        toggle: Callable[[], None],
        open_test: Callable[[str], None],
        export: Callable[[str], None],
        minutes: float,
    ):
        self.report = widgets.HTML().add_class("narrow")
        self.minutes = field(widgets.FloatText, "Minutes", "140px", value=minutes, step=0.5)
        tip = "Compare kinds and strengths of regularisation with four baselines, or stop"
        self.search_button = SubmitButton("Search", "search", tip, [self.minutes], press(toggle))
        self.bar = widgets.IntProgress(max=1000, layout={"width": "200px", "height": "12px"})
        self.count = widgets.Label().add_class("count")
        self.picture, self.seal = widgets.VBox(), widgets.HTML()
        self.ranking = widgets.HTML().add_class("narrow")
        self.why = field(
            widgets.Text, "Why open them now?", "400px", placeholder="the choice is made"
        )
        tip = "Measure the chosen network on the test rows, which is counted"
        self.open_button = SubmitButton(
            "Open the sealed rows", "unlock", tip, [self.why],
            press(lambda: open_test(self.why.value)),
        )  # fmt: skip
        self.folder = field(widgets.Text, "Folder", "260px", placeholder="my-network")
        tip = "Write the network, scripts without this course, and a report into this folder"
        self.export_button = SubmitButton(
            "Export", "save", tip, [self.folder], press(lambda: export(self.folder.value))
        )

    def arrange(self, form_rows: list, status: widgets.Widget) -> list[widgets.Widget]:
        """All of it from top to bottom, the rows of a form first."""
        form = [step("Your table"), *map(row, form_rows)] if form_rows else []
        return [
            *form,
            self.report,
            step("Search"),
            row([self.search_button, self.minutes, self.bar, self.count]),
            self.picture,
            status,
            self.ranking,
            step("The sealed test rows"),
            self.seal,
            row([self.why, self.open_button]),
            step("Keep it"),
            row([self.folder, self.export_button]),
        ]

    def show(
        self,
        searching: bool,
        cancelled: bool,
        found: bool,
        can_search: bool,
        can_open: bool,
        can_export: bool,
    ) -> None:
        """Bring the buttons up to date."""
        with sent_together(self.search_button, self.open_button, self.export_button):
            self.search_button.description = (
                "Cancelling" if cancelled else "Cancel" if searching
                else "Search again" if found else "Search"
            )  # fmt: skip
            self.search_button.icon = "stop" if searching else "search"
            self.search_button.button_style = "" if found or searching else "primary"
            self.search_button.disabled = not can_search
            self.open_button.disabled, self.export_button.disabled = not can_open, not can_export


def field(kind: type, description: str, width: str, **traits) -> widgets.Widget:
    """A field with its name before it; one for words sends them when it is left."""
    if kind is widgets.Text:
        traits["continuous_update"] = False
    layout = {"width": width, "max_width": "100%"}
    style = {"description_width": "initial"}
    made = kind(description=description, layout=layout, style=style, **traits)
    return made.add_class("field")


def row(parts) -> widgets.HBox:
    """Widgets beside one another, in as many lines as they need."""
    return widgets.HBox(list(parts)).add_class("row")


def step(words: str) -> widgets.HTML:
    """A line above what belongs together."""
    return widgets.HTML(f'<div class="step">{words}</div>')
