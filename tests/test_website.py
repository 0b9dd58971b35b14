"""The site's sources, made from the course without Sphinx: links, folded code, start page."""

import base64
import importlib.util
import json
import re
import struct

import nbformat
import nbformat.v4 as v4
import pytest

from tests.tools.notebooks import ROOT, lessons, read
from website import course, execute, markdown, one_file, pages, stage

PAGES = {
    "notebooks/02-l2.ipynb": "02-l2.html",
    "notebooks/03-l1.ipynb": "03-l1.html",
    "notebooks/exercises/02-l2.ipynb": "exercises/02-l2.html",
    "data/README.md": "data.html",
    "README.md": "run.html",
}
LINKS = markdown.Links(PAGES, ROOT)


@pytest.mark.parametrize(
    ("source", "link", "expected"),
    [
        ("notebooks/02-l2.ipynb", "03-l1.ipynb", "03-l1.html"),
        ("notebooks/02-l2.ipynb", "exercises/02-l2.ipynb", "exercises/02-l2.html"),
        ("notebooks/02-l2.ipynb", "../data/README.md", "data.html"),
        ("notebooks/exercises/02-l2.ipynb", "../03-l1.ipynb", "../03-l1.html"),
        ("notebooks/exercises/02-l2.ipynb", "../../README.md", "../run.html"),
        ("notebooks/02-l2.ipynb", "03-l1.ipynb#cell-id=what-it-is", "03-l1.html#cell-what-it-is"),
        ("notebooks/02-l2.ipynb", "#cell-id=below", "02-l2.html#cell-below"),
        ("README.md", "data/README.md#cells", "data.html#cells"),
        ("notebooks/02-l2.ipynb", "https://keras.io", "https://keras.io"),
        ("notebooks/02-l2.ipynb", "#a-heading", "#a-heading"),
    ],
)
def test_a_link_of_a_file_becomes_a_link_of_the_site(source, link, expected):
    assert LINKS.of_markdown(f"see [it]({link}).", source) == f"see [it]({expected})."
    assert LINKS.of_html(f'<a href="{link}">it</a>', source) == f'<a href="{expected}">it</a>'


def test_a_link_to_a_file_without_a_page_stops_the_build():
    with pytest.raises(ValueError, match=r"notebooks/02-l2.ipynb links to 99-gone.ipynb"):
        LINKS.of_markdown("[it](99-gone.ipynb)", "notebooks/02-l2.ipynb")


def test_a_link_to_a_file_that_no_reader_needs_becomes_words():
    text = "[Contributing](CONTRIBUTING.md) and [data](data/README.md)"
    assert LINKS.of_markdown(text, "README.md") == "Contributing and [data](data.html)"


def test_code_keeps_its_links():
    text = "`[it](03-l1.ipynb)` and ``a ` [it](03-l1.ipynb)``\n\n```md\n[it](03-l1.ipynb)\n```\n"
    assert LINKS.of_markdown(text, "notebooks/02-l2.ipynb") == text


def test_every_link_of_the_course_leads_to_a_page():
    links = markdown.Links(course.pages(), course.ROOT)
    places = 0
    for path in course.notebooks():
        for cell in read(path).cells:
            if cell.cell_type == "markdown":
                links.of_markdown(cell.source, course.name(path))
    for source in (*course.WORDS, "data/README.md"):
        text = (ROOT / source).read_text(encoding="utf-8")
        links.of_markdown(text, source)
        for file, cell in links.cells(text, source):
            places += 1
            assert cell in stage.anchors(read(ROOT / file)), (file, cell)
    assert places > 100


def test_every_notebook_has_a_page_that_ends_in_its_name():
    found = course.pages()
    assert [found[course.name(path)] for path in lessons()] == [f"{p.stem}.html" for p in lessons()]
    assert found["notebooks/exercises/02-l2.ipynb"] == "exercises/02-l2.html"
    assert found["notebooks/solutions/02-l2.ipynb"] == "solutions/02-l2.html"


def test_a_link_to_a_heading_leads_to_its_cell(tmp_path):
    path = tmp_path / "a.ipynb"
    cells = [
        v4.new_markdown_cell("[see](#Move-%CE%BB-late)"),
        v4.new_markdown_cell("## Move λ late"),
    ]
    path.write_text(nbformat.writes(notebook(*cells)), encoding="utf-8")
    assert stage.read(path).cells[0].source == f"[see](#cell-id={cells[1].id})"


