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
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Self

from PIL import Image

from helpers.panels.base.panel import Panel
from helpers.panels.base.slider import HyperparameterSlider
from helpers.panels.figure.live_figure import LiveFigure, Sent
from website.replay.packing import Packer

COMMAND = (
    "Recorded: this page shows what was trained before. To train networks of your own, install the "
    "course and start it with: jupyter lab notebooks/00-start-here.ipynb"
)
_SAVED_COLORS = 64


class NotRecorded(TypeError):
    """There is no recorder for a class of panels."""


@dataclass(frozen=True)
class Control:
    """A control of a panel, as a page shows it.

    Attributes:
        name: What it sets, in words.
        kind: "slider", "choice" or "button".
        options: The values where it can stand, as the panel spells them; of a button its words.
        start: Where it stands at first, an index of `options`.
        plays: Of a slider: whether a button moves it from start to end.
        sets: Of a button: {name of a control: index}.
    """

    name: str
    kind: str
    options: Sequence[str]
    start: int = 0
    plays: bool = False
    sets: Mapping[str, int] = field(default_factory=dict)

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
        command: What the page cannot do, and how to start the real course.
    """

    title: str
    controls: Sequence[Control]
    frames: dict[tuple[int, ...], Sent]
    saved: bytes
    command: str = COMMAND

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
        size = self.frames[self.start].size
        return fragment(id, self.title, self.pack(), self.command, self.saved, self.says, size)


def fragment(
    id: str,
    title: str,
    data: str,
    command: str,
    saved: bytes = b"",
    says: str = "",
    size: Sequence[int] = (0, 0),
) -> str:
    """The element that `replay.js` brings to life.

    Args:
        id: Of the element.
        title: What a screen reader calls it.
        data: As `Packer.pack` gives it.
        command: What the page cannot do.
        saved: PNG for print and for pages without JavaScript; may be empty.
        says: What it shows, in words.
        size: Its width and height in CSS pixels.
    """
    picture = ""
    if saved:
        code = base64.b64encode(saved).decode("ascii")
        picture = (
            f'<img class="replay-saved dark-light" width="{size[0]}" height="{size[1]}" '
            f'alt="{html.escape(says)}" src="data:image/png;base64,{code}">\n'
        )
    return (
        f'<figure class="replay lab" id="{html.escape(id)}" aria-label="{html.escape(title)}">\n'
        f"{picture}"
        f'<figcaption class="replay-command">{html.escape(command)}</figcaption>\n'
        f'<script type="application/octet-stream" class="replay-data">{data}</script>\n'
        "</figure>"
    )


@functools.singledispatch
def record(panel) -> Recording:
    """Record a panel at all positions of its controls, which stand as before afterwards.

    Args:
        panel: A panel; what has to be trained is trained first, if it was not.

    Raises:
        NotRecorded: If there is no recorder for the panel's class.
    """
    raise NotRecorded(f"{type(panel).__name__}: no recorder knows such a panel")


def save_picture(live_figure: LiveFigure, scale: float = 2) -> bytes:
    """The whole picture with few colours, as PNG: for print."""
    out = io.BytesIO()
    picture = Image.open(io.BytesIO(live_figure.png(scale))).convert("RGB")
    picture = picture.quantize(_SAVED_COLORS, Image.Quantize.MEDIANCUT, dither=0)
    picture.save(out, "png", optimize=True)
    return out.getvalue()


@dataclass
class Dial:
    """A control and what puts the panel at an index of its options."""

    control: Control
    turn: Callable[[int], None]

    @classmethod
    def of_slider(cls, slider: HyperparameterSlider) -> Self:
        """Stand for a slider of a panel."""
        spelled = [slider.hyperparameter.spell(p) for p in slider.positions]
        start = slider.positions.index(slider.value)
        control = Control(slider.hyperparameter.label, "slider", spelled, start)
        return cls(control, lambda index: setattr(slider, "value", slider.positions[index]))

    @classmethod
    def of_choice(cls, name: str, choice) -> Self:
        """Stand for a widget with `options` and an `index`."""
        words = [option if isinstance(option, str) else option[0] for option in choice.options]
        control = Control(name, "choice", words, choice.index)
        return cls(control, lambda index: setattr(choice, "index", index))


def film(panel: Panel, dials: Sequence[Dial]) -> dict[tuple[int, ...], Sent]:
    """Keep what a page is sent at all positions of some dials, which stand as before afterwards.

    What takes longest to turn is turned least: choices, then what plays, then sliders.
    """
    costs = [(dial.control.kind == "slider") + (not dial.control.plays) for dial in dials]
    order = sorted(range(len(dials)), key=costs.__getitem__)
    lengths = [len(dial.control.options) for dial in dials]
    stands: list[int | None] = [None] * len(dials)
    frames = {}

    def go(place: Sequence[int]) -> None:
        for i in order:
            if stands[i] != place[i]:
                dials[i].turn(place[i])
                stands[i] = place[i]
        panel.wait()

    try:
        for turned in itertools.product(*(range(lengths[i]) for i in order)):
            place = tuple(turned[order.index(i)] for i in range(len(dials)))
            go(place)
            frames[place] = panel.live_figure.sent()
    finally:
        go([dial.control.start for dial in dials])
    return frames


def plain(code: str) -> str:
    """HTML without its tags, as words."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", code)).split())
