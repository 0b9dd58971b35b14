"""Keeps the panels of a notebook as replays while it is executed.

from website.replay import hook
hook.install(get_ipython())     # in the kernel, before the notebook's first cell
"""

import itertools
import uuid

from helpers.panels.base.panel import Panel
from website.replay.recording import COMMAND, NotRecorded, record

_WIDGET = "application/vnd.jupyter.widget-view+json"


def install(ip, command: str = COMMAND) -> None:
    """Have a shown panel give a `text/html` output that replays it, instead of a widget.

    A panel that no recorder knows gives its picture, as in a saved notebook.

    Args:
        ip: The kernel's shell.
        command: What replays say about the real course.
    """
    numbers, name = itertools.count(1), uuid.uuid4().hex[:8]

    def show(panel: Panel) -> dict[str, str]:
        try:
            recording = record(panel)
        except NotRecorded:
            return saved(panel)
        recording.command = command
        code = recording.to_html(f"replay-{name}-{next(numbers)}")
        return {"text/html": code, "text/plain": repr(panel)}

    ip.display_formatter.mimebundle_formatter.for_type(Panel, show)


def saved(panel: Panel):
    """What a saved notebook keeps of a panel, without its widget."""
    found = panel._repr_mimebundle_()
    bundle, metadata = found if isinstance(found, tuple) else (found, {})
    return {kind: data for kind, data in bundle.items() if kind != _WIDGET}, metadata
