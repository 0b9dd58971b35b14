"""The built pages in a real browser with the network off: `python -m website --test`."""

from __future__ import annotations

import functools
import html.parser
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse

import axe_playwright_python
from playwright.sync_api import Page, sync_playwright

from website import course
from website.browser import QUIET, executable

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
MAX_MEGABYTES = 3
# Name: width, height, pixels a unit. A page at 400 % is a window of a quarter of the width.
SCREENS = {
    "phone": (390, 844, 1),
    "laptop": (1280, 800, 1),
    "projector": (1920, 1080, 1),
    "400 %": (320, 200, 4),
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
STATE = """() => {
    const page = document.documentElement;
    const wide = [...document.querySelectorAll("body *")].filter(
        (e) => e.getBoundingClientRect().right > page.clientWidth + 1);
    return { over: page.scrollWidth - page.clientWidth,
             wide: wide.slice(0, 4).map((e) => `${e.tagName}.${e.className}`),
             title: document.title, language: page.lang };
}"""
FIND = """async (rules) => {
    const found = await axe.run(document, {
        runOnly: { type: "tag", values: rules }, preload: false, resultTypes: ["violations"] });
    return found.violations.flatMap((v) => v.nodes.slice(0, 3).map(
        (node) => `${v.id}: ${node.target.join(" ")}: ${node.html.slice(0, 120)}`));
}"""
# Moves the first slider or choice of each replay, and says whether its canvas changed.
MOVE = """async (replay) => {
    const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)));
    replay.scrollIntoView({ block: "center", behavior: "instant" });
    const until = Date.now() + 5000;
    while (!replay.querySelector("canvas") && Date.now() < until) await frame();
    const canvas = replay.querySelector("canvas");
    const control = replay.querySelector("input[type=range], select");
    if (!canvas || !control) return null;
    await frame();
    const seen = () => canvas.toDataURL() + replay.querySelector("img:not(.replay-saved)")?.src;
    const before = seen();
    const places = control.tagName === "SELECT" ? control.options.length - 1 : Number(control.max);
    const place = control.tagName === "SELECT" ? "selectedIndex" : "value";
    control[place] = Number(control[place]) === places ? 0 : places;
    control.dispatchEvent(new Event("input", { bubbles: true }));
    control.dispatchEvent(new Event("change", { bubbles: true }));
    const limit = Date.now() + 5000;
    while (seen() === before && Date.now() < limit) await frame();
    return seen() !== before;
}"""


def main(folder: Path = course.BUILD, tell=print) -> int:
    """Test all pages of a folder; the result is 0 if nothing was found."""
    begun = time.monotonic()
    paths = sorted(path for path in folder.rglob("*.html") if "_static" not in path.parts)
    found = broken_links(paths)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(QUIET))
        for path in paths:
            weight, problems = look_at(browser, path)
            found += [f"{path.relative_to(folder)}: {problem}" for problem in problems]
            tell(f"{weight / 1e6:5.2f} MB  {path.relative_to(folder)}  {len(problems)} found")
        browser.close()
    for problem in found:
        tell(problem)
    tell(f"{len(paths)} pages, {len(found)} found, {time.monotonic() - begun:.0f} s")
    return int(bool(found))


def look_at(browser, path: Path) -> tuple[int, list[str]]:
    """What a page weighs in bytes, and what is wrong with it on each screen, light and dark."""
    weight, found = 0, []
    for name, (width, height, ratio) in SCREENS.items():
        context = browser.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=ratio,
            offline=True,
            reduced_motion="reduce",
        )
        page, files, problems = context.new_page(), set(), []
        listen(page, files, problems)
        page.goto(path.as_uri())
        page.wait_for_load_state("load")
        problems += on_screen(page)
        if name in ("phone", "laptop"):
            problems += barriers(page)
        if name == "laptop":
            problems += moved(page)
            page.evaluate("document.documentElement.dataset.theme = 'dark'")
            problems += [f"dark: {problem}" for problem in barriers(page)]
        weight = max(weight, sum(size(file) for file in files))
        found += [f"{name}: {problem}" for problem in problems]
        context.close()
    if weight > MAX_MEGABYTES * 1e6:
        found.append(f"{weight / 1e6:.1f} MB: at most {MAX_MEGABYTES}")
    return weight, found


def size(file: str) -> int:
    """What a file weighs in bytes; nothing if it is missing, which the browser has said."""
    return Path(file).stat().st_size if Path(file).is_file() else 0


def listen(page: Page, files: set[str], problems: list[str]) -> None:
    """Gather the files that a page reads, and errors and requests that would leave the machine."""

    def request(request):
        if request.url.startswith("file:"):
            files.add(unquote(urlparse(request.url).path))
        elif not request.url.startswith(("data:", "blob:")):
            problems.append(f"asks for {request.url}")

    page.on("request", request)
    page.on("requestfailed", lambda request: problems.append(f"lacks {request.url[:120]}"))
    page.on("pageerror", lambda error: problems.append(f"raises {error}"))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)


def on_screen(page: Page) -> list[str]:
    """What is wrong with a page as it stands: its width, its title."""
    state, found = page.evaluate(STATE), []
    if state["over"] > 0:
        found.append(f"is {state['over']} wider than the screen: {state['wide']}")
    if not state["title"] or not state["language"]:
        found.append("has no title or language")
    return found


def barriers(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.1 AA."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(FIND, RULES)


def moved(page: Page) -> list[str]:
    """The replays of a page whose first control changes nothing."""
    found = []
    for replay in page.locator(".replay").all():
        if replay.evaluate(MOVE) is False:
            found.append(f"#{replay.get_attribute('id')}: its control changes no picture")
    return found


class _Places(html.parser.HTMLParser):
    """The ids and the links of a page."""

    def __init__(self):
        super().__init__()
        self.ids, self.links = set(), []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if given.get("id"):
            self.ids.add(given["id"])
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])


@functools.cache
def places(path: Path) -> _Places:
    """The ids and the links of a page's file."""
    found = _Places()
    found.feed(path.read_text(encoding="utf-8"))
    return found


def broken_links(paths: list[Path]) -> list[str]:
    """The links of pages that lead to no file, or to no place in it."""
    return [problem for path in paths for problem in _broken(path)]


def _broken(path: Path) -> Iterator[str]:
    for link in places(path).links:
        if urlparse(link).scheme:
            continue
        file, place = urldefrag(link)
        target = (path.parent / unquote(file)).resolve() if file else path
        if not target.is_file():
            yield f"{path.parent.name}/{path.name}: no file for the link {link}"
        elif place and target.suffix == ".html" and unquote(place) not in places(target).ids:
            yield f"{path.parent.name}/{path.name}: no place for the link {link}"
