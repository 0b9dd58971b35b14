"""Panels that train every position of their sliders at once: sweep, grid, boundary."""
