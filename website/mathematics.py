"""TeX as MathML, which browsers draw without a script, a font or a network."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from latex2mathml.converter import convert

from website.markdown import outside_code

FORMULA = re.compile(
    r"\$\$(?P<block>.+?)\$\$"
    r"|(?<![\\$\w])\$(?![\s$])(?P<inline>(?:[^$\\]|\\.)+?)(?<!\s)\$(?![\d$])",
    re.DOTALL,
)
SPACES = {r"\,": "\u2009", r"\;": "\u2005", r"\ ": " ", r"\%": "%", r"\$": "$", r"\&": "&"}
OVERLINE = "\u2015"


def mathml(tex: str, block: bool = False) -> str:
    """The element `<math>` of a formula, on a line of its own if it is a `block`."""
    made = convert(_spelled(tex), display="block" if block else "inline")
    root = ElementTree.fromstring(made.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', ""))
    for element in list(root.iter()):
        _without_a_font_for_mathematics(element)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)


def of_markdown(text: str) -> str:
    """Markdown whose formulas are MathML."""

    def formula(found: re.Match) -> str:
        if found["block"]:
            return mathml(found["block"].strip(), block=True)
        return mathml(found["inline"])

    return outside_code(text, lambda part: FORMULA.sub(formula, part))


def _spelled(tex: str) -> str:
    """The formula, with spaces and signs inside `\\text{...}` as letters."""

    def words(found: re.Match) -> str:
        text = re.sub(r"\s+", " ", found[1])
        for command, letter in SPACES.items():
            text = text.replace(command, letter)
        return f"\\text{{{text}}}"

    return re.sub(r"\\text\{([^{}]*)\}", words, tex)


def _without_a_font_for_mathematics(element: ElementTree.Element) -> None:
    """Make an element look right where no installed font has stretched letters."""
    if element.tag == "mover":
        sign = element[1]
        if sign.text == OVERLINE:
            element.tag, element.attrib = "mrow", {"style": "border-top: 0.06em solid"}
            element.remove(sign)
        elif sign.text in ("^", "~"):
            sign.set("stretchy", "false")
    elif element.tag == "mo" and element.text == "|" and not element.attrib:
        element.attrib |= {"lspace": "0.06em", "rspace": "0.06em"}
