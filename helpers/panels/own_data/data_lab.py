"""`DataLab`: will regularisation help on my table, and how do I keep what does?

    lab = DataLab(parts)            # parts = split(read_csv("credit.csv", target="Status"), ...)
    lab = DataLab()                 # or choose a file and the target in the panel
    lab                             # as the last expression of a cell: shows it
    lab.search()                    # what the button does; it works in a thread
    lab.wait()                      # until it rests; raises what went wrong
    lab.result.chosen               # of a `helpers.search.SearchResult`
    lab.open_test("the choice is made")
    lab.export("credit-network")

TensorFlow is loaded when the first search starts.
"""

import threading
from collections.abc import Callable
from pathlib import Path

import ipywidgets as widgets

from helpers.data import Parts
from helpers.drawing.axes import size_of
from helpers.formatting import duration
from helpers.keras_script import keras_script
from helpers.panels.base.panel import Panel, caught, close_tree
from helpers.panels.base.sending import sent_together
from helpers.panels.base.throttle import Throttle
from helpers.panels.figure.live_figure import LiveFigure
from helpers.panels.own_data import words
from helpers.panels.own_data.controls import Controls
from helpers.panels.own_data.form import Form
from helpers.panels.own_data.jobs import READING, Jobs
from helpers.panels.own_data.picture import Picture
from helpers.panels.own_data.settings import parse, spell
from helpers.validation import check_choice, check_number

_CSS = (Path(__file__).parent / "data_lab.css").read_text(encoding="utf-8")
_SEARCHING = "searching"
OPTIONS = ("base", "space", "folds", "seeds", "executor", "workers")


