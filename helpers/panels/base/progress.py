"""`Progress`: a bar for trainings that a cell waits for.

    runs = train(experiments, parts, progress=Progress("13 strengths × 5 seeds"))

Anything that reports how much of how much is done can be given one.
"""

import sys
import time

import ipywidgets as widgets

from helpers.formatting import duration
from helpers.panels.base.throttle import Throttle


class Progress(widgets.HBox):
    """A bar with the remaining time; shows itself when it is first called.

    Args:
        label: What is being done; stands before the bar.
    """

    def __init__(self, label: str):
        self.label, self.done, self.total = label, 0, 0
        self._shown, self._start = False, 0.0
        self._bar = widgets.FloatProgress(value=0, max=1, layout={"width": "240px"})
        self._words = widgets.Label()
        self._throttle = Throttle(self._update, rate=10, patience=0)
        name = widgets.Label(label, layout={"width": "auto"})
        super().__init__([name, self._bar, self._words], layout={"align_items": "center"})
        self.add_class("progress-row")

    def __call__(self, done: int, total: int) -> None:
        """Take note of how far it has come.

        Args:
            done, total: In the same unit, such as epochs summed over all networks.
        """
        if not self._start or done < self.done:
            self._start = time.monotonic()
        self.done, self.total = done, total
        if not self._shown:
            self._shown = True
            _display(self)
        self._throttle.request()
        if done >= total:
            self._throttle.flush()

    def _update(self) -> None:
        share = self.done / self.total if self.total else 1.0
        passed = time.monotonic() - self._start
        with self._bar.hold_sync(), self._words.hold_sync():
            self._bar.value, self._bar.bar_style = share, "success" if share >= 1 else ""
            if share >= 1:
                self._words.value = f"done in {duration(passed)}"
            else:
                left = f", {duration(passed * (1 / share - 1))} left" if share > 0.02 else ""
                self._words.value = f"{share:.0%}{left}"

    def _repr_mimebundle_(self, **kwargs):
        words = f"*{self.label}: a bar shows here how far it has come, while the cell runs.*"
        saved = {"text/plain": repr(self), "text/markdown": words}
        return dict(super()._repr_mimebundle_(**kwargs) or {}) | saved

    def __repr__(self):
        return f"Progress({self.label!r})"


def _display(widget) -> None:
    if "IPython" in sys.modules:
        from IPython import get_ipython
        from IPython.display import display

        if get_ipython() is not None:  # elsewhere it would print
            display(widget)
