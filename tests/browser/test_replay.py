"""Replays in a page from a file, with the network off: they answer as the kernel's panels do."""

import contextlib
import sys
import types
from typing import ClassVar

import numpy as np
import pytest

from helpers.experiment import Experiment, Run
from helpers.panels import (
    Draw,
    GridLab,
    LiveLab,
    PenaltyLab,
    Predict,
    PredictNumber,
    StoppingLab,
    SweepLab,
)
from helpers.panels.concepts.draw_axes import NEAR, compare_in_words
from helpers.panels.concepts.pencil import COLUMNS
from tests.browser import lab
from tests.fakes import FakeTrainer
from tests.small import BASE, parts
from website.check import AXE
from website.replay import assets, concepts, record
from website.replay.packing import GRID

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Replays</title>
<style>{}</style><main><h1>Replays</h1>{}</main><script>{}</script></html>"""
L2, RATES = (0, 0.01, 0.1), (0, 0.3)


class Trainer(FakeTrainer):
    """Trains by a formula: a page does not care."""

    made: ClassVar = []


def make_run():
    """A run that early stopping can stop."""
    epochs = np.arange(1, 31)
    loss = (0.4 + 0.3 * np.exp(-epochs / 4) + 0.01 * epochs).astype("float32")
    names = ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy",
             "penalty", "fit_loss", "fit_accuracy")  # fmt: skip
    weights = [np.ones((2, 8)), np.ones(8), np.ones((8, 1)), np.ones(1)]
    experiment = Experiment(epochs=30, hidden=(8,))
    return Run(experiment=experiment, weights=weights, **dict.fromkeys(names, loss))


@pytest.fixture(scope="module")
def panels():
    """A panel of each family, as the kernel has them."""
    with pytest.MonkeyPatch.context() as patch:
        module = types.SimpleNamespace(Trainer=Trainer, SOURCE=b"")
        patch.setitem(sys.modules, "helpers.training", module)
        patch.setenv("COURSE_CACHE", "")
        patch.setattr(concepts, "STRENGTHS", 20)
        patch.setattr(concepts, "PATIENCES", (0, 1, 10, 40))
        base = BASE.replace(epochs=10)
        made = {
            "sweep": SweepLab(parts(), base, "l2", L2, (0, 1)),
            "grid": GridLab(parts(), base, positions={"l2": L2, "dropout": RATES}, seeds=(0, 1)),
            "live": LiveLab(parts(), base, ("l2",), presets={"much": {"l2": 0.1}}),
            "stopping": StoppingLab(make_run()),
            "penalty": PenaltyLab(),
            "predict": Predict(
                "Which way does `fit` go?",
                ["up", "down"],
                "down",
                {"up": "Not up.", "down": "It falls."},
            ),
            "number": PredictNumber("How far?", 0, 3, unit="nats", marks={"baseline": 0.65}),
            "draw": Draw("What does it do?", x=(1, 30), y=(0, 1)),
        }
        made["number"].reveal(0.72)
        made["draw"].reveal(make_run())
        yield made
        for panel in made.values():
            panel.close()


@pytest.fixture(scope="module")
def recordings(panels):
    """What is recorded of each panel."""
    return {name: record(panel) for name, panel in panels.items()}


@pytest.fixture(scope="module")
def address(recordings, tmp_path_factory):
    """A page with the replays of all panels, on disk."""
    script, style = assets()
    found = [recording.to_html(name) for name, recording in recordings.items()]
    path = tmp_path_factory.mktemp("replay") / "page.html"
    path.write_text(PAGE.format(style, "\n".join(found), script), encoding="utf-8")
    return path.as_uri()


@contextlib.contextmanager
def opened(chrome, address, size=lab.LAPTOP, scheme="light"):
    """The page with the network off, every replay alive; it must not complain."""
    with lab.page(chrome, size) as page:
        page.context.set_offline(True)
        page.emulate_media(color_scheme=scheme)
        page.goto(address)
        for place in page.locator(".replay").all():
            place.scroll_into_view_if_needed()
            place.locator(".live-figure[data-number], fieldset, .number-line").first.wait_for()
        yield page
        assert page.complaints == []


@pytest.fixture(scope="module")
def page(chrome, address):
    """The page on a laptop; tests leave it as they like."""
    with opened(chrome, address) as found:
        yield found


def words_of(place):
    """The words on a replay's canvas."""
    return place.locator("canvas").evaluate("canvas => canvas.words")


