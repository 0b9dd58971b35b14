"""Moves the controls of a panel through their positions and keeps what a page would be sent."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from helpers.panels.base.panel import Panel
from helpers.panels.base.slider import HyperparameterSlider
from helpers.panels.figure.live_figure import Sent
from website.replay.recording import Control, Recording, save_picture

Place = tuple[int, ...]  # an index of each dial's options


@dataclass(frozen=True)
class Dial:
    """A control of a recording, and how the panel is put where it stands.

    Attributes:
        control: The control.
        turn: Puts the panel at an index of its options.
        read: Gives the index at which the panel stands; -1 between the options.
        cost: What costs more to turn is turned less often.
    """

    control: Control
    turn: Callable[[int], None]
    read: Callable[[], int]
    cost: int = 0

    @classmethod
    def of_slider(cls, slider: HyperparameterSlider, values: Sequence[float] | None = None) -> Self:
        """Stand for a slider, at all its positions or at some and where it stands now."""
        places = sorted({*(slider.positions if values is None else values), slider.value})
        h = slider.hyperparameter
        start = places.index(slider.value)
        control = Control(h.label, "slider", [h.spell(place) for place in places], start)

        def turn(index):
            slider.value = places[index]

        def read():
            return places.index(slider.value) if slider.value in places else -1

        return cls(control, turn, read)

    @classmethod
    def of_choice(cls, name: str, chooser) -> Self:
        """Stand for a widget with `options` and an `index`; its pictures may have other stills."""
        words = [option if isinstance(option, str) else option[0] for option in chooser.options]

        def turn(index):
            chooser.index = index

        control = Control(name, "choice", words, chooser.index)
        return cls(control, turn, lambda: chooser.index, cost=2)

    @classmethod
    def of_attribute(cls, panel: Panel, name: str, values: Sequence) -> Self:
        """Stand for an attribute of a panel that is one of some values."""
        words = [str(value) for value in values]
        control = Control(name, "choice", words, values.index(getattr(panel, name)))
        return cls(
            control,
            lambda index: setattr(panel, name, values[index]),
            lambda: values.index(getattr(panel, name)),
            cost=2,
        )

    @classmethod
    def of_control(cls, control: Control) -> Self:
        """Stand for something that is not turned by itself: `show` looks where it stands."""
        return cls(control, lambda index: None, lambda: control.start)

    @classmethod
    def of_epochs(cls, epochs: Sequence[int], turn: Callable[[int], None], cost: int = 1) -> Self:
        """A slider that plays: it stands at the last epoch."""
        words, end = [f"epoch {epoch}" for epoch in epochs], len(epochs) - 1
        control = Control("after", "slider", words, end, plays=True)
        return cls(control, turn, lambda: end, cost)


def film(
    panel: Panel,
    dials: Sequence[Dial],
    same: Callable[[Place], Place] = lambda place: place,
    show: Callable[[Place], None] = lambda place: None,
) -> dict[Place, Sent]:
    """Keep what a page is sent at all positions of some dials, which stand as before afterwards.

    Args:
        panel: The panel.
        dials: Its dials.
        same: Gives, for a place, the one whose picture it has; most have their own.
        show: Called when all dials are turned.
    """
    order = sorted(range(len(dials)), key=lambda i: -dials[i].cost)
    ranges = [range(len(dial.control.options)) for dial in dials]
    stands: list[int | None] = [None] * len(dials)
    frames: dict[Place, Sent] = {}

    def go(place: Place) -> None:
        for i in order:
            if stands[i] != place[i]:
                dials[i].turn(place[i])
                stands[i] = place[i]
        show(place)
        panel.wait()

    try:
        for turned in itertools.product(*(ranges[i] for i in order)):
            place = tuple(turned[order.index(i)] for i in range(len(dials)))
            if same(place) == place:
                go(place)
                frames[place] = panel.live_figure.sent()
    finally:
        go(tuple(dial.control.start for dial in dials))
    return {place: frames[same(place)] for place in itertools.product(*ranges)}


def push(name: str, panel: Panel, dials: Sequence[Dial], action: Callable[[], None]) -> Control:
    """What a button of a panel does to its dials, which stand as before afterwards.

    Args:
        name: The words on it.
        panel: The panel.
        dials: Those that it sets.
        action: What it calls.

    Returns:
        A button that sets each dial that this puts at one of its positions.
    """
    before = [dial.read() for dial in dials]
    action()
    panel.wait()
    after = [dial.read() for dial in dials]
    for dial, index in zip(dials, before, strict=True):
        if dial.read() != index:
            dial.turn(index)
    panel.wait()
    sets = {d.control.name: at for d, at in zip(dials, after, strict=True) if at >= 0}
    return Control(name, "button", [name], sets=sets)


def keep(
    panel: Panel,
    title: str,
    dials: Sequence[Dial],
    buttons: Sequence[Control] = (),
    same: Callable[[Place], Place] = lambda place: place,
    show: Callable[[Place], None] = lambda place: None,
) -> Recording:
    """Record a panel with these dials; see `film` and `Recording`."""
    frames = film(panel, dials, same, show)
    saved = save_picture(panel.live_figure)
    return Recording(title, [*(dial.control for dial in dials), *buttons], frames, saved)
