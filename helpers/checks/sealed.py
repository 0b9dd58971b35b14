"""The capstone's test: the report's models on rows that chose nothing."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from helpers import metrics, reference
from helpers.checks.estimates import Measured, measured
from helpers.checks.report import REFERENCE, written_report
from helpers.checks.verdicts import NOT_YET, Verdict, verdict
from helpers.data import Part, Parts
from helpers.experiment import Experiment, Run, grid

OFF = 0.02  # losses that differ by more, as a fraction, are those of other models


@dataclass(frozen=True, repr=False)
class SealedResult(Verdict):
    """A verdict with what was measured on the sealed rows; shown, it is a picture too.

    Attributes:
        accuracy: {"unregularised", "yours", "reference"}: accuracies on the sealed rows.
        gain: {"unregularised", "reference"}: yours minus that one's, paired row by row.
        by_seed: {"unregularised", "yours", "reference"}: the accuracy of each seed: (seeds,).
        opened: How often the test set had been opened by then.
        expected: The accuracy that the report expects, from where to where.
        baseline: The accuracy there of always predicting the majority class of the training rows.
        rows: How many rows are sealed.
    """

    accuracy: dict[str, Measured] = field(default_factory=dict)
    gain: dict[str, Measured] = field(default_factory=dict)
    by_seed: dict[str, np.ndarray] = field(default_factory=dict)
    opened: int = 1
    expected: tuple[float, float] = (0.0, 1.0)
    baseline: float = 0.0
    rows: int = 0

    def _repr_png_(self):
        """The picture, and what it shows for those who cannot see it."""
        from helpers.drawing.alt_text import describe
        from helpers.drawing.comparison import comparison

        often = "once" if self.opened == 1 else f"{self.opened} times: no longer a test"
        figure = comparison(
            self.text,
            f"{self.rows} sealed rows, opened {often}",
            self.accuracy,
            self.gain,
            expected=self.expected,
            baseline=self.baseline,
        )
        made = io.BytesIO()
        figure.savefig(made, format="png", dpi=100)
        return made.getvalue(), {"alt": describe(figure)}


def sealed_result(
    report,
    models,
    parts: Parts,
    base: Experiment,
    reference_settings: Mapping[str, float] | None = None,
) -> Verdict:
    """Open the test set and compare the report's models with two others, row by row.

    The test set stays closed while the report is not complete (`written_report`) or the models do
    not fit it. The other two are `base`, and `base` with the reference's settings, each trained
    with the report's seeds on the same rows.

    Args:
        report: As in `written_report`.
        models: The learner's trained Keras models, one for each seed of the report. Called, each
            gives the probability of the second class, (rows, 1); `losses` holds the penalties.
        parts: The rows of the brief; their test set is opened.
        base: The unregularised network of the brief.
        reference_settings: Fields of the other network to compare with; `REFERENCE` if None.

    Returns:
        A `SealedResult`, or the plain verdict on a report or models that are not ready.
    """
    found = written_report(report)
    known = (*found.known, *_HINTS, "no gain")
    if not found:
        return replace(found, known=known)
    if models is None or models is ...:
        return verdict("Not yet", NOT_YET, known)
    models = list(models) if np.iterable(models) else [models]
    fault, name = _unfit(report, models, parts, base)
    if fault:
        return verdict("Not quite", fault, known, name)
    theirs = REFERENCE if reference_settings is None else reference_settings
    networks = {"unregularised": base, "reference": base.replace(**theirs)}
    runs = _trained(networks, sorted(map(int, report["seeds"])), parts)

    test = parts.test.open("how good is the network of the report?")
    opened = len(parts.test.opened)
    right = {
        "unregularised": _right(runs["unregularised"], test),
        "yours": np.array([(_predicted(m, test) > 0.5) == test.y for m in models], float),
        "reference": _right(runs["reference"], test),
    }
    accuracy = {name: measured(values) for name, values in right.items()}
    gain = {n: measured(right["yours"] - right[n]) for n in networks}
    low, high = report["expected_accuracy"]
    said = [
        _compared(gain["unregularised"], "the unregularised network"),
        _compared(gain["reference"], "the reference"),
        _met(accuracy["yours"].mean, low, high),
    ]
    if opened > 1:
        said = [f"the test set has been opened {opened} times: {_HINTS['opened before']}"]
    improved = gain["unregularised"].mean > 2 * gain["unregularised"].error
    mistake = "opened before" if opened > 1 else None if improved else "no gain"
    found = verdict("Not quite" if mistake else "Correct", "; ".join(said), known, mistake)
    return SealedResult(
        **vars(found),
        accuracy=accuracy,
        gain=gain,
        by_seed={name: values.mean(axis=1) for name, values in right.items()},
        opened=opened,
        expected=(low, high),
        baseline=metrics.baseline_accuracy(parts.train.y, test.y),
        rows=len(test),
    )


_HINTS = {
    "not one model a seed": "give a list of trained models, one for each seed of the report, in "
    "the same order",
    "one model counted five times": "two of these models predict the same; build and train a new "
    "model for each seed",
    "trained too long": "a model was trained for more epochs than the brief allows; calling fit "
    "again goes on from where it was, so build a new model first",
    "diverged": "a model predicts no probabilities, because its training diverged; lower the "
    "learning rate",
    "penalty in the losses": "these validation losses contain the penalty; report the data loss, "
    "which a metric gives",
    "losses of other models": "these validation losses are not those of these models on the "
    "validation rows; evaluate the models as they are now",
    "opened before": "this is no longer a test, and its rows are now worth what validation rows "
    "are worth",
}


def _unfit(report, models: Sequence, parts: Parts, base: Experiment) -> tuple[str, str | None]:
    """What keeps the test set closed, and its name; ("", None) if nothing does."""
    if not all(callable(model) for model in models):
        return "models: this asks for a list of trained Keras models", None
    found = [_predicted(model, parts.validation) for model in models]
    if any(p.shape != parts.validation.y.shape for p in found):
        return "models: each must end in one sigmoid unit", None
    steps = base.epochs * -(-len(parts.train) // base.batch_size)
    name = _misfit(report, models, found, parts.validation.y, steps)
    return (_HINTS[name], name) if name else ("", None)


def _misfit(report, models, found, y, most_steps: int) -> str | None:
    """The mistake in the models, if any.

    Args:
        report: The learner's.
        models: As many as there are.
        found: The predicted probabilities of each on the validation rows.
        y: The classes of these rows.
        most_steps: How many steps of the optimizer the brief allows.
    """
    if len(models) != len(report["seeds"]):
        return "not one model a seed"
    if not all(np.isfinite(p).all() and p.min() >= 0 and p.max() <= 1 for p in found):
        return "diverged"
    if any(np.array_equal(p, q) for i, p in enumerate(found) for q in found[:i]):
        return "one model counted five times"
    if any(_steps(model) > most_steps for model in models):
        return "trained too long"
    given = np.array(list(report["validation_losses"]), float)
    data = np.array([_cross_entropy(p, y) for p in found])
    penalty = np.array([float(sum(map(float, model.losses))) for model in models])
    if np.allclose(given, data, rtol=OFF, atol=0):
        return None
    with_penalty = np.allclose(given, data + penalty, rtol=OFF, atol=0)
    return "penalty in the losses" if with_penalty else "losses of other models"


def _steps(model) -> int:
    """How many steps a model's optimizer has made; 0 if it has none."""
    return int(getattr(getattr(model, "optimizer", None), "iterations", 0))