def settle(place):
    """Wait until the page has drawn what was asked for."""
    frame = "new Promise(requestAnimationFrame)"
    place.page.evaluate(f"async () => {{ await {frame}; await {frame}; }}")


def shown(panel):
    """The words on the kernel's picture, and those of its status line."""
    panel.wait()
    sent = panel.live_figure.sent()
    return [word for word in sent.labels if word], sent.says


def move(place, name, key):
    """Press a key on a slider."""
    slider = place.get_by_label(name, exact=True)
    slider.focus()
    slider.press(key)
    settle(place)
    return slider


def test_a_sweep_answers_keys_with_what_the_kernels_panel_shows(page, panels):
    place, panel = page.locator("#sweep"), panels["sweep"]
    slider = move(place, "L2 strength", "End")
    panel.l2.value = 0.1
    assert (words_of(place), place.locator(".status").inner_text()) == shown(panel)
    assert slider.get_attribute("aria-valuetext") == "l2(0.1)"
    before = place.locator("canvas").evaluate("canvas => canvas.toDataURL()")
    move(place, "L2 strength", "ArrowLeft")
    panel.l2.value = 0.01
    assert (words_of(place), place.locator(".status").inner_text()) == shown(panel)
    assert place.locator("canvas").evaluate("canvas => canvas.toDataURL()") != before


@pytest.mark.parametrize("name", ["sweep", "grid", "live", "stopping", "penalty"])
def test_a_page_unpacks_each_frame_as_the_canvas_was_sent_it(page, recordings, name):
    recording = recordings[name]
    frames = list(recording.frames.values())
    chosen = np.linspace(0, len(frames) - 1, 12).astype(int).tolist()
    found = page.evaluate(
        """async ([packed, chosen]) => {
            const data = await replays.unpack(packed);
            return chosen.map((i) => {
                const { frame, strokes, labels, axes, says } = replays.frameOf(data, data.at[i]);
                return { frame: [...frame], strokes, labels, axes, says };
            });
        }""",
        [recording.pack(), chosen],
    )
    for place, got in zip(chosen, found, strict=True):
        sent = frames[place]
        numbers = np.frombuffer(sent.frame, "<f4")
        away = np.abs(np.array(got.pop("frame"), "float32") - numbers) * max(sent.size)
        assert np.nanmax(away) <= 1 / (2 * GRID) + 1e-4
        assert got == {part: getattr(sent, part) for part in got}


def test_values_are_read_under_the_cursor_as_in_the_kernels_panel(page, panels):
    place, panel = page.locator("#sweep"), panels["sweep"]
    move(place, "L2 strength", "Home")
    canvas = place.locator("canvas")
    canvas.focus()
    canvas.press("Home")
    for _ in range(3):
        canvas.press("ArrowRight")
    epoch, *read = canvas.get_attribute("aria-valuetext").split(", ")
    assert epoch == "epoch 4"
    curves = {"training": "train_loss", "validation": "validation_loss"}
    found = dict(words.split() for words in read)
    assert found.keys() == curves.keys()
    for name, curve in curves.items():
        value = np.mean([getattr(run, curve)[3] for run in panel.runs[0]])
        assert float(found[name]) == float(f"{value:.3g}")
    canvas.press("Escape")


def test_a_list_and_the_slider_of_epochs_change_the_picture(page, panels):
    place, panel = page.locator("#sweep"), panels["sweep"]
    move(place, "after", "Home")
    assert "after 1 epoch" in place.locator(".status").inner_text()
    move(place, "after", "End")
    place.get_by_label("curves of").select_option("accuracy")
    settle(place)
    panel.l2.value = 0
    panel.metric.value = "accuracy"
    assert (words_of(place), place.locator(".status").inner_text()) == shown(panel)
    panel.metric.value = "loss"
    place.get_by_label("curves of").select_option("loss")


