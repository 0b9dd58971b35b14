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
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib import style
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import Bbox

from helpers import measures
from helpers.data import Part
from helpers.experiment import SETTINGS, Run, Setting

STYLE_FILE = Path(__file__).with_name("course.mplstyle")
STYLE = matplotlib.rc_params_from_file(STYLE_FILE, use_default_template=False)

INK = "#222222"
MUTED = "#6b6b6b"

# One look for each role, the same in every lesson and panel: `ax.plot(x, y, **LOOKS["training"])`.
# The colours are Okabe and Ito's, told apart by colour-blind people; the dashes say it again.
# A dash pattern is (offset, (on, off, ...)) in units of the line's width.
LOOKS: dict[str, dict] = {
    "training": {"color": "#0072B2", "linestyle": "-", "linewidth": 2.6},
    "validation": {"color": "#D55E00", "linestyle": (0, (4, 1.6)), "linewidth": 2.6},
    "test": {"color": "#009E73", "linestyle": (0, (1, 1.4)), "linewidth": 2.6},
    "penalty": {"color": "#CC79A7", "linestyle": (0, (6, 1.6, 1, 1.6)), "linewidth": 2.6},
    "sum": {"color": INK, "linestyle": (0, (8, 1.4, 1, 1.4, 1, 1.4)), "linewidth": 1.8},
    "reported": {"color": "#56B4E9", "linestyle": (0, (1.5, 1)), "linewidth": 1.8},
    "best": {"color": "#009E73", "linestyle": "-", "linewidth": 2.0},
    "muted": {"color": MUTED, "linestyle": "-", "linewidth": 1.2},
}

# The two classes of a decision boundary: not the colours of training and validation, apart in
# lightness too, and with a marker each.
CLASSES = (
    {"color": "#332288", "marker": "o", "markersize": 7.5},
    {"color": "#E69F00", "marker": "^", "markersize": 9},
)

LOUDEST = 8.0  # a loss above this many times guessing's is not given room, but told


# --- Style --------------------------------------------------------------------------------


def use_style() -> None:
    """Apply the course's style to every figure made from now on (importing does not)."""
    style.use(STYLE_FILE)


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


def text_color(color: str) -> str:
    """The same hue, as dark as letters on white need to be (contrast 4.5, WCAG 2.1 AA)."""
    rgb = np.array(to_rgb(color))
    while _contrast_with_white(rgb) < 4.5:
        rgb = rgb * 0.97
    return to_hex(rgb)


