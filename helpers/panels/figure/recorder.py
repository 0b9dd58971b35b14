"""A matplotlib renderer that records vertices and styles instead of making pixels."""

import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_hex
from matplotlib.transforms import Affine2D


class Recorder(RendererBase):
    """Records what artists draw, as strokes that a browser can repeat on a canvas.

    Args:
        width, height: Of the figure, in pixels.
        dpi: Of the figure.
        measure: A renderer that knows how wide words are.

    Attributes:
        strokes: For each stroke its kind ("line", "marks" or "text") and its style in pixels.
        vertices: For each stroke its float32 (points, 2) fractions of the figure, y upwards; a
            row of NaN lifts the pen.
        labels: The words of the text strokes, in order.
    """

    def __init__(self, width: float, height: float, dpi: float, measure: RendererAgg):
        super().__init__()
        self.width, self.height, self.dpi, self._measure = width, height, dpi, measure
        self._size = np.array([width, height])
        self.clear()

    def clear(self) -> None:
        """Begin a new frame."""
        self.strokes: list[dict] = []
        self.vertices: list[np.ndarray] = []
        self.labels: list[str] = []

    def frame(self) -> bytes:
        """The vertices as float32: a count for each stroke, then x, y, x, y of all strokes."""
        counts = np.array([len(points) for points in self.vertices], dtype="float32")
        return np.concatenate([counts, *(points.ravel() for points in self.vertices)]).tobytes()

    def draw_path(self, gc, path, transform, rgbFace=None):
        if path.codes is None:
            points = transform.transform(path.vertices)
        else:  # curves and several outlines: flattened, with the pen lifted in between
            gap = np.full((1, 2), np.nan)
            outlines = path.to_polygons(transform, closed_only=False)
            points = np.concatenate([part for o in outlines for part in (o, gap)] or [gap])[:-1]
        self._record(points, self._style(gc, rgbFace) | {"kind": "line"})

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        places = trans.transform(path.vertices)
        if len(places) == 1:  # also how a collection draws its only outline, such as a band
            here = marker_trans + Affine2D().translate(*places[0])
            self.draw_path(gc, marker_path, here, rgbFace)
            return
        # outlines are flattened to half a pixel: do it in large, then shrink
        large = marker_path.to_polygons(marker_trans + Affine2D().scale(20))
        outline = [[round(float(v) / 20, 2) for v in xy] for xy in large[0]] if large else []
        self._record(places, self._style(gc, rgbFace) | {"kind": "marks", "outline": outline})

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        if ismath:
            raise ValueError(f"{s!r}: a moving text cannot hold formulas, write plain words")
        align = mtext.get_horizontalalignment() if mtext is not None else "left"
        shift = {"left": 0, "center": 0.5, "right": 1}[align]
        if shift:  # measuring costs more than all the rest
            shift *= self.get_text_width_height_descent(s, prop, ismath)[0]
        turn = np.deg2rad(angle)
        self.labels.append(s)
        style = {
            "kind": "text",
            "clip": self._clip(gc),
            "fill": to_hex(gc.get_rgb(), keep_alpha=True),
            "size": round(self.points_to_pixels(prop.get_size_in_points()), 2),
            "weight": prop.get_weight(),
            "family": _css_families(prop),
            "align": align,
            "angle": angle,
        }
        self._record([[x + shift * np.cos(turn), y + shift * np.sin(turn)]], style)

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

    def _record(self, points, stroke: dict) -> None:
        self.strokes.append(stroke)
        self.vertices.append((np.asarray(points, dtype=float) / self._size).astype("float32"))

    def _clip(self, gc):
        box = gc.get_clip_rectangle()
        return box and (box.extents / np.tile(self._size, 2)).round(5).tolist()

    def _style(self, gc, face) -> dict:
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


def _css_families(prop) -> str:
    # Verdana is as wide as matplotlib's DejaVu Sans, for pages that lack it
    names = [n for n in prop.get_family() if n not in ("sans-serif", "serif", "monospace")]
    return ", ".join([f'"{n}"' for n in [*names, "DejaVu Sans", "Verdana"]] + ["sans-serif"])
