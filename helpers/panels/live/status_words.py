"""What `LiveLab` says: title, status sentences, the table of pinned runs."""

import html
from collections.abc import Mapping, Sequence

from helpers import metrics
from helpers.experiment import HYPERPARAMETERS, Experiment, Run
from helpers.panels.base.slider import SLIDERS

_STRENGTHS = ("l1", "l2", "dropout", "weight_decay", "label_smoothing", "input_noise")


def title(experiment: Experiment, values: Mapping[str, float], optimizer: str = "") -> str:
    """What is set, in the words of Keras.

    Args:
        experiment: Of the run on screen, with the hyperparameters that are in force.
        values: Of the hyperparameters that have a slider.
        optimizer: Its name where there is a choice.
    """
    words = [SLIDERS[n].spell(v) for n, v in values.items() if v or n not in HYPERPARAMETERS]
    if not any(getattr(experiment, name) for name in _STRENGTHS):
        words.insert(0, "no regularisation")
    return " · ".join([*words, *([optimizer] if optimizer else []), f"seed {experiment.seed}"])


def where(run: Run) -> str:
    """How far a run has come, and its last numbers."""
    if not run.epochs:
        return "" if run.diverged else "Epoch 0: the initial weights."
    return (
        f"Epoch {run.epochs}: training loss {run.train_loss[-1]:.2f}, "
        f"validation loss {run.validation_loss[-1]:.2f}, "
        f"validation accuracy {run.validation_accuracy[-1]:.1%}."
    )


def waiting(pending: Mapping[str, float], stale: Mapping) -> list[str]:
    """Sentences on sliders that have been moved and do not act yet.

    Args:
        pending: Hyperparameters that act when training goes on.
        stale: What acts after a restart; "seed" and "optimizer" may be among it.
    """
    said = [f"{SLIDERS[n].spell(v)} acts when training goes on." for n, v in pending.items()]
    for name, value in stale.items():
        if name == "seed":
            said.append(f"Seed {value} acts after a restart.")
        elif name == "optimizer":
            said.append(f"{value} acts after a restart.")
        else:
            words = "acts after a restart, since it makes another network or other data."
            said.append(f"{SLIDERS[name].spell(value)}: {words}")
    return said


def pin_table(pins: Sequence[tuple[Run, Mapping[str, float]]], rows: int) -> str:
    """The pinned runs with their numbers, as HTML; empty without any.

    Args:
        pins: Runs of at least one epoch, each with the sliders as they stood at its start.
        rows: How many validation rows an accuracy is of.
    """
    if not pins:
        return ""
    found = []
    for letter, (run, values) in zip("ABCD", pins, strict=False):
        accuracy = float(run.validation_accuracy[-1])
        error = metrics.accuracy_error(accuracy, rows)
        spelled = [SLIDERS[name].spell(value) for name, value in values.items()]
        moved = [
            f"{HYPERPARAMETERS[m.name].spell(m.value)} from epoch {m.epoch}" for m in run.moves
        ]
        found.append(
            [letter, ", ".join([*spelled, f"seed {run.experiment.seed}", *moved]),
             str(run.epochs), f"{run.validation_loss[-1]:.3f}",
             f"{run.validation_loss.min():.3f} (epoch {metrics.best_epoch(run)})",
             f"{accuracy:.1%} ± {100 * error:.1f}"]
        )  # fmt: skip
    heads = ["", "settings", "epochs", "final loss", "best loss", "accuracy ± standard error"]
    table = [f"<tr>{''.join(f'<th>{h}</th>' for h in heads)}</tr>"]
    table += [f"<tr>{''.join(f'<td>{html.escape(c)}</td>' for c in row)}</tr>" for row in found]
    return f"<table>{''.join(table)}</table>"