def _predicted(model, part: Part) -> np.ndarray:
    """The probability of the second class: (rows,); of another shape if the model has another."""
    p = np.asarray(model(part.x, training=False), float)
    return p[:, 0] if p.ndim == 2 and p.shape[1] == 1 else p


def _cross_entropy(p: np.ndarray, y: np.ndarray) -> float:
    """The mean cross-entropy in nats, with probabilities kept 1e-7 from 0 and 1, as Keras does."""
    p = np.clip(np.where(y == 1, p, 1 - p), 1e-7, 1)
    return float(-np.log(p).mean())


def _trained(networks: Mapping[str, Experiment], seeds, parts: Parts) -> dict[str, list[Run]]:
    """The runs of each network, one for each seed."""
    from helpers.training import train

    experiments = [one for network in networks.values() for one in grid(network, seed=seeds)]
    runs = train(experiments, parts, progress=False)
    n = len(seeds)
    return {name: runs[i * n : (i + 1) * n] for i, name in enumerate(networks)}


def _right(runs: Sequence[Run], part: Part) -> np.ndarray:
    """1 where a network is right, else 0: (seeds, rows)."""
    outputs = [reference.forward(part.x, run.weights, run.experiment.activation) for run in runs]
    return np.array([reference.predicted(z) == part.y for z in outputs], float)


def _compared(gain: Measured, other: str) -> str:
    if abs(gain.mean) <= 2 * gain.error:
        return f"within noise of {other}, less than two standard errors away"
    which = "better" if gain.mean > 0 else "worse"
    return f"{which} than {other} by more than two standard errors"


def _met(accuracy: float, low: float, high: float) -> str:
    if low <= accuracy <= high:
        return "as accurate as expected"
    return f"{'less' if accuracy < low else 'more'} accurate than expected"
