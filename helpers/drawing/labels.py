"""Labels that look for a free place on their axes each time the figure is drawn.

places = Places(ax, notes=["mean of 5 seeds"])
places.add(Along(ax, "training", x, y, "training 0.20", color))
"""

from __future__ import annotations

import math

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import PolyCollection
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from helpers import formatting
from helpers.drawing.style import INK, MUTED, STYLE, label_font

# --- Places for labels --------------------------------------------------------------------
# A label may lie on the grid and, where need be, on a band, but on no line, marker, bar or label.
# All sizes are in pixels of the figure; those written as numbers are for 100 to the inch.


class Places(Artist):
    """Gives the labels of some axes their places whenever these are drawn.

    Labels are placed in the order in which they were added; if some find no place, these are
    tried first, then closer to their neighbours. The words of those that still find none join
    the notes: a line in small print above the axes, at the right, or behind the label of the
    x axis where the title leaves no room for it.
    """

    def __init__(self, ax, notes):
        super().__init__()
        self.notes, self.labels = list(notes), []
        self.set_in_layout(False)
        self.set_zorder(-10)  # drawn first: before the labels that it moves
        ax.add_artist(self)
        # A space keeps the line's height free even while there is nothing to say.
        self.above = ax.set_title(
            " ", loc="right", pad=STYLE["axes.titlepad"], gid="note", **label_font(MUTED, "small")
        )
        self.behind = ""

    def add(self, label) -> None:
        self.labels.append(label)

    def draw(self, renderer):
        homeless = self._arrange(self.labels)
        if homeless:
            late = sorted(self.labels, key=lambda label: label not in homeless)
            ways = [(self.labels, 4.0), (late, 4.0), (self.labels, 1.5), (late, 1.5)]
            counts = [len(self._arrange(*way)) for way in ways]
            homeless = self._arrange(*ways[counts.index(min(counts))])
        text = " · ".join([*self.notes, *(label.words for label in homeless)])
        _set_text(self.above, text or " ")
        behind = ""
        if text and not self._fits_above():
            _set_text(self.above, " ")
            behind = f" · {text}"
        label = self.axes.xaxis.label
        _set_text(label, label.get_text().removesuffix(self.behind) + behind)
        if behind or self.behind:
            self._fit(label)
        self.behind = behind
        self.stale = False

    def _fits_above(self) -> bool:
        others = (a for a in self.axes.get_children() if isinstance(a, Text) and a.get_text())
        titles = [a for a in others if a is not self.above and a not in self.axes.texts]
        box = self.above.get_window_extent()
        figure = self.axes.get_figure(root=True)
        left = max(figure.bbox.x0, self.axes.bbox.x0 - 0.5 * figure.dpi)
        return box.x0 > left and not any(box.overlaps(a.get_window_extent()) for a in titles)

    def _fit(self, label) -> None:
        """Make the x axis's label as small as its words need, but not too small to read."""
        label.set_fontsize(STYLE["axes.labelsize"])
        scale = min(1.0, self.axes.bbox.width / label.get_window_extent().width)
        label.set_fontsize(max(0.65, scale) * STYLE["axes.labelsize"])

    def _arrange(self, labels, pad=4.0) -> list[_Label]:
        """Place labels in this order, `pad` pixels apart; return those without a place."""
        room = _Room(self.axes, {label.text for label in self.labels}, pad)
        homeless = [label for label in labels if not label.place(room)]
        return [label for label in homeless if not label.place(room, aside=True)]


