"""`Draw`: draw the curve that you expect before the real one appears, then compare.

    draw = Draw("What will the validation loss do?", x=(1, 100), y=(0, 1.5))
    draw                                # as the last expression of a cell: asks
    draw.sketch("validation", [1, 30, 100], [0.7, 0.4, 0.4])    # what pointer and keys do
    draw.lock()                         # what the button does
    draw.reveal(epochs, losses)         # after the experiment, as the last line of its cell

People who draw what they expect, and are then shown the difference, remember the data better (Kim,
Reinecke and Hullman 2017, https://doi.org/10.1145/3025453.3025592).
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Mapping, Sequence

import ipywidgets as widgets
import numpy as np

from helpers.drawing.axes import size_of
from helpers.drawing.curves import QUANTITIES, stacked
from helpers.experiment import Run
from helpers.formatting import listed, with_code
from helpers.panels.base.panel import Panel, button, caught, choice
from helpers.panels.base.worker import Worker
from helpers.panels.concepts.draw_axes import Across, Curve, Facts, Up, compare_in_words, facts_of
from helpers.panels.concepts.draw_chart import SIZES, DrawChart, headed
from helpers.panels.concepts.pencil import COLUMNS, Pencil
from helpers.panels.concepts.shapes import SHAPES
from helpers.validation import check_choice, is_number

LEAST_DRAWN = 0.5  # of the axis: with less there is no shape to speak of
_FRAMES, _PAUSE = 30, 0.04  # how the real curves grow
HOW = (
    "Draw the curve that you expect: drag with a pointer or a finger, or move to the axes with "
    "Tab and use the arrow keys."
)


class Draw(Panel):
    """Empty axes on which a curve is drawn and locked before the real one is revealed.

    Five shapes are typical of losses, gaps and accuracies, and for each pair of them the panel
    says what the difference suggests: "falls and flattens", "falls, then rises", "rises and
    flattens", "stays flat" and "keeps falling". Less typical ones are named, too.

    Args:
        question: What is asked.
        x: Both ends of the horizontal axis, or all values that are tried, ascending.
        y: Both ends of the vertical axis.
        x_label, y_label: Of the axes; the unit is added. With unit "%" runs are asked for their
            accuracy, with "R²" in `y_label` for that, else for their loss.
        x_name: What sentences call x, if not as its axis does.
        unit: Of y; "%" for per cent, "" for none.
        curves: The names of one or more curves: "training", "validation", "test", "penalty" and
            those that begin so look as everywhere in the course.
        log: Whether the horizontal axis is logarithmic; a tried value of 0 stands at its left.
        answer: The shape of the real curve, or {curve: shape}; found from the curve if None.
        explain: {shape that was drawn: sentence}, instead of the panel's own.
        size: "page", or "lecture" for a projector.

    Attributes:
        across, up: The axes.
        pencil: What draws on a page.
        locked: Whether the drawing is locked.

    Raises:
        ValueError: If an argument is not as described.
    """

    def __init__(
        self,
        question: str,
        x: Sequence[float],
        y: Sequence[float],
        *,
        x_label: str = "epoch",
        y_label: str = "data loss",
        x_name: str | None = None,
        unit: str = "nats",
        curves: str | Sequence[str] = "validation",
        log: bool = False,
        answer: str | Mapping[str, str] | None = None,
        explain: Mapping[str, str] | None = None,
        size: str = "page",
    ):
        size_of(size)
        self.curves = (curves,) if isinstance(curves, str) else tuple(curves)
        if not self.curves or len(set(self.curves)) < len(self.curves) or "" in self.curves:
            raise ValueError(f"curves={curves!r}: must be one name, or several different ones")
        x, y = _check_ascending("x", x, 2, 0 if log else None), _check_ascending("y", y, 2)
        if len(y) > 2 or (log and sum(v > 0 for v in x) < 2):
            raise ValueError(f"x={x!r}, y={y!r}: must have two ends, above 0 if `log`")
        answers = dict.fromkeys(self.curves, answer) if isinstance(answer, str) else answer
        self._answers, self._explain = dict(answers or {}), dict(explain or {})
        for name in self._answers:
            check_choice("answer", name, self.curves)
        for name in (*self._answers.values(), *self._explain):
            check_choice("shape", name, SHAPES)

        self.question, self.unit, self.locked = question, unit, False
        self.across, self.up = Across(x, log, x_name or x_label), Up(y, unit)
        self._of_score = "R²" in y_label
        labels = x_label, f"{y_label} ({unit})" if unit else y_label
        self.chart = DrawChart(SIZES[size], self.across, self.up, labels, self.curves)
        self._whole = self.across.span(*self.across.columns[[0, -1]])
        self._axes_words = f"Axes of {labels[1]} against {x_label}, {self._whole}."
        self._real: dict[str, Curve] = {}
        self._shown = self._seen = self._calm = False  # asked to show; a page is there; no motion
        self._grown = 0.0

        super().__init__(self.chart.live_figure, size)
        self.add_class("predict")
        self._worker = Worker(self._grow, self._rest)
        self.pencil = Pencil(
            value=[[None] * COLUMNS for _ in self.curves],
            names=list(self.curves),
            strokes=self.chart.strokes,
            axes=self.live_figure.children[0].axes[0],
            size=self.live_figure.children[0].size,
            unit=unit,
            words=f"{question} {self._axes_words}",
        )
        self.pencil.on_msg(self._hear)
        self._which = choice(self.curves, self.curves[0])
        self._which.observe(self._take_up, "value")
        press = self._press
        tip, lock = "It cannot be changed afterwards", press(self.lock)
        self.lock_button = button("Lock my curve", "lock", tip, lock, button_style="primary")
        self._clear_button = button("Clear", "eraser", "Draw again", press(self.clear))
        self._show_button = button(
            "Show it", "eye", "Show the real curve, also without a drawing", press(self.show)
        )
        self._watch(self.pencil)
        row = [self.lock_button, self._clear_button, self._show_button]
        self.children = [
            self._page,
            widgets.HTML(f'<div class="question">{with_code(question)}</div>'),
            widgets.HBox(([self._which] if len(self.curves) > 1 else []) + row).add_class("row"),
            self.live_figure,
            self.pencil,
            self.status,
        ]
        self._show()

    # What pointer, keys and buttons do -----------------------------------------------------

    def sketch(self, curve: str, x: Sequence[float], y: Sequence[float]) -> None:
        """Draw a curve as straight lines between points; it replaces what was drawn.

        Args:
            curve: Its name.
            x, y: The points, x ascending.

        Raises:
            ValueError: If there is no such curve, the points are not as described or lie outside
                the axes, or the drawing is locked.
        """
        check_choice("curve", curve, self.curves)
        x, y = _check_ascending("x", x, 1), [float(v) for v in y]
        places, columns, up = self.across.place(x), self.across.columns, self.up
        if len(x) != len(y) or not all(up.low <= v <= up.high for v in y):
            raise ValueError(f"y={y!r}: must be {len(x)} values from {up.low:g} to {up.high:g}")
        if not all(columns[0] - 1e-9 <= place <= columns[-1] + 1e-9 for place in places):
            raise ValueError(f"x={x!r}: must lie on the axis, {self._whole}")
        if not self.pencil.active:
            raise ValueError(f"curve={curve!r}: the drawing is locked")
        step = columns[1] - columns[0]
        inside = (columns >= places[0] - step / 2) & (columns <= places[-1] + step / 2)
        share = up.share(np.interp(columns, places, y))
        drawn = [round(float(s), 4) if i else None for s, i in zip(share, inside, strict=True)]
        self.pencil.value = [
            drawn if name == curve else old
            for name, old in zip(self.curves, self.pencil.value, strict=True)
        ]

    def lock(self) -> None:
        """Lock the drawing; does nothing but say so while it is not complete."""
        if self._missing:
            self._tell([f"Draw at least half of the axis: {listed(self._missing)}."])
            return
        self.locked = True
        self._begin()

    def clear(self) -> None:
        """Wipe the drawing, unless it is locked or the real curve is seen."""
        if self.pencil.active:
            self.pencil.value = [[None] * COLUMNS for _ in self.curves]

    def show(self) -> None:
        """Show the real curve as soon as there is one, whether something was drawn or not."""
        self._shown = True
        self.locked = self.locked or not self._missing
        self._begin()

    def reveal(self, x, y=None) -> Draw:
        """Let the real curve grow over the drawing, and say where and by how much they differ.

        Without a locked drawing the panel asks for one, or for "Show it"; where no page shows the
        panel, as in a test of the notebook, it shows the real curve. Make this the last line
        of a cell: the panel is then shown there once more, with what was drawn.

        Args:
            x: The values along the axis, ascending; or a run or runs, of which the mean is shown.
            y: The real curve at them; for several curves {name: values}.

        Returns:
            The panel.

        Raises:
            ValueError: If the curves are not as described.
        """
        real = self._read_runs(x) if y is None else self._read(x, y)
        with self.live_figure.lock:
            again, self._real = bool(self._real), real
            self._grown = self._grown if again else 0.0
        self._begin()
        return self

    # What can be read ----------------------------------------------------------------------

    @property
    def drawn(self) -> dict[str, np.ndarray]:
        """What was drawn: {curve: values at `places`, NaN before its first and after its last}."""
        found = {}
        for name, heights in zip(self.curves, self.pencil.value, strict=True):
            values = np.array([np.nan if h is None else h for h in heights], float)
            known = np.flatnonzero(np.isfinite(values))
            if len(known):
                every = np.arange(COLUMNS)
                values = np.interp(every, known, values[known], left=np.nan, right=np.nan)
                found[name] = self.up.at_share(values)
        return found

    def facts(self) -> dict[str, Facts]:
        """What there is to say of each real curve, whatever was drawn; empty without them."""
        return {
            name: facts_of(self.across, self.up, real, self._answers.get(name), self._explain)
            for name, real in self._real.items()
        }

    @property
    def revealed(self) -> bool:
        """Whether the real curve is to be seen."""
        return bool(self._real) and (self.locked or self._shown or not self._seen)

    @property
    def _missing(self) -> list[str]:
        """The curves of which less than half the axis is drawn."""
        drawn = self.drawn
        shares = {
            name: np.isfinite(drawn.get(name, [np.nan])).sum() / COLUMNS for name in self.curves
        }
        return [name for name, share in shares.items() if share < LEAST_DRAWN]

    # The real curves -----------------------------------------------------------------------

    def _read(self, x, y) -> dict[str, Curve]:
        given = dict(y) if isinstance(y, Mapping) else {self.curves[0]: y}
        if set(given) != set(self.curves):
            raise ValueError(f"y: must have the curves {listed(self.curves)}, not {listed(given)}")
        x, found = _check_ascending("x", x, 2), {}
        for name, values in given.items():
            values = np.asarray(values, float)
            if values.shape != (len(x),):
                raise ValueError(f"{name}: must have {len(x)} values, as x, not {values.shape}")
            places = self.across.place(x)
            finite = np.isfinite(places) & np.isfinite(values)
            found[name] = places[finite], values[finite]
            if finite.sum() < 2:
                raise ValueError(f"{name}: must have at least two finite values on the axis")
        return found

    def _read_runs(self, runs) -> dict[str, Curve]:
        runs = [runs] if isinstance(runs, Run) else list(runs)
        epochs = min((run.epochs for run in runs), default=0)
        metric, factor = ("accuracy", 100) if self.unit == "%" else ("loss", 1)
        metric = "accuracy" if self._of_score else metric
        for name in self.curves:
            check_choice("curves", name, (*QUANTITIES, "gap"))

        def mean(role):
            return factor * stacked(runs, role, metric, epochs).mean(axis=0)

        values = {
            name: mean("validation") - mean("training") if name == "gap" else mean(name)
            for name in self.curves
        }
        return self._read(np.arange(1, epochs + 1), values)

    # What is shown -------------------------------------------------------------------------

    @caught
    def _hear(self, _, content, buffers) -> None:
        self._seen, self._calm = True, bool(content.get("calm"))
        self._grown = self._grown if self.revealed else 0.0
        self._show()

    @caught
    def _take_up(self, change) -> None:
        self.pencil.curve = self.curves.index(change["new"])

    def _begin(self) -> None:
        """Let the curves grow where a page shows it, and show them whole at once elsewhere."""
        if self.revealed and self._grown < 1:
            if self._seen and not self._calm:
                self._worker.start()
            else:
                self._grown = 1.0
        self._show()

    def _grow(self) -> bool:
        with self.live_figure.lock:
            self._grown = 1.0 if self._worker.hurried else min(1.0, self._grown + 1 / _FRAMES)
        self._show()
        self._worker.sleep(_PAUSE)
        return self._grown < 1

    def _rest(self, problem: BaseException | None) -> None:
        if problem is not None:
            self.fail(problem)

    def _draw(self) -> None:
        visible, missing = self.revealed, self._missing
        self.pencil.active = not (self.locked or visible)
        self._which.disabled = self._clear_button.disabled = not self.pencil.active
        self.lock_button.disabled = not self.pencil.active or bool(missing)
        self._show_button.disabled = visible or not self._real
        self.chart.show(self.drawn, self._real if visible else {}, self._grown)
        if self.error is None:
            self._tell(self._result() if visible else self._ask(missing))

    def _ask(self, missing: list[str]) -> list[str]:
        if self.locked:
            return ["Your curve is locked. Run the next cells to see the real one."]
        said = ["Draw first, or press “Show it”."] if self._real else []
        if not missing:
            return [*said, "Lock your curve when it shows what you expect."]
        begun = set(self.drawn)
        return [*said, HOW if not begun else f"Still to draw: {listed(missing)}."]

    def _result(self) -> list[str]:
        if self._grown < 1:
            return ["The real curve is being drawn."]
        drawn, said = {} if self._missing else self.drawn, []
        for name, facts in self.facts().items():
            words = facts.what
            if drawn:
                words = compare_in_words(self.across, self.up, drawn[name], facts)
            one = len(self.curves) == 1
            said.append(words if one else f"{name.capitalize()}: {words[0].lower()}{words[1:]}")
        return said

    def _tell(self, sentences: list[str]) -> None:
        self._show_status("".join(f"<div>{html.escape(words)}</div>" for words in sentences))
        self.live_figure.says = " ".join([self.question, self._axes_words, *sentences])

    def _saved(self, bundle):
        with self.live_figure.lock:  # whole, as it will be
            grown, self._grown = self._grown, 1.0 if self._real else 0.0
            self._draw()
            data, more = super()._saved(bundle)
            self._grown = grown
            self._draw()
        return data | {"image/png": headed(data["image/png"], self.question)}, more

    def __repr__(self):
        return f"Draw({self.question!r}, {listed(self.curves)})"


def _check_ascending(name: str, values, least: int, low: float | None = None) -> list[float]:
    found = list(values) if np.iterable(values) else []
    fine = len(found) >= least and all(is_number(v) for v in found)
    if not fine or any(b <= a for a, b in itertools.pairwise(found)):
        raise ValueError(f"{name}={values!r}: must be at least {least} numbers, ascending")
    if low is not None and found[0] < low:
        raise ValueError(f"{name}={values!r}: a logarithmic axis cannot show what is below 0")
    return [float(v) for v in found]
