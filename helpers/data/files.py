"""Files of text: encoding, separator, header and quotes, read into columns of text.

    frame, file, said = read_text(Path("credit.csv"), separator=None, encoding=None, names=None,
                                  rows=None, memory=2.0)

Polars reads: of 100,000 rows × 100 columns it made numbers in 1.9 s, Python's `csv` in 18 s.
What Polars does not understand, such as a stray quote, is read again by `csv`, which can tell the
line of a fault.
"""

import csv
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from helpers.data.text_files import (
    check_memory,
    check_start,
    decode,
    find_encoding,
    newlines,
    opened,
)
from helpers.formatting import listed, plural
from helpers.validation import check_choice, check_int, check_number

if TYPE_CHECKING:
    import polars

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
csv.field_size_limit(2**30)


@dataclass(frozen=True, eq=False)
class TextFile:
    """A file of separated values, and how it was read.

    Attributes:
        path: The file, absolute.
        separator, encoding: As given or found.
        skipped: Characters before the first line, such as a line "sep=;".
        names: One for each column of the file.
        header: Whether the first line holds names.
        completed: Whether that line does not name every column.
        rows: int64, which rows of the file were kept, from 0; empty lines do not count.
    """

    path: Path
    separator: str
    encoding: str
    skipped: int
    names: tuple[str, ...]
    header: bool
    completed: bool
    rows: np.ndarray


def read_text(
    path: Path,
    *,
    separator: str | None,
    encoding: str | None,
    names: list[str] | None,
    rows: int | None,
    memory: float,
) -> "tuple[polars.DataFrame, TextFile, list[str]]":
    """Read a file of separated values as text.

    Args:
        path: The file; gzipped or not.
        separator, encoding: None finds them.
        names: One for each column, of a file without a header line.
        rows: Keep a random sample of so many rows; None keeps all.
        memory: GiB that reading and splitting may take.

    Returns:
        A frame of text with one column for each column of the file, empty fields as null; how
        the file was read; and sentences on what was found.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no table of text, or is too large; says what was found.
    """
    import polars as pl

    memory = check_number("memory", memory, 0, low_allowed=False)
    start = check_start(path)
    found = encoding or find_encoding(path, start)
    head, said = decode(path, start, found, whole=False), []
    if not re.fullmatch("utf-8|utf-8-sig", found):
        said.append(f"The text is encoded as {found}.")
    skipped = 0
    if told := re.match(r"sep=(.)\r?\n", head):  # a line that Excel writes
        separator, skipped = separator or told[1], len(told[0])
    separator = _separator(path, head[skipped:], separator)
    if separator != ",":
        name = SEPARATORS.get(separator, "")
        said.append(f"The columns are separated by {name or repr(separator)}.")
    header = first = next(csv.reader(io.StringIO(newlines(head[skipped:])), delimiter=separator))
    if names is None:
        header, note = _completed(header, newlines(head[skipped:]), separator)
        said += [note] if note else []
    columns = _names(path, header, names)
    check_memory(path, start, len(columns), rows, memory)

    def described(kept):
        said_of = (tuple(columns), names is None, len(header) > len(first))
        return TextFile(path.resolve(), separator, found, skipped, *said_of, np.array(kept))

    if rows is not None:
        with opened(path) as file:
            text = io.TextIOWrapper(file, encoding=found, newline="")
            text.read(skipped)
            records = _records(path, csv.reader(text, delimiter=separator), columns, names is None)
            numbers, kept, total = _sample(records, check_int("rows", rows, 2))
        if total > len(kept):
            said.append(f"{len(kept):,} of {total:,} rows were drawn at random.")
        return _frame(columns, kept), described(numbers), said
    with opened(path) as file:
        text = newlines(decode(path, file.read(), found, whole=True)[skipped:])
    try:
        frame = _read_fast(text, separator, columns, names is None)
    except pl.exceptions.PolarsError:
        reader = csv.reader(io.StringIO(text), delimiter=separator)
        frame = _frame(columns, list(_records(path, reader, columns, names is None)))
    blank = pl.all_horizontal(pl.all().is_null())
    frame = frame.filter(~blank)
    if not len(frame):
        raise ValueError(f"{path.name}: holds a line of names and no rows")
    if text.count(separator) != (len(frame) + (names is None)) * (len(columns) - 1):
        # Quoted separators, or lines that are too short, which Polars fills up without a word.
        reader = csv.reader(io.StringIO(text), delimiter=separator)
        for _ in _records(path, reader, columns, names is None):
            pass
    return frame, described(range(len(frame))), said


