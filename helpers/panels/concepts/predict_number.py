"""`PredictNumber`: commit to a number before it is measured, then compare.

    guess = PredictNumber("What will `val_loss` be after one epoch?", 0, 3, unit="nats",
                          marks={"baseline": 0.65})
    guess                               # as the last expression of a cell: asks
    guess.choose(0.7)                   # what the button does: the guess is locked
    guess.reveal(history["val_loss"][0])    # after the experiment

A cell that reveals before a number was locked asks for one; it never fails and prints nothing.
"""

import html
from collections.abc import Mapping
from pathlib import Path

import ipywidgets as widgets

from helpers.drawing.axes import size_of
from helpers.formatting import signed, with_code
from helpers.panels.base.panel import Panel, button, caught
from helpers.validation import check_int, check_number

_CSS = Path(__file__).with_name("number_line.css").read_text(encoding="utf-8")
_CLOSE = 0.03  # of the scale: nearer than this is called close


class PredictNumber(Panel):
    """A question whose answer is a number, guessed on a scale before it is revealed.

    Args:
        question: What is asked.
        low, high: Both ends of the scale.
        unit: Of the number; "%" for per cent, "" for none.
        marks: {name: number} of what the guess can be compared with, such as a baseline.
        decimals: How many are shown; as many as the scale needs if None.
        size: "page", or "lecture" for a projector.

    Attributes:
        guess: The locked number, or None.
        value: What was revealed, or None.

    Raises:
        ValueError: If the scale is empty, or a mark lies outside.
    """

    def __init__(
        self,
        question: str,
        low: float,
        high: float,
        *,
        unit: str = "",
        marks: Mapping[str, float] | None = None,
        decimals: int | None = None,
        size: str = "page",
    ):
        size_of(size)
        low = check_number("low", low)
        high = check_number("high", high, low, low_allowed=False)
        if decimals is None:
            decimals = 2 if high - low <= 10 else 0
        self.low, self.high, self.unit = low, high, unit
        self.decimals = check_int("decimals", decimals, 0, 6)
        self.marks = {
            name: check_number(f"marks[{name!r}]", mark, low, high)
            for name, mark in (marks or {}).items()
        }
        self.question = question
        self.guess: float | None = None
        self.value: float | None = None

        super().__init__(None, size)
        self.add_class("predict")
        self._slider = widgets.FloatSlider(
            low, min=low, max=high, step=10.0**-self.decimals, readout=False,
            layout={"width": "auto", "margin": "0"},
        )  # fmt: skip
        self._reading = widgets.Label("not set yet").add_class("slider-value")
        self._line = widgets.HTML()
        tip, lock = "It cannot be changed afterwards", self._press(self._lock)
        self.lock_button = button("Lock in my guess", "lock", tip, lock, disabled=True)
        name = widgets.Label("your guess").add_class("slider-name")
        box = widgets.VBox([self._slider, self._line]).add_class("guess-box")
        self._slider.observe(self._moved, "value")
        self.children = [
            self._page,
            widgets.HTML(f'<div class="question">{with_code(question)}</div>'),
            widgets.HBox([name, box, self._reading]).add_class("slider-row"),
            widgets.HBox([self.lock_button]).add_class("row"),
            self.status,
        ]
        self._show()

    def choose(self, guess: float) -> None:
        """Lock in a guess.

        Raises:
            ValueError: If it lies outside the scale, or another one is locked in already.
        """
        guess = check_number("guess", guess, self.low, self.high)
        if self.guess is not None and guess != self.guess:
            raise ValueError(f"guess={guess:g}: {self.guess:g} is locked in already")
        self.guess = guess
        self._slider.value = guess
        self._show()

    def reveal(self, value: float) -> None:
        """Say how far the guess is from the number; asks for a guess if there is none.

        A locked guess is compared in the cell's own output, too.

        Args:
            value: What came out; may lie outside the scale.

        Raises:
            ValueError: If it is no finite number.
        """
        self.value = check_number("value", value)
        self._show()
        for sentence in self.verdict(self.guess, self.value):
            print(sentence)

    @caught
    def _lock(self) -> None:
        self.choose(self._slider.value)

    def _show(self) -> None:
        touched = self.guess is not None or self._slider.value != self.low
        self._slider.disabled = self.guess is not None
        self.lock_button.disabled = self.guess is not None or not touched
        self._reading.value = self.spell(self._slider.value) if touched else "not set yet"
        line = self.number_line(self.guess, self.value)
        self._line.value = f"<style>{_CSS}</style>{line}"
        verdict = self.verdict(self.guess, self.value)
        if verdict:
            self._show_status("".join(f"<div>{html.escape(words)}</div>" for words in verdict))
        elif self.guess is not None:
            self.say(f"Locked in: {self.spell(self.guess)}. Run the next cells to compare.")
        elif self.value is not None:
            self.say("Lock in a guess first: then the number is shown, and how far off you are.")
        else:
            self.say("Move the slider, then lock in your guess.")

    def verdict(self, guess: float | None, value: float | None) -> list[str]:
        """Sentences about a guess and the number; none while one is missing."""
        if guess is None or value is None:
            return []
        off = guess - value
        said = f"You said {self.spell(guess)}; it is ≈ {self.spell(value)}"
        if abs(off) <= _CLOSE * (self.high - self.low):
            words = [f"{said}: close, ≈ {self._far(off)} off."]
        else:
            words = [f"{said}: ≈ {self._far(off)} too {'low' if off < 0 else 'high'}."]
        for name, mark in self.marks.items():
            expected, real = self._beside(guess - mark), self._beside(value - mark)
            words.append(
                f"Compared with {name} ({self.spell(mark)}): you expected it {expected}, it is "
                f"{real}."
            )
        return words

    def _beside(self, off: float) -> str:
        if round(abs(off), self.decimals) == 0:
            return "equal"
        return f"≈ {self._far(off)} {'above' if off > 0 else 'below'}"

    def _far(self, off: float) -> str:
        return self.spell(abs(off), " points" if self.unit == "%" else None)

    def spell(self, value: float, unit: str | None = None) -> str:
        """A number of the scale in words, with its unit."""
        unit = (f" {self.unit}" if self.unit else "") if unit is None else unit
        return signed(value, self.decimals) + unit

    def number_line(self, guess: float | None, value: float | None) -> str:
        """The scale below the slider in HTML, with a row for each mark, for guess and number."""
        rows = [("mark", f"{name} {self.spell(mark)}", mark) for name, mark in self.marks.items()]
        if guess is not None:
            rows.append(("mark guess", f"your guess {self.spell(guess)}", guess))
            if value is not None:
                rows.append(("mark real", f"it is ≈ {self.spell(value)}", value))
        ends = "".join(f"<span>{self.spell(end)}</span>" for end in (self.low, self.high))
        marks = "".join(self._draw_mark(*row) for row in rows)
        return f'<div class="number-line"><div class="ends">{ends}</div>{marks}</div>'

    def _draw_mark(self, kind: str, words: str, value: float) -> str:
        share = 100 * (value - self.low) / (self.high - self.low)
        if not 0 <= share <= 100:
            words = f"{words} ▶" if share > 100 else f"◀ {words}"
        share = min(100.0, max(0.0, share))
        # words stand on the side with more room
        move = f"margin-left:{share:.1f}%"
        if share > 50:
            move = f"margin-left:{share:.1f}%;transform:translateX(-100%)"
        side = "right:0" if share > 50 else "left:0"
        return (
            f'<div class="{kind}"><span style="{move}"><i style="{side}"></i>'
            f"{html.escape(words)}</span></div>"
        )

    def _saved(self, bundle):
        ends = f"from {self.spell(self.low)} to {self.spell(self.high)}"
        marks = "".join(f"\n- {name}: {self.spell(mark)}" for name, mark in self.marks.items())
        words = f"**{self.question}** ({ends})\n{marks}\n\n*Run this cell (Shift+Enter) to answer.*"
        return dict(bundle or {}) | {"text/plain": repr(self), "text/markdown": words}, {}

    def __repr__(self):
        ends = f"{self.spell(self.low)} to {self.spell(self.high)}"
        return f"PredictNumber({self.question!r}, {ends})"
