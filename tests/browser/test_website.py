"""The site's pages in a browser with the network off; `python -m website --test` looks at all."""

import pytest

from website import check, course

pytest.importorskip("myst_nb", reason="needs website/requirements.txt")
pytest.importorskip("latex2mathml", reason="needs website/requirements.txt")
PAGES = ("index", "02-l2", "exercises/02-l2", "glossary", "search")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site with saved pictures: no lesson is executed."""
    from website import build

    folder = tmp_path_factory.mktemp("website")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(course, "BUILD", folder / "build")
        patch.setattr(course, "CACHE", folder / "cache")
        assert build.build(only=[], tell=lambda line: None) == 0
        assert build.build(only=[], tell=lambda line: None) == 0  # and again, from what is kept
    return folder / "build"


def test_links_lead_to_places(site):
    paths = [path for path in site.rglob("*.html") if "_static" not in path.parts]
    assert len(paths) > 40 and not check.broken_links(paths)
    page = site / "broken.html"
    page.write_text('<a href="gone.html">1</a><a href="02-l2.html#gone">2</a>', encoding="utf-8")
    assert len(check.broken_links([page])) == 2
    page.unlink()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_complete_without_a_network_and_for_everybody(site, chrome, name):
    weight, found = check.look_at(chrome, site / f"{name}.html")
    assert found == [] and 10_000 < weight < 3e6


def test_faults_of_a_page_are_found(chrome, tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        '<!doctype html><html><title>Bad</title><main><div style="width: 3000px">wide</div>'
        '<img src="gone.png"><script src="https://example.org/a.js"></script>'
        '<figure class="replay" id="dead"><canvas></canvas><input type="range" max="2"></figure>'
        "<script>fail()</script></main></html>",
        encoding="utf-8",
    )
    _, found = check.look_at(chrome, page)
    for words in ("wider than the screen", "image-alt", "asks for https://example.org/a.js",
                  "raises", "no title or language",
                  "#dead: its control changes no picture"):  # fmt: skip
        assert any(words in problem for problem in found), (words, found)


def test_the_search_finds_a_term(site, chrome):
    context = chrome.new_context(offline=True)
    page = context.new_page()
    page.goto(f"{(site / 'search.html').as_uri()}?q=calibration")
    page.wait_for_selector("#search-results li a")
    names = page.locator("#search-results li a").evaluate_all("all => all.map(a => a.href)")
    assert any("02-l2.html" in name for name in names)
    context.close()
