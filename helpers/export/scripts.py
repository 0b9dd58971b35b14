"""`train.py` and `predict.py` as text, written without importing Keras.

Both stand alone: what they share is written into each.
"""

import json
import re
import textwrap
from collections.abc import Sequence
from importlib import metadata

from helpers.data import Parts
from helpers.data.columns import MOST_CATEGORIES
from helpers.experiment import HYPERPARAMETERS, Run
from helpers.export import blocks
from helpers.export.source import Source
from helpers.keras_script import training_code

WIDTH = 98
# What Keras calls its own layers and operations here: an input must be called something else.
_TAKEN = re.compile(
    r"(add|cast|concatenate|dense|divide|dropout|functional|gaussian_noise|input_layer|is_?nan|"
    r"multiply|normalization|rescaling|sequential|string_lookup|take|true_divide|where|zeros_like)"
    r"(_\d+)?"
)


def train_script(source: Source, parts: Parts, run: Run) -> str:
    """Write the script that reads the raw file, prepares it, trains the network and evaluates it.

    Args:
        source: The file and how it is to be understood.
        parts: The rows that the run saw.
        run: Its experiment, and its moves, are repeated.
    """
    constants = _constants(run)
    imports, training = training_code(run.experiment, parts, run.moves, constants)
    kinds = set(source.columns.values())
    renamed = _renamed(source)
    modules = ["from collections import Counter"] if "category" in kinds else []
    lines = [
        *_head(source, _TRAIN_TEXT),
        *_imports(source, modules),
        f"from keras import {', '.join(sorted({*imports, 'ops'}))}", "", *_quiet(source),
        "HERE = Path(__file__).resolve().parent",
        f"FILE = {_path(source)}",
        'SPLIT = HERE / "split.csv"  # which row of the file, counted from 1, is in which part',
        'RETRAINED = HERE / "retrained.keras"  # rename it to model.keras to put it to use', "",
        *_file_constants(source),
        *([f"RENAMED = {_dict(renamed)}  # what Keras calls these inputs"] if renamed else []),
        *_most(source), "",
        "# The network: the numbers that were chosen",
        *(f"{name} = {_number(run, field)}" for field, name in constants.items()), "",
    ]  # fmt: skip
    text = "\n".join(lines) + _reading(source)
    text += _targets_block(source) + blocks.SPLIT + blocks.PREDICT
    text += _features_block(source, parts, renamed)
    text += _train_function(training)
    text += _score_block(source) + _filled(
        blocks.TRAIN_MAIN,
        changed="changed" if len(parts.flipped) else "_",
        targets=_target_code(source, parts),
        output="answer" if source.classes else _OWN_UNIT,
    )
    return text


def predict_script(source: Source) -> str:
    """Write the script that adds predictions to the rows of a file."""
    lines = [
        *_head(source, _PREDICT_TEXT),
        *_imports(source), "", *_quiet(source),
        'MODEL = Path(__file__).resolve().parent / "model.keras"', "",
        *_file_constants(source), "",
    ]  # fmt: skip
    main = _filled(blocks.PREDICT_MAIN, found=_found_code(source))
    return "\n".join(lines) + _reading(source) + blocks.PREDICT + main


_BY_KIND = {
    frozenset(["number"]): "to_numbers(name, texts)",
    frozenset(["category"]): "to_categories(texts)",
    frozenset(["number", "category"]): 'to_numbers(name, texts) if kind == "number" else '
    "to_categories(texts)",
}
_OWN_UNIT = 'ops.cast(answer, "float64") * float(deviation) + float(mean)'
_TRAIN_TEXT = """Predict {target} from {columns} columns: read, prepare, train, evaluate.

    python train.py               trains the network and writes retrained.keras
    python train.py other.csv     the same with another copy of the file
    python train.py --test        evaluates the test rows too: once, after the last choice

The split, the initial weights and the order of the rows are those of the network in model.keras,
so that the losses come out alike.
"""
_PREDICT_TEXT = """Add predictions of {target} to a file with the columns named below.

    python predict.py rows.csv predictions.csv

Missing values and new categories are allowed: the model knows what stands for them.
"""