def test_the_play_button_goes_to_the_end_and_stops(page):
    place = page.locator("#sweep")
    move(place, "after", "Home")
    play = place.get_by_role("button", name="Play")
    play.click()
    place.get_by_text("epoch 10", exact=True).wait_for()
    place.get_by_role("button", name="Play").wait_for()


def test_a_grid_answers_both_sliders_and_goes_to_the_lowest_cell(page, panels):
    place, panel = page.locator("#grid"), panels["grid"]
    move(place, "L2 strength", "End")
    move(place, "dropout rate", "End")
    panel.l2.value, panel.dropout.value = 0.1, 0.3
    assert (words_of(place), place.locator(".status").inner_text()) == shown(panel)
    place.get_by_role("button", name="Go to ★").click()
    settle(place)
    panel.go_to_lowest()
    assert (words_of(place), place.locator(".status").inner_text()) == shown(panel)


def test_a_live_run_grows_is_moved_and_takes_a_preset(page):
    place = page.locator("#live")
    place.get_by_role("button", name="much").click()
    settle(place)
    assert "l2(0.1)" in " ".join(words_of(place))
    move(place, "L2 strength", "Home")
    goal = place.get_by_label("moved after epoch 5 to")
    goal.select_option("l2(0.1)")
    settle(place)
    moved = words_of(place)
    goal.select_option("not moved")
    settle(place)
    assert words_of(place) != moved and "Epoch 10" in place.locator(".status").inner_text()
    move(place, "after", "Home")
    assert "Epoch 1:" in place.locator(".status").inner_text()


def test_concept_panels_answer_as_in_the_kernel(page, panels):
    place, panel = page.locator("#stopping"), panels["stopping"]
    place.get_by_role("combobox", name="restore_best_weights").select_option("False")
    place.get_by_role("button", name="hasty").click()
    settle(place)
    panel.set(1, 0.0)
    panel.restore_best_weights = False
    assert (words_of(place), place.locator(".status").inner_text()) == shown(panel)
    place, panel = page.locator("#penalty"), panels["penalty"]
    move(place, "correlation x₁, x₂", "ArrowRight")
    panel.correlation.value = 0.4
    assert (words_of(place), place.locator(".status").inner_text()) == shown(panel)
    place.get_by_role("button", name="First exact 0").click()
    settle(place)
    assert "exactly 0" in place.locator(".status").inner_text()


def test_a_choice_is_locked_and_explained_as_by_the_kernels_panel(page, panels):
    place, panel = page.locator("#predict"), panels["predict"]
    assert place.locator(".replay-panel .question code").inner_text() == "fit"
    reveal = place.get_by_role("button", name="Reveal")
    assert reveal.is_disabled()
    place.get_by_label("up").check()
    place.get_by_role("button", name="Lock in my answer").click()
    assert place.get_by_label("down").is_disabled()
    reveal.click()
    panel.choose("up")
    panel.reveal()
    assert place.locator(".status").inner_html() == panel.status.value


def test_a_number_is_locked_and_compared_as_by_the_kernels_panel(page, panels):
    place, panel = page.locator("#number"), panels["number"]
    slider = place.get_by_label("your guess")
    slider.focus()
    for _ in range(3):
        slider.press("PageUp")
    words = slider.get_attribute("aria-valuetext")
    assert words == place.locator("output").inner_text() == panel.spell(float(words.split()[0]))
    place.get_by_role("button", name="Lock in my guess").click()
    place.get_by_role("button", name="Reveal").click()
    panel.choose(float(words.split()[0]))
    assert place.locator(".status").inner_html() == panel.status.value
    assert place.locator(".number-line").inner_text().count("\n") == 4


