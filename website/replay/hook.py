"""Keeps the panels of a notebook as replays while it is executed.

from website.replay import hook
hook.install(get_ipython())     # in the kernel, before the notebook's first cell
"""

import itertools
import uuid

from helpers.panels.base.panel import Panel
from website.replay.questions import learned
from website.replay.recording import NotRecorded, record

_WIDGET = "application/vnd.jupyter.widget-view+json"


def install(ip) -> None:
    """Have a shown panel give a `text/html` output that replays it, instead of a widget.

    A panel that no recorder knows gives its picture, as in a saved notebook. One that asks is
    given out again when it is told, in a later cell, what there is to compare with.

    Args:
        ip: The kernel's shell.
    """
    numbers, name = itertools.count(1), uuid.uuid4().hex[:8]
    shown: dict[str, tuple[Panel, object]] = {}  # by id: the panel, and what it was told

    def give(panel: Panel, id: str, update: bool) -> None:
        try:
            recording = record(panel)
        except NotRecorded:
            data, metadata = saved(panel)
        else:
            data, metadata = {"text/html": recording.to_html(id), "text/plain": repr(panel)}, {}
        shown[id] = panel, learned(panel)
        transient = {"display_id": id}
        ip.display_pub.publish(data, metadata, transient=transient, update=update)

    def show(panel: Panel) -> None:
        give(panel, f"replay-{name}-{next(numbers)}", update=False)

    def refresh(*_) -> None:
        for id, (panel, told) in list(shown.items()):
            if not panel.closed and learned(panel) != told:
                give(panel, id, update=True)

    ip.display_formatter.ipython_display_formatter.for_type(Panel, show)
    ip.events.register("post_run_cell", refresh)


def saved(panel: Panel) -> tuple[dict, dict]:
    """What a saved notebook keeps of a panel, without its widget, and its metadata."""
    found = panel._repr_mimebundle_()
    bundle, metadata = found if isinstance(found, tuple) else (found, {})
    return {kind: data for kind, data in bundle.items() if kind != _WIDGET}, metadata
