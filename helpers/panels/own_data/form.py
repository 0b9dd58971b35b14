"""What somebody fills in who writes no code: the file, the target, the sizes of the parts."""

from collections.abc import Callable, Mapping
from pathlib import Path

import ipywidgets as widgets

from helpers.data import Parts, read_csv, split
from helpers.data.files import read_text
from helpers.formatting import plural
from helpers.panels.base.panel import button
from helpers.panels.own_data.controls import field
from helpers.validation import check_choice, check_number

TASKS = {"as the column looks": None, "classes": "classification", "a number": "regression"}
SETTINGS = ("path", "target", "task", "drop", "train", "validation")
_MEMORY = 2.0  # GiB, as for `read_csv`
_FIRST = ("choose a column", None)


class Form:
    """The widgets that say which table is read, and how it is split.

    Args:
        work: Does a job in the panel's thread.
        press: Turns a method into what a button calls, with errors shown.
        caught: Turns a method into what a widget calls that has another value.
        take: Is given the parts that were made, or None when those before no longer hold.

    Attributes:
        upload, path, read_button: Give the file.
        target, task, drop, train, validation: Say what is learned, and from which rows.
        names: The columns of the file; empty before there is one.
        rows: Rows of widgets.
    """

    def __init__(
        self,
        work: Callable[[Callable[[], None]], None],
        press: Callable,
        caught: Callable,
        take: Callable[[Parts | None], None],
    ):
        self._work, self._take = work, take
        self.names, self._path, self._note = (), Path(), ""
        self._opening: tuple | None = None  # the file that is asked for, with what is chosen in it
        self._filling = False
        self.upload = widgets.FileUpload(
            accept=".csv,.tsv,.tab,.txt,.dat,.data,.gz", description="Choose a file",
            tooltip="A table from your computer: CSV or TSV, gzipped or not",
            layout={"width": "auto"},
        )  # fmt: skip
        self.path = field(widgets.Text, "or its path", "280px", placeholder="data.csv")
        tip = "Read the file of this path, counted from the folder of the notebook"
        self.read_button = button("Read", "folder-open", tip, press(self._read_path))
        self.target = field(widgets.Dropdown, "Column to predict", "300px", options=[_FIRST],
                            tooltip="Column to predict")  # fmt: skip
        self.task = field(widgets.Dropdown, "It holds", "220px", options=list(TASKS.items()),
                          tooltip="What the column to predict holds")  # fmt: skip
        self.drop = field(widgets.SelectMultiple, "Leave out", "300px", rows=4,
                          tooltip="Columns to leave out")  # fmt: skip
        self.train = field(widgets.IntText, "Training rows in %", "200px", value=60)
        self.validation = field(widgets.IntText, "Validation rows in %", "200px", value=20)
        sizes = widgets.VBox([self.train, self.validation])
        self.rows = [[self.upload, self.path, self.read_button], [self.target, self.task],
                     [self.drop, sizes]]  # fmt: skip
        self.upload.observe(caught(self._uploaded), "value")
        self.path.observe(caught(self._path_changed), "value")
        self._choices = self.target, self.task, self.drop, self.train, self.validation
        for widget in self._choices:
            widget.observe(caught(self._chosen), "value")
        self.enable(True)

    @property
    def values(self) -> dict:
        """What is filled in, as `fill` takes it."""
        found = {"path": self.path.value, "target": self.target.value, "task": self.task.value}
        found |= {"drop": list(self.drop.value)}
        sizes = {"train": self.train.value / 100, "validation": self.validation.value / 100}
        return {name: value for name, value in found.items() if value} | sizes

    @property
    def words(self) -> list[str]:
        """What to do next, until there are parts."""
        if not self.names:
            return [
                "Choose a file: a table in CSV or TSV, gzipped or not, with a line of names.",
                "A file larger than about 10 MB goes beside the notebook, and its path here.",
            ]
        found = f"{self._path.name} has {plural(len(self.names), 'column')}."
        return [" ".join(filter(None, [found, self._note])), "Now choose the column to predict."]

    def enable(self, enabled: bool) -> None:
        """Let it be changed, or not."""
        for widget in (self.upload, self.path, self.read_button):
            widget.disabled = not enabled
        for widget in self._choices:
            widget.disabled = not (enabled and self.names)

    def fill(self, values: Mapping) -> None:
        """Read a file, with choices such as `values` gives them.

        Raises:
            ValueError: If a name is unknown, a size is no fraction, or there is no path.
        """
        for name in values:
            check_choice("setting", name, SETTINGS)
        sizes = {
            name: round(100 * check_number(name, values[name], 0, 1))
            for name in ("train", "validation")
            if name in values
        }
        task = check_choice("task", values.get("task"), tuple(TASKS.values()))
        path = values.get("path")
        if not isinstance(path, str) or not path.strip():
            raise ValueError(f"path={path!r}: must name the file to read")
        self._set(self.path, value=path)
        for name, size in sizes.items():
            self._set(getattr(self, name), value=size)
        drop = values.get("drop", ())
        self._open(path, values.get("target"), [drop] if isinstance(drop, str) else drop, task)

    # From widgets --------------------------------------------------------------------------

    def _uploaded(self, change) -> None:
        if not change["new"]:
            return
        file = change["new"][-1]
        path, written = keep(file["name"], bytes(file["content"]))
        self.upload.value = ()  # its bytes are in the file
        self._set(self.path, value=str(path))
        self._open(path, note=f"The file lies beside the notebook as {path.name}.", written=written)

    def _path_changed(self, _) -> None:
        if not self._filling and self.path.value.strip():
            self._read_path()

    def _read_path(self) -> None:
        path = self.path.value.strip()
        if not path:
            raise ValueError("path='': must name a file, such as data.csv")
        self._open(path)

    def _chosen(self, _) -> None:
        if not self._filling and self.names:
            self._work(self._update)

    def _open(
        self, path: str | Path, target=None, drop=(), task=None, note="", written=False
    ) -> None:
        self._opening = Path(path).expanduser(), target, tuple(drop), task, note, written
        self._work(self._update)

    # In the thread -------------------------------------------------------------------------

    def _update(self) -> None:
        """Read the names of a new file; then the table, if its target is known."""
        self._take(None)  # whatever comes, what was there before is another table
        opening, self._opening = self._opening, None
        if opening is not None:
            self._read_names(*opening)
        if self.target.value is not None:
            self._take(self._make_parts())

    def _read_names(self, path: Path, target, drop, task, note: str, written: bool) -> None:
        self.names, self._path, self._note = (), path, note
        self._set(self.target, options=[_FIRST])
        try:  # all rows: what is no table shall be said before a target is asked for
            frame, _, _ = read_text(
                path, separator=None, encoding=None, names=None, rows=None, memory=_MEMORY
            )
        except ValueError:
            if written:
                path.unlink()
            raise
        names = tuple(frame.columns)
        if target is not None:
            check_choice("target", target, names)
        for name in drop:
            check_choice("drop", name, names)
        # By index: to set None as the value would leave the menu blank.
        place = 0 if target is None else names.index(target) + 1
        self._set(self.target, options=[_FIRST, *((n, n) for n in names)], index=place)
        self._set(self.task, index=list(TASKS.values()).index(task))
        self._set(self.drop, options=names, value=drop)
        self.names = names

    def _make_parts(self) -> Parts:
        target = self.target.value
        sizes = {
            name: check_number(f"{words} rows in %", widget.value, 0, 100, low_allowed=False,
                               high_allowed=False) / 100
            for name, words, widget in (("train", "training", self.train),
                                        ("validation", "validation", self.validation))
        }  # fmt: skip
        drop = [name for name in self.drop.value if name != target]
        table = read_csv(self._path, target, task=self.task.value, drop=drop, show=False)
        return split(table, **sizes)

    def _set(self, widget: widgets.Widget, **traits) -> None:
        """Change a widget without reading anything."""
        self._filling = True
        try:
            for name, value in traits.items():
                setattr(widget, name, value)
        finally:
            self._filling = False


def keep(name: str, content: bytes) -> tuple[Path, bool]:
    """Keep an uploaded file beside the notebook, where an exported script can read it later.

    A file of the same name and content is used as it is; one of another content is left alone.

    Returns:
        The path, and whether it was written: not if it was there.
    """
    name = Path(name.replace("\\", "/")).name or "table.csv"
    stem, dot, rest = name.partition(".")
    path, number = Path(name), 1
    while path.exists() and not (path.is_file() and path.read_bytes() == content):
        number += 1
        path = Path(f"{stem}-{number}{dot}{rest}")
    if path.exists():
        return path, False
    path.write_bytes(content)
    return path, True
