"""Cells of four kinds, and what is counted of a lesson."""

import nbformat.v4 as v4
import pytest

from tests import cells, counts
from tests.tools import notebooks

REWRITTEN = {"course": {"cells": 2}}
HIDDEN = {"source_hidden": True}


def code(source, *tags):
    return v4.new_code_cell(source, execution_count=1, metadata={"tags": list(tags)})


def markdown(source):
    return v4.new_markdown_cell(source)


def rewritten(*made):
    """A lesson in cells of four kinds, in normal form."""
    first = markdown("# Why?\n\n40 minutes")
    return notebooks.normalise(v4.new_notebook(cells=[first, *made], metadata=REWRITTEN))


def lines(n):
    return "\n".join(["x = 1", "", "# why"] * n)


# Normal form


def test_the_mark_and_the_kinds_are_kept_and_hidden_code_is_folded():
    found = rewritten(
        code("x = 1", "other"),
        code("panel", "panel"),
        code("winner.reveal(3)", "question"),
        code("claim('so', true=True)", "evidence"),
    )
    assert found.metadata == {"kernelspec": notebooks.KERNELSPEC} | REWRITTEN
    assert [cell.metadata for cell in found.cells[1:]] == [
        {"tags": ["other"]},
        {"tags": ["panel"]},
        {"tags": ["question"], "jupyter": HIDDEN},
        {"tags": ["evidence"], "jupyter": HIDDEN},
    ]
    assert notebooks.dumps(notebooks.normalise(found)) == notebooks.dumps(found)


def test_what_makes_a_panel_or_a_question_is_tagged_unless_it_has_a_kind():
    found = rewritten(
        code("panels.LiveLab(base, parts)"),
        code("panels.SweepLab(base, parts)", "evidence"),
        code("Draw('how?')"),
        code("guess = panels.PredictNumber('how many?', 0, 3)", "x"),
        code("train(base, parts)"),
    )
    assert [cell.metadata.get("tags") for cell in found.cells[1:]] == [
        *(["panel"], ["evidence"], ["question"], ["x", "question"], None),
    ]


def test_a_notebook_without_the_mark_keeps_the_old_rules():
    cell = code("panels.LiveLab(base, parts)\nclaim('so', true=True)\nc = '#ff0000'")
    old = notebooks.normalise(v4.new_notebook(cells=[markdown("# Why?\n\n9 minutes"), cell]))
    assert "course" not in old.metadata and old.cells[1].metadata == {}
    assert notebooks.violations(old, True) == []
    assert len(notebooks.violations(rewritten(cell), True)) == 2


# Rules


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ([code(lines(13))], "13 lines of code: at most 12 in a cell of kind learner"),
        ([code(lines(16), "panel")], "16 lines of code: at most 15 in a cell of kind panel"),
        ([code(lines(16), "question")], "at most 15 in a cell of kind question"),
        ([code(lines(26), "evidence")], "at most 25 in a cell of kind evidence"),
        ([code("claim('so', true=True)")], "has a claim"),
        ([code("checks.claim('so', true=True)", "panel")], "has a claim"),
        ([code("x", "panel", "evidence")], "is tagged panel and evidence"),
        ([code("for x in y:\n    ax.plot(x)")], "plots in a loop"),
        ([code("[ax.scatter(*x) for x in y]")], "plots in a loop"),
        ([code("while x:\n    drawing.curves(ax, x)")], "plots in a loop"),
        ([code("ax.plot(x, color='#1f77b4')")], "has the colour #1f77b4"),
        ([code("ax.plot(x, color='#abc')", "panel")], "has the colour #abc"),
        ([code("claim('so', true=True)\n" * 16, "evidence")], "16 claims: at most 15"),
        (
            [markdown("## In your own project"), code(lines(26))],
            "at most 25 in a cell of kind project",
        ),
        ([markdown("## In your own project"), code("from helpers import data")], "imports helpers"),
        ([markdown("## In your own project"), code("x", "panel")], "is a learner cell"),
        ([markdown("## In your own project"), code("x"), code(lines(13))], "at most 12"),
        ([markdown("## In your own project\n\n## Next"), code(lines(13))], "at most 12"),
        ([make("x") for _ in range(31) for make in (markdown, code)], "31 code cells: at most 30"),
        ([code("x"), code("x")], "1 markdown cells for 2 code cells"),
        ([markdown("a" * 600_000)], "KB: below 600"),
    ],
)
def test_rules_for_cells_of_four_kinds(made, message):
    found = notebooks.violations(rewritten(*made), True)
    assert any(message in text for text in found), found


