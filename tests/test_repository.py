"""The files around the code: they name what exists, and agree with each other."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from lostipi import schema
from lostipi.model.caller import Subsystem

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")
SUBSYSTEMS = sorted(member.value for member in Subsystem)


def read(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path)


def anchors(text: str) -> set[str]:
    """The anchors of headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "README.md", "SECURITY.md"])
def test_links_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text()
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    assert links
    for link in links:
        file, _, anchor = link.partition("#")
        if file.startswith("https://"):
            continue
        assert not file or (ROOT / file).exists(), link
        assert not anchor or anchor in anchors((ROOT / (file or name)).read_text()), link


def test_contributing_starts_from_the_four_stories() -> None:
    heads = re.findall(r"^## (.+)$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    assert heads[:4] == [
        "I found a caller",
        "I think a verdict is wrong",
        "A new kernel is out",
        "My distribution's kernel",
    ]


def test_each_kind_of_contribution_has_an_issue_form() -> None:
    assert [path.stem for path in FORMS] == [
        "disputed-verdict",
        "missing-caller",
        "new-kernel",
        "new-precondition",
    ]
    for path in FORMS:
        form = read(path)
        assert form["name"] and form["description"]
        ids = [part["id"] for part in form["body"] if part["type"] != "markdown"]
        assert len(set(ids)) == len(ids) >= 3
        assert any(part.get("validations", {}).get("required") for part in form["body"])
        for part in form["body"]:
            assert part["type"] in ("markdown", "input", "textarea", "dropdown")
            assert (part["type"] == "dropdown") == ("options" in part["attributes"])


def test_every_template_of_a_pull_request_is_offered_and_ends_with_the_tests() -> None:
    folder = GITHUB / "PULL_REQUEST_TEMPLATE"
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["caller.md", "code.md", "kernel.md", "precondition.md", "verdict.md"]
    offered = (GITHUB / "pull_request_template.md").read_text()
    for name in names:
        assert name in offered
        assert (folder / name).read_text().endswith("- [ ] `scripts/test` passes\n")


def test_every_subsystem_has_a_line_for_its_owner() -> None:
    lines = (GITHUB / "CODEOWNERS").read_text().splitlines()
    paths = [line.split()[0] for line in lines if line and not line.startswith("#")]
    assert [p.split("/")[3] for p in paths if p.startswith("/data/callsites/")] == SUBSYSTEMS
    for path in paths:
        assert path == "*" or (ROOT / path[1:]).exists(), path


def test_every_subsystem_has_a_label_and_every_label_has_files() -> None:
    labels = read(GITHUB / "labeler.yml")
    assert {f"subsystem: {name}" for name in SUBSYSTEMS} <= set(labels)
    for label, rules in labels.items():
        for rule in rules:
            for one in rule["changed-files"]:
                for glob in one["any-glob-to-any-file"]:
                    assert next(ROOT.glob(glob.replace("/**", "/*")), None), f"{label}: {glob}"


def test_the_editor_knows_every_schema_and_its_files() -> None:
    known = json.loads((ROOT / ".vscode/settings.json").read_text())["yaml.schemas"]
    assert {Path(name).name for name in known} == set(schema.render())
    for name, glob in known.items():
        files = list(ROOT.glob(glob))
        assert files, glob
        for path in files:
            mark = f"$schema={'../' * (len(path.relative_to(ROOT).parts) - 1)}{name[2:]}"
            assert mark in path.read_text(), path


def test_the_editor_takes_the_problems_that_lint_prints() -> None:
    tasks = json.loads((ROOT / ".vscode/tasks.json").read_text())["tasks"]
    pattern = next(t for t in tasks if "lint" in t["label"])["problemMatcher"]["pattern"]
    line = "data/callsites/sched/kick_ilb.yaml:30:14: must be `tolerated` (got `x`) [verdict]"
    match = re.match(pattern["regexp"], line)
    assert match
    assert match[pattern["file"]] == "data/callsites/sched/kick_ilb.yaml"
    assert (match[pattern["line"]], match[pattern["column"]]) == ("30", "14")
    assert (match[pattern["message"]], match[pattern["code"]]) == (
        "must be `tolerated` (got `x`)",
        "verdict",
    )


def test_hooks_are_commands_of_this_checkout() -> None:
    config = read(ROOT / ".pre-commit-config.yaml")
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    hooks = {hook["id"]: hook for hook in config["repos"][0]["hooks"]}
    assert {"fmt", "lint", "schema", "spelling"} <= set(hooks)
    scripts = (ROOT / "scripts/test").read_text()
    for hook in hooks.values():
        program, *words = hook["entry"].split()
        assert hook["language"] == "system"
        assert (ROOT / program).exists()
        assert " ".join([program, *words[:1]]) in scripts
    assert re.match(hooks["fmt"]["files"], "data/callsites/sched/kick_ilb.yaml")
    assert re.match(hooks["lint"]["files"], "docs/index.md")
    assert re.match(hooks["schema"]["files"], "src/lostipi/model/caller.py")


def test_the_citation_is_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = read(ROOT / "CITATION.cff")
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
    assert f"Copyright (c) 2026 {citation['authors'][0]['name']}" in (ROOT / "LICENSE").read_text()
