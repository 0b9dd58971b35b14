"""What nbval compares: all but the numbers that stand behind "≈"."""

import re

import nbformat.v4 as v4

from tests.imports import ROOT
from tests.tools import notebooks

CONFIGURATION = ROOT / "notebooks" / "nbval_sanitize.cfg"

# What was saved, what the cell gives now, and whether that passes.
CASES = [
    (
        "In 5 of 5: ≈ 0.42 against ≈ 1.40 nats.",
        "In 5 of 5: ≈ 0.6 against ≈ 12 nats.",
        1,
    ),
    ("≈ 0.42 ± 0.03 nats", "≈ −1,234.5 ± 10 nats", 1),
    ("≈ 1.2e-5 rows", "≈ 3 rows", 1),
    ("≈ ∞", "≈ nan", 1),
    ("≈ 0.42 ± 0.03   ≈ 80.1 ± 1.0  ≈ 1", "≈ 10.42 ± 0.03  ≈ 8.1 ± 1.0   ≈ 2", 1),
    ("In 5 of 5 seeds: ≈ 0.42 nats.", "In 4 of 5 seeds: ≈ 0.42 nats.", 0),
    ("It is 0.42 nats.", "It is 0.43 nats.", 0),
    ("0.42 ± 0.03", "0.42 ± 0.04", 0),
    ("≈ 0.42, in 5 epochs", "≈ 0.42, in 6 epochs", 0),
    ("≈ 0.42 to 0.50", "≈ 0.42 to 0.51", 0),
    ("≈ 0.42 nats", "≈ 0.42 points", 0),
    ("≈ 42 %", "≈ 42", 0),
    ("≈ 0.42 nats", "0.42 nats", 0),
    ("≈ 0.42 ± 0.03", "≈ 0.42", 0),
    ("It ends lower: ≈ 0.42.", "It ends higher: ≈ 0.42.", 0),
    ("one line: ≈ 1", "one line: ≈ 1\nand another", 0),
]


# {type of output: how the text stands in it}
OUTPUTS = {"stdout": "{}\n", "text/plain": "{}", "text/html": "<p>{}</p>"}


def cell(mime, saved, now):
    """A cell with a saved output that holds one text, and code that gives another."""
    before, after = (OUTPUTS[mime].format(text) for text in (saved, now))
    if mime == "stdout":
        source = f"print({after!r}, end='')"
        output = v4.new_output("stream", name="stdout", text=before)
    else:
        source = f"display({ ({'text/plain': 'x'} | {mime: after})!r}, raw=True)"
        output = v4.new_output("display_data", {"text/plain": "x"} | {mime: before})
    return v4.new_code_cell(source, execution_count=1, outputs=[output])


def test_only_numbers_behind_the_sign_may_change(tmp_path, kernels, interpreter):
    tried = [(mime, *case) for mime in OUTPUTS for case in CASES]
    path = tmp_path / "cases.ipynb"
    made = [cell(mime, saved, now) for mime, saved, now, _ in tried]
    notebooks.write(v4.new_notebook(cells=made), path)
    options = ("-q", "-rA", "-c", ROOT / "pyproject.toml", "-p", "no:cacheprovider")
    done = interpreter("-m", "pytest", *options, path, check=False)
    found = re.findall(r"^(PASSED|FAILED) \S*::Cell (\d+)", done.stdout, re.MULTILINE)
    assert len(found) == len(tried), done.stdout + done.stderr
    passed = {int(number) for result, number in found if result == "PASSED"}
    assert passed == {number for number, (*_, passes) in enumerate(tried) if passes}


def test_the_file_is_read_the_same_in_every_encoding():
    assert CONFIGURATION.read_bytes().isascii()
