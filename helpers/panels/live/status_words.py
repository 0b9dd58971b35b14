"""What `LiveLab` says: title, status sentences, the table of pinned runs."""

import html
from collections.abc import Mapping, Sequence

from helpers import metrics
from helpers.data import Parts
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


def where(run: Run, parts: Parts) -> str:
    """How far a run on some rows has come, and its last numbers."""
    if not run.epochs:
        return "" if run.diverged else "Epoch 0: the initial weights."
    return (
        f"Epoch {run.epochs}: training loss {run.train_loss[-1]:.2f}, "
        f"validation loss {run.validation_loss[-1]:.2f}, "
        f"validation {_score(run, parts)}."
    )


def _score(run: Run, parts: Parts) -> str:
    """The last validation score, of a regression with the error in the target's own unit."""
    value = float(run.validation_score[-1])
    if parts.task.classifies:
        return f"accuracy {value:.1%}"
    rmse = parts.target.spell_rmse(float(run.validation_loss[-1]))
    return f"{parts.task.score_name} {parts.task.spell_score(value)}, {rmse}"


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


def pin_table(pins: Sequence[tuple[Run, Mapping[str, float], Parts]]) -> str:
    """The pinned runs with their numbers, as HTML; empty without any.

    Args:
        pins: Runs of at least one epoch, each with the sliders as they stood at its start, and
            its rows.
    """
    if not pins:
        return ""
    found = []
    task = pins[0][2].task
    for letter, (run, values, parts) in zip("ABCD", pins, strict=False):
        score, error = float(run.validation_score[-1]), metrics.score_error(run, parts)
        if task.classifies:
            score = f"{score:.1%} ± {100 * error:.1f}"
        else:
            score = f"{task.spell_score(score)} ± {error:.2f}"
        spelled = [SLIDERS[name].spell(value) for name, value in values.items()]
        moved = [
            f"{HYPERPARAMETERS[m.name].spell(m.value)} from epoch {m.epoch}" for m in run.moves
        ]
        found.append(
            [letter, ", ".join([*spelled, f"seed {run.experiment.seed}", *moved]),
             str(run.epochs), f"{run.validation_loss[-1]:.3f}",
             f"{run.validation_loss.min():.3f} (epoch {metrics.best_epoch(run)})",
             score]
        )  # fmt: skip
    heads = ["", "settings", "epochs", "final loss", "best loss",
             f"{task.score_name} ± standard error"]  # fmt: skip
    table = [f"<tr>{''.join(f'<th>{h}</th>' for h in heads)}</tr>"]
    table += [f"<tr>{''.join(f'<td>{html.escape(c)}</td>' for c in row)}</tr>" for row in found]
    return f"<table>{''.join(table)}</table>"
