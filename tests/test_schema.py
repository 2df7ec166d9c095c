"""`schema`: the committed schemas are what the models say, and say what the models hold."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from jsonschema2020 import faults
from lostipi import schema
from lostipi.load import FOLDERS, OPTIONAL, SINGLES
from lostipi.load.events import parse

ROOT = Path(__file__).parent.parent
VALID = Path(__file__).parent / "entries" / "valid" / "data"
INVALID = Path(__file__).parent / "entries" / "invalid"
RENDERED = {name.split(".")[0]: json.loads(text) for name, text in schema.render().items()}
NAMES = {model: name for name, model in schema.MODELS.items()}


def documents(data: Path) -> list[tuple[Path, str]]:
    found = [
        (data / name, NAMES[model])
        for name, model in SINGLES.items()
        if name not in OPTIONAL or (data / name).exists()
    ]
    for folder, model in FOLDERS.items():
        found += [(path, NAMES[model]) for path in sorted((data / folder).rglob("*.yaml"))]
    return found


def test_committed_schemas_are_what_the_models_say() -> None:
    assert [str(problem) for problem in schema.check(ROOT / "schema")] == []


@pytest.mark.parametrize("data", [VALID, ROOT / "data"], ids=["valid", "data"])
def test_every_entry_passes_its_schema(data: Path) -> None:
    checked = documents(data)
    assert len(checked) >= 8
    for path, name in checked:
        assert faults(parse(path.read_bytes()).data, RENDERED[name], RENDERED[name]) == [], path


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        ("caller/unknown-key", "/assessments/0: unknown reech"),
        ("caller/missing-key", ": missing title"),
        ("caller/verdict-outside-the-scale", "/assessments/0/verdict: enum"),
        ("caller/text-is-an-integer", "/title: type"),
        ("caller/kernel-without-v", "/sites/0/kernels/0: pattern"),
        ("caller/list-is-empty", "/sites/0/kernels: minItems"),
        ("caller/citation-by-line", "/assessments/0/evidence/0/at: pattern"),
        ("precondition/text-is-empty", "/cost: minLength"),
        ("precondition/integer-is-too-large", "/checks/1/bit: range"),
        ("precondition/check-of-unknown-kind", "/checks/0/kind: enum"),
        ("precondition/check-without-kind", "/checks/0: missing kind"),
        ("precondition/unknown-key-in-a-tagged-check", "/checks/0: unknown symbl"),
    ],
)
def test_editor_is_told_what_lint_would_tell(case: str, fault: str) -> None:
    name = case.split("/")[0]
    data = parse((INVALID / f"{case}.yaml").read_bytes()).data
    assert faults(data, RENDERED[name], RENDERED[name]) == [fault]


def test_null_is_refused_as_the_loader_does() -> None:
    data = parse((VALID / "callsites/sched/kick_one.yaml").read_bytes()).data
    broken = copy.deepcopy(data)
    broken["assessments"][0]["repair"] = None
    assert faults(broken, RENDERED["caller"], RENDERED["caller"]) == ["/assessments/0/repair: type"]
    assert '"null"' not in "".join(schema.render().values())


@pytest.mark.parametrize("name", schema.MODELS)
def test_every_field_is_described_and_every_object_closed(name: str) -> None:
    root = RENDERED[name]
    assert root["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert root["$id"] == f"urn:lostipi:schema:{schema.VERSION}:{name}"
    objects = [root, *(part for part in root["$defs"].values() if part["type"] == "object")]
    for part in objects:
        assert part["additionalProperties"] is False, part["title"]
        assert part["description"]
        for key, field in part["properties"].items():
            # pydantic leaves a description out that is the same as that of the enum referred to.
            named = root["$defs"].get(field.get("$ref", "").rpartition("/")[2], {})
            words = field.get("description") or named.get("description")
            assert words, f"{part['title']}.{key}"


def test_every_value_of_a_closed_list_has_the_text_of_its_member() -> None:
    lists = [
        (name, title, part)
        for name, root in RENDERED.items()
        for title, part in root.get("$defs", {}).items()
        if "enum" in part
    ]
    assert len(lists) >= 15
    for name, title, part in lists:
        texts = part["markdownEnumDescriptions"]
        assert len(texts) == len(part["enum"]), f"{name}: {title}"
        assert all(texts), f"{name}: {title}"
    reach = RENDERED["caller"]["$defs"]["Reach"]
    told = dict(zip(reach["enum"], reach["markdownEnumDescriptions"], strict=True))
    assert "preconditions" in told["conditional"]


def test_missing_changed_and_foreign_files_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "schema"
    assert len(schema.write(folder)) == len(schema.MODELS)
    assert schema.write(folder) == []
    assert schema.check(folder) == []
    (folder / "api.schema.json").unlink()
    text = (folder / "seed.schema.json").read_text()
    (folder / "seed.schema.json").write_text(text.replace('"$id"', '"$ID"'))
    (folder / "old.schema.json").write_text("{}")
    assert [str(problem) for problem in schema.check(folder)] == [
        "schema/api.schema.json:1:1: must exist; `lostipi schema` writes it [schema-file]",
        "schema/seed.schema.json:3:1: must be as the models say; `lostipi schema` rewrites it "
        "[schema-file]",
        "schema/old.schema.json:1:1: must be one of api.schema.json, caller.schema.json, "
        "precondition.schema.json, detector.schema.json, kernels.schema.json, seed.schema.json, "
        "waivers.schema.json, first.schema.json, changes.schema.json, removed.schema.json, "
        "glossary.schema.json "
        "[schema-file]",
    ]
    assert [path.name for path in schema.write(folder)] == ["api.schema.json", "seed.schema.json"]
