"""Draws numbers on a given `Axes`; returns and keeps nothing.

    use_style()
    figure, ax = plt.subplots()
    curves(ax, runs)                # lines, gap, lowest point, labels at the lines
    u_curve(ax, sweep, "l2")        # sweep: {position: [Run, ...]}

Every artist carries its role as `gid` ("training", "validation band", "gap", ...), so that
tests and panels find it: `ax.findobj(lambda a: a.get_gid() == "training")`.
Labels look for a free place each time the figure is drawn, so they stay clear of the lines
whatever is resized or added later. What finds no place moves into the small print above.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from helpers import formatting, metrics
from helpers.data import Part
from helpers.drawing.labels import Along, Corner, Gap, Near, Places, sides
from helpers.drawing.style import (
    CLASSES,
    INK,
    LINE_STYLES,
    MUTED,
    STYLE,
    STYLE_FILE,
    label_font,
    text_color,
    use_style,
)
from helpers.experiment import HYPERPARAMETERS, Hyperparameter, Run
from helpers.validation import check_choice, check_number

__all__ = [
    "CLASSES",
    "INK",
    "LINE_STYLES",
    "MUTED",
    "STYLE",
    "STYLE_FILE",
    "curves",
    "decision_boundary",
    "figure",
    "loss_top",
    "strength_axis",
    "strength_ticks",
    "text_color",
    "three_losses",
    "title",
    "u_curve",
    "use_style",
    "weight_histogram",
]

LOUDEST = 8.0  # a loss above this many times guessing's is not given room, but told


# --- Style --------------------------------------------------------------------------------


def figure(
    columns: int = 1,
    rows: int = 1,
    width: float = 840,
    height: float = 460,
    ratios: Sequence[float] | None = None,
) -> tuple[Figure, Axes | np.ndarray]:
    """A figure in the course's style that pyplot does not know of, and its axes.

    For panels: nothing global is kept, so it goes away with its last user. It looks the same
    whether `use_style` was called or not.

    Args:
        columns, rows: How many axes beside and below one another.
        width, height: Pixels, at 100 to the inch.
        ratios: Relative widths of the columns.

    Returns:
        The figure and, as from `plt.subplots`, one axes or an array of them.
    """
    with matplotlib.rc_context(STYLE):
        made = Figure(figsize=(width / 100, height / 100), layout="constrained")
        axes = made.subplots(rows, columns, width_ratios=ratios)
        for ax in np.ravel(axes):
            # Ticks are made later, when somebody looks at them: tell their style now.
            for axis in ("x", "y"):
                ax.tick_params(
                    axis=axis,
                    length=STYLE[f"{axis}tick.major.size"],
                    labelsize=STYLE[f"{axis}tick.labelsize"],
                    color=STYLE[f"{axis}tick.color"],
                    labelcolor=STYLE[f"{axis}tick.labelcolor"],
                )
            ax.grid(True, color=STYLE["grid.color"], linewidth=STYLE["grid.linewidth"])
    return made, axes


def title(ax: Axes, text: str) -> None:
    """Set the title at the left, as `ax.set_title` does under `use_style`."""
    ax.set_title(
        text,
        loc="left",
        fontsize=STYLE["axes.titlesize"],
        fontweight=STYLE["axes.titleweight"],
        pad=STYLE["axes.titlepad"],
    )


# --- Curves over epochs -------------------------------------------------------------------


def curves(
    ax: Axes,
    runs: Run | Iterable[Run],
    *,
    what: str = "loss",
    band: str = "range",
    gap: bool = True,
    best: bool = True,
    reported: bool = False,
    baseline: float | None = None,
    epochs: int | None = None,
    top: float | None = None,
) -> None:
    """Training and validation curves of one run, or of one setting's runs over seeds.

    Args:
        ax: Where to draw.
        runs: Of several, the mean is drawn as a line and their spread as a band; those that
            diverged are left out and counted.
        what: "loss" (data loss) or "accuracy".
        band: "range", from the lowest to the highest seed, or "interval", the 95 % t-interval
            of the mean. The axes say which.
        gap: Whether to shade the gap and write its size at the end.
        best: Whether to mark the lowest validation loss (of the mean, if there are several).
        reported: Whether to add what `Model.fit` would have printed.
        baseline: A level to compare with, such as `metrics.baseline_accuracy(y_train, y)`.
        epochs: How far the axis goes; as far as the longest experiment asks, if None.
        top: Where the loss axis ends; values above are told at its top. None: as `loss_top`.

    Raises:
        ValueError: If there is no run, or `what` or `band` is not one of those above.
    """
    runs = _runs(runs)
    check_choice("what", what, ("loss", "accuracy"))
    check_choice("band", band, ("range", "interval"))
    kept = [run for run in runs if not run.diverged] or runs[:1]
    lines = {"training": _stack(kept, f"train_{what}")}
    lines["validation"] = _stack(kept, f"validation_{what}")
    if reported:
        lines["reported"] = _stack(kept, f"fit_{what}")
    if reported and what == "loss":
        lines["reported validation"] = _stack(kept, "fit_validation_loss")
    means = {name: values.mean(axis=0) for name, values in lines.items()}
    x = np.arange(1, len(means["training"]) + 1)

    ax.set_xlim(0, epochs or max(run.experiment.epochs for run in runs))
    ax.set_xlabel("epoch")
    levels = [] if baseline is None else [[baseline]]
    _value_axis(ax, what, [*lines.values(), *levels], top, runs)
    if baseline is not None:
        ax.axhline(baseline, gid="baseline", zorder=1.5, **LINE_STYLES["muted"])
    if not len(x):
        _say_middle(ax, metrics.diagnose(kept[0]))
        return

    notes = [_draw_bands(ax, x, lines, band)] if len(kept) > 1 else []
    lost = sum(run.diverged is not None for run in runs)
    if lost and len(runs) > 1:
        notes.append(f"{lost} of {len(runs)} diverged")
    for name, mean in means.items():
        ax.plot(x, mean, gid=name, zorder=3, **LINE_STYLES[name.split()[0]])
    places = Places(ax, notes)
    ends = means["training"], means["validation"]
    if gap:
        ax.fill_between(x, *ends, gid="gap", zorder=1, **_fill(LINE_STYLES["validation"], 0.1))
        places.add(Gap(ax, x, *ends, what))
    words = {"reported": f"fit prints {what}", "reported validation": f"fit prints val_{what}"}
    for side, name in sides({name: mean[-1] for name, mean in means.items()}):
        text = f"{words.get(name, name)} {formatting.metric(what, means[name][-1])}"
        color = LINE_STYLES[name.split()[0]]["color"]
        places.add(Along(ax, name, x, means[name], text, color, side))
    if best and what == "loss":
        low = int(np.argmin(ends[1]))
        ax.plot(x[low], ends[1][low], gid="best", **_RING)
        text = f"lowest at epoch {x[low]}"
        places.add(Near(ax, "best", (x[low], ends[1][low]), text, LINE_STYLES["best"]["color"]))
    if kept[0].diverged:
        spot = x[-1], min(ends[0][-1], ax.get_ylim()[1])  # far above, it would need all the room
        ax.plot(*spot, gid="diverged", **_CROSS)
        text = f"diverged at epoch {kept[0].diverged.epoch}"
        places.add(Near(ax, "diverged", spot, text, INK))
    for move in kept[0].moves if all(run.moves == kept[0].moves for run in kept) else ():
        ax.axvline(move.epoch, gid="move", zorder=1.5, **LINE_STYLES["muted"])
        text = f"{HYPERPARAMETERS[move.name].symbol} = {move.value:g}"
        places.add(Near(ax, "move", (move.epoch, ax.get_ylim()[1]), text, MUTED))
    if baseline is not None:
        level = np.full(len(x), float(baseline))
        places.add(
            Along(ax, "baseline", x, level, f"baseline {formatting.metric(what, baseline)}", MUTED)
        )


def three_losses(
    ax: Axes,
    run: Run,
    *,
    part: str = "training",
    reported: bool = False,
    epochs: int | None = None,
    top: float | None = None,
) -> None:
    """Data loss, penalty and their sum, which is what the optimizer lowers.

    Args:
        ax: Where to draw.
        run: One run.
        part: Whose data loss: "training", or "validation", whose sum is Keras's `val_loss`.
        reported: Whether to add what `Model.fit` would have printed for the training rows.
        epochs, top: As for `curves`.

    Raises:
        ValueError: If `part` is neither.
    """
    check_choice("part", part, ("training", "validation"))
    data = np.asarray(run.train_loss if part == "training" else run.validation_loss, float)
    lines = {part: data, "penalty": np.asarray(run.penalty, float), "sum": data + run.penalty}
    if reported and part == "training":
        lines["reported"] = np.asarray(run.fit_loss, float)
    x = np.arange(1, run.epochs + 1)

    ax.set_xlim(0, epochs or run.experiment.epochs)
    ax.set_xlabel("epoch")
    # Fresh weights cost a penalty many times what is left of it soon after.
    settled = [values[len(values) // 20 :] for values in lines.values()]
    _value_axis(ax, "loss", settled, top, [run])
    ax.set_ylabel("loss (nats)")
    if not len(x):
        _say_middle(ax, metrics.diagnose(run))
        return
    for name, values in lines.items():
        ax.plot(x, values, gid=name, zorder=3, **LINE_STYLES[name])
    places = Places(ax, [])
    words = {part: f"{part} data loss", "reported": "fit prints"}
    for side, name in sides({name: values[-1] for name, values in lines.items()}):
        text = f"{words.get(name, name)} {formatting.metric('loss', lines[name][-1])}"
        places.add(Along(ax, name, x, lines[name], text, LINE_STYLES[name]["color"], side))
    start, ceiling = lines["sum"][0], ax.get_ylim()[1]
    if start > ceiling:
        text = f"sum {formatting.metric('loss', start)} ↑ at epoch 1"
        spot = float(np.interp(-ceiling, -lines["sum"], x)), ceiling
        places.add(Near(ax, "sum above", spot, text, LINE_STYLES["sum"]["color"]))


def loss_top(*runs: Run | Iterable[Run]) -> float:
    """An end of the loss axis for all these runs: give it to all axes that are compared.

    Just above every data loss, but where one is above 8 times what guessing costs, only 3
    times that: an explosion would press all else flat.
    """
    every = [run for some in runs for run in _runs(some)]
    losses = [getattr(run, f"{part}_loss") for run in every for part in ("train", "validation")]
    return _top(losses, every)


# --- Weights ------------------------------------------------------------------------------


def weight_histogram(ax: Axes, run: Run, *, span: float | None = None, bins: int = 61) -> None:
    """How the weights of the penalised kernels are spread; exact zeros stand apart.

    Args:
        ax: Where to draw.
        run: One run.
        span: The axis goes from -span to span; weights beyond are counted in words. None: as
            far as the largest weight. Give the same to axes that are compared.
        bins: How many bars; odd, so that one is centred at 0.

    Raises:
        ValueError: If `span` is not above 0, or `bins` is not odd.
    """
    if span is not None:
        check_number("span", span, 0, low_allowed=False)
    if bins < 1 or bins % 2 != 1:
        raise ValueError(f"bins={bins!r}: must be odd, at least 1")
    weights = np.concatenate([np.ravel(kernel) for kernel in run.penalised_kernels])
    span = span or float(np.abs(weights).max()) or 1.0
    zeros, beyond = int(np.sum(weights == 0)), int(np.sum(np.abs(weights) > span))

    counts, edges = np.histogram(weights[weights != 0], bins, (-span, span))
    wide = edges[1] - edges[0]
    ax.bar(edges[:-1], counts, 0.92 * wide, align="edge", color="#8a94a3", gid="weights")
    ceiling = 1.45 * max(counts.max(), 1)  # headroom for words
    ax.set_xlim(-span, span)
    ax.set_ylim(0, max(ceiling, ax.get_ylim()[1]))  # of axes that share it, too
    ax.set_xlabel("weight")
    ax.set_ylabel("weights in a bar")
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}"))
    places = Places(ax, [])
    words = [f"{len(weights):,} weights", f"norm {metrics.norm(run.penalised_kernels):.3g}"]
    words += [] if zeros else ["none exactly 0"]
    words += [f"{beyond:,} beyond ±{span:g}"] if beyond else []
    places.add(Corner(ax, "weights", words, INK))
    if zeros:
        color, height = LINE_STYLES["best"]["color"], min(zeros, ceiling)
        ax.bar(0, height, 0.92 * wide, color=color, gid="zeros")
        text = f"{zeros:,} exactly 0" + (" ↑" if zeros > ceiling else "")
        places.add(Near(ax, "zeros", (0, height), text, color, furthest=400))


# --- A sweep over a strength --------------------------------------------------------------


def strength_axis(positions: Iterable[float], log: bool) -> dict[float, float]:
    """Where each position of a strength stands on its axis: {position: x}, ascending.

    On a logarithmic axis x is log10 of the position. An exact 0 stands to the left of the
    others, by 0.6 decades or 15 % of their range if that is more.
    """
    positions = sorted(float(p) for p in positions)
    if not log:
        return {p: p for p in positions}
    logs = {p: math.log10(p) for p in positions if p > 0}
    if 0.0 not in positions:
        return logs
    found = list(logs.values()) or [0.0]
    return {0.0: found[0] - max(0.6, 0.15 * (found[-1] - found[0])), **logs}


def strength_ticks(positions: Iterable[float], log: bool) -> dict[float, str]:
    """The ticks of that axis: {x: label}; on a logarithmic one 0 and the powers of ten."""
    places = strength_axis(positions, log)
    if not log:
        low, high = min(places), max(places)
        found = MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        return {float(v): f"{v:g}" for v in found if low - 1e-9 <= v <= high + 1e-9}
    ticks = {places[0.0]: "0"} if 0.0 in places else {}
    powers = [x for position, x in places.items() if position > 0]
    if powers:
        for power in range(math.ceil(powers[0] - 1e-9), math.floor(powers[-1] + 1e-9) + 1):
            ticks[float(power)] = f"{10.0**power:g}" if -3 <= power <= 4 else f"1e{power}"
    return ticks


def u_curve(
    ax: Axes,
    sweep: Mapping[float, Sequence[Run]],
    setting: str | Hyperparameter,
    *,
    what: str = "loss",
    band: str = "range",
    position: float | None = None,
    top: float | None = None,
) -> None:
    """Where training and validation end at each position of a strength, over seeds.

    Marked are the sweet spot (best mean validation; with a word if it is at the edge of what
    was tried) and, with several seeds, the one-standard-error choice. A position where a run
    diverged has a cross, and no point.

    Args:
        ax: Where to draw.
        sweep: {position: runs, one per seed}.
        setting: The name of the strength in `HYPERPARAMETERS`, or a `Hyperparameter` of one's own.
        what, band: As for `curves`.
        position: Where a slider stands, drawn as a line across.
        top: As for `curves`.

    Raises:
        ValueError: If the sweep or a position of it is empty, the setting is unknown, or
            `what` or `band` is not one of those above.
    """
    check_choice("what", what, ("loss", "accuracy"))
    check_choice("band", band, ("range", "interval"))
    if isinstance(setting, str):
        check_choice("setting", setting, tuple(HYPERPARAMETERS))
        setting = HYPERPARAMETERS[setting]
    if not sweep or not all(len(runs) for runs in sweep.values()):
        raise ValueError("sweep: must hold at least one position, and a run at each")
    places = strength_axis(sweep, setting.log)
    every = [run for runs in sweep.values() for run in runs]
    whole = {p: sweep[p] for p in places if not any(r.diverged or not r.epochs for r in sweep[p])}
    ends = {
        name: [
            np.array([getattr(r, f"{field}_{what}")[-1] for r in whole[p]], float) for p in whole
        ]
        for name, field in (("training", "train"), ("validation", "validation"))
    }
    x = np.array([places[p] for p in whole])
    seeds = {len(runs) for runs in whole.values()}

    ticks = strength_ticks(sweep, setting.log)
    ax.set_xticks(list(ticks), list(ticks.values()))
    margin = 0.04 * (max(places.values()) - min(places.values())) or 0.5
    ax.set_xlim(min(places.values()) - margin, max(places.values()) + margin)
    named = setting.symbol in setting.label
    ax.set_xlabel(setting.label if named else f"{setting.label} {setting.symbol}")
    _value_axis(ax, what, [v for values in ends.values() for v in values], top, every)
    ax.set_ylabel(f"final {ax.get_ylabel()}")
    if setting.log and 0.0 in places and len(places) > 1:
        _break_axis(ax, (places[0.0] + sorted(places.values())[1]) / 2)
    if position is not None:
        at = np.interp(position, list(places), list(places.values()))
        if setting.log and position > 0:
            at = math.log10(position)
        ax.axvline(at, gid="position", color=INK, linewidth=1.6, zorder=2.5)
    ceiling = ax.get_ylim()[1]
    lost = [places[p] for p in places if p not in whole]
    if lost:
        edge = {"transform": ax.get_xaxis_transform(), "linestyle": ""}
        ax.plot(lost, np.full(len(lost), 0.97), gid="diverged", **edge, **_CROSS)
    if not len(x):
        _say_middle(ax, "every position diverged")
        return

    notes = []
    if min(seeds) > 1:
        for name, values in ends.items():
            low, high = np.transpose([_band_ends(v[:, None], band) for v in values])[0]
            ax.fill_between(
                x, low, high, gid=f"{name} band", zorder=2, **_fill(LINE_STYLES[name], 0.22)
            )
        notes.append(_band_words(band, min(seeds)))
    means = {name: np.array([v.mean() for v in values]) for name, values in ends.items()}
    for name, mean in means.items():
        ax.plot(x, mean, gid=name, zorder=3, marker="o", markersize=5, **LINE_STYLES[name])
        above = mean > ceiling
        if above.any():
            edge = {"transform": ax.get_xaxis_transform(), "linestyle": "", "zorder": 5}
            heads = {"marker": "^", "markersize": 9, "color": LINE_STYLES[name]["color"]}
            at = np.full(above.sum(), 0.975)
            ax.plot(x[above], at, gid=f"{name} above", **edge, **heads)
    chosen = _choices(whole, what)
    validation = dict(zip(whole, means["validation"], strict=True))
    for role, p in chosen.items():
        ax.plot(places[p], validation[p], gid=role, **_CHOICES[role])

    labels = Places(ax, notes)
    star = places[chosen["sweet spot"]], validation[chosen["sweet spot"]]
    words = {"sweet spot": "sweet spot", "one standard error": "largest within 1 SE"}
    for role, p in chosen.items():
        text = f"{words[role]}\n{setting.symbol} = {p:g}"
        if role == "sweet spot" and len(places) > 1 and p in (max(places), min(places) or None):
            text += " (edge)"  # beyond it may be better: nobody looked
        spot = places[p], validation[p]
        labels.add(Near(ax, role, spot, text, LINE_STYLES["best"]["color"]))
    for side, name in sides({name: mean.mean() for name, mean in means.items()}):
        mean, color = means[name], LINE_STYLES[name]["color"]
        if mean.max() > ceiling:
            spot = x[int(np.argmax(mean))], ceiling
            text = f"{formatting.metric(what, mean.max())} ↑"
            labels.add(Near(ax, f"{name} above", spot, text, color))
        line = Along(ax, name, x, mean, name, color, side, anywhere=True, leave=star)
        line.words = f"{name} {'solid' if LINE_STYLES[name]['linestyle'] == '-' else 'dashed'}"
        labels.add(line)
    if lost:
        spot = lost[len(lost) // 2], ceiling
        labels.add(Near(ax, "diverged", spot, "diverged", INK))


def _choices(sweep, what) -> dict[str, float]:
    """The positions to mark: {"sweet spot": position, "one standard error": position}."""
    measure = metrics.final_loss if what == "loss" else _lost_accuracy
    best = metrics.sweet_spot(sweep, measure)
    chosen = {"sweet spot": best}
    if len(sweep[best]) > 1:
        simplest = metrics.one_standard_error(sweep, measure)
        if simplest != best:
            chosen["one standard error"] = simplest
    return chosen


def _lost_accuracy(run: Run) -> float:
    return 1 - float(run.validation_accuracy[-1])


def _break_axis(ax, x) -> None:
    """Two strokes through the axis: what lies left of them is not to scale."""
    ground = {"facecolor": ax.get_facecolor(), "edgecolor": "none", "pad": 0}
    place = {"transform": ax.get_xaxis_transform(), "ha": "center", "va": "center"}
    font = label_font(MUTED, "x-small")
    ax.text(x, 0, "//", gid="break", bbox=ground, zorder=6, in_layout=False, **place, **font)


# --- Two features -------------------------------------------------------------------------


def decision_boundary(
    ax: Axes,
    run: Run,
    part: Part,
    *,
    flipped: Iterable[int] = (),
    classes: Sequence[str] = ("0", "1"),
    names: Sequence[str] = ("first feature", "second feature"),
    legend: bool = True,
    steps: int = 120,
) -> None:
    """What the network answers everywhere, the boundary at 1/2, and the rows it learnt from.

    Args:
        ax: Where to draw.
        run: Of a network with two inputs and two classes.
        part: The rows to show, with two features.
        flipped: Indices of rows whose label was changed: ringed. As `Parts.flipped`.
        classes, names: What to call the two classes and the two features.
        legend: Whether to say which marker is which.
        steps: Points of the grid along either feature.

    Raises:
        ValueError: If network or rows do not have two features, or classes are not two.
    """
    surface = metrics.decision_surface(run, part.x, steps)
    flipped = np.asarray(list(flipped), int)
    if len(classes) != 2 or len(names) != 2:
        raise ValueError(f"classes={classes!r}, names={names!r}: must be two each")
    if len(flipped) and not (flipped.min() >= 0 and flipped.max() < len(part.x)):
        raise ValueError(f"flipped: must be indices of rows, from 0 to {len(part.x) - 1}")
    ends = [_tint(look["color"], 0.55) for look in CLASSES]
    shades = LinearSegmentedColormap.from_list("classes", [ends[0], "#ffffff", ends[1]])
    first, second, p = surface
    extent = (first[0], first[-1], second[0], second[-1])
    ax.imshow(
        p, extent=extent, origin="lower", aspect="auto", cmap=shades, vmin=0, vmax=1,
        interpolation="bilinear", zorder=0, gid="surface",
    )  # fmt: skip
    ax.grid(False)
    if p.min() < 0.5 < p.max():
        boundary = ax.contour(first, second, p, [0.5], colors=INK, linewidths=2.2, zorder=2)
        boundary.set_gid("boundary")
    points = {"markeredgecolor": "white", "markeredgewidth": 1.0}
    for label, (name, look) in enumerate(zip(classes, CLASSES, strict=True)):
        rows = part.x[part.y == label]
        ax.plot(*rows.T, gid=f"class {label}", label=name, linestyle="", zorder=3, **look, **points)
    if len(flipped):
        ring = {"markersize": 14, "markeredgecolor": INK, "markeredgewidth": 1.8}
        ax.plot(
            *part.x[flipped].T, gid="flipped", label="label flipped", linestyle="", marker="o",
            markerfacecolor="none", zorder=4, **ring,
        )  # fmt: skip
    ax.set_xlim(extent[:2])
    ax.set_ylim(extent[2:])
    ax.set_xlabel(names[0])
    ax.set_ylabel(names[1])
    if legend:
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0, frameon=False,
                  handletextpad=0.3, fontsize=STYLE["legend.fontsize"])  # fmt: skip


# --- Axes, fonts and words ----------------------------------------------------------------

_RING = {"color": LINE_STYLES["best"]["color"], "marker": "o", "markersize": 10, "zorder": 5,
         "markerfacecolor": "white", "markeredgewidth": 2.4, "linestyle": ""}  # fmt: skip
_CROSS = {"color": INK, "marker": "x", "markersize": 10, "zorder": 5, "markeredgewidth": 2.4,
          "clip_on": False}  # fmt: skip
_CHOICES = {
    "sweet spot": {"color": LINE_STYLES["best"]["color"], "marker": "*", "markersize": 20,
                   "zorder": 6, "markeredgecolor": "white"},
    "one standard error": _RING | {"marker": "D", "markersize": 9},
}  # fmt: skip


def _value_axis(ax, what, values, top, runs) -> None:
    """Limits, label and ticks of the axis of losses or accuracies."""
    if top is not None:
        check_number("top", top, 0, low_allowed=False)
    if what == "loss":
        top = _top(values, runs) if top is None else top
        ax.set_ylim(-0.015 * top, top)  # a line at 0 is seen whole
        ax.set_ylabel("data loss (nats)")
        return
    found = [float(np.min(v)) for v in values if np.size(v)]
    ax.set_ylim(max(0.0, math.floor(20 * min(found, default=0) - 0.4) / 20), 1.01)
    ax.set_ylabel("accuracy")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))


def _top(values, runs) -> float:
    found = [float(np.max(v)) for v in values if np.size(v)]
    guessing = math.log(max(2, len(runs[0].weights[-1])))
    highest = max(found, default=guessing)
    if not highest < LOUDEST * guessing:
        return 3 * guessing
    return 1.06 * max(highest, 0.05)


def _draw_bands(ax, x, lines, band) -> str:
    """Draw the spread of each line over its rows, and say in words what it is."""
    for name, values in lines.items():
        low, high = _band_ends(values, band)
        look = LINE_STYLES[name.split()[0]]
        ax.fill_between(x, low, high, gid=f"{name} band", zorder=2, **_fill(look, 0.22))
    return _band_words(band, len(values))


def _band_ends(values, band) -> tuple[np.ndarray, np.ndarray]:
    """The lower and upper end of a band over the rows of `values`: (seeds, points)."""
    values = np.asarray(values, float)
    if band == "range":
        return values.min(axis=0), values.max(axis=0)
    half = metrics.t_quantile(len(values) - 1) * values.std(axis=0, ddof=1)
    middle, half = values.mean(axis=0), half / math.sqrt(len(values))
    return middle - half, middle + half


def _band_words(band, seeds) -> str:
    return f"mean and {'range' if band == 'range' else '95 % interval'} of {seeds} seeds"


def _fill(look, alpha) -> dict:
    return {"color": look["color"], "alpha": alpha, "linewidth": 0}


def _tint(color, share) -> tuple:
    """`share` of the colour, the rest white."""
    return tuple(share * np.array(to_rgb(color)) + 1 - share)


def _say_middle(ax, text) -> None:
    place = {"transform": ax.transAxes, "ha": "center", "va": "center", "wrap": True}
    ax.text(0.5, 0.5, text, gid="nothing", **place, **label_font(INK))


def _runs(runs) -> list[Run]:
    runs = [runs] if isinstance(runs, Run) else list(runs)
    if not runs:
        raise ValueError("runs: must hold at least one run")
    return runs


def _stack(runs, curve) -> np.ndarray:
    """One curve of several runs, as far as all go: float (runs, epochs)."""
    epochs = min(run.epochs for run in runs)
    return np.array([getattr(run, curve)[:epochs] for run in runs], float)