def _separator(path: Path, head: str, separator: str | None) -> str:
    """The separator that divides the first lines into most columns, and alike."""
    if separator is not None:
        if not isinstance(separator, str) or len(separator) != 1:
            raise ValueError(f"separator={separator!r}: must be one character")
        if separator not in head:
            raise ValueError(f"separator={separator!r}: does not stand in {path.name}")
        return separator
    scores = {}
    for candidate in SEPARATORS:
        reader = csv.reader(io.StringIO(newlines(head)), delimiter=candidate)
        widths = [len(record) for record in itertools.islice(reader, 50) if record]
        widths = widths[:-1] if len(widths) > 2 else widths  # the last may be cut
        alike = sum(width == widths[0] for width in widths) / len(widths)
        scores[candidate] = (alike > 0.9, widths[0] > 1, widths[0])
    best = max(scores, key=scores.get)
    if scores[best][2] < 2:
        best = max(scores, key=head.count)
        if not head.count(best):
            line = head.splitlines()[0][:60]
            raise ValueError(
                f"{path.name}: has one column only, {line!r}; name what divides the columns "
                'in separator=, such as separator=" "'
            )
    return best


def _completed(header: list[str], head: str, separator: str) -> tuple[list[str], str]:
    """The header, with a name for a column that has none there, and a sentence on it.

    R writes the names of the rows without a name above them; other programs end each row, but
    not the header, with a separator.
    """
    reader = csv.reader(io.StringIO(head), delimiter=separator)
    records = [record for record in itertools.islice(reader, 1, 12) if any(record)]
    records = records[:-1] if len(records) > 2 else records  # the last may be cut
    if not records or any(len(record) != len(header) + 1 for record in records):
        return header, ""
    if all(record[-1] == "" for record in records):
        return [*header, ""], "Each row ends with a separator."
    return ["row names", *header], "The first column has no name in the header line: row names."


def _names(path: Path, header: list[str], names: list[str] | None) -> list[str]:
    """The names of the columns, from the header line or as given."""
    if names is not None:
        found = [str(name) for name in names]
        if len(found) != len(header):
            raise ValueError(f"names: {len(found)} for {len(header)} columns of {path.name}")
    else:
        found = [name.strip() or f"column {k}" for k, name in enumerate(header, start=1)]
        if all(re.fullmatch(r"[-+]?[\d.,]*\d[\d.,]*(e[-+]?\d+)?", name, re.I) for name in found):
            first = listed(map(repr, found), 3)
            raise ValueError(
                f"{path.name}: the first line holds {first}, which are no names; name the "
                f"columns in names=[...], {len(found)} of them"
            )
    if twice := sorted({name for name in found if found.count(name) > 1}):
        raise ValueError(
            f"{path.name}: the column {listed(map(repr, twice))} stands more than once; rename "
            "one in the header line"
        )
    return found


def _read_fast(text: str, separator: str, columns: list[str], header: bool):
    import polars as pl

    reader = csv.reader(io.StringIO(text), delimiter=separator)
    if header:
        next(reader)
        for _ in range(reader.line_num):
            text = text[text.find("\n") + 1 or len(text) :]
    if not text.strip("\n"):
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    return pl.read_csv(
        text.encode(),
        separator=separator,
        has_header=False,
        schema=dict.fromkeys(columns, pl.String),
        infer_schema=False,
    )


def _frame(columns: list[str], records: list[list[str]]):
    import polars as pl

    by_column = zip(*records, strict=True) if records else [[] for _ in columns]
    data = {
        name: pl.Series(name, [value or None for value in values], dtype=pl.String)
        for name, values in zip(columns, by_column, strict=True)
    }
    return pl.DataFrame(data)


def _records(path: Path, reader, columns: list[str], header: bool) -> Iterator[list[str]]:
    """The rows; raises ValueError for one with more or fewer fields than there are columns."""
    if header:
        next(reader)
    first = reader.line_num
    for record in reader:
        if len(record) == len(columns):
            yield record
        elif record and any(field.strip() for field in record):
            raise ValueError(
                f"{path.name}: line {first + 1} has {plural(len(record), 'field')}, and there "
                f"should be {len(columns)}; delete lines that are no rows of the table, put a "
                "field that holds the separator into quotes, or name it in separator="
            )
        first = reader.line_num


def _sample(records: Iterator[list[str]], most: int) -> tuple[list[int], list[list[str]], int]:
    """A random sample, each row as likely as any other, in the order of the file.

    Returns:
        Which rows they are, from 0; the rows; and how many there are. Empty ones do not count.
    """
    random, kept, total = np.random.default_rng(0), [], 0
    for total, record in enumerate(filter(any, records), start=1):
        if len(kept) < most:
            kept.append((total - 1, record))
        elif (place := int(random.integers(total))) < most:
            kept[place] = (total - 1, record)
    kept.sort(key=lambda pair: pair[0])
    return [number for number, _ in kept], [record for _, record in kept], total


def check_decimal(decimal: str | None) -> str | None:
    """The decimal sign that was asked for."""
    return None if decimal is None else check_choice("decimal", decimal, (".", ","))
