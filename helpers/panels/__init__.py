"""Panels: what a learner touches. Names resolve when they are used.

    from helpers.panels import LiveLab, SweepLab        # loads no TensorFlow

A panel is a widget with a Python face: what the buttons and sliders do can be done from a cell.
"""

import importlib

_HOMES = {
    "Boundary": "boundary",
    "Geometry": "geometry",
    "Landscape": "landscape",
    "LiveLab": "live",
    "Masks": "masks",
    "Patience": "patience",
    "Predict": "predict",
    "Progress": "progress",
    "Stage": "stage",
    "SweepLab": "sweep",
}
__all__ = sorted(_HOMES)


def __getattr__(name):
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return __all__
