"""Recorders of the panels that train all positions of their sliders: `SweepLab` and its kin."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from helpers.experiment import CURVES, Run
from helpers.panels.sweeps.base import BankPanel
from helpers.panels.sweeps.sweep_lab import SweepLab
from website.replay.recording import Control, Dial, Recording, film, record, save_picture

EPOCHS = 12  # at which a sweep that grows is kept


def some_epochs(whole: int, count: int = EPOCHS) -> list[int]:
    """Epochs up to the last one, closer together where curves bend most."""
    shares = (np.arange(1, count + 1) / count) ** 1.5
    return np.unique(np.maximum(1, np.round(whole * shares)).astype(int)).tolist()


def cut(run: Run, epochs: int) -> Run:
    """A run's curves as they were after some epochs; its weights stay those of the end."""
    curves = {name: getattr(run, name)[:epochs] for name in CURVES}
    broken = run.diverged
    return replace(run, **curves, diverged=broken if broken and broken.epoch <= epochs else None)


def epoch_dial(epochs: list[int], turn: Callable[[int], None]) -> Dial:
    """A dial that plays: it stands at the last epoch."""
    words = [f"epoch {epoch}" for epoch in epochs]
    return Dial(Control("after", "slider", words, len(words) - 1, plays=True), turn)


def trained(panel: BankPanel) -> dict:
    """The runs of a panel, after training what is not trained."""
    panel.train()
    panel.wait()
    return panel.runs


@record.register
def record_sweep(panel: SweepLab) -> Recording:
    """Keep a sweep at all positions and metrics, and as it grows."""
    runs = trained(panel)
    epochs = some_epochs(panel.base.epochs)

    def grow(index):
        end = epochs[index]
        panel.show_runs({at: [cut(run, end) for run in row] for at, row in runs.items()})

    dials = [
        Dial.of_slider(panel.slider),
        epoch_dial(epochs, grow),
        Dial.of_choice("curves of the", panel.metric),
    ]
    frames = film(panel, dials)
    label = panel.slider.hyperparameter.label
    title = f"{label}: {len(panel.positions)} positions, trained on {panel.parts.source.name}"
    controls = [dial.control for dial in dials]
    return Recording(title, controls, frames, save_picture(panel.live_figure))
