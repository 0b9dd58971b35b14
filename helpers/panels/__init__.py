"""Panels: what a learner touches. Names resolve when they are used.

    from helpers.panels import LiveLab, SweepLab        # loads no TensorFlow

A panel is a widget with a Python face: what the buttons and sliders do can be done from a cell.
"""

import importlib

_MODULES = {
    "BoundaryLab": "sweeps.boundary_lab",
    "DataLab": "own_data.data_lab",
    "DecayLab": "sweeps.decay_lab",
    "Draw": "concepts.draw",
    "DropoutLab": "concepts.dropout_lab",
    "GridLab": "sweeps.grid_lab",
    "LiveFigure": "figure.live_figure",
    "LiveLab": "live.live_lab",
    "MCDropoutLab": "concepts.mc_dropout_lab",
    "PenaltyLab": "concepts.penalty_lab",
    "Predict": "concepts.predict",
    "PredictNumber": "concepts.predict_number",
    "StoppingLab": "concepts.stopping_lab",
    "SweepLab": "sweeps.sweep_lab",
}
__all__ = sorted(_MODULES)


def __getattr__(name):
    if name in _MODULES:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return __all__
