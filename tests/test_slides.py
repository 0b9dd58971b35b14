"""Every lesson turns into slides by the command that the teaching guide gives."""

import json
import re

import pytest
from nbconvert import SlidesExporter
from traitlets.config import Config

from tests.cells import HIDDEN
from tests.tools import notebooks

CONFIGURATION = notebooks.NOTEBOOKS / "slides.json"


def test_folded_code_is_left_out():
    configuration = json.loads(CONFIGURATION.read_text(encoding="utf-8"))
    assert configuration["TagRemovePreprocessor"]["remove_input_tags"] == list(HIDDEN)


@pytest.mark.parametrize("path", notebooks.lessons(), ids=notebooks.label)
def test_a_lesson_becomes_slides(path):
    configuration = Config(json.loads(CONFIGURATION.read_text(encoding="utf-8")))
    page, _ = SlidesExporter(config=configuration).from_filename(str(path))
    cells = notebooks.read(path).cells
    types = [cell.metadata.get("slideshow", {}).get("slide_type") for cell in cells]
    assert types[0] == "slide" and types.count("slide") >= 3
    sections = 2 * types.count("slide") + types.count("subslide")  # slides lie in stacks
    assert page.count("<section>") == sections
    pictures = sum("image/png" in o.get("data", {}) for c in cells for o in c.get("outputs", ()))
    assert len(re.findall(r'<img[^>]*"data:image/png;base64', page)) == pictures
    questions = [cell for cell in cells if "question" in cell.metadata.get("tags", ())]
    plain = re.sub("<[^>]*>", "", page)
    assert questions or path.stem.startswith("00")
    for cell in questions:
        assert cell.source.splitlines()[0] not in plain