def notebook(*cells):
    """A notebook of these cells."""
    return v4.new_notebook(cells=list(cells))


def code(tags=(), outputs=(), **more):
    """A code cell with tags and outputs."""
    return v4.new_code_cell("1", metadata={"tags": list(tags)}, outputs=list(outputs), **more)


def shown(data, **metadata):
    """An output with these forms of a result."""
    return v4.new_output("display_data", data, metadata=metadata)


def staged(*cells, **more):
    """The cells of a page made from these."""
    return stage.staged(notebook(*cells), "notebooks/02-l2.ipynb", LINKS, **more).cells


@pytest.mark.parametrize(
    ("tag", "folded"), [("question", True), ("evidence", True), ("panel", False), (None, False)]
)
def test_code_of_questions_and_evidence_is_folded(tag, folded):
    (cell,) = staged(code([tag] if tag else []))
    assert ("hide-input" in cell.metadata.tags) == folded


HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
PNG = base64.b64encode(HEAD + struct.pack(">II", 1, 2) + bytes(8)).decode()


def test_a_picture_keeps_its_words_and_its_size():
    facts = {"image/png": {"alt": 'a "gap" < 0.1'}}
    (cell,) = staged(code(outputs=[shown({"image/png": PNG, "text/plain": "Figure"}, **facts)]))
    html = cell.outputs[0].data["text/html"]
    assert 'alt="a &quot;gap&quot; &lt; 0.1"' in html and 'width="1" height="2"' in html
    assert f"data:image/png;base64,{PNG}" in html and set(cell.outputs[0].data) == {"text/html"}


def test_a_replay_takes_the_place_of_its_picture_only():
    stream = v4.new_output("stream", text="words")
    pictures = [shown({"image/png": PNG}) for _ in range(2)]
    cell = code(outputs=[pictures[0], stream, pictures[1]], id="sweep")
    (cell,) = staged(cell, replays={"sweep": {1: '<figure class="replay lab"></figure>'}})
    forms = [output.get("data", {}).get("text/html", "stream") for output in cell.outputs]
    assert [form[:4] for form in forms] == ["<img", "stre", "<fig"]


def test_the_places_of_replays_are_found_in_an_executed_copy():
    replay = shown({"text/html": '<figure class="replay lab">', "text/plain": "SweepLab()"})
    picture, stream = shown({"image/png": PNG}), v4.new_output("stream", text="words")
    before = notebook(code(outputs=[picture, picture], id="a"), code(outputs=[picture], id="b"))
    after = notebook(
        code(outputs=[picture, stream, replay], id="a"), code(outputs=[picture], id="b")
    )
    assert execute.found_in(before, after) == {"a": {1: '<figure class="replay lab">'}}
    after.cells[0].outputs.append(picture)
    with pytest.raises(RuntimeError, match="a: 3 outputs, but 2 in the notebook"):
        execute.found_in(before, after)


def test_what_was_recorded_is_kept_until_code_or_helpers_change(tmp_path):
    (tmp_path / "helpers").mkdir()
    (tmp_path / "helpers" / "a.py").write_text("1")
    first = execute.fingerprint(tmp_path)
    cells = [v4.new_markdown_cell("words", id="words"), code(id="code")]
    key = execute.key(notebook(*cells), first)
    cells[0].source = "other words"
    assert execute.key(notebook(*cells), first) == key
    cells[1].source = "2"
    assert execute.key(notebook(*cells), first) != key
    (tmp_path / "helpers" / "a.js").write_text("a page has the script of today")
    assert execute.fingerprint(tmp_path) == first
    for name in ("a.py", "look.mplstyle"):
        (tmp_path / "helpers" / name).write_text("2")
        first, before = execute.fingerprint(tmp_path), first
        assert first != before


def test_the_start_page_has_a_panel_three_ways_to_start_and_all_lessons():
    text = pages.pages({}, markdown.Links(course.pages(), course.ROOT))["index"]
    beginning = text[: text.index("## What you will be able to do")]
    assert re.search(r'<img class="picture[^>]*alt="l2\(', beginning)
    ways = text[text.index("## Three ways to start") : text.index("## The lessons")]
    assert ways.count("<h3>") == 3
    for path in lessons():
        title = read(path).cells[0].source.splitlines()[0].removeprefix("# ")
        assert f'<a href="{path.stem}.html">{title}</a>' in text


