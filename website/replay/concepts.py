"""Recorders of the panels that explain one idea each, which train nothing."""

import bisect
import functools

import numpy as np

from helpers.panels.base.slider import HyperparameterSlider
from helpers.panels.concepts.dropout_lab import MOST, DropoutLab
from helpers.panels.concepts.mc_dropout_lab import MCDropoutLab
from helpers.panels.concepts.penalty_lab import PenaltyLab
from helpers.panels.concepts.stopping_lab import MONITORS, PRESETS, StoppingLab
from website.replay.film import Dial, Place, keep, push
from website.replay.recording import Control, Recording, record

PATIENCES = (*range(11), 12, 15, 20, 25, 30, 40, 50)
RATES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
MASKS = (*range(1, 21), 30, 50, 100, 200, 500, MOST)
STRENGTHS = 2  # every second strength of the penalties
PASSES = (5, 50, 200)
POINTS = 7  # along each feature


@record.register
def record_stopping(panel: StoppingLab) -> Recording:
    """Keep some patiences with all least improvements, both losses, both ends."""
    monitors = [name for name in MONITORS if _can_watch(panel, name)]
    dials = [
        Dial.of_slider(panel.patience, PATIENCES),
        Dial.of_slider(panel.min_delta),
        Dial.of_attribute(panel, "monitor", monitors),
        Dial.of_attribute(panel, "restore_best_weights", [True, False]),
    ]
    title = f"Early stopping of a run of {panel.run.epochs} epochs"
    buttons = [
        push(name, panel, dials[:2], functools.partial(panel.set, patience, 0.0))
        for name, patience in PRESETS.items()
    ]
    return keep(panel, title, dials, buttons)


@record.register
def record_dropout(panel: DropoutLab) -> Recording:
    """Keep a few dozen masks at several rates, both activations, and the prediction."""
    counts = sorted({*MASKS, len(panel.outputs)})

    def draw(index):
        more = counts[index] - len(panel.outputs)
        if more < 0:
            panel.clear()
            more = counts[index] - 1
        if more:
            panel.next(more)

    start = counts.index(len(panel.outputs))
    words = [f"{count} mask{'s' if count > 1 else ''}" for count in counts]
    masks = Control("drawn", "slider", words, start, plays=True)
    dials = [
        Dial.of_slider(panel.dropout, RATES),
        Dial(masks, draw, lambda: counts.index(len(panel.outputs)), cost=1),
        Dial.of_choice("hidden units", panel.kind),
        Dial.of_choice("phase", panel.phase),
    ]
    predict = panel.phase.options.index("predict")

    def same(place: Place) -> Place:
        rate, _, kind, phase = place
        return (rate, start, kind, phase) if phase == predict else place

    return keep(panel, "Dropout in a small network", dials, same=same)


@record.register
def record_mc_dropout(panel: MCDropoutLab) -> Recording:
    """Keep both maps for all rates and some numbers of passes, with a lattice of points."""
    dials = [
        Dial.of_slider(panel.dropout),
        Dial.of_slider(panel.passes, PASSES),
        Dial.of_slider(panel.first, _thin(panel.first, POINTS)),
        Dial.of_slider(panel.second, _thin(panel.second, POINTS)),
        Dial.of_choice("map", panel.map),
    ]
    return keep(panel, "Passes with dropout left on, in the plane", dials)


@record.register
def record_penalty(panel: PenaltyLab) -> Recording:
    """Keep every second strength with all correlations."""
    strengths = panel.strength.positions[::STRENGTHS]
    dials = [Dial.of_slider(panel.strength, strengths), Dial.of_slider(panel.correlation)]
    names = " and ".join(panel.penalties)
    buttons = [
        _first_zero(panel, *dials),
        push("Reset", panel, dials, panel.reset),
    ]
    return keep(panel, f"{names}: where two weights end", dials, buttons)


def _first_zero(panel: PenaltyLab, strength: Dial, correlation: Dial) -> Control:
    """The button that moves λ to the first kept strength at which a weight is exactly 0."""
    places = sorted({*panel.strength.positions[::STRENGTHS], panel.strength.value})
    before, found = panel.strength.value, []
    for index in range(len(correlation.control.options)):
        correlation.turn(index)
        panel.show_first_zero()
        found.append(min(bisect.bisect_left(places, panel.strength.value), len(places) - 1))
        panel.strength.value = before
    correlation.turn(correlation.control.start)
    sets = {strength.control.name: (correlation.control.name, found)}
    return Control("First exact 0", "button", ["First exact 0"], sets=sets)


def _thin(slider: HyperparameterSlider, count: int) -> list[float]:
    """So many of a slider's positions, evenly, both ends included."""
    places = slider.positions
    return [places[i] for i in np.round(np.linspace(0, len(places) - 1, count)).astype(int)]


def _can_watch(panel: StoppingLab, name: str) -> bool:
    before = panel.monitor
    try:
        panel.monitor = name
    except ValueError:
        return False
    panel.monitor = before
    return True
