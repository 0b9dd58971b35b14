"""Sphinx's configuration; `website.build` makes the sources."""

import sys
from pathlib import Path

from docutils import nodes

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from website import course
from website.mathematics import mathml

project = "Regularising neural networks"
html_title = project
copyright = (course.ROOT / "LICENSE").read_text(encoding="utf-8").splitlines()[2].split(") ", 1)[1]
language = "en"

extensions = ["myst_nb"]
nb_execution_mode = "off"
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
nb_ipywidgets_js = {}  # nothing from elsewhere
myst_enable_extensions = ["dollarmath"]
myst_update_mathjax = False
myst_all_links_external = True  # `website.markdown` has made them links of the site
smartquotes = False

html_theme = "pydata_sphinx_theme"
templates_path = ["templates"]
html_static_path = ["static", str(course.CACHE / "source" / "_static")]
exclude_patterns = ["_static"]
html_favicon = "static/favicon.svg"
html_css_files = ["replay.css", "course.css"]
html_js_files = [("replay.js", {"defer": "defer"}), ("course.js", {"defer": "defer"})]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_use_index = False
html_domain_indices = False
html_theme_options = {
    "logo": {"text": project},
    "search_bar_text": "Search the course",
    "show_nav_level": 1,
    "navigation_depth": 2,
    "show_toc_level": 1,
    "header_links_before_dropdown": 7,
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button"],
    "primary_sidebar_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"index": [], "glossary": [], "data": [], "run": [], "cite": [], "search": [],
                 "teaching-guide": []}  # fmt: skip
pygments_style = "a11y-high-contrast-light"


def _inline(writer, node):
    writer.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def _block(writer, node):
    formula = mathml(node.astext(), block=True)
    writer.body.append(f'<div class="formula">{formula}</div>\n')
    raise nodes.SkipNode


def setup(app):
    """Register what draws mathematics."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