def _head(source: Source, text: str) -> list[str]:
    """The docstring, and what the script needs, as `uv run` and pip's `--requirements` read it."""
    target = source.target.replace("\\", "\\\\").replace('"""', "'''").replace("\n", " ")
    text = text.format(target=target, columns=len(source.columns))
    needs = requirements()
    install = " ".join(f'"{need}"' for need in needs)
    return [
        f'"""{text}', f"    pip install {install}", '"""', "",
        "# /// script", '# requires-python = ">=3.11"', "# dependencies = [",
        *(f"#     {json.dumps(need)}," for need in needs), "# ]", "# ///", "",
    ]  # fmt: skip


def requirements() -> list[str]:
    """What the scripts need, in the releases that are installed here."""
    found = [f"{name}~={metadata.version(name)}" for name in ("keras", "numpy")]
    for name in ("tensorflow", "tensorflow-cpu"):
        try:
            return [*found, f"tensorflow~={metadata.version(name)}"]
        except metadata.PackageNotFoundError:
            continue
    return [*found, "tensorflow"]


def _constants(run: Run) -> dict[str, str]:
    """The fields of the experiment that stand as constants at the top of the script."""
    moved = {move.name for move in run.moves}
    used = [n for n in HYPERPARAMETERS if getattr(run.experiment, n) and n not in moved]
    if not run.experiment.hidden:
        used = [name for name in used if name != "dropout"]
    return {name: name.upper() for name in [*used, "batch_size", "epochs", "seed"]}


def _number(run: Run, field: str):
    return run.epochs if field == "epochs" else getattr(run.experiment, field)


def _path(source: Source) -> str:
    absolute = source.path.startswith("/") or re.match(r"[A-Za-z]:", source.path)
    return f"Path({_text(source.path)})" if absolute else f"HERE / {_text(source.path)}"


def _imports(source: Source, modules: Sequence[str] = ()) -> list[str]:
    plain = ["csv", *(["gzip"] if source.packed else []), "sys"]
    plain += ["warnings"] if _renamed(source) else []
    return [
        *(f"import {name}" for name in plain), *modules, "from pathlib import Path", "",
        "import keras", "import numpy as np",
    ]  # fmt: skip


def _quiet(source: Source) -> list[str]:
    """Keras warns of inputs that are not called as their columns are, which cannot be helped."""
    if not _renamed(source):
        return []
    ignored = 'warnings.filterwarnings("ignore", "When providing `inputs` as a dict")'
    return [
        "# The inputs of some columns have other names: Keras refuses or uses theirs.",
        ignored,
        "",
    ]


def _file_constants(source: Source) -> list[str]:
    """What describes the file and its columns, in both scripts."""
    lines = [
        "# The file, as it was understood when the network was trained",
        f"SEPARATOR = {_text(source.separator)}",
        f"ENCODING = {_text(source.encoding)}",
        *([f"NAMES = {_list(source.names)}"] if source.names else []),
        f"MISSING = {_set(source.missing)}  # in small letters",
    ]
    if source.missing_numbers:
        lines.append(f"MISSING_NUMBERS = {source.missing_numbers!r}")
    if source.spellings:
        found = {name: _dict(marks) for name, marks in source.spellings.items()}
        lines += ["SPELLINGS = {  # of the numbers in these columns"]
        lines += [*(f"    {_text(name)}: {marks}," for name, marks in found.items()), "}"]
    lines += ["", f"TARGET = {_text(source.target)}"]
    if source.classes:
        lines.append(f"CLASSES = {_list(source.classes)}")
    if source.bins is not None:
        lines.append(f"BINS = {list(source.bins)!r}")
    lines.append("COLUMNS = {  # that the network sees, in this order")
    return [*lines, *(f"    {_text(n)}: {_text(kind)}," for n, kind in source.columns.items()), "}"]


