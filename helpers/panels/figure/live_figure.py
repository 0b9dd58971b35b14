"""The live figure: matplotlib draws what stands still, the browser draws what moves.

    line, = ax.plot([], [], label="training")
    live_figure = LiveFigure(figure, moving=[line])   # display it like any widget
    with live_figure.lock:
        line.set_data(epochs, losses)
    live_figure.update()                              # from any thread; at most 30 frames a second

The figure is plain matplotlib. The artists that move are named; everything else is rendered
once, as finely as the page's screen shows it. For each frame the moving artists are drawn by
matplotlib onto a `Recorder` instead of pixels, and what it recorded goes to a canvas over the
still: a few KiB of vertices as fractions of the figure. One picture code serves page, panel and
saved notebook.
"""

import base64
import io
import math
import threading
from pathlib import Path
from typing import NamedTuple

import anywidget
import ipywidgets as widgets
import traitlets
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont
from matplotlib.layout_engine import PlaceHolderLayoutEngine
from matplotlib.lines import Line2D
from PIL import Image, ImageDraw, ImageFont, ImageOps

from helpers.drawing.alt_text import metadata
from helpers.drawing.style import MUTED
from helpers.panels.base.throttle import Throttle
from helpers.panels.figure.recorder import Recorder

HERE = Path(__file__).parent
SAVED_DENSITY = 2  # of a saved picture, in pixels of the file for a pixel of the figure
SAVED_NOTE = "Saved picture. Run this cell (Shift+Enter) to bring it to life."
_RENDERING = threading.Lock()  # one full drawing at a time: matplotlib's caches are shared


class Canvas(anywidget.AnyWidget):
    """The browser's side of a `LiveFigure`: what it needs to know, and nothing else."""

    _esm = (HERE / "live_figure.js").read_text(encoding="utf-8")
    _css = (HERE / "live_figure.css").read_text(encoding="utf-8")
    still = traitlets.Bytes(b"").tag(sync=True)
    size = traitlets.List([1, 1]).tag(sync=True)
    strokes = traitlets.List().tag(sync=True)
    labels = traitlets.List().tag(sync=True)
    axes = traitlets.List().tag(sync=True)
    frame = traitlets.Bytes(b"").tag(sync=True)
    number = traitlets.Int(0).tag(sync=True)
    says = traitlets.Unicode("").tag(sync=True)


class Sent(NamedTuple):
    """All that a page needs to show one frame.

    Attributes:
        still: PNG of what stands still.
        size: Width and height of the figure in CSS pixels.
        strokes: For each stroke its kind and style; see `live_figure.js`.
        labels: The words of the text strokes, in order.
        axes: Where the axes lie that can be read, and how a fraction becomes a value.
        frame: float32: a count for each stroke, then x, y, x, y of all strokes.
        says: What the picture shows, in words.
    """

    still: bytes
    size: list[int]
    strokes: list[dict]
    labels: list[str]
    axes: list[dict]
    frame: bytes
    says: str


