"""The teaching guide agrees with the lessons: links, sections, minutes, quotations, panels."""

import ast
import functools
import inspect
import itertools
import re
from pathlib import Path

import pytest

from helpers import panels
from helpers.experiment import Experiment
from helpers.panels.base.slider import SLIDERS
from tests import guide
from tests.guide import PLANS, links, parts_of, plan, table_rows
from tests.tools import notebooks

GUIDE = guide.read()
LESSONS = {path.stem[:2]: path for path in notebooks.lessons()}
AT_THE_END = {"What we saw", "Now you", "References", "If something is off", "The lessons"}
MENUS = {
    "Edit > Clear Outputs of All Cells",
    "Open With > Markdown Preview",
    "Run > Run All Above Selected Cell",
    "Run > Run All Cells",
    "View > Appearance > Presentation Mode",
    "View > Collapse All Code",
}


# What lessons hold


@functools.cache
def cells_of(path: Path) -> list:
    return notebooks.read(path).cells


def markdown(number: str) -> str:
    cells = cells_of(LESSONS[number])
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def headings(number: str) -> list[str]:
    return re.findall(r"^#{1,2} (.+)$", markdown(number), re.M)


def bare(heading: str) -> str:
    """A heading without its number and minutes."""
    return re.sub(r"^\d+ · | \(\d+ minutes?\)$", "", heading)


def strings(source: str) -> set[str]:
    """The string constants of a program."""
    nodes = ast.walk(ast.parse(source))
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def code(number: str) -> list[str]:
    return [c.source for c in cells_of(LESSONS[number]) if c.cell_type == "code"]


@functools.cache
def words_of(number: str) -> str:
    """All that a learner can read in a lesson, its panels, its exercises and their verdicts."""
    name, found = LESSONS[number].name, []
    for path in (LESSONS[number], LESSONS[number].parent / "exercises" / name):
        for cell in cells_of(path) if path.exists() else []:
            found.append(cell.source)
            if cell.cell_type == "code":
                found += sorted(strings(cell.source))
                found += [o.text for o in cell.outputs if "text" in o]
    helpers = notebooks.ROOT / "helpers"
    for module in (helpers / "checks" / f"lesson_{number}.py", helpers / "metrics.py"):
        if module.exists():
            found += sorted(strings(module.read_text(encoding="utf-8")))
    return flat("\n".join(found))


def words_of_the_course() -> str:
    files = (notebooks.ROOT / "helpers" / "checks").glob("*.py")
    found = [word for path in files for word in strings(path.read_text(encoding="utf-8"))]
    return " ".join([*map(words_of, LESSONS), flat("\n".join(found))])


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("**", ""))


def questions(number: str) -> dict[str, str]:
    """The answers of a lesson's `Predict` panels, by question."""
    calls = [
        node
        for source in code(number)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Predict"
    ]
    return {
        call.args[0].value: next(k.value.value for k in call.keywords if k.arg == "answer")
        for call in calls
        if isinstance(call.args[0], ast.Constant)
    }


# What the guide holds


def lesson_parts(text: str) -> dict[str, str]:
    """{"02": what the guide says about lesson 02}."""
    return {name[:2]: part for name, part in parts_of(text).items() if re.match(r"\d\d · ", name)}


def numbers_in(text: str) -> set[str]:
    """The lessons that a text links to."""
    found = (re.search(r"(\d\d)-[\w-]+\.ipynb", link) for link in links(text))
    return {match[1] for match in found if match} & set(LESSONS)


def scopes(text: str) -> list[tuple[str, set[str]]]:
    """(words, lessons that they are about): parts on lessons, rows of tables, and all else."""
    rows = [" | ".join(row) for minutes in PLANS for row in plan(text, minutes)]
    found = [(row, numbers_in(row)) for row in rows]
    found += [(part, {number}) for number, part in lesson_parts(text).items()]
    for name, part in parts_of(text).items():
        if not re.match(rf"\d\d · |({'|'.join(map(str, PLANS))}) minutes: ", name):
            rows = re.findall(r"^\| .+ \|$", part, re.M)
            found += [(row, numbers_in(row)) for row in rows]
            found.append(("\n".join(x for x in part.splitlines() if x not in rows), set()))
    return found


def quotations(text: str) -> list[str]:
    return [flat(quote).replace("\\|", "|") for quote in re.findall(r"“([^”]+)”", text)]


def italics(text: str) -> list[str]:
    text = re.sub(r"```.*?```|`[^`]*`|\*\*", "", text, flags=re.S)
    return [flat(words) for words in re.findall(r"(?<!\\)\*([^*]+)\*", text)]


