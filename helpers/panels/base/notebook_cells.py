"""Closes what an earlier run of the same notebook cell left behind.

A widget lives until it is closed: the notebook's output history and the widget registry hold
on to it. So whoever runs a cell again would gather panels, figures and training threads. Each
panel is therefore filed under the cell that made it, and a new run of that cell closes the old.
"""

import sys
import weakref

_made: dict[str, tuple[str, weakref.WeakSet]] = {}  # cell -> (which run of it, what it made)


def adopt(panel) -> None:
    """File a panel under the running cell; close those that an earlier run of it made."""
    here = running_cell()
    if here is None:
        return
    cell, run = here
    earlier, panels = _made.get(cell, (run, weakref.WeakSet()))
    if earlier != run:
        for old in list(panels):
            old.close()
        panels = weakref.WeakSet()
    panels.add(panel)
    _made[cell] = (run, panels)


def running_cell() -> tuple[str, str] | None:
    """Which notebook cell is running, and which run of it; None outside a notebook."""
    if "IPython" not in sys.modules:
        return None
    shell = sys.modules["IPython"].get_ipython()
    if not hasattr(shell, "get_parent"):
        return None
    request = shell.get_parent() or {}
    cell = request.get("metadata", {}).get("cellId")
    return (cell, request["header"]["msg_id"]) if cell else None
