"""Weighs the replays of pages and measures how smoothly they answer, with the network off.

    python -m website.replay website/build/02-l2.html ...

For each replay: its size in the page, how many frames a second the browser shows while its first
slider is moved with every frame, and how long the slowest one takes.
"""

import re
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from website.browser import QUIET, executable

_SCRUB = """
async (place) => {
  const slider = place.querySelector("input[type=range]:not(:disabled)");
  if (!slider) return null;
  const count = Number(slider.max) + 1, start = performance.now(), times = [start];
  while (times.at(-1) - start < 2000) {
    slider.value = (Number(slider.value) + 1) % count;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    times.push(await new Promise(requestAnimationFrame));
  }
  const took = times.slice(2).map((time, i) => time - times[i + 1]);
  return [1000 * took.length / took.reduce((a, b) => a + b), Math.max(...took)];
}
"""


def measure(paths: list[Path]) -> None:
    """Print a line for each replay of some pages, which are HTML files."""
    print(f"{'page':<24} {'replay':<58} {'KB':>5} {'frames/s':>8} {'slowest':>8}")
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=executable(), args=list(QUIET))
        page = chrome.new_context(offline=True).new_page()
        for path in paths:
            code = re.findall(r'<figure class="replay.*?</figure>', path.read_text("utf-8"), re.S)
            page.goto(path.resolve().as_uri())
            for place, text in zip(page.locator(".replay").all(), code, strict=True):
                place.scroll_into_view_if_needed()
                place.locator(".replay-panel").wait_for()
                found = place.evaluate(_SCRUB)
                speed = f"{found[0]:8.0f} {found[1]:5.0f} ms" if found else ""
                title = place.get_attribute("aria-label")[:58]
                print(f"{path.stem[:24]:<24} {title:<58} {len(text.encode()) / 1000:5.0f} {speed}")
        chrome.close()


if __name__ == "__main__":
    measure([Path(name) for name in sys.argv[1:]])
