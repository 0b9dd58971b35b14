"""`PenaltyLab`: why an L1 penalty sets weights to exactly 0 and an L2 penalty does not.

    geometry = PenaltyLab()
    geometry                            # as the last expression of a cell: shows it
    geometry.strength.value = 0.5       # λ of both penalties
    geometry.correlation.value = 0.8    # of the two features
    geometry.solutions                  # {"L1": weights, "L2": weights}, exact

Two weights, fitted by least squares: the data loss is quadratic, so its contours are ellipses and
the best weights under a penalty can be computed exactly. As in Keras the penalty, λ times the
sum of |w| or of w**2 with no factor 1/2, is added to the mean of the squared errors.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from helpers.drawing.axes import size_of
from helpers.experiment import Hyperparameter
from helpers.formatting import signed
from helpers.panels.base.panel import Panel, button, caught
from helpers.panels.base.slider import HyperparameterSlider
from helpers.panels.concepts.penalty_chart import NAMES, PenaltyChart, PenaltyState
from helpers.panels.concepts.quadratic import Penalty, QuadraticLoss, two_features

_KNOWN = (
    Penalty("L1", 1.0, "λ Σ|w|"),
    Penalty("L2", 0.0, "λ Σw²"),
    Penalty("elastic net", 0.5, "½ L1 + ½ L2"),
)
PENALTIES = {penalty.name: penalty for penalty in _KNOWN}
_STRENGTHS = tuple(round(0.05 * k, 2) for k in range(61))  # 0 to 3
_CORRELATIONS = tuple(round(0.1 * k, 1) for k in range(-9, 10))
_STRENGTH = Hyperparameter(
    "strength", "strength λ", "λ", 0, math.inf, True, _STRENGTHS, False, "l1({0}), l2({0})"
)
_CORRELATION = Hyperparameter(
    "correlation", "correlation x₁, x₂", "ρ", -0.99, 0.99, False, _CORRELATIONS, False, "{}"
)


class PenaltyLab(Panel):
    """Contours of the data loss, the shapes of two penalties, and where they touch.

    Args:
        strength: λ at first.
        correlation: Of the two features at first, above -0.99 and below 0.99.
        weights: Where the data loss is lowest, each from -2 to 2 and not 0.
        penalties: Two names of "L1", "L2" and "elastic net" (half of each).
        size: "page", or "lecture" for a projector.

    Attributes:
        strength, correlation: The `HyperparameterSlider`s.

    Raises:
        ValueError: If an argument is not as described.
    """

    def __init__(
        self,
        strength: float = 0.5,
        correlation: float = 0.3,
        weights: Sequence[float] = (0.5, 1.2),
        penalties: Sequence[str] = ("L1", "L2"),
        *,
        size: str = "page",
    ):
        if len(set(penalties)) != 2 or not set(penalties) <= set(PENALTIES):
            raise ValueError(f"penalties={penalties!r}: must be two of {', '.join(PENALTIES)}")
        weights = tuple(float(w) for w in weights)
        if len(weights) != 2 or not all(0 < abs(w) <= 2 for w in weights):
            raise ValueError(f"weights={weights!r}: must be two from -2 to 2, neither of them 0")
        self.weights = weights
        self.penalties = {name: PENALTIES[name] for name in penalties}
        spelling = _STRENGTH.spelling if tuple(penalties) == ("L1", "L2") else "λ = {}"
        self.strength = HyperparameterSlider(replace(_STRENGTH, spelling=spelling), strength)
        self.correlation = HyperparameterSlider(_CORRELATION, correlation)
        self._start = strength, correlation
        self._fit()

        shown = list(self.penalties.values())
        self.chart = PenaltyChart(size_of(size), shown, weights, _STRENGTHS[-1])
        super().__init__(self.chart.live_figure, size)
        press, tip = self._press, "Move λ to where a weight first becomes exactly 0"
        jump = press(self.show_first_zero)
        jump = button("First exact 0", "crosshairs", tip, jump, button_style="primary")
        back = button("Reset", "repeat", "Both sliders back to the start", press(self.reset))
        self.correlation.observe(self._fit, "value")
        self._watch(self.strength, self.correlation)
        self._arrange([self.strength, self.correlation], [jump, back], code=False)
        self._show()

    # What the buttons do -------------------------------------------------------------------

    def show_first_zero(self) -> None:
        """Set λ to the least at which a penalty gives an exact 0."""
        zeros = [z for z in self.first_zeros.values() if z is not None]
        if zeros:
            self.strength.value = float(np.ceil(min(zeros) * 1000) / 1000)

    def reset(self) -> None:
        """Set both sliders back to their first values."""
        self.strength.value, self.correlation.value = self._start

    # What can be read ----------------------------------------------------------------------

    @property
    def solutions(self) -> dict[str, np.ndarray]:
        """The best weights under each penalty: {name: float64 (2,)}."""
        return {name: self.solve(name, self.strength.value) for name in self.penalties}

    @property
    def first_zeros(self) -> dict[str, float | None]:
        """For each penalty the least λ up to 3 that makes a weight exactly 0; None without."""
        return dict(self._first_zeros)

    def solve(self, name: str, strength) -> np.ndarray:
        """The best weights under one of the penalties: float64 (2,), or (strengths, 2)."""
        share, strength = self.penalties[name].share, np.asarray(strength, float)
        return self.data_loss.solve(strength * share, strength * (1 - share))

    # What is shown -------------------------------------------------------------------------

    @caught
    def _fit(self, _=None) -> None:
        """Make the rows, and solve for every λ."""
        self.x, self.y = two_features(self.correlation.value, self.weights)
        self.data_loss = QuadraticLoss.of(self.x, self.y)
        at = np.array(_STRENGTHS)
        self.paths = at, {name: self.solve(name, at) for name in self.penalties}
        self._first_zeros = {name: self._find_first_zero(name) for name in self.penalties}

    def _find_first_zero(self, name: str) -> float | None:
        """Look along the path, then closer and closer around the place."""
        at, zero = self.paths[0], (self.paths[1][name] == 0).any(axis=1)
        if not zero.any():
            return None
        for _ in range(5):
            first = int(np.argmax(zero))
            at = np.linspace(at[max(first - 1, 0)], at[first], 33)
            zero = (self.solve(name, at) == 0).any(axis=1)
        return float(at[np.argmax(zero)])

    def _draw(self) -> list[str]:
        strength, solutions = self.strength.value, self.solutions
        self.chart.show(PenaltyState(self.data_loss, strength, solutions, *self.paths))
        if strength == 0:
            w1, w2 = (_spell(w) for w in self.data_loss.best)
            said = [f"λ = 0: no penalty, so both give the weights of least loss, {w1} and {w2}."]
        else:
            said = [f"λ = {strength:g}.", *map(self._describe, solutions, solutions.values())]
        for name, zero in self.first_zeros.items():
            if name == "L2":
                said.append("L2 gives no exact 0 at any λ.")
            elif zero is None:
                said.append(f"{name} gives no exact 0 up to λ = {_STRENGTHS[-1]:g}.")
            else:
                said.append(f"{name} gives an exact 0 from λ = {zero:.3g} on.")
        return said

    def _describe(self, name: str, w: np.ndarray) -> str:
        excess = float(self.data_loss.loss(w)) - self.data_loss.floor
        if not w.any():
            words = "both weights are exactly 0"
        elif w.all():
            words = f"w₁ = {_spell(w[0])}, w₂ = {_spell(w[1])}, neither is 0"
        else:
            zero = int(np.argmax(w == 0))
            words = f"{NAMES[zero]} is exactly 0, {NAMES[1 - zero]} = {_spell(w[1 - zero])}"
        return f"{name}: {words}; the data loss is {excess:.2f} above its least."

    def __repr__(self):
        return (
            f"PenaltyLab({' and '.join(self.penalties)}, λ = {self.strength.value:g}, "
            f"correlation {self.correlation.value:g})"
        )


def _spell(weight: float) -> str:
    return signed(weight, 3, tiny=True)
