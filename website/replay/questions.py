"""Recorders of the panels that ask: they work whole in a page, once what they compare is known."""

import html
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from helpers.formatting import with_code
from helpers.panels.base.panel import Panel
from helpers.panels.concepts.draw import HOW, LEAST_DRAWN, Draw
from helpers.panels.concepts.draw_axes import NEAR
from helpers.panels.concepts.pencil import COLUMNS
from helpers.panels.concepts.predict import Predict
from helpers.panels.concepts.predict_number import PredictNumber
from website.replay.packing import Packer
from website.replay.recording import fragment, picture, record, save_picture

_MOST = 1000  # positions of a slider for guesses
_PENCIL = ("names", "strokes", "axes", "size", "unit", "words")


@dataclass
class Question:
    """A panel that asks and compares in the page itself.

    Attributes:
        title: The question.
        data: As `Packer.pack` gives it.
        saved: HTML for print and for pages without JavaScript.
    """

    title: str
    data: str
    saved: str

    def to_html(self, id: str) -> str:
        """A fragment of a page that has `assets()`.

        Args:
            id: Of the element; each once in a page.
        """
        return fragment(id, self.title, self.data, self.saved)


def learned(panel: Panel) -> Hashable:
    """What a panel was told after it was shown: a page is made again if it was told more."""
    if isinstance(panel, PredictNumber):
        return panel.value
    if isinstance(panel, Draw):
        return tuple(facts.what for facts in panel.facts().values())
    return None


@record.register
def record_predict(panel: Predict) -> Question:
    """Keep what is said of each choice."""
    choices = list(panel.choices)
    data = Packer().pack(
        kind="predict",
        question=panel.question,
        asked=with_code(panel.question),
        choices=choices,
        results=[panel.result(choice) for choice in choices],
    )
    listed = "".join(f"<li>{html.escape(choice)}</li>" for choice in choices)
    return Question(panel.question, data, f"{_asked(panel)}<ul>{listed}</ul>")


@record.register
def record_number(panel: PredictNumber) -> Question:
    """Keep scale and sentences for each guess; the number is known once it was revealed."""
    steps = round((panel.high - panel.low) * 10**panel.decimals)
    guesses = np.linspace(panel.low, panel.high, min(steps, _MOST) + 1).tolist()
    known = panel.value is not None
    packer = Packer()

    def words(guess, value):
        said = "".join(f"<div>{html.escape(w)}</div>" for w in panel.verdict(guess, value))
        return [packer.put("words", panel.number_line(guess, value)), packer.put("words", said)]

    data = packer.pack(
        kind="number",
        question=panel.question,
        asked=with_code(panel.question),
        spelled=[panel.spell(guess) for guess in guesses],
        empty=packer.put("words", panel.number_line(None, None)),
        locked=[words(guess, None) for guess in guesses],
        revealed=[words(guess, panel.value) for guess in guesses if known],
    )
    ends = f"<p>From {panel.spell(panel.low)} to {panel.spell(panel.high)}.</p>"
    return Question(panel.question, data, _asked(panel) + ends)


@record.register
def record_draw(panel: Draw) -> Question:
    """Keep the axes and, once it is known, the real curve and what can be said of it."""
    panel.wait()
    sent, packer = panel.live_figure.sent(), Packer()
    number, facts = packer.put_frame(sent), panel.facts()
    across, up, pencil = panel.across, panel.up, panel.pencil
    data = packer.pack(
        kind="draw",
        question=panel.question,
        asked=with_code(panel.question),
        number=number,
        size=sent.size,
        columns=COLUMNS,
        least=LEAST_DRAWN,
        how=HOW,
        pencil={name: getattr(pencil, name) for name in _PENCIL},
        axes_words=pencil.words.removeprefix(panel.question).strip(),
        points=[across.point(place) for place in across.columns],
        spelled=[across.spell(place) for place in across.columns],
        low=up.low,
        high=up.high,
        decimals=up.decimals,
        unit=up.unit_of_differences,
        near=NEAR,
        facts=[_plain(facts[name]) for name in panel.curves] if facts else [],
    )
    saved = _asked(panel) + picture(save_picture(panel.live_figure), sent.size, sent.says)
    return Question(panel.question, data, saved)


def _asked(panel: Panel) -> str:
    return f'<div class="question">{with_code(panel.question)}</div>'


def _plain(facts) -> dict:
    heights = [None if np.isnan(height) else float(height) for height in facts.heights]
    return {
        "heights": heights,
        "what": facts.what,
        "suggestions": facts.suggestions,
        "beyond": facts.beyond,
    }
