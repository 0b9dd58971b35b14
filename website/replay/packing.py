"""Puts the frames of a recording into one block of bytes in which nothing stands twice.

A block is deflated: four bytes with the length of the header, the header as JSON, then numbers
and pictures. `unpack` in `replay.js` reads it.
"""

import base64
import itertools
import json
import zlib
from collections.abc import Iterable

import numpy as np

from helpers.panels.figure.live_figure import Sent

_WORD = 4  # bytes of a number


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
        pieces = [
            self.put("numbers", np.ascontiguousarray(column).tobytes())
            for piece in np.split(points, np.cumsum(counts)[:-1])
            for column in piece.T
        ]
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
        numbers, stills = self.tables.get("numbers", []), self.tables.get("stills", [])
        places, body = lay_out(numbers)
        header |= {name: t for name, t in self.tables.items() if name not in ("numbers", "stills")}
        header["numbers"] = [
            [at // _WORD, len(part) // _WORD] for at, part in zip(places, numbers, strict=True)
        ]
        ends = np.cumsum([len(body), *map(len, stills)]).tolist()
        header["stills"] = list(itertools.pairwise(ends))
        words = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
        words += b" " * (-len(words) % _WORD)
        block = len(words).to_bytes(_WORD, "little") + words + body + b"".join(stills)
        return base64.b64encode(zlib.compress(block, 9)).decode("ascii")


def lay_out(parts: Iterable[bytes]) -> tuple[list[int], bytes]:
    """Lay parts one behind another; one with which another begins lies in that.

    Returns:
        Where each part begins, and the bytes.
    """
    parts = list(parts)
    places, body, before = {}, bytearray(), b""
    # in this order a part stands right behind those that begin with it, and similar ones are near
    for part in sorted(set(parts), reverse=True):
        if before.startswith(part):
            places[part] = places[before]
        else:
            places[part] = len(body)
            body += part
            before = part
    return [places[part] for part in parts], bytes(body)
