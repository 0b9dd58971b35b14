"""A page of the site as one HTML file, for a learning platform, mail or a USB stick."""

from __future__ import annotations

import html
import re
from pathlib import Path

from bs4 import BeautifulSoup

from website import course

STYLE = Path(__file__).parent / "static" / "one-file.css"
THEME = """const dark = matchMedia("(prefers-color-scheme: dark)");
const theme = () => { document.documentElement.dataset.theme = dark.matches ? "dark" : "light"; };
dark.addEventListener("change", theme); theme();"""


def write(names: list[str], tell=print) -> None:
    """Write these pages of the built site as one file each."""
    static = course.BUILD / "_static"
    # In the order in which the site's pages have them.
    sheets = [static / "pygments.css", *static.glob("mystnb*.css"), static / "replay.css",
              static / "course.css", STYLE]  # fmt: skip
    style = "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
    script = (static / "replay.js").read_text(encoding="utf-8")
    theme = f"{THEME}\n{(static / 'course.js').read_text(encoding='utf-8')}"
    folder = course.BUILD / "one-file"
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        page = (course.BUILD / f"{name}.html").read_text(encoding="utf-8")
        path = folder / f"{name}.html"
        path.write_text(one_file(page, style, script, theme), encoding="utf-8")
        tell(f"{path}: {path.stat().st_size / 1e6:.2f} MB")


def one_file(page: str, style: str, script: str, theme: str = THEME) -> str:
    """The article of a page with all that it needs; links to other pages become words."""
    soup = BeautifulSoup(page, "html.parser")
    article = soup.find("article")
    for link in article.find_all("a"):
        target = link.get("href", "")
        if "headerlink" in link.get("class", ()):
            link.decompose()
        elif not re.match(r"https?:|#", target):
            link.unwrap()
    title = article.find("h1").get_text().strip()
    plays = f"<script>{script}</script>" if article.find(class_="replay") else ""
    return (
        f'<!doctype html>\n<html lang="en" data-theme="light">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{style}\n</style>\n"
        f"<script>{theme}</script>\n</head>\n<body>\n<main>\n{article}\n</main>\n"
        f"{plays}\n</body>\n</html>\n"
    )
