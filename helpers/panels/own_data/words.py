"""What `DataLab` says, as sentences and as HTML."""

import html
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from helpers.data import Parts, RawTable
from helpers.formatting import listed, ordinal, plural

_SAVED = "Run this cell (Shift+Enter) to bring it to life."


def safe(text: str) -> str:
    """Text for a page; of two dollar signs a notebook would make mathematics."""
    return html.escape(text).replace("$", "<span>$</span>")


def paragraphs(sentences: Iterable[str]) -> str:
    """Sentences below one another."""
    said = "".join(f"<p>{safe(sentence)}</p>" for sentence in sentences if sentence)
    return f'<div class="said">{said}</div>'


def file_name(name: str) -> str:
    """A name that can be that of a folder."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "my"


def table_html(parts: Parts) -> str:
    """The report of a table, its parts, and what to know about them."""
    table = parts.source
    if isinstance(table, RawTable):
        found = _listing("Report of the table", table.report.html)
    else:
        found = f"<p>{safe(table.name)}: {plural(len(table), 'row')} of numbers.</p>"
    notes = "".join(f"<li>{safe(note)}</li>" for note in parts.notes)
    notes = f"<ul>{notes}</ul>" if notes else ""
    return f'<div class="said">{found}<p>{safe(split_words(parts))}</p>{notes}</div>'


def split_words(parts: Parts) -> str:
    """How many rows each part has."""
    test = f"{plural(len(parts.test), 'test row')} sealed until the end"
    return (
        f"{plural(len(parts.train), 'training row')} to learn from, "
        f"{plural(len(parts.validation), 'validation row')} to choose by, and "
        f"{test if len(parts.test) else 'no row left for a test'}; "
        f"{plural(parts.n_features, 'feature')}."
    )


def seal_words(parts: Parts) -> str:
    """Whether the test rows were opened, and for what."""
    if not len(parts.test):
        return "No row is left for a test: take fewer training or validation rows."
    reasons = parts.test.opened
    if not reasons:
        rows = plural(len(parts.test), "test row")
        return f"{rows} sealed. Open them once, after your last choice, and say why."
    times = [f"the {ordinal(n)} time: “{why}”" for n, why in enumerate(reasons, start=1)]
    said = f"The test rows were opened {listed(times)}."
    return f"{said} What is chosen after that is not measured honestly by these rows any more."


def ranking_html(candidates: Iterable) -> str:
    """The ranking as a table, for those who cannot see the picture."""
    rows = []
    for candidate in candidates:
        kind = "baseline" if candidate.is_baseline else "candidate"
        cells = (kind, f"{candidate.mean:.3f}", _difference(candidate))
        rows.append(f'<tr><th scope="row">{safe(candidate.name)}</th>'
                    f"{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")  # fmt: skip
    names = ("name", "kind", "validation loss", "less that of the best baseline (95 % interval)")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    summary = "<summary>The ranking as a table</summary>"
    return f'<div class="said"><details>{summary}{_listing("Ranking", table)}</details></div>'


def _difference(candidate) -> str:
    found = candidate.difference
    if candidate.left_out:
        return "left out in an earlier round"
    if not math.isfinite(found.mean):
        return "diverged"
    interval = f" ({found.low:+.3f} to {found.high:+.3f})" if math.isfinite(found.half) else ""
    return f"{found.mean:+.3f}{interval}"


def exported(folder: Path, asked: str) -> str:
    """Where the export went."""
    files = ", ".join(sorted(path.name for path in folder.iterdir()))
    said = f"Exported to {folder.resolve()}: {files}."
    if folder.name != Path(asked).name:
        said += f" A folder {Path(asked).name!r} was there already; it is as it was."
    return said


def saved_bundle(bundle: dict | None, text: str, parts: Parts | None, said: Sequence[str]) -> dict:
    """What a page without a kernel shows before a search: words."""
    shown = [split_words(parts) if parts else "", *said, f"*{_SAVED}*"]
    words = {"text/plain": text, "text/markdown": "\n\n".join(filter(None, shown))}
    return dict(bundle or {}) | words


def _listing(name: str, table: str) -> str:
    """A table that scrolls, also by keys, which Jupyter leaves to it."""
    keys = 'tabindex="0" data-lm-suppress-shortcuts="true"'
    return f'<div class="listing" {keys} role="region" aria-label="{name}">{table}</div>'
