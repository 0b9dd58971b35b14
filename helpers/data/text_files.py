"""Files as bytes: whether they are text, in which encoding, how large, packed or not."""

import codecs
import difflib
import gzip
import io
import re
from pathlib import Path

GIB = 2**30
_START = 2**16  # so many bytes of a file tell its encoding and separator
_LINES = 3  # or so many lines, where these are longer
_FORMATS = {  # the first bytes of what is no text
    b"PK\x03\x04": "a ZIP archive or a workbook of Excel: unpack it, or save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "a workbook of Excel: save the sheet as CSV",
    b"PAR1": "a Parquet file: read it with polars.read_parquet(path) and give it to from_frame",
    b"%PDF": "a PDF file: a table of text is needed, such as CSV",
    b"version https://git-lfs": "a pointer of Git LFS: fetch the file with git lfs pull",
}


def check_start(path: Path) -> bytes:
    """The first bytes, unpacked; raises an error for what is no text."""
    if re.match(r"\w+:/", str(path)) and not path.exists() and len(path.parts[0]) > 2:
        raise ValueError(f"path={str(path)!r}: must be a file; download it first")
    if path.is_dir():
        raise ValueError(f"path={str(path)!r}: is a folder; must be a file")
    if not path.is_file():
        near = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        close = difflib.get_close_matches(path.name, near, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else f" in {path.parent.resolve()}"
        raise FileNotFoundError(f"path={str(path)!r}: there is no such file{hint}")
    try:
        with opened(path) as file:
            start = file.read(_START)
            while start.count(b"\n") + start.count(b"\r") < _LINES and (more := file.read(_START)):
                start += more  # lines of thousands of columns
    except (OSError, EOFError) as error:
        raise ValueError(f"{path.name}: cannot be unpacked ({error}); download it again") from None
    for first, what in _FORMATS.items():
        if start.startswith(first):
            raise ValueError(f"{path.name}: is {what}")
    if not start.strip(b"\r\n\t \xef\xbb\xbf"):
        raise ValueError(f"{path.name}: is empty; must hold a line of names and rows")
    return start


def is_packed(path: Path) -> bool:
    """Whether a file is gzipped, whatever its name is."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def opened(path: Path):
    """The file's bytes, unpacked."""
    return gzip.open(path) if is_packed(path) else path.open("rb")


def find_encoding(path: Path, start: bytes) -> str:
    """What a file is encoded in: its mark tells, or its bytes do."""
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in start:  # of Latin letters in UTF-16 each second byte is 0
        even, odd = start[::2].count(0), start[1::2].count(0)
        if max(even, odd) > len(start) / 8 and min(even, odd) < max(even, odd) / 8:
            return "utf-16-le" if odd > even else "utf-16-be"
        raise ValueError(f"{path.name}: is no text (it holds zero bytes); save it as CSV")
    for encoding in ("utf-8", "windows-1252"):
        try:
            with opened(path) as file:
                text = io.TextIOWrapper(file, encoding=encoding)
                while text.read(2**24):
                    pass
            return encoding
        except UnicodeDecodeError:
            continue
    return "latin-1"


def decode(path: Path, content: bytes, encoding: str, whole: bool) -> str:
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
        return decoder.decode(content, final=whole)
    except LookupError:
        raise ValueError(f"encoding={encoding!r}: Python knows no such encoding") from None
    except UnicodeDecodeError as error:
        found = error.object[error.start : error.start + 1]
        raise ValueError(
            f"{path.name}: byte {found!r} at place {error.start} is no {encoding}; leave encoding= "
            'out to have it found, or try encoding="latin-1"'
        ) from None


def newlines(text: str) -> str:
    """The text with the line ends of Windows and of old Macs turned into newlines."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def size_of(path: Path, start: bytes, memory: float) -> tuple[int, int, bool]:
    """Bytes and lines of a file, unpacked, and whether it is larger than that.

    Args:
        path: The file.
        start: Its first bytes, which tell how long its lines are.
        memory: GiB; a packed file is not unpacked further than to this size.
    """
    if not is_packed(path):
        size = path.stat().st_size
        return size, int(size * max(start.count(b"\n"), 1) / len(start)), False
    size = lines = 0
    with opened(path) as file:
        while chunk := file.read(2**22):
            size, lines = size + len(chunk), lines + chunk.count(b"\n")
            if size > memory * GIB:
                return size, lines, True
    return size, lines, False


def needed(rows: float, columns: int, size: float = 0) -> float:
    """GiB that it takes to read and split so many rows and columns from so many bytes of text."""
    return (4 * size + 60 * rows * columns) / GIB


def check_memory(path: Path, start: bytes, columns: int, rows: int | None, memory: float) -> None:
    """Refuse a file that does not fit, before memory runs out.

    Raises:
        ValueError: If so many of its rows need more than `memory` GiB.
    """
    size, lines, larger = size_of(path, start, memory)
    kept = min(lines, rows or lines)
    need = needed(kept, columns, size * kept / max(lines, 1))
    if need > memory:
        fits = int(kept * memory / need * 0.9)
        digits = 10 ** max(len(str(fits)) - 2, 0)
        about = "more than" if larger else "about"
        raise ValueError(
            f"{path.name}: {about} {lines:,} rows × {columns} columns need about {need:.2g} GiB, "
            f"and memory={memory:g} is allowed; rows={fits // digits * digits} reads a random "
            "sample of so many rows, or set memory= higher if this machine has more"
        )