@pytest.mark.parametrize(
    "made",
    [
        [code(lines(12))],
        [code("claim('so', true=True)\n" * 15, "evidence"), code("x")],
        [code("x"), code("Predict('a?')"), code("claim('so', true=True)", "evidence")],
        [code("for epoch in (1, 5):\n    print(epoch)\nax.plot(x, label='#1')")],
        [
            markdown("Now\n\n## In your own project\n\nTake this."),
            code("for x in y:\n    plt.plot(x)\n" + lines(23)),
        ],
        [make("x") for _ in range(30) for make in (markdown, code)],
        [markdown("a" * 550_000)],
    ],
)
def test_what_the_rules_allow(made):
    assert notebooks.violations(rewritten(*made), True) == []


# Counts

KERAS = """import keras
from keras import layers

def build(strength):
    layer = layers.Dense(1)
    return keras.Sequential([
        layer,
    ])

model = build(0.1)
history = model.fit(x, y).history
# a comment

p = model.predict(x)
right = (p > 0.5) == y
for epoch in range(3):
    print(history["loss"][epoch])
    total = epoch + 1
"""


def test_lines_that_are_keras():
    found = counts.count(rewritten(code(KERAS), code("p.mean()\nmodel.summary()")), [], "1.ipynb")
    assert found.keras == pytest.approx(12 / 16)


def test_shares_claims_and_stretches():
    words = "word " * 100
    found = counts.count(
        rewritten(
            code("x = 1\ny = 2"),
            markdown(words),
            code("LiveLab(x)", "panel"),
            markdown(f"{words}`code` [link](page.html) $x + y$\n\n```python\nnot prose\n```"),
            code("x\n" * 10),
            code("claim('a', true=True)\nchecks.claim('b', true=True)", "evidence"),
            markdown(words),
            markdown(words),
            code("Predict('?')"),
        ),
        [],
        "1.ipynb",
    )
    assert found.shares == {k: n / 16 for k, n in zip(cells.KINDS, (12, 1, 1, 2), strict=True)}
    assert found.claims == 2
    assert found.stretch == pytest.approx(302 / 200 + 10 / 20)
    assert found.words_between == 200


TERMS = [
    counts.Term("weight decay", ("weight decay", "decay"), "02-l2.ipynb", ""),
    counts.Term("penalty", ("penalty",), "02-l2.ipynb", ""),
    counts.Term("loss", ("loss",), "01-overfitting.ipynb", ""),
    counts.Term("batch normalisation", ("batch normalisation",), "", ""),
]


def test_terms_are_found_longest_first_in_singular_and_plural():
    prose = "Weight\ndecay, penalties, a Loss; lossless, `decay`: losses decays pre-loss"
    names = [name for _, name in counts.occurrences(prose, TERMS)]
    assert names == ["weight decay", "penalty", "loss", "weight decay", "loss", "weight decay"]
    found = counts.count(rewritten(markdown("a loss " * 10)), TERMS, "02-l2.ipynb")
    assert found.terms_per_1000 == pytest.approx(1000 * 10 / 23)


@pytest.mark.parametrize(
    ("lesson", "text", "early"),
    [
        ("02-l2.ipynb", "A **penalty** is a term. The penalty and the loss.", []),
        ("02-l2.ipynb", "The penalty. A **penalty** is a term.", ["penalty"]),
        ("02-l2.ipynb", "The penalty.", ["penalty"]),
        ("02-l2.ipynb", "## The penalty\n\n`penalty` **L2 penalties** are terms.", []),
        ("02-l2.ipynb", "After this lesson you can\n\n- name a penalty\n\nA **penalty** is.", []),
        ("01-overfitting.ipynb", "**Weight decay** and batch normalisation", ["weight decay"]),
        ("01-overfitting.ipynb", "A **loss**\n\n## References\n\n- A (1992), *On decay*", []),
        ("01-overfitting.ipynb", "## References\n\n- A\n\n## Notes\n\nDecay", ["weight decay"]),
        ("03-l1.ipynb", "Penalty, loss and decay.", []),
    ],
)
def test_terms_used_before_they_are_explained(lesson, text, early):
    assert counts.early_terms(rewritten(markdown(text)), TERMS, lesson) == early


def test_a_glossary_is_read(tmp_path):
    path = tmp_path / "glossary.md"
    path.write_text(
        "# Glossary\n\n- **decay** (also: weight decay, wd): Shrinks. [02-l2](02-l2.ipynb)\n"
        "- **max-norm**: Limits, as said [here].\n",
        encoding="utf-8",
    )
    assert counts.glossary(path) == [
        counts.Term("decay", ("decay", "weight decay", "wd"), "02-l2.ipynb", "Shrinks."),
        counts.Term("max-norm", ("max-norm",), "", "Limits, as said [here]."),
    ]


def test_the_command_prints_the_counts_of_each_lesson(lesson, tmp_path, capsys):
    lesson("import keras", "claim('so', true=True)")
    (tmp_path / "glossary.md").write_text("- **loss**: A number.\n", encoding="utf-8")
    assert notebooks.main(["--count"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("01-short.ipynb\n  code lines: learner 100%")
    assert "Keras 50% of learner lines" in out and "1 claims" in out
