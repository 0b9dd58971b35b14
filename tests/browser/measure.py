"""What a slider costs, measured in a real browser: `python -m tests.browser.measure`.

Prints a table: from the key press to the first frame painted with the new value (median and
95th percentile), frames painted a second while training, bytes of a frame as the kernel sends
it, and milliseconds of kernel time for it. The standard job of the course; `--repeat 3` does
all of it three times.
"""

from __future__ import annotations

import argparse
import itertools
import pathlib
import tempfile
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from helpers.experiment import HYPERPARAMETERS
from tests.browser import lab
from website.browser import executable

PRESSES = 36
WATCH = 4000  # ms of frames counted

WATCHER = """
window.painted = []; window.frames = 0;
const { fillText, clearRect } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (words, ...rest) {
    if (/^(l2|no reg)/.test(words)) window.painted.push([performance.now(), words]);
    return fillText.call(this, words, ...rest);
};
CanvasRenderingContext2D.prototype.clearRect = function (...rest) {
    window.frames++;
    return clearRect.call(this, ...rest);
};
addEventListener("keydown", () => { window.pressed = performance.now(); }, true);
"""
# the first frame that was painted with the new words after the key, or nothing
FIRST = """words => {
    const titled = w => words.some(start => w === start || w.startsWith(start + " "));
    const found = painted.find(([at, w]) => at > pressed && titled(w));
    return found && found[0] - pressed;
}"""

SETUP = """import json, time
from helpers.data import load, split
from helpers.experiment import Experiment
from helpers.panels import LiveLab, SweepLab
from helpers.panels.figure.live_figure import Canvas, LiveFigure

parts = split(load("cells"), train=512, validation=512, seed=0)
base = Experiment(hidden=(128, 64), epochs=900)

spent, sizes, send_frame, send = [], [], LiveFigure._send_frame, Canvas._send

def timed(live_figure):
    start = time.perf_counter()
    send_frame(live_figure)
    spent.append(1000 * (time.perf_counter() - start))

def weighed(canvas, message, buffers=None):
    if "number" in message.get("state", {}):
        sizes.append(len(json.dumps(message)) + sum(memoryview(b).nbytes for b in buffers or ()))
    send(canvas, message, buffers)

LiveFigure._send_frame, Canvas._send = timed, weighed"""
LIVE = """{0} = LiveLab(parts, base, ("l2",), seconds=30)
{0}"""
SWEEP = """sweep = SweepLab(parts, base.replace(epochs={epochs}), "l2", seeds=range({seeds}))
sweep"""
REPORT = """import statistics
print(statistics.median(spent), statistics.median(sizes)); spent.clear(); sizes.clear()"""


class Figures(NamedTuple):
    """One line of the table."""

    what: str
    median: float
    high: float
    frames: float | None
    kilobytes: float
    kernel: float

    def __str__(self):
        frames = f"{self.frames:8.1f}" if self.frames is not None else "       –"
        return (
            f"{self.what:<38}{self.median:9.0f}{self.high:9.0f}{frames}"
            f"{self.kilobytes:10.1f}{self.kernel:11.1f}"
        )


HEAD = (
    f"{'':<38}{'median':>9}{'95 %':>9}{'frames':>8}{'KiB per':>10}{'kernel ms':>11}\n"
    f"{'':<38}{'ms':>9}{'ms':>9}{'per s':>8}{'frame':>10}{'per frame':>11}"
)


def press_keys(p) -> list[float]:
    """Move the slider to and fro; milliseconds from each key to its first frame."""
    spell = HYPERPARAMETERS["l2"].spell
    ladder = [spell(v) for v in HYPERPARAMETERS["l2"].positions]
    lab.slider(p, ".lab").focus()
    # from one end to the other and back
    steps = [("ArrowRight", w) for w in ladder[1:]] + [("ArrowLeft", w) for w in ladder[-2::-1]]
    found = []
    for key, words in itertools.islice(itertools.cycle(steps), PRESSES):
        p.wait_for_timeout(150)
        p.evaluate("painted.length = 0")
        p.keyboard.press(key)
        found.append(p.wait_for_function(FIRST, arg=_title(words), timeout=20_000).json_value())
    return found


def _title(words: str) -> list[str]:
    return [words, "no regularisation"] if words == "l2(0)" else [words]


def measure(p, what: str, panel: str, stages: int, training: bool) -> Figures:
    """Press keys and count frames on an open page; `panel` is the name of the first panel."""
    lab.ask(p, f"{panel}.l2.value = 0; spent.clear(); sizes.clear()")
    frames = None
    if training:
        p.evaluate("frames = 0")
        p.wait_for_timeout(WATCH)
        frames = p.evaluate("frames") / WATCH * 1000 / stages
    waits = press_keys(p)
    kernel, size = map(float, lab.ask(p, REPORT).split())
    return Figures(what, np.median(waits), np.percentile(waits, 95), frames, size / 1024, kernel)


def measure_all(server, chrome, folder: pathlib.Path) -> Iterator[Figures]:
    """One pass over all lines of the table."""

    def opened(p, *cells):
        p.add_init_script(WATCHER)
        name = f"measure-{len(list(folder.iterdir()))}.ipynb"
        lab.write_notebook(folder / name, [SETUP, *cells])
        lab.open_notebook(p, server, name)
        lab.run_all(p)
        p.locator(".lab .live-figure-canvas").nth(len(cells) - 1).wait_for(timeout=lab.PATIENCE)

    def wait(p, condition):
        for _ in range(1200):
            if lab.ask(p, f"print({condition})") == "True":
                return
            p.wait_for_timeout(100)
        raise TimeoutError(condition)

    with lab.page(chrome) as p:
        opened(p, LIVE.format("panel"))
        yield measure(p, "LiveLab at rest", "panel", 1, False)
        lab.ask(p, "panel.train()")
        wait(p, "panel.run is not None and panel.run.epochs > 2")
        yield measure(p, "LiveLab training", "panel", 1, True)
    with lab.page(chrome, (1280, 2600)) as p:
        opened(p, LIVE.format("panel"), LIVE.format("other"))
        lab.ask(p, "panel.train(); other.train()")
        wait(p, "other.run is not None and other.run.epochs > 2")
        yield measure(p, "LiveLab, two panels training", "panel", 2, True)
    with lab.page(chrome) as p:
        opened(p, SWEEP.format(epochs=600, seeds=5))
        lab.ask(p, "sweep.train()")
        wait(p, "sweep.chart.done > 2")
        yield measure(p, "SweepLab training, 65 networks", "sweep", 1, True)
        lab.ask(p, "sweep.cancel(); sweep.wait()")
        yield measure(p, "SweepLab trained", "sweep", 1, False)


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--repeat", type=int, default=1, help="how often to measure all of it")
    repeat = arguments.parse_args().repeat
    with (
        tempfile.TemporaryDirectory() as name,
        lab.lab(name) as server,
        lab.browser(executable()) as chrome,
    ):
        for _ in range(repeat):
            print(HEAD)
            for line in measure_all(server, chrome, pathlib.Path(name)):
                print(line, flush=True)


if __name__ == "__main__":
    main()
