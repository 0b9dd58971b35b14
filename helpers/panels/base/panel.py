"""What all panels share: a status line, errors that are seen, a picture for saved pages, an end."""

import functools
import html
import traceback
from collections.abc import Sequence
from pathlib import Path

import anywidget
import ipywidgets as widgets

from helpers.panels.base import notebook_cells
from helpers.panels.base.throttle import Throttle
from helpers.panels.figure.live_figure import LiveFigure

HERE = Path(__file__).parent
_CSS = (HERE / "panel.css").read_text(encoding="utf-8")


class Speaker(anywidget.AnyWidget):
    """What ipywidgets leave out for those who use keys or a screen reader; see `panel.js`."""

    _esm = (HERE / "panel.js").read_text(encoding="utf-8")


def caught(method):
    """Make an exception in a widget's callback visible: ipywidgets would swallow it."""

    @functools.wraps(method)
    def call(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except Exception as problem:
            self.fail(problem)

    return call


class Panel(widgets.VBox):
    """A container with a status line, a Python face and, mostly, a `LiveFigure`; see `LiveLab`.

    Attributes:
        live_figure: The live picture, or None.
        chart: What draws it, with its artists by name, where a panel has one.
        status: The status line, in HTML.
        error: What went wrong last, with its traceback, or None.
    """

    _drawer: widgets.Accordion | None = None
    _worker = None  # what works in a thread, if anything does: it can `wait` and be closed
    _talk: Throttle | None = None  # brings the status line up to date, where that takes time
    closed = True  # until it is made: a widget that never was is closed, too, when it goes

    def __init__(self, live_figure: LiveFigure | None, size: str):
        self.live_figure, self.error, self.closed = live_figure, None, False
        self.status = widgets.HTML().add_class("status")
        style = widgets.HTML(f"<style>{_CSS}</style>", layout={"display": "none"})
        self._page = widgets.Box([style, Speaker()]).add_class("panel-page")
        super().__init__()
        self.add_class("lab")
        self.add_class(f"lab-{size}")
        notebook_cells.adopt(self)

    def say(self, *sentences: str) -> None:
        """Put plain sentences into the status line."""
        words = " ".join(s for s in sentences if s)
        self._show_status(f"<div>{html.escape(words)}</div>")
        if self.live_figure is not None:
            self.live_figure.says = words

    def fail(self, problem: BaseException) -> None:
        """Show an error in the status line and keep it in `error`."""
        self.error = problem
        self._show_status(_describe(problem))

    def _show_status(self, code: str) -> None:
        with self.status.hold_sync():  # else words that could not be sent would count as sent
            self.status.value = code

    def _watch(self, *inputs: widgets.Widget) -> None:
        """Show the panel again whenever one of these widgets gets another value."""
        for widget in inputs:
            widget.observe(self._moved, "value")

    @caught
    def _moved(self, _) -> None:
        self._write_code()
        self._show()

    def _show(self) -> None:
        """Bring picture, controls and words up to date; from any thread."""
        if self.live_figure is None:
            return
        with self.live_figure.lock:  # one thread at a time, each with what is set by now
            if self.closed:
                return
            words = self._draw()
            if words and self.error is None:
                self.say(*words)

    def _draw(self) -> Sequence[str] | None:
        """Draw what is set by now; called with the lock of the picture held.

        Returns:
            Sentences for the status line; None if the panel says them later.
        """
        raise NotImplementedError

    def _arrange(self, sliders, *rows, code: bool = True) -> None:
        """Put sliders, rows of controls, picture, words and code one below another."""
        boxes = [widgets.VBox(list(sliders)).add_class("slider-rows")]
        boxes += [widgets.HBox(list(row)).add_class("row") for row in rows]
        drawer = [self._make_drawer()] if code else []
        self.children = [self._page, *boxes, self.live_figure, self.status, *drawer]

    def _press(self, action):
        """What a button calls: the action, with errors shown."""

        @caught
        def pressed(self, _):
            if self.live_figure is not None:
                self.live_figure.pressed()
            action()

        return pressed.__get__(self)

    def _make_drawer(self) -> widgets.Accordion:
        """A drawer with `self.keras_script`, written when it is opened."""
        self._drawer = widgets.Accordion(
            [widgets.HTML()], titles=("Show the Keras code",), selected_index=None
        )
        self._drawer.observe(self._write_code, "selected_index")
        return self._drawer

    def _write_code(self, _=None) -> None:
        """Bring the code in the drawer up to date, if it is open; an error is shown there."""
        if self._drawer is None or self._drawer.selected_index is None:
            return
        try:
            words = html.escape(self.keras_script)
            shown = f'<pre class="code" tabindex="0" title="One click selects all">{words}</pre>'
        except Exception as problem:
            self.error, shown = problem, _describe(problem)
        self._drawer.children[0].value = shown

    def wait(self) -> None:
        """Return when no thread of the panel works; until then it goes as fast as it can.

        Raises:
            Exception: What went wrong in the thread or in a callback.
        """
        if self._worker is not None:
            self._worker.wait()
        if self._talk is not None:
            self._talk.request()
            self._talk.flush()
        if self.live_figure is not None:
            self.live_figure.flush()  # with the words
        if self.error is not None:
            raise self.error

    def png(self, scale: float = 1) -> bytes:
        """The picture as it stands, at `scale` times its size."""
        return self.live_figure.png(scale)

    def close(self) -> None:
        """End the panel: its thread, its picture and its side of the page."""
        if self.closed:
            return
        self.closed = True
        for part in (self._worker, self._talk):
            if part is not None:
                part.close()
        self._end()
        if self.live_figure is not None:
            self.live_figure.close()
        for child in self.children:
            close_tree(child)
        self.layout.close()
        super().close()

    def _end(self) -> None:
        """What a panel has to let go of before its widgets are closed."""

    def _repr_mimebundle_(self, **kwargs):
        if self.closed:
            return {"text/plain": f"{self!r}, closed"}
        return self._saved(super()._repr_mimebundle_(**kwargs))

    def _saved(self, bundle: dict | None) -> tuple[dict, dict]:
        """The mime bundle with what a page without a kernel shows, and its metadata."""
        if self._talk is not None:
            self._talk.flush()  # the words shall be those of the picture
        return self.live_figure.saved_bundle(bundle, repr(self))


def _describe(problem: BaseException) -> str:
    """An error as HTML, with its traceback folded away."""
    name, trace = type(problem).__name__, "".join(traceback.format_exception(problem))
    return (
        f'<div class="failed">{name}: {html.escape(str(problem))}'
        f"<details><summary>Where it happened</summary><pre>{html.escape(trace)}</pre>"
        "</details></div>"
    )


def close_tree(widget) -> None:
    """Close a widget with its children, layout and style: each is known to the page by itself."""
    for child in getattr(widget, "children", ()):
        close_tree(child)
    for name in ("layout", "style"):
        part = getattr(widget, name, None)
        if isinstance(part, widgets.Widget):
            part.close()
    widget.close()


def choice(options, value) -> widgets.ToggleButtons:
    """A row of buttons of which one is down."""
    style = {"button_width": "auto"}
    return widgets.ToggleButtons(options=list(options), value=value, style=style)


def button(description: str, icon: str, tooltip: str, on_click, **traits) -> widgets.Button:
    """A button as wide as its words; `traits` such as `disabled` and `button_style` are set."""
    traits |= {"description": description, "icon": icon, "tooltip": tooltip}
    made = widgets.Button(**traits, layout={"width": "auto"})
    made.on_click(on_click)
    return made
