"""`REPORT.md`: one page on the data, the network and what it reached."""

import datetime
from pathlib import Path

from helpers import drawing, metrics
from helpers.data import Parts, RawTable
from helpers.data.seal import Sealed
from helpers.experiment import FIELDS, HYPERPARAMETERS, Experiment, Run
from helpers.export.source import Source
from helpers.formatting import listed, nats, plural

MOST_COLUMNS = 30  # rows of the table of columns


def report_page(
    parts: Parts,
    run: Run,
    source: Source,
    picture: str,
    verdict: tuple[str, ...],
    opened,
) -> str:
    """Write the page in Markdown; the arguments are those of `export`, and the picture's file."""
    target = _safe(source.target)
    lines = [
        f"# A network that predicts {target}", "",
        f"Made on {datetime.date.today():%d %B %Y} from {_file(parts, source)}: "
        f"{plural(len(parts.source), 'row')}, {plural(len(source.columns), 'column')}.",
        "", "## Result", "",
        *_numbers(parts, run), "",
        *(f"- {_safe(sentence)}" for sentence in verdict), *([""] if verdict else []),
        f"**Test rows.** {_test_words(parts.test, opened)}", "",
        f"![The picture of the result]({picture})", "",
        "## Network", "", experiment_words(run), "",
        "## Data", "", _split_words(parts), "",
        *(f"- {_safe(note)}" for note in _decisions(parts)), "",
        *_columns(parts),
        "## Files", "",
        "- `train.py` reads the raw file, prepares it, trains the network and evaluates it; its "
        "first lines say what it needs.",
        "- `predict.py` adds predictions to a file: `python predict.py rows.csv predictions.csv`.",
        "- `model.keras` takes raw columns, without any preparation:", "",
        *_example(source), "",
        "  `NaN` and the empty text stand for a missing value. Call the model as a function: "
        "`model.predict` rounds numbers to float32 first.",
        "- `split.csv` says which row of the file, counted from 1, was for training, validation "
        "and test.",
    ]  # fmt: skip
    if source.written:
        lines.append("- `rows.csv` holds the rows of the table.")
    return "\n".join(lines) + "\n"


def save_picture(path: Path, picture, run: Run) -> None:
    """Save a figure, or the figure of some axes; None draws the loss curves."""
    if picture is None:
        import matplotlib.figure

        picture = matplotlib.figure.Figure(figsize=(7, 4), layout="constrained")
        drawing.curves(picture.add_subplot(), run)
    figure = getattr(picture, "figure", None) or picture
    if not hasattr(figure, "savefig"):
        raise ValueError(
            f"picture: is a {type(picture).__name__}, must be a matplotlib figure or axes, or None"
        )
    figure.savefig(path, dpi=150)


def experiment_words(run: Run) -> str:
    """The experiment in a few sentences."""
    e = run.experiment
    layers = f"{plural(len(e.hidden), 'hidden layer')} of {listed(e.hidden, 20)} units"
    units = f"{layers} ({e.activation})" if e.hidden else "no hidden layer"
    plain = Experiment()
    numbers = [
        f"{h.label} {getattr(e, name):g}"
        for name, h in HYPERPARAMETERS.items()
        if getattr(e, name) and name != "learning_rate"
    ]
    others = [
        f"{name}={getattr(e, name)!r}"
        for name in FIELDS
        if name in ("proximal", "penalise_output", "class_weight")
        and getattr(e, name) != getattr(plain, name)
    ]
    used = listed([*numbers, *others], 20) or "none"
    words = (
        f"{units[0].upper()}{units[1:]}. Regularisation: {used}. Trained by {e.optimizer} with "
        f"learning rate {e.learning_rate:g}, {plural(run.epochs, 'epoch')} in batches of "
        f"{e.batch_size}, seed {e.seed}."
    )
    if run.moves:
        moves = listed((f"{m.name}={m.value:g} after epoch {m.epoch}" for m in run.moves), 20)
        words += f" Changed while it trained: {moves}."
    return words