def snippets(text: str) -> list[str]:
    blocks = re.findall(r"^```python\n(.+?)^```", text, re.M | re.S)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S))
    return blocks + [span for span in spans if re.search(r"[(=]", span)]


# The tests


def test_links_lead_somewhere():
    files = [link.partition("#")[0] for link in links(GUIDE)]
    assert len(files) > 100
    assert [name for name in files if not (notebooks.NOTEBOOKS / name).exists()] == []


def test_sections_that_are_linked_exist():
    places = {
        (path.name, cell.id, bare(heading))
        for path in LESSONS.values()
        for cell in cells_of(path)
        for heading in re.findall(r"^#{1,2} (.+)$", cell.source, re.M)
    }
    linked = set(re.findall(r"\[([^]]+)\]\(([^)#]+)#cell-id=([^)]+)\)", GUIDE))
    assert len(linked) > 50
    assert {f"{path}#cell-id={cell}" for _, path, cell in linked} == {
        link for link in links(GUIDE) if "#" in link
    }
    assert {(path, cell, name) for name, path, cell in linked} - places == set()


def test_every_lesson_has_its_part():
    assert list(lesson_parts(GUIDE)) == list(LESSONS)


@pytest.mark.parametrize("number", LESSONS)
def test_the_part_on_a_lesson_is_whole(number):
    part = lesson_parts(GUIDE).get(number, "")
    stated = int(re.search(r"(\d+) minutes", markdown(number))[1])
    assert f"]({LESSONS[number].name}) · {stated} minutes" in part
    for words in (
        "**Goal.**",
        "**Leave on screen.**",
        "**The room is slow:**",
        "**For the fast:**",
    ):
        assert words in part
    asked = part[part.index("| ask |") :]
    assert 3 <= len(table_rows(asked[: asked.index("**")])) - 1 <= 5
    exercises = LESSONS[number].parent / "exercises" / LESSONS[number].name
    if exercises.exists():
        stated = int(re.search(r"(\d+) minutes", cells_of(exercises)[0].source)[1])
        assert f"](exercises/{exercises.name}) {stated} · " in part
        assert "**The machines are slow:**" in part
        assert "**Misconceptions the exercises name.**" in part


@pytest.mark.parametrize("number", LESSONS)
def test_the_sections_of_a_lesson_are_listed_with_their_minutes(number):
    part = lesson_parts(GUIDE)[number]
    rows = table_rows(part[: part.index("| ask |")])[1:]
    title, *sections = headings(number)
    named = [name for row in rows for name in re.findall(r"\[([^]]+)\]", row[0])]
    listed = [name for name in named if bare(title) not in name and "#" not in name]
    wanted = [bare(heading) for heading in sections if bare(heading) not in AT_THE_END]
    assert [bare(name) for name in listed if bare(name) in wanted] == wanted
    assert sum(int(row[1]) for row in rows) == int(re.search(r"(\d+) minutes", markdown(number))[1])
    stated = dict(re.findall(r"^## (?:\d+ · )?(.+) \((\d+) minutes?\)$", markdown(number), re.M))
    for row in rows:
        name = bare(re.search(r"\[([^]]+)\]", row[0])[1])
        assert stated.get(name, row[1]) == row[1], name


@pytest.mark.parametrize("minutes", PLANS)
def test_the_minutes_of_a_plan_add_up(minutes):
    spans = [tuple(map(int, row[0].split("–"))) for row in plan(GUIDE, minutes)]
    assert spans[0][0] == 0 and spans[-1][1] == minutes
    assert all(start < end for start, end in spans)
    assert all(before[1] == after[0] for before, after in itertools.pairwise(spans))


@pytest.mark.parametrize("minutes", PLANS)
def test_every_step_of_a_plan_is_complete(minutes):
    *steps, last = plan(GUIDE, minutes)
    assert "Exit question" in last[2]
    for span, section, do, ask, *_ in steps:
        if section != "break":
            assert numbers_in(section) and do, span
            assert "→" in ask or "pairs" in do, span


def test_quotations_are_verbatim():
    course = words_of_the_course()
    wrong, count = [], 0
    for text, numbers in scopes(GUIDE):
        pool = " ".join(map(words_of, sorted(numbers))) if numbers else course
        for quote in quotations(text):
            count += 1
            wrong += [] if quote in pool else [quote]
    assert count > 60
    assert wrong == []


