"""Least squares with two weights, and its exact solutions under L1 and L2 penalties."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from helpers.reference import soft_threshold

ROWS = 64
NOISE = 0.5  # standard deviation of what no weights can explain
_CIRCLE, _RAYS = (
    np.column_stack([np.cos(turn), np.sin(turn)])
    for turn in (np.linspace(0, 2 * np.pi, 73), np.linspace(0, 2 * np.pi, 97))
)  # the rays hold the corners of the diamond


class Penalty(NamedTuple):
    """A penalty λ (share Σ|w| + (1 - share) Σw²), and how it is written."""

    name: str
    share: float
    formula: str

    def size(self, w) -> float:
        """What λ multiplies, of weights (2,)."""
        w = np.asarray(w, float)
        return float(self.share * np.abs(w).sum() + (1 - self.share) * (w**2).sum())

    def outline(self, size: float) -> np.ndarray:
        """The weights whose penalty is as large as `size`: (points, 2), closed."""
        straight, square = self.share * np.abs(_RAYS).sum(axis=1), 1 - self.share
        if square == 0:
            radius = size / straight
        else:  # the positive root of square * r**2 + straight * r = size
            root = np.sqrt(straight**2 + 4 * square * size)
            radius = 2 * size / (straight + root) if size else np.zeros(len(_RAYS))
        return radius[:, None] * _RAYS


@dataclass(frozen=True)
class QuadraticLoss:
    """The mean squared error of two weights, (w - best) · a (w - best) + floor.

    Attributes:
        a: (2, 2), the mean of x xᵀ over rows.
        best: (2,), where the data loss is lowest.
        floor: The data loss there.
    """

    a: np.ndarray
    best: np.ndarray
    floor: float

    @classmethod
    def of(cls, x, y) -> Self:
        """The loss mean((y - x w)**2).

        Args:
            x: (rows, 2), of rank 2.
            y: (rows,).
        """
        a, b = x.T @ x / len(x), x.T @ y / len(x)
        best = np.linalg.solve(a, b)
        return cls(a, best, float(np.mean((y - x @ best) ** 2)))

    def loss(self, w) -> np.ndarray:
        """The data loss of weights: (..., 2) to (...)."""
        off = np.asarray(w) - self.best
        return np.einsum("...i,ij,...j->...", off, self.a, off) + self.floor

    def contour(self, loss: float) -> np.ndarray:
        """The weights whose data loss is `loss`: (points, 2), an ellipse, closed."""
        values, vectors = np.linalg.eigh(self.a)
        radii = np.sqrt(max(loss - self.floor, 0) / values)
        return self.best + (_CIRCLE * radii) @ vectors.T

    def solve(self, l1, l2) -> np.ndarray:
        """The weights with the lowest loss + l1 * sum|w| + l2 * sum w**2.

        Without `l1` the gradient 2 a (w - best) + 2 l2 w is set to 0. Else one weight after the
        other takes its best value, which is a soft threshold, until neither changes.

        Args:
            l1, l2: Numbers at least 0, or arrays (strengths,) of them.

        Returns:
            float64 (2,), or (strengths, 2).
        """
        l1, l2 = np.broadcast_arrays(np.asarray(l1, float), np.asarray(l2, float))
        b = self.a @ self.best
        w = np.linalg.solve(self.a + l2[..., None, None] * np.eye(2), b[:, None])[..., 0]
        on = l1 > 0
        w[on] = self._descend(w[on], b, l1[on] / 2, l2[on])
        return w

    def _descend(self, w, b, step, l2):
        """Coordinate descent; soft_threshold(v, step) is step * soft_threshold(v / step, 1)."""
        for _ in range(10_000):
            before = w.copy()
            for j in (0, 1):
                rest = b[j] - self.a[j, 1 - j] * w[:, 1 - j]
                w[:, j] = step * soft_threshold(rest / step, 1) / (self.a[j, j] + l2)
            if np.abs(w - before).max(initial=0) < 1e-14:
                break
        return w


def two_features(correlation: float, weights: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Rows whose least-squares weights are exactly `weights`; the same ones every time.

    Args:
        correlation: Of the two features, which have mean 0 and standard deviation 1.
        weights: (w1, w2).

    Returns:
        x, float64 (rows, 2), and y, float64 (rows,), of mean 0.
    """
    raw = np.column_stack([np.ones(ROWS), np.random.default_rng(0).normal(size=(ROWS, 3))])
    base = np.linalg.qr(raw)[0][:, 1:] * ROWS**0.5  # three columns of mean 0, uncorrelated
    other = correlation * base[:, 0] + (1 - correlation**2) ** 0.5 * base[:, 1]
    x = np.column_stack([base[:, 0], other])
    return x, x @ np.asarray(weights, float) + NOISE * base[:, 2]