def _numbers(parts: Parts, run: Run) -> list[str]:
    """Losses and scores after the last epoch, beside those of the baseline."""
    y, y_val, task = parts.train.y, parts.validation.y, parts.task
    baseline = metrics.baseline_loss(y, y_val), metrics.baseline_score(y, y_val)
    found = [
        ("training", len(y), run.train_loss[-1], run.train_score[-1]),
        ("validation", len(y_val), run.validation_loss[-1], run.validation_score[-1]),
        (f"validation: baseline, the {task.baseline}", len(y_val), *baseline),
    ]
    lines = [f"| rows | number | {task.loss_label} | {task.score_name} |", "|---|--:|--:|--:|"]
    for name, rows, loss, score in found:
        own = f" ({_safe(parts.target.spell_rmse(loss))})" if parts.target else ""
        cells = (name, f"{rows:,}", f"{nats(loss)}{own}", task.spell_score(score))
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, "", "The validation rows were used to choose, so their numbers flatter."]


def _test_words(test: Sealed, opened) -> str:
    if opened is not None:
        return _safe(str(getattr(opened, "words", opened)))
    if test.opened:
        return f"{plural(len(test), 'row')}, opened for: {_safe('; '.join(test.opened))}."
    return f"{plural(len(test), 'row')}, still sealed: nobody has looked at them."


def _split_words(parts: Parts) -> str:
    """How the rows were divided."""
    recipe = parts.recipe
    alike = "of each class" if parts.classes else "of each tenth of the target"
    how = f"at random, by seed {recipe['seed']}, with the same share {alike} in each part"
    if recipe["order"]:
        how = f"by {recipe['order']!r}: the latest rows are the test, those before for validation"
    elif recipe["groups"]:
        how = f"at random, by seed {recipe['seed']}; the rows of each {recipe['groups']!r} together"
    elif recipe["published"]:
        how += "; the test rows are those that were published as such"
    sizes = f"{len(parts.train):,} training, {len(parts.validation):,} validation and "
    changed = f" {plural(len(parts.flipped), 'training target')} were changed on purpose."
    return _safe(
        f"{sizes}{plural(len(parts.test), 'test row')}, divided {how}. Medians, categories, means "
        f"and standard deviations come from the training rows alone."
        f"{changed if len(parts.flipped) else ''}"
    )


def _decisions(parts: Parts) -> list[str]:
    found = parts.source.report.sentences if isinstance(parts.source, RawTable) else []
    notes = [f"{note[0].upper()}{note[1:]}" for note in parts.notes if note]
    return [*found, *notes]


def _columns(parts: Parts) -> list[str]:
    """What was found in each column."""
    if not isinstance(parts.source, RawTable):
        return []
    report = parts.source.report
    lines = ["| column | kind | missing | values |", "|---|---|--:|---|"]
    for line in report.lines[: MOST_COLUMNS + 1]:
        cells = (line.column, line.kind, f"{line.missing:,}" if line.missing else "", line.values)
        lines.append(f"| {' | '.join(map(_safe, cells))} |")
    more = len(report.lines) - MOST_COLUMNS - 1
    return [*lines, "", *([f"And {plural(more, 'more column')}.", ""] if more > 0 else [])]


def _file(parts: Parts, source: Source) -> str:
    name = Path(source.path).name if not source.written else parts.source.name
    return f"`{name}`" if "`" not in name else _safe(name)


def _example(source: Source) -> list[str]:
    """Three lines of Python that use the model."""
    some = list(source.columns.items())[:2]
    values = ("np.array([1.5, np.nan])", 'np.array(["a", ""], object)')
    given = (f"{name!r}: {values[kind == 'category']}" for name, kind in some)
    more = ", ..." if len(source.columns) > 2 else ""
    return [
        "  ```python",
        '  model = keras.models.load_model("model.keras")',
        f"  model({{{', '.join(given)}{more}}})",
        "  ```",
    ]


def _safe(text: str) -> str:
    """Text in which nothing is a mark of Markdown."""
    for mark in "\\`*_<>[]|#":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())
