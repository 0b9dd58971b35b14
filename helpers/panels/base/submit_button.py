"""A button that says with each press what its fields hold."""

from collections.abc import Callable, Sequence
from pathlib import Path

import anywidget
import ipywidgets as widgets
import traitlets


class SubmitButton(anywidget.AnyWidget):
    """A button like `widgets.Button` whose message holds the values of its fields, too.

    A page gives no order to the messages of different widgets: JupyterLab may send those of one
    to a kernel's subshell and those of another to its main thread. What was typed could so arrive
    after the press of the button beside it, and the press would use the words of before.

    Args:
        description, icon, tooltip: What it shows.
        fields: Widgets with a `value`, set from what the page shows before a press is handled.
        on_click: Is called with the button.

    Attributes:
        disabled, button_style: As of `widgets.Button`.
    """

    _esm = (Path(__file__).parent / "submit_button.js").read_text(encoding="utf-8")
    description = traitlets.Unicode().tag(sync=True)
    icon = traitlets.Unicode().tag(sync=True)
    tooltip = traitlets.Unicode().tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)
    button_style = traitlets.Unicode().tag(sync=True)
    fields = traitlets.List().tag(sync=True, **widgets.widget_serialization)

    def __init__(
        self,
        description: str,
        icon: str,
        tooltip: str,
        fields: Sequence[widgets.Widget],
        on_click: Callable,
    ):
        self._on_click = on_click
        words = {"description": description, "icon": icon, "tooltip": tooltip}
        super().__init__(**words, fields=list(fields), layout={"width": "auto"})
        self.on_msg(self._answer)

    def click(self) -> None:
        """Press it; the fields hold what they hold."""
        self._on_click(self)

    def _answer(self, _, content, buffers) -> None:
        if "pressed" in content:
            for field, value in zip(self.fields, content["pressed"], strict=True):
                field.value = value
            self.click()