def test_answers_to_quoted_questions_are_the_lessons_answers():
    found = 0
    for text, numbers in scopes(GUIDE):
        asked = {q: a for number in numbers for q, a in questions(number).items()}
        for row in table_rows(f"| {text} |" if "\n" not in text else text):
            quotes = quotations(" | ".join(row))
            for i, quote in enumerate(quotes):
                fitting = [
                    a
                    for q, a in asked.items()
                    if quote in q and q.find(quote) in (0, len(q) - len(quote))
                ]
                if fitting and "?" in " ".join(row) and quote not in asked.values():
                    found += 1
                    assert quotes[i + 1] in fitting, quote
    assert found > 20


def test_buttons_and_presets_exist():
    sources = [p.read_text(encoding="utf-8") for p in Path(panels.__file__).parent.rglob("*.py")]
    cells = [source for number in LESSONS for source in code(number) if "presets=" in source]
    anywhere = set.union(*map(strings, sources)) - set.union(*map(strings, cells)) | MENUS
    wrong, count = [], 0
    for text, numbers in scopes(GUIDE):
        here = {s for number in numbers for source in code(number) for s in strings(source)}
        for words in italics(text):
            count += 1
            wrong += [] if words in anywhere | here else [words]
    assert count > 50
    assert wrong == []


def test_the_table_of_panels_agrees_with_the_lessons():
    (part,) = (p for name, p in parts_of(GUIDE).items() if name == "Hand a state to the class")
    rows = table_rows(part)[1:]
    assert [numbers_in(row[0]) for row in rows] == [{number} for number in LESSONS]
    for number, (_, names, states) in zip(LESSONS, rows, strict=True):
        nodes = [node for source in code(number) for node in ast.walk(ast.parse(source))]
        assigned = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        assert set(re.findall(r"`(\w+)`", names)) <= assigned, number
        cells = [source for source in code(number) if "presets=" in source] or code(number)
        trees = [node for source in cells for node in ast.walk(ast.parse(source))]
        numbers = {n.value for n in trees if isinstance(n, ast.Constant)}
        for state in re.findall(r"`(\w+=[^`]+)`", states):
            check_settings(state, SLIDERS)
            assert {float(item.split("=")[1]) for item in state.split(", ")} <= numbers, state


def check_settings(text: str, allowed) -> None:
    """Raise unless a text such as "l2=0.03, seed=2" sets what there is to what it may be."""
    for item in text.split(", "):
        name, value = item.split("=")
        assert name in {*allowed, "seed"}, item
        if name == "seed":
            Experiment(seed=int(value))
        else:
            SLIDERS[name].check(float(value))


def test_settings_strings_and_sliders_are_real():
    count = 0
    for snippet in snippets(GUIDE):
        for text in re.findall(r"""["']((?:\w+=[\d.]+(?:, )?)+)["']""", snippet):
            check_settings(text, SLIDERS)
            count += 1
        for name in re.findall(r"\.(\w+)\.value", snippet):
            assert name in SLIDERS
            count += 1
    assert count >= 6


def test_calls_are_possible():
    count = 0
    for snippet in snippets(GUIDE):
        try:
            nodes = list(ast.walk(ast.parse(snippet)))
        except SyntaxError:
            assert "Lab(" not in snippet
            continue
        for call in (n for n in nodes if isinstance(n, ast.Call)):
            name = ast.unparse(call.func)
            given = {k.arg: k.value for k in call.keywords}
            if name == "base.replace":
                Experiment(**{k: ast.literal_eval(v) for k, v in given.items()})
            if name not in ("LiveLab", "SweepLab", "GridLab"):
                continue
            count += 1
            usual = inspect.signature(getattr(panels, name).__init__).parameters
            inspect.signature(getattr(panels, name)).bind(*call.args, **given)
            if name == "LiveLab":
                names = given.get("hyperparameters")
                names = ast.literal_eval(names) if names else usual["hyperparameters"].default
                assert set(names) <= set(SLIDERS)
                if "settings" in given:
                    check_settings(ast.literal_eval(given["settings"]), names)
            if name == "SweepLab":
                assert ast.literal_eval(call.args[2]) in SLIDERS
    assert count >= 4


def test_the_guide_gives_the_commands_that_work():
    readme = (notebooks.ROOT / "README.md").read_text(encoding="utf-8")
    assert "notebooks/teaching-guide.md" in readme
    (start,) = re.findall(r"`(\.venv/bin/jupyter lab [^`]+)`", GUIDE)
    assert start in readme
    (slides,) = re.findall(r"^(jupyter nbconvert .+)$", GUIDE, re.M)
    assert slides.startswith("jupyter nbconvert --config notebooks/slides.json --to slides ")
    assert [
        p for p in re.findall(r"notebooks/[\w.-]+", slides) if not (notebooks.ROOT / p).exists()
    ] == []