def _contrast_with_white(rgb) -> float:
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return 1.05 / (float(linear @ [0.2126, 0.7152, 0.0722]) + 0.05)


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
        baseline: A level to compare with, such as `measures.majority_accuracy(y)`.
        epochs: How far the axis goes; as far as the longest experiment asks, if None.
        top: Where the loss axis ends; values above are told at its top. None: as `loss_top`.

    Raises:
        ValueError: If there is no run, or `what` or `band` is not one of those above.
    """
    runs = _runs(runs)
    _one_of("what", what, ("loss", "accuracy"))
    _one_of("band", band, ("range", "interval"))
    kept = [run for run in runs if not run.diverged] or runs[:1]
    lines = {"training": _stack(kept, f"train_{what}")}
    lines["validation"] = _stack(kept, f"validation_{what}")
    if reported:
        lines["reported"] = _stack(kept, f"reported_{what}")
    if reported and what == "loss":
        lines["reported validation"] = _stack(kept, "reported_validation_loss")
    means = {name: values.mean(axis=0) for name, values in lines.items()}
    x = np.arange(1, len(means["training"]) + 1)

    ax.set_xlim(0, epochs or max(run.experiment.epochs for run in runs))
    ax.set_xlabel("epoch")
    levels = [] if baseline is None else [[baseline]]
    _value_axis(ax, what, [*lines.values(), *levels], top, runs)
    if baseline is not None:
        ax.axhline(baseline, gid="baseline", zorder=1.5, **LOOKS["muted"])
    if not len(x):
        _say_middle(ax, measures.diagnose(kept[0]))
        return

    notes = [_draw_bands(ax, x, lines, band)] if len(kept) > 1 else []
    lost = sum(run.diverged is not None for run in runs)
    if lost and len(runs) > 1:
        notes.append(f"{lost} of {len(runs)} diverged")
    for name, mean in means.items():
        ax.plot(x, mean, gid=name, zorder=3, **LOOKS[name.split()[0]])
    places = _Places(ax, notes)
    ends = means["training"], means["validation"]
    if gap:
        ax.fill_between(x, *ends, gid="gap", zorder=1, **_fill(LOOKS["validation"], 0.1))
        places.add(_Gap(ax, x, *ends, what))
    words = {"reported": f"fit prints {what}", "reported validation": f"fit prints val_{what}"}
    for side, name in _sides({name: mean[-1] for name, mean in means.items()}):
        text = f"{words.get(name, name)} {_spell(what, means[name][-1])}"
        color = LOOKS[name.split()[0]]["color"]
        places.add(_Along(ax, name, x, means[name], text, color, side))
    if best and what == "loss":
        low = int(np.argmin(ends[1]))
        ax.plot(x[low], ends[1][low], gid="best", **_RING)
        text = f"lowest at epoch {x[low]}"
        places.add(_Near(ax, "best", (x[low], ends[1][low]), text, LOOKS["best"]["color"]))
    if kept[0].diverged:
        ax.plot(x[-1], ends[0][-1], gid="diverged", **_CROSS)
        text = f"diverged at epoch {kept[0].diverged.epoch}"
        places.add(_Near(ax, "diverged", (x[-1], ends[0][-1]), text, INK))
    for move in kept[0].moves if all(run.moves == kept[0].moves for run in kept) else ():
        ax.axvline(move.epoch, gid="move", zorder=1.5, **LOOKS["muted"])
        text = f"{SETTINGS[move.name].symbol} = {move.value:g}"
        places.add(_Near(ax, "move", (move.epoch, ax.get_ylim()[1]), text, MUTED))
    if baseline is not None:
        level = np.full(len(x), float(baseline))
        places.add(_Along(ax, "baseline", x, level, f"guessing {_spell(what, baseline)}", MUTED))


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
    _one_of("part", part, ("training", "validation"))
    data = np.asarray(run.train_loss if part == "training" else run.validation_loss, float)
    lines = {part: data, "penalty": np.asarray(run.penalty, float), "sum": data + run.penalty}
    if reported and part == "training":
        lines["reported"] = np.asarray(run.reported_loss, float)
    x = np.arange(1, run.epochs + 1)

    ax.set_xlim(0, epochs or run.experiment.epochs)
    ax.set_xlabel("epoch")
    # Fresh weights cost a penalty many times what is left of it soon after.
    settled = [values[len(values) // 20 :] for values in lines.values()]
    _value_axis(ax, "loss", settled, top, [run])
    ax.set_ylabel("loss (nats)")
    if not len(x):
        _say_middle(ax, measures.diagnose(run))
        return
    for name, values in lines.items():
        ax.plot(x, values, gid=name, zorder=3, **LOOKS[name])
    places = _Places(ax, [])
    words = {part: f"{part} data loss", "reported": "fit prints"}
    for side, name in _sides({name: values[-1] for name, values in lines.items()}):
        text = f"{words.get(name, name)} {_spell('loss', lines[name][-1])}"
        places.add(_Along(ax, name, x, lines[name], text, LOOKS[name]["color"], side))
    start, ceiling = lines["sum"][0], ax.get_ylim()[1]
    if start > ceiling:
        text = f"sum {_spell('loss', start)} ↑ at epoch 1"
        spot = float(np.interp(-ceiling, -lines["sum"], x)), ceiling
        places.add(_Near(ax, "sum above", spot, text, LOOKS["sum"]["color"]))


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
    if span is not None and not (math.isfinite(span) and span > 0):
        raise ValueError(f"span={span!r}: must be a finite number above 0")
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
    ax.set_ylim(0, ceiling)
    ax.set_xlabel("weight")
    ax.set_ylabel("weights in a bar")
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}"))
    places = _Places(ax, [])
    words = [f"{len(weights):,} weights", f"norm {measures.norm(run.penalised_kernels):.3g}"]
    words += [] if zeros else ["none exactly 0"]
    words += [f"{beyond:,} beyond ±{span:g}"] if beyond else []
    places.add(_Corner(ax, "weights", words, INK))
    if zeros:
        color, height = LOOKS["best"]["color"], min(zeros, ceiling)
        ax.bar(0, height, 0.92 * wide, color=color, gid="zeros")
        text = f"{zeros:,} exactly 0" + (" ↑" if zeros > ceiling else "")
        places.add(_Near(ax, "zeros", (0, height), text, color, furthest=400))


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
    setting: str | Setting,
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
        setting: The name of the strength in `SETTINGS`, or a `Setting` of one's own.
        what, band: As for `curves`.
        position: Where a slider stands, drawn as a line across.
        top: As for `curves`.

    Raises:
        ValueError: If the sweep or a position of it is empty, the setting is unknown, or
            `what` or `band` is not one of those above.
    """
    _one_of("what", what, ("loss", "accuracy"))
    _one_of("band", band, ("range", "interval"))
    if isinstance(setting, str):
        _one_of("setting", setting, tuple(SETTINGS))
        setting = SETTINGS[setting]
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
            ax.fill_between(x, low, high, gid=f"{name} band", zorder=2, **_fill(LOOKS[name], 0.22))
        notes.append(_band_words(band, min(seeds)))
    means = {name: np.array([v.mean() for v in values]) for name, values in ends.items()}
    for name, mean in means.items():
        ax.plot(x, mean, gid=name, zorder=3, marker="o", markersize=5, **LOOKS[name])
        above = mean > ceiling
        if above.any():
            edge = {"transform": ax.get_xaxis_transform(), "linestyle": "", "zorder": 5}
            heads = {"marker": "^", "markersize": 9, "color": LOOKS[name]["color"]}
            at = np.full(above.sum(), 0.975)
            ax.plot(x[above], at, gid=f"{name} above", **edge, **heads)
    chosen = _choices(whole, what)
    validation = dict(zip(whole, means["validation"], strict=True))
    for role, p in chosen.items():
        ax.plot(places[p], validation[p], gid=role, **_CHOICES[role])

    labels = _Places(ax, notes)
    star = places[chosen["sweet spot"]], validation[chosen["sweet spot"]]
    words = {"sweet spot": "sweet spot", "one standard error": "largest within 1 SE"}
    for role, p in chosen.items():
        text = f"{words[role]}\n{setting.symbol} = {p:g}"
        if role == "sweet spot" and len(places) > 1 and p in (max(places), min(places) or None):
            text += " (edge)"  # beyond it may be better: nobody looked
        spot = places[p], validation[p]
        labels.add(_Near(ax, role, spot, text, LOOKS["best"]["color"]))
    for side, name in _sides({name: mean.mean() for name, mean in means.items()}):
        mean, color = means[name], LOOKS[name]["color"]
        if mean.max() > ceiling:
            spot = x[int(np.argmax(mean))], ceiling
            text = f"{_spell(what, mean.max())} ↑"
            labels.add(_Near(ax, f"{name} above", spot, text, color))
        line = _Along(ax, name, x, mean, name, color, side, anywhere=True, leave=star)
        line.words = f"{name} {'solid' if LOOKS[name]['linestyle'] == '-' else 'dashed'}"
        labels.add(line)
    if lost:
        spot = lost[len(lost) // 2], ceiling
        labels.add(_Near(ax, "diverged", spot, "diverged", INK))


def _choices(sweep, what) -> dict[str, float]:
    """The positions to mark: {"sweet spot": position, "one standard error": position}."""
    measure = measures.final_loss if what == "loss" else _lost_accuracy
    best = measures.sweet_spot(sweep, measure)
    chosen = {"sweet spot": best}
    if len(sweep[best]) > 1:
        simplest = measures.one_standard_error(sweep, measure)
        if simplest != best:
            chosen["one standard error"] = simplest
    return chosen


def _lost_accuracy(run: Run) -> float:
    return 1 - float(run.validation_accuracy[-1])


def _break_axis(ax, x) -> None:
    """Two strokes through the axis: what lies left of them is not to scale."""
    ground = {"facecolor": ax.get_facecolor(), "edgecolor": "none", "pad": 0}
    place = {"transform": ax.get_xaxis_transform(), "ha": "center", "va": "center"}
    font = _font(MUTED, "x-small")
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
    surface = measures.decision_surface(run, part.x, steps)
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

_RING = {"color": LOOKS["best"]["color"], "marker": "o", "markersize": 10, "zorder": 5,
         "markerfacecolor": "white", "markeredgewidth": 2.4, "linestyle": ""}  # fmt: skip
_CROSS = {"color": INK, "marker": "x", "markersize": 10, "zorder": 5, "markeredgewidth": 2.4,
          "clip_on": False}  # fmt: skip
_CHOICES = {
    "sweet spot": {"color": LOOKS["best"]["color"], "marker": "*", "markersize": 20, "zorder": 6,
                   "markeredgecolor": "white"},
    "one standard error": _RING | {"marker": "D", "markersize": 9},
}  # fmt: skip


def _value_axis(ax, what, values, top, runs) -> None:
    """Limits, label and ticks of the axis of losses or accuracies."""
    if top is not None and not (math.isfinite(top) and top > 0):
        raise ValueError(f"top={top!r}: must be a finite number above 0")
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
        look = LOOKS[name.split()[0]]
        ax.fill_between(x, low, high, gid=f"{name} band", zorder=2, **_fill(look, 0.22))
    return _band_words(band, len(values))


def _band_ends(values, band) -> tuple[np.ndarray, np.ndarray]:
    """The lower and upper end of a band over the rows of `values`: (seeds, points)."""
    values = np.asarray(values, float)
    if band == "range":
        return values.min(axis=0), values.max(axis=0)
    half = measures.t_quantile(len(values) - 1) * values.std(axis=0, ddof=1)
    middle, half = values.mean(axis=0), half / math.sqrt(len(values))
    return middle - half, middle + half


def _band_words(band, seeds) -> str:
    return f"mean and {'range' if band == 'range' else '95 % interval'} of {seeds} seeds"


def _fill(look, alpha) -> dict:
    return {"color": look["color"], "alpha": alpha, "linewidth": 0}


def _tint(color, share) -> tuple:
    """`share` of the colour, the rest white."""
    return tuple(share * np.array(to_rgb(color)) + 1 - share)


def _font(color=INK, size="medium", weight="normal") -> dict:
    scale = {"medium": 1.0, "small": 0.9, "x-small": 0.8}[size]
    return {"color": text_color(color), "fontsize": scale * STYLE["font.size"], "weight": weight}


def _say_middle(ax, text) -> None:
    place = {"transform": ax.transAxes, "ha": "center", "va": "center", "wrap": True}
    ax.text(0.5, 0.5, text, gid="nothing", **place, **_font(INK))


def _spell(what, value) -> str:
    if what == "accuracy":
        return f"{100 * value:.1f} %"
    return f"{value:.2f}" if value < 100 else f"{value:.1e}"


def _gap_words(what, size) -> str:
    if what == "accuracy":
        return f"gap {100 * abs(size):.1f} points"
    return f"gap {_spell(what, size)}".replace("-", "−")


def _runs(runs) -> list[Run]:
    runs = [runs] if isinstance(runs, Run) else list(runs)
    if not runs:
        raise ValueError("runs: must hold at least one run")
    return runs


def _stack(runs, curve) -> np.ndarray:
    """One curve of several runs, as far as all go: float (runs, epochs)."""
    epochs = min(run.epochs for run in runs)
    return np.array([getattr(run, curve)[:epochs] for run in runs], float)


def _one_of(name, value, allowed) -> None:
    if value not in allowed:
        raise ValueError(f"{name}={value!r}: must be one of {', '.join(map(repr, allowed))}")


# --- Places for labels --------------------------------------------------------------------
# A label may lie on the grid and, where need be, on a band, but on no line, marker, bar or label.
# All sizes are in pixels of the figure; those written as numbers are for 100 to the inch.


class _Places(Artist):
    """Gives the labels of some axes their places whenever these are drawn.

    Labels are placed in the order in which they were added; if some find no place, these are
    tried first, then closer to their neighbours. The words of those that still find none join
    the notes: a line in small print above the axes, at the right, or behind the label of the
    x axis where the title leaves no room for it.
    """

    def __init__(self, ax, notes):
        super().__init__()
        self.notes, self.labels = list(notes), []
        self.set_in_layout(False)
        self.set_zorder(-10)  # drawn first: before the labels that it moves
        ax.add_artist(self)
        # A space keeps the line's height free even while there is nothing to say.
        self.above = ax.set_title(
            " ", loc="right", pad=STYLE["axes.titlepad"], gid="note", **_font(MUTED, "small")
        )
        self.behind = ""

    def add(self, label) -> None:
        self.labels.append(label)

    def draw(self, renderer):
        homeless = self._arrange(self.labels)
        if homeless:
            late = sorted(self.labels, key=lambda label: label not in homeless)
            ways = [(self.labels, 4.0), (late, 4.0), (self.labels, 1.5), (late, 1.5)]
            counts = [len(self._arrange(*way)) for way in ways]
            homeless = self._arrange(*ways[counts.index(min(counts))])
        text = " · ".join([*self.notes, *(label.words for label in homeless)])
        _set_text(self.above, text or " ")
        behind = ""
        if text and not self._fits_above():
            _set_text(self.above, " ")
            behind = f" · {text}"
        label = self.axes.xaxis.label
        _set_text(label, label.get_text().removesuffix(self.behind) + behind)
        if behind or self.behind:
            self._fit(label)
        self.behind = behind
        self.stale = False

    def _fits_above(self) -> bool:
        others = (a for a in self.axes.get_children() if isinstance(a, Text) and a.get_text())
        titles = [a for a in others if a is not self.above and a not in self.axes.texts]
        box = self.above.get_window_extent()
        figure = self.axes.get_figure(root=True)
        left = max(figure.bbox.x0, self.axes.bbox.x0 - 0.5 * figure.dpi)
        return box.x0 > left and not any(box.overlaps(a.get_window_extent()) for a in titles)

    def _fit(self, label) -> None:
        """Make the x axis's label as small as its words need, but not too small to read."""
        label.set_fontsize(STYLE["axes.labelsize"])
        scale = min(1.0, self.axes.bbox.width / label.get_window_extent().width)
        label.set_fontsize(max(0.65, scale) * STYLE["axes.labelsize"])

    def _arrange(self, labels, pad=4.0) -> list[_Label]:
        """Place labels in this order, `pad` pixels apart; return those without a place."""
        room = _Room(self.axes, {label.text for label in self.labels}, pad)
        homeless = [label for label in labels if not label.place(room)]
        return [label for label in homeless if not label.place(room, aside=True)]


class _Room:
    """What is drawn on some axes: points along its lines, boxes of bars and of other texts.

    Attributes:
        unit: Pixels of this figure to one of a figure with 100 to the inch.
        pad: How many pixels stay free around each label.
        frame: The inside of the axes: left, bottom, right, top.
        bars: How many of the boxes are bars; they come first.
    """

    def __init__(self, ax, ignored, pad):
        self.ax, self.unit = ax, ax.get_figure(root=True).dpi / 100
        self.pad = pad * self.unit
        self.frame = ax.bbox.extents + self.unit * np.array([3, 3, -3, -3])
        points = [np.empty((0, 2))]
        for line in ax.lines:
            if line.get_gid() == "leader":
                continue
            path = _finite(line.get_transform().transform(line.get_xydata()))
            if line.get_linestyle() not in ("None", "none", " ", ""):
                points.append(_dense(path, 3 * self.unit))
            if line.get_marker() not in ("None", "none", " ", "", None):
                reach = _reach(line, self.unit)
                ring = reach * np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)])
                points.append((path[:, None] + ring).reshape(-1, 2))
        self.points = np.concatenate(points)
        fixed = [text for text in ax.texts if text not in ignored and _seen(text)]
        self.boxes = [artist.get_window_extent().extents for artist in [*ax.patches, *fixed]]
        self.bars = len(ax.patches)
        self.bands = [
            path.transformed(band.get_transform())
            for band in ax.collections
            if isinstance(band, PolyCollection) and band.get_gid() != "gap"
            for path in band.get_paths()
        ]

    def free(self, box) -> bool:
        """Whether a box (left, bottom, right, top) is inside the axes and touches nothing."""
        (left, bottom, right, top), frame = box, self.frame
        if left < frame[0] or bottom < frame[1] or right > frame[2] or top > frame[3]:
            return False
        pad = self.pad
        left, bottom, right, top = left - pad, bottom - pad, right + pad, top + pad
        x, y = self.points.T
        if np.any((x > left) & (x < right) & (y > bottom) & (y < top)):
            return False
        return not any(
            a < right and c > left and b < top and d > bottom for a, b, c, d in self.boxes
        )

    def nearest(self, way) -> float:
        """How near a path comes to a line: at most some pixels matter."""
        low, high = way.min(axis=0) - 5 * self.unit, way.max(axis=0) + 5 * self.unit
        points = self.points[np.all((self.points > low) & (self.points < high), axis=1)]
        apart = way[:, None] - points[None]
        return math.sqrt(np.min(np.sum(apart**2, axis=-1), initial=math.inf))

    def on_band(self, box) -> bool:
        """Whether a box touches a band."""
        return any(path.intersects_bbox(Bbox.from_extents(*box)) for path in self.bands)

    def data(self, x, y) -> np.ndarray:
        """Pixels as data coordinates."""
        return self.ax.transData.inverted().transform((x, y))

    def put(self, text, box) -> bool:
        """Centre a text in a box and keep others out of there."""
        place = self.data((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        if not np.allclose(place, text.get_position(), rtol=1e-9, atol=0):
            text.set_position(place)
        between = 6 * self.unit  # or two labels in a row would read as one
        self.boxes.append((box[0] - between, box[1], box[2] + between, box[3]))
        return True


class _Label:
    """A text that will be placed.

    Attributes:
        words: The same in one line, for the notes.
    """

    def __init__(self, ax, name, text, color, size="medium", weight="bold"):
        font = _font(color, size, weight) | {"linespacing": 1.2}
        self.words = text.replace("\n", " ")
        self.text = ax.text(
            0, 0, text, gid=f"{name} label", ha="center", va="center", zorder=7, **font
        )
        self.text.set_in_layout(False)
        (self.leader,) = ax.plot([], [], gid="leader", color=MUTED, linewidth=1, zorder=2.2)
        self.leader.set_in_layout(False)

    def size(self) -> tuple[float, float]:
        box = self.text.get_window_extent()
        return box.width, box.height

    def aside(self, room) -> bool:
        """Look for a second-best place, once all others have theirs."""
        return False

    def place(self, room, aside=False) -> bool:
        """Find a place; show the text if there is one, and say so."""
        self.text.set_visible(True)
        found = self.aside(room) if aside else self.find(room)
        self.text.set_visible(found)
        return found

    def near(self, room, point, furthest=170, lead=True) -> bool:
        """Put the text at the free place nearest to a point, and lead a thin line there.

        Off bands if possible; a longer line crosses others only if there is no other way.
        """
        wide, high = self.size()
        x, y = room.ax.transData.transform(point)
        unit, (first, _, last, _) = room.unit, room.frame
        sides = [(0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1), (1, 0), (-1, 0)]
        self.leader.set_data([], [])
        free = []
        for reach in unit * np.geomspace(13, furthest, 14):
            for across, up in sides:
                left = x + across * reach * (0.6 if up else 1) - wide * (1 - across) / 2
                if not across:  # above and below it may lean to stay inside
                    left = np.clip(left, first, last - wide)
                bottom = y + up * reach - high * (1 - up) / 2
                box = (left, bottom, left + wide, bottom + high)
                if room.free(box):
                    free.append((box, room.on_band(box), lead and reach > 30 * unit))
        for off_bands, may_cross in ((True, False), (False, False), (False, True)):
            for box, on_band, leads in free:
                if off_bands and on_band:
                    continue
                if not leads or self._lead(room, box, point, may_cross):
                    return room.put(self.text, box)
        return False

    def _lead(self, room, box, point, may_cross) -> bool:
        """Draw a line from a point to a box, unless it would cut through a text or a line."""
        start = room.ax.transData.transform(point)
        pad = 4 * room.unit
        end = np.clip(start, (box[0] - pad, box[1] - pad), (box[2] + pad, box[3] + pad))
        way = np.linspace(start, end, 60)
        texts = room.boxes[room.bars :]
        if any(np.any(np.all((way > (a, b)) & (way < (c, d)), axis=1)) for a, b, c, d in texts):
            return False
        # It starts on a line, of course.
        rest = way[np.hypot(*(way - start).T) > 18 * room.unit]
        if len(rest) and not may_cross and room.nearest(rest) < 2.5 * room.unit:
            return False
        self.leader.set_data(*np.stack([point, room.data(*end)]).T)
        return True


class _Along(_Label):
    """Close above or below a line: near its end, or anywhere along it.

    The label of a line that ends above the axis stands at its top, with an arrow. It tells the
    last value, so it does not stray further than halfway from the end.

    Args:
        side: 1 if it belongs above rather than below, -1 if below, 0 if that is all the same.
        anywhere: Whether it may stand anywhere along the line.
        leave: A point around which it leaves room for others.
    """

    def __init__(self, ax, name, x, y, text, color, side=0, anywhere=False, leave=None):
        self.over = bool(y[-1] > ax.get_ylim()[1]) and not anywhere
        super().__init__(ax, name, text + (" ↑" if self.over else ""), color)
        self.x, self.y = np.asarray(x, float), np.asarray(y, float)
        self.side, self.anywhere, self.leave = side, anywhere, leave

    def find(self, room) -> bool:
        self.leader.set_data([], [])
        options = [(cost, box) for cost, box in self._options(room) if room.free(box)]
        if options and min(options)[0] < 110 * room.unit:
            return room.put(self.text, min(options)[1])
        part = len(self.x) // 2 if self.anywhere else len(self.x) - 1
        return self.near(room, (self.x[part], float(np.clip(self.y[part], *room.ax.get_ylim()))))

    def _options(self, room):
        """Boxes with what each costs: distance from line and end, the wrong side, a band."""
        wide, high = self.size()
        unit, (first, _, last, top) = room.unit, room.frame
        path = _finite(room.ax.transData.transform(np.stack([self.x, self.y], axis=1)))
        path = _dense(path, 2 * unit)
        end, gap = path[-1], (9 if self.anywhere else 6) * unit
        for right in np.linspace(last, first + wide, 90):
            left = right - wide
            if self.over:
                yield 0.35 * (last - right), (left, top - high, right, top)
                continue
            if left > end[0] + gap:  # the line has ended: beside it
                bottom = end[1] - high / 2
                yield 0.35 * (left - end[0] - gap), (left, bottom, right, bottom + high)
                continue
            near = path[(path[:, 0] >= left - gap) & (path[:, 0] <= right + gap), 1]
            if not len(near) or (not self.anywhere and right < (first + end[0]) / 2):
                continue
            away = 0.0 if self.anywhere else 0.35 * max(0.0, end[0] - right)
            for side, bottom in ((1, near.max() + gap), (-1, near.min() - gap - high)):
                box = (left, bottom, right, bottom + high)
                off = float(np.abs(near - bottom - high / 2).mean()) - high / 2
                wrong = 30 * unit * (side == -self.side)
                near_it = 0.15 * self._nearer(room, box, 200 * unit)
                yield off + away + wrong + near_it + 15 * unit * room.on_band(box), box

    def _nearer(self, room, box, distance) -> float:
        """By how much a box is nearer than `distance` to the point that it should leave."""
        if self.leave is None:
            return 0.0
        x, y = room.ax.transData.transform(self.leave)
        apart = math.hypot((box[0] + box[2]) / 2 - x, (box[1] + box[3]) / 2 - y)
        return max(0.0, distance - apart)


def _sides(heights) -> list[tuple[int, str]]:
    """Names from the highest to the lowest, with the side where each one's label belongs."""
    names = sorted(heights, key=heights.__getitem__, reverse=True)
    return [((name == names[0]) - (name == names[-1]), name) for name in names]


class _Near(_Label):
    """At the free place nearest to a point, joined to it by a thin line if that is far."""

    def __init__(self, ax, name, point, text, color, furthest=170):
        super().__init__(ax, name, text, color, "small")
        self.furthest = furthest
        self.point = point[0], float(np.clip(point[1], *ax.get_ylim()))

    def find(self, room) -> bool:
        return self.near(room, self.point, self.furthest)


class _Gap(_Label):
    """The gap at the end, between the lines and left of an arrow that spans it, or beside them."""

    def __init__(self, ax, x, train, validation, what):
        text = _gap_words(what, validation[-1] - train[-1])
        super().__init__(ax, "gap", text, INK, weight="normal")
        self.x = np.asarray(x, float)
        self.curves = [np.clip(y, *ax.get_ylim()) for y in (train, validation)]
        arrow = {"arrowstyle": "<->", "color": MUTED, "shrinkA": 3, "shrinkB": 3}
        self.arrow = ax.annotate("", (0, 0), (0, 0), gid="gap arrow", arrowprops=arrow, zorder=4)
        self.arrow.set_in_layout(False)

    def find(self, room) -> bool:
        wide, high = self.size()
        to_pixels = room.ax.transData.transform
        low, up = (to_pixels(np.stack([self.x, y], axis=1)) for y in self.curves)
        unit = room.unit
        right = low[-1, 0] - 8 * unit
        under = (low[:, 0] >= right - wide - 14 * unit) & (low[:, 0] <= right + 4 * unit)
        self.arrow.set_visible(False)
        if not under.any() or right - wide - 14 * unit < room.frame[0]:
            return False
        low, up = sorted((low[under], up[under]), key=lambda path: path[:, 1].mean())
        floor, ceiling = low[:, 1].max(), up[:, 1].min()
        if ceiling - floor < high + 16 * unit:
            return False
        middle = (floor + ceiling) / 2
        box = np.array([-wide - 8 * unit, -high / 2, -8 * unit, high / 2])
        box += (right, middle, right, middle)
        if not room.free(box):
            return False
        x = room.data(right, 0)[0]
        ends = [float(np.interp(x, self.x, y)) for y in self.curves]
        self.arrow.xy, self.arrow.xyann = (x, ends[0]), (x, ends[1])
        self.arrow.set_visible(True)
        tips = to_pixels([(x, min(ends)), (x, max(ends))])
        room.boxes.append((right - 3 * unit, tips[0, 1], right + 3 * unit, tips[1, 1]))
        return room.put(self.text, tuple(box))

    def aside(self, room) -> bool:
        middle = (self.curves[0][-1] + self.curves[1][-1]) / 2
        return self.near(room, (self.x[-1], middle), furthest=110, lead=False)


class _Corner(_Label):
    """In the first corner of the axes that is free."""

    def __init__(self, ax, name, lines, color):
        super().__init__(ax, name, "\n".join(lines), color, "small", "normal")
        self.words = " · ".join(lines)

    def find(self, room) -> bool:
        wide, high = self.size()
        left, bottom, right, top = room.frame + 5 * room.unit * np.array([1, 1, -1, -1])
        boxes = [
            (x, y, x + wide, y + high) for y in (top - high, bottom) for x in (right - wide, left)
        ]
        box = next((box for box in boxes if room.free(box)), None)
        if box is None:
            return False
        self.text.set_multialignment("left" if box[0] == left else "right")
        return room.put(self.text, box)


def _seen(text) -> bool:
    return bool(text.get_text()) and text.get_visible() and text.get_gid() != "break"


def _set_text(text, words) -> None:
    if text.get_text() != words:
        text.set_text(words)


def _reach(line, unit) -> float:
    """How far a line's markers reach from their middle, in pixels."""
    return (line.get_markersize() + line.get_markeredgewidth()) / 2 * unit * 100 / 72


def _finite(path) -> np.ndarray:
    """The points of a path that are numbers, not further away than a few screens."""
    return np.clip(path[np.isfinite(path).all(axis=1)], -2e4, 2e4)


def _dense(path, step) -> np.ndarray:
    """The same path with points at most `step` apart."""
    if len(path) < 2:
        return path
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    even = np.union1d(along, np.linspace(0, along[-1], int(along[-1] / step) + 2))
    return np.stack([np.interp(even, along, side) for side in path.T], axis=1)