class DataLab(Panel):
    """A table, a search for what helps on it, one look at the sealed rows, and the export.

    Args:
        parts: What `helpers.data.split` returns; None shows a file chooser.
        minutes: How long a search takes at most.
        size: "page", or "lecture" for a projector.
        settings: What is filled in at first, as `panel.settings` gives it.
        options: Further arguments of `helpers.search.search`, names as in `OPTIONS`.

    Attributes:
        parts: The rows, or None before a file and a target were chosen.
        form: The widgets that choose them; None if `parts` were given.
        controls: The other widgets, `minutes` among them.
        result: What the last search found (`helpers.search.SearchResult`), or None.
        opened: What the test rows showed, or None.
        exported: The folder that was written last, or None.
        error: What went wrong last, or None.

    Raises:
        ValueError: If an argument is not as described.
    """

    def __init__(
        self,
        parts: Parts | None = None,
        minutes: float = 2,
        *,
        size: str = "page",
        settings: str = "",
        **options,
    ):
        for name in options:
            check_choice("argument", name, OPTIONS)
        if parts is not None and not isinstance(parts, Parts):
            raise ValueError(
                f"parts: is a {type(parts).__name__}, must be what split(table, ...) returns"
            )
        minutes = _check_minutes(minutes)
        self._size, self._options = size_of(size), options
        self.parts = self.result = self.opened = self.exported = None
        self._folder, self._progress, self._cancel = "", None, threading.Event()
        self._lock = threading.RLock()  # one thread at a time changes what is shown
        super().__init__(None, size)
        self._worker = Jobs(self.fail, self._refresh)
        self._talk = Throttle(self._speak, rate=5, patience=0)
        self.form = None
        if parts is None:
            self.form = Form(self._read, self._press, self._observed, self._take)
        self.controls = Controls(self._press, self._toggle, self.open_test, self.export, minutes)
        style = widgets.HTML(f"<style>{_CSS}</style>", layout={"display": "none"})
        self._page.children = (*self._page.children, style)
        rows = self.form.rows if self.form else []
        drawer = self._make_drawer()
        self.children = [self._page, *self.controls.arrange(rows, self.status), drawer]
        self._take(parts)
        if settings:
            self.settings = settings

    # What the buttons do -------------------------------------------------------------------

    def search(self) -> None:
        """Search for `minutes` in a thread; `result` then says what was found.

        Raises:
            ValueError: If there are no parts yet, or the minutes are not above 0.
            RuntimeError: If something is still being done.
        """
        if self.parts is None:
            raise ValueError("parts: there are none yet; choose a file and the column to predict")
        minutes = _check_minutes(self.controls.minutes.value)
        picture = Picture(self._size)
        self._begin(_SEARCHING, lambda: self._search(minutes, picture))

    def cancel(self) -> None:
        """End the search soon; what it has found by then is kept."""
        self._cancel.set()
        self._refresh()

    def open_test(self, why: str) -> None:
        """Open the sealed test rows in a thread; `opened` then says what they showed.

        Args:
            why: What they are opened for, in words.

        Raises:
            ValueError: If no reason is given, or no network was chosen yet.
            RuntimeError: If something is still being done.
        """
        self._check_chosen()
        if not isinstance(why, str) or not why.strip():
            raise ValueError(f"why={why!r}: must say in words what the test rows are opened for")
        self._begin("opening the test rows", lambda: self._open(why))

    def export(self, folder: str | Path) -> None:
        """Write the chosen network and its scripts in a thread; `exported` then says where.

        Args:
            folder: Its name. A folder with something in it is not touched: the name then gets a
                number.

        Raises:
            ValueError: If there is no name, or no network was chosen yet.
            RuntimeError: If something is still being done.
        """
        self._check_chosen()
        if not str(folder).strip():
            raise ValueError(f"folder={folder!r}: must be the name of a folder")
        self._begin("exporting", lambda: self._export(str(folder).strip()))

    # What can be read ----------------------------------------------------------------------

    @property
    def keras_script(self) -> str:
        """A script that trains the chosen network; a comment before there is one."""
        if not self._chosen:
            return "# Search first: this is the code of the network that is chosen.\n"
        return keras_script(self.result.chosen.experiment, self.parts)

    @property
    def settings(self) -> str:
        """What is filled in: "path='credit.csv', target='Status', minutes=2"; set it to get there.

        Setting it reads the file, in a thread.
        """
        values = self.form.values if self.form else {}
        values |= {"minutes": self.controls.minutes.value}
        return spell(values)

    @settings.setter
    def settings(self, text: str) -> None:
        values = parse(text)
        minutes = _check_minutes(values.pop("minutes", self.controls.minutes.value))
        if values and self.form is None:
            raise ValueError(f"settings={text!r}: parts were given, so only minutes can be set")
        if values:
            self.form.fill(values)
        self.controls.minutes.value = minutes

    @property
    def _chosen(self) -> bool:
        return self.result is not None and self.result.chosen is not None

    def _check_chosen(self) -> None:
        if not self._chosen:
            raise ValueError("result: no network is chosen yet; search first")

    # The thread ----------------------------------------------------------------------------

    def _read(self, job: Callable[[], None]) -> None:
        self._begin(READING, job)

    def _begin(self, doing: str, job: Callable[[], None]) -> None:
        if self.closed:
            return
        if self._worker.resting:
            self.error, self._progress = None, None
            self._cancel.clear()
        self._worker.begin(doing, job)

    def _take(self, parts: Parts | None) -> None:
        """Show other parts, or none: what was found on those before is let go."""
        with self._lock:
            if self.closed:
                return
            self.parts = parts
            self.result = self.opened = self.exported = None
            self._show_picture(None)
            self.controls.report.value = words.table_html(parts) if parts else ""
            if parts is not None:
                self.controls.folder.value = f"{words.file_name(parts.source.name)}-network"
        self._refresh()

    def _search(self, minutes: float, picture: Picture) -> None:
        from helpers.search import search

        told = {"progress": self._progressed, "cancel": self._cancel}
        found = search(self.parts, minutes=minutes, **told, **self._options)
        live_figure = picture.draw(found)
        with self._lock:
            if self.closed:
                return close_tree(live_figure)
            self.result, self.opened, self.exported = found, None, None
            self._show_picture(live_figure)
            self.controls.ranking.value = words.ranking_html(found.candidates)

    def _progressed(self, progress) -> None:
        if not self._worker.wanted:
            self._cancel.set()
        self._progress = progress
        self._talk.request()

    def _open(self, why: str) -> None:
        self.opened = self.result.open_test(why)

    def _export(self, folder: str) -> None:
        self._folder, self.exported = folder, self.result.export(folder)

    # What is shown -------------------------------------------------------------------------

    def _observed(self, method: Callable) -> Callable:
        """What a widget calls that has another value: the method, with errors shown."""

        @caught
        def called(self, change):
            method(change)

        return called.__get__(self)

    def _toggle(self) -> None:
        if self._worker.doing == _SEARCHING:
            self.cancel()
        else:
            self.search()

    def _show_picture(self, live_figure: LiveFigure | None) -> None:
        old, self.live_figure = self.live_figure, live_figure
        self.controls.picture.children = [live_figure] if live_figure else []
        if old is not None:
            close_tree(old)
        if live_figure is None:
            self.controls.ranking.value = ""

    def _refresh(self) -> None:
        """Bring buttons, words and code up to date; from any thread."""
        with self._lock:
            if self.closed:
                return
            resting, searching = self._worker.resting, self._worker.doing == _SEARCHING
            usable = self._chosen and resting
            sealed = self.opened is None and self.parts is not None and len(self.parts.test) > 0
            self.controls.show(
                searching=searching,
                cancelled=searching and self._cancel.is_set(),
                found=self.result is not None,
                can_search=self.parts is not None and (searching or resting),
                can_open=usable and sealed,
                can_export=usable,
            )
            seal = words.paragraphs([words.seal_words(self.parts)]) if self.parts else ""
            self.controls.seal.value = seal
            self.controls.minutes.disabled = not resting
            if self.form:
                self.form.enable(resting)
            self._write_code()
            self._speak()

    def _speak(self) -> None:
        with self._lock:
            if self.closed:
                return
            bar, count, doing = self.controls.bar, self.controls.count, self._worker.doing
            progress = self._progress if doing == _SEARCHING else None
            with sent_together(count):
                count.value = f"{doing} …" if doing else ""
                if progress:
                    count.value = f"{progress.phase}, {duration(progress.remaining)} left"
            bar.value = round(bar.max * progress.fraction) if progress else 0
            if self.error is None:
                self._show_status("")

    def _show_status(self, code: str) -> None:
        """Show an error, if there is one, and what there is to say."""
        with self._lock:
            if self.closed:
                return
            said = self._sentences()
            if self.live_figure is not None and self.live_figure.says != " ".join(said):
                self.live_figure.says = " ".join(said)
            super()._show_status(code + words.paragraphs(said))

    def _sentences(self) -> list[str]:
        """What there is to say, the last first."""
        if self.parts is None:
            return self.form.words
        if self._worker.doing == _SEARCHING:
            minutes = f"{self.controls.minutes.value:g} min"
            return [f"It searches for at most {minutes}. “Cancel” keeps what there is."]
        if self.result is None:
            return [
                "“Search” compares kinds and strengths of regularisation with four baselines. It "
                "looks at training and validation rows only."
            ]
        exported = words.exported(self.exported, self._folder) if self.exported else ""
        opened = self.opened.words if self.opened else ""
        return [*filter(None, [exported, opened]), *self.result.verdict]

    def _saved(self, bundle):
        if self.live_figure is not None:
            return super()._saved(bundle)
        return words.saved_bundle(bundle, repr(self), self.parts, self._sentences()), {}

    def _end(self) -> None:
        with self._lock:
            self.result = self.opened = self.exported = None

    def __repr__(self):
        table = self.parts.source.name if self.parts else "no table yet"
        return f"DataLab({table}, minutes={self.controls.minutes.value:g})"


def _check_minutes(minutes: float) -> float:
    return check_number("minutes", minutes, 0, low_allowed=False)
