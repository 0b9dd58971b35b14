"""The live chart: matplotlib draws what stands still, the browser draws what moves.

    line, = ax.plot([], [], label="training")
    live_figure = LiveFigure(figure, moving=[line])        # display it like any widget
    with live_figure.lock:
        line.set_data(epochs, losses)
    live_figure.update()                              # from any thread; at most 30 frames a second

The figure is plain matplotlib. The artists that move are named; everything else is rendered
once, at twice the resolution. For each frame the moving artists are drawn by matplotlib onto a
`Recorder` instead of pixels, and what it took down goes to a canvas over the still: a few KiB
of vertices as fractions of the figure. One picture code serves page, panel and saved notebook.
"""

from __future__ import annotations

import base64
import io
import threading
from pathlib import Path

import ipywidgets as widgets
import matplotlib
import numpy as np
import traitlets
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.layout_engine import PlaceHolderLayoutEngine
from matplotlib.transforms import Affine2D
from PIL import Image

from helpers.drawing.alt_text import metadata
from helpers.panels.base.throttle import Throttle

try:
    import anywidget
except ImportError:  # a host without it still shows pictures, see `LiveFigure.as_image`
    anywidget = None

HERE = Path(__file__).parent
STILL_SCALE = 2
_RENDERING = threading.Lock()  # one full drawing at a time: matplotlib's caches are shared

if anywidget is not None:

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


class Recorder(RendererBase):
    """A matplotlib renderer that takes down vertices and looks instead of making pixels.

    Args:
        width, height: Of the figure, in pixels.
        dpi: Of the figure.
        measure: A renderer that knows how wide words are.
    """

    def __init__(self, width: float, height: float, dpi: float, measure: RendererAgg):
        super().__init__()
        self.width, self.height, self.dpi, self._measure = width, height, dpi, measure
        self._scale = np.array([width, height])
        self.clear()

    def clear(self) -> None:
        """Begin a new frame."""
        self.strokes: list[dict] = []
        self.pieces: list[np.ndarray] = []
        self.labels: list[str] = []

    def draw_path(self, gc, path, transform, rgbFace=None):
        if path.codes is None:
            points = transform.transform(path.vertices)
        else:  # curves and several outlines: flattened, with the pen lifted in between
            gap = np.full((1, 2), np.nan)
            outlines = path.to_polygons(transform, closed_only=False)
            points = np.concatenate([part for o in outlines for part in (o, gap)] or [gap])[:-1]
        self._take(points, self._looks(gc, rgbFace) | {"kind": "line"})

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        places = trans.transform(path.vertices)
        if len(places) == 1:  # also how a collection draws its only outline, such as a band
            self.draw_path(
                gc, marker_path, marker_trans + Affine2D().translate(*places[0]), rgbFace
            )
            return
        # outlines are flattened to half a pixel: do it in large, then shrink
        large = marker_path.to_polygons(marker_trans + Affine2D().scale(20))
        outline = [[round(float(v) / 20, 2) for v in xy] for xy in large[0]] if large else []
        looks = self._looks(gc, rgbFace) | {"kind": "marks", "outline": outline}
        self._take(places, looks)

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        if ismath:
            raise ValueError(f"{s!r}: a moving text cannot hold formulas, write plain words")
        align = mtext.get_horizontalalignment() if mtext is not None else "left"
        shift = {"left": 0, "center": 0.5, "right": 1}[align]
        if shift:  # measuring costs more than all the rest
            shift *= self.get_text_width_height_descent(s, prop, ismath)[0]
        turn = np.deg2rad(angle)
        self.labels.append(s)
        looks = {
            "kind": "text",
            "clip": self._clip(gc),
            "fill": to_hex(gc.get_rgb(), keep_alpha=True),
            "size": round(self.points_to_pixels(prop.get_size_in_points()), 2),
            "weight": prop.get_weight(),
            "family": _css_families(prop),
            "align": align,
            "angle": angle,
        }
        self._take([[x + shift * np.cos(turn), y + shift * np.sin(turn)]], looks)

    def draw_image(self, gc, x, y, im, transform=None):
        raise ValueError(
            "an image cannot move on a live figure: leave it to the still, or draw outlines"
        )

    def get_text_width_height_descent(self, s, prop, ismath):
        return self._measure.get_text_width_height_descent(s, prop, ismath)

    def get_canvas_width_height(self):
        return self.width, self.height

    def points_to_pixels(self, points):
        return points * self.dpi / 72

    def flipy(self):
        return False

    def _take(self, points, looks: dict) -> None:
        self.strokes.append(looks)
        self.pieces.append((np.asarray(points, dtype=float) / self._scale).astype("float32"))

    def _clip(self, gc):
        box = gc.get_clip_rectangle()
        return box and (box.extents / np.tile(self._scale, 2)).round(5).tolist()

    def _looks(self, gc, face) -> dict:
        width = self.points_to_pixels(gc.get_linewidth())
        _, dashes = gc.get_dashes()
        edge = gc.get_rgb() if width > 0 else None
        if edge is not None and gc.get_forced_alpha():
            edge = (*edge[:3], gc.get_alpha())
        if face is not None and len(face) == 3:
            face = (*face, gc.get_alpha())
        return {
            "clip": self._clip(gc),
            "color": edge and to_hex(edge, keep_alpha=True),
            "fill": to_hex(face, keep_alpha=True) if face is not None else None,
            "width": round(width, 2),
            "cap": {"projecting": "square"}.get(gc.get_capstyle(), gc.get_capstyle()),
            "dash": [round(self.points_to_pixels(d), 2) for d in dashes or ()],
        }


