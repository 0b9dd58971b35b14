"""`export`: the folder and what is written into it."""

import csv
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from helpers.data import Parts
from helpers.experiment import Run
from helpers.export.network import save_model
from helpers.export.page import report_page, save_picture
from helpers.export.scripts import predict_script, train_script
from helpers.export.source import Source, exact, source_of

PICTURE = "picture.png"


def export(
    parts: Parts,
    run: Run,
    folder: str | Path,
    *,
    verdict: Iterable[str] = (),
    picture=None,
    opened=None,
) -> Path:
    """Write a folder with the network and with scripts that need nothing of this course.

    Args:
        parts: The rows that the run was trained on.
        run: The finished run of the chosen experiment.
        folder: Where to write. If there is such a folder with something in it, nothing there is
            touched: the name gets a number, "network-2".
        verdict: Sentences for the page on why this experiment was chosen.
        picture: A matplotlib figure or axes for the page; None draws the loss curves of the run.
        opened: What the test rows showed: something with `words`; None if they stay sealed.

    Returns:
        The folder: `train.py`, `predict.py`, `model.keras`, `REPORT.md`, `split.csv` (which rows
        are in which part), the picture, and `rows.csv` if the table did not come from a file.

    Raises:
        ValueError: If the run is not one on these parts, or diverged, or the file that the table
            was read from has changed.
        FileNotFoundError: If that file, or the folder above, is missing.
        OSError: If the folder cannot be written.
    """
    _check_run(parts, run)
    target = _free(Path(folder).expanduser())
    try:
        made = Path(tempfile.mkdtemp(prefix=".export-", dir=target.parent))
    except OSError as error:
        raise type(error)(
            f"folder={str(folder)!r}: cannot write into {str(target.parent.resolve())!r} "
            f"({error.strerror}); must lie in a folder that can be written"
        ) from None
    try:
        source = source_of(parts, made)
        (made / "train.py").write_text(train_script(source, parts, run), encoding="utf-8")
        (made / "predict.py").write_text(predict_script(source), encoding="utf-8")
        _write_split(made / "split.csv", source, parts)
        save_model(made, source, parts, run)
        save_picture(made / PICTURE, picture, run)
        page = report_page(parts, run, source, PICTURE, tuple(verdict), opened)
        (made / "REPORT.md").write_text(page, encoding="utf-8")
        shutil.rmtree(made / "__pycache__", ignore_errors=True)
        made.chmod(0o755)
        if target.exists():  # an empty folder
            target.rmdir()
        made.rename(target)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return target


def _check_run(parts: Parts, run: Run) -> None:
    if not isinstance(parts, Parts):
        raise ValueError(f"parts: is a {type(parts).__name__}, must be what split(...) gives")
    if not isinstance(run, Run):
        raise ValueError(f"run: is a {type(run).__name__}, must be one Run, such as runs[0]")
    if run.diverged:
        raise ValueError(
            f"run: diverged at epoch {run.diverged.epoch}; must be a run that ended well"
        )
    if not run.epochs:
        raise ValueError("run: holds 0 epochs; must be trained")
    outputs = parts.task.outputs
    found = (run.weights[0].shape[0], run.weights[-1].shape[0])
    if found != (parts.n_features, outputs):
        raise ValueError(
            f"run: its network has {found[0]} inputs and {found[1]} outputs, and parts need "
            f"{parts.n_features} and {outputs}; must be a run on these parts"
        )


def _free(folder: Path) -> Path:
    """The folder, or, if something stands there, the first name with a number that is free."""
    if not folder.name:
        raise ValueError(f"folder={str(folder)!r}: must be the name of a new folder")
    if not folder.parent.is_dir():
        raise FileNotFoundError(
            f"folder={str(folder)!r}: there is no folder {str(folder.parent)!r} to make it in"
        )
    tried, number = folder, 1
    while tried.exists() and not (tried.is_dir() and not any(tried.iterdir())):
        number += 1
        tried = folder.with_name(f"{folder.name}-{number}")
    return tried


def _write_split(path: Path, source: Source, parts: Parts) -> None:
    """Write which row of the file is in which part; and labels that were changed."""
    flipped = set(parts.flipped.tolist())
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "part", *(["label"] if flipped else [])])
        for part, rows in source.rows.items():
            for place, row in enumerate(rows.tolist()):
                labels = [""] if flipped else []
                if part == "training" and place in flipped:
                    labels = [_label(parts, place)]
                writer.writerow([row + 1, part, *labels])


def _label(parts: Parts, place: int) -> str:
    y = parts.train.y[place]
    return parts.classes[y] if parts.classes else exact(float(parts.target.restore(y)))