class LiveFigure(widgets.Box):
    """Shows `figure`; keeps the artists `moving` alive, the rest as a still.

    Moving artists may be lines with or without marks, filled bands, and texts without formulas.
    A line with a label is read out under the pointer and the arrow keys.

    Args:
        figure: Made with `matplotlib.figure.Figure`; its layout is solved once, here.
        moving: In drawing order, from back to front.
        says: What the picture shows, in words, for those who cannot see it.
        names: For axes whose x is no plain number: {axes: [(x, "what is there"), ...]}.
        rate: Most frames a second.

    Attributes:
        lock: Hold it while changing moving artists from a thread or callback.
        number: How many frames were sent.
        density: Pixels of the screen in a CSS pixel, as a page said last; of all figures.
    """

    density: float = SAVED_DENSITY

    def __init__(self, figure: Figure, moving, *, says: str = "", names=None, rate: float = 30):
        self.figure, self.moving, self.names = figure, list(moving), dict(names or {})
        self.lock = threading.RLock()
        self.number = 0
        for artist in self.moving:
            artist.set_in_layout(False)
        self._agg = FigureCanvasAgg(figure)
        if figure.get_layout_engine() is not None:
            with _RENDERING:
                self._agg.draw()  # solves the layout: from here on the transforms are final
        # An engine that does nothing: without any, `savefig` would put rcParams' engine in place.
        figure.set_layout_engine(PlaceHolderLayoutEngine(True, True))
        # kept from frame to frame: matplotlib remembers how wide words are on it
        self._recorder = Recorder(*figure.bbox.size, figure.dpi, self._agg.get_renderer())
        self._says, self._shown, self._image, self._drawn_for = says, False, None, None
        self._throttle = Throttle(self._send_frame, rate)
        # else the page gives it its whole width and cuts off what does not fit
        self._canvas = Canvas(says=says, layout={"min_width": "0"})
        self._canvas.on_msg(self._answer)
        super().__init__([self._canvas], layout={"overflow": "hidden"})
        self.redraw()

    @property
    def says(self) -> str:
        """What the picture shows, in words."""
        return self._says

    @says.setter
    def says(self, words: str) -> None:
        with self.lock:
            self._says = words
            self._throttle.request()  # the words go with the next frame

    def update(self) -> None:
        """Send where the moving artists are now: soon, and never dropping the last frame."""
        self._throttle.request()

    def flush(self) -> None:
        """Send what `update` has not sent yet."""
        self._throttle.flush()

    def sent(self) -> Sent:
        """What the page was sent, all of the last frame."""
        self.flush()
        with self.lock:
            return Sent(**{name: getattr(self._canvas, name) for name in Sent._fields})

    def redraw(self) -> None:
        """Make the still again: after limits, titles or anything that stands still changed."""
        with self.lock:
            visible = [artist.get_visible() for artist in self.moving]
            for artist in self.moving:
                artist.set_visible(False)
            try:
                still = self.png(self.density)
            finally:
                for artist, was in zip(self.moving, visible, strict=True):
                    artist.set_visible(was)
            self._drawn_for = self.density
            size = [round(v) for v in self.figure.bbox.size]
            self._put(size=size, still=still, axes=self._describe_axes())
            self._throttle.request()
            self._throttle.flush()

    def png(self, scale: float = 1, note: str = "") -> bytes:
        """The whole picture as matplotlib draws it.

        Args:
            scale: Pixels of the file in a pixel of the figure.
            note: A line to write below it.
        """
        raw, out = io.BytesIO(), io.BytesIO()
        with self.lock, _RENDERING:
            dpi = scale * self.figure.dpi
            self.figure.savefig(raw, format="raw", dpi=dpi)
            width, height = (int(v) for v in self.figure.get_size_inches() * dpi)
        picture = Image.frombuffer("RGBA", (width, height), raw.getvalue(), "raw", "RGBA", 0, 1)
        picture = picture.convert("RGB")
        if note:
            picture = ImageOps.expand(picture, (0, 0, 0, round(26 * scale)), "white")
            font = ImageFont.truetype(findfont("DejaVu Sans"), 13 * scale)
            place = (12 * scale, picture.height - 22 * scale)
            ImageDraw.Draw(picture).text(place, note, MUTED, font)
        # a chart has few colours: a palette makes the file three times smaller
        picture = picture.quantize(256, Image.Quantize.FASTOCTREE, dither=0)
        picture.putpalette([255 if v >= 250 else v for v in picture.getpalette()])  # pure white
        picture.save(out, "png", compress_level=6)
        return out.getvalue()

    def as_image(self) -> None:
        """Show a plain picture from now on: for a page that knows no custom widgets."""
        if self._image is None:
            width = f"{round(self.figure.bbox.width)}px"
            self._image = widgets.Image(format="png", layout={"width": width, "max_width": "100%"})
            self.children = [self._image]
            self._throttle.request()

    def pressed(self) -> None:
        """A page pressed a button beside this figure: if it never showed it, it cannot."""
        if not self._shown:
            self.as_image()

    def saved_bundle(self, bundle: dict | None, text: str) -> tuple[dict, dict]:
        """A widget's mime bundle with what a page without a kernel shows, and its metadata.

        Args:
            bundle: The widget's own.
            text: Its whole `repr`.
        """
        with self.lock:  # the words shall be those of the picture
            png, says = self.png(SAVED_DENSITY, SAVED_NOTE), self.says
        picture = {"text/plain": text, "image/png": base64.b64encode(png).decode("ascii")}
        return dict(bundle or {}) | picture, metadata(f"{says} {SAVED_NOTE}".strip())

    def close(self) -> None:
        """End it: nothing is sent any more, and the figure can go."""
        self._throttle.close()
        with self.lock:
            self.figure, self.moving, self.names, self._agg = None, [], {}, None
            self._recorder = None
        for child in (self._canvas, self._image):
            if child is not None:
                child.close()
        super().close()

    def _answer(self, _, content, buffers) -> None:
        if "density" in content:
            self._show_at(content["density"])
        if "shown" in content:
            self._throttle.done(max(0, self.number - content["shown"]))
        if "hello" in content:
            self._shown = True
            if self._image is not None:  # it came late
                self._image.close()
                self._image, self.children = None, [self._canvas]

    def _show_at(self, density: float) -> None:
        with self.lock:
            LiveFigure.density = min(max(1, math.ceil(4 * density) / 4), 4)  # in quarters
            if self.figure is not None and self._drawn_for != self.density:
                self.redraw()

    def _send_frame(self) -> None:
        with self.lock:
            if self.figure is None:
                return
            self.number += 1
            if self._image is not None:
                with self._image.hold_sync():
                    self._image.value = self.png()
                return
            strokes, labels, frame = self._record()
            self._put(
                strokes=strokes, labels=labels, frame=frame, says=self._says, number=self.number
            )

    def _put(self, **state) -> None:
        with self._canvas.hold_sync():  # one message; what could not be sent goes with the next
            for name, value in state.items():
                setattr(self._canvas, name, value)

    def _record(self) -> tuple[list[dict], list[str], bytes]:
        recorder, owners = self._recorder, []
        recorder.clear()
        for artist in self.moving:
            artist.draw(recorder)
            owners += [artist] * (len(recorder.strokes) - len(owners))
        numbers = {id(axes): i for i, axes in enumerate(self._read_axes())}
        for stroke, artist in zip(recorder.strokes, owners, strict=True):
            if stroke["kind"] == "line" and not stroke["fill"] and _is_named(artist):
                stroke |= {"name": artist.get_label(), "axes": numbers[id(artist.axes)]}
        return recorder.strokes, recorder.labels, recorder.frame()

    def _read_axes(self) -> list:
        """The axes with lines that can be read."""
        return [a for a in self.figure.axes if any(_is_named(m, a) for m in self.moving)]

    def _describe_axes(self) -> list[dict]:
        """Where the axes with named lines lie and how a fraction of the figure becomes a value."""
        size, found = self.figure.bbox.size, []
        for axes in self._read_axes():
            x, y = (
                {
                    "from": float(start),
                    "to": float(end),
                    "low": float(low),
                    "high": float(high),
                    "log": axis.get_scale() == "log",
                    "whole": bool(high - low >= 20),
                }
                for axis, (start, end), (low, high) in (
                    (axes.xaxis, axes.bbox.intervalx / size[0], axes.get_xlim()),
                    (axes.yaxis, axes.bbox.intervaly / size[1], axes.get_ylim()),
                )
            )
            if axes in self.names:
                at, names = zip(*self.names[axes], strict=True)
                places = axes.transData.transform([(v, 0.5) for v in at])[:, 0] / size[0]
                x["names"] = [[float(p), n] for p, n in zip(places, names, strict=True)]
            found.append({"title": axes.get_xlabel(), "x": x, "y": y})
        return found

    def _repr_mimebundle_(self, **kwargs):
        return self.saved_bundle(super()._repr_mimebundle_(**kwargs), repr(self))

    def __repr__(self):
        return f"LiveFigure({self.says!r})"


def _is_named(artist, axes=None) -> bool:
    label = artist.get_label()
    named = isinstance(artist, Line2D) and bool(label) and not str(label).startswith("_")
    return named and (axes is None or artist.axes is axes)