def test_the_start_page_shows_the_replay_of_its_lesson():
    path = course.NOTEBOOKS / f"{pages.FRONT}.ipynb"
    (cell,) = (c for c in read(path).cells if f"{pages.FRONT_PANEL}" in c.source and c.outputs)
    replay = '<figure class="replay lab" id="replay-1"></figure>'
    found = pages.front({path: {cell.id: {0: replay}}})
    assert found == replay.replace('id="', 'id="front-')


def test_pages_of_words_say_what_the_course_says():
    found = pages.pages({}, markdown.Links(course.pages(), course.ROOT))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command = re.search(r"^# open the course$\n(.+)$", readme, re.M)[1]
    assert command in found["run"]
    assert "](01-overfitting.html#cell-" in found["teaching-guide"]
    for path in course.notebooks():
        assert f"{path.stem}.html)" in found["exercises/index"] or path.stem.startswith("00")
    assert set(course.pages().values()) >= {f"{name}.html" for name in found} - {"index.html"}


def test_one_file_holds_the_article_alone_and_no_link_into_the_site():
    page = (
        '<html><body><nav>menu</nav><article class="bd-article"><h1>A & B?'
        '<a class="headerlink" href="#a">#</a></h1><p><a href="03-l1.html">next</a> '
        '<a href="#place">below</a> <a href="https://keras.io">Keras</a></p></article></body></html>'
    )
    page = page.replace("A & B", "A &amp; B")
    made = one_file.one_file(page, "body { margin: 0 }", "play()")
    assert "<title>A &amp; B?</title>" in made and "menu" not in made and "play()" not in made
    assert re.findall('href="([^"]*)"', made) == ["#place", "https://keras.io"]
    replayed = page.replace("</p>", '</p><figure class="replay lab"></figure>')
    assert "<script>play()</script>" in one_file.one_file(replayed, "", "play()")


FORMULAS = [
    (r"\overline{(p - y)^2}", "border-top"),
    (r"\hat w", 'stretchy="false"'),
    (r"\text{95\,\% of it}", "95\u2009%"),
    (r"\frac{h}{h+2\lambda}", "<mfrac>"),
]


@pytest.mark.skipif(not importlib.util.find_spec("latex2mathml"), reason="website/requirements.txt")
@pytest.mark.parametrize(("tex", "part"), FORMULAS)
def test_formulas_become_mathml(tex, part):
    from website import mathematics

    assert part in mathematics.mathml(tex)
    assert 'display="block"' in mathematics.of_markdown(f"It is\n\n$${tex}$$")
    kept = "costs $5 and $6, `$x$`"
    assert mathematics.of_markdown(kept) == kept


def test_the_requirements_of_pages_are_not_those_of_learners():
    text = (ROOT / "website" / "requirements.txt").read_text(encoding="utf-8")
    ours = set(re.findall(r"^([\w-]+) ~=", text, re.M))
    learners = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert "sphinx" in ours and not ours & set(re.findall(r"^([\w-]+)", learners, re.M))


def test_the_tags_of_folded_code_are_those_of_slides():
    settings = json.loads((ROOT / "notebooks" / "slides.json").read_text(encoding="utf-8"))
    tags = settings["TagRemovePreprocessor"]["remove_input_tags"]
    assert course.folded_tags() == set(tags) == {"question", "evidence"}


@pytest.mark.skipif(
    not importlib.util.find_spec("sphinx_revealjs"), reason="website/requirements.txt"
)
def test_slides_hold_all_that_they_need():
    from website import slides

    text = v4.new_markdown_cell("# Why?\n\n[before](03-l1.ipynb), $\\lambda$")
    text.metadata = {"slideshow": {"slide_type": "slide"}}
    panel = code(outputs=[shown({"image/png": PNG})], id="sweep")
    replays = {"sweep": {0: '<figure class="replay lab"></figure>'}}
    made = stage.staged(notebook(text, panel), "notebooks/02-l2.ipynb", LINKS, replays=replays)
    page = slides.slides(made, slides.assets())
    assert "<link" not in page and "@import" not in page
    assert not re.search(r'<(script|img)[^>]*\bsrc="(?!data:)', page)
    assert "<mi>" in page and "$" not in re.sub(r"<(script|style).*?</\1>", "", page, flags=re.S)
    assert "Reveal.initialize" in page and '<figure class="replay lab">' in page
    assert ">before<" not in page and "before" in page
