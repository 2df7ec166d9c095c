"""`schema`: the committed schemas are what the models say, and say what the models hold."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from lostipi import schema
from lostipi.load import FOLDERS, SINGLES
from lostipi.load.events import parse

ROOT = Path(__file__).parent.parent
VALID = Path(__file__).parent / "entries" / "valid" / "data"
INVALID = Path(__file__).parent / "entries" / "invalid"
RENDERED = {name.split(".")[0]: json.loads(text) for name, text in schema.render().items()}
NAMES = {model: name for name, model in schema.MODELS.items()}

KEYWORDS = {
    "$schema", "$id", "$defs", "$ref", "title", "description", "default", "type", "properties",
    "required", "additionalProperties", "items", "enum", "const", "pattern", "minLength",
    "minItems", "minimum", "maximum", "allOf", "if", "then",
}  # fmt: skip
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "integer": int, "boolean": bool,
}  # fmt: skip


def faults(value: Any, rule: dict[str, Any], root: dict[str, Any], at: str = "") -> list[str]:
    """Validate by the keywords that our schemas use; any other keyword is an error."""
    assert set(rule) <= KEYWORDS, set(rule) - KEYWORDS
    found: list[str] = []
    if "$ref" in rule:
        found += faults(value, root["$defs"][rule["$ref"].rpartition("/")[2]], root, at)
    kind = rule.get("type")
    if kind and (
        not isinstance(value, TYPES[kind]) or (kind == "integer" and isinstance(value, bool))
    ):
        return [*found, f"{at}: type"]
    if "enum" in rule and value not in rule["enum"]:
        found.append(f"{at}: enum")
    if "const" in rule and value != rule["const"]:
        found.append(f"{at}: const")
    if isinstance(value, str):
        if "pattern" in rule and not re.search(rule["pattern"].replace("(?<", "(?P<"), value):
            found.append(f"{at}: pattern")
        if len(value) < rule.get("minLength", 0):
            found.append(f"{at}: minLength")
    elif isinstance(value, int):
        if not rule.get("minimum", value) <= value <= rule.get("maximum", value):
            found.append(f"{at}: range")
    elif isinstance(value, list):
        if len(value) < rule.get("minItems", 0):
            found.append(f"{at}: minItems")
        for number, item in enumerate(value):
            found += faults(item, rule.get("items", {}), root, f"{at}/{number}")
    elif isinstance(value, dict):
        known = rule.get("properties", {})
        found += [f"{at}: missing {key}" for key in rule.get("required", ()) if key not in value]
        for key, item in value.items():
            if key in known:
                found += faults(item, known[key], root, f"{at}/{key}")
            elif rule.get("additionalProperties") is False:
                found.append(f"{at}: unknown {key}")
    for part in rule.get("allOf", ()):
        if "if" not in part or not faults(value, part["if"], root, at):
            found += faults(value, part.get("then", part if "if" not in part else {}), root, at)
    return found


def documents(data: Path) -> list[tuple[Path, str]]:
    found = [(data / name, NAMES[model]) for name, model in SINGLES.items()]
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
        "waivers.schema.json "
        "[schema-file]",
    ]
    assert [path.name for path in schema.write(folder)] == ["api.schema.json", "seed.schema.json"]
