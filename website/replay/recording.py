"""What a page without a kernel needs to answer the controls of a panel.

    recording = record(panel)           # moves the panel's controls, and then back
    page.write(recording.to_html("sweep"))      # a fragment; `assets()` once in the page

`record` knows a class of panels by the recorder that is registered for it, in a module of this
package for each family.
"""

import base64
import functools
import html
import io
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Protocol

from PIL import Image

from helpers.panels.figure.live_figure import LiveFigure, Sent
from website.replay.packing import Packer

COMMAND = (
    "A recording: it answers its controls, but trains nothing new. To train networks of your own, "
    "install the course and start it: jupyter lab notebooks/00-start-here.ipynb"
)
_SAVED_COLORS = 64


class NotRecorded(TypeError):
    """There is no recorder for a class of panels."""


class Recorded(Protocol):
    """What a page needs of a panel."""

    def to_html(self, id: str) -> str:
        """A fragment of a page that has `assets()`, with this id."""


@dataclass(frozen=True)
class Control:
    """A control of a panel, as a page shows it.

    Attributes:
        name: What it sets, in words.
        kind: "slider", "choice" or "button".
        options: The values where it can stand, as the panel spells them; of a button its words.
        start: Where it stands at first, an index of `options`.
        plays: Of a slider: whether a button moves it from start to end.
        sets: What it sets besides itself: {name of a control: index}. Instead of an index, a pair
            of the name of another control and the indices for each of its positions.
    """

    name: str
    kind: str
    options: Sequence[str]
    start: int = 0
    plays: bool = False
    sets: Mapping[str, int | tuple[str, Sequence[int]]] = field(default_factory=dict)

    def __post_init__(self):
        if self.kind not in ("slider", "choice", "button"):
            raise ValueError(f"kind={self.kind!r}: must be slider, choice or button")
        if not 0 <= self.start < len(self.options):
            raise ValueError(
                f"start={self.start!r}: must be an index of {len(self.options)} options"
            )


@dataclass
class Recording:
    """The frames of a panel at the positions of its controls.

    Attributes:
        title: What a screen reader calls it.
        controls: In the order in which they are shown.
        frames: {a position of each slider and choice, in their order: what the page was sent}.
        saved: PNG for print and for pages without JavaScript.
    """

    title: str
    controls: Sequence[Control]
    frames: dict[tuple[int, ...], Sent]
    saved: bytes

    @property
    def says(self) -> str:
        """What the picture shows at first, in words."""
        return self.frames[self.start].says

    @property
    def start(self) -> tuple[int, ...]:
        """Where the sliders and choices stand at first."""
        return tuple(control.start for control in self._dials)

    @property
    def _dials(self) -> list[Control]:
        return [control for control in self.controls if control.kind != "button"]

    def pack(self) -> str:
        """All that `replay.js` needs, in base 64; see `packing`."""
        packer = Packer()
        places = itertools.product(*(range(len(control.options)) for control in self._dials))
        at = [packer.put_frame(self.frames[place]) for place in places]
        size = self.frames[self.start].size
        controls = [asdict(control) for control in self.controls]
        return packer.pack(kind="frames", size=size, controls=controls, at=at)

    def to_html(self, id: str) -> str:
        """A fragment of a page that has `assets()`.

        Args:
            id: Of the element; each once in a page.
        """
        saved = picture(self.saved, self.frames[self.start].size, self.says)
        return fragment(id, self.title, self.pack(), saved, COMMAND)


def picture(png: bytes, size: Sequence[int], says: str) -> str:
    """A picture as HTML: of `size` in CSS pixels, described by `says`."""
    code = base64.b64encode(png).decode("ascii")
    return (
        f'<img class="dark-light" width="{size[0]}" height="{size[1]}" '
        f'alt="{html.escape(says)}" src="data:image/png;base64,{code}">'
    )


def fragment(id: str, title: str, data: str, saved: str, command: str = "") -> str:
    """The element that `replay.js` brings to life.

    Args:
        id: Of the element.
        title: What a screen reader calls it.
        data: As `Packer.pack` gives it.
        saved: HTML for print and for pages without JavaScript.
        command: What the page cannot do, if anything.
    """
    about = f'<figcaption class="replay-command">{html.escape(command)}</figcaption>\n'
    return (
        f'<figure class="replay lab" id="{html.escape(id)}" aria-label="{html.escape(title)}">\n'
        f'<div class="replay-saved">{saved}</div>\n{about if command else ""}'
        f'<script type="application/octet-stream" class="replay-data">{data}</script>\n'
        "</figure>"
    )


@functools.singledispatch
def record(panel) -> Recorded:
    """Record a panel at all positions of its controls, which stand as before afterwards.

    Args:
        panel: A panel; what has to be trained is trained first, if it was not.

    Raises:
        NotRecorded: If there is no recorder for the panel's class.
    """
    raise NotRecorded(f"{type(panel).__name__}: no recorder knows such a panel")


def save_picture(live_figure: LiveFigure, scale: float = 1.5) -> bytes:
    """The whole picture with few colours, as PNG: for print."""
    out = io.BytesIO()
    picture = Image.open(io.BytesIO(live_figure.png(scale))).convert("RGB")
    picture = picture.quantize(_SAVED_COLORS, Image.Quantize.MEDIANCUT, dither=0)
    picture.save(out, "png", optimize=True)
    return out.getvalue()
