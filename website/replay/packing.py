"""Puts the frames of a recording into one block of bytes in which nothing stands twice.

Lines that can be read, words and short pieces are kept as they are, float32. Longer bands, outlines
and marks are kept to 1/32 of a pixel of the figure, as steps from vertex to vertex, which deflate
well.

A block is deflated: four bytes with the length of the header, the header as JSON, then numbers
and pictures. `unpack` in `replay.js` reads it.
"""

import base64
import json
import zlib
from collections.abc import Iterable

import numpy as np

from helpers.panels.figure.live_figure import Sent

_WORD = 4  # bytes of a number
GRID = 32  # what cannot be read is kept on so many places in a pixel of the figure
MOST_EXACT = 12  # vertices: shorter pieces (words, straight lines) are kept as they are
_LIFTED = -(2**15)  # a step that lifts the pen


class Packer:
    """Gives equal things one number each.

    Attributes:
        tables: {name: the different values under that name, in the order of their numbers}.
    """

    def __init__(self):
        self.tables: dict[str, list] = {}
        self._known: dict[tuple[str, str | bytes], int] = {}

    def put(self, name: str, value) -> int:
        """Give a value's number under a name; it must be bytes, or such as JSON can hold."""
        key = name, value if isinstance(value, bytes) else json.dumps(value, sort_keys=True)
        table = self.tables.setdefault(name, [])
        if key not in self._known:
            self._known[key] = len(table)
            table.append(value)
        return self._known[key]

    def put_frame(self, sent: Sent) -> int:
        """Give a frame's number: curves that frames share are kept once, x apart from y."""
        numbers = np.frombuffer(sent.frame, "<f4")
        counts = numbers[: len(sent.strokes)].astype(int)
        points = numbers[len(sent.strokes) :].reshape(-1, 2)
        pieces = []
        lines = np.split(points, np.cumsum(counts))[:-1]
        for stroke, piece in zip(sent.strokes, lines, strict=True):
            exact = "name" in stroke or len(piece) <= MOST_EXACT
            for column in piece.T:
                steps = None if exact else steps_of(column, GRID * max(sent.size))
                if steps is None:
                    pieces.append(self.put("numbers", np.ascontiguousarray(column).tobytes()))
                else:
                    pieces.append(-1 - self.put("steps", steps))
        return self.put("frames", [
            self.put("stills", sent.still),
            self.put("axes", sent.axes),
            self.put("pens", [self.put("strokes", stroke) for stroke in sent.strokes]),
            self.put("labels", sent.labels),
            self.put("words", sent.says),
            pieces,
        ])  # fmt: skip

    def pack(self, **header) -> str:
        """The whole block in base 64.

        Args:
            header: What else the page needs to know, such as JSON can hold.
        """
        binary, body = ("numbers", "steps", "stills"), b""
        header |= {name: t for name, t in self.tables.items() if name not in binary}
        for name in binary:
            parts = self.tables.get(name, [])
            places, more = lay_out(parts)
            if name == "steps":
                header["twice"], more = once_more(more)
            header[name] = [
                [len(body) + at, len(part)] for at, part in zip(places, parts, strict=True)
            ]
            body += more
        header["grid"] = GRID
        words = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
        words += b" " * (-len(words) % _WORD)
        block = len(words).to_bytes(_WORD, "little") + words + body
        return base64.b64encode(zlib.compress(block, 9)).decode("ascii")


def steps_of(values: np.ndarray, grid: int) -> bytes | None:
    """Fractions of the figure as int16 steps from one to the next; None if one is far outside.

    Args:
        values: float32; NaN lifts the pen.
        grid: Places from 0 to 1: a value moves by half of one at most.
    """
    lifted = np.isnan(values)
    places = np.where(lifted, 0, np.round(values.astype(float) * grid))
    last = np.maximum.accumulate(np.where(lifted, 0, np.arange(len(values))))
    places = places[last] if len(values) else places
    steps = np.diff(places, prepend=0)
    if np.abs(steps).max(initial=0) >= -_LIFTED or lifted[:1].any():
        return None
    return np.where(lifted, _LIFTED, steps).astype("<i2").tobytes()


def once_more(steps: bytes) -> tuple[bool, bytes]:
    """Steps of int16, or the steps between them if these deflate better, and whether they do."""
    twice = np.diff(np.frombuffer(steps, "<i2"), prepend=np.int16(0)).tobytes()
    better = len(zlib.compress(twice, 9)) < len(zlib.compress(steps, 9))
    return better, twice if better else steps


def lay_out(parts: Iterable[bytes]) -> tuple[list[int], bytes]:
    """Lay parts one behind another; one with which another begins lies in that.

    Returns:
        Where each part begins, and the bytes.
    """
    parts = list(parts)
    places, body, before = {}, bytearray(), b""
    # in this order a part stands right behind those that begin with it, and similar ones are near
    for part in sorted(set(parts), reverse=True):
        if places and before.startswith(part):
            places[part] = places[before]
        else:
            places[part] = len(body)
            body += part
            before = part
    return [places[part] for part in parts], bytes(body)
