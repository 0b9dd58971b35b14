"""`Predict`: commit to an answer before the curve appears, then compare.

    predict = Predict(
        "Dropout is switched on. What happens to the training loss?",
        ["it falls", "it rises", "nothing"],
        answer="it rises",
        explain={"it falls": "Masks make the task harder, not easier.", ...},
    )
    predict                             # as the last expression of a cell: asks
    predict.choose("it falls")          # what the button does: the answer is locked
    predict.reveal()                    # after the experiment

A cell that reveals before anything was chosen asks for an answer; it never fails. One that reveals
a chosen answer says so in its own output too, for the question may have scrolled out of sight.
"""

import html
from collections.abc import Mapping, Sequence

import ipywidgets as widgets

from helpers.drawing.axes import size_of
from helpers.formatting import with_code
from helpers.panels.base.panel import Panel, button, caught
from helpers.validation import check_choice


class Predict(Panel):
    """A question whose answer is locked before it is revealed.

    Args:
        question: What is asked.
        choices: At least two different answers, in the order shown.
        answer: The right one.
        explain: For each choice why it is right or wrong.
        size: "page", or "lecture" for a projector.

    Attributes:
        choice: The locked answer, or None.
        revealed: Whether the right answer has been shown.

    Raises:
        ValueError: If the answer is no choice, or a choice has no explanation.
    """

    def __init__(
        self,
        question: str,
        choices: Sequence[str],
        answer: str,
        explain: Mapping[str, str],
        *,
        size: str = "page",
    ):
        choices = tuple(choices)
        if len(choices) < 2 or len(set(choices)) < len(choices):
            raise ValueError(f"choices={choices!r}: must be at least two different answers")
        check_choice("answer", answer, choices)
        if set(explain) != set(choices):
            odd = sorted(set(explain) ^ set(choices))
            raise ValueError(f"explain: must explain exactly the choices, look at {odd!r}")
        size_of(size)
        self.question, self.choices = question, choices
        self.choice: str | None = None
        self.revealed = False
        self._answer, self._explain = answer, dict(explain)

        super().__init__(None, size)
        self.add_class("predict")
        self.options = widgets.RadioButtons(
            options=choices, value=None, layout={"width": "auto", "max_width": "100%"}
        )
        self.options.observe(self._picked, "value")
        lock, reveal = self._press(self._lock), self._press(self._reveal)
        tips = "It cannot be changed afterwards", "Show which answer is right, and why"
        self.lock_button = button("Lock in my answer", "lock", tips[0], lock, disabled=True)
        self.reveal_button = button("Reveal", "eye", tips[1], reveal, disabled=True)
        self.children = [
            self._page,
            widgets.HTML(f'<div class="question">{with_code(question)}</div>'),
            self.options,
            widgets.HBox([self.lock_button, self.reveal_button]).add_class("row"),
            self.status,
        ]

    def choose(self, choice: str) -> None:
        """Lock in an answer.

        Raises:
            ValueError: If it is no choice, or another answer is locked in already.
        """
        check_choice("choice", choice, self.choices)
        if self.choice is not None and choice != self.choice:
            raise ValueError(f"choice={choice!r}: {self.choice!r} is locked in already")
        self.choice = choice
        self.options.value = choice
        self.options.disabled = self.lock_button.disabled = True
        self.reveal_button.disabled = False
        if not self.revealed:
            self.say(f"Locked in: “{choice}”. Now see what happens, then reveal.")

    def reveal(self) -> None:
        """Say which answer is right, and why each is or is not; asks for one if there is none.

        The panel tells all; the chosen and the right answer are also printed.
        """
        self._reveal()
        if self.revealed:
            print(self._verdict(self.choice))
            for choice in dict.fromkeys([self.choice, self._answer]):
                print(f"{self._sign(choice)} {choice}: {self._explain[choice]}")

    def _reveal(self) -> None:
        if self.choice is None:
            self.say("Lock in an answer first: only then can the reveal tell you something.")
            return
        self.revealed = True
        self.reveal_button.disabled = True
        self._show_status(self.result(self.choice))

    def result(self, choice: str) -> str:
        """What is said when a choice is revealed, in HTML: the verdict, and why of each choice."""
        explained = "".join(self._explained(c, choice) for c in self.choices)
        return f"<div><b>{html.escape(self._verdict(choice))}</b><ul>{explained}</ul></div>"

    def _verdict(self, choice: str) -> str:
        if choice == self._answer:
            return f"Right: “{self._answer}”."
        return f"You said “{choice}”. It is “{self._answer}”."

    def _sign(self, choice: str) -> str:
        return "✓" if choice == self._answer else "✗"

    def _explained(self, choice: str, yours: str) -> str:
        right = choice == self._answer
        mine = " (your answer)" if choice == yours else ""
        return (
            f'<li class="{"right" if right else "wrong"}">{self._sign(choice)} '
            f"<b>{html.escape(choice)}</b>{mine}: {html.escape(self._explain[choice])}</li>"
        )

    @caught
    def _picked(self, change) -> None:
        if self.choice is None:
            self.lock_button.disabled = change["new"] is None

    def _lock(self) -> None:
        self.choose(self.options.value)

    def _saved(self, bundle):
        listed = "\n".join(f"- {choice}" for choice in self.choices)
        words = f"**{self.question}**\n\n{listed}\n\n*Run this cell (Shift+Enter) to answer.*"
        return dict(bundle or {}) | {"text/plain": repr(self), "text/markdown": words}, {}

    def __repr__(self):
        return f"Predict({self.question!r}, {len(self.choices)} choices)"
