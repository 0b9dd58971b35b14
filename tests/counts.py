"""What a lesson holds, in numbers: `python -m tests.tools.notebooks --count` prints them.

Code lines are those that are neither blank nor only a comment. Words are those of the markdown
cells, without code, formulas and the addresses of links.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from tests import cells

WORDS_A_MINUTE = 200
CODE_LINES_A_MINUTE = 20

# Methods of Keras's models: a line that calls one is Keras whatever the model is called.
_METHODS = {"fit", "compile", "evaluate", "predict", "train_on_batch", "get_weights", "set_weights"}


@dataclass(frozen=True)
class Counts:
    """What a lesson holds.

    Attributes:
        shares: The fraction of code lines in cells of each kind.
        keras: The fraction of the learner cells' code lines that are Keras.
        claims: How often it calls `claim`.
        stretch: The longest stretch without a panel or a question, in minutes: reading, and the
            lines of learner cells.
        words_between: The most words between two code cells.
        terms_per_1000: Terms of the glossary in 1000 words.
        early: Terms used before they are explained.
    """

    shares: dict[str, float]
    keras: float
    claims: int
    stretch: float
    words_between: int
    terms_per_1000: float
    early: list[str]

    def __str__(self):
        shares = ", ".join(f"{kind} {share:.0%}" for kind, share in self.shares.items())
        return (
            f"  code lines: {shares}; Keras {self.keras:.0%} of learner lines\n"
            f"  {self.claims} claims; longest stretch without interaction {self.stretch:.1f} min; "
            f"most words between two cells {self.words_between}\n"
            f"  glossary: {self.terms_per_1000:.0f} terms per 1000 words; "
            f"used before explained: {', '.join(self.early) or 'none'}"
        )


@dataclass(frozen=True)
class Term:
    """An entry of the glossary.

    Attributes:
        name: The term.
        spellings: The term and the other names it goes by.
        lesson: The file name of the lesson that introduces it; "" if that does not exist yet.
        text: What it means.
    """

    name: str
    spellings: tuple[str, ...]
    lesson: str
    text: str

    @property
    def pattern(self) -> str:
        """A regular expression for the term in prose, singular or plural."""
        return "|".join(map(_spelling_pattern, self.spellings))


def glossary(path: Path) -> list[Term]:
    """The entries of a glossary, in the order of the file.

    An entry is one line: `- **term** (also: other, names): What it means. [02-l2](02-l2.ipynb)`.
    """
    found = []
    entry = r"^- \*\*(.+?)\*\*(?: \(also: (.+?)\))?: (.+?)(?: \[[^\]]+\]\(([\w-]+\.ipynb)\))?$"
    for name, others, text, lesson in re.findall(
        entry, path.read_text(encoding="utf-8"), re.MULTILINE
    ):
        spellings = (name, *filter(None, others.split(", ")))
        found.append(Term(name, spellings, lesson, text))
    return found


def count(notebook: NotebookNode, terms: list[Term], lesson: str) -> Counts:
    """Count what a lesson holds; `lesson` is its file name."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    lines = dict.fromkeys(cells.KINDS, 0)
    for cell in code:
        lines[cells.kind(cell)] += len(cells.code_lines(cell.source))
    total = sum(lines.values()) or 1
    learner = [cell.source for cell in code if cells.kind(cell) == "learner"]
    words = sum(_words(c.source) for c in notebook.cells if c.cell_type == "markdown")
    prose = "\n\n".join(_prose(c.source) for c in notebook.cells if c.cell_type == "markdown")
    return Counts(
        shares={kind: n / total for kind, n in lines.items()},
        keras=len(_keras_lines(learner)) / (lines["learner"] or 1),
        claims=sum(cells.claims(cell.source) for cell in code),
        stretch=_longest_stretch(notebook),
        words_between=_most_words_between(notebook),
        terms_per_1000=1000 * len(occurrences(prose, terms)) / (words or 1),
        early=early_terms(notebook, terms, lesson),
    )


def occurrences(prose: str, terms: list[Term]) -> list[tuple[int, str]]:
    """Where terms stand in prose, the longest at each place: (position, the term's name)."""
    spellings = [(spelling, term.name) for term in terms for spelling in term.spellings]
    spellings.sort(key=lambda pair: -len(pair[0]))
    if not spellings:
        return []
    pattern = "|".join(f"({_spelling_pattern(spelling)})" for spelling, _ in spellings)
    return [
        (match.start(), spellings[match.lastindex - 1][1])
        for match in re.finditer(pattern, prose, re.IGNORECASE)
    ]


def early_terms(notebook: NotebookNode, terms: list[Term], lesson: str) -> list[str]:
    """The terms that a lesson uses before they are explained, in the order of the glossary.

    A term is explained where it first stands in bold, in the lesson that the glossary names.
    Headings, the list of what one can do after the lesson, titles among the references, code and
    formulas do not count as uses.
    Of a term whose lesson the glossary does not name nothing is said.
    """
    prose = "\n\n".join(
        _prose(_told(cell.source)) for cell in notebook.cells if cell.cell_type == "markdown"
    )
    first: dict[str, int] = {}
    for position, name in occurrences(prose, terms):
        first.setdefault(name, position)
    found = []
    for term in terms:
        if term.name not in first or not term.lesson:
            continue
        if term.lesson == lesson:
            bold = re.search(rf"\*\*[^*]*?(?:{term.pattern})[^*]*?\*\*", prose, re.IGNORECASE)
            if bold is None or bold.start() > first[term.name]:
                found.append(term.name)
        elif term.lesson > lesson:
            found.append(term.name)
    return found


