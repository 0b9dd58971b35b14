"""The decision surface of a run while it trains, computed no more often than it can be afforded."""

import threading
import time
from collections.abc import Callable

from matplotlib.axes import Axes

from helpers.data import Parts
from helpers.drawing.axes import Size
from helpers.experiment import Run
from helpers.panels.figure.decision_surface import (
    STEPS,
    SurfacePaths,
    SurfaceView,
    compute,
    learned,
    write_keys,
)
from helpers.panels.live.side_view import SideView

_PAUSE = 0.1  # seconds between two surfaces, at least
_SHARE = 0.25  # of the time that may go into them
_COARSE = 40  # grid points along either feature while it trains: a third of the work


class BoundaryView(SideView):
    """Surface, boundary and training rows, those with a flipped label ringed.

    Args:
        ax: Where to draw; its limits are set here.
        size: How large the picture is.
        parts: Rows with two features and two classes.
        left: Where the keys begin, in pixels at scale 1.
    """

    WIDTH, RIGHT, TITLE = 410, 14, "decision boundary"

    def __init__(self, ax: Axes, size: Size, parts: Parts, left: float):
        self.surface = SurfaceView(ax, size, parts, others=False)
        super().__init__(ax, size, self.surface.moving)
        self._keys = write_keys(ax.figure, size, self.surface.row_keys(flipped=True), left, 45)
        self._paths: SurfacePaths | None = None
        self._learned = 0  # rows with a flipped label that are answered as flipped
        self._run: Run | None = None  # whose surface it is
        self._fine = False
        self._next = -float("inf")
        self._lock = threading.Lock()  # held while computing: never two at a time
        self.set_parts(parts)

    def set_visible(self, visible: bool) -> None:
        super().set_visible(visible)
        for artist in self._keys:
            artist.set_visible(visible)
        for artist in self._keys[-2:]:
            artist.set_visible(visible and len(self.surface.parts.flipped) > 0)

    def set_parts(self, parts: Parts) -> None:
        self.surface.set_parts(parts)
        self._run = self._paths = None
        self.set_visible(self.ax.get_visible())

    def follow(self, latest: Callable[[], Run | None], now: bool) -> None:
        with self._lock:
            run, start = latest(), time.monotonic()
            known = run is self._run and (self._fine or not now)
            if known or run is None or (start < self._next and not now):
                return
            parts = self.surface.parts
            self._paths = compute([run], parts, STEPS if now else _COARSE)
            self._learned = learned(run, parts)
            self._run, self._fine, end = run, now, time.monotonic()
            self._next = end + max(_PAUSE, (end - start) * (1 / _SHARE - 1))

    def show(self, run: Run | None) -> None:
        self.surface.show(self._paths if run is not None else None)

    def words(self, run: Run) -> str:
        paths, flipped = self._paths, len(self.surface.parts.flipped)
        if paths is None:
            return ""
        if not paths.boundary:
            return "It gives every row the same answer: there is no boundary."
        return f"It has learned {self._learned} of {flipped} flipped labels." if flipped else ""
