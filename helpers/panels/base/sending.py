"""Changes of widgets that reach the page together, or later, but are not lost."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ipywidgets import HTML, Button, Label, Widget


@contextmanager
def sent_together(*shown: Widget) -> Iterator[None]:
    """Collect what changes inside and send it at the end, one message a widget.

    Only words and buttons are held back: what the page itself can change, such as a slider or a
    check box, may change in another thread meanwhile, and `hold_sync` is made for one thread.

    Args:
        *shown: Widgets; those in them are sent alike.

    Raises:
        ZMQError: If it cannot be sent; the widgets keep it, and the next such call sends it.
    """
    with ExitStack() as held:
        for widget in shown:
            for part in tree(widget):
                if isinstance(part, (Button, HTML, Label)):
                    held.enter_context(part.hold_sync())
        yield


def tree(widget: Widget) -> Iterator[Widget]:
    """A widget and all that is in it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from tree(child)