def _spelling_pattern(spelling: str) -> str:
    """A regular expression for a spelling, singular or plural."""
    words = re.escape(spelling).replace(r"\ ", r"\s+")
    changes = re.search("[^aeiou]y$", spelling)
    words = f"{words[:-1]}(?:y|ies)" if changes else f"{words}(?:e?s)?"
    return rf"(?<![\w-]){words}(?![\w-])"


def _prose(markdown: str) -> str:
    """A cell's text without headings, code, formulas, comments and addresses."""
    text = re.sub(r"^(```|~~~).*?^\1", "", markdown, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$|`[^`]*`|<!--.*?-->|<[^>]+>", " ", text, flags=re.DOTALL)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return re.sub(r"^#+ .*$", "", text, flags=re.MULTILINE)


def _words(markdown: str) -> int:
    """How many words a cell holds, its headings and the words in code spans with it."""
    text = re.sub(r"^(```|~~~).*?^\1", "", markdown, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$|<!--.*?-->|<[^>]+>", " ", text, flags=re.DOTALL)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return len(re.findall(r"[\w'’.-]*\w[\w'’.-]*", text))


def _told(markdown: str) -> str:
    """A cell without its list of what one can do after the lesson, and without references."""
    outlook = r"^(After this lesson you can|Afterwards you can).*?(?=\n\n(?![-\s])|\Z)"
    references = r"^## References$.*?(?=^#|\Z)"
    return re.sub(f"{outlook}|{references}", "", markdown, flags=re.MULTILINE | re.DOTALL)


def _minutes(cell: NotebookNode) -> float:
    """How long a cell takes to read; code that is folded away takes no time."""
    if cell.cell_type == "markdown":
        return _words(cell.source) / WORDS_A_MINUTE
    if cell.cell_type == "code" and cells.kind(cell) == "learner":
        return len(cells.code_lines(cell.source)) / CODE_LINES_A_MINUTE
    return 0.0


def _longest_stretch(notebook: NotebookNode) -> float:
    """The longest time in minutes between two panels or questions, start and end included."""
    longest = now = 0.0
    for cell in notebook.cells:
        interacts = cell.cell_type == "code" and cells.kind(cell) in ("panel", "question")
        now = 0.0 if interacts else now + _minutes(cell)
        longest = max(longest, now)
    return longest


def _most_words_between(notebook: NotebookNode) -> int:
    """The most words of prose between two neighbouring code cells."""
    most, now = 0, None
    for cell in notebook.cells:
        if cell.cell_type == "code":
            most, now = max(most, now or 0), 0
        elif cell.cell_type == "markdown" and now is not None:
            now += _words(cell.source)
    return most


# --- Lines that are Keras ---------------------------------------------------------------------


def _keras_lines(sources: list[str]) -> list[tuple[int, int]]:
    """The code lines that are Keras: (number of the cell, number of the line).

    A statement is Keras if it imports from keras, uses a name that comes from there, or calls a
    method such as `fit`. Names come from there by import, by assignment of what such a name or
    method gives (`model = keras.Sequential(...)`, `history = model.fit(...)`), and by a function
    whose body is Keras. A prediction is an array like any other.
    """
    known: set[str] = set()
    found = []
    for number, source in enumerate(sources):
        kept = set(cells.code_lines(source))
        lines = {n for s in cells.parsed(source).body for n in _lines_of(s, known)}
        found += [(number, line) for line in sorted(lines & kept)]
    return found


def _lines_of(statement: ast.stmt, known: set[str]) -> set[int]:
    """The lines of a statement that are Keras; adds the names that it binds to `known`."""
    bodies = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody", "handlers")]
    inner = [child for body in bodies for child in body]
    if inner:
        lines = {n for child in inner for n in _lines_of(child, known)}
        head = range(statement.lineno, inner[0].lineno)
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            is_keras = bool(lines)
            known |= {statement.name} if is_keras else set()
        else:
            is_keras = any(_is_keras(node, known) for node in _head(statement))
        return lines | (set(head) if is_keras else set())
    if not _is_keras(statement, known):
        return set()
    known |= _bound(statement, known)
    return set(range(statement.lineno, statement.end_lineno + 1))


def _head(statement: ast.stmt) -> list[ast.AST]:
    """What a statement with a body evaluates before the body."""
    fields = ("test", "iter", "items", "subject")
    values = [getattr(statement, name, None) for name in fields]
    return [node for v in values for node in (v if isinstance(v, list) else [v]) if node]


def _is_keras(node: ast.AST, known: set[str]) -> bool:
    for inner in ast.walk(node):
        match inner:
            case ast.Import(names=names) if any(a.name.split(".")[0] == "keras" for a in names):
                return True
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] == "keras":
                return True
            case ast.Name(id=name) if name in known:
                return True
            case ast.Call(func=ast.Attribute(attr=name)) if name in _METHODS:
                return True
    return False


def _bound(statement: ast.stmt, known: set[str]) -> set[str]:
    """The names that a statement binds to something of Keras."""
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {(a.asname or a.name).split(".")[0] for a in statement.names}
    if not isinstance(statement, ast.Assign) or not _gives_keras(statement.value, known):
        return set()
    nodes = (node for target in statement.targets for node in ast.walk(target))
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def _gives_keras(value: ast.expr, known: set[str]) -> bool:
    """Whether a value is an object of Keras, by the name it begins with and what is called last."""
    last = None
    while isinstance(value, (ast.Attribute, ast.Call, ast.Subscript)):
        if isinstance(value, ast.Attribute):
            last = last or value.attr
        value = value.func if isinstance(value, ast.Call) else value.value
    if last in ("predict", "evaluate", "get_weights", "numpy"):
        return False
    return (isinstance(value, ast.Name) and value.id in known) or last == "history"