def test_a_curve_is_drawn_with_keys_locked_and_compared(page, panels):
    place, panel = page.locator("#draw"), panels["draw"]
    lock = place.get_by_role("button", name="Lock my curve")
    assert lock.is_disabled()
    pad = place.locator(".pencil-pad")
    pad.focus()
    for key in ("Home", "ArrowUp", "End", "PageDown"):
        pad.press(key)
    lock.click()
    status = place.locator(".status")
    status.get_by_text("Your curve differs").wait_for()
    place.locator("canvas.live-figure-canvas").wait_for()
    panel.pencil.value = page.evaluate("replays.drawn('What does it do?')")
    (facts,) = panel.facts().values()
    (drawn,) = panel.drawn.values()
    assert status.inner_text() == compare_in_words(panel.across, panel.up, drawn, facts)
    words = place.locator("canvas.live-figure-canvas").evaluate("canvas => canvas.words")
    assert set(words) == {"validation", "your validation"}


def test_page_and_kernel_say_the_same_of_any_drawn_curve(page, closing):
    rng, told = np.random.default_rng(0), set()
    x = np.linspace(0, 1, COLUMNS)
    for unit, top in (("nats", 1.5), ("%", 100), ("", 0.4)):
        panel = closing(Draw("?", x=(1, 50), y=(0, top), unit=unit))
        panel.reveal(np.linspace(1, 50, 40), top * (0.3 + rng.random(40).cumsum() / 30))
        (facts,) = panel.facts().values()
        data = {
            "low": 0, "high": top, "decimals": panel.up.decimals, "near": NEAR,
            "unit": panel.up.unit_of_differences,
            "points": [panel.across.point(p) for p in panel.across.columns],
            "spelled": [panel.across.spell(p) for p in panel.across.columns],
        }  # fmt: skip
        heights = [None if np.isnan(h) else h for h in facts.heights]
        sent = facts._asdict() | {"heights": heights}
        for _ in range(40):
            a, b, c = rng.normal(0, [0.6, 3, 0.4])
            curve = np.clip(0.4 + a * x + c * np.sin(b * x) + 0.02 * rng.normal(size=COLUMNS), 0, 1)
            curve[rng.integers(40, COLUMNS + 20) :] = np.nan
            mine = [None if np.isnan(h) else float(h) for h in curve]
            found = page.evaluate(
                "([data, facts, drawn]) => replays.compareInWords(data, facts, drawn)",
                [data, sent, mine],
            )
            assert found == compare_in_words(panel.across, panel.up, curve * top, facts)
            told.add(found.split(". ")[2])
    assert len(told) > 5  # of many shapes


def test_one_region_says_the_words_at_rest(page):
    place = page.locator("#stopping")
    assert place.locator("[role=status], [role=alert]").count() == 1
    move(place, "patience", "End")
    words = place.locator(".status").inner_text()
    page.wait_for_function(
        "words => document.querySelector('#stopping [role=status]').textContent === words",
        arg=words,
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [lab.LAPTOP, (390, 800)])
def test_axe_finds_no_fault_and_nothing_is_too_wide(chrome, address, scheme, size):
    with opened(chrome, address, size, scheme) as page:
        page.evaluate(AXE.read_text(encoding="utf-8"))
        faults = page.evaluate(
            "axe.run().then(found => found.violations.map("
            "v => [v.id, v.help, ...v.nodes.map(n => n.html)]))"
        )
        assert faults == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        lab.keep_screenshot(page, f"replay-{scheme}-{size[0]}")


def test_print_shows_the_saved_pictures(chrome, address, panels):
    with opened(chrome, address) as page:
        page.emulate_media(media="print")
        visible = [place.is_visible() for place in page.locator(".replay-saved").all()]
        assert visible == [True] * len(panels)
        assert not any(panel.is_visible() for panel in page.locator(".replay-panel").all())


def test_a_page_without_scripts_shows_the_saved_pictures(chrome, address, panels):
    context = chrome.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(address)
    visible = [place.is_visible() for place in page.locator(".replay-saved").all()]
    assert visible == [True] * len(panels) and page.locator(".replay-panel").count() == 0
    context.close()
