"""What was found in a table and done with it, one line a column."""

import html
from dataclasses import dataclass
from typing import NamedTuple

from helpers.formatting import listed, percent, plural

_WIDEST = 32  # letters of a column's name


class Line(NamedTuple):
    """A column: its name, kind, missing values, range or categories, and what was done."""

    column: str
    kind: str
    missing: int
    values: str
    done: str


@dataclass(frozen=True)
class Report:
    """What was found in a table and done with it.

    Attributes:
        name: Of the table.
        rows: How many rows have a target.
        lines: One for each column, in order; the target comes first.
        notes: Sentences on the file and on the rows.
    """

    name: str
    rows: int
    lines: tuple[Line, ...]
    notes: tuple[str, ...]

    @property
    def sentences(self) -> list[str]:
        """Each decision in a sentence: the notes, then what was done with which columns."""
        columns: dict[str, list[str]] = {}
        for line in self.lines:
            columns.setdefault(line.done, []).append(repr(line.column))
        done = (f"{listed(names, 12)}: {done}" for done, names in columns.items() if done)
        return [*self.notes, *done]

    def __str__(self):
        used = sum(line.kind in ("number", "category") for line in self.lines[1:])
        rows, out = plural(self.rows, "row"), len(self.lines) - 1 - used
        left = f", {plural(out, 'column')} left out" if out else ""
        first = f"{self.name}: {rows}, {plural(used, 'column')} to learn from{left}."
        target = self.lines[0]
        return "\n".join([first, f"Target {target.column!r}: {target.values}.", *self.sentences])

    def __repr__(self):
        cells = [("column", "kind", "missing", "values", "what was done")]
        cells += [(line.column, line.kind, self._missing(line), *line[3:]) for line in self.lines]
        cells = [(_short(a), *rest) for a, *rest in cells]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in cells]
        head = f"{self.name}: {plural(self.rows, 'row')}"
        return "\n".join([head, *(line.rstrip() for line in lines), *self.notes])

    @property
    def html(self) -> str:
        """The table for a page, with the notes below it."""
        head = "".join(f'<th scope="col">{h}</th>' for h in
                       ("column", "kind", "missing", "values", "what was done"))  # fmt: skip
        rows = []
        for line in self.lines:
            cells = (line.kind, self._missing(line), line.values, line.done)
            name = f'<th scope="row">{_safe(line.column)}</th>'
            rows.append(f"<tr>{name}{''.join(f'<td>{_safe(c)}</td>' for c in cells)}</tr>")
        caption = f"{_safe(self.name)}: {plural(self.rows, 'row')}"
        notes = "".join(f"<p>{_safe(note)}</p>" for note in self.notes)
        table = f"<caption>{caption}</caption><thead><tr>{head}</tr></thead>"
        return f"<table>{table}<tbody>{''.join(rows)}</tbody></table>{notes}"

    def _repr_html_(self):
        return self.html

    def _missing(self, line: Line) -> str:
        if not line.missing:
            return ""
        return f"{line.missing:,} ({percent(line.missing / max(self.rows, 1))})"


def _short(name: str) -> str:
    return name if len(name) <= _WIDEST else name[: _WIDEST - 1] + "…"


def _safe(text: str) -> str:
    """Text for a page; of two dollar signs a notebook would make mathematics."""
    return html.escape(text).replace("$", "<span>$</span>")