class LiveFigure(widgets.Box):
    """Shows `figure`; keeps the artists `moving` alive, the rest as a still.

    Moving artists may be lines with or without marks, filled bands, and texts without formulas.
    A line with a label is read out under the pointer and the arrow keys.

    Args:
        figure: Made with `matplotlib.figure.Figure`; its layout is solved once, here.
        moving: In drawing order, from back to front.
        says: What the picture shows, in words, for those who cannot see it.
        names: For axes whose x is no plain number: {axes: [(x, "what is there"), ...]}.

    Attributes:
        lock: Hold it while changing moving artists from a thread or callback.
        number: How many frames were sent.
    """

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
        self._says, self._heard, self._image = says, False, None
        self._throttle = Throttle(self._send_frame, rate)
        self._canvas = None
        if anywidget is not None:
            # else the page gives it its whole width and cuts off what does not fit
            self._canvas = Canvas(says=says, layout={"min_width": "0"})
            self._canvas.on_msg(self._answer)
        super().__init__([self._canvas] if self._canvas else [], layout={"overflow": "hidden"})
        if self._canvas is None:
            self.as_image()
        self.redraw()

    @property
    def says(self) -> str:
        """What the picture shows, in words."""
        return self._says

    @says.setter
    def says(self, words: str) -> None:
        self._says = words
        if self._canvas is not None:
            self._canvas.says = words

    @property
    def heard(self) -> bool:
        """Whether a page has ever said that it shows this live_figure."""
        return self._heard

    def update(self) -> None:
        """Send where the moving artists are now: soon, and never dropping the last frame."""
        self._throttle.request()

    def flush(self) -> None:
        """Send what `update` has not sent yet."""
        self._throttle.flush()

    def redraw(self) -> None:
        """Make the still again: after limits, titles or anything that stands still changed."""
        with self.lock:
            if self._canvas is not None:
                visible = [artist.get_visible() for artist in self.moving]
                for artist in self.moving:
                    artist.set_visible(False)
                try:
                    still = self.png(STILL_SCALE)
                finally:
                    for artist, was in zip(self.moving, visible, strict=True):
                        artist.set_visible(was)
                with self._canvas.hold_sync():
                    self._canvas.size = [round(v) for v in self.figure.bbox.size]
                    self._canvas.still, self._canvas.axes = still, self._describe_axes()
            self._throttle.request()
            self._throttle.flush()

    def png(self, scale: float = 1) -> bytes:
        """The whole picture as matplotlib draws it, at `scale` times its size in pixels."""
        raw, out = io.BytesIO(), io.BytesIO()
        with self.lock, _RENDERING:
            self.figure.savefig(raw, format="raw", dpi=scale * self.figure.dpi)
            width, height = (int(v * scale) for v in self.figure.bbox.size)
        picture = Image.frombuffer("RGBA", (width, height), raw.getvalue(), "raw", "RGBA", 0, 1)
        # a chart has few colours: a palette makes the file three times smaller
        picture = picture.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=0)
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
        """A page pressed a button beside this live_figure: if it never showed it, it cannot."""
        if not self._heard:
            self.as_image()

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
        if "shown" in content:
            self._throttle.done(max(0, self.number - content["shown"]))
        if "hello" in content:
            self._heard = True
            if self._image is not None and self._canvas is not None:  # it came late
                self._image.close()
                self._image, self.children = None, [self._canvas]

    def _send_frame(self) -> None:
        with self.lock:
            if self.figure is None:
                return
            self.number += 1
            if self._image is not None:
                self._image.value = self.png()
                return
            strokes, labels, frame = self._record()
            with self._canvas.hold_sync():
                self._canvas.strokes, self._canvas.labels = strokes, labels
                self._canvas.frame, self._canvas.number = frame, self.number

    def _record(self) -> tuple[list[dict], list[str], bytes]:
        renderer, owners = self._recorder, []
        renderer.clear()
        for artist in self.moving:
            artist.draw(renderer)
            owners += [artist] * (len(renderer.strokes) - len(owners))
        numbers = {id(axes): i for i, axes in enumerate(self._read_axes())}
        for stroke, artist in zip(renderer.strokes, owners, strict=True):
            if stroke["kind"] == "line" and not stroke["fill"] and _is_named(artist):
                stroke |= {"name": artist.get_label(), "axes": numbers[id(artist.axes)]}
        counts = np.array([len(piece) for piece in renderer.pieces], dtype="float32")
        vertices = [piece.ravel() for piece in renderer.pieces]
        return renderer.strokes, renderer.labels, np.concatenate([counts, *vertices]).tobytes()

    def _read_axes(self) -> list:
        return [a for a in self.figure.axes if any(_is_named(m, a) for m in self.moving)]

    def _describe_axes(self) -> list[dict]:
        """Where the axes with named lines lie and how a fraction of the figure becomes a value."""
        size, found = self.figure.bbox.size, []
        for axes in self._read_axes():
            box = axes.bbox.extents / np.tile(size, 2)
            x, y = (
                {
                    "from": float(box[i]),
                    "to": float(box[i + 2]),
                    "low": float(low),
                    "high": float(high),
                    "log": scale == "log",
                    "whole": bool(high - low >= 20),
                }
                for i, (low, high), scale in (
                    (0, axes.get_xlim(), axes.get_xscale()),
                    (1, axes.get_ylim(), axes.get_yscale()),
                )
            )
            if axes in self.names:
                at, names = zip(*self.names[axes], strict=True)
                places = axes.transData.transform([(v, 0.5) for v in at])[:, 0] / size[0]
                x["names"] = [[float(p), n] for p, n in zip(places, names, strict=True)]
            found.append({"title": axes.get_xlabel(), "x": x, "y": y})
        return found

    def _repr_mimebundle_(self, **kwargs):
        return picture_bundle(self, super()._repr_mimebundle_(**kwargs), self.says)

    def __repr__(self):
        return f"LiveFigure({self.says!r})"


def picture_bundle(widget, bundle: dict | None, says: str) -> tuple[dict, dict]:
    """A widget's mime bundle with its whole `repr` and a PNG for pages without a kernel.

    The metadata that goes with it has the words for those who cannot see the PNG.
    """
    bundle = dict(bundle or {})
    bundle["text/plain"] = repr(widget)
    bundle["image/png"] = base64.b64encode(widget.png(STILL_SCALE)).decode("ascii")
    return bundle, metadata(says)


def _is_named(artist, axes=None) -> bool:
    label = artist.get_label()
    is_line = isinstance(artist, matplotlib.lines.Line2D)
    named = is_line and bool(label) and not str(label).startswith("_")
    return named and (axes is None or artist.axes is axes)


def _css_families(prop) -> str:
    # Verdana is as wide as matplotlib's DejaVu Sans, for pages that lack it
    names = [n for n in prop.get_family() if n not in ("sans-serif", "serif", "monospace")]
    return ", ".join([f'"{n}"' for n in [*names, "DejaVu Sans", "Verdana"]] + ["sans-serif"])
