"""One small job for all tests of panels: its program is compiled once in a process."""

import functools
import time

from helpers.data import load, split
from helpers.experiment import Experiment

BASE = Experiment(hidden=(8,), epochs=20, learning_rate=1e-2)


@functools.cache
def parts():
    """64 training and 64 validation rows of `cells`."""
    return split(load("cells"), train=64, validation=64, seed=0)


def until(condition, seconds=60):
    """Wait until a condition holds; fails after so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)
