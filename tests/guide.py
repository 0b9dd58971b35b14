"""The teaching guide, taken apart: its headings, tables, plans and links."""

import re

from tests.tools import notebooks

PATH = notebooks.NOTEBOOKS / "teaching-guide.md"
PLANS = (50, 90, 180)


def read() -> str:
    """The guide's text."""
    return PATH.read_text(encoding="utf-8")


def parts_of(text: str) -> dict[str, str]:
    """The guide, cut at its headings: {heading: text}; "" for what comes before the second."""
    pieces = re.split(r"^#{1,3} (.+)$", re.sub(r"^# .+\n", "", text, count=1), flags=re.M)
    return dict(zip(["", *pieces[1::2]], pieces[::2], strict=True))


def table_rows(text: str) -> list[list[str]]:
    """The cells of each row of the tables in a text, heads included."""
    rows = re.findall(r"^\| (.+) \|$", text, re.M)
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)] for row in rows]


def plan_name(text: str, minutes: int) -> str:
    """The heading of a plan, such as "50 minutes: learning or memorising?"."""
    (name,) = (name for name in parts_of(text) if name.startswith(f"{minutes} minutes: "))
    return name


def plan(text: str, minutes: int) -> list[list[str]]:
    """The rows of a plan, without its head."""
    rows = table_rows(parts_of(text)[plan_name(text, minutes)])
    return [row for row in rows if re.match(r"\d", row[0])]


def links(text: str) -> list[str]:
    """Where the links of a text lead."""
    return re.findall(r"\]\(([^)\s]+)\)", text)
