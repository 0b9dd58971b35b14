"""Recorders of the panels that train all positions of their sliders: `SweepLab` and its kin."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from helpers.data import Parts
from helpers.experiment import CURVES, Run
from helpers.panels.sweeps.bank import Position
from helpers.panels.sweeps.base import BankPanel
from helpers.panels.sweeps.boundary_lab import BoundaryLab
from helpers.panels.sweeps.decay_lab import DecayLab
from helpers.panels.sweeps.grid_lab import GridLab
from helpers.panels.sweeps.sweep_lab import SweepLab
from website.replay.film import Dial, keep, push
from website.replay.recording import Recording, record

Runs = dict[Position, list[Run]]

EPOCHS = 12  # at which a sweep is kept while it grows
FEW = 4  # the same where each epoch has to be trained once more, up to half of all
CELLS = 4  # the same of a grid, which has many positions


def some_epochs(whole: int, count: int = EPOCHS) -> list[int]:
    """Epochs up to the last one, closer together where curves bend most."""
    shares = (np.arange(1, count + 1) / count) ** 1.5
    return np.unique(np.maximum(1, np.round(whole * shares)).astype(int)).tolist()


def cut(run: Run, epochs: int) -> Run:
    """A run's curves as they were after some epochs; its weights stay those of the end."""
    curves = {name: getattr(run, name)[:epochs] for name in CURVES}
    broken = run.diverged
    return replace(run, **curves, diverged=broken if broken and broken.epoch <= epochs else None)


def cut_all(runs: Runs, epochs: Sequence[int]) -> dict[int, Runs]:
    """The runs of a panel as they were after some epochs, the last of all included, by epoch."""
    found = {
        end: {at: [cut(run, end) for run in row] for at, row in runs.items()} for end in epochs[:-1]
    }
    return found | {epochs[-1]: runs}


def train_again(runs: Runs, parts: Parts, epochs: Sequence[int]) -> dict[int, Runs]:
    """The runs of a panel as they were after some epochs, with their weights.

    Args:
        runs: Trained to the end.
        parts: Their rows.
        epochs: Ascending; the last one is the end of the runs, for which they are taken as given.
    """
    from helpers.training import Trainer

    trainer = Trainer([run.experiment for row in runs.values() for run in row], parts)
    found = {}
    for end in epochs[:-1]:
        trainer.advance(end - trainer.epoch)
        rest = iter(trainer.runs)
        found[end] = {at: [next(rest) for _ in row] for at, row in runs.items()}
    return found | {epochs[-1]: runs}


def grow(panel: BankPanel, history: Mapping[int, Runs], cost: int = 1) -> Dial:
    """The dial that shows a panel as it was after some epochs."""
    states = list(history.values())
    return Dial.of_epochs(list(history), lambda index: panel.show_runs(states[index]), cost)


def trained(panel: BankPanel) -> Runs:
    """The runs of a panel, after training what is not trained."""
    panel.train()
    panel.wait()
    return panel.runs


@record.register
def record_sweep(panel: SweepLab) -> Recording:
    """Keep a sweep at all positions, with both metrics, as it grows."""
    history = cut_all(trained(panel), some_epochs(panel.base.epochs))
    dials = [Dial.of_slider(panel.slider), grow(panel, history), _metric(panel)]
    return keep(panel, _title(panel), dials)


@record.register
def record_boundary(panel: BoundaryLab) -> Recording:
    """Keep the surfaces of all positions, with both metrics and kinds of rows, at a few epochs."""
    runs, epochs = trained(panel), _few(panel.base.epochs)
    history = train_again(runs, panel.parts, epochs)
    rows = Dial.of_choice("shown are", panel.rows)
    dials = [Dial.of_slider(panel.slider), grow(panel, history, cost=3), _metric(panel), rows]
    return keep(panel, _title(panel), dials)


@record.register
def record_decay(panel: DecayLab) -> Recording:
    """Keep both optimizers at all positions, with both metrics, at a few epochs."""
    runs, epochs = trained(panel), _few(panel.base.epochs)
    history = train_again(runs, panel.parts, epochs)
    dials = [Dial.of_slider(panel.slider), grow(panel, history), _metric(panel)]
    return keep(panel, f"Adam with L2 against AdamW on {panel.parts.source.name}", dials)


@record.register
def record_grid(panel: GridLab) -> Recording:
    """Keep all cells of a grid, as it grows."""
    history = cut_all(trained(panel), some_epochs(panel.base.epochs, CELLS))
    sliders = [Dial.of_slider(getattr(panel, name)) for name in (panel.x, panel.y)]
    dials = [*sliders, grow(panel, history)]
    x, y = (dial.control.name for dial in sliders)
    title = f"{x} and {y}: all pairs, trained on {panel.parts.source.name}"
    return keep(panel, title, dials, [push("Go to ★", panel, dials, panel.go_to_lowest)])


def _metric(panel: SweepLab) -> Dial:
    return Dial.of_choice("curves of", panel.metric)


def _few(whole: int) -> list[int]:
    return [*some_epochs(max(1, whole // 2), FEW - 1), whole]


def _title(panel: SweepLab) -> str:
    label = panel.slider.hyperparameter.label
    return f"{label}: {len(panel.positions)} positions, trained on {panel.parts.source.name}"
