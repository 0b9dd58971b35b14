"""Files for hosts: workflows, issue forms, dev container, citation, licences and the paper."""

import json
import re
import tomllib

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from tests import assignments
from tests.tools import exercises, notebooks
from tests.tools.notebooks import ROOT, lessons

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PAPER = (ROOT / "paper.md").read_text(encoding="utf-8")


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(workflow):
    """All steps of a workflow's jobs."""
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_has_what_its_host_asks_for(path):
    workflow = load(path)
    assert {"name", True, "permissions", "jobs"} <= set(workflow)  # YAML reads `on` as True
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert "runs-on" in job and job["steps"]
    for step in steps(workflow):
        assert ("uses" in step) != ("run" in step)
        assert re.fullmatch(r"actions/[\w-]+@v\d+", step.get("uses", "actions/x@v1"))
    assert "secrets." not in path.read_text(encoding="utf-8")


def test_the_matrix_is_three_systems_and_the_pythons_of_the_readme():
    job = load(ROOT / ".github" / "workflows" / "test.yml")["jobs"]["test"]
    matrix = job["strategy"]["matrix"]
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = re.search(r"Python ([\d., ]+ or [\d.]+)", readme)[1]
    assert matrix["python"] == re.findall(r"3\.\d+", listed)


def test_workflows_run_commands_of_the_readme():
    (command,) = re.findall(
        r"^# run all tests$\n.+-m (pytest .+)$", (ROOT / "README.md").read_text("utf-8"), re.M
    )
    tests, site = (load(ROOT / ".github" / "workflows" / f"{n}.yml") for n in ("test", "site"))
    run = [step["run"] for step in steps(tests) if "run" in step]
    assert f"python -m {command}" in run
    assert any("pip-audit" in line for line in run)
    assert "python -m website" in [step.get("run") for step in steps(site)]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_asks_for_something(path):
    form = load(path)
    if path.stem == "config":
        assert form == {"blank_issues_enabled": True}
        return
    assert {"name", "description", "body"} <= set(form)
    kinds = {"input", "textarea", "dropdown", "checkboxes", "markdown"}
    assert form["body"] and all(part["type"] in kinds for part in form["body"])
    names = [part["id"] for part in form["body"]]
    assert len(set(names)) == len(names)
    assert any(part.get("validations", {}).get("required") for part in form["body"])


def test_the_dev_container_installs_the_requirements_and_shows_jupyterlab():
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    container = json.loads(text)
    assert container["postCreateCommand"].endswith("pip install -r requirements.txt")
    assert container["forwardPorts"] == [8888] and "--port 8888" in container["postAttachCommand"]
    notebook = container["postAttachCommand"].split()[-1]
    assert (ROOT / notebook).exists()
    assert "secrets" not in text and "build" not in container
    assert f"{container['image'].rpartition(':')[2]}.0" in SpecifierSet(PROJECT["requires-python"])


def test_binder_installs_the_requirements_and_nothing_twice():
    # Binder installs a package of the root once more, unless there is a folder for it
    folder = ROOT / ".binder"
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["-r ../requirements.txt"]
    version = (folder / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    assert f"{version}.0" in SpecifierSet(PROJECT["requires-python"])


def test_citation_and_licences_agree_with_the_package():
    citation = load(ROOT / "CITATION.cff")
    assert citation["cff-version"] == "1.2.0" and citation["version"] == PROJECT["version"]
    assert citation["license"] == [PROJECT["license"], "CC-BY-4.0"]
    text = (ROOT / "LICENSE-TEXT").read_text(encoding="utf-8")
    assert "Attribution 4.0 International" in text and "under the MIT licence" in text


def test_the_paper_has_its_sections_and_cites_what_is_listed():
    head = yaml.safe_load(PAPER.split("---")[1])
    assert {"title", "tags", "authors", "affiliations", "date", "bibliography"} <= set(head)
    sections = re.findall(r"^# (.+)$", PAPER, re.M)
    assert {"Summary", "Statement of need", "Experience of use", "References"} <= set(sections)
    listed = re.findall(r"^@\w+\{(\w+),", (ROOT / head["bibliography"]).read_text("utf-8"), re.M)
    assert set(re.findall(r"@([a-z]+\d{4}\w+)", PAPER)) == set(listed)


def test_the_papers_figures_are_those_of_the_repository():
    assert f"a course of {len(lessons())} lessons" in PAPER
    solutions = sorted(exercises.SOLUTIONS.glob("*.ipynb"))
    asked = sum(assignments.points(assignments.make(notebooks.read(p))) for p in solutions)
    assert re.search(rf"{len(solutions)} notebooks of exercises hold\s+{asked} checks", PAPER)
