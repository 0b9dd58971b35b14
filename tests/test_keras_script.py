"""The Keras script as text; `test_training.py` runs it. Needs no TensorFlow."""

import ast
import builtins
import itertools
import subprocess
import sys

import numpy as np
import pytest

from helpers.data import Table, load, make_2d, split
from helpers.experiment import OPTIMIZERS, Experiment, Move
from helpers.keras_script import keras_script, training_code
from tests.tools.notebooks import ROOT


def own():
    """Parts of a table that no call of the course gives again."""
    x = np.random.default_rng(0).normal(size=(60, 3))
    return split(Table("My wine, 2024", x, np.arange(60) % 3, list("abc"), list("rst")), 30, 20)


PARTS = {"shipped": split(load("cells")), "made": split(make_2d("moons"), 99, 99), "own": own()}
CHANGES = [
    dict(), dict(l1=0.1, l2=0.2, dropout=0.5, input_noise=0.1), dict(proximal=True, l1=0.1),
    dict(label_smoothing=0.1, weight_decay=0.1, clipnorm=1.0, penalise_output=False),
]  # fmt: skip
MOVES = [(), (Move(2, "l2", 0.1), Move(3, "dropout", 0.2), Move(4, "label_smoothing", 0.3),
              Move(4, "clipnorm", 0.5), Move(5, "l1", 0.5))]  # fmt: skip


def undefined(code):
    """Names that a script uses and nowhere defines."""
    used, known = set(), set(dir(builtins))
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else known).add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            known |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            known.add(node.name)
        elif isinstance(node, ast.arg):
            known.add(node.arg)
        elif isinstance(node, ast.ExceptHandler):
            known.add(node.name)
    return used - known


def test_the_finder_of_undefined_names():
    assert undefined("import numpy as np\nx = np.ones(2)\nprint(x, split(table))") == {
        "split", "table"
    }  # fmt: skip


@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS)
def test_a_script_uses_only_what_it_defines(parts):
    for change, moves in itertools.product(CHANGES, MOVES):
        code = keras_script(Experiment(epochs=9, **change), parts, moves)
        assert undefined(code) == set()
        assert moves or max(map(len, code.splitlines())) <= 100


def test_the_script_of_ones_own_table_says_how_to_write_the_rows():
    code = keras_script(Experiment(), PARTS["own"])
    assert "helpers" not in code and 'rows = np.load("my_wine_2024.npz")' in code
    assert '#     np.savez("my_wine_2024.npz", x=parts.train.x, y=parts.train.y,' in code


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_stands_with_its_arguments(name):
    code = keras_script(Experiment(optimizer=name, clipnorm=2), PARTS["made"])
    assert f"optimizer = keras.optimizers.{OPTIMIZERS[name][0]}(learning_rate=0.001" in code
    assert "clipnorm=2.0)" in code


def test_constants_stand_for_what_did_not_move():
    e = Experiment(l2=0.25, dropout=0.5, learning_rate=0.125, batch_size=17, epochs=9, seed=3)
    names = {"l2": "L2", "dropout": "DROPOUT", "learning_rate": "RATE", "batch_size": "BATCH",
             "epochs": "EPOCHS", "seed": "SEED"}  # fmt: skip
    imports, lines = training_code(e, PARTS["made"], names=names)
    code = "\n".join(lines)
    assert imports == ["initializers", "layers", "regularizers"]
    assert undefined(code) == {*names.values(), *imports, "keras", "np", "x", "y", "x_val", "y_val"}
    for number in ("0.25", "0.5", "0.125", "17", "9"):
        assert number not in code
    assert "GlorotUniform(seed=100 * SEED + 1)" in code and "batches(0, EPOCHS)" in code
    _, lines = training_code(e, PARTS["made"], [Move(4, "l2", 0.75)], names)
    assert "L2(0.75)" in "\n".join(lines) and "Dropout(DROPOUT, seed=100 * SEED" in "\n".join(lines)


def test_writing_a_script_loads_no_keras():
    code = (
        "import sys; from helpers.data import load, split; from helpers.experiment import *;"
        "from helpers.keras_script import keras_script;"
        "keras_script(Experiment(l1=1, l2=1, dropout=0.5), split(load('cells')));"
        "print({'keras', 'tensorflow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr
