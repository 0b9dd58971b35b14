"""The rows of a part, and the seal of the test set."""

from dataclasses import dataclass

import numpy as np

from helpers.formatting import ordinal

# For which reasons the test rows with this fingerprint were opened since Python started.
OPENINGS: dict[str, list[str]] = {}


@dataclass(frozen=True, eq=False)
class Part:
    """Some rows of a table.

    Attributes:
        x: float32 (rows, features), standardised.
        y: int64 (rows,), the index into `Parts.classes`; of a regression float32 (rows,), the
            target standardised by `Parts.target`.
    """

    x: np.ndarray
    y: np.ndarray

    def __len__(self):
        return len(self.x)

    def __repr__(self):
        return f"Part({len(self)} rows, {self.x.shape[1]} features)"


class Sealed:
    """A test set that cannot be read by accident: only `open` gives it, and is counted.

    The count belongs to the rows: the same rows split off again, a copy and a pickle are the
    same seal. It lasts as long as the Python process (the notebook's kernel).

    Args:
        part: The test rows.
        fingerprint: The same for the same rows, and for no others.
        opened: Reasons for which they were opened elsewhere.
    """

    def __init__(self, part: Part, fingerprint: str, opened: tuple[str, ...] = ()):
        self._part, self._fingerprint = part, fingerprint
        self._opened = OPENINGS.setdefault(fingerprint, [])
        self._opened.extend(opened[len(self._opened) :])

    @property
    def opened(self) -> list[str]:
        """The reasons for which it was opened, in order."""
        return list(self._opened)

    def open(self, why: str) -> Part:
        """Give the test rows, and print that and why (in words) they were looked at.

        The honest number of openings is one, after the last choice was made.

        Raises:
            ValueError: If no reason is given or no row was left for a test.
        """
        if not isinstance(why, str) or not why.strip():
            raise ValueError(f"why={why!r}: must say in words what the test set is opened for")
        if not len(self._part):
            raise ValueError("test: holds 0 rows; ask for fewer training or validation rows")
        self._opened.append(why.strip())
        print(f"Test set opened ({ordinal(len(self._opened))} time): {why.strip()}")
        return self._part

    def __len__(self):
        return len(self._part)

    def __bool__(self):
        return True

    def __getattr__(self, name):
        sealed = "the test set is sealed: test.open(why) gives its rows, and is counted"
        raise AttributeError(sealed if name in ("x", "y") else name)

    def __reduce__(self):
        return Sealed, (self._part, self._fingerprint, tuple(self._opened))

    def __repr__(self):
        if not self._opened:
            return f"Sealed({len(self)} rows, never opened)"
        reasons = "; ".join(f"{n}. {why}" for n, why in enumerate(self._opened, start=1))
        return f"Sealed({len(self)} rows, opened for: {reasons})"