def _most(source: Source) -> list[str]:
    lines = []
    if "category" in source.columns.values():
        lines = [f"MOST_CATEGORIES = {MOST_CATEGORIES}  # of more, the rare ones count as one"]
    if source.as_text:
        lines.append(f"AS_TEXT = {_list(source.as_text)}  # numbers among these are sorted as text")
    if "number" in source.columns.values():
        lines.append(f"ROUNDING = {source.rounding!r}  # a relative range of so little is none")
    return lines


def _renamed(source: Source) -> dict[str, str]:
    """The columns whose names Keras refuses, or uses itself, with others."""
    return {
        name: f"{name.replace('/', '⁄')} (column)"
        for name in source.columns
        if "/" in name or not name or _TAKEN.fullmatch(name)
    }


def _reading(source: Source) -> str:
    newline = ', newline=""' if source.written else ""
    opening = [f"with open(path, encoding=ENCODING{newline}) as file:"]
    if source.packed:
        opening = [
            'with open(path, "rb") as file:',
            '    packed = file.read(2) == b"\\x1f\\x8b"',
            "with (gzip.open if packed else open)"
            f'(path, "rt", encoding=ENCODING{newline}) as file:',
        ]
    if source.skips_line:
        opening.append('    next(file)  # such as "sep=;"')
    opening.append("    reader = csv.reader(file, delimiter=SEPARATOR)")
    if source.written:
        named = "next(reader)"
    elif source.names is None:
        named = '[name.strip() or f"column {k}" for k, name in enumerate(next(reader), start=1)]'
    else:
        named = "NAMES"
    names = [f"names = {named}", *(["next(reader)"] if source.names and source.header else [])]
    gaps, kinds = [], frozenset(source.columns.values())
    if source.missing_numbers:
        gaps = ["numbers[np.isin(numbers, MISSING_NUMBERS)] = np.nan"]
    plain = "plainly(name, text)" if source.spellings else "text"
    minus = plain.replace("text)", 'text.replace("−", "-"))')
    text = _filled(
        blocks.READ,
        open=textwrap.indent("\n".join(opening), " " * 4),
        names=textwrap.indent("\n".join(names), " " * 8),
        loop="name, kind in COLUMNS.items()" if len(kinds) > 1 else "name in COLUMNS",
        values=_BY_KIND[kinds],
        plain=minus if source.spellings else 'text.replace("−", "-")',
        gaps=textwrap.indent("\n".join(gaps), " " * 4),
    )
    if source.spellings:
        text += blocks.PLAIN
    return "\n" + text + (blocks.CATEGORIES if "category" in source.columns.values() else "")


def _targets_block(source: Source) -> str:
    if not source.classes:
        return blocks.NUMBER_TARGETS
    return blocks.CLASS_LABELS if source.bins is None else blocks.BINNED_LABELS


def _features_block(source: Source, parts: Parts, renamed: dict) -> str:
    deviations = parts.encoding.standard_deviation
    as_text, kinds = bool(source.as_text), set(source.columns.values())
    name = "RENAMED.get(name, name)" if renamed else "name"
    more = ", name in AS_TEXT" if as_text else ""
    number = "features += number_features(x, columns[name])"
    category = f"features.append(category_features(x, columns[name]{more}))"
    if len(kinds) > 1:
        build = [
            "for name, kind in COLUMNS.items():",
            '    dtype = "float64" if kind == "number" else "string"',
            f"    inputs[name] = x = keras.Input((1,), name={name}, dtype=dtype)",
            '    if kind == "number":', f"        {number}", "    else:", f"        {category}",
        ]  # fmt: skip
    else:
        dtype, only = ("float64", number) if "number" in kinds else ("string", category)
        build = [
            "for name in COLUMNS:",
            f'    inputs[name] = x = keras.Input((1,), name={name}, dtype="{dtype}")',
            f"    {only}",
        ]
    text = _filled(blocks.FEATURES, build=textwrap.indent("\n".join(build), " " * 4))
    if "number" in kinds:
        unit = blocks.UNIT.strip("\n") if (deviations < 1e-6).any() else ""
        text += _filled(blocks.NUMBER_FEATURES, unit=unit)
    if "category" in kinds:
        text += _filled(
            blocks.CATEGORY_FEATURES,
            arguments="x, values, as_text" if as_text else "x, values",
            order="str if as_text else in_order" if as_text else "in_order",
        )
    return text