class _Room:
    """What is drawn on some axes: points along its lines, boxes of bars and of other texts.

    Attributes:
        unit: Pixels of this figure to one of a figure with 100 to the inch.
        pad: How many pixels stay free around each label.
        frame: The inside of the axes: left, bottom, right, top.
        bars: How many of the boxes are bars; they come first.
    """

    def __init__(self, ax, ignored, pad):
        self.ax, self.unit = ax, ax.get_figure(root=True).dpi / 100
        self.pad = pad * self.unit
        self.frame = ax.bbox.extents + self.unit * np.array([3, 3, -3, -3])
        points = [np.empty((0, 2))]
        for line in ax.lines:
            if line.get_gid() == "leader":
                continue
            path = _finite(line.get_transform().transform(line.get_xydata()))
            if line.get_linestyle() not in ("None", "none", " ", ""):
                points.append(_dense(path, 3 * self.unit))
            if line.get_marker() not in ("None", "none", " ", "", None):
                reach = _reach(line, self.unit)
                ring = reach * np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)])
                points.append((path[:, None] + ring).reshape(-1, 2))
        self.points = np.concatenate(points)
        fixed = [text for text in ax.texts if text not in ignored and _seen(text)]
        self.boxes = [artist.get_window_extent().extents for artist in [*ax.patches, *fixed]]
        self.bars = len(ax.patches)
        self.bands = [
            path.transformed(band.get_transform())
            for band in ax.collections
            if isinstance(band, PolyCollection) and band.get_gid() != "gap"
            for path in band.get_paths()
        ]

    def free(self, box) -> bool:
        """Whether a box (left, bottom, right, top) is inside the axes and touches nothing."""
        (left, bottom, right, top), frame = box, self.frame
        if left < frame[0] or bottom < frame[1] or right > frame[2] or top > frame[3]:
            return False
        pad = self.pad
        left, bottom, right, top = left - pad, bottom - pad, right + pad, top + pad
        x, y = self.points.T
        if np.any((x > left) & (x < right) & (y > bottom) & (y < top)):
            return False
        return not any(
            a < right and c > left and b < top and d > bottom for a, b, c, d in self.boxes
        )

    def nearest(self, way) -> float:
        """How near a path comes to a line: at most some pixels matter."""
        low, high = way.min(axis=0) - 5 * self.unit, way.max(axis=0) + 5 * self.unit
        points = self.points[np.all((self.points > low) & (self.points < high), axis=1)]
        apart = way[:, None] - points[None]
        return math.sqrt(np.min(np.sum(apart**2, axis=-1), initial=math.inf))

    def on_band(self, box) -> bool:
        """Whether a box touches a band."""
        return any(path.intersects_bbox(Bbox.from_extents(*box)) for path in self.bands)

    def data(self, x, y) -> np.ndarray:
        """Pixels as data coordinates."""
        return self.ax.transData.inverted().transform((x, y))

    def put(self, text, box) -> bool:
        """Centre a text in a box and keep others out of there."""
        place = self.data((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        if not np.allclose(place, text.get_position(), rtol=1e-9, atol=0):
            text.set_position(place)
        between = 6 * self.unit  # or two labels in a row would read as one
        self.boxes.append((box[0] - between, box[1], box[2] + between, box[3]))
        return True


class _Label:
    """A text that will be placed.

    Attributes:
        words: The same in one line, for the notes.
    """

    def __init__(self, ax, name, text, color, size="medium", weight="bold"):
        font = label_font(color, size, weight) | {"linespacing": 1.2}
        self.words = text.replace("\n", " ")
        self.text = ax.text(
            0, 0, text, gid=f"{name} label", ha="center", va="center", zorder=7, **font
        )
        self.text.set_in_layout(False)
        (self.leader,) = ax.plot([], [], gid="leader", color=MUTED, linewidth=1, zorder=2.2)
        self.leader.set_in_layout(False)

    def size(self) -> tuple[float, float]:
        box = self.text.get_window_extent()
        return box.width, box.height

    def aside(self, room) -> bool:
        """Look for a second-best place, once all others have theirs."""
        return False

    def place(self, room, aside=False) -> bool:
        """Find a place; show the text if there is one, and say so."""
        self.text.set_visible(True)
        found = self.aside(room) if aside else self.find(room)
        self.text.set_visible(found)
        return found

    def near(self, room, point, furthest=170, lead=True) -> bool:
        """Put the text at the free place nearest to a point, and lead a thin line there.

        Off bands if possible; a longer line crosses others only if there is no other way.
        """
        wide, high = self.size()
        x, y = room.ax.transData.transform(point)
        unit, (first, _, last, _) = room.unit, room.frame
        sides = [(0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1), (1, 0), (-1, 0)]
        self.leader.set_data([], [])
        free = []
        for reach in unit * np.geomspace(13, furthest, 14):
            for across, up in sides:
                left = x + across * reach * (0.6 if up else 1) - wide * (1 - across) / 2
                if not across:  # above and below it may lean to stay inside
                    left = np.clip(left, first, last - wide)
                bottom = y + up * reach - high * (1 - up) / 2
                box = (left, bottom, left + wide, bottom + high)
                if room.free(box):
                    free.append((box, room.on_band(box), lead and reach > 30 * unit))
        for off_bands, may_cross in ((True, False), (False, False), (False, True)):
            for box, on_band, leads in free:
                if off_bands and on_band:
                    continue
                if not leads or self._lead(room, box, point, may_cross):
                    return room.put(self.text, box)
        return False

    def _lead(self, room, box, point, may_cross) -> bool:
        """Draw a line from a point to a box, unless it would cut through a text or a line."""
        start = room.ax.transData.transform(point)
        pad = 4 * room.unit
        end = np.clip(start, (box[0] - pad, box[1] - pad), (box[2] + pad, box[3] + pad))
        way = np.linspace(start, end, 60)
        texts = room.boxes[room.bars :]
        if any(np.any(np.all((way > (a, b)) & (way < (c, d)), axis=1)) for a, b, c, d in texts):
            return False
        # It starts on a line, of course.
        rest = way[np.hypot(*(way - start).T) > 18 * room.unit]
        if len(rest) and not may_cross and room.nearest(rest) < 2.5 * room.unit:
            return False
        self.leader.set_data(*np.stack([point, room.data(*end)]).T)
        return True


class Along(_Label):
    """Close above or below a line: near its end, or anywhere along it.

    The label of a line that ends above the axis stands at its top, with an arrow. It tells the
    last value, so it does not stray further than halfway from the end.

    Args:
        side: 1 if it belongs above rather than below, -1 if below, 0 if that is all the same.
        anywhere: Whether it may stand anywhere along the line.
        leave: A point around which it leaves room for others.
    """

    def __init__(self, ax, name, x, y, text, color, side=0, anywhere=False, leave=None):
        self.over = bool(y[-1] > ax.get_ylim()[1]) and not anywhere
        super().__init__(ax, name, text + (" ↑" if self.over else ""), color)
        self.x, self.y = np.asarray(x, float), np.asarray(y, float)
        self.side, self.anywhere, self.leave = side, anywhere, leave

    def find(self, room) -> bool:
        self.leader.set_data([], [])
        options = [(cost, box) for cost, box in self._options(room) if room.free(box)]
        if options and min(options)[0] < 110 * room.unit:
            return room.put(self.text, min(options)[1])
        part = len(self.x) // 2 if self.anywhere else len(self.x) - 1
        return self.near(room, (self.x[part], float(np.clip(self.y[part], *room.ax.get_ylim()))))

    def _options(self, room):
        """Boxes with what each costs: distance from line and end, the wrong side, a band."""
        wide, high = self.size()
        unit, (first, _, last, top) = room.unit, room.frame
        path = _finite(room.ax.transData.transform(np.stack([self.x, self.y], axis=1)))
        path = _dense(path, 2 * unit)
        end, gap = path[-1], (9 if self.anywhere else 6) * unit
        for right in np.linspace(last, first + wide, 90):
            left = right - wide
            if self.over:
                yield 0.35 * (last - right), (left, top - high, right, top)
                continue
            if left > end[0] + gap:  # the line has ended: beside it
                bottom = end[1] - high / 2
                yield 0.35 * (left - end[0] - gap), (left, bottom, right, bottom + high)
                continue
            near = path[(path[:, 0] >= left - gap) & (path[:, 0] <= right + gap), 1]
            if not len(near) or (not self.anywhere and right < (first + end[0]) / 2):
                continue
            away = 0.0 if self.anywhere else 0.35 * max(0.0, end[0] - right)
            for side, bottom in ((1, near.max() + gap), (-1, near.min() - gap - high)):
                box = (left, bottom, right, bottom + high)
                off = float(np.abs(near - bottom - high / 2).mean()) - high / 2
                wrong = 30 * unit * (side == -self.side)
                near_it = 0.15 * self._nearer(room, box, 200 * unit)
                yield off + away + wrong + near_it + 15 * unit * room.on_band(box), box

    def _nearer(self, room, box, distance) -> float:
        """By how much a box is nearer than `distance` to the point that it should leave."""
        if self.leave is None:
            return 0.0
        x, y = room.ax.transData.transform(self.leave)
        apart = math.hypot((box[0] + box[2]) / 2 - x, (box[1] + box[3]) / 2 - y)
        return max(0.0, distance - apart)


def sides(heights) -> list[tuple[int, str]]:
    """Names from the highest to the lowest, with the side where each one's label belongs."""
    names = sorted(heights, key=heights.__getitem__, reverse=True)
    return [((name == names[0]) - (name == names[-1]), name) for name in names]


class Near(_Label):
    """At the free place nearest to a point, joined to it by a thin line if that is far."""

    def __init__(self, ax, name, point, text, color, furthest=170):
        super().__init__(ax, name, text, color, "small")
        self.furthest = furthest
        self.point = point[0], float(np.clip(point[1], *ax.get_ylim()))

    def find(self, room) -> bool:
        return self.near(room, self.point, self.furthest)


class Gap(_Label):
    """The gap at the end, between the lines and left of an arrow that spans it, or beside them."""

    def __init__(self, ax, x, train, validation, what):
        text = formatting.gap(what, validation[-1] - train[-1])
        super().__init__(ax, "gap", text, INK, weight="normal")
        self.x = np.asarray(x, float)
        self.curves = [np.clip(y, *ax.get_ylim()) for y in (train, validation)]
        arrow = {"arrowstyle": "<->", "color": MUTED, "shrinkA": 3, "shrinkB": 3}
        self.arrow = ax.annotate("", (0, 0), (0, 0), gid="gap arrow", arrowprops=arrow, zorder=4)
        self.arrow.set_in_layout(False)

    def find(self, room) -> bool:
        wide, high = self.size()
        to_pixels = room.ax.transData.transform
        low, up = (to_pixels(np.stack([self.x, y], axis=1)) for y in self.curves)
        unit = room.unit
        right = low[-1, 0] - 8 * unit
        under = (low[:, 0] >= right - wide - 14 * unit) & (low[:, 0] <= right + 4 * unit)
        self.arrow.set_visible(False)
        if not under.any() or right - wide - 14 * unit < room.frame[0]:
            return False
        low, up = sorted((low[under], up[under]), key=lambda path: path[:, 1].mean())
        floor, ceiling = low[:, 1].max(), up[:, 1].min()
        if ceiling - floor < high + 16 * unit:
            return False
        middle = (floor + ceiling) / 2
        box = np.array([-wide - 8 * unit, -high / 2, -8 * unit, high / 2])
        box += (right, middle, right, middle)
        if not room.free(box):
            return False
        x = room.data(right, 0)[0]
        ends = [float(np.interp(x, self.x, y)) for y in self.curves]
        self.arrow.xy, self.arrow.xyann = (x, ends[0]), (x, ends[1])
        self.arrow.set_visible(True)
        tips = to_pixels([(x, min(ends)), (x, max(ends))])
        room.boxes.append((right - 3 * unit, tips[0, 1], right + 3 * unit, tips[1, 1]))
        return room.put(self.text, tuple(box))

    def aside(self, room) -> bool:
        middle = (self.curves[0][-1] + self.curves[1][-1]) / 2
        return self.near(room, (self.x[-1], middle), furthest=110, lead=False)


class Corner(_Label):
    """In the first corner of the axes that is free."""

    def __init__(self, ax, name, lines, color):
        super().__init__(ax, name, "\n".join(lines), color, "small", "normal")
        self.words = " · ".join(lines)

    def find(self, room) -> bool:
        wide, high = self.size()
        left, bottom, right, top = room.frame + 5 * room.unit * np.array([1, 1, -1, -1])
        boxes = [
            (x, y, x + wide, y + high) for y in (top - high, bottom) for x in (right - wide, left)
        ]
        box = next((box for box in boxes if room.free(box)), None)
        if box is None:
            return False
        self.text.set_multialignment("left" if box[0] == left else "right")
        return room.put(self.text, box)


def _seen(text) -> bool:
    return bool(text.get_text()) and text.get_visible() and text.get_gid() != "break"


def _set_text(text, words) -> None:
    if text.get_text() != words:
        text.set_text(words)


def _reach(line, unit) -> float:
    """How far a line's markers reach from their middle, in pixels."""
    return (line.get_markersize() + line.get_markeredgewidth()) / 2 * unit * 100 / 72


def _finite(path) -> np.ndarray:
    """The points of a path that are numbers, not further away than a few screens."""
    return np.clip(path[np.isfinite(path).all(axis=1)], -2e4, 2e4)


def _dense(path, step) -> np.ndarray:
    """The same path with points at most `step` apart."""
    if len(path) < 2:
        return path
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    even = np.union1d(along, np.linspace(0, along[-1], int(along[-1] / step) + 2))
    return np.stack([np.interp(even, along, side) for side in path.T], axis=1)
