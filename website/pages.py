"""The pages that are no notebook: the start page, the lists of lessons and exercises, and words."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import jinja2
import yaml

from website import course
from website.execute import Replays
from website.markdown import Links
from website.stage import picture

WORDS = Path(__file__).with_name("words")
# The panel of the start page: the first sweep of L2, which has few positions and an answer.
FRONT = "02-l2"
FRONT_PANEL = "SweepLab("
OUTCOMES = re.compile(r"After this lesson you can\n\n((?:- .*\n?(?:  .*\n?)*)+)")


def pages(replays: dict[Path, Replays], links: Links) -> dict[str, str]:
    """The Markdown of each page, by the page's name."""
    questions = course.questions()
    table = ["| lesson | exercises | solutions |", "|---|---|---|"]
    for path in course.lessons()[1:]:
        links_of = f"[exercises]({path.stem}.html) | [solutions](../solutions/{path.stem}.html)"
        table.append(f"| [{questions[path.stem]}](../{path.stem}.html) | {links_of} |")
    numbered = "\n".join(f"{name[:2]} · {title} <{name}>" for name, title in questions.items())
    folders = {folder: sorted(page_names(folder)) for folder in ("exercises", "solutions")}
    found = {
        "index": fill(
            "index",
            replay=front(replays),
            first=next(iter(questions)),
            number=len(questions),
            lessons=cards(),
        ),
        "lessons": fill("lessons", lessons=cards(outcomes=True), toctree=numbered),
        "exercises/index": fill(
            "exercises",
            table="\n".join(table),
            exercises="\n".join(folders["exercises"]),
            solutions="\n".join(f"../solutions/{name}" for name in folders["solutions"]),
        ),
        "run": fill("run", commands=commands(links)),
        "cite": fill("cite", citation=citation(), licence=licence(links)),
        "data": words("data/README.md", links),
    }
    return found | {course.page_of(source): words(source, links) for source in course.WORDS}


def page_names(folder: str) -> list[str]:
    """The names of the pages that are made from the notebooks of a folder."""
    return [path.stem for path in course.notebooks() if path.parent.name == folder]


def fill(name: str, **values) -> str:
    """A text of the folder `words` with these values in its places."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    text = (WORDS / f"{name}.md").read_text(encoding="utf-8")
    return environment.from_string(text).render(values)


def words(source: str, links: Links) -> str:
    """A page of words that the course holds, with links of the site."""
    text = (course.ROOT / source).read_text(encoding="utf-8")
    text = re.sub(r"^( *[-*] )\[ \] ", r"\1☐ ", text, flags=re.MULTILINE)  # boxes to tick
    return links.of_markdown(text, source)


def front(replays: dict[Path, Replays]) -> str:
    """The HTML of the start page's panel: a replay, or its saved picture where there is none."""
    path = course.NOTEBOOKS / f"{FRONT}.ipynb"
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        shown = [output for output in cell.get("outputs", ()) if "data" in output]
        for at, output in enumerate(shown):
            if not "".join(output["data"].get("text/plain", "")).startswith(FRONT_PANEL):
                continue
            replay = replays.get(path, {}).get(cell["id"], {}).get(at)
            if replay:
                return re.sub(r'\bid="', 'id="front-', replay, count=1)
            png = "".join(output["data"]["image/png"])
            return picture(png, output["metadata"]["image/png"])
    raise ValueError(f"{course.name(path)} shows no {FRONT_PANEL}...)")


def cards(outcomes: bool = False) -> str:
    """The lessons as a list of cards: question, minutes, what a reader can do afterwards."""
    found = []
    for path in course.lessons():
        first = json.loads(path.read_text(encoding="utf-8"))["cells"][0]
        text = "".join(first["source"])
        title = html.escape(text.splitlines()[0].removeprefix("# "))
        minutes = re.search(r"\d+ minutes", text)[0]
        number, name = path.stem.split("-", 1)
        body = f'<a href="{path.stem}.html">{title}</a>'
        found.append(
            f'<li><span class="number">{number}</span> <strong>{body}</strong> '
            f'<span class="facts">{name.replace("-", " ")} · {minutes}</span>'
        )
        if outcomes and (listed := OUTCOMES.search(text)):
            found.append(f"\n\n{listed[1]}\n")
        found.append("</li>")
    kind = "lessons long" if outcomes else "lessons"
    return f'<ol class="{kind}">\n' + "\n".join(found) + "\n</ol>"


def commands(links: Links) -> str:
    """What the README says about starting the course, a table of one's own, and hosts."""
    text = course.of_readme("", "Your own table", "Where it runs")
    text = re.sub(r"```\w+\n(?:#|::) run all tests\n.*?```\n+", "", text, flags=re.DOTALL)
    text = re.sub(r"^The tests take .*?\n\n", "", text, flags=re.DOTALL | re.MULTILINE)
    return links.of_markdown(text[text.index("You need Python") :], "README.md")


def licence(links: Links) -> str:
    """What the README says about licences."""
    return links.of_markdown(course.of_readme("Licence"), "README.md")


def citation() -> str:
    """How to cite the course, from CITATION.cff: a sentence and an entry for BibTeX."""
    path = course.ROOT / "CITATION.cff"
    if not path.exists():
        return ""
    facts = yaml.safe_load(path.read_text(encoding="utf-8"))
    people = [_person(author) for author in facts["authors"]]
    year = str(facts.get("date-released", ""))[:4]
    fields = {"title": facts["title"], "author": " and ".join(people), "year": year}
    fields |= {name: str(facts[name]) for name in ("version", "url", "doi") if name in facts}
    entry = "\n".join(f"  {name} = {{{value}}}," for name, value in fields.items() if value)
    sentence = ". ".join(filter(None, [", ".join(people), f"*{facts['title']}*", year]))
    return f"{sentence}.\n\n```bibtex\n@misc{{regularising,\n{entry}\n}}\n```\n"


def _person(author: dict) -> str:
    family = author.get("family-names", "")
    given = author.get("given-names", "")
    return author.get("name") or ", ".join(filter(None, [family, given]))