def _train_function(training: list[str]) -> str:
    """The code of the Keras script as a function."""
    body = re.sub(r"\n{3,}", "\n\n", "\n".join(training)).strip("\n")
    words = '"""Make the network and train it on features x; returns it, and its curves."""'
    lines = ["", "", "def train(x, y, x_val, y_val):", f"    {words}"]
    return "\n".join([*lines, textwrap.indent(body, " " * 4), "    return model, history", ""])


def _score_block(source: Source) -> str:
    if not source.classes:
        return blocks.NUMBER_SCORE
    return blocks.BINARY_SCORE if len(source.classes) == 2 else blocks.CLASSES_SCORE


def _target_code(source: Source, parts: Parts) -> str:
    """What makes the targets of the network from those of the rows."""
    lines = []
    if not source.classes:
        lines += ['mean, deviation = targets["training"].mean(), targets["training"].std()']
    if len(parts.flipped):
        label = "CLASSES.index(changed[row])" if source.classes else "float(changed[row])"
        lines += [
            'for place, row in enumerate(split["training"]):  # what was changed on purpose',
            "    if row in changed:",
            f'        targets["training"][place] = {label}',
        ]
    if source.classes:
        lines += ['y, y_val = targets["training"], targets["validation"]']
    else:
        lines += [
            "standardised = {part: (y - mean) / deviation for part, y in targets.items()}",
            'y, y_val = (standardised[p].astype("float32") for p in ("training", "validation"))',
        ]
    return textwrap.indent("\n".join(lines), " " * 4)


def _found_code(source: Source) -> str:
    if not source.classes:
        lines = ['added = [f"predicted {TARGET}"]',
                 'found = [[f"{number:.8g}"] for number in found[:, 0]]']  # fmt: skip
    else:
        lines = []
        if len(source.classes) == 2:
            lines = ["found = np.column_stack([1 - found, found])  # of each class"]
        lines += [
            'added = [f"predicted {TARGET}", *(f"probability of {name}" for name in CLASSES)]',
            'found = [[CLASSES[p.argmax()], *(f"{share:.6g}" for share in p)] for p in found]',
        ]
    return textwrap.indent("\n".join(lines), " " * 4)


def _filled(block: str, **pieces: str) -> str:
    """A block with its gaps filled; a line that is left empty goes."""
    for name, piece in pieces.items():
        if not piece:
            block = block.replace(f"@{name}@\n", "")
        block = block.replace(f"@{name}@", piece)
    return block


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _list(values) -> str:
    return _wrapped("[", [_text(value) for value in values], "]")


def _set(values) -> str:
    return _wrapped("{", [_text(value) for value in values], "}")


def _dict(values: dict[str, str]) -> str:
    return _wrapped("{", [f"{_text(k)}: {_text(v)}" for k, v in values.items()], "}")


def _wrapped(start: str, items: list[str], end: str) -> str:
    """A list on one line, or on as many as it takes."""
    if len(line := f"{start}{', '.join(items)}{end}") < 70:
        return line
    lines = [""]
    for item in items:
        if lines[-1] and len(lines[-1]) + len(item) > WIDTH - 6:
            lines.append("")
        lines[-1] += f" {item}," if lines[-1] else f"{item},"
    return "\n".join([start, *(f"    {line}" for line in lines), end])
